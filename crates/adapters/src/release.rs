//! The orders of a release, performed by programs: what works with any system that has a command line.

mod left;

use crate::command::{Command, CommandError, Ran};
use async_trait::async_trait;
use chrono::{SubsecRound, TimeDelta};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use toban_core::{Clock, Grid, Interval, MetricSource};
use toban_durable::{Found, Order, Perform};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{Commands, Effect, Outcome, Rollout};

/// Performs the orders of rollouts by starting programs: those of the steps and of [`Mover::Program`] as they stand in
/// the course, and those that serve it.
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
/// `{"baseline": [1.0], "candidate": [1.5]}`.
///
/// [`Mover::Program`]: toban_release_core::rollout::Mover::Program
#[derive(Clone, Debug)]
pub struct Programs {
    commands: Commands,
    metrics: Option<(Arc<dyn MetricSource>, Arc<dyn Clock>)>,
}

impl Programs {
    /// Served by these.
    ///
    /// # Errors
    /// When one of them is no command.
    pub fn new(commands: Commands) -> Result<Self, CommandError> {
        for argv in [&commands.measure, &commands.tell, &commands.find_out].into_iter().flatten() {
            Command::new(argv, Duration::ZERO)?;
        }
        Ok(Self { commands, metrics: None })
    }

    /// Checks are measured by this source and by no program: what a check asks is a query that selects one series, and
    /// its value now, by that clock, is what was measured. A comparison needs the points of both versions, which a
    /// program gives.
    #[must_use]
    pub fn with_metrics(self, source: Arc<dyn MetricSource>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics: Some((source, clock)), ..self }
    }

    async fn run(&self, argv: &[String], order: &Order<Effect>) -> Result<Ran, String> {
        let time_out = order.time_out.to_std().unwrap_or_default();
        let command = Command::new(argv, time_out).map_err(|error| error.to_string())?;
        let command = command
            .with_variable("TOBAN_ORDER", &order.key)
            .with_variable("TOBAN_ATTEMPT", order.attempt.to_string())
            .with_variable("TOBAN_FENCE", order.fence.0.to_string())
            .with_variable("TOBAN_REPEATABLE", if is_once(&order.effect) { "no" } else { "yes" });
        let command =
            self.commands.variables.iter().fold(command, |command, name| command.allowing(name.clone()));
        let command = match &self.commands.folder {
            Some(folder) => command.in_folder(folder),
            None => command,
        };
        command.run().await.map_err(|error| format!("{error}: {}", error.source))
    }

    /// The value of a query now.
    async fn read_now(source: &dyn MetricSource, clock: &dyn Clock, query: &str) -> Reading {
        let now = clock.wall().trunc_subsecs(3);
        let step = TimeDelta::seconds(1);
        let grid = Interval::new(now, now + step).ok().and_then(|now| Grid::new(now, step).ok());
        let Some(grid) = grid else { return Reading::Error { reason: "there is no such time".into() } };
        match source.range(query, grid).await {
            Err(error) => Reading::Error { reason: format!("{error}: {}", error.source) },
            Ok(answer) => match answer.series.as_slice() {
                [] => Reading::NoData,
                [one] => {
                    one.samples().next().map_or(Reading::NoData, |sample| Reading::Value(sample.value()))
                }
                several => Reading::Error {
                    reason: format!("{} series where one is meant: sum them", several.len()),
                },
            },
        }
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
        if let Ok(value) = text.parse() {
            return Reading::Value(value);
        }
        match serde_json::from_str(text) {
            Ok(Points { baseline, candidate }) => Reading::Samples { baseline, candidate },
            Err(_) => {
                Reading::Error { reason: format!("{:?} is no number", last_line(text).unwrap_or_default()) }
            }
        }
    }

    async fn outcome(&self, argv: &[String], order: &Order<Effect>) -> Outcome {
        let is_step = matches!(order.effect, Effect::Step { .. });
        if let Err(why) = left::alone(order, is_step).await {
            return Outcome::Failed { why };
        }
        match self.run(argv, order).await {
            Ok(ran) if ran.is_success() => Outcome::Done,
            Ok(ran) => Outcome::Failed { why: complaint(argv, &ran) },
            Err(why) => Outcome::Failed { why },
        }
    }
}

/// Whether it is a step that must be done once.
fn is_once(effect: &Effect) -> bool {
    matches!(effect, Effect::Step { is_repeatable: false, .. })
}

/// What a program prints of both versions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Points {
    baseline: Vec<f64>,
    candidate: Vec<f64>,
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
            Effect::Announce(what) => match (&self.commands.tell, serde_json::to_string(what)) {
                (Some(tell), Ok(what)) => self.outcome(&filled(tell, &[("{what}", &what)]), order).await,
                _ => Outcome::Done,
            },
            Effect::Measure { stage, name, query, .. } => {
                if let Some((source, clock)) = &self.metrics {
                    return Outcome::Read(Self::read_now(&**source, &**clock, query).await);
                }
                let Some(measure) = &self.commands.measure else {
                    return Outcome::Read(Reading::Error { reason: "no program measures".into() });
                };
                let stage = (stage + 1).to_string();
                let argv = filled(measure, &[("{query}", query), ("{name}", name), ("{stage}", &stage)]);
                Outcome::Read(self.reading(&argv, order).await)
            }
            Effect::SetWeight { argv, .. } if argv.is_empty() => {
                Outcome::Failed { why: "no program moves traffic".into() }
            }
            Effect::SetWeight { argv, .. } | Effect::Step { argv, .. } => self.outcome(argv, order).await,
        }
    }

    async fn find_out(&self, order: &Order<Effect>) -> Found<Outcome> {
        let (Some(find_out), Effect::Step { name, .. }) = (&self.commands.find_out, &order.effect) else {
            return Found::Unknown;
        };
        if left::alone(order, true).await.is_err() {
            return Found::Unknown;
        }
        match self.run(&filled(find_out, &[("{step}", name)]), order).await.map(|ran| ran.end) {
            Ok(crate::command::End::Exit(0)) => Found::Outcome(Outcome::Done),
            Ok(crate::command::End::Exit(1)) => Found::NotDone,
            _ => Found::Unknown,
        }
    }
}
