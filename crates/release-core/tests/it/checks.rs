//! What is measured in a stage, and what follows from it.

use crate::support::{Process, World, approve, check, command, course, minutes, propose};
use chrono::TimeDelta;
use toban_durable::testing::block_on;
use toban_durable::testing::{Explorer, Move, Node, explore};
use toban_durable::{Heard, Machine, Now, Settle, Steady, Wakeup};
use toban_release_core::analysis::{
    Check, CheckSpec, Measured, Patience, Rules, Schedule, Severity, Trigger,
};
use toban_release_core::judge::{Judge, Level, Reading, Region, Threshold};
use toban_release_core::rollout::{
    Announcement, Cause, Course, CourseFault, Effect, Event, Hold, Needed, Outcome, Part, Phase, Request,
    Rollout, State, Trouble, Watch, Why,
};
use toban_release_core::{Return, Stage, Strategy, StrategyKind, Weight};

const GOOD: Reading = Reading::Value(0.2);
const BAD: Reading = Reading::Value(3.0);

fn down() -> Reading {
    Reading::Error { reason: "connection refused".into() }
}

fn watched(severity: Option<Severity>) -> Course {
    let triggers = severity.map(|severity| Trigger::new("errors", severity).unwrap()).into_iter().collect();
    let strategy = Strategy::canary(minutes(5)).with_return(Return::Gradual);
    Course { checks: vec![check("errors")], triggers, strategy, ..course() }
}

fn good_until(bad: usize, then: Reading) -> Vec<Reading> {
    let mut readings = vec![GOOD; bad];
    readings.push(then);
    readings
}

fn needs(process: &Process, what: &Needed) -> usize {
    let told = process.world.told().into_iter();
    told.filter(|one| *one == Announcement::PersonNeeded { what: what.clone() }).count()
}

#[test]
fn a_good_version_is_measured_once_a_minute_in_each_stage() {
    let mut process = Process::started(&watched(None), World::default().answers("errors", vec![GOOD]));
    assert_eq!(process.go_on().phase, Phase::Done);
    let done = process.world.done.lock().unwrap();
    let measured = done.iter().filter(|(_, effect)| matches!(effect, Effect::Measure { .. })).count();
    assert!((16..=20).contains(&measured), "{measured}: each minute of four stages of five");
}

#[test]
fn a_critical_failure_brings_all_traffic_back_at_once() {
    let world = World::default().answers("errors", good_until(8, BAD));
    let mut process = Process::started(&watched(Some(Severity::Critical)), world);
    let state = process.go_on();
    assert_eq!(state.phase, Phase::RolledBack);
    let Some((Cause::Check { overall }, Return::Immediate)) = &state.cause else {
        panic!("{:?}", state.cause)
    };
    assert_eq!(overall.to_string(), "failed; errors: 1 failures, more than 0");
    assert_eq!(process.world.done(), ["migrate", "5 %", "25 %", "0 %", "restore", "smoke"]);
}

#[test]
fn a_failure_without_a_trigger_brings_traffic_back_as_the_strategy_says() {
    let world = World::default().answers("errors", good_until(13, BAD));
    let mut process = Process::started(&watched(None), world);
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.done()[4..], ["25 %", "5 %", "0 %", "restore", "smoke"]);
}

#[test]
fn a_high_failure_holds_and_goes_on_where_it_clears_in_time() {
    let high = Severity::High { clear_within: minutes(2) };
    let world = World::default().answers("errors", vec![GOOD, BAD, GOOD]);
    let mut process = Process::started(&watched(Some(high)), world);
    process.pass(TimeDelta::seconds(150));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Check(0)]);
    assert_eq!(process.go_on().phase, Phase::Done);
    assert_eq!(needs(&process, &Needed::Check(0)), 1);
}

