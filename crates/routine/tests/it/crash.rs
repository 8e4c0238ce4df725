//! Wherever the processes of a team die, each firing begins once, its program runs once, and all comes to its end.

use crate::support::{Runner, World, at, task};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_core::{Clock, Interval};
use toban_durable::testing::{CrashPerform, Fault, Stage, block_on};
use toban_durable::{Journal, MemoryJournal, Run, Turn, history, settle};
use toban_routine::firing::{self, Event, Finish, Occasion, Phase};
use toban_routine::{Book, BookError, Firing, FiringId, Happened, Ports, TaskId, schedule};

const HOUR: i64 = 3_600;

/// Who does what at which hour, besides seeing to what has come.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Nobody performs what is under way: it runs on.
    Sleep,
    /// A person does what was due at that hour.
    Do(i64),
    Pause,
    Continue,
    /// A person asks for the time half an hour after the beginning.
    Ask,
}

/// A task, and what happens at the full hours from the first on.
struct Story {
    task: &'static str,
    hours: &'static [&'static [Deed]],
}

/// What came of a story: how each of its times ended, and what became of those without an end.
type Told = Vec<String>;

/// What the books answer, where nothing falls silent.
fn heard<T, E: std::fmt::Debug>(result: Result<T, E>) -> Option<T> {
    match result {
        Ok(heard) => Some(heard),
        Err(error) if format!("{error:?}").contains("told to say nothing") => None,
        Err(error) => panic!("{error:?}"),
    }
}

impl Story {
    async fn go_on(book: &Book, ports: &CrashPerform<Ports>, stage: &Stage, owner: &str) -> Option<()> {
        loop {
            let under_way = heard(book.under_way(None, 100).await)?;
            let mut is_more = false;
            for (id, seq) in under_way {
                let mut run: Run<Firing> = heard(book.firing(&id).await)?;
                if let Turn::Theirs(claim) = heard(run.claim(owner, TimeDelta::minutes(10)).await)? {
                    // It is dead.
                    stage.journal.release(&claim).await.unwrap();
                    assert_eq!(heard(run.claim(owner, TimeDelta::minutes(10)).await)?, Turn::Mine);
                }
                heard(settle(&mut run, ports).await)?;
                is_more |= run.seq() > seq;
            }
            if !is_more {
                return Some(());
            }
        }
    }

    fn live(&self, stage: &Stage, world: &Arc<World>) -> Option<Told> {
        let owner = format!("process {}", stage.crash.seen());
        let book = Book::new(Arc::clone(&stage.journal) as _, Arc::clone(&stage.clock) as _);
        let ports = Ports::new(book.clone(), Arc::new(Runner(Arc::clone(world))));
        let ports = CrashPerform::new(ports, Arc::clone(&stage.crash));
        let id = TaskId::new("check").unwrap();
        let (by, why) = (|| String::from("ann"), || String::from("moving"));
        block_on(async {
            heard(book.plan(&task(&format!("{{{} {TIMES}}}", self.task)), "the team").await)?;
            loop {
                heard(book.advance(&id).await)?;
                let hour = (stage.clock.wall() - at(0)).num_hours();
                let deeds = usize::try_from(hour - 1).ok().and_then(|hour| self.hours.get(hour));
                let Some(deeds) = deeds.copied().or((hour == 0).then_some(&[][..])) else { break };
                for deed in deeds {
                    let asked = match deed {
                        Deed::Sleep => continue,
                        Deed::Do(hour) => {
                            let firing = FiringId { task: id.clone(), nominal: at(hour * HOUR) };
                            let mut run = heard(book.firing(&firing).await)?;
                            let (conditions, evidence) = (Vec::new(), Vec::new());
                            let done = firing::Request::Done { by: by(), conditions, evidence };
                            heard(run.ask_once("done", &done).await)?;
                            continue;
                        }
                        Deed::Pause => schedule::Request::Pause { by: by(), why: why() },
                        Deed::Continue => schedule::Request::Continue { by: by(), why: why() },
                        Deed::Ask => schedule::Request::Run {
                            times: vec![at(HOUR / 2)],
                            occasion: Occasion::Now { by: by(), why: why() },
                        },
                    };
                    match book.ask(&id, &asked).await {
                        Err(BookError::Task(error)) if error.to_string().contains("it is so already") => {}
                        other => drop(heard(other)?),
                    }
                }
                if !deeds.iter().any(|deed| matches!(deed, Deed::Sleep)) {
                    Self::go_on(&book, &ports, stage, &owner).await?;
                }
                stage.clock.advance(TimeDelta::seconds(HOUR) - (stage.clock.wall() - at(hour * HOUR)));
            }
            Self::go_on(&book, &ports, stage, &owner).await?;
            self.told(&book, world).await
        })
        .flatten()
    }

