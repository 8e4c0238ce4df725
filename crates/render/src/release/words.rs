//! The words that all of a release is told in, in both languages.

use crate::Language;
use crate::table::NEVER_BROKEN;
use crate::text::{clean, span_gone};
use chrono::TimeDelta;
use toban_core::{Fingerprint, Text};
use toban_durable::Steady;
use toban_release_core::analysis::{CheckReason, Measured, Overall};
use toban_release_core::judge::{AcaLabel, Compared, Ground};
use toban_release_core::plan::{Demand, EnvironmentKind, Grade, Occasion, Severity};
use toban_release_core::rollout::{Back, Course, Next, Part, Ruled, Step};
use toban_release_core::{Return, Stage, StrategyKind, Weight};

/// From so many columns on, a table has more columns instead of longer texts.
pub(super) const WIDE: u16 = 120;

/// The digits of a fingerprint that tell it from others at a glance.
const SHORT: usize = "sha256:".len() + 12;

impl Language {
    /// A text of a plan, fit for one line.
    pub(super) fn said(self, text: &Text) -> String {
        clean(self.pick(&text.en, &text.ja)).replace(" %", &format!("{NEVER_BROKEN}%"))
    }

    /// What stands in a record of a text that its plan has in both languages: `日本語 / English`.
    pub(super) fn recorded(self, text: &str) -> String {
        let is_japanese = |text: &str| text.contains(|one| ('\u{3040}'..='\u{9fff}').contains(&one));
        let both = text.split_once(" / ").filter(|(ja, en)| is_japanese(ja) && !is_japanese(en));
        both.map_or_else(|| clean(text), |(ja, en)| clean(self.pick(en, ja)))
    }

    pub(super) fn texts(self, texts: &[Text]) -> Vec<String> {
        texts.iter().map(|text| self.said(text)).collect()
    }

    /// `a, b and c`.
    pub(super) fn all_of(self, items: &[String]) -> String {
        self.listed(items, " and ")
    }

    /// `a, b or c`.
    pub(super) fn one_of(self, items: &[String]) -> String {
        match self {
            Self::En => self.listed(items, " or "),
            Self::Ja => items.join("または"),
        }
    }

    fn listed(self, items: &[String], last: &str) -> String {
        match (self, items) {
            (Self::En, [head @ .., before, end]) => {
                let head: String = head.iter().map(|item| format!("{item}, ")).collect();
                format!("{head}{before}{last}{end}")
            }
            _ => items.join("、"),
        }
    }

    /// Clauses of one sentence.
    pub(super) fn clauses(self, clauses: &[String]) -> String {
        clauses.join(self.pick("; ", "。"))
    }

    /// What a sentence says, and on what grounds.
    pub(super) fn because(self, what: &str, why: &str) -> String {
        format!("{what}{}{why}", self.pick(": ", "："))
    }

    /// What is said beside something, in parentheses.
    pub(super) fn aside(self, what: &str, aside: &str) -> String {
        match self {
            Self::En => format!("{what} ({aside})"),
            Self::Ja => format!("{what}（{aside}）"),
        }
    }

    pub(super) fn step_count(self, count: usize) -> String {
        match (self, count) {
            (Self::En, 1) => "1 step".into(),
            (Self::En, _) => format!("{count} steps"),
            (Self::Ja, _) => format!("{count}手順"),
        }
    }

