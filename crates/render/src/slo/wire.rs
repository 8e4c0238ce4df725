//! The report as JSON: structs of its own, so that a change inside never changes what programs read.
//!
//! The README of the crate lists every field.

pub(super) mod kinds;

mod backtest;
mod composite;
mod explain;

pub use backtest::{BACKTEST_SCHEMA, backtest_json};

use super::{Document, Section, Source, SourceUnit};
use composite::CompositeWire;
pub use explain::{EXPLAIN_SCHEMA, explain_json};
pub(crate) use kinds::LengthWire;
use kinds::{AboutWire, FindingWire, FiringWire, IntervalWire, RatioWire, ReadingWire, instant, unit};
use serde::Serialize;
use toban_slo::{
    AlertReport, AlertState, Budget, Budgeting, BurnReport, CorrectionReport, Forecast, Held, Outlook, Pace,
    Power, Projection, Reading, Recovery, Rhythm, SlaReport, Treatment, Uncorrected, Unit, WholeBudget,
    WindowReport,
};

/// What the field `schema` says. Fields may be added under the same name; none goes or changes its meaning.
pub const SCHEMA: &str = "toban.slo.report/1";

/// The report as JSON, indented, with a line break at the end.
#[must_use]
pub fn json(document: &Document<'_>) -> String {
    let wire = DocumentWire {
        schema: SCHEMA,
        sources: document.sources.iter().map(SourceWire::of).collect(),
        objectives: document.sections.iter().map(ObjectiveWire::of).collect(),
        composites: document.composites.iter().map(CompositeWire::of).collect(),
    };
    written(&wire)
}

/// Indented, with a line break at the end.
fn written(wire: &impl Serialize) -> String {
    // Strings, numbers and lists of them cannot fail to be written.
    let mut text = serde_json::to_string_pretty(wire).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct DocumentWire<'a> {
    schema: &'static str,
    sources: Vec<SourceWire<'a>>,
    objectives: Vec<ObjectiveWire<'a>>,
    composites: Vec<CompositeWire<'a>>,
}

#[derive(Serialize)]
struct SourceWire<'a> {
    name: &'a str,
    read: u64,
    unit: &'static str,
    unread: u64,
    examples: Vec<UnreadWire<'a>>,
    findings: Vec<FindingWire<'a>>,
}

#[derive(Serialize)]
struct UnreadWire<'a> {
    line: u64,
    text: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct ObjectiveWire<'a> {
    name: &'a str,
    #[serde(flatten)]
    about: AboutWire<'a>,
    source: Option<&'a str>,
    indicator: String,
    budgeting: BudgetingWire,
    at: String,
    record: Option<IntervalWire>,
    step: LengthWire,
    target: RatioWire,
    good: u64,
    bad: u64,
    total: u64,
    unit: &'static str,
    sli: Option<RatioWire>,
    spent: Option<RatioWire>,
    spent_of_whole: Option<RatioWire>,
    windows: Vec<WindowWire>,
    burn_rates: Vec<BurnWire>,
    forecast: ForecastWire,
    alerts: Vec<AlertWire<'a>>,
    sla: Option<SlaWire<'a>>,
    corrections: Vec<CorrectionWire<'a>>,
    findings: Vec<FindingWire<'a>>,
}

#[derive(Serialize)]
struct BudgetingWire {
    method: &'static str,
    slice: Option<LengthWire>,
    target: Option<RatioWire>,
}

#[derive(Serialize)]
struct BudgetWire {
    allowed: RatioWire,
    left: RatioWire,
    spent: Option<RatioWire>,
}

#[derive(Serialize)]
struct WindowWire {
    window: String,
    length: LengthWire,
    #[serde(flatten)]
    counted: CountedWire,
    whole: WholeWire,
    uncorrected: Option<UncorrectedWire>,
}

#[derive(Serialize)]
struct WholeWire {
    slots: u64,
    expected: u64,
    allowed: RatioWire,
    spent: Option<RatioWire>,
}

#[derive(Serialize)]
struct CountedWire {
    #[serde(flatten)]
    reading: ReadingWire,
    #[serde(flatten)]
    budget: BudgetWire,
}

