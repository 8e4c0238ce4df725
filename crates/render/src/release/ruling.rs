//! What a gate says, as lines of text.

use crate::{Language, Style};
use toban_core::Ruling;

/// What a gate says, why, and until when.
#[must_use]
pub fn ruling_text(ruling: &Ruling, width: u16, style: Style, language: Language) -> String {
    let _ = (width, style, language);
    format!("{ruling}\n")
}
