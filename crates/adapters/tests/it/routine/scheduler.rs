//! The scheduler, in virtual time: tokio's own, which goes on as soon as nobody works.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use toban_adapters::drive::Stop;
use toban_adapters::routine::{Scheduler, SchedulerOptions, Trouble, Watch};
use toban_core::{Clock, Grid, MetricAnswer, MetricSource, PortError, Text};
use toban_durable::testing::{Crash, CrashJournal, Fault, Passing};
use toban_durable::{Append, Found, Journal, MemoryJournal, Order, Record};
use toban_routine::firing::{Finish, Occasion, Phase, Ran, Request};
use toban_routine::{Book, FiringId, Halt, Job, Ports, TaskDraft, TaskId, TaskPlan, TaskRunner, schedule};
use tokio::time::{Instant, sleep};

const HOUR: i64 = 3_600;

/// A wall clock that goes with tokio's time, from 1970 on, and may be set.
#[derive(Debug)]
struct Virtual {
    start: Instant,
    set: Mutex<TimeDelta>,
}

impl Virtual {
    fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), set: Mutex::default() })
    }
}

impl Clock for Virtual {
    fn wall(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + self.elapsed() + *self.set.lock().unwrap()
    }

    fn elapsed(&self) -> TimeDelta {
        TimeDelta::from_std(self.start.elapsed()).unwrap()
    }

    fn origin(&self) -> Option<String> {
        Some("virtual".into())
    }
}

/// What ran, and when; a program runs for so many seconds.
#[derive(Debug)]
struct World {
    clock: Arc<Virtual>,
    ran: Mutex<Vec<(FiringId, i64)>>,
    takes: u64,
}

#[async_trait]
impl TaskRunner for World {
    async fn run(&self, order: &Order<Job>) -> Result<Ran, PortError> {
        let at = (self.clock.wall() - DateTime::UNIX_EPOCH).num_seconds();
        self.ran.lock().unwrap().push((order.effect.firing.clone(), at));
        match order.effect.argv[0].as_str() {
            "hang" => std::future::pending().await,
            "panic" => panic!("as it was told"),
            _ => sleep(Duration::from_secs(self.takes)).await,
        }
        Ok(Ran { is_success: true, said: String::new() })
    }

    async fn find_out(&self, _: &Order<Job>) -> Found<Ran> {
        Found::Unknown
    }

    async fn stop(&self, _: &Order<Halt>) -> Result<(), PortError> {
        Ok(())
    }
}

/// A source that never answers.
#[derive(Debug)]
struct Deaf;

#[async_trait]
impl MetricSource for Deaf {
    async fn range(&self, _: &str, _: Grid) -> Result<MetricAnswer, PortError> {
        std::future::pending().await
    }
}

#[derive(Debug, Default)]
struct Troubles(Mutex<Vec<String>>);

impl Watch for Troubles {
    fn on_trouble(&self, trouble: &Trouble<'_>) {
        self.0.lock().unwrap().push(format!("{trouble:?}"));
    }
}

