//! A stream that ends with its machine.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use toban_core::testing::FakeClock;
use toban_durable::testing::block_on;
use toban_durable::{
    Append, Appended, Care, Decision, Journal, Machine, MemoryJournal, Now, Record, Run, Settle, StreamId,
    Wakeup, ask_together,
};

/// Is asked once, and is over when what it ordered is done.
#[derive(Debug)]
struct Once;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was asked before")]
struct AskedBefore;

impl Machine for Once {
    const KIND: &'static str = "once";
    const VERSION: u16 = 1;
    const ENDS: bool = true;
    type State = bool;
    /// Whether it orders anything.
    type Request = bool;
    type Refusal = AskedBefore;
    type Event = Asked;
    type Effect = ();
    type Outcome = ();

    fn request(state: &bool, orders: &bool, _: Now) -> Result<Decision<Self>, AskedBefore> {
        let decision = Decision::none().event(Asked);
        match (state, orders) {
            (true, _) => Err(AskedBefore),
            (false, true) => Ok(decision.order(())),
            (false, false) => Ok(decision),
        }
    }
    fn outcome(_: &bool, (): &(), _: u32, (): &(), _: Now) -> (Decision<Self>, Settle) {
        (Decision::none(), Settle::Done)
    }
    fn doubt(_: &bool, (): &(), _: Now) -> Decision<Self> {
        Decision::none()
    }
    fn wake(_: &bool, _: Now) -> Decision<Self> {
        Decision::none()
    }
    fn apply(state: &mut bool, _: &Asked, _: Now) {
        *state = true;
    }
    fn next_wakeup(_: &bool) -> Wakeup {
        Wakeup::NEVER
    }
    fn care((): &()) -> Care {
        Care::Repeatable
    }
    fn time_out((): &()) -> TimeDelta {
        TimeDelta::seconds(1)
    }
    fn is_over(state: &bool) -> bool {
        *state
    }
}

#[derive(Debug)]
struct Doer;

#[async_trait::async_trait]
impl toban_durable::Perform<Once> for Doer {
    async fn perform(&self, _: &toban_durable::Order<()>) {}
}

fn open(journal: &Arc<MemoryJournal>, name: &str) -> Run<Once> {
    let journal = Arc::clone(journal) as Arc<dyn Journal>;
    block_on(Run::open(journal, Arc::new(FakeClock::new()), name)).unwrap().unwrap()
}

fn under_way(journal: &MemoryJournal) -> Vec<String> {
    let heads = block_on(journal.open_streams("once", None, 9)).unwrap().unwrap();
    heads.into_iter().map(|head| head.stream.name).collect()
}

#[test]
fn a_stream_that_is_over_takes_no_more_records_and_is_not_listed() {
    let journal = Arc::new(MemoryJournal::new());
    let mut run = open(&journal, "a");
    block_on(run.ask(&false)).unwrap().unwrap();
    assert!(run.is_over() && under_way(&journal).is_empty());
    let stream = StreamId::new("once", "a");
    let record = Record { seq: 2, body: "{}".into(), hash: run.hash().then("{}") };
    let append = Append { stream, after: 1, records: vec![record], ends: false };
    assert_eq!(block_on(journal.append(None, &[append])).unwrap().unwrap(), Appended::Conflict);
    // It is read as any other, and refuses.
    let mut again = open(&journal, "a");
    assert!(*again.state() && again.is_over());
    assert!(block_on(again.ask(&false)).unwrap().is_err());
}

#[test]
fn it_ends_with_its_last_order_and_not_before() {
    let journal = Arc::new(MemoryJournal::new());
    let mut run = open(&journal, "a");
    block_on(run.ask(&true)).unwrap().unwrap();
    assert_eq!(under_way(&journal), ["a"]);
    block_on(run.claim("me", TimeDelta::minutes(1))).unwrap().unwrap();
    block_on(toban_durable::settle(&mut run, &Doer)).unwrap().unwrap();
    assert!(run.is_over() && under_way(&journal).is_empty());
    // And with what is asked of several at once.
    let (mut one, mut two) = (open(&journal, "b"), open(&journal, "c"));
    block_on(ask_together(&mut [&mut one.asking(&false), &mut two.asking(&true)])).unwrap().unwrap();
    assert_eq!(under_way(&journal), ["c"]);
}
