//! The words of the SLO report, in both languages.

use super::SourceUnit;
use crate::Language;
use crate::text::{self, about, about_up, span};
use chrono::TimeDelta;
use toban_slo::{
    Absence, AlertState, Budgeting, Condition, Held, Indicator, Rhythm, Severity, Slo, Treatment, Unit,
    Window,
};

/// The headings and labels.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) as_of: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) sources: &'static str,
    pub(crate) source: &'static str,
    pub(crate) read: &'static str,
    pub(crate) unread: &'static str,
    pub(crate) line: &'static str,
    pub(crate) objective: &'static str,
    pub(crate) target: &'static str,
    pub(crate) sli: &'static str,
    pub(crate) state: &'static str,
    pub(crate) service: &'static str,
    pub(crate) counting: &'static str,
    pub(crate) record: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) budget: &'static str,
    pub(crate) uncorrected: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) good: &'static str,
    pub(crate) bad: &'static str,
    pub(crate) total: &'static str,
    pub(crate) allowed: &'static str,
    pub(crate) left: &'static str,
    pub(crate) spent: &'static str,
    pub(crate) spent_of_whole: &'static str,
    pub(crate) allowed_so_far: &'static str,
    pub(crate) left_so_far: &'static str,
    pub(crate) spent_so_far: &'static str,
    pub(crate) of_whole: &'static str,
    pub(crate) so_far_note: &'static str,
    pub(crate) slots: &'static str,
    pub(crate) covers: &'static str,
    pub(crate) seen: &'static str,
    pub(crate) members: &'static str,
    pub(crate) member: &'static str,
    pub(crate) weight: &'static str,
    pub(crate) taken: &'static str,
    pub(crate) seen_alone: &'static str,
    pub(crate) weighted_mean: &'static str,
    pub(crate) composite_frozen: &'static str,
    pub(crate) burn_rates: &'static str,
    pub(crate) burn_rate: &'static str,
    pub(crate) window: &'static str,
    pub(crate) alerts_above: &'static str,
    pub(crate) alerts: &'static str,
    pub(crate) alert: &'static str,
    pub(crate) calls: &'static str,
    pub(crate) condition: &'static str,
    pub(crate) firings: &'static str,
    pub(crate) fired: &'static str,
    pub(crate) resolved: &'static str,
    pub(crate) lasted: &'static str,
    pub(crate) still_firing: &'static str,
    pub(crate) never_fired: &'static str,
    pub(crate) corrections: &'static str,
    pub(crate) treatment: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) recorded: &'static str,
    pub(crate) notes: &'static str,
    pub(crate) no_data: &'static str,
    pub(crate) no_traffic: &'static str,
    pub(crate) no_budget: &'static str,
    pub(crate) looser_than_sla: &'static str,
    pub(crate) about: &'static str,
    pub(crate) over_time: &'static str,
    pub(crate) budget_left: &'static str,
    pub(crate) budget_left_so_far: &'static str,
    pub(crate) firing_key: &'static str,
    pub(crate) correction: &'static str,
    pub(crate) forecast: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) gone_in: &'static str,
    pub(crate) whole_gone_in: &'static str,
    pub(crate) interval: &'static str,
    pub(crate) chance: &'static str,
    pub(crate) not_gone: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) now: &'static str,
    pub(crate) left_again_in: &'static str,
    pub(crate) not_at_this_pace: &'static str,
    pub(crate) nothing_bad: &'static str,
    pub(crate) new_period: &'static str,
    pub(crate) with_new_period: &'static str,
    pub(crate) period_ends: &'static str,
    pub(crate) period_over: &'static str,
    pub(crate) undecided: &'static str,
    pub(crate) power: &'static str,
    pub(crate) forecast_note: &'static str,
    pub(crate) power_note: &'static str,
    pub(crate) events: &'static str,
    pub(crate) bad_to_fire: &'static str,
    pub(crate) ungated: &'static str,
    pub(crate) caught: &'static str,
    pub(crate) never: &'static str,
    pub(crate) within_budget: &'static str,
    pub(crate) exhausted: &'static str,
    pub(crate) overspent: &'static str,
    pub(crate) overspent_so_far: &'static str,
}

