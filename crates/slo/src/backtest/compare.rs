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

/// In what one policy can be worse than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Aspect {
    /// It fires more alerts in vain.
    AlertsInVain,
    /// It does not detect an incident that the other one detects.
    Detected,
    /// It misses more incidents.
    Missed,
    /// It pages more often.
    Pages,
    /// It detects an incident later.
    TimeToDetect,
}

impl Difference {
    /// Whether the second policy detects all that the first one does, none of it later, misses no more, fires no more
    /// alerts in vain, and pages no more often.
    #[must_use]
    pub fn is_no_worse(&self) -> bool {
        self.worse_in().is_empty()
    }

    /// In what the second policy is worse than the first one, whatever it is better in.
    #[must_use]
    pub fn worse_in(&self) -> Vec<Aspect> {
        let is_later = self.later_by.iter().any(|(_, later)| *later > TimeDelta::zero());
        aspects(&self.after, &self.before, !self.lost.is_empty(), is_later)
    }

    /// In what the second policy is better: the first one is worse in it.
    #[must_use]
    pub fn better_in(&self) -> Vec<Aspect> {
        let is_earlier = self.later_by.iter().any(|(_, later)| *later < TimeDelta::zero());
        aspects(&self.before, &self.after, !self.gained.is_empty(), is_earlier)
    }
}

fn aspects(worse: &Score, better: &Score, detects_less: bool, is_later: bool) -> Vec<Aspect> {
    let all = [
        (Aspect::AlertsInVain, worse.alerts_in_vain() > better.alerts_in_vain()),
        (Aspect::Detected, detects_less),
        (Aspect::Missed, worse.missed() > better.missed()),
        (Aspect::Pages, worse.pages_per_week > better.pages_per_week),
        (Aspect::TimeToDetect, is_later),
    ];
    all.into_iter().filter_map(|(aspect, is_worse)| is_worse.then_some(aspect)).collect()
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
