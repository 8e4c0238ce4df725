//! Several processes and one claim.

use super::{Course, FakeDoer, World, fates, seconds, times};
use crate::toy::{Effect, Fate, Request, effect};
use chrono::{DateTime, TimeDelta};
use toban_adapters::drive::{End, WhenHeld};
use toban_core::Clock;
use toban_durable::{Claimed, Journal};
use tokio::time::{sleep, timeout};

const CLAIM: TimeDelta = TimeDelta::seconds(3);

#[tokio::test(start_paused = true)]
async fn a_claim_is_renewed_as_long_as_its_process_lives() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(50)));
    let mut run = world.open("x").await;
    run.ask(&Request::Wait(TimeDelta::seconds(60))).await.unwrap();
    run.ask(&Request::Do(vec![Effect { seconds: 1, ..effect("b") }, effect("a")])).await.unwrap();
    let options = world.options("one").with_claim(CLAIM);
    let tries = async {
        let mut taken = 0;
        for _ in 0..120 {
            sleep(seconds(1)).await;
            let claimed = world.journal.claim("toy/x", "two", world.clock.wall(), CLAIM).await.unwrap();
            taken += u32::from(matches!(claimed, Claimed::Yours(_)));
        }
        options.stop().finish();
        taken
    };
    let (end, taken) = tokio::join!(world.drive(&mut run, &options), tries);
    assert_eq!((end, taken), (End::Stopped, 0));
    let claimed = world.journal.claim("toy/x", "two", world.clock.wall(), CLAIM).await.unwrap();
    assert!(matches!(claimed, Claimed::Yours(_)), "it was given up");
}

#[tokio::test(start_paused = true)]
async fn a_second_process_takes_over_when_the_claim_of_the_first_has_ended_and_not_before() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(8)));
    let mut one = world.run("x", &[Effect { is_once: true, seconds: 10, ..effect("a") }]).await;
    let mut two = world.open::<false>("x").await;
    let options = |owner: &str| world.options(owner).with_claim(CLAIM);
    let (first, second) = (options("one"), options("two"));
    // The first one dies after five seconds; its claim was for its order, half as long again as that may take.
    let dies = timeout(seconds(5), world.drive(&mut one, &first));
    let (died, end) = tokio::join!(dies, world.drive(&mut two, &second));
    assert!(died.is_err());
    assert_eq!((end, fates(&two)), (End::Over, vec![("a", Fate::Doubted)]));
    assert_eq!(world.now(), 15);
    assert_eq!(world.doer.begun(), times(&[("a", 0)]));
    assert_eq!(world.doer.ended(), [], "what ran was cut off with its process");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_want_to_wait_is_told_who_holds_the_claim() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(8)));
    let mut one = world.run("x", &[effect("a")]).await;
    let mut two = world.open::<false>("x").await;
    let (first, second) = (world.options("one"), world.options("two").with_when_held(WhenHeld::Leave));
    let leaves = async {
        world.at(2).await;
        let end = world.drive(&mut two, &second).await;
        (end, world.now())
    };
    let (end, (left, at)) = tokio::join!(world.drive(&mut one, &first), leaves);
    assert_eq!((end, at), (End::Over, 2));
    assert!(matches!(left, End::Held(claim) if claim.owner == "one"));
}

#[tokio::test(start_paused = true)]
async fn who_waits_sees_the_end_that_another_process_comes_to() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(8)));
    let mut one = world.run("x", &[effect("a")]).await;
    let mut two = world.open::<false>("x").await;
    let (first, second) = (world.options("one"), world.options("two"));
    let ends = tokio::join!(world.drive(&mut one, &first), world.drive(&mut two, &second));
    assert_eq!(ends, (End::Over, End::Over));
    assert_eq!((world.now(), fates(&two)), (8, vec![("a", Fate::Done)]));
    assert_eq!(world.doer.begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_is_superseded_stops_and_cuts_off_what_it_performs() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(50)));
    let mut run = world.run("x", &[effect("a")]).await;
    let options = world.options("one").with_claim(CLAIM);
    let takes = async {
        world.at(10).await;
        let Claimed::Theirs(claim) =
            world.journal.claim("toy/x", "two", DateTime::UNIX_EPOCH, CLAIM).await.unwrap()
        else {
            panic!("it is held");
        };
        // A person says that the first one is dead, and is wrong.
        world.journal.release(&claim).await.unwrap();
        let claimed = world.journal.claim("toy/x", "two", world.clock.wall(), TimeDelta::hours(1)).await;
        assert!(matches!(claimed.unwrap(), Claimed::Yours(_)));
    };
    let (end, ()) = tokio::join!(world.drive(&mut run, &options), takes);
    assert_eq!(end, End::Superseded { by: Some("two".into()) });
    assert!((10..=11).contains(&world.now()), "at the next renewal: {}", world.now());
    sleep(seconds(100)).await;
    assert_eq!(world.doer.ended(), []);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_slept_longer_than_its_claim_and_that_nobody_missed_goes_on_and_begins_nothing_twice()
{
    let world = World::new(FakeDoer::new().with("a", Course::Takes(80)));
    let mut run = world.run("x", &[Effect { seconds: 90, ..effect("a") }]).await;
    let options = world.options("one").with_claim(CLAIM);
    let sleeps = async {
        world.at(1).await;
        let Claimed::Theirs(claim) =
            world.journal.claim("toy/x", "two", DateTime::UNIX_EPOCH, CLAIM).await.unwrap()
        else {
            panic!("it is held");
        };
        // Its claim ends while it sleeps, and the epoch of the next one is another.
        world.journal.release(&claim).await.unwrap();
    };
    let (end, ()) = tokio::join!(world.drive(&mut run, &options), sleeps);
    assert_eq!((end, fates(&run)), (End::Over, vec![("a", Fate::Done)]));
    assert_eq!((world.doer.begun().len(), world.now()), (1, 80));
}
