//! A small release, and a world that it goes out into.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_durable::testing::block_on;
use toban_durable::{Found, MemoryJournal, Order, Perform, Run, Settled, Turn, settle};
use toban_release_core::analysis::{Check, CheckSpec, MissingData, Patience, Rules, Schedule, StrictRules};
use toban_release_core::judge::{Judge, Level, Reading, Region, Threshold};
use toban_release_core::rollout::{
    Action, Announcement, Course, Effect, Outcome, Part, Phase, Refused, Request, Rollout, State, Step,
};
use toban_release_core::{Strategy, Weight};

pub(crate) fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

pub(crate) fn wall(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + minutes(minute)
}

pub(crate) fn command(name: &str, is_repeatable: bool) -> Step {
    let action = Action::Command { argv: vec![name.into()], time_out: minutes(1), is_repeatable };
    Step { name: name.into(), action }
}

pub(crate) fn manual(name: &str) -> Step {
    Step { name: name.into(), action: Action::Manual { owner: "bea".into(), instruction: name.into() } }
}

/// Ann's plan: migrate once, four stages, clean up; undone by one step and shown by another.
pub(crate) fn course() -> Course {
    Course {
        preparation: vec![command("migrate", false)],
        completion: vec![command("tidy", true)],
        rollback: vec![command("restore", false)],
        verification: vec![command("smoke", true)],
        attempts: 2,
        ..Course::new("r1", "1.0", "2.0", "ann", Strategy::canary(minutes(5)))
    }
}

/// Passes below 1 and fails from 1 on; measured each minute, passed after three successes, with no failure borne.
pub(crate) fn check(name: &str) -> Check {
    Check::new(CheckSpec {
        name: name.into(),
        query: format!("rate of {name}"),
        judge: Judge::Threshold(Threshold {
            success: Some(Region::Below(Level::new(1.0).unwrap())),
            failure: Some(Region::AtLeast(Level::new(1.0).unwrap())),
        }),
        schedule: Schedule::UntilEnd { interval: minutes(1), after: minutes(1) },
        rules: Rules::Strict(StrictRules {
            min_successes: 3,
            max_failures: 0,
            max_failures_in_row: None,
            max_inconclusive: 0,
            missing: MissingData::Hold,
            patience: Patience { retry: TimeDelta::seconds(30), hold_after: 2, abort_after: 6 },
        }),
        stages: Vec::new(),
    })
    .unwrap()
}

pub(crate) fn propose(course: &Course) -> Request {
    Request::Propose { course: Box::new(course.clone()), by: "ann".into() }
}

pub(crate) fn approve(by: &str) -> Request {
    Request::Approve { by: by.into(), revision: "r1".into(), why: "looked at it".into() }
}

pub(crate) fn abort() -> Request {
    Request::Abort { by: "bea".into(), why: "errors".into() }
}

/// What was done in the world, in order, each with its key.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) done: Mutex<Vec<(String, Effect)>>,
    /// Steps and weights that fail, and how often.
    pub(crate) failing: Mutex<BTreeMap<String, u32>>,
    /// What the provider answers to each check, in order; the last answer stands.
    pub(crate) readings: Mutex<BTreeMap<String, Vec<Reading>>>,
    /// From which stage on every check fails, whatever else is answered; before it all is well.
    pub(crate) errs_from: Option<usize>,
    /// Whether the port knows what became of a step of which nobody heard.
    pub(crate) can_tell: bool,
}

pub(crate) fn name(effect: &Effect) -> String {
    match effect {
        Effect::Announce(what) => format!("{what:?}"),
        Effect::SetWeight { weight, .. } => weight.to_string(),
        Effect::Wait { part } => format!("wait for {part:?}"),
        Effect::Measure { name, .. } | Effect::Step { name, .. } => name.clone(),
    }
}

impl World {
    pub(crate) fn fails(self, name: &str, times: u32) -> Self {
        self.failing.lock().unwrap().insert(name.into(), times);
        self
    }

    pub(crate) fn answers(self, check: &str, readings: Vec<Reading>) -> Self {
        self.readings.lock().unwrap().insert(check.into(), readings);
        self
    }

    /// What was done, without what people were told.
    pub(crate) fn done(&self) -> Vec<String> {
        let done = self.done.lock().unwrap();
        let done = done
            .iter()
            .filter(|(_, effect)| matches!(effect, Effect::SetWeight { .. } | Effect::Step { .. }));
        done.map(|(_, effect)| name(effect)).collect()
    }