    pub(super) fn environment(self, kind: EnvironmentKind) -> &'static str {
        match kind {
            EnvironmentKind::Development => self.pick("development", "開発環境"),
            EnvironmentKind::Staging => self.pick("staging", "ステージング環境"),
            EnvironmentKind::Production => self.pick("production", "本番環境"),
        }
    }

    pub(super) fn demand(self, demand: Demand) -> &'static str {
        match demand {
            Demand::Announcements => self.pick("notices given", "事前通知の完了"),
            Demand::Artefacts => self.pick("artefacts with their digests", "ダイジェストの一致する成果物"),
            Demand::Approval => self.pick("approval of this revision", "この版の承認"),
            Demand::Backup => self.pick("confirmed backups", "バックアップの確認"),
            Demand::Checklists => self.pick("finished checklists", "チェックリストの完了"),
            Demand::Readiness => self.pick("what the release needs", "環境の準備"),
            Demand::Rehearsal => self.pick("a rehearsed rollback", "切り戻しの予行"),
        }
    }

    pub(super) fn urgency(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
        }
    }

    pub(super) fn grade(self, grade: Grade) -> &'static str {
        match grade {
            Grade::Low => self.pick("low", "低"),
            Grade::Medium => self.pick("medium", "中"),
            Grade::High => self.pick("high", "高"),
        }
    }

    pub(super) fn occasion(self, occasion: Occasion) -> &'static str {
        match occasion {
            Occasion::Notice => self.pick("notice", "事前通知"),
            Occasion::Started => self.pick("start", "開始"),
            Occasion::StageMoved => self.pick("stage moved", "段階の移行"),
            Occasion::RolledBack => self.pick("rolled back", "切り戻し"),
            Occasion::Completed => self.pick("completed", "完了"),
        }
    }

    pub(super) fn strategy(self, kind: StrategyKind) -> &'static str {
        match kind {
            StrategyKind::BlueGreen => self.pick("blue/green", "ブルーグリーン"),
            StrategyKind::Canary => self.pick("canary", "カナリア"),
            StrategyKind::Rolling => self.pick("rolling", "ローリング"),
            StrategyKind::Staged => self.pick("in phases", "段階展開"),
        }
    }

    pub(super) fn way(self, way: Return) -> &'static str {
        match way {
            Return::Immediate => self.pick("at once", "一度に"),
            Return::Gradual => self.pick("step by step", "段階的に"),
        }
    }

    pub(super) fn verdict(self, ruled: Ruled) -> &'static str {
        match ruled {
            Ruled::Go => self.pick("go", "進行可"),
            Ruled::Hold => self.pick("hold", "保留"),
            Ruled::Stop => self.pick("stop", "中止"),
            Ruled::Undecided => self.pick("undecided", "判断不能"),
        }
    }

    pub(super) fn measured(self, measured: Measured) -> &'static str {
        match measured {
            Measured::Success => self.pick("good", "良好"),
            Measured::Failure => self.pick("bad", "不良"),
            Measured::Inconclusive => self.pick("does not say", "判断できない"),
            Measured::NoData => self.pick("no data", "データなし"),
            Measured::Error => self.pick("no answer", "応答なし"),
        }
    }

    /// What a measurement rests on, where it says more than what it came to.
    pub(super) fn ground(self, ground: &Ground) -> Option<String> {
        Some(match ground {
            Ground::Value(value) => figure(*value),
            Ground::Error { reason } => clean(reason),
            Ground::NotFinite => self.pick("not a number", "数値ではない").into(),
            Ground::Unreadable => self.pick("not what the judge reads", "判定できない形式").into(),
            Ground::Aca(judged) => match judged.label {
                AcaLabel::High => self.pick("too high", "高すぎる").into(),
                AcaLabel::Low => self.pick("too low", "低すぎる").into(),
                _ => return None,
            },
            Ground::Compared(comparison) => {
                let points = (comparison.baseline, comparison.candidate);
                let than = match comparison.compared {
                    Compared::Pass => self.pick("no worse than before", "従来より悪くない"),
                    Compared::Fail => self.pick("worse than before", "従来より悪い"),
                    Compared::Undecided => self.pick("cannot be told from before", "従来と区別できない"),
                };
                match self {
                    Self::En => format!("{than}, {} points beside {}", points.1, points.0),
                    Self::Ja => format!("{than}（{}点と{}点）", points.1, points.0),
                }
            }
            _ => return None,
        })
    }

    pub(super) fn reason(self, why: CheckReason) -> String {
        if self == Self::En {
            let told = why.to_string();
            let one = [("1 errors", "1 error"), ("1 failures", "1 failure")];
            let single = one.iter().find_map(|(all, one)| Some((*one, told.strip_prefix(all)?)));
            return single.map_or(told.clone(), |(one, rest)| format!("{one}{rest}"));
        }
        match why {
            CheckReason::Blind { in_row, limit } => {
                format!("続けて{in_row}回何も見えない、{limit}回で判断")
            }
            CheckReason::Enough { successes } => format!("最後まで測定し、成功{successes}回"),
            CheckReason::Errors { in_row, limit } => format!("続けて{in_row}回の測定エラー、許容{limit}回"),
            CheckReason::Failures { failures, limit } => format!("失敗{failures}回、許容{limit}回"),
            CheckReason::FailuresInRow { in_row, limit } => {
                format!("続けて{in_row}回の失敗、許容{limit}回")
            }
            CheckReason::Inconclusive { inconclusive, limit } => {
                format!("判断できない測定{inconclusive}回、許容{limit}回")
            }
            CheckReason::Nothing => "まだ何も測定していない".into(),
            CheckReason::Open => "まだ判断できない".into(),
            CheckReason::SuccessesInRow { in_row } => format!("続けて{in_row}回の成功"),
            CheckReason::SuccessesMissing { in_row, needed } => {
                format!("最後まで測定し、連続成功{in_row}回、必要{needed}回")
            }
            CheckReason::Terminated { successes } => format!("終了の指示まで成功{successes}回"),
            CheckReason::TooFew { successes, needed } => {
                format!("終了が早すぎ、成功{successes}回、必要{needed}回")
            }
            other => other.to_string(),
        }
    }

    /// The checks that decide, and why.
    pub(super) fn decisive(self, overall: &Overall) -> String {
        let one = |check: &str, why| self.aside(&clean(check), &self.reason(why));
        let all: Vec<_> = overall.decisive.iter().map(|one_of| one(&one_of.check, one_of.why)).collect();
        self.clauses(&all)
    }

    /// A stage by its place and, where the course is known, its name.
    pub(super) fn stage(self, stage: usize, course: Option<&Course>) -> String {
        let place = stage + 1;
        let Some((found, all)) =
            course.and_then(|course| Some((course.stages().get(stage)?, course.stages().len())))
        else {
            return self.pick(format!("stage {place}"), format!("ステージ{place}"));
        };
        self.counted_stage(place, all, Some(&stage_name(found)))
    }

    /// The same beside its share of the traffic, which need not be said twice.
    pub(super) fn stage_beside_share(self, stage: usize, course: Option<&Course>) -> String {
        let Some((found, course)) = course.and_then(|course| Some((course.stages().get(stage)?, course)))
        else {
            return self.stage(stage, course);
        };
        let name = clean(&found.name).replace(" %", &format!("{NEVER_BROKEN}%"));
        let name = (name != share(found.weight)).then_some(name);
        self.counted_stage(stage + 1, course.stages().len(), name.as_deref())
    }

    fn counted_stage(self, place: usize, all: usize, name: Option<&str>) -> String {
        match (self, name) {
            (Self::En, Some(name)) => format!("stage {place} of {all}, {name}"),
            (Self::En, None) => format!("stage {place} of {all}"),
            (Self::Ja, Some(name)) => format!("ステージ{place}/{all}「{name}」"),
            (Self::Ja, None) => format!("ステージ{place}/{all}"),
        }
    }

    /// The share of the traffic that a stage brings, where the course is known.
    pub(super) fn weight(self, stage: usize, course: Option<&Course>) -> Option<String> {
        course?.stages().get(stage).map(|stage| share(stage.weight))
    }

    pub(super) fn check(self, check: usize, course: Option<&Course>) -> String {
        let found = course.and_then(|course| course.checks.get(check));
        found.map_or_else(
            || self.pick(format!("check {}", check + 1), format!("チェック{}", check + 1)),
            |found| clean(found.name()),
        )
    }

    /// A step by its name, or by its place.
    pub(super) fn step(self, part: Part, course: Option<&Course>) -> String {
        if let Some(step) = course.and_then(|course| step(part, course)) {
            return match self {
                Self::En => clean(&step.name),
                Self::Ja => format!("「{}」", clean(&step.name)),
            };
        }
        match part {
            Part::Next(Next::Stage(stage)) => match (self, self.weight(stage, course)) {
                (Self::En, Some(weight)) => format!("traffic to {weight}"),
                (Self::En, None) => format!("traffic to stage {}", stage + 1),
                (Self::Ja, Some(weight)) => format!("トラフィックの{weight}への移行"),
                (Self::Ja, None) => format!("ステージ{}へのトラフィックの移行", stage + 1),
            },
            Part::Back(Back::Weight(_)) => {
                self.pick("traffic back to the old version", "旧バージョンへのトラフィックの復帰").into()
            }
            Part::Next(Next::Prepare(place)) => self.counted("preparation step", "準備手順", place),
            Part::Next(Next::Complete(place)) => self.counted("completion step", "完了手順", place),
            Part::Back(Back::Undo(place)) => self.counted("rollback step", "切り戻し手順", place),
            Part::Back(Back::Verify(place)) => {
                self.counted("check after the rollback,", "切り戻し後の確認", place)
            }
        }
    }

    fn counted(self, en: &str, ja: &str, place: usize) -> String {
        match self {
            Self::En => format!("{en} {}", place + 1),
            Self::Ja => format!("{ja}{}", place + 1),
        }
    }
}

