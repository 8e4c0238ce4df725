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
use toban_render::Language;
use toban_render::slo::{BacktestSection, TableOptions, backtest_json, backtest_table};
use toban_slo::backtest::{Backtest, Candidate, Incident, backtest, compare, find_incidents, search};
use toban_slo::openslo::{Model, Promise};
use toban_slo::{AlertPolicy, Correction, Counts};

pub(crate) fn run(args: &args::Backtest) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.input.spec)?;
    let model = model(&definition)?;
    let chosen = sources::chosen(&model, args.input.objective.as_deref())?;
    let promises: Vec<&Promise<'_>> = chosen.iter().map(|(_, promise)| *promise).collect();
    let history = history(args, &definition, &model, &promises)?;
    let other = args.against.as_deref().map(Definition::read).transpose()?;
    let other_model = other.as_ref().map(super::report::model).transpose()?;

    let corrections = corrections(&args.input)?;
    let (mut tests, mut left_out) = (Vec::new(), Vec::new());
    for (promise, recorded) in promises.iter().zip(&history) {
        match test(args, promise, recorded, other_model.as_ref(), &corrections) {
            Ok(test) => tests.push((test, recorded)),
            Err(failure) => left_out.push(failure),
        }
    }
    if tests.is_empty()
        && let Some(failure) = left_out.pop()
    {
        return Err(failure);
    }
    for failure in &left_out {
        eprintln!("left out: {}", failure.to_string().trim_start_matches("error: "));
    }
    let asked = args.input.objective.as_deref().unwrap_or("");
    let names = model.composites.iter().map(|promise| promise.composite.name());
    for name in names.filter(|name| name.starts_with(asked)) {
        eprintln!("left out: {name}: a composite has no alerts of its own");
    }
    let sections: Vec<_> = tests.iter().map(|(test, recorded)| test.section(recorded)).collect();
    let text = match args.format {
        TextFormat::Table => {
            let (width, style) = output::style(&args.output);
            backtest_table(&sections, &TableOptions { width, style, language: Language::En })
        }
        TextFormat::Json => backtest_json(&sections),
    };
    output::write(&text, &args.output)?;
    // What could not be tested has not been detected either.
    let has_missed = !left_out.is_empty()
        || tests.iter().any(|(test, _)| test.found.score.detected < test.found.score.incidents);
    Ok(if args.fail_on_miss && has_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is known of the past of one objective.
struct Recorded {
    counts: Counts,
    /// Incidents that somebody has named.
    incidents: Option<Vec<Incident>>,
    notes: Vec<String>,
}

struct Test {
    found: Backtest,
    other: Option<Backtest>,
    candidates: Vec<Candidate>,
}

impl Test {
    fn section<'a>(&'a self, recorded: &Recorded) -> BacktestSection<'a> {
        let mut section = BacktestSection::new(&self.found).with_candidates(self.candidates.clone());
        section.notes.clone_from(&recorded.notes);
        if let Some(other) = &self.other
            && let Some(difference) = compare(&self.found, other)
        {
            section = section.with_against(other, difference);
        }
        section
    }
}

fn test(
    args: &args::Backtest,
    promise: &Promise<'_>,
    recorded: &Recorded,
    other: Option<&Model<'_>>,
    corrections: &[Correction],
) -> Result<Test, Failure> {
    let Recorded { counts, incidents, .. } = recorded;
    let slo = corrected(&promise.slo, corrections);
    let found = || find_incidents(&slo, counts, args.significant.as_ratio(), PAUSE);
    let incidents = incidents.clone().unwrap_or_else(found);
    let run = |promise: &Promise<'_>| -> Result<Backtest, Failure> {
        let policy: AlertPolicy = gated(&promise.alert_policy, &args.input.gate);
        backtest(&corrected(&promise.slo, corrections), &policy, counts, &incidents, args.tolerance)
            .map_err(|refusal| Failure::new(format_args!("{}: {refusal}", promise.slo.name())))
    };
    let other = other.map(|model| {
        let same = model.promises.iter().find(|other| other.slo.name() == promise.slo.name());
        same.ok_or_else(|| Failure::new(format_args!("the other definition has no {}", promise.slo.name())))
    });
    let candidates = if args.search {
        search(&slo, counts, &incidents, &search_grid(), args.tolerance)?
    } else {
        Vec::new()
    };
    Ok(Test { found: run(promise)?, other: other.transpose()?.map(run).transpose()?, candidates })
}

/// Bad stretches that lie no further apart are one incident.
const PAUSE: TimeDelta = TimeDelta::minutes(15);

fn history(
    args: &args::Backtest,
    definition: &Definition,
    model: &Model<'_>,
    promises: &[&Promise<'_>],
) -> Result<Vec<Recorded>, Failure> {
    // Outages say nothing of severity 0 and need no traffic to be known.
    let list = OutageList::new(args.traffic, args.origin);
    if let Some(path) = &args.outages {
        let outages = list.with_margin(MARGIN).read_file(path)?;
        let notes = vec![
            format!(
                "{} outages and {} notices in {}",
                outages.incidents.len(),
                outages.notices,
                path.display()
            ),
            format!("a made-up service with {} requests a minute that failed as the list says", args.traffic),
        ];
        let recorded = |_: &&Promise<'_>| Recorded {
            counts: outages.counts.clone(),
            incidents: Some(outages.incidents.clone()),
            notes: notes.clone(),
        };
        return Ok(promises.iter().map(recorded).collect());
    }
    let labelled = args.incidents.as_ref().map(|path| list.read_file(path)).transpose()?;
    let questions = sources::questions(definition, model)?;
    let chosen = sources::chosen(model, args.input.objective.as_deref())?;
    let asked: Vec<_> = chosen.iter().filter_map(|(place, _)| questions.get(*place)).collect();
    let data = sources::read(promises, &asked, Places::of(&args.input, args.at))?;
    let recorded = data.measured.into_iter().map(|measured| {
        let notes = measured.findings.iter().map(ToString::to_string).collect();
        let incidents = labelled.as_ref().map(|list| list.incidents.clone());
        Recorded { counts: measured.counts, incidents, notes }
    });
    Ok(recorded.collect())
}

/// Healthy traffic around a list of outages, so that the last alert can end.
const MARGIN: TimeDelta = TimeDelta::days(3);
