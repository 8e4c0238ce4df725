//! What begins, and what nothing may keep from beginning.

use crate::support::{Team, at, task};
use chrono::TimeDelta;
use toban_core::Interval;
use toban_durable::testing::block_on;
use toban_routine::firing::{Finish, Phase, Request};
use toban_routine::{Happened, TaskId, WhyLeftOut, schedule};

const HOUR: i64 = 3_600;

fn check() -> TaskId {
    TaskId::new("check").unwrap()
}

/// What has come is seen to, and nobody performs anything.
fn advance(team: &Team) -> Vec<i64> {
    let advanced = block_on(team.book.advance(&check())).unwrap().unwrap();
    advanced.begun.iter().map(|firing| firing.nominal.timestamp() / HOUR).collect()
}

#[test]
fn a_newer_one_begins_though_a_person_has_ended_the_one_before_already() {
    for (overlap, is_at_once) in [
        ("terminate_other", true),
        ("terminate_other", false),
        ("cancel_other", true),
        ("cancel_other", false),
    ] {
        let team = Team::new();
        team.plan(&task(&format!(r#"{{"command": ["check"], "overlap": "{overlap}"}}"#)));
        team.clock.advance(TimeDelta::seconds(HOUR));
        assert_eq!(advance(&team), [1]);
        team.ask(HOUR, &Request::End { is_at_once, by: "ann".into(), why: "it hangs".into() }).unwrap();
        team.clock.advance(TimeDelta::seconds(HOUR));
        let is_terminated = overlap == "terminate_other";
        assert_eq!(
            advance(&team),
            if is_terminated { vec![2] } else { Vec::new() },
            "{overlap} {is_at_once}"
        );
        let state = team.state(HOUR);
        assert_eq!(state.phase, Phase::Ending { is_at_once: is_at_once || is_terminated });
        let is_by_person = is_at_once || !is_terminated;
        assert_eq!(state.by.as_deref(), Some(if is_by_person { "ann" } else { "check" }));
        team.go_on();
        assert_eq!(team.world.begun(), [at(2 * HOUR)]);
        let finish = if is_at_once || is_terminated { Finish::Terminated } else { Finish::Cancelled };
        assert_eq!(team.state(HOUR).phase, Phase::Ended(finish));
    }
}

#[test]
fn what_is_on_time_begins_however_little_is_caught_up_with() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"], "due": {"catch_up": "0s"}}"#));
    team.pass(3 * HOUR + 60, 35);
    assert_eq!(team.world.begun(), [at(HOUR), at(2 * HOUR), at(3 * HOUR)]);
}

#[test]
fn what_starts_later_than_it_is_caught_up_with_begins_when_it_starts() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"], "jitter": "50m", "due": {"catch_up": "1m"}}"#));
    team.pass(4 * HOUR, 30);
    assert_eq!(team.world.begun(), [at(HOUR), at(2 * HOUR), at(3 * HOUR)]);
}

#[test]
fn what_waits_begins_or_is_too_late_though_the_task_has_no_times_any_more() {
    let team = Team::new();
    team.plan(&task(r#"{"overlap": "buffer_one", "give_up": "9d"}"#));
    team.clock.advance(TimeDelta::seconds(HOUR));
    assert_eq!(advance(&team), [1]);
    team.clock.advance(TimeDelta::seconds(HOUR));
    assert!(advance(&team).is_empty());
    let mut plan = task(r#"{"overlap": "buffer_one", "give_up": "9d", "on_events": ["an alarm"]}"#);
    plan.task.when = None;
    team.plan(&plan);
    let waiting = |team: &Team| block_on(team.book.task(&check())).unwrap().unwrap().state().waiting.len();
    assert_eq!(waiting(&team), 1);
    let done = Request::Done { by: "ann".into(), conditions: Vec::new(), evidence: Vec::new() };
    team.ask(HOUR, &done).unwrap();
    team.go_on();
    assert_eq!((waiting(&team), team.state(2 * HOUR).phase), (0, Phase::Open));
}

#[test]
fn what_was_decided_before_something_happened_is_refused() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"]}"#));
    let mut run = block_on(team.book.task(&check())).unwrap().unwrap();
    team.clock.advance(TimeDelta::seconds(HOUR));
    let stale = run.state().advance(run.now(), &schedule::Seen::default());
    let pause = schedule::Request::Pause { by: "ann".into(), why: "moving".into() };
    block_on(run.ask(&pause)).unwrap().unwrap();
    let refused = block_on(run.ask(&schedule::Request::Advance(Box::new(stale)))).unwrap().unwrap_err();
    assert_eq!(refused.to_string(), "advance is refused: something has happened since it was decided");
}

#[test]
fn what_nobody_did_is_missed_as_the_next_one_begins_and_with_it() {
    let team = Team::new();
    team.plan(&task("{}"));
    team.clock.advance(TimeDelta::seconds(HOUR));
    assert_eq!(advance(&team), [1]);
    team.clock.advance(TimeDelta::seconds(HOUR));
    assert_eq!(advance(&team), [2]);
    // Nobody has performed anything, nor let time pass for the first.
    assert_eq!(team.state(HOUR).phase, Phase::Ended(Finish::Missed));
    assert_eq!(team.state(2 * HOUR).phase, Phase::Open);
}

#[test]
fn of_what_a_later_run_was_to_stand_for_the_record_says_that_it_did_not_begin_either() {
    let team = Team::new();
    team.plan(&task(r#"{"command": ["check"]}"#));
    let pause = schedule::Request::Pause { by: "ann".into(), why: "moving".into() };
    block_on(team.book.ask(&check(), &pause)).unwrap().unwrap();
    team.clock.advance(TimeDelta::seconds(3 * HOUR));
    assert!(advance(&team).is_empty());
    let goes_on = schedule::Request::Continue { by: "ann".into(), why: "moved".into() };
    block_on(team.book.ask(&check(), &goes_on)).unwrap().unwrap();
    team.clock.advance(TimeDelta::seconds(3 * HOUR));
    assert_eq!(advance(&team), [6]);
    let within = Interval::new(at(0), at(9 * HOUR)).unwrap();
    let past = block_on(team.book.happened(&check(), within)).unwrap().unwrap();
    let why = |happened: &Happened| match happened {
        Happened::LeftOut { first, count, why, .. } => Some((*first, *count, *why)),
        _ => None,
    };
    assert_eq!(
        past.happened.iter().filter_map(why).collect::<Vec<_>>(),
        [(at(HOUR), 2, WhyLeftOut::NoneBegan), (at(4 * HOUR), 2, WhyLeftOut::Coalesced)]
    );
}
