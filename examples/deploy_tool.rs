//! A deploy tool that embeds the rollout: a canary with a deployer of its own, which no crash can confuse.
//!
//! `deploy-tool JOURNAL LOG`: begins a release, or goes on with the one that the journal holds. Kill it at any moment
//! and start it again. What it does to the world is a line in LOG. Without arguments it begins a new one each time.

use async_trait::async_trait;
use chrono::TimeDelta;
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use toban_adapters::drive::{Observe, Options, SystemClock, drive, owner};
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{Found, Order, Perform, Run};
use toban_release_core::rollout::{Action, Asking, Course, Effect, Outcome, Phase, Request, Rollout, Step};
use toban_release_core::{Strategy, Weight};

/// Writes what it does to a file. A line is written whole or not at all, and holds the key of its order.
#[derive(Debug)]
struct Deployer(PathBuf);

#[async_trait]
impl Perform<Rollout> for Deployer {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        let what = match &order.effect {
            Effect::SetWeight { weight, version, .. } => format!("{weight} of traffic to {version}"),
            Effect::Step { name, .. } => name.clone(),
            Effect::Announce(what) => format!("told: {what:?}"),
            Effect::Measure { name, .. } => format!("measured {name}"),
        };
        tokio::time::sleep(Duration::from_millis(5)).await;
        let file = OpenOptions::new().create(true).append(true).open(&self.0);
        match file.and_then(|mut file| file.write_all(format!("{} {what}\n", order.key).as_bytes())) {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed { why: error.to_string() },
        }
    }

    /// The file knows which orders were done.
    async fn find_out(&self, order: &Order<Effect>) -> Found<Outcome> {
        match std::fs::read_to_string(&self.0) {
            Ok(done) if done.contains(&format!("{} ", order.key)) => Found::Outcome(Outcome::Done),
            Ok(_) => Found::NotDone,
            Err(_) => Found::Unknown,
        }
    }
}

/// Shows where the release stands.
#[derive(Debug)]
struct Screen;

impl Observe<Rollout> for Screen {
    fn on_change(&self, run: &Run<Rollout>) {
        let weight = run.state().course.as_ref().zip(run.state().stage);
        let weight = weight.and_then(|(course, stage)| course.stages().get(stage)).map(|stage| stage.weight);
        println!("record {:>2}: {}, {}", run.seq(), run.state().phase, weight.unwrap_or(Weight::NONE));
    }
}

fn step(name: &str, is_repeatable: bool) -> Step {
    let action = Action::Command { argv: vec![name.into()], time_out: TimeDelta::seconds(5), is_repeatable };
    Step { name: name.into(), action }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args().skip(1).map(PathBuf::from);
    let fresh = std::env::temp_dir().join(format!("deploy-tool-{}", std::process::id()));
    let journal = paths.next().unwrap_or_else(|| fresh.with_extension("db"));
    let log = paths.next().unwrap_or_else(|| fresh.with_extension("log"));
    let course = Course {
        preparation: vec![step("migrate the database", false)],
        rollback: vec![step("deploy 1.0 again", true)],
        verification: vec![step("smoke test of 1.0", true)],
        ..Course::new("plan 7", "1.0", "2.0", "ann", Strategy::canary(TimeDelta::milliseconds(200)))
    };
    let journal = Arc::new(SqliteJournal::open(journal)?);
    let mut run: Run<Rollout> = Run::open(journal, Arc::new(SystemClock::new()), "shop").await?;
    // Asked again after a crash, both change nothing.
    run.ask_once("propose", &Request::Propose { course: Box::new(course), by: "ann".into() }).await?;
    let (by, revision, why) = ("bea".into(), "plan 7".into(), "reviewed".into());
    run.ask_once("approve", &Request::Approve { by, revision, why }).await?;
    let options = Options::new(owner()).with_observer(Arc::new(Screen));
    drive(&mut run, Arc::new(Deployer(log)), &options).await?;
    match run.state().phase {
        Phase::Asking(Asking::Doubt(part)) => Err(format!("was {part:?} done? a person has to say").into()),
        phase => {
            println!("{phase}; the chain's head is {}", run.hash());
            Ok(())
        }
    }
}
