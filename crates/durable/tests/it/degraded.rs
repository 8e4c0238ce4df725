//! A machine that goes on when the journal takes nothing.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_core::{PortError, PortErrorKind};
use toban_durable::testing::{Fault, PassOn, Passing, Stage, block_on};
use toban_durable::{
    Care, Decision, Heard, Journal, Machine, MemoryJournal, Now, Order, Perform, Record, Run, RunError, Seq,
    Settle, StreamId, Wakeup, carry_out, settle,
};

/// Pages a person for each alert, and files a ticket once.
#[derive(Debug)]
struct Pager;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Alerted(u32),
    Paged(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Effect {
    Page(u32),
    Ticket(u32),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    alerted: Vec<u32>,
    paged: Vec<u32>,
}

impl Machine for Pager {
    const KIND: &'static str = "pager";
    const VERSION: u16 = 1;
    const GOES_ON_DEGRADED: bool = true;
    type State = State;
    type Request = u32;
    type Refusal = Infallible;
    type Event = Event;
    type Effect = Effect;
    type Outcome = ();

    fn request(_: &State, alert: &u32, _: Now) -> Result<Decision<Self>, Infallible> {
        Ok(Decision::none()
            .event(Event::Alerted(*alert))
            .order(Effect::Page(*alert))
            .order(Effect::Ticket(*alert)))
    }

    fn outcome(_: &State, effect: &Effect, _: u32, (): &(), _: Now) -> (Decision<Self>, Settle) {
        let decision = match effect {
            Effect::Page(alert) => Decision::none().event(Event::Paged(*alert)),
            Effect::Ticket(_) => Decision::none(),
        };
        (decision, Settle::Done)
    }

    fn doubt(_: &State, _: &Effect, _: Now) -> Decision<Self> {
        Decision::none()
    }

    fn wake(_: &State, _: Now) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event, _: Now) {
        match event {
            Event::Alerted(alert) => state.alerted.push(*alert),
            Event::Paged(alert) => state.paged.push(*alert),
        }
    }

    fn next_wakeup(_: &State) -> Wakeup {
        Wakeup::NEVER
    }

    fn care(effect: &Effect) -> Care {
        if matches!(effect, Effect::Ticket(_)) { Care::Once } else { Care::Repeatable }
    }

    fn time_out(_: &Effect) -> TimeDelta {
        TimeDelta::seconds(1)
    }

    fn is_over(_: &State) -> bool {
        false
    }
}

#[derive(Debug, Default)]
struct Phone(Mutex<Vec<Effect>>);

#[async_trait]
impl Perform<Pager> for Phone {
    async fn perform(&self, order: &Order<Effect>) {
        self.0.lock().unwrap().push(order.effect.clone());
    }
}

fn open(stage: &Stage) -> Run<Pager> {
    block_on(Run::open(Arc::clone(&stage.journal) as _, Arc::clone(&stage.clock) as _, "a")).unwrap().unwrap()
}

fn driven(stage: &Stage) -> Run<Pager> {
    let mut run = open(stage);
    block_on(run.claim("one", TimeDelta::minutes(1))).unwrap().unwrap();
    run
}

#[test]
fn a_full_journal_stops_no_page_and_starts_nothing_that_must_be_done_once() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let (mut run, phone) = (driven(&stage), Phone::default());
    stage.journal.fail(Fault::Full, u64::MAX);
    block_on(run.ask(&7)).unwrap().unwrap();
    block_on(settle(&mut run, &phone)).unwrap().unwrap();
    assert_eq!(*phone.0.lock().unwrap(), [Effect::Page(7)]);
    assert_eq!((run.unwritten() > 0, run.state().paged.as_slice()), (true, [7].as_slice()));
    assert_eq!(open(&stage).seq(), 0);
    // There is room again: what happened meanwhile is written, and the ticket is filed.
    stage.journal.fail(Fault::Full, 0);
    block_on(settle(&mut run, &phone)).unwrap().unwrap();
    assert_eq!(*phone.0.lock().unwrap(), [Effect::Page(7), Effect::Ticket(7)]);
    assert_eq!((run.unwritten(), open(&stage).state()), (0, run.state()));
}