#[derive(Serialize)]
struct BurnWire {
    window: LengthWire,
    burn: Option<RatioWire>,
    #[serde(flatten)]
    reading: ReadingWire,
}

#[derive(Serialize)]
struct ForecastWire {
    remaining: Option<RatioWire>,
    pace: Option<PaceWire>,
    outlook: &'static str,
    undecided: Option<String>,
    projection: Option<ProjectionWire>,
    recovery: Option<RecoveryWire>,
}

#[derive(Serialize)]
struct PaceWire {
    over: LengthWire,
    burn: Option<RatioWire>,
    #[serde(flatten)]
    reading: ReadingWire,
    within: Option<LengthWire>,
    exhausted_in: Option<LengthWire>,
    earliest: Option<LengthWire>,
    latest: Option<LengthWire>,
}

#[derive(Default, Serialize)]
struct RecoveryWire {
    over: Option<LengthWire>,
    burn: Option<RatioWire>,
    #[serde(flatten)]
    reading: Option<ReadingWire>,
    left_in: Option<LengthWire>,
    left_at_best: Option<LengthWire>,
    new_period_in: Option<LengthWire>,
}

#[derive(Serialize)]
struct ProjectionWire {
    horizon: LengthWire,
    chance_to_miss: f64,
    earliest: Option<LengthWire>,
    median: Option<LengthWire>,
    latest: Option<LengthWire>,
    spent_at_horizon: [f64; 3],
    futures: usize,
    seed: u64,
    season: LengthWire,
    seasons: usize,
    rhythm: &'static str,
    weeks_needed: Option<usize>,
}

#[derive(Serialize)]
struct AlertWire<'a> {
    name: &'a str,
    severity: String,
    condition: String,
    lasting: LengthWire,
    cool_down: LengthWire,
    state: &'static str,
    is_frozen: bool,
    firings: Vec<FiringWire>,
    power: Option<PowerWire>,
}

#[derive(Serialize)]
struct PowerWire {
    events: u64,
    failures_needed: Option<u64>,
    failures_ungated: u64,
    chance_at_twice: f64,
    chance_ungated: f64,
}

#[derive(Serialize)]
struct UncorrectedWire {
    #[serde(flatten)]
    counted: CountedWire,
    whole: WholeWire,
}

#[derive(Serialize)]
struct SlaWire<'a> {
    target: RatioWire,
    window: String,
    length: LengthWire,
    terms: &'a str,
    is_missed: Option<bool>,
    is_tighter_than_slo: bool,
    #[serde(flatten)]
    counted: Option<CountedWire>,
    whole: Option<WholeWire>,
    uncorrected: Option<UncorrectedWire>,
}

#[derive(Serialize)]
struct CorrectionWire<'a> {
    start: String,
    end: String,
    treatment: &'static str,
    reason: &'a str,
    recorded_by: Option<&'a str>,
    recorded_at: Option<String>,
    slots: u64,
}

impl<'a> SourceWire<'a> {
    fn of(source: &'a Source) -> Self {
        let example = |unread: &'a super::Unread| UnreadWire {
            line: unread.line,
            text: &unread.text,
            why: &unread.why,
        };
        Self {
            name: &source.name,
            read: source.read,
            unit: match source.unit {
                SourceUnit::Lines => "lines",
                SourceUnit::Samples => "samples",
            },
            unread: source.unread,
            examples: source.examples.iter().map(example).collect(),
            findings: source.findings.iter().map(FindingWire::of).collect(),
        }
    }
}

