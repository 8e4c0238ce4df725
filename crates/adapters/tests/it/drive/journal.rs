//! A journal that fails for a while, or for ever.

use super::{Course, FakeDoer, World, fates, seconds, times};
use crate::toy::{Effect, Fate, Request, Toy, effect};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use toban_adapters::drive::{End, drive};
use toban_core::PortErrorKind;
use toban_durable::RunError;

fn fail(world: &World, from: u64, to: u64, kind: PortErrorKind) {
    let start = world.clock.start;
    *world.journal.fails.lock().unwrap() = Some((start + seconds(from), start + seconds(to), kind));
}

#[tokio::test(start_paused = true)]
async fn what_came_of_an_order_is_written_down_when_the_journal_is_back() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(10)));
    let mut run = world.run("x", &[Effect { is_once: true, ..effect("a") }]).await;
    fail(&world, 5, 65, PortErrorKind::Unavailable);
    let options = world.options("one");
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    assert_eq!(fates(&run), [("a", Fate::Done)]);
    assert_eq!(world.doer.begun(), times(&[("a", 0)]));
    assert!((65..=75).contains(&world.now()), "{}", world.now());
    let troubles = world.observer.troubles.load(Ordering::Relaxed);
    assert!((5..20).contains(&troubles), "the pauses grow: {troubles}");
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_fails_from_the_beginning_is_waited_for() {
    let world = World::new(FakeDoer::new());
    let mut run = world.run("x", &[effect("a")]).await;
    fail(&world, 0, 20, PortErrorKind::Full);
    let options = world.options("one");
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    assert_eq!(fates(&run), [("a", Fate::Done)]);
}

#[tokio::test(start_paused = true)]
async fn who_is_told_to_abandon_does_not_wait_for_the_journal() {
    let world = World::new(FakeDoer::new());
    let mut run = world.run("x", &[effect("a")]).await;
    fail(&world, 0, 10_000, PortErrorKind::Unavailable);
    let options = world.options("one");
    let tells = async {
        world.at(100).await;
        options.stop().abandon();
    };
    let (end, ()) = tokio::join!(world.drive(&mut run, &options), tells);
    assert_eq!((end, world.now()), (End::Stopped, 100));
}

#[tokio::test(start_paused = true)]
async fn what_trying_again_cannot_help_is_an_error_at_once() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(50)));
    let mut run = world.run("x", &[effect("a")]).await;
    fail(&world, 5, 10_000, PortErrorKind::Invalid);
    let options = world.options("one");
    let error = drive(&mut run, Arc::clone(&world.doer) as _, &options).await.unwrap_err();
    assert!(matches!(error, RunError::Journal { source, .. } if source.kind == PortErrorKind::Invalid));
    assert_eq!(world.now(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_goes_on_without_its_journal_is_driven_on_and_written_down_later() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(10)));
    let mut run = world.open::<true>("x").await;
    let lane = |name| Effect { has_lane: true, ..effect(name) };
    run.ask(&Request::Do(vec![lane("a"), lane("b")])).await.unwrap();
    run.ask(&Request::Close).await.unwrap();
    // It takes nothing long after the claim should have been renewed.
    fail(&world, 5, 200, PortErrorKind::Full);
    let options = world.options::<true>("one");
    let end = drive(&mut run, Arc::clone(&world.doer) as _, &options).await.unwrap();
    assert_eq!(end, End::Over);
    assert_eq!(world.doer.begun(), times(&[("a", 0), ("b", 10)]));
    assert_eq!((world.now(), run.unwritten()), (200, 0));
    let again: toban_durable::Run<Toy<true>> = world.open("x").await;
    assert_eq!(again.state(), run.state());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_grown_long_is_left_for_a_new_one_while_nothing_is_performed() {
    let world = World::new(FakeDoer::new());
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let lane = |name| Effect { has_lane: true, is_once: true, ..effect(name) };
    let mut run = world.run("x", &names.map(lane)).await;
    let options = world.options("one").with_roll_over_after(6);
    assert_eq!(world.drive(&mut run, &options).await, End::Over);
    assert!(run.stream().generation > 2 && run.seq() < 7, "{} {}", run.stream(), run.seq());
    assert_eq!(fates(&run), names.map(|name| (name, Fate::Done)));
    assert_eq!(world.doer.begun().len(), names.len(), "each once");
    let again = world.open::<false>("x").await;
    assert_eq!((again.stream(), again.state()), (run.stream(), run.state()));
    // Nor does a journal that takes nothing keep a machine waiting that goes on without it.
    let world = World::new(FakeDoer::new());
    let mut run = world.open::<true>("x").await;
    let plain = |name| Effect { has_lane: true, ..effect(name) };
    run.ask(&Request::Do(names.map(plain).to_vec())).await.unwrap();
    fail(&world, 5, 65, PortErrorKind::Unavailable);
    let options = world.options("one").with_roll_over_after(2);
    let stop = options.stop().clone();
    let stops = async {
        world.at(9).await;
        stop.abandon();
    };
    let (end, ()) = tokio::join!(drive(&mut run, Arc::clone(&world.doer) as _, &options), stops);
    assert_eq!(end.unwrap(), End::Stopped);
    assert_eq!(world.doer.begun().len(), names.len());
}
