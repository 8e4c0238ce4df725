//! What a rollout follows: the part of a plan that a machine can carry out.

use crate::analysis::{Check, Severity, Trigger};
use crate::strategy::{Return, Stage, Strategy, Weight, millis};
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
    /// Who made the plan.
    pub author: String,
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
    #[serde(with = "millis")]
    pub check_time_out: TimeDelta,
    /// In order, when the new version has all traffic.
    pub completion: Vec<Step>,
    /// In order, once traffic is back.
    pub rollback: Vec<Step>,
    /// What shows that the old version works again; the rollout counts as rolled back only after all of it.
    pub verification: Vec<Step>,
    /// How often a step or a weight is tried before it counts as failed.
    pub attempts: u32,
    /// How long setting a weight may take.
    #[serde(with = "millis")]
    pub traffic_time_out: TimeDelta,
    /// When nothing moves forward.
    pub freezes: Vec<Freeze>,
    /// Whether the error budget must allow each move forward.
    pub needs_ruling: bool,
}

/// A stretch of time in which nothing moves forward; a rollback always may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Freeze {
    /// The first moment that is frozen.
    pub start: DateTime<Utc>,
    /// The first moment that is not.
    pub end: DateTime<Utc>,
    /// Why.
    pub why: String,
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
        #[serde(with = "millis")]
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
            author: author.to_owned(),
            approvers: Vec::new(),
            approvals: 1,
            author_may_approve: false,
            preparation: Vec::new(),
            strategy,
            checks: Vec::new(),
            triggers: Vec::new(),
            check_time_out: TimeDelta::seconds(10),
            completion: Vec::new(),
            rollback: Vec::new(),
            verification: Vec::new(),
            attempts: 3,
            traffic_time_out: TimeDelta::seconds(30),
            freezes: Vec::new(),
            needs_ruling: false,
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
