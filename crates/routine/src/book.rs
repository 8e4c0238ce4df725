//! The records of tasks and of their firings, in one journal.

use crate::damage::{Damage, readable};
use crate::firing::{self, Finish, Firing, FiringId, Phase};
use crate::overlap::WhyRefused;
use crate::schedule::{self, Event, Schedule, Seen, TaskPlan};
use crate::task::TaskId;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;
use toban_core::{Clock, Interval};
use toban_durable::{
    AskError, Entry, Journal, Machine, Part, Run, RunError, Seq, StreamId, TogetherError, Turn, ask_together,
    began, history_from,
};

/// The records of tasks and of their firings: what has come begins here, once, whoever sees to it.
///
/// Any number of processes may share a journal. What a task decides and what begins by it is written at once or not at
/// all; where two processes decide at the same time, one of them decides again. So nothing here needs a claim; whoever
/// holds that of a firing [performs its orders](crate::Ports).
#[derive(Clone, Debug)]
pub struct Book {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
}

/// What came of seeing to a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advanced {
    /// What has begun.
    pub begun: Vec<FiringId>,
    /// What does not run, and why.
    pub refused: Vec<(FiringId, WhyRefused)>,
    /// When to see to it next, where it has a time to come.
    pub next: Option<DateTime<Utc>>,
    /// The place of the last record of its stream.
    pub records: Seq,
}

/// The records could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// A task does not grant what was asked, or its journal cannot be used.
    #[error(transparent)]
    Task(#[from] AskError<schedule::Refused>),
    /// A journal cannot be used, or is damaged.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Others have decided first, again and again.
    #[error("{task}: others have decided first, {tries} times")]
    Crowded {
        /// Of which task.
        task: TaskId,
        /// How often.
        tries: u32,
    },
}

impl BookError {
    /// The damage that it tells of; `None` where it tells of something else.
    #[must_use]
    pub fn damage(&self) -> Option<Damage> {
        match self {
            Self::Run(error) | Self::Task(AskError::Run(error)) => Damage::of(error),
            _ => None,
        }
    }
}

/// Something that became of a time of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happened {
    /// It has begun; where it has come to stands in its state.
    Began {
        /// Which firing.
        firing: FiringId,
        /// Where it stands.
        state: Box<firing::State>,
    },
    /// It began before the interval, and ended within it.
    Ended {
        /// Which firing.
        firing: FiringId,
        /// Where it stands.
        state: Box<firing::State>,
    },
    /// It did not run: nobody was there, and others stand for it. Of times that were left out together those within
    /// the interval, or all of them where nobody knows which these were: then the first or the last is none of it.
    LeftOut {
        /// The first of such times one after another.
        first: DateTime<Utc>,
        /// The last of them.
        last: DateTime<Utc>,
        /// How many.
        count: u64,
        /// Why.
        why: crate::due::WhyLeftOut,
    },
    /// It did not run.
    Refused {
        /// Which time.
        nominal: DateTime<Utc>,
        /// Why.
        why: WhyRefused,
    },
    /// It waits.
    Waits {
        /// Which time.
        nominal: DateTime<Utc>,
    },
}

impl Happened {
    /// The time that it is about; of several, the first.
    #[must_use]
    pub fn nominal(&self) -> DateTime<Utc> {
        match self {
            Self::Began { firing, .. } | Self::Ended { firing, .. } => firing.nominal,
            Self::LeftOut { first, .. } => *first,
            Self::Refused { nominal, .. } | Self::Waits { nominal } => *nominal,
        }
    }
}

/// What became of the times of a task within an interval, as far as its records can be read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Past {
    /// What became of its times, in their order.
    pub happened: Vec<Happened>,
    /// Where the task stands, by what was read.
    pub task: schedule::State,
    /// Since when anything is known of it, where that is after the interval began.
    pub known_since: Option<DateTime<Utc>>,
    /// What cannot be read.
    pub damage: Vec<Damage>,
}

/// How often something is decided again because others were first.
const MOST_TRIES: u32 = 100;
/// How long a stream is claimed for in order to be left for a new one.
const ROLLING: TimeDelta = TimeDelta::seconds(30);

