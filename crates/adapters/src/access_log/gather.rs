//! The answer to one query, while the log is being read.

use super::{Answer, Entry, Filter, Measure, Query, Statistic, grid::Grid};
use crate::values::{SlotValue, Values};
use std::collections::BTreeMap;
use toban_slo::{Counts, CountsError, Tally};

/// What is known about one query, slot by slot, each at the place that the [`Grid`] gives it.
#[derive(Debug)]
pub(super) enum Gather<'q> {
    Shares { query: ShareQuery<'q>, slots: Vec<Share> },
    Values { measure: &'q Measure, slots: Vec<Times> },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ShareQuery<'q> {
    part: &'q Filter,
    is_part_good: bool,
    total: &'q Filter,
    needs_request_time: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    part: u64,
    total: u64,
    without_latency: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Times {
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
    pub(super) fn new(query: &'q Query) -> Self {
        let (part, is_part_good, total) = match query {
            Query::BadTotal { bad, total } => (bad, false, total),
            Query::GoodTotal { good, total } => (good, true, total),
            Query::Value(measure) => return Self::Values { measure, slots: Vec::new() },
        };
        let needs_request_time = query.needs_request_time();
        Self::Shares {
            query: ShareQuery { part, is_part_good, total, needs_request_time },
            slots: Vec::new(),
        }
    }

    pub(super) fn needs_request_time(&self) -> bool {
        match self {
            Self::Shares { query, .. } => query.needs_request_time,
            Self::Values { .. } => true,
        }
    }

    /// Makes a place for one more slot.
    pub(super) fn add_slot(&mut self) {
        match self {
            Self::Shares { slots, .. } => slots.push(Share::default()),
            Self::Values { measure, slots } => slots.push(Times::new(measure.statistic)),
        }
    }

    /// Counts the entry in the slot at that place; `request` is its method and path, where a query needs them.
    pub(super) fn count(&mut self, place: usize, entry: &Entry<'_>, request: Option<(&[u8], &[u8])>) {
        match self {
            Self::Shares { query, slots } => {
                if let Some(slot) = slots.get_mut(place) {
                    query.count(slot, entry, request);
                }
            }
            Self::Values { measure, slots } => {
                if let Some(slot) = slots.get_mut(place)
                    && measure.filter.matches_apart_from_latency(entry, request)
                {
                    match entry.micros() {
                        None => slot.without_latency += 1,
                        Some(micros) if measure.filter.latency_holds(Some(micros)) => slot.add(micros),
                        Some(_) => {}
                    }
                }
            }
        }
    }

    /// The answer over the whole grid.
    pub(super) fn answer(&self, grid: &Grid) -> Result<Answer, CountsError> {
        match self {
            Self::Shares { query, slots } => {
                let mut counts = Counts::new(grid.start(), grid.slot())?;
                for (at, place) in grid.places() {
                    let share = place.and_then(|place| slots.get(place)).copied().unwrap_or_default();
                    if let Some(tally) = query.tally(share) {
                        counts.add(at, tally)?;
                    }
                }
                let without_latency = slots.iter().map(|slot| slot.without_latency).sum();
                Ok(Answer::Counts { counts, without_latency })
            }
            Self::Values { measure, slots } => {
                let value = |place: Option<usize>| {
                    place
                        .and_then(|place| slots.get(place))
                        .map_or(SlotValue::Idle, |times| times.value(measure))
                };
                let values = grid.places().map(|(_, place)| value(place)).collect();
                let without_latency = slots.iter().map(|slot| slot.without_latency).sum();
                Ok(Answer::Values { values: Values::new(grid.start(), grid.slot(), values), without_latency })
            }
        }
    }
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
