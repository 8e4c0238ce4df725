//! The tick of a block: which SLOs must be looked at, and what a look finds.

use super::block::{Block, Group};
use super::cells::Asked;
use super::plan::{RESTLESS, Span};
use super::terms::Terms;
use super::word::FEW;
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

/// The bits of each lane of a block at its last look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks {
    bits: Vec<u64>,
    /// For each part of the lanes, a bit for each few of which any has bits: the others are not even read.
    stirred: Vec<u64>,
}

impl Looks {
    /// Each lane is to be looked at.
    pub(crate) fn restless(lanes: usize) -> Self {
        Self { bits: vec![RESTLESS; lanes], stirred: vec![u64::MAX; lanes.div_ceil(PART)] }
    }
}

/// What a tick works with, so that it allocates nothing.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Bits of a part of the lanes; nothing between two parts.
    mask: Vec<u64>,
    sights: Vec<Sight>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { mask: vec![0; PART], sights: Vec::new() }
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
        let at = terms.layout.time(group.ended).timestamp_millis();
        let mut looks = std::mem::take(&mut self.looks);
        let lanes = looks.bits.get_mut(..self.members.len()).unwrap_or_default();
        // Part by part, so that all of it stays in the nearest cache.
        for (part, (looks, stirred)) in lanes.chunks_mut(PART).zip(&mut looks.stirred).enumerate() {
            let first = part * PART;
            let mask = scratch.mask.get_mut(..looks.len()).unwrap_or_default();
            let marked = if terms.plan.is_filter { self.mark(terms, sights, head, first, mask) } else { 0 };
            let due = marked | *stirred;
            for (place, (bits, looks)) in mask.chunks_mut(FEW).zip(looks.chunks_mut(FEW)).enumerate() {
                if due >> place & 1 == 0 {
                    continue;
                }
                if bits != looks {
                    for (lane, (bits, look)) in bits.iter().zip(looks.iter_mut()).enumerate() {
                        if bits != look {
                            let lane = first + place * FEW + lane;
                            let is_restless = self.step(terms, sights, head, lane, at, changed);
                            let is_restless =
                                is_restless || !terms.plan.is_filter || bits & terms.plan.watched != 0;
                            *look = bits | if is_restless { RESTLESS } else { 0 };
                        }
                    }
                    let any = looks.iter().any(|look| *look != 0);
                    *stirred = *stirred & !(1 << place) | u64::from(any) << place;
                }
                bits.fill(0);
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

    /// Computes the bits of the lanes from `first` on; gives a bit for each few lanes of which any has bits.
    fn mark(&self, terms: &Terms, sights: &[Sight], head: usize, first: usize, mask: &mut [u64]) -> u64 {
        let plan = &terms.plan;
        let sight = |place: usize| sights.get(place).copied().unwrap_or(UNKNOWN);
        let always = plan.compared.iter().filter(|compared| compared.after.is_none());
        let read = always.flat_map(|compared| [compared.bad, compared.total]);
        let read = std::iter::once(head).chain(read.filter_map(|place| sight(place).old));
        self.cells.fetch(read, first..first + mask.len());
        // For each comparison, a bit for each few lanes of which any lies beyond.
        let mut marked = [0_u64; 64];
        for ((bit, number), compared) in (0..).zip(0_usize..).zip(&plan.compared) {
            let due = compared.after.map_or(u64::MAX, |after| marked.get(after).copied().unwrap_or(0));
            if due == 0 {
                continue;
            }
            let since = (sight(compared.bad).old, sight(compared.total).old);
            let asked = Asked { head, since, first, due, crossing: &compared.crossing, bit };
            let crossed = self.cells.mark_crossed(&asked, mask);
            if let Some(marked) = marked.get_mut(number) {
                *marked = crossed;
            }
        }
        let mut any = marked.iter().fold(0, |any, marked| any | marked);
        let mut see = |is_any: bool| any |= if is_any { u64::MAX } else { 0 };
        let mut bit = u32::try_from(plan.compared.len()).unwrap_or(u32::MAX);
        for Sight { old, expected } in sights {
            see(self.missing.mark_above(*old, head, first, plan.allowed(*expected), bit, mask));
            bit += 1;
        }
        for absence in &plan.absences {
            // Nothing was seen: more slots are missing than all but one.
            let Sight { old, expected } = sight(absence.span);
            if expected as usize >= absence.steps {
                see(self.missing.mark_above(old, head, first, expected.checked_sub(1), bit, mask));
            }
            bit += 1;
        }
        any
    }
}

/// So many lanes go through all comparisons before the next ones do: at most 64 times those that are compared
/// together.
const PART: usize = 256;
