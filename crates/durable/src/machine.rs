//! The shape of a machine, and of what performs its orders.

use crate::journal::{Epoch, Seq};
use crate::time::{Now, Steady, Wakeup};
use async_trait::async_trait;
use chrono::TimeDelta;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt::{self, Debug};

/// A life that is written down: people request, orders report what came of them, time passes.
///
/// Each of the three yields a [`Decision`]: events, which are facts, and orders, which somebody performs. The state is
/// nothing but the fold of [`apply`](Self::apply) over the events; replay applies and never decides again. So the
/// plan that a machine follows belongs into its first event.
///
/// All functions are pure, and none may panic.
pub trait Machine: Debug + Sized + Send + Sync + 'static {
    /// The name of the kind, part of the name of each stream.
    const KIND: &'static str;

    /// The version of what is written. A newer one in a journal stops its reader; an older one must still be read.
    const VERSION: u16;

    /// Whether it goes on when the journal takes nothing, because doing nothing would be worse: a page that nobody
    /// wrote down beats none. Only orders that may be [repeated](Care::Repeatable) are performed then; what was
    /// decided meanwhile is written as soon as the journal takes it, and lost if the process ends before.
    const GOES_ON_DEGRADED: bool = false;

    /// Whether a stream takes no more records once it is over, and is then none of the
    /// [open ones](crate::Journal::open_streams). Such a machine refuses whatever is asked of it when it is over.
    const ENDS: bool = false;

    /// What the events so far amount to.
    type State: Debug + Default + Clone + Send + Sync;
    /// What people and other systems ask for.
    type Request: Debug + Send + Sync;
    /// Why a request is not granted.
    type Refusal: Error + Send + Sync + 'static;
    /// A decided fact.
    type Event: Debug + Clone + Serialize + DeserializeOwned + Send + Sync;
    /// What is to be done in the world.
    type Effect: Debug + Clone + Serialize + DeserializeOwned + Send + Sync;
    /// What came of it; a failure is an outcome.
    type Outcome: Debug + Send + Sync;

    /// Somebody asks.
    ///
    /// # Errors
    /// When it cannot be granted in this state; nothing is written then.
    fn request(
        state: &Self::State,
        request: &Self::Request,
        now: Now,
    ) -> Result<Decision<Self>, Self::Refusal>;

    /// An order has come to an end. The state may have moved on since it was given.
    fn outcome(
        state: &Self::State,
        effect: &Self::Effect,
        attempt: u32,
        outcome: &Self::Outcome,
        now: Now,
    ) -> (Decision<Self>, Settle);

    /// An order did not come to an end in its time, and doing it again does no harm: it may be
    /// [repeated](Care::Repeatable), or the port knows that it was [not done](Heard::NotDone). Unless the machine says
    /// otherwise it is tried again, after a pause that grows to a minute.
    fn lost(state: &Self::State, effect: &Self::Effect, attempt: u32, now: Now) -> (Decision<Self>, Settle) {
        let _ = (state, effect);
        let pause = TimeDelta::seconds(i64::from(attempt.clamp(1, 60)));
        (Decision::none(), Settle::Again { not_before: now.steady.after(pause) })
    }

    /// An order that is to be done [once](Care::Once) was begun, and nobody can tell whether it was done. It is
    /// closed, and never begun again by itself: a person has to say what is true.
    fn doubt(state: &Self::State, effect: &Self::Effect, now: Now) -> Decision<Self>;

    /// It is time, or later.
    fn wake(state: &Self::State, now: Now) -> Decision<Self>;

    /// Takes in a fact. Total: any event may come in any state.
    fn apply(state: &mut Self::State, event: &Self::Event, at: Now);

    /// When to [wake](Self::wake) it.
    fn next_wakeup(state: &Self::State) -> Wakeup;

    /// Whether an order may be performed twice.
    fn care(effect: &Self::Effect) -> Care;

    /// How long an order may take; whoever performs it must hold the claim for that long.
    fn time_out(effect: &Self::Effect) -> TimeDelta;

    /// How long after it was given an order may start.
    fn delay(effect: &Self::Effect) -> TimeDelta {
        let _ = effect;
        TimeDelta::zero()
    }

    /// Orders of one lane are performed one after another, in the order in which they were given; those without a
    /// lane at any time.
    fn lane(effect: &Self::Effect) -> Option<&'static str> {
        let _ = effect;
        None
    }

    /// Whether the state still wants this order. One that it does not want is withdrawn instead of begun.
    fn wants(state: &Self::State, effect: &Self::Effect) -> bool {
        let _ = (state, effect);
        true
    }

    /// Whether nothing will happen any more.
    fn is_over(state: &Self::State) -> bool;

    /// For machines without end: the event that alone makes the state that all others so far have made. A stream
    /// that has grown long is left for a new one that begins with it.
    fn summary(state: &Self::State) -> Option<Self::Event> {
        let _ = state;
        None
    }
}

