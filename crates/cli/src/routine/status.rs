//! `toban routine status`: where tasks and their firings stand.

use super::{book_in, code, journal, names, readable, zone_of};
use crate::args::TextFormat;
use crate::args::routine::Status as Args;
use crate::failure::Failure;
use crate::output;
use chrono::Utc;
use std::process::ExitCode;
use toban_adapters::drive::is_gone;
use toban_calendar::Zone;
use toban_durable::{Machine, StreamId};
use toban_render::routine::{Holder, Status, TaskStatus, UnderWay, status_json, status_text};
use toban_routine::{Book, Firing, FiringId, TaskId, schedule};

pub(super) async fn run(args: &Args) -> Result<ExitCode, Failure> {
    let journal = journal(&args.kept.journal)?;
    let (book, now) = (book_in(&journal), Utc::now());
    let (mut tasks, mut damage) = (Vec::new(), Vec::new());
    for id in names(&book, &args.task).await? {
        let run = readable(book.task(&id).await, &mut damage)?;
        let (task, firings) = match &run {
            Some(run) => {
                let running = run.state().running.iter().map(|fired| fired.nominal);
                let of_task = |nominal| FiringId { task: id.clone(), nominal };
                (run.state().clone(), running.map(of_task).collect())
            }
            None => (schedule::State::default(), open_firings(&book, &id).await?),
        };
        let mut under_way = Vec::new();
        for firing in firings {
            let Some(run) = readable(book.firing(&firing).await, &mut damage)? else { continue };
            let scope = StreamId::new(Firing::KIND, firing.to_string()).scope();
            let holder = journal.holder(&scope, now).await?;
            let holder = holder.map(|held| Holder { is_gone: is_gone(&held.owner), owner: held.owner });
            under_way.push(UnderWay { firing, state: run.state().clone(), holder });
        }
        if run.is_none() || task.plan().is_some() {
            tasks.push(TaskStatus { id, task, under_way });
        }
    }
    let zone = args.zone.or_else(|| tasks.iter().find_map(|status| zone_of(&status.task)));
    let status = Status { at: now, zone: zone.unwrap_or(Zone::UTC), tasks, damage };
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => status_text(&status, width, style, args.shape.lang.into()),
        TextFormat::Json => status_json(&status),
    };
    output::write(&text, &args.shape.output)?;
    Ok(code(&status.damage))
}

/// The firings of a task that have not ended by their own records.
async fn open_firings(book: &Book, task: &TaskId) -> Result<Vec<FiringId>, Failure> {
    const PAGE: usize = 1_000;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = book.under_way(after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|(firing, _)| firing.clone());
        all.extend(page.into_iter().map(|(firing, _)| firing).filter(|firing| firing.task == *task));
        if is_last {
            return Ok(all);
        }
    }
}
