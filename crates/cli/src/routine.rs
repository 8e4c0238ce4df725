//! Routine work: what comes, why, what is wrong with it, whether it fits, and as what others read it.

mod ask;
mod calendar;
mod capacity;
mod check;
mod definition;
mod export;
mod import;
mod next;
mod preview;
mod report;
mod run;
mod status;
mod unmeasured;
mod why;

use crate::args::routine::Routine;
use crate::failure::Failure;
use chrono::{DateTime, Months, Utc};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use toban_adapters::drive::SystemClock;
use toban_adapters::sqlite::SqliteJournal;
use toban_calendar::Zone;
use toban_core::{Interval, nearest};
use toban_durable::{Run, RunError};
use toban_routine::{Book, Damage, Schedule, TaskId, schedule};

pub(crate) fn run(command: Routine) -> Result<ExitCode, Failure> {
    match command {
        Routine::Next(args) => next::run(&args),
        Routine::Calendar(args) => calendar::run(&args),
        Routine::Why(args) => why::run(&args),
        Routine::Preview(args) => preview::run(&args),
        Routine::Check(args) => check::run(&args),
        Routine::Capacity(args) => capacity::run(&args),
        Routine::Export(args) => export::run(&args),
        Routine::Import(args) => import::run(&args),
        kept => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let done = runtime.block_on(async {
                match kept {
                    Routine::Run(args) => run::run(&args).await,
                    Routine::Status(args) => status::run(&args).await,
                    Routine::Report(args) => report::run(&args).await,
                    asking => ask::run(asking).await,
                }
            });
            // A file system that does not answer is not waited for.
            runtime.shutdown_background();
            done
        }
    }
}

/// The records in a journal that is there.
fn book(path: &Path) -> Result<Book, Failure> {
    Ok(book_in(&journal(path)?))
}

/// A journal that is there.
fn journal(path: &Path) -> Result<Arc<SqliteJournal>, Failure> {
    if !path.exists() {
        return Err(Failure::new(format_args!("{}: there is no such journal", path.display())));
    }
    Ok(Arc::new(SqliteJournal::open(path)?))
}

fn book_in(journal: &Arc<SqliteJournal>) -> Book {
    Book::new(Arc::clone(journal) as _, Arc::new(SystemClock::new()))
}

/// The names of the tasks of a journal, or those that are asked for, in their order.
async fn names(book: &Book, asked: &[TaskId]) -> Result<Vec<TaskId>, Failure> {
    let mut known = book.tasks().await?;
    for id in asked {
        if !known.contains(id) {
            return Err(unknown(id, &known));
        }
    }
    known.retain(|id| asked.is_empty() || asked.contains(id));
    Ok(known)
}

/// The tasks of a journal in the order of their names, or those that are asked for.
async fn tasks(book: &Book, asked: &[TaskId]) -> Result<Vec<Run<Schedule>>, Failure> {
    let mut tasks = Vec::new();
    for id in names(book, asked).await? {
        tasks.push(book.task(&id).await?);
    }
    Ok(tasks)
}

/// What was read; where it is damaged that is noted, and there is nothing.
fn readable<T>(read: Result<T, RunError>, damage: &mut Vec<Damage>) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => match Damage::of(&error) {
            Some(found) => {
                damage.push(found);
                Ok(None)
            }
            None => Err(error.into()),
        },
    }
}

/// What the caller is told in the end: all could be read, or something is damaged.
fn code(damage: &[Damage]) -> ExitCode {
    if damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// That a journal has no such task, and which one was likely meant.
fn unknown(id: &TaskId, known: &[TaskId]) -> Failure {
    match nearest(id.as_str(), known.iter().map(TaskId::as_str)) {
        Some(meant) => Failure::new(format_args!("no task {id} is planned here: did you mean {meant}?")),
        None => {
            let known: Vec<_> = known.iter().map(TaskId::as_str).collect();
            let known = if known.is_empty() { "none is".to_owned() } else { known.join(", ") };
            Failure::new(format_args!("no task {id} is planned here: {known}"))
        }
    }
}

/// The zone of a task.
fn zone_of(task: &schedule::State) -> Option<Zone> {
    let of_rule = task.scheduled().and_then(|scheduled| scheduled.recurrence.zone());
    of_rule.or_else(|| Zone::parse(task.plan()?.zone.as_ref()?).ok())
}

/// So many years from a moment on.
fn years(at: Option<DateTime<Utc>>, years: u32) -> Result<Interval, Failure> {
    let start = at.unwrap_or_else(Utc::now);
    let end = start.checked_add_months(Months::new(years * 12));
    let whole = end.and_then(|end| Interval::new(start, end).ok());
    whole.ok_or_else(|| Failure::new(format_args!("no calendar reaches so far from {start}")))
}
