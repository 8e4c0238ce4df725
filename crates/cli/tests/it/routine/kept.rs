//! The scheduler as people run it: seen to, asked, reported, and killed.

use crate::support::{Folder, Outcome, toban};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use toban_adapters::drive::SystemClock;
use toban_adapters::sqlite::SqliteJournal;
use toban_core::Interval;
use toban_durable::{Append, Journal, Record};
use toban_routine::firing::{Finish, Phase};
use toban_routine::{Book, Happened, TaskId};

/// A scheduler in the background, asked to end with the test.
struct Scheduler(Child);

impl Scheduler {
    fn start(spec: &Path, journal: &Path) -> Self {
        let log =
            std::fs::File::options().create(true).append(true).open(journal.with_extension("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_toban"));
        command.args(["routine", "run", "--spec"]).arg(spec).arg("--journal").arg(journal);
        command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and waits for that.
    fn end(mut self) -> i32 {
        Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        self.0.wait().unwrap().code().unwrap()
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what} does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A journal and a definition, and the command on them.
struct Stage {
    folder: Folder,
}

impl Stage {
    fn new(name: &str, definition: &str) -> Self {
        let folder = Folder::new(name);
        folder.file("routine.yaml", definition);
        Self { folder }
    }

    fn start(&self) -> Scheduler {
        Scheduler::start(&self.folder.path("routine.yaml"), &self.folder.path("toban.db"))
    }

    fn toban(&self, arguments: &[&str]) -> Outcome {
        let journal = self.folder.path("toban.db");
        let journal = ["--journal", journal.to_str().unwrap()];
        toban(["routine"].into_iter().chain(arguments.iter().copied()).chain(journal))
    }

    fn said(&self, arguments: &[&str]) -> String {
        let outcome = self.toban(arguments);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{arguments:?}");
        outcome.stdout
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let outcome = self.toban(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{arguments:?}");
        outcome.stderr
    }

    fn status(&self) -> Option<Value> {
        let outcome = self.toban(&["status", "--format", "json"]);
        (outcome.code < 2).then(|| serde_json::from_str(&outcome.stdout).unwrap())
    }

    /// The firing of a task that is under way, once there is one in that phase.
    fn under_way(&self, task: &str, phase: &str) -> String {
        until(&format!("{task} {phase}"), || {
            let status = self.status()?;
            let tasks = status["tasks"].as_array().unwrap();
            let of = tasks.iter().find(|one| one["task"] == task)?;
            let firing = of["under_way"].as_array().unwrap().iter().find(|one| one["phase"] == phase)?;
            Some(firing["firing"].as_str().unwrap().to_owned())
        })
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path(name)).unwrap_or_default()
    }
}

const BY_HAND: &str = r#"
zone: Asia/Tokyo
services:
  tell: [sh, -c, 'printf "%s|%s\n" "$1" "$2" >> told', tell, "{ja}", "{en}"]
tasks:
  - id: host-check
    title: {ja: ホスト確認, en: host check}
    when: {every: 1000d, start: "2020-01-01T00:00:00Z"}
    owner: {role: infrastructure}
    on_events: [{ja: 不正アクセス検知時, en: when unauthorised access is detected}]
    lists:
      completion_conditions: [{ja: 確認した, en: it was looked at}, {ja: 記録した, en: it was written down}]
    evidence: [{ja: 記録, en: the record}]
    alerts:
      - text: {ja: "メモリ使用率0%以上", en: memory usage of 0 % or more}
        measured: {query: "host:memory", is: at_least, value: 0}
      - text: {ja: エラー率, en: error rate}
        measured: {query: error_rate, is: at_least, value: 0.01}
  - id: sleeper
    title: {ja: 長い処理, en: long work}
    command: [sh, -c, 'echo "$TOBAN_TASK $TOBAN_NOMINAL" >> ran; exec sleep 600']
  - id: broken
    title: broken
    when: {on: daily, at: "25:00"}
"#;

#[test]
fn people_see_what_is_to_be_done_say_what_is_true_and_read_it_in_the_report() {
    let stage = Stage::new("kept", BY_HAND);
    assert!(stage.refused(&["status"]).contains("there is no such journal"));
    let scheduler = stage.start();
    until("the plan", || stage.status().filter(|status| status["tasks"].as_array().unwrap().len() == 2));
    let by = ["--by", "ann"];
    let unknown = stage.refused(&["now", "--task", "host-chek", "--why", "x", by[0], by[1]]);
    assert_eq!(unknown, "error: no task host-chek is planned here: did you mean host-check?\n");

    let refused = stage.refused(&["event", "--task", "sleeper", "--what", "x", by[0], by[1]]);
    assert!(refused.contains("no event starts it"), "{refused}");
    let begun = stage.said(&["event", "--task", "host-check", "--what", "不正アクセス検知", by[0], by[1]]);
    assert!(begun.starts_with("host-check/") && begun.ends_with(": it has begun\n"), "{begun}");
    let firing = stage.under_way("host-check", "open");
    let done = ["done", "--firing", "host-check", by[0], by[1]];
    let refused = stage.refused(&done);
    assert!(
        refused.contains("1. it was looked at") && refused.contains("2. it was written down"),
        "{refused}"
    );
    let refused = stage.refused(&[&done[..], &["--met", "1", "--met", "2"]].concat());
    assert!(refused.ends_with("the task asks for evidence: the record\n"), "{refused}");
    let refused = stage.refused(&[&done[..], &["--met", "3"]].concat());
    assert!(refused.contains("2 completion conditions"), "{refused}");
    let told = until("the words", || Some(stage.file("told")).filter(|told| told.contains("look at this")));
    assert!(told.contains("ホスト確認：実施してください|host check: to be done\n"), "{told}");
    stage.said(&["block", "--firing", &firing, "--why", "no access", by[0], by[1]]);
    stage.said(&["unblock", "--firing", &firing, "--why", "access is back", by[0], by[1]]);
    let said = stage.said(&[&done[..], &["--all-met", "--evidence", "ticket 7"]].concat());
    assert!(said.starts_with(&format!("{firing}: done by ann")), "{said}");

    stage.said(&["now", "--task", "sleeper", "--why", "to see it", by[0], by[1]]);
    until("the program", || stage.file("ran").contains("sleeper").then_some(()));
    let sleeper = stage.under_way("sleeper", "working");
    assert!(
        stage
            .refused(&["waive", "--firing", &sleeper, "--why", "x", by[0], by[1]])
            .contains("run by a program")
    );
    stage.said(&["terminate", "--firing", "sleeper", "--why", "enough", by[0], by[1]]);
    let report = until("the end", || {
        let report = stage.said(&["report", "--lang", "ja", "--zone", "UTC"]);
        (!report.contains("強制終了中")).then_some(report)
    });
    assert!(
        report.contains("ホスト確認") && report.contains("ticket 7") && report.contains("エラー率"),
        "{report}"
    );

    let back = ["backfill", "--task", "host-check", "--why", "audit", "--from", "2020-01-01T00:00:00Z"];
    let until_then = ["--until", "2023-01-01T00:00:00Z", by[0], by[1]];
    let listed = stage.said(&[&back[..], &until_then[..], &["--dry-run"]].concat());
    assert_eq!(listed, "host-check/2020-01-01T00:00:00Z\nhost-check/2022-09-27T00:00:00Z\n");
    stage.said(&["pause", "--task", "host-check", "--why", "moving", by[0], by[1]]);
    assert!(
        stage
            .refused(&["pause", "--task", "host-check", "--why", "moving", by[0], by[1]])
            .contains("it is so already")
    );
    assert!(stage.said(&["status"]).contains("paused by ann: moving"));
    stage.said(&["continue", "--task", "host-check", "--why", "moved", by[0], by[1]]);
    assert!(
        stage
            .refused(&[
                "backfill",
                "--task",
                "sleeper",
                "--from",
                "2026-01-01T00:00:00Z",
                "--why",
                "x",
                by[0],
                by[1]
            ])
            .contains("has no times of its own")
    );
    // What is wrong in one task is told by the exit code, and stops no other.
    assert_eq!(scheduler.end(), 1);
    assert!(stage.file("toban.log").contains("tasks[2].when.at"));
}

/// A record that nobody can read, at the end of a stream.
fn tear(stage: &Stage, kind: &str, name: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = SqliteJournal::open(stage.folder.path("toban.db")).unwrap();
        let head = journal.head(kind, name).await.unwrap().unwrap();
        let record = Record { seq: head.seq + 1, body: "torn".into(), hash: head.hash.then("torn") };
        let append = Append { stream: head.stream, after: head.seq, records: vec![record], ends: false };
        journal.append(None, &[append]).await.unwrap();
    });
}

