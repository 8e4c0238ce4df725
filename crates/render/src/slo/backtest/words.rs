//! The words of a backtest, in both languages.

use crate::Language;
use crate::text::{grouped, span};
use chrono::TimeDelta;
use toban_slo::backtest::{Aspect, Edge};

/// The headings and labels.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) untested: &'static str,
    pub(super) no_incidents: &'static str,
    pub(super) no_incident_touched: &'static str,
    pub(super) all_detected: &'static str,
    pub(super) history: &'static str,
    pub(super) incidents: &'static str,
    pub(super) none: &'static str,
    pub(super) score: &'static str,
    pub(super) recall: &'static str,
    pub(super) undecided: &'static str,
    pub(super) precision: &'static str,
    pub(super) in_vain: &'static str,
    pub(super) for_no_incident: &'static str,
    pub(super) calls: &'static str,
    pub(super) pages: &'static str,
    pub(super) too_short: &'static str,
    pub(super) pages_a_week: &'static str,
    pub(super) time_firing: &'static str,
    pub(super) mean_detection: &'static str,
    pub(super) mean_gone: &'static str,
    pub(super) gone_at: &'static str,
    pub(super) mean_reset: &'static str,
    pub(super) reset_from: &'static str,
    pub(super) incident: &'static str,
    pub(super) lasted: &'static str,
    pub(super) budget: &'static str,
    pub(super) first_alert: &'static str,
    pub(super) after: &'static str,
    pub(super) gone: &'static str,
    pub(super) page: &'static str,
    pub(super) over: &'static str,
    pub(super) legend: &'static str,
    pub(super) of_cut: &'static str,
    pub(super) missed: &'static str,
    pub(super) missed_and_dearest: &'static str,
    pub(super) dearest_missed: &'static str,
    pub(super) alerts: &'static str,
    pub(super) alert: &'static str,
    pub(super) severity: &'static str,
    pub(super) fired: &'static str,
    pub(super) for_incidents: &'static str,
    pub(super) firing: &'static str,
    pub(super) condition: &'static str,
    pub(super) this: &'static str,
    pub(super) other: &'static str,
    pub(super) candidates: &'static str,
    pub(super) best_at: &'static str,
    pub(super) detected: &'static str,
    pub(super) pages_a_week_short: &'static str,
    pub(super) mean_gone_short: &'static str,
    pub(super) reset: &'static str,
    pub(super) rules: &'static str,
    pub(super) as_tested: &'static str,
    pub(super) those_above: &'static str,
    pub(super) best_pages: &'static str,
    pub(super) best_balance: &'static str,
    pub(super) best_budget: &'static str,
    pub(super) best_reset: &'static str,
    pub(super) detects_less: &'static str,
    pub(super) all_page: &'static str,
    pub(super) balance: &'static str,
    pub(super) caution: &'static str,
    pub(super) comma: &'static str,
}

static EN: Words = Words {
    untested: "Not tested",
    no_incidents: "no incidents: nothing to detect",
    no_incident_touched: "no incident touched this objective: nothing to detect",
    all_detected: "every incident was detected",
    history: "History",
    incidents: "Incidents",
    none: "none",
    score: "Score",
    recall: "Recall",
    undecided: "Undecided",
    precision: "Precision",
    in_vain: "In vain",
    for_no_incident: "alerts that fired for no incident",
    calls: "Calls",
    pages: "Pages",
    too_short: "calls; too short a history for a weekly figure",
    pages_a_week: "Pages a week",
    time_firing: "Time firing",
    mean_detection: "Mean detection",
    mean_gone: "Mean budget gone",
    gone_at: "at the first alert; in full where none fired for it",
    mean_reset: "Mean reset",
    reset_from: "from the end to the end of the alerts that fired for it",
    incident: "Incident (UTC)",
    lasted: "Lasted",
    budget: "Budget",
    first_alert: "First alert",
    after: "After",
    gone: "Gone",
    page: "Page",
    over: "Over",
    legend: "Budget: what the incident spent of it; Gone: how much of it by the first alert; After and Page: from its \
             start to the first alert and to the first page; Over: from its end to the end of the alerts that fired \
             for it",
    of_cut: "of an incident that an edge of the history cuts, every figure rests on what the history holds alone",
    missed: "MISSED",
    missed_and_dearest: "the missed ones and those that cost most",
    dearest_missed: "those of the missed ones that cost most",
    alerts: "Alerts",
    alert: "Alert",
    severity: "Severity",
    fired: "Fired",
    for_incidents: "For incidents",
    firing: "Firing",
    condition: "Condition",
    this: "This policy",
    other: "The other",
    candidates: "Policies that no other one beats in everything",
    best_at: "Best at",
    detected: "Detected",
    pages_a_week_short: "Pages a week",
    mean_gone_short: "Budget gone",
    reset: "Reset",
    rules: "Rules (pairs)",
    as_tested: "(as tested)",
    those_above: "(those above)",
    best_pages: "pages",
    best_balance: "balance",
    best_budget: "budget",
    best_reset: "reset",
    detects_less: "(detects less)",
    all_page: "all candidates page: a ticket of the tested policy has no counterpart among their rules",
    balance: "balance: the smallest product of pages, budget gone and reset; the rules are written as the annotation \
              toban.dev/burn-rate-pairs takes them",
    caution: "they fit this very history: a backtest on another one says whether they are as good there",
    comma: ", ",
};

