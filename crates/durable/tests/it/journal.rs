//! The journal in memory keeps the contract, and requests are written once.

use crate::toy::{Process, Request, State, Toy};
use std::sync::Arc;
use toban_durable::testing::{block_on, journal_contract};
use toban_durable::{AskError, Asked, MemoryJournal, Step, history};

#[test]
fn the_journal_in_memory_keeps_the_contract() {
    block_on(journal_contract(&MemoryJournal::new())).unwrap();
}

#[test]
fn a_calm_run_ends_and_its_history_tells_it_all() {
    let (mut process, journal) = Process::alone();
    process.claim("one");
    process.ask(Request::Start).unwrap();
    process.finish();
    assert_eq!(*process.run.state(), State::Done);
    assert_eq!(process.world.weight(), Some(100));
    let (history, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
    assert!(damage.is_none());
    assert_eq!(history.state, State::Done);
    assert_eq!((history.head, history.entries.len() as u64), (process.run.hash(), process.run.seq()));
    let steps: Vec<_> =
        history.entries.iter().flat_map(|entry| entry.steps.iter().map(|(_, step)| *step)).collect();
    assert_eq!(
        steps.iter().filter(|step| **step == Step::Begun).count(),
        1,
        "only what is done once is begun in writing"
    );
    assert_eq!(steps.iter().filter(|step| **step == Step::Settled).count(), 5);
}

#[test]
fn a_refusal_writes_nothing() {
    let (mut process, _) = Process::alone();
    assert!(matches!(process.ask(Request::Abort), Err(AskError::Refused(_))));
    assert_eq!(process.run.seq(), 0);
}

#[test]
fn a_request_delivered_twice_is_granted_once_by_its_key_also_after_a_restart() {
    let (mut process, journal) = Process::alone();
    let start = |process: &mut Process| block_on(process.run.ask_once("k", &Request::Start)).unwrap();
    assert_eq!(start(&mut process).unwrap(), Asked::Granted);
    assert_eq!(start(&mut process).unwrap(), Asked::Before);
    let mut again = Process::start(journal, Arc::default(), Arc::default());
    assert_eq!(start(&mut again).unwrap(), Asked::Before);
    assert_eq!(again.run.seq(), 1);
}

#[test]
fn of_two_processes_that_ask_at_once_the_second_decides_anew() {
    let (mut one, journal) = Process::alone();
    let mut other = Process::start(journal, Arc::default(), Arc::default());
    one.ask(Request::Start).unwrap();
    // It has not read the start; abort is granted all the same, and a second start is not.
    assert!(matches!(other.ask(Request::Start), Err(AskError::Refused(_))));
    assert_eq!(*other.run.state(), State::Migrating);
    other.ask(Request::Abort).unwrap();
    block_on(one.run.refresh()).unwrap().unwrap();
    assert_eq!(*one.run.state(), State::RollingBack);
}

#[test]
fn a_request_that_decided_nothing_is_remembered_as_well() {
    let (mut process, journal) = Process::alone();
    let nudge = |process: &mut Process, key| block_on(process.run.ask_once(key, &Request::Nudge)).unwrap();
    assert_eq!(nudge(&mut process, "a").unwrap(), Asked::Granted);
    assert_eq!(nudge(&mut process, "b").unwrap(), Asked::Granted);
    process.ask(Request::Start).unwrap();
    // It arrives once more, in a state that would refuse it.
    let mut again = Process::start(journal, Arc::default(), Arc::default());
    assert_eq!(nudge(&mut again, "b").unwrap(), Asked::Before);
    assert_eq!(again.run.seq(), 3);
}
