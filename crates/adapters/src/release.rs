//! The ports of a release as programs: what works with any system that has a command line.

use crate::command::{Command, CommandError, End};
use crate::ordered::{For, Surroundings, failure, filled, last_line};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use toban_core::{Message, Notifier, Party, PortError, PortErrorKind, Receipt, Text};
use toban_durable::Order;
use toban_release_core::judge::Reading;
use toban_release_core::plan::{Length, Occasion, PlannedAnnouncement};
use toban_release_core::rollout::Commands;
use toban_release_core::{Approval, Approvals, Deployer, Measurement, Move};

/// The ports of a rollout as programs: a [`Deployer`] that starts those of the steps and of [`Mover::Program`] as they
/// stand in the course, and a [`Notifier`] and [`Approvals`] that start those that serve it.
///
/// Each program finds what order it is for in its environment: `TOBAN_ORDER`, a key that is the same for every attempt;
/// `TOBAN_ATTEMPT`, from 1; `TOBAN_FENCE`, which rises when another process takes over; `TOBAN_REPEATABLE`, `no` for
/// what must be done once. It has done what was asked when it ends with 0.
///
/// Programs outlive a process that is killed. Who takes over kills those of the same release that may be repeated
/// before it starts any, and waits for one that must be done once before it finds out what became of it; where that
/// cannot be seen (without `/proc`), the fence is all there is. What has made a session of its own is left alone.
///
/// What measures prints a number, or nothing where there is no data; for a comparison, the points of both versions as
/// `{"baseline": [1.0], "candidate": [1.5]}`. What knows who has approved is for no order; it prints an object a line,
/// `{"by": "bea", "why": "looked at it"}`, where it likes with the `revision`.
///
/// [`Mover::Program`]: toban_release_core::rollout::Mover::Program
#[derive(Clone, Debug)]
pub struct Programs {
    commands: Commands,
    around: Surroundings,
    announcements: Vec<PlannedAnnouncement>,
}

/// Somebody who is told, as the program that tells reads it.
#[derive(Serialize)]
struct Addressee<'a> {
    stakeholder: &'a Text,
    channel: &'a str,
    within: Length,
    by: &'a Party,
}

impl Programs {
    /// Served by these.
    ///
    /// # Errors
    /// When one of them is no command.
    pub fn new(commands: Commands) -> Result<Self, CommandError> {
        let Commands { measure, tell, find_out, approvals, .. } = &commands;
        for argv in [measure, tell, find_out, approvals].into_iter().flatten() {
            Command::new(argv, Duration::ZERO)?;
        }
        let around = Surroundings {
            variables: commands.variables.clone(),
            folder: commands.folder.clone(),
            ..Surroundings::default()
        };
        Ok(Self { commands, around, announcements: Vec::new() })
    }

    /// Of releases in that journal, which programs find as `TOBAN_JOURNAL`: one of the same name in another journal is
    /// another release, whose programs are left alone.
    #[must_use]
    pub fn of_journal(self, journal: impl Into<String>) -> Self {
        let around = Surroundings { journal: Some(journal.into()), ..self.around };
        Self { around, ..self }
    }

    /// What tells people is told who they are: those of the announcement, which become `{to}` in its arguments, a list
    /// of JSON with the `stakeholder`, the `channel`, how long after it they are told at the latest (`within`), and `by`
    /// whom.
    #[must_use]
    pub fn announcing(self, announcements: Vec<PlannedAnnouncement>) -> Self {
        Self { announcements, ..self }
    }

    /// Who is told of that, as JSON.
    fn addressees(&self, what: &str) -> String {
        let occasion = serde_json::from_str(what).ok().and_then(|what| Occasion::of(&what));
        let told = self.announcements.iter().filter(|one| Some(one.occasion) == occasion);
        let told: Vec<_> = told
            .map(|PlannedAnnouncement { stakeholder, lead, channel, by, .. }| Addressee {
                stakeholder,
                channel,
                within: *lead,
                by,
            })
            .collect();
        serde_json::to_string(&told).unwrap_or_default()
    }
}

