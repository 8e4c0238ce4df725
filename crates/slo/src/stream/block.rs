//! Up to 4,096 SLOs with the same terms that began at the same time: columns by time, of running sums.

use super::cells::{Cells, Holds};
use super::gaps::{Missing, Mixed, Seen};
use super::intake::{Intake, Open};
use super::look::Looks;
use super::terms::{Period, Terms};
use super::word::{LANES, MOST_NARROW};
use crate::alarm::Alarm;
use crate::{Budgeting, Tally};

/// The SLOs of a block lie beside each other in every column, one lane each.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The edge at which it began: before it there is nothing, not even a gap.
    pub(crate) start: i64,
    /// Which SLO each lane is, as a number of the evaluator.
    pub(crate) members: Vec<u32>,
    /// The lanes that there is room for.
    pub(crate) stride: usize,
    pub(crate) cells: Cells,
    pub(crate) missing: Missing,
    pub(crate) intake: Intake,
    /// For each column, the running sum of the busiest SLO of each slot: no window of any SLO holds more events.
    pub(crate) most: Vec<u64>,
    /// The same bound for everything that is still looked at or open.
    pub(crate) bound: u64,
    /// The last edge whose slot some lanes had seen and others not, while edges before it are still looked at.
    pub(crate) mixed: Option<i64>,
    /// The bits of each lane at its last look.
    pub(crate) looks: Looks,
    /// The alarms of each lane, rule by rule.
    pub(crate) alarms: Vec<Alarm>,
}

/// A sum would leave 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooMany;

/// What a block needs to know of its group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) periods: &'a [Period],
    /// The slots that have ended.
    pub(crate) ended: i64,
}

impl Block {
    pub(crate) fn new(terms: &Terms, start: i64, stride: usize) -> Self {
        let layout = &terms.layout;
        let cells = match terms.budgeting {
            // A slice weighs a billion units, so that five of them need wide words already.
            Budgeting::RatioTimeslices { .. } => Cells::wide(layout.columns, stride),
            _ => Cells::narrow(layout.columns, stride),
        };
        Self {
            start,
            members: Vec::with_capacity(stride),
            stride,
            cells,
            missing: Missing::new(layout.columns, stride, terms.span),
            intake: Intake::new(layout.open, stride),
            most: vec![0; layout.columns],
            bound: 0,
            mixed: None,
            looks: Looks::restless(stride),
            alarms: vec![Alarm::default(); stride * terms.rules()],
        }
    }

    /// Adds an SLO to a block that has not ended a slot yet.
    pub(crate) fn join(&mut self, terms: &Terms, member: u32) -> usize {
        if self.members.len() == self.stride {
            self.grow(terms, (self.stride * 2).min(LANES));
        }
        self.members.push(member);
        self.members.len() - 1
    }

    pub(crate) fn is_full(&self) -> bool {
        self.members.len() >= LANES
    }

    /// Makes room for more lanes: before the first slot has ended, only open slots hold anything.
    fn grow(&mut self, terms: &Terms, stride: usize) {
        let mut wider = Self::new(terms, self.start, stride);
        if !self.cells.is_narrow() {
            wider.cells = Cells::wide(terms.layout.columns, stride);
        }
        for slot in self.start..self.start + terms.layout.open {
            if !self.intake.at(slot).is_touched {
                continue;
            }
            let (column, seen) = (terms.layout.entry(slot), self.intake.seen(slot, self.members.len()));
            wider.intake.touch(slot);
            for lane in (0..self.members.len()).filter(|lane| seen.has(*lane)) {
                let tally = self.cells.at(column, lane);
                wider.cells.add(column, lane, tally, (0, 0));
                wider.intake.see(slot, lane, tally.1);
            }
        }
        wider.bound = self.bound;
        wider.members.extend_from_slice(&self.members);
        *self = wider;
    }

    /// Adds to a slot that is still open.
    pub(crate) fn record(
        &mut self,
        group: Group<'_>,
        slot: i64,
        lane: usize,
        tally: Tally,
    ) -> Result<(), TooMany> {
        let column = group.terms.layout.entry(slot);
        let Open { is_touched, peak } = self.intake.at(slot);
        let before = if is_touched { self.cells.at(column, lane).1 } else { 0 };
        let events = before.checked_add(tally.total()).ok_or(TooMany)?;
        self.make_room(group, events.saturating_sub(peak))?;
        if !is_touched {
            self.cells.clear(column);
            self.intake.touch(slot);
        }
        self.cells.add(column, lane, (tally.bad(), tally.total()), (0, 0));
        self.intake.see(slot, lane, events);
        Ok(())
    }

