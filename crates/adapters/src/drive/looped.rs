//! The loop of one machine.

use super::options::{Options, WhenHeld};
use super::order::perform;
use super::stop::Leave;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use toban_core::Retry;
use toban_durable::{Claim, Epoch, Heard, Machine, Order, Perform, Run, RunError, StreamId, Turn};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet, yield_now};
use tokio::time::{Instant, sleep, timeout};

/// How a loop came to its end, where nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Another process holds the claim, and nobody wanted to wait for it.
    Held(Claim),
    /// Nothing is due, and it was to be [left](Options::with_leave_when_idle) then.
    Idle,
    /// Nothing will happen any more.
    Over,
    /// It was told to stop.
    Stopped,
    /// Another process has taken over: it is driven, but not from here.
    Superseded {
        /// Who, where that is known.
        by: Option<String>,
    },
}

/// The longest pause after a journal failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Drives a machine until nothing will happen any more, another process has taken over, or it is told to stop.
///
/// # Errors
/// When the journal fails so that trying again cannot help, or is damaged. What is performed then is cut off.
pub async fn drive<M: Machine>(
    run: &mut Run<M>,
    performer: Arc<dyn Perform<M>>,
    options: &Options<M>,
) -> Result<End, RunError> {
    let mut told = options.stop.listen();
    let now = Instant::now();
    let mut driver = Driver {
        run,
        performer,
        options,
        flights: JoinSet::new(),
        orders: HashMap::new(),
        landed: VecDeque::new(),
        has_held: false,
        renew_at: now,
        look_at: now,
        failures: 0,
        shown: None,
    };
    let end = driver.turns(&mut told).await;
    // Before the claim is given up nothing of this process may be going on.
    driver.flights.shutdown().await;
    if !matches!(end, Ok(End::Held(_) | End::Superseded { .. })) {
        driver.give_up().await;
    }
    driver.show();
    end
}

/// What follows from one turn of the loop.
enum Next {
    End(End),
    /// Something happened; there may be more at once.
    More,
    /// Nothing is due.
    Rest,
}

/// What an observer sees.
#[derive(PartialEq)]
struct Shown {
    stream: StreamId,
    place: u64,
    unwritten: usize,
    running: usize,
    epoch: Option<Epoch>,
}

/// An order and what came of it.
type Landed<M> = (Order<<M as Machine>::Effect>, Heard<<M as Machine>::Outcome>);

struct Driver<'r, M: Machine> {
    run: &'r mut Run<M>,
    performer: Arc<dyn Perform<M>>,
    options: &'r Options<M>,
    /// The orders that are performed, by their tasks.
    flights: JoinSet<Heard<M::Outcome>>,
    orders: HashMap<Id, Order<M::Effect>>,
    /// What came of orders and is not written down.
    landed: VecDeque<Landed<M>>,
    has_held: bool,
    renew_at: Instant,
    look_at: Instant,
    /// How often the journal has failed since it last did not.
    failures: u32,
    shown: Option<Shown>,
}

