//! What is measured in a stage, and what follows from it.

use crate::support::{Process, World, approve, check, command, course, minutes, propose};
use chrono::TimeDelta;
use toban_durable::testing::{Explorer, Move, Node, explore};
use toban_durable::{Machine, Now, Steady};
use toban_release_core::analysis::{Check, CheckSpec, Patience, Rules, Severity, Trigger};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{
    Announcement, Back, Cause, Course, CourseFault, Effect, Hold, Needed, Outcome, Part, Phase, Request,
    Rollout, State, Why,
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
    assert!(process.run.state().trouble.is_some());
    process.ask(&Request::Resume { by: "bea".into() }).unwrap();
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
    process.ask(&Request::Resume { by: "bea".into() }).unwrap();
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
    process.ask(&Request::Resume { by: "bea".into() }).unwrap();
    process.pass(TimeDelta::seconds(1));
    assert_eq!(process.run.state().stage, Some(1));
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

/// Two stages, a critical check and one that may clear.
struct Watched(Course);

fn two_checks() -> Course {
    let quick = |name: &str| {
        let mut spec = CheckSpec::from(check(name));
        if let Rules::Strict(rules) = &mut spec.rules {
            rules.min_successes = 1;
            rules.patience = Patience { retry: minutes(1), hold_after: 1, abort_after: 2 };
        }
        Check::new(spec).unwrap()
    };
    let stage = |name: &str, percent| Stage::new(name, Weight::percent(percent).unwrap(), minutes(2));
    let stages = vec![stage("some", 10), stage("all", 100)];
    Course {
        preparation: vec![],
        completion: vec![],
        rollback: vec![command("restore", true)],
        verification: vec![command("smoke", true)],
        attempts: 1,
        strategy: Strategy::new(StrategyKind::Canary, stages).unwrap(),
        checks: vec![quick("errors"), quick("latency")],
        triggers: vec![
            Trigger::new("errors", Severity::Critical).unwrap(),
            Trigger::new("latency", Severity::High { clear_within: minutes(1) }).unwrap(),
        ],
        ..course()
    }
}

type Key = (
    Phase,
    Option<i64>,
    bool,
    Option<usize>,
    Vec<toban_release_core::rollout::Watch>,
    Option<(usize, Option<i64>)>,
    bool,
);

impl Explorer<Rollout> for Watched {
    type Key = Key;

    fn requests(&self, state: &State, _: Now) -> Vec<Request> {
        let (by, why) = (String::from("cy"), String::from("so"));
        let stage = state.stage.unwrap_or(0);
        vec![
            propose(&self.0),
            approve("bea"),
            crate::support::abort(),
            Request::Promote { by: by.clone(), stage, why },
            Request::Resume { by: by.clone() },
            Request::Retry { by },
        ]
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

    fn most_attempts(&self) -> u32 {
        3
    }

    fn key(&self, state: &State, now: Now) -> Key {
        let (mut phase, mut left) = (state.phase, None);
        if let Phase::Soaking { stage, until } = phase {
            left = Some(until.since(state.paused.unwrap_or(now.steady)).num_milliseconds());
            phase = Phase::Soaking { stage, until: Steady::START };
        }
        let trouble = state.trouble.map(|trouble| {
            (trouble.check, trouble.clear_by.map(|by| by.since(now.steady).num_milliseconds()))
        });
        (phase, left, state.paused.is_some(), state.stage, state.watches.clone(), trouble, state.is_overdue)
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
        // A stage is left forward only with everything passed in it, on what was measured in it.
        if let (Phase::Soaking { stage, .. }, Phase::Moving(_) | Phase::Done) = (was.phase, is.phase) {
            let passed = |watch: &toban_release_core::rollout::Watch| {
                watch.tally.successes() >= 1 && watch.tally.failures() == 0
            };
            if !is_promoted && !is.watches.iter().all(passed) {
                return Err(format!("stage {stage} was left without having passed"));
            }
            if is.trouble.is_some() || is.watches.iter().any(|watch| watch.tally.failures() > 0) {
                return Err("it moved forward from a check that had failed".into());
            }
        }
        // A critical failure in the stage that is on is answered in the same decision.
        if let Move::Outcome(Effect::Measure { check: 0, stage, .. }, Outcome::Read(reading)) = step
            && *reading == BAD
            && matches!(was.phase, Phase::Soaking { stage: on, .. } if on == *stage)
            && is.phase != Phase::Returning(Back::Weight(0))
        {
            return Err("a critical failure was not answered at once".into());
        }
        if is_back(was.phase) && !is_back(is.phase) {
            return Err("from the way back it went forward".into());
        }
        let late = is.trouble.and_then(|trouble| trouble.clear_by).is_some_and(|by| by < after.now().steady);
        if late {
            return Err("a check did not clear in time, and nothing happened".into());
        }
        Ok(())
    }
}

#[test]
fn with_checks_a_stage_is_left_only_after_they_have_passed_in_it() {
    let explored = explore(&Watched(two_checks()));
    println!("with checks: {} states, {} moves", explored.states(), explored.moves());
    assert!(explored.states() > 5_000, "{}", explored.states());
    explored.assert_always_reaches("an end", |node| Rollout::is_over(node.state()));
}
