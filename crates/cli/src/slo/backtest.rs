//! `toban slo backtest`.

use super::report::{corrected, corrections, gated, model};
use crate::args::{self, TextFormat, search_grid};
use crate::definition::Definition;
use crate::failure::Failure;
use crate::output;
use crate::sources::{self, Places};
use chrono::TimeDelta;
use std::process::ExitCode;
use toban_adapters::csv::OutageList;
use toban_core::Reason;
use toban_render::Language;
use toban_render::slo::{BacktestDocument, BacktestSection, TableOptions, backtest_json, backtest_table};
use toban_slo::backtest::{Backtest, Candidate, Incident, backtest, compare, find_incidents, search};
use toban_slo::openslo::{Model, Promise};
use toban_slo::{AlertPolicy, Correction, Counts, Indicator, Refusal};

pub(crate) fn run(args: &args::Backtest) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.input.spec)?;
    let model = model(&definition)?;
    let chosen = sources::chosen(&model, args.input.objective.as_deref())?;
    let promises: Vec<&Promise<'_>> = chosen.iter().map(|(_, promise)| *promise).collect();
    let history = history(args, &definition, &model, &promises)?;
    let other = args.against.as_deref().map(Definition::read).transpose()?;
    let other_model = other.as_ref().map(super::report::model).transpose()?;

    let corrections = corrections(&args.input)?;
    let mut tests = Vec::new();
    for (promise, recorded) in promises.iter().zip(history) {
        let name = promise.slo.name().to_owned();
        let outcome = match recorded {
            History::Recorded(recorded) => test(args, promise, recorded, other_model.as_ref(), &corrections)?,
            History::Unfit(why) => Outcome::Unfit(why),
        };
        tests.push((name, outcome));
    }
    let asked = args.input.objective.as_deref().unwrap_or("");
    let composites = model.composites.iter().map(|promise| promise.composite.name());
    tests.extend(composites.filter(|name| name.starts_with(asked)).map(|name| {
        let why = Reason::new("no-alerts", "a composite has no alerts of its own");
        (name.to_owned(), Outcome::Unfit(why))
    }));
    let document = document(&tests);
    if document.sections.is_empty() {
        let reasons = tests.iter().filter_map(|(name, outcome)| Some(format!("{name}: {}", outcome.why()?)));
        let reasons: Vec<_> = reasons.collect();
        return Err(Failure::new(format_args!("nothing can be tested: {}", reasons.join("; "))));
    }
    refuse_incidents_elsewhere(args, &document)?;
    let text = match args.format {
        TextFormat::Table => {
            let (width, style) = output::style(&args.output);
            backtest_table(&document, &TableOptions { width, style, language: Language::En })
        }
        TextFormat::Json => backtest_json(&document),
    };
    output::write(&text, &args.output)?;
    let is_proven = tests.iter().all(|(_, outcome)| outcome.is_proven());
    Ok(if args.fail_on_miss && !is_proven { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is known of the past of one objective.
enum History {
    Recorded(Recorded),
    /// The list of outages says nothing of it.
    Unfit(Reason),
}

struct Recorded {
    counts: Counts,
    /// Incidents that somebody has named.
    incidents: Option<Vec<Incident>>,
    findings: Vec<Reason>,
}

/// What became of one objective.
enum Outcome {
    Tested(Box<Test>),
    /// The history cannot answer.
    Refused(Reason),
    /// There is nothing to test, or the history is of something else.
    Unfit(Reason),
}

struct Test {
    found: Backtest,
    other: Option<Backtest>,
    candidates: Vec<Candidate>,
    findings: Vec<Reason>,
}

impl Outcome {
    /// Why it was not tested.
    fn why(&self) -> Option<&Reason> {
        match self {
            Self::Tested(_) => None,
            Self::Refused(why) | Self::Unfit(why) => Some(why),
        }
    }

    /// Whether an alert fired for every incident. What was firing already proves nothing.
    fn is_proven(&self) -> bool {
        match self {
            Self::Tested(test) => test.found.score.detected == test.found.score.incidents,
            Self::Refused(_) => false,
            Self::Unfit(_) => true,
        }
    }
}

impl Test {
    fn section(&self) -> BacktestSection<'_> {
        let mut section = BacktestSection::new(&self.found).with_candidates(self.candidates.clone());
        section.findings.clone_from(&self.findings);
        if let Some(other) = &self.other
            && let Some(difference) = compare(&self.found, other)
        {
            section = section.with_against(other, difference);
        }
        section
    }
}

fn document(tests: &[(String, Outcome)]) -> BacktestDocument<'_> {
    let tested = tests.iter().filter_map(|(_, outcome)| match outcome {
        Outcome::Tested(test) => Some(test.section()),
        _ => None,
    });
    let untested = tests.iter().filter_map(|(name, outcome)| outcome.why().map(|why| (name, why.clone())));
    untested.fold(BacktestDocument::new(tested), |document, (name, why)| document.with_untested(name, why))
}

