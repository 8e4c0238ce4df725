//! A journal, a clock and people that do what they are told.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_core::{Clock, PortError, Text};
use toban_durable::testing::block_on;
use toban_durable::{Found, Journal, MemoryJournal, Order, Perform, Run, Settled, Turn, settle};
use toban_routine::firing::{Begun, Occasion, Ran, State};
use toban_routine::{Book, Firing, FiringId, Halt, Job, Ports, TaskDraft, TaskId, TaskPlan, TaskRunner};

/// So many seconds after the beginning of the clock, which is 1970-01-01 00:00 UTC.
pub(crate) const fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A task that a program does, as JSON says it, every hour unless that says otherwise.
pub(crate) fn task(json: &str) -> TaskPlan {
    let mut draft =
        serde_json::to_value(TaskDraft::new(TaskId::new("check").unwrap(), Text::same("check"))).unwrap();
    draft["when"] = serde_json::json!({"every": "1h", "start": "1970-01-01T00:00:00Z"});
    let own: serde_json::Value = serde_json::from_str(json).unwrap();
    for (field, value) in own.as_object().unwrap() {
        draft[field] = value.clone();
    }
    TaskPlan {
        zone: Some("UTC".into()),
        calendars: BTreeMap::new(),
        task: serde_json::from_value(draft).unwrap(),
    }
}

/// What programs do, by what was begun: everything is on record, and may be told to fail.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Which firings' programs were begun, in order, with the key of their order.
    pub(crate) begun: Mutex<Vec<(FiringId, String)>>,
    /// So many tries fail first.
    pub(crate) fails: Mutex<u32>,
}

impl World {
    pub(crate) fn begun(&self) -> Vec<DateTime<Utc>> {
        self.begun.lock().unwrap().iter().map(|(firing, _)| firing.nominal).collect()
    }
}

/// Runs what is run in a world.
#[derive(Debug, Clone)]
pub(crate) struct Runner(pub(crate) Arc<World>);

#[async_trait]
impl TaskRunner for Runner {
    async fn run(&self, order: &Order<Job>) -> Result<Ran, PortError> {
        let mut fails = self.0.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Ok(Ran { is_success: false, said: "told to fail".into() });
        }
        self.0.begun.lock().unwrap().push((order.effect.firing.clone(), order.key.clone()));
        Ok(Ran { is_success: true, said: "ok".into() })
    }

    async fn find_out(&self, order: &Order<Job>) -> Found<Ran> {
        match self.0.begun.lock().unwrap().iter().any(|(_, key)| *key == order.key) {
            true => Found::Outcome(Ran { is_success: true, said: "ok".into() }),
            false => Found::NotDone,
        }
    }

    async fn stop(&self, _: &Order<Halt>) -> Result<(), PortError> {
        Ok(())
    }
}

/// A team's records, and a process that sees to them.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) book: Book,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) world: Arc<World>,
    pub(crate) ports: Ports,
}

impl Team {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryJournal::new()))
    }

    pub(crate) fn on(journal: Arc<dyn Journal>) -> Self {
        let (clock, world) = (Arc::new(FakeClock::new()), Arc::new(World::default()));
        let book = Book::new(journal, Arc::clone(&clock) as Arc<dyn Clock>);
        let ports = Ports::new(book.clone(), Arc::new(Runner(Arc::clone(&world))));
        Self { book, clock, world, ports }
    }

    pub(crate) fn plan(&self, plan: &TaskPlan) {
        block_on(self.book.plan(plan, "the team")).unwrap().unwrap();
    }

    pub(crate) fn id(&self, seconds: i64) -> FiringId {
        FiringId { task: TaskId::new("check").unwrap(), nominal: at(seconds) }
    }

    pub(crate) fn firing(&self, seconds: i64) -> Run<Firing> {
        block_on(self.book.firing(&self.id(seconds))).unwrap().unwrap()
    }

    pub(crate) fn state(&self, seconds: i64) -> State {
        self.firing(seconds).state().clone()
    }

    pub(crate) fn ask(&self, seconds: i64, request: &toban_routine::firing::Request) -> Result<(), String> {
        block_on(self.firing(seconds).ask(request)).unwrap().map_err(|error| error.to_string())
    }

    /// Time passes in steps; at each all that has come is seen to, and all that is under way goes on.
    pub(crate) fn pass(&self, seconds: i64, step: i64) {
        for _ in 0..seconds / step {
            self.clock.advance(TimeDelta::seconds(step));
            self.go_on();
        }
    }

    /// What has come is seen to, and what is under way goes on as far as it does by itself.
    pub(crate) fn go_on(&self) {
        self.go_on_with(&self.ports);
    }

    pub(crate) fn go_on_with(&self, performer: &dyn Perform<Firing>) {
        let task = TaskId::new("check").unwrap();
        block_on(self.book.advance(&task)).unwrap().unwrap();
        loop {
            let under_way = block_on(self.book.under_way(None, 1_000)).unwrap().unwrap();
            let mut is_more = false;
            for (id, seq) in under_way {
                let mut run = block_on(self.book.firing(&id)).unwrap().unwrap();
                let turn = block_on(run.claim("the process", TimeDelta::minutes(10))).unwrap().unwrap();
                assert_eq!(turn, Turn::Mine);
                let settled = block_on(settle(&mut run, performer)).unwrap().unwrap();
                block_on(run.release()).unwrap().unwrap();
                is_more |= run.seq() > seq || settled == Settled::Over;
            }
            if !is_more {
                return;
            }
        }
    }
}

/// What a firing begins with at the beginning of the clock, without a deadline.
pub(crate) fn begun(json: &str) -> Begun {
    let occasion = Occasion::Due { is_late: false, stands_for: 1 };
    Begun { task: task(json).task, nominal: at(0), occasion, deadline: None, give_up: None }
}
