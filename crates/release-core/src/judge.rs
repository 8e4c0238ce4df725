//! Judges: what one answer of a provider says about a new version.

mod level;
mod threshold;

pub use level::{Level, LevelError};
pub use threshold::{Region, Threshold, ThresholdError};

use crate::analysis::Measured;
use serde::{Deserialize, Serialize};

/// What a provider answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reading {
    /// One number.
    Value(f64),
    /// The points of both versions over the same stretch, in the order of time.
    Samples {
        /// Of the version that is there already.
        baseline: Vec<f64>,
        /// Of the new one.
        candidate: Vec<f64>,
    },
    /// Nothing.
    NoData,
    /// It did not answer.
    Error {
        /// What it said instead.
        reason: String,
    },
}

/// Who says what an answer means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Judge {
    /// A value against limits.
    Threshold(Threshold),
}

/// What an answer means, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judged {
    /// What it comes to.
    pub measured: Measured,
    /// Why.
    pub ground: Ground,
}

/// Why an answer means what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ground {
    /// The provider did not answer.
    Error {
        /// What it said instead.
        reason: String,
    },
    /// Nothing was answered.
    NoData,
    /// The answer is no number; it is never a success.
    NotFinite,
    /// The answer is not what the judge can read: a value where samples are compared, or samples where a value is.
    Unreadable,
    /// A value.
    Value(f64),
}

impl Judge {
    /// What an answer means, at the look of that number, from 1.
    #[must_use]
    pub fn judge(&self, reading: &Reading, _look: u32) -> Judged {
        let judged = |measured, ground| Judged { measured, ground };
        match (self, reading) {
            (_, Reading::NoData) => judged(Measured::NoData, Ground::NoData),
            (_, Reading::Error { reason }) => {
                judged(Measured::Error, Ground::Error { reason: reason.clone() })
            }
            (Self::Threshold(threshold), Reading::Value(value)) => {
                let ground = if value.is_finite() { Ground::Value(*value) } else { Ground::NotFinite };
                judged(threshold.judge(*value), ground)
            }
            (Self::Threshold(_), Reading::Samples { .. }) => judged(Measured::Error, Ground::Unreadable),
        }
    }

    /// What strict rules ask of it beyond being well-formed.
    pub(crate) fn validate(&self) -> Result<(), JudgeError> {
        match self {
            Self::Threshold(threshold) => Ok(threshold.validate()?),
        }
    }
}

/// A judge that cannot judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// Its limits.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
}
