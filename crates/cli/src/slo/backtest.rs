//! `toban slo backtest`.

use super::corrections::Corrections;
use super::report::{corrected, gated, model, promised};
use crate::args::{self, TextFormat, search_grid};
use crate::definition::Definition;
use crate::failure::Failure;
use crate::output;
use crate::sources::{self, Places};
use chrono::{DateTime, TimeDelta};
use std::io::Read;
use std::mem::discriminant;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use toban_adapters::csv::{OutageList, Outages};
use toban_core::Reason;
use toban_render::slo::{BacktestDocument, BacktestSection, TableOptions, backtest_json, backtest_table};
use toban_slo::backtest::{
    Backtest, Candidate, Difference, Incident, IncidentResult, Score, backtest, compare, find_incidents,
    search,
};
use toban_slo::openslo::{Measure, Model, Promise, Source};
use toban_slo::{AlertPolicy, Counts, Indicator, Refusal};

pub(crate) fn run(args: &args::Backtest) -> Result<ExitCode, Failure> {
    let inputs = [
        ("--spec", Some(&args.input.spec)),
        ("--against", args.against.as_ref()),
        ("--access-log", args.input.access_log.as_ref()),
        ("--csv", args.input.csv.as_ref()),
        ("--outages", args.outages.as_ref()),
    ];
    sources::refuse_twice(&inputs.map(|(option, path)| (option, path.map(PathBuf::as_path))))?;
    let definition = Definition::read(&args.input.spec)?;
    // A list of outages is the whole history: no source is asked.
    let model = if args.outages.is_some() { promised(&definition)? } else { model(&definition)? };
    let chosen = sources::chosen(&model, args.input.objective.as_deref())?;
    let promises: Vec<&Promise<'_>> = chosen.iter().map(|(_, promise)| *promise).collect();
    let history = history(args, &model, &promises)?;
    let other = args.against.as_deref().map(Definition::read).transpose()?;
    let other_model = other.as_ref().map(promised).transpose()?;

    let corrections = Corrections::of(&args.input)?;
    let mut tests = Vec::new();
    for (promise, recorded) in promises.iter().zip(history) {
        let name = promise.slo.name().to_owned();
        let outcome = match recorded {
            History::Recorded(recorded) => test(args, promise, recorded, other_model.as_ref(), &corrections)?,
            History::Unfit(why) => Outcome::Unfit(why),
        };
        tests.push((name, outcome));
    }
    let asked = args.input.objective.as_deref();
    let composites = model.composites.iter().map(|promise| promise.composite.name());
    tests.extend(composites.filter(|name| sources::is_asked(&model, name, asked)).map(|name| {
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
            backtest_table(&document, &TableOptions { width, style, language: args.lang.into() })
        }
        TextFormat::Json => backtest_json(&document),
    };
    output::write(&text, &args.output)?;
    let all = |holds: fn(&Outcome) -> bool| tests.iter().all(|(_, outcome)| holds(outcome));
    let has_failed = args.fail_on_miss && !all(Outcome::is_proven);
    let is_worse = args.fail_if_worse && !all(Outcome::is_no_worse);
    Ok(if has_failed || is_worse { ExitCode::FAILURE } else { ExitCode::SUCCESS })
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

    /// Whether an alert fired for every incident, or may have where the history does not reach. What was firing already
    /// proves nothing.
    fn is_proven(&self) -> bool {
        match self {
            Self::Tested(test) => {
                let Score { incidents, detected, cut, .. } = test.found.score;
                detected + cut == incidents
            }
            Self::Refused(_) => false,
            Self::Unfit(_) => true,
        }
    }

    /// Whether the policy is nowhere worse than the other one.
    fn is_no_worse(&self) -> bool {
        match self {
            Self::Tested(test) => {
                test.difference().is_some_and(|(_, difference)| difference.better_in().is_empty())
            }
            Self::Refused(_) => false,
            Self::Unfit(_) => true,
        }
    }
}

impl Test {
    fn difference(&self) -> Option<(&Backtest, Difference)> {
        let other = self.other.as_ref()?;
        Some((other, compare(&self.found, other)?))
    }

    fn section(&self) -> BacktestSection<'_> {
        let mut section = BacktestSection::new(&self.found).with_candidates(self.candidates.clone());
        section.findings.clone_from(&self.findings);
        section.against = self.difference();
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
    let is_known = |tested: &Backtest| {
        let known = [&tested.elsewhere, &tested.untouched];
        !tested.incidents.is_empty() || known.into_iter().any(|incidents| !incidents.is_empty())
    };
    let has_inside = document.sections.iter().any(|section| is_known(section.backtest));
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
    corrections: &Corrections,
) -> Result<Outcome, Failure> {
    let Recorded { counts, incidents, mut findings } = recorded;
    findings.extend(without_rules(promise, &args.input.gate));
    let recorded = counts.interval();
    let corrections =
        recorded.map(|record| corrections.within(record.start(), record.end())).unwrap_or_default();
    let slo = corrected(&promise.slo, &corrections);
    let found = || find_incidents(&slo, &counts, args.significant.as_ratio(), PAUSE);
    let incidents = incidents.unwrap_or_else(found);
    let run = |promise: &Promise<'_>, incidents: &[Incident]| {
        let policy: AlertPolicy = gated(&promise.alert_policy, &args.input.gate);
        backtest(&corrected(&promise.slo, &corrections), &policy, &counts, incidents, args.tolerance)
    };
    let other = other.map(|model| {
        let same = model.promises.iter().find(|other| other.slo.name() == promise.slo.name());
        same.ok_or_else(|| Failure::new(format_args!("the other definition has no {}", promise.slo.name())))
    });
    let other = other.transpose()?;
    findings.extend(other.and_then(|other| otherwise(promise, other)));
    let tested = || {
        let found = run(promise, &incidents)?;
        // With another objective other incidents would be untouched: both are held against the same ones.
        let named = |result: &IncidentResult| result.incident.clone().with_slos([slo.name()]);
        let judged: Vec<_> = found.incidents.iter().map(named).collect();
        let other = other.map(|other| run(other, &judged)).transpose()?;
        let candidates = if args.search {
            let demands = gated(&AlertPolicy::new(), &args.input.gate);
            search(&slo, &counts, &incidents, &search_grid().with_demands_of(&demands), args.tolerance)?
        } else {
            Vec::new()
        };
        Ok(Test { found, other, candidates, findings })
    };
    Ok(match tested() {
        Ok(test) => Outcome::Tested(Box::new(test)),
        Err(refusal) => {
            let refusal: Refusal = refusal;
            Outcome::Refused(Reason::new("refused", refusal.to_string()))
        }
    })
}

