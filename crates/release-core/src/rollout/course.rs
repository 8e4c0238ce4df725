//! What a rollout follows: the part of a plan that a machine can carry out.

use super::event::{Effect, Part};
use crate::analysis::{Check, Severity, Trigger};
use crate::plan::PlannedAnnouncement;
use crate::strategy::{Return, Stage, Strategy, Weight};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The way of one release: what is done before traffic moves, how it moves, what is done after it, and how all of it
/// is undone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Course {
    /// The revision of the plan that it was made from; an approval is for this one and no other.
    pub revision: String,
    /// The version that is live.
    pub from: String,
    /// The version that is to be.
    pub to: String,
    /// Of which service; empty where nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Where to; empty where nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub environment: String,
    /// Who made the plan.
    pub author: String,
    /// On what grounds it may begin: what was seen before, and what a gate said of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub grounds: String,
    /// Who may approve; anybody where nobody is named.
    pub approvers: Vec<String>,
    /// How many of them must.
    pub approvals: usize,
    /// Whether the author's own approval counts.
    pub author_may_approve: bool,
    /// In order, before any traffic moves.
    pub preparation: Vec<Step>,
    /// How traffic moves.
    pub strategy: Strategy,
    /// What is measured while a stage soaks; each has to pass in each stage.
    pub checks: Vec<Check>,
    /// How urgently a check is answered that fails; one without a trigger brings traffic back as the strategy says.
    pub triggers: Vec<Trigger>,
    /// How long a measurement may take.
    #[serde(with = "crate::plan::length::text")]
    pub check_time_out: TimeDelta,
    /// In order, when the new version has all traffic.
    pub completion: Vec<Step>,
    /// The step of `completion` from whose beginning on nothing leads back any more, and what is done instead.
    pub no_return: Option<NoReturn>,
    /// In order, once traffic is back.
    pub rollback: Vec<Step>,
    /// What shows that the old version works again; the rollout counts as rolled back only after all of it.
    pub verification: Vec<Step>,
    /// How often a step or a weight is tried before it counts as failed.
    pub attempts: u32,
    /// Who moves traffic forward.
    pub traffic: Mover,
    /// Who brings it back.
    pub traffic_back: Mover,
    /// How long a deployer may take to set a weight.
    #[serde(with = "crate::plan::length::text")]
    pub traffic_time_out: TimeDelta,
    /// So many of the steps of `rollback` come before traffic is back, the others after.
    pub before_return: usize,
    /// The programs that serve it, where programs do.
    pub programs: Commands,
    /// When nothing moves forward.
    pub freezes: Vec<Freeze>,
    /// When it is to be done: nothing moves forward before, and after it only by an override.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Slot>,
    /// Whether the error budget must allow each move forward.
    pub needs_ruling: bool,
    /// Who is told of what on the way, how long after it at the latest, where and by whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announcements: Vec<PlannedAnnouncement>,
}

/// Where a rollout can only be finished.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NoReturn {
    /// Which step of the completion, from 0.
    pub step: usize,
    /// What is done where it, or one after it, fails.
    pub forward_fix: String,
}

/// Who moves traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mover {
    /// Whoever performs the orders, in a way of its own.
    #[default]
    Deployer,
    /// A program, started for each weight and, after a crash, again for the same one.
    Program {
        /// The program and its arguments; in them, `{weight}` becomes the percentage for the new version and
        /// `{version}` that version.
        argv: Vec<String>,
        /// How long it may take.
        #[serde(with = "crate::plan::length::text")]
        time_out: TimeDelta,
    },
    /// A person, who says when it is done.
    Person {
        /// Who.
        owner: String,
        /// What is to be done.
        instruction: String,
    },
}

/// The programs that serve a rollout besides its steps. Whoever performs orders
/// without programs takes no notice of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Commands {
    /// Measures a check: prints a number, or nothing where there is no data. `{query}` in its arguments becomes what
    /// the check asks, `{name}` its name, `{stage}` the stage, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<Vec<String>>,
    /// The address of a Prometheus, or of what answers as it does, that measures instead: what a check asks is a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<String>,
    /// Tells people; `{what}` becomes what happened, as JSON, `{ja}` and `{en}` the same in words, `{to}` who is told of
    /// it, as JSON. Without one nobody is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tell: Option<Vec<String>>,
    /// Knows what became of a step that must be done once and that nobody heard of: ends with 0 where it was done, with
    /// 1 where it was not, with anything else where nobody can tell. `{step}` becomes the name of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub find_out: Option<Vec<String>>,
    /// Knows who has approved elsewhere: prints an object of JSON for each approval, one a line, with `by`, `why`, and
    /// `revision` where it is not the one that `{revision}` in its arguments becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Vec<String>>,
    /// Variables of the environment that programs see, besides the few that every program needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// Where programs run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// A stretch of time in which no move forward begins, while one that has begun is brought to its end; a rollback always
