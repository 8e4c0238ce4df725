//! Releases that belong together: several rollouts, step by step with each other, one after another, or back together.
//!
//! A [`Group`] is a machine of its own. It moves no traffic: its orders are requests to the streams of its members, each
//! of which is a [`Rollout`](crate::rollout::Rollout) with a record of its own, and what the members have come to is
//! reported to it. What holds a member back is what holds any rollout back: it is not proposed before its time, and the
//! gates of its stages are opened by the group.
//!
//! - **In lock-step** no member is let into a stage before every member has soaked the one before; a member with fewer
//!   stages has soaked those that it does not have when its last one is over.
//! - **In order**: a member is proposed only after those that it needs have reached a named point.
//! - **Together back**: where one member turns back, is aborted, or cannot even begin, all others are brought back, each
//!   after those that needed it; or everything is held and a person decides, as the plan says.
//!
//! | the caller | the group |
//! |---|---|
//! | drives each member as any other rollout, with its own approvals | proposes it, opens its gates, pauses or aborts it |
//! | hands orders to [`Members::ask`], and calls [`Members::report`] after members have moved | never lets a repeated order or report change anything |
//! | goes on to drive a member that is done: while the group is under way it may have to come back | brings back what is done too |
//! | sees to a member that is beyond its point of no return | says that it waits for that, and is not over before somebody says what was done |
//!
//! A member may be under way to its next stage at the very moment at which the group turns back: it goes no further than
//! that, and comes back with the others. A person who opens a gate of a member goes past the group; the others wait for
//! each other as before.

mod decide;
mod event;
mod members;
mod plan;
mod state;

pub use event::{Announcement, Ask, Cause, Effect, Event, Outcome, Refused, Request, Why};
pub use members::Members;
pub use plan::{GroupFault, GroupPlan, Member, Need, OnFailure, Pace, Point};
pub use state::{MemberState, Phase, Standing, State};

use chrono::TimeDelta;
use toban_durable::{Care, Decision, Machine, Now, Settle, Wakeup};

/// Several releases on their way together: [`GroupPlan`] in, all done, or all as they were.
#[derive(Debug)]
pub struct Group;

impl Machine for Group {
    const KIND: &'static str = "group";
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

    fn doubt(_: &State, _: &Effect, _: Now) -> Decision<Self> {
        // Every order may be repeated.
        Decision::none()
    }

    fn wake(_: &State, _: Now) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event, _: Now) {
        state.apply(event);
    }

    fn next_wakeup(_: &State) -> Wakeup {
        // It waits for its members and for persons, never for a time.
        Wakeup::NEVER
    }

    fn care(_: &Effect) -> Care {
        Care::Repeatable
    }

    fn time_out(_: &Effect) -> TimeDelta {
        TimeDelta::seconds(30)
    }

    fn wants(state: &State, effect: &Effect) -> bool {
        state.wants(effect)
    }

    fn is_over(state: &State) -> bool {
        matches!(state.phase, Phase::Done | Phase::RolledBack | Phase::Dissolved)
    }
}
