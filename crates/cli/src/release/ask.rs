//! What people say to a release that is under way, from any process.

use super::rivals::{Rival, Word, rivals};
use super::screen::print;
use super::status::{answers, left};
use super::{open, proposed_at, run::carry_back};
use crate::args::Language;
use crate::args::release::{Approve, AtStage, By, Override, Release, Said, Shown, Verdict, Which, YesNo};
use crate::failure::{Failure, one_line};
use chrono::{DateTime, TimeDelta, Utc};
use std::process::ExitCode;
use std::sync::Arc;
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{AskError, Machine, Run, RunError};
use toban_release_core::rollout::{Course, Part, Phase, Refused, Request, Rollout, Ruled};
use toban_render::release::phase_words;

pub(super) async fn run(command: Release) -> Result<ExitCode, Failure> {
    let mut asked = Asked::new(command).await?;
    let since = asked.run.seq();
    // What is done already begins again, and none of the others may be under way.
    let word = match (&asked.request, asked.run.state().course.clone()) {
        (Request::RollBack { .. }, Some(course)) => {
            let word = Word::take(&asked.journal, &course).await?;
            asked.run.refresh().await?;
            if asked.run.state().phase == Phase::Done
                && let Some(why) = in_the_way(&asked, &course).await?
            {
                word.give_up().await?;
                return Err(Failure::new(why));
            }
            Some(word)
        }
        _ => None,
    };
    let answer = asked.run.ask(&asked.request).await;
    if let Some(word) = word {
        word.give_up().await?;
    }
    match answer {
        Ok(()) => {}
        Err(AskError::Refused(refused)) => {
            let (name, Refused { request, phase, .. }) = (&asked.run.stream().name, &refused);
            let (request, reason) = (as_said(request), refused.reason());
            return Err(Failure::new(format_args!(
                "{name}: {request} is refused while the rollout is {phase}: {reason}"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    let words = phase_words(asked.run.state(), asked.run.now(), asked.language.into());
    print(&format!("{}: {words}", asked.run.stream().name));
    // Who calls a release back wants to see it come, whether or not its process is alive.
    match &asked.request {
        Request::Abort { .. } | Request::RollBack { .. } if !asked.run.is_over() => {
            carry_back(asked.journal, asked.run, since, asked.language).await
        }
        _ => {
            if let Some(left) = left(&asked.journal, &asked.run, asked.language).await? {
                print(left);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Why a release that is done is not rolled back: what it would lead back from is not there any more, or another one is
/// about to move.
async fn in_the_way(asked: &Asked, course: &Course) -> Result<Option<String>, Failure> {
    let name = &asked.run.stream().name;
    let proposed = proposed_at(&asked.journal, name).await?;
    for Rival { name: other, record } in rivals(&asked.journal, name, course).await? {
        let rival = match record {
            Ok(rival) => rival,
            Err(error @ RunError::TooNew { .. }) => {
                let error = one_line(&error);
                return Ok(Some(format!(
                    "{name}: {other} may be under way, carried out by a newer build of this command: {error}"
                )));
            }
            // A record that nobody can read keeps no old version from coming back.
            Err(error) => {
                eprintln!("warning: {other} is left out of account: {}", one_line(&error));
                continue;
            }
        };
        if !Rollout::is_over(rival.state()) {
            return Ok(Some(format!("{name}: {other} is under way: abort it first, or supersede it")));
        }
        let is_later = proposed < proposed_at(&asked.journal, &other).await?;
        if is_later
            && rival.state().has_begun
            && !matches!(rival.state().phase, Phase::RolledBack | Phase::Aborted)
        {
            return Ok(Some(format!("{name}: {other} came after it and is not rolled back")));
        }
    }
    Ok(None)
}

/// What a person calls a request here.
fn as_said(request: &'static str) -> &'static str {
    match request {
        "resume" => "continue",
        "roll back" => "rollback",
        request => request,
    }
}

/// A request, and to whom.
struct Asked {
    journal: Arc<SqliteJournal>,
    run: Run<Rollout>,
    request: Request,
    language: Language,
}

impl Asked {
    async fn new(command: Release) -> Result<Self, Failure> {
        async fn to(
            which: &Which,
            shown: &Shown,
            request: impl FnOnce(&Run<Rollout>) -> Request,
        ) -> Result<Asked, Failure> {
            let (journal, run) = open(which).await?;
            let request = request(&run);
            Ok(Asked { journal, run, request, language: shown.lang })
        }
        async fn said(
            said: Said,
            request: impl FnOnce(&Run<Rollout>, String, String) -> Request,
        ) -> Result<Asked, Failure> {
            let Said { by: By { which, by, shown }, why } = said;
            to(&which, &shown, |run| request(run, by.to_string(), why)).await
        }
        match command {
            Release::Approve(Approve { said: it, revision }) => {
                said(it, |run, by, why| Request::Approve { by, revision: meant(run, revision), why }).await
            }
            Release::Open(AtStage { said: it, stage }) => {
                let stage = usize::from(stage) - 1;
                said(it, |_, by, why| Request::Open { by, stage, why }).await
            }
            Release::Promote(AtStage { said: it, stage }) => {
                let stage = usize::from(stage) - 1;
                said(it, |_, by, why| Request::Promote { by, stage, why }).await
            }
            Release::Pause(it) => said(it, |_, by, why| Request::Pause { by, why }).await,
            Release::Override(Override { said: it, length }) => {
                let until = from_now(length, "--for")?;
                said(it, |_, by, why| Request::Override { by, why, until }).await
            }
            Release::Abort(it) => said(it, |_, by, why| Request::Abort { by, why }).await,
            Release::Rollback(it) => said(it, |_, by, why| Request::RollBack { by, why }).await,
            Release::Continue(it) => said(it, |_, by, why| Request::Resume { by, why }).await,
            Release::Retry(it) => said(it, |_, by, why| Request::Retry { by, why }).await,
            Release::Answer(it) => {
                let Said { by: By { which, by, shown }, why } = it.said;
                let (journal, run) = open(&which).await?;
                let (by, about) = (by.to_string(), asked_about(&run, &it.step)?);
                let request = Request::Answer { by, about, why, is_done: it.done == YesNo::Yes };
                Ok(Asked { journal, run, request, language: shown.lang })
            }
            Release::Supersede(it) => {
                to(&it.by.which, &it.by.shown, |_| Request::Supersede {
                    by: it.by.by.to_string(),
                    // As the plan and the record have it.
                    revision: format!("sha256:{}", it.revision),
                })
                .await
            }
            Release::Rule(it) => {
                let verdict = match it.verdict {
                    Verdict::Go => Ruled::Go,
                    Verdict::Hold => Ruled::Hold,
                    Verdict::Stop => Ruled::Stop,
                };
                let valid_until = from_now(it.valid_for, "--valid-for")?;
                let as_of = it.as_of.unwrap_or_else(Utc::now);
                said(it.said, |_, by, why| Request::Rule { by, why, verdict, as_of, valid_until }).await
            }
            _ => Err(Failure::new("this is nothing that a release is asked")),
        }
    }
}

fn from_now(length: TimeDelta, option: &str) -> Result<DateTime<Utc>, Failure> {
    let until = Utc::now().checked_add_signed(length);
    until.ok_or_else(|| Failure::new(format_args!("{option}: nothing holds that long")))
}

/// The step that is asked about, where it goes by that name.
fn asked_about(run: &Run<Rollout>, step: &str) -> Result<Part, Failure> {
    let part = match run.state().phase {
        Phase::Asking(about) => about.part(),
        Phase::Broken(next) => Part::Next(next),
        Phase::Stuck(back) => Part::Back(back),
        _ => {
            let (name, words) =
                (&run.stream().name, phase_words(run.state(), run.now(), Language::En.into()));
            return Err(Failure::new(format_args!("{name}: nothing is asked about now: {words}")));
        }
    };
    match run.state().name(part) {
        Some(name) if name == step => Ok(part),
        name => {
            let answers = answers(run.state(), run.now());
            let how = answers.iter().find(|answer| answer.starts_with("answer "));
            let how = how.map(|answer| format!(": toban release {answer}")).unwrap_or_default();
            Err(Failure::new(format_args!(
                "{}: --step {step}: what is asked about is {}{how}",
                run.stream().name,
                name.unwrap_or_default()
            )))
        }
    }
}

/// The revision that whoever approves has looked at: the one on record where nothing is said, or where what is said is
/// the beginning of it. Any other one is refused, with both.
fn meant(run: &Run<Rollout>, looked_at: Option<String>) -> String {
    let on_record = run.state().course.as_ref().map(|course| course.revision.clone()).unwrap_or_default();
    let digits = on_record.rsplit(':').next().unwrap_or_default();
    match looked_at {
        Some(looked_at) if !digits.starts_with(&looked_at) => looked_at,
        _ => on_record,
    }
}