#[test]
fn what_others_wrote_meanwhile_comes_first_and_nothing_is_lost() {
    for fault in [Fault::Full, Fault::Silent] {
        let stage = Stage::new(Arc::new(MemoryJournal::new()));
        let (mut run, phone) = (driven(&stage), Phone::default());
        stage.journal.fail(Fault::Full, 2);
        block_on(run.ask(&7)).unwrap().unwrap();
        stage.journal.fail(fault, 1);
        block_on(run.ask(&8)).unwrap().unwrap();
        stage.journal.fail(fault, 0);
        let mut other = open(&stage);
        block_on(other.ask(&1)).unwrap().unwrap();
        block_on(settle(&mut run, &phone)).unwrap().unwrap();
        let mut alerted = run.state().alerted.clone();
        assert_eq!(open(&stage).state(), run.state());
        alerted.sort_unstable();
        assert_eq!(alerted, [1, 7, 8], "{fault:?}");
        let mut paged = phone.0.lock().unwrap().clone();
        paged.retain(|effect| matches!(effect, Effect::Page(_)));
        paged.sort_by_key(|effect| if let Effect::Page(alert) = effect { *alert } else { 0 });
        assert_eq!(paged, [Effect::Page(1), Effect::Page(7), Effect::Page(8)]);
        assert_eq!(run.open_orders().count(), 0);
    }
}

#[test]
fn who_does_not_hold_the_claim_does_not_go_on() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let mut run = open(&stage);
    stage.journal.fail(Fault::Full, 1);
    let asked = block_on(run.ask(&7)).unwrap();
    assert!(matches!(asked, Err(toban_durable::AskError::Run(RunError::Journal { .. }))));
    assert!(run.state().alerted.is_empty());
}

/// A journal that can be gone: then it is not read either.
#[derive(Debug, Default)]
struct FakeJournal {
    inner: Arc<MemoryJournal>,
    is_gone: AtomicBool,
    /// It takes records, and gives none.
    is_mute: AtomicBool,
}

fn told(operation: &'static str, what: &'static str) -> PortError {
    PortError::new(PortErrorKind::Unavailable, operation, "fake journal", what)
}

#[async_trait]
impl PassOn for FakeJournal {
    fn inner(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.inner) as _
    }

    async fn before(&self) -> Result<(), PortError> {
        if self.is_gone.load(Ordering::Relaxed) { Err(told("anything", "told to be gone")) } else { Ok(()) }
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        if self.is_mute.load(Ordering::Relaxed) {
            return Err(told("read", "told to be mute"));
        }
        self.inner.read(stream, after, limit).await
    }
}

#[test]
fn a_journal_that_is_gone_stops_no_order_that_stands_in_it_already() {
    let (journal, clock) = (Arc::new(Passing::<FakeJournal>::default()), Arc::<FakeClock>::default());
    let mut run: Run<Pager> =
        block_on(Run::open(Arc::clone(&journal) as _, Arc::clone(&clock) as _, "a")).unwrap().unwrap();
    block_on(run.claim("one", TimeDelta::minutes(1))).unwrap().unwrap();
    block_on(run.ask(&7)).unwrap().unwrap();
    journal.is_gone.store(true, Ordering::Relaxed);
    // What others may have written is not known, and cannot be.
    block_on(run.refresh()).unwrap().unwrap();
    clock.advance(TimeDelta::hours(1));
    let orders = block_on(run.take_orders()).unwrap().unwrap();
    assert_eq!(orders.iter().map(|order| &order.effect).collect::<Vec<_>>(), [&Effect::Page(7)]);
}

fn page(run: &mut Run<Pager>) -> Order<Effect> {
    let orders = block_on(run.take_orders()).unwrap().unwrap();
    orders.into_iter().find(|order| matches!(order.effect, Effect::Page(_))).unwrap()
}

#[test]
fn the_outcome_of_an_order_settles_that_order_wherever_it_comes_to_stand() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let (mut run, phone) = (driven(&stage), Phone::default());
    stage.journal.fail(Fault::Full, u64::MAX);
    block_on(run.ask(&7)).unwrap().unwrap();
    let seven = page(&mut run);
    block_on(carry_out(&phone, &seven)).unwrap();
    stage.journal.fail(Fault::Full, 0);
    // Another process writes at the same place.
    block_on(open(&stage).ask(&1)).unwrap().unwrap();
    block_on(run.report(&seven, &Heard::Outcome(()))).unwrap().unwrap();
    let one = page(&mut run);
    assert_eq!(one.effect, Effect::Page(1));
    assert_ne!(one.key, seven.key, "a key is never that of another order");
    assert_eq!((run.state().paged.as_slice(), run.unwritten()), ([7].as_slice(), 0));
    block_on(run.report(&one, &Heard::Outcome(()))).unwrap().unwrap();
    block_on(settle(&mut run, &phone)).unwrap().unwrap();
    let paged = |effect: &&Effect| matches!(effect, Effect::Page(_));
    assert_eq!(phone.0.lock().unwrap().iter().filter(paged).count(), 1, "nobody is paged twice");
    let pages = run.open_orders().filter(|order| matches!(order.effect, Effect::Page(_)));
    assert_eq!((open(&stage).state(), pages.count()), (run.state(), 0));
}

