//! `toban routine capacity`: whether the work fits the team.

use super::definition::Definition;
use super::years;
use crate::args::TextFormat;
use crate::args::routine::Capacity;
use crate::failure::Failure;
use crate::output;
use std::process::ExitCode;
use toban_core::{Text, Verdict};
use toban_render::routine as show;
use toban_routine::{automation_plan, capacity, inventory};

pub(super) fn run(args: &Capacity) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    eprint!("{}", definition.errors().render());
    let within = years(args.at, args.years)?;
    let mut report = capacity(&definition.draft, within, within.start());
    report.questions.iter_mut().for_each(|question| question.place = definition.in_file(&question.place));
    // What begins with a place begins with that in the file.
    let unknown = report.unknown.iter_mut().flat_map(|text| [&mut text.ja, &mut text.en]);
    unknown.for_each(|text| *text = definition.in_file(text));
    for (place, message) in definition.unread() {
        report.add_unknown(Text::same(format!("{place}: {message}")));
    }
    let (toil, plan) = (inventory(&definition.draft, within), automation_plan(&definition.draft, within));
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => {
            let zone = definition.zone(None);
            show::capacity_text(&report, &toil, &plan, zone, width, style, args.shape.lang.into())
        }
        TextFormat::Json => show::capacity_json(&report, &toil, &plan),
    };
    output::write(&text, &args.shape.output)?;
    let is_go = report.ruling.verdict == Verdict::Go;
    Ok(if is_go { definition.code() } else { ExitCode::from(1) })
}
