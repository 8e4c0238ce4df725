//! `toban routine check`: what is wrong with a definition, and what has to be asked.

use super::definition::Definition;
use crate::args::TextFormat;
use crate::args::routine::Check;
use crate::failure::Failure;
use crate::output;
use chrono::{TimeDelta, Utc};
use std::process::ExitCode;
use toban_render::routine as show;

pub(super) fn run(args: &Check) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    let (width, style) = output::style(&args.shape.output);
    let by = args.at.unwrap_or_else(Utc::now).date_naive() + TimeDelta::days(366);
    let review = definition.told(by);
    let text = match args.shape.format {
        TextFormat::Table => show::review_text(&review, width, style, args.shape.lang.into()),
        TextFormat::Json => show::review_json(&review),
    };
    output::write(&text, &args.shape.output)?;
    eprint!("{}", definition.errors().render());
    Ok(definition.code())
}
