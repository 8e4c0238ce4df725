//! The sentences of explanations in Japanese, which only the renderer speaks. What no phrase matches stays as it is: names, numbers, formulas.
//!
//! A phrase is a pattern of English and its Japanese. `{}` stands for anything in the one, and `{0}`, `{1}` … for what
//! it stood for in the other, or `[0]`, `[1]` … for the Japanese of that.

use crate::Language;

type Phrase = (&'static str, &'static str);

/// The name of a figure.
pub(super) fn figure(text: &str, language: Language) -> String {
    told(text, FIGURES, language)
}

/// How a figure follows from its inputs.
pub(super) fn rule(text: &str, language: Language) -> String {
    told(text, RULES, language)
}

/// The name of an input.
pub(super) fn input(text: &str, language: Language) -> String {
    told(text, INPUTS, language)
}

/// The value of a figure, or of an input.
pub(super) fn value(text: &str, language: Language) -> String {
    told(text, VALUES, language)
}

fn told(text: &str, phrases: &[Phrase], language: Language) -> String {
    if language == Language::En {
        return text.to_owned();
    }
    for (en, ja) in phrases {
        if let Some(parts) = matched(text, en) {
            let mut told = (*ja).to_owned();
            for (place, part) in parts.iter().enumerate() {
                told = told.replace(&format!("[{place}]"), &self::told(part, phrases, language));
                told = told.replace(&format!("{{{place}}}"), part);
            }
            return told;
        }
    }
    language.window_text(text)
}

/// What each `{}` of a pattern stands for, if the text is of that pattern.
fn matched<'t>(text: &'t str, pattern: &str) -> Option<Vec<&'t str>> {
    let mut fixed = pattern.split("{}");
    let mut rest = text.strip_prefix(fixed.next()?)?;
    let mut fixed: Vec<_> = fixed.collect();
    let Some(last) = fixed.pop() else { return rest.is_empty().then(Vec::new) };
    let mut parts = Vec::new();
    for between in fixed {
        let (part, after) = rest.split_once(between)?;
        parts.push(part);
        rest = after;
    }
    parts.push(rest.strip_suffix(last)?);
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}

static FIGURES: &[Phrase] = &[
    ("indicator", "指標"),
    ("left out", "対象外"),
    ("part of the budget left", "バジェットの残り"),
    ("budget gone in", "バジェット枯渇まで"),
    ("budget gone at the pace of the last {}, earliest", "直近 {0} のペースでのバジェット枯渇まで (最早)"),
    ("budget gone at the pace of the last {}, latest", "直近 {0} のペースでのバジェット枯渇まで (最遅)"),
    ("budget gone at the pace of the last {}", "直近 {0} のペースでのバジェット枯渇まで"),
    ("something left at the pace of the last {}, at best", "直近 {0} のペースで残りが戻るまで (最良)"),
    ("something left at the pace of the last {}", "直近 {0} のペースで残りが戻るまで"),
    ("something left in", "残りが戻るまで"),
    ("burn rate over {}", "{0} のバーンレート"),
    ("good over {}", "{0} の正常の割合"),
    ("member {} over {}", "メンバー {0} ([1])"),
    ("alert {} fired", "アラート {0} の発報"),
    ("alert {} resolved", "アラート {0} の解消"),
    ("alert {}", "アラート {0}"),
    ("{}, as a whole, allowed", "[0] 全体で許容される異常"),
    ("{}, as a whole, spent", "[0] 全体での消費"),
    ("{} seen", "[0] の観測"),
    ("{} good", "[0] の正常の割合"),
    ("{} allowed", "[0] で許容される異常"),
    ("{} left", "[0] の残り"),
    ("{} spent", "[0] の消費"),
    ("{}, without corrections,", "[0] (補正なし)"),
    ("{}, without corrections", "[0] (補正なし)"),
    ("contract {}", "SLA [0]"),
];

