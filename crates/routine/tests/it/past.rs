//! What is read of a task's records: as much as is asked for, around what is damaged.

use crate::support::{Team, at, task};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};
use toban_core::{Interval, PortError};
use toban_durable::testing::block_on;
use toban_durable::{Append, Appended, Claim, Claimed, Head, Journal, MemoryJournal, Record, Seq, StreamId};
use toban_routine::firing::{Finish, Phase, Request};
use toban_routine::{Happened, Past, TaskId, schedule};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A journal that counts what is read of tasks, and gives some records with a letter too many.
#[derive(Debug, Default)]
struct Watched {
    inner: MemoryJournal,
    read: Mutex<Vec<(StreamId, usize)>>,
    damaged: Mutex<Vec<(StreamId, Seq)>>,
}

#[async_trait]
impl Journal for Watched {
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        self.inner.append(claim, batch).await
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        let mut records = self.inner.read(stream, after, limit).await?;
        if stream.kind == "routine-task" {
            self.read.lock().unwrap().push((stream.clone(), records.len()));
        }
        for record in &mut records {
            if self.damaged.lock().unwrap().contains(&(stream.clone(), record.seq)) {
                record.body.push('x');
            }
        }
        Ok(records)
    }

    async fn head(&self, kind: &str, name: &str) -> Result<Option<Head>, PortError> {
        self.inner.head(kind, name).await
    }

    async fn open_streams(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Head>, PortError> {
        self.inner.open_streams(kind, after, limit).await
    }

    async fn claim(
        &self,
        scope: &str,
        owner: &str,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<Claimed, PortError> {
        self.inner.claim(scope, owner, now, length).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), PortError> {
        self.inner.release(claim).await
    }
}

struct Stage {
    team: Team,
    journal: Arc<Watched>,
}

impl Stage {
    fn new(json: &str) -> Self {
        let journal = Arc::new(Watched::default());
        let team = Team::on(Arc::clone(&journal) as _);
        team.plan(&task(json));
        Self { team, journal }
    }

    /// So many days, each of which ends in a new stream.
    fn days(&self, days: u32) {
        for _ in 0..days {
            self.team.pass(DAY, HOUR);
            let rolled = block_on(self.team.book.roll_over(&check(), "the process"));
            assert!(rolled.unwrap().unwrap());
        }
    }

    fn day(&self, day: i64) -> Past {
        let within = Interval::new(at(day * DAY), at((day + 1) * DAY)).unwrap();
        block_on(self.team.book.happened(&check(), within)).unwrap().unwrap()
    }

    fn damage(&self, kind: &str, name: &str, generation: u32, seq: Seq) {
        let stream = StreamId { generation, ..StreamId::new(kind, name) };
        self.journal.damaged.lock().unwrap().push((stream, seq));
    }

    fn damage_firing(&self, seconds: i64, seq: Seq) {
        self.damage("routine-firing", &self.team.id(seconds).to_string(), 1, seq);
    }
}

fn check() -> TaskId {
    TaskId::new("check").unwrap()
}

fn began(past: &Past) -> Vec<DateTime<Utc>> {
    let began = |one: &Happened| match one {
        Happened::Began { firing, .. } => Some(firing.nominal),
        _ => None,
    };
    past.happened.iter().filter_map(began).collect()
}

#[test]
fn a_day_is_read_from_the_newest_stream_that_began_before_it() {
    let stage = Stage::new(r#"{"command": ["check"]}"#);
    stage.days(20);
    stage.team.pass(12 * HOUR, HOUR);
    for (day, streams) in [(20, 2), (17, 5), (0, 21)] {
        stage.journal.read.lock().unwrap().clear();
        let past = stage.day(day);
        assert_eq!(
            began(&past).len(),
            if day == 20 {
                13
            } else if day == 0 {
                23
            } else {
                24
            },
            "{day}"
        );
        assert_eq!(past.known_since, None, "{day}");
        let read = stage.journal.read.lock().unwrap();
        let met: std::collections::BTreeSet<_> = read.iter().map(|(stream, _)| stream.generation).collect();
        assert_eq!(met.len(), streams, "{day}: {met:?}");
        // Each record once, and the first of each stream once more, to see when it began.
        let records: usize = read.iter().map(|(_, count)| count).sum();
        let most = streams * 75 + streams;
        assert!(records <= most, "{day}: {records} records, and no more than {most}");
    }
}

#[test]
fn before_it_was_planned_nothing_is_known_of_a_task() {
    let stage = Stage::new(r#"{"command": ["check"]}"#);
    stage.days(2);
    let within = Interval::new(at(-DAY), at(HOUR)).unwrap();
    let past = block_on(stage.team.book.happened(&check(), within)).unwrap().unwrap();
    assert_eq!(past.known_since, Some(at(0)));
    assert!(past.happened.is_empty(), "{:?}", past.happened);
    assert_eq!(stage.day(1).known_since, None);
}

#[test]
fn what_ended_on_a_day_is_told_on_it_whenever_it_began() {
    let stage = Stage::new(r#"{"when": {"on": "daily", "at": "22:00"}, "give_up": "1d"}"#);
    stage.team.pass(DAY, HOUR);
    // Said while nobody sees to it, and before the task has heard of it.
    stage.team.clock.advance(TimeDelta::seconds(HOUR));
    let done = Request::Done { by: "bob".into(), conditions: vec![], evidence: vec![] };
    stage.team.ask(22 * HOUR, &done).unwrap();
    let told = |day| {
        let past = stage.day(day);
        assert!(past.damage.is_empty());
        past.happened
            .iter()
            .map(|one| match one {
                Happened::Began { firing, state } => ("began", firing.nominal, state.ended_at),
                Happened::Ended { firing, state } => ("ended", firing.nominal, state.ended_at),
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    let ended = Some(at(DAY + HOUR));
    assert_eq!(told(1), [("ended", at(22 * HOUR), ended)]);
    stage.team.pass(3 * DAY, HOUR);
    assert_eq!(told(0), [("began", at(22 * HOUR), ended)]);
    let missed = |day: i64| Some(at((day + 1) * DAY + 22 * HOUR));
    assert_eq!(told(1), [("ended", at(22 * HOUR), ended), ("began", at(DAY + 22 * HOUR), missed(1))]);
    assert_eq!(
        told(2),
        [("ended", at(DAY + 22 * HOUR), missed(1)), ("began", at(2 * DAY + 22 * HOUR), missed(2))]
    );
}

#[test]
fn of_times_that_were_left_out_together_those_of_the_day_are_counted() {
    let stage = Stage::new(r#"{"command": ["check"]}"#);
    stage.team.pass(20 * HOUR, HOUR);
    stage.team.clock.advance(TimeDelta::seconds(10 * HOUR));
    stage.team.go_on();
    let left_out = |day| {
        let left_out = |one: &Happened| match one {
            Happened::LeftOut { first, last, count, .. } => Some((*first, *last, *count)),
            _ => None,
        };
        stage.day(day).happened.iter().filter_map(left_out).collect::<Vec<_>>()
    };
    assert_eq!(left_out(0), [(at(21 * HOUR), at(23 * HOUR), 3)]);
    assert_eq!(left_out(1), [(at(24 * HOUR), at(29 * HOUR), 6)]);
    assert!(left_out(2).is_empty());
}

#[test]
fn what_is_damaged_is_told_beside_the_rest() {
    let stage = Stage::new(r#"{"command": ["check"]}"#);
    stage.days(3);
    stage.team.pass(3 * HOUR, HOUR);
    stage.damage_firing(DAY + 5 * HOUR, 2);
    let past = stage.day(1);
    assert_eq!((began(&past).len(), past.damage.len()), (23, 1));
    let name = stage.team.id(DAY + 5 * HOUR).to_string();
    assert_eq!((past.damage[0].stream.name.as_str(), past.damage[0].record), (name.as_str(), Some(2)));
    assert!(past.damage[0].why.starts_with(&format!("record 2 of routine-firing/{name}")), "{past:?}");
    // In the record of the task: what stands before it, and what its next streams say.
    stage.damage("routine-task", "check", 2, 10);
    let past = stage.day(1);
    assert_eq!(past.damage[0].stream.to_string(), "routine-task/check~2");
    assert!(!began(&past).is_empty() && began(&past).len() < 23, "{:?}", began(&past));
    assert!(past.task.plan().is_some());
    let past = stage.day(3);
    assert_eq!((began(&past).len(), past.damage.len()), (4, 0));
}

#[test]
fn a_firing_that_cannot_be_read_stops_no_task_and_does_not_begin_again() {
    for (overlap, begun) in [("allow_all", 4), ("terminate_other", 4), ("skip", 1)] {
        let stage = Stage::new(&format!(r#"{{"overlap": "{overlap}", "give_up": "9d"}}"#));
        stage.team.pass(HOUR, HOUR);
        stage.damage_firing(HOUR, 1);
        stage.team.clock.advance(TimeDelta::seconds(3 * HOUR));
        for _ in 0..3 {
            stage.team.clock.advance(TimeDelta::seconds(HOUR));
            block_on(stage.team.book.advance(&check())).unwrap().unwrap();
        }
        let past = stage.day(0);
        assert_eq!((began(&past).len() + 1, past.damage.len()), (begun, 1), "{overlap}: {past:#?}");
        // The clock is set back over it: what is there, whatever it says, is not begun again.
        stage.team.clock.jump(TimeDelta::seconds(-7 * HOUR));
        block_on(stage.team.book.advance(&check())).unwrap().unwrap();
        stage.team.clock.advance(TimeDelta::seconds(2 * HOUR));
        block_on(stage.team.book.advance(&check())).unwrap().unwrap();
        assert_eq!(stage.day(0).damage.len(), 1, "{overlap}");
    }
}

#[test]
fn a_firing_that_cannot_be_read_is_waited_for_until_somebody_writes_it_off() {
    let stage = Stage::new(r#"{"give_up": "9d"}"#);
    stage.team.pass(HOUR, HOUR);
    stage.damage_firing(HOUR, 1);
    let ask = |by: &str, nominal| {
        let request = schedule::Request::WriteOff { nominal, by: by.into(), why: "unreadable".into() };
        block_on(stage.team.book.ask(&check(), &request)).unwrap().map_err(|error| error.to_string())
    };
    assert!(ask(" ", at(HOUR)).is_err() && ask("bob", at(2 * HOUR)).is_err());
    ask("bob", at(HOUR)).unwrap();
    stage.team.clock.advance(TimeDelta::seconds(HOUR));
    block_on(stage.team.book.advance(&check())).unwrap().unwrap();
    let past = stage.day(0);
    assert_eq!((began(&past), past.damage.len()), (vec![at(2 * HOUR)], 1));
    assert_eq!(past.task.last, Some((at(HOUR), Finish::Failed)));
}

#[test]
fn of_a_task_that_cannot_be_read_it_is_known_how_it_was_planned() {
    let stage = Stage::new(r#"{"command": ["check"]}"#);
    stage.team.pass(HOUR, HOUR);
    stage.damage("routine-task", "check", 1, 2);
    assert!(block_on(stage.team.book.advance(&check())).unwrap().is_err());
    let past = stage.day(0);
    assert_eq!((past.damage.len(), past.task.plan().is_some()), (1, true));
    assert_eq!(stage.team.state(HOUR).phase, Phase::Ended(Finish::Done));
}
