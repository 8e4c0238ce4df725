//! Backtests as JSON, in the kinds of the report.

use super::kinds::{FindingWire, FiringWire, IntervalWire, LengthWire, RatioWire, instant};
use super::written;
use crate::slo::{BacktestDocument, BacktestSection};
use serde::Serialize;
use toban_core::{Reason, Share};
use toban_slo::backtest::{
    AlreadyFiring, Aspect, Backtest, Candidate, Detection, Difference, Edge, Incident, IncidentOutcome,
    IncidentResult, IncidentSource, RuleResult, Score,
};
use toban_slo::{AlertRule, Condition};

/// What the field `schema` of a backtest says. Fields may be added under the same name; none goes or changes its
/// meaning.
pub const BACKTEST_SCHEMA: &str = "toban.slo.backtest/1";

/// Backtests as JSON, indented, with a line break at the end.
#[must_use]
pub fn backtest_json(document: &BacktestDocument<'_>) -> String {
    let wire = DocumentWire {
        schema: BACKTEST_SCHEMA,
        objectives: document.sections.iter().map(ObjectiveWire::of).collect(),
        untested: document.untested.iter().map(UntestedWire::of).collect(),
    };
    written(&wire)
}

#[derive(Serialize)]
struct DocumentWire<'a> {
    schema: &'static str,
    objectives: Vec<ObjectiveWire<'a>>,
    untested: Vec<UntestedWire<'a>>,
}

#[derive(Serialize)]
struct UntestedWire<'a> {
    name: &'a str,
    why: FindingWire<'a>,
}

#[derive(Serialize)]
struct ObjectiveWire<'a> {
    name: &'a str,
    record: IntervalWire,
    score: ScoreWire,
    incidents: Vec<ResultWire<'a>>,
    elsewhere: Vec<IncidentWire<'a>>,
    outside: Vec<IncidentWire<'a>>,
    repeated: Vec<IncidentWire<'a>>,
    untouched: Vec<IncidentWire<'a>>,
    alerts: Vec<AlertWire<'a>>,
    against: Option<AgainstWire<'a>>,
    candidates: Vec<CandidateWire<'a>>,
    findings: Vec<FindingWire<'a>>,
}

#[derive(Serialize)]
struct ScoreWire {
    incidents: usize,
    detected: usize,
    already_firing: usize,
    cut: usize,
    missed: usize,
    paged: usize,
    alerts: usize,
    true_alerts: usize,
    alerts_in_vain: usize,
    calls: usize,
    true_calls: usize,
    pages: usize,
    recall: Option<RatioWire>,
    precision: Option<RatioWire>,
    pages_per_week: RatioWire,
    time_firing: RatioWire,
    time_outside: RatioWire,
    time_in_vain: RatioWire,
    mean_budget_gone: Option<RatioWire>,
    mean_detection: Option<LengthWire>,
    mean_reset: Option<LengthWire>,
}

#[derive(Serialize)]
struct IncidentWire<'a> {
    label: &'a str,
    source: &'static str,
    slos: &'a [String],
    start: String,
    end: String,
}

#[derive(Serialize)]
struct ResultWire<'a> {
    #[serde(flatten)]
    incident: IncidentWire<'a>,
    spent: Option<RatioWire>,
    outcome: &'static str,
    first: Option<DetectionWire<'a>>,
    first_page: Option<DetectionWire<'a>>,
    already_firing: Option<AlreadyWire<'a>>,
    reset_after: Option<LengthWire>,
    cut: Option<&'static str>,
    frozen: &'a [String],
}

#[derive(Serialize)]
struct DetectionWire<'a> {
    rule: &'a str,
    at: String,
    after: LengthWire,
    budget_gone: Option<RatioWire>,
}

#[derive(Serialize)]
struct AlreadyWire<'a> {
    rule: &'a str,
    severity: String,
    since: String,
}

