//! A fake of the port, and its contract as a suite.
#![expect(clippy::panic, reason = "a broken contract fails a test by panicking")]

use crate::firing::{FiringId, Ran};
use crate::port::{Halt, Job, TaskRunner};
use crate::task::TaskId;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use toban_core::testing::begun_and_dropped;
use toban_core::{PortError, PortErrorKind};
use toban_durable::{Epoch, Found, Order, OrderId};

/// A runner of programs that are none: `true` comes to a good end, `false` to a bad one, `sleep` to none before it is
/// stopped, anything else cannot be started. What came of an order is remembered.
#[derive(Debug, Default)]
pub struct FakeRunner {
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// What came of orders, by their keys; nothing while they run.
    orders: BTreeMap<String, Option<Ran>>,
    running: BTreeMap<FiringId, Option<Waker>>,
}

impl FakeRunner {
    /// A runner that has run nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys of all orders that were begun.
    #[must_use]
    pub fn begun(&self) -> Vec<String> {
        self.told().orders.keys().cloned().collect()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TaskRunner for FakeRunner {
    async fn run(&self, order: &Order<Job>) -> Result<Ran, PortError> {
        let firing = &order.effect.firing;
        let program = order.effect.argv.first().map_or("", String::as_str);
        let said = |is_success: bool, said: &str| Ran { is_success, said: said.to_owned() };
        let ran = match program {
            "true" => said(true, "as it was told"),
            "false" => said(false, "as it was told"),
            "sleep" => {
                self.told().orders.insert(order.key.clone(), None);
                self.told().running.insert(firing.clone(), None);
                poll_fn(|context| {
                    let mut told = self.told();
                    match told.running.get_mut(firing) {
                        Some(waker) => {
                            *waker = Some(context.waker().clone());
                            Poll::Pending
                        }
                        None => Poll::Ready(()),
                    }
                })
                .await;
                said(false, "was stopped")
            }
            _ => {
                let why = "it is none of true, false and sleep";
                return Err(PortError::new(PortErrorKind::NotFound, "run a task", "fake runner", why));
            }
        };
        self.told().orders.insert(order.key.clone(), Some(ran.clone()));
        Ok(ran)
    }

    async fn find_out(&self, order: &Order<Job>) -> Found<Ran> {
        match self.told().orders.get(&order.key) {
            Some(Some(ran)) => Found::Outcome(ran.clone()),
            Some(None) => Found::Unknown,
            None => Found::NotDone,
        }
    }

    async fn stop(&self, order: &Order<Halt>) -> Result<(), PortError> {
        if let Some(Some(waker)) = self.told().running.remove(&order.effect.firing) {
            waker.wake();
        }
        Ok(())
    }
}

/// Programs of which a runner's [contract](runner_keeps_its_contract) is told what they do.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Comes to a good end.
    pub succeeds: Vec<String>,
    /// Comes to a bad end.
    pub fails: Vec<String>,
    /// Comes to no end by itself within a minute; it ends when it is asked to.
    pub hangs: Vec<String>,
    /// Cannot be started.
    pub cannot_start: Vec<String>,
}

/// The contract of [`TaskRunner`], run with programs of a known kind.
///
/// # Panics
/// Where the runner breaks it.
pub async fn runner_keeps_its_contract(runner: &dyn TaskRunner, programs: &Programs) {
    let Programs { succeeds, fails, hangs, cannot_start } = programs;
    match runner.run(&order(1, 1, succeeds)).await {
        Ok(Ran { is_success: true, .. }) => {}
        ran => panic!("it comes to a good end, and the runner says {ran:?}"),
    }
    match runner.run(&order(2, 1, fails)).await {
        Ok(Ran { is_success: false, said }) if !said.is_empty() => {}
        ran => panic!("it comes to a bad end, and why is said, but the runner says {ran:?}"),
    }
    if let Ok(ran) = runner.run(&order(3, 1, cannot_start)).await {
        panic!("it cannot be started, and the runner says {ran:?}");
    }
    // Where nothing runs there is nothing to stop, at any time and as often as one likes.
    for is_at_once in [false, true, false] {
        stops(runner, 4, is_at_once).await;
    }
    for (firing, is_at_once) in [(5, false), (6, true)] {
        begun_and_dropped(runner.run(&order(firing, 1, hangs))).await;
        // Of two firings that run side by side the one that is not stopped goes on.
        let other = order(firing + 10, 1, hangs);
        let mut beside = pin!(runner.run(&other));
        let run = order(firing, 2, hangs);
        let mut running = pin!(runner.run(&run));
        let both = poll_fn(|context| {
            let is_over =
                running.as_mut().poll(context).is_ready() | beside.as_mut().poll(context).is_ready();
            Poll::Ready(is_over)
        });
        assert!(!both.await, "what hangs comes to no end by itself");
        let mut stopping = pin!(stops(runner, firing, is_at_once));
        let (mut has_stopped, mut ended) = (false, None);
        poll_fn(|context| {
            has_stopped = has_stopped || stopping.as_mut().poll(context).is_ready();
            if ended.is_none()
                && let Poll::Ready(ran) = running.as_mut().poll(context)
            {
                ended = Some(ran);
            }
            assert!(beside.as_mut().poll(context).is_pending(), "another firing is stopped along");
            if has_stopped && ended.is_some() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        match ended {
            Some(Ok(Ran { is_success: false, .. })) => {}
            ran => panic!("it was stopped, and the runner says {ran:?}"),
        }
        let mut stopping = pin!(stops(runner, firing + 10, true));
        poll_fn(|context| {
            let _ = beside.as_mut().poll(context);
            stopping.as_mut().poll(context)
        })
        .await;
    }
}

async fn stops(runner: &dyn TaskRunner, firing: i64, is_at_once: bool) {
    let Order { id, key, attempt, fence, time_out, .. } = order(firing, 9, &[]);
    let effect = Halt { firing: id_of(firing), is_at_once };
    let order = Order { id, key, attempt, fence, effect, time_out, is_in_doubt: false, is_wanted: true };
    if let Err(error) = runner.stop(&order).await {
        panic!("what may be stopped at any time is not: {error}");
    }
}

fn id_of(firing: i64) -> FiringId {
    let nominal = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(firing);
    FiringId { task: TaskId::own("contract"), nominal }
}

fn order(firing: i64, attempt: u32, argv: &[String]) -> Order<Job> {
    let (firing, id) = (id_of(firing), OrderId { record: 1, place: 0 });
    Order {
        id,
        key: format!("routine-firing/{firing}#1.0"),
        attempt,
        fence: Epoch(1),
        effect: Job { firing, argv: argv.to_vec(), is_repeatable: true, find_out: None },
        time_out: TimeDelta::minutes(1),
        is_in_doubt: false,
        is_wanted: true,
    }
}
