//! `toban release replay`.

use super::file::PlanFile;
use crate::args::TextFormat;
use crate::args::release::Replay;
use crate::failure::Failure;
use crate::output;
use chrono::{DateTime, Utc};
use std::process::ExitCode;
use toban_adapters::csv::{Answer, Query, Scan, Source};
use toban_adapters::{SlotValue, Values};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::Course;
use toban_render::release::{Known, replay_json, replay_text};

pub(super) fn run(args: &Replay) -> Result<ExitCode, Failure> {
    let file = PlanFile::read(&args.plan)?;
    let course = file.followed(&file.plan()?)?;
    if let Some(check) = course.checks.iter().position(|check| check.judge().is_comparison()) {
        let message =
            "a comparison needs the points of both versions, and a table of metrics holds one value a row";
        return Err(file.failure(&format!("rollout.checks[{check}].judge"), message));
    }
    let recorded = recorded(args, &course)?;
    let from = args.from.or(recorded.iter().map(Values::start).min());
    let until = recorded.iter().filter_map(|values| values.iter().last().map(|(at, _)| at + values.slot()));
    let (Some(from), Some(until)) = (from, until.max()) else {
        return Err(file.failure("rollout.checks", "nothing is measured: there is nothing to replay"));
    };
    if until <= from {
        return Err(Failure::new(format_args!(
            "{}: the record ends at {until}, before a release from {from} on would begin",
            args.metrics.display()
        )));
    }
    let read = |check: usize, at, _| recorded.get(check).map_or(Reading::NoData, |values| seen(values, at));
    let replay = toban_release_core::replay(&course, from, until, read)?;
    let known = Known { fault: args.fault, per_minute: args.requests };
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Json => replay_json(&replay, &known),
        TextFormat::Table => replay_text(&replay, &known, width, style, args.shape.lang.into()),
    };
    output::write(&text, &args.shape.output)?;
    Ok(ExitCode::SUCCESS)
}

/// What is on record of each check, in the order of the course.
fn recorded(args: &Replay, course: &Course) -> Result<Vec<Values>, Failure> {
    let column = |name: &str| Source { column: Some(name.to_owned()), ..Source::default() };
    let queries: Vec<_> = course.checks.iter().map(|check| Query::value(&column(check.name()))).collect();
    let answers = Scan::new(&queries).read_file(&args.metrics)?;
    let values = answers.into_iter().filter_map(|answer| match answer {
        Answer::Values(values) => Some(values),
        _ => None,
    });
    Ok(values.collect())
}

/// What whoever asked at that moment would have got: the last row whose time was over.
fn seen(values: &Values, at: DateTime<Utc>) -> Reading {
    let slots = (at - values.start()).num_milliseconds().div_euclid(values.slot().num_milliseconds());
    let last = slots.checked_sub(1).and_then(|last| usize::try_from(last).ok());
    match last.and_then(|last| values.get(last)) {
        Some(SlotValue::Value(value)) => Reading::Value(value.to_f64()),
        _ => Reading::NoData,
    }
}
