//! Anyone may ask, only the holder of the claim performs.

use crate::toy::{CLAIM, Doer, Effect, Process, Request, State};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_durable::testing::block_on;
use toban_durable::{Epoch, Heard, RunError, Turn, carry_out};

#[test]
fn without_a_claim_nothing_is_performed() {
    let (mut process, _) = Process::alone();
    process.ask(Request::Start).unwrap();
    let taken = block_on(process.run.take_orders()).unwrap();
    assert!(matches!(taken, Err(RunError::NotHeld { by: None, .. })));
}

#[test]
fn an_order_starts_only_if_the_claim_outlives_its_time_out() {
    let (mut process, _) = Process::alone();
    process.claim("one");
    process.ask(Request::Start).unwrap();
    assert!(
        process.run.held().unwrap().until < toban_core::Clock::wall(&*process.clock) + TimeDelta::minutes(10)
    );
    let orders = block_on(process.run.take_orders()).unwrap().unwrap();
    assert!(orders.iter().any(|order| order.effect == Effect::Migrate));
    let until = process.run.held().unwrap().until;
    assert!(until >= toban_core::Clock::wall(&*process.clock) + TimeDelta::minutes(10));
}

#[test]
fn who_is_superseded_writes_nothing_and_the_next_one_asks_what_became_of_the_order() {
    let (mut one, journal) = Process::alone();
    one.claim("one");
    one.ask(Request::Start).unwrap();
    let orders = block_on(one.run.take_orders()).unwrap().unwrap();
    let migrate = orders.iter().find(|order| order.effect == Effect::Migrate).unwrap();
    let mut two = Process::start(journal, Arc::clone(&one.clock), Arc::clone(&one.world));
    let Turn::Theirs(theirs) = two.claim("two") else { panic!("it is held") };
    assert_eq!(theirs.owner, "one");
    one.clock.advance(TimeDelta::hours(1));
    assert_eq!(two.claim("two"), Turn::Mine);
    let again = block_on(two.run.take_orders()).unwrap().unwrap();
    let again = again.iter().find(|order| order.effect == Effect::Migrate).unwrap();
    assert!(again.is_in_doubt && again.key == migrate.key && again.fence > migrate.fence);
    let doer = Doer(Arc::clone(&one.world));
    let heard = block_on(carry_out(&doer, migrate)).unwrap();
    let late = block_on(one.run.report(migrate, &heard)).unwrap();
    assert!(matches!(late, Err(RunError::NotHeld { .. })), "{late:?}");
    block_on(two.run.report(again, &Heard::Nothing)).unwrap().unwrap();
    assert_eq!(*two.run.state(), State::InDoubt);
}

#[test]
fn an_abort_by_another_process_beats_the_outcome_in_flight() {
    let (mut one, journal) = Process::alone();
    one.claim("one");
    one.ask(Request::Start).unwrap();
    one.settle();
    one.clock.advance(crate::toy::SOAK);
    assert!(block_on(one.run.wake()).unwrap().unwrap());
    let orders = block_on(one.run.take_orders()).unwrap().unwrap();
    assert_eq!(orders[0].effect, Effect::SetWeight(100));
    let mut other = Process::start(journal, Arc::clone(&one.clock), Arc::default());
    other.ask(Request::Abort).unwrap();
    // Its lane is busy: the way back waits for the weight in flight, so that it is the last one to be set.
    block_on(one.run.refresh()).unwrap().unwrap();
    assert!(block_on(one.run.take_orders()).unwrap().unwrap().is_empty());
    let doer = Doer(Arc::clone(&one.world));
    let heard = block_on(carry_out(&doer, &orders[0])).unwrap();
    block_on(one.run.report(&orders[0], &heard)).unwrap().unwrap();
    one.finish();
    assert_eq!((one.run.state(), one.world.weight()), (&State::RolledBack, Some(0)));
}

#[test]
fn an_order_that_is_not_wanted_any_more_never_starts() {
    let (mut process, _) = Process::alone();
    process.claim("one");
    process.ask(Request::Start).unwrap();
    process.ask(Request::Abort).unwrap();
    process.finish();
    assert_eq!((process.world.migrations(), process.world.weight()), (0, Some(0)));
}

#[test]
fn a_claim_given_up_is_free_at_once() {
    let (mut one, journal) = Process::alone();
    one.claim("one");
    let mut two = Process::start(journal, Arc::clone(&one.clock), Arc::default());
    assert_ne!(two.claim("two"), Turn::Mine);
    block_on(one.run.release()).unwrap().unwrap();
    assert_eq!(two.claim("two"), Turn::Mine);
    assert!(two.run.held().unwrap().until > toban_core::Clock::wall(&*one.clock) + CLAIM / 2);
}

#[test]
fn a_claim_that_was_taken_anew_ends_when_it_says() {
    let (mut process, _) = Process::alone();
    block_on(process.run.claim("one", TimeDelta::minutes(20))).unwrap().unwrap();
    process.ask(Request::Start).unwrap();
    // By the wall it has ended, and the next one is short.
    process.clock.jump(TimeDelta::hours(1));
    process.claim("one");
    assert_eq!(process.run.held().unwrap().epoch, Epoch(2));
    let orders = block_on(process.run.take_orders()).unwrap().unwrap();
    assert!(orders.iter().any(|order| order.effect == Effect::Migrate));
    let until = process.run.held().unwrap().until;
    assert!(until >= toban_core::Clock::wall(&*process.clock) + TimeDelta::minutes(10));
}
