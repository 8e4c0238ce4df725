//! Whether a change mends what was found: judged by what is left of it, whatever it is called then.

use super::{Shortfall, ShortfallKind};
use crate::task::TaskId;

/// Whether something is left of a shortfall among those after a change.
pub(crate) fn is_left(found: &Shortfall, before: &[Shortfall], after: &[Shortfall]) -> bool {
    let same = |other: &Shortfall| other.is_same(found);
    match found.kind {
        ShortfallKind::Month { .. } | ShortfallKind::Week { .. } => {
            after.iter().any(|one| is_over(found, one))
        }
        ShortfallKind::OnePerson
        | ShortfallKind::TooFew
        | ShortfallKind::Unskilled
        | ShortfallKind::Unowned => {
            let lacks = |other: &&Shortfall| lack(other.kind) >= lack(found.kind);
            after
                .iter()
                .filter(lacks)
                .any(|other| tasks(other).any(|task| tasks(found).any(|one| one == task)))
        }
        ShortfallKind::Closed | ShortfallKind::OutsideHours | ShortfallKind::PastHours => {
            let lacking = |all: &[Shortfall]| unstaffed(found, all);
            after.iter().any(same) || lacking(after) + found.count > lacking(before)
        }
        // Another time of day, or fewer of the tasks, is another name.
        ShortfallKind::Overlap => after.iter().any(|other| {
            let is_part = || tasks(other).all(|task| tasks(found).any(|one| one == task));
            let is_new = || !before.iter().any(|one| one.is_same(other));
            same(other) || (other.kind == found.kind && is_part() && is_new())
        }),
        ShortfallKind::OpenTime => after.iter().any(same),
    }
}

/// Whether it has too much in one of the months or weeks of what was found, for some of the same people or works.
pub(crate) fn is_over(found: &Shortfall, other: &Shortfall) -> bool {
    let people = || found.pattern.people.iter().any(|person| other.pattern.people.contains(person));
    let pairs = || found.overs.iter().flat_map(|one| other.overs.iter().map(move |two| (one, two)));
    found.kind.code() == other.kind.code()
        && pairs().any(|(one, two)| {
            let works = || one.tasks.iter().any(|task| two.tasks.contains(task));
            one.within == two.within && (people() || works())
        })
}

fn tasks(found: &Shortfall) -> impl Iterator<Item = &TaskId> {
    found.witness.tasks.iter().map(|(task, _)| task)
}

/// How much is wrong with who could do a task: from one who could, to nobody who answers for it.
fn lack(kind: ShortfallKind) -> u8 {
    match kind {
        ShortfallKind::OnePerson => 1,
        ShortfallKind::TooFew => 2,
        ShortfallKind::Unskilled => 3,
        ShortfallKind::Unowned => 4,
        _ => 0,
    }
}

/// How many times of the same task have too few people, for whatever reason.
fn unstaffed(found: &Shortfall, all: &[Shortfall]) -> usize {
    let is_staffing = |other: &&Shortfall| {
        matches!(other.kind, ShortfallKind::Closed | ShortfallKind::OutsideHours | ShortfallKind::PastHours)
            && tasks(other).eq(tasks(found))
    };
    all.iter().filter(is_staffing).map(|other| other.count).sum()
}
