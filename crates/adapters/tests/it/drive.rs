//! The loop over tokio, in a time of its own that passes at once.

mod clock;
mod crash;
mod journal;
mod orders;
mod processes;
mod several;
mod stop;

use crate::toy::{Effect, Fate, Request, Toy};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toban_adapters::drive::{End, Observe, Options, drive};
use toban_core::{Clock, PortError, PortErrorKind};
use toban_durable::testing::{PassOn, Passing};
use toban_durable::{Found, Journal, MemoryJournal, Order, Perform, Run, RunError, Seq};
use tokio::time::{Instant, sleep, sleep_until};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Tokio's clock, which all processes share. It fails a loop that spins: time would never go on in it.
#[derive(Debug)]
struct TokioClock {
    start: Instant,
    asked: AtomicU32,
}

impl TokioClock {
    fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), asked: AtomicU32::new(0) })
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Clock for TokioClock {
    fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> TimeDelta {
        assert!(self.asked.fetch_add(1, Ordering::Relaxed) < 1_000_000, "it spins");
        TimeDelta::from_std(self.start.elapsed()).unwrap()
    }

    fn origin(&self) -> Option<String> {
        Some("tokio".into())
    }
}

/// How an order goes.
#[derive(Clone, Copy, Debug)]
enum Course {
    Takes(u64),
    HangsOnce,
    Hangs,
    Panics,
}

/// What the port says of an order of which nobody heard.
#[derive(Clone, Copy, Debug, Default)]
enum Lookup {
    #[default]
    Unknown,
    NotDone,
    Done,
    Hangs,
}

/// Performs orders as it was told, a second each by default.
#[derive(Debug)]
struct FakeDoer {
    start: Instant,
    courses: BTreeMap<String, Course>,
    lookup: Lookup,
    /// What began when, in seconds, and what ended.
    begun: Mutex<Vec<(String, u64)>>,
    ended: Mutex<Vec<(String, u64)>>,
}

impl FakeDoer {
    fn new() -> Self {
        let (courses, lookup) = (BTreeMap::new(), Lookup::default());
        Self { start: Instant::now(), courses, lookup, begun: Mutex::default(), ended: Mutex::default() }
    }

    fn with(mut self, name: &str, course: Course) -> Self {
        self.courses.insert(name.into(), course);
        self
    }

    fn begun(&self) -> Vec<(String, u64)> {
        self.begun.lock().unwrap().clone()
    }

    fn ended(&self) -> Vec<(String, u64)> {
        self.ended.lock().unwrap().clone()
    }
}

#[async_trait]
impl<const GOES_ON: bool> Perform<Toy<GOES_ON>> for FakeDoer {
    async fn perform(&self, order: &Order<Effect>) {
        let name = order.effect.name.clone();
        let now = || self.start.elapsed().as_secs();
        self.begun.lock().unwrap().push((name.clone(), now()));
        match self.courses.get(&name).copied().unwrap_or(Course::Takes(1)) {
            Course::HangsOnce if order.attempt > 1 => {}
            Course::Takes(time) => sleep(seconds(time)).await,
            Course::Hangs | Course::HangsOnce => pending().await,
            Course::Panics => panic!("it was told to"),
        }
        self.ended.lock().unwrap().push((name, now()));
    }

    async fn find_out(&self, _: &Order<Effect>) -> Found<()> {
        match self.lookup {
            Lookup::Unknown => Found::Unknown,
            Lookup::NotDone => Found::NotDone,
            Lookup::Done => Found::Outcome(()),
            Lookup::Hangs => pending().await,
        }
    }
}

/// Keeps what an observer is told.
#[derive(Debug, Default)]
struct RecordingObserver {
    places: Mutex<Vec<Seq>>,
    troubles: AtomicU32,
}

impl<const GOES_ON: bool> Observe<Toy<GOES_ON>> for RecordingObserver {
    fn on_change(&self, run: &Run<Toy<GOES_ON>>) {
        self.places.lock().unwrap().push(run.seq());
    }

    fn on_trouble(&self, _: &RunError) {
        self.troubles.fetch_add(1, Ordering::Relaxed);
    }
}

/// A journal in memory that fails between two moments.
#[derive(Debug, Default)]
struct FakeJournal {
    inner: Arc<MemoryJournal>,
    fails: Mutex<Option<(Instant, Instant, PortErrorKind)>>,
}

#[async_trait]
impl PassOn for FakeJournal {
    fn inner(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.inner) as _
    }

    async fn before(&self) -> Result<(), PortError> {
        match *self.fails.lock().unwrap() {
            Some((from, to, kind)) if (from..to).contains(&Instant::now()) => {
                Err(PortError::new(kind, "anything", "fake journal", "told to fail"))
            }
            _ => Ok(()),
        }
    }
}

/// A journal, the clock of its processes, and what they do.
#[derive(Debug)]
struct World {
    journal: Arc<Passing<FakeJournal>>,
    clock: Arc<TokioClock>,
    doer: Arc<FakeDoer>,
    observer: Arc<RecordingObserver>,
}

impl World {
    fn new(doer: FakeDoer) -> Self {
        let (journal, observer) = (Arc::default(), Arc::default());
        Self { journal, clock: TokioClock::new(), doer: Arc::new(doer), observer }
    }

    async fn open<const GOES_ON: bool>(&self, name: &str) -> Run<Toy<GOES_ON>> {
        Run::open(Arc::clone(&self.journal) as _, Arc::clone(&self.clock) as _, name).await.unwrap()
    }

    /// A machine that is asked for these orders, and nothing more after them.
    async fn run(&self, name: &str, effects: &[Effect]) -> Run<Toy> {
        let mut run = self.open(name).await;
        run.ask(&Request::Do(effects.to_vec())).await.unwrap();
        run.ask(&Request::Close).await.unwrap();
        run
    }

    fn options<const GOES_ON: bool>(&self, owner: &str) -> Options<Toy<GOES_ON>> {
        Options::new(owner).with_observer(Arc::clone(&self.observer) as _)
    }

    async fn drive(&self, run: &mut Run<Toy>, options: &Options<Toy>) -> End {
        drive(run, Arc::clone(&self.doer) as _, options).await.unwrap()
    }

    /// Seconds since it began.
    fn now(&self) -> u64 {
        self.clock.start.elapsed().as_secs()
    }

    async fn at(&self, time: u64) {
        sleep_until(self.clock.start + seconds(time)).await;
    }
}

fn fates(run: &Run<Toy>) -> Vec<(&str, Fate)> {
    run.state().fates.iter().map(|(name, fate)| (name.as_str(), *fate)).collect()
}

fn times(times: &[(&str, u64)]) -> Vec<(String, u64)> {
    times.iter().map(|(name, time)| ((*name).to_owned(), *time)).collect()
}
