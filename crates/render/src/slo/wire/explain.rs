//! Explanations as JSON, in the kinds of the report.

use super::kinds::RatioWire;
use super::written;
use crate::slo::{ExplainDocument, ExplainSection};
use serde::Serialize;
use toban_core::{Evidence, Ratio};
use toban_slo::{Balance, Explanation};

/// What the field `schema` of explanations says. Fields may be added under the same name; none goes or changes its
/// meaning.
pub const EXPLAIN_SCHEMA: &str = "toban.slo.explain/1";

/// Explanations as JSON, indented, with a line break at the end.
#[must_use]
pub fn explain_json(document: &ExplainDocument) -> String {
    let wire = DocumentWire {
        schema: EXPLAIN_SCHEMA,
        objectives: document.objectives.iter().map(SectionWire::of).collect(),
        composites: document.composites.iter().map(SectionWire::of).collect(),
    };
    written(&wire)
}

#[derive(Serialize)]
struct DocumentWire<'a> {
    schema: &'static str,
    objectives: Vec<SectionWire<'a>>,
    composites: Vec<SectionWire<'a>>,
}

#[derive(Serialize)]
struct SectionWire<'a> {
    name: &'a str,
    target: RatioWire,
    figures: Vec<FigureWire<'a>>,
}

#[derive(Serialize)]
struct FigureWire<'a> {
    figure: &'a str,
    value: &'a str,
    number: Option<RatioWire>,
    rule: &'a str,
    formula: Option<&'a str>,
    inputs: Vec<InputWire<'a>>,
}

#[derive(Serialize)]
struct InputWire<'a> {
    name: &'a str,
    value: &'a str,
    number: Option<RatioWire>,
}

impl<'a> SectionWire<'a> {
    fn of(section: &'a ExplainSection) -> Self {
        Self {
            name: &section.name,
            target: RatioWire::of_share(section.objective.target()),
            figures: section.figures.iter().map(FigureWire::of).collect(),
        }
    }
}

impl<'a> FigureWire<'a> {
    fn of(explanation: &'a Explanation) -> Self {
        Self {
            figure: &explanation.figure,
            value: &explanation.value,
            number: number(&explanation.value),
            rule: &explanation.rule,
            formula: explanation.formula.as_deref(),
            inputs: explanation.inputs.iter().map(InputWire::of).collect(),
        }
    }
}

impl<'a> InputWire<'a> {
    fn of(input: &'a Evidence) -> Self {
        Self { name: &input.name, value: &input.value, number: number(&input.value) }
    }
}

/// The number that a text is, where it is nothing else.
fn number(text: &str) -> Option<RatioWire> {
    let (is_below, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let ratio: Ratio = digits.parse().ok()?;
    Some(RatioWire::of_balance(if is_below { Balance::Overspent(ratio) } else { Balance::Left(ratio) }))
}
