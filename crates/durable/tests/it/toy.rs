//! A small rollout: migrate once, set the weight again and again, tell people.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_durable::testing::block_on;
use toban_durable::{
    Care, Decision, Found, Journal, Machine, MemoryJournal, Now, Order, Perform, Run, Settle, Settled,
    Steady, Turn, Wakeup, settle,
};

#[derive(Debug)]
pub(crate) struct Toy;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum State {
    #[default]
    New,
    Nudged,
    Migrating,
    InDoubt,
    Moving(usize),
    Soaking(usize, Steady),
    RollingBack,
    Done,
    RolledBack,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A second one decides nothing.
    Nudge,
    Start,
    Abort,
    /// A person says whether the migration was done.
    Migration(bool),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{request:?} is not possible while {state:?}")]
pub(crate) struct Refusal {
    state: State,
    request: Request,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    Migrate,
    SetWeight(u8),
    Announce(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Nudged,
    Started,
    MigrationInDoubt,
    StageEntered(usize),
    WeightReached,
    RollingBack,
    Ended(bool),
    Was(State),
}

pub(crate) const STAGES: [u8; 2] = [25, 100];
pub(crate) const SOAK: TimeDelta = TimeDelta::minutes(5);

type D = Decision<Toy>;

fn enter(stage: usize) -> D {
    D::none().event(Event::StageEntered(stage)).order(Effect::SetWeight(STAGES[stage]))
}

fn announce(text: &str) -> Effect {
    Effect::Announce(text.into())
}

impl Machine for Toy {
    const KIND: &'static str = "toy";
    const VERSION: u16 = 3;
    type State = State;
    type Request = Request;
    type Refusal = Refusal;
    type Event = Event;
    type Effect = Effect;
    type Outcome = Outcome;

    fn request(state: &State, request: &Request, _: Now) -> Result<D, Refusal> {
        Ok(match (state, request) {
            (State::New, Request::Nudge) => D::none().event(Event::Nudged),
            (State::Nudged, Request::Nudge) => D::none(),
            (State::Soaking(..), Request::Nudge) => D::none().order(announce("nudged")),
            (State::New | State::Nudged, Request::Start) => {
                D::none().event(Event::Started).order(Effect::Migrate).order(announce("started"))
            }
            (State::InDoubt, Request::Migration(true)) => enter(0),
            (State::InDoubt, Request::Migration(false)) => {
                D::none().event(Event::Started).order(Effect::Migrate)
            }
            (State::Migrating | State::InDoubt | State::Moving(_) | State::Soaking(..), Request::Abort) => {
                D::none().event(Event::RollingBack).order(Effect::SetWeight(0))
            }
            _ => return Err(Refusal { state: state.clone(), request: request.clone() }),
        })
    }

    fn outcome(state: &State, effect: &Effect, _: u32, outcome: &Outcome, now: Now) -> (D, Settle) {
        let decision = match (state, effect, outcome) {
            (_, Effect::SetWeight(_) | Effect::Announce(_), Outcome::Failed) => {
                return (D::none(), Settle::Again { not_before: now.steady.after(TimeDelta::seconds(10)) });
            }
            (State::Migrating, Effect::Migrate, Outcome::Done) => enter(0),
            (State::Migrating, Effect::Migrate, Outcome::Failed) => {
                D::none().event(Event::RollingBack).order(Effect::SetWeight(0))
            }
            (State::Moving(stage), Effect::SetWeight(weight), Outcome::Done) if STAGES[*stage] == *weight => {
                D::none().event(Event::WeightReached)
            }
            (State::RollingBack, Effect::SetWeight(0), Outcome::Done) => {
                D::none().event(Event::Ended(false)).order(announce("rolled back"))
            }
            _ => D::none(),
        };
        (decision, Settle::Done)
    }

    fn doubt(state: &State, _: &Effect, _: Now) -> D {
        match state {
            State::Migrating => D::none().event(Event::MigrationInDoubt),
            _ => D::none(),
        }
    }

    fn wake(state: &State, now: Now) -> D {
        match state {
            State::Soaking(stage, until) if *until <= now.steady => match stage + 1 {
                next if next < STAGES.len() => enter(next),
                _ => D::none().event(Event::Ended(true)).order(announce("completed")),
            },
            _ => D::none(),
        }
    }

    fn apply(state: &mut State, event: &Event, at: Now) {
        *state = match (std::mem::take(state), event) {
            (_, Event::Nudged) => State::Nudged,
            (_, Event::Started) => State::Migrating,
            (_, Event::MigrationInDoubt) => State::InDoubt,
            (_, Event::StageEntered(stage)) => State::Moving(*stage),
            (State::Moving(stage), Event::WeightReached) => State::Soaking(stage, at.steady.after(SOAK)),
            (_, Event::RollingBack) => State::RollingBack,
            (_, Event::Ended(true)) => State::Done,
            (_, Event::Ended(false)) => State::RolledBack,
            (_, Event::Was(state)) => state.clone(),
            (state, Event::WeightReached) => state,
        };
    }