#[derive(Serialize)]
struct RuleWire<'a> {
    name: &'a str,
    severity: String,
    condition: String,
    lasting: LengthWire,
    cool_down: LengthWire,
    factor: Option<RatioWire>,
    long: Option<LengthWire>,
    short: Option<LengthWire>,
}

#[derive(Serialize)]
struct AlertWire<'a> {
    #[serde(flatten)]
    rule: RuleWire<'a>,
    firings: Vec<FiringWire>,
    for_incidents: usize,
    in_vain: usize,
    time_firing: RatioWire,
}

#[derive(Serialize)]
struct AgainstWire<'a> {
    name: &'a str,
    score: ScoreWire,
    gained: &'a [usize],
    lost: &'a [usize],
    shifts: Vec<ShiftWire>,
    is_no_worse: bool,
    worse_in: Vec<&'static str>,
    better_in: Vec<&'static str>,
}

#[derive(Serialize)]
struct ShiftWire {
    incident: usize,
    later_by: Option<LengthWire>,
    earlier_by: Option<LengthWire>,
}

#[derive(Serialize)]
struct CandidateWire<'a> {
    rules: Vec<RuleWire<'a>>,
    score: ScoreWire,
}

impl<'a> UntestedWire<'a> {
    fn of((name, why): &'a (String, Reason)) -> Self {
        Self { name, why: FindingWire::of(why) }
    }
}

impl<'a> ObjectiveWire<'a> {
    fn of(section: &'a BacktestSection<'a>) -> Self {
        let BacktestSection { backtest, findings, against, candidates } = section;
        Self {
            name: &backtest.slo,
            record: IntervalWire::of(backtest.record),
            score: ScoreWire::of(&backtest.score),
            incidents: backtest.incidents.iter().map(ResultWire::of).collect(),
            elsewhere: backtest.elsewhere.iter().map(IncidentWire::of).collect(),
            outside: backtest.outside.iter().map(IncidentWire::of).collect(),
            repeated: backtest.repeated.iter().map(IncidentWire::of).collect(),
            untouched: backtest.untouched.iter().map(IncidentWire::of).collect(),
            alerts: backtest.rules.iter().map(AlertWire::of).collect(),
            against: against.as_ref().map(|(other, difference)| AgainstWire::of(other, difference)),
            candidates: candidates.iter().map(CandidateWire::of).collect(),
            findings: findings.iter().map(FindingWire::of).collect(),
        }
    }
}

impl ScoreWire {
    fn of(score: &Score) -> Self {
        let share = |share: Option<Share>| share.map(RatioWire::of_share);
        Self {
            incidents: score.incidents,
            detected: score.detected,
            already_firing: score.already_firing,
            cut: score.cut,
            missed: score.missed(),
            paged: score.paged,
            alerts: score.alerts,
            true_alerts: score.true_alerts,
            alerts_in_vain: score.alerts_in_vain(),
            calls: score.calls,
            true_calls: score.true_calls,
            pages: score.pages,
            recall: share(score.recall),
            precision: share(score.precision),
            pages_per_week: RatioWire::of(score.pages_per_week),
            time_firing: RatioWire::of(score.time_firing),
            time_outside: RatioWire::of(score.time_outside),
            time_in_vain: RatioWire::of(score.time_in_vain),
            mean_budget_gone: score.mean_budget_gone.map(RatioWire::of),
            mean_detection: score.mean_detection.map(LengthWire::of),
            mean_reset: score.mean_reset.map(LengthWire::of),
        }
    }
}

impl<'a> IncidentWire<'a> {
    fn of(incident: &'a Incident) -> Self {
        Self {
            label: &incident.label,
            source: match incident.source {
                IncidentSource::Found => "found",
                IncidentSource::Labelled => "labelled",
            },
            slos: &incident.slos,
            start: instant(incident.interval.start()),
            end: instant(incident.interval.end()),
        }
    }
}

