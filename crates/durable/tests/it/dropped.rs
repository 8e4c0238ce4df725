//! Whatever future of a run is dropped, and wherever: the same run goes on as if that one had never been asked for.

use crate::toy::{Doer, Effect, Request, State, Toy, World};
use async_trait::async_trait;
use chrono::TimeDelta;
use std::sync::Arc;
use toban_core::PortError;
use toban_core::testing::FakeClock;
use toban_durable::testing::{Crash, PassOn, Passing, block_on};
use toban_durable::{Journal, MemoryJournal, Run, carry_out, history};

/// A journal at which a future can be dropped before and after everything that is asked of it.
#[derive(Debug, Default)]
struct FakeSlow {
    inner: Arc<MemoryJournal>,
    crash: Crash,
}

#[async_trait]
impl PassOn for FakeSlow {
    fn inner(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.inner) as _
    }

    async fn before(&self) -> Result<(), PortError> {
        self.crash.point().await;
        Ok(())
    }

    async fn after(&self) {
        self.crash.point().await;
    }
}

/// Asks again where the future did not come to its end and was dropped.
macro_rules! again {
    ($future:expr) => {
        loop {
            if let Some(done) = block_on($future) {
                break done.unwrap();
            }
        }
    };
}

/// A rollout by one run, with another process that asks in between, and a future dropped at so many-th place.
fn story(place: u64) -> (Vec<Effect>, u64) {
    let (journal, clock) = (Arc::new(Passing::<FakeSlow>::default()), Arc::new(FakeClock::new()));
    let world = Arc::new(World { can_tell: true, ..World::default() });
    let doer = Doer(Arc::clone(&world));
    let open = || block_on(Run::<Toy>::open(Arc::clone(&journal) as _, Arc::clone(&clock) as _, "a"));
    let mut run = open().unwrap().unwrap();
    let begun = journal.crash.seen();
    journal.crash.after(place);
    again!(run.claim("one", TimeDelta::minutes(20)));
    again!(run.ask_once("start", &Request::Start));
    while !run.is_over() {
        let orders = again!(run.take_orders());
        for order in &orders {
            let heard = block_on(carry_out(&doer, order)).unwrap();
            again!(run.report(order, &heard));
        }
        again!(run.refresh());
        assert!(again!(run.roll_over()), "every stream is left");
        if orders.is_empty() && !again!(run.wake()) {
            let wait = run.next_wakeup().wait(run.now()).expect("it waits for a time");
            // It is due at once where a wake was dropped after it was stored.
            if wait > TimeDelta::zero() {
                let journal = Arc::clone(&journal.inner) as _;
                let mut other: Run<Toy> =
                    block_on(Run::open(journal, Arc::clone(&clock) as _, "a")).unwrap().unwrap();
                block_on(other.ask(&Request::Nudge)).unwrap().unwrap();
            }
            clock.advance(wait);
        }
    }
    again!(run.release());
    let places = journal.crash.seen() - begun;
    journal.crash.after(0);
    assert_eq!((run.state(), world.migrations(), world.announced().len()), (&State::Done, 1, 4));
    let (history, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
    assert!(damage.is_none(), "{damage:?}");
    assert_eq!((history.head, history.state), (run.hash(), State::Done));
    let fresh = open().unwrap().unwrap();
    assert_eq!((fresh.hash(), fresh.stream(), fresh.state()), (run.hash(), run.stream(), run.state()));
    (world.done(), places)
}

#[test]
fn a_run_goes_on_after_any_of_its_futures_was_dropped_anywhere() {
    let (calm, places) = story(0);
    assert!(places > 60, "{places}");
    for place in 1..=places {
        assert_eq!(story(place).0, calm, "dropped at {place}");
    }
}