    fn next_wakeup(state: &State) -> Wakeup {
        match state {
            State::Soaking(_, until) => Wakeup::steady(*until),
            _ => Wakeup::NEVER,
        }
    }

    fn care(effect: &Effect) -> Care {
        if *effect == Effect::Migrate { Care::Once } else { Care::Repeatable }
    }

    fn time_out(effect: &Effect) -> TimeDelta {
        if *effect == Effect::Migrate { TimeDelta::minutes(10) } else { TimeDelta::seconds(5) }
    }

    fn lane(effect: &Effect) -> Option<&'static str> {
        matches!(effect, Effect::SetWeight(_)).then_some("traffic")
    }

    fn wants(state: &State, effect: &Effect) -> bool {
        match (state, effect) {
            (State::Moving(stage), Effect::SetWeight(weight)) => STAGES[*stage] == *weight,
            (state, Effect::SetWeight(weight)) => *state == State::RollingBack && *weight == 0,
            (state, Effect::Migrate) => *state == State::Migrating,
            (_, Effect::Announce(_)) => true,
        }
    }

    fn is_over(state: &State) -> bool {
        matches!(state, State::Done | State::RolledBack)
    }

    fn summary(state: &State) -> Option<Event> {
        Some(Event::Was(state.clone()))
    }
}

/// What was done in the world, by key.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) done: Mutex<Vec<(String, Effect)>>,
    /// Whether the port knows what became of a migration that nobody heard of.
    pub(crate) can_tell: bool,
    /// So many weights fail first.
    pub(crate) failing: Mutex<u32>,
}

impl World {
    pub(crate) fn done(&self) -> Vec<Effect> {
        self.done.lock().unwrap().iter().map(|(_, effect)| effect.clone()).collect()
    }

    /// How often each announcement arrived at a receiver that knows the keys.
    pub(crate) fn announced(&self) -> BTreeMap<String, Effect> {
        let done = self.done.lock().unwrap();
        done.iter().filter(|(_, effect)| matches!(effect, Effect::Announce(_))).cloned().collect()
    }

    pub(crate) fn migrations(&self) -> usize {
        self.done().iter().filter(|effect| **effect == Effect::Migrate).count()
    }

    pub(crate) fn weight(&self) -> Option<u8> {
        let weight =
            |effect: &Effect| if let Effect::SetWeight(weight) = effect { Some(*weight) } else { None };
        self.done().iter().rev().find_map(weight)
    }
}

#[derive(Debug)]
pub(crate) struct Doer(pub(crate) Arc<World>);

#[async_trait]
impl Perform<Toy> for Doer {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        let mut failing = self.0.failing.lock().unwrap();
        if matches!(order.effect, Effect::SetWeight(_)) && *failing > 0 {
            *failing -= 1;
            return Outcome::Failed;
        }
        self.0.done.lock().unwrap().push((order.key.clone(), order.effect.clone()));
        Outcome::Done
    }

    async fn find_out(&self, order: &Order<Effect>) -> Found<Outcome> {
        let done = self.0.done.lock().unwrap();
        match done.iter().any(|(key, _)| *key == order.key) {
            _ if !self.0.can_tell => Found::Unknown,
            true => Found::Outcome(Outcome::Done),
            false => Found::NotDone,
        }
    }
}

/// A process that drives the toy.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) run: Run<Toy>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) world: Arc<World>,
}

pub(crate) const CLAIM: TimeDelta = TimeDelta::seconds(30);

impl Process {
    pub(crate) fn start(journal: Arc<dyn Journal>, clock: Arc<FakeClock>, world: Arc<World>) -> Self {
        let run = block_on(Run::open(journal, Arc::clone(&clock) as _, "a")).unwrap().unwrap();
        Self { run, clock, world }
    }

    /// Alone with a journal in memory.
    pub(crate) fn alone() -> (Self, Arc<MemoryJournal>) {
        let journal = Arc::new(MemoryJournal::new());
        (Self::start(Arc::clone(&journal) as _, Arc::default(), Arc::default()), journal)
    }

    pub(crate) fn claim(&mut self, owner: &str) -> Turn {
        block_on(self.run.claim(owner, CLAIM)).unwrap().unwrap()
    }

    pub(crate) fn ask(&mut self, request: Request) -> Result<(), toban_durable::AskError<Refusal>> {
        block_on(self.run.ask(&request)).unwrap()
    }

    pub(crate) fn settle(&mut self) -> Settled {
        let doer = Doer(Arc::clone(&self.world));
        block_on(settle(&mut self.run, &doer)).unwrap().unwrap()
    }

    /// Settles and lets time pass until it is over.
    pub(crate) fn finish(&mut self) {
        loop {
            match self.settle() {
                Settled::Over => return,
                Settled::Until(wakeup) => {
                    let wait = wakeup.wait(self.run.now()).expect("it waits for a time");
                    self.clock.advance(wait);
                }
            }
        }
    }
}