impl<'a> ObjectiveWire<'a> {
    fn of(section: &'a Section<'a>) -> Self {
        let Section { slo, report, .. } = section;
        let main = report.main().map(|main| main.reading);
        let tally = main.map(|reading| reading.tally).unwrap_or_default();
        let refusals = report.refusals.iter().map(FindingWire::of_refusal);
        Self {
            name: slo.name(),
            about: AboutWire::of(&section.about),
            source: section.source.as_deref(),
            indicator: section.indicator.clone().unwrap_or_else(|| slo.indicator().to_string()),
            budgeting: BudgetingWire::of(slo.budgeting()),
            at: instant(report.at),
            record: report.record.map(IntervalWire::of),
            step: LengthWire::of(report.step),
            target: RatioWire::of_share(report.objective.target()),
            good: tally.good(),
            bad: tally.bad(),
            total: tally.total(),
            unit: unit(main.map_or(Unit::Events, |reading| reading.unit)),
            sli: tally.good_share().map(RatioWire::of_share),
            spent: RatioWire::of_burn(report.spent),
            spent_of_whole: RatioWire::of_burn(report.spent_of_whole),
            windows: report.windows.iter().map(WindowWire::of).collect(),
            burn_rates: report.burn_rates.iter().map(BurnWire::of).collect(),
            forecast: ForecastWire::of(&report.forecast),
            alerts: report.alerts.iter().map(AlertWire::of).collect(),
            sla: report.sla.as_ref().map(SlaWire::of),
            corrections: report.corrections.iter().map(CorrectionWire::of).collect(),
            findings: refusals.chain(section.about.findings.iter().map(FindingWire::of)).collect(),
        }
    }
}

impl BudgetingWire {
    fn of(budgeting: Budgeting) -> Self {
        let (method, target) = match budgeting {
            Budgeting::RatioTimeslices { .. } => ("ratio_timeslices", None),
            Budgeting::Timeslices { target, .. } => ("timeslices", Some(RatioWire::of_share(target))),
            _ => ("occurrences", None),
        };
        Self { method, slice: budgeting.slice().map(LengthWire::of), target }
    }
}

impl CountedWire {
    fn of(reading: &Reading, budget: &Budget) -> Self {
        let budget = BudgetWire {
            allowed: RatioWire::of(budget.allowed),
            left: RatioWire::of_balance(budget.left),
            spent: RatioWire::of_burn(budget.spent),
        };
        Self { reading: ReadingWire::of(reading), budget }
    }
}

impl WindowWire {
    fn of(report: &WindowReport) -> Self {
        Self {
            window: report.window.to_string(),
            length: LengthWire::of(report.window.nominal_length()),
            counted: CountedWire::of(&report.reading, &report.budget),
            whole: WholeWire::of(&report.whole),
            uncorrected: report.uncorrected.as_ref().map(UncorrectedWire::of),
        }
    }
}

impl UncorrectedWire {
    fn of(raw: &Uncorrected) -> Self {
        Self { counted: CountedWire::of(&raw.reading, &raw.budget), whole: WholeWire::of(&raw.whole) }
    }
}

impl WholeWire {
    fn of(whole: &WholeBudget) -> Self {
        Self {
            slots: whole.slots,
            expected: whole.expected,
            allowed: RatioWire::of(whole.allowed),
            spent: RatioWire::of_burn(whole.spent),
        }
    }
}

impl BurnWire {
    fn of(report: &BurnReport) -> Self {
        Self {
            window: LengthWire::of(report.window),
            burn: RatioWire::of_burn(report.burn),
            reading: ReadingWire::of(&report.reading),
        }
    }
}

impl ForecastWire {
    fn of(forecast: &Forecast) -> Self {
        let (outlook, undecided, projection) = match &forecast.outlook {
            Outlook::Exhausted => ("exhausted", None, None),
            Outlook::Projected(projection) => ("projected", None, Some(ProjectionWire::of(projection))),
            Outlook::Undecided(why) => ("undecided", Some(why.to_string()), None),
            _ => ("other", None, None),
        };
        let pace = forecast.pace.as_ref().map(PaceWire::of);
        let remaining = forecast.remaining.map(RatioWire::of_balance);
        let recovery = forecast.recovery.as_ref().map(RecoveryWire::of);
        Self { remaining, pace, outlook, undecided, projection, recovery }
    }
}

impl PaceWire {
    fn of(pace: &Pace) -> Self {
        Self {
            over: LengthWire::of(pace.over),
            reading: ReadingWire::of(&pace.reading),
            burn: RatioWire::of_burn(pace.burn),
            within: pace.within.map(LengthWire::of),
            exhausted_in: pace.exhausted_in.map(LengthWire::of),
            earliest: pace.earliest.map(LengthWire::of),
            latest: pace.latest.map(LengthWire::of),
        }
    }
}

