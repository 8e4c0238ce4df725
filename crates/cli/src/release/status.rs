//! `toban release status`: where a release stands.

use super::rivals::{Rival, rivals};
use super::run::process;
use super::{find, journal, meant, moved_at, names, unnamed};
use crate::args::release::Status;
use crate::args::{Language, TextFormat};
use crate::failure::Failure;
use crate::output;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;
use toban_adapters::drive::is_gone;
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{Claim, Machine, Now, Run, history};
use toban_release_core::analysis::{Measured, Moment};
use toban_release_core::rollout::{Back, Course, Effect, Event, Hold, Part, Phase, Rollout, State};
use toban_render::release::{ended_words, hold_words, order_words, phase_words, record_words, untold};

/// What a person is told of a release that no process carries out, where there is something to carry out.
pub(super) async fn left(
    journal: &SqliteJournal,
    run: &Run<Rollout>,
    language: Language,
) -> Result<Option<&'static str>, Failure> {
    if run.is_over() || holder(journal, run).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(match (Rollout::is_over(run.state()), language) {
        (false, Language::En) => "nobody carries it out: toban release resume",
        (false, Language::Ja) => "実行しているプロセスがない：toban release resume",
        (true, Language::En) => "not everybody has been told of it: toban release resume",
        (true, Language::Ja) => "まだ通知できていないものがある：toban release resume",
    }))
}

/// The process that carries it out. A claim lasts longer than a process that was killed: who takes over knows that it is
/// dead, and so does this.
pub(super) async fn holder(journal: &SqliteJournal, run: &Run<Rollout>) -> Result<Option<Claim>, Failure> {
    let holder = journal.holder(&run.stream().scope(), run.now().wall).await?;
    Ok(holder.filter(|claim| !is_gone(&claim.owner)))
}

/// What went wrong last, in words, while a release is under way or goes back.
async fn last_trouble(
    journal: &SqliteJournal,
    run: &Run<Rollout>,
    language: Language,
) -> Result<Option<(DateTime<Utc>, String)>, Failure> {
    if Rollout::is_over(run.state()) {
        return Ok(None);
    }
    let (history, _) = history::<Rollout>(journal, &run.stream().name).await?;
    let is_trouble = |event: &Event| match event {
        Event::Broke { .. } | Event::Faltered { .. } | Event::Stuck { .. } | Event::Troubled { .. } => true,
        // That a person wants it back is no trouble.
        Event::TurnedBack { cause, .. } => cause.is_automatic(),
        Event::Measured { judged, .. } => matches!(judged.measured, Measured::Error | Measured::Failure),
        _ => false,
    };
    let words = record_words(&history.entries, language.into());
    let last = words.into_iter().rfind(|(_, event, _)| is_trouble(event));
    Ok(last.map(|(entry, _, words)| (entry.at.wall, words)))
}

/// What is tried again: what it is, and the attempt that runs or comes next.
fn retries(run: &Run<Rollout>, language: Language) -> Vec<(String, u32)> {
    let course = run.state().course.as_deref();
    let again = run.open_orders().filter(|order| order.attempt > 1);
    // A measurement is one of many, and each of them an attempt.
    let again = again.filter(|order| !matches!(order.effect, Effect::Measure { .. }));
    let told = |effect: &Effect| {
        let words = order_words(effect, course, language.into());
        // A message is called by what it tells of, and that is not tried again.
        match (effect, language) {
            (Effect::Announce(_), Language::En) => format!("the telling of: {words}"),
            (Effect::Announce(_), Language::Ja) => format!("通知：{words}"),
            _ => words,
        }
    };
    again.map(|order| (told(order.effect), order.attempt)).collect()
}

