//! The shell without a runtime: one order after another, until nothing is due.

use crate::error::RunError;
use crate::machine::{Machine, Perform, carry_out};
use crate::run::Run;
use crate::time::Wakeup;

/// Where a machine stands when nothing is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing will happen any more.
    Over,
    /// It waits, for this or for a request.
    Until(Wakeup),
}

/// Performs what is due and lets due time pass, until nothing is due. The run holds the claim.
///
/// Nothing is timed here, and nothing sleeps: a program without a runtime calls it again at the wakeup. With tokio,
/// `toban-adapters` has a loop that performs orders side by side and cuts off those whose time is over.
///
/// # Errors
/// When this process does not hold the claim any more, or the journal fails.
pub async fn settle<M: Machine>(run: &mut Run<M>, performer: &dyn Perform<M>) -> Result<Settled, RunError> {
    loop {
        let orders = run.take_orders().await?;
        for order in &orders {
            let heard = carry_out(performer, order).await;
            run.report(order, &heard).await?;
        }
        if orders.is_empty() && !run.wake().await? {
            return Ok(if run.is_over() { Settled::Over } else { Settled::Until(run.next_wakeup()) });
        }
    }
}
