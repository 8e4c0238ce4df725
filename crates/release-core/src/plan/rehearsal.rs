//! Whether the way back has been walked before it is needed.

use super::length::Length;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_core::{Confidence, Fingerprint, PersonId, Share, bounds};

/// A rollback that was done to see whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    /// Of which rollback: any changed step makes the rehearsal stale.
    pub about: Fingerprint,
    /// When it ended.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: PersonId,
    /// How long it took.
    pub took: Length,
    /// How it ended.
    pub outcome: RehearsalOutcome,
    /// Where it can be read.
    pub source: String,
}

/// How a rehearsal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalOutcome {
    /// It did not come to its end, or a check failed.
    Failed,
    /// The previous version served, the data were right, and the checks passed.
    Succeeded,
}

/// What the rehearsals of one rollback prove.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RehearsalRecord {
    /// Rehearsals of this very rollback, up to now.
    pub trials: u64,
    /// Those that succeeded.
    pub successes: u64,
    /// Rehearsals of another version of it, up to now.
    pub stale: u64,
    /// Rehearsals of this very rollback that are dated after now, and do not count.
    pub later: u64,
    /// The longest that succeeded.
    pub longest: Option<Length>,
    /// When the last one was.
    pub last: Option<DateTime<Utc>>,
    /// With 95 % confidence, at least this share of such rollbacks succeeds (Clopper and Pearson, one-sided).
    pub at_least: f64,
}

impl RehearsalRecord {
    /// What the rehearsals prove of the rollback of this fingerprint. Those dated after `now` do not count.
    #[must_use]
    pub fn of(rehearsals: &[Rehearsal], rollback: Fingerprint, now: DateTime<Utc>) -> Self {
        let (fresh, stale): (Vec<_>, Vec<_>) =
            rehearsals.iter().filter(|one| one.at <= now).partition(|one| one.about == rollback);
        let later = rehearsals.iter().filter(|one| one.at > now && one.about == rollback);
        let succeeded = || fresh.iter().filter(|one| one.outcome == RehearsalOutcome::Succeeded);
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let (trials, successes) = (count(fresh.len()), count(succeeded().count()));
        let confidence = Share::of(95, 100).ok().and_then(|share| Confidence::new(share).ok());
        Self {
            trials,
            successes,
            stale: count(stale.len()),
            later: count(later.count()),
            longest: succeeded().map(|one| one.took).max(),
            last: fresh.iter().map(|one| one.at).max(),
            at_least: confidence.map_or(0.0, |sure| bounds::binomial_lower(successes, trials, sure)),
        }
    }

    /// Whether there was one, and none failed: of the rehearsals of a rollback, all are to succeed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.trials > 0 && self.successes == self.trials
    }
}