/// What an order is for that moves something.
fn moving(order: &Order<Move>) -> For<'_> {
    let is_once = matches!(order.effect, Move::Step { is_repeatable: false, .. });
    For { is_once, ..For::order(order) }
}

/// What a program prints of both versions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Points {
    baseline: Vec<f64>,
    candidate: Vec<f64>,
}

/// What a program prints of an approval; what else it says of it is its own.
#[derive(Deserialize)]
struct Given {
    by: String,
    why: String,
    revision: Option<String>,
}

#[async_trait]
impl Deployer for Programs {
    async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError> {
        let (argv, is_step, operation) = match &order.effect {
            Move::Traffic { argv, .. } if argv.is_empty() => {
                let why = "no program moves traffic";
                return Err(failure(PortErrorKind::Unsupported, "move traffic", why));
            }
            Move::Traffic { argv, .. } => (argv, false, "move traffic"),
            Move::Step { argv, .. } => (argv, true, "run a step"),
        };
        self.around.succeed_alone(argv, moving(order), is_step, operation).await.map(|_| ())
    }

    async fn is_done(&self, order: &Order<Move>) -> Option<bool> {
        let (Some(find_out), Move::Step { name, .. }) = (&self.commands.find_out, &order.effect) else {
            return None;
        };
        let what = moving(order);
        self.around.alone(what, true).await.ok()?;
        match self.around.run(&filled(find_out, &[("step", name)]), Some(what)).await.ok()?.end {
            End::Exit(0) => Some(true),
            End::Exit(1) => Some(false),
            _ => None,
        }
    }

    async fn measure(&self, order: &Order<Measurement>) -> Result<Reading, PortError> {
        let Measurement { stage, name, query } = &order.effect;
        let Some(measure) = &self.commands.measure else {
            return Err(failure(PortErrorKind::Unsupported, "measure", "no program measures"));
        };
        let stage = (stage + 1).to_string();
        let argv = filled(measure, &[("query", query), ("name", name), ("stage", &stage)]);
        let printed = self.around.succeed(&argv, Some(For::order(order)), "measure").await?;
        let text = printed.trim();
        if text.is_empty() {
            return Ok(Reading::NoData);
        }
        if let Ok(value) = text.parse() {
            return Ok(Reading::Value(value));
        }
        match serde_json::from_str(text) {
            Ok(Points { baseline, candidate }) => Ok(Reading::Samples { baseline, candidate }),
            Err(_) => {
                let why = format!("{:?} is no number", last_line(text).unwrap_or_default());
                Err(failure(PortErrorKind::Unsupported, "measure", why))
            }
        }
    }
}

#[async_trait]
impl Notifier for Programs {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        let Some(tell) = &self.commands.tell else { return Ok(Receipt::default()) };
        let to = self.addressees(&message.data);
        self.around.tell(tell, message, &[("to", &to)]).await
    }
}

#[async_trait]
impl Approvals for Programs {
    async fn given(&self, revision: &str) -> Result<Vec<Approval>, PortError> {
        let Some(approvals) = &self.commands.approvals else { return Ok(Vec::new()) };
        let operation = "look for approvals";
        let printed =
            self.around.succeed(&filled(approvals, &[("revision", revision)]), None, operation).await?;
        let lines = printed.lines().filter(|line| !line.trim().is_empty());
        let given = lines.map(|line| match serde_json::from_str(line) {
            Ok(Given { by, why, revision: of }) => {
                Ok(Approval { by, revision: of.unwrap_or_else(|| revision.to_owned()), why })
            }
            Err(error) => {
                let why = format!("{:?} is no approval: {error}", last_line(line).unwrap_or_default());
                Err(failure(PortErrorKind::Unsupported, operation, why))
            }
        });
        given.collect()
    }
}
