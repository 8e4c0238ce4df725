//! What is wrong, and where.

use std::fmt;
use std::sync::Arc;

use crate::path::Path;
use crate::source::{Place, Source};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth a look; the document can be used.
    Warning,
    /// The document cannot be used as it is.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that is wrong, and where.
///
/// `Display` is one line, `file:line:column: path: message`; [`Finding::render`] adds the excerpt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    level: Level,
    file: Arc<str>,
    place: Place,
    path: Path,
    message: String,
    excerpt: String,
}

impl Finding {
    pub(crate) fn new(source: &Source, place: Place, path: Path, message: &str) -> Self {
        let excerpt = source.excerpt(&place, &clean(&path.to_string()));
        let message = clean(&cropped(message));
        Self { level: Level::Error, file: source.name(), place, path, message, excerpt }
    }

    /// The same finding, with another level; what this crate finds itself is an error.
    #[must_use]
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// How much it matters.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The file, by the name that the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.place.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.place.column
    }

    /// The value that it is about, within its document; the root where it is about the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong: one line, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Several lines for a terminal: message, place, and the lines of the file with the value underlined.
    ///
    /// The text ends with a line break. Control characters of the file are shown as replacement characters, and long
    /// lines are cropped around the value.
    #[must_use]
    pub fn render(&self) -> String {
        format!("{}: {}\n{}", self.level, self.message, self.excerpt)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", clean(&self.file), self.place.line, self.place.column)?;
        if !self.path.is_root() {
            write!(f, "{}: ", clean(&self.path.to_string()))?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong, in the order in which it was found; as an error, at least one thing.
///
/// `Display` is one line for each finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// One after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Brings the findings of one file into the order of its lines.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|finding| (finding.place.line, finding.place.column));
    }

    pub(crate) fn truncate(&mut self, most: usize) {
        self.0.truncate(most);
    }

    /// The value, if nothing is wrong.
    ///
    /// # Errors
    /// The findings, if there are any.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// All of them as [`Finding::render`] shows each, with an empty line between.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.iter().map(Finding::render).collect::<Vec<_>>().join("\n")
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.0.iter().enumerate() {
            write!(f, "{}{finding}", if number == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

/// A message may quote a value, and a value may be a whole file.
fn cropped(message: &str) -> String {
    const LONGEST: usize = 200;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", message.split_at(end).0),
        None => message.to_owned(),
    }
}

/// No control character of a file may reach a terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
