//! Routine work: what comes, why, what is wrong with it, whether it fits, and as what others read it.

mod calendar;
mod capacity;
mod check;
mod definition;
mod export;
mod import;
mod next;
mod preview;
mod why;

use crate::args::routine::Routine;
use crate::failure::Failure;
use chrono::{DateTime, Months, Utc};
use std::process::ExitCode;
use toban_core::Interval;

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
    }
}

/// So many years from a moment on.
fn years(at: Option<DateTime<Utc>>, years: u32) -> Result<Interval, Failure> {
    let start = at.unwrap_or_else(Utc::now);
    let end = start.checked_add_months(Months::new(years * 12));
    let whole = end.and_then(|end| Interval::new(start, end).ok());
    whole.ok_or_else(|| Failure::new(format_args!("no calendar reaches so far from {start}")))
}
