//! What the clock of a zone does with a civil time.

use crate::civil::{Fold, Gap};
use crate::month::Day;
use crate::offsets::{Offsets, Stretch};
use crate::recurrence::{Civil, ClockChange, SECONDS, midnight};

/// What a clock does with one civil time; the instants at which the civil time happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    Once(i64),
    Repeated(Vec<i64>),
    Skipped(Option<i64>),
}

impl Offsets {
    /// The first instant from which the clock shows the civil time, or a later one.
    pub(crate) fn instant_of(&self, civil: i64) -> i64 {
        let mut stretches = self.near(civil, civil).iter();
        let reached = stretches.find(|stretch| civil < stretch.end.saturating_add(stretch.offset));
        reached.map_or(civil, |stretch| (civil - stretch.offset).max(stretch.start))
    }

    /// What the clock shows at a second.
    pub(crate) fn civil_at(&self, second: i64) -> i64 {
        second.saturating_add(self.from(second).first().map_or(0, |stretch| stretch.offset))
    }
}

impl Civil {
    /// The offset of the zone on a day all of whose civil times the clock shows once.
    pub(crate) fn steady(&self, day: Day) -> Option<i64> {
        let (from, to) = (midnight(day), midnight(day).saturating_add(SECONDS));
        let mut stretches = self.offsets.near(from, to).iter();
        // Where clocks fall back at its end, the stretch before has all of the day, and the one after some of it again.
        if stretches.clone().any(|stretch| stretch.fold().start < to && from < stretch.fold().end) {
            return None;
        }
        let whole = |stretch: &&Stretch| {
            stretch.start.saturating_add(stretch.offset) <= from
                && to <= stretch.end.saturating_add(stretch.offset)
        };
        stretches.find(whole).map(|stretch| stretch.offset)
    }

    /// When the civil time happens, under the policy.
    pub(crate) fn showing(&self, civil: i64) -> Showing {
        let mut shown = Vec::new();
        let mut skipped = None;
        for stretch in self.offsets.near(civil, civil) {
            let at = civil - stretch.offset;
            if (stretch.start..stretch.end).contains(&at) {
                shown.push(at);
            }
            if stretch.gap().contains(&civil) {
                skipped = Some(*stretch);
            }
        }
        match (shown.as_slice(), self.clock) {
            ([only], _) => Showing::Once(*only),
            ([], ClockChange::Once { gap: Gap::FirstAfter, .. }) => {
                Showing::Skipped(skipped.map(|one| one.start))
            }
            ([], ClockChange::Once { gap: Gap::Shift, .. }) => {
                Showing::Skipped(skipped.map(|one| civil - one.before))
            }
            ([], _) => Showing::Skipped(None),
            (_, ClockChange::EachShowing) => Showing::Repeated(shown),
            ([first, ..], ClockChange::Once { fold: Fold::Earlier, .. }) => Showing::Repeated(vec![*first]),
            ([.., last], ClockChange::Once { fold: Fold::Later, .. }) => Showing::Repeated(vec![*last]),
            (_, ClockChange::Once { fold: Fold::Refuse, .. }) => Showing::Repeated(Vec::new()),
        }
    }
}
