//! What begins, and what nothing may keep from beginning.

use crate::support::{Team, at, task};
use chrono::TimeDelta;
use toban_durable::testing::block_on;
use toban_routine::firing::{Finish, Phase, Request};
use toban_routine::TaskId;

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
