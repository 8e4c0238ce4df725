//! Tallies by time, on a grid of equal slots.

use crate::{Tally, duration};
use chrono::{DateTime, TimeDelta, Utc};
use std::borrow::Cow;
use toban_core::Interval;

/// Tallies by time: one slot after another from a start, all of the same length.
///
/// A slot without a tally is a *gap*: neither good nor bad, and not the same as a slot in which nothing happened
/// ([`Tally::ZERO`]). Several tallies in a slot add up, so that late data can simply be added.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_slo::{Counts, Tally};
/// let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
/// let mut counts = Counts::per_minute(start);
/// counts.add(start + TimeDelta::seconds(125), Tally::new(3, 4)?)?;
/// assert_eq!(counts.len(), 3);
/// assert_eq!(counts.at(start), None); // a gap
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    start: DateTime<Utc>,
    slot: TimeDelta,
    slots: Vec<Option<Tally>>,
    events: u64,
    watermark: Option<DateTime<Utc>>,
}

/// The longest series: 2²⁵ slots, 63 years of minutes. A date gone wrong must not take all memory.
const MOST_SLOTS: usize = 1 << 25;

impl Counts {
    /// Slots of one minute from `start` on.
    #[must_use]
    pub fn per_minute(start: DateTime<Utc>) -> Self {
        Self { start, slot: TimeDelta::minutes(1), slots: Vec::new(), events: 0, watermark: None }
    }

    /// Slots of the given length from `start` on.
    ///
    /// # Errors
    /// When the length is not a positive whole number of milliseconds.
    pub fn new(start: DateTime<Utc>, slot: TimeDelta) -> Result<Self, CountsError> {
        if duration::as_millis(slot).is_none() {
            return Err(CountsError::Slot { slot });
        }
        Ok(Self { start, slot, slots: Vec::new(), events: 0, watermark: None })
    }

    /// Says that data is complete only up to `watermark`: a slot that ends later may still grow, and is a gap until
    /// the watermark has passed it.
    #[must_use]
    pub fn with_watermark(mut self, watermark: DateTime<Utc>) -> Self {
        self.watermark = Some(watermark);
        self
    }

    /// Up to when data is complete, where that is known.
    #[must_use]
    pub fn watermark(&self) -> Option<DateTime<Utc>> {
        self.watermark
    }

    /// Adds a tally to the slot that `at` lies in.
    ///
    /// # Errors
    /// When `at` lies before the start or more than 2²⁵ slots after it, or when all events of the series would
    /// be 2⁶⁴ or more. Nothing is added then.
    pub fn add(&mut self, at: DateTime<Utc>, tally: Tally) -> Result<(), CountsError> {
        let place = self.place(at).ok_or(CountsError::BeforeStart { at, start: self.start })?;
        if place >= MOST_SLOTS {
            return Err(CountsError::TooFarAhead { at, start: self.start });
        }
        let events = self.events.checked_add(tally.total()).ok_or(CountsError::TooMany)?;
        if place >= self.slots.len() {
            self.slots.resize(place + 1, None);
        }
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Some(slot.unwrap_or_default().checked_add(tally).ok_or(CountsError::TooMany)?);
        }
        self.events = events;
        Ok(())
    }

    /// Adds every tally of another series, slot by slot at the start of each.
    ///
    /// # Errors
    /// When the slots differ in length or are not on the same grid, or as [`Counts::add`] says.
    pub fn merge(&mut self, other: &Self) -> Result<(), CountsError> {
        let offset = duration::millis(other.start - self.start).rem_euclid(duration::millis(self.slot));
        if other.slot != self.slot || offset != 0 {
            return Err(CountsError::OtherGrid { slot: self.slot, other: other.slot });
        }
        for (at, tally) in other.iter() {
            if let Some(tally) = tally {
                self.add(at, tally)?;
            }
        }
        Ok(())
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

    /// When the last slot with a tally ends; the start where there is none.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.time_of(self.slots.len())
    }

    /// The number of slots up to the last one with a tally, gaps included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no tally at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// All events of the series.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What the slot that `at` lies in holds; `None` for a gap and outside the series.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>) -> Option<Tally> {
        self.slots.get(self.place(at)?).copied().flatten()
    }

    /// What each slot holds as far as it is complete.
    pub(crate) fn complete(&self) -> impl Iterator<Item = Option<Tally>> + '_ {
        // As a number of slots: a time for each would cost more than all that is done with them.
        let ended = |watermark: DateTime<Utc>| {
            duration::millis(watermark - self.start).div_euclid(duration::millis(self.slot))
        };
        let whole = self.watermark.map_or(i64::MAX, ended);
        (0_i64..).zip(&self.slots).map(move |(place, tally)| tally.filter(|_| place < whole))
    }

    /// The series itself where it begins by `until`, else one of the same grid that does and holds nothing: at that
    /// moment nothing had been seen yet.
    pub(crate) fn reaching_back(&self, until: DateTime<Utc>) -> Cow<'_, Self> {
        let slot = duration::millis(self.slot);
        // Rounds towards an earlier start.
        let ahead = duration::millis(until - self.start).div_euclid(slot).saturating_mul(slot);
        match self.start.checked_add_signed(duration::from_millis(ahead)) {
            Some(start) if until < self.start => Cow::Owned(Self {
                start,
                slot: self.slot,
                slots: Vec::new(),
                events: 0,
                watermark: self.watermark,
            }),
            _ => Cow::Borrowed(self),
        }
    }

    /// The start of each slot and what it holds, gaps included, in order.
    pub fn iter(&self) -> impl Iterator<Item = (DateTime<Utc>, Option<Tally>)> + '_ {
        self.slots.iter().enumerate().map(|(place, tally)| (self.time_of(place), *tally))
    }

    /// The stretch from the start to the end of the data; `None` where there is none.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(self.start, self.end()).ok()
    }

    fn place(&self, at: DateTime<Utc>) -> Option<usize> {
        let offset = duration::millis(at - self.start).div_euclid(duration::millis(self.slot));
        // An instant within the first millisecond before the start must not round into the first slot.
        if at < self.start { None } else { usize::try_from(offset).ok() }
    }

    fn time_of(&self, place: usize) -> DateTime<Utc> {
        let slots = i64::try_from(place).unwrap_or(i64::MAX);
        let offset = duration::millis(self.slot).saturating_mul(slots);
        self.start.checked_add_signed(duration::from_millis(offset)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// A tally does not fit into a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountsError {
    /// The instant lies before the first slot.
    #[error("{at} lies before the start of the series, {start}")]
    BeforeStart {
        /// The rejected instant.
        at: DateTime<Utc>,
        /// The start of the series.
        start: DateTime<Utc>,
    },
    /// Two series do not share a grid.
    #[error("slots of {other} do not lie on the grid of slots of {slot}")]
    OtherGrid {
        /// The length of this series' slots.
        slot: TimeDelta,
        /// The length of the other's.
        other: TimeDelta,
    },
    /// A slot has no length that a grid can be made of.
    #[error("a slot is a positive whole number of milliseconds: {slot}")]
    Slot {
        /// The rejected length.
        slot: TimeDelta,
    },
    /// The instant lies more than 2²⁵ slots after the start.
    #[error("{at} lies too far ahead of the start of the series, {start}")]
    TooFarAhead {
        /// The rejected instant.
        at: DateTime<Utc>,
        /// The start of the series.
        start: DateTime<Utc>,
    },
    /// 2⁶⁴ events or more.
    #[error("a series holds fewer than 2^64 events")]
    TooMany,
}
