//! Cumulative counters, as Prometheus and many libraries expose them: resets, duplicates, late samples.

use crate::duration;
use crate::{Counts, CountsError, Tally};
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Samples of a cumulative counter, in whatever order they arrive.
///
/// A value below the one before it is a reset: the counter began again at zero. Where a source says when a counter
/// began (`_created` in OpenMetrics, the start time in OTLP), [`Counter::observe_since`] finds resets that no value
/// shows. The increase between two samples is known only as a whole, at the later one.
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
    /// When it is known to have begun at zero. There is a sample at each: the last one of the process before, or zero.
    births: BTreeSet<DateTime<Utc>>,
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
        Self { samples: BTreeMap::from([(at, 0)]), births: BTreeSet::from([at]) }
    }

    /// Adds a sample.
    ///
    /// # Errors
    /// When there is another value for the same moment; the first one stays.
    pub fn observe(&mut self, at: DateTime<Utc>, value: u64) -> Result<Noted, CounterError> {
        let newest = self.samples.last_key_value().map(|(newest, _)| *newest);
        let noted = if newest.is_some_and(|newest| at < newest) { Noted::Late } else { Noted::New };
        match self.samples.insert(at, value) {
            None => Ok(noted),
            Some(first) if first == value => Ok(Noted::Duplicate),
            // Nobody had read it yet: this is what the process before stood at when the next one began.
            Some(0) if self.births.contains(&at) => Ok(noted),
            Some(first) => {
                self.samples.insert(at, first);
                Err(CounterError::Conflict { at, first, second: value })
            }
        }
    }

    /// Adds a sample of a counter that is known to have begun at zero at `since`.
    ///
    /// What it counted since then counts, even where the last value of the process before was lower. What that
    /// process counted after its last sample is lost, and those slots are gaps.
    ///
    /// # Errors
    /// When `since` does not lie before a sample above zero, or when there is another value for the same moment;
    /// nothing is added then.
    pub fn observe_since(
        &mut self,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
        value: u64,
    ) -> Result<Noted, CounterError> {
        if since > at || (since == at && value > 0) {
            return Err(CounterError::BeginsLater { at, since });
        }
        let noted = self.observe(at, value)?;
        self.samples.entry(since).or_insert(0);
        self.births.insert(since);
        Ok(noted)
    }

    /// Forgets what lies before a moment, except the last sample before it, from which the next increase counts.
    pub fn forget_before(&mut self, at: DateTime<Utc>) {
        if let Some(last) = self.samples.range(..at).next_back().map(|(last, _)| *last) {
            self.samples = self.samples.split_off(&last);
            self.births = self.births.split_off(&last);
        }
    }

    /// The increase from the first to the last sample in `[from, to]`; `None` where there are fewer than two.
    ///
    /// Where samples lie on both ends, this is the `increase()` of Prometheus 2 over `to - from`, evaluated at `to`.
    /// Elsewhere Prometheus extrapolates to the ends of the window, and this does not: it counts what was counted.
    /// A range of Prometheus 3 leaves out the sample at `from` itself, so that it always extrapolates the first
    /// interval from the others; the two are equal only where all intervals rise alike.
    #[must_use]
    pub fn increase(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<u64> {
        if from > to {
            return None;
        }
        let mut increases = self.increases(self.samples.range(from..=to)).peekable();
        increases.peek()?;
        increases.try_fold(0_u64, |sum, (_, increase)| sum.checked_add(increase))
    }

    /// How often the counter began again.
    #[must_use]
    pub fn resets(&self) -> usize {
        let samples = self.samples.iter();
        let is_reset = |((at, before), (_, after)): &((&DateTime<Utc>, &u64), (_, &u64))| {
            after < before || (**before > 0 && self.births.contains(at))
        };
        samples.clone().zip(samples.skip(1)).filter(is_reset).count()
    }

    /// Signs that this is no counter at all, or that it was not read for a while.
    ///
    /// Fewer than ten steps are no sign of anything.
    #[must_use]
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let steps = self.samples.len().saturating_sub(1);
        if steps < FEWEST {
            return Vec::new();
        }
        let mut found = self.gaps();
        let falls = self.unexplained_falls();
        if falls * 10 > steps {
            found.push(Anomaly::LooksLikeGauge { falls, steps });
        }
        if self.increases(self.samples.iter()).all(|(_, increase)| increase == 0) {
            found.push(Anomaly::NeverMoves { steps });
        }
        found
    }

    /// Stretches without a sample, more than three times as long as is usual.
    fn gaps(&self) -> Vec<Anomaly> {
        let read = self.samples.iter().filter(|(at, value)| !self.is_beginning(**at, **value));
        let times = read.map(|(at, _)| at);
        let steps: Vec<_> = times.clone().zip(times.skip(1)).map(|(since, until)| (*since, *until)).collect();
        let mut lengths: Vec<_> = steps.iter().map(|(since, until)| *until - *since).collect();
        lengths.sort_unstable();
        let Some(usual) = lengths.get(lengths.len() / 2) else { return Vec::new() };
        let is_long = |(since, until): &(DateTime<Utc>, DateTime<Utc>)| (*until - *since) / 3 > *usual;
        steps.into_iter().filter(is_long).map(|(since, until)| Anomaly::Gap { since, until }).collect()
    }

    /// How often it fell although nobody said that it began again.
    fn unexplained_falls(&self) -> usize {
        let samples = self.samples.iter();
        let falls = samples.clone().zip(samples.skip(1)).filter(|((before_at, before), (at, after))| {
            after < before && !self.births.contains(at) && !self.births.contains(before_at)
        });
        falls.count()
    }

    /// Good and bad by slot, from a counter of bad events and one of all events.
    ///
    /// What a counter rose by between two samples counts in the slot that ends with, or holds, the later sample; the
    /// slots between them are gaps. A slot counts only where both counters have an increase in it. What the finished
    /// series shows of itself, [`Anomaly::in_counts`] says.
    ///
    /// The two counters need not be read at the same moment. A slot with more bad events than events, as happens where
    /// bad was read a moment later, is a gap and is listed. What bad is ahead by is missing from it later, when both
    /// are read together again, and is counted as bad there. It is ahead by no more than it rose by in one slot, so
    /// that a counter of something else does not speak for hours to come; and where one of the two begins again,
    /// nothing is ahead any more.
    ///
    /// # Errors
    /// As [`Counts::new`] and [`Counts::add`].
    pub fn tally(
        bad: &Self,
        total: &Self,
        start: DateTime<Utc>,
        slot: TimeDelta,
    ) -> Result<(Counts, Vec<Anomaly>), CounterError> {
        let more = |at, bad, total| Anomaly::MoreBadThanAll { at, bad, total };
        Self::part_of_total([bad, total], start, slot, Tally::from_bad, more)
    }

    /// Good and bad by slot, from a counter of good events and one of all events; as [`Counter::tally`], with good in
    /// the place of bad.
    ///
    /// # Errors
    /// As [`Counts::new`] and [`Counts::add`].
    pub fn tally_good(
        good: &Self,
        total: &Self,
        start: DateTime<Utc>,
        slot: TimeDelta,
    ) -> Result<(Counts, Vec<Anomaly>), CounterError> {
        let more = |at, good, total| Anomaly::MoreGoodThanAll { at, good, total };
        Self::part_of_total([good, total], start, slot, Tally::new, more)
    }

    fn part_of_total<E>(
        [part, total]: [&Self; 2],
        start: DateTime<Utc>,
        slot: TimeDelta,
        tally: impl Fn(u64, u64) -> Result<Tally, E>,
        more: impl Fn(DateTime<Utc>, u64, u64) -> Anomaly,
    ) -> Result<(Counts, Vec<Anomaly>), CounterError> {
        let mut counts = Counts::new(start, slot)?;
        let (mut anomalies, mut ahead) = (Vec::new(), 0_u64);
        for (at, part, total) in together(part, total, start, slot) {
            let begins_again = part.begins_again || total.begins_again;
            let (part, total) = (part.events, total.events);
            if begins_again {
                ahead = 0;
            }
            match total.checked_sub(part) {
                Some(rest) => {
                    let made_up = rest.min(ahead);
                    ahead -= made_up;
                    counts.add(at, tally(part + made_up, total).unwrap_or_default())?;
                }
                None => {
                    anomalies.push(more(at, part, total));
                    if !begins_again {
                        ahead = ahead.saturating_add(part - total).min(part);
                    }
                }
            }
        }
        Ok((counts, anomalies))
    }

    /// Good and bad by slot, from a counter of each; as [`Counter::tally`], apart from what cannot be wrong.
    ///
    /// # Errors
    /// As [`Counts::new`] and [`Counts::add`].
    pub fn tally_parts(
        good: &Self,
        bad: &Self,
        start: DateTime<Utc>,
        slot: TimeDelta,
    ) -> Result<Counts, CounterError> {
        let mut counts = Counts::new(start, slot)?;
        for (at, good, bad) in together(good, bad, start, slot) {
            // One after the other, so that a series says itself that they are too many.
            counts.add(at, Tally::from_bad(0, good.events).unwrap_or_default())?;
            counts.add(at, Tally::from_bad(bad.events, bad.events).unwrap_or_default())?;
        }
        Ok(counts)
    }

    /// Whether a sample is there because the counter began then, and not because it was read.
    fn is_beginning(&self, at: DateTime<Utc>, value: u64) -> bool {
        value == 0 && self.births.contains(&at)
    }

    fn by_slot(&self, start: DateTime<Utc>, slot: TimeDelta) -> BTreeMap<i64, Rise> {
        let mut slots: BTreeMap<i64, Rise> = BTreeMap::new();
        let steps = self.samples.iter().zip(self.samples.iter().skip(1));
        for (((since, before), (_, after)), (at, increase)) in steps.zip(self.increases(self.samples.iter()))
        {
            // Up to the moment at which it began, nothing is known to have been counted, not even zero.
            if self.is_beginning(at, *after) {
                continue;
            }
            // The end of a slot belongs to the slot that it ends.
            let place =
                duration::millis(at - start - TimeDelta::milliseconds(1)).div_euclid(duration::millis(slot));
            if place >= 0 {
                let rise = slots.entry(place).or_default();
                rise.events = rise.events.saturating_add(increase);
                rise.begins_again |= after < before || self.births.contains(since);
            }
        }
        slots
    }

    /// The increase at each sample but the first.
    fn increases<'a>(
        &'a self,
        samples: impl Iterator<Item = (&'a DateTime<Utc>, &'a u64)> + Clone + 'a,
    ) -> impl Iterator<Item = (DateTime<Utc>, u64)> + 'a {
        let next = samples.clone().skip(1);
        samples.zip(next).map(|((since, before), (at, after))| {
            let before = if self.births.contains(since) { 0 } else { *before };
            (*at, after.checked_sub(before).unwrap_or(*after))
        })
    }
}

