//! Analysis: what a history of measurements comes to.

mod configuration;
mod histories;
mod tables;

use chrono::TimeDelta;
use std::num::NonZero;
use toban_release_core::analysis::{
    ArgoRules, Check, CheckSpec, FlaggerRules, Measured, MissingData, Patience, Rules, Schedule, StrictRules,
    Tally,
};
use toban_release_core::judge::{Judge, Level, Region, Threshold};

const ALL: [Measured; 5] =
    [Measured::Success, Measured::Failure, Measured::Inconclusive, Measured::NoData, Measured::Error];

fn level(value: f64) -> Level {
    Level::new(value).unwrap()
}

fn times(count: u32) -> Schedule {
    Schedule::Times { count, interval: TimeDelta::minutes(1), after: TimeDelta::zero() }
}

fn until_end() -> Schedule {
    Schedule::UntilEnd { interval: TimeDelta::minutes(1), after: TimeDelta::zero() }
}

fn spec(schedule: Schedule, rules: Rules) -> CheckSpec {
    CheckSpec {
        name: "errors".into(),
        query: "error_ratio".into(),
        judge: Judge::Threshold(Threshold::success(Region::AtMost(level(0.01)))),
        schedule,
        rules,
        stages: Vec::new(),
    }
}

fn argo(schedule: Schedule, rules: ArgoRules) -> Check {
    Check::new(spec(schedule, Rules::Argo(rules))).unwrap()
}

fn flagger(schedule: Schedule, threshold: u32) -> Check {
    Check::new(spec(schedule, Rules::Flagger(FlaggerRules { threshold }))).unwrap()
}

fn strict(schedule: Schedule, rules: StrictRules) -> Check {
    Check::new(spec(schedule, Rules::Strict(rules))).unwrap()
}

/// At least 2 successes, at most 2 failures of which 1 in a row, 1 inconclusive; a pause after 2 blind ones, an end after
/// 4.
fn rules(missing: MissingData) -> StrictRules {
    StrictRules {
        min_successes: 2,
        max_failures: 2,
        max_failures_in_row: Some(1),
        max_inconclusive: 1,
        missing,
        patience: Patience { retry: TimeDelta::seconds(10), hold_after: 2, abort_after: 4 },
    }
}

fn argo_rules(failures: u32) -> ArgoRules {
    ArgoRules { failures: Some(failures), ..ArgoRules::argo_rollouts() }
}

fn in_row(successes: u32) -> Option<NonZero<u32>> {
    NonZero::new(successes)
}

/// A history from letters: Success, Failure, Inconclusive, No data, Error.
fn history(letters: &str) -> Vec<Measured> {
    let one = |letter| match letter {
        'S' => Measured::Success,
        'F' => Measured::Failure,
        'I' => Measured::Inconclusive,
        'N' => Measured::NoData,
        'E' => Measured::Error,
        _ => panic!("{letter}"),
    };
    letters.chars().filter(|letter| *letter != ' ').map(one).collect()
}

fn tally(check: &Check, history: &[Measured]) -> Tally {
    let mut tally = Tally::new();
    for measured in history {
        check.observe(&mut tally, *measured);
    }
    tally
}
