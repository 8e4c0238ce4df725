//! Wherever a process dies, the release ends as the calm one, or asks a person.

use crate::support::{Doer, World, abort, approve, check, command, course, manual, minutes, propose};
use std::sync::Arc;
use toban_durable::testing::{CrashPerform, Fault, Stage, block_on, crash_everywhere};
use toban_durable::{Journal, Machine, MemoryJournal, Run, Settled, Turn, settle};
use toban_release_core::analysis::{Severity, Trigger};
use toban_release_core::rollout::{
    Announcement, Asking, Course, Needed, Next, NoReturn, Part, Phase, Request, Rollout,
};
use toban_release_core::{Return, Strategy};

/// What is told on the stage: a course, what fails in it, when somebody aborts.
#[derive(Clone)]
struct Story {
    course: Course,
    fails: Option<(&'static str, u32)>,
    abort_at: Option<usize>,
    can_tell: bool,
    /// From which stage on its checks fail.
    errs_from: Option<usize>,
    /// Whether somebody rolls it back when it is done.
    is_undone: bool,
}

/// A world, made when the story begins.
#[derive(Default)]
struct Place(std::cell::OnceCell<Arc<World>>);

impl Story {
    fn world(&self, place: &Place) -> Arc<World> {
        let world = || {
            let world = World { can_tell: self.can_tell, errs_from: self.errs_from, ..World::default() };
            Arc::new(match self.fails {
                Some((step, times)) => world.fails(step, times),
                None => world,
            })
        };
        Arc::clone(place.0.get_or_init(world))
    }

    fn live(&self, stage: &Stage, world: &Arc<World>) -> Option<Phase> {
        let owner = format!("process {}", stage.crash.seen());
        block_on(async {
            let journal = Arc::clone(&stage.journal) as _;
            let mut run: Run<Rollout> =
                heard(Run::open(journal, Arc::clone(&stage.clock) as _, "shop").await)?;
            if let Turn::Theirs(claim) = heard(run.claim(&owner, minutes(10)).await)? {
                stage.journal.release(&claim).await.unwrap();
                assert_eq!(heard(run.claim(&owner, minutes(10)).await)?, Turn::Mine);
            }
            let doer = CrashPerform::new(Doer(Arc::clone(world)), Arc::clone(&stage.crash));
            heard(run.ask_once("propose", &propose(&self.course)).await)?;
            heard(run.ask_once("approve", &approve("bea")).await)?;
            loop {
                if let Settled::Over = heard(settle(&mut run, &doer).await)? {
                    if self.is_undone && run.state().phase == Phase::Done {
                        let (by, why) = ("bea".into(), "users complain".into());
                        heard(run.ask_once("back", &Request::RollBack { by, why }).await)?;
                        continue;
                    }
                    return Some(run.state().phase);
                }
                let (phase, wait) = (run.state().phase, run.next_wakeup().wait(run.now()));
                match phase {
                    Phase::Soaking { stage, .. } if self.abort_at == Some(stage) => {
                        heard(run.ask_once("abort", &abort()).await)?;
                    }
                    Phase::Asking(Asking::Manual(about)) => {
                        run.ask(&Request::Answer {
                            by: "bea".into(),
                            about,
                            why: "seen".into(),
                            is_done: true,
                        })
                        .await
                        .unwrap();
                    }
                    Phase::Asking(Asking::Doubt(part)) => {
                        // The person looks at the world.
                        let step = match part {
                            Part::Next(Next::Complete(_)) => "contract",
                            Part::Next(_) => "migrate",
                            Part::Back(_) => "restore",
                        };
                        let is_done = world.times(step) > 0;
                        run.ask(&Request::Answer {
                            by: "bea".into(),
                            about: part,
                            why: "seen".into(),
                            is_done,
                        })
                        .await
                        .unwrap();
                    }
                    Phase::Broken(next) => {
                        // Somebody has seen to what was in the way, and has it tried again.
                        let about = Part::Next(next);
                        run.ask(&Request::Answer {
                            by: "bea".into(),
                            about,
                            why: "seen".into(),
                            is_done: false,
                        })
                        .await
                        .unwrap();
                    }
                    Phase::Stuck(_) => run
                        .ask(&Request::Retry { by: "bea".into(), why: "the disk is free".into() })
                        .await
                        .unwrap(),
                    _ => stage.clock.advance(wait.expect("it waits for a time")),
                }
            }
        })
        .flatten()
    }

