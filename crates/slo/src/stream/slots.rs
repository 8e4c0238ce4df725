//! How an evaluator cuts time: into slots, and into coarser ones for what lies further back.

use crate::duration::{self, Short};
use chrono::{DateTime, TimeDelta, Utc};

/// The slots of an [`Evaluator`](crate::Evaluator): when they begin, how long they are, how long one waits for late
/// data, and from where on they become coarser.
///
/// Without tiers every window is exact to the slot, and an SLO over 30 days at one minute takes about a megabyte.
/// With tiers a long window begins at an edge of a coarser slot, at most one coarse slot (less one slot) too early.
/// There is no time before the first slot: until the lag has passed, windows end where it begins.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_slo::Slots;
/// let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
/// let slots = Slots::per_minute(start)
///     .with_lag(TimeDelta::minutes(2))?                           // evaluate what ended two minutes ago
///     .with_tier(TimeDelta::hours(1), TimeDelta::minutes(5))?     // windows longer than 1 h in slots of 5 min
///     .with_tier(TimeDelta::hours(6), TimeDelta::minutes(30))?
///     .with_tier(TimeDelta::days(3), TimeDelta::hours(6))?;
/// # let _ = slots;
/// # Ok::<(), toban_slo::SlotsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    pub(crate) start: DateTime<Utc>,
    pub(crate) slot: TimeDelta,
    pub(crate) lag: TimeDelta,
    pub(crate) tiers: Vec<Tier>,
}

/// Windows longer than `beyond` are read in slots of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tier {
    pub(crate) beyond: TimeDelta,
    pub(crate) slot: TimeDelta,
}

/// The longest wait for late data, in slots: each keeps a column of its own open.
const MOST_LAG: i64 = 1 << 12;

impl Slots {
    /// Slots of one minute from `start` on, no lag, every window exact.
    #[must_use]
    pub fn per_minute(start: DateTime<Utc>) -> Self {
        Self { start, slot: TimeDelta::minutes(1), lag: TimeDelta::zero(), tiers: Vec::new() }
    }

    /// Slots of the given length from `start` on, no lag, every window exact.
    ///
    /// # Errors
    /// When the length is not a positive whole number of milliseconds.
    pub fn new(start: DateTime<Utc>, slot: TimeDelta) -> Result<Self, SlotsError> {
        match duration::as_millis(slot) {
            Some(_) => Ok(Self { start, slot, lag: TimeDelta::zero(), tiers: Vec::new() }),
            None => Err(SlotsError::Slot { slot }),
        }
    }

    /// Waits so long for late data: at `now` the windows end at `now - lag`.
    ///
    /// # Errors
    /// When it is negative or longer than 4,096 slots.
    pub fn with_lag(mut self, lag: TimeDelta) -> Result<Self, SlotsError> {
        let slots = duration::millis(lag) / duration::millis(self.slot);
        if lag < TimeDelta::zero() || slots > MOST_LAG {
            return Err(SlotsError::Lag { lag });
        }
        self.lag = lag;
        Ok(self)
    }

    /// Reads windows longer than `beyond` in slots of the length `slot`.
    ///
    /// # Errors
    /// When the slots are not a multiple of those of the tier before, or `beyond` is not longer than that of the
    /// tier before and at least two slots.
    pub fn with_tier(mut self, beyond: TimeDelta, slot: TimeDelta) -> Result<Self, SlotsError> {
        let (finer, nearer) = match self.tiers.last() {
            Some(last) => (last.slot, last.beyond),
            None => (self.slot, self.slot),
        };
        let is_multiple =
            duration::as_millis(slot).is_some_and(|millis| millis % duration::millis(finer) == 0);
        let is_longer = beyond > nearer && duration::as_millis(beyond).is_some();
        if !is_multiple || slot == finer || !is_longer {
            return Err(SlotsError::Tier { beyond, slot, finer, nearer });
        }
        self.tiers.push(Tier { beyond, slot });
        Ok(self)
    }

    /// When the first slot begins.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// How long the finest slots are.
    #[must_use]
    pub fn slot(&self) -> TimeDelta {
        self.slot
    }

    /// How long one waits for late data.
    #[must_use]
    pub fn lag(&self) -> TimeDelta {
        self.lag
    }
}

/// Time cannot be cut so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotsError {
    /// A lag is negative or too long.
    #[error("a lag lies between 0 and {MOST_LAG} slots: {}", Short(*lag))]
    Lag {
        /// The rejected length.
        lag: TimeDelta,
    },
    /// A slot has no length that a grid can be made of.
    #[error("a slot is a positive whole number of milliseconds: {slot}")]
    Slot {
        /// The rejected length.
        slot: TimeDelta,
    },
    /// A tier does not continue the one before it.
    #[error(
        "slots of {} beyond {} must be a multiple of {} and begin further back than {}",
        Short(*slot), Short(*beyond), Short(*finer), Short(*nearer)
    )]
    Tier {
        /// From where on it was to hold.
        beyond: TimeDelta,
        /// The rejected slots.
        slot: TimeDelta,
        /// The slots of the tier before.
        finer: TimeDelta,
        /// Where the tier before begins.
        nearer: TimeDelta,
    },
}
