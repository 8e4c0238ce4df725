//! `toban routine next`: what comes next.

use super::definition::Definition;
use crate::args::TextFormat;
use crate::args::routine::{Defined, Next};
use crate::failure::Failure;
use crate::output;
use chrono::{TimeDelta, Utc};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::process::ExitCode;
use toban_render::routine as show;
use toban_routine::ScheduledTask;

pub(super) fn run(args: &Next) -> Result<ExitCode, Failure> {
    let Defined { spec, task } = &args.defined;
    let definition = Definition::read(spec)?;
    let tasks = definition.tasks(task)?;
    let zone = definition.zone(args.zone);
    let at = args.at.unwrap_or_else(Utc::now) - TimeDelta::nanoseconds(1);
    // One time of each task at a time: however many are asked for, no more are held.
    let first = |(place, task): (usize, &ScheduledTask)| Some(Reverse((task.recurrence.next(at)?, place)));
    let mut coming: BinaryHeap<_> = tasks.iter().enumerate().filter_map(first).collect();
    let mut firings = Vec::new();
    while firings.len() < args.count
        && let Some(Reverse((at, place))) = coming.pop()
        && let Some(task) = tasks.get(place)
    {
        firings.push(show::Firing { at, task });
        coming.extend(task.recurrence.next(at).map(|next| Reverse((next, place))));
    }
    let by = firings.last().map_or(at, |firing| firing.at).date_naive() + TimeDelta::days(1);
    eprint!("{}", definition.found(&definition.running_out(by)).render());
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::next_text(&firings, zone, width, style, args.shape.lang.into()),
        TextFormat::Json => show::next_json(&firings, zone),
    };
    output::write(&text, &args.shape.output)?;
    Ok(definition.code())
}
