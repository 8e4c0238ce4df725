//! `toban routine run`: the scheduler.

use super::definition::Definition;
use crate::args::Language;
use crate::args::routine::Run as Args;
use crate::asked_to_end::AskedToEnd;
use crate::failure::{Failure, one_line};
use crate::sources::name_of;
use crate::sources::prometheus::with_credentials;
use chrono::Utc;
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use toban_adapters::drive::{Observe, SystemClock, owner};
use toban_adapters::host::Host;
use toban_adapters::prometheus::Prometheus;
use toban_adapters::routine::{Programs, Scheduler, SchedulerOptions, Trouble, Watch};
use toban_adapters::sqlite::SqliteJournal;
use toban_core::Clock;
use toban_durable::Run;
use toban_render::routine::phase_line;
use toban_routine::firing::Phase;
use toban_routine::{Advanced, Book, Damage, Firing, Ports, TaskId, TaskPlan, schedule};

pub(super) async fn run(args: &Args) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.defined.spec)?;
    let tasks = definition.tasks(&args.defined.task)?;
    eprint!("{}", definition.found(definition.unmeasured()).render());
    let by = args.by.clone().unwrap_or_else(|| name_of(&args.defined.spec));
    // Tasks without times of their own can be asked for.
    let is_meant = |plan: &TaskPlan| {
        let id = &plan.task.id;
        if definition.is_wrong(id) {
            return false;
        }
        let is_asked = args.defined.task.is_empty() || args.defined.task.contains(id);
        is_asked && (tasks.iter().any(|task| task.id == *id) || plan.task.when.is_none())
    };
    let plans: Vec<_> = TaskPlan::of(&definition.draft).filter(is_meant).collect();
    let journal = Arc::new(SqliteJournal::open(&args.kept.journal)?);
    let file = journal.path().canonicalize()?.display().to_string();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let book = Book::new(journal, Arc::clone(&clock));
    let services = definition.draft.services.clone().unwrap_or_default();
    let mut programs = Programs::new().of_journal(file).allowing(services.variables);
    if let Some(folder) = folder(&args.defined.spec)? {
        programs = programs.in_folder(folder);
    }
    let is_telling = services.tell.is_some();
    if let Some(tell) = services.tell {
        programs = programs.telling(tell)?;
    }
    let host = Host::new(Arc::clone(&clock));
    // An address that is none has been told: what is asked of it is not known, and all else runs.
    let metrics = match services.prometheus.and_then(|address| Prometheus::new(&address).ok()) {
        Some(prometheus) => host.or(Arc::new(with_credentials(prometheus)?)),
        None => host,
    };
    let programs = Arc::new(programs);
    let ports = Ports::new(book.clone(), Arc::clone(&programs) as _);
    let ports = ports.with_metrics(Arc::new(metrics), Arc::clone(&clock)).with_notifier(programs);
    let screen = Arc::new(Screen::new(args.lang));
    let options = SchedulerOptions::new(owner())
        .with_watch(Arc::clone(&screen) as _)
        .with_observer(Arc::clone(&screen) as _);
    let stop = options.stop().clone();
    screen.say(&match args.lang {
        Language::En => format!("seeing to {} tasks; asked to end, it begins nothing more", plans.len()),
        Language::Ja => format!("{}件の作業を実行する。終了を指示すると新たには始めない", plans.len()),
    });
    if !is_telling {
        screen.complain(match args.lang {
            Language::En => "nobody is told of anything: `services.tell` names the program that does",
            Language::Ja => "通知先がない：services.tellで通知プログラムを指定する",
        });
    }
    if args.defined.task.is_empty() {
        retire(&book, &definition, &by, &screen).await?;
    }
    let mut asked_to_end = AskedToEnd::new()?;
    let scheduler = Scheduler::new(book, clock, Arc::new(ports));
    let running = scheduler.run(&plans, &by, &options);
    tokio::pin!(running);
    let (mut signals, mut asked_at) = (0, Instant::now());
    loop {
        tokio::select! {
            () = &mut running => break,
            () = asked_to_end.next() => {
                // Who signals a process and its group means one thing.
                if signals > 0 && asked_at.elapsed() < MEANT_ONCE {
                    continue;
                }
                (signals, asked_at) = (signals + 1, Instant::now());
                if signals == 1 {
                    stop.finish();
                    screen.say(match args.lang {
                        Language::En => "nothing more is begun; what runs comes to its end. Asked once more, it is cut off",
                        Language::Ja => "新たには何も始めず、実行中のものの終了を待つ。もう一度指示すると打ち切る",
                    });
                } else {
                    stop.abandon();
                    screen.complain(match args.lang {
                        Language::En => "what runs is cut off: nobody knows what became of it until this is run again",
                        Language::Ja => "実行中のものを打ち切った。結果は次に実行するときに確認する",
                    });
                }
            }
        }
    }
    Ok(definition.code())
}

