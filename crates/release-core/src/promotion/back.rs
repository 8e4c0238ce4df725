//! Whether a version may give way to an older one.

use super::policy::EnvironmentId;
use super::record::{Deed, Known, Trigger, What};
use crate::plan::{NOTHING, Previous, Target, Version};
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

/// Whether a release of that may lead back to what its plan says that it leads back to.
///
/// What the plan says was verified counts where the record of the environment begins after it, or is empty: nobody
/// else was there. From then on the record knows, and what it does not say was not verified. A release that would lead
/// back to what was never verified, or was rolled back since, is stopped; one that takes the place of another version
/// than the one that runs is held.
#[must_use]
pub fn way_back(record: &[Deed], environment: &EnvironmentId, target: &Target, now: DateTime<Utc>) -> Ruling {
    let known = Known::of(record, now);
    let running = known.running(environment).map(|one| one.version).filter(|one| one.as_str() != NOTHING);
    let runs = |reason: Reason| match (running, last_good(record, environment, now)) {
        (Some(running), Some(good)) => {
            reason.with_evidence("runs", running).with_evidence("verified before", good)
        }
        (Some(running), None) => reason.with_evidence("runs", running),
        (None, _) => reason,
    };
    let Previous::Version { version: previous, verified } = &target.previous else {
        let subject = format!("{environment} from {} back to nothing", target.version);
        return match running {
            Some(_) => {
                let text = "it is said to be the first one, and the record knows a version that runs there";
                Ruling::new(Verdict::Hold, subject, runs(Reason::new("not-the-first", text)), now)
            }
            None => Ruling::new(Verdict::Go, subject, Reason::new("first", "nothing runs there"), now),
        };
    };
    let deed = |version: &Version, at, what, source: &str| Deed {
        version: version.clone(),
        environment: environment.clone(),
        at,
        what,
        source: source.to_owned(),
    };
    let begins = known.of_environment(environment).next().map(|deed| deed.at);
    if begins.is_none() && verified.at > now {
        let text = "it is said to have been verified at a time that has not come yet";
        let subject = format!("{environment} from {} back to {previous}", target.version);
        let reason = Reason::new("future", text).with_evidence("at", verified.at.to_rfc3339());
        let mut ruling = Ruling::new(Verdict::Undecided, subject, reason, now);
        (ruling.valid_until, ruling.recheck_at) = (Some(verified.at), Some(verified.at));
        return ruling;
    }
    let mut record = record.to_vec();
    if begins.is_none_or(|begins| verified.at < begins) {
        record.push(deed(previous, verified.at, What::Verified, &verified.source));
    }
    // As it will be when the way back is taken.
    record.push(deed(&target.version, now, What::Deployed, "the plan"));
    let mut ruling = rollback(&record, environment, previous, &Trigger::Automatic, now);
    if ruling.verdict == Verdict::Stop {
        ruling.reasons = ruling.reasons.into_iter().map(runs).collect();
    } else if running.is_some_and(|running| running != previous) {
        let reason = Reason::new("other-runs", "the record says that another version runs there");
        (ruling.verdict, ruling.reasons) = (Verdict::Hold, vec![runs(reason)]);
    }
    ruling
}
