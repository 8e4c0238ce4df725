//! What may be asked of a firing, and why it may be refused.

use super::event::Begun;
use chrono::{DateTime, Utc};
use toban_core::Text;

/// What somebody asks of a firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Begin.
    Begin(Box<Begun>),
    /// It is done.
    Done {
        /// Who did it.
        by: String,
        /// Which of the task's completion conditions are met, by their places from 0: all have to be.
        conditions: Vec<usize>,
        /// What shows it: one for each piece of evidence that the task asks for.
        evidence: Vec<String>,
    },
    /// It need not be done.
    Waive {
        /// Who decides that.
        by: String,
        /// Why.
        why: String,
    },
    /// It was tried and does not work, or a program in doubt is known to have failed.
    Fail {
        /// Who.
        by: String,
        /// What happened.
        why: String,
    },
    /// A program in doubt is known not to have done it: let it try again.
    Retry {
        /// Who.
        by: String,
        /// How that is known.
        why: String,
    },
    /// It cannot be done for the time being: people are not reminded of its deadline, and it is not missed meanwhile.
    Block {
        /// Who.
        by: String,
        /// By what.
        why: String,
    },
    /// It can be done again.
    Unblock {
        /// Who.
        by: String,
        /// What has changed.
        why: String,
    },
    /// Let it end: what people do ends with this, a program is asked to, or ended.
    End {
        /// Whether its program is ended, or asked to end.
        is_at_once: bool,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// The time until which people may do it is over.
    GiveUp,
}

impl Request {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begin(_) => "begin",
            Self::Done { .. } => "done",
            Self::Waive { .. } => "waive",
            Self::Fail { .. } => "fail",
            Self::Retry { .. } => "retry",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::End { .. } => "end",
            Self::GiveUp => "give up",
        }
    }
}

/// A request was not granted; nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{request} is refused while the firing {phase}: {why}")]
pub struct Refused {
    /// What was asked.
    pub request: &'static str,
    /// Where the firing stands.
    pub phase: &'static str,
    /// Why not.
    pub why: Why,
}

/// Why a request is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// There is nothing of the kind to do now.
    #[error("there is nothing of the kind to do")]
    NotNow,
    /// Who and why must be known.
    #[error("it needs a name and a reason")]
    NoReason,
    /// What counts as done is not all met.
    #[error("not every completion condition is met: {}", listed(missing))]
    Conditions {
        /// Those that are not.
        missing: Vec<Text>,
    },
    /// The task has no such completion condition.
    #[error("the task has {count} completion conditions, and no number {}", place + 1)]
    NoCondition {
        /// What was named, from 0.
        place: usize,
        /// How many there are.
        count: usize,
    },
    /// What shows it is missing.
    #[error("the task asks for evidence: {}", listed(missing))]
    Evidence {
        /// What the task asks for and nobody gave, in its order.
        missing: Vec<Text>,
    },
    /// It may still be done.
    #[error("it may be done until {until}")]
    TooEarly {
        /// Until when.
        until: DateTime<Utc>,
    },
}

fn listed(texts: &[Text]) -> String {
    texts.iter().map(|text| text.en.as_str()).collect::<Vec<_>>().join("; ")
}
