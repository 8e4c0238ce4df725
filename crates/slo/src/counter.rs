//! Cumulative counters, as Prometheus and many libraries expose them: resets, duplicates, late samples.

use crate::duration;
use crate::{Counts, CountsError, Tally};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Samples of a cumulative counter, in whatever order they arrive.
///
/// A value below the one before it is a reset: the counter began again at zero. The increase between two samples is
/// known only as a whole, at the later one.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_slo::Counter;
/// let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
/// let mut counter = Counter::new();
/// for (minute, value) in [(0, 100), (1, 130), (3, 20), (2, 140)] {
///     counter.observe(start + TimeDelta::minutes(minute), value)?;
/// }
/// // 30, 10, and 20 after a reset.
/// assert_eq!(counter.increase(start, start + TimeDelta::minutes(3)), Some(60));
/// # Ok::<(), toban_slo::CounterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    samples: BTreeMap<DateTime<Utc>, u64>,
}

/// What became of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Noted {
    /// The same sample was there already.
    Duplicate,
    /// It lies before a sample that was there already.
    Late,
    /// It is the newest.
    New,
}

impl Counter {
    /// A counter without samples.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A counter that is known to have begun at zero at that moment, so that its first sample counts as well.
    #[must_use]
    pub fn created(at: DateTime<Utc>) -> Self {
        Self { samples: BTreeMap::from([(at, 0)]) }
    }

    /// Adds a sample.
    ///
    /// # Errors
    /// When there is another value for the same moment; the first one stays.
    pub fn observe(&mut self, at: DateTime<Utc>, value: u64) -> Result<Noted, CounterError> {
        let newest = self.samples.last_key_value().map(|(newest, _)| *newest);
        match self.samples.insert(at, value) {
            None => Ok(if newest.is_some_and(|newest| at < newest) { Noted::Late } else { Noted::New }),
            Some(first) if first == value => Ok(Noted::Duplicate),
            Some(first) => {
                self.samples.insert(at, first);
                Err(CounterError::Conflict { at, first, second: value })
            }
        }
    }

    /// Forgets what lies before a moment, except the last sample before it, from which the next increase counts.
    pub fn forget_before(&mut self, at: DateTime<Utc>) {
        if let Some(last) = self.samples.range(..at).next_back().map(|(last, _)| *last) {
            self.samples = self.samples.split_off(&last);
        }
    }

    /// The increase from the first to the last sample in `[from, to]`; `None` where there are fewer than two.
    ///
    /// Where samples lie on both ends, this is Prometheus' `increase()` over `to - from`, evaluated at `to`.
    /// Elsewhere Prometheus extrapolates to the ends of the window, and this does not: it counts what was counted.
    #[must_use]
    pub fn increase(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<u64> {
        if from > to {
            return None;
        }
        let mut increases = increases(self.samples.range(from..=to)).peekable();
        increases.peek()?;
        increases.try_fold(0_u64, |sum, (_, increase)| sum.checked_add(increase))
    }

    /// How often the counter began again.
    #[must_use]
    pub fn resets(&self) -> usize {
        let values = self.samples.values();
        values.clone().zip(values.skip(1)).filter(|(before, after)| after < before).count()
    }

    /// Signs that this is no counter at all.
    #[must_use]
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let steps = self.samples.len().saturating_sub(1);
        let falls = self.resets();
        let mut found = Vec::new();
        if steps >= 10 && falls * 10 > steps {
            found.push(Anomaly::LooksLikeGauge { falls, steps });
        }
        if steps >= 10 && increases(self.samples.iter()).all(|(_, increase)| increase == 0) {
            found.push(Anomaly::NeverMoves { steps });
        }
        found
    }

    /// Good and bad by slot, from a counter of bad events and one of all events.
    ///
    /// What a counter rose by between two samples counts in the slot that ends with, or holds, the later sample; the
    /// slots between them are gaps. A slot counts only where both counters have an increase in it. A slot with more
    /// bad events than events, as happens when the two were not read at the same moment, is a gap as well and is
    /// listed.
    ///
    /// # Errors
    /// As [`Counts::new`] and [`Counts::add`].
    pub fn tally(
        bad: &Self,
        total: &Self,
        start: DateTime<Utc>,
        slot: TimeDelta,
    ) -> Result<(Counts, Vec<Anomaly>), CounterError> {
        let mut counts = Counts::new(start, slot)?;
        let (bad, total) = (bad.by_slot(start, slot), total.by_slot(start, slot));
        let mut anomalies = Vec::new();
        for (place, total) in total {
            let Some(bad) = bad.get(&place) else { continue };
            let at = start + duration::from_millis(place.saturating_mul(duration::millis(slot)));
            match Tally::from_bad(*bad, total) {
                Ok(tally) => counts.add(at, tally)?,
                Err(_) => anomalies.push(Anomaly::MoreBadThanAll { at, bad: *bad, total }),
            }
        }
        Ok((counts, anomalies))
    }

    fn by_slot(&self, start: DateTime<Utc>, slot: TimeDelta) -> BTreeMap<i64, u64> {
        let mut slots: BTreeMap<i64, u64> = BTreeMap::new();
        for (at, increase) in increases(self.samples.iter()) {
            // The end of a slot belongs to the slot that it ends.
            let place =
                duration::millis(at - start - TimeDelta::milliseconds(1)).div_euclid(duration::millis(slot));
            if place >= 0 {
                let sum = slots.entry(place).or_default();
                *sum = sum.saturating_add(increase);
            }
        }
        slots
    }
}

/// The increase at each sample but the first.
fn increases<'a>(
    samples: impl Iterator<Item = (&'a DateTime<Utc>, &'a u64)> + Clone,
) -> impl Iterator<Item = (DateTime<Utc>, u64)> {
    let next = samples.clone().skip(1);
    samples.zip(next).map(|((_, before), (at, after))| (*at, after.checked_sub(*before).unwrap_or(*after)))
}

/// A sign that samples are not what they seem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Anomaly {
    /// A counter falls only when its process begins again; this one falls all the time.
    #[error("falls at {falls} of {steps} steps: a gauge, not a counter?")]
    LooksLikeGauge {
        /// How often it fell.
        falls: usize,
        /// How many steps there are.
        steps: usize,
    },
    /// More bad events than events in a slot: the slot is left out.
    #[error("{bad} of {total} events bad in the slot at {at}: the slot is left out")]
    MoreBadThanAll {
        /// The start of the slot.
        at: DateTime<Utc>,
        /// The increase of the bad events.
        bad: u64,
        /// The increase of all events.
        total: u64,
    },
    /// Nothing ever happens.
    #[error("does not move in {steps} steps")]
    NeverMoves {
        /// How many steps there are.
        steps: usize,
    },
}

/// Samples make no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CounterError {
    /// Two values for one moment.
    #[error("two values at {at}: {first} and {second}")]
    Conflict {
        /// The moment.
        at: DateTime<Utc>,
        /// The value that came first, and stays.
        first: u64,
        /// The value that was rejected.
        second: u64,
    },
    /// The increases do not fit into a series.
    #[error(transparent)]
    Counts(#[from] CountsError),
}