    fn told(&self) -> u64 {
        crash_everywhere(
            || Arc::new(MemoryJournal::new()),
            |stage, place: &Place| self.live(stage, &self.world(place)),
            |(calm, calm_place), (end, place)| {
                self.is_as_calm((*calm, &self.world(calm_place)), (*end, &self.world(place)));
            },
        )
    }

    fn is_as_calm(&self, (calm, calm_world): (Phase, &World), (end, world): (Phase, &World)) {
        assert_eq!(calm, end);
        assert_eq!(calm_world.weight(), world.weight());
        for step in ["migrate", "restore", "contract"] {
            assert_eq!(world.times(step), calm_world.times(step), "{step} is done once");
        }
        if self.can_tell {
            assert_eq!(calm_world.told(), world.told(), "each once");
        }
    }

    /// Once for each record of which nobody hears that it was written.
    fn told_in_silence(&self) -> u64 {
        let told = |silent: Option<u64>| {
            let (stage, world) = (Stage::new(Arc::new(MemoryJournal::new())), self.world(&Place::default()));
            if let Some(silent) = silent {
                stage.journal.fail_after(silent, Fault::Silent, 1);
            }
            let end = self.live(&stage, &world).or_else(|| self.live(&stage, &world));
            let head = block_on(stage.journal.head(Rollout::KIND, "shop")).unwrap().unwrap();
            (end.expect("it comes to an end"), world, head.unwrap().seq)
        };
        let (calm, calm_world, written) = told(None);
        for silent in 0..written {
            let (end, world, _) = told(Some(silent));
            self.is_as_calm((calm, &calm_world), (end, &world));
        }
        written
    }
}

/// What a journal answers, where it does not fall silent.
fn heard<T, E: std::fmt::Display>(result: Result<T, E>) -> Option<T> {
    match result {
        Ok(heard) => Some(heard),
        Err(error) if error.to_string().contains("told to say nothing") => None,
        Err(error) => panic!("{error}"),
    }
}

fn stories() -> Vec<Story> {
    let plain = Story {
        course: course(),
        fails: None,
        abort_at: None,
        can_tell: true,
        errs_from: None,
        is_undone: false,
    };
    let short = Course { strategy: Strategy::blue_green(minutes(5), minutes(5)), ..course() };
    let gradual = Course { strategy: Strategy::canary(minutes(5)).with_return(Return::Gradual), ..course() };
    let by_hand = Course {
        preparation: vec![manual("maintenance on"), command("migrate", false)],
        completion: vec![manual("maintenance off")],
        ..course()
    };
    let ungated = {
        let stages = short.strategy.stages().iter().cloned();
        let stages =
            stages.map(|stage| toban_release_core::Stage { gate: toban_release_core::Gate::Open, ..stage });
        let strategy = Strategy::new(short.strategy.kind(), stages.collect()).unwrap();
        Course { strategy, ..short.clone() }
    };
    // It fails in its stage, has its time to clear, and does not.
    let checked = Course {
        checks: vec![check("latency")],
        triggers: vec![Trigger::new("latency", Severity::High { clear_within: minutes(2) }).unwrap()],
        ..course()
    };
    // Traffic comes back between two steps.
    let around = Course {
        rollback: vec![command("close", true), command("restore", false), command("open", true)],
        before_return: 2,
        ..course()
    };
    let contracted = Course {
        completion: vec![command("contract", false), command("tidy", true)],
        no_return: Some(NoReturn { step: 0, forward_fix: "add the column again".into() }),
        ..course()
    };
    vec![
        plain.clone(),
        Story { can_tell: false, ..plain.clone() },
        Story { fails: Some(("25 %", 1)), ..plain.clone() },
        Story { fails: Some(("25 %", 9)), ..plain.clone() },
        Story { fails: Some(("migrate", 99)), ..plain.clone() },
        Story { fails: Some(("smoke", 3)), abort_at: Some(1), can_tell: false, ..plain.clone() },
        Story { abort_at: Some(0), can_tell: false, ..plain.clone() },
        Story { course: gradual, abort_at: Some(3), ..plain.clone() },
        Story { course: by_hand.clone(), ..plain.clone() },
        Story { course: by_hand, abort_at: Some(2), can_tell: false, ..plain.clone() },
        Story { course: ungated, fails: Some(("tidy", 9)), ..plain.clone() },
        Story { course: checked.clone(), errs_from: Some(9), ..plain.clone() },
        Story { course: checked.clone(), errs_from: Some(1), ..plain.clone() },
        Story { course: checked, errs_from: Some(2), can_tell: false, ..plain.clone() },
        Story { is_undone: true, ..plain.clone() },
        Story { course: around.clone(), abort_at: Some(1), ..plain.clone() },
        Story { course: around, is_undone: true, can_tell: false, ..plain.clone() },
        // A failure that nobody heard of did not happen again: what people are told differs.
        Story { course: contracted.clone(), fails: Some(("contract", 1)), can_tell: false, ..plain.clone() },
        Story { course: contracted, can_tell: false, ..plain },
    ]
}

#[test]
fn each_of_nineteen_releases_that_crashes_anywhere_ends_as_the_calm_one() {
    let told: Vec<_> = stories().iter().map(Story::told).collect();
    println!("stories told: {told:?}");
    assert!(told.iter().sum::<u64>() > 5_000);
}

#[test]
fn each_of_them_ends_as_the_calm_one_whichever_answer_of_the_journal_is_lost() {
    let told: Vec<_> = stories().iter().map(Story::told_in_silence).collect();
    println!("answers lost: {told:?}");
    assert!(told.iter().all(|lost| *lost > 10));
}

#[test]
fn a_step_of_which_nobody_heard_is_looked_for_after_an_abort_and_never_done_then() {
    for can_tell in [true, false] {
        let mut looked = 0;
        for place in 1.. {
            let (stage, world) = (
                Stage::new(Arc::new(MemoryJournal::new())),
                Arc::new(World { can_tell, ..World::default() }),
            );
            let live = |aborts: bool| {
                let owner = format!("process {}", stage.crash.seen());
                block_on(async {
                    let journal = Arc::clone(&stage.journal) as _;
                    let mut run =
                        Run::<Rollout>::open(journal, Arc::clone(&stage.clock) as _, "shop").await.unwrap();
                    if let Turn::Theirs(claim) = run.claim(&owner, minutes(10)).await.unwrap() {
                        stage.journal.release(&claim).await.unwrap();
                        run.claim(&owner, minutes(10)).await.unwrap();
                    }
                    run.ask_once("propose", &propose(&course())).await.unwrap();
                    run.ask_once("approve", &approve("bea")).await.unwrap();
                    if aborts {
                        run.ask(&abort()).await.unwrap();
                    }
                    let doer = CrashPerform::new(Doer(Arc::clone(&world)), Arc::clone(&stage.crash));
                    settle(&mut run, &doer).await.unwrap();
                    run.state().phase
                })
            };
            stage.crash.after(place);
            if live(false).is_some() {
                break;
            }
            stage.crash.after(0);
            let done = world.done();
            let phase = live(true).unwrap();
            assert!(matches!(phase, Phase::RolledBack | Phase::Aborted), "{phase}");
            let forward = |step: &&str| world.times(step) > done.iter().filter(|one| one == step).count();
            assert_eq!(["migrate", "5 %"].iter().find(|step| forward(step)), None, "after place {place}");
            let look = Needed::Look(Part::Next(Next::Prepare(0)));
            looked += usize::from(world.told().contains(&Announcement::PersonNeeded { what: look }));
        }
        assert_eq!(looked > 0, !can_tell, "a person is told where nobody can tell");
    }
}
