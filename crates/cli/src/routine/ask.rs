//! What people say of tasks and firings, from any process.

use super::{book, tasks, unknown};
use crate::args::Language;
use crate::args::routine::{
    Backfill, Done, HappenedToTask, OfFiring, OfTask, Routine, SaidOfFiring, SaidOfTask,
};
use crate::failure::Failure;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::io::Write;
use std::process::ExitCode;
use toban_core::{Interval, Text};
use toban_durable::{AskError, Run};
use toban_render::routine::phase_line;
use toban_routine::firing::{Occasion, Request, State, Why};
use toban_routine::{Advanced, Book, BookError, Damage, Firing, FiringId, TaskId, schedule};

pub(super) async fn run(command: Routine) -> Result<ExitCode, Failure> {
    match command {
        Routine::Done(args) => done(args).await,
        Routine::Waive(args) => say(args, |by, why| Request::Waive { by, why }).await,
        Routine::Fail(args) => match written_off(&args).await? {
            Some(code) => Ok(code),
            None => say(args, |by, why| Request::Fail { by, why }).await,
        },
        Routine::Retry(args) => say(args, |by, why| Request::Retry { by, why }).await,
        Routine::Block(args) => say(args, |by, why| Request::Block { by, why }).await,
        Routine::Unblock(args) => say(args, |by, why| Request::Unblock { by, why }).await,
        Routine::Cancel(args) => say(args, |by, why| Request::End { is_at_once: false, by, why }).await,
        Routine::Terminate(args) => say(args, |by, why| Request::End { is_at_once: true, by, why }).await,
        Routine::Now(SaidOfTask { of, why }) => {
            let occasion = Occasion::Now { by: of.by.to_string(), why };
            begin(&of, occasion).await
        }
        Routine::Event(HappenedToTask { of, what }) => {
            is_started_by_events(&of).await?;
            let occasion = Occasion::Event { by: of.by.to_string(), what };
            begin(&of, occasion).await
        }
        Routine::Backfill(args) => backfill(args).await,
        Routine::Pause(SaidOfTask { of, why }) => {
            let request = schedule::Request::Pause { by: of.by.to_string(), why };
            ask(&of, &request).await?;
            print(&format!(
                "{}: {}",
                of.task,
                if of.lang == Language::En { "paused" } else { "一時停止した" }
            ));
            Ok(ExitCode::SUCCESS)
        }
        Routine::Continue(SaidOfTask { of, why }) => {
            let request = schedule::Request::Continue { by: of.by.to_string(), why };
            ask(&of, &request).await?;
            print(&format!(
                "{}: {}",
                of.task,
                if of.lang == Language::En { "it goes on" } else { "再開した" }
            ));
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::new("nothing is asked")),
    }
}