/// What a machine decides: facts, and what is to be done.
#[derive(Debug)]
pub struct Decision<M: Machine> {
    /// Facts, in the order in which they happen.
    pub events: Vec<M::Event>,
    /// Orders, in the order in which they are given.
    pub orders: Vec<M::Effect>,
}

impl<M: Machine> Decision<M> {
    /// Nothing happens.
    #[must_use]
    pub fn none() -> Self {
        Self { events: Vec::new(), orders: Vec::new() }
    }

    /// And this happens.
    #[must_use]
    pub fn event(mut self, event: M::Event) -> Self {
        self.events.push(event);
        self
    }

    /// And this is to be done.
    #[must_use]
    pub fn order(mut self, effect: M::Effect) -> Self {
        self.orders.push(effect);
        self
    }

    /// Whether nothing happens.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.events.is_empty() && self.orders.is_empty()
    }
}

impl<M: Machine> Clone for Decision<M> {
    fn clone(&self) -> Self {
        Self { events: self.events.clone(), orders: self.orders.clone() }
    }
}

/// What an outcome means for its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Settle {
    /// It is closed.
    Done,
    /// It is tried again under the same key.
    Again {
        /// Not before this time.
        not_before: Steady,
    },
}

/// Whether an order may be performed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Care {
    /// It is written down before it starts. If nobody knows what came of it the port is asked, then a person.
    Once,
    /// Again does no harm: it is idempotent, or its receiver knows the key.
    Repeatable,
}

/// Which order of a stream: the record that gave it, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId {
    /// The record.
    pub record: Seq,
    /// The place among the orders of the record, from 0.
    pub place: u32,
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.record, self.place)
    }
}

/// Something to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order<E> {
    /// Under which it is reported.
    pub id: OrderId,
    /// The same for every attempt, for no other order: what a receiver may use to do it once.
    pub key: String,
    /// The first attempt is 1.
    pub attempt: u32,
    /// It rises when another process takes over: a receiver that has seen a higher one may turn this order away.
    pub fence: Epoch,
    /// What is to be done.
    pub effect: E,
    /// How long it may take.
    pub time_out: TimeDelta,
    /// Whether an earlier attempt was begun of which nobody knows: [`Perform::find_out`] comes first.
    pub is_in_doubt: bool,
    /// Whether it is wanted still. One that is not was begun, and is only looked for.
    pub is_wanted: bool,
}

/// What the port says of an attempt that nobody heard of again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<O> {
    /// It was not done and will not be.
    NotDone,
    /// This came of it.
    Outcome(O),
    /// Nobody can tell.
    Unknown,
}

/// What performs the orders of a machine.
///
/// # Contract
/// - A failure is an outcome, not a panic.
/// - Every attempt at an order has the same key. A fence that is lower than one seen before comes from a process that
///   has been superseded.
/// - The future may be dropped when the time-out is over; what it started may then go on or not.
#[async_trait]
pub trait Perform<M: Machine>: Debug + Send + Sync + 'static {
    /// Does it.
    async fn perform(&self, order: &Order<M::Effect>) -> M::Outcome;

    /// Finds out what became of an attempt at an order that is to be done [once](Care::Once). A port that cannot
    /// look says so.
    async fn find_out(&self, order: &Order<M::Effect>) -> Found<M::Outcome> {
        let _ = order;
        Found::Unknown
    }
}

/// What is heard of an order that was performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<O> {
    /// The port knows that it was not done and will not be: its time was over, or it is not wanted any more.
    NotDone,
    /// Nothing: its time was over, or nobody can tell.
    Nothing,
    /// This came of it.
    Outcome(O),
}

/// Performs an order, or finds out first what became of it.
pub async fn carry_out<M: Machine>(
    performer: &dyn Perform<M>,
    order: &Order<M::Effect>,
) -> Heard<M::Outcome> {
    if order.is_in_doubt {
        match performer.find_out(order).await {
            Found::NotDone if order.is_wanted => {}
            Found::NotDone => return Heard::NotDone,
            Found::Outcome(outcome) => return Heard::Outcome(outcome),
            Found::Unknown => return Heard::Nothing,
        }
    }
    Heard::Outcome(performer.perform(order).await)
}
