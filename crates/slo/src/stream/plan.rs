//! A policy as a filter: one bit for each thing that a rule asks, computed for all SLOs of a block at once.
//!
//! The bits do not decide. They say which SLOs must be looked at: those whose bits are not what they were at the last
//! look, and those that are restless, because time or a count that no bit shows may change what a rule says. The
//! others stay what they are, and only what a look found is ever done.

use super::word::Crossing;
use crate::alert::{AlertPolicy, Threshold};
use crate::judge::{Rulebook, Test};
use crate::{Comparison, LowTraffic, Objective};
use toban_core::Ratio;

/// Set in what is kept of a lane that must be looked at whatever its bits say; never in a mask.
pub(crate) const RESTLESS: u64 = 1 << 63;

/// A window that some rule looks back over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// So many last steps.
    Last(usize),
    /// The calendar window that is the main one.
    Period,
}

/// Bad of one window against total of another (or of the same), as places in `Plan::spans`.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) bad: usize,
    pub(crate) total: usize,
    pub(crate) crossing: Crossing,
    /// The comparison without which this one says nothing: what stands in the long window does not matter as long as
    /// the short one is calm, and is not even read.
    pub(crate) after: Option<usize>,
}

/// Nothing seen in a whole window.
#[derive(Debug)]
pub(crate) struct Absence {
    pub(crate) span: usize,
    pub(crate) steps: usize,
}

/// What is computed of each SLO in each tick. The bits are those of the comparisons, then one for each span that is
/// not covered, then those of the absences.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) spans: Vec<Span>,
    pub(crate) compared: Vec<Compared>,
    pub(crate) absences: Vec<Absence>,
    /// Bits that leave a lane restless: what a rule then says depends on more than bits.
    pub(crate) watched: u64,
    /// Whether all bits fit. With more than there is room for, every SLO is looked at in every tick.
    pub(crate) is_filter: bool,
    coverage: (u64, u64),
}

impl Plan {
    pub(crate) fn new(policy: &AlertPolicy, objective: Objective, book: &Rulebook, main: Span) -> Self {
        let mut plan = Self { coverage: book.coverage(), ..Self::default() };
        let is_gated = policy.low_traffic() != LowTraffic::default();
        for test in book.tests().flatten() {
            match test {
                Test::Absent { steps } => {
                    let span = plan.span(Span::Last(*steps));
                    plan.absences.push(Absence { span, steps: *steps });
                }
                Test::BurnRate { long, short, threshold, .. } => {
                    let short = short.map(|short| {
                        let short = plan.span(Span::Last(short));
                        plan.compare(short, short, *threshold, None)
                    });
                    let long = plan.span(Span::Last(*long));
                    let bit = plan.compare(long, long, *threshold, short);
                    plan.watched |= if is_gated { bit_of(bit) } else { 0 };
                }
                Test::Exhaustion { pace, .. } => {
                    let main = plan.span(main);
                    let pace = plan.span(Span::Last(*pace));
                    // It can only hold where something is bad of late, or where the budget is gone already.
                    let anything = Threshold::new(Ratio::ZERO, objective, Comparison::Above);
                    let overspent = Threshold::new(Ratio::ONE, objective, Comparison::Above);
                    plan.watched |= bit_of(plan.compare(pace, pace, anything, None));
                    plan.watched |= bit_of(plan.compare(main, main, overspent, None));
                }
                Test::Spent { part, within } => {
                    let main = plan.span(main);
                    let within = within.map_or(main, |within| plan.span(Span::Last(within)));
                    let threshold = Threshold::new(*part, objective, Comparison::AtLeast);
                    plan.compare(within, main, threshold, None);
                }
            }
        }
        plan.is_filter = plan.compared.len() + plan.spans.len() + plan.absences.len() < 63;
        plan
    }

    fn span(&mut self, span: Span) -> usize {
        self.place(span).unwrap_or_else(|| {
            self.spans.push(span);
            self.spans.len() - 1
        })
    }

    pub(crate) fn place(&self, span: Span) -> Option<usize> {
        self.spans.iter().position(|other| *other == span)
    }

    /// Adds a comparison and says which one it is.
    fn compare(&mut self, bad: usize, total: usize, threshold: Threshold, after: Option<usize>) -> usize {
        self.compared.push(Compared { bad, total, crossing: Crossing::new(threshold), after });
        self.compared.len() - 1
    }

    /// How many of so many expected slots may be without data; `None` where nothing is covered.
    pub(crate) fn allowed(&self, expected: u32) -> Option<u32> {
        let (num, den) = self.coverage;
        let needed = (u128::from(expected) * u128::from(num)).div_ceil(u128::from(den.max(1)));
        // Whatever the floor is: nothing seen decides nothing.
        expected.checked_sub(u32::try_from(needed).ok()?.max(1))
    }
}

/// Where there are more comparisons than bits, there is no filter.
fn bit_of(comparison: usize) -> u64 {
    u32::try_from(comparison).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0)
}