#[test]
fn an_order_keeps_its_key_when_it_is_written_late() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let mut run = driven(&stage);
    stage.journal.fail(Fault::Full, u64::MAX);
    block_on(run.ask(&7)).unwrap().unwrap();
    let seven = page(&mut run);
    stage.journal.fail(Fault::Full, 0);
    block_on(open(&stage).ask(&1)).unwrap().unwrap();
    block_on(run.refresh()).unwrap().unwrap();
    assert_eq!(run.unwritten(), 0);
    // The process dies, and nobody has heard whether the person was paged.
    block_on(run.release()).unwrap().unwrap();
    let orders = block_on(driven(&stage).take_orders()).unwrap().unwrap();
    let again = orders.iter().find(|order| order.effect == Effect::Page(7)).unwrap();
    assert_eq!(again.key, seven.key);
}

#[test]
fn what_was_decided_by_who_was_superseded_is_never_written() {
    for learns_by_asking in [true, false] {
        let stage = Stage::new(Arc::new(MemoryJournal::new()));
        let mut run = driven(&stage);
        block_on(run.ask(&1)).unwrap().unwrap();
        stage.journal.fail(Fault::Full, u64::MAX);
        block_on(run.ask(&7)).unwrap().unwrap();
        stage.clock.advance(TimeDelta::minutes(2));
        let mut other = open(&stage);
        block_on(other.claim("two", TimeDelta::minutes(1))).unwrap().unwrap();
        stage.journal.fail(Fault::Full, 0);
        if learns_by_asking {
            block_on(run.claim("one", TimeDelta::minutes(1))).unwrap().unwrap();
        } else {
            assert!(matches!(block_on(run.refresh()).unwrap(), Err(RunError::NotHeld { .. })));
        }
        assert_eq!((run.held(), run.unwritten()), (None, 0));
        assert_eq!(run.state().alerted, [1], "nobody decided that");
        block_on(run.refresh()).unwrap().unwrap();
        block_on(run.ask(&8)).unwrap().unwrap();
        assert_eq!(open(&stage).state().alerted, [1, 8]);
    }
}

#[test]
fn who_lost_the_claim_and_has_it_again_writes_nothing_of_the_time_before_another_had_it() {
    for is_between in [true, false] {
        let stage = Stage::new(Arc::new(MemoryJournal::new()));
        let mut run = driven(&stage);
        stage.journal.fail(Fault::Full, u64::MAX);
        block_on(run.ask(&7)).unwrap().unwrap();
        stage.clock.advance(TimeDelta::minutes(2));
        if is_between {
            let mut other = open(&stage);
            block_on(other.claim("two", TimeDelta::minutes(1))).unwrap().unwrap();
            block_on(other.release()).unwrap().unwrap();
        }
        stage.journal.fail(Fault::Full, 0);
        block_on(run.claim("one", TimeDelta::minutes(1))).unwrap().unwrap();
        block_on(run.refresh()).unwrap().unwrap();
        let left: &[u32] = if is_between { &[] } else { &[7] };
        assert_eq!((run.state().alerted.as_slice(), open(&stage).state().alerted.as_slice()), (left, left));
    }
}

#[test]
fn a_claim_is_given_up_after_what_was_decided_without_the_journal_is_written() {
    let stage = Stage::new(Arc::new(MemoryJournal::new()));
    let mut run = driven(&stage);
    stage.journal.fail(Fault::Full, 2);
    block_on(run.ask(&7)).unwrap().unwrap();
    assert!(block_on(run.release()).unwrap().is_err(), "it cannot be written yet");
    block_on(run.release()).unwrap().unwrap();
    assert_eq!((run.unwritten(), open(&stage).state().alerted.as_slice()), (0, [7].as_slice()));
}

#[test]
fn a_journal_that_cannot_be_read_is_not_asked_for_ever() {
    let (journal, clock) = (Arc::new(Passing::<FakeJournal>::default()), Arc::<FakeClock>::default());
    let open = || block_on(Run::open(Arc::clone(&journal) as _, Arc::clone(&clock) as _, "a"));
    let (mut run, mut other): (Run<Pager>, Run<Pager>) = (open().unwrap().unwrap(), open().unwrap().unwrap());
    block_on(run.claim("one", TimeDelta::minutes(1))).unwrap().unwrap();
    block_on(other.ask(&1)).unwrap().unwrap();
    journal.is_mute.store(true, Ordering::Relaxed);
    block_on(run.ask(&7)).unwrap().unwrap();
    block_on(run.ask(&8)).unwrap().unwrap();
    assert_eq!((run.unwritten(), run.state().alerted.as_slice()), (2, [7, 8].as_slice()));
    journal.is_mute.store(false, Ordering::Relaxed);
    block_on(run.refresh()).unwrap().unwrap();
    assert_eq!((run.unwritten(), run.state().alerted.as_slice()), (0, [1, 7, 8].as_slice()));
}
