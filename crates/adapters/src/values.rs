//! Values by time, on a grid of equal slots.

use chrono::{DateTime, TimeDelta, Utc};
use toban_core::Ratio;
use toban_slo::{Counts, CountsError, Indicator, Observation, Tally};

/// How many slots a series from outside may span: 2²², which is eight years of minutes. A clock gone wrong must not
/// take all memory.
pub const MOST_SLOTS: i64 = 1 << 22;

/// Values by time: one slot after another from a start, all of the same length.
///
/// What a threshold metric is judged by: mean response times, queue lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    start: DateTime<Utc>,
    slot: TimeDelta,
    slots: Vec<SlotValue>,
}

/// What is known about a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotValue {
    /// Nothing is known.
    Gap,
    /// Nothing happened that could have a value.
    Idle,
    /// The value, exactly.
    Value(Ratio),
}

impl Values {
    /// Values of slots of that length from `start` on.
    #[must_use]
    pub fn new(start: DateTime<Utc>, slot: TimeDelta, slots: Vec<SlotValue>) -> Self {
        Self { start, slot, slots }
    }

    /// Good of total, as the threshold of the indicator judges each value: an idle slot is one without events, a
    /// gap stays a gap.
    ///
    /// # Errors
    /// When the slots are no grid of [`Counts`].
    pub fn judge(&self, indicator: &Indicator) -> Result<Counts, CountsError> {
        let mut counts = Counts::new(self.start, self.slot)?;
        for (at, value) in self.iter() {
            let tally = match value {
                SlotValue::Gap => None,
                SlotValue::Idle => Some(Tally::ZERO),
                SlotValue::Value(value) => indicator.judge(&Observation::Value(value)),
            };
            if let Some(tally) = tally {
                counts.add(at, tally)?;
            }
        }
        Ok(counts)
    }

    /// When the first slot begins.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// How long each slot is.
    #[must_use]
    pub fn slot(&self) -> TimeDelta {
        self.slot
    }

    /// What is known about the slot at that place, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<SlotValue> {
        self.slots.get(place).copied()
    }

    /// The start of each slot and what is known about it, in order.
    pub fn iter(&self) -> impl Iterator<Item = (DateTime<Utc>, SlotValue)> + '_ {
        let starts = std::iter::successors(Some(self.start), |at| at.checked_add_signed(self.slot));
        starts.zip(self.slots.iter().copied())
    }
}
