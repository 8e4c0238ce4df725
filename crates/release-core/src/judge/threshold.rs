//! A value against limits.

use super::level::Level;
use crate::analysis::Measured;
use serde::{Deserialize, Serialize};
use std::ops::Bound::{self, Excluded, Included, Unbounded};

/// A part of the line of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Region {
    /// More than that.
    Above(Level),
    /// That or more.
    AtLeast(Level),
    /// That or less.
    AtMost(Level),
    /// Less than that.
    Below(Level),
    /// From one to the other, both included.
    Within {
        /// The smallest.
        low: Level,
        /// The largest.
        high: Level,
    },
    /// Less than one or more than the other.
    Outside {
        /// The smallest that is not in it.
        low: Level,
        /// The largest that is not in it.
        high: Level,
    },
}

/// One stretch of it, with its two ends.
type Piece = (Bound<f64>, Bound<f64>);

impl Region {
    /// Whether a number lies in it. NaN and the infinite lie in none.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        use std::ops::RangeBounds;
        value.is_finite() && self.pieces().iter().flatten().any(|piece| piece.contains(&value))
    }

    fn pieces(&self) -> [Option<Piece>; 2] {
        let one = |low, high| [Some((low, high)), None];
        match *self {
            Self::Above(low) => one(Excluded(low.get()), Unbounded),
            Self::AtLeast(low) => one(Included(low.get()), Unbounded),
            Self::AtMost(high) => one(Unbounded, Included(high.get())),
            Self::Below(high) => one(Unbounded, Excluded(high.get())),
            Self::Within { low, high } => one(Included(low.get()), Included(high.get())),
            Self::Outside { low, high } => {
                [Some((Unbounded, Excluded(low.get()))), Some((Excluded(high.get()), Unbounded))]
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Within { low, high } | Self::Outside { low, high } => low > high,
            Self::Above(_) | Self::AtLeast(_) | Self::AtMost(_) | Self::Below(_) => false,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.pieces(), other.pieces());
        ours.iter().flatten().any(|one| theirs.iter().flatten().any(|other| overlap(one, other)))
    }
}

/// Whether two stretches have a number in common.
fn overlap(one: &Piece, other: &Piece) -> bool {
    let is_before = |high: &Bound<f64>, low: &Bound<f64>| match (high, low) {
        (Unbounded, _) | (_, Unbounded) => false,
        (Included(high), Included(low)) => high < low,
        (Included(high) | Excluded(high), Included(low) | Excluded(low)) => high <= low,
    };
    !is_before(&one.1, &other.0) && !is_before(&other.1, &one.0)
}

/// Where a value is a success, and where a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Where it succeeds; `None`: wherever it does not fail.
    #[serde(default)]
    pub success: Option<Region>,
    /// Where it fails, which is looked at first; `None`: wherever it does not succeed.
    #[serde(default)]
    pub failure: Option<Region>,
}

impl Threshold {
    /// It succeeds there, and fails elsewhere.
    #[must_use]
    pub fn success(region: Region) -> Self {
        Self { success: Some(region), failure: None }
    }

    /// It fails there, and succeeds elsewhere.
    #[must_use]
    pub fn failure(region: Region) -> Self {
        Self { success: None, failure: Some(region) }
    }

    /// What a value means. Without any region every finite value is a success, as in Argo Rollouts; NaN and the infinite
    /// never are.
    #[must_use]
    pub fn judge(&self, value: f64) -> Measured {
        if !value.is_finite() {
            return Measured::Failure;
        }
        let is_in = |region: Option<Region>| region.map(|region| region.contains(value));
        match (is_in(self.failure), is_in(self.success)) {
            (Some(true), _) | (None, Some(false)) => Measured::Failure,
            (Some(false) | None, None) | (Some(false) | None, Some(true)) => Measured::Success,
            (Some(false), Some(false)) => Measured::Inconclusive,
        }
    }

    /// What strict rules ask of it.
    pub(crate) fn validate(&self) -> Result<(), ThresholdError> {
        let regions = [self.success, self.failure];
        if regions.iter().flatten().any(Region::is_empty) {
            return Err(ThresholdError::Empty);
        }
        match (self.success, self.failure) {
            (None, None) => Err(ThresholdError::NoCondition),
            (Some(success), Some(failure)) if success.meets(&failure) => Err(ThresholdError::Contradiction),
            _ => Ok(()),
        }
    }
}

/// Limits that decide nothing, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// A value could be both.
    #[error("some values would be a success and a failure")]
    Contradiction,
    /// The lower end lies above the upper one.
    #[error("the low end of a region lies above its high end")]
    Empty,
    /// Every value would succeed.
    #[error("neither success nor failure has a condition: every value would succeed")]
    NoCondition,
}