const TWO: &str = r#"
zone: UTC
tasks:
  - {id: one, title: {ja: 一つ目, en: the first}}
  - {id: two, title: {ja: 二つ目, en: the second}}
"#;

#[test]
fn what_is_damaged_is_told_and_hides_nothing_else() {
    let stage = Stage::new("damaged", TWO);
    let scheduler = stage.start();
    until("the plan", || stage.status().filter(|status| status["tasks"].as_array().unwrap().len() == 2));
    let ask = |task: &str| stage.said(&["now", "--task", task, "--why", "to see it", "--by", "ann"]);
    ask("one");
    ask("two");
    let (one, two) = (stage.under_way("one", "open"), stage.under_way("two", "open"));
    tear(&stage, "routine-firing", &one);
    let told = |command: &str| {
        let outcome = stage.toban(&[command, "--zone", "UTC", "--format", "json"]);
        let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
        (outcome.code, value["damage"][0]["stream"].as_str().unwrap_or_default().to_owned(), value)
    };
    for command in ["status", "report"] {
        let (code, stream, value) = told(command);
        assert_eq!((code, stream), (1, format!("routine-firing/{one}")), "{command}");
        assert!(value.to_string().contains(&two), "{command}: {value:#}");
        let text = stage.toban(&[command, "--zone", "UTC"]);
        assert_eq!((text.code, text.stderr.as_str()), (1, ""), "{command}");
        assert!(text.stdout.contains(&format!("of routine-firing/{one}")), "{}", text.stdout);
        assert!(text.stdout.contains("the second"), "{}", text.stdout);
    }
    until("the trouble", || {
        stage.file("toban.log").contains(&format!("of routine-firing/{one}")).then_some(())
    });
    stage.said(&["done", "--firing", "two", "--by", "bob"]);
    let said = stage.said(&["fail", "--firing", &one, "--why", "unreadable", "--by", "bob"]);
    assert_eq!(said, format!("{one}: it cannot be read; its task goes on without it\n"));
    let (code, _, status) = told("status");
    assert_eq!((code, &status["tasks"][0]["last"]["how"]), (0, &Value::from("failed")), "{status:#}");

    // The same in the record of a task.
    ask("two");
    let two = stage.under_way("two", "open");
    tear(&stage, "routine-task", "two");
    for command in ["status", "report"] {
        let (code, _, value) = told(command);
        let damage = value["damage"].as_array().unwrap();
        assert!(damage.iter().any(|one| one["stream"] == "routine-task/two"), "{value:#}");
        assert!(code == 1 && value.to_string().contains(&two), "{command}: {value:#}");
    }
    ask("one");
    stage.under_way("one", "open");
    assert_eq!(scheduler.end(), 0);
    // A process that starts sees to the others.
    let scheduler = stage.start();
    until("the trouble", || stage.file("toban.log").contains("of routine-task/two").then_some(()));
    assert_eq!(scheduler.end(), 0);
}