static EN: Words = Words {
    title: "SLO report",
    as_of: "as of",
    summary: "Summary",
    sources: "Sources",
    source: "Source",
    read: "Read",
    unread: "Not understood",
    line: "line",
    objective: "Objective",
    target: "Target",
    sli: "SLI",
    state: "State",
    service: "Service",
    counting: "Counted",
    record: "Record",
    terms: "SLA terms",
    budget: "Error budget",
    uncorrected: "uncorrected",
    from: "From (UTC)",
    to: "To (UTC)",
    good: "Good",
    bad: "Bad",
    total: "Total",
    allowed: "Allowed bad",
    left: "Left",
    spent: "Spent",
    spent_of_whole: "Spent of whole",
    allowed_so_far: "Allowed so far",
    left_so_far: "Left so far",
    spent_so_far: "Spent so far",
    of_whole: "Of whole",
    so_far_note: "So far: of what is allowed of the events in the data. Of whole: of what the whole window allows at the \
                  mean traffic so far; that decides the state, and when the budget is gone.",
    slots: "Slots",
    covers: "Data covers",
    seen: "Seen of expected",
    members: "Members",
    member: "Member",
    weight: "Weight",
    taken: "Taken as",
    seen_alone: "Seen",
    weighted_mean: "the mean of the members' SLIs by weight",
    composite_frozen: "frozen for want of data",
    burn_rates: "Burn rates",
    burn_rate: "Burn rate",
    window: "Window",
    alerts_above: "Calls at",
    alerts: "Alerts",
    alert: "Alert",
    calls: "Calls",
    condition: "Condition",
    firings: "Fired and resolved",
    fired: "Fired (UTC)",
    resolved: "Resolved (UTC)",
    lasted: "Fired for",
    still_firing: "still firing",
    never_fired: "No alert fired.",
    corrections: "Corrections",
    treatment: "Treatment",
    reason: "Reason",
    recorded: "On record",
    notes: "To know",
    no_data: "no data",
    no_traffic: "no traffic",
    no_budget: "no budget",
    looser_than_sla: "The objective is looser than the SLA: it warns only after the contract is broken.",
    about: "About this objective",
    over_time: "Over time (UTC)",
    budget_left: "Error budget left",
    budget_left_so_far: "Error budget left so far",
    firing_key: "firing",
    correction: "correction",
    forecast: "Forecast",
    basis: "Basis",
    gone_in: "Budget gone in",
    whole_gone_in: "Whole budget gone in",
    interval: "Interval",
    chance: "Chance of that",
    not_gone: "never",
    gone: "gone already",
    now: "now",
    left_again_in: "Left again in",
    not_at_this_pace: "not at this pace",
    nothing_bad: "nothing bad from now on",
    new_period: "the next period",
    with_new_period: "with the next period",
    period_ends: "The period ends here; the next one has a budget of its own.",
    period_over: "period over",
    undecided: "undecided",
    power: "Cost of the low-traffic gate",
    forecast_note: "Of the budget of the whole window, at the mean traffic so far.",
    power_note: "Caught at 2x: the chance that one look at a burn of twice the factor fires.",
    events: "Events",
    bad_to_fire: "Bad to fire",
    ungated: "ungated",
    caught: "Caught at 2x",
    never: "never",
    within_budget: "within budget",
    exhausted: "BUDGET SPENT",
    overspent: "OVERSPENT",
    overspent_so_far: "overspent so far",
};