static RULES: &[Phrase] = &[
    ("every event weighs the same", "イベントごとに同じ重み"),
    ("every ratio weighs the same", "比率ごとに同じ重み"),
    ("every value weighs the same", "値ごとに同じ重み"),
    ("a slice of {} is good if its one value is", "{0} のスライスは、その 1 つの値が正常なら正常"),
    (
        "a slice of {} is good if at least {} of its values are",
        "{0} のスライスは、値の {1} 以上が正常なら正常",
    ),
    (
        "a slice of {} is good if its ratios are, in the mean, at least {} good",
        "{0} のスライスは、比率の平均で {1} 以上が正常なら正常",
    ),
    (
        "a slice of {} is good if at least {} of its events are; without events it is",
        "{0} のスライスは、イベントの {1} 以上が正常なら正常。イベントがなければ正常",
    ),
    (
        "every slice of {} weighs the same: its good share, down to a billionth",
        "{0} のスライスごとに同じ重み: 正常の割合 (10 億分の 1 未満は切り捨て)",
    ),
    ("steps that hold data / steps that should hold data", "データのあるステップ / データがあるべきステップ"),
    ("1 - bad / all", "1 - 異常 / 全体"),
    ("all * (1 - objective)", "全体 * (1 - 目標値)"),
    ("allowed - bad", "許容 - 異常"),
    ("bad / allowed", "異常 / 許容"),
    ("bad / all / (1 - objective)", "異常 / 全体 / (1 - 目標値)"),
    ("nothing was allowed so far", "現時点で許容される異常はない"),
    ("allowed so far: the fraction of the whole is too long", "現時点の許容 (全体の分数は桁数が大きすぎる)"),
    (
        "allowed so far * steps of the whole / steps that should hold data",
        "現時点の許容 * 全体のステップ / データがあるべきステップ",
    ),
    ("spent so far: the fraction of the whole is too long", "現時点の消費 (全体の分数は桁数が大きすぎる)"),
    (
        "spent so far * steps that should hold data / steps of the whole",
        "現時点の消費 * データがあるべきステップ / 全体のステップ",
    ),
    ("no step of the window holds data", "期間内にデータのあるステップがない"),
    ("an objective of 100 % allows nothing", "目標値 100 % では異常が許容されない"),
    ("nothing was bad", "異常なし"),
    ("all of these hold", "次の条件がすべて成立"),
    (
        "one of the comparisons with the limit of the rule does not hold",
        "ルールのしきい値との比較のうち、いずれかが不成立",
    ),
    ("{}; resolves after {} without", "[0]。条件の解消が {1} 続けば解消"),
    ("{}, for {}", "[0]、{1} 継続"),
    ("no data for {}", "{0} データなし"),
    ("budget spent in {} >= {}", "{0} でのバジェットの消費 >= {1}"),
    ("budget spent >= {}", "バジェットの消費 >= {0}"),
    ("budget gone within {} at the pace of {}", "{1} のペースで {0} 以内にバジェット枯渇"),
    ("burn rate over {} and {} {} {}", "{0} と {1} のバーンレート {2} {3}"),
    ("burn rate over {} {} {}", "{0} のバーンレート {1} {2}"),
    ("1 - spent, of the whole window", "1 - 期間全体での消費"),
    (
        "the first step after which all of the whole window is spent, where what is still in it and so many steps of \
         that pace count, in seconds",
        "期間に残る実績とこのペースのステップを合わせ、期間全体のバジェットを使い切る最初のステップまで (秒)",
    ),
    (
        "the same for the most bad events that their count leaves possible",
        "件数から考えられる最大の異常数で同じ計算",
    ),
    (
        "the same for the fewest bad events that their count leaves possible",
        "件数から考えられる最小の異常数で同じ計算",
    ),
    (
        "the first step after which less than all of the whole window is spent, where what is still in it and so many \
         steps of that pace count, in seconds",
        "期間に残る実績とこのペースのステップを合わせ、期間全体のバジェットの消費が全量を下回る最初のステップまで (秒)",
    ),
    ("the same where nothing goes bad any more", "今後異常がない場合の同じ計算"),
    (
        "nothing leaves a period of the calendar: the next one has a budget of its own",
        "暦の期間から外れるものはない。次の期間には新しいバジェットがある",
    ),
    ("nothing is left", "残りなし"),
    (
        "the median of futures whose seasons are drawn from those of the record",
        "記録された周期から抽出した将来の中央値",
    ),
    ("there is no budget", "バジェットなし"),
    ("nothing was seen in the window", "期間内に観測なし"),
    ("{} of {} whole seasons seen", "必要な {1} 周期のうち {0} 周期のみ観測"),
    ("the data is too coarse", "データの刻みが粗すぎる"),
    ("the mean of the members' good shares by weight", "メンバーの正常の割合の加重平均"),
    ("1 - objective", "1 - 目標値"),
    ("allowed - (1 - good)", "許容 - (1 - 正常)"),
    ("(1 - good) / allowed", "(1 - 正常) / 許容"),
    ("(1 - good) / (1 - objective)", "(1 - 正常) / (1 - 目標値)"),
    (
        "sum of weight * good / sum of weights, down to a billionth: the fraction is too long",
        "重み * 正常の総和 / 重みの総和 (10 億分の 1 未満は切り捨て、分数の桁数が大きすぎるため)",
    ),
    ("sum of weight * good / sum of weights", "重み * 正常の総和 / 重みの総和"),
    ("a silent member freezes the composite", "データ不足のメンバーにより複合目標も凍結"),
    ("no member says anything", "データのあるメンバーがない"),
    ("silent, and silence counts as bad", "データ不足。異常とみなす"),
    ("silent, and silence counts as good", "データ不足。正常とみなす"),
    ("silent, and the others weigh more", "データ不足。除外し、残りのメンバーの重みが増す"),
    ("silent, and the composite with it", "データ不足。複合目標も凍結"),
    ("seen without traffic: nothing was bad", "トラフィックなし: 異常なし"),
];

