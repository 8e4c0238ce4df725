//! What is asked of a log.

use super::{Filter, Measure, Silence};

/// What is asked of a log, slot by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// How many lines match `total`, and how many of these also match `bad`.
    BadTotal {
        /// The bad lines among them.
        bad: Filter,
        /// The lines that count at all.
        total: Filter,
    },
    /// How many lines match `total`, and how many of these also match `good`.
    GoodTotal {
        /// The good lines among them.
        good: Filter,
        /// The lines that count at all.
        total: Filter,
    },
    /// A statistic of the request times.
    Value(Measure),
}

impl Query {
    /// Whether the answer depends on request times.
    #[must_use]
    pub fn needs_request_time(&self) -> bool {
        match self {
            Self::BadTotal { bad: part, total } | Self::GoodTotal { good: part, total } => {
                part.latency().or(total.latency()).is_some()
            }
            Self::Value(_) => true,
        }
    }

    /// What a slot means in which the log has no line.
    #[must_use]
    pub fn silence(&self) -> Silence {
        match self {
            Self::BadTotal { bad: part, total } | Self::GoodTotal { good: part, total } => {
                if part.silence() == Silence::Gap { Silence::Gap } else { total.silence() }
            }
            Self::Value(measure) => measure.filter.silence(),
        }
    }

    /// Whether the answer depends on method or path.
    pub(super) fn needs_request(&self) -> bool {
        match self {
            Self::BadTotal { bad: part, total } | Self::GoodTotal { good: part, total } => {
                part.needs_request() || total.needs_request()
            }
            Self::Value(measure) => measure.filter.needs_request(),
        }
    }
}
