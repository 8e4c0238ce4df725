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
use toban_core::{Message, Notifier, PortError, PortErrorKind, Receipt};
use toban_durable::{Order, Run};
use toban_release_core::rollout::{Action, Asking, Course, Phase, Request, Rollout, Step};
use toban_release_core::{Deployer, Move, Ports, Strategy};

/// Writes what it does to a file. A line is written whole or not at all, and holds the key of its order.
#[derive(Debug)]
pub(crate) struct Log(pub(crate) PathBuf);

impl Log {
    async fn write(&self, key: &str, what: String) -> Result<(), PortError> {
        if what.contains('\n') {
            let why = "a line of the log holds one order";
            return Err(PortError::new(PortErrorKind::Invalid, "write", "log", why));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let file = OpenOptions::new().create(true).append(true).open(&self.0);
        let written = file.and_then(|mut file| file.write_all(format!("{key} {what}\n").as_bytes()));
        written.map_err(|error| PortError::new(PortErrorKind::Unavailable, "write", "log", error))
    }
}

#[async_trait]
impl Deployer for Log {
    async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError> {
        self.write(&order.key, order.effect.to_string()).await
    }

    /// The file knows which orders were done.
    async fn is_done(&self, order: &Order<Move>) -> Option<bool> {
        Some(std::fs::read_to_string(&self.0).ok()?.contains(&format!("{} ", order.key)))
    }
}

#[async_trait]
impl Notifier for Log {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        self.write(&message.key, format!("told: {}", message.words.en)).await.map(|()| Receipt::default())
    }
}

/// Shows where the release stands.
#[derive(Debug)]
struct Screen;

impl Observe<Rollout> for Screen {
    fn on_change(&self, run: &Run<Rollout>) {
        println!("record {:>2}: {}, {}", run.seq(), run.state().phase, run.state().routed);
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
    let ports = Ports::new(Arc::new(Log(log.clone()))).with_notifier(Arc::new(Log(log)));
    drive(&mut run, Arc::new(ports), &options).await?;
    if let Phase::Asking(Asking::Doubt(part)) = run.state().phase {
        return Err(format!("was {part:?} done? a person has to say").into());
    }
    println!("{}; the chain's head is {}", run.state().phase, run.hash());
    Ok(())
}
