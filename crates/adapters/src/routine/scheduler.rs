//! The one loop that sees to all tasks.

use crate::drive::{End, Observe, Options, Stop, WhenHeld, drive};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;
use toban_core::Clock;
use toban_durable::{Perform, RunError, Seq, Wakeup};
use toban_routine::{Advanced, Book, BookError, Damage, Firing, FiringId, TaskId, TaskPlan, Wheel};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};

/// Looks on. What it does holds the scheduler up.
pub trait Watch: Debug + Send + Sync + 'static {
    /// A task was seen to, and something has begun, or it is known when to see to it next.
    fn on_advanced(&self, task: &TaskId, advanced: &Advanced) {
        let _ = (task, advanced);
    }

    /// Something failed, and is tried again. What is damaged is told once, until it can be read again.
    fn on_trouble(&self, trouble: &Trouble<'_>) {
        let _ = trouble;
    }
}

/// What failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Trouble<'e> {
    /// A task cannot be seen to.
    Task {
        /// Which.
        task: &'e TaskId,
        /// Why.
        error: &'e BookError,
    },
    /// A firing cannot be gone on with.
    Firing {
        /// Which.
        firing: &'e FiringId,
        /// Why.
        error: &'e RunError,
    },
    /// It cannot be told what is under way.
    Journal {
        /// Why.
        error: &'e RunError,
    },
}

/// How tasks are seen to.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    driving: Options<Firing>,
    look_every: Duration,
    watch: Option<Arc<dyn Watch>>,
}

impl SchedulerOptions {
    /// How often it is looked what other processes have asked.
    pub const LOOK_EVERY: Duration = Duration::from_secs(1);
    /// How many tasks are seen to side by side.
    pub const SIDE_BY_SIDE: usize = 64;
    /// After how many records the stream of a task is left for a new one.
    pub const ROLL_OVER_AFTER: Seq = 1_000;
    /// How long after a failure it is tried again.
    pub const PAUSE: TimeDelta = TimeDelta::seconds(5);

    /// By the process of that name; no two processes may go by the same.
    #[must_use]
    pub fn new(owner: impl Into<String>) -> Self {
        let driving = Options::new(owner).with_when_held(WhenHeld::Leave).with_leave_when_idle();
        Self { driving, look_every: Self::LOOK_EVERY, watch: None }
    }

    /// Looks at other times than [`LOOK_EVERY`](Self::LOOK_EVERY), after a millisecond at least.
    #[must_use]
    pub fn with_look_every(self, look_every: Duration) -> Self {
        Self { look_every: look_every.max(Duration::from_millis(1)), ..self }
    }

    /// Stops when that is told.
    #[must_use]
    pub fn with_stop(self, stop: Stop) -> Self {
        Self { driving: self.driving.with_stop(stop), ..self }
    }

    /// Somebody looks on at what becomes of tasks.
    #[must_use]
    pub fn with_watch(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Somebody looks on at what becomes of firings.
    #[must_use]
    pub fn with_observer(self, observer: Arc<dyn Observe<Firing>>) -> Self {
        Self { driving: self.driving.with_observer(observer), ..self }
    }

    /// What tells it to stop.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        self.driving.stop()
    }
}

/// Sees to the tasks of a book.
#[derive(Clone, Debug)]
pub struct Scheduler {
    book: Book,
    clock: Arc<dyn Clock>,
    performer: Arc<dyn Perform<Firing>>,
}

impl Scheduler {
    /// For the tasks of that book, by that clock; their orders are performed by that.
    #[must_use]
    pub fn new(book: Book, clock: Arc<dyn Clock>, performer: Arc<dyn Perform<Firing>>) -> Self {
        Self { book, clock, performer }
    }

    /// Plans these tasks, and sees to them until it is told to stop: whatever fails is told to who
    /// [watches](Watch), and tried again.
    pub async fn run(&self, plans: &[TaskPlan], by: &str, options: &SchedulerOptions) {
        let now = self.clock.wall();
        let mut turns = Turns {
            scheduler: self,
            options,
            plans,
            by: Arc::from(by),
            is_planned: vec![false; plans.len()],
            next: vec![None; plans.len()],
            wheel: Wheel::new(now),
            wall: now,
            ready: (0..plans.len()).collect(),
            seeing: JoinSet::new(),
            driving: JoinSet::new(),
            driven: HashSet::new(),
            looking: JoinSet::new(),
            parked: HashMap::new(),
            damaged_tasks: HashMap::new(),
            damaged_firings: HashMap::new(),
            look_at: Instant::now(),
        };
        turns.take().await;
    }
}

/// A firing that nothing is to be done for.
#[derive(Clone, Copy, Debug, Default)]
struct Parked {
    /// What stood in its record then.
    seq: Option<Seq>,
    /// When a wait is over.
    until: Option<Instant>,
    /// When a time of the calendar has come.
    wall: Option<DateTime<Utc>>,
}