static JA: Words = Words {
    untested: "検証できなかった目標",
    no_incidents: "インシデントなし: 検知の対象がありません",
    no_incident_touched: "この目標に影響したインシデントなし: 検知の対象がありません",
    all_detected: "すべてのインシデントを検知",
    history: "記録",
    incidents: "インシデント",
    none: "なし",
    score: "評価",
    recall: "再現率",
    undecided: "判断不能",
    precision: "適合率",
    in_vain: "空振り",
    for_no_incident: "どのインシデントにも対応しない発報",
    calls: "通知",
    pages: "呼び出し",
    too_short: "通知単位。記録が短いため、週あたりの値は出しません",
    pages_a_week: "週あたりの呼び出し",
    time_firing: "発報中の時間",
    mean_detection: "平均検知時間",
    mean_gone: "検知までの平均消費",
    gone_at: "最初の発報時点の消費。発報がなければ全消費",
    mean_reset: "平均解消時間",
    reset_from: "インシデントの終了から、対応する発報の解消まで",
    incident: "インシデント (UTC)",
    lasted: "継続",
    budget: "消費",
    first_alert: "最初の発報",
    after: "検知",
    gone: "検知時",
    page: "呼出",
    over: "解消",
    legend: "消費：インシデントによるバジェットの消費、検知時：最初の発報までの消費、検知と呼出：開始から最初の発報と\
             最初の呼び出しまで、解消：終了から、対応する発報の解消まで",
    of_cut: "記録の端で途切れたインシデントの値は、すべて記録に含まれる部分だけに基づきます。",
    missed: "見逃し",
    missed_and_dearest: "見逃しと、消費の多いもの",
    dearest_missed: "見逃しのうち、消費の多いもの",
    alerts: "アラート",
    alert: "アラート",
    severity: "通知先",
    fired: "発報",
    for_incidents: "対応あり",
    firing: "発報中",
    condition: "条件",
    this: "このポリシー",
    other: "比較対象",
    candidates: "すべての点で上回るものがないポリシー",
    best_at: "優れる点",
    detected: "検知",
    pages_a_week_short: "呼び出し/週",
    mean_gone_short: "平均消費",
    reset: "解消",
    rules: "ルール (期間の組)",
    as_tested: "(検証対象)",
    those_above: "(上記のルール)",
    best_pages: "呼び出し",
    best_balance: "バランス",
    best_budget: "消費",
    best_reset: "解消",
    detects_less: "(検知が少ない)",
    all_page: "候補はすべて呼び出しです。検証対象のチケットに当たるルールは候補にありません。",
    balance: "バランス：呼び出し、平均消費、解消の積が最小。ルールはアノテーション toban.dev/burn-rate-pairs の\
              書式です。",
    caution: "候補はこの記録に合わせたものです。別の記録でのバックテストで、同じように機能するかを確かめてください。",
    comma: "、",
};

/// Why incidents are set aside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aside {
    Elsewhere,
    Outside,
    Repeated,
    Untouched,
}

