//! Why a machine stands still.

use crate::journal::{Seq, StreamId};
use std::error::Error;
use toban_core::PortError;

/// A stream cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The journal failed.
    #[error("the journal of {stream} cannot be used")]
    Journal {
        /// Which stream.
        stream: StreamId,
        /// What happened.
        source: PortError,
    },
    /// A record says something that this machine does not know, or is torn. What stands before it can be read.
    #[error("record {seq} of {stream} cannot be read")]
    Damaged {
        /// Which stream.
        stream: StreamId,
        /// Which record.
        seq: Seq,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The store has lost a record. What stands before it can be read.
    #[error("record {seq} of {stream} cannot be read")]
    Unreadable {
        /// Which stream.
        stream: StreamId,
        /// Which record.
        seq: Seq,
        /// What the journal says.
        source: PortError,
    },
    /// The journal says that there is a record, or one was there before, and it is not there. What stands before it
    /// can be read.
    #[error("record {seq} of {stream} is missing: the journal has lost it")]
    Missing {
        /// Which stream.
        stream: StreamId,
        /// Which record.
        seq: Seq,
    },
    /// A record is missing, was changed, or belongs elsewhere: its hash does not follow from what stands before.
    #[error(
        "record {seq} of {stream} does not follow from the records before it: one of them was changed, or is missing"
    )]
    Broken {
        /// Which stream.
        stream: StreamId,
        /// The first record that does not follow.
        seq: Seq,
    },
    /// A newer build wrote this.
    #[error("record {seq} of {stream} is of version {found}, this build reads up to {known}")]
    TooNew {
        /// Which stream.
        stream: StreamId,
        /// Which record.
        seq: Seq,
        /// Its version.
        found: u16,
        /// The version of this build.
        known: u16,
    },
    /// What was decided cannot be written as text.
    #[error("a decision for {stream} cannot be written as JSON")]
    Encode {
        /// Which stream.
        stream: StreamId,
        /// Why.
        source: serde_json::Error,
    },
    /// Orders are performed by whoever holds the claim, and that is not this process, or not any more.
    #[error("{stream} is driven by {}", by.as_deref().unwrap_or("another process, or by none"))]
    NotHeld {
        /// Which stream.
        stream: StreamId,
        /// Who holds the claim, where that is known.
        by: Option<String>,
    },
}

/// A request did not become history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError<R: Error + 'static> {
    /// The machine does not grant it; nothing was written.
    #[error(transparent)]
    Refused(R),
    /// It could not be written down.
    #[error(transparent)]
    Run(#[from] RunError),
}
