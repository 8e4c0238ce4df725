//! `toban release plan`.

use super::file::PlanFile;
use crate::args::TextFormat;
use crate::args::release::Plan;
use crate::failure::Failure;
use crate::output;
use std::process::ExitCode;
use toban_render::release::{plan_json, plan_text, review_text};
use toban_yaml::Level;

pub(super) fn run(args: &Plan) -> Result<ExitCode, Failure> {
    let file = PlanFile::read(&args.plan)?;
    let (width, style) = output::style(&args.shape.output);
    let language = args.shape.lang.into();
    // What can be read is shown to whoever asks for it in words: what it lacks, once, and where it contradicts itself.
    let plan = match (file.plan(), args.shape.format) {
        (Ok(plan), _) => plan,
        (Err(failure), TextFormat::Json) => return Err(failure),
        (Err(_), TextFormat::Table) => {
            output::write(&review_text(&file.review, width, style, language), &args.shape.output)?;
            return Err(file.contradictions());
        }
    };
    let text = match args.shape.format {
        TextFormat::Json => plan_json(&plan) + "\n",
        TextFormat::Table => {
            let mut text = plan_text(&plan, width, style, language);
            text.push('\n');
            text.push_str(&review_text(&file.review, width, style, language));
            text
        }
    };
    output::write(&text, &args.shape.output)?;
    for (_, finding) in file.missing() {
        eprint!("{}", finding.with_level(Level::Warning).render());
    }
    if let Err(failure) = file.course(&plan) {
        eprintln!("`toban release run` cannot carry it out:\n{failure}");
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}
