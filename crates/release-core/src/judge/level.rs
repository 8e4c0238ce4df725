//! A number that somebody chose: finite, equal to itself.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A finite number in the unit of whatever it limits.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Level(f64);

impl Level {
    /// One.
    pub const ONE: Self = Self(1.0);

    /// That number.
    ///
    /// # Errors
    /// When it is NaN or infinite.
    pub fn new(value: f64) -> Result<Self, LevelError> {
        // −0 is 0: what is equal has one hash.
        if value.is_finite() { Ok(Self(value + 0.0)) } else { Err(LevelError { value }) }
    }

    /// As a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// A number that is written here, and finite.
    pub(crate) const fn of(value: f64) -> Self {
        Self(value)
    }
}

impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Level {}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Level {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Level {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl TryFrom<f64> for Level {
    type Error = LevelError;

    fn try_from(value: f64) -> Result<Self, LevelError> {
        Self::new(value)
    }
}

impl From<Level> for f64 {
    fn from(level: Level) -> Self {
        level.0
    }
}

/// No number to hold anything to.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{value} is no level: a level is a finite number")]
pub struct LevelError {
    /// What was given.
    pub value: f64,
}
