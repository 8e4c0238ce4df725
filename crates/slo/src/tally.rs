//! Good events of all events.

use toban_core::{Ratio, Share, compare_products};

/// How many events there were and how many of them were good.
///
/// ```
/// use toban_slo::Tally;
/// let tally = Tally::new(9_856, 10_000)?;
/// assert_eq!(tally.bad(), 144);
/// assert!(Tally::new(2, 1).is_err());
/// # Ok::<(), toban_slo::TallyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    good: u64,
    total: u64,
}

impl Tally {
    /// Seen, but nothing happened.
    pub const ZERO: Self = Self { good: 0, total: 0 };

    /// How finely a precomputed ratio is kept: in billionths.
    pub const RATIO_UNITS: u64 = 1_000_000_000;

    /// `good` of `total` events.
    ///
    /// # Errors
    /// When more were good than there were.
    pub fn new(good: u64, total: u64) -> Result<Self, TallyError> {
        if good <= total {
            Ok(Self { good, total })
        } else {
            Err(TallyError::MoreGoodThanAll { good, total })
        }
    }

    /// `bad` of `total` events.
    ///
    /// # Errors
    /// When more were bad than there were.
    pub fn from_bad(bad: u64, total: u64) -> Result<Self, TallyError> {
        match total.checked_sub(bad) {
            Some(good) => Ok(Self { good, total }),
            None => Err(TallyError::MoreBadThanAll { bad, total }),
        }
    }

    /// `good` events and `bad` events.
    ///
    /// # Errors
    /// When their sum is 2⁶⁴ or more.
    pub fn from_parts(good: u64, bad: u64) -> Result<Self, TallyError> {
        match good.checked_add(bad) {
            Some(total) => Ok(Self { good, total }),
            None => Err(TallyError::TooMany),
        }
    }

    /// A precomputed share of good events, whose number is not known: it weighs [`Tally::RATIO_UNITS`] events,
    /// so that every ratio weighs the same. Rounded down to a billionth, against the service.
    #[must_use]
    pub fn from_ratio(good: Share) -> Self {
        let ratio = good.as_ratio();
        let units = ratio
            .numerator()
            .checked_mul(u128::from(Self::RATIO_UNITS))
            .map_or_else(|| scaled_down(ratio), |units| units / ratio.denominator());
        Self { good: u64::try_from(units).unwrap_or(Self::RATIO_UNITS), total: Self::RATIO_UNITS }
    }

    /// One event, good or bad.
    #[must_use]
    pub fn one(is_good: bool) -> Self {
        Self { good: u64::from(is_good), total: 1 }
    }

    /// Events that were good.
    #[must_use]
    pub fn good(&self) -> u64 {
        self.good
    }

    /// Events that were not good.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.total - self.good
    }

    /// All events.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The share of good events; `None` where there were no events.
    #[must_use]
    pub fn good_share(&self) -> Option<Share> {
        Share::of(self.good, self.total).ok()
    }

    /// Both together, or `None` where 64 bits do not hold the sum.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self { good: self.good.checked_add(other.good)?, total: self.total.checked_add(other.total)? })
    }
}

/// A ratio whose parts are too large to be multiplied, in whole billionths.
fn scaled_down(ratio: Ratio) -> u128 {
    let (shift, units) = (40, u128::from(Tally::RATIO_UNITS));
    let near = ((ratio.numerator() >> shift) * units) / (ratio.denominator() >> shift).max(1);
    // One more or less: what was cut off decides.
    let fits =
        |some: &u128| compare_products(&[*some, ratio.denominator()], &[ratio.numerator(), units]).is_le();
    [near + 1, near].into_iter().find(fits).unwrap_or(near.saturating_sub(1))
}

/// Two numbers are no tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TallyError {
    /// More bad events than events.
    #[error("{bad} of {total} events cannot have been bad")]
    MoreBadThanAll {
        /// The number of bad events.
        bad: u64,
        /// The number of all events.
        total: u64,
    },
    /// More good events than events.
    #[error("{good} of {total} events cannot have been good")]
    MoreGoodThanAll {
        /// The number of good events.
        good: u64,
        /// The number of all events.
        total: u64,
    },
    /// 2⁶⁴ events or more.
    #[error("a tally holds fewer than 2^64 events")]
    TooMany,
}