/// So soon after a signal another one is the same.
const MEANT_ONCE: Duration = Duration::from_millis(300);

/// What this definition planned before and does not have any more begins nothing more by its rule.
async fn retire(book: &Book, definition: &Definition, by: &str, screen: &Screen) -> Result<(), Failure> {
    for id in book.tasks().await? {
        let is_there = definition.draft.tasks.iter().any(|task| task.id == id) || definition.is_left_out(&id);
        if is_there {
            continue;
        }
        let run = match book.task(&id).await {
            Ok(run) => run,
            // One that cannot be read keeps no other from being seen to.
            Err(error) if Damage::of(&error).is_some() => {
                screen.complain(&format!("{id}: {}", one_line(&error)));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if run.state().is_retired || run.state().planned_by != by {
            continue;
        }
        let request = schedule::Request::Retire { by: by.to_owned() };
        book.ask(&id, &request).await.map_err(|error| Failure::from_error(&error))?;
        screen.say(&match screen.language {
            Language::En => format!("{id} is not in the definition any more: nothing of it begins"),
            Language::Ja => format!("{id}は定義からなくなったため、以後は始めない"),
        });
    }
    Ok(())
}

/// The folder of a definition: what its programs are named from.
pub(super) fn folder(spec: &Path) -> Result<Option<String>, Failure> {
    if spec == Path::new("-") {
        return Ok(None);
    }
    Ok(spec.canonicalize()?.parent().map(|folder| folder.display().to_string()))
}

/// A line for everything that happens.
#[derive(Debug)]
struct Screen {
    language: Language,
    told: Mutex<Told>,
    /// What was complained of, by what it is about, and since when.
    troubles: Mutex<BTreeMap<String, (String, Instant)>>,
}

/// What was said of firings.
#[derive(Debug, Default)]
struct Told {
    /// Where each was last told to stand.
    lines: BTreeMap<String, String>,
    /// Their names, in the order in which they were first told.
    names: VecDeque<String>,
}

/// Of how many firings it is remembered what was said: more than are under way.
const MOST_TOLD: usize = 10_000;
/// After how long the same trouble is told again.
const TOLD_AGAIN: Duration = Duration::from_secs(600);

impl Screen {
    fn new(language: Language) -> Self {
        Self { language, told: Mutex::default(), troubles: Mutex::default() }
    }

    fn say(&self, text: &str) {
        // Who does not listen any more keeps nobody from working.
        let _ = writeln!(std::io::stdout().lock(), "{} {text}", Utc::now().format("%FT%TZ"));
    }

    fn complain(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{} {text}", Utc::now().format("%FT%TZ"));
    }
}

impl Observe<Firing> for Screen {
    fn on_change(&self, run: &Run<Firing>) {
        let (name, state) = (&run.stream().name, run.state());
        if state.phase == Phase::New {
            return;
        }
        let mut told = state.clone();
        // What is measured is told once all of it is.
        if told.checks().any(|(_, reading)| reading.is_none()) && !matches!(told.phase, Phase::Ended(_)) {
            told.readings.clear();
        }
        let line = phase_line(&told, self.language.into());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.lines.get(name) == Some(&line) {
            return;
        }
        self.say(&format!("{name} {line}"));
        if told.lines.insert(name.clone(), line).is_none() {
            told.names.push_back(name.clone());
        }
        if told.names.len() > MOST_TOLD
            && let Some(oldest) = told.names.pop_front()
        {
            told.lines.remove(&oldest);
        }
    }
}

impl Watch for Screen {
    fn on_advanced(&self, task: &TaskId, advanced: &Advanced) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).remove(task.as_str());
        for (firing, why) in &advanced.refused {
            let why = why.text();
            self.say(&match self.language {
                Language::En => format!("{firing} does not run: {}", why.en),
                Language::Ja => format!("{firing} 実行しない：{}", why.ja),
            });
        }
    }

    fn on_trouble(&self, trouble: &Trouble<'_>) {
        let (subject, text) = match trouble {
            Trouble::Task { task, error } => (task.to_string(), one_line(*error).to_string()),
            Trouble::Firing { firing, error } => (firing.to_string(), one_line(*error).to_string()),
            Trouble::Journal { error } => ("journal".to_owned(), one_line(*error).to_string()),
            _ => return,
        };
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.retain(|_, (_, since)| since.elapsed() < TOLD_AGAIN);
        if troubles.get(&subject).is_none_or(|(before, _)| *before != text) {
            self.complain(&format!("{subject}: {text}"));
            troubles.insert(subject, (text, Instant::now()));
        }
    }
}
