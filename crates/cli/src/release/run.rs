//! `toban release run` and `toban release resume`: a release is carried out.

use super::file::PlanFile;
use super::heard::Heard;
use super::rivals::{Rival, Word, rivals};
use super::screen::{Screen, complain, print};
use super::status::{holder, stands};
use super::{approvals, check, exit_code, named, open};
use crate::args::Language;
use crate::args::release;
use crate::asked_to_end::AskedToEnd;
use crate::failure::{Failure, one_line};
use crate::sources::prometheus::with_credentials;
use console::Term;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use toban_adapters::drive::{End, Options, SystemClock, WhenHeld, drive, owner};
use toban_adapters::prometheus::Prometheus;
use toban_adapters::release::Programs;
use toban_adapters::sqlite::SqliteJournal;
use toban_core::{Ruling, Verdict};
use toban_durable::{AskError, Machine, Run, RunError, Seq};
use toban_release_core::Ports;
use toban_release_core::plan::Plan;
use toban_release_core::rollout::{Course, Request, Rollout};
use toban_render::Style;
use toban_render::release::{ruling_text, untold};

pub(super) async fn run(args: release::Run) -> Result<ExitCode, Failure> {
    let file = PlanFile::read(&args.plan)?;
    let plan = file.plan()?;
    let course = file.course(&plan)?;
    let name = args.release.map_or_else(|| name(&plan), Ok)?;
    if args.kept.journal.exists() {
        let journal = Arc::new(SqliteJournal::open(&args.kept.journal)?);
        is_new(&journal, &named(&journal, &name).await?, args.shown.lang).await?;
    }
    let ruling = check::may_begin(&file, &plan, Some(&course), &args.seen, &args.kept.journal).await?;
    if ruling.verdict != Verdict::Go && args.despite.is_none() {
        let (_, columns) = Term::stderr().size();
        eprint!("{}", ruling_text(&ruling, columns.clamp(60, 200), Style::Plain, args.shown.lang.into()));
        eprintln!(
            "{}",
            match args.shown.lang {
                Language::En => "\nnothing was begun; `--despite WHY` begins it all the same, for the record",
                Language::Ja => "\n何も開始していない。`--despite 理由`で、記録を残して開始できる",
            }
        );
        return Ok(ExitCode::from(1));
    }
    let folder = args.plan.canonicalize()?.parent().map(|folder| folder.display().to_string());
    let mut course = Course { grounds: grounds(&ruling, args.despite.as_deref()), ..course };
    course.programs.folder = folder;
    let by = args.by.as_ref().unwrap_or(plan.author()).to_string();
    let journal = Arc::new(SqliteJournal::open(&args.kept.journal)?);
    let mut run = named(&journal, &name).await?;
    is_new(&journal, &run, args.shown.lang).await?;
    let tells = course.programs.tell.is_some();
    let word = Word::take(&journal, &course).await?;
    let proposed = propose(&journal, &mut run, course, by, args.despite.is_some()).await;
    word.give_up().await?;
    proposed?;
    if !tells {
        complain(untold(args.shown.lang.into()));
    }
    carry_out(journal, run, 0, args.shown.lang).await
}

/// A release is begun once.
async fn is_new(journal: &Arc<SqliteJournal>, run: &Run<Rollout>, language: Language) -> Result<(), Failure> {
    if run.seq() == 0 {
        return Ok(());
    }
    let (stands, _) = stands(journal, run, language).await?;
    let what = match holder(journal, run).await? {
        _ if run.is_over() => "another one needs another name: `--release`".to_owned(),
        Some(claim) => {
            let by = process(&claim.owner, Language::En);
            format!("{by} carries it out, `toban release status` shows it")
        }
        None => "`toban release resume` goes on with it".to_owned(),
    };
    let (name, journal) = (&run.stream().name, journal.path().display());
    Err(Failure::new(format_args!("{name} is in {journal} already ({stands}): {what}")))
}

