//! Tasks and their firings, as their records tell them.

use crate::support::{Team, at, task};
use chrono::TimeDelta;
use toban_core::Interval;
use toban_durable::testing::block_on;
use toban_routine::firing::{Finish, Phase, Request};
use toban_routine::{Happened, TaskId, schedule};

const HOUR: i64 = 3_600;

fn check() -> TaskId {
    TaskId::new("check").unwrap()
}

#[test]
fn what_a_program_does_runs_at_each_of_its_times_once() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"]}"#));
    team.pass(5 * HOUR + 60, 60);
    assert_eq!(team.world.begun(), [at(HOUR), at(2 * HOUR), at(3 * HOUR), at(4 * HOUR), at(5 * HOUR)]);
    assert_eq!(team.state(HOUR).phase, Phase::Ended(Finish::Done));
    assert_eq!(team.state(HOUR).evidence, ["ok"]);
    assert!(block_on(team.book.under_way(None, 9)).unwrap().unwrap().is_empty());
}

#[test]
fn what_people_do_is_done_late_or_missed_and_the_next_one_begins() {
    let team = Team::new();
    team.plan(&task(r#"{"deadline": "30m", "lists": {"completion_conditions": ["the backup is there"]}, "evidence": ["log"]}"#));
    team.pass(HOUR, 60);
    assert_eq!(team.state(HOUR).phase, Phase::Open);
    let done = |conditions: &[usize], evidence: &[&str]| Request::Done {
        by: "bob".into(),
        conditions: conditions.to_vec(),
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
    };
    let refused = team.ask(HOUR, &done(&[], &["log 7"])).unwrap_err();
    assert_eq!(
        refused,
        "done is refused while the firing is to be done: not every completion condition is met: the backup is there"
    );
    let refused = team.ask(HOUR, &done(&[0], &[" "])).unwrap_err();
    assert_eq!(refused, "done is refused while the firing is to be done: the task asks for evidence: log");
    team.ask(HOUR, &done(&[0], &["log 7"])).unwrap();
    team.go_on();
    assert_eq!(team.state(HOUR).phase, Phase::Ended(Finish::Done));

    team.pass(HOUR + 31 * 60, 60);
    assert!(team.state(2 * HOUR).is_overdue);
    team.ask(2 * HOUR, &done(&[0], &["log 8"])).unwrap();
    team.pass(60, 60);
    assert_eq!(team.state(2 * HOUR).phase, Phase::Ended(Finish::Late));

    // Nobody does the third; with the fourth it is missed.
    team.pass(2 * HOUR - 32 * 60, 60);
    assert_eq!(team.state(3 * HOUR).phase, Phase::Ended(Finish::Missed));
    assert_eq!(team.state(4 * HOUR).phase, Phase::Open);
    let within = Interval::new(at(0), at(9 * HOUR)).unwrap();
    let happened = block_on(team.book.happened(&check(), within)).unwrap().unwrap().happened;
    assert!(happened.iter().all(|one| matches!(one, Happened::Began { .. })), "{happened:?}");
    assert_eq!(happened.len(), 4);
}

#[test]
fn what_was_missed_is_on_record_and_runs_as_its_policy_says() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"], "due": {"missed": "latest", "catch_up": "3h"}}"#));
    team.clock.advance(TimeDelta::seconds(6 * HOUR + 1800));
    team.go_on();
    assert_eq!(team.world.begun(), [at(6 * HOUR)]);
    let within = Interval::new(at(0), at(9 * HOUR)).unwrap();
    let happened = block_on(team.book.happened(&check(), within)).unwrap().unwrap().happened;
    let left_out: Vec<_> = happened
        .iter()
        .filter_map(|one| match one {
            Happened::LeftOut { first, last, count, .. } => Some((*first, *last, *count)),
            _ => None,
        })
        .collect();
    assert_eq!(left_out, [(at(HOUR), at(3 * HOUR), 3), (at(4 * HOUR), at(5 * HOUR), 2)]);
}

#[test]
fn a_task_that_is_paused_begins_nothing_but_what_is_asked_for() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"]}"#));
    let (by, why) = (String::from("ann"), String::from("moving"));
    let ask = |request: &schedule::Request| block_on(team.book.ask(&check(), request)).unwrap().unwrap();
    ask(&schedule::Request::Pause { by: by.clone(), why: why.clone() });
    team.pass(2 * HOUR + 60, 60);
    assert!(team.world.begun().is_empty());
    let occasion = toban_routine::firing::Occasion::Now { by: by.clone(), why: why.clone() };
    ask(&schedule::Request::Run { times: vec![at(2 * HOUR + 61)], occasion });
    team.go_on();
    assert_eq!(team.world.begun(), [at(2 * HOUR + 61)]);
    ask(&schedule::Request::Continue { by: by.clone(), why: why.clone() });
    let occasion = toban_routine::firing::Occasion::Backfill { by, why };
    ask(&schedule::Request::Run { times: vec![at(2 * HOUR), at(HOUR)], occasion });
    team.pass(HOUR, 60);
    // One after another, and none twice.
    assert_eq!(team.world.begun()[1..], [at(HOUR), at(2 * HOUR), at(3 * HOUR)]);
}