impl Language {
    pub(super) fn backtest(self) -> &'static Words {
        self.pick(&EN, &JA)
    }

    pub(super) fn backtest_of(self, slo: &str) -> String {
        self.pick(format!("Backtest of {slo}"), format!("{slo} のバックテスト"))
    }

    pub(super) fn missed_of(self, missed: usize, all: usize) -> String {
        self.pick(
            format!("{missed} of {all} incidents MISSED"),
            format!("インシデント {all} 件のうち {missed} 件を見逃し"),
        )
    }

    pub(super) fn already_of(self, already: usize, all: usize) -> String {
        self.pick(
            format!("{already} of {all} incidents began while an alert was firing already"),
            format!("インシデント {all} 件のうち {already} 件は、開始前からアラートが発報中"),
        )
    }

    pub(super) fn cut_of(self, cut: usize, all: usize) -> String {
        self.pick(
            format!("{cut} of {all} incidents cut by an edge of the history, and not detected within it"),
            format!("インシデント {all} 件のうち {cut} 件は記録の端で途切れ、記録内では未検知"),
        )
    }

    pub(super) fn in_vain_of(self, in_vain: &str, all: &str) -> String {
        self.pick(
            format!("{in_vain} of {all} alerts fired in vain"),
            format!("発報 {all} 件のうち {in_vain} 件は空振り"),
        )
    }

    pub(super) fn mostly_firing(self, [all, outside, in_vain]: [&str; 3]) -> String {
        self.pick(
            format!("an alert was firing {all} of the time: {outside} outside incidents, {in_vain} in vain"),
            format!("記録の {all} でアラートが発報中: インシデント外 {outside}、空振り {in_vain}"),
        )
    }

    /// Incidents that are set aside, the first ones by their start.
    pub(super) fn set_aside(self, count: usize, why: Aside, some: &str) -> String {
        let (one, several, ja) = match why {
            Aside::Elsewhere => ("names other objectives", "name other objectives", "別の目標を対象とする"),
            Aside::Outside => ("lies outside the history", "lie outside the history", "記録の範囲外の"),
            Aside::Repeated => ("repeats another one", "repeat another one", "別のインシデントと同じ期間の"),
            Aside::Untouched => {
                ("left this objective untouched", "left this objective untouched", "この目標に影響がない")
            }
        };
        let en = if count == 1 {
            format!("incident {one} and does")
        } else {
            format!("incidents {several} and do")
        };
        let count = grouped(count as u128);
        self.pick(
            format!("{count} {en} not count: {some}"),
            format!("{ja}ため、{count} 件のインシデントを対象外としました: {some}"),
        )
    }

    pub(super) fn sources(self, labelled: usize, found: usize) -> String {
        match (labelled, found) {
            (0, 0) => self.backtest().none.to_owned(),
            (labelled, 0) => self.pick(format!("{labelled} labelled"), format!("{labelled} 件 (既知)")),
            (0, found) => self.pick(
                format!(
                    "{found} found in the data itself: stretches that spend a significant part of the budget \
                     (--significant)"
                ),
                format!("{found} 件 (データから検出: バジェットを大きく消費した区間、--significant)"),
            ),
            (labelled, found) => self.pick(
                format!("{labelled} labelled, {found} found in the data itself"),
                format!("{labelled} 件 (既知)、{found} 件 (データから検出)"),
            ),
        }
    }

    pub(super) fn recall_of(self, detected: usize, all: usize, paged: usize) -> String {
        self.pick(
            format!("{detected} of {all} incidents; {paged} by a page"),
            format!("インシデント {all} 件のうち {detected} 件、呼び出しは {paged} 件"),
        )
    }

    pub(super) fn undecided_of(self, already: usize, cut: usize) -> String {
        self.pick(
            format!("{already} began while an alert was firing already, {cut} cut by an edge of the history"),
            format!("開始前から発報中 {already} 件、記録の端で途切れたもの {cut} 件"),
        )
    }

    pub(super) fn precision_of(self, true_ones: &str, all: &str) -> String {
        self.pick(
            format!("{true_ones} of {all} alerts fired for an incident"),
            format!("発報 {all} 件のうち {true_ones} 件がインシデントに対応"),
        )
    }

    pub(super) fn joined(self, in_vain: &str) -> String {
        self.pick(
            format!("overlapping alerts of one severity are one; {in_vain} wholly in vain"),
            format!("重なる発報を通知先ごとに集約。空振りのみは {in_vain} 件"),
        )
    }

    pub(super) fn pages_in(self, pages: &str, history: TimeDelta) -> String {
        let history = span(history);
        self.pick(format!("{pages} in {history}"), format!("{history} に {pages} 件"))
    }

    pub(super) fn as_calls(self, pages: &str) -> String {
        self.pick(format!("calls; {pages}"), format!("通知単位。{pages}"))
    }

    pub(super) fn firing_of(self, outside: &str, in_vain: &str) -> String {
        self.pick(
            format!("of the history; {outside} outside incidents, {in_vain} in vain"),
            format!("うちインシデント外 {outside}、空振り {in_vain}"),
        )
    }

    /// `has_early`: whether some incident began before the history.
    pub(super) fn of_detected(self, detected: usize, has_early: bool) -> String {
        let all = self.pick(
            format!("from the start to the first alert, of the {detected} detected"),
            format!("検知した {detected} 件の、開始から最初の発報まで"),
        );
        if !has_early {
            return all;
        }
        self.pick(
            format!("{all}, but for those that began before the history"),
            format!("{all}。記録より前に始まったものを除く"),
        )
    }

    pub(super) fn already_since(self, rule: &str, since: &str) -> String {
        self.pick(format!("{rule} already firing since {since}"), format!("{rule} が {since} から発報中"))
    }

    fn cut_by(self, edge: Edge) -> &'static str {
        match edge {
            Edge::Start => self.pick("cut by the start of the history", "途切れ (記録の始端)"),
            Edge::End => self.pick("cut by the end of the history", "途切れ (記録の終端)"),
        }
    }

    pub(super) fn undecided_by(self, edge: Edge) -> String {
        let cut = self.cut_by(edge);
        self.pick(format!("{cut}: undecided"), cut.to_owned())
    }

    /// The alert that fired first for an incident that an edge cuts.
    pub(super) fn and_cut(self, rule: &str, edge: Edge) -> String {
        let cut = self.cut_by(edge);
        self.pick(format!("{rule}, {cut}"), format!("{rule}、{cut}"))
    }

    pub(super) fn and_frozen(self, what: &str, rules: &str) -> String {
        self.pick(
            format!("{what} (frozen for want of data: {rules})"),
            format!("{what} (データ不足で凍結: {rules})"),
        )
    }

    pub(super) fn some_of(self, some: usize, all: usize, which: &str) -> String {
        let (some, all) = (grouped(some as u128), grouped(all as u128));
        self.pick(
            format!("{some} of {all}: {which}; --format json has all"),
            format!("{all} 件のうち {some} 件: {which}。--format json にはすべて含まれます。"),
        )
    }

    pub(super) fn against(self, name: &str) -> String {
        self.pick(format!("Against {name} of the other definition"), format!("別の定義の {name} との比較"))
    }

    pub(super) fn only_this_detects(self, incidents: &str) -> String {
        self.pick(
            format!("the other does not detect {incidents}"),
            format!("比較対象では検知できないもの: {incidents}"),
        )
    }

    pub(super) fn only_other_detects(self, incidents: &str) -> String {
        self.pick(
            format!("the other detects {incidents} as well"),
            format!("比較対象だけが検知するもの: {incidents}"),
        )
    }

    pub(super) fn shifted(self, later: usize, earlier: usize) -> String {
        self.pick(
            format!("the other is later for {later} incidents and earlier for {earlier}"),
            format!("比較対象の検知は {later} 件で遅く、{earlier} 件で早い"),
        )
    }

    /// In what the one of two policies is worse that a column is headed by.
    pub(super) fn worse_in(self, policy: &str, aspects: &[Aspect]) -> String {
        let policy = self.pick(policy.to_lowercase(), policy.to_owned());
        if aspects.is_empty() {
            return self.pick(format!("{policy} is nowhere worse"), format!("{policy}に劣る点はない"));
        }
        let aspects: Vec<_> = aspects.iter().map(|aspect| self.aspect(*aspect)).collect();
        let aspects = aspects.join(self.backtest().comma);
        self.pick(format!("{policy} is worse in: {aspects}"), format!("{policy}が劣る点: {aspects}"))
    }

    fn aspect(self, aspect: Aspect) -> &'static str {
        match aspect {
            Aspect::AlertsInVain => self.pick("alerts in vain", "空振り"),
            Aspect::Detected => self.pick("incidents detected", "検知"),
            Aspect::Missed => self.pick("incidents missed", "見逃し"),
            Aspect::Pages => self.pick("pages", "呼び出し"),
            Aspect::TimeToDetect => self.pick("time to the first alert", "検知までの時間"),
            _ => self.pick("other", "その他"),
        }
    }

    pub(super) fn left_out(self, some: usize, all: usize) -> String {
        self.pick(
            format!("{some} of {all}, --format json has all; "),
            format!("{all} 件のうち {some} 件を表示。--format json にはすべて含まれます。"),
        )
    }
}
