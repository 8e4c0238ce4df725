//! A machine in virtual time, without a journal: what it would do.

use crate::fold::Fold;
use crate::journal::StreamId;
use crate::line::{LineOf, Mark};
use crate::machine::{Care, Decision, Heard, Machine};
use crate::orders::follows;
use crate::time::{Now, Stamp, Steady};
use chrono::{DateTime, TimeDelta, Utc};

/// A machine that is only tried out: its own decisions, in time that passes as fast as it can be computed, over a world
/// that somebody makes up or has recorded.
#[derive(Debug)]
pub struct Rehearsal<M: Machine> {
    fold: Fold<M>,
    now: Now,
    events: Vec<(Now, M::Event)>,
}

impl<M: Machine> Rehearsal<M> {
    /// A new machine, at that moment.
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        let now = Now { wall: start, steady: Steady::START };
        Self { fold: Fold::new(StreamId::new(M::KIND, "rehearsal")), now, events: Vec::new() }
    }

    /// What it has come to.
    #[must_use]
    pub fn state(&self) -> &M::State {
        &self.fold.state
    }

    /// When that is.
    #[must_use]
    pub fn now(&self) -> Now {
        self.now
    }

    /// What has happened, and when.
    #[must_use]
    pub fn events(&self) -> &[(Now, M::Event)] {
        &self.events
    }

    /// Somebody asks.
    ///
    /// # Errors
    /// When the machine refuses.
    pub fn ask(&mut self, request: &M::Request) -> Result<(), M::Refusal> {
        let decision = M::request(&self.fold.state, request, self.now)?;
        self.decide(decision, Vec::new());
        Ok(())
    }

    /// Performs what is due by `perform`, which takes no time, and lets time pass to whatever comes next, until that
    /// moment, or until nothing comes any more.
    pub fn go_on(
        &mut self,
        until: DateTime<Utc>,
        mut perform: impl FnMut(&M::Effect, u32, Now) -> Heard<M::Outcome>,
    ) {
        loop {
            if self.perform_due(&mut perform) || self.wake() {
                continue;
            }
            let orders = self.fold.open.values().map(|open| open.not_before.since(self.now.steady));
            let wakeup = M::next_wakeup(&self.fold.state).wait(self.now);
            // What is due and decides nothing is waited for by nobody.
            let waits = orders.chain(wakeup).filter(|wait| *wait > TimeDelta::zero());
            let left = until - self.now.wall;
            match waits.min() {
                Some(wait) if wait <= left => self.pass(wait),
                _ => break,
            }
        }
    }

    fn pass(&mut self, time: TimeDelta) {
        self.now = Now { wall: self.now.wall + time, steady: self.now.steady.after(time) };
    }

    fn perform_due(&mut self, perform: &mut impl FnMut(&M::Effect, u32, Now) -> Heard<M::Outcome>) -> bool {
        let due = self.fold.due(self.now, Care::Once);
        for order in &due.withdrawn {
            self.fold.open.remove(order);
        }
        for order in &due.starts {
            let Some(open) = self.fold.open.get(order) else { continue };
            let (effect, attempt) = (open.effect.clone(), open.attempt);
            let heard = perform(&effect, attempt, self.now);
            let (state, now) = (&self.fold.state, self.now);
            let (decision, mark) = follows::<M>(state, (*order, &effect, attempt), &heard, now);
            self.decide(decision, vec![mark]);
        }
        !due.starts.is_empty() || !due.withdrawn.is_empty()
    }

    fn wake(&mut self) -> bool {
        if !M::next_wakeup(&self.fold.state).is_due(self.now) {
            return false;
        }
        let decision = M::wake(&self.fold.state, self.now);
        let is_some = !decision.is_none();
        self.decide(decision, Vec::new());
        is_some
    }

    fn decide(&mut self, decision: Decision<M>, marks: Vec<Mark>) {
        self.events.extend(decision.events.iter().map(|event| (self.now, event.clone())));
        let stamp = Stamp { now: self.now, origin: None, elapsed: None };
        let line = LineOf::<M>::new(M::VERSION, stamp).deciding(decision).marking(marks);
        self.fold.take(self.fold.seq + 1, self.fold.hash, &line);
    }
}
