//! `toban routine report`: what became of a day.

use super::{book, tasks, zone_of};
use crate::args::TextFormat;
use crate::args::routine::Report;
use crate::failure::Failure;
use crate::output;
use chrono::Utc;
use std::process::ExitCode;
use toban_calendar::{Fold, Gap};
use toban_core::Interval;
use toban_render::routine::{Day, TaskDay, day_json, day_text};

pub(super) async fn run(args: &Report) -> Result<ExitCode, Failure> {
    let book = book(&args.kept.journal)?;
    let tasks = tasks(&book, &args.task).await?;
    let (zone, at) = (zone_of(args.zone, &tasks), Utc::now());
    let today = zone.civil(at).map_err(|error| Failure::from_error(&error))?.date();
    let date = args.date.unwrap_or(today);
    let begin = |date: Option<chrono::NaiveDate>| {
        let midnight = date?.and_hms_opt(0, 0, 0)?;
        zone.instant(midnight, Gap::FirstAfter, Fold::Earlier).ok()
    };
    let within = begin(Some(date)).zip(begin(date.succ_opt()));
    let within = within.and_then(|(start, end)| Interval::new(start, end).ok());
    let Some(within) = within else {
        return Err(Failure::new(format_args!("{date} is no day in {zone}")));
    };
    let mut day = Day { date, zone, within, at, tasks: Vec::new() };
    for run in &tasks {
        let Some(plan) = run.state().plan() else { continue };
        let (id, title, owner) = (plan.task.id.clone(), plan.task.title.clone(), plan.task.owner.clone());
        let happened = book.happened(&id, within).await?;
        let decided = run.state().decided.unwrap_or(at);
        let left: Vec<_> = run.state().scheduled().map_or_else(Vec::new, |task| {
            task.recurrence.between(within).filter(|nominal| *nominal > decided).collect()
        });
        let (unseen, to_come) = left.into_iter().partition(|nominal| *nominal <= at);
        day.tasks.push(TaskDay { id, title, owner, happened, unseen, to_come });
    }
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => day_text(&day, width, style, args.shape.lang.into()),
        TextFormat::Json => day_json(&day),
    };
    output::write(&text, &args.shape.output)?;
    Ok(ExitCode::SUCCESS)
}
