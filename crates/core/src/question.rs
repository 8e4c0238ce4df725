//! What is important and unknown is asked, and a person answers.

use crate::{Actor, Fingerprint, Text};
use chrono::{DateTime, Utc};
use std::fmt;

/// Something that is important and unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// A stable word for programs, such as `approvers`; what is asked of several places has the same word at each.
    pub id: String,
    /// Where the answer belongs in what was looked at: `steps[2].owner`.
    pub place: String,
    /// How much hangs on it.
    pub priority: Priority,
    /// What is asked.
    pub text: Text,
    /// Why it is asked.
    pub why: Text,
    /// What waits for the answer, by name; empty: nothing does.
    pub blocks: Vec<String>,
    /// Who can answer.
    pub who: Text,
}

impl Question {
    /// A question that nothing waits for yet.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        place: impl Into<String>,
        priority: Priority,
        text: Text,
        why: Text,
        who: Text,
    ) -> Self {
        Self { id: id.into(), place: place.into(), priority, text, why, blocks: Vec::new(), who }
    }

    /// This waits for the answer.
    #[must_use]
    pub fn blocking(mut self, what: impl Into<String>) -> Self {
        self.blocks.push(what.into());
        self
    }

    /// Whether this waits for the answer.
    #[must_use]
    pub fn is_blocking(&self, what: &str) -> bool {
        self.blocks.iter().any(|blocked| blocked == what)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text.en)
    }
}

/// How much hangs on a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Priority {
    /// Somebody can be harmed while it is open.
    High,
    /// Work goes on, but not to its end.
    Medium,
    /// It makes things better.
    Low,
}

/// A person's reply to a question, about something as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Answer {
    /// Which question.
    pub question: String,
    /// What was said.
    pub says: String,
    /// Who said it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Where it can be read: a ticket, a minute, a pull request.
    pub source: String,
    /// What it is about, as it was.
    pub about: Fingerprint,
}

impl Answer {
    /// Whether what it is about has changed since.
    #[must_use]
    pub fn is_stale(&self, about: Fingerprint) -> bool {
        self.about != about
    }
}