/// Incidents none of which the data knows of are a mistake in their times, not a score.
fn refuse_incidents_elsewhere(args: &args::Backtest, document: &BacktestDocument<'_>) -> Result<(), Failure> {
    let Some(path) = &args.incidents else { return Ok(()) };
    let has_inside = document.sections.iter().any(|section| !section.backtest.incidents.is_empty());
    let section = document.sections.iter().find(|section| !section.backtest.outside.is_empty());
    match section.map(|section| (&section.backtest.outside, section.backtest.record)) {
        Some((outside, record)) if !has_inside => Err(Failure::new(format_args!(
            "{}: no incident lies within the history, {record}: the first one is at {}; times in seconds count from \
             --origin",
            path.display(),
            outside.first().map_or_else(String::new, |incident| incident.interval.to_string()),
        ))),
        _ => Ok(()),
    }
}

fn test(
    args: &args::Backtest,
    promise: &Promise<'_>,
    recorded: Recorded,
    other: Option<&Model<'_>>,
    corrections: &[Correction],
) -> Result<Outcome, Failure> {
    let Recorded { counts, incidents, findings } = recorded;
    let slo = corrected(&promise.slo, corrections);
    let found = || find_incidents(&slo, &counts, args.significant.as_ratio(), PAUSE);
    let incidents = incidents.unwrap_or_else(found);
    let run = |promise: &Promise<'_>| {
        let policy: AlertPolicy = gated(&promise.alert_policy, &args.input.gate);
        backtest(&corrected(&promise.slo, corrections), &policy, &counts, &incidents, args.tolerance)
    };
    let other = other.map(|model| {
        let same = model.promises.iter().find(|other| other.slo.name() == promise.slo.name());
        same.ok_or_else(|| Failure::new(format_args!("the other definition has no {}", promise.slo.name())))
    });
    let other = other.transpose()?;
    let tested = || {
        let found = run(promise)?;
        let candidates = if args.search {
            search(&slo, &counts, &incidents, &search_grid(), args.tolerance)?
        } else {
            Vec::new()
        };
        Ok(Test { found, other: other.map(run).transpose()?, candidates, findings })
    };
    Ok(match tested() {
        Ok(test) => Outcome::Tested(Box::new(test)),
        Err(refusal) => {
            let refusal: Refusal = refusal;
            Outcome::Refused(Reason::new("refused", refusal.to_string()))
        }
    })
}

/// Bad stretches that lie no further apart are one incident.
const PAUSE: TimeDelta = TimeDelta::minutes(15);

fn history(
    args: &args::Backtest,
    definition: &Definition,
    model: &Model<'_>,
    promises: &[&Promise<'_>],
) -> Result<Vec<History>, Failure> {
    // Outages say nothing of severity 0 and need no traffic to be known.
    let list = OutageList::new(args.traffic, args.origin);
    if let Some(path) = &args.outages {
        let outages = list.with_margin(MARGIN).read_file(path)?;
        let findings = [
            Reason::new(
                "outage-list",
                format!(
                    "{} outages and {} notices in {}",
                    outages.incidents.len(),
                    outages.notices,
                    path.display()
                ),
            ),
            Reason::new(
                "made-up-traffic",
                format!(
                    "a made-up service with {} requests a minute that failed as the list says",
                    args.traffic
                ),
            ),
        ];
        let recorded = |promise: &&Promise<'_>| match unfit(promise.slo.indicator()) {
            Some(why) => History::Unfit(why),
            None => History::Recorded(Recorded {
                counts: outages.counts.clone(),
                incidents: Some(outages.incidents.clone()),
                findings: findings.to_vec(),
            }),
        };
        return Ok(promises.iter().map(recorded).collect());
    }
    let labelled = args.incidents.as_ref().map(|path| list.read_file(path)).transpose()?;
    let questions = sources::questions(definition, model)?;
    let chosen = sources::chosen(model, args.input.objective.as_deref())?;
    let asked: Vec<_> = chosen.iter().filter_map(|(place, _)| questions.get(*place)).collect();
    let data = sources::read(promises, &asked, Places::of(&args.input, args.at))?;
    let recorded = data.measured.into_iter().map(|measured| {
        let incidents = labelled.as_ref().map(|list| list.incidents.clone());
        History::Recorded(Recorded { counts: measured.counts, incidents, findings: measured.findings })
    });
    Ok(recorded.collect())
}

/// Why a list of outages, which tells what share of requests failed, says nothing of such an indicator.
fn unfit(indicator: &Indicator) -> Option<Reason> {
    match indicator {
        Indicator::Availability | Indicator::PrecomputedRatio { .. } | Indicator::Uptime => None,
        other => Some(Reason::new(
            "outages-say-nothing",
            format!("a list of outages tells which requests failed, and nothing of {other}"),
        )),
    }
}

/// Healthy traffic around a list of outages, so that the last alert can end.
const MARGIN: TimeDelta = TimeDelta::days(3);