/// Three tasks that are due every few seconds, and write down what they are for.
const BEATS: &str = r#"
zone: UTC
tasks:
  - &beat
    id: beat
    title: beat
    when: {every: 2s, start: "2026-01-01T00:00:00Z"}
    due: {missed: {all: {most: 1000}}, catch_up: 1h}
    overlap: allow_all
    command: [sh, -c, 'sleep 0.1; echo "$TOBAN_NOMINAL" >> "ran-$TOBAN_TASK"']
    program: {time_out: 60s, find_out: [sh, -c, 'grep -qsx "$TOBAN_NOMINAL" "ran-$TOBAN_TASK" || exit 1']}
  - id: queue
    title: queue
    when: {every: 4s, start: "2026-01-01T00:00:00Z"}
    due: {missed: {all: {most: 1000}}, catch_up: 1h}
    overlap: buffer_all
    command: [sh, -c, 'echo "$TOBAN_NOMINAL" >> "ran-$TOBAN_TASK"; sleep 0.3']
    program: {time_out: 60s, find_out: [sh, -c, 'grep -qsx "$TOBAN_NOMINAL" "ran-$TOBAN_TASK" || exit 1']}
  - id: newest
    title: newest
    when: {every: 4s, start: "2026-01-01T00:00:00Z"}
    due: {missed: coalesce, catch_up: 1h}
    overlap: buffer_one
    command: [sh, -c, 'echo "$TOBAN_NOMINAL" >> "ran-$TOBAN_TASK"']
    program: {time_out: 60s, find_out: [sh, -c, 'grep -qsx "$TOBAN_NOMINAL" "ran-$TOBAN_TASK" || exit 1']}
