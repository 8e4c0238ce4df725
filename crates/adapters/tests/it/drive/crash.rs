//! A release whose process dies at each append and at each effect, and that the next one drives on.

use super::{TokioClock, seconds};
use chrono::TimeDelta;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use toban_adapters::drive::{End, Options, drive};
use toban_durable::testing::{Crash, CrashJournal, CrashPerform, Passing};
use toban_durable::{MemoryJournal, Run};
use toban_release_core::rollout::{Action, Asking, Course, Phase, Request, Rollout, Step};
use toban_release_core::testing::FakeDeployer;
use toban_release_core::{Deployer, Move, Ports, Strategy, Weight};
use tokio::time::sleep;

/// What outlives the processes of a story.
struct Scene {
    journal: Arc<Passing<CrashJournal>>,
    clock: Arc<TokioClock>,
    crash: Arc<Crash>,
    deployer: Arc<FakeDeployer>,
    can_tell: bool,
}

/// What a story came to: where the release stands, what was done of what is done once, what traffic the new version has.
#[derive(Debug, PartialEq)]
struct Came {
    phase: Phase,
    once: Vec<String>,
    weight: Option<Weight>,
}

/// Does what the fake does, and cannot say afterwards whether it did.
#[derive(Debug)]
struct Forgetful(Arc<FakeDeployer>);

#[async_trait::async_trait]
impl Deployer for Forgetful {
    async fn deploy(&self, order: &toban_durable::Order<Move>) -> Result<(), toban_core::PortError> {
        self.0.deploy(order).await
    }
}

fn step(name: &str, is_repeatable: bool) -> Step {
    let action = Action::Command { argv: vec![name.into()], time_out: TimeDelta::seconds(5), is_repeatable };
    Step { name: name.into(), action }
}

fn course() -> Course {
    Course {
        preparation: vec![step("migrate", false)],
        completion: vec![step("contract", false), step("tidy", true)],
        rollback: vec![step("restore", false)],
        verification: vec![step("smoke", true)],
        ..Course::new("r1", "1.0", "2.0", "ann", Strategy::canary(TimeDelta::seconds(5)))
    }
}

impl Scene {
    fn new(fails: Option<&str>, can_tell: bool) -> Self {
        let crash = Arc::new(Crash::default());
        let inner = Arc::new(MemoryJournal::new());
        let journal = Arc::new(Passing(CrashJournal::new(inner, Arc::clone(&crash))));
        let deployer = fails.into_iter().fold(FakeDeployer::new(), FakeDeployer::with_failure);
        Self { journal, clock: TokioClock::new(), crash, deployer: Arc::new(deployer), can_tell }
    }

    async fn open(&self) -> Run<Rollout> {
        Run::open(Arc::clone(&self.journal) as _, Arc::clone(&self.clock) as _, "shop").await.unwrap()
    }

    /// How often a step was done.
    fn times(&self, step: &str) -> usize {
        self.deployer.done().iter().filter(|order| order.effect.to_string() == step).count()
    }

    /// The life of one process, to the end of the release.
    async fn live(&self, owner: &str) {
        let mut run = self.open().await;
        let propose = Request::Propose { course: Box::new(course()), by: "ann".into() };
        run.ask_once("propose", &propose).await.unwrap();
        let approve = Request::Approve { by: "bea".into(), revision: "r1".into(), why: "read".into() };
        run.ask_once("approve", &approve).await.unwrap();
        let deployer: Arc<dyn Deployer> = match self.can_tell {
            true => Arc::clone(&self.deployer) as _,
            false => Arc::new(Forgetful(Arc::clone(&self.deployer))),
        };
        let performer = CrashPerform::new(Ports::new(deployer), Arc::clone(&self.crash));
        let mut beside = self.open().await;
        let options = Options::new(owner);
        tokio::select! {
            end = drive(&mut run, Arc::new(performer), &options) => assert_eq!(end.unwrap(), End::Over),
            () = self.answer(&mut beside) => {}
        }
    }

    /// A person who looks at the world when a step is in doubt.
    async fn answer(&self, run: &mut Run<Rollout>) {
        loop {
            sleep(seconds(1)).await;
            run.refresh().await.unwrap();
            if let Phase::Asking(Asking::Doubt(about)) = run.state().phase {
                let is_done = self.times(&run.state().name(about).unwrap()) > 0;
                let answer = Request::Answer { by: "bea".into(), about, why: "seen".into(), is_done };
                run.ask(&answer).await.unwrap();
            }
        }
    }

    /// The same, until it dies at the so many-th place from now on; says whether it did.
    async fn live_until(&self, owner: &str, place: u64) -> bool {
        self.crash.after(place);
        let last = self.crash.seen() + place;
        let mut life = pin!(self.live(owner));
        poll_fn(|context| {
            let has_died = || place > 0 && self.crash.seen() >= last;
            // Its loop takes no step after that one.
            if has_died() {
                return Poll::Ready(true);
            }
            match life.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(false),
                Poll::Pending if has_died() => Poll::Ready(true),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// What it came to; each thing done once was done under one key.
    async fn came(&self) -> Came {
        let run = self.open().await;
        assert!(run.is_over());
        let is_once = |effect: &Move| matches!(effect, Move::Step { is_repeatable: false, .. });
        let done = self.deployer.done().into_iter().filter(|order| is_once(&order.effect));
        let once = done.map(|order| order.effect.to_string()).collect();
        Came { phase: run.state().phase, once, weight: self.deployer.weight() }
    }
}

/// Tells a story whose processes die there, one after the other, until one lives to the end; says how many places the
/// last one passed.
fn tell(fails: Option<&str>, can_tell: bool, places: &[u64]) -> (Came, u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let scene = Scene::new(fails, can_tell);
        for (life, place) in places.iter().enumerate() {
            let has_died = scene.live_until(&format!("process {life}"), *place).await;
            assert!(has_died, "place {place} of {places:?} is never reached");
        }
        let begun = scene.crash.seen();
        assert!(!scene.live_until("the last one", 0).await);
        (scene.came().await, scene.crash.seen() - begun)
    })
}

/// Once for each place, and for each of the next few that the second process comes to.
fn told_everywhere(fails: Option<&str>, can_tell: bool, calm: &Came) {
    let (came, places) = tell(fails, can_tell, &[]);
    assert_eq!(came, *calm);
    assert!(places > 30, "{places}");
    for first in 1..=places {
        let (came, left) = tell(fails, can_tell, &[first]);
        assert_eq!(came, *calm, "it died at place {first} of {places}");
        for second in 1..=left.min(4) {
            let (came, _) = tell(fails, can_tell, &[first, second]);
            assert_eq!(came, *calm, "it died at place {first} of {places}, and again {second} places later");
        }
    }
}

fn came(phase: Phase, once: &[&str], weight: Weight) -> Came {
    Came { phase, once: once.iter().map(|step| (*step).to_owned()).collect(), weight: Some(weight) }
}

#[test]
fn a_release_whose_process_dies_anywhere_is_driven_on_to_its_calm_end_and_does_once_what_is_done_once() {
    for can_tell in [true, false] {
        told_everywhere(None, can_tell, &came(Phase::Done, &["migrate", "contract"], Weight::ALL));
    }
}

#[test]
fn so_is_one_that_goes_back() {
    let back = came(Phase::RolledBack, &["migrate", "restore"], Weight::NONE);
    for can_tell in [true, false] {
        told_everywhere(Some("50 % of traffic to 2.0"), can_tell, &back);
    }
}