impl<M: Machine> Driver<'_, M> {
    async fn turns(&mut self, told: &mut watch::Receiver<Leave>) -> Result<End, RunError> {
        loop {
            self.show();
            let leave = *told.borrow_and_update();
            let is_idle = self.flights.is_empty() && self.landed.is_empty() && self.run.unwritten() == 0;
            if leave == Leave::AtOnce || (leave == Leave::Finishing && is_idle) {
                return Ok(End::Stopped);
            }
            // A journal that hangs keeps nobody from leaving: every future of a run may be dropped.
            let turned = tokio::select! {
                turned = self.turn(leave) => turned,
                _ = told.wait_for(|leave| *leave == Leave::AtOnce) => continue,
            };
            let rest = match turned {
                Ok(Next::End(end)) => return Ok(end),
                Ok(Next::More) => {
                    self.failures = 0;
                    yield_now().await;
                    continue;
                }
                Ok(Next::Rest) => {
                    self.failures = 0;
                    self.rest(leave)
                }
                Err(RunError::NotHeld { by, .. }) => return Ok(End::Superseded { by }),
                Err(error) => self.pause(error)?,
            };
            tokio::select! {
                Some(landed) = self.flights.join_next_with_id() => self.land(landed),
                () = sleep(rest) => {}
                _ = told.wait_for(|now| *now != leave) => {}
            }
        }
    }

    async fn turn(&mut self, leave: Leave) -> Result<Next, RunError> {
        let now = Instant::now();
        let is_due = now >= self.renew_at || self.run.held().is_none();
        if is_due && let Some(theirs) = self.claim(now).await? {
            return self.stand_by(theirs).await;
        }
        while let Some(landed) = self.flights.try_join_next_with_id() {
            self.land(landed);
        }
        let mut is_more = false;
        while let Some((order, heard)) = self.landed.front() {
            self.run.report(order, heard).await?;
            self.landed.pop_front();
            self.show();
            is_more = true;
        }
        if now >= self.look_at {
            self.run.refresh().await?;
            self.look_at = now + self.options.look_every;
            self.show();
        }
        if leave != Leave::Not {
            return Ok(if is_more { Next::More } else { Next::Rest });
        }
        // Before the next order is begun: a stream is not left while one is performed.
        if self.flights.is_empty() && self.run.seq() >= self.options.roll_over_after {
            match self.run.roll_over().await {
                Err(error) if M::GOES_ON_DEGRADED && self.run.held().is_some() => self.tell(&error),
                rolled => drop(rolled?),
            }
        }
        for order in self.run.take_orders().await? {
            // After a claim that had ended and was taken again, what this process performs is given out once more.
            if !self.orders.values().any(|running| running.key == order.key) {
                let task = self.flights.spawn(perform(Arc::clone(&self.performer), order.clone()));
                self.orders.insert(task.id(), order);
                is_more = true;
            }
        }
        self.show();
        is_more |= self.run.wake().await?;
        let is_over = self.run.is_over() && self.run.unwritten() == 0;
        Ok(match () {
            () if is_more => Next::More,
            () if is_over && self.flights.is_empty() => Next::End(End::Over),
            () if self.options.leaves_when_idle && self.flights.is_empty() => Next::End(End::Idle),
            () => Next::Rest,
        })
    }

    /// Asks for the claim, or renews it; `Some` where another process holds it.
    async fn claim(&mut self, now: Instant) -> Result<Option<Claim>, RunError> {
        let mut turn = self.run.claim(&self.options.owner, self.options.claim).await;
        if let Ok(Turn::Theirs(theirs)) = &turn
            && super::is_gone(&theirs.owner)
        {
            self.run.release_of_dead(theirs).await?;
            turn = self.run.claim(&self.options.owner, self.options.claim).await;
        }
        self.renew_at = now + self.third();
        match turn {
            Ok(Turn::Mine) => {
                self.has_held = true;
                Ok(None)
            }
            Ok(Turn::Theirs(theirs)) => Ok(Some(theirs)),
            Err(error) if M::GOES_ON_DEGRADED && self.run.held().is_some() => {
                self.tell(&error);
                Ok(None)
            }
            Err(error) => {
                self.renew_at = now;
                Err(error)
            }
        }
    }

    /// Another process drives the machine.
    async fn stand_by(&mut self, theirs: Claim) -> Result<Next, RunError> {
        if self.has_held {
            return Ok(Next::End(End::Superseded { by: Some(theirs.owner) }));
        }
        self.run.refresh().await?;
        self.show();
        Ok(match self.options.when_held {
            _ if self.run.is_over() => Next::End(End::Over),
            WhenHeld::Leave => Next::End(End::Held(theirs)),
            WhenHeld::Wait => {
                self.look_at = Instant::now() + self.options.look_every;
                Next::Rest
            }
        })
    }

    fn third(&self) -> Duration {
        (self.options.claim / 3).to_std().unwrap_or(LONGEST_PAUSE)
    }

    /// Until something is due. A machine that is due and decides nothing is looked at as any other.
    fn rest(&self, leave: Leave) -> Duration {
        let now = Instant::now();
        let wakeup = self.run.next_wakeup().wait(self.run.now()).and_then(|wait| wait.to_std().ok());
        let wakeup = wakeup.filter(|wait| leave == Leave::Not && self.has_held && !wait.is_zero());
        let renewal = self.has_held.then(|| self.renew_at.saturating_duration_since(now));
        let others = wakeup.into_iter().chain(renewal);
        others.fold(self.look_at.saturating_duration_since(now), Duration::min)
    }

    /// How long to wait after an error; the error itself, where that cannot help.
    fn pause(&mut self, error: RunError) -> Result<Duration, RunError> {
        match &error {
            RunError::Journal { source, .. } if source.retry() == Retry::Later => self.tell(&error),
            _ => return Err(error),
        }
        let pause = self.options.look_every.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        Ok(pause.min(LONGEST_PAUSE).min(self.third()))
    }

    fn land(&mut self, landed: Result<(Id, Heard<M::Outcome>), JoinError>) {
        // Of a task that panicked nobody hears.
        let (id, heard) = landed.unwrap_or_else(|error| (error.id(), Heard::Nothing));
        if let Some(order) = self.orders.remove(&id) {
            self.landed.push_back((order, heard));
        }
    }

    /// Gives up the claim, if the journal lets it; else it ends by itself.
    async fn give_up(&mut self) {
        if let Ok(Err(error)) = timeout(self.third(), self.run.release()).await {
            self.tell(&error);
        }
    }

    fn tell(&self, error: &RunError) {
        if let Some(observer) = &self.options.observer {
            observer.on_trouble(error);
        }
    }

    fn show(&mut self) {
        let Some(observer) = &self.options.observer else { return };
        let shown = Shown {
            stream: self.run.stream().clone(),
            place: self.run.seq(),
            unwritten: self.run.unwritten(),
            running: self.run.open_orders().filter(|order| order.is_running).count(),
            epoch: self.run.held().map(|claim| claim.epoch),
        };
        if self.shown.as_ref() != Some(&shown) {
            observer.on_change(self.run);
            self.shown = Some(shown);
        }
    }
}
