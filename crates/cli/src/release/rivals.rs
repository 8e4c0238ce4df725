//! The other releases of a service to an environment: one at a time is under way.

use super::names;
use crate::failure::Failure;
use chrono::{TimeDelta, Utc};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use toban_adapters::drive::{SystemClock, is_gone, owner};
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{Claim, Claimed, History, Journal, Machine, Run, RunError, Seq, StreamId, history};
use toban_release_core::rollout::{Course, Event, Rollout};

/// Another release of the same service to the same environment.
pub(super) struct Rival {
    pub(super) name: String,
    pub(super) record: Result<Run<Rollout>, RunError>,
}

/// The others of a release. One that cannot be read is among them, unless what can be read of it says that it is of
/// something else, or that it has ended.
pub(super) async fn rivals(
    journal: &Arc<SqliteJournal>,
    name: &str,
    course: &Course,
) -> Result<Vec<Rival>, Failure> {
    let is_of_it =
        |other: &Course| (&other.service, &other.environment) == (&course.service, &course.environment);
    let mut rivals = Vec::new();
    for name in names(journal).await?.into_iter().filter(|other| other != name) {
        let of_rival: Arc<dyn Journal> = Arc::<SqliteJournal>::clone(journal);
        let record: Result<Run<Rollout>, RunError> =
            Run::open(of_rival, Arc::new(SystemClock::new()), &name).await;
        let is_rival = match &record {
            Ok(run) => run.state().course.as_deref().is_some_and(is_of_it),
            Err(_) => match history::<Rollout>(&**journal, &name).await {
                Ok((history, damage)) => {
                    history.state.course.as_deref().is_none_or(is_of_it)
                        && !has_ended(journal, &history, damage.as_ref()).await
                }
                Err(_) => true,
            },
        };
        if is_rival {
            rivals.push(Rival { name, record });
        }
    }
    Ok(rivals)
}

/// Whether a release has ended of which a record is damaged, by what stands before that record and after it.
async fn has_ended(journal: &SqliteJournal, before: &History<Rollout>, damage: Option<&RunError>) -> bool {
    let (stream, seq) = match damage {
        Some(
            RunError::Broken { stream, seq }
            | RunError::Damaged { stream, seq, .. }
            | RunError::Unreadable { stream, seq, .. },
        ) => (stream, *seq),
        // What a newer build wrote may go on in ways that this one does not know.
        _ => return false,
    };
    let holder = journal.holder(&stream.scope(), Utc::now()).await;
    let is_left = holder.is_ok_and(|holder| holder.is_none_or(|claim| is_gone(&claim.owner)));
    if !is_left {
        return false;
    }
    let Ok(Some(head)) = journal.head(&stream.kind, &stream.name).await else { return false };
    let mut has_ended = Rollout::is_over(&before.state);
    for place in seq..head.seq {
        match later(journal, stream, place).await {
            Later::Events(events) => {
                // That people could not be told comes after the end, too.
                let last = events.iter().rfind(|event| !matches!(event, Event::Untold { .. }));
                has_ended = last.map_or(has_ended, |last| {
                    matches!(last, Event::Aborted { .. } | Event::Completed | Event::RolledBack)
                });
            }
            Later::TooNew => return false,
            Later::Unreadable => {}
        }
    }
    has_ended
}

/// What a record after a damaged one says.
enum Later {
    Events(Vec<Event>),
    TooNew,
    Unreadable,
}

/// The record after that place.
async fn later(journal: &SqliteJournal, stream: &StreamId, after: Seq) -> Later {
    #[derive(Deserialize)]
    struct Version {
        v: u16,
    }
    #[derive(Deserialize)]
    struct Line {
        #[serde(default)]
        events: Vec<Event>,
    }
    let Ok(records) = journal.read(stream, after, 1).await else { return Later::Unreadable };
    let Some(record) = records.first() else { return Later::Unreadable };
    match serde_json::from_str(&record.body) {
        Ok(Version { v }) if v > Rollout::VERSION => Later::TooNew,
        _ => serde_json::from_str(&record.body)
            .map_or(Later::Unreadable, |Line { events }| Later::Events(events)),
    }
}

/// The right to say what is under way of a service in an environment. Who looks at the others before it writes holds it
/// from before the look until after the writing: of two that begin in the same instant the second sees the first.
pub(super) struct Word {
    journal: Arc<SqliteJournal>,
    claim: Claim,
}

impl Word {
    /// Longer than anybody takes to look and to write.
    const LENGTH: TimeDelta = TimeDelta::minutes(1);

    /// How long after a look the next one comes, while another process holds it.
    const PAUSE: Duration = Duration::from_millis(50);

    /// Waits until it is this process's.
    pub(super) async fn take(journal: &Arc<SqliteJournal>, course: &Course) -> Result<Self, Failure> {
        let scope = format!("target/{}/{}", course.environment, course.service);
        let owner = owner();
        loop {
            match journal.claim(&scope, &owner, Utc::now(), Self::LENGTH).await? {
                Claimed::Yours(claim) => return Ok(Self { journal: Arc::clone(journal), claim }),
                Claimed::Theirs(theirs) if is_gone(&theirs.owner) => journal.release(&theirs).await?,
                Claimed::Theirs(_) => tokio::time::sleep(Self::PAUSE).await,
            }
        }
    }

    /// Lets others have it.
    pub(super) async fn give_up(self) -> Result<(), Failure> {
        Ok(self.journal.release(&self.claim).await?)
    }
}