/// What a person may type to answer what is waited for, the likeliest first; nothing where nobody is.
pub(super) fn answers(state: &State, now: Now) -> Vec<String> {
    let said = |what: &str| format!("{what} --by PERSON --why TEXT");
    let step = |part, done| Some(said(&format!("answer --step '{}' --done {done}", state.name(part)?)));
    let giving_up = || {
        let abort = (!state.is_past_return).then(|| said("abort"));
        abort.into_iter().chain((state.has_begun && !state.is_past_return).then(|| said("rollback")))
    };
    match (state.phase, state.holds(now).first()) {
        (Phase::Approving, _) => vec![said("approve")],
        (Phase::Asking(about), _) => step(about.part(), "yes|no").into_iter().collect(),
        (Phase::Broken(next), _) => step(Part::Next(next), "yes|no").into_iter().collect(),
        // What shows that the old version works has to pass.
        (Phase::Stuck(Back::Verify(_)), _) => vec![said("retry")],
        (Phase::Stuck(back), _) => [said("retry")].into_iter().chain(step(Part::Back(back), "yes")).collect(),
        (Phase::Soaking { .. }, Some(Hold::Check(_))) if state.troubles().next().is_none() => Vec::new(),
        (_, Some(Hold::Paused)) => vec![said("continue")],
        (_, Some(Hold::Check(_))) => [said("continue")].into_iter().chain(giving_up()).collect(),
        (_, Some(Hold::Gate(stage))) => vec![said(&format!("open --stage {}", stage + 1))],
        (Phase::Ready(_), Some(Hold::Late(_))) => [said("override")].into_iter().chain(giving_up()).collect(),
        (Phase::Soaking { stage, .. }, None) if state.is_overdue => {
            let promote = said(&format!("promote --stage {}", stage + 1));
            [promote].into_iter().chain(giving_up()).collect()
        }
        (Phase::Ready(_), Some(Hold::Budget)) => vec![said("rule --verdict go --valid-for 1h")],
        _ => Vec::new(),
    }
}

/// Where a release stands, in words. What ended and was followed by another one says no more what serves: it is told as
/// it was then, and the release that says so now comes with it.
pub(super) async fn stands(
    journal: &Arc<SqliteJournal>,
    run: &Run<Rollout>,
    language: Language,
) -> Result<(String, Option<Run<Rollout>>), Failure> {
    let (state, now) = (run.state(), run.now());
    let since = match (&state.course, Rollout::is_over(state)) {
        (Some(course), true) => followed_by(journal, run, course).await?,
        _ => None,
    };
    let words = if since.is_some() { ended_words } else { phase_words };
    Ok((words(state, now, language.into()), since))
}

/// The release of the same service to the same environment that moved last, where that is another one.
async fn followed_by(
    journal: &Arc<SqliteJournal>,
    run: &Run<Rollout>,
    course: &Course,
) -> Result<Option<Run<Rollout>>, Failure> {
    let mut last = (moved_at(journal, &run.stream().name).await?, None);
    for Rival { name, record } in rivals(journal, &run.stream().name, course).await? {
        // What cannot be read, and what never moved, says nothing of what serves.
        let Some(rival) = record.ok().filter(|rival| rival.state().has_begun) else { continue };
        let moved = moved_at(journal, &name).await?;
        if last.0 < moved {
            last = (moved, Some(rival));
        }
    }
    Ok(last.1)
}