impl Book {
    /// The records in this journal, by that clock.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>) -> Self {
        Self { journal, clock }
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// The record of a task.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn task(&self, task: &TaskId) -> Result<Run<Schedule>, RunError> {
        Run::open(Arc::clone(&self.journal), Arc::clone(&self.clock), task.as_str()).await
    }

    /// The record of a firing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn firing(&self, firing: &FiringId) -> Result<Run<Firing>, RunError> {
        Run::open(Arc::clone(&self.journal), Arc::clone(&self.clock), &firing.to_string()).await
    }

    /// The firings that are under way, in the order of their names: at most `limit` after that one; each with the place
    /// of the last record of its stream.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn under_way(
        &self,
        after: Option<&FiringId>,
        limit: usize,
    ) -> Result<Vec<(FiringId, Seq)>, RunError> {
        let after = after.map(ToString::to_string);
        let heads = self.journal.open_streams(Firing::KIND, after.as_deref(), limit).await;
        let stream = || StreamId::new(Firing::KIND, after.as_deref().unwrap_or_default());
        let heads = heads.map_err(|source| RunError::Journal { stream: stream(), source })?;
        Ok(heads.iter().filter_map(|head| Some((head.stream.name.parse().ok()?, head.seq))).collect())
    }

    /// The tasks that were planned, in the order of their names.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn tasks(&self) -> Result<Vec<TaskId>, RunError> {
        const PAGE: usize = 256;
        let mut tasks: Vec<TaskId> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let stream = StreamId::new(Schedule::KIND, after.as_deref().unwrap_or_default());
            let page = self.journal.open_streams(Schedule::KIND, after.as_deref(), PAGE).await;
            let page = page.map_err(|source| RunError::Journal { stream, source })?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|head| head.stream.name.clone());
            tasks.extend(page.into_iter().filter_map(|head| TaskId::new(head.stream.name).ok()));
            if is_last {
                return Ok(tasks);
            }
        }
    }

    /// Plans a task, and sees to what has come of it: by the plan before, where that was another one.
    ///
    /// # Errors
    /// When the plan is wrong, or the journal cannot be used.
    pub async fn plan(&self, plan: &TaskPlan, by: &str) -> Result<Advanced, BookError> {
        let request = schedule::Request::Plan { plan: Box::new(plan.clone()), by: by.to_owned() };
        self.advance(&plan.task.id).await?;
        self.ask(&plan.task.id, &request).await
    }

    /// Asks something of a task, and sees to what follows from it.
    ///
    /// # Errors
    /// When the task does not grant it, or the journal cannot be used.
    pub async fn ask(&self, task: &TaskId, request: &schedule::Request) -> Result<Advanced, BookError> {
        let mut run = self.task(task).await?;
        run.ask(request).await?;
        self.see_to(task, run).await
    }

    /// Sees to a task: what has come begins, waits, or is left out. May be called at any time, by any number of
    /// processes; what nobody has planned is passed over.
    ///
    /// # Errors
    /// When the journal cannot be used.
    pub async fn advance(&self, task: &TaskId) -> Result<Advanced, BookError> {
        self.see_to(task, self.task(task).await?).await
    }

    /// Tells a task that a firing has ended, and sees to what waited for that. May be repeated.
    ///
    /// # Errors
    /// When the journal cannot be used.
    pub async fn close(&self, firing: &FiringId, how: Finish) -> Result<Advanced, BookError> {
        self.ask(&firing.task, &schedule::Request::Ended { nominal: firing.nominal, how }).await
    }

    async fn see_to(&self, task: &TaskId, mut run: Run<Schedule>) -> Result<Advanced, BookError> {
        for _ in 0..MOST_TRIES {
            if let Some(advanced) = self.try_advance(task, &mut run).await? {
                return Ok(Advanced { next: run.state().next_start(), records: run.seq(), ..advanced });
            }
            run.refresh().await?;
        }
        Err(BookError::Crowded { task: task.clone(), tries: MOST_TRIES })
    }

    /// What has begun, and what does not run; `None` where others were first.
    async fn try_advance(
        &self,
        task: &TaskId,
        run: &mut Run<Schedule>,
    ) -> Result<Option<Advanced>, BookError> {
        let now = run.now();
        let mut seen = Seen::default();
        if run.state().advance(now, &seen).is_none() {
            return Ok(Some(Advanced::default()));
        }
        let id = |nominal| FiringId { task: task.clone(), nominal };
        let mut given_up = Vec::new();
        for fired in &run.state().running {
            // Of what cannot be read nobody knows that it has ended.
            let Some(firing) = readable(self.firing(&id(fired.nominal)).await)? else { continue };
            let state = firing.state();
            let is_given_up = state.give_up().is_some_and(|until| until <= now.wall);
            match state.phase {
                Phase::Ended(how) => drop(seen.over.insert(fired.nominal, how)),
                _ if is_given_up => {
                    seen.over.insert(fired.nominal, state.given_up());
                    given_up.push(firing);
                }
                _ => {}
            }
        }
        let (advance, mut beginning) = loop {
            let advance = run.state().advance(now, &seen);
            let (mut fresh, known) = (Vec::new(), seen.begun.len());
            for begun in advance.begins() {
                match readable(self.firing(&id(begun.nominal)).await)? {
                    Some(firing) if firing.state().begun.is_none() => fresh.push(firing),
                    // Nor does begin again what cannot be read.
                    _ => drop(seen.begun.insert(begun.nominal)),
                }
            }
            if seen.begun.len() == known {
                break (advance, fresh);
            }
        };
        let (mut ending, mut ends) = (Vec::new(), Vec::new());
        for (nominal, is_at_once) in advance.ends() {
            let Some(firing) = readable(self.firing(&id(*nominal)).await)? else { continue };
            let phase = firing.state().phase;
            // A person may have asked it already, and it does not take that twice.
            if !matches!(phase, Phase::Ending { is_at_once: already } if already || !is_at_once) {
                ending.push(firing);
                ends.push(firing::Request::End {
                    is_at_once: *is_at_once,
                    by: task.to_string(),
                    why: "a newer one is due".to_owned(),
                });
            }
        }
        let advanced = Advanced {
            begun: advance.begins().iter().map(|begun| id(begun.nominal)).collect(),
            refused: advance.refused().map(|(nominal, why)| (id(nominal), why)).collect(),
            ..Advanced::default()
        };
        let begins: Vec<_> =
            advance.begins().iter().cloned().map(Box::new).map(firing::Request::Begin).collect();
        let request = schedule::Request::Advance(Box::new(advance));
        let mut first = run.asking(&request);
        let firings = beginning.iter_mut().zip(&begins).chain(ending.iter_mut().zip(&ends));
        let give_up = given_up.iter_mut().map(|firing| (firing, &firing::Request::GiveUp));
        let mut others: Vec<_> = firings.chain(give_up).map(|(run, request)| run.asking(request)).collect();
        let parts = others.iter_mut().map(|part| part as &mut dyn Part);
        let mut parts: Vec<_> = std::iter::once(&mut first as &mut dyn Part).chain(parts).collect();
        match ask_together(&mut parts).await {
            Ok(()) => Ok(Some(advanced)),
            // Something has happened since it was looked at.
            Err(TogetherError::Refused { .. }) => Ok(None),
            Err(TogetherError::Run(error)) => Err(error.into()),
            // Each stream is opened once.
            Err(_) => Ok(None),
        }
    }

    /// Leaves the stream of a task that has grown long for a new one; says whether it did. Not where another process is
    /// about it.
    ///
    /// # Errors
    /// When the journal cannot be used.
    pub async fn roll_over(&self, task: &TaskId, owner: &str) -> Result<bool, RunError> {
        let mut run = self.task(task).await?;
        if run.claim(owner, ROLLING).await? != Turn::Mine {
            return Ok(false);
        }
        let has_rolled = run.roll_over().await;
        run.release().await?;
        has_rolled
    }

    /// What became of the times of a task within an interval, and what ended in it that had begun before. Of the streams
    /// of the task it reads the newest ones, as far back as the interval needs. What is damaged is told beside the rest.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn happened(&self, task: &TaskId, within: Interval) -> Result<Past, RunError> {
        let (entries, state, mut damage) = self.since(task, within.start()).await?;
        let began = entries.first().map(|entry| entry.at.wall);
        let id = |nominal| FiringId { task: task.clone(), nominal };
        let mut happened = Vec::new();
        let (mut of_interval, mut before, mut plan) = (BTreeSet::new(), BTreeSet::new(), None);
        for Entry { at, events, .. } in entries {
            for event in events {
                match event {
                    Event::Planned { plan: new, .. } | Event::Summed { plan: new, .. } => plan = Some(new),
                    Event::Began { nominal, .. } if within.contains(nominal) => {
                        of_interval.insert(nominal);
                    }
                    Event::Ended { nominal, .. } | Event::WrittenOff { nominal, .. }
                        if nominal < within.start() && at.wall >= within.start() =>
                    {
                        before.insert(nominal);
                    }
                    // What was told to end has done so at some time after.
                    Event::Ending { nominal, .. }
                        if nominal < within.start() && at.wall >= within.start() - TimeDelta::days(1) =>
                    {
                        before.insert(nominal);
                    }
                    Event::LeftOut { first, last, count, why } => {
                        let left = LeftOut { first, last, count };
                        let left = left.within(within, plan.as_deref());
                        happened.extend(left.map(|LeftOut { first, last, count }| Happened::LeftOut {
                            first,
                            last,
                            count,
                            why,
                        }));
                    }
                    Event::Refused { nominal, why } if within.contains(nominal) => {
                        happened.push(Happened::Refused { nominal, why });
                    }
                    _ => {}
                }
            }
        }
        let running = state.running.iter().map(|fired| fired.nominal);
        before.extend(running.filter(|nominal| *nominal < within.start()));
        for nominal in before.into_iter().chain(of_interval) {
            let firing = id(nominal);
            let state = match self.firing(&firing).await {
                Ok(run) => Box::new(run.state().clone()),
                Err(error) => {
                    damage.push(Damage::of(&error).ok_or(error)?);
                    continue;
                }
            };
            if within.contains(nominal) {
                happened.push(Happened::Began { firing, state });
            } else if state.ended_at.is_some_and(|at| within.contains(at)) {
                happened.push(Happened::Ended { firing, state });
            }
        }
        let pending = state.waiting.iter().chain(&state.asked).map(|pending| pending.nominal);
        happened.extend(pending.filter(|at| within.contains(*at)).map(|nominal| Happened::Waits { nominal }));
        happened.sort_by_key(Happened::nominal);
        let known_since = began.filter(|began| *began > within.start());
        Ok(Past { happened, task: state, known_since, damage })
    }

    /// The decisions about a task from its newest stream on that began before then, and what they amount to. Where one is
    /// damaged it goes on with the stream after it.
    async fn since(
        &self,
        task: &TaskId,
        since: DateTime<Utc>,
    ) -> Result<(Vec<Entry<Schedule>>, schedule::State, Vec<Damage>), RunError> {
        let stream = |generation| StreamId { generation, ..StreamId::new(Schedule::KIND, task.as_str()) };
        let head = self.journal.head(Schedule::KIND, task.as_str()).await;
        let head = head.map_err(|source| RunError::Journal { stream: stream(1), source })?;
        let newest = head.map_or(1, |head| head.stream.generation);
        let mut from = newest;
        while from > 1 && began(&*self.journal, &stream(from)).await.is_none_or(|began| began >= since) {
            from -= 1;
        }
        let (mut entries, mut state, mut damage) = (Vec::new(), schedule::State::default(), Vec::new());
        while from <= newest {
            let error = match history_from::<Schedule>(&*self.journal, stream(from)).await {
                Ok((past, error)) => {
                    if !past.entries.is_empty() {
                        state = past.state;
                    }
                    entries.extend(past.entries);
                    error
                }
                Err(error) => Some(error),
            };
            let Some(error) = error else { break };
            let found = Damage::of(&error).ok_or(error)?;
            from = from.max(found.stream.generation).saturating_add(1);
            damage.push(found);
        }
        Ok((entries, state, damage))
    }
}

