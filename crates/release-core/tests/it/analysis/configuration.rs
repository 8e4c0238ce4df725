//! What a definition may say, and what is refused.

use super::{level, rules, spec, times, until_end};
use chrono::TimeDelta;
use serde_json::json;
use std::error::Error;
use toban_release_core::analysis::{
    ArgoRules, Check, CheckError, CheckSpec, MissingData, Patience, Rules, RulesError, Schedule,
    ScheduleError, Severity, StrictRules, Trigger,
};
use toban_release_core::judge::{Judge, Region, Threshold, ThresholdError};

fn refused(schedule: Schedule, rules: StrictRules) -> RulesError {
    match Check::new(spec(schedule, Rules::Strict(rules))) {
        Err(CheckError::Rules { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

fn hold() -> StrictRules {
    rules(MissingData::Hold)
}

#[test]
fn limits_that_can_never_fail_are_refused() {
    let five = StrictRules { max_failures: 5, max_failures_in_row: None, ..hold() };
    assert_eq!(refused(times(5), five), RulesError::NeverFails { limit: 5, count: 5 });
    assert!(Check::new(spec(times(6), Rules::Strict(five))).is_ok());
    let in_row = StrictRules { max_failures: 9, max_failures_in_row: Some(3), ..hold() };
    assert_eq!(refused(times(3), in_row), RulesError::NeverFails { limit: 3, count: 3 });
    let dead = StrictRules { max_failures: 2, max_failures_in_row: Some(2), ..hold() };
    assert_eq!(refused(times(9), dead), RulesError::InRow { in_row: 2, in_all: 2 });
}

#[test]
fn limits_that_can_never_pass_or_pass_unseen_are_refused() {
    assert_eq!(refused(times(9), StrictRules { min_successes: 0, ..hold() }), RulesError::NoSuccess);
    let many = StrictRules { min_successes: 10, ..hold() };
    assert_eq!(refused(times(9), many), RulesError::TooManySuccesses { needed: 10, count: 9 });
}

#[test]
fn patience_pauses_before_it_ends() {
    let patience = |hold_after, abort_after| StrictRules {
        patience: Patience { retry: TimeDelta::seconds(1), hold_after, abort_after },
        ..hold()
    };
    for (hold_after, abort_after) in [(0, 3), (3, 3), (4, 3)] {
        let error = RulesError::Patience { hold_after, abort_after };
        assert_eq!(refused(until_end(), patience(hold_after, abort_after)), error);
    }
    let at_once = Patience { retry: TimeDelta::zero(), ..hold().patience };
    let error = RulesError::Retry { retry: TimeDelta::zero() };
    assert_eq!(refused(until_end(), StrictRules { patience: at_once, ..hold() }), error);
}

#[test]
fn conditions_that_decide_nothing_or_both_are_refused() {
    let new = |success, failure| {
        let judge = Judge::Threshold(Threshold { success, failure });
        Check::new(CheckSpec { judge, ..spec(times(9), Rules::Strict(hold())) })
    };
    let error = |success, failure| {
        let error = new(success, failure).unwrap_err();
        error.source().unwrap().to_string()
    };
    let (most, least) = (|at| Some(Region::AtMost(level(at))), |at| Some(Region::AtLeast(level(at))));
    assert_eq!(error(None, None), ThresholdError::NoCondition.to_string());
    assert_eq!(error(most(5.0), least(5.0)), ThresholdError::Contradiction.to_string());
    assert!(new(most(5.0), Some(Region::Above(level(5.0)))).is_ok());
    assert!(new(Some(Region::Within { low: level(1.0), high: level(2.0) }), least(2.1)).is_ok());
    let outside = Some(Region::Outside { low: level(1.0), high: level(2.0) });
    assert!(new(Some(Region::Within { low: level(1.0), high: level(2.0) }), outside).is_ok());
    assert_eq!(error(most(1.0), outside), ThresholdError::Contradiction.to_string());
    let empty = Some(Region::Within { low: level(3.0), high: level(2.0) });
    assert_eq!(error(empty, None), ThresholdError::Empty.to_string());
}

#[test]
fn what_is_no_number_never_passes() {
    let anywhere = Region::Outside { low: level(0.0), high: level(0.0) };
    for threshold in [
        Threshold::success(Region::AtMost(level(5.0))),
        Threshold::success(Region::AtLeast(level(5.0))),
        Threshold::success(anywhere),
        Threshold::failure(Region::AtLeast(level(5.0))),
        Threshold::failure(Region::Below(level(5.0))),
        Threshold::default(),
    ] {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(threshold.judge(value).to_string(), "failure", "{threshold:?} {value}");
        }
    }
}

#[test]
fn schedules_that_cannot_be_kept_are_refused() {
    let refused = |schedule| match Check::new(spec(schedule, Rules::Strict(hold()))) {
        Err(CheckError::Schedule { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    let (zero, minute) = (TimeDelta::zero(), TimeDelta::minutes(1));
    assert_eq!(refused(times(0)), ScheduleError::Never);
    let at_once = Schedule::Times { count: 9, interval: zero, after: zero };
    assert_eq!(refused(at_once), ScheduleError::Interval { interval: zero });
    let early = Schedule::UntilEnd { interval: minute, after: -minute };
    assert_eq!(refused(early), ScheduleError::After { after: -minute });
}

#[test]
fn a_check_has_a_name_and_asks_something() {
    let spec = spec(times(9), Rules::Strict(hold()));
    assert_eq!(Check::new(CheckSpec { name: " ".into(), ..spec.clone() }), Err(CheckError::Unnamed));
    let silent = CheckSpec { query: String::new(), ..spec };
    assert_eq!(Check::new(silent), Err(CheckError::NoQuery { check: "errors".into() }));
}

fn written() -> serde_json::Value {
    json!({
        "name": "errors",
        "query": "error_ratio",
        "judge": { "threshold": { "success": { "at_most": 0.01 } } },
        "schedule": { "times": { "count": 5, "interval": "1m", "after": "0s" } },
        "rules": { "strict": {
            "min_successes": 2, "max_failures": 2, "max_failures_in_row": 1, "max_inconclusive": 1,
            "missing": "hold",
            "patience": { "retry": "10s", "hold_after": 2, "abort_after": 4 }
        } }
    })
}

#[test]
fn a_check_is_read_as_it_is_written() {
    let check: Check = serde_json::from_value(written()).unwrap();
    assert_eq!(check, super::strict(times(5), hold()));
    assert_eq!(serde_json::to_value(&check).unwrap()["rules"], written()["rules"]);
    let again: Check = serde_json::from_value(serde_json::to_value(&check).unwrap()).unwrap();
    assert_eq!(again, check);
}

#[test]
fn a_definition_without_a_choice_for_missing_data_or_with_an_unknown_word_is_refused() {
    let read = |value: serde_json::Value| serde_json::from_value::<Check>(value).unwrap_err().to_string();
    let mut value = written();
    value["rules"]["strict"].as_object_mut().unwrap().remove("missing");
    assert!(read(value).contains("missing field `missing`"));
    for place in ["", "/rules/strict", "/rules/strict/patience", "/judge/threshold"] {
        let mut value = written();
        value.pointer_mut(place).unwrap().as_object_mut().unwrap().insert("tpyo".into(), json!(1));
        assert!(read(value).contains("tpyo"), "{place}");
    }
    let mut value = written();
    value["rules"]["strict"]["max_failures"] = json!(5);
    value["rules"]["strict"]["max_failures_in_row"] = json!(null);
    assert!(read(value).contains("the rules of errors cannot hold"));
    let mut value = written();
    value["schedule"] = json!({ "times": { "count": 5, "after": "0s" } });
    assert!(read(value).contains("missing field `interval`"));
    let mut value = written();
    value["judge"] = json!({ "threshold": { "success": { "at_most": "much" } } });
    assert!(read(value).contains("invalid type"));
}

#[test]
fn rules_of_others_are_read_too() {
    let mut value = written();
    value["rules"] =
        json!({ "argo": { "failures": 0, "inconclusive": 0, "errors_in_row": 4, "successes_in_row": null } });
    let check: Check = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(check.rules(), &Rules::Argo(ArgoRules::argo_rollouts()));
    value["rules"] = json!({ "flagger": { "threshold": 10 } });
    assert!(serde_json::from_value::<Check>(value).is_ok());
}

#[test]
fn a_trigger_that_must_clear_has_time_to_clear_in() {
    let high = |minutes| Severity::High { clear_within: TimeDelta::minutes(minutes) };
    assert!(Trigger::new("errors", high(5)).is_ok());
    assert!(Trigger::new("errors", high(0)).is_err());
    assert!(Trigger::new("", Severity::Critical).is_err());
    let value = json!({ "check": "errors", "severity": { "high": { "clear_within": "5m" } } });
    let trigger: Trigger = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(trigger, Trigger::new("errors", high(5)).unwrap());
    assert_eq!(serde_json::to_value(trigger).unwrap(), value);
    for value in
        [json!({ "check": "errors", "severity": "critical" }), json!({ "check": "e", "severity": "medium" })]
    {
        assert!(serde_json::from_value::<Trigger>(value).is_ok());
    }
    let value = json!({ "check": "errors", "severity": { "high": { "clear_within": "0s" } } });
    assert!(serde_json::from_value::<Trigger>(value).is_err());
}
