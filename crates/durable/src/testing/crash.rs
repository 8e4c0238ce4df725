//! Processes that die before and after each append and each effect.

use super::pass::{PassOn, Passing};
use crate::journal::{Append, Appended, Claim, Journal};
use crate::machine::{Found, Machine, Order, Perform};
use async_trait::async_trait;
use std::fmt::Debug;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use toban_core::testing::FakeClock;
use toban_core::{PortError, PortErrorKind};

/// Polls once; `None` where the future waits, as that of a dead process does for ever.
pub fn block_on<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Counts the places where a process can die, and lets it die at one of them.
#[derive(Debug, Default)]
pub struct Crash {
    seen: AtomicU64,
    at: AtomicU64,
}

impl Crash {
    /// A place where the process can die: this never returns then.
    pub async fn point(&self) {
        let seen = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        if seen == self.at.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
    }

    /// Dies at the so many-th place from now on; 0: not at all.
    pub fn after(&self, places: u64) {
        let seen = self.seen.load(Ordering::SeqCst);
        self.at.store(if places == 0 { 0 } else { seen + places }, Ordering::SeqCst);
    }

    /// How many places have been passed.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }
}

/// What a journal does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It takes nothing, and says so.
    Full,
    /// It stores, but its answer is lost.
    Silent,
}

/// A journal in which a process can die, and that can be told to fail: [`Passing`] makes it one.
#[derive(Debug)]
pub struct CrashJournal {
    inner: Arc<dyn Journal>,
    crash: Arc<Crash>,
    /// After so many appends, for so many.
    fault: Mutex<(Option<Fault>, u64, u64)>,
}

impl CrashJournal {
    /// Dies before and after each append to that journal.
    #[must_use]
    pub fn new(inner: Arc<dyn Journal>, crash: Arc<Crash>) -> Self {
        Self { inner, crash, fault: Mutex::default() }
    }

    /// The next so many appends fail like this.
    pub fn fail(&self, fault: Fault, appends: u64) {
        self.fail_after(0, fault, appends);
    }

    /// So many appends go well, and the next so many fail like this.
    pub fn fail_after(&self, well: u64, fault: Fault, appends: u64) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = (Some(fault), well, appends);
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.1 > 0 {
            fault.1 -= 1;
            return None;
        }
        let next = fault.0.filter(|_| fault.2 > 0);
        fault.2 = fault.2.saturating_sub(1);
        next
    }
}

#[async_trait]
impl PassOn for CrashJournal {
    fn inner(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.inner)
    }

    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        self.crash.point().await;
        let fault = self.next_fault();
        if fault == Some(Fault::Full) {
            return Err(PortError::new(PortErrorKind::Full, "append", "crash journal", "told to be full"));
        }
        let appended = self.inner.append(claim, batch).await;
        self.crash.point().await;
        match fault {
            Some(Fault::Silent) => {
                Err(PortError::new(PortErrorKind::TimedOut, "append", "crash journal", "told to say nothing"))
            }
            _ => appended,
        }
    }
}

/// A performer in which a process can die before and after each effect.
#[derive(Debug)]
pub struct CrashPerform<P> {
    inner: P,
    crash: Arc<Crash>,
}

impl<P> CrashPerform<P> {
    /// Dies before and after each effect of that performer.
    #[must_use]
    pub fn new(inner: P, crash: Arc<Crash>) -> Self {
        Self { inner, crash }
    }
}

#[async_trait]
impl<M: Machine, P: Perform<M>> Perform<M> for CrashPerform<P> {
    async fn perform(&self, order: &Order<M::Effect>) -> M::Outcome {
        self.crash.point().await;
        let outcome = self.inner.perform(order).await;
        self.crash.point().await;
        outcome
    }

    async fn find_out(&self, order: &Order<M::Effect>) -> Found<M::Outcome> {
        self.inner.find_out(order).await
    }
}

/// Where a story is told: what outlives its processes, and where they die.
#[derive(Debug)]
pub struct Stage {
    /// Outlives them.
    pub journal: Arc<Passing<CrashJournal>>,
    /// Goes on while none lives.
    pub clock: Arc<FakeClock>,
    /// Where they die.
    pub crash: Arc<Crash>,
}

impl Stage {
    /// A stage over an empty journal.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>) -> Self {
        let crash = Arc::new(Crash::default());
        let journal = Arc::new(Passing(CrashJournal::new(journal, Arc::clone(&crash))));
        Self { journal, clock: Arc::new(FakeClock::new()), crash }
    }
}

/// Tells a story once in calm, then again and again with a crash at each place, and with a second one at each place
/// after it.
///
/// `live` is the life of one process, from opening the journal to the end of the story; it is called again after each
/// crash. What it does with the outside is kept in `W`. `same` compares what a crashed story came to with what the
/// calm one did, and panics where they may not differ. Gives the number of stories told.
pub fn crash_everywhere<W: Default, T: Debug>(
    journal: impl Fn() -> Arc<dyn Journal>,
    live: impl Fn(&Stage, &W) -> Option<T>,
    same: impl Fn((&T, &W), (&T, &W)),
) -> u64 {
    let tell = |first: u64, second: u64| {
        let (stage, world) = (Stage::new(journal()), W::default());
        stage.crash.after(first);
        if let Some(end) = live(&stage, &world) {
            return (end, world, stage.crash.seen(), false);
        }
        stage.crash.after(second);
        let begun = stage.crash.seen();
        if let Some(end) = live(&stage, &world) {
            return (end, world, stage.crash.seen() - begun, true);
        }
        stage.crash.after(0);
        let end = live(&stage, &world).expect("a process that does not die comes to an end");
        (end, world, 0, true)
    };
    let (calm, calm_world, places, _) = tell(0, 0);
    let mut told = 1;
    for first in 1..=places {
        let (end, world, after, has_died) = tell(first, 0);
        assert!(has_died, "place {first} of {places} is never reached");
        same((&calm, &calm_world), (&end, &world));
        told += 1;
        for second in 1..=after {
            let (end, world, ..) = tell(first, second);
            same((&calm, &calm_world), (&end, &world));
            told += 1;
        }
    }
    told
}