/// Times one after another that did not run.
#[derive(Clone, Copy, Debug)]
struct LeftOut {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    count: u64,
}

impl LeftOut {
    /// How many times are counted at most in order to tell which of them are of an interval.
    const MOST: u64 = 1_000_000;

    /// Those of an interval, by the plan of then; all of them where that does not tell.
    fn within(self, within: Interval, plan: Option<&TaskPlan>) -> Option<Self> {
        if self.last < within.start() || self.first >= within.end() {
            return None;
        }
        let is_whole = within.contains(self.first) && within.contains(self.last);
        if is_whole || self.count > Self::MOST {
            return Some(self);
        }
        let known = || {
            let scheduled = plan?.scheduled().ok().flatten()?;
            let all = Interval::new(self.first, self.last.checked_add_signed(TimeDelta::seconds(1))?).ok()?;
            let (mut count, mut of_interval) = (0, None);
            for at in scheduled.recurrence.between(all) {
                count += 1;
                if count > self.count {
                    return None;
                }
                if within.contains(at) {
                    let so_far = of_interval.get_or_insert(Self { first: at, last: at, count: 0 });
                    (so_far.last, so_far.count) = (at, so_far.count + 1);
                }
            }
            (count == self.count).then_some(of_interval)
        };
        known().unwrap_or(Some(self))
    }
}
