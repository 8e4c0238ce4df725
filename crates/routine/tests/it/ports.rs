//! The ports of a firing: a runner keeps its contract, a source measures, people are told.

use crate::support::{Team, at, task};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_core::testing::{FakeMetricSource, FakeNotifier};
use toban_core::{Labels, PortErrorKind, Sample};
use toban_durable::testing::block_on;
use toban_routine::firing::{Finish, Phase, Reading};
use toban_routine::testing::{FakeRunner, Programs, runner_keeps_its_contract};
use toban_routine::{Finite, Ports};

const HOUR: i64 = 3_600;

#[test]
fn the_fake_keeps_the_contract() {
    let one = |word: &str| vec![word.to_owned()];
    let programs = Programs {
        succeeds: one("true"),
        fails: one("false"),
        hangs: one("sleep"),
        cannot_start: one("no such program"),
    };
    block_on(runner_keeps_its_contract(&FakeRunner::new(), &programs)).unwrap();
}

/// A task by hand that measures three things.
const MEASURING: &str = r#"{"owner": {"role": "monitoring"}, "deadline": "30m", "lists": {"report_forms": ["a word"]}, "alerts": [
    {"text": {"ja": "CPU使用率80%以上", "en": "CPU usage of 80 % or more"}, "measured": {"query": "cpu", "is": "at_least", "value": 0.8}},
    {"text": "somebody judges"},
    {"text": "memory", "measured": {"query": "memory", "is": "at_least", "value": 0.85}},
    {"text": "errors", "measured": {"query": "errors", "is": "above", "value": 0}}
]}"#;

#[test]
fn what_is_measured_is_on_record_and_people_are_told_of_what_is_not_as_it_should_be_in_one_word() {
    let team = Team::new();
    let value = |value: f64| Sample::new(at(HOUR), value).unwrap();
    let source = FakeMetricSource::new()
        .with_sample("cpu", Labels::default(), value(0.8))
        .with_sample("memory", Labels::default(), value(0.849))
        .with_failure("errors", PortErrorKind::Unavailable);
    let notifier = Arc::new(FakeNotifier::new());
    let ports = Ports::new(team.book.clone(), Arc::new(FakeRunner::new()))
        .with_metrics(Arc::new(source), team.clock.clone())
        .with_notifier(notifier.clone());
    team.plan(&task(MEASURING));
    team.clock.advance(TimeDelta::seconds(HOUR));
    // What cannot be measured is tried again.
    for _ in 0..4 {
        team.go_on_with(&ports);
        team.clock.advance(TimeDelta::seconds(10));
    }
    let state = team.state(HOUR);
    let value = |value: f64| Some(Reading::Value(Finite::new(value).unwrap()));
    assert_eq!(state.readings[..3], [value(0.8), None, value(0.849)]);
    assert!(matches!(state.readings[3], Some(Reading::Failed { .. })), "{:?}", state.readings);
    assert_eq!(state.holding().collect::<Vec<_>>(), [0]);
    assert_eq!(state.phase, Phase::Open, "a check that fails stops nothing");

    let done =
        toban_routine::firing::Request::Done { by: "bob".into(), conditions: vec![], evidence: vec![] };
    team.ask(HOUR, &done).unwrap();
    team.go_on_with(&ports);
    assert_eq!(team.state(HOUR).phase, Phase::Ended(Finish::Done));
    let told: Vec<_> =
        notifier.told().into_iter().map(|message| (message.words.ja, message.words.en)).collect();
    let why = "the fake was told to fail";
    assert_eq!(
        told,
        [
            ("check：実施してください".to_owned(), "check: to be done".to_owned()),
            (
                format!("check：要確認：CPU使用率80%以上（0.8）、errors（測定不能：{why}）"),
                format!(
                    "check: look at this: CPU usage of 80 % or more (0.8); errors (cannot be measured: {why})"
                ),
            ),
            ("check：完了（bob）".to_owned(), "check: done by bob".to_owned()),
        ]
    );
    let data: serde_json::Value = serde_json::from_str(&notifier.told()[0].data).unwrap();
    assert_eq!(data["firing"], "check/1970-01-01T01:00:00Z");
    assert_eq!(data["owner"]["role"], "monitoring");
    assert_eq!(data["what"]["to_do"]["by"], "1970-01-01T01:30:00Z");
}
