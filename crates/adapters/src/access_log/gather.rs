//! The answer to one query, while the log is being read.

use super::grid::{Grid, TooManySlots};
use super::{Answer, Entry, Filter, Measure, Query, Silence, Statistic};
use crate::values::{SlotValue, Values};
use std::collections::BTreeMap;
use std::ops::Range;
use toban_slo::{Counts, CountsError, Tally};

/// What is known about one query, slot by slot.
#[derive(Debug)]
pub(super) struct Gather<'q> {
    grid: Grid,
    silence: Silence,
    slots: Slots<'q>,
}

/// What is known about each slot, at the place that the [`Grid`] gives it.
#[derive(Debug)]
enum Slots<'q> {
    Shares { query: ShareQuery<'q>, slots: Vec<Share> },
    Values { measure: &'q Measure, slots: Vec<Times> },
}

#[derive(Clone, Copy, Debug)]
struct ShareQuery<'q> {
    part: &'q Filter,
    is_part_good: bool,
    total: &'q Filter,
    needs_request_time: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    part: u64,
    total: u64,
    without_latency: u64,
}

#[derive(Clone, Debug)]
struct Times {
    lengths: Lengths,
    count: u64,
    without_latency: u64,
}

/// As much about the request times as a statistic needs, in microseconds.
#[derive(Clone, Debug)]
enum Lengths {
    /// How often each length occurred.
    Each(BTreeMap<u64, u64>),
    Longest(u64),
    Sum(u128),
}

impl<'q> Gather<'q> {
    /// For slots of that many seconds, which are more than none.
    pub(super) fn new(query: &'q Query, seconds: i64) -> Self {
        let share = |part, is_part_good, total| {
            let query =
                ShareQuery { part, is_part_good, total, needs_request_time: query.needs_request_time() };
            Slots::Shares { query, slots: Vec::new() }
        };
        let slots = match query {
            Query::BadTotal { bad, total } => share(bad, false, total),
            Query::GoodTotal { good, total } => share(good, true, total),
            Query::Value(measure) => Slots::Values { measure, slots: Vec::new() },
        };
        Self { grid: Grid::new(seconds), silence: query.silence(), slots }
    }

    pub(super) fn grid(&self) -> &Grid {
        &self.grid
    }

    pub(super) fn needs_request_time(&self) -> bool {
        match &self.slots {
            Slots::Shares { query, .. } => query.needs_request_time,
            Slots::Values { .. } => true,
        }
    }

    /// Counts an entry; `request` is its method and path, where a query needs them.
    pub(super) fn count(
        &mut self,
        entry: &Entry<'_>,
        request: Option<(&[u8], &[u8])>,
    ) -> Result<(), TooManySlots> {
        let place = self.grid.place(entry.seconds())?;
        match &mut self.slots {
            Slots::Shares { query, slots } => {
                if let Some(slot) = slot_at(slots, place, Share::default) {
                    query.count(slot, entry, request);
                }
            }
            Slots::Values { measure, slots } => {
                if let Some(slot) = slot_at(slots, place, || Times::new(measure.statistic)) {
                    slot.count(measure, entry, request);
                }
            }
        }
        Ok(())
    }

    /// The answer over these slots.
    pub(super) fn answer(&self, within: &Range<i64>) -> Result<Answer, CountsError> {
        let grid = &self.grid;
        match &self.slots {
            Slots::Shares { query, slots } => {
                let shares = || within.clone().map(|slot| (slot, slot_of(grid, slots, slot)));
                let mut counts = Counts::new(grid.start_of(within.start), grid.slot())?;
                for (slot, share) in shares() {
                    let tally = match (share.copied(), self.silence) {
                        (None, Silence::Gap) => None,
                        (share, _) => query.tally(share.unwrap_or_default()),
                    };
                    if let Some(tally) = tally {
                        counts.add(grid.start_of(slot), tally)?;
                    }
                }
                let without_latency = shares().filter_map(|(_, share)| Some(share?.without_latency)).sum();
                Ok(Answer::Counts { counts, without_latency })
            }
            Slots::Values { measure, slots } => {
                let silent = match self.silence {
                    Silence::Gap => SlotValue::Gap,
                    Silence::NoTraffic => SlotValue::Idle,
                };
                let times = || within.clone().map(|slot| slot_of(grid, slots, slot));
                let values =
                    times().map(|times| times.map_or(silent, |times| times.value(measure))).collect();
                let without_latency = times().filter_map(|times| Some(times?.without_latency)).sum();
                let values = Values::new(grid.start_of(within.start), grid.slot(), values);
                Ok(Answer::Values { values, without_latency })
            }
        }
    }
}