#[test]
fn a_high_failure_that_does_not_clear_turns_back_when_its_time_is_over() {
    let high = Severity::High { clear_within: minutes(2) };
    let world = World::default().answers("errors", vec![GOOD, BAD]);
    let mut process = Process::started(&watched(Some(high)), world);
    let state = process.go_on();
    assert_eq!(state.phase, Phase::RolledBack);
    assert!(state.cause.as_ref().is_some_and(|(cause, _)| cause.is_automatic()));
    assert_eq!(
        process.run.now().steady,
        Steady::START.after(minutes(4)),
        "failed after two, and waited for two"
    );
}

#[test]
fn a_high_failure_that_comes_and_goes_has_its_time_once_in_a_stage() {
    let high = Severity::High { clear_within: minutes(3) };
    let flapping = [GOOD, BAD, GOOD, BAD, GOOD, BAD, BAD, GOOD, GOOD, GOOD];
    let world = World::default().answers("errors", flapping.to_vec());
    let mut process = Process::started(&watched(Some(high)), world);
    process.go_on();
    let turned = |process: &Process| process.run.state().cause.is_some();
    assert!(turned(&process), "two minutes were gone when it failed again, and then the third");
    assert_eq!(process.run.now().steady, Steady::START.after(minutes(7)));
    // A person who lets it go on gives it its time again, and so does the next stage.
    let world = World::default().answers("errors", flapping.to_vec());
    let mut process = Process::started(&watched(Some(high)), world);
    process.pass(minutes(5));
    process.pass(TimeDelta::seconds(90));
    assert!(process.run.state().clear_by().is_some());
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    process.pass(minutes(2));
    assert!(!turned(&process));
}

#[test]
fn a_soak_is_shortened_by_one_who_may_approve_once_its_checks_have_been_seen() {
    let promote = |by: &str| Request::Promote { by: by.into(), stage: 0, why: "urgent".into() };
    let world = World::default().answers("errors", vec![GOOD]);
    let mut process = Process::started(&watched(None), world);
    process.pass(TimeDelta::seconds(30));
    assert_eq!(process.ask(&promote("ann")).unwrap_err().why, Why::IsAuthor { by: "ann".into() });
    assert_eq!(process.ask(&promote("bea")).unwrap_err().why, Why::Held(Hold::Check(0)));
    process.pass(TimeDelta::seconds(31));
    process.ask(&promote("bea")).unwrap();
    process.pass(TimeDelta::zero());
    assert_eq!(process.run.state().stage, Some(1));
}

#[test]
fn a_check_that_failed_holds_while_another_has_cleared() {
    let course = Course {
        checks: vec![check("errors"), check("latency")],
        triggers: vec![
            Trigger::new("errors", Severity::Medium).unwrap(),
            Trigger::new("latency", Severity::High { clear_within: minutes(30) }).unwrap(),
        ],
        ..watched(None)
    };
    let world = World::default().answers("errors", vec![BAD]).answers("latency", vec![BAD, GOOD]);
    let mut process = Process::started(&course, world);
    process.pass(TimeDelta::seconds(121));
    assert_ne!(process.run.state().holds(process.run.now()), [], "latency has cleared, and errors has not");
    let promote = Request::Promote { by: "bea".into(), stage: 0, why: "urgent".into() };
    assert_eq!(process.ask(&promote).unwrap_err().why, Why::Held(Hold::Check(0)));
}

