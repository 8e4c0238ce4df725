//! What each figure is computed from, as lines of text.

use super::phrases;
use crate::Language;
use crate::text::clean;
use toban_core::Evidence;
use toban_slo::{Explanation, Objective};

/// The explained figures of objectives and composites.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ExplainDocument {
    /// Those of the objectives.
    pub objectives: Vec<ExplainSection>,
    /// Those of the composites.
    pub composites: Vec<ExplainSection>,
}

impl ExplainDocument {
    /// Nothing explained yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an objective.
    #[must_use]
    pub fn with_objective(mut self, section: ExplainSection) -> Self {
        self.objectives.push(section);
        self
    }

    /// Adds a composite.
    #[must_use]
    pub fn with_composite(mut self, section: ExplainSection) -> Self {
        self.composites.push(section);
        self
    }

    /// Leaves only the figures whose name, in English or in that language, contains a text; objectives without any
    /// are left out.
    #[must_use]
    pub fn with_figures(mut self, containing: &str, language: Language) -> Self {
        let is_wanted = |one: &Explanation| {
            one.figure.contains(containing) || phrases::figure(&one.figure, language).contains(containing)
        };
        for sections in [&mut self.objectives, &mut self.composites] {
            sections.iter_mut().for_each(|section| section.figures.retain(is_wanted));
            sections.retain(|section| !section.figures.is_empty());
        }
        self
    }

    /// Whether no figure is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objectives.iter().chain(&self.composites).all(|section| section.figures.is_empty())
    }
}

/// One objective or composite and its figures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExplainSection {
    /// Its name.
    pub name: String,
    /// What must be good.
    pub objective: Objective,
    /// The figures, as [`explain`](toban_slo::explain) or [`explain_composite`](toban_slo::explain_composite) gives
    /// them.
    pub figures: Vec<Explanation>,
}

impl ExplainSection {
    /// An objective or a composite, and its figures.
    #[must_use]
    pub fn new(name: impl Into<String>, objective: Objective, figures: Vec<Explanation>) -> Self {
        Self { name: name.into(), objective, figures }
    }
}

/// The figures as lines of text: value, rule, formula and inputs of each.
///
/// Lines are as long as what stands in them, so that a formula can be copied.
#[must_use]
pub fn explain_text(document: &ExplainDocument, language: Language) -> String {
    let mut text = String::new();
    for ExplainSection { name, objective, figures } in document.objectives.iter().chain(&document.composites)
    {
        text += &format!("{}: {objective}\n\n", clean(name));
        for explanation in figures {
            text += &told(explanation, language);
            text.push('\n');
        }
    }
    text
}

fn told(explanation: &Explanation, language: Language) -> String {
    let Explanation { figure, value, rule, formula, inputs, .. } = explanation;
    let mut text = format!(
        "{} = {}",
        clean(&phrases::figure(figure, language)),
        clean(&phrases::value(value, language))
    );
    // A fraction tells little to the eye.
    if let Some(about) = explanation.about() {
        text += &language.pick(format!(" (about {about})"), format!(" (約 {about})"));
    }
    text += &format!("\n    {}\n", clean(&phrases::rule(rule, language)));
    if let Some(formula) = formula {
        text += &format!("    = {formula}\n");
    }
    let inputs: Vec<_> = (inputs.iter())
        .map(|Evidence { name, value, .. }| {
            (clean(&phrases::input(name, language)), clean(&phrases::value(value, language)))
        })
        .collect();
    let widest = inputs.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, value) in &inputs {
        text += &format!("    {name}{}  {value}\n", " ".repeat(widest - width(name)));
    }
    text
}

/// The columns of a name in a terminal.
fn width(name: &str) -> usize {
    // Names hold ASCII and Japanese, nothing in between.
    name.chars().map(|c| if c < '\u{2e80}' { 1 } else { 2 }).sum()
}
