//! Requests to several machines are granted together or not at all.

use crate::toy::{Process, Request, State, Toy};
use std::sync::Arc;
use toban_durable::testing::{Fault, Stage, block_on};
use toban_durable::{MemoryJournal, Part, Run, TogetherError, ask_together};

fn open(stage: &Stage, name: &str) -> Run<Toy> {
    block_on(Run::open(Arc::clone(&stage.journal) as _, Arc::clone(&stage.clock) as _, name))
        .unwrap()
        .unwrap()
}

#[test]
fn all_or_none() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let (mut a, mut b) = (open(&stage, "a"), open(&stage, "b"));
    let refused =
        block_on(ask_together(&mut [&mut a.asking(&Request::Start), &mut b.asking(&Request::Abort)]));
    assert!(matches!(refused.unwrap(), Err(TogetherError::Refused { stream, .. }) if stream.name == "b"));
    assert_eq!((open(&stage, "a").seq(), open(&stage, "b").seq()), (0, 0));
    block_on(ask_together(&mut [&mut a.asking(&Request::Start), &mut b.asking(&Request::Start)]))
        .unwrap()
        .unwrap();
    assert_eq!((open(&stage, "a").seq(), open(&stage, "b").seq()), (1, 1));
    assert_eq!((a.state(), b.state()), (&State::Migrating, &State::Migrating));
    // Another process has written to one of them: decided anew, for both.
    let mut other = open(&stage, "b");
    block_on(other.ask(&Request::Abort)).unwrap().unwrap();
    let refused =
        block_on(ask_together(&mut [&mut a.asking(&Request::Abort), &mut b.asking(&Request::Abort)]));
    assert!(matches!(refused.unwrap(), Err(TogetherError::Refused { .. })));
    assert_eq!(open(&stage, "a").seq(), 1);
}

#[test]
fn a_lost_answer_is_looked_up_and_one_that_failed_can_be_asked_again() {
    for fault in [Fault::Silent, Fault::Full] {
        let stage = Stage::new(Arc::new(MemoryJournal::new()));
        let (mut a, mut b) = (open(&stage, "a"), open(&stage, "b"));
        stage.journal.fail(fault, 1);
        let asked =
            block_on(ask_together(&mut [&mut a.asking(&Request::Start), &mut b.asking(&Request::Start)]));
        assert_eq!(asked.unwrap().is_ok(), fault == Fault::Silent);
        let seqs = (open(&stage, "a").seq(), open(&stage, "b").seq());
        assert_eq!(seqs, if fault == Fault::Silent { (1, 1) } else { (0, 0) });
        if fault == Fault::Full {
            block_on(ask_together(&mut [&mut a.asking(&Request::Start), &mut b.asking(&Request::Start)]))
                .unwrap()
                .unwrap();
        }
        assert_eq!((a.state(), b.seq()), (&State::Migrating, 1));
    }
}

#[test]
fn many_machines_share_a_journal_and_none_waits_for_another() {
    let journal = Arc::new(MemoryJournal::new());
    let clock = Arc::default();
    let mut first = Process::start(Arc::clone(&journal) as _, Arc::clone(&clock), Arc::default());
    first.claim("one");
    first.ask(Request::Start).unwrap();
    let mut other: Run<Toy> = block_on(Run::open(journal, clock as _, "b")).unwrap().unwrap();
    block_on(other.ask(&Request::Start)).unwrap().unwrap();
    first.finish();
    assert_eq!((first.run.state(), other.state()), (&State::Done, &State::Migrating));
}

#[test]
fn what_is_decided_anew_takes_the_place_of_what_was_decided_before() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let (mut a, mut b, mut other) = (open(&stage, "a"), open(&stage, "b"), open(&stage, "a"));
    block_on(b.ask(&Request::Start)).unwrap().unwrap();
    block_on(other.ask(&Request::Nudge)).unwrap().unwrap();
    // The first nudge has been given meanwhile: there is nothing left of this one, and the other machine goes on.
    block_on(ask_together(&mut [&mut a.asking(&Request::Nudge), &mut b.asking(&Request::Abort)]))
        .unwrap()
        .unwrap();
    assert_eq!((a.seq(), a.hash(), a.state()), (1, other.hash(), &State::Nudged));
    assert_eq!((b.seq(), b.state()), (2, &State::RollingBack));
}

#[test]
fn two_requests_to_one_machine_are_turned_away() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let (mut a, mut again, mut b) = (open(&stage, "a"), open(&stage, "a"), open(&stage, "b"));
    let parts: &mut [&mut dyn Part] = &mut [
        &mut b.asking(&Request::Start),
        &mut a.asking(&Request::Start),
        &mut again.asking(&Request::Start),
    ];
    let error = block_on(ask_together(parts)).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "two of the requests are to toy/a");
    assert_eq!((open(&stage, "a").seq(), open(&stage, "b").seq()), (0, 0));
}
