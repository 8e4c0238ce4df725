//! `toban routine report`: what became of a day.

use super::{book, code, names, zone_of};
use crate::args::TextFormat;
use crate::args::routine::Report;
use crate::failure::Failure;
use crate::output;
use chrono::{DateTime, Utc};
use std::process::ExitCode;
use toban_calendar::{Fold, Gap, Zone};
use toban_core::{Interval, Text};
use toban_render::routine::{Day, TaskDay, day_json, day_text};
use toban_routine::{Book, Damage, FiringId, Happened, TaskId};

pub(super) async fn run(args: &Report) -> Result<ExitCode, Failure> {
    let book = book(&args.kept.journal)?;
    let (names, at) = (names(&book, &args.task).await?, Utc::now());
    let zone = match args.zone {
        Some(zone) => zone,
        None => first_zone(&book, &names).await?,
    };
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
    let mut day = Day { date, zone, within, at, tasks: Vec::new(), damage: Vec::new() };
    for id in names {
        let past = book.happened(&id, within).await?;
        // Of one that is damaged from the first record on nothing is known but its name.
        let draft = past.task.plan().map(|plan| &plan.task);
        if draft.is_none() && past.damage.is_empty() {
            continue;
        }
        let title = draft.map_or_else(|| Text::same(id.as_str()), |draft| draft.title.clone());
        let owner = draft.and_then(|draft| draft.owner.clone());
        let mut past_damage = Vec::new();
        let decided = past.task.decided.unwrap_or(at);
        let scheduled = past.task.scheduled();
        let left: Vec<_> = scheduled.map_or_else(Vec::new, |task| {
            task.recurrence.between(within).filter(|nominal| *nominal > decided).collect()
        });
        let has_come = |nominal: &DateTime<Utc>| scheduled.is_some_and(|task| task.start(*nominal) <= at);
        let (mut unseen, to_come): (Vec<_>, _) = left.into_iter().partition(has_come);
        let (mut happened, known_since) = (past.happened, past.known_since);
        if !past.damage.is_empty() {
            // What was decided is not known; what has begun has a record of its own.
            for nominal in std::mem::take(&mut unseen) {
                let firing = FiringId { task: id.clone(), nominal };
                match book.firing(&firing).await {
                    Ok(run) if run.seq() > 0 => {
                        happened.push(Happened::Began { firing, state: Box::new(run.state().clone()) });
                    }
                    Ok(_) => {}
                    Err(error) => past_damage.push(Damage::of(&error).ok_or(error)?),
                }
            }
        }
        day.damage.extend(past.damage.into_iter().chain(past_damage));
        day.tasks.push(TaskDay { id, title, owner, happened, known_since, unseen, to_come });
    }
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => day_text(&day, width, style, args.shape.lang.into()),
        TextFormat::Json => day_json(&day),
    };
    output::write(&text, &args.shape.output)?;
    Ok(code(&day.damage))
}

/// The zone of the first task that has one and can be read.
async fn first_zone(book: &Book, names: &[TaskId]) -> Result<Zone, Failure> {
    for id in names {
        match book.task(id).await {
            Ok(run) => {
                if let Some(zone) = zone_of(run.state()) {
                    return Ok(zone);
                }
            }
            Err(error) if Damage::of(&error).is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Zone::UTC)
}
