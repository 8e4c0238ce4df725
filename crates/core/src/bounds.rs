//! Exact bounds on what was counted: how sure can one be of a rate, having seen so few events?

use crate::special::{binomial_tails, poisson_tails, solve_rising};
use crate::{RatioError, Share};
use std::fmt;

/// How sure a statement must be: an exact number strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(Share);

impl Confidence {
    /// 80 %: wrong one time in five.
    pub const FOUR_FIFTHS: Self = Self(Share::FOUR_FIFTHS);

    /// The confidence that a percentage such as `"95"` names.
    ///
    /// # Errors
    /// When the text is no decimal, or not strictly between 0 and 100.
    pub fn percent(text: &str) -> Result<Self, ConfidenceError> {
        Self::new(Share::percent(text)?)
    }

    /// The confidence that a share names.
    ///
    /// # Errors
    /// When the share is 0 or 1: nothing is proven by no evidence, and nothing observed proves for certain.
    pub fn new(share: Share) -> Result<Self, ConfidenceError> {
        if share == Share::NONE || share == Share::ALL {
            return Err(ConfidenceError::OutOfRange { share });
        }
        Ok(Self(share))
    }

    /// As a number between 0 and 1.
    #[must_use]
    pub fn as_share(&self) -> Share {
        self.0
    }

    fn risk(self) -> f64 {
        self.0.rest().to_f64()
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_percent())
    }
}

/// A text or a share is no confidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfidenceError {
    /// The value is 0 or 1.
    #[error("a confidence lies strictly between 0 and 1: {share}")]
    OutOfRange {
        /// The rejected value.
        share: Share,
    },
    /// The text is no decimal number.
    #[error(transparent)]
    Ratio(#[from] RatioError),
}

/// P(X ≥ `events`) where each of `trials` independent trials is an event with probability `chance`.
///
/// Accurate to about twelve digits also in far tails and for billions of trials.
///
/// ```
/// use toban_core::{Share, bounds};
/// // A fair coin: at least 8 heads of 10 is 56 of 1024.
/// let p = bounds::binomial_at_least(8, 10, Share::of(1, 2)?);
/// assert!((p - 56.0 / 1024.0).abs() < 1e-15);
/// # Ok::<(), toban_core::RatioError>(())
/// ```
#[must_use]
pub fn binomial_at_least(events: u64, trials: u64, chance: Share) -> f64 {
    at_least(events, trials, chance.to_f64(), chance.rest().to_f64())
}

fn at_least(events: u64, trials: u64, chance: f64, rest: f64) -> f64 {
    if events == 0 {
        1.0
    } else if events > trials || chance <= 0.0 {
        0.0
    } else if rest <= 0.0 {
        1.0
    } else {
        binomial_tails(float(events), float(trials), chance, rest).0
    }
}

/// P(X ≤ `events`) where each of `trials` independent trials is an event with probability `chance`.
#[must_use]
pub fn binomial_at_most(events: u64, trials: u64, chance: Share) -> f64 {
    let (chance, rest) = (chance.to_f64(), chance.rest().to_f64());
    if events >= trials || chance <= 0.0 {
        1.0
    } else if rest <= 0.0 {
        0.0
    } else {
        binomial_tails(float(events) + 1.0, float(trials), chance, rest).1
    }
}

/// The one-sided exact lower bound (Clopper and Pearson, 1934) on the chance behind `events` of `trials`:
/// were the chance smaller, so many events would have been seen with probability below 1 − `confidence`.
///
/// No events prove nothing: 0.
#[must_use]
pub fn binomial_lower(events: u64, trials: u64, confidence: Confidence) -> f64 {
    if events == 0 || trials == 0 {
        return 0.0;
    }
    solve_rising(f64::MIN_POSITIVE, 1.0, confidence.risk(), |chance| {
        at_least(events, trials, chance, 1.0 - chance)
    })
}

/// The one-sided exact upper bound (Clopper and Pearson, 1934) on the chance behind `events` of `trials`.
///
/// No trials exclude nothing: 1.
#[must_use]
pub fn binomial_upper(events: u64, trials: u64, confidence: Confidence) -> f64 {
    if trials == 0 || events >= trials {
        return 1.0;
    }
    // The small tail, P(X ≤ events), falls to the risk: solving for the large one would cost digits.
    solve_rising(f64::MIN_POSITIVE, 1.0, -confidence.risk(), |chance| {
        -binomial_tails(float(events) + 1.0, float(trials), chance, 1.0 - chance).1
    })
}

/// The one-sided exact lower bound (Garwood, 1936) on the mean number of events behind a count.
#[must_use]
pub fn poisson_lower(events: u64, confidence: Confidence) -> f64 {
    if events == 0 {
        return 0.0;
    }
    let events = float(events);
    solve_rising(f64::MIN_POSITIVE, events.max(1.0) * 2.0 + 1000.0, confidence.risk(), |mean| {
        poisson_tails(events, mean).0
    })
}

/// The one-sided exact upper bound (Garwood, 1936) on the mean number of events behind a count.
#[must_use]
pub fn poisson_upper(events: u64, confidence: Confidence) -> f64 {
    let next = float(events) + 1.0;
    solve_rising(f64::MIN_POSITIVE, next * 2.0 + 1000.0, -confidence.risk(), |mean| {
        -poisson_tails(next, mean).1
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "above 2⁵³ events the last digit of a probability does not matter"
)]
fn float(count: u64) -> f64 {
    count as f64
}
