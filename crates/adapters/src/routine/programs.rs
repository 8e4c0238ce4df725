//! The programs of tasks.

use crate::command::{CommandError, End, Ending, Ran as CommandRan};
use crate::left;
use crate::ordered::{For, Surroundings, complaint, failure, last_line};
use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use toban_core::{Message, Notifier, PortError, PortErrorKind, Receipt};
use toban_durable::{Found, Order};
use toban_routine::firing::Ran;
use toban_routine::{FiringId, Halt, Job, TaskRunner};
use tokio::sync::watch;
use tokio::time::Instant;

/// Runs the programs of tasks as they stand in the definition, and tells people through one.
///
/// Each program finds in its environment what it is for: `TOBAN_TASK`; `TOBAN_NOMINAL`, the time that the firing is for,
/// such as `2026-11-25T22:00:00Z`; `TOBAN_ORDER`, a key that is the same for every attempt; `TOBAN_ATTEMPT`, from 1;
/// `TOBAN_FENCE`, which rises when another process takes over; `TOBAN_REPEATABLE`, `no` for what must be done once. It has
/// done what it is for when it ends with 0; the last line that it prints is kept.
///
/// Programs outlive a process that is killed. Who takes over kills those of the same firing that may be repeated before it
/// starts one, and waits for one that must be done once before it finds out what became of it; where that cannot be seen
/// (without `/proc`), the fence is all there is. What has made a session of its own is left alone.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    around: Surroundings,
    tell: Option<Vec<String>>,
    running: Arc<Mutex<HashMap<FiringId, Running>>>,
}

/// A program of this process.
#[derive(Clone, Debug)]
struct Running {
    ending: Ending,
    /// Closed when it has ended.
    gone: watch::Receiver<()>,
}

impl Programs {
    /// With nothing said of their surroundings; nobody is told.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of firings in that journal, which programs find as `TOBAN_JOURNAL`: one of the same name in another journal is
    /// another firing, whose programs are left alone.
    #[must_use]
    pub fn of_journal(mut self, journal: impl Into<String>) -> Self {
        self.around.journal = Some(journal.into());
        self
    }

    /// They run in that folder.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<String>) -> Self {
        self.around.folder = Some(folder.into());
        self
    }

    /// They also see these variables of the environment, where there are such.
    #[must_use]
    pub fn allowing(mut self, variables: Vec<String>) -> Self {
        self.around.variables = variables;
        self
    }

    /// This program tells people. In its arguments `{ja}` and `{en}` become the words of the message, `{what}` its data.
    ///
    /// # Errors
    /// When it is no command.
    pub fn telling(self, tell: Vec<String>) -> Result<Self, CommandError> {
        crate::command::Command::new(&tell, std::time::Duration::ZERO)?;
        Ok(Self { tell: Some(tell), ..self })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<FiringId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run_for(
        &self,
        argv: &[String],
        what: For<'_>,
        firing: &FiringId,
        ending: &Ending,
    ) -> Result<CommandRan, PortError> {
        let nominal = firing.nominal.to_rfc3339_opts(SecondsFormat::Secs, true);
        let command = self.around.command(argv, Some(what))?;
        let command = command.with_variable("TOBAN_TASK", firing.task.as_str());
        command.with_variable("TOBAN_NOMINAL", nominal).run_heeding(ending).await
    }
}

/// What is left of the time of an order, less the second that it has in order to hear of its end.
fn left_of(time_out: TimeDelta, since: Instant) -> TimeDelta {
    let margin = (time_out / 2).min(TimeDelta::seconds(1));
    let gone = TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX);
    (time_out - margin - gone).max(TimeDelta::zero())
}

fn what(order: &Order<Job>) -> For<'_> {
    For { is_once: !order.effect.is_repeatable, ..For::order(order) }
}

/// Says when it goes that its program has ended.
struct Gone<'p> {
    programs: &'p Programs,
    firing: FiringId,
    _gone: watch::Sender<()>,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.programs.running().remove(&self.firing);
    }
}

#[async_trait]
impl TaskRunner for Programs {
    async fn run(&self, order: &Order<Job>) -> Result<Ran, PortError> {
        let since = Instant::now();
        let Job { firing, argv, is_repeatable, .. } = &order.effect;
        let (sender, gone) = watch::channel(());
        let ending = Ending::new();
        self.running().insert(firing.clone(), Running { ending: ending.clone(), gone });
        let _gone = Gone { programs: self, firing: firing.clone(), _gone: sender };
        self.around
            .alone(what(order), !is_repeatable)
            .await
            .map_err(|why| failure(PortErrorKind::TimedOut, "run a task", why))?;
        let what = For { time_out: left_of(order.time_out, since), ..what(order) };
        let ran = self.run_for(argv, what, firing, &ending).await?;
        Ok(if ran.is_success() {
            let said = last_line(&ran.out.text).or_else(|| last_line(&ran.err.text));
            Ran { is_success: true, said: said.unwrap_or_default() }
        } else {
            Ran { is_success: false, said: complaint(argv, &ran) }
        })
    }

    async fn find_out(&self, order: &Order<Job>) -> Found<Ran> {
        let Job { firing, find_out, .. } = &order.effect;
        let since = Instant::now();
        // Also where nobody can tell: what is in doubt does not run any more.
        if self.around.alone(what(order), true).await.is_err() {
            return Found::Unknown;
        }
        let Some(find_out) = find_out else { return Found::Unknown };
        let what = For { time_out: left_of(order.time_out, since), ..what(order) };
        match self.run_for(find_out, what, firing, &Ending::new()).await {
            Ok(ran) if ran.is_success() => {
                Found::Outcome(Ran { is_success: true, said: last_line(&ran.out.text).unwrap_or_default() })
            }
            Ok(CommandRan { end: End::Exit(1), .. }) => Found::NotDone,
            _ => Found::Unknown,
        }
    }

    async fn stop(&self, order: &Order<Halt>) -> Result<(), PortError> {
        let Halt { firing, is_at_once } = &order.effect;
        let running = self.running().get(firing).cloned();
        if let Some(Running { ending, mut gone }) = running {
            if *is_at_once {
                ending.end()
            } else {
                ending.ask()
            }
            // An error says that it is.
            while gone.changed().await.is_ok() {}
        }
        left::ended(self.around.journal.as_deref(), For::order(order), *is_at_once).await;
        Ok(())
    }
}

#[async_trait]
impl Notifier for Programs {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        match &self.tell {
            Some(tell) => self.around.tell(tell, message, &[]).await,
            None => Ok(Receipt::default()),
        }
    }
}
