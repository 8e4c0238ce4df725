//! Releases: looked at, begun, gone on with, asked, reported.

mod approvals;
mod ask;
mod check;
mod file;
mod heard;
mod plan;
mod replay;
mod report;
mod rivals;
mod run;
mod screen;
mod status;

use crate::args::release::{Release, Which};
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use toban_adapters::drive::SystemClock;
use toban_adapters::sqlite::SqliteJournal;
use toban_core::nearest;
use toban_durable::{Journal, Machine, Run, history};
use toban_release_core::rollout::{Event, Phase, Rollout};

pub(crate) fn run(command: Release) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Release::Plan(args) => plan::run(&args),
            Release::Replay(args) => replay::run(&args),
            Release::Check(args) => check::run(&args).await,
            Release::Run(args) => run::run(args).await,
            Release::Resume(args) => run::resume(args).await,
            Release::Status(args) => status::run(&args).await,
            Release::Report(args) => report::run(&args).await,
            other => ask::run(other).await,
        }
    })
}

/// A journal that is there.
fn journal(path: &Path) -> Result<Arc<SqliteJournal>, Failure> {
    if !path.exists() {
        return Err(Failure::new(format_args!("{}: there is no such journal", path.display())));
    }
    Ok(Arc::new(SqliteJournal::open(path)?))
}

/// The names of all releases in a journal.
async fn names(journal: &SqliteJournal) -> Result<Vec<String>, Failure> {
    const PAGE: usize = 256;
    let mut names: Vec<String> = Vec::new();
    loop {
        let page = journal.open_streams(Rollout::KIND, names.last().map(String::as_str), PAGE).await?;
        let is_last = page.len() < PAGE;
        names.extend(page.into_iter().map(|head| head.stream.name));
        if is_last {
            return Ok(names);
        }
    }
}

/// The release that is meant, and its journal.
async fn open(which: &Which) -> Result<(Arc<SqliteJournal>, Run<Rollout>), Failure> {
    let journal = journal(&which.kept.journal)?;
    let run = find(&journal, which).await?;
    Ok((journal, run))
}

async fn find(journal: &Arc<SqliteJournal>, which: &Which) -> Result<Run<Rollout>, Failure> {
    let mut meant = meant(journal, which).await?;
    match (meant.pop(), meant.is_empty()) {
        (Some(run), true) => Ok(run),
        (Some(run), false) => {
            let names: Vec<_> = meant.iter().chain([&run]).map(|run| run.stream().name.as_str()).collect();
            let path = which.kept.journal.display();
            Err(Failure::new(format_args!("{path}: name the release with --release: {}", names.join(", "))))
        }
        (None, _) => Err(Failure::new(format_args!("{}: no release is there", which.kept.journal.display()))),
    }
}

/// The releases that may be meant: the one of that name; else those that are under way; else the one that moved
/// last, whose end says what serves.
async fn meant(journal: &Arc<SqliteJournal>, which: &Which) -> Result<Vec<Run<Rollout>>, Failure> {
    let names = names(journal).await?;
    if let Some(name) = &which.release {
        if !names.contains(name) {
            return Err(no_release(&which.kept.journal, name, &names));
        }
        return Ok(vec![named(journal, name).await?]);
    }
    unnamed(journal, &names).await
}

/// Those of them that may be meant where none is named.
async fn unnamed(journal: &Arc<SqliteJournal>, names: &[String]) -> Result<Vec<Run<Rollout>>, Failure> {
    let mut runs = Vec::new();
    let mut damaged = None;
    for name in names {
        // A record that cannot be read keeps nobody from the others.
        match named(journal, name).await {
            Ok(run) => runs.push(run),
            Err(failure) => damaged = Some(failure),
        }
    }
    if let (Some(failure), true) = (damaged, runs.is_empty()) {
        return Err(failure);
    }
    if runs.iter().any(|run| !run.is_over()) {
        runs.retain(|run| !run.is_over());
        return Ok(runs);
    }
    // What was given up before anything was done says nothing of what serves.
    if runs.iter().any(|run| run.state().has_begun) {
        runs.retain(|run| run.state().has_begun);
    }
    let mut last = None;
    for run in runs {
        let moved = moved_at(journal, &run.stream().name).await?;
        if last.as_ref().is_none_or(|(before, _)| *before <= moved) {
            last = Some((moved, run));
        }
    }
    Ok(last.into_iter().map(|(_, run)| run).collect())
}

/// When a release was proposed.
async fn proposed_at(journal: &SqliteJournal, name: &str) -> Result<Option<DateTime<Utc>>, Failure> {
    let (history, _) = history::<Rollout>(journal, name).await?;
    Ok(history.entries.first().map(|entry| entry.at.wall))
}

/// When something last happened to a release itself; that people could not be told of it is nothing of the kind.
async fn moved_at(journal: &SqliteJournal, name: &str) -> Result<Option<DateTime<Utc>>, Failure> {
    let (history, _) = history::<Rollout>(journal, name).await?;
    let is_move = |event: &Event| !matches!(event, Event::Untold { .. });
    let last = history.entries.iter().rfind(|entry| entry.events.iter().any(is_move));
    Ok(last.map(|entry| entry.at.wall))
}

/// That a journal has no release of that name, and which one was likely meant.
fn no_release(journal: &Path, name: &str, names: &[String]) -> Failure {
    let path = journal.display();
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => Failure::new(format_args!(
            "{path}: there is no release {name}, did you mean {meant}? There is: {there}"
        )),
        None => Failure::new(format_args!("{path}: there is no release {name}; there is: {there}")),
    }
}

async fn named(journal: &Arc<SqliteJournal>, name: &str) -> Result<Run<Rollout>, Failure> {
    let journal: Arc<dyn Journal> = Arc::<SqliteJournal>::clone(journal);
    Ok(Run::open(journal, Arc::new(SystemClock::new()), name).await?)
}

/// How a release ended: 0 where the new version serves, 1 where it does not.
fn exit_code(phase: Phase) -> ExitCode {
    ExitCode::from(u8::from(phase != Phase::Done))
}