/// may begin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// The first moment that is frozen.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub start: DateTime<Utc>,
    /// The first moment that is not.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub end: DateTime<Utc>,
    /// Why.
    pub why: String,
}

/// When a release is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// The first moment at which something may move.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub start: DateTime<Utc>,
    /// The first at which nothing more does.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub end: DateTime<Utc>,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// What people call it.
    pub name: String,
    /// How it is done.
    pub action: Action,
}

/// How a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// By a program.
    Command {
        /// The program and its arguments, never a shell's line.
        argv: Vec<String>,
        /// How long it may take.
        #[serde(with = "crate::plan::length::text")]
        time_out: TimeDelta,
        /// Whether doing it again does no harm.
        is_repeatable: bool,
    },
    /// By a person, who says when it is done.
    Manual {
        /// Who.
        owner: String,
        /// What is to be done.
        instruction: String,
    },
}

impl Course {
    /// The least that a release needs: two versions, a strategy, and steps that undo it and show that it is undone.
    #[must_use]
    pub fn new(revision: &str, from: &str, to: &str, author: &str, strategy: Strategy) -> Self {
        Self {
            revision: revision.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            service: String::new(),
            environment: String::new(),
            author: author.to_owned(),
            grounds: String::new(),
            approvers: Vec::new(),
            approvals: 1,
            author_may_approve: false,
            preparation: Vec::new(),
            strategy,
            checks: Vec::new(),
            triggers: Vec::new(),
            check_time_out: TimeDelta::seconds(10),
            completion: Vec::new(),
            no_return: None,
            rollback: Vec::new(),
            verification: Vec::new(),
            attempts: 3,
            traffic: Mover::Deployer,
            traffic_back: Mover::Deployer,
            traffic_time_out: TimeDelta::seconds(30),
            before_return: 0,
            programs: Commands::default(),
            freezes: Vec::new(),
            schedule: None,
            needs_ruling: false,
            announcements: Vec::new(),
        }
    }

    /// The stages.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        self.strategy.stages()
    }

    /// How urgently a check is answered that fails.
    #[must_use]
    pub fn severity(&self, check: &str) -> Option<Severity> {
        self.triggers.iter().find(|trigger| trigger.check() == check).map(Trigger::severity)
    }

    /// The freeze at that moment that ends last.
    #[must_use]
    pub fn frozen_at(&self, at: DateTime<Utc>) -> Option<&Freeze> {
        let frozen = self.freezes.iter().filter(|freeze| freeze.start <= at && at < freeze.end);
        frozen.max_by_key(|freeze| freeze.end)
    }

    /// What brings traffic to that weight, forward or back; `None`: a person does.
    pub(super) fn to_weight(&self, part: Part, weight: Weight, mover: &Mover) -> Option<Effect> {
        let (argv, time_out) = match mover {
            Mover::Deployer => (Vec::new(), self.traffic_time_out),
            Mover::Program { argv, time_out } => {
                let percent = weight.as_percent().to_string();
                let fill =
                    |argument: &String| argument.replace("{weight}", &percent).replace("{version}", &self.to);
                (argv.iter().map(fill).collect(), *time_out)
            }
            Mover::Person { .. } => return None,
        };
        Some(Effect::SetWeight { part, weight, version: self.to.clone(), argv, time_out })
    }

    /// The weights through which traffic comes back from a stage.
    #[must_use]
    pub fn way_back(&self, stage: usize, way: Return) -> Vec<Weight> {
        let passed = self.stages().iter().take(stage).map(|stage| stage.weight);
        let passed = passed.filter(|weight| way == Return::Gradual && *weight > Weight::NONE);
        let mut weights: Vec<_> = passed.collect();
        weights.reverse();
        weights.push(Weight::NONE);
        weights
    }
}