/// What a counter rose by in a slot.
#[derive(Clone, Copy, Debug, Default)]
struct Rise {
    events: u64,
    /// Whether it began again in it.
    begins_again: bool,
}

/// What two counters rose by in each slot in which both did, or stood still, with the start of the slot.
fn together(
    one: &Counter,
    other: &Counter,
    start: DateTime<Utc>,
    slot: TimeDelta,
) -> impl Iterator<Item = (DateTime<Utc>, Rise, Rise)> {
    let (one, other) = (one.by_slot(start, slot), other.by_slot(start, slot));
    other.into_iter().filter_map(move |(place, other)| {
        let at = start + duration::from_millis(place.saturating_mul(duration::millis(slot)));
        Some((at, *one.get(&place)?, other))
    })
}

/// The fewest steps in which a sign is looked for.
const FEWEST: usize = 10;

/// A sign that samples are not what they seem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Anomaly {
    /// Nothing was read for more than three times the usual distance of two samples.
    #[error("no sample from {since} to {until}, more than three times as long as usual")]
    Gap {
        /// The sample before.
        since: DateTime<Utc>,
        /// The sample after.
        until: DateTime<Utc>,
    },
    /// Events by slot go up and down; these go up, and fall at one step in a hundred at most, as a counter does whose
    /// process begins again.
    #[error(
        "hardly ever falls and rises at {rises} of {steps} steps: a counter that still has to be subtracted?"
    )]
    LooksLikeCounter {
        /// How often it rose.
        rises: usize,
        /// How many steps there are.
        steps: usize,
    },
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
    /// More good events than events in a slot: the slot is left out.
    #[error("{good} of {total} events good in the slot at {at}: the slot is left out")]
    MoreGoodThanAll {
        /// The start of the slot.
        at: DateTime<Utc>,
        /// The increase of the good events.
        good: u64,
        /// The increase of all events.
        total: u64,
    },
    /// Nothing ever happens.
    #[error("does not move in {steps} steps")]
    NeverMoves {
        /// How many steps there are.
        steps: usize,
    },
    /// Always the same share of bad events, as no service has it for long: all of them, or a constant.
    #[error("{bad} of {total} events bad in each of {slots} slots alike")]
    NeverVaries {
        /// The bad events of the first of those slots.
        bad: u64,
        /// All its events.
        total: u64,
        /// How many slots had events.
        slots: usize,
    },
}