/// In what more than the policy another definition differs: both policies are tested on the data of this one.
fn otherwise(promise: &Promise<'_>, other: &Promise<'_>) -> Option<Reason> {
    let (slo, than) = (&other.slo, &promise.slo);
    let mut differs = Vec::new();
    if slo.objective() != than.objective() {
        differs.push(format!("a target of {} instead of {}", slo.objective(), than.objective()));
    }
    if slo.window() != than.window() {
        differs.push(format!("a window of {} instead of {}", slo.window(), than.window()));
    }
    if slo.budgeting() != than.budgeting() {
        differs.push("another budgeting method".to_owned());
    }
    let has_other_budget = !differs.is_empty();
    if slo.indicator() != than.indicator() || !asks_the_same(&other.measure, &promise.measure) {
        differs.push("another indicator".to_owned());
    }
    let budget = has_other_budget.then_some(", and its policy on a budget of its own");
    let why = || {
        let differs = differs.join(", ");
        format!(
            "the other definition has {differs}: both are tested on the indicator of this one{}",
            budget.unwrap_or_default()
        )
    };
    (!differs.is_empty()).then(|| Reason::new("other-definition", why()))
}

/// Whether two measures ask the same of their sources, wherever that stands.
fn asks_the_same(one: &Measure<'_>, other: &Measure<'_>) -> bool {
    let asked = |source: &Source<'_>| (source.system.to_ascii_lowercase(), source.spec.clone());
    let is_alike = discriminant(one) == discriminant(other) && one.counter() == other.counter();
    is_alike && one.sources().map(asked).eq(other.sources().map(asked))
}

/// That nothing can fire, and what changes nothing then.
fn without_rules(promise: &Promise<'_>, gate: &args::Gate) -> Option<Reason> {
    let given = [
        ("--min-events", gate.min_events.is_some()),
        ("--min-failures", gate.min_failures.is_some()),
        ("--confidence", gate.confidence.is_some()),
        ("--min-coverage", gate.min_coverage.is_some()),
    ];
    let given: Vec<_> = given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect();
    let without =
        if given.is_empty() { String::new() } else { format!(", with {} or without", given.join(", ")) };
    let why = format!("the definition gives this objective no alert policy: nothing can fire{without}");
    promise.alert_policy.rules().is_empty().then(|| Reason::new("no-alert-policy", why))
}

/// Bad stretches that lie no further apart are one incident.
const PAUSE: TimeDelta = TimeDelta::minutes(15);