/// A share of the traffic, on one line.
pub(super) fn share(weight: Weight) -> String {
    format!("{}{NEVER_BROKEN}%", weight.as_percent())
}

/// The name of a stage, and its weight where the name does not say it.
pub(super) fn stage_name(stage: &Stage) -> String {
    let (name, weight) = (clean(&stage.name).replace(" %", &format!("{NEVER_BROKEN}%")), share(stage.weight));
    if name.contains(&weight) { name } else { format!("{name} ({weight})") }
}

/// The step of a course, where the part is one.
pub(super) fn step(part: Part, course: &Course) -> Option<&Step> {
    match part {
        Part::Next(Next::Prepare(place)) => course.preparation.get(place),
        Part::Next(Next::Complete(place)) => course.completion.get(place),
        Part::Back(Back::Undo(place)) => course.rollback.get(place),
        Part::Back(Back::Verify(place)) => course.verification.get(place),
        Part::Next(Next::Stage(_)) | Part::Back(Back::Weight(_)) => None,
    }
}

/// A measured value; one with many digits is cut to six, and says so.
pub(super) fn figure(value: f64) -> String {
    let exact = value.to_string();
    if exact.len() <= 9 {
        return exact;
    }
    let digits = format!("{value:.5e}");
    let short = digits.parse::<f64>().unwrap_or(value).to_string();
    if short.len() <= 12 { format!("~{short}") } else { format!("~{digits}") }
}

/// A moment of the steady time of a stream, counted from its begin.
pub(super) fn elapsed(steady: Steady) -> String {
    let millis = TimeDelta::try_milliseconds(steady.as_millis()).unwrap_or(TimeDelta::MAX);
    format!("+{}", span_gone(millis))
}

/// The beginning of a fingerprint.
pub(super) fn short(fingerprint: Fingerprint) -> String {
    fingerprint.to_string().chars().take(SHORT).collect()
}

/// The beginning of a revision, where it is as long as a fingerprint.
pub(super) fn short_revision(revision: &str) -> String {
    if revision.starts_with("sha256:") {
        clean(revision).chars().take(SHORT).collect()
    } else {
        clean(revision)
    }
}

/// Arguments as a person would type them: those with blanks in quotation marks.
pub(super) fn command(argv: &[String]) -> String {
    let quoted = |argument: &String| {
        let text = clean(argument);
        let is_plain = !text.is_empty() && !text.contains([' ', '"', '\'']);
        if is_plain { text } else { format!("{text:?}") }
    };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// A text that is not laid out: blanks are blanks.
pub(super) fn unbound(text: &str) -> String {
    text.replace(['\u{a0}', NEVER_BROKEN], " ")
}
