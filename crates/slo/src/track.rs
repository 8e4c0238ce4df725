//! Counts, corrected, budgeted and summed up: any window is a subtraction.

use crate::alert::Threshold;
use crate::budget::{Reading, Unit};
use crate::report::Refusal;
use crate::{Budgeting, Counts, Indicator, Slo, Tally, Treatment, Window, duration};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::{Interval, Share};

/// Whether corrections are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Corrected,
    Raw,
}

/// Running sums on the grid on which an SLO is judged: the slots of the data, or its slices.
///
/// Entry `i` holds the sums of all steps before step `i`. Time goes on behind the last entry: every step there is a
/// gap, so that a window at any later moment can be read without walking there.
#[derive(Debug)]
pub(crate) struct Track {
    start: DateTime<Utc>,
    step: i64,
    unit: Unit,
    sums: Vec<Sums>,
    /// How many slots of the data each correction of the SLO has treated.
    corrected: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) bad: u64,
    pub(crate) total: u64,
    pub(crate) observed: u32,
    pub(crate) expected: u32,
}

/// The most steps: the longest series of counts, and the slice that its start cuts. Corrections behind the data must
/// not take all memory.
pub(crate) const MOST_STEPS: usize = (1 << 25) + 1;

impl Sums {
    fn since(self, earlier: Self) -> Self {
        Self {
            bad: self.bad - earlier.bad,
            total: self.total - earlier.total,
            observed: self.observed - earlier.observed,
            expected: self.expected - earlier.expected,
        }
    }
}

/// A step of the grid before it is summed up.
#[derive(Clone, Copy)]
enum Step {
    Dropped,
    Gap,
    Seen(Tally),
}

impl Track {
    /// The track of an SLO over its data, and behind it over what is corrected until `until`.
    ///
    /// Refused where the slices of the SLO do not consist of whole slots of the data, or the corrections reach too
    /// far behind it.
    pub(crate) fn new(slo: &Slo, counts: &Counts, until: DateTime<Utc>, view: View) -> Result<Self, Refusal> {
        let counts = &*counts.reaching_back(until);
        let slot = duration::millis(counts.slot());
        let corrections = match view {
            View::Corrected => slo.corrections(),
            View::Raw => &[],
        };
        let slice = slo.budgeting().slice().map(duration::millis);
        if corrections.is_empty() && slice.is_none() {
            let steps = counts.complete().map(|tally| correct(tally, None));
            return Ok(Self::summed(counts.start(), slot, unit(slo), steps));
        }
        let now = until;
        let behind = corrections.iter().map(|correction| correction.interval.end()).max();
        let until = behind.map_or(counts.end(), |end| end.min(now).max(counts.end()));
        let mut corrected = vec![0; corrections.len()];
        let checked = |steps| match steps {
            0..=MOST_STEPS => Ok(steps),
            _ => Err(Refusal::Steps { steps, most: MOST_STEPS }),
        };
        let slots = counts.complete().chain(std::iter::repeat(None));
        let steps = slots.enumerate().map(|(place, tally)| {
            let start = counts.start() + times(slot, place);
            let end = start + duration::from_millis(slot);
            let holding =
                corrections.iter().rposition(|c| c.interval.start() <= start && end <= c.interval.end());
            if let Some(corrected) = holding.and_then(|place| corrected.get_mut(place))
                && end <= now
            {
                *corrected += 1;
            }
            correct(tally, holding.and_then(|place| corrections.get(place)).map(|it| it.treatment))
        });
        let Some(slice) = slice else {
            let length = checked(steps_between(counts.start(), until, slot))?.max(counts.len());
            let track = Self::summed(counts.start(), slot, unit(slo), steps.take(length));
            return Ok(Self { corrected, ..track });
        };
        if slice % slot != 0 {
            return Err(Refusal::Slices { slice: duration::from_millis(slice), slot: counts.slot() });
        }
        // Slices lie on a grid of their own, the same for every record, however it begins.
        let ahead = counts.start().timestamp_millis().rem_euclid(slice);
        let start = counts.start() - duration::from_millis(ahead);
        let length =
            checked(steps_between(start, until, slice))?.max(steps_between(start, counts.end(), slice));
        let mut slots = steps.enumerate().peekable();
        let slices = (1..=length).map(|next| {
            let end = times(slice, next);
            let inside = std::iter::from_fn(|| {
                slots.next_if(|(place, _)| duration::from_millis(ahead) + times(slot, *place) < end)
            });
            judge_slice(inside.map(|(_, step)| step), slo.budgeting())
        });
        let track = Self::summed(start, slice, unit(slo), slices);
        Ok(Self { corrected, ..track })
    }