#[test]
fn no_number_is_missing_data_under_strict_rules() {
    let nan = Reading::Value(f64::NAN);
    let world = World::default().answers("errors", vec![GOOD, nan.clone(), nan, GOOD]);
    let mut process = Process::started(&watched(Some(Severity::Critical)), world);
    process.pass(TimeDelta::seconds(160));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Check(0)], "it cannot see");
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn a_medium_failure_waits_for_a_person_who_may_go_on_or_back() {
    let started = || {
        let world = World::default().answers("errors", vec![BAD, GOOD]);
        let mut process = Process::started(&watched(Some(Severity::Medium)), world);
        process.pass(TimeDelta::days(1));
        process
    };
    let mut process = started();
    assert_eq!(process.run.state().stage, Some(0));
    assert_eq!(needs(&process, &Needed::Check(0)), 1);
    let promote = Request::Promote { by: "bea".into(), stage: 0, why: "urgent".into() };
    assert_eq!(process.ask(&promote).unwrap_err().why, Why::Held(Hold::Check(0)));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    assert_eq!(process.run.state().stage, Some(0), "it is counted anew, and passes first");
    assert_eq!(process.go_on().phase, Phase::Done);
    let mut process = started();
    process.ask(&crate::support::abort()).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

#[test]
fn a_provider_that_is_down_holds_before_it_turns_back_and_may_come_again() {
    let started = |readings| Process::started(&watched(None), World::default().answers("errors", readings));
    let mut process = started(vec![GOOD, down()]);
    process.pass(TimeDelta::seconds(160));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Check(0)]);
    assert!(matches!(process.run.state().phase, Phase::Soaking { stage: 0, .. }));
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    let mut process = started(vec![GOOD, down(), down(), down(), GOOD]);
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn without_enough_successes_a_stage_is_not_left_and_a_person_is_told_once() {
    let mut readings = vec![GOOD];
    readings.extend(vec![Reading::NoData; 5]);
    readings.push(GOOD);
    let patient = |check: Check| {
        let mut spec = CheckSpec::from(check);
        if let Rules::Strict(rules) = &mut spec.rules {
            rules.patience.abort_after = 60;
            rules.patience.retry = minutes(1);
        }
        Check::new(spec).unwrap()
    };
    let course = Course { checks: vec![patient(check("errors"))], ..watched(None) };
    let mut process = Process::started(&course, World::default().answers("errors", readings));
    process.pass(minutes(7));
    assert_eq!((process.run.state().stage, process.run.state().is_overdue), (Some(0), true));
    process.pass(minutes(2));
    assert_eq!(process.run.state().stage, Some(1), "it passed late");
    assert_eq!(needs(&process, &Needed::Overdue(0)), 1);
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn a_pause_stops_no_trigger() {
    let world = World::default().answers("errors", vec![GOOD, GOOD, BAD]);
    let mut process = Process::started(&watched(Some(Severity::Critical)), world);
    process.pass(minutes(1));
    process.ask(&Request::Pause { by: "bea".into(), why: "lunch".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

#[test]
fn a_soak_that_ended_in_a_pause_is_over_when_it_goes_on_only_if_all_has_passed() {
    let world = World::default().answers("errors", vec![GOOD]);
    let mut process = Process::started(&watched(None), world);
    process.pass(TimeDelta::seconds(299));
    process.ask(&Request::Pause { by: "bea".into(), why: "lunch".into() }).unwrap();
    process.pass(minutes(30));
    assert_eq!(process.run.state().stage, Some(0));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    process.pass(TimeDelta::seconds(1));
    assert_eq!(process.run.state().stage, Some(1));
}

#[test]
fn each_failure_that_may_clear_has_a_time_of_its_own() {
    let course = Course {
        checks: vec![check("latency"), check("load")],
        triggers: vec![
            Trigger::new("latency", Severity::High { clear_within: minutes(9) }).unwrap(),
            Trigger::new("load", Severity::High { clear_within: minutes(4) }).unwrap(),
        ],
        ..watched(None)
    };
    let world = World::default().answers("latency", vec![GOOD, BAD, GOOD]).answers("load", vec![GOOD, BAD]);
    let mut process = Process::started(&course, world);
    process.pass(TimeDelta::seconds(150));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Check(0), Hold::Check(1)]);
    assert_eq!(process.run.state().clear_by(), Some(Steady::START.after(minutes(6))));
    let told = process.world.told();
    process.pass(minutes(1));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Check(1)], "latency has cleared");
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.run.now().steady, Steady::START.after(minutes(6)));
    assert!([0, 1].iter().all(|one| needs(&process, &Needed::Check(*one)) == 1), "{told:?}");
}

