//! `toban routine preview`: what rules, holidays and clocks do to the tasks in the years to come.

use super::definition::Definition;
use super::years;
use crate::args::TextFormat;
use crate::args::routine::Preview;
use crate::failure::Failure;
use crate::output;
use std::process::ExitCode;
use toban_render::routine as show;

pub(super) fn run(args: &Preview) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.defined.spec)?;
    let tasks = definition.tasks(&args.defined.task)?;
    let within = years(args.at, args.years)?;
    let changes: Vec<_> = tasks.iter().map(|task| (task, task.recurrence.preview(within))).collect();
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::preview_text(&changes, width, style, args.shape.lang.into()),
        TextFormat::Json => show::preview_json(&changes),
    };
    output::write(&text, &args.shape.output)?;
    Ok(definition.code())
}
