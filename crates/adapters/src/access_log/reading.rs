//! What a log says.

use super::Fault;
use crate::Values;
use chrono::{DateTime, Utc};
use std::fmt;
use toban_core::Interval;
use toban_slo::Counts;

/// What a log says: how it was read, and an answer for each query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// All lines.
    pub lines: u64,
    /// Lines that are no entry, or whose time lies too far from that of the others; they count nowhere else.
    pub malformed: u64,
    /// The first of them, at most [`MOST_EXAMPLES`]; one of each kind where there are both.
    pub examples: Vec<Malformed>,
    /// Entries that tell their request time.
    pub with_request_time: u64,
    /// The time of the earliest entry.
    pub first: DateTime<Utc>,
    /// The time of the latest entry.
    pub last: DateTime<Utc>,
    /// The longest stretch of whole slots, the finest that were asked for, in which the log has no line.
    pub longest_silence: Option<Interval>,
    /// An answer for each query, in the order of the queries.
    pub answers: Vec<Answer>,
}

/// The answer to one query.
///
/// It reaches from the slot of the earliest entry to that of the latest, whatever the query counts. In between, a
/// slot in which nothing matched is observed, and empty: no traffic, not a gap. Of a slot in which the log has no line
/// at all the filter says which of the two it is ([`Silence`](super::Silence)). A matching line without request time
/// is left out by a query that needs one, and counted as `without_latency`; a slot in which all matching lines are
/// such is a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Good of total.
    Counts {
        /// By slot.
        counts: Counts,
        /// Matching lines that were left out because they tell no request time.
        without_latency: u64,
    },
    /// The query needs request times, and the log has none at all.
    NoRequestTimes,
    /// A statistic of the request times.
    Values {
        /// By slot.
        values: Values,
        /// Matching lines that were left out because they tell no request time.
        without_latency: u64,
    },
}

/// How many malformed lines are kept as examples.
pub const MOST_EXAMPLES: usize = 5;

/// How many bytes of a malformed line are shown.
const SHOWN: usize = 256;

/// A line that is no entry, or that strays from the others in time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// Its number, counted from one.
    pub line: u64,
    /// What is amiss.
    pub fault: Fault,
    /// The beginning of the line, made fit to be shown: control characters and bytes that are no text are escaped.
    pub excerpt: String,
}

impl Malformed {
    pub(super) fn new(line: u64, fault: Fault, text: &[u8]) -> Self {
        let mut end = text.len().min(SHOWN);
        while end + 3 > SHOWN && text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1; // not through the middle of a character
        }
        let mut excerpt = String::new();
        for chunk in text.get(..end).unwrap_or(text).utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    '"' | '\'' | '\\' => excerpt.push(letter),
                    _ => excerpt.extend(letter.escape_debug()),
                }
            }
            excerpt.extend(chunk.invalid().escape_ascii().map(char::from));
        }
        if end < text.len() {
            excerpt.push('…');
        }
        Self { line, fault, excerpt }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.fault, self.excerpt)
    }
}