/// What is known about that slot of the grid.
fn slot_of<'s, T>(grid: &Grid, slots: &'s [T], slot: i64) -> Option<&'s T> {
    grid.place_of(slot).and_then(|place| slots.get(place))
}

/// The slot at that place, which is at most the next one.
fn slot_at<T>(slots: &mut Vec<T>, place: usize, empty: impl FnOnce() -> T) -> Option<&mut T> {
    if place == slots.len() {
        slots.push(empty());
    }
    slots.get_mut(place)
}

impl ShareQuery<'_> {
    fn count(&self, slot: &mut Share, entry: &Entry<'_>, request: Option<(&[u8], &[u8])>) {
        let micros = entry.micros();
        if !self.total.matches_apart_from_latency(entry, request) {
            return;
        }
        if self.needs_request_time && micros.is_none() {
            slot.without_latency += 1;
        } else if self.total.latency_holds(micros) {
            let is_part =
                self.part.latency_holds(micros) && self.part.matches_apart_from_latency(entry, request);
            slot.total += 1;
            slot.part += u64::from(is_part);
        }
    }

    /// Nothing where lines matched but none tells what the query needs.
    fn tally(&self, share: Share) -> Option<Tally> {
        if share.total == 0 && share.without_latency > 0 {
            return None;
        }
        let good = if self.is_part_good { share.part } else { share.total - share.part };
        Tally::new(good, share.total).ok()
    }
}

impl Times {
    fn new(statistic: Statistic) -> Self {
        let lengths = match statistic {
            Statistic::Max => Lengths::Longest(0),
            Statistic::Mean => Lengths::Sum(0),
            Statistic::Percentile(_) => Lengths::Each(BTreeMap::new()),
        };
        Self { lengths, count: 0, without_latency: 0 }
    }

    fn count(&mut self, measure: &Measure, entry: &Entry<'_>, request: Option<(&[u8], &[u8])>) {
        if measure.filter.matches_apart_from_latency(entry, request) {
            match entry.micros() {
                None => self.without_latency += 1,
                Some(micros) if measure.filter.latency_holds(Some(micros)) => self.add(micros),
                Some(_) => {}
            }
        }
    }

    fn add(&mut self, micros: u64) {
        self.count += 1;
        match &mut self.lengths {
            Lengths::Each(times) => *times.entry(micros).or_default() += 1,
            Lengths::Longest(longest) => *longest = micros.max(*longest),
            Lengths::Sum(sum) => *sum += u128::from(micros),
        }
    }

    fn value(&self, measure: &Measure) -> SlotValue {
        let value = match (&self.lengths, measure.statistic) {
            _ if self.count == 0 => None,
            (Lengths::Each(times), Statistic::Percentile(percentile)) => {
                let mut left = percentile.rank(self.count);
                let reaches = |(_, count): &(&u64, &u64)| {
                    left = left.saturating_sub(**count);
                    left == 0
                };
                times.iter().find(reaches).and_then(|(micros, _)| measure.unit.tell(u128::from(*micros), 1))
            }
            (Lengths::Each(_), _) => None,
            (Lengths::Longest(micros), _) => measure.unit.tell(u128::from(*micros), 1),
            (Lengths::Sum(micros), _) => measure.unit.tell(*micros, self.count),
        };
        match value {
            Some(value) => SlotValue::Value(value),
            None if self.without_latency > 0 => SlotValue::Gap,
            None => SlotValue::Idle,
        }
    }
}
