//! What a window holds, and what is left of its error budget.

use crate::{Objective, Tally};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use toban_core::{Interval, Ratio, Share};

/// So many times the error budget: a burn rate, or the part of a budget that is spent.
///
/// A burn rate of 1 spends the budget of a window in exactly that window; spent 0.02 is 2 % of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Burn {
    /// Nothing was seen.
    NoData,
    /// This many times, exactly.
    Times(Ratio),
    /// Something went bad where nothing may: the objective is 100 %.
    Unbounded,
}

impl Burn {
    /// The number, where there is one.
    #[must_use]
    pub fn times(&self) -> Option<Ratio> {
        match self {
            Self::Times(ratio) => Some(*ratio),
            Self::NoData | Self::Unbounded => None,
        }
    }
}

impl fmt::Display for Burn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData => f.pad("no data"),
            Self::Times(ratio) => ratio.fmt(f),
            Self::Unbounded => f.pad("no budget"),
        }
    }
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Balance {
    /// So much is left; zero when exactly all is spent.
    Left(Ratio),
    /// So much more than allowed was spent.
    Overspent(Ratio),
}

impl Balance {
    /// What is left of `allowed` after `bad`; both must be short enough to be subtracted.
    pub(crate) fn of(allowed: Ratio, bad: Ratio) -> Self {
        match (allowed.checked_sub(bad), bad.checked_sub(allowed)) {
            (Some(left), _) => Self::Left(left),
            (None, over) => Self::Overspent(over.unwrap_or(bad)),
        }
    }

    /// Whether more than the budget was spent.
    #[must_use]
    pub fn is_overspent(&self) -> bool {
        matches!(self, Self::Overspent(_))
    }

    /// The nearest float, negative where overspent: for drawing, never for a decision.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Left(ratio) => ratio.to_f64(),
            Self::Overspent(ratio) => -ratio.to_f64(),
        }
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left(ratio) => ratio.fmt(f),
            Self::Overspent(ratio) => match f.precision() {
                Some(digits) => f.pad_integral(true, "", &format!("-{ratio:.digits$}")),
                None => f.pad_integral(true, "", &format!("-{ratio}")),
            },
        }
    }
}

/// What a reading counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Events, such as requests.
    Events,
    /// Billionths of a precomputed ratio.
    RatioShares,
    /// Billionths of a slice of time.
    SliceShares,
    /// Slices of time.
    Slices,
}

impl Unit {
    /// How much of it is one event, one ratio or one slice.
    pub(crate) fn one(self) -> u64 {
        match self {
            Self::Events | Self::Slices => 1,
            Self::RatioShares | Self::SliceShares => Tally::RATIO_UNITS,
        }
    }
}

/// What was counted over a stretch of time, and how much of that time was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The stretch that was asked for, on the grid of the data.
    pub interval: Interval,
    /// Good and total, in `unit`.
    pub tally: Tally,
    /// What the tally counts.
    pub unit: Unit,
    /// Slots in the stretch: its length in steps of the grid.
    pub slots: u64,
    /// Those of them in which data was to be expected: since the record began, without time that a correction
    /// drops.
    pub expected: u64,
    /// Those of the expected slots that hold data.
    pub observed: u64,
}

impl Reading {
    /// The share of bad; `None` where nothing was counted.
    #[must_use]
    pub fn error_ratio(&self) -> Option<Share> {
        Share::of(self.tally.bad(), self.tally.total()).ok()
    }

    /// The share of the expected time that was seen; `None` where nothing was expected.
    #[must_use]
    pub fn coverage(&self) -> Option<Share> {
        Share::of(self.observed, self.expected).ok()
    }

    /// The share of the whole stretch that was seen.
    #[must_use]
    pub fn reach(&self) -> Share {
        Share::of(self.observed, self.slots).unwrap_or(Share::NONE)
    }

    /// How fast the budget of `objective` burns: the share of bad over the share that is allowed.
    ///
    /// Seen but without traffic is a burn rate of 0; not seen at all is [`Burn::NoData`].
    #[must_use]
    pub fn burn(&self, objective: Objective) -> Burn {
        let (bad, total) = (u128::from(self.tally.bad()), u128::from(self.tally.total()));
        let (num, den) = objective.allowance();
        if self.observed == 0 {
            Burn::NoData
        } else if bad == 0 {
            Burn::Times(Ratio::ZERO)
        } else if num == 0 {
            Burn::Unbounded
        } else {
            // At most 64 and 40 bits a side.
            Ratio::new(bad * u128::from(den), total * u128::from(num)).map_or(Burn::NoData, Burn::Times)
        }
    }

    /// The error budget of `objective` over what was counted.
    #[must_use]
    pub fn budget(&self, objective: Objective) -> Budget {
        let (num, den) = objective.allowance();
        let allowed = Ratio::new(u128::from(self.tally.total()) * u128::from(num), u128::from(den));
        let allowed = allowed.unwrap_or(Ratio::ZERO);
        let bad = Ratio::from(self.tally.bad());
        Budget { allowed, bad, left: Balance::of(allowed, bad), spent: self.burn(objective) }
    }

    /// The budget of the whole window of which this is what the record has seen so far: `slots` are those of the
    /// whole, without time that a correction drops.
    pub(crate) fn whole_budget(&self, objective: Objective, slots: u64) -> WholeBudget {
        let budget = self.budget(objective);
        let seen = Ratio::new(self.expected.into(), slots.into()).unwrap_or(Ratio::ONE);
        // Where 128 bits do not hold the product, the stricter figure stands: that of what was seen.
        let allowed = budget.allowed.checked_div(seen).unwrap_or(budget.allowed);
        let spent = match budget.spent {
            Burn::Times(spent) => Burn::Times(spent.checked_mul(seen).unwrap_or(spent)),
            other => other,
        };
        WholeBudget { slots, expected: self.expected, allowed, spent }
    }

    /// The length of the stretch.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.interval.length()
    }

    /// The end of the stretch.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.interval.end()
    }
}

/// The error budget of a window, in the unit of its reading: `bad + left = allowed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// What may be bad: the share that the objective allows, of all that was counted.
    pub allowed: Ratio,
    /// What was bad.
    pub bad: Ratio,
    /// What is left.
    pub left: Balance,
    /// The spent part of the budget: `bad / allowed`.
    pub spent: Burn,
}

/// The error budget of a whole window, of which a young record or a period of the calendar that is not over has seen
/// only a part: what the rest allows is taken from the mean traffic so far.
///
/// One bad event among the first 500 of a month spends twice the budget of those 500, and hardly anything of the
/// month's. Where the whole window was seen, both budgets are the same.
///
/// Time that has passed without data brings no allowance: it is not counted as good traffic that nobody saw. So what is
/// spent grows while a source is silent, until it says at the end of the window what was seen in all of it. Of a month
/// of thirty days, 40 % is spent after ten; were nothing seen from then on, it would be 80 % after twenty and 120 % at
/// its end. How much was seen is its coverage ([`Reading::coverage`]), and a
/// [`BudgetPolicy`](crate::BudgetPolicy) demands nine tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WholeBudget {
    /// The slots of the whole window, or of the whole period of the calendar, without time that a correction drops.
    pub slots: u64,
    /// Those of them that lie in the record so far: [`Reading::expected`].
    pub expected: u64,
    /// What may be bad in the whole window, in the unit of the reading: what is allowed of what was counted, times
    /// `slots / expected`.
    pub allowed: Ratio,
    /// The spent part of it: the spent part of the budget so far, times `expected / slots`.
    pub spent: Burn,
}