    /// What the books say, held to what they may.
    async fn told(&self, book: &Book, world: &World) -> Option<Told> {
        let id = TaskId::new("check").unwrap();
        let state = heard(book.task(&id).await)?.state().clone();
        assert!(state.running.is_empty() && state.waiting.is_empty() && state.asked.is_empty(), "{state:?}");
        assert!(heard(book.under_way(None, 9).await)?.is_empty());
        let within = Interval::new(at(0), at(99 * HOUR)).unwrap();
        let happened = heard(book.happened(&id, within).await)?.happened;
        let runs = world.begun();
        let mut told = Vec::new();
        for one in &happened {
            let Happened::Began { firing, state } = one else {
                told.push(format!("{one:?}"));
                continue;
            };
            let (past, damage) = heard(history::<Firing>(&**book.journal(), &firing.to_string()).await)?;
            assert!(damage.is_none());
            let events: Vec<_> = past.entries.iter().flat_map(|entry| &entry.events).collect();
            let count = |is_it: fn(&Event) -> bool| events.iter().filter(|event| is_it(event)).count();
            assert_eq!(count(|event| matches!(event, Event::Begun(_))), 1);
            assert_eq!(count(|event| matches!(event, Event::Ended { .. })), 1);
            let ran = runs.iter().filter(|nominal| **nominal == firing.nominal).count();
            let is_by_program = state.begun.as_ref().is_some_and(|begun| begun.task.command.is_some());
            let is_done = state.phase == Phase::Ended(Finish::Done);
            assert_eq!(ran, usize::from(is_by_program && is_done), "{firing}");
            told.push(format!("{firing} {:?}", state.phase));
        }
        Some(told)
    }

    /// Told with a crash at each place, and with a second one at places after it: each twentieth, so that
    /// all places have their turn.
    fn crashed(&self) -> u64 {
        let tell = |first: u64, second: u64| {
            let (stage, world) = (Stage::new(Arc::new(MemoryJournal::new())), Arc::new(World::default()));
            let mut passed = 0;
            for place in [first, second, 0] {
                stage.crash.after(place);
                let before = stage.crash.seen();
                if let Some(end) = self.live(&stage, &world) {
                    return (end, stage.crash.seen() - before);
                }
                passed += 1;
            }
            panic!("a process that does not die comes to an end, and {passed} have died");
        };
        let (calm, places) = tell(0, 0);
        let mut told = 1;
        for first in 1..=places {
            let (end, after) = tell(first, 0);
            assert_eq!(end, calm, "with a crash at {first}");
            told += 1;
            for second in (1 + first % 20..=after).step_by(20) {
                assert_eq!(tell(first, second).0, calm, "with a crash at {first}, and {second} later");
                told += 1;
            }
        }
        told
    }

    /// Once for each append of whose answer nobody hears.
    fn silenced(&self) -> u64 {
        let tell = |silent: Option<u64>| {
            let (stage, world) = (Stage::new(Arc::new(MemoryJournal::new())), Arc::new(World::default()));
            if let Some(silent) = silent {
                stage.journal.fail_after(silent, Fault::Silent, 1);
            }
            let end = self.live(&stage, &world).or_else(|| self.live(&stage, &world));
            (end.unwrap(), stage.crash.seen())
        };
        let (calm, places) = tell(None);
        for silent in 0..places / 2 {
            assert_eq!(tell(Some(silent)).0, calm);
        }
        places / 2
    }
}

const TIMES: &str = r#""when": {"every": "1h", "start": "1970-01-01T01:00:00Z", "count": 3}"#;

const STORIES: [Story; 5] = [
    Story { task: r#""command": ["check"],"#, hours: &[&[Deed::Pause], &[Deed::Continue], &[]] },
    // What is done at the first hour, what is not at the second, and what is at the third.
    Story { task: "", hours: &[&[Deed::Do(1)], &[], &[Deed::Do(3)]] },
    // The first runs on, and what waits for it is done after it.
    Story {
        task: r#""command": ["check"], "overlap": "buffer_one","#,
        hours: &[&[Deed::Sleep], &[Deed::Sleep, Deed::Ask], &[]],
    },
    Story {
        task: r#""command": ["check"], "overlap": "terminate_other","#,
        hours: &[&[Deed::Sleep], &[Deed::Sleep], &[]],
    },
    Story {
        task: r#""command": ["check"], "overlap": "cancel_other","#,
        hours: &[&[Deed::Sleep], &[Deed::Sleep], &[]],
    },
];

#[test]
fn each_of_five_stories_that_crashes_anywhere_ends_as_the_calm_one() {
    let told: Vec<_> = STORIES.iter().map(Story::crashed).collect();
    assert!(told.iter().all(|told| *told > 50), "{told:?}");
}

#[test]
fn each_of_them_ends_as_the_calm_one_whichever_answer_of_the_journal_is_lost() {
    let lost: Vec<_> = STORIES.iter().map(Story::silenced).collect();
    assert!(lost.iter().all(|lost| *lost > 10), "{lost:?}");
}
