//! The way back: when it is taken, how, and how one knows that one has arrived.

use super::critical_path::{CriticalPath, critical_path};
use super::step::{PlanStep, StepDraft, StepKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use toban_core::Text;

/// How bad what triggers a rollback is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot wait.
    Critical,
    /// It can wait for a moment.
    High,
    /// A person looks at it.
    Medium,
}

/// When to roll back (判断基準).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackCriterion {
    /// How bad it is.
    pub severity: Severity,
    /// What has happened.
    pub text: Text,
}

/// What a stage of the strategy must show, and what ends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageCriteria {
    /// The name of the stage.
    pub stage: String,
    /// 成功基準: what lets the next stage begin.
    #[serde(default)]
    pub success: Vec<Text>,
    /// ロールバック条件: what takes the traffic back.
    #[serde(default)]
    pub rollback: Vec<RollbackCriterion>,
}

/// The way back of a plan. All four parts are there, or there is no such value.
///
/// ```compile_fail,E0451
/// use toban_release_core::plan::{Rollback, RollbackCriterion, PlanStep};
/// // Its parts cannot be put together by hand, with or without something in them.
/// fn by_hand(criteria: Vec<RollbackCriterion>, steps: Vec<PlanStep>) -> Rollback {
///     Rollback { criteria, steps, data_verification: Vec::new(), checks: Vec::new() }
/// }
/// ```
///
/// ```
/// use toban_release_core::plan::{Rollback, RollbackCriterion, RollbackError, PlanStep};
/// fn by_the_door(criteria: Vec<RollbackCriterion>, steps: Vec<PlanStep>) -> Result<Rollback, RollbackError> {
///     Rollback::new(criteria, steps, Vec::new(), Vec::new())
/// }
/// let error = by_the_door(Vec::new(), Vec::new()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a rollback lacks: criteria, steps, verification of the data, checks afterwards",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rollback {
    criteria: Vec<RollbackCriterion>,
    steps: Vec<PlanStep>,
    data_verification: Vec<PlanStep>,
    checks: Vec<PlanStep>,
}

impl Rollback {
    /// A way back with these parts.
    ///
    /// # Errors
    /// When one of them is empty.
    pub fn new(
        criteria: Vec<RollbackCriterion>,
        steps: Vec<PlanStep>,
        data_verification: Vec<PlanStep>,
        checks: Vec<PlanStep>,
    ) -> Result<Self, RollbackError> {
        let parts = [
            (RollbackPart::Criteria, criteria.is_empty()),
            (RollbackPart::Steps, steps.is_empty()),
            (RollbackPart::DataVerification, data_verification.is_empty()),
            (RollbackPart::Checks, checks.is_empty()),
        ];
        let lacks: Vec<_> = parts.into_iter().filter(|(_, lacks)| *lacks).map(|(part, _)| part).collect();
        if lacks.is_empty() {
            Ok(Self { criteria, steps, data_verification, checks })
        } else {
            Err(RollbackError { lacks })
        }
    }

    /// 判断基準: when it is taken.
    #[must_use]
    pub fn criteria(&self) -> &[RollbackCriterion] {
        &self.criteria
    }

    /// What is done, in order.
    #[must_use]
    pub fn steps(&self) -> &[PlanStep] {
        &self.steps
    }

    /// データ検証: how one sees that the data are right.
    #[must_use]
    pub fn data_verification(&self) -> &[PlanStep] {
        &self.data_verification
    }

    /// 切り戻し後の確認項目: what must pass before the release counts as rolled back.
    #[must_use]
    pub fn checks(&self) -> &[PlanStep] {
        &self.checks
    }

    /// How long it takes until the checks afterwards have passed; `None` where no order puts its steps one after the
    /// other.
    #[must_use]
    pub fn critical_path(&self) -> Option<CriticalPath> {
        let path = |steps: &[PlanStep]| critical_path(steps).ok();
        Some(path(&self.steps)?.then(path(&self.data_verification)?).then(path(&self.checks)?))
    }
}

/// A part that a rollback cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RollbackPart {
    /// When it is taken.
    Criteria,
    /// What is done.
    Steps,
    /// How one sees that the data are right.
    DataVerification,
    /// What must pass afterwards.
    Checks,
}

impl fmt::Display for RollbackPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Criteria => "criteria",
            Self::Steps => "steps",
            Self::DataVerification => "verification of the data",
            Self::Checks => "checks afterwards",
        })
    }
}

/// A rollback that lacks a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rollback lacks: {}", lacks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
pub struct RollbackError {
    /// The parts that are not there.
    pub lacks: Vec<RollbackPart>,
}

/// A rollback in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RollbackDraft {
    /// When it is taken.
    pub criteria: Vec<RollbackCriterion>,
    /// What is done, in order.
    pub steps: Vec<StepDraft>,
    /// How one sees that the data are right.
    pub data_verification: Vec<StepDraft>,
    /// What must pass before the release counts as rolled back.
    pub checks: Vec<StepDraft>,
}

impl RollbackDraft {
    /// Five slots to fill in, in their order: without owners, commands and times, so that a review asks for each. That
    /// there are five is a requirement; what they are called here is a proposal of this crate.
    #[must_use]
    pub fn five_slots() -> Self {
        let slot = |id: &str, ja, en, kind| StepDraft {
            id: id.into(),
            item: Some(Text::new(ja, en)),
            kind,
            ..StepDraft::default()
        };
        Self {
            criteria: Vec::new(),
            steps: vec![
                slot(
                    "rollback-stop",
                    "展開を止め、関係者に知らせる",
                    "Stop the rollout and tell those concerned",
                    StepKind::Other,
                ),
                slot(
                    "rollback-deploy",
                    "前バージョンをデプロイする",
                    "Deploy the previous version",
                    StepKind::Deploy,
                ),
                slot(
                    "rollback-database",
                    "DBを前のスキーマに戻す",
                    "Bring the database back to the schema before",
                    StepKind::Other,
                ),
            ],
            data_verification: vec![slot(
                "rollback-data",
                "データを検証する",
                "Verify the data",
                StepKind::Other,
            )],
            checks: vec![slot(
                "rollback-checks",
                "サービスを確認する",
                "Check the service",
                StepKind::SmokeTest,
            )],
        }
    }
}

impl From<Rollback> for RollbackDraft {
    fn from(rollback: Rollback) -> Self {
        let Rollback { criteria, steps, data_verification, checks } = rollback;
        let drafts = |steps: Vec<PlanStep>| steps.into_iter().map(StepDraft::from).collect();
        Self {
            criteria,
            steps: drafts(steps),
            data_verification: drafts(data_verification),
            checks: drafts(checks),
        }
    }
}