#[test]
fn a_clock_that_was_far_ahead_silences_no_task_and_nothing_runs_twice() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"]}"#));
    team.pass(HOUR, 60);
    team.clock.jump(TimeDelta::days(3_000));
    team.go_on();
    let ahead = team.world.begun();
    assert_eq!(ahead.len(), 2);
    team.clock.jump(-TimeDelta::days(3_000));
    team.pass(2 * HOUR, 60);
    assert_eq!(team.world.begun()[2..], [at(2 * HOUR), at(3 * HOUR)]);
    // Back over what has run: it does not run again.
    team.clock.jump(-TimeDelta::seconds(2 * HOUR + 60));
    team.pass(2 * HOUR, 60);
    assert_eq!(team.world.begun().len(), 4);
    team.pass(HOUR + 120, 60);
    assert_eq!(team.world.begun()[4..], [at(4 * HOUR)]);
}

#[test]
fn another_rule_says_nothing_of_the_past_and_what_is_planned_no_more_begins_nothing() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"]}"#));
    team.pass(2 * HOUR + 600, 60);
    assert_eq!(team.world.begun(), [at(HOUR), at(2 * HOUR)]);
    // Half hours from now on: those before now were never due.
    let halves = task(r#"{"command": ["check"], "when": {"every": "30m", "start": "1970-01-01T00:00:00Z"}}"#);
    team.clock.advance(TimeDelta::seconds(50 * 60));
    team.plan(&halves);
    // What the rule before had come to is seen to by it.
    team.go_on();
    assert_eq!(team.world.begun()[2..], [at(3 * HOUR)]);
    team.pass(HOUR, 60);
    assert_eq!(team.world.begun()[3..], [at(3 * HOUR + 1800), at(4 * HOUR)]);
    // Other words leave its times alone.
    let renamed = task(
        r#"{"title": "another name", "command": ["check"], "when": {"every": "30m", "start": "1970-01-01T00:00:00Z"}}"#,
    );
    team.clock.advance(TimeDelta::seconds(1800));
    team.plan(&renamed);
    team.go_on();
    assert_eq!(team.world.begun()[5..], [at(4 * HOUR + 1800)]);

    let retire = schedule::Request::Retire { by: "the team".into() };
    block_on(team.book.ask(&check(), &retire)).unwrap().unwrap();
    team.pass(2 * HOUR, 60);
    assert_eq!(team.world.begun().len(), 6);
    // Planned again it goes on from then.
    team.plan(&renamed);
    team.pass(1800, 60);
    let last = team.world.begun()[6..].to_vec();
    assert_eq!(last.len(), 1, "{last:?}");
}

#[test]
fn people_have_time_until_the_next_one_for_what_comes_late() {
    let team = Team::new();
    team.plan(&task(
        r#"{"due": {"missed": {"all": {"most": 9}}, "catch_up": "1d"}, "overlap": "allow_all"}"#,
    ));
    team.clock.advance(TimeDelta::seconds(3 * HOUR + 600));
    team.go_on();
    for hour in 1..=3 {
        assert_eq!(team.state(hour * HOUR).give_up(), Some(at(4 * HOUR)), "{hour}");
    }
    team.pass(3_000, 60);
    assert_eq!(team.state(HOUR).phase, Phase::Ended(Finish::Missed));
}