/// Proposes it, where no other release of the service to the environment is under way: one at a time. What cannot be read
/// may be; it is passed over where somebody says why, unless a newer build can read it.
async fn propose(
    journal: &Arc<SqliteJournal>,
    run: &mut Run<Rollout>,
    course: Course,
    by: String,
    goes_despite: bool,
) -> Result<(), Failure> {
    let name = run.stream().name.clone();
    let Course { service, environment, .. } = &course;
    for Rival { name: other, record } in rivals(journal, &name, &course).await? {
        let why = match record {
            // That people are still to be told of one keeps no other waiting.
            Ok(rival) if Rollout::is_over(rival.state()) => continue,
            Ok(_) => format!("{other} is under way"),
            Err(error @ RunError::TooNew { .. }) => format!(
                "{other} may be under way, carried out by a newer build of this command: {}",
                one_line(&error)
            ),
            Err(error) if goes_despite => {
                eprintln!("warning: {other} is left out of account: {}", one_line(&error));
                continue;
            }
            Err(error) => format!(
                "{other} may be under way (where it is not, `--despite` says why): {}",
                one_line(&error)
            ),
        };
        return Err(Failure::new(format_args!("{why}: one release of {service} to {environment} at a time")));
    }
    match run.ask(&Request::Propose { course: Box::new(course), by }).await {
        Ok(()) => Ok(()),
        Err(AskError::Refused(refused)) => Err(Failure::new(format_args!("{name}: {refused}"))),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn resume(args: release::Resume) -> Result<ExitCode, Failure> {
    let (journal, run) = open(&args.which).await?;
    if run.is_over() {
        let (words, _) = stands(&journal, &run, args.shown.lang).await?;
        print(&format!("{}: {words}", run.stream().name));
        return Ok(exit_code(run.state().phase));
    }
    let since = run.seq();
    carry_out(journal, run, since, args.shown.lang).await
}

/// Brings a release back that was called back; waits for another process that does, and takes its place where it
/// ends before that.
pub(super) async fn carry_back(
    journal: Arc<SqliteJournal>,
    run: Run<Rollout>,
    since: Seq,
    language: Language,
) -> Result<ExitCode, Failure> {
    match carried(journal, run, since, WhenHeld::Wait, language).await? {
        // What was asked for is done.
        (End::Over, _) => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::from(1)),
    }
}

async fn carry_out(
    journal: Arc<SqliteJournal>,
    run: Run<Rollout>,
    since: Seq,
    language: Language,
) -> Result<ExitCode, Failure> {
    let name = run.stream().name.clone();
    match carried(journal, run, since, WhenHeld::Leave, language).await? {
        (End::Over, run) => Ok(exit_code(run.state().phase)),
        (End::Held(by), _) => Err(Failure::new(format_args!(
            "{name} is carried out by {}; `toban release status` shows it",
            process(&by.owner, Language::En)
        ))),
        (End::Superseded { by }, _) => {
            let by = by.map_or_else(|| "another process".to_owned(), |by| process(&by, Language::En));
            Err(Failure::new(format_args!("{name} was taken over by {by}")))
        }
        _ => {
            eprintln!(
                "{}",
                match language {
                    Language::En => "stopped; `toban release resume` goes on with it",
                    Language::Ja => "停止した。`toban release resume`で再開できる",
                }
            );
            Ok(ExitCode::from(1))
        }
    }
}

/// Drives it to its end, and shows what happens after that record.
async fn carried(
    journal: Arc<SqliteJournal>,
    mut run: Run<Rollout>,
    since: Seq,
    when_held: WhenHeld,
    language: Language,
) -> Result<(End, Run<Rollout>), Failure> {
    let commands = run.state().course.as_ref().map(|course| course.programs.clone()).unwrap_or_default();
    let metrics = commands.prometheus.clone();
    let file = journal.path().canonicalize()?.display().to_string();
    let announcements =
        run.state().course.as_ref().map(|course| course.announcements.clone()).unwrap_or_default();
    let programs = Arc::new(Programs::new(commands)?.of_journal(file).announcing(announcements));
    let beside = named(&journal, &run.stream().name).await?;
    let screen = Arc::new(Screen::new(journal, &run, since, language.into()));
    let heard = Arc::new(Heard::new(Arc::clone(&programs), Arc::clone(&screen), language));
    let ports = Ports::new(Arc::clone(&heard) as _).with_notifier(heard as _);
    let ports = Arc::new(match metrics {
        Some(address) => {
            let source = with_credentials(Prometheus::new(&address)?)?;
            ports.with_metrics(Arc::new(source), Arc::new(SystemClock::new()))
        }
        None => ports,
    });
    let options =
        Options::new(owner()).with_when_held(when_held).with_observer(Arc::<Screen>::clone(&screen));
    let stop = options.stop().clone();
    let mut asked_to_end = AskedToEnd::new()?;
    let mut is_untold = false;
    let end = {
        let driving = drive(&mut run, ports, &options);
        let approving = approvals::take(beside, &*programs, &screen, language);
        tokio::pin!(driving, approving);
        let (mut signals, mut is_approved) = (0, false);
        let mut over = None;
        loop {
            tokio::select! {
                end = &mut driving => break end,
                () = &mut approving, if !is_approved => is_approved = true,
                () = screen.tick() => if screen.is_over() {
                    let since = *over.get_or_insert_with(Instant::now);
                    if since.elapsed() > LAST_WORDS {
                        is_untold = true;
                        stop.abandon();
                    }
                },
                () = asked_to_end.next() => {
                    signals += 1;
                    if signals == 1 {
                        stop.finish();
                        screen.say(match language {
                            Language::En => "nothing more is begun; what runs comes to its end. Asked once more, it is cut off",
                            Language::Ja => "新たには何も始めず、実行中のものの終了を待つ。もう一度指示すると打ち切る",
                        });
                    } else {
                        stop.abandon();
                    }
                }
            }
        }
    };
    if !matches!(end, Ok(End::Held(_))) {
        screen.end().await;
    }
    let end = end?;
    if is_untold && end == End::Stopped {
        let left = run.open_orders().count();
        screen.say(&match language {
            Language::En => {
                format!("{left} messages could not be told; `toban release resume` tries again")
            }
            Language::Ja => format!("通知できなかったもの：{left}件。`toban release resume`で再試行できる"),
        });
        return Ok((End::Over, run));
    }
    Ok((end, run))
}

/// How long people are still tried to be told of the end of a release before its process ends.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What the record says of why it may begin.
fn grounds(ruling: &Ruling, despite: Option<&str>) -> String {
    let ruling = ruling.to_string();
    match despite {
        Some(why) => format!("{ruling}; begun all the same: {why}"),
        None => ruling,
    }
}

/// A process as people find it: its number on this machine, where its name holds one.
pub(super) fn process(owner: &str, language: Language) -> String {
    let number = owner.rsplit('/').nth(1).filter(|number| number.parse::<u32>().is_ok());
    let name = number.unwrap_or(owner);
    match language {
        Language::En => format!("process {name}"),
        Language::Ja => format!("プロセス{name}"),
    }
}

fn name(plan: &Plan) -> Result<String, Failure> {
    let target = plan.target();
    let name = format!("{}-{}-{}", target.service, target.version, plan.environment().kind);
    release::name(&name).map_err(|why| {
        Failure::new(format_args!("{name:?} would be its name, and {why}: `--release` gives another one"))
    })
}
