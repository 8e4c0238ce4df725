//! What this crate asks of the world.

use crate::firing::FiringId;
use crate::firing::Ran;
use async_trait::async_trait;
use std::fmt::Debug;
use toban_core::PortError;
use toban_durable::{Found, Order};

/// Runs the programs of tasks.
///
/// # Contract
/// - The time-out of an order is that of its program, and a second to end it and to say so.
/// - [`Ok`] says that the program came to its end: whether it did what it is for, and the last that it said. An error says
///   that it was not started. Who does not know gives no answer: when the time-out is over,
///   [`find_out`](Self::find_out) is asked, and then a person.
/// - A job that is not repeatable is begun once, unless [`find_out`](Self::find_out) says that it was not done.
/// - [`stop`](Self::stop) comes back when nothing of the firing runs any more that this runner has started: at once where
///   nothing does, and as often as it is asked. What it stops ends, and [`run`](Self::run) says how.
/// - Every attempt at an order has the same key. A fence that is lower than one seen before comes from a process that
///   has been superseded: what it orders may be turned away.
/// - One job waits for no other. The futures may be dropped when the time-out is over.
///
/// The feature `testing` has this contract as a suite that every adapter runs.
#[async_trait]
pub trait TaskRunner: Debug + Send + Sync + 'static {
    /// Runs a job to its end.
    ///
    /// # Errors
    /// When it is not started.
    async fn run(&self, order: &Order<Job>) -> Result<Ran, PortError>;

    /// What became of a job that is not repeatable and of which nobody heard: [`Found::NotDone`] only where it will not be
    /// done later either.
    async fn find_out(&self, order: &Order<Job>) -> Found<Ran> {
        let _ = order;
        Found::Unknown
    }

    /// Sees to it that nothing of a firing runs any more.
    ///
    /// # Errors
    /// When that is not known.
    async fn stop(&self, order: &Order<Halt>) -> Result<(), PortError>;
}

/// A program that is run for a firing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    /// For which firing.
    pub firing: FiringId,
    /// The program, and its arguments.
    pub argv: Vec<String>,
    /// Whether beginning it again does no harm.
    pub is_repeatable: bool,
    /// What knows whether it was done.
    pub find_out: Option<Vec<String>>,
}

/// That the program of a firing is to end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Halt {
    /// Of which firing.
    pub firing: FiringId,
    /// Whether it is ended, or asked to end and waited for.
    pub is_at_once: bool,
}
