//! `toban slo explain`.

use super::report::{Composed, Judged, model};
use crate::args::{self, ExplainFormat};
use crate::definition::Definition;
use crate::failure::Failure;
use crate::output;
use std::process::ExitCode;
use toban_render::slo::{ExplainDocument, ExplainSection, explain_json, explain_text};
use toban_slo::{explain, explain_composite};

pub(crate) fn run(args: &args::Explain) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.input.spec)?;
    let model = model(&definition)?;
    let judged = Judged::new(&model, &args.input, args.at)?;
    let mut document = ExplainDocument::new();
    let all = judged.slos.iter().zip(&judged.policies).zip(&judged.reports).zip(&judged.data.measured);
    for (place, (((slo, policy), report), measured)) in all.enumerate() {
        let mut all = explain(slo, policy, &measured.counts, report);
        if let (Some(first), Some(told)) = (all.first_mut(), judged.indicator(place)) {
            told.clone_into(&mut first.value);
        }
        document = document.with_objective(ExplainSection::new(slo.name(), report.objective, all));
    }
    for Composed { composite, report, .. } in &judged.composites {
        let all = explain_composite(composite, report);
        document = document.with_composite(ExplainSection::new(composite.name(), report.objective, all));
    }
    let language = args.lang.into();
    if let Some(wanted) = &args.figure {
        document = document.with_figures(wanted, language);
        if document.is_empty() {
            return Err(Failure::new(format_args!("no figure has {wanted:?} in its name")));
        }
    }
    let text = match args.format {
        ExplainFormat::Text => explain_text(&document, language),
        ExplainFormat::Json => explain_json(&document),
    };
    output::write(&text, &args.output)?;
    Ok(ExitCode::SUCCESS)
}
