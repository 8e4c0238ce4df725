//! A file: its name, its text, and the excerpts shown from it.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::finding::clean;

/// The largest file that is read, in bytes.
///
/// A definition that people keep in a repository is a thousand times smaller; etcd refuses more than 1.5 MB.
/// Read a file through `std::io::Read::take(MAX_BYTES + 1)` so that a larger one is refused before it fills memory.
pub const MAX_BYTES: u64 = 16 << 20;

/// A file's name and text, shared by its documents.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

/// A stretch of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the text, counted after a byte order mark.
    pub bytes: Range<usize>,
}

/// How many characters of a line are shown on either side of the value.
const REACH: usize = 70;

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte, found by counting.
    pub(crate) fn place_of(&self, byte: usize) -> Place {
        let before = self.text.get(..byte).unwrap_or_default();
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        let breaks = before.matches(['\n', '\r']).count() - before.matches("\r\n").count();
        Place { line: breaks + 1, column: line.chars().count() + 1, bytes: byte..byte + 1 }
    }

    /// The place's line and the one before it, with the place underlined and named by `label`.
    pub(crate) fn excerpt(&self, place: &Place, label: &str) -> String {
        let start = place.bytes.start.min(self.text.len());
        let (Some(before), Some(after)) = (self.text.get(..start), self.text.get(start..)) else {
            return String::new();
        };
        let length = place.bytes.len();
        let mut out = String::new();
        let gutter = place.line.to_string().len();
        let _ = writeln!(out, "{:gutter$}--> {}:{}:{}", "", clean(&self.name), place.line, place.column);
        if self.text.is_empty() {
            return out;
        }

        let lead = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        let tail = after.split(['\n', '\r']).next().unwrap_or_default();
        let above = before.get(..before.len() - lead.len()).unwrap_or_default();
        let above = above.strip_suffix('\n').unwrap_or(above);
        let above = above.strip_suffix('\r').unwrap_or(above);
        let above = above.rsplit(['\n', '\r']).next().unwrap_or_default();

        // All lines shown lose the same columns on the left, so that they stay under each other.
        let hidden = lead.chars().count().saturating_sub(REACH);
        let cut = if hidden == 0 { "" } else { "…" };
        let shown = |line: &str| {
            let rest = if line.chars().count() > hidden + 2 * REACH { "…" } else { "" };
            [cut, &visible(line.chars().skip(hidden).take(2 * REACH)), rest].concat()
        };
        let _ = writeln!(out, "{:gutter$} |", "");
        if place.line > 1 && !above.trim().is_empty() {
            let _ = writeln!(out, "{:>gutter$} | {}", place.line - 1, shown(above));
        }
        let _ = writeln!(out, "{} | {}", place.line, shown(&[lead, tail].concat()));
        let indent = cut.width() + visible(lead.chars().skip(hidden)).width();
        let marked = tail.trim_end().char_indices().take_while(|(at, _)| *at < length).map(|(_, c)| c);
        let carets = visible(marked.take(REACH)).width().max(1);
        let line = format!("{:gutter$} | {:indent$}{} {label}", "", "", "^".repeat(carets));
        let _ = writeln!(out, "{}", line.trim_end());
        out
    }
}

/// What a terminal shows as so many columns: a tab becomes a space, what cannot be shown a replacement character.
fn visible(text: impl Iterator<Item = char>) -> String {
    let shown = |c: char| match c {
        '\t' => ' ',
        c if c.width().is_none() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.map(shown).collect()
}