#[test]
fn a_check_that_does_not_say_waits_for_a_person_until_it_fails_and_has_a_deadline() {
    let mut spec = CheckSpec::from(check("errors"));
    spec.judge = Judge::Threshold(Threshold {
        success: Some(Region::Below(Level::new(1.0).unwrap())),
        failure: Some(Region::AtLeast(Level::new(5.0).unwrap())),
    });
    let high = Some(Severity::High { clear_within: minutes(2) });
    let course = Course { checks: vec![Check::new(spec).unwrap()], ..watched(high) };
    let world = World::default().answers("errors", vec![GOOD, BAD, BAD, BAD, Reading::Value(9.0)]);
    let mut process = Process::started(&course, world);
    process.pass(TimeDelta::seconds(250));
    let troubles: Vec<_> = process.run.state().troubles().collect();
    assert_eq!((troubles, process.run.state().clear_by()), (vec![(0, Trouble::Person)], None));
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(
        process.run.now().steady,
        Steady::START.after(minutes(7)),
        "failed after five, and two to clear"
    );
}

#[test]
fn a_check_that_was_seen_often_enough_is_watched_until_its_stage_is_left() {
    let mut spec = CheckSpec::from(check("errors"));
    spec.schedule = Schedule::Times { count: 3, interval: minutes(1), after: minutes(1) };
    let course = Course { checks: vec![Check::new(spec).unwrap()], ..watched(None) };
    let world = World::default().answers("errors", good_until(4, BAD));
    let mut process = Process::started(&course, world);
    process.pass(TimeDelta::seconds(290));
    assert!(process.run.state().holds(process.run.now()).is_empty(), "it has passed");
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.done(), ["migrate", "5 %", "0 %", "restore", "smoke"]);
}

#[test]
fn a_stage_without_a_soak_waits_for_its_checks_before_anybody_is_called() {
    let mut spec = CheckSpec::from(check("errors"));
    if let Rules::Strict(rules) = &mut spec.rules {
        rules.min_successes = 1;
    }
    let once = Check::new(spec.clone()).unwrap();
    let stages = vec![Stage::new("all", Weight::ALL, TimeDelta::zero())];
    let strategy = Strategy::new(StrategyKind::Canary, stages).unwrap();
    let quick = |check| Course { checks: vec![check], strategy: strategy.clone(), ..watched(None) };
    let mut process = Process::started(&quick(once), World::default().answers("errors", vec![GOOD]));
    assert_eq!(process.go_on().phase, Phase::Done);
    assert_eq!(needs(&process, &Needed::Overdue(0)), 0);
    // One that needs more than its first measurement is late from then on.
    let mut process =
        Process::started(&quick(check("errors")), World::default().answers("errors", vec![GOOD]));
    assert_eq!(process.go_on().phase, Phase::Done);
    assert_eq!(needs(&process, &Needed::Overdue(0)), 1);
}

#[test]
fn checks_have_names_of_their_own_and_triggers_name_one() {
    let twice = Course { checks: vec![check("errors"), check("errors")], ..course() };
    let unknown =
        Course { triggers: vec![Trigger::new("latency", Severity::Medium).unwrap()], ..watched(None) };
    let medium = || Trigger::new("errors", Severity::Medium).unwrap();
    let both = Course { triggers: vec![medium(), medium()], ..watched(None) };
    for course in [twice, unknown, both] {
        let mut process = Process::with(World::default());
        assert_eq!(process.ask(&propose(&course)).unwrap_err().why, Why::Course(CourseFault::Checks));
    }
}

