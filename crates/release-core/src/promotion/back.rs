//! Whether a version may give way to an older one.

use super::policy::EnvironmentId;
use super::record::{Deed, Known, Trigger, What};
use crate::plan::Version;
use chrono::{DateTime, Utc};
use toban_core::{Reason, Ruling, Verdict};

/// The version that was verified last in an environment and has not been rolled back there since, other than the one
/// that runs; what a rollback goes to where nobody says another one.
#[must_use]
pub fn last_good<'a>(
    record: &'a [Deed],
    environment: &EnvironmentId,
    now: DateTime<Utc>,
) -> Option<&'a Version> {
    let known = Known::of(record, now);
    let running = known.running(environment).map(|one| one.version);
    let is_good = |deed: &&'a Deed| {
        deed.what == What::Verified
            && Some(&deed.version) != running
            && known.standing(&deed.version, environment, None, now).verified.is_some()
    };
    let good = known.of_environment(environment).filter(is_good).last();
    good.map(|deed| &deed.version)
}

/// Whether the version that runs in an environment may give way to that one.
///
/// A rollback goes to a version that was once verified there and has not been rolled back since. What came by a
/// rollback, or could not be rolled back, is not rolled back by itself again: a person may, for whom the cause is a name
/// and a reason.
#[must_use]
pub fn rollback(
    record: &[Deed],
    environment: &EnvironmentId,
    to: &Version,
    by: &Trigger,
    now: DateTime<Utc>,
) -> Ruling {
    let known = Known::of(record, now);
    let running = known.running(environment);
    let name = running.as_ref().map_or("what runs", |one| one.version.as_str());
    let subject = format!("{environment} from {name} back to {to}");
    let mut stops = Vec::new();
    let standing = known.standing(to, environment, None, now);
    if running.as_ref().is_some_and(|one| one.version == to) {
        stops.push(Reason::new("already-there", "this version runs there already"));
    }
    if standing.verified.is_none() {
        stops.push(match standing.rolled_back {
            Some(deed) => {
                Reason::new("rolled-back", "it was itself rolled back there, and not verified since")
                    .with_evidence("at", deed.at.to_rfc3339())
                    .with_evidence("source", &deed.source)
            }
            None => Reason::new("never-verified", "it was never verified there"),
        });
    }
    match by {
        Trigger::Automatic => {
            if let Some(deed) = running.as_ref().and_then(|one| one.rollback) {
                let text = "what runs came by a rollback: a person decides what comes next";
                let reason = Reason::new("rollback-of-rollback", text).with_evidence("from", &deed.version);
                stops.push(reason.with_evidence("at", deed.at.to_rfc3339()));
            }
            let tried = known.of_environment(environment).fold(None, |tried, deed| match deed.what {
                What::RollbackFailed { .. } => Some(deed),
                What::Deployed | What::RolledBack { .. } => None,
                _ => tried,
            });
            if let Some(deed) = tried {
                let text = "the last rollback did not work: a person decides what comes next";
                stops.push(Reason::new("rollback-failed", text).with_evidence("at", deed.at.to_rfc3339()));
            }
        }
        Trigger::Person { why, .. } if why.trim().is_empty() => {
            stops.push(Reason::new("no-reason", "who and why must be known"));
        }
        Trigger::Person { .. } => {}
    }
    let news = record.iter().filter(|deed| deed.at > now && deed.environment == *environment);
    let next = news.map(|deed| deed.at).min();
    let (verdict, reasons) = match (stops.is_empty(), &running) {
        (false, _) => (Verdict::Stop, stops),
        (true, None) => {
            (Verdict::Undecided, vec![Reason::new("unknown", "the record does not say what runs there")])
        }
        (true, Some(_)) => (Verdict::Go, vec![Reason::new("verified", "it was verified there")]),
    };
    let first = Reason::new("verified", "it was verified there");
    let mut ruling = Ruling::new(verdict, subject, first, now);
    (ruling.reasons, ruling.valid_until, ruling.recheck_at) = (reasons, next, next);
    ruling
}