fn print(text: &str) {
    // Who does not listen any more needs no answer.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

async fn say(
    args: SaidOfFiring,
    request: impl FnOnce(String, String) -> Request,
) -> Result<ExitCode, Failure> {
    let book = book(&args.of.kept.journal)?;
    let (id, run) = firing(&book, &args.of).await?;
    asked(&args.of, &id, run, &request(args.of.by.to_string(), args.why)).await
}

/// Of a firing that cannot be read its task can be told; `None` where it is none.
async fn written_off(args: &SaidOfFiring) -> Result<Option<ExitCode>, Failure> {
    let Ok(FiringId { task, nominal }) = args.of.firing.parse() else { return Ok(None) };
    let book = book(&args.of.kept.journal)?;
    let read = book.firing(&FiringId { task: task.clone(), nominal }).await;
    if !read.is_err_and(|error| Damage::of(&error).is_some()) {
        return Ok(None);
    }
    let (by, why) = (args.of.by.to_string(), args.why.clone());
    let request = schedule::Request::WriteOff { nominal, by, why };
    book.ask(&task, &request).await.map_err(|error| Failure::about(&args.of.firing, &error))?;
    print(&format!(
        "{}: {}",
        args.of.firing,
        match args.of.lang {
            Language::En => "it cannot be read; its task goes on without it",
            Language::Ja => "記録を読めないため、この回なしで作業を続ける",
        }
    ));
    Ok(Some(ExitCode::SUCCESS))
}

async fn done(args: Done) -> Result<ExitCode, Failure> {
    let Done { of, met, all_met, evidence } = args;
    let book = book(&of.kept.journal)?;
    let (id, run) = firing(&book, &of).await?;
    let count = run.state().conditions().len();
    let place = |number: &u32| usize::try_from(*number).unwrap_or(usize::MAX) - 1;
    let conditions = if all_met { (0..count).collect() } else { met.iter().map(place).collect() };
    asked(&of, &id, run, &Request::Done { by: of.by.to_string(), conditions, evidence }).await
}

/// Asks a firing, and says where it stands then.
async fn asked(
    of: &OfFiring,
    id: &FiringId,
    mut run: Run<Firing>,
    request: &Request,
) -> Result<ExitCode, Failure> {
    match run.ask(request).await {
        Ok(()) => {
            print(&format!("{id}: {}", phase_line(run.state(), of.lang.into())));
            Ok(ExitCode::SUCCESS)
        }
        Err(AskError::Refused(refused)) => {
            let met = match refused.why {
                Why::Conditions { .. } => conditions(run.state(), of.lang),
                _ => String::new(),
            };
            Err(Failure::new(format_args!("{id}: {refused}{met}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// What counts as done, each with the number that `--met` takes.
fn conditions(state: &State, language: Language) -> String {
    let pick = |text: &Text| if language == Language::En { text.en.clone() } else { text.ja.clone() };
    let numbered = state.conditions().iter().zip(1..);
    let lines = numbered.map(|(condition, number)| format!("\n  {number}. {}", pick(condition)));
    let say = match language {
        Language::En => "\nsay `--met NUMBER` for each that is, or `--all-met`:",
        Language::Ja => "\n満たしたものを`--met 番号`で、すべてなら`--all-met`で指定する：",
    };
    format!("{say}{}", lines.collect::<String>())
}

/// The firing that is meant: the one of that name, or the only one of a task that is under way.
async fn firing(book: &Book, of: &OfFiring) -> Result<(FiringId, Run<Firing>), Failure> {
    let id = match of.firing.parse::<FiringId>() {
        Ok(id) => id,
        Err(error) => {
            let Ok(task) = of.firing.parse::<TaskId>() else { return Err(Failure::from_error(&error)) };
            let run = tasks(book, std::slice::from_ref(&task)).await?.pop();
            let running = run.map(|run| run.state().running.clone()).unwrap_or_default();
            let names: Vec<_> =
                running.iter().map(|fired| FiringId { task: task.clone(), nominal: fired.nominal }).collect();
            match names.as_slice() {
                [one] => one.clone(),
                [] => return Err(Failure::new(format_args!("no firing of {task} is under way"))),
                several => {
                    let several: Vec<_> = several.iter().map(ToString::to_string).collect();
                    return Err(Failure::new(format_args!("name one of them: {}", several.join(", "))));
                }
            }
        }
    };
    let run = book.firing(&id).await?;
    if run.seq() == 0 {
        return Err(Failure::new(format_args!("there is no firing {id}")));
    }
    Ok((id, run))
}

/// Lets a task begin now: its time is this second, or the last one before it that neither a firing nor its rule has. Those
/// to come are left to the rule.
async fn begin(of: &OfTask, occasion: Occasion) -> Result<ExitCode, Failure> {
    let book = book(&of.kept.journal)?;
    let run = tasks(&book, std::slice::from_ref(&of.task)).await?.pop();
    let scheduled = run.as_ref().and_then(|run| run.state().scheduled());
    let mut nominal = Utc::now().trunc_subsecs(0);
    for _ in 0..MOST_BACK {
        let is_of_rule = scheduled.is_some_and(|scheduled| scheduled.recurrence.contains(nominal));
        let is_taken =
            is_of_rule || book.firing(&FiringId { task: of.task.clone(), nominal }).await?.seq() > 0;
        if !is_taken {
            break;
        }
        nominal -= TimeDelta::seconds(1);
    }
    let advanced = ask(of, &schedule::Request::Run { times: vec![nominal], occasion }).await?;
    tell(of, &[nominal], &advanced);
    Ok(ExitCode::SUCCESS)
}

/// An event starts tasks that say which do.
async fn is_started_by_events(of: &OfTask) -> Result<(), Failure> {
    let run = tasks(&book(&of.kept.journal)?, std::slice::from_ref(&of.task)).await?.pop();
    let plan = run.as_ref().and_then(|run| run.state().plan());
    if plan.is_some_and(|plan| plan.task.on_events.is_empty()) {
        let why = "no event starts it: it has no `on_events`; `toban routine now` lets it begin";
        return Err(Failure::new(format_args!("{}: {why}", of.task)));
    }
    Ok(())
}

/// How far back a second is looked for that is free, in seconds.
const MOST_BACK: u32 = 10_000;

async fn backfill(args: Backfill) -> Result<ExitCode, Failure> {
    let Backfill { of, why, from, until, dry_run } = args;
    let book = book(&of.kept.journal)?;
    let run = tasks(&book, std::slice::from_ref(&of.task)).await?.pop();
    let now = Utc::now();
    let until = until.unwrap_or(now);
    if until > now {
        return Err(Failure::new("what is to come is left to its rule: `--until` is at most now"));
    }
    let within = Interval::new(from, until).map_err(|error| Failure::from_error(&error))?;
    let scheduled = run.as_ref().and_then(|run| run.state().scheduled());
    let Some(scheduled) = scheduled else {
        return Err(Failure::new(format_args!("{} has no times of its own", of.task)));
    };
    let most = schedule::MOST_ASKED;
    let mut missing = Vec::new();
    for nominal in scheduled.recurrence.between(within) {
        if book.firing(&FiringId { task: of.task.clone(), nominal }).await?.seq() == 0 {
            missing.push(nominal);
        }
        if missing.len() > most {
            return Err(Failure::new(format_args!(
                "more than {most} times of this stretch have no firing: make up for a shorter one first"
            )));
        }
    }
    if missing.is_empty() {
        print("each of its times in this stretch has a firing already");
        return Ok(ExitCode::SUCCESS);
    }
    if dry_run {
        for nominal in missing {
            print(&FiringId { task: of.task.clone(), nominal }.to_string());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let occasion = Occasion::Backfill { by: of.by.to_string(), why };
    let advanced = ask(&of, &schedule::Request::Run { times: missing.clone(), occasion }).await?;
    tell(&of, &missing, &advanced);
    Ok(ExitCode::SUCCESS)
}

/// What has begun, and what waits.
fn tell(of: &OfTask, asked: &[DateTime<Utc>], advanced: &Advanced) {
    for nominal in asked {
        let id = FiringId { task: of.task.clone(), nominal: *nominal };
        let words = match (advanced.begun.contains(&id), of.lang) {
            (true, Language::En) => "it has begun",
            (true, Language::Ja) => "開始した",
            (false, Language::En) => "it waits",
            (false, Language::Ja) => "待っている",
        };
        print(&format!("{id}: {words}"));
    }
}

async fn ask(of: &OfTask, request: &schedule::Request) -> Result<Advanced, Failure> {
    let book = book(&of.kept.journal)?;
    match book.ask(&of.task, request).await {
        Ok(advanced) => Ok(advanced),
        Err(BookError::Task(AskError::Refused(refused))) if refused.why == schedule::Why::NoPlan => {
            Err(unknown(&of.task, &book.tasks().await?))
        }
        Err(BookError::Task(AskError::Refused(refused))) => {
            Err(Failure::new(format_args!("{}: {refused}", of.task)))
        }
        Err(error) => Err(Failure::from_error(&error)),
    }
}
