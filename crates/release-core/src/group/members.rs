//! The members of a group, asked and heard through their own records.

use super::event::{Ask, Effect, Outcome, Request};
use super::state::Standing;
use super::{Group, Refused};
use crate::rollout::{self, Course, Rollout};
use std::sync::Arc;
use toban_core::Clock;
use toban_durable::{AskError, Journal, Run, RunError};

/// Where the rollouts of a group's members stand written.
#[derive(Clone, Debug)]
pub struct Members {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
}

impl Members {
    /// Those whose streams are in this journal.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>) -> Self {
        Self { journal, clock }
    }

    async fn open(&self, name: &str) -> Result<Run<Rollout>, RunError> {
        Run::open(Arc::clone(&self.journal), Arc::clone(&self.clock), name).await
    }

    /// Performs an order of a group. It may be repeated, by several processes at once, and come late: what a member was
    /// asked once it is not asked again. Announcements are the caller's.
    pub async fn ask(&self, effect: &Effect) -> Outcome {
        let Effect::Ask { group, name, course, ask, .. } = effect else { return Outcome::Told };
        match self.try_ask(group, name, course, ask).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed { why: error.to_string() },
        }
    }

    async fn try_ask(
        &self,
        group: &str,
        name: &str,
        course: &Course,
        ask: &Ask,
    ) -> Result<Outcome, AskError<rollout::Refused>> {
        let mut run = self.open(name).await?;
        let by = super::plan::named(group);
        let why = || String::from("what belongs together goes together");
        if matches!(ask, Ask::Begin | Ask::Recall) {
            let request = rollout::Request::Propose { course: Box::new(course.clone()), by: by.clone() };
            let refused = once(&mut run, &format!("{by}: propose"), &request).await?;
            if refused.is_some() && run.state().course.is_none() {
                return Ok(Outcome::Stands(Standing::Barred));
            }
        }
        // What stands in the stream for another release is none of the group's.
        if Standing::of(course, run.state()) == Standing::Barred {
            return Ok(Outcome::Stands(Standing::Barred));
        }
        match ask {
            Ask::Begin => {}
            Ask::Open(stage) => {
                let request = rollout::Request::Open { by: by.clone(), stage: *stage, why: why() };
                let refused = once(&mut run, &format!("{by}: open {stage}"), &request).await?;
                if let Some(why @ (rollout::Why::NotAnApprover { .. } | rollout::Why::IsAuthor { .. })) =
                    refused
                {
                    return Ok(Outcome::Failed { why: why.to_string() });
                }
            }
            Ask::Pause => {
                let request = rollout::Request::Pause { by: by.clone(), why: why() };
                once(&mut run, &format!("{by}: pause"), &request).await?;
            }
            Ask::Recall => {
                let (request, key) = if run.state().phase == rollout::Phase::Done {
                    (rollout::Request::RollBack { by: by.clone(), why: why() }, "roll back")
                } else {
                    (rollout::Request::Abort { by: by.clone(), why: why() }, "recall")
                };
                let refused = once(&mut run, &format!("{by}: {key}"), &request).await?;
                if let Some(rollout::Why::NoReturn { .. }) = refused {
                    return Ok(Outcome::NoReturn);
                }
            }
        }
        Ok(Outcome::Stands(Standing::of(course, run.state())))
    }

    /// Tells a group what its members have come to; says whether any of it was news. It is for whoever drives the
    /// members to call, after they have moved and after a restart.
    ///
    /// # Errors
    /// When a journal fails, or a record is damaged.
    pub async fn report(&self, group: &mut Run<Group>) -> Result<bool, AskError<Refused>> {
        group.refresh().await?;
        let Some(plan) = group.state().plan.clone() else { return Ok(false) };
        let before = group.seq();
        for (place, member) in plan.members.iter().enumerate() {
            let has_begun = |state: &super::MemberState| state.has_begun;
            if !group.state().members.get(place).is_some_and(has_begun) {
                continue;
            }
            let standing = Standing::of(&member.course, self.open(&member.name).await?.state());
            group.ask(&Request::Report { member: member.name.clone(), standing }).await?;
        }
        Ok(group.seq() > before)
    }
}

/// Asks a member; says why it refuses, unless it was granted, now or before.
async fn once(
    run: &mut Run<Rollout>,
    key: &str,
    request: &rollout::Request,
) -> Result<Option<rollout::Why>, AskError<rollout::Refused>> {
    match run.ask_once(key, request).await {
        Err(AskError::Refused(refused)) => Ok(Some(refused.why)),
        asked => asked.map(|_| None),
    }
}