    /// Adds to a slot that has ended, and to every running sum after it.
    pub(crate) fn record_late(
        &mut self,
        group: Group<'_>,
        slot: i64,
        lane: usize,
        tally: Tally,
    ) -> Result<(), TooMany> {
        let Group { terms, periods, ended } = group;
        let layout = &terms.layout;
        self.make_room(group, tally.total())?;
        let before = Some(layout.recent(slot)).filter(|_| slot > self.start);
        let was_missing = self.missing.count(lane, before, layout.recent(slot + 1)) > 0;
        let recorded = (tally.bad(), tally.total());
        let (more, less) = if layout.slices.is_some() {
            let entry = layout.entry(slot);
            let less = if was_missing { (0, 0) } else { terms.judge(self.cells.at(entry, lane)) };
            self.cells.add(entry, lane, recorded, (0, 0));
            (terms.judge(self.cells.at(entry, lane)), less)
        } else {
            (recorded, (0, 0))
        };
        let later = periods.iter().enumerate().filter(|(_, period)| period.begins > slot);
        let later = later.map(|(number, _)| layout.period(number));
        for column in later.chain(layout.after(slot, ended)) {
            self.cells.add(column, lane, more, less);
            self.set_most(column, self.most(column).wrapping_add(tally.total()));
            if was_missing {
                self.missing.fill_in(lane, column);
            }
        }
        if was_missing {
            self.mixed = self.mixed.max(Some(slot + 1));
        }
        Ok(())
    }

    /// Makes sure that so many more events fit into any window.
    fn make_room(&mut self, group: Group<'_>, events: u64) -> Result<(), TooMany> {
        let bound = self.bound.checked_add(events).ok_or(TooMany)?;
        if self.cells.is_narrow() && bound > MOST_NARROW {
            let layout = &group.terms.layout;
            let open = group.ended..group.ended + layout.open;
            let open: Vec<usize> = open.map(|slot| layout.entry(slot)).collect();
            let (_, oldest) = self.oldest(group);
            self.cells.widen(oldest, |column| {
                let is_slot = open.contains(&column) || layout.slices.is_some_and(|first| column >= first);
                if is_slot { Holds::Slot } else { Holds::Sums }
            });
        }
        self.bound = bound;
        Ok(())
    }

    /// The oldest edge that is still looked at, and its column; none where the block began later.
    fn oldest(&self, group: Group<'_>) -> (i64, Option<usize>) {
        let layout = &group.terms.layout;
        let periods = group.periods.iter().enumerate();
        let periods = periods.map(|(number, period)| (period.begins, layout.period(number)));
        match layout.oldest(group.ended).into_iter().chain(periods).min() {
            Some((edge, column)) if edge > self.start => (edge, Some(column)),
            _ => (self.start, None),
        }
    }

    /// Ends the newest slot of the group: from now on its column holds running sums.
    pub(crate) fn seal(&mut self, group: Group<'_>) {
        let Group { terms, periods, ended } = group;
        let layout = &terms.layout;
        let slot = ended - 1;
        let (last, head) = (layout.recent(slot), layout.recent(ended));
        let Open { is_touched, peak } = self.intake.at(slot);
        let seen = self.intake.seen(slot, self.members.len());
        match layout.slices {
            None if is_touched => self.cells.seal(last, head),
            None => self.cells.copy(last, head),
            Some(_) => seal_slices(&mut self.cells, terms, slot, self.members.len(), seen),
        }
        if self.missing.seal(last, head, seen) == Mixed::Yes {
            self.mixed = Some(ended);
        }
        self.set_most(head, self.most(last).wrapping_add(peak));
        self.intake.close(slot);
        for column in layout.coarse(ended) {
            self.copy(head, column);
        }
        for (number, period) in periods.iter().enumerate().filter(|(_, period)| period.is_new) {
            // The column of a period that began no later than the block is never read.
            if period.begins > self.start {
                self.copy(layout.recent(period.begins), layout.period(number));
            }
        }
        self.forget(group);
    }

    /// What no window reaches any more does not count any more.
    fn forget(&mut self, group: Group<'_>) {
        let (edge, oldest) = self.oldest(group);
        let before = oldest.map_or(0, |oldest| self.most(oldest));
        let kept = self.most(group.terms.layout.recent(group.ended)).wrapping_sub(before);
        // Never more than it was: what a slot held counts as sums now. A damaged snapshot may say otherwise.
        self.bound = self.bound.min(kept.saturating_add(self.intake.peaks()));
        if self.mixed.is_some_and(|mixed| mixed <= edge) {
            self.missing.settle();
            self.mixed = None;
        }
    }

    fn copy(&mut self, from: usize, to: usize) {
        self.cells.copy(from, to);
        self.missing.copy(from, to);
        self.set_most(to, self.most(from));
    }

    fn most(&self, column: usize) -> u64 {
        self.most.get(column).copied().unwrap_or(0)
    }

    fn set_most(&mut self, column: usize, most: u64) {
        if let Some(cell) = self.most.get_mut(column) {
            *cell = most;
        }
    }
}

/// What slices hold is judged when they end.
fn seal_slices(cells: &mut Cells, terms: &Terms, slot: i64, lanes: usize, seen: Seen<'_>) {
    let (head, entry) = (terms.layout.recent(slot + 1), terms.layout.entry(slot));
    cells.copy(terms.layout.recent(slot), head);
    match seen {
        Seen::None => cells.clear(entry),
        _ => {
            for lane in (0..lanes).filter(|lane| seen.has(*lane)) {
                cells.add(head, lane, terms.judge(cells.at(entry, lane)), (0, 0));
            }
        }
    }
}
