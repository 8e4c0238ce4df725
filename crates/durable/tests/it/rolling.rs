//! A stream that has grown long is left for a new one, and nothing is lost on the way.

use crate::toy::{Effect, Process, Request, State, Toy};
use std::collections::BTreeSet;
use std::sync::Arc;
use toban_durable::testing::block_on;
use toban_durable::{Asked, Hash, Journal, StreamId, began, history, history_from};

#[test]
fn state_open_orders_and_keys_come_along_and_the_chain_goes_on() {
    let (mut process, journal) = Process::alone();
    process.claim("one");
    block_on(process.run.ask_once("k", &Request::Start)).unwrap().unwrap();
    let key = |process: &mut Process| {
        let orders = block_on(process.run.take_orders()).unwrap().unwrap();
        orders.into_iter().find(|order| order.effect == Effect::Migrate).map(|order| order.key)
    };
    assert!(block_on(process.run.roll_over()).unwrap().unwrap());
    assert_eq!(process.run.stream(), &StreamId::new("toy", "a").next());
    assert_eq!((process.run.seq(), process.run.state()), (1, &State::Migrating));
    let before = process.run.hash();
    assert_eq!(key(&mut process).unwrap(), "toy/a#1.0", "an order keeps its key");
    assert!(!block_on(process.run.roll_over()).unwrap().unwrap(), "not while an order is performed");
    let mut again = Process::start(Arc::clone(&journal) as _, Arc::clone(&process.clock), Arc::default());
    assert_eq!(block_on(again.run.ask_once("k", &Request::Start)).unwrap().unwrap(), Asked::Before);
    let (history, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
    assert!(damage.is_none() && history.entries.iter().any(|entry| entry.hash == before));
    assert_eq!(history.entries.iter().map(|entry| entry.stream.generation).max(), Some(2));

    let second = StreamId::new("toy", "a").next();
    let (later, damage) = block_on(history_from::<Toy>(&*journal, second.clone())).unwrap().unwrap();
    assert!(damage.is_none() && later.entries.iter().all(|entry| entry.stream == second));
    assert_eq!((later.state, later.head), (history.state, history.head));
    assert_eq!(
        block_on(began(&*journal, &second)).unwrap(),
        later.entries.first().map(|entry| entry.at.wall)
    );
    assert_eq!(block_on(began(&*journal, &second.next())).unwrap(), None);
}

#[test]
fn who_has_the_old_stream_open_goes_on_in_the_new_one() {
    let (mut process, journal) = Process::alone();
    process.claim("one");
    process.ask(Request::Start).unwrap();
    let mut other = Process::start(Arc::clone(&journal) as _, Arc::clone(&process.clock), Arc::default());
    for _ in 0..3 {
        assert!(block_on(process.run.roll_over()).unwrap().unwrap());
    }
    other.ask(Request::Abort).unwrap();
    assert_eq!(other.run.stream().generation, 4);
    process.finish();
    assert_eq!(*process.run.state(), State::RolledBack);
    let head = block_on(journal.head("toy", "a")).unwrap().unwrap().unwrap();
    assert_eq!((head.stream.generation, head.hash), (4, process.run.hash()));
}

#[test]
fn no_two_streams_are_called_the_same() {
    let names = ["x", "x~2", "x~1", "x~", "~", "x~2~1"];
    let generations =
        |name| (1..=3).map(move |generation| StreamId { generation, ..StreamId::new("toy", name) });
    let streams: Vec<_> = names.into_iter().flat_map(generations).collect();
    let texts: BTreeSet<_> = streams.iter().map(ToString::to_string).collect();
    let seeds: BTreeSet<_> = streams.iter().map(Hash::of_stream).collect();
    assert_eq!((texts.len(), seeds.len()), (streams.len(), streams.len()), "{texts:?}");
}