#[test]
fn after_a_gap_in_which_nobody_measured_a_stage_is_left_only_on_what_is_measured_then() {
    let started = |then| {
        let world = World::default().answers("errors", good_until(3, then));
        let mut process = Process::started(&watched(None), world);
        process.pass(TimeDelta::seconds(190));
        // Nothing runs for an hour; then time is what is looked at first.
        process.clock.advance(minutes(60));
        block_on(process.run.wake()).unwrap().unwrap();
        let state = process.run.state();
        assert!(matches!(state.phase, Phase::Soaking { stage: 0, .. }) && state.watches[0].has_lapsed);
        assert_eq!(state.holds(process.run.now()), [Hold::Check(0)]);
        assert!(!block_on(process.run.wake()).unwrap().unwrap(), "once is enough");
        process
    };
    let mut process = started(BAD);
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.done(), ["migrate", "5 %", "0 %", "restore", "smoke"]);
    assert_eq!(started(GOOD).go_on().phase, Phase::Done);
    // Nor is such a stage hurried.
    let mut process = Process::started(&watched(None), World::default().answers("errors", vec![GOOD]));
    process.pass(TimeDelta::seconds(130));
    process.clock.advance(minutes(2));
    let promote = Request::Promote { by: "bea".into(), stage: 0, why: "urgent".into() };
    assert_eq!(process.ask(&promote).unwrap_err().why, Why::Held(Hold::Check(0)));
    // A measurement may take as long as it may; from then on it is missing.
    let state = process.run.state();
    let at = |late: TimeDelta| {
        let due = state.watches[0].seen.unwrap().after(minutes(1)).after(watched(None).check_time_out);
        let now = Now { steady: due.after(late), ..process.run.now() };
        Rollout::request(state, &promote, now).map(|decision| decision.events.len()).ok()
    };
    assert_eq!((at(TimeDelta::milliseconds(-1)), at(TimeDelta::zero())), (Some(2), None));
}

#[test]
fn what_was_to_be_measured_within_a_soak_is_measured_before_anybody_is_called() {
    let patient = Course { check_time_out: minutes(5), ..watched(None) };
    let resumed = |then| {
        let mut process = Process::started(&patient, World::default().answers("errors", good_until(2, then)));
        process.pass(TimeDelta::seconds(130));
        // Nothing runs until the soak is over, and one success is missing.
        process.clock.advance(TimeDelta::seconds(175));
        assert!(!block_on(process.run.wake()).unwrap().unwrap(), "there is nothing to say yet");
        let due = Rollout::next_wakeup(process.run.state());
        assert!(!due.is_due(process.run.now()), "nor is it looked at again before something is measured");
        process
    };
    let mut good = resumed(GOOD);
    assert_eq!(good.go_on().phase, Phase::Done);
    assert_eq!(needs(&good, &Needed::Overdue(0)), 0);
    // Where the answer does not help, people are called then.
    let none = Reading::NoData;
    let mut missing = resumed(none);
    missing.pass(TimeDelta::seconds(1));
    assert_eq!(needs(&missing, &Needed::Overdue(0)), 1);
}

#[test]
fn the_measurement_that_a_soak_waited_for_ends_it_in_one_decision() {
    let mut process = Process::started(&watched(None), World::default().answers("errors", vec![GOOD]));
    process.pass(TimeDelta::seconds(290));
    let Phase::Soaking { until, .. } = process.run.state().phase else { panic!("it soaks") };
    let due = Rollout::next_wakeup(process.run.state());
    assert_eq!(due, Wakeup::steady(until), "what has passed waits for no measurement");
    let measure = process.run.open_orders().find(|order| matches!(order.effect, Effect::Measure { .. }));
    let measure = measure.unwrap().effect.clone();
    let over = Now { steady: process.run.now().steady.after(minutes(1)), ..process.run.now() };
    let good = Outcome::Read(GOOD);
    let (decision, settle) = Rollout::outcome(process.run.state(), &measure, 1, &good, over);
    let has = |is: fn(&Event) -> bool| decision.events.iter().any(is);
    assert!(has(|event| matches!(event, Event::Measured { .. })));
    assert!(has(|event| matches!(event, Event::Soaked { stage: 0 })), "{:?}", decision.events);
    assert_eq!(settle, Settle::Done, "and it is not measured again");
}

