//! Release plans that cannot lose their way back, and rollouts that cannot lose their place.
//!
//! The question it answers: *what may this release do next, and how does it come back?*
//!
//! ```
//! use async_trait::async_trait;
//! use chrono::TimeDelta;
//! use std::sync::{Arc, Mutex};
//! use toban_core::{Clock, PortError, PortErrorKind};
//! use toban_durable::{MemoryJournal, Order, Run, Settled, settle};
//! use toban_release_core::rollout::{Action, Course, Phase, Request, Rollout, Step};
//! use toban_release_core::{Deployer, Move, Ports, Strategy};
//!
//! /// Knows how to move traffic and to run steps; here it only remembers.
//! #[derive(Debug, Default)]
//! struct Memory(Mutex<Vec<String>>);
//!
//! #[async_trait]
//! impl Deployer for Memory {
//!     async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError> {
//!         if matches!(&order.effect, Move::Traffic { weight, .. } if weight.as_percent() == 50) {
//!             return Err(PortError::new(PortErrorKind::Full, "set a weight", "memory", "no capacity"));
//!         }
//!         self.0.lock().unwrap().push(order.effect.to_string());
//!         Ok(())
//!     }
//! }
//!
//! /// By that clock, such as the `SystemClock` of `toban-adapters`; `sleep` lets so much time pass.
//! async fn release(clock: Arc<dyn Clock>, sleep: impl Fn(TimeDelta)) -> Result<(), Box<dyn std::error::Error>> {
//!     let step = |name: &str| Step {
//!         name: name.into(),
//!         action: Action::Command { argv: vec![name.into()], time_out: TimeDelta::minutes(1), is_repeatable: true },
//!     };
//!     let course = Course {
//!         rollback: vec![step("deploy 1.0")],
//!         verification: vec![step("smoke test")], // it counts as rolled back only after this
//!         ..Course::new("plan 7", "1.0", "2.0", "ann", Strategy::canary(TimeDelta::minutes(5)))
//!     };
//!     let deployer = Arc::new(Memory::default());
//!     let ports = Ports::new(Arc::clone(&deployer) as _);
//!     let mut run: Run<Rollout> = Run::open(Arc::new(MemoryJournal::new()), clock, "shop").await?;
//!     run.claim("this process", TimeDelta::minutes(1)).await?;
//!     run.ask(&Request::Propose { course: Box::new(course), by: "ann".into() }).await?;
//!     run.ask(&Request::Approve { by: "bea".into(), revision: "plan 7".into(), why: "reviewed".into() }).await?;
//!     while let Settled::Until(wakeup) = settle(&mut run, &ports).await? {
//!         sleep(wakeup.wait(run.now()).ok_or("nothing is waited for")?);
//!     }
//!     assert_eq!(run.state().phase, Phase::RolledBack);
//!     let [first, second, back] = ["5 %", "25 %", "0 %"].map(|weight| format!("{weight} of traffic to 2.0"));
//!     assert_eq!(*deployer.0.lock().unwrap(), [&first, &second, &back, "deploy 1.0", "smoke test"]);
//!     Ok(())
//! }
//! # let clock = Arc::new(toban_core::testing::FakeClock::new());
//! # let time = Arc::clone(&clock);
//! # toban_durable::testing::block_on(release(clock, move |length| time.advance(length))).unwrap().unwrap();
//! ```
//!
//! Where tokio is, `drive` of `toban-adapters` does all of that, sleep and clock included.
//!
//! # Vocabulary
//! A [`Plan`](plan::Plan) comes from a [`PlanDraft`](plan::PlanDraft) in which nothing important is unknown, and
//! [`gate`](plan::gate) says whether it may begin, and [`Plan::course`](plan::Plan::course) what a machine follows. A [`Strategy`] is a way of traffic in [`Stage`]s. A
//! [`Check`](analysis::Check) is measured while a stage soaks, and a [`Trigger`](analysis::Trigger) says how urgently
//! its failure is answered; a [`Judge`](judge::Judge) says what an answer means. A [`rollout`] is a machine of
//! `toban-durable` that follows a [`Course`](rollout::Course): forward while nothing holds it, back at any time.
//! [`replay`](fn@replay) holds one against recorded metrics, and [`Figures`] come from its record.
//!
//! # Who does what
//! | the caller | the crate |
//! |---|---|
//! | says what a release does, how it is undone, and what shows that it is | refuses a course that lacks one of them |
//! | moves traffic, runs steps, measures | says what is next, and never twice what must be done once |
//! | lets people approve, open gates, pause, abort, answer | takes each only where it has a place, with who and why |
//! | hands in what the error budget says | moves nothing forward without its word where that is asked for; goes back without |
//!
//! # Time and units
//! Soaks and intervals are steady time: no clock that somebody sets changes them. Freezes are instants of the calendar,
//! half-open. Weights are whole percent.
//!
//! # Ports to provide
//! [`Deployer`] moves traffic and runs steps; with `toban_core`'s [`MetricSource`](toban_core::MetricSource) and
//! [`Notifier`](toban_core::Notifier), where there are any, [`Ports`] performs the orders of a rollout. [`Approvals`],
//! where approvals are given elsewhere, are taken in by [`take_approvals`]. [`Probe`], for what an environment has to
//! offer. `toban-adapters` has all of them as programs, a Prometheus, and a probe of its machine; the clock of the
//! machine, a journal in SQLite, and the loop.
//!
//! # What it does not do
//! It has no clock, no runtime and no deployer. It does not know whether a weight that was set is the one that routes:
//! its deployer says so.
//! A freeze that begins while something moves does not cut that off; what comes next waits.
//!
//! # Features
//! - `testing`: fakes of the ports and their contracts as suites; what `toban-durable` has for crashes and exploration.

pub mod analysis;
mod approve;
mod figures;
pub mod group;
pub mod judge;
mod least_traffic;
mod perform;
pub mod plan;
mod port;
pub mod promotion;
mod replay;
pub mod rollout;
mod strategy;
#[cfg(feature = "testing")]
pub mod testing;

pub use approve::take_approvals;
pub use figures::{Figures, Lap, ReleaseFigures, Targets, release_figures};
pub use least_traffic::{Least, Sight, Signal, SignalError, least_traffic};
pub use perform::Ports;
pub use port::{Approval, Approvals, Deployer, Measurement, Move, Probe};
pub use replay::{Replay, replay};
pub use strategy::{
    Gate, Return, RollingLimits, Stage, Strategy, StrategyError, StrategyKind, Weight, WeightError,
};
