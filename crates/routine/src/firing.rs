//! A firing: one time of a task, from its beginning to its end.
//!
//! | it begins | it goes on | it ends |
//! |---|---|---|
//! | with the task as it was planned, and its occasion | a program does it, or people do; what its alerts measure is measured beside it | done, late, missed, waived, blocked, failed, cancelled or terminated |

mod decide;
mod event;
mod request;
mod state;

pub use event::{Alerted, Announcement, Begun, Effect, Event, Finish, Occasion, Outcome, Ran, Reading};
pub use request::{Refused, Request, Why};
pub use state::{Phase, State};

pub use decide::{MOST_CALLS, MOST_READS};

use crate::task::TaskId;
use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt;
use toban_durable::{Care, Decision, Machine, Now, Settle, Wakeup};

/// What tells a firing from all others: its task and its time.
///
/// ```
/// use toban_routine::FiringId;
/// let id: FiringId = "backup-check/2026-11-25T22:00:00Z".parse()?;
/// assert_eq!(id.task.as_str(), "backup-check");
/// assert_eq!(id.to_string(), "backup-check/2026-11-25T22:00:00Z");
/// # Ok::<(), toban_routine::FiringIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiringId {
    /// The task.
    pub task: TaskId,
    /// The time at which it is due by its rule, or was asked for; on a whole second.
    pub nominal: DateTime<Utc>,
}

/// A text that names no firing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no firing: expected a task and a time, such as `backup-check/2026-11-25T22:00:00Z`")]
pub struct FiringIdError {
    /// The rejected text.
    pub text: String,
}

impl fmt::Display for FiringId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.task, self.nominal.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl std::str::FromStr for FiringId {
    type Err = FiringIdError;

    fn from_str(text: &str) -> Result<Self, FiringIdError> {
        let parts = text.split_once('/').and_then(|(task, nominal)| {
            let nominal = DateTime::parse_from_rfc3339(nominal).ok()?.to_utc();
            Some(Self { task: TaskId::new(task).ok()?, nominal })
        });
        parts.ok_or_else(|| FiringIdError { text: text.to_owned() })
    }
}

/// One time of a task on its way: [`Begun`] in, one [`Finish`] out.
///
/// Its stream is called like its [`FiringId`], so that a firing begins once, however often it is begun; it ends with the
/// firing.
#[derive(Debug)]
pub struct Firing;

impl Machine for Firing {
    const KIND: &'static str = "routine-firing";
    const VERSION: u16 = 1;
    const ENDS: bool = true;

    type State = State;
    type Request = Request;
    type Refusal = Refused;
    type Event = Event;
    type Effect = Effect;
    type Outcome = Outcome;

    fn request(state: &State, request: &Request, now: Now) -> Result<Decision<Self>, Refused> {
        decide::request(state, request, now)
    }

    fn outcome(
        state: &State,
        effect: &Effect,
        attempt: u32,
        outcome: &Outcome,
        now: Now,
    ) -> (Decision<Self>, Settle) {
        decide::outcome(state, effect, attempt, outcome, now)
    }

    fn lost(state: &State, effect: &Effect, attempt: u32, now: Now) -> (Decision<Self>, Settle) {
        decide::lost(state, effect, attempt, now)
    }

    fn doubt(state: &State, _: &Effect, now: Now) -> Decision<Self> {
        decide::doubt(state, now)
    }

    fn wake(state: &State, now: Now) -> Decision<Self> {
        decide::wake(state, now)
    }

    fn apply(state: &mut State, event: &Event, at: Now) {
        state.apply(event, at);
    }

    fn next_wakeup(state: &State) -> Wakeup {
        state.next_wakeup()
    }

    fn care(effect: &Effect) -> Care {
        match effect {
            Effect::Run { is_repeatable: false, .. } => Care::Once,
            _ => Care::Repeatable,
        }
    }

    fn time_out(effect: &Effect) -> chrono::TimeDelta {
        decide::time_out(effect)
    }

    fn wants(state: &State, effect: &Effect) -> bool {
        state.wants(effect)
    }

    fn is_over(state: &State) -> bool {
        matches!(state.phase, Phase::Ended(_))
    }
}
