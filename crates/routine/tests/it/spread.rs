//! Starts that are spread: a time has come when it starts.

use crate::support::{at, task};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::Interval;
use toban_routine::{Moment, ScheduledTask, due};

const MISSED: [&str; 4] = [r#"{"all": {"most": 99}}"#, r#""coalesce""#, r#""latest""#, r#""skip""#];

/// Every so many minutes, spread by at most so many.
fn spread(every: i64, jitter: i64, missed: usize, grace: i64, catch_up: i64) -> ScheduledTask {
    let jitter = if jitter == 0 { String::new() } else { format!(r#""jitter": "{jitter}m","#) };
    task(&format!(
        r#"{{{jitter} "when": {{"every": "{every}m", "start": "1970-01-01T00:00:00Z"}},
            "due": {{"missed": {}, "grace": "{grace}m", "catch_up": "{catch_up}m"}}}}"#,
        MISSED[missed]
    ))
    .scheduled()
    .unwrap()
    .unwrap()
}

/// The times that run or do not, in minutes.
fn decided(task: &ScheduledTask, every: i64, due: &toban_routine::Due) -> Vec<i64> {
    let minute = |at: chrono::DateTime<chrono::Utc>| at.timestamp() / 60;
    let left = due.left_out.iter().flat_map(|left| {
        let all: Vec<_> =
            (minute(left.first)..=minute(left.last)).step_by(usize::try_from(every).unwrap()).collect();
        assert!(due.runs.iter().all(|run| !all.contains(&minute(run.nominal))), "{}", task.id);
        assert_eq!(u64::try_from(all.len()).unwrap(), left.count);
        all
    });
    let mut all: Vec<_> = due.runs.iter().map(|run| minute(run.nominal)).chain(left).collect();
    all.sort_unstable();
    all
}

proptest! {
    #[test]
    fn step_by_step_each_time_that_has_started_is_decided_once_and_none_before_it_starts(
        every in 1i64..90,
        jitter in 0i64..200,
        missed in 0usize..4,
        (grace, catch_up) in (0i64..9, 0i64..400),
        steps in proptest::collection::vec((-5i64..200, 0i64..60), 1..20),
    ) {
        let task = spread(every, jitter, missed, grace, catch_up);
        let (mut last, mut now, mut all) = (at(0), at(0), Vec::new());
        let mut furthest = now;
        for (minutes, seconds) in steps {
            now += TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds);
            furthest = furthest.max(now);
            let due = task.due_at(last, Moment::at(now));
            prop_assert!(due.decided >= last && due.decided <= furthest);
            prop_assert_eq!(due.next, task.recurrence.next(due.decided));
            for run in &due.runs {
                prop_assert!(last < run.nominal && run.nominal <= due.decided);
                prop_assert!(task.start(run.nominal) <= now, "it has not started yet");
                prop_assert_eq!(run.is_late, now - task.start(run.nominal) > task.due.grace.as_time_delta());
            }
            let some = decided(&task, every, &due);
            prop_assert!(some.iter().all(|minute| task.start(at(minute * 60)) <= now));
            all.extend(some);
            last = due.decided;
        }
        // At once, the same times are decided.
        prop_assert_eq!(&all, &decided(&task, every, &task.due_at(at(0), Moment::at(furthest))));
        let nano = TimeDelta::nanoseconds(1);
        let passed = Interval::new(at(0) + nano, furthest.max(at(0)) + nano + nano).unwrap();
        let started = task.recurrence.between(passed).filter(|nominal| task.start(*nominal) <= furthest);
        prop_assert_eq!(all, started.map(|nominal| nominal.timestamp() / 60).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_spread_is_due_at_its_time(
        every in 1i64..90,
        missed in 0usize..4,
        (grace, catch_up) in (0i64..9, 0i64..400),
        (last, now) in (0i64..40_000, -1_000i64..80_000),
        elapsed in proptest::option::of(0i64..80_000),
    ) {
        let task = spread(every, 0, missed, grace, catch_up);
        let moment = Moment { now: at(now), elapsed: elapsed.map(TimeDelta::seconds) };
        let plain = due(&task.recurrence, at(last), moment, &task.due);
        prop_assert_eq!(task.due_at(at(last), moment), plain);
    }

    #[test]
    fn what_starts_starts_after_its_time_and_before_the_next(
        every in 1i64..90,
        jitter in 1i64..200,
        place in 0i64..1_000,
    ) {
        let task = spread(every, jitter, 0, 1, 1);
        let (nominal, next) = (at(place * every * 60), at((place + 1) * every * 60));
        let start = task.start(nominal);
        prop_assert!(nominal <= start && start < next);
        prop_assert!(start - nominal < TimeDelta::minutes(jitter));
        prop_assert_eq!(start, task.start(nominal));
    }
}