#[test]
fn a_check_that_is_measured_once_is_measured_once_in_each_stage() {
    let mut spec = CheckSpec::from(check("errors"));
    spec.schedule = Schedule::Once { after: minutes(1) };
    if let Rules::Strict(rules) = &mut spec.rules {
        rules.min_successes = 1;
    }
    let course = Course { checks: vec![Check::new(spec).unwrap()], ..watched(None) };
    let mut process = Process::started(&course, World::default().answers("errors", vec![GOOD]));
    assert_eq!(process.go_on().phase, Phase::Done);
    let done = process.world.done.lock().unwrap();
    let measured = done.iter().filter(|(_, effect)| matches!(effect, Effect::Measure { .. }));
    assert_eq!(measured.count(), 4);
}

#[test]
fn a_check_may_be_of_some_stages_only() {
    let of = |name: &str, stages: &[&str]| {
        let stages = stages.iter().map(ToString::to_string).collect();
        Check::new(CheckSpec { stages, ..CheckSpec::from(check(name)) }).unwrap()
    };
    let stages = ["few", "half", "all"].into_iter().zip([5, 50, 100]);
    let stages =
        stages.map(|(name, percent)| Stage::new(name, Weight::percent(percent).unwrap(), minutes(5)));
    let course = Course {
        checks: vec![of("errors", &[]), of("latency", &["half", "all"]), of("orders", &["few"])],
        strategy: Strategy::new(StrategyKind::Canary, stages.collect()).unwrap(),
        ..watched(None)
    };
    let good = || World::default().answers("errors", vec![GOOD]).answers("orders", vec![GOOD]);
    let mut process = Process::started(&course, good().answers("latency", vec![GOOD]));
    assert_eq!(process.go_on().phase, Phase::Done);
    let measured: std::collections::BTreeSet<_> = process
        .world
        .done
        .lock()
        .unwrap()
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::Measure { stage, name, .. } => Some(format!("{stage} {name}")),
            _ => None,
        })
        .collect();
    let expected = ["0 errors", "0 orders", "1 errors", "1 latency", "2 errors", "2 latency"];
    assert_eq!(measured.into_iter().collect::<Vec<_>>(), expected);
    let mut process = Process::started(&course, good().answers("latency", vec![BAD]));
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.run.state().stage, Some(1), "bad where it is looked at");
    let nowhere = Course { checks: vec![of("errors", &["most"])], ..course };
    let refused = Process::with(World::default()).ask(&propose(&nowhere)).unwrap_err();
    assert_eq!(refused.why, Why::Course(CourseFault::Checks));
}

/// What is measured in a course, and what is asked of it.
struct Watched {
    course: Course,
    can_pause: bool,
}

/// It has passed with the first success, and is blind from the second time on that nothing answers.
fn quick(name: &str) -> Check {
    let mut spec = CheckSpec::from(check(name));
    if let Rules::Strict(rules) = &mut spec.rules {
        rules.min_successes = 1;
        rules.patience = Patience { retry: minutes(1), hold_after: 1, abort_after: 2 };
    }
    Check::new(spec).unwrap()
}

fn high(minute: i64) -> Option<Severity> {
    Some(Severity::High { clear_within: minutes(minute) })
}

fn urgent(checks: &[(&str, Option<Severity>)], stages: &[u8]) -> Course {
    let trigger = |(name, severity): &(&str, Option<Severity>)| Trigger::new(*name, (*severity)?).ok();
    let stage = |percent: &u8| {
        let weight = Weight::percent(*percent).unwrap();
        Stage::new(percent.to_string(), weight, minutes(2))
    };
    Course {
        preparation: vec![],
        completion: vec![],
        rollback: vec![command("restore", true)],
        verification: vec![command("smoke", true)],
        attempts: 1,
        strategy: Strategy::new(StrategyKind::Canary, stages.iter().map(stage).collect()).unwrap(),
        checks: checks.iter().map(|(name, _)| quick(name)).collect(),
        triggers: checks.iter().filter_map(trigger).collect(),
        ..course()
    }
}

