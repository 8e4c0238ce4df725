//! How firings end where time is short, and where nobody knows.

use crate::support::{at, begun};
use toban_durable::{Decision, Machine, Now, Settle, Steady};
use toban_routine::Firing;
use toban_routine::firing::{Effect, Finish, Outcome, Phase, Request, State};

fn moment(seconds: i64) -> Now {
    Now { wall: at(seconds), steady: Steady::START }
}

fn take(state: &mut State, decision: Decision<Firing>, now: Now) -> Vec<Effect> {
    decision.events.iter().for_each(|event| Firing::apply(state, event, now));
    decision.orders
}

fn begin(json: &str) -> (State, Vec<Effect>) {
    let mut state = State::default();
    let request = Request::Begin(Box::new(begun(json)));
    let decision = Firing::request(&state, &request, moment(0)).unwrap();
    let orders = take(&mut state, decision, moment(0));
    (state, orders)
}

fn end(is_at_once: bool) -> Request {
    Request::End { is_at_once, by: "ann".into(), why: "no need".into() }
}

#[test]
fn what_was_to_end_and_is_not_heard_of_ends_when_its_stop_has_come_back() {
    for is_repeatable in [false, true] {
        let json = format!(r#"{{"command": ["check"], "program": {{"repeatable": {is_repeatable}}}}}"#);
        let (mut state, orders) = begin(&json);
        let asked = Firing::request(&state, &end(false), moment(1)).unwrap();
        let stop = take(&mut state, asked, moment(1)).pop().unwrap();
        // Its program may run still.
        let decision = match is_repeatable {
            false => Firing::doubt(&state, &orders[0], moment(2)),
            true => {
                let (decision, settle) = Firing::lost(&state, &orders[0], 1, moment(2));
                assert_eq!(settle, Settle::Done);
                decision
            }
        };
        assert!(decision.is_none(), "{decision:?}");
        let (decision, _) = Firing::outcome(&state, &stop, 1, &Outcome::Done, moment(3));
        take(&mut state, decision, moment(3));
        assert_eq!(state.phase, Phase::Ended(Finish::Cancelled));
    }
}
