//! What of a loop can be chosen, and who looks on.

use super::Stop;
use chrono::TimeDelta;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use toban_durable::{Machine, Run, RunError, Seq};

/// Looks on. What it does holds the loop up.
pub trait Observe<M: Machine>: Debug + Send + Sync + 'static {
    /// Records were written or read, or an order was begun. It is called once at the beginning.
    fn on_change(&self, run: &Run<M>);

    /// The journal failed, and is tried again.
    fn on_trouble(&self, error: &RunError) {
        let _ = error;
    }
}

/// What to do while another process holds the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenHeld {
    /// Say so.
    Leave,
    /// Look on until it is free, then take it.
    Wait,
}

/// How a machine is driven.
#[derive(Debug)]
pub struct Options<M: Machine> {
    pub(super) owner: String,
    pub(super) claim: TimeDelta,
    pub(super) look_every: Duration,
    pub(super) roll_over_after: Seq,
    pub(super) when_held: WhenHeld,
    pub(super) leaves_when_idle: bool,
    pub(super) stop: Stop,
    pub(super) observer: Option<Arc<dyn Observe<M>>>,
}

impl<M: Machine> Options<M> {
    /// How long a claim lasts that is not renewed: long enough for three attempts, short enough to wait for.
    pub const CLAIM: TimeDelta = TimeDelta::seconds(30);

    /// How often the journal is looked at: people who abort see it happen at once.
    pub const LOOK_EVERY: Duration = Duration::from_millis(250);

    /// How many records a stream has before it is left for a new one, where its machine has a
    /// [summary](Machine::summary): they are read in a moment.
    pub const ROLL_OVER_AFTER: Seq = 10_000;

    /// By the process of that name; no two processes may go by the same. It waits for its turn.
    #[must_use]
    pub fn new(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            claim: Self::CLAIM,
            look_every: Self::LOOK_EVERY,
            roll_over_after: Self::ROLL_OVER_AFTER,
            when_held: WhenHeld::Wait,
            leaves_when_idle: false,
            stop: Stop::new(),
            observer: None,
        }
    }

    /// Claims of another length than [`CLAIM`](Self::CLAIM), of a second at least.
    #[must_use]
    pub fn with_claim(self, length: TimeDelta) -> Self {
        Self { claim: length.max(TimeDelta::seconds(1)), ..self }
    }

    /// Looks at the journal at other times than [`LOOK_EVERY`](Self::LOOK_EVERY), after a millisecond at least.
    #[must_use]
    pub fn with_look_every(self, look_every: Duration) -> Self {
        Self { look_every: look_every.max(Duration::from_millis(1)), ..self }
    }

    /// Leaves a stream for a new one after another number of records than
    /// [`ROLL_OVER_AFTER`](Self::ROLL_OVER_AFTER), of two at least, as soon as nothing is performed.
    #[must_use]
    pub fn with_roll_over_after(self, records: Seq) -> Self {
        Self { roll_over_after: records.max(2), ..self }
    }

    /// What to do while another process holds the claim.
    #[must_use]
    pub fn with_when_held(self, when_held: WhenHeld) -> Self {
        Self { when_held, ..self }
    }

    /// Leaves it when nothing is performed and nothing is due, for whoever comes back at the next
    /// [wakeup](Run::next_wakeup) or when somebody has asked.
    #[must_use]
    pub fn with_leave_when_idle(self) -> Self {
        Self { leaves_when_idle: true, ..self }
    }

    /// Stops when that is told.
    #[must_use]
    pub fn with_stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Somebody looks on.
    #[must_use]
    pub fn with_observer(self, observer: Arc<dyn Observe<M>>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// The name of the process.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What tells it to stop.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl<M: Machine> Clone for Options<M> {
    fn clone(&self) -> Self {
        Self { owner: self.owner.clone(), stop: self.stop.clone(), observer: self.observer.clone(), ..*self }
    }
}
