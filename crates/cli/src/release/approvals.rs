//! Approvals that are given elsewhere, while they are missing.

use super::screen::Screen;
use crate::args::Language;
use std::time::Duration;
use toban_durable::Run;
use toban_release_core::rollout::{Phase, Refused, Rollout};
use toban_release_core::{Approval, Approvals, take_approvals};

/// How long after a look the next one comes.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes them in until none is missing, beside what carries the release out. What is refused, and why nothing can be
/// seen, is said once.
pub(super) async fn take(
    mut run: Run<Rollout>,
    approvals: &dyn Approvals,
    screen: &Screen,
    language: Language,
) {
    let (mut refused, mut trouble) = (Vec::new(), None);
    while run.state().phase == Phase::Approving {
        match look(&mut run, approvals, &mut refused).await {
            Ok(news) => {
                for Refused { why, .. } in news {
                    screen.say(&match language {
                        Language::En => format!("an approval that was given elsewhere does not count: {why}"),
                        Language::Ja => format!("外部で与えられた承認は無効：{why}"),
                    });
                }
                trouble = None;
            }
            Err(why) => {
                if trouble.as_ref() != Some(&why) {
                    screen.say(&match language {
                        Language::En => format!("{why}; it is tried again"),
                        Language::Ja => format!("{why}。再試行する"),
                    });
                }
                trouble = Some(why);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Once: what was refused now, or why nothing could be seen or taken in.
async fn look(
    run: &mut Run<Rollout>,
    approvals: &dyn Approvals,
    refused: &mut Vec<Approval>,
) -> Result<Vec<Refused>, String> {
    run.refresh().await.map_err(|error| error.to_string())?;
    let Some(course) = &run.state().course else { return Ok(Vec::new()) };
    let given = approvals.given(&course.revision).await;
    let given = given.map_err(|error| format!("{error}: {}", error.source))?;
    take_approvals(run, &given, refused).await.map_err(|error| error.to_string())
}