fn task(id: &str, json: &str) -> TaskPlan {
    let mut draft = serde_json::to_value(TaskDraft::new(TaskId::new(id).unwrap(), Text::same(id))).unwrap();
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

struct Stage {
    clock: Arc<Virtual>,
    world: Arc<World>,
    book: Book,
    troubles: Arc<Troubles>,
}

impl Stage {
    fn new(journal: Arc<dyn Journal>, takes: u64) -> Self {
        let clock = Virtual::new();
        let world = Arc::new(World { clock: Arc::clone(&clock), ran: Mutex::default(), takes });
        let book = Book::new(journal, Arc::clone(&clock) as _);
        Self { clock, world, book, troubles: Arc::default() }
    }

    fn begin(&self, owner: &str, plans: &[TaskPlan]) -> (Stop, tokio::task::JoinHandle<()>) {
        self.begin_looking(owner, plans, SchedulerOptions::LOOK_EVERY)
    }

    fn begin_looking(
        &self,
        owner: &str,
        plans: &[TaskPlan],
        every: Duration,
    ) -> (Stop, tokio::task::JoinHandle<()>) {
        let ports = Ports::new(self.book.clone(), Arc::clone(&self.world) as _);
        let ports = ports.with_metrics(Arc::new(Deaf), Arc::clone(&self.clock) as _);
        let scheduler = Scheduler::new(self.book.clone(), Arc::clone(&self.clock) as _, Arc::new(ports));
        let stop = Stop::new();
        let options = SchedulerOptions::new(owner)
            .with_look_every(every)
            .with_stop(stop.clone())
            .with_watch(Arc::clone(&self.troubles) as _);
        let plans = plans.to_vec();
        (stop, tokio::spawn(async move { scheduler.run(&plans, "the test", &options).await }))
    }

    async fn for_hours(&self, plans: &[TaskPlan], hours: i64) {
        let (stop, running) = self.begin("one", plans);
        self.pass(hours * HOUR + 60).await;
        stop.finish();
        running.await.unwrap();
    }

    async fn pass(&self, seconds: i64) {
        sleep(Duration::from_secs(seconds.unsigned_abs())).await;
    }

    /// The times of a task that ran, and how long after them, in seconds.
    fn ran(&self, task: &str) -> Vec<(i64, i64)> {
        let ran = self.world.ran.lock().unwrap();
        let of = ran.iter().filter(|(firing, _)| firing.task.as_str() == task);
        of.map(|(firing, at)| (firing.nominal.timestamp() / HOUR, at - firing.nominal.timestamp())).collect()
    }

    async fn phase(&self, task: &str, hour: i64) -> Phase {
        self.book.firing(&id(task, hour)).await.unwrap().state().phase
    }
}

fn id(task: &str, hour: i64) -> FiringId {
    FiringId { task: TaskId::new(task).unwrap(), nominal: DateTime::from_timestamp(hour * HOUR, 0).unwrap() }
}

#[tokio::test(start_paused = true)]
async fn each_task_runs_at_its_times_and_what_hangs_panics_or_does_not_answer_holds_nothing_up() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()), 30);
    let measured = r#"[{"text": "cpu", "measured": {"query": "cpu", "is": "above", "value": 0.8}}]"#;
    let plans = [
        task("good", r#"{"command": ["work"]}"#),
        task("hangs", r#"{"command": ["hang"], "program": {"time_out": "10m"}}"#),
        task("panics", r#"{"command": ["panic"]}"#),
        task("deaf", &format!(r#"{{"command": ["work"], "alerts": {measured}}}"#)),
        task("broken", r#"{"when": {"on": "daily", "at": "09:00", "zone": "Mars/Olympus"}}"#),
        task("by-hand", r#"{"alerts": []}"#),
    ];
    stage.for_hours(&plans, 3).await;
    assert_eq!(stage.ran("good"), [(1, 0), (2, 0), (3, 0)]);
    // What hung is in doubt: a person says what is true. Until then it runs, and the policy skips what comes.
    assert_eq!(stage.ran("hangs"), [(1, 0)]);
    assert_eq!(stage.phase("hangs", 1).await, Phase::InDoubt);
    assert_eq!(stage.phase("panics", 1).await, Phase::InDoubt);
    assert_eq!(stage.ran("deaf"), [(1, 0), (2, 0), (3, 0)]);
    assert_eq!(stage.phase("deaf", 2).await, Phase::Ended(Finish::Done));
    assert_eq!(stage.phase("by-hand", 2).await, Phase::Ended(Finish::Missed));
    assert_eq!(stage.phase("by-hand", 3).await, Phase::Open);
    let troubles = stage.troubles.0.lock().unwrap();
    assert!(
        troubles.len() > 10
            && troubles.iter().all(|one| one.contains("broken") && one.contains("Mars/Olympus"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_other_processes_ask_is_heard_of_within_a_second() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()), 1);
    let (stop, running) =
        stage.begin("one", &[task("by-hand", "{}"), task("good", r#"{"command": ["work"]}"#)]);
    stage.pass(HOUR + 60).await;
    let mut firing = stage.book.firing(&id("by-hand", 1)).await.unwrap();
    let done = Request::Done { by: "bob".into(), conditions: Vec::new(), evidence: Vec::new() };
    firing.ask(&done).await.unwrap();
    stage.pass(2).await;
    let task = TaskId::new("by-hand").unwrap();
    assert!(stage.book.task(&task).await.unwrap().state().running.is_empty(), "the task has heard of it");
    let good = TaskId::new("good").unwrap();
    let nominal = DateTime::from_timestamp(HOUR + 62, 0).unwrap();
    let occasion = Occasion::Now { by: "ann".into(), why: "to see it".into() };
    stage.book.ask(&good, &schedule::Request::Run { times: vec![nominal], occasion }).await.unwrap();
    stage.pass(2).await;
    let ran = stage.ran("good");
    assert!(matches!(ran[..], [(1, 0), (1, 0..=1)]), "{ran:?}");
    stop.finish();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn two_schedulers_on_one_journal_run_each_firing_once_and_one_goes_on_alone() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()), 600);
    let plans: Vec<_> = (0..20).map(|task_| task(&format!("t{task_}"), r#"{"command": ["work"]}"#)).collect();
    let (_, one) = stage.begin("one", &plans);
    let (stop, two) = stage.begin("two", &plans);
    stage.pass(3 * HOUR + 120).await;
    // In the middle of its programs.
    one.abort();
    stage.pass(3 * HOUR).await;
    stop.finish();
    two.await.unwrap();
    for plan in &plans {
        let ran: Vec<_> = stage.ran(plan.task.id.as_str()).iter().map(|(hour, _)| *hour).collect();
        // Whether those of the dead one were done nobody knows: a person is asked, and they are not begun again.
        let is_in_doubt = stage.phase(plan.task.id.as_str(), 3).await == Phase::InDoubt;
        assert_eq!(ran, if is_in_doubt { vec![1, 2, 3] } else { vec![1, 2, 3, 4, 5, 6] }, "{}", plan.task.id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_neither_stops_it_nor_runs_anything_twice() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()), 1);
    let (stop, running) = stage.begin("one", &[task("good", r#"{"command": ["work"]}"#)]);
    stage.pass(HOUR + 60).await;
    let set = |by: TimeDelta| *stage.clock.set.lock().unwrap() += by;
    set(TimeDelta::hours(100));
    stage.pass(10).await;
    set(-TimeDelta::hours(100));
    stage.pass(2 * HOUR).await;
    set(-TimeDelta::minutes(90));
    stage.pass(4 * HOUR).await;
    stop.finish();
    running.await.unwrap();
    let mut ran: Vec<_> = stage.ran("good").iter().map(|(hour, _)| *hour).collect();
    assert_eq!(ran, [1, 101, 2, 3, 4, 5]);
    ran.dedup();
    assert_eq!(ran.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_away_is_tried_again() {
    let (inner, crash) = (Arc::new(MemoryJournal::new()), Arc::new(Crash::default()));
    let journal = Arc::new(Passing(CrashJournal::new(inner, crash)));
    let stage = Stage::new(Arc::clone(&journal) as _, 1);
    let (stop, running) = stage.begin("one", &[task("good", r#"{"command": ["work"]}"#)]);
    stage.pass(HOUR / 2).await;
    journal.fail(Fault::Full, 20);
    stage.pass(2 * HOUR).await;
    stop.finish();
    running.await.unwrap();
    let ran: Vec<_> = stage.ran("good").iter().map(|(hour, _)| *hour).collect();
    assert_eq!(ran, [1, 2]);
    assert!(!stage.troubles.0.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_record_of_a_task_that_has_grown_long_goes_on_in_a_new_one() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()), 1);
    let plans = [task("good", r#"{"command": ["work"]}"#)];
    let (stop, running) = stage.begin_looking("one", &plans, Duration::from_secs(600));
    stage.pass(700 * HOUR + 60).await;
    stop.finish();
    running.await.unwrap();
    assert_eq!(stage.ran("good").len(), 700);
    let run = stage.book.task(&TaskId::new("good").unwrap()).await.unwrap();
    assert!(run.stream().generation > 1 && run.seq() < 1_000, "{} {}", run.stream(), run.seq());
    let within = toban_core::Interval::starting(DateTime::UNIX_EPOCH, TimeDelta::days(40)).unwrap();
    let happened = stage.book.happened(&TaskId::new("good").unwrap(), within).await.unwrap().happened;
    assert_eq!(happened.len(), 700);
}

/// A record that nobody can read, at the end of the newest stream of that name.
async fn tear(journal: &dyn Journal, kind: &str, name: &str) {
    let head = journal.head(kind, name).await.unwrap().unwrap();
    let record = Record { seq: head.seq + 1, body: "torn".into(), hash: head.hash.then("torn") };
    let append = Append { stream: head.stream, after: head.seq, records: vec![record], ends: false };
    journal.append(None, &[append]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_damaged_is_told_once_and_holds_nothing_else_up() {
    let journal = Arc::new(MemoryJournal::new());
    let stage = Stage::new(Arc::clone(&journal) as _, 1);
    let beside = r#"{"overlap": "allow_all", "give_up": "9d"}"#;
    let plans = [
        task("good", r#"{"command": ["work"]}"#),
        task("torn", r#"{"command": ["work"]}"#),
        task("beside", beside),
    ];
    let (stop, running) = stage.begin("one", &plans);
    stage.pass(HOUR + 60).await;
    tear(&*journal, "routine-task", "torn").await;
    tear(&*journal, "routine-firing", &id("beside", 1).to_string()).await;
    stage.pass(4 * HOUR).await;
    stop.finish();
    running.await.unwrap();
    assert_eq!(stage.ran("good").len(), 5);
    assert_eq!(stage.ran("torn").len(), 1);
    for hour in 2..=5 {
        assert_eq!(stage.phase("beside", hour).await, Phase::Open, "{hour}");
    }
    let troubles = stage.troubles.0.lock().unwrap();
    let about = |what: &str| troubles.iter().filter(|one| one.contains(what)).count();
    assert_eq!((about("name: \"torn\""), about("beside/"), troubles.len()), (1, 1, 2), "{troubles:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_firing_whose_task_cannot_be_read_ends_and_its_record_does_not_grow() {
    let journal = Arc::new(MemoryJournal::new());
    let stage = Stage::new(Arc::clone(&journal) as _, 600);
    let (stop, running) = stage.begin("one", &[task("torn", r#"{"command": ["work"]}"#)]);
    stage.pass(HOUR + 60).await;
    tear(&*journal, "routine-task", "torn").await;
    stage.pass(HOUR).await;
    stop.finish();
    running.await.unwrap();
    let firing = stage.book.firing(&id("torn", 1)).await.unwrap();
    assert!(firing.is_over() && firing.seq() < 8, "{} records", firing.seq());
}
