//! What another process asks for is noticed within a second, also while an order is in flight.

use super::{Release, plan_with, within};
use std::time::Duration;

/// What is promised; that a machine is busy counts.
const AT_ONCE: Duration = Duration::from_secs(1);

const APPROVE: [&str; 5] = ["approve", "--by", "carol", "--why", "I have read it"];
const ABORT: [&str; 5] = ["abort", "--by", "alice", "--why", "not now"];

/// The release of a plan in which a program sleeps, at the moment at which it does.
fn asleep(name: &str, this: &str, that: &str, has_begun: &str) -> Release {
    let mut release = Release::new(name, &plan_with(this, that));
    release.propose();
    release.tell(&APPROVE);
    within(Duration::from_secs(20), || release.done().iter().any(|line| line == has_begun)).unwrap();
    release
}

#[test]
fn an_approval_is_noticed_within_a_second() {
    let mut release = Release::new("approved", super::PLAN);
    release.propose();
    assert!(release.done().is_empty());
    release.tell(&APPROVE);
    let took = within(AT_ONCE, || release.done().first().is_some_and(|line| line == "prepare"));
    assert!(took.is_some(), "the first step has not begun after {AT_ONCE:?}");
    release.until("done");
}

#[test]
fn an_approval_given_elsewhere_is_taken_in_and_the_authors_is_refused_once() {
    let plan = plan_with(
        "rollout: {}",
        r#"rollout: {approvals: [sh, -c, 'echo "$1" >> looks; cat given', sh, "{revision}"]}"#,
    );
    let mut release = Release::new("approved-elsewhere", &plan);
    let place = release.folder.path("");
    let given = |lines: &str| {
        // At once: it may be read at any moment.
        std::fs::write(place.join("whole"), lines).unwrap();
        std::fs::rename(place.join("whole"), place.join("given")).unwrap();
    };
    let text = |file: &str| std::fs::read_to_string(place.join(file)).unwrap_or_default();
    let long = Duration::from_secs(20);
    let author = r#"{"by": "alice", "why": "I wrote it"}"#;
    given(author);
    release.propose();
    within(long, || text("looks").lines().count() >= 3).unwrap();
    let complained = text("complained");
    assert_eq!(complained.matches("alice wrote the plan").count(), 1, "{complained}");
    assert!(release.done().is_empty());
    given(&format!("{author}\n{}", r#"{"by": "carol", "why": "read in the review", "at": "noon"}"#));
    release.until("done");
    let (looks, record) = (text("looks"), release.record());
    assert!(record.contains("read in the review") && !record.contains("I wrote it"), "{record}");
    let revision = looks.lines().next().unwrap();
    assert!(looks.lines().all(|look| look == revision) && record.contains(revision), "{looks}");
}

#[test]
fn an_abort_during_a_step_brings_traffic_back_within_a_second_and_what_undoes_steps_waits_for_its_end() {
    let step = "echo prepare >> log";
    let sleeping = "echo prepare >> log; sleep 3; echo prepared >> log";
    let release = asleep("abort-step", step, sleeping, "prepare");
    let mut aborting = release.tell_beside(&ABORT);
    let took = within(AT_ONCE, || release.done().last().is_some_and(|line| line == "back 0"));
    assert!(took.is_some(), "traffic is not back after {AT_ONCE:?}: {:?}", release.done());
    assert!(aborting.wait().unwrap().success(), "it ends when the old version is back");
    assert_eq!(release.done(), ["prepare", "back 0", "prepared", "count", "look"]);
}

#[test]
fn an_abort_while_traffic_moves_is_noticed_within_a_second_and_the_way_back_waits_until_it_has_moved() {
    let step = "echo weight {weight} >> log";
    let sleeping = "echo weight {weight} >> log; sleep 3; echo moved >> log";
    let release = asleep("abort-move", step, sleeping, "weight 5");
    let lines = || std::fs::read_to_string(release.folder.path("said")).unwrap().lines().count();
    // Everything up to there has been shown.
    within(Duration::from_secs(20), || lines() >= 6).unwrap();
    let before = lines();
    let mut aborting = release.tell_beside(&ABORT);
    let took = within(AT_ONCE, || lines() > before);
    assert!(took.is_some(), "the process that carries it out has not noticed after {AT_ONCE:?}");
    assert_eq!(release.done(), ["prepare", "weight 5"], "and it has not moved");
    assert!(aborting.wait().unwrap().success(), "it ends when the old version is back");
    assert_eq!(release.done(), ["prepare", "weight 5", "moved", "back 0", "count", "look"]);
}

#[test]
fn an_abort_is_carried_out_though_the_process_that_was_to_do_it_ends() {
    let step = "echo prepare >> log";
    let mut release =
        asleep("abort-left", step, "echo prepare >> log; sleep 2; echo prepared >> log", "prepare");
    // It was told to end, and begins nothing more.
    release.interrupt();
    let mut aborting = release.tell_beside(&ABORT);
    assert!(aborting.wait().unwrap().success());
    release.until("rolled back");
    assert_eq!(release.done().last().map(String::as_str), Some("look"));
}

#[test]
fn of_one_service_in_one_environment_one_release_is_under_way() {
    let mut release = Release::new("one-at-a-time", super::PLAN);
    release.propose();
    let plan = release.plan.to_str().unwrap().to_owned();
    let other = release.say(&["run", "--plan", &plan, "--release", "another"]);
    assert_eq!(other.code, 2, "{}", other.stdout);
    assert!(other.stderr.contains("is under way: one release of"), "{}", other.stderr);
    assert!(release.done().is_empty());
}
