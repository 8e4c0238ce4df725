//! What a draft lacks, as lines of text.

use crate::{Language, Style};
use toban_release_core::plan::Review;

/// What a draft lacks, what is wrong with it, and what was taken from the documents.
#[must_use]
pub fn review_text(review: &Review, width: u16, style: Style, language: Language) -> String {
    let _ = (width, style, language);
    format!("{review:?}\n")
}
