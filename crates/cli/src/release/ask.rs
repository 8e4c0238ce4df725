//! What people say to a release that is under way, from any process.

use super::{open, run::carry_back};
use crate::args::release::{Release, Said, Verdict, Which, YesNo};
use crate::failure::Failure;
use chrono::Utc;
use std::process::ExitCode;
use std::sync::Arc;
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{AskError, Run};
use toban_release_core::rollout::{Next, Phase, Request, Rollout, Ruled};
use toban_render::Language;
use toban_render::release::phase_words;

pub(super) async fn run(command: Release) -> Result<ExitCode, Failure> {
    let mut asked = Asked::new(command).await?;
    let since = asked.run.seq();
    match asked.run.ask(&asked.request).await {
        Ok(()) => {}
        Err(AskError::Refused(refused)) => {
            return Err(Failure::new(format_args!("{}: {refused}", asked.run.stream().name)));
        }
        Err(error) => return Err(error.into()),
    }
    println!(
        "{}: {}",
        asked.run.stream().name,
        phase_words(asked.run.state(), asked.run.now(), Language::En)
    );
    // Who calls a release back wants to see it come, whether or not its process is alive.
    match &asked.request {
        Request::Abort { .. } | Request::RollBack { .. } if !asked.run.is_over() => {
            carry_back(asked.journal, asked.run, since).await
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// A request, and to whom.
struct Asked {
    journal: Arc<SqliteJournal>,
    run: Run<Rollout>,
    request: Request,
}

impl Asked {
    async fn new(command: Release) -> Result<Self, Failure> {
        async fn to(which: &Which, request: impl FnOnce(&Run<Rollout>) -> Request) -> Result<Asked, Failure> {
            let (journal, run) = open(which).await?;
            let request = request(&run);
            Ok(Asked { journal, run, request })
        }
        async fn said(
            said: Said,
            request: impl FnOnce(&Run<Rollout>, String, String) -> Request,
        ) -> Result<Asked, Failure> {
            let Said { which, who, why } = said;
            to(&which, |run| request(run, who.by, why)).await
        }
        match command {
            Release::Approve(it) => {
                said(it, |run, by, why| {
                    let course = run.state().course.as_ref();
                    let revision = course.map(|course| course.revision.clone()).unwrap_or_default();
                    Request::Approve { by, revision, why }
                })
                .await
            }
            Release::Open(it) => said(it, |run, by, why| Request::Open { by, stage: stage(run), why }).await,
            Release::Promote(it) => {
                said(it, |run, by, why| Request::Promote { by, stage: stage(run), why }).await
            }
            Release::Pause(it) => said(it, |_, by, why| Request::Pause { by, why }).await,
            Release::Override(it) => said(it, |_, by, why| Request::Override { by, why }).await,
            Release::Abort(it) => said(it, |_, by, why| Request::Abort { by, why }).await,
            Release::Rollback(it) => said(it, |_, by, why| Request::RollBack { by, why }).await,
            Release::Continue(it) => to(&it.which, |_| Request::Resume { by: it.who.by }).await,
            Release::Retry(it) => to(&it.which, |_| Request::Retry { by: it.who.by }).await,
            Release::Answer(it) => {
                let is_done = it.done == YesNo::Yes;
                to(&it.which, |_| Request::Answer { by: it.who.by, is_done }).await
            }
            Release::Rule(it) => {
                let verdict = match it.verdict {
                    Verdict::Go => Ruled::Go,
                    Verdict::Hold => Ruled::Hold,
                    Verdict::Stop => Ruled::Stop,
                };
                let valid_until = Utc::now()
                    .checked_add_signed(it.valid_for)
                    .ok_or_else(|| Failure::new("--valid-for: nothing holds that long"))?;
                to(&it.which, |_| Request::Rule { verdict, valid_until }).await
            }
            _ => Err(Failure::new("this is nothing that a release is asked")),
        }
    }
}

/// The stage that is on, or waits: the one that whoever speaks has seen.
fn stage(run: &Run<Rollout>) -> usize {
    match run.state().phase {
        Phase::Soaking { stage, .. } | Phase::Ready(Next::Stage(stage)) => stage,
        _ => run.state().stage.unwrap_or(0),
    }
}
