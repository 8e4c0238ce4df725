//! `toban routine why`: why a task is due on a date, or is not.

use super::definition::Definition;
use crate::args::TextFormat;
use crate::args::routine::Why;
use crate::failure::Failure;
use crate::output;
use std::process::ExitCode;
use toban_calendar::Zone;
use toban_render::routine as show;

pub(super) fn run(args: &Why) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    let tasks = definition.tasks(std::slice::from_ref(&args.task))?;
    let Some(task) = tasks.first() else { return Err(Failure::new("there is no such task")) };
    let why = task.recurrence.why(args.date);
    let zone = task.recurrence.zone().unwrap_or(Zone::UTC);
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::why_text(task, &why, zone, width, style, args.shape.lang.into()),
        TextFormat::Json => show::why_json(task, &why),
    };
    output::write(&text, &args.shape.output)?;
    Ok(definition.code())
}
