//! Orders side by side, and those whose time is over.

use super::{Course, FakeDoer, Lookup, World, fates, times};
use crate::toy::{Effect, Fate, Request, effect};
use chrono::TimeDelta;
use toban_adapters::drive::End;

fn once(name: &str) -> Effect {
    Effect { is_once: true, seconds: 5, ..effect(name) }
}

#[tokio::test(start_paused = true)]
async fn orders_of_different_lanes_overlap_and_those_of_one_do_not() {
    let doer =
        ["a", "b", "c", "d"].iter().fold(FakeDoer::new(), |doer, name| doer.with(name, Course::Takes(10)));
    let world = World::new(doer);
    let lane = |name| Effect { has_lane: true, ..effect(name) };
    let mut run = world.run("x", &[lane("a"), lane("b"), effect("c"), once("d")]).await;
    let options = world.options("one");
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    let mut begun = world.doer.begun();
    begun.sort();
    assert_eq!(begun, times(&[("a", 0), ("b", 10), ("c", 0), ("d", 0)]));
    assert_eq!(world.now(), 20);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_of_an_order_is_over_the_port_is_asked_and_it_is_not_begun_again() {
    for (lookup, fate, end) in [
        (Lookup::Done, Fate::Done, 5),
        (Lookup::Unknown, Fate::Doubted, 5),
        (Lookup::Hangs, Fate::Doubted, 10),
    ] {
        let world = World::new(FakeDoer { lookup, ..FakeDoer::new().with("a", Course::Hangs) });
        let mut run = world.run("x", &[once("a")]).await;
        let options = world.options("one");
        assert_eq!(world.drive(&mut run, &options).await, End::Over);
        assert_eq!((fates(&run), world.now()), (vec![("a", fate)], end), "{lookup:?}");
        assert_eq!(world.doer.begun(), times(&[("a", 0)]), "never twice");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_was_not_done_in_its_time_and_will_not_be_is_in_no_doubt() {
    let doer = FakeDoer { lookup: Lookup::NotDone, ..FakeDoer::new().with("a", Course::HangsOnce) };
    let world = World::new(doer);
    let mut run = world.run("x", &[once("a")]).await;
    let options = world.options("one");
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    assert_eq!(fates(&run), [("a", Fate::Done)]);
    assert_eq!(world.doer.begun(), times(&[("a", 0), ("a", 6)]), "the machine has it tried again");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_may_be_repeated_is_tried_again_after_its_time() {
    let world = World::new(FakeDoer::new().with("a", Course::HangsOnce));
    let mut run = world.run("x", &[Effect { seconds: 5, ..effect("a") }]).await;
    let options = world.options("one");
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    assert_eq!(world.doer.begun(), times(&[("a", 0), ("a", 6)]));
    assert_eq!(fates(&run), [("a", Fate::Done)]);
}

#[tokio::test(start_paused = true)]
async fn of_a_performer_that_panics_nobody_hears_and_the_others_go_on() {
    let world = World::new(FakeDoer::new().with("a", Course::Panics));
    let mut run = world.run("x", &[once("a"), effect("b")]).await;
    let options = world.options("one");
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    assert_eq!(fates(&run), [("a", Fate::Doubted), ("b", Fate::Done)]);
}

#[tokio::test(start_paused = true)]
async fn an_abort_by_another_process_is_noticed_while_an_order_is_performed() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(600)));
    let mut run = world.open("x").await;
    run.ask(&Request::Do(vec![Effect { seconds: 900, ..effect("a") }])).await.unwrap();
    let mut other = world.open::<false>("x").await;
    let options = world.options("one");
    let asks = async {
        world.at(7).await;
        other.ask(&Request::Abort).await.unwrap();
        other.ask(&Request::Close).await.unwrap();
    };
    let (end, ()) = tokio::join!(world.drive(&mut run, &options), asks);
    assert_eq!(end, End::Over);
    assert_eq!(world.doer.begun(), times(&[("a", 0), ("undo", 7)]), "within the same second");
    assert_eq!(world.doer.ended(), times(&[("undo", 8), ("a", 600)]));
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_to_the_second_and_a_machine_that_is_due_and_decides_nothing_does_not_spin() {
    let world = World::new(FakeDoer::new());
    let mut run = world.open("x").await;
    run.ask(&Request::Stick).await.unwrap();
    run.ask(&Request::Wait(TimeDelta::milliseconds(100_100))).await.unwrap();
    let mut other = world.open::<false>("x").await;
    let options = world.options("one");
    let asks = async {
        world.at(101).await;
        other.refresh().await.unwrap();
        let woken = other.state().wakes;
        other.ask(&Request::Close).await.unwrap();
        woken
    };
    let (end, woken) = tokio::join!(world.drive(&mut run, &options), asks);
    assert_eq!((end, woken), (End::Over, 1));
    assert!(world.clock.asked() < 10_000, "four looks a second, not {}", world.clock.asked());
}

#[tokio::test(start_paused = true)]
async fn an_observer_sees_every_record() {
    let world = World::new(FakeDoer::new());
    let mut run = world.run("x", &[once("a"), effect("b")]).await;
    let options = world.options("one");
    world.drive(&mut run, &options).await;
    let places = world.observer.places.lock().unwrap();
    assert!(places.is_sorted());
    assert!((2..=run.seq()).all(|place| places.contains(&place)), "{places:?}");
}