static INPUTS: &[Phrase] = &[
    ("objective", "目標値"),
    ("report at", "レポートの時点"),
    ("data", "データ"),
    ("step of all windows", "ステップ"),
    ("correction", "補正"),
    ("slots that it corrects", "補正したスロット数"),
    ("bad events", "異常イベント"),
    ("all events", "全イベント"),
    ("bad slices", "異常スライス"),
    ("all slices", "全スライス"),
    ("bad billionths of ratios", "異常 (比率の 10 億分の 1)"),
    ("all billionths of ratios", "全体 (比率の 10 億分の 1)"),
    ("bad billionths of slices", "異常 (スライスの 10 億分の 1)"),
    ("all billionths of slices", "全体 (スライスの 10 億分の 1)"),
    ("window", "期間"),
    ("steps in the window", "期間内のステップ"),
    ("steps that should hold data in {}", "{0} でデータがあるべきステップ"),
    ("steps that hold data in {}", "{0} でデータのあるステップ"),
    ("steps that should hold data", "データがあるべきステップ"),
    ("steps that hold data", "データのあるステップ"),
    ("steps of the whole", "全体のステップ"),
    ("severity", "通知先"),
    ("least share of a window that must be seen", "必要な観測の割合"),
    ("events in the long window", "長い期間のイベント数"),
    ("bad events needed for proof", "発報に必要な異常"),
    ("bad events needed without the demand for proof", "低トラフィック対策なしで必要な異常"),
    ("chance to notice twice the factor", "しきい値の 2 倍での検知率"),
    ("the same without the demand for proof", "同、低トラフィック対策なし"),
    ("fired so often", "発報回数"),
    ("earlier firings, not explained here", "ここで説明しない古い発報"),
    ("held since", "条件の成立"),
    ("burn rate over {}", "{0} のバーンレート"),
    ("seen of {}", "{0} の観測"),
    ("spent of {} in {}", "{0} のバジェットの {1} での消費"),
    ("spent of {}", "{0} のバジェットの消費"),
    ("events in {}", "{0} のイベント数"),
    ("bad events for proof in {}", "{0} で発報に必要な異常"),
    ("bad events above what is allowed", "許容を超えた異常イベント"),
    ("seconds until the rest is gone", "枯渇までの秒数"),
    ("steps until then", "それまでのステップ"),
    ("bad that leaves the window by then", "それまでに期間から外れる異常"),
    ("all that leaves the window by then", "それまでに期間から外れる全体"),
    ("spent then", "その時点の消費"),
    ("spent one step before", "1 ステップ前の消費"),
    ("days of every weekday", "各曜日の日"),
    ("bad events at that pace", "このペースでの異常イベント"),
    ("burn rate", "バーンレート"),
    ("until the period ends", "期間の終わりまで"),
    ("confidence", "信頼度"),
    ("horizon", "予測の範囲"),
    ("futures", "将来の数"),
    ("seed", "乱数のシード"),
    ("length of a season", "周期の長さ"),
    ("parts of a season", "周期の分割数"),
    ("seasons lie back from", "周期の起点"),
    ("seasons of which {} was seen", "{0} 以上観測した周期"),
    ("a season is drawn from", "抽出元の周期"),
    ("each future draws first", "将来ごとの最初の抽出"),
    ("distance from the mean, times", "平均からの距離の倍率"),
    ("what a young record allows", "短い記録の許容"),
    ("the objective is missed", "目標未達の条件"),
    ("early end of the interval", "区間の早い端"),
    ("late end of the interval", "区間の遅い端"),
    ("chance to miss the objective", "目標未達の確率"),
    ("spent at the horizon, early end", "予測の範囲の終わりでの消費 (早い端)"),
    ("spent at the horizon, median", "予測の範囲の終わりでの消費 (中央値)"),
    ("spent at the horizon, late end", "予測の範囲の終わりでの消費 (遅い端)"),
    ("weight", "重み"),
    ("seen", "観測"),
];