struct Turns<'s> {
    scheduler: &'s Scheduler,
    options: &'s SchedulerOptions,
    plans: &'s [TaskPlan],
    by: Arc<str>,
    is_planned: Vec<bool>,
    /// When each task is seen to next.
    next: Vec<Option<DateTime<Utc>>>,
    wheel: Wheel<usize>,
    /// What the clock on the wall said last.
    wall: DateTime<Utc>,
    /// Tasks to be seen to now.
    ready: VecDeque<usize>,
    seeing: JoinSet<(usize, Result<Advanced, BookError>)>,
    driving: JoinSet<(FiringId, Result<Parked, RunError>)>,
    driven: HashSet<FiringId>,
    /// What is under way is listed; at most once at a time.
    looking: JoinSet<Result<Vec<(FiringId, Seq)>, RunError>>,
    parked: HashMap<FiringId, Parked>,
    /// What was told of as damaged.
    damaged_tasks: HashMap<usize, Damage>,
    damaged_firings: HashMap<FiringId, Damage>,
    look_at: Instant,
}

/// How many firings are listed at once.
const PAGE: usize = 1_000;
/// How long a firing is left to a process that holds it before it is asked for again.
const HELD: Duration = Duration::from_secs(2);
/// How soon after a firing has ended it is looked for what it let begin.
const SOON: Duration = Duration::from_millis(20);

/// A machine that panics breaks its contract; it does so here as it would without tasks. What a runner does is not of
/// these: its panics are outcomes that nobody heard.
fn broken(error: JoinError) {
    if let Ok(panic) = error.try_into_panic() {
        std::panic::resume_unwind(panic);
    }
}

/// Whether the same damage was told of before; what is told now is remembered.
fn is_told<K: Eq + Hash>(told: &mut HashMap<K, Damage>, of: K, damage: Option<Damage>) -> bool {
    damage.is_some_and(|damage| told.insert(of, damage.clone()) == Some(damage))
}

