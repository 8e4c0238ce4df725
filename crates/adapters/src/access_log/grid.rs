//! The slots that the lines of a log lie in.

use crate::MOST_SLOTS;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::ops::Range;
use toban_core::Interval;

/// The slots with lines, each with a place in the order in which they turned up. Lines mostly follow one another
/// in time, and need not.
#[derive(Debug)]
pub(super) struct Grid {
    /// Seconds.
    slot: i64,
    places: HashMap<i64, usize>,
    /// The slot of the last line, and its place.
    current: Option<(i64, usize)>,
}

/// More slots have lines than a log may span.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooManySlots;

impl Grid {
    /// A grid of slots of that many seconds, which are more than none.
    pub(super) fn new(slot: i64) -> Self {
        Self { slot, places: HashMap::new(), current: None }
    }

    /// The place of the slot that a line of that second lies in; a slot that had no line before gets the next place.
    pub(super) fn place(&mut self, seconds: i64) -> Result<usize, TooManySlots> {
        let slot = self.slot;
        if let Some((known, place)) = self.current
            && (known * slot..(known + 1) * slot).contains(&seconds)
        {
            return Ok(place);
        }
        let number = seconds.div_euclid(slot);
        let next = self.places.len();
        let place = *self.places.entry(number).or_insert(next);
        self.current = Some((number, place));
        if i64::try_from(place).is_ok_and(|place| place < MOST_SLOTS) { Ok(place) } else { Err(TooManySlots) }
    }

    /// The slots from one second to another, which need not have lines.
    pub(super) fn slots(&self, first: i64, last: i64) -> Range<i64> {
        first.div_euclid(self.slot)..last.div_euclid(self.slot) + 1
    }

    /// How long each slot is.
    pub(super) fn slot(&self) -> TimeDelta {
        TimeDelta::seconds(self.slot)
    }

    /// The longest run of slots without a line between two of these that have one.
    pub(super) fn longest_silence(&self, slots: &Range<i64>) -> Option<Interval> {
        let mut slots: Vec<i64> = self.places.keys().filter(|slot| slots.contains(slot)).copied().collect();
        slots.sort_unstable();
        let silence = |pair: (&i64, &i64)| {
            Interval::new(instant((pair.0 + 1) * self.slot), instant(pair.1 * self.slot))
        };
        let silences = slots.iter().zip(slots.iter().skip(1)).filter_map(|pair| silence(pair).ok());
        silences.max_by_key(Interval::length)
    }

    /// When that slot begins.
    pub(super) fn start_of(&self, slot: i64) -> DateTime<Utc> {
        instant(slot * self.slot)
    }

    /// The place of that slot, where it has a line.
    pub(super) fn place_of(&self, slot: i64) -> Option<usize> {
        self.places.get(&slot).copied()
    }
}

/// That Unix second; the years of an access log have four digits, which always fit.
pub(super) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
}