static VALUES: &[Phrase] = &[
    ("{}: yes", "{0}: 成立"),
    ("{}: no", "{0}: 不成立"),
    ("no data", "データなし"),
    ("no traffic", "トラフィックなし"),
    ("no budget", "バジェットなし"),
    ("no figure", "値なし"),
    ("nothing was expected", "期待されるデータなし"),
    ("no data that resolves the window", "期間を表せるデータなし"),
    ("gone", "枯渇済み"),
    ("gone already", "枯渇済み"),
    ("nothing is counted", "集計対象なし"),
    ("{} of {}", "{1} のうち {0}"),
    ("are drawn alike: fewer than {} weeks were seen", "区別せずに抽出: 観測が {0} 週に満たない"),
    ("undecided", "判断不能"),
    ("never", "枯渇しない"),
    ("not within {} s (about {})", "{0} 秒 (約 {1}) 以内には枯渇しない"),
    ("not within 9000 years", "9000 年以内には枯渇しない"),
    ("not within {}", "{0} 以内には枯渇しない"),
    ("{} s (about {})", "{0} 秒 (約 {1})"),
    ("inactive", "平常"),
    ("pending", "保留"),
    ("firing", "発報中"),
    ("frozen", "凍結"),
    ("frozen (pending)", "凍結 (保留)"),
    ("frozen (firing)", "凍結 (発報中)"),
    ("left out", "除外"),
    ("composite", "複合目標"),
    ("availability", "可用性"),
    ("latency {}", "レイテンシ {0}"),
    ("uptime", "稼働率"),
    ("page", "呼び出し"),
    ("ticket", "チケット"),
    ("none is enough", "いくつでも不足"),
    ("[{}) counts as good: {}", "[{0}) 異常を正常とみなす: {1}"),
    ("[{}) events do not count: {}", "[{0}) イベントを除外: {1}"),
    ("[{}) time does not count: {}", "[{0}) 時間ごと除外: {1}"),
    ("any of them", "すべての周期"),
    ("those whole weeks before it, {} or more", "ちょうど何週か前の周期 ({0} 以上)"),
    ("as many of these, and then from those", "同数の周期を抽出し、さらにその中から抽出"),
    ("with more bad than allowed, at any time", "いずれかの時点で異常が許容を超えた場合"),
    ("with more bad than allowed, at its end", "期間の終わりに異常が許容を超えた場合"),
    ("times window / its age", "期間 / 記録の長さ 倍"),
];