    fn summed(start: DateTime<Utc>, step: i64, unit: Unit, steps: impl Iterator<Item = Step>) -> Self {
        let mut sums = Vec::with_capacity(steps.size_hint().0 + 1);
        let mut sum = Sums::default();
        sums.push(sum);
        for step in steps {
            match step {
                Step::Dropped => {}
                Step::Gap => sum.expected += 1,
                Step::Seen(tally) => {
                    sum.expected += 1;
                    sum.observed += 1;
                    sum.bad += tally.bad();
                    sum.total += tally.total();
                }
            }
            sums.push(sum);
        }
        Self { start, step, unit, sums, corrected: Vec::new() }
    }

    /// The number of steps up to the end of the data and of what is corrected behind it.
    pub(crate) fn len(&self) -> usize {
        self.sums.len() - 1
    }

    /// How many slots of the data each correction of the SLO has treated, up to the moment of the track.
    pub(crate) fn corrected(&self) -> &[u64] {
        &self.corrected
    }

    /// How many steps have ended at `at`.
    pub(crate) fn steps_until(&self, at: DateTime<Utc>) -> usize {
        steps_ended(self.start, at, self.step)
    }

    /// When the first `place` steps have ended.
    pub(crate) fn time_of(&self, place: usize) -> DateTime<Utc> {
        self.start + times(self.step, place)
    }

    /// The same in milliseconds of the Unix epoch.
    pub(crate) fn millis_of(&self, place: usize) -> i64 {
        let steps = i64::try_from(place).unwrap_or(i64::MAX);
        self.start.timestamp_millis().saturating_add(self.step.saturating_mul(steps))
    }

    /// The length of a step.
    pub(crate) fn step(&self) -> TimeDelta {
        duration::from_millis(self.step)
    }

    /// The window as a number of steps; `None` where it is not one.
    pub(crate) fn steps_in(&self, window: TimeDelta) -> Option<usize> {
        steps_in(window, self.step)
    }

    /// The sums of the `steps` steps that end with step `end`; what lies before the record counts nothing.
    #[inline]
    pub(crate) fn last(&self, steps: usize, end: usize) -> Sums {
        self.before(end).since(self.before(end.saturating_sub(steps)))
    }

    /// The first of the steps from `from` to `end` after which the last `steps` lie beyond; `end` where there is none.
    pub(crate) fn next_crossed(&self, steps: usize, threshold: &Threshold, from: usize, end: usize) -> usize {
        let is_crossed = |place: &usize| {
            let sums = self.last(steps, *place);
            // Crossed by something bad or not at all: the quick question first.
            sums.bad > 0 && threshold.is_crossed(sums.bad, sums.total)
        };
        (from..end).find(is_crossed).unwrap_or(end)
    }

    /// The sums of all steps before step `place`. Of steps without end no more are expected than a word holds.
    #[inline]
    fn before(&self, place: usize) -> Sums {
        self.sums.get(place).copied().unwrap_or_else(|| {
            let mut sums = self.sums.last().copied().unwrap_or_default();
            let behind = u32::try_from(place - self.len()).unwrap_or(u32::MAX);
            sums.expected = sums.expected.saturating_add(behind);
            sums
        })
    }

    /// The first step of the window that belongs to the moment after `end` steps; `None` where the grid cannot
    /// resolve the window.
    pub(crate) fn window_start(&self, window: Window, end: usize) -> Option<usize> {
        if window.is_rolling() {
            return Some(end.saturating_sub(self.steps_in(window.nominal_length())?));
        }
        let whole = window.at(self.time_of(end))?;
        // A step belongs to the period in which it starts.
        Some(steps_between(self.start, whole.start(), self.step).min(end))
    }

    /// What the stretch of `length` that ends after `end` steps holds.
    pub(crate) fn reading(&self, length: TimeDelta, end: usize) -> Option<Reading> {
        let steps = self.steps_in(length)?;
        self.read(self.time_of(end).checked_sub_signed(length)?, steps, steps.min(end), end)
    }

    /// What a window of an SLO holds after `end` steps.
    pub(crate) fn window_reading(&self, window: Window, end: usize) -> Option<Reading> {
        if window.is_rolling() {
            return self.reading(window.nominal_length(), end);
        }
        let start = window.at(self.time_of(end))?.start();
        let inside = end - self.window_start(window, end)?;
        let steps = steps_between(start, self.time_of(end), self.step);
        self.read(start, steps, inside, end)
    }

