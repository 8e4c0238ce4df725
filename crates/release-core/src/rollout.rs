//! The rollout as a machine: forward while everything allows it, back at any time.

mod course;
mod decide;
mod event;
mod request;
mod state;
mod turn;

pub use course::{Action, Commands, Course, Freeze, Mover, NoReturn, Slot, Step};
pub use decide::MOST_CALLS;
pub use event::{Announcement, Cause, Effect, Event, Needed, Outcome, Part, Ruled};
pub use request::{CourseFault, Refused, Request, Why};
pub use state::{Asking, Back, BudgetWord, Hold, Next, Phase, State, Trouble, Watch};

use chrono::TimeDelta;
use toban_durable::{Care, Decision, Machine, Now, Settle, Wakeup};

/// One release on its way: [`Course`] in, traffic moved, or everything as it was.
#[derive(Debug)]
pub struct Rollout;

impl Machine for Rollout {
    const KIND: &'static str = "rollout";
    const VERSION: u16 = 1;

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
        decide::outcome(state, effect, attempt, &Outcome::Failed { why: "no answer in time".into() }, now)
    }

    fn doubt(state: &State, effect: &Effect, now: Now) -> Decision<Self> {
        decide::doubt(state, effect, now)
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
            Effect::Step { is_repeatable: false, .. } => Care::Once,
            _ => Care::Repeatable,
        }
    }

    fn time_out(effect: &Effect) -> TimeDelta {
        match effect {
            Effect::Announce(_) | Effect::Wait { .. } => TimeDelta::seconds(30),
            Effect::Measure { time_out, .. }
            | Effect::SetWeight { time_out, .. }
            | Effect::Step { time_out, .. } => *time_out,
        }
    }

    fn delay(effect: &Effect) -> TimeDelta {
        match effect {
            Effect::Measure { after, .. } => *after,
            _ => TimeDelta::zero(),
        }
    }

    fn lane(effect: &Effect) -> Option<&'static str> {
        match effect {
            Effect::Announce(_) | Effect::Measure { .. } => None,
            Effect::SetWeight { .. }
            | Effect::Wait { part: Part::Next(Next::Stage(_)) | Part::Back(Back::Weight(_)) } => {
                Some("traffic")
            }
            Effect::Step { .. } | Effect::Wait { .. } => Some("steps"),
        }
    }

    fn wants(state: &State, effect: &Effect) -> bool {
        state.wants(effect)
    }

    fn is_over(state: &State) -> bool {
        matches!(state.phase, Phase::Done | Phase::Aborted | Phase::RolledBack)
    }
}
