//! A half-open stretch of time.

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// A half-open stretch of time, `[start, end)`, never empty.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use toban_core::Interval;
/// let noon = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
/// let hour = Interval::starting(noon, chrono::TimeDelta::hours(1))?;
/// assert!(hour.contains(noon));
/// assert!(!hour.contains(hour.end()));
/// # Ok::<(), toban_core::IntervalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Interval {
    /// The stretch from `start` up to, but without, `end`.
    ///
    /// # Errors
    /// When `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, IntervalError> {
        if start < end { Ok(Self { start, end }) } else { Err(IntervalError { start, end }) }
    }

    /// The stretch of the given length that begins at `start`.
    ///
    /// # Errors
    /// When the length is zero or negative, or the end lies beyond what an instant can express.
    pub fn starting(start: DateTime<Utc>, length: TimeDelta) -> Result<Self, IntervalError> {
        let end = start.checked_add_signed(length).unwrap_or(start);
        Self::new(start, end)
    }

    /// The first instant inside.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Its length, always positive.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    /// Whether the instant lies inside.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }

    /// What both have in common, if anything.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = "%Y-%m-%dT%H:%M:%SZ";
        write!(f, "[{}, {})", self.start.format(shape), self.end.format(shape))
    }
}

/// An interval would have had no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an interval must end after it starts: [{start}, {end})")]
pub struct IntervalError {
    /// The rejected start.
    pub start: DateTime<Utc>,
    /// The rejected end.
    pub end: DateTime<Utc>,
}
