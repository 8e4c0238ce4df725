//! A task as it goes on: up to when was decided, what runs, what waits.
//!
//! One stream for each task, without end. What has come is decided here by [`due`](crate::due()) and
//! [`Overlap`](crate::Overlap), and written together with the beginning of each [`Firing`](crate::Firing) that follows
//! from it: [`Book`](crate::Book) does both at once. So it orders nothing, needs no claim, and any number of processes may
//! see to one task.

mod advance;
mod event;
mod request;
mod state;

pub use advance::{Advance, Seen};
pub use event::{Event, NoEffect};
pub use request::{MOST_ASKED, Refused, Request, Why};
pub use state::{Fired, Pending, State, TaskPlan, TaskPlanError};

use chrono::TimeDelta;
use toban_durable::{Care, Decision, Machine, Now, Settle, Wakeup};

/// A task as it goes on: its plan in, firings out.
///
/// Its stream is called like the task.
#[derive(Debug)]
pub struct Schedule;

impl Machine for Schedule {
    const KIND: &'static str = "routine-task";
    const VERSION: u16 = 1;

    type State = State;
    type Request = Request;
    type Refusal = Refused;
    type Event = Event;
    type Effect = NoEffect;
    type Outcome = NoEffect;

    fn request(state: &State, request: &Request, now: Now) -> Result<Decision<Self>, Refused> {
        request::request(state, request, now)
    }

    fn outcome(_: &State, effect: &NoEffect, _: u32, _: &NoEffect, _: Now) -> (Decision<Self>, Settle) {
        match *effect {}
    }

    fn doubt(_: &State, effect: &NoEffect, _: Now) -> Decision<Self> {
        match *effect {}
    }

    fn wake(_: &State, _: Now) -> Decision<Self> {
        // What has come is decided together with what begins.
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event, at: Now) {
        state.apply(event, at);
    }

    fn next_wakeup(state: &State) -> Wakeup {
        state.next_start().map_or(Wakeup::NEVER, Wakeup::at)
    }

    fn care(effect: &NoEffect) -> Care {
        match *effect {}
    }

    fn time_out(effect: &NoEffect) -> TimeDelta {
        match *effect {}
    }

    fn is_over(_: &State) -> bool {
        false
    }

    fn summary(state: &State) -> Option<Event> {
        state.summary()
    }
}
