//! What a crate answers when a gate asks it.

use chrono::{DateTime, Utc};
use std::fmt;

/// May the thing that was asked about go ahead?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Yes.
    Go,
    /// Not now: ask again later, or let a person decide.
    Hold,
    /// No.
    Stop,
    /// The facts do not say.
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Go => "go",
            Self::Hold => "hold",
            Self::Stop => "stop",
            Self::Undecided => "undecided",
        })
    }
}

/// A named value that a reason rests on, printed exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// What was looked at, such as `budget left`.
    pub name: String,
    /// What it was.
    pub value: String,
}

impl Evidence {
    /// A named value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl fmt::Display) -> Self {
        Self { name: name.into(), value: value.to_string() }
    }
}

/// Why a ruling is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// A stable word for programs, such as `budget-exhausted`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The values that it rests on.
    pub evidence: Vec<Evidence>,
}

impl Reason {
    /// A reason without evidence.
    #[must_use]
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), evidence: Vec::new() }
    }

    /// Adds a value that the reason rests on.
    #[must_use]
    pub fn with_evidence(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.evidence.push(Evidence::new(name, value));
        self
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for (place, Evidence { name, value }) in self.evidence.iter().enumerate() {
            write!(f, "{} {name} {value}", if place == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// A crate's answer to a gate: a verdict that explains itself and says how long it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ruling {
    /// May it go ahead?
    pub verdict: Verdict,
    /// What was ruled on, such as the name of an SLO.
    pub subject: String,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    /// The moment whose facts were looked at.
    pub as_of: DateTime<Utc>,
    /// From when on the ruling must not be used any more; `None`: until something changes.
    pub valid_until: Option<DateTime<Utc>>,
    /// When asking again may give another verdict; `None`: when new facts arrive.
    pub recheck_at: Option<DateTime<Utc>>,
}

impl Ruling {
    /// A ruling on the facts of one moment.
    #[must_use]
    pub fn new(verdict: Verdict, subject: impl Into<String>, reason: Reason, as_of: DateTime<Utc>) -> Self {
        Self {
            verdict,
            subject: subject.into(),
            reasons: vec![reason],
            as_of,
            valid_until: None,
            recheck_at: None,
        }
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.verdict)?;
        for reason in &self.reasons {
            write!(f, "; {reason}")?;
        }
        Ok(())
    }
}
