//! Approvals that are given elsewhere, taken into a rollout.

use crate::port::Approval;
use crate::rollout::{Phase, Refused, Request, Rollout, Why};
use toban_durable::{AskError, Run};

/// Takes in what was given, as long as approvals are missing; says what was refused. What is in `refused` was before,
/// and is not asked for again; what is refused now is added to it.
///
/// Any process may do so, also beside the one that carries the release out: an approval counts once.
///
/// # Errors
/// When the journal fails. What was taken in before that, was.
pub async fn take_approvals(
    run: &mut Run<Rollout>,
    given: &[Approval],
    refused: &mut Vec<Approval>,
) -> Result<Vec<Refused>, AskError<Refused>> {
    let mut news = Vec::new();
    for approval in given {
        let state = run.state();
        if state.phase != Phase::Approving {
            break;
        }
        if state.approved.contains(&approval.by) || refused.contains(approval) {
            continue;
        }
        let Approval { by, revision, why } = approval.clone();
        let key = format!("approval of {revision} by {by}");
        match run.ask_once(&key, &Request::Approve { by, revision, why }).await {
            // Somebody was faster.
            Ok(_) | Err(AskError::Refused(Refused { why: Why::ApprovedBefore { .. } | Why::NotNow, .. })) => {
            }
            Err(AskError::Refused(why)) => {
                refused.push(approval.clone());
                news.push(why);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(news)
}
