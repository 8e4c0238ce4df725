//! What stops the reading of a log.

use super::Malformed;
use crate::LONGEST_LINE;
use chrono::{DateTime, TimeDelta, Utc};

/// An access log cannot be read. Each names the log, and the place in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The tallies of a query do not fit into a series.
    #[error("{log}: the tallies do not fit into a series")]
    Counts {
        /// The name of the log.
        log: String,
        /// Why not.
        source: toban_slo::CountsError,
    },
    /// The log has no bytes.
    #[error("{log}: the log is empty")]
    Empty {
        /// The name of the log.
        log: String,
    },
    /// The compressed data is cut off or damaged.
    #[error("{log}: the gzip data is cut off or damaged after line {line}")]
    Gzip {
        /// The name of the log.
        log: String,
        /// The last line that could be read; 0 where there is none.
        line: u64,
        /// What the decompression says.
        source: std::io::Error,
    },
    /// A line is longer than [`LONGEST_LINE`].
    #[error("{log}: line {line} is longer than {LONGEST_LINE} bytes")]
    LineTooLong {
        /// The name of the log.
        log: String,
        /// The line, counted from one.
        line: u64,
    },
    /// No line is an entry.
    #[error("{log}: none of its {lines} lines is an entry of an access log; {first}")]
    NoEntry {
        /// The name of the log.
        log: String,
        /// How many lines it has.
        lines: u64,
        /// The first of them.
        first: Box<Malformed>,
    },
    /// The file cannot be opened.
    #[error("{log}: the log cannot be opened")]
    Open {
        /// The name of the log.
        log: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The bytes cannot be read.
    #[error("{log}: the log cannot be read after line {line}")]
    Read {
        /// The name of the log.
        log: String,
        /// The last line that could be read; 0 where there is none.
        line: u64,
        /// What the system says.
        source: std::io::Error,
    },
    /// A slot has no length that a log can be cut into.
    #[error("a slot of an access log is a whole number of seconds, at least one and at most a day: {slot}")]
    Slot {
        /// The rejected length.
        slot: TimeDelta,
    },
    /// The lines reach over so long a time that some of the clocks must be wrong, or the slots are too short.
    #[error(
        "{log}: line {line} is of {at}, line {other_line} is of {other_at}: that is more than {slots} slots apart"
    )]
    TooFarApart {
        /// The name of the log.
        log: String,
        /// The first or the last line in time, whichever stands later in the log, counted from one.
        line: u64,
        /// Its time.
        at: DateTime<Utc>,
        /// The line at the other end of the log's time.
        other_line: u64,
        /// Its time.
        other_at: DateTime<Utc>,
        /// How many slots a log may span.
        slots: i64,
    },
}
