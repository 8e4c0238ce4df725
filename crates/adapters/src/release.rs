//! The orders of a release, performed by programs: what works with any system that has a command line.

use crate::command::{Command, CommandError, Ran};
use async_trait::async_trait;
use std::path::PathBuf;
use std::time::Duration;
use toban_durable::{Found, Order, Perform};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{Effect, Outcome, Rollout};

/// Performs the orders of rollouts by starting programs.
///
/// Each program finds what order it is for in its environment: `TOBAN_ORDER`, a key that is the same for every attempt;
/// `TOBAN_ATTEMPT`, from 1; `TOBAN_FENCE`, which rises when another process takes over. It has done what was asked
/// when it ends with 0.
#[derive(Clone, Debug)]
pub struct Programs {
    traffic: Vec<String>,
    measure: Option<Vec<String>>,
    tell: Option<Vec<String>>,
    find_out: Option<Vec<String>>,
    allowed: Vec<String>,
    folder: Option<PathBuf>,
}

impl Programs {
    /// Traffic is moved by this program; `{weight}` in its arguments becomes the percentage for the new version and
    /// `{version}` that version.
    ///
    /// # Errors
    /// When it is no command, or nothing in it says which weight.
    pub fn new(traffic: &[String]) -> Result<Self, ProgramsError> {
        Command::new(traffic, Duration::ZERO)?;
        if !traffic.iter().any(|argument| argument.contains("{weight}")) {
            return Err(ProgramsError::NoWeight);
        }
        let traffic = traffic.to_vec();
        Ok(Self { traffic, measure: None, tell: None, find_out: None, allowed: Vec::new(), folder: None })
    }

    /// Checks are measured by this program: it prints a number, or nothing where there is no data. `{query}` in its
    /// arguments becomes what the check asks, `{name}` the name of the check, `{stage}` the stage, from 1.
    ///
    /// # Errors
    /// When it is no command.
    pub fn measuring_by(self, measure: &[String]) -> Result<Self, ProgramsError> {
        Command::new(measure, Duration::ZERO)?;
        Ok(Self { measure: Some(measure.to_vec()), ..self })
    }

    /// People are told by this program; `{what}` in its arguments becomes what happened, as JSON. Without one nobody
    /// is told.
    ///
    /// # Errors
    /// When it is no command.
    pub fn telling_by(self, tell: &[String]) -> Result<Self, ProgramsError> {
        Command::new(tell, Duration::ZERO)?;
        Ok(Self { tell: Some(tell.to_vec()), ..self })
    }

    /// What became of a step that must be done once, and that nobody heard of, is known to this program: it ends with
    /// 0 where it was done, with 1 where it was not, with anything else where nobody can tell. `{step}` in its
    /// arguments becomes the name of the step.
    ///
    /// # Errors
    /// When it is no command.
    pub fn finding_out_by(self, find_out: &[String]) -> Result<Self, ProgramsError> {
        Command::new(find_out, Duration::ZERO)?;
        Ok(Self { find_out: Some(find_out.to_vec()), ..self })
    }

    /// Programs see this variable of the environment too.
    #[must_use]
    pub fn allowing(mut self, name: impl Into<String>) -> Self {
        self.allowed.push(name.into());
        self
    }

    /// Programs run there.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..self }
    }

    async fn run(&self, argv: &[String], order: &Order<Effect>) -> Result<Ran, String> {
        let time_out = order.time_out.to_std().unwrap_or_default();
        let command = Command::new(argv, time_out).map_err(|error| error.to_string())?;
        let command = command
            .with_variable("TOBAN_ORDER", &order.key)
            .with_variable("TOBAN_ATTEMPT", order.attempt.to_string())
            .with_variable("TOBAN_FENCE", order.fence.0.to_string());
        let command = self.allowed.iter().fold(command, |command, name| command.allowing(name.clone()));
        let command = match &self.folder {
            Some(folder) => command.in_folder(folder),
            None => command,
        };
        command.run().await.map_err(|error| format!("{error}: {}", error.source))
    }

    async fn reading(&self, argv: &[String], order: &Order<Effect>) -> Reading {
        let ran = match self.run(argv, order).await {
            Ok(ran) if ran.is_success() => ran,
            Ok(ran) => return Reading::Error { reason: complaint(argv, &ran) },
            Err(reason) => return Reading::Error { reason },
        };
        let text = ran.out.text.trim();
        if text.is_empty() {
            return Reading::NoData;
        }
        match text.parse() {
            Ok(value) => Reading::Value(value),
            Err(_) => {
                Reading::Error { reason: format!("{:?} is no number", last_line(text).unwrap_or_default()) }
            }
        }
    }

    async fn outcome(&self, argv: &[String], order: &Order<Effect>) -> Outcome {
        match self.run(argv, order).await {
            Ok(ran) if ran.is_success() => Outcome::Done,
            Ok(ran) => Outcome::Failed { why: complaint(argv, &ran) },
            Err(why) => Outcome::Failed { why },
        }
    }
}

/// How a program ended, and the last that it said.
fn complaint(argv: &[String], ran: &Ran) -> String {
    let program = argv.first().map_or("", String::as_str);
    let said = [&ran.err.text, &ran.out.text].into_iter().find_map(|text| last_line(text));
    let said = said.map(|line| format!(": {line}")).unwrap_or_default();
    format!("{program} {}{said}", ran.end)
}

/// The last line that says something, not longer than a person reads.
fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(300).collect())
}

fn filled(argv: &[String], fields: &[(&str, &str)]) -> Vec<String> {
    let fill = |argument: &String| {
        fields.iter().fold(argument.clone(), |text, (field, value)| text.replace(field, value))
    };
    argv.iter().map(fill).collect()
}

#[async_trait]
impl Perform<Rollout> for Programs {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        match &order.effect {
            Effect::Announce(what) => match (&self.tell, serde_json::to_string(what)) {
                (Some(tell), Ok(what)) => self.outcome(&filled(tell, &[("{what}", &what)]), order).await,
                _ => Outcome::Done,
            },
            Effect::Measure { stage, name, query, .. } => {
                let Some(measure) = &self.measure else {
                    return Outcome::Read(Reading::Error { reason: "no program measures".into() });
                };
                let stage = (stage + 1).to_string();
                let argv = filled(measure, &[("{query}", query), ("{name}", name), ("{stage}", &stage)]);
                Outcome::Read(self.reading(&argv, order).await)
            }
            Effect::SetWeight { weight, version, .. } => {
                let weight = weight.as_percent().to_string();
                let argv = filled(&self.traffic, &[("{weight}", &weight), ("{version}", version)]);
                self.outcome(&argv, order).await
            }
            Effect::Step { argv, .. } => self.outcome(argv, order).await,
        }
    }

    async fn find_out(&self, order: &Order<Effect>) -> Found<Outcome> {
        let (Some(find_out), Effect::Step { name, .. }) = (&self.find_out, &order.effect) else {
            return Found::Unknown;
        };
        match self.run(&filled(find_out, &[("{step}", name)]), order).await.map(|ran| ran.end) {
            Ok(crate::command::End::Exit(0)) => Found::Outcome(Outcome::Done),
            Ok(crate::command::End::Exit(1)) => Found::NotDone,
            _ => Found::Unknown,
        }
    }
}

/// Programs that cannot perform orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramsError {
    /// One of them is no command.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Traffic cannot be moved by a program that does not know how much.
    #[error("the program that moves traffic is not told how much: none of its arguments has {{weight}}")]
    NoWeight,
}
