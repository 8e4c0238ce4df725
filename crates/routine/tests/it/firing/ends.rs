//! How firings end where time is short, and where nobody knows.

use crate::support::{at, begun};
use chrono::{DateTime, Utc};
use toban_durable::{Decision, Machine, Now, Settle, Steady, Wakeup};
use toban_routine::Firing;
use toban_routine::firing::{
    Announcement, Effect, Event, Finish, Outcome, Phase, Ran, Reading, Request, State,
};

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

fn deadline() -> Option<DateTime<Utc>> {
    Some(at(60))
}

fn end(is_at_once: bool) -> Request {
    Request::End { is_at_once, by: "ann".into(), why: "no need".into() }
}

fn ran() -> Outcome {
    Outcome::Ran(Ran { is_success: true, said: "ok".into() })
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

#[test]
fn a_program_that_was_done_in_time_is_not_late_because_measuring_takes_longer() {
    for (ran_at, finish) in [(59, Finish::Done), (61, Finish::Late)] {
        let alerts = r#"[{"text": "high", "measured": {"query": "load", "is": "above", "value": 1}}]"#;
        let (mut state, orders) = begin(&format!(r#"{{"command": ["check"], "alerts": {alerts}}}"#));
        let mut with_deadline = (**state.begun.as_ref().unwrap()).clone();
        with_deadline.deadline = deadline();
        Firing::apply(&mut state, &Event::Begun(Box::new(with_deadline)), moment(0));
        let (decision, _) = Firing::outcome(&state, &orders[0], 1, &ran(), moment(ran_at));
        assert!(take(&mut state, decision, moment(ran_at)).is_empty());
        assert_eq!(state.phase, Phase::Checking);
        let measured = Outcome::Measured(Reading::NoData);
        let (decision, _) = Firing::outcome(&state, &orders[1], 1, &measured, moment(90));
        take(&mut state, decision, moment(90));
        assert_eq!((state.phase, state.is_overdue), (Phase::Ended(finish), finish == Finish::Late));
    }
}

#[test]
fn what_people_were_told_is_overdue_is_late() {
    let (mut state, _) = begin("{}");
    let mut with_deadline = (**state.begun.as_ref().unwrap()).clone();
    with_deadline.deadline = deadline();
    Firing::apply(&mut state, &Event::Begun(Box::new(with_deadline)), moment(0));
    let decision = Firing::wake(&state, moment(60));
    assert_eq!(take(&mut state, decision, moment(60)).len(), 1);
    // In the same second, or by a clock that was set back.
    for seconds in [60, 30] {
        let done = Request::Done { by: "ann".into(), conditions: Vec::new(), evidence: Vec::new() };
        let mut state = state.clone();
        let decision = Firing::request(&state, &done, moment(seconds)).unwrap();
        take(&mut state, decision, moment(seconds));
        assert_eq!(state.phase, Phase::Ended(Finish::Late));
    }
}

#[test]
fn what_is_done_after_its_deadline_is_late_though_nobody_was_there_to_say_so() {
    let (mut state, _) = begin("{}");
    let mut with_deadline = (**state.begun.as_ref().unwrap()).clone();
    with_deadline.deadline = deadline();
    Firing::apply(&mut state, &Event::Begun(Box::new(with_deadline)), moment(0));
    for (seconds, finish) in [(60, Finish::Done), (61, Finish::Late)] {
        let done = Request::Done { by: "ann".into(), conditions: Vec::new(), evidence: Vec::new() };
        let mut state = state.clone();
        let decision = Firing::request(&state, &done, moment(seconds)).unwrap();
        let orders = take(&mut state, decision, moment(seconds));
        assert_eq!((state.phase, state.is_overdue), (Phase::Ended(finish), finish == Finish::Late));
        // That it is done is all there is to tell.
        assert_eq!(orders, [Effect::Close { how: finish }]);
    }
}

#[test]
fn what_is_in_doubt_is_told_again_each_day_until_a_person_says() {
    const DAY: i64 = 86_400;
    let (mut state, orders) = begin(r#"{"command": ["check"]}"#);
    let doubt = Firing::doubt(&state, &orders[0], moment(5));
    let is_told = |orders: &[Effect]| {
        orders.iter().filter(|one| matches!(one, Effect::Tell { what: Announcement::InDoubt, .. })).count()
    };
    assert_eq!(is_told(&take(&mut state, doubt, moment(5))), 1);
    let since = state.doubted_at;
    for days in 1..4 {
        let next = 5 + days * DAY;
        assert_eq!(Firing::next_wakeup(&state), Wakeup::at(at(next)));
        assert!(Firing::wake(&state, moment(next - 1)).is_none());
        let again = Firing::wake(&state, moment(next));
        assert_eq!(is_told(&take(&mut state, again, moment(next))), 1);
        assert_eq!(state.doubted_at, since);
    }
    let retry = Request::Retry { by: "ann".into(), why: "it had not begun".into() };
    let decision = Firing::request(&state, &retry, moment(4 * DAY)).unwrap();
    take(&mut state, decision, moment(4 * DAY));
    assert_eq!(Firing::next_wakeup(&state), Wakeup::NEVER);
}

#[test]
fn a_program_that_is_to_end_and_does_not_is_overdue_all_the_same() {
    let (mut state, _) = begin(r#"{"command": ["check"]}"#);
    let mut with_deadline = (**state.begun.as_ref().unwrap()).clone();
    with_deadline.deadline = deadline();
    Firing::apply(&mut state, &Event::Begun(Box::new(with_deadline)), moment(0));
    let asked = Firing::request(&state, &end(false), moment(1)).unwrap();
    take(&mut state, asked, moment(1));
    assert_eq!(Firing::next_wakeup(&state), Wakeup::at(at(60)));
    let decision = Firing::wake(&state, moment(60));
    let told = take(&mut state, decision, moment(60));
    assert!(matches!(&told[..], [Effect::Tell { what: Announcement::Overdue, .. }]), "{told:?}");
    assert!(state.is_overdue);
}
