//! The audit record as lines of text.

use crate::{Language, Style};
use toban_durable::Entry;
use toban_release_core::rollout::Rollout;

/// The audit record of a rollout: one line for each event, and the hash that it ends with.
#[must_use]
pub fn history_text(entries: &[Entry<Rollout>], width: u16, style: Style, language: Language) -> String {
    let _ = (width, style, language);
    format!("{entries:?}\n")
}