pub(super) async fn run(args: &Status) -> Result<ExitCode, Failure> {
    let journal = journal(&args.which.kept.journal)?;
    if args.shape.format == TextFormat::Table {
        let runs = meant(&journal, &args.which).await?;
        if runs.len() > 1 {
            let line = |run: &Run<Rollout>| {
                let words = phase_words(run.state(), run.now(), args.shape.lang.into());
                format!("{}: {words}\n", run.stream().name)
            };
            output::write(&runs.iter().map(line).collect::<String>(), &args.shape.output)?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    let run = find(&journal, &args.which).await?;
    let (state, now, name) = (run.state(), run.now(), &run.stream().name);
    let (language, holder) = (args.shape.lang, holder(&journal, &run).await?);
    let (words, since) = stands(&journal, &run, language).await?;
    let trouble = last_trouble(&journal, &run, language).await?;
    let holds: Vec<_> = hold_words(state, now, language.into());
    let text = match args.shape.format {
        TextFormat::Table => {
            let mut lines = vec![format!("{name}: {words}")];
            lines.extend(since.map(|since| {
                let words = phase_words(since.state(), since.now(), language.into());
                let name = &since.stream().name;
                match language {
                    Language::En => format!("since then {name}: {words}"),
                    Language::Ja => format!("その後の{name}：{words}"),
                }
            }));
            lines.extend(trouble.map(|(at, words)| match language {
                Language::En => format!("last trouble, {}: {words}", at.format("%F %T UTC")),
                Language::Ja => format!("最後の問題（{}）：{words}", at.format("%F %T UTC")),
            }));
            lines.extend(retries(&run, language).iter().map(|(what, attempt)| match language {
                Language::En => format!("tried again: {what}, attempt {attempt}"),
                Language::Ja => format!("再試行：{what}（{attempt}回目）"),
            }));
            lines.extend(holder.as_ref().map(|claim| {
                let (process, before) = (process(&claim.owner, language), claim.epoch.0.saturating_sub(1));
                match (language, before) {
                    (Language::En, 0) => format!("carried out by {process}"),
                    (Language::En, 1) => format!("carried out by {process}, after another one"),
                    (Language::En, before) => format!("carried out by {process}, after {before} others"),
                    (Language::Ja, 0) => format!("実行：{process}"),
                    (Language::Ja, before) => format!("実行：{process}（交代{before}回）"),
                }
            }));
            if state.course.as_ref().is_some_and(|course| course.programs.tell.is_none()) && !run.is_over() {
                lines.push(untold(language.into()).to_owned());
            }
            // Where several are under way, what is typed names the one that is meant.
            let is_alone = unnamed(&journal, &names(&journal).await?).await?.len() == 1;
            let of = if is_alone { String::new() } else { format!(" --release {name}") };
            lines.extend(answers(state, now).iter().map(|answer| format!("toban release {answer}{of}")));
            lines.extend(left(&journal, &run, language).await?.map(str::to_owned));
            lines.join("\n") + "\n"
        }
        TextFormat::Json => {
            let checks = state.watched().filter_map(|(place, watch)| {
                let check = state.course.as_ref()?.checks.get(place)?;
                let stands = state.assess(place, Moment::During)?;
                Some(json!({ "name": check.name(), "phase": stands.phase, "said": watch.tally.said() }))
            });
            let checks: Vec<_> = checks.collect();
            let course = state.course.as_ref();
            json!({
                "schema": "toban.release.status/1",
                "release": name,
                "phase": state.phase.name(),
                "is_over": run.is_over(),
                "is_left": left(&journal, &run, language).await?.is_some(),
                "carried_out_by": holder.map(|claim| json!({ "owner": claim.owner, "epoch": claim.epoch.0 })),
                "cause": state.cause.as_ref().map(|(cause, _)| cause),
                "forward_fix": course.filter(|_| state.is_past_return).and_then(|course| course.no_return.as_ref()).map(|last| &last.forward_fix),
                "last_trouble": trouble.map(|(at, words)| json!({ "at": at, "words": words })),
                "retries": retries(&run, language).iter().map(|(what, attempt)| json!({ "what": what, "attempt": attempt })).collect::<Vec<_>>(),
                "tells": course.map(|course| course.programs.tell.is_some()),
                "asks": answers(state, now),
                "words": words,
                "followed_by": since.as_ref().map(|since| &since.stream().name),
                "from": course.map(|course| &course.from),
                "to": course.map(|course| &course.to),
                "revision": course.map(|course| &course.revision),
                "stage": state.stage.map(|stage| stage + 1),
                "stages": course.map(|course| course.stages().len()),
                "weight": state.routed.as_percent(),
                "approved": state.approved,
                "holds": holds,
                "checks": checks,
                "head": run.hash().to_string(),
            })
            .to_string()
                + "\n"
        }
    };
    output::write(&text, &args.shape.output)?;
    Ok(ExitCode::SUCCESS)
}
