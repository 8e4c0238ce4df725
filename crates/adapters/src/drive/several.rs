//! Many machines at once.

use super::{End, Options, drive};
use std::sync::Arc;
use toban_durable::{Machine, Perform, Run, RunError};
use tokio::task::JoinSet;

/// Drives machines of one kind side by side, each in a task of its own, until all have come to an end; gives them back
/// in their order, each with its end. None waits for another. What stops one with an error does not stop the rest.
pub async fn drive_all<M: Machine>(
    runs: Vec<Run<M>>,
    performer: Arc<dyn Perform<M>>,
    options: &Options<M>,
) -> Vec<(Run<M>, Result<End, RunError>)> {
    let mut tasks = JoinSet::new();
    for (place, mut run) in runs.into_iter().enumerate() {
        let (performer, options) = (Arc::clone(&performer), options.clone());
        tasks.spawn(async move {
            let end = drive(&mut run, performer, &options).await;
            (place, run, end)
        });
    }
    let mut ended = Vec::new();
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok(end) => ended.push(end),
            // A machine that panics breaks its contract; it does so here as it would without tasks.
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    ended.sort_unstable_by_key(|(place, ..)| *place);
    ended.into_iter().map(|(_, run, end)| (run, end)).collect()
}