"#;

/// What a journal says of a task: what became of each time, by kind.
fn happened(stage: &Stage, task: &str) -> Vec<Happened> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Arc::new(SqliteJournal::open(stage.folder.path("toban.db")).unwrap());
        let book = Book::new(journal, Arc::new(SystemClock::new()));
        let within =
            Interval::new(Utc::now() - TimeDelta::hours(2), Utc::now() + TimeDelta::hours(1)).unwrap();
        book.happened(&TaskId::new(task).unwrap(), within).await.unwrap().happened
    })
}

#[test]
fn killed_fifty_times_at_random_moments_no_firing_is_lost_and_none_runs_twice() {
    let stage = Stage::new("killed", BEATS);
    let mut seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    println!("seed {seed}");
    for _ in 0..25 {
        // Two on one journal, killed one after the other.
        let schedulers = [stage.start(), stage.start()];
        for scheduler in schedulers {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            std::thread::sleep(Duration::from_millis(u64::from(seed >> 16) % 500));
            scheduler.kill();
        }
    }
    // It ends as a calm one: all that has come is done.
    let scheduler = stage.start();
    let end = Instant::now() + Duration::from_secs(180);
    loop {
        let status = stage.status().unwrap_or_default();
        let tasks = status["tasks"].as_array().cloned().unwrap_or_default();
        let waits = |task: &Value| !task["waiting"].as_array().unwrap().is_empty();
        if tasks.len() == 3 && !tasks.iter().any(waits) {
            break;
        }
        assert!(Instant::now() < end, "it does not become calm: {status:#}\n{}", stage.file("toban.log"));
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(scheduler.end(), 0, "{}", stage.file("toban.log"));
    for (task, every) in [("beat", 2), ("queue", 4), ("newest", 4)] {
        let mut told: BTreeMap<DateTime<Utc>, &str> = BTreeMap::new();
        let mut began = BTreeSet::new();
        for one in happened(&stage, task) {
            let (first, last, word) = match &one {
                Happened::Began { firing, state } => {
                    let is_done = matches!(state.phase, Phase::Ended(Finish::Done));
                    // What was begun last may have been under way when it was asked to end.
                    assert!(
                        is_done || !matches!(state.phase, Phase::InDoubt | Phase::Ended(_)),
                        "{firing}: {:?}",
                        state.phase
                    );
                    if is_done {
                        began.insert(firing.nominal);
                    }
                    (firing.nominal, firing.nominal, "began")
                }
                Happened::LeftOut { first, last, .. } => (*first, *last, "left out"),
                Happened::Refused { nominal, .. } => (*nominal, *nominal, "refused"),
                Happened::Waits { nominal } => (*nominal, *nominal, "waits"),
                other => panic!("{other:?}"),
            };
            let mut at = first;
            while at <= last {
                assert_eq!(told.insert(at, word), None, "{task} at {at} is told twice");
                at += TimeDelta::seconds(every);
            }
        }
        let (first, last) = (told.first_key_value().unwrap().0, told.last_key_value().unwrap().0);
        let times = (*last - *first).num_seconds() / every + 1;
        assert_eq!(i64::try_from(told.len()).unwrap(), times, "{task}: a time is lost");
        if task != "newest" {
            assert!(told.values().all(|word| *word == "began" || *word == "waits"), "{task}: {told:?}");
        }
        let text = stage.file(&format!("ran-{task}"));
        let ran: Vec<_> = text.lines().map(|line| line.parse::<DateTime<Utc>>().unwrap()).collect();
        let once: BTreeSet<_> = ran.iter().copied().collect();
        assert_eq!(once.len(), ran.len(), "{task}: one ran twice");
        assert!(began.is_subset(&once), "{task}: what is done has run");
        println!("{task}: {} times, {} ran", told.len(), ran.len());
    }
}
