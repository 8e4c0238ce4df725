//! Told to stop.

use super::{Course, FakeDoer, World, fates, times};
use crate::toy::{Effect, Fate, effect};
use chrono::TimeDelta;
use toban_adapters::drive::{End, Stop};
use toban_core::Clock;
use toban_durable::{Claimed, Journal};

/// Tells it after three seconds; two orders of a lane take ten each.
async fn stopped(world: &World, tell: impl Fn(&Stop)) -> Vec<(String, Fate)> {
    let lane = |name| Effect { has_lane: true, is_once: true, ..effect(name) };
    let mut run = world.run("x", &[lane("a"), lane("b")]).await;
    let options = world.options("one");
    let tells = async {
        world.at(3).await;
        tell(options.stop());
    };
    let (end, ()) = tokio::join!(world.drive(&mut run, &options), tells);
    assert_eq!(end, End::Stopped);
    let claim = world.journal.claim("toy/x", "two", world.clock.wall(), TimeDelta::seconds(9)).await;
    assert!(matches!(claim.unwrap(), Claimed::Yours(_)), "the claim is given up");
    fates(&run).into_iter().map(|(name, fate)| (name.to_owned(), fate)).collect()
}

fn world() -> World {
    World::new(FakeDoer::new().with("a", Course::Takes(10)).with("b", Course::Takes(10)))
}

#[tokio::test(start_paused = true)]
async fn who_finishes_lets_orders_end_and_begins_none() {
    let world = world();
    let fates = stopped(&world, Stop::finish).await;
    assert_eq!(fates, [("a".to_owned(), Fate::Done), ("b".to_owned(), Fate::Open)]);
    assert_eq!((world.now(), world.doer.begun()), (10, times(&[("a", 0)])));
}

#[tokio::test(start_paused = true)]
async fn who_abandons_cuts_orders_off() {
    let world = world();
    let fates = stopped(&world, Stop::abandon).await;
    assert_eq!(fates, [("a".to_owned(), Fate::Open), ("b".to_owned(), Fate::Open)]);
    assert_eq!((world.now(), world.doer.ended()), (3, times(&[])));
}

#[tokio::test(start_paused = true)]
async fn who_finishes_may_abandon_later_but_not_the_other_way_round() {
    let world = world();
    let abandons = |stop: &Stop| {
        stop.finish();
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(super::seconds(2)).await;
            stop.abandon();
            stop.finish();
        });
    };
    let fates = stopped(&world, abandons).await;
    assert_eq!((fates[0].1, world.now()), (Fate::Open, 5));
}

#[tokio::test(start_paused = true)]
async fn an_order_that_hangs_is_waited_for_until_its_time_is_over() {
    let world = World::new(FakeDoer::new().with("a", Course::Hangs));
    let fates = stopped(&world, Stop::finish).await;
    assert_eq!((fates[0].1, world.now()), (Fate::Doubted, 60));
}