impl Turns<'_> {
    async fn take(&mut self) {
        let stop = self.options.stop().clone();
        loop {
            if stop.is_told() {
                // What runs comes to its end, or is cut off, as its loop is told.
                while self.driving.join_next().await.is_some() {}
                self.seeing.shutdown().await;
                self.looking.shutdown().await;
                return;
            }
            self.fire();
            self.see();
            if Instant::now() >= self.look_at {
                self.look();
            }
            let rest = self.rest();
            tokio::select! {
                Some(seen) = self.seeing.join_next() => match seen {
                    Ok((task, seen)) => self.seen(task, seen),
                    Err(error) => broken(error),
                },
                Some(ended) = self.driving.join_next() => match ended {
                    Ok((firing, ended)) => self.ended(firing, ended),
                    Err(error) => broken(error),
                },
                Some(listed) = self.looking.join_next() => match listed {
                    Ok(listed) => self.looked(listed),
                    Err(error) => broken(error),
                },
                () = sleep(rest) => {}
                () = stop.told() => {}
            }
        }
    }

    /// What is due by the clock on the wall.
    fn fire(&mut self) {
        let now = self.scheduler.clock.wall();
        if now + TimeDelta::seconds(1) < self.wall {
            // Somebody has set the clock back: a wheel never goes back.
            self.wheel = Wheel::new(now);
            for (task, next) in self.next.iter().enumerate() {
                if let Some(next) = next {
                    self.wheel.insert((*next).min(now), task);
                }
            }
        }
        self.wall = now;
        let mut due = Vec::new();
        self.wheel.advance(now, &mut due);
        for (_, task) in due {
            if let Some(next) = self.next.get_mut(task)
                && next.take().is_some()
            {
                self.ready.push_back(task);
            }
        }
    }

    /// Sees to those that are to be seen to, as many at a time as may be.
    fn see(&mut self) {
        while self.seeing.len() < SchedulerOptions::SIDE_BY_SIDE {
            let Some(task) = self.ready.pop_front() else { return };
            let Some(plan) = self.plans.get(task).cloned() else { continue };
            let is_planned = self.is_planned.get(task).copied().unwrap_or_default();
            let (book, by) = (self.scheduler.book.clone(), Arc::clone(&self.by));
            let owner = self.options.driving.owner().to_owned();
            self.seeing.spawn(async move {
                let id = &plan.task.id;
                let advanced = match is_planned {
                    true => book.advance(id).await,
                    false => book.plan(&plan, &by).await,
                };
                if let Ok(advanced) = &advanced
                    && advanced.records >= SchedulerOptions::ROLL_OVER_AFTER
                    && let Err(error) = book.roll_over(id, &owner).await
                {
                    return (task, Err(error.into()));
                }
                (task, advanced)
            });
        }
    }

    fn seen(&mut self, task: usize, seen: Result<Advanced, BookError>) {
        let id = self.plans.get(task).map(|plan| &plan.task.id);
        let next = match seen {
            Ok(advanced) => {
                self.damaged_tasks.remove(&task);
                if let Some(is_planned) = self.is_planned.get_mut(task) {
                    *is_planned = true;
                }
                if let (Some(watch), Some(id)) = (&self.options.watch, id) {
                    watch.on_advanced(id, &advanced);
                }
                for firing in advanced.begun {
                    self.drive(firing);
                }
                advanced.next
            }
            Err(error) => {
                let is_told = is_told(&mut self.damaged_tasks, task, error.damage());
                if let (Some(watch), Some(task), false) = (&self.options.watch, id, is_told) {
                    watch.on_trouble(&Trouble::Task { task, error: &error });
                }
                Some(self.scheduler.clock.wall() + SchedulerOptions::PAUSE)
            }
        };
        if let (Some(place), Some(next)) = (self.next.get_mut(task), next) {
            *place = Some(next);
            self.wheel.insert(next, task);
        }
    }

    /// Lists what is under way, in a task of its own: a journal that hangs holds nothing else up.
    fn look(&mut self) {
        if !self.looking.is_empty() {
            return;
        }
        let book = self.scheduler.book.clone();
        self.looking.spawn(async move {
            let mut all: Vec<(FiringId, Seq)> = Vec::new();
            loop {
                let after = all.last().map(|(firing, _)| firing.clone());
                let page = book.under_way(after.as_ref(), PAGE).await?;
                let is_last = page.len() < PAGE;
                all.extend(page);
                if is_last {
                    return Ok(all);
                }
            }
        });
    }

    /// Goes on with what is under way and nobody of this process sees to: begun elsewhere, changed by others, or due.
    fn looked(&mut self, listed: Result<Vec<(FiringId, Seq)>, RunError>) {
        let (now, wall) = (Instant::now(), self.scheduler.clock.wall());
        self.look_at = now + self.options.look_every;
        let all = match listed {
            Ok(all) => all,
            Err(error) => {
                if let Some(watch) = &self.options.watch {
                    watch.on_trouble(&Trouble::Journal { error: &error });
                }
                return;
            }
        };
        let names: HashSet<_> = all.iter().map(|(firing, _)| firing.clone()).collect();
        self.parked.retain(|firing, _| names.contains(firing));
        for (firing, seq) in all {
            let rests = self.parked.get(&firing).is_some_and(|parked| {
                parked.seq.is_none_or(|then| then == seq)
                    && parked.until.is_none_or(|until| now < until)
                    && parked.wall.is_none_or(|at| wall < at)
            });
            if !rests {
                self.drive(firing);
            }
        }
    }

    fn drive(&mut self, firing: FiringId) {
        if !self.driven.insert(firing.clone()) {
            return;
        }
        self.parked.remove(&firing);
        let Scheduler { book, performer, .. } = self.scheduler.clone();
        let options = self.options.driving.clone();
        self.driving.spawn(async move {
            let parked = async {
                let mut run = book.firing(&firing).await?;
                let end = drive(&mut run, performer, &options).await?;
                if matches!(end, End::Held(_) | End::Superseded { .. }) {
                    return Ok(Parked { until: Instant::now().checked_add(HELD), ..Parked::default() });
                }
                let Wakeup { steady, wall } = run.next_wakeup();
                let wait = steady.map(|steady| steady.since(run.now().steady).to_std().unwrap_or_default());
                let until = wait.and_then(|wait| Instant::now().checked_add(wait));
                Ok(Parked { seq: Some(run.seq()), until, wall })
            };
            let parked = parked.await;
            (firing, parked)
        });
    }

    fn ended(&mut self, firing: FiringId, ended: Result<Parked, RunError>) {
        self.driven.remove(&firing);
        if ended.is_ok() {
            self.damaged_firings.remove(&firing);
        }
        let parked = ended.unwrap_or_else(|error| {
            let is_told = is_told(&mut self.damaged_firings, firing.clone(), Damage::of(&error));
            if let (Some(watch), false) = (&self.options.watch, is_told) {
                watch.on_trouble(&Trouble::Firing { firing: &firing, error: &error });
            }
            let pause = SchedulerOptions::PAUSE.to_std().unwrap_or(HELD);
            Parked { until: Instant::now().checked_add(pause), ..Parked::default() }
        });
        self.parked.insert(firing, parked);
        self.look_at = self.look_at.min(Instant::now() + SOON);
    }

    /// Until something is due. The clock on the wall may be set at any time.
    fn rest(&self) -> Duration {
        let wait =
            self.wheel.next_due().map(|due| (due - self.scheduler.clock.wall()).to_std().unwrap_or_default());
        // While it is listed there is nothing to look at.
        let look = match self.looking.is_empty() {
            true => self.look_at.saturating_duration_since(Instant::now()),
            false => self.options.look_every,
        };
        let wait = wait.filter(|_| self.seeing.len() < SchedulerOptions::SIDE_BY_SIDE);
        wait.map_or(look, |wait| wait.min(look)).min(self.options.look_every)
    }
}
