//! `toban slo lint`, and all findings of a definition for every other command.

use crate::args;
use crate::definition::Definition;
use crate::failure::Failure;
use crate::sources;
use std::cell::RefCell;
use std::process::ExitCode;
use toban_slo::openslo::{self, Model};
use toban_yaml::{Finding, Findings, Level};

pub(crate) fn run(args: &args::Lint) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    let (model, findings) = survey(&definition);
    let (file, errors) = (sources::name_of(&args.spec), errors(&findings));
    let warnings = count(findings.len() - errors, "warning");
    if errors > 0 {
        let found = findings.render();
        return Err(Failure::findings(format!("{found}\n{}, {warnings} in {file}", count(errors, "error"))));
    }
    if !findings.is_empty() {
        eprintln!("{}", findings.render().trim_end());
    }
    let documents = count(definition.bundle.documents().len(), "document");
    println!("{file}: {documents}, {}, {warnings}", count(model.promises.len(), "objective"));
    Ok(ExitCode::SUCCESS)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// As much as a definition promises, and everything that is wrong with it: with the shape of its documents, with what
/// they say, and with what they ask of their sources.
pub(crate) fn survey(definition: &Definition) -> (Model<'_>, Findings) {
    let wrong = RefCell::new(Vec::new());
    let asked = |measure: &_| sources::indicator(measure, &mut wrong.borrow_mut());
    let (model, found) = definition.bundle.survey(asked);
    let mut findings = promised(definition, &found);
    for one in wrong.into_inner() {
        findings.extend(match one.is_key() {
            true => definition.finding_at_key(&one.place, &one.message),
            false => definition.finding(&one.place, openslo::Level::Error, &one.message),
        });
    }
    for one in sources::without_effect(&model) {
        findings.extend(definition.finding(&one.place, openslo::Level::Warning, &one.message));
    }
    (model, sorted(findings))
}

/// The same without what is asked of sources, for whoever reads none of them.
pub(crate) fn survey_without_sources(definition: &Definition) -> (Model<'_>, Findings) {
    let (model, found) = definition.bundle.survey(|measure| sources::indicator(measure, &mut Vec::new()));
    (model, sorted(promised(definition, &found)))
}

fn promised(definition: &Definition, found: &[openslo::Finding]) -> Findings {
    let mut findings = definition.unread.clone();
    findings.extend(definition.findings(found));
    findings
}

/// In the order of the file, and each once: several objectives may share an indicator.
fn sorted(mut findings: Findings) -> Findings {
    findings.sort();
    let mut each: Vec<Finding> = Vec::new();
    for finding in findings {
        if !each.contains(&finding) {
            each.push(finding);
        }
    }
    each.into_iter().collect()
}

/// How many of them are errors.
pub(crate) fn errors(findings: &Findings) -> usize {
    findings.iter().filter(|finding| finding.level() == Level::Error).count()
}
