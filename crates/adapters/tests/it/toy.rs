//! A small machine: what is asked for is done, and an abort undoes it.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toban_durable::{Care, Decision, Found, Machine, Now, Order, Perform, Settle, Steady, Wakeup};

/// Whether it goes on when the journal takes nothing is its parameter.
#[derive(Debug)]
pub(crate) struct Toy<const GOES_ON: bool = false>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// What became of what was asked for.
    pub(crate) fates: BTreeMap<String, Fate>,
    pub(crate) is_aborted: bool,
    /// Nothing more is asked for.
    pub(crate) is_closed: bool,
    pub(crate) waits_until: Option<Steady>,
    pub(crate) wakes: u32,
    /// It is due, and decides nothing.
    pub(crate) is_stuck: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fate {
    Open,
    Done,
    Doubted,
}

#[derive(Clone, Debug)]
pub(crate) enum Request {
    Abort,
    Close,
    Do(Vec<Effect>),
    Stick,
    Wait(TimeDelta),
}

#[derive(Debug, thiserror::Error)]
#[error("it is closed")]
pub(crate) struct Closed;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    Aborted,
    Closed,
    Fate(String, Fate),
    Stuck,
    /// All that happened so far.
    Summed(State),
    WaitsUntil(Steady),
    Woke,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Effect {
    pub(crate) name: String,
    pub(crate) is_once: bool,
    pub(crate) has_lane: bool,
    pub(crate) seconds: i64,
}

/// Something to be done within a minute, again where that is needed.
pub(crate) fn effect(name: &str) -> Effect {
    Effect { name: name.into(), is_once: false, has_lane: false, seconds: 60 }
}

impl<const GOES_ON: bool> Machine for Toy<GOES_ON> {
    const KIND: &'static str = "toy";
    const VERSION: u16 = 1;
    const GOES_ON_DEGRADED: bool = GOES_ON;
    type State = State;
    type Request = Request;
    type Refusal = Closed;
    type Event = Event;
    type Effect = Effect;
    type Outcome = ();

    fn request(state: &State, request: &Request, now: Now) -> Result<Decision<Self>, Closed> {
        Ok(match request {
            _ if state.is_closed => return Err(Closed),
            Request::Abort => Decision::none().event(Event::Aborted).order(effect("undo")),
            Request::Close => Decision::none().event(Event::Closed),
            Request::Do(effects) => effects.iter().fold(Decision::none(), |decision, effect| {
                decision.event(Event::Fate(effect.name.clone(), Fate::Open)).order(effect.clone())
            }),
            Request::Stick => Decision::none().event(Event::Stuck),
            Request::Wait(wait) => Decision::none().event(Event::WaitsUntil(now.steady.after(*wait))),
        })
    }

    fn outcome(_: &State, effect: &Effect, _: u32, (): &(), _: Now) -> (Decision<Self>, Settle) {
        (Decision::none().event(Event::Fate(effect.name.clone(), Fate::Done)), Settle::Done)
    }

    fn doubt(_: &State, effect: &Effect, _: Now) -> Decision<Self> {
        Decision::none().event(Event::Fate(effect.name.clone(), Fate::Doubted))
    }

    fn wake(state: &State, now: Now) -> Decision<Self> {
        match state.waits_until {
            Some(until) if until <= now.steady => Decision::none().event(Event::Woke),
            _ => Decision::none(),
        }
    }

    fn apply(state: &mut State, event: &Event, _: Now) {
        match event {
            Event::Aborted => state.is_aborted = true,
            Event::Closed => state.is_closed = true,
            Event::Fate(name, fate) => {
                state.fates.insert(name.clone(), *fate);
            }
            Event::Stuck => state.is_stuck = true,
            Event::Summed(so_far) => state.clone_from(so_far),
            Event::WaitsUntil(until) => state.waits_until = Some(*until),
            Event::Woke => {
                state.waits_until = None;
                state.wakes += 1;
            }
        }
    }

    fn next_wakeup(state: &State) -> Wakeup {
        let stuck = if state.is_stuck { Wakeup::steady(Steady::START) } else { Wakeup::NEVER };
        stuck.or(state.waits_until.map_or(Wakeup::NEVER, Wakeup::steady))
    }

    fn care(effect: &Effect) -> Care {
        if effect.is_once { Care::Once } else { Care::Repeatable }
    }

    fn time_out(effect: &Effect) -> TimeDelta {
        TimeDelta::seconds(effect.seconds)
    }

    fn lane(effect: &Effect) -> Option<&'static str> {
        effect.has_lane.then_some("lane")
    }

    fn wants(state: &State, effect: &Effect) -> bool {
        !state.is_aborted || effect.name == "undo"
    }

    fn is_over(state: &State) -> bool {
        state.is_closed
    }

    fn summary(state: &State) -> Option<Event> {
        Some(Event::Summed(state.clone()))
    }
}

/// Does everything at once, and keeps what it did.
#[derive(Debug, Default)]
pub(crate) struct RecordingDoer(pub(crate) std::sync::Mutex<Vec<String>>);

#[async_trait]
impl Perform<Toy> for std::sync::Arc<RecordingDoer> {
    async fn perform(&self, order: &Order<Effect>) {
        self.0.lock().unwrap().push(order.key.clone());
    }

    async fn find_out(&self, order: &Order<Effect>) -> Found<()> {
        let was_done = self.0.lock().unwrap().contains(&order.key);
        if was_done { Found::Outcome(()) } else { Found::NotDone }
    }
}
