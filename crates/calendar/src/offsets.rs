//! A zone's clock, from one change to the next.

use std::ops::Range;
use std::sync::Arc;

use crate::zone::Zone;

/// A stretch in which a zone's clocks keep one distance to UTC; seconds since 1970 and seconds ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Its first second.
    pub(crate) start: i64,
    /// The first second after it.
    pub(crate) end: i64,
    pub(crate) offset: i64,
    /// The offset before it; the same where it is the first.
    pub(crate) before: i64,
    /// The offset after it; the same where it is the last.
    pub(crate) after: i64,
}

impl Stretch {
    /// The civil times that clocks jump over at its start; empty where they do not jump.
    pub(crate) fn gap(&self) -> Range<i64> {
        self.start.saturating_add(self.before)..self.start.saturating_add(self.offset)
    }

    /// The civil times that clocks show again from its start on; empty where they do not fall back.
    pub(crate) fn fold(&self) -> Range<i64> {
        self.start.saturating_add(self.offset)..self.start.saturating_add(self.before)
    }
}

/// More than an offset, or a change of it, is long.
const NEAR: i64 = 2 * 86_400;

/// All stretches of a zone, one after another, without end in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offsets(Arc<[Stretch]>);

impl Offsets {
    /// Those of a zone.
    pub(crate) fn of(zone: Zone) -> Self {
        zone.offsets()
    }

    /// One offset for ever.
    pub(crate) fn fixed(offset: i64) -> Self {
        Self([Stretch { start: i64::MIN, end: i64::MAX, offset, before: offset, after: offset }].into())
    }

    /// The stretches from the one in which the second lies.
    #[inline]
    pub(crate) fn from(&self, second: i64) -> &[Stretch] {
        let place = self.0.partition_point(|stretch| stretch.end <= second).min(self.0.len() - 1);
        self.0.get(place..).unwrap_or_default()
    }

    /// The stretches whose clocks may show, or jump over, a civil time from one to another.
    pub(crate) fn near(&self, from: i64, to: i64) -> &[Stretch] {
        let stretches = self.from(from.saturating_sub(NEAR));
        let end = stretches.partition_point(|stretch| stretch.start <= to.saturating_add(NEAR));
        stretches.get(..end).unwrap_or_default()
    }

    /// The stretches up to the one in which the second lies.
    pub(crate) fn up_to(&self, second: i64) -> &[Stretch] {
        let end = self.0.partition_point(|stretch| stretch.start <= second).max(1);
        self.0.get(..end).unwrap_or_default()
    }
}

#[cfg(feature = "zones")]
pub(crate) use named::of_named;

#[cfg(feature = "zones")]
mod named {
    use super::{Offsets, Stretch};
    use chrono::{DateTime, Offset, TimeZone};
    use chrono_tz::Tz;
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};

    /// December 1834, before the first change that the IANA database knows.
    const FROM: i64 = -4_262_800_000;
    /// 2100, from which on the compiled-in database knows no changes.
    const TO: i64 = 4_102_444_800;
    /// Shorter than any stretch of the database: the shortest is one of four days, in Freetown in 1939.
    const STEP: i64 = 3 * 86_400;

    static KNOWN: Mutex<Option<HashMap<Tz, Offsets>>> = Mutex::new(None);

    /// chrono-tz tells the offset of an instant, not when it changes: that is searched once for each zone, which
    /// takes about two milliseconds.
    pub(crate) fn of_named(tz: Tz) -> Offsets {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(HashMap::new).entry(tz).or_insert_with(|| search(tz)).clone()
    }

    fn search(tz: Tz) -> Offsets {
        let offset = |second| {
            let utc = DateTime::from_timestamp(second, 0).unwrap_or_default().naive_utc();
            i64::from(tz.offset_from_utc_datetime(&utc).fix().local_minus_utc())
        };
        let (mut at, mut current) = (FROM, offset(FROM));
        let mut changes = vec![(i64::MIN, current)];
        while at < TO {
            let (mut low, mut high) = (at, at + STEP);
            if offset(high) == current {
                at = high;
                continue;
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                *if offset(middle) == current { &mut low } else { &mut high } = middle;
            }
            (at, current) = (high, offset(high));
            changes.push((high, current));
        }
        let one = |place: usize| changes.get(place).copied();
        let stretches = changes.iter().enumerate().map(|(place, &(start, offset))| {
            let (end, after) = one(place + 1).unwrap_or((i64::MAX, offset));
            let before = place.checked_sub(1).and_then(one).map_or(offset, |(_, before)| before);
            Stretch { start, end, offset, before, after }
        });
        Offsets(stretches.collect())
    }
}