impl RecoveryWire {
    fn of(recovery: &Recovery) -> Self {
        match recovery {
            Recovery::Leaving { over, reading, burn, left_in, left_at_best, .. } => Self {
                over: Some(LengthWire::of(*over)),
                burn: RatioWire::of_burn(*burn),
                reading: Some(ReadingWire::of(reading)),
                left_in: left_in.map(LengthWire::of),
                left_at_best: left_at_best.map(LengthWire::of),
                new_period_in: None,
            },
            Recovery::NewPeriod { begins_in } => {
                Self { new_period_in: Some(LengthWire::of(*begins_in)), ..Self::default() }
            }
            _ => Self::default(),
        }
    }
}

impl ProjectionWire {
    fn of(projection: &Projection) -> Self {
        Self {
            horizon: LengthWire::of(projection.horizon),
            chance_to_miss: projection.chance_to_miss,
            earliest: projection.earliest.map(LengthWire::until_gone),
            median: projection.median.map(LengthWire::until_gone),
            latest: projection.latest.map(LengthWire::until_gone),
            spent_at_horizon: projection.spent_at_horizon,
            futures: projection.futures,
            seed: projection.seed,
            season: LengthWire::of(projection.season),
            seasons: projection.seasons,
            rhythm: match projection.rhythm {
                Rhythm::Even => "even",
                Rhythm::Weekly { .. } => "weekly",
                _ => "other",
            },
            weeks_needed: projection.weeks_needed,
        }
    }
}

impl<'a> AlertWire<'a> {
    fn of(report: &'a AlertReport) -> Self {
        let (held, is_frozen) = match report.state {
            AlertState::Inactive => (Held::Inactive, false),
            AlertState::Pending => (Held::Pending, false),
            AlertState::Firing => (Held::Firing, false),
            AlertState::Frozen(held) => (held, true),
        };
        let state = match held {
            Held::Inactive => "inactive",
            Held::Pending => "pending",
            Held::Firing => "firing",
        };
        Self {
            name: &report.rule.name,
            severity: report.rule.severity.to_string(),
            condition: report.rule.condition.to_string(),
            lasting: LengthWire::of(report.rule.lasting),
            cool_down: LengthWire::of(report.rule.cool_down),
            state,
            is_frozen,
            firings: report.episodes.iter().map(FiringWire::of).collect(),
            power: report.power.as_ref().map(PowerWire::of),
        }
    }
}

impl PowerWire {
    fn of(power: &Power) -> Self {
        Self {
            events: power.events,
            failures_needed: power.failures_needed,
            failures_ungated: power.failures_ungated,
            chance_at_twice: power.chance_at_twice,
            chance_ungated: power.chance_ungated,
        }
    }
}

impl<'a> SlaWire<'a> {
    fn of(report: &'a SlaReport) -> Self {
        let counted = report.reading.zip(report.budget);
        Self {
            target: RatioWire::of_share(report.sla.objective.target()),
            window: report.sla.window.to_string(),
            length: LengthWire::of(report.sla.window.nominal_length()),
            terms: &report.sla.terms,
            is_missed: report.is_missed(),
            is_tighter_than_slo: report.is_tighter_than_slo,
            counted: counted.map(|(reading, budget)| CountedWire::of(&reading, &budget)),
            whole: report.whole.as_ref().map(WholeWire::of),
            uncorrected: report.uncorrected.as_ref().map(UncorrectedWire::of),
        }
    }
}

impl<'a> CorrectionWire<'a> {
    fn of(report: &'a CorrectionReport) -> Self {
        let correction = &report.correction;
        let recorded = correction.recorded.as_ref();
        Self {
            start: instant(correction.interval.start()),
            end: instant(correction.interval.end()),
            treatment: match correction.treatment {
                Treatment::CountGood => "count_good",
                Treatment::DropEvents => "drop_events",
                Treatment::DropTime => "drop_time",
                _ => "other",
            },
            reason: &correction.reason,
            recorded_by: recorded.map(|recorded| recorded.by.as_str()),
            recorded_at: recorded.map(|recorded| instant(recorded.at)),
            slots: report.slots,
        }
    }
}
