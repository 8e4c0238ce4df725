//! A course held against recorded metrics, before it is followed for real.

use crate::judge::Reading;
use crate::rollout::{Cause, Course, Effect, Event, Next, Outcome, Phase, Refused, Request, Rollout};
use chrono::{DateTime, TimeDelta, Utc};
use toban_durable::{Heard, Now, Rehearsal};

/// What a course would have done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replay {
    /// Everything that would have been decided, and when.
    pub events: Vec<(Now, Event)>,
    /// How it would have ended; where it would stand at the end of the record.
    pub end: Phase,
    /// When that would have been.
    pub at: DateTime<Utc>,
    /// When a check would have turned it back.
    pub detected: Option<DateTime<Utc>>,
    /// How much of all traffic would have met the new version: the time, weighted. An hour at 5 % is three minutes.
    pub exposure: TimeDelta,
    /// How many measurements would have been taken.
    pub measurements: u64,
}

impl Replay {
    /// How long a fault that began then would have lasted before it was seen; `None` where it was not.
    #[must_use]
    pub fn time_to_detect(&self, fault: DateTime<Utc>) -> Option<TimeDelta> {
        self.detected.map(|detected| detected - fault).filter(|time| *time >= TimeDelta::zero())
    }

    /// How many requests the new version would have got, where so many a minute reach both versions together; rounded
    /// down.
    #[must_use]
    pub fn requests(&self, per_minute: u64) -> u64 {
        let millis = u128::try_from(self.exposure.num_milliseconds()).unwrap_or(0);
        u64::try_from(u128::from(per_minute) * millis / 60_000).unwrap_or(u64::MAX)
    }
}

/// Follows a course from a moment on as the real machine does, every person saying yes at once and every step working,
/// over measurements that `read` knows: for the check at that place, at that moment, with the stage that is on. Its
/// schedule and the error budget hold nothing: what is on record lies at another time.
///
/// # Errors
/// When the course cannot be followed.
pub fn replay(
    course: &Course,
    start: DateTime<Utc>,
    until: DateTime<Utc>,
    mut read: impl FnMut(usize, DateTime<Utc>, usize) -> Reading,
) -> Result<Replay, Refused> {
    let mut rehearsal: Rehearsal<Rollout> = Rehearsal::new(start);
    let by = course.author.clone();
    let followed = Course { schedule: None, needs_ruling: false, ..course.clone() };
    rehearsal.ask(&Request::Propose { course: Box::new(followed), by })?;
    let why = String::from("replay");
    let approver = |place: usize| {
        let mut may = course.approvers.iter().filter(|by| **by != course.author || course.author_may_approve);
        may.nth(place).cloned().unwrap_or_else(|| format!("replay {place}"))
    };
    for place in 0..course.approvals {
        let by = approver(place);
        rehearsal.ask(&Request::Approve { by, revision: course.revision.clone(), why: why.clone() })?;
    }
    let mut measurements = 0;
    loop {
        rehearsal.go_on(until, |effect, _, now| match effect {
            Effect::Measure { check, stage, .. } => {
                measurements += 1;
                Heard::Outcome(Outcome::Read(read(*check, now.wall, *stage)))
            }
            _ => Heard::Outcome(Outcome::Done),
        });
        let by = approver(0);
        let next = match rehearsal.state().phase {
            Phase::Ready(Next::Stage(stage)) => Request::Open { by, stage, why: why.clone() },
            Phase::Asking(about) => {
                Request::Answer { by, about: about.part(), why: "replayed".into(), is_done: true }
            }
            _ => break,
        };
        // What is held by more than a person stays where it is.
        if rehearsal.ask(&next).is_err() {
            break;
        }
    }
    let events = rehearsal.events().to_vec();
    let detected = events.iter().find_map(|(at, event)| match event {
        Event::TurnedBack { cause: Cause::Check { .. }, .. } | Event::Troubled { .. } => Some(at.wall),
        _ => None,
    });
    let (exposure, end) = (exposure(course, &events, until), rehearsal.state().phase);
    let is_over = matches!(end, Phase::Done | Phase::Aborted | Phase::RolledBack);
    let at = events.last().filter(|_| is_over).map_or(until, |(at, _)| at.wall);
    Ok(Replay { events, end, at, detected, exposure, measurements })
}

/// The time that the new version had traffic, weighted by how much; until it was done, turned back, or the end.
fn exposure(course: &Course, events: &[(Now, Event)], until: DateTime<Utc>) -> TimeDelta {
    let mut exposed = TimeDelta::zero();
    let mut since: Option<(DateTime<Utc>, u8)> = None;
    let mut close = |since: Option<(DateTime<Utc>, u8)>, at: DateTime<Utc>| {
        if let Some((then, weight)) = since {
            exposed += (at - then) * i32::from(weight) / 100;
        }
    };
    for (at, event) in events {
        match event {
            Event::Did { next: Next::Stage(stage) } => {
                close(since, at.wall);
                since = course.stages().get(*stage).map(|stage| (at.wall, stage.weight.as_percent()));
            }
            Event::TurnedBack { .. } | Event::Completed => close(since.take(), at.wall),
            _ => {}
        }
    }
    close(since, until);
    exposed
}
