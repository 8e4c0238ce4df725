//! `toban slo explain`.

use super::report::{Judged, model};
use crate::args;
use crate::definition::Definition;
use crate::failure::Failure;
use crate::output;
use std::fmt::Write;
use std::process::ExitCode;
use toban_slo::explain;

pub(crate) fn run(args: &args::Explain) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.input.spec)?;
    let model = model(&definition)?;
    let judged = Judged::new(&definition, &model, &args.input, args.at)?;
    let mut text = String::new();
    for ((slo, policy), report) in judged.slos.iter().zip(&judged.policies).zip(&judged.reports) {
        let all = explain(slo, policy, report);
        let wanted = args.figure.as_deref().unwrap_or("");
        let mut found = all.iter().filter(|one| one.figure.contains(wanted)).peekable();
        if found.peek().is_none() {
            continue;
        }
        writeln!(text, "{}: {}\n", slo.name(), report.objective)?;
        for explanation in found {
            writeln!(text, "{explanation}")?;
        }
    }
    if text.is_empty() {
        let wanted = args.figure.as_deref().unwrap_or("");
        return Err(Failure::new(format_args!("no figure has {wanted:?} in its name")));
    }
    output::write(&text, &args.output)?;
    Ok(ExitCode::SUCCESS)
}