impl<'a> ResultWire<'a> {
    fn of(result: &'a IncidentResult) -> Self {
        Self {
            incident: IncidentWire::of(&result.incident),
            spent: result.spent.map(RatioWire::of),
            outcome: match result.outcome() {
                IncidentOutcome::AlreadyFiring => "already_firing",
                IncidentOutcome::Cut => "cut",
                IncidentOutcome::Detected => "detected",
                IncidentOutcome::Missed => "missed",
            },
            first: result.first.as_ref().map(DetectionWire::of),
            first_page: result.first_page.as_ref().map(DetectionWire::of),
            already_firing: result.already_firing.as_ref().map(AlreadyWire::of),
            reset_after: result.reset_after.map(LengthWire::of),
            cut: result.cut.map(|edge| match edge {
                Edge::Start => "start",
                Edge::End => "end",
            }),
            frozen: &result.frozen,
        }
    }
}

impl<'a> DetectionWire<'a> {
    fn of(found: &'a Detection) -> Self {
        Self {
            rule: &found.rule,
            at: instant(found.at),
            after: LengthWire::of(found.after),
            budget_gone: found.budget_gone.map(RatioWire::of),
        }
    }
}

impl<'a> AlreadyWire<'a> {
    fn of(already: &'a AlreadyFiring) -> Self {
        Self { rule: &already.rule, severity: already.severity.to_string(), since: instant(already.since) }
    }
}

impl<'a> RuleWire<'a> {
    fn of(rule: &'a AlertRule) -> Self {
        let (factor, long, short) = match &rule.condition {
            Condition::BurnRate { factor, long, short, .. } => (Some(*factor), Some(*long), *short),
            _ => (None, None, None),
        };
        Self {
            name: &rule.name,
            severity: rule.severity.to_string(),
            condition: rule.condition.to_string(),
            lasting: LengthWire::of(rule.lasting),
            cool_down: LengthWire::of(rule.cool_down),
            factor: factor.map(RatioWire::of),
            long: long.map(LengthWire::of),
            short: short.map(LengthWire::of),
        }
    }
}

impl<'a> AlertWire<'a> {
    fn of(found: &'a RuleResult) -> Self {
        Self {
            rule: RuleWire::of(&found.rule),
            firings: found.episodes.iter().map(FiringWire::of).collect(),
            for_incidents: found.for_incidents,
            in_vain: found.in_vain(),
            time_firing: RatioWire::of(found.time_firing),
        }
    }
}

impl<'a> AgainstWire<'a> {
    fn of(other: &'a Backtest, difference: &'a Difference) -> Self {
        Self {
            name: &other.slo,
            score: ScoreWire::of(&difference.after),
            gained: &difference.gained,
            lost: &difference.lost,
            shifts: difference.later_by.iter().map(ShiftWire::of).collect(),
            is_no_worse: difference.is_no_worse(),
            worse_in: difference.worse_in().into_iter().map(aspect).collect(),
            better_in: difference.better_in().into_iter().map(aspect).collect(),
        }
    }
}

fn aspect(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::AlertsInVain => "alerts_in_vain",
        Aspect::Detected => "detected",
        Aspect::Missed => "missed",
        Aspect::Pages => "pages",
        Aspect::TimeToDetect => "time_to_detect",
        _ => "other",
    }
}

impl ShiftWire {
    fn of((incident, later): &(usize, chrono::TimeDelta)) -> Self {
        let length = LengthWire::of(later.abs());
        let (later_by, earlier_by) = match later.num_milliseconds().signum() {
            1 => (Some(length), None),
            -1 => (None, Some(length)),
            _ => (None, None),
        };
        Self { incident: *incident, later_by, earlier_by }
    }
}

impl<'a> CandidateWire<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        Self {
            rules: candidate.rules.iter().map(RuleWire::of).collect(),
            score: ScoreWire::of(&candidate.score),
        }
    }
}
