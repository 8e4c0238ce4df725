//! Two policies on the same history.

use super::score::{Backtest, IncidentResult, Score};
use chrono::TimeDelta;

/// How another policy differs, on the same history and incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The figures of the first policy.
    pub before: Score,
    /// The figures of the second policy.
    pub after: Score,
    /// Incidents that only the second policy detects, by their place in the list.
    pub gained: Vec<usize>,
    /// Incidents that only the first policy detects, by their place in the list.
    pub lost: Vec<usize>,
    /// Incidents that both detect, and how much later the second does: negative where it is earlier.
    pub later_by: Vec<(usize, TimeDelta)>,
}

impl Difference {
    /// Whether the second policy detects all that the first one does, none of it later, misses no more, fires no more
    /// alerts in vain, and pages no more often.
    #[must_use]
    pub fn is_no_worse(&self) -> bool {
        let Self { before, after, .. } = self;
        self.lost.is_empty()
            && self.later_by.iter().all(|(_, later)| *later <= TimeDelta::zero())
            && after.missed() <= before.missed()
            && after.alerts_in_vain() <= before.alerts_in_vain()
            && after.pages_per_week <= before.pages_per_week
    }
}

/// Compares two policies, incident by incident. Both must have been held against the same incidents, whichever SLOs
/// these name; `None` otherwise.
#[must_use]
pub fn compare(before: &Backtest, after: &Backtest) -> Option<Difference> {
    let same = |(a, b): (&IncidentResult, &IncidentResult)| {
        a.incident.interval == b.incident.interval && a.incident.label == b.incident.label
    };
    let pairs = || before.incidents.iter().zip(&after.incidents);
    if before.incidents.len() != after.incidents.len() || !pairs().all(same) {
        return None;
    }
    let mut difference = Difference {
        before: before.score.clone(),
        after: after.score.clone(),
        gained: Vec::new(),
        lost: Vec::new(),
        later_by: Vec::new(),
    };
    for (place, (a, b)) in pairs().enumerate() {
        match (&a.first, &b.first) {
            (None, None) => {}
            (None, Some(_)) => difference.gained.push(place),
            (Some(_), None) => difference.lost.push(place),
            (Some(a), Some(b)) => difference.later_by.push((place, b.after - a.after)),
        }
    }
    Some(difference)
}
