//! The tick of a block: which SLOs must be looked at, and what a look finds.

use super::block::{Block, Group};
use super::plan::{RESTLESS, Span};
use super::terms::Terms;
use super::word::LANES;
use crate::alarm::AlertState;
use crate::track::Sums;

/// Where a window begins, seen from a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    /// `None` where the block began in it.
    old: Option<usize>,
    /// The slots in which data was to be expected.
    expected: u32,
}

/// A window of which nothing is known.
const UNKNOWN: Sight = Sight { old: None, expected: 0 };

/// What a tick works with, so that it allocates nothing.
#[derive(Debug)]
pub(crate) struct Scratch {
    mask: Vec<u64>,
    sights: Vec<Sight>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { mask: vec![0; LANES], sights: Vec::new() }
    }

    /// Makes room for so many windows.
    pub(crate) fn reserve(&mut self, spans: usize) {
        self.sights.reserve(spans.saturating_sub(self.sights.len()));
    }
}

/// An alarm that changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Changed {
    pub(crate) member: u32,
    pub(crate) rule: usize,
    pub(crate) from: AlertState,
    pub(crate) to: AlertState,
}

impl Block {
    fn sight(&self, group: Group<'_>, span: Span) -> Option<Sight> {
        let layout = &group.terms.layout;
        let (edge, column) = match span {
            Span::Last(steps) => layout.begin(group.ended, i64::try_from(steps).ok()?)?,
            Span::Period => {
                let main = group.periods.first().filter(|period| period.until.is_some())?;
                (main.begins, layout.period(0))
            }
        };
        Some(self.sight_from(edge, column, group.ended))
    }

    /// The window from an edge, whose sums a column holds, up to `ended`.
    pub(crate) fn sight_from(&self, edge: i64, column: usize, ended: i64) -> Sight {
        let old = Some(column).filter(|_| edge > self.start);
        Sight { old, expected: u32::try_from(ended - edge.max(self.start)).unwrap_or(0) }
    }

    /// What a lane holds from there up to the column `head`.
    pub(crate) fn sums(&self, lane: usize, sight: Sight, head: usize) -> Sums {
        if sight.expected == 0 {
            return Sums::default();
        }
        let (bad, total) = self.cells.since(lane, sight.old, head);
        let missing = self.missing.count(lane, sight.old, head);
        Sums { bad, total, observed: sight.expected.saturating_sub(missing), expected: sight.expected }
    }

    /// Steps the alarms after the newest slot of the group.
    pub(crate) fn look(
        &mut self,
        group: Group<'_>,
        scratch: &mut Scratch,
        changed: &mut impl FnMut(Changed),
    ) {
        let terms = group.terms;
        let head = terms.layout.recent(group.ended);
        scratch.sights.clear();
        scratch
            .sights
            .extend(terms.plan.spans.iter().map(|span| self.sight(group, *span).unwrap_or(UNKNOWN)));
        let sights = &scratch.sights[..];
        let mask = scratch.mask.get_mut(..self.members.len()).unwrap_or_default();
        mask.fill(0);
        if terms.plan.is_filter {
            self.mark(terms, sights, head, mask);
        }
        let at = terms.layout.time(group.ended).timestamp_millis();
        let mut looks = std::mem::take(&mut self.looks);
        for (place, (bits, looks)) in mask.chunks(CHUNK).zip(looks.chunks_mut(CHUNK)).enumerate() {
            if bits == looks {
                continue;
            }
            for (lane, (bits, look)) in
                bits.iter().zip(looks).enumerate().filter(|(_, (bits, look))| bits != look)
            {
                let is_restless = self.step(terms, sights, head, place * CHUNK + lane, at, changed);
                let is_restless = is_restless || !terms.plan.is_filter || bits & terms.plan.watched != 0;
                *look = bits | if is_restless { RESTLESS } else { 0 };
            }
        }
        self.looks = looks;
    }

    /// Looks at one lane; says whether time alone may change it.
    fn step(
        &mut self,
        terms: &Terms,
        sights: &[Sight],
        head: usize,
        lane: usize,
        at: i64,
        changed: &mut impl FnMut(Changed),
    ) -> bool {
        let Some(member) = self.members.get(lane).copied() else { return false };
        let mut is_waiting = false;
        for rule in 0..terms.rules() {
            let sums = |span| {
                let sight = terms.plan.place(span).and_then(|place| sights.get(place));
                self.sums(lane, sight.copied().unwrap_or(UNKNOWN), head)
            };
            let outcome = terms.book.outcome(rule, |steps| sums(Span::Last(steps)), || sums(terms.main));
            let Some(alarm) = self.alarms.get_mut(lane * terms.rules() + rule) else { continue };
            let from = alarm.state();
            terms.book.step(rule, at, outcome, alarm);
            let to = alarm.state();
            is_waiting |= alarm.is_waiting();
            if from != to {
                changed(Changed { member, rule, from, to });
            }
        }
        is_waiting
    }

    /// Computes the bits of every lane.
    fn mark(&self, terms: &Terms, sights: &[Sight], head: usize, mask: &mut [u64]) {
        let plan = &terms.plan;
        let sight = |place: usize| sights.get(place).copied().unwrap_or(UNKNOWN);
        // Part by part, so that what the comparisons share stays in the nearest cache.
        for (part, mask) in mask.chunks_mut(PART).enumerate() {
            for (bit, compared) in (0..).zip(&plan.compared) {
                let since = (sight(compared.bad).old, sight(compared.total).old);
                self.cells.mark_crossed(head, since, part * PART, compared, bit, mask);
            }
        }
        let mut bit = u32::try_from(plan.compared.len()).unwrap_or(u32::MAX);
        for Sight { old, expected } in sights {
            self.missing.mark_above(*old, head, plan.allowed(*expected), bit, mask);
            bit += 1;
        }
        for absence in &plan.absences {
            // Nothing was seen: more slots are missing than all but one.
            let Sight { old, expected } = sight(absence.span);
            if expected as usize >= absence.steps {
                self.missing.mark_above(old, head, expected.checked_sub(1), bit, mask);
            }
            bit += 1;
        }
    }
}

/// So many lanes are compared with their last look at once.
const CHUNK: usize = 64;

/// So many lanes go through all comparisons before the next ones do.
const PART: usize = 512;