impl Anomaly {
    /// Signs that a series is not what it should be: cumulative values where events by slot are wanted, or a share
    /// of bad events that never varies.
    ///
    /// Fewer than ten steps are no sign of anything.
    #[must_use]
    pub fn in_counts(counts: &Counts) -> Vec<Self> {
        let tallies: Vec<_> = counts.iter().filter_map(|(_, tally)| tally).collect();
        let steps = tallies.iter().zip(tallies.iter().skip(1));
        let totals = || steps.clone().map(|(before, after)| (before.total(), after.total()));
        let count = |order| totals().filter(|(before, after)| before.cmp(after) == order).count();
        let (steps, rises, falls) = (steps.len(), count(Ordering::Less), count(Ordering::Greater));
        let mut found = Vec::new();
        if steps >= FEWEST && rises * 2 > steps && falls * 100 <= steps {
            found.push(Self::LooksLikeCounter { rises, steps });
        }
        let busy: Vec<_> = tallies.iter().filter(|tally| tally.total() > 0).collect();
        if let Some(first) = busy.first()
            && busy.len() > FEWEST
            && first.bad() > 0
            && busy.iter().all(|tally| tally.good_share() == first.good_share())
        {
            found.push(Self::NeverVaries { bad: first.bad(), total: first.total(), slots: busy.len() });
        }
        found
    }
}

/// Samples make no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CounterError {
    /// A counter begins at zero before it counts.
    #[error("a counter that began at {since} cannot have counted anything at {at}")]
    BeginsLater {
        /// The moment of the sample.
        at: DateTime<Utc>,
        /// When it is said to have begun.
        since: DateTime<Utc>,
    },
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
