//! How many events of a rollout are applied a second, beside reading them from JSON; and how long does it take to hold
//! a release against a year of minutes?
//!
//! ```console
//! cargo bench -p toban-benches --bench rollout
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use std::hint::black_box;
use std::time::{Duration, Instant};
use toban_durable::{Machine, Now};
use toban_release_core::analysis::{Check, CheckSpec, MissingData, Patience, Rules, Schedule, StrictRules};
use toban_release_core::judge::{Judge, Level, Reading, Region, Threshold};
use toban_release_core::replay;
use toban_release_core::rollout::{Action, Course, Event, Phase, Rollout, State, Step};
use toban_release_core::{Stage, Strategy, StrategyKind, Weight};

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let minutes = if is_test { 24 * 60 } else { 365 * 24 * 60 };
    let course = course(minutes);
    let (start, until) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes + 10));
    let mut events: Vec<(Now, Event)> = Vec::new();
    let rounds = if is_test { 1 } else { 5 };
    let replayed = median(rounds, || {
        let told = replay(&course, start, until, |_, at: DateTime<Utc>, _| {
            // Every seventh hour has an error; the limit bears it.
            Reading::Value(if at.timestamp() % (7 * 3600) == 0 { 0.5 } else { 0.0 })
        });
        let told = told.unwrap();
        assert_eq!(told.end, Phase::Done);
        events = told.events;
    });
    let applied = median(rounds, || {
        let mut state = State::default();
        for (at, event) in &events {
            Rollout::apply(&mut state, event, *at);
        }
        assert_eq!(black_box(state).phase, Phase::Done);
    });
    let lines: Vec<String> = events.iter().map(|(_, event)| serde_json::to_string(event).unwrap()).collect();
    let read = median(rounds, || {
        for line in &lines {
            black_box(serde_json::from_str::<Event>(line).unwrap());
        }
    });
    let rate = |time: Duration| events.len() as f64 / time.as_secs_f64() / 1e6;
    println!("{} events: applied {:.1} million a second", events.len(), rate(applied));
    println!("                read from JSON {:.1} million a second", rate(read));
    println!("apply / read     {:.2}", applied.as_secs_f64() / read.as_secs_f64());
    println!("a release over {} days of minutes, replayed: {:.2} s", minutes / 1440, replayed.as_secs_f64());
}

/// One stage that soaks so long, measured each minute.
fn course(minutes: i64) -> Course {
    let step = |name: &str| Step {
        name: name.into(),
        action: Action::Command {
            argv: vec![name.into()],
            time_out: TimeDelta::minutes(1),
            is_repeatable: true,
        },
    };
    let minute = TimeDelta::minutes(1);
    let check = CheckSpec {
        name: "errors".into(),
        query: "errors".into(),
        judge: Judge::Threshold(Threshold {
            success: Some(Region::Below(Level::new(1.0).unwrap())),
            failure: None,
        }),
        schedule: Schedule::UntilEnd { interval: minute, after: minute },
        rules: Rules::Strict(StrictRules {
            min_successes: 3,
            max_failures: 0,
            max_failures_in_row: None,
            max_inconclusive: 0,
            missing: MissingData::Hold,
            patience: Patience { retry: TimeDelta::seconds(30), hold_after: 2, abort_after: 6 },
        }),
        stages: Vec::new(),
    };
    let stages = vec![Stage::new("all", Weight::ALL, TimeDelta::minutes(minutes))];
    Course {
        checks: vec![Check::new(check).unwrap()],
        rollback: vec![step("back")],
        verification: vec![step("look")],
        ..Course::new("r1", "1.0", "2.0", "ann", Strategy::new(StrategyKind::Canary, stages).unwrap())
    }
}

fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let before = Instant::now();
            work();
            before.elapsed()
        })
        .collect();
    taken.sort_unstable();
    taken.get(taken.len() / 2).copied().unwrap()
}
