//! What stands in journals: an event that was written once is read for ever.
//!
//! `BLESS=1 cargo test` writes the file again. A line of it that changes is a journal that cannot be read any more:
//! `Rollout::VERSION` must say so.

use crate::support::{check, command, course, manual, minutes, wall};
use std::collections::BTreeSet;
use std::path::Path;
use toban_durable::{Machine, Steady};
use toban_release_core::analysis::{Measured, Moment, Severity, Tally, Trigger, overall};
use toban_release_core::judge::{Ground, Judge, Level, Reading, Region, Threshold};
use toban_release_core::rollout::{
    Announcement, Asking, Back, Cause, Commands, Course, Event, Freeze, Mover, Next, NoReturn, Part, Rollout,
    Ruled,
};
use toban_release_core::{Return, Strategy};

const WRITTEN: &str = include_str!("../written/events.jsonl");

fn whole_course() -> Course {
    let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    Course {
        grounds: "everything was seen".into(),
        approvers: vec!["bea".into()],
        preparation: vec![command("migrate", false), manual("look")],
        checks: vec![check("errors")],
        triggers: vec![Trigger::new("errors", Severity::High { clear_within: minutes(5) }).unwrap()],
        completion: vec![command("contract", false)],
        no_return: Some(NoReturn { step: 0, forward_fix: "add it again".into() }),
        traffic: Mover::Program { argv: argv(&["shift", "{weight}"]), time_out: minutes(1) },
        traffic_back: Mover::Person { owner: "bea".into(), instruction: "turn it".into() },
        before_return: 1,
        programs: Commands {
            measure: Some(argv(&["measure", "{query}"])),
            prometheus: None,
            tell: Some(argv(&["tell", "{what}"])),
            find_out: Some(argv(&["done", "{step}"])),
            approvals: None,
            variables: argv(&["SHOP"]),
            folder: Some("/srv".into()),
        },
        freezes: vec![Freeze { start: wall(3), end: wall(8), why: "a sale".into() }],
        needs_ruling: true,
        strategy: Strategy::blue_green(minutes(5), minutes(60)).with_return(Return::Gradual),
        ..course()
    }
}

/// One of each, in the order of their declaration.
fn events() -> Vec<Event> {
    let (by, why) = (|| "bea".to_owned(), || "so".to_owned());
    let failed = Threshold { success: None, failure: Some(Region::Above(Level::new(1.0).unwrap())) };
    let judged = Judge::Threshold(failed).judge(&Reading::Value(2.5), 1);
    assert!(matches!((judged.measured, &judged.ground), (Measured::Failure, Ground::Value(_))));
    let mut tally = Tally::default();
    let watched = check("errors");
    watched.observe(&mut tally, Measured::Failure);
    let overall = overall([("errors", watched.assess(&tally, Moment::During))]);
    let steady = Steady::START.after(minutes(7));
    vec![
        Event::Proposed { course: Box::new(whole_course()), by: by() },
        Event::Approved { by: by(), why: why() },
        Event::Cleared,
        Event::Began { next: Next::Prepare(0) },
        Event::Did { next: Next::Stage(1) },
        Event::Faltered { part: Part::Next(Next::Stage(1)), attempt: 1, why: why() },
        Event::Measured { check: 0, judged },
        Event::Troubled { check: 0, clear_by: Some(steady) },
        Event::Recovered { check: 0 },
        Event::Lapsed { check: 0 },
        Event::Overdue { stage: 1 },
        Event::Soaked { stage: 1 },
        Event::Opened { stage: 1, by: by(), why: why() },
        Event::Promoted { stage: 1, by: by(), why: why() },
        Event::Paused { by: by(), why: why() },
        Event::Resumed { by: by(), why: why() },
        Event::Overrode { by: by(), why: why(), until: wall(9) },
        Event::Ruled { by: by(), why: why(), verdict: Ruled::Go, as_of: wall(50), valid_until: wall(60) },
        Event::Frozen { until: wall(8) },
        Event::Thawed,
        Event::Asked { about: Asking::Doubt(Part::Next(Next::Prepare(0))) },
        Event::Answered { by: by(), why: why(), is_done: true },
        Event::Broke { next: Next::Complete(0), why: why() },
        Event::TurnedBack { cause: Cause::Check { overall }, way: Return::Immediate },
        Event::TurnedBack { cause: Cause::Failed { next: Next::Stage(1), why: why() }, way: Return::Gradual },
        Event::TurnedBack { cause: Cause::Person { by: by(), why: why() }, way: Return::Immediate },
        Event::Retried { by: by(), why: why() },
        Event::Undid { back: Back::Weight(0) },
        Event::Stuck { back: Back::Undo(0), why: why() },
        Event::Completed,
        Event::Aborted { cause: Cause::Superseded { revision: "r2".into(), by: by() } },
        Event::RolledBack,
        Event::Untold { what: Announcement::StageReached { stage: 1 }, why: why() },
    ]
}

#[test]
fn every_event_is_written_and_read_as_it_always_was() {
    let lines: Vec<_> = events().iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/written/events.jsonl");
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
        return;
    }
    assert_eq!(Rollout::VERSION, 1, "the file is of this version");
    assert_eq!(lines, WRITTEN.lines().collect::<Vec<_>>());
    for (line, event) in WRITTEN.lines().zip(events()) {
        assert_eq!(serde_json::from_str::<Event>(line).unwrap(), event);
    }
}

#[test]
fn no_event_is_left_out() {
    // The declaration itself says which there are.
    let source = include_str!("../../src/rollout/event.rs");
    let body = source.split("pub enum Event {").nth(1).unwrap().split("\n}").next().unwrap();
    let is_variant = |line: &&str| {
        line.starts_with("    ") && !line.starts_with("     ") && line.trim().starts_with(char::is_uppercase)
    };
    let declared: BTreeSet<_> =
        body.lines().filter(is_variant).map(|line| line.trim().split([' ', ',']).next().unwrap()).collect();
    let debug: Vec<_> = events().iter().map(|event| format!("{event:?}")).collect();
    let written: BTreeSet<_> = debug.iter().map(|event| event.split(' ').next().unwrap()).collect();
    assert_eq!(written, declared);
}
