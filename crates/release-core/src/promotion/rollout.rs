//! What the record of a rollout says of its version.

use super::policy::EnvironmentId;
use super::record::{Deed, Trigger, What};
use crate::plan::Version;
use crate::rollout::{Cause, Event, Rollout, State};
use toban_core::PersonId;
use toban_durable::{Entry, Machine};

/// What happened to the version of a rollout, from its record: deployed and verified when it was completed, with all
/// that was measured and looked at on the way; where it had traffic, or was done, being rolled back, not to be rolled
/// back, and rolled back. Nothing where the course
/// does not say in which environment.
#[must_use]
pub fn deeds(entries: &[Entry<Rollout>], source: &str) -> Vec<Deed> {
    let mut state = State::default();
    let mut deeds = Vec::new();
    for entry in entries {
        for event in &entry.events {
            Rollout::apply(&mut state, event, entry.at);
            let Some((version, from, environment)) = names(&state) else { continue };
            let had_traffic = state.stage.is_some();
            let by = state.cause.as_ref().and_then(|(cause, _)| trigger(cause));
            let what = match (event, by) {
                (Event::Completed, _) => vec![What::Deployed, What::Verified],
                (Event::TurnedBack { .. }, Some(by)) if had_traffic => {
                    vec![What::RollingBack { to: from, by }]
                }
                (Event::Stuck { .. }, _) if had_traffic => vec![What::RollbackFailed { to: from }],
                (Event::RolledBack, Some(by)) if had_traffic => vec![What::RolledBack { to: from, by }],
                _ => Vec::new(),
            };
            deeds.extend(what.into_iter().map(|what| Deed {
                version: version.clone(),
                environment: environment.clone(),
                at: entry.at.wall,
                what,
                source: source.to_owned(),
            }));
        }
    }
    deeds
}

fn names(state: &State) -> Option<(Version, Version, EnvironmentId)> {
    let course = state.course.as_ref()?;
    let environment = EnvironmentId::new(course.environment.as_str()).ok()?;
    Some((Version::new(course.to.as_str()).ok()?, Version::new(course.from.as_str()).ok()?, environment))
}

/// Who wanted it; a newer plan was brought by a person.
fn trigger(cause: &Cause) -> Option<Trigger> {
    let (by, why) = match cause {
        Cause::Check { .. } | Cause::Failed { .. } => return Some(Trigger::Automatic),
        Cause::Person { by, why } => (by, why.clone()),
        Cause::Superseded { revision, by } => (by, format!("superseded by {revision}")),
    };
    // A record takes names that a plan would not.
    let by = by.replace(char::is_control, " ");
    Some(Trigger::Person { by: PersonId::new(by.trim()).ok()?, why })
}
