//! `toban slo explain`.

use super::report::{Composed, Judged, model};
use crate::args;
use crate::definition::Definition;
use crate::failure::Failure;
use crate::output;
use std::fmt::Write;
use std::process::ExitCode;
use toban_slo::{Explanation, Objective, explain, explain_composite};

pub(crate) fn run(args: &args::Explain) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.input.spec)?;
    let model = model(&definition)?;
    let judged = Judged::new(&model, &args.input, args.at)?;
    let wanted = args.figure.as_deref().unwrap_or("");
    let mut text = String::new();
    let all = judged.slos.iter().zip(&judged.policies).zip(&judged.reports).zip(&judged.data.measured);
    for (place, (((slo, policy), report), measured)) in all.enumerate() {
        let mut all = explain(slo, policy, &measured.counts, report);
        if let (Some(first), Some(told)) = (all.first_mut(), judged.indicator(place)) {
            told.clone_into(&mut first.value);
        }
        tell(&mut text, slo.name(), report.objective, &all, wanted)?;
    }
    for Composed { composite, report, .. } in &judged.composites {
        let all = explain_composite(composite, report);
        tell(&mut text, composite.name(), report.objective, &all, wanted)?;
    }
    if text.is_empty() {
        return Err(Failure::new(format_args!("no figure has {wanted:?} in its name")));
    }
    output::write(&text, &args.output)?;
    Ok(ExitCode::SUCCESS)
}

/// The figures with that in their names, under a heading.
fn tell(
    text: &mut String,
    name: &str,
    objective: Objective,
    all: &[Explanation],
    wanted: &str,
) -> Result<(), Failure> {
    let mut found = all.iter().filter(|one| one.figure.contains(wanted)).peekable();
    if found.peek().is_some() {
        writeln!(text, "{name}: {objective}\n")?;
    }
    for explanation in found {
        writeln!(text, "{explanation}")?;
    }
    Ok(())
}