    /// The slots of the whole window that belongs to the moment after `end` steps.
    pub(crate) fn slots_of(&self, window: Window, end: usize) -> Option<u64> {
        let whole = window.at(self.time_of(end))?;
        Some(steps_between(whole.start(), whole.end(), self.step) as u64)
    }

    /// The slots of the whole window that a reading of it is a part of, without those that a correction has dropped.
    pub(crate) fn whole(&self, window: Window, end: usize, reading: &Reading) -> Option<u64> {
        let inside = end - self.window_start(window, end)?;
        let dropped = (inside as u64).saturating_sub(reading.expected);
        Some(self.slots_of(window, end)?.saturating_sub(dropped).max(reading.expected))
    }

    fn read(&self, start: DateTime<Utc>, steps: usize, inside: usize, end: usize) -> Option<Reading> {
        // Behind the record all steps are gaps; they may be more than a word of the sums counts.
        let (first, last) = ((end - inside).min(self.len()), end.min(self.len()));
        let behind = inside - (last - first);
        let sums = self.last(last - first, last);
        Some(Reading {
            interval: Interval::new(start, self.time_of(end)).ok()?,
            tally: Tally::from_bad(sums.bad, sums.total).ok()?,
            unit: self.unit,
            slots: steps as u64,
            expected: u64::from(sums.expected) + behind as u64,
            observed: sums.observed.into(),
        })
    }
}

/// A window as a number of steps of so many milliseconds; `None` where it is not one.
pub(crate) fn steps_in(window: TimeDelta, step: i64) -> Option<usize> {
    let millis = duration::as_millis(window)?;
    if millis % step == 0 { usize::try_from(millis / step).ok() } else { None }
}

fn correct(tally: Option<Tally>, treatment: Option<Treatment>) -> Step {
    match (treatment, tally) {
        (None, None) => Step::Gap,
        (None, Some(tally)) => Step::Seen(tally),
        (Some(Treatment::DropTime), _) => Step::Dropped,
        (Some(Treatment::DropEvents), _) => Step::Seen(Tally::ZERO),
        (Some(Treatment::CountGood), tally) => {
            let total = tally.map_or(0, |tally| tally.total());
            Step::Seen(Tally::from_bad(0, total).unwrap_or_default())
        }
    }
}

/// A slice is seen if one of its slots is, and dropped only if all of them are.
fn judge_slice(slots: impl Iterator<Item = Step>, budgeting: Budgeting) -> Step {
    let mut whole = Step::Dropped;
    for slot in slots {
        whole = match (whole, slot) {
            (Step::Seen(sum), Step::Seen(tally)) => Step::Seen(sum.checked_add(tally).unwrap_or(sum)),
            (Step::Seen(tally), _) | (_, Step::Seen(tally)) => Step::Seen(tally),
            (Step::Gap, _) | (_, Step::Gap) => Step::Gap,
            (Step::Dropped, Step::Dropped) => Step::Dropped,
        };
    }
    match whole {
        Step::Seen(tally) => Step::Seen(judge(tally, budgeting)),
        _ => whole,
    }
}

/// What the tally of a step counts for.
pub(crate) fn judge(tally: Tally, budgeting: Budgeting) -> Tally {
    // A slice in which nothing happened is good: nothing failed.
    let share = || tally.good_share().unwrap_or(Share::ALL);
    match budgeting {
        Budgeting::Occurrences => tally,
        Budgeting::RatioTimeslices { .. } => Tally::from_ratio(share()),
        Budgeting::Timeslices { target, .. } => Tally::one(share() >= target),
    }
}

/// What the tallies of an SLO count in the end.
pub(crate) fn unit(slo: &Slo) -> Unit {
    match slo.budgeting() {
        Budgeting::Occurrences if matches!(slo.indicator(), Indicator::PrecomputedRatio { .. }) => {
            Unit::RatioShares
        }
        Budgeting::Occurrences => Unit::Events,
        Budgeting::RatioTimeslices { .. } => Unit::SliceShares,
        Budgeting::Timeslices { .. } => Unit::Slices,
    }
}

fn times(step: i64, count: usize) -> TimeDelta {
    duration::from_millis(step.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// Whole steps from `start` to `at`; none where `at` lies before.
fn steps_ended(start: DateTime<Utc>, at: DateTime<Utc>, step: i64) -> usize {
    usize::try_from(duration::millis(at - start).div_euclid(step)).unwrap_or(0)
}

/// Steps from `start` that begin before `at`.
fn steps_between(start: DateTime<Utc>, at: DateTime<Utc>, step: i64) -> usize {
    usize::try_from(duration::millis(at - start).saturating_add(step - 1).div_euclid(step)).unwrap_or(0)
}
