//! One order, in its time.

use std::sync::Arc;
use std::time::Duration;
use toban_durable::{Care, Found, Heard, Machine, Order, Perform, carry_out};
use tokio::time::timeout;

/// Performs it. When its time is over, one that is to be done once is asked for, as long again at most.
///
/// Where the port knows that it was not done, it is not begun once more here: the claim is held for one attempt. The
/// machine hears that, and decides.
pub(super) async fn perform<M: Machine>(
    performer: Arc<dyn Perform<M>>,
    order: Order<M::Effect>,
) -> Heard<M::Outcome> {
    let time = order.time_out.to_std().unwrap_or(Duration::ZERO);
    if let Ok(heard) = timeout(time, carry_out(&*performer, &order)).await {
        return heard;
    }
    match M::care(&order.effect) {
        Care::Repeatable => Heard::Nothing,
        Care::Once => match timeout(time, performer.find_out(&order)).await {
            Ok(Found::Outcome(outcome)) => Heard::Outcome(outcome),
            Ok(Found::NotDone) => Heard::NotDone,
            Ok(Found::Unknown) | Err(_) => Heard::Nothing,
        },
    }
}
