//! What of the records cannot be read.

use std::error::Error;
use toban_core::PortErrorKind;
use toban_durable::{RunError, Seq, StreamId};

/// A stream that cannot be read to its end, because something in it is damaged; what other streams say stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// Which stream.
    pub stream: StreamId,
    /// The first record that cannot be read, where that is known.
    pub record: Option<Seq>,
    /// What is wrong with it, with all that lies behind it, on one line.
    pub why: String,
}

impl Damage {
    /// The damage that an error tells of; `None` where it tells of something else, such as a journal that is away.
    #[must_use]
    pub fn of(error: &RunError) -> Option<Self> {
        let (stream, record) = match error {
            RunError::Journal { stream, source } if source.kind == PortErrorKind::Invalid => (stream, None),
            RunError::Broken { stream, seq }
            | RunError::Damaged { stream, seq, .. }
            | RunError::Missing { stream, seq }
            | RunError::TooNew { stream, seq, .. }
            | RunError::Unreadable { stream, seq, .. } => (stream, Some(*seq)),
            _ => return None,
        };
        let mut why = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            why = format!("{why}: {cause}");
            source = cause.source();
        }
        Some(Self { stream: stream.clone(), record, why })
    }
}

/// What was read; `None` where something in it is damaged.
pub(crate) fn readable<T>(read: Result<T, RunError>) -> Result<Option<T>, RunError> {
    match read {
        Err(error) if Damage::of(&error).is_some() => Ok(None),
        read => read.map(Some),
    }
}
