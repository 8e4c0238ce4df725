//! The slots that the lines of a log lie in.

use crate::MOST_SLOTS;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
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
    ends: Option<(End, End)>,
}

/// The earliest or the latest line.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) seconds: i64,
    pub(super) line: u64,
}

/// A line lies too far from the one at the other end of the log's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooFarFrom(pub(super) End);

impl Grid {
    /// A grid of slots of that many seconds, which are more than none.
    pub(super) fn new(slot: i64) -> Self {
        Self { slot, places: HashMap::new(), current: None, ends: None }
    }

    /// The place of the slot that a line lies in; a slot that had no line before gets the next place.
    pub(super) fn place(&mut self, line: u64, seconds: i64) -> Result<usize, TooFarFrom> {
        let here = End { seconds, line };
        let (first, last) = self.ends.get_or_insert((here, here));
        if seconds < first.seconds {
            *first = here;
        } else if seconds > last.seconds {
            *last = here;
        }
        let slot = self.slot;
        if let Some((known, place)) = self.current
            && (known * slot..(known + 1) * slot).contains(&seconds)
        {
            return Ok(place);
        }
        let number = seconds.div_euclid(slot);
        if last.seconds.div_euclid(slot) - first.seconds.div_euclid(slot) >= MOST_SLOTS {
            return Err(TooFarFrom(if first.line == line { *last } else { *first }));
        }
        let next = self.places.len();
        let place = *self.places.entry(number).or_insert(next);
        self.current = Some((number, place));
        Ok(place)
    }

    /// When the first slot begins.
    pub(super) fn start(&self) -> DateTime<Utc> {
        instant(self.ends.map_or(0, |(first, _)| first.seconds.div_euclid(self.slot)) * self.slot)
    }

    /// How long each slot is.
    pub(super) fn slot(&self) -> TimeDelta {
        TimeDelta::seconds(self.slot)
    }

    /// The longest run of slots without a line between two that have one.
    pub(super) fn longest_silence(&self) -> Option<Interval> {
        let mut slots: Vec<i64> = self.places.keys().copied().collect();
        slots.sort_unstable();
        let silence = |pair: (&i64, &i64)| {
            Interval::new(instant((pair.0 + 1) * self.slot), instant(pair.1 * self.slot))
        };
        let silences = slots.iter().zip(slots.iter().skip(1)).filter_map(|pair| silence(pair).ok());
        silences.max_by_key(Interval::length)
    }

    /// The start of each slot from the first to the last, and its place, where it has a line.
    pub(super) fn places(&self) -> impl Iterator<Item = (DateTime<Utc>, Option<usize>)> + '_ {
        let range = self.ends.map_or(0..0, |(first, last)| {
            first.seconds.div_euclid(self.slot)..last.seconds.div_euclid(self.slot) + 1
        });
        range.map(|number| (instant(number * self.slot), self.places.get(&number).copied()))
    }
}

/// That Unix second; the years of an access log have four digits, which always fit.
pub(super) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
}