/// A check as far as it makes a difference: succeeded, failed, blind in a row and at most, its last reading, what is
/// left to clear in, and until when.
type Seen =
    ((bool, bool, u32, u32, Option<Measured>), Option<i64>, Option<Option<i64>>, Option<bool>, Option<i64>);

type Key = (Phase, Option<i64>, bool, Option<usize>, Vec<Seen>, bool);

/// How long a check of High may still fail in its stage.
fn left(course: &Course, state: &State, place: usize, now: Now) -> Option<TimeDelta> {
    let Some(Severity::High { clear_within }) = course.severity(course.checks[place].name()) else {
        return None;
    };
    let watch = state.watches.get(place)?;
    Some(match watch.trouble {
        Some(Trouble::ClearBy(by)) => by.since(now.steady),
        _ => watch.leeway.unwrap_or(clear_within),
    })
}

impl Explorer<Rollout> for Watched {
    type Key = Key;

    fn requests(&self, state: &State, _: Now) -> Vec<Request> {
        let (by, why) = (String::from("cy"), String::from("so"));
        let stage = state.stage.unwrap_or(0);
        let mut requests = vec![
            propose(&self.course),
            approve("bea"),
            crate::support::abort(),
            Request::Promote { by: by.clone(), stage, why: why.clone() },
            Request::Resume { by: by.clone(), why: why.clone() },
            Request::Retry { by: by.clone(), why: why.clone() },
        ];
        if self.can_pause {
            requests.push(Request::Pause { by, why });
        }
        requests
    }

    fn outcomes(&self, effect: &Effect) -> Vec<Outcome> {
        match effect {
            Effect::Measure { .. } => vec![Outcome::Read(GOOD), Outcome::Read(BAD), Outcome::Read(down())],
            _ => vec![Outcome::Done],
        }
    }

    fn follows(&self, effect: &Effect) -> bool {
        !matches!(effect, Effect::Announce(_))
    }

    fn counts(&self, effect: &Effect) -> bool {
        !matches!(effect, Effect::Measure { .. })
    }

    fn key(&self, state: &State, now: Now) -> Key {
        let (mut phase, mut soak) = (state.phase, None);
        if let Phase::Soaking { stage, until } = phase {
            soak = Some(until.since(state.paused.unwrap_or(now.steady)).num_milliseconds().max(0));
            phase = Phase::Soaking { stage, until: Steady::START };
        }
        let seen = |watch: &Watch| {
            let tally = &watch.tally;
            let clear_by = watch.trouble.map(|trouble| match trouble {
                Trouble::Person => None,
                Trouble::ClearBy(by) => Some(by.since(now.steady).num_milliseconds()),
            });
            let counted = (
                tally.successes() > 0,
                tally.failures() > 0,
                tally.blind_in_row().min(2),
                tally.most_blind_in_row().min(2),
                watch.last,
            );
            let leeway = watch.leeway.map(|left| left.num_milliseconds());
            // What is older than any measurement should be is as old as can be.
            let age = watch.seen.map(|seen| now.steady.since(seen).num_milliseconds().min(120_000));
            (counted, leeway, clear_by, Some(watch.has_lapsed), age)
        };
        let watches = state.watches.iter().map(seen).collect();
        (phase, soak, state.paused.is_some(), state.stage, watches, state.is_overdue)
    }

