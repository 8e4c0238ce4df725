//! Judges: what one answer of a provider says about a new version.

mod aca;
mod compare;
mod dependence;
mod evidence;
mod level;
mod permutation;
mod rank;
mod root;
mod score;
mod shift;
mod threshold;

pub use aca::{AcaJudged, AcaLabel, AcaRules, Direction, EffectMeasure, NanStrategy, Outliers};
pub use compare::{
    Allowed, Because, Compare, CompareError, CompareRules, Compared, Comparison, Looks, Outbreak, Points,
    Side, Spread, Tail,
};
pub use level::{Level, LevelError};
pub use score::{AcaScore, AcaScored, GroupScore, ScoreError, ScoreLabel, ScoreLimits, score};
pub use shift::Shift;
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
    /// One metric as NetflixACAJudge-v1.0 labels it.
    Aca(AcaRules),
    /// The new version beside the old one, with stated risks of being wrong.
    Compare(Compare),
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
    /// The label of a metric.
    Aca(AcaJudged),
    /// A comparison.
    Compared(Box<Comparison>),
    /// The provider did not answer.
    Error {
        /// What it said instead.
        reason: String,
    },
    /// Nothing was answered.
    NoData,
    /// The answer is no finite number; it is never a success, and NaN is no data under strict rules.
    NotFinite,
    /// The answer is not what the judge can read: a value where samples are compared, or samples where a value is.
    Unreadable,
    /// A value.
    Value(f64),
}

impl Judge {
    /// Whether it judges points of both versions, and not a value.
    #[must_use]
    pub fn is_comparison(&self) -> bool {
        !matches!(self, Self::Threshold(_))
    }

    /// What an answer means, at the look of that number, from 1.
    #[must_use]
    pub fn judge(&self, reading: &Reading, look: u32) -> Judged {
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
            (Self::Aca(rules), Reading::Samples { baseline, candidate }) => {
                let label = rules.judge(baseline, candidate);
                judged(label.label.measured(), Ground::Aca(label))
            }
            (Self::Compare(compare), Reading::Samples { baseline, candidate }) => {
                let comparison = compare.judge(baseline, candidate, look);
                let measured = match comparison.compared {
                    Compared::Pass => Measured::Success,
                    Compared::Fail => Measured::Failure,
                    Compared::Undecided => Measured::Inconclusive,
                };
                judged(measured, Ground::Compared(Box::new(comparison)))
            }
            (Self::Threshold(_), Reading::Samples { .. })
            | (Self::Aca(_) | Self::Compare(_), Reading::Value(_)) => {
                judged(Measured::Error, Ground::Unreadable)
            }
        }
    }

    /// What strict rules ask of it beyond being well-formed.
    pub(crate) fn validate(&self) -> Result<(), JudgeError> {
        match self {
            Self::Threshold(threshold) => Ok(threshold.validate()?),
            Self::Aca(_) | Self::Compare(_) => Ok(()),
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