static JA: Words = Words {
    title: "SLO レポート",
    as_of: "時点",
    summary: "概要",
    sources: "データの出所",
    source: "出所",
    read: "読み込み",
    unread: "解釈できない行",
    line: "行",
    objective: "目標",
    target: "目標値",
    sli: "SLI",
    state: "状態",
    service: "サービス",
    counting: "数え方",
    record: "記録",
    terms: "SLA の条件",
    budget: "エラーバジェット",
    uncorrected: "補正なし",
    from: "開始 (UTC)",
    to: "終了 (UTC)",
    good: "正常",
    bad: "異常",
    total: "合計",
    allowed: "許容される異常",
    left: "残り",
    spent: "消費",
    spent_of_whole: "期間全体の消費",
    allowed_so_far: "現時点の許容",
    left_so_far: "現時点の残り",
    spent_so_far: "現時点の消費",
    of_whole: "期間全体",
    so_far_note: "現時点：データにあるイベントに対して許される分のうち。期間全体：これまでの平均トラフィックで期間全体に\
                  許される分のうち。状態とバジェット枯渇の予測は期間全体で決まります。",
    slots: "スロット数",
    covers: "データの範囲",
    seen: "期待に対する観測",
    members: "メンバー",
    member: "メンバー",
    weight: "重み",
    taken: "扱い",
    seen_alone: "観測",
    weighted_mean: "メンバーの SLI の加重平均",
    composite_frozen: "凍結 (データ不足)",
    burn_rates: "バーンレート",
    burn_rate: "バーンレート",
    window: "期間",
    alerts_above: "発報のしきい値",
    alerts: "アラート",
    alert: "アラート",
    calls: "通知先",
    condition: "条件",
    firings: "発報と解消",
    fired: "発報 (UTC)",
    resolved: "解消 (UTC)",
    lasted: "発報時間",
    still_firing: "発報中",
    never_fired: "発報したアラートはありません。",
    corrections: "補正",
    treatment: "扱い",
    reason: "理由",
    recorded: "記録者",
    notes: "注意点",
    no_data: "データなし",
    no_traffic: "トラフィックなし",
    no_budget: "バジェットなし",
    looser_than_sla: "目標が SLA より緩いため、契約違反の後にしか警告できません。",
    about: "この目標について",
    over_time: "推移 (UTC)",
    budget_left: "エラーバジェットの残り",
    budget_left_so_far: "エラーバジェットの残り（現時点）",
    firing_key: "発報中",
    correction: "補正",
    forecast: "予測",
    basis: "根拠",
    gone_in: "バジェット枯渇まで",
    whole_gone_in: "期間全体の枯渇まで",
    interval: "区間",
    chance: "枯渇の確率",
    not_gone: "枯渇しない",
    gone: "枯渇済み",
    now: "現在",
    left_again_in: "残りが戻るまで",
    not_at_this_pace: "このペースでは戻らない",
    nothing_bad: "今後異常なし",
    new_period: "次の期間",
    with_new_period: "次の期間",
    period_ends: "期間はここで終わり、次の期間には新しいバジェットがあります。",
    period_over: "期間終了",
    undecided: "判断不能",
    power: "低トラフィック対策の代償",
    forecast_note: "期間全体のバジェットについて、これまでの平均トラフィックで見積もったもの。",
    power_note: "2 倍での検知率: しきい値の 2 倍のバーンレートを 1 回の評価で検知する確率。",
    events: "イベント数",
    bad_to_fire: "発報に必要な異常",
    ungated: "対策なし",
    caught: "2 倍での検知率",
    never: "発報しない",
    within_budget: "バジェット内",
    exhausted: "バジェット枯渇",
    overspent: "超過",
    overspent_so_far: "現時点で超過",
};

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        self.pick(&EN, &JA)
    }

    /// The moment of the report, as a heading says it.
    pub(crate) fn headline(self, at: &str) -> String {
        let Words { title, as_of, .. } = self.words();
        self.pick(format!("{title} {as_of} {at} UTC"), format!("{title} ({at} UTC {as_of})"))
    }

    /// How much of a stretch holds data.
    pub(crate) fn covered(self, part: TimeDelta, whole: TimeDelta) -> String {
        let is_whole = part == whole;
        let (part, whole) = (span(part), span(whole));
        if is_whole {
            self.pick(format!("all {whole}"), format!("{whole} 全体"))
        } else {
            // Nowhere is the last word alone on a line.
            self.pick(format!("{part} of\u{a0}{whole}"), format!("{whole} のうち {part}"))
        }
    }

    /// How much of a source was read.
    pub(crate) fn read(self, count: &str, unit: SourceUnit) -> String {
        match unit {
            SourceUnit::Lines => self.pick(format!("{count} lines"), format!("{count} 行")),
            SourceUnit::Samples => self.pick(format!("{count} samples"), format!("{count} サンプル")),
        }
    }

    pub(crate) fn seen(self, seen: &str) -> String {
        self.pick(format!("{seen} of expected"), format!("期待の {seen}"))
    }

    pub(crate) fn and_seen(self, covered: &str, seen: &str) -> String {
        self.pick(format!("{covered}, {seen} of expected"), format!("{covered}、期待の {seen}"))
    }

    pub(crate) fn window(self, window: Window) -> String {
        self.window_text(&window.to_string())
    }

    /// The same of a window as it is written, or of any other text, which stays as it is.
    pub(crate) fn window_text(self, text: &str) -> String {
        if self == Language::En {
            return text.to_owned();
        }
        let units = [("day", "日"), ("week", "週"), ("month", "月"), ("quarter", "四半期"), ("year", "年")];
        match units.into_iter().find_map(|(en, ja)| Some((ja, text.strip_prefix(en)?))) {
            Some((ja, zone)) if zone.starts_with(' ') => format!("{ja}{zone}"),
            _ => text.to_owned(),
        }
    }

    pub(crate) fn stretch(self, from: &str, to: &str) -> String {
        self.pick(format!("{from} to {to} UTC"), format!("{from} から {to} UTC"))
    }

    pub(crate) fn steps(self, length: TimeDelta, step: TimeDelta) -> String {
        let (length, step) = (span(length), span(step));
        self.pick(format!("{length} in steps of {step}"), format!("{length} ({step} 刻み)"))
    }

    pub(crate) fn unit(self, unit: Unit) -> &'static str {
        match unit {
            Unit::Events => self.pick("in events", "イベント数"),
            Unit::RatioShares => self.pick("in ratios", "比率の数"),
            _ => self.pick("in slices", "スライス数"),
        }
    }

    pub(crate) fn indicator(self, indicator: &Indicator) -> String {
        let en = indicator.to_string();
        match (self, indicator) {
            (Self::Ja, Indicator::Availability) => "可用性".into(),
            (Self::Ja, Indicator::Latency { .. }) => en.replace("latency", "レイテンシ"),
            (Self::Ja, Indicator::Uptime) => "稼働率".into(),
            _ => en,
        }
    }

    /// How the budget is counted; `slot` is how long the slots of the data are.
    pub(crate) fn budgeting(self, slo: &Slo, slot: TimeDelta) -> String {
        match slo.budgeting() {
            Budgeting::Timeslices { slice, target } => {
                let is_one_value = slice == slot;
                let (slice, target) = (span(slice), target.to_percent());
                match slo.indicator() {
                    Indicator::Threshold { .. } if is_one_value => self.pick(
                        format!("slices of {slice}, each good or bad by its one value"),
                        format!("{slice} のスライスごと、その 1 つの値が正常なら正常"),
                    ),
                    Indicator::Threshold { .. } => self.pick(
                        format!("slices of {slice}, each good from {target} of its values"),
                        format!("{slice} のスライスごと、値の {target} 以上が正常なら正常"),
                    ),
                    Indicator::PrecomputedRatio { .. } => self.pick(
                        format!("slices of {slice}, each good from {target} in the mean of its ratios"),
                        format!("{slice} のスライスごと、比率の平均で {target} 以上が正常なら正常"),
                    ),
                    _ => self.pick(
                        format!("slices of {slice}, each good from {target} of its events"),
                        format!("{slice} のスライスごと、イベントの {target} 以上が正常なら正常"),
                    ),
                }
            }
            Budgeting::RatioTimeslices { slice } => self.pick(
                format!("slices of {}, each weighs the same", span(slice)),
                format!("{} のスライスごとに同じ重み", span(slice)),
            ),
            _ if matches!(slo.indicator(), Indicator::PrecomputedRatio { .. }) => {
                self.pick("each ratio weighs the same", "比率ごとに同じ重み").into()
            }
            _ if matches!(slo.indicator(), Indicator::Threshold { .. }) => {
                self.pick("each value weighs the same", "値ごとに同じ重み").into()
            }
            _ => self.pick("each event weighs the same", "イベントごとに同じ重み").into(),
        }
    }

    pub(crate) fn severity(self, severity: Severity) -> String {
        match severity {
            Severity::Page => self.pick("page", "呼び出し").into(),
            Severity::Ticket => self.pick("ticket", "チケット").into(),
            other => other.to_string(),
        }
    }

    pub(crate) fn alert_state(self, state: AlertState) -> String {
        let held = |held| match held {
            Held::Inactive => "平常",
            Held::Pending => "保留",
            Held::Firing => "発報中",
        };
        match (self, state) {
            (Self::En, AlertState::Firing) => "FIRING".into(),
            (Self::En, AlertState::Frozen(Held::Firing)) => "FROZEN (firing)".into(),
            (Self::En, other) => other.to_string(),
            (Self::Ja, AlertState::Inactive) => held(Held::Inactive).into(),
            (Self::Ja, AlertState::Pending) => held(Held::Pending).into(),
            (Self::Ja, AlertState::Firing) => held(Held::Firing).into(),
            (Self::Ja, AlertState::Frozen(Held::Inactive)) => "凍結".into(),
            (Self::Ja, AlertState::Frozen(was)) => format!("凍結 ({})", held(was)),
        }
    }

    pub(crate) fn condition(self, condition: &Condition) -> String {
        match (self, condition) {
            (Self::Ja, Condition::Absent { lasting }) => format!("{} データなし", span(*lasting)),
            (Self::Ja, Condition::BudgetConsumed { part }) => {
                format!("バジェットの消費 >= {}", text::percent(*part, 2))
            }
            (Self::Ja, Condition::BudgetDrop { part, within }) => {
                format!("{} でのバジェットの消費 >= {}", span(*within), text::percent(*part, 2))
            }
            (Self::Ja, Condition::BurnRate { comparison, factor, long, short }) => {
                let short = short.map_or_else(String::new, |short| format!(" と {}", span(short)));
                format!("{}{short} のバーンレート {comparison} {}", span(*long), text::exact(*factor))
            }
            (Self::Ja, Condition::Exhaustion { within, pace }) => {
                format!("{} のペースで {} 以内にバジェット枯渇", span(*pace), span(*within))
            }
            (Self::En, Condition::BurnRate { comparison, factor, long, short }) => {
                let short = short.map_or_else(String::new, |short| format!(" and {}", span(short)));
                format!("burn rate over {}{short} {comparison} {}", span(*long), text::exact(*factor))
            }
            (_, other) => other.to_string(),
        }
    }

    /// How long a condition must last before it calls, and be over before the alert resolves.
    pub(crate) fn patience(self, lasting: TimeDelta, cool_down: TimeDelta) -> String {
        let mut text = String::new();
        if lasting > TimeDelta::zero() {
            text += &self.pick(format!(", lasting {}", span(lasting)), format!("、{} 継続", span(lasting)));
        }
        if cool_down > TimeDelta::zero() {
            let cool_down = span(cool_down);
            text += &self.pick(format!(", cool-down {cool_down}"), format!("、解消まで {cool_down}"));
        }
        text
    }

    pub(crate) fn treatment(self, treatment: Treatment) -> &'static str {
        match treatment {
            Treatment::CountGood => self.pick("bad counts as good", "異常を正常とみなす"),
            Treatment::DropEvents => self.pick("events dropped", "イベントを除外"),
            Treatment::DropTime => self.pick("time dropped", "時間ごと除外"),
            _ => self.pick("other", "その他"),
        }
    }

    pub(crate) fn budget_left(self, left: &str) -> String {
        self.pick(format!("{left} of the budget left"), format!("バジェット残り {left}"))
    }

    pub(crate) fn budget_overspent(self, by: &str) -> String {
        self.pick(format!("BUDGET OVERSPENT by {by}"), format!("バジェット超過 {by}"))
    }

    /// What is left by what was seen so far, of a window of which more is to come.
    pub(crate) fn budget_left_so_far(self, left: &str) -> String {
        self.pick(format!("{left} of the budget left so far"), format!("バジェット残り {left}（現時点）"))
    }

    /// The same where more was spent than was allowed so far.
    pub(crate) fn overspent_so_far_by(self, by: &str) -> String {
        self.pick(format!("overspent so far by {by}"), format!("現時点で {by} 超過"))
    }

    /// Any text about what was seen so far.
    pub(crate) fn so_far(self, text: &str) -> String {
        self.pick(format!("{text} so far"), format!("現時点で {text}"))
    }

    /// What is left of what is allowed for so much data, and what is spent of the budget of the whole window.
    pub(crate) fn left_so_far(self, left: &str, seen: TimeDelta, spent: &str, window: &str) -> String {
        let seen = span(seen);
        self.pick(
            format!("{left} of the budget left for {seen} of data · {spent} spent for the whole {window}"),
            format!("データのある {seen} 分ではバジェット残り {left} · {window} 全体では {spent} 消費"),
        )
    }

    /// The same where more was spent than is allowed for so much data.
    pub(crate) fn over_so_far(self, over: &str, seen: TimeDelta, spent: &str, window: &str) -> String {
        let seen = span(seen);
        self.pick(
            format!("overspent by {over} for {seen} of data · {spent} spent for the whole {window}"),
            format!("データのある {seen} 分では {over} 超過 · {window} 全体では {spent} 消費"),
        )
    }

    /// The same where more was spent than the whole window allows as well.
    pub(crate) fn over_both(self, of_whole: &str, over: &str, seen: TimeDelta, window: &str) -> String {
        let seen = span(seen);
        self.pick(
            format!("BUDGET OVERSPENT by {of_whole} for the whole {window} · by {over} for {seen} of data"),
            format!("バジェット超過: {window} 全体で {of_whole} · データのある {seen} 分では {over}"),
        )
    }

    /// The same where more was spent than the whole window allows.
    pub(crate) fn over_whole(self, of_whole: &str, over: &str, window: &str) -> String {
        self.pick(
            format!("BUDGET OVERSPENT by {of_whole} of the whole {window} · by {over} so far"),
            format!("バジェット超過: {window} 全体で {of_whole} · 現時点では {over}"),
        )
    }

    pub(crate) fn and_of_whole(self, detail: &str, seen: TimeDelta, spent: &str, window: &str) -> String {
        let seen = span(seen);
        self.pick(
            format!("{detail} for {seen} of data; {spent} spent for the whole {window}"),
            format!("データのある {seen} 分では {detail}、{window} 全体では {spent} 消費"),
        )
    }

    /// That a line goes on below a chart, and down to where.
    pub(crate) fn goes_below(self, lowest: &str) -> String {
        self.pick(format!("goes below, down to {lowest}"), format!("枠外、最低 {lowest}"))
    }

    pub(crate) fn part_of(self, part: &str, whole: &str) -> String {
        self.pick(format!("{part} of {whole}"), format!("{whole} のうち {part}"))
    }

    pub(crate) fn out_of(self, whole: &str) -> String {
        self.pick(format!("of {whole}"), format!("全 {whole}"))
    }

    /// A pace; where only a part of the last while was seen, with that.
    pub(crate) fn last_while(self, over: TimeDelta, seen: Option<TimeDelta>) -> String {
        let over = self.seen_of(over, seen);
        self.pick(format!("at the pace of the last {over}"), format!("直近 {over} のペース"))
    }

    pub(crate) fn pace(self, burn: &str, over: TimeDelta, seen: Option<TimeDelta>) -> String {
        let over = self.seen_of(over, seen);
        self.pick(format!("burn {burn}, last {over}"), format!("直近 {over} のバーンレート\u{a0}{burn}"))
    }

    fn seen_of(self, over: TimeDelta, seen: Option<TimeDelta>) -> String {
        let over = span(over);
        match seen.map(span) {
            None => over,
            Some(seen) => self.pick(format!("{over} ({seen} seen)"), format!("{over} (観測 {seen})")),
        }
    }

    /// When something of a budget is left again, or that it never is, and why.
    pub(crate) fn left_again(self, time: Option<TimeDelta>, why: &str) -> String {
        match time.map(about_up) {
            Some(time) => {
                self.pick(format!("left again in {time}, {why}"), format!("残りが戻るまで {time} ({why})"))
            }
            None => self.pick(format!("not left again {why}"), format!("{why}では戻らない")),
        }
    }

    /// That all of a period is spent by the traffic so far, though its end may show otherwise.
    pub(crate) fn new_budget(self, begins_in: TimeDelta) -> String {
        let time = about_up(begins_in);
        self.pick(
            format!("By the traffic so far all of it is spent. The next period begins in {time}."),
            format!("これまでのトラフィックではすべて消費済みです。次の期間まで {time}。"),
        )
    }

    pub(crate) fn seasons(self, count: usize, rhythm: Rhythm) -> String {
        match rhythm {
            Rhythm::Weekly { .. } => self.pick(
                format!("{count} recorded seasons, by weekday"),
                format!("記録された {count} 周期 (曜日別)"),
            ),
            _ => self.pick(format!("{count} recorded seasons"), format!("記録された {count} 周期")),
        }
    }

    /// That weekdays were not told apart, since fewer weeks were seen than that takes.
    pub(crate) fn alike(self, weeks: usize) -> String {
        self.pick(
            format!("Days of every weekday are drawn alike: fewer than {weeks} weeks were seen."),
            format!("曜日は区別していません。記録が {weeks} 週間に満たないためです。"),
        )
    }

    /// That a correction changes nothing.
    pub(crate) fn without_effect(self, reason: &str) -> String {
        self.pick(
            format!("The correction \"{reason}\" changes nothing: no slot of the record lies wholly inside it alone."),
            format!("補正「{reason}」は効果がありません。その範囲だけに完全に含まれるスロットが記録にないためです。"),
        )
    }

    pub(crate) fn within(self, chance: &str, horizon: TimeDelta) -> String {
        self.pick(
            format!("{chance} within {}", about(horizon)),
            format!("{} 以内に {chance}", about(horizon)),
        )
    }

    pub(crate) fn between(self, earliest: &str, latest: &str) -> String {
        self.pick(format!("{earliest} to {latest}"), format!("{earliest} から {latest}"))
    }

    pub(crate) fn composite_of(self, members: usize) -> String {
        self.pick(format!("composite of {members}"), format!("{members} 件の複合"))
    }

    /// What a member of a composite was taken for.
    pub(crate) fn taken(self, absence: Option<Absence>, is_idle: bool) -> &'static str {
        match absence {
            None if is_idle => self.pick("good: no traffic", "正常 (トラフィックなし)"),
            None => self.pick("counted", "実測どおり"),
            Some(Absence::Bad) => self.pick("BAD: silent", "異常 (データ不足)"),
            Some(Absence::Freeze) => self.pick("frozen: silent", "凍結 (データ不足)"),
            Some(Absence::Good) => self.pick("good: silent", "正常 (データ不足)"),
            Some(Absence::Ignore) => self.pick("left out: silent", "除外 (データ不足)"),
        }
    }

    /// When a member of a composite counts as silent.
    pub(crate) fn silent_below(self, least: &str) -> String {
        self.pick(
            format!("Silent: less than {least} of the expected data was seen."),
            format!("データ不足: 観測が、期待されるデータの {least} 未満。"),
        )
    }

    pub(crate) fn firing(self, alerts: &str) -> String {
        self.pick(format!("FIRING: {alerts}"), format!("発報中: {alerts}"))
    }

    pub(crate) fn frozen(self, alerts: &str) -> String {
        self.pick(format!("frozen for want of data: {alerts}"), format!("データ不足で凍結: {alerts}"))
    }

    /// That rules, each with a window, cannot be evaluated on data in such steps.
    pub(crate) fn off_grid(self, rules: &str, step: TimeDelta) -> String {
        let step = span(step);
        self.pick(
            format!("cannot be evaluated on data in steps of {step}: {rules}"),
            format!("{step} 刻みのデータでは判定不能: {rules}"),
        )
    }

    /// That only the last firings are listed.
    pub(crate) fn earlier_firings(self, count: usize, all: usize) -> String {
        self.pick(
            format!("{count} of {all} firings, earlier and resolved, are left out; the JSON form has them all."),
            format!("発報 {all} 件のうち、解消済みの古い {count} 件は省略しました。JSON 形式にはすべて含まれます。"),
        )
    }
}