    fn check(
        &self,
        before: &Node<Rollout>,
        step: &Move<Rollout>,
        after: &Node<Rollout>,
    ) -> Result<(), String> {
        let (was, is) = (before.state(), after.state());
        let is_back = |phase| {
            matches!(phase, Phase::Returning(_) | Phase::Stuck(_) | Phase::RolledBack)
                || matches!(phase, Phase::Asking(about) if matches!(about.part(), Part::Back(_)))
        };
        let is_promoted = matches!(step, Move::Request(Request::Promote { .. }));
        let is_resumed = matches!(step, Move::Request(Request::Resume { .. }));
        // A stage is left forward only with everything passed in it, on what was measured in it.
        if let (Phase::Soaking { stage, .. }, Phase::Moving(_) | Phase::Done) = (was.phase, is.phase) {
            let passed = |watch: &Watch| watch.tally.successes() >= 1 && watch.tally.failures() == 0;
            if !is_promoted && !is.watches.iter().all(passed) {
                return Err(format!("stage {stage} was left without having passed"));
            }
            let is_troubled =
                |watch: &Watch| watch.trouble.is_some() || watch.tally.failures() > 0 || watch.last.is_none();
            if is.watches.iter().any(is_troubled) || is.paused.is_some() {
                return Err("it moved forward from a check that had failed, or in a pause".into());
            }
        }
        let in_stage = |stage| matches!(was.phase, Phase::Soaking { stage: on, .. } if on == stage);
        if let Move::Heard(Effect::Measure { check, stage, .. }, Heard::Outcome(Outcome::Read(reading))) =
            step
            && *reading == BAD
            && in_stage(*stage)
            && !is_back(is.phase)
        {
            let name = self.course.checks[*check].name();
            let trouble = is.watches[*check].trouble;
            let is_answered = match self.course.severity(name) {
                Some(Severity::High { .. }) => matches!(trouble, Some(Trouble::ClearBy(_))),
                Some(Severity::Medium) => trouble.is_some(),
                _ => false,
            };
            if !is_answered {
                return Err(format!("a failure of {name} was not answered at once"));
            }
        }
        if is_back(was.phase) && !is_back(is.phase) {
            return Err("from the way back it went forward".into());
        }
        if is.clear_by().is_some_and(|by| by < after.now().steady) {
            return Err("a check did not clear in time, and nothing happened".into());
        }
        for place in 0..self.course.checks.len() {
            let is_same_stage = matches!((was.phase, is.phase), (Phase::Soaking { stage: a, .. }, Phase::Soaking { stage: b, .. }) if a == b);
            let left = |state, now| left(&self.course, state, place, now);
            if is_same_stage && !is_resumed && left(was, before.now()) < left(is, after.now()) {
                return Err("the time in which a check is to clear has grown".into());
            }
            let person = |state: &State| state.watches[place].trouble == Some(Trouble::Person);
            if is_same_stage && !is_resumed && person(was) && is.watches[place].trouble.is_none() {
                return Err("what a person was asked about ended without a person".into());
            }
        }
        Ok(())
    }
}

/// Explores it, and tells whether somewhere a check has cleared and failed again.
fn explored(what: &str, course: Course, can_pause: bool) {
    let (strict, has_high) =
        (course.checks.len(), course.triggers.iter().any(|one| one.severity() != Severity::Medium));
    let explored = explore(&Watched { course, can_pause });
    println!("{what}: {} states, {} moves", explored.states(), explored.moves());
    explored.assert_always_reaches("an end", |node| Rollout::is_over(node.state()));
    let cleared = |node: &Node<Rollout>| {
        node.state().watches.iter().any(|watch| watch.leeway.is_some() && watch.tally.failures() > 0)
    };
    assert!(
        strict > 0 && (!has_high || explored.nodes().any(cleared)),
        "one that failed again is among them"
    );
}

#[test]
fn with_checks_a_stage_is_left_only_after_they_have_passed_in_it() {
    let critical = ("errors", Some(Severity::Critical));
    explored("critical and high", urgent(&[critical, ("latency", high(2))], &[100]), false);
    explored("two high ones", urgent(&[("latency", high(1)), ("load", high(2))], &[100]), false);
    explored(
        "high and medium",
        urgent(&[("latency", high(2)), ("load", Some(Severity::Medium))], &[100]),
        false,
    );
    explored("high in pauses", urgent(&[("latency", high(2))], &[10, 100]), true);
}
