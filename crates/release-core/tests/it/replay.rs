//! A course over recorded metrics, decided by the same machine as a real one.

use crate::support::{Process, World, check, course, manual, minutes, wall};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Instant;
use toban_release_core::analysis::{Check, CheckSpec, Severity, Trigger};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{Course, Event, Phase};
use toban_release_core::{Stage, Strategy, StrategyKind, Weight, replay};

fn watched() -> Course {
    let triggers = vec![Trigger::new("errors", Severity::Critical).unwrap()];
    Course { checks: vec![check("errors")], triggers, ..course() }
}

/// Good until that minute, then bad.
fn bad_from(minute: i64) -> impl FnMut(usize, DateTime<Utc>, usize) -> Reading {
    move |_, at, _| Reading::Value(if at < wall(minute) { 0.1 } else { 5.0 })
}

#[test]
fn a_fault_is_detected_at_the_next_measurement_and_the_exposure_is_what_traffic_met_it() {
    let told = replay(&watched(), wall(0), wall(100), bad_from(12)).unwrap();
    assert_eq!((told.end, told.detected), (Phase::RolledBack, Some(wall(12))));
    assert_eq!(told.time_to_detect(wall(12)), Some(TimeDelta::zero()));
    assert_eq!(told.time_to_detect(wall(13)), None);
    // Five minutes at 5 %, five at 25 %, two at 50 %.
    assert_eq!(told.exposure, TimeDelta::seconds(15 + 75 + 60));
    assert_eq!((told.requests(600), told.requests(u64::MAX)), (1_500, u64::MAX));
    let good = replay(&watched(), wall(0), wall(100), bad_from(1000)).unwrap();
    assert_eq!((good.end, good.at, good.detected), (Phase::Done, wall(20), None));
}

#[test]
fn a_record_that_ends_leaves_it_where_it_stands() {
    let told = replay(&watched(), wall(0), wall(7), bad_from(1000)).unwrap();
    assert!(matches!(told.end, Phase::Soaking { stage: 1, .. }));
    assert_eq!((told.at, told.exposure), (wall(7), TimeDelta::seconds(15 + 30)));
}

#[test]
fn persons_say_yes_and_a_freeze_is_waited_for() {
    let stages = vec![Stage::new("all", Weight::ALL, minutes(5)).gated()];
    let gated = Course {
        strategy: Strategy::new(StrategyKind::Canary, stages).unwrap(),
        preparation: vec![manual("maintenance on")],
        approvers: vec!["ann".into(), "bea".into(), "cy".into()],
        approvals: 2,
        needs_ruling: true,
        ..watched()
    };
    assert_eq!(replay(&gated, wall(0), wall(100), bad_from(1000)).unwrap().end, Phase::Done);
}

#[test]
fn it_decides_as_the_real_one() {
    let told = replay(&watched(), wall(0), wall(100), bad_from(12)).unwrap();
    let readings = (0..11).map(|_| Reading::Value(0.1)).chain([Reading::Value(5.0)]).collect();
    let mut process = Process::started(&watched(), World::default().answers("errors", readings));
    process.go_on();
    assert_eq!(
        (process.run.state().phase, process.run.now().steady),
        (told.end, told.events.last().unwrap().0.steady)
    );
}

#[test]
fn a_year_of_minutes_takes_less_than_a_second() {
    let year = 365 * 24 * 60;
    let spec = CheckSpec::from(check("errors"));
    let stages = vec![Stage::new("all", Weight::ALL, minutes(year))];
    let strategy = Strategy::new(StrategyKind::Canary, stages).unwrap();
    let long = Course { strategy, checks: vec![Check::new(spec).unwrap()], triggers: vec![], ..course() };
    let begun = Instant::now();
    let told = replay(&long, wall(0), wall(year + 10), bad_from(year * 2)).unwrap();
    let took = begun.elapsed();
    println!("a year of minutes: {took:?}");
    assert_eq!((told.end, told.measurements), (Phase::Done, 525_600));
    assert!(
        told.events.iter().filter(|(_, event)| matches!(event, Event::Measured { .. })).count() == 525_600
    );
    // Ten times as long on a machine that does much else.
    assert!(took.as_secs() < 10, "{took:?}");
}
