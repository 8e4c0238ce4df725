//! What stops a reading, and what happened when a request failed.

use chrono::{DateTime, Utc};
use std::fmt;
use toban_core::{Grid, Labels, PortError};

/// Prometheus cannot be asked, or its answer is none to the query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is none that can be asked. It is not repeated, as it may hold a password.
    #[error("the address of Prometheus {problem}")]
    Address {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The client for HTTP cannot be made.
    #[error("no client for HTTP can be made")]
    Client {
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tallies do not fit into a series.
    #[error("query {query:?}: the tallies do not fit into a series")]
    Counts {
        /// The query of all events.
        query: String,
        /// Why not.
        source: toban_slo::CountsError,
    },
    /// Both parts of a ratio must be asked about the same slots.
    #[error("both parts of a ratio need the same `slot`")]
    Differ,
    /// A header holds what cannot stand in one. It is not repeated, as it may be a secret.
    #[error("the {what} holds what cannot stand in a header of HTTP")]
    Header {
        /// What was given.
        what: &'static str,
    },
    /// A sample is no number of the kind that is asked for.
    #[error("query {query:?}: {labels} is {value} at {at}, not {expected}")]
    NotExpected {
        /// The query.
        query: String,
        /// Of which series.
        labels: Labels,
        /// When.
        at: DateTime<Utc>,
        /// The value.
        value: f64,
        /// What it should be.
        expected: Expected,
    },
    /// Prometheus does not answer, or refuses.
    #[error("query {query:?}")]
    Port {
        /// The query.
        query: String,
        /// What happened.
        source: PortError,
    },
    /// Several series have a ratio or a value at the same time.
    #[error("query {query:?}: {labels} is not the only series at {at}; a ratio or a value must be one")]
    SeveralSeries {
        /// The query.
        query: String,
        /// One of the series.
        labels: Labels,
        /// When.
        at: DateTime<Utc>,
    },
    /// There are no instants at the ends of the slots.
    #[error("{} slots from {} on have no ends that can be asked for", .slots.count(), .slots.first())]
    Slots {
        /// The slots.
        slots: Grid,
    },
    /// A slot has 2⁶⁴ events or more.
    #[error("query {query:?}: 2^64 events or more in the slot that ends at {at}")]
    TooMany {
        /// The query.
        query: String,
        /// When the slot ends.
        at: DateTime<Utc>,
    },
}

/// What a sample should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A counter.
    Counter,
    /// A number of events.
    Events,
    /// A share of events.
    Share,
    /// A value of a metric.
    Value,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "a counter, which is a whole number from 0 to 2^64 - 1",
            Self::Events => "a number of events",
            Self::Share => "a ratio from 0 to 1",
            Self::Value => "a value of 0 or more",
        })
    }
}

/// What happened to a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the answer broke off")]
    BrokenOff(#[source] reqwest::Error),
    #[error("what answered does not speak as Prometheus does")]
    Foreign(#[source] serde_json::Error),
    #[error("{labels} holds histograms, not numbers")]
    Histogram { labels: Labels },
    #[error("the answer is not about the instants that were asked for")]
    OtherInstants(#[source] toban_core::SeriesError),
    #[error("it said {status}{message}")]
    Refused { status: u16, message: String },
    #[error("no answer within {seconds} s")]
    Slow { seconds: f64 },
    #[error("the answer has more than {limit} bytes: ask for fewer series")]
    TooLong { limit: usize },
    #[error("it cannot be reached")]
    Unreachable(#[source] reqwest::Error),
}