    /// What people were told, as one who knows the keys gets it.
    pub(crate) fn told(&self) -> Vec<Announcement> {
        let done = self.done.lock().unwrap();
        let mut keys: Vec<&String> = Vec::new();
        let mut told = Vec::new();
        for (key, effect) in done.iter() {
            if let Effect::Announce(what) = effect
                && !keys.contains(&key)
            {
                keys.push(key);
                told.push(what.clone());
            }
        }
        told
    }

    pub(crate) fn weight(&self) -> Option<Weight> {
        let done = self.done.lock().unwrap();
        done.iter().rev().find_map(|(_, effect)| match effect {
            Effect::SetWeight { weight, .. } => Some(*weight),
            _ => None,
        })
    }

    pub(crate) fn times(&self, step: &str) -> usize {
        self.done().iter().filter(|done| *done == step).count()
    }
}

#[derive(Debug)]
pub(crate) struct Doer(pub(crate) Arc<World>);

#[async_trait]
impl Perform<Rollout> for Doer {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        let name = name(&order.effect);
        if let Some(times) = self.0.failing.lock().unwrap().get_mut(&name).filter(|times| **times > 0) {
            *times -= 1;
            return Outcome::Failed { why: format!("{name} was told to fail") };
        }
        self.0.done.lock().unwrap().push((order.key.clone(), order.effect.clone()));
        if let (Effect::Measure { stage, .. }, Some(from)) = (&order.effect, self.0.errs_from) {
            return Outcome::Read(Reading::Value(if *stage < from { 0.0 } else { 9.0 }));
        }
        if let Effect::Measure { name, .. } = &order.effect {
            let mut readings = self.0.readings.lock().unwrap();
            let left = readings.get_mut(name).expect("a check that the provider knows");
            return Outcome::Read(if left.len() > 1 { left.remove(0) } else { left[0].clone() });
        }
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

/// A process that drives a rollout.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) run: Run<Rollout>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) world: Arc<World>,
}

impl Process {
    pub(crate) fn with(world: World) -> Self {
        Self::in_memory(world).0
    }

    /// And the journal that it writes to.
    pub(crate) fn in_memory(world: World) -> (Self, Arc<MemoryJournal>) {
        let (clock, journal) = (Arc::new(FakeClock::new()), Arc::new(MemoryJournal::new()));
        let run = Run::open(Arc::clone(&journal) as _, Arc::clone(&clock) as _, "shop");
        let mut run = block_on(run).unwrap().unwrap();
        assert_eq!(block_on(run.claim("one", minutes(10))).unwrap().unwrap(), Turn::Mine);
        (Self { run, clock, world: Arc::new(world) }, journal)
    }

    /// A release that is on its way.
    pub(crate) fn started(course: &Course, world: World) -> Self {
        let mut process = Self::with(world);
        process.ask(&propose(course)).unwrap();
        process.ask(&approve("bea")).unwrap();
        process
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Result<(), Refused> {
        match block_on(self.run.ask(request)).unwrap() {
            Ok(()) => Ok(()),
            Err(toban_durable::AskError::Refused(refused)) => Err(refused),
            Err(error) => panic!("{error}"),
        }
    }

    /// Bea answers what is asked.
    pub(crate) fn answer(&mut self, is_done: bool) {
        let about = match self.run.state().phase {
            Phase::Asking(about) => about.part(),
            Phase::Broken(next) => Part::Next(next),
            Phase::Stuck(back) => Part::Back(back),
            phase => panic!("nothing is asked while it is {phase}"),
        };
        self.ask(&Request::Answer { by: "bea".into(), about, why: "seen".into(), is_done }).unwrap();
    }

    pub(crate) fn settle(&mut self) -> Settled {
        let doer = Doer(Arc::clone(&self.world));
        block_on(settle(&mut self.run, &doer)).unwrap().unwrap()
    }

    /// Settles and lets time pass until it is over or waits for a person.
    pub(crate) fn go_on(&mut self) -> &State {
        while let Settled::Until(wakeup) = self.settle() {
            let Some(wait) = wakeup.wait(self.run.now()) else { break };
            self.clock.advance(wait);
        }
        self.run.state()
    }

    /// Settles until so much time has passed.
    pub(crate) fn pass(&mut self, time: TimeDelta) {
        let end = toban_core::Clock::elapsed(&*self.clock) + time;
        loop {
            let left = end - toban_core::Clock::elapsed(&*self.clock);
            match self.settle() {
                Settled::Over => return,
                Settled::Until(wakeup) => {
                    let wait = wakeup.wait(self.run.now()).unwrap_or(left).min(left);
                    if left <= TimeDelta::zero() {
                        return;
                    }
                    self.clock.advance(wait);
                }
            }
        }
    }
}
