//! How releases go, as lines of text.

use crate::{Language, Style};
use toban_release_core::{Figures, ReleaseFigures};

/// How releases go: each of them, and all together.
#[must_use]
pub fn figures_text(
    releases: &[ReleaseFigures],
    figures: &Figures,
    width: u16,
    style: Style,
    language: Language,
) -> String {
    let _ = (width, style, language);
    format!("{releases:?}\n{figures:?}\n")
}
