//! The orders of a run: which are due, what came of them, and the shell that performs them without a runtime.

use crate::error::RunError;
use crate::line::Mark;
use crate::machine::{Care, Decision, Heard, Machine, Order, OrderId, Perform, Settle, carry_out};
use crate::run::{Run, Writer};
use crate::time::{Now, Wakeup};

/// An order that is not closed, for those who look on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOrder<'r, E> {
    /// Which order.
    pub id: OrderId,
    /// What is to be done.
    pub effect: &'r E,
    /// The attempt that runs or comes next.
    pub attempt: u32,
    /// Whether it is written down that it was begun, as it is of what is to be done once.
    pub is_begun: bool,
    /// Whether this process performs it now.
    pub is_running: bool,
}

impl<M: Machine> Run<M> {
    /// The orders that are not closed, oldest first.
    pub fn open_orders(&self) -> impl Iterator<Item = OpenOrder<'_, M::Effect>> {
        self.fold.open.iter().map(|(id, open)| OpenOrder {
            id: *id,
            effect: &open.effect,
            attempt: open.attempt,
            is_begun: open.is_begun,
            is_running: open.is_running,
        })
    }

    /// The orders to be performed now; each is given out once until it is [reported](Self::report). What the state
    /// does not want any more is withdrawn, and what is to be done [once](Care::Once) is written down as begun.
    ///
    /// # Errors
    /// When this process does not hold the claim for as long as the orders may take, or the journal fails.
    pub async fn take_orders(&mut self) -> Result<Vec<Order<M::Effect>>, RunError> {
        loop {
            self.ready().await?;
            let mut due = self.fold.due(self.now(), Care::Once);
            let before = self.held().map(|claim| claim.epoch);
            let claim = self.hold(due.time_out).await?;
            if before != Some(claim.epoch) {
                // The claim is new: others may have written before it.
                continue;
            }
            let fence = claim.epoch;
            let begun = due.begun.iter().map(|order| Mark::Begun { order: *order, fence });
            let withdrawn = due.withdrawn.iter().map(|order| Mark::Withdrawn { order: *order });
            let line = self.line().marking(withdrawn.chain(begun).collect());
            match self.try_write(&line, Writer::Holder).await {
                Ok(true) => {}
                Ok(false) => continue,
                // What must be written down before it starts has to wait.
                Err(RunError::Journal { .. }) if M::GOES_ON_DEGRADED => {
                    due = self.fold.due(self.now(), Care::Repeatable)
                }
                Err(error) => return Err(error),
            }
            let given = due.starts.iter().filter_map(|id| {
                let open = self.fold.open.get_mut(id)?;
                open.is_running = true;
                Some(Order {
                    id: *id,
                    key: open.key.clone(),
                    attempt: open.attempt,
                    fence,
                    effect: open.effect.clone(),
                    time_out: M::time_out(&open.effect),
                    // Begun just now, or by an attempt of which nobody heard.
                    is_in_doubt: open.is_begun && !due.begun.contains(id),
                    is_wanted: M::wants(&self.fold.state, &open.effect),
                })
            });
            return Ok(given.collect());
        }
    }

    /// Writes down what came of an order, together with what follows from it. After an error the order still counts
    /// as running here: report it again. One that is closed already is passed over.
    ///
    /// # Errors
    /// When this process does not hold the claim any more, or the journal fails.
    pub async fn report(
        &mut self,
        order: &Order<M::Effect>,
        heard: &Heard<M::Outcome>,
    ) -> Result<(), RunError> {
        loop {
            self.ready().await?;
            let Some((id, open)) = self.fold.order(&order.key) else { return Ok(()) };
            let (state, effect, attempt, now) = (&self.fold.state, &open.effect, open.attempt, self.now());
            let (decision, mark) = follows::<M>(state, (id, effect, attempt), heard, now);
            let line = self.line().deciding(decision).marking(vec![mark]);
            if self.write(line, Writer::Holder).await? {
                return Ok(());
            }
        }
    }
}

/// What follows from what was heard of an order.
pub(crate) fn follows<M: Machine>(
    state: &M::State,
    (order, effect, attempt): (OrderId, &M::Effect, u32),
    heard: &Heard<M::Outcome>,
    now: Now,
) -> (Decision<M>, Mark) {
    let (decision, settle) = match (heard, M::care(effect)) {
        (Heard::Outcome(outcome), _) => M::outcome(state, effect, attempt, outcome, now),
        (Heard::NotDone, _) | (Heard::Nothing, Care::Repeatable) => M::lost(state, effect, attempt, now),
        (Heard::Nothing, Care::Once) => (M::doubt(state, effect, now), Settle::Done),
    };
    let mark = match settle {
        Settle::Done => Mark::Settled { order },
        Settle::Again { not_before } => Mark::Again { order, not_before },
    };
    (decision, mark)
}

/// Where a machine stands when nothing is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing will happen any more.
    Over,
    /// It waits, for this or for a request.
    Until(Wakeup),
}

/// Performs what is due and lets due time pass, until nothing is due. The run holds the claim.
///
/// Nothing is timed here, and nothing sleeps: a program without a runtime calls it again at the wakeup. With tokio,
/// `toban-adapters` has a loop that performs orders side by side and cuts off those whose time is over.
///
/// # Errors
/// When this process does not hold the claim any more, or the journal fails.
pub async fn settle<M: Machine>(run: &mut Run<M>, performer: &dyn Perform<M>) -> Result<Settled, RunError> {
    loop {
        let orders = run.take_orders().await?;
        for order in &orders {
            let heard = carry_out(performer, order).await;
            run.report(order, &heard).await?;
        }
        if orders.is_empty() && !run.wake().await? {
            return Ok(if run.is_over() { Settled::Over } else { Settled::Until(run.next_wakeup()) });
        }
    }
}
