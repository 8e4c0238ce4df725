//! The last while, continued: the window of each step to come, judged as that of today is.
//!
//! The window after `n` steps holds what it still holds of the record, and `n` steps that each count as one of the
//! last while did on average.

use super::ahead::Ahead;
use crate::Objective;
use crate::budget::Reading;
use std::cmp::Ordering;
use toban_core::{Ratio, compare_products};

/// Bad events are counted in these: a bound of their number is no whole one.
pub(super) const PARTS: u128 = 1_000_000;

pub(crate) struct Walk<'a> {
    ahead: &'a Ahead<'a>,
    objective: Objective,
    /// The slots of the whole window, also those that a correction drops.
    slots: u64,
    /// What the last while counts: bad, in millionths, and all.
    bad: u128,
    total: u128,
    /// In so many steps.
    over: u64,
}

/// The window so many steps from now.
pub(crate) struct Moment {
    /// What it still holds of the record.
    pub(crate) bad: u64,
    pub(crate) total: u64,
    /// Its steps in the record and behind it, and those of the whole window; without time that a correction drops.
    pub(crate) expected: u64,
    pub(crate) slots: u64,
}

impl<'a> Walk<'a> {
    /// At the pace of a reading in which `bad` events went bad; `None` where it should hold no data.
    pub(crate) fn new(
        ahead: &'a Ahead<'a>,
        objective: Objective,
        pace: &Reading,
        bad: Ratio,
    ) -> Option<Self> {
        let slots = ahead.slots()?;
        let bad = bad.checked_mul(Ratio::whole(PARTS))?;
        let (bad, total) = (bad.numerator() / bad.denominator(), pace.tally.total().into());
        (pace.expected > 0).then_some(Self { ahead, objective, slots, bad, total, over: pace.expected })
    }

    /// After how many steps nothing is left for the first time; `None`: not as far as it looks. When a rolling window
    /// holds nothing but the pace, it never will be.
    pub(crate) fn gone(&self) -> Option<usize> {
        self.first(1, self.ahead.steps, &|from, to| self.may_be_gone(from, to))
    }

    /// After how many steps something is left for the first time; `None`: not as far as it looks, and not ever.
    pub(crate) fn left(&self) -> Option<usize> {
        self.first(1, self.ahead.steps, &|from, to| self.may_be_left(from, to))
    }

    fn first(&self, from: usize, to: usize, may_be: &impl Fn(usize, usize) -> bool) -> Option<usize> {
        if from > to || !may_be(from, to) {
            return None;
        }
        if from == to {
            return Some(from);
        }
        let middle = from + (to - from) / 2;
        self.first(from, middle, may_be).or_else(|| self.first(middle + 1, to, may_be))
    }

    /// Whether all may be spent after some number of these steps: with the most bad and the least that is allowed of
    /// any of them. Of one number this is exact. Most stretches need no closer look.
    fn may_be_gone(&self, from: usize, to: usize) -> bool {
        let (first, last) = (self.at(from), self.at(to));
        let (num, den) = self.objective.allowance();
        let held = |count: u64| u128::from(count) * u128::from(self.over);
        // Only a window of more steps than any record could have comes near the most that a word holds.
        let bad = held(first.bad).saturating_mul(PARTS).saturating_add(self.bad.saturating_mul(to as u128));
        let total = held(last.total).saturating_add(self.total.saturating_mul(from as u128));
        let spent = [bad, den.into(), last.expected.into()];
        let allowed = [total, u128::from(num) * PARTS, first.slots.into()];
        bad > 0 && compare_products(&spent, &allowed) != Ordering::Less
    }

    /// Whether something may be left after some number of these steps: with the least bad and the most that is
    /// allowed of any of them. Of one number this is exact.
    fn may_be_left(&self, from: usize, to: usize) -> bool {
        let (first, last) = (self.at(from), self.at(to));
        let (num, den) = self.objective.allowance();
        let held = |count: u64| u128::from(count) * u128::from(self.over);
        let bad = held(last.bad).saturating_mul(PARTS).saturating_add(self.bad.saturating_mul(from as u128));
        let total = held(first.total).saturating_add(self.total.saturating_mul(to as u128));
        let spent = [bad, den.into(), first.expected.into()];
        let allowed = [total, u128::from(num) * PARTS, last.slots.into()];
        bad == 0 || compare_products(&spent, &allowed) == Ordering::Less
    }

    /// What is known of the window so many steps from now.
    pub(crate) fn at(&self, passed: usize) -> Moment {
        let Ahead { track, end, .. } = *self.ahead;
        let start = self.ahead.start(passed);
        let (first, last) = (start.min(track.len()), end.min(track.len()));
        let held = track.last(last - first, last);
        let dropped = ((last - first) as u64).saturating_sub(held.expected.into());
        let expected = ((end - start + passed) as u64).saturating_sub(dropped);
        let slots = self.slots.saturating_sub(dropped);
        debug_assert!(expected <= slots, "no window holds more than all of it");
        Moment { bad: held.bad, total: held.total, expected, slots }
    }
}
