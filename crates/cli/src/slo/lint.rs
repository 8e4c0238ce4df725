//! `toban slo lint`.

use super::report::model;
use crate::args;
use crate::definition::Definition;
use crate::failure::Failure;
use crate::sources;
use std::process::ExitCode;

pub(crate) fn run(args: &args::Lint) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    let model = model(&definition)?;
    sources::questions(&definition, &model)?;
    let warnings = definition.findings(&model.warnings);
    if !warnings.is_empty() {
        eprintln!("{}", warnings.render().trim_end());
    }
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    println!(
        "{}: {}, {}, {}",
        args.spec.display(),
        count(definition.bundle.documents().len(), "document"),
        count(model.promises.len(), "objective"),
        count(warnings.len(), "warning"),
    );
    Ok(ExitCode::SUCCESS)
}
