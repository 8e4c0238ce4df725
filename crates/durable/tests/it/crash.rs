//! Wherever a process dies, the next one ends as the calm one would, or asks a person.

use crate::toy::{Doer, Effect, Request, State, Toy, World};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_durable::testing::{CrashPerform, Fault, Stage, block_on, crash_everywhere};
use toban_durable::{Journal, MemoryJournal, Run, Settled, Turn, settle};

/// One life: it starts the rollout unless that was done, aborts it where it should, and answers a doubt by looking.
fn live(stage: &Stage, world: &Arc<World>, abort_at: Option<usize>) -> Option<State> {
    let owner = format!("process {}", stage.crash.seen());
    block_on(async {
        let journal = Arc::clone(&stage.journal) as _;
        let mut run: Run<Toy> = Run::open(journal, Arc::clone(&stage.clock) as _, "a").await.unwrap();
        // The process before is known to be dead.
        if let Turn::Theirs(claim) = run.claim(&owner, TimeDelta::minutes(20)).await.unwrap() {
            stage.journal.release(&claim).await.unwrap();
            assert_eq!(run.claim(&owner, TimeDelta::minutes(20)).await.unwrap(), Turn::Mine);
        }
        let doer = CrashPerform::new(Doer(Arc::clone(world)), Arc::clone(&stage.crash));
        run.ask_once("start", &Request::Start).await.unwrap();
        loop {
            match settle(&mut run, &doer).await.unwrap() {
                Settled::Over => return run.state().clone(),
                Settled::Until(wakeup) => match (wakeup.wait(run.now()), run.state().clone()) {
                    (Some(_), State::Soaking(stage, _)) if abort_at.is_some_and(|at| at <= stage) => {
                        run.ask(&Request::Abort).await.unwrap();
                    }
                    (Some(wait), _) => stage.clock.advance(wait),
                    (None, State::InDoubt) => {
                        let is_done = world.migrations() > 0;
                        run.ask(&Request::Migration(is_done)).await.unwrap();
                    }
                    (None, state) => panic!("{state:?} waits for nothing"),
                },
            }
        }
    })
}

fn same((calm, calm_world): (&State, &Arc<World>), (end, world): (&State, &Arc<World>)) {
    assert_eq!(calm, end);
    assert_eq!(calm_world.weight(), world.weight());
    let announced = |world: &World| world.announced().into_values().collect::<Vec<_>>();
    assert_eq!(announced(calm_world), announced(world), "each under one key");
    assert_eq!(world.migrations(), 1, "never twice");
}

fn everywhere(abort_at: Option<usize>, can_tell: bool) -> u64 {
    crash_everywhere(
        || Arc::new(MemoryJournal::new()),
        |stage, world: &Telling| {
            let world = if can_tell { &world.telling } else { &world.mute };
            live(stage, world, abort_at)
        },
        |(calm, calm_world), (end, world)| {
            let pick = |world: &Telling| Arc::clone(if can_tell { &world.telling } else { &world.mute });
            same((calm, &pick(calm_world)), (end, &pick(world)));
        },
    )
}

/// A world whose port can tell what became of a migration, and one whose port cannot.
#[derive(Debug)]
struct Telling {
    telling: Arc<World>,
    mute: Arc<World>,
}

impl Default for Telling {
    fn default() -> Self {
        let telling = Arc::new(World { can_tell: true, ..World::default() });
        Self { telling, mute: Arc::default() }
    }
}

#[test]
fn a_rollout_that_crashes_anywhere_once_and_once_more_ends_as_the_calm_one() {
    let told = everywhere(None, true);
    assert!(told > 300, "{told}");
}

#[test]
fn a_doubt_that_no_port_can_solve_is_solved_by_a_person_and_nothing_is_migrated_twice() {
    everywhere(None, false);
}

#[test]
fn an_aborted_rollout_that_crashes_anywhere_is_rolled_back() {
    everywhere(Some(0), true);
    everywhere(Some(1), false);
}

#[test]
fn an_answer_that_is_lost_is_looked_up() {
    for appends in 0..12 {
        let stage = Stage::new(Arc::new(MemoryJournal::new()));
        let world = Arc::new(World::default());
        // A later append loses its answer each time.
        stage.journal.fail(Fault::Silent, appends);
        assert_eq!(live(&stage, &world, None), Some(State::Done));
        assert_eq!(world.migrations(), 1);
        assert_eq!(world.done().iter().filter(|effect| matches!(effect, Effect::Announce(_))).count(), 2);
    }
}

#[test]
fn a_dropped_future_loses_and_doubles_nothing() {
    // The future of an ask is dropped before and after it is stored; then somebody asks again.
    for place in 1..=2 {
        let stage = Stage::new(Arc::new(MemoryJournal::new()));
        let mut run: Run<Toy> =
            block_on(Run::open(Arc::clone(&stage.journal) as _, Arc::clone(&stage.clock) as _, "a"))
                .unwrap()
                .unwrap();
        stage.crash.after(place);
        assert!(block_on(run.ask_once("k", &Request::Start)).is_none());
        stage.crash.after(0);
        block_on(run.ask_once("k", &Request::Start)).unwrap().unwrap();
        assert_eq!((run.seq(), run.state()), (1, &State::Migrating));
    }
}