fn history(
    args: &args::Backtest,
    model: &Model<'_>,
    promises: &[&Promise<'_>],
) -> Result<Vec<History>, Failure> {
    if let Some(path) = &args.outages {
        return of_outages(args, path, model, promises);
    }
    let list = outage_list(args, args.traffic);
    let labelled = args.incidents.as_ref().map(|path| list.read_file(path).map(|list| (path, list)));
    let labelled = labelled.transpose()?;
    if let Some((path, list)) = &labelled {
        check_names(path, list, model)?;
    }
    let questions = sources::questions(model);
    let chosen = sources::chosen(model, args.input.objective.as_deref())?;
    let asked: Vec<_> = chosen.iter().filter_map(|(place, _)| questions.get(*place)).collect();
    let data = sources::read(promises, &asked, Places::of(&args.input, args.at))?;
    let recorded = data.measured.into_iter().map(|measured| {
        let incidents = labelled.as_ref().map(|(_, list)| list.incidents.clone());
        let mut findings = measured.findings;
        findings.extend(labelled.as_ref().and_then(|(path, list)| notices_in(path, list)));
        History::Recorded(Recorded { counts: measured.counts, incidents, findings })
    });
    Ok(recorded.collect())
}

fn outage_list(args: &args::Backtest, requests_per_minute: NonZeroU32) -> OutageList {
    OutageList::new(requests_per_minute, args.origin.unwrap_or(DateTime::UNIX_EPOCH))
}

/// A list of outages as the history of each objective.
fn of_outages(
    args: &args::Backtest,
    path: &Path,
    model: &Model<'_>,
    promises: &[&Promise<'_>],
) -> Result<Vec<History>, Failure> {
    // Read once: it may be a pipe.
    let mut text = Vec::new();
    let name = sources::name_of(path);
    sources::open(path)?
        .read_to_end(&mut text)
        .map_err(|error| Failure::new(format_args!("{name}: cannot be read: {error}")))?;
    let recorded = |promise: &&Promise<'_>| {
        let is_ratio = matches!(promise.slo.indicator(), Indicator::PrecomputedRatio { .. });
        let requests = if is_ratio { ONE_RATIO } else { args.traffic };
        let list = outage_list(args, requests).with_margin(MARGIN).with_slo(promise.slo.name());
        let outages = list.read(&name, text.as_slice())?;
        check_names(path, &outages, model)?;
        if let Some(why) = unfit(promise.slo.indicator()) {
            return Ok(History::Unfit(why));
        }
        let (count, notices) = (outages.incidents.len(), outages.notices);
        let traffic = match is_ratio {
            true => "a made-up service whose ratio of each minute is what the list says".to_owned(),
            false => {
                format!("a made-up service with {requests} requests a minute that failed as the list says")
            }
        };
        let mut findings = vec![
            Reason::new(
                "outage-list",
                format!("{count} outages and {notices} notices (severity 0) in {name}"),
            ),
            Reason::new("made-up-traffic", traffic),
        ];
        if let (Some(_), None) = (outages.origin, args.origin) {
            let why = "the list counts seconds, and without --origin they count from 1970-01-01T00:00:00Z: no date \
                       here is the real one";
            findings.push(Reason::new("no-origin", why));
        }
        Ok(History::Recorded(Recorded {
            counts: outages.counts,
            incidents: Some(outages.incidents),
            findings,
        }))
    };
    promises.iter().map(recorded).collect()
}

/// What failed no requests may have been an incident of another kind.
fn notices_in(path: &Path, list: &Outages) -> Option<Reason> {
    let why = || {
        format!(
            "{} of severity 0 in {} taken for notices: where one is an incident of an objective, the column `slo` \
             says so",
            if list.notices == 1 { "1 row".to_owned() } else { format!("{} rows", list.notices) },
            path.display()
        )
    };
    (list.notices > 0).then(|| Reason::new("notices", why()))
}

/// An incident that concerns an objective that there is not would be one that nobody is tested on.
fn check_names(path: &Path, list: &Outages, model: &Model<'_>) -> Result<(), Failure> {
    let known: Vec<_> = model.promises.iter().map(|promise| promise.slo.name()).collect();
    let composites: Vec<_> = model.composites.iter().map(|promise| promise.composite.name()).collect();
    let is_known = |name: &&String| known.contains(&name.as_str()) || composites.contains(&name.as_str());
    match list.incidents.iter().flat_map(|incident| &incident.slos).find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::new(format_args!(
            "{}: no objective is called {name:?}: there are {}",
            path.display(),
            known.join(", ")
        ))),
    }
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

/// What one ratio weighs: [`Tally::RATIO_UNITS`](toban_slo::Tally::RATIO_UNITS).
const ONE_RATIO: NonZeroU32 = match NonZeroU32::new(1_000_000_000) {
    Some(billionths) => billionths,
    None => NonZeroU32::MIN,
};

/// Healthy traffic around a list of outages, so that the last alert can end.
const MARGIN: TimeDelta = TimeDelta::days(3);
