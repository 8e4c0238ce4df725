//! `toban routine calendar`: a month of it.

use super::definition::Definition;
use crate::args::Format;
use crate::args::routine::{Calendar, Defined};
use crate::failure::Failure;
use crate::output;
use chrono::{Datelike, Utc};
use std::process::ExitCode;
use toban_render::routine as show;

pub(super) fn run(args: &Calendar) -> Result<ExitCode, Failure> {
    let Defined { spec, task } = &args.defined;
    let definition = Definition::read(spec)?;
    let tasks = definition.tasks(task)?;
    let zone = definition.zone(args.zone);
    let own: Vec<_> = definition.draft.calendars.keys().collect();
    let name = args.calendar.as_ref().or(match own.as_slice() {
        [only] => Some(*only),
        _ => None,
    });
    let closed = name.map(|name| {
        let known = definition.review.calendars.get(name);
        known.ok_or_else(|| Failure::new(format_args!("there is no calendar {name}")))
    });
    let now = || zone.civil(Utc::now()).map(|now| (now.year(), now.month())).unwrap_or_default();
    let month = show::Month::new(&tasks, args.month.unwrap_or_else(now), zone, closed.transpose()?)
        .map_err(|error| Failure::from_error(&error))?;
    let (width, style) = output::style(&args.output);
    let text = match args.format {
        Format::Table => show::month_text(&month, width, style, args.lang.into()),
        Format::Html => show::month_html(&month, args.lang.into()),
        Format::Json => show::month_json(&month),
    };
    output::write(&text, &args.output)?;
    Ok(definition.code())
}
