//! One thing that is done, by a command or by hand.

use super::length::Length;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_core::{Party, PersonId, Text};

/// How a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepAction {
    /// By a program.
    Command {
        /// The program and its arguments; never a shell's line.
        argv: Vec<String>,
        /// How long it may take before it counts as lost.
        time_out: Length,
        /// Whether doing it again does no harm. Where nobody has said so, it does.
        is_repeatable: bool,
    },
    /// By hand, as the instruction says: toil.
    Manual(Text),
}

/// What a step does to the service; the rest is told by its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StepKind {
    /// メンテナンスモードへの切り替え: when it has ended, no version serves.
    MaintenanceOn,
    /// DBマイグレーション: when it has ended, the database has this schema.
    Database {
        /// Which part of the migration it is.
        phase: MigrationPhase,
        /// The schema that it leads to; a backfill may lead to the one that is there.
        to: String,
    },
    /// アプリケーションデプロイ: while it runs, both versions serve; when it has ended, the one it deploys does alone.
    /// In a rollback, that is the previous one.
    Deploy,
    /// 動作確認（スモークテスト）.
    SmokeTest,
    /// メンテナンス解除: from its beginning on, what is deployed serves.
    MaintenanceOff,
    /// Nothing of these.
    #[default]
    Other,
    /// DBロールバック, in a rollback: when it has ended, the database has this schema, or an earlier one where it was
    /// never further.
    RestoreSchema {
        /// The schema that it leads back to.
        to: String,
    },
}

/// The parts of a migration that lets two versions of an application live on one database, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationPhase {
    /// Adds what the new version needs, and takes nothing away.
    Expand,
    /// Fills what was added.
    Backfill,
    /// Makes what was added the truth.
    Switch,
    /// Takes away what only the old version needed: by its nature it cannot be undone.
    Contract,
}

/// What is done when something after an irreversible step fails: no way back, a way forward.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForwardFix {
    /// What is done.
    pub plan: Text,
    /// Who accepted that there is no way back.
    pub acknowledged: Acknowledged,
}

/// That a person has accepted something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// Who.
    pub by: PersonId,
    /// When.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlanStep {
    /// What it is called by, once in the plan.
    pub id: String,
    /// 作業項目: what is done.
    pub item: Text,
    /// 担当: who does it, or answers for the command.
    pub owner: Party,
    /// How it is done.
    pub action: StepAction,
    /// 確認項目: what is looked at afterwards.
    pub checks: Vec<Text>,
    /// How long it is planned to take.
    pub takes: Length,
    /// The steps that must have ended before; `None`: the one before it in the list.
    pub after: Option<Vec<String>>,
    /// What it does to the service.
    pub kind: StepKind,
    /// Whether its author says that it cannot be undone.
    pub irreversible: bool,
    /// What is done instead of a rollback after it.
    pub forward_fix: Option<ForwardFix>,
}

impl PlanStep {
    /// Whether it is done by hand.
    #[must_use]
    pub fn is_toil(&self) -> bool {
        matches!(self.action, StepAction::Manual(_))
    }

    /// Whether it cannot be undone: its author says so, or it takes something away.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        self.irreversible || matches!(self.kind, StepKind::Database { phase: MigrationPhase::Contract, .. })
    }
}

/// A step in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDraft {
    /// What it is called by, once in the plan.
    pub id: String,
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Text>,
    /// Who does it, or answers for the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Party>,
    /// The program and its arguments, where one does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// How long the program may take before it counts as lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_out: Option<Length>,
    /// Whether doing it again does no harm. Left out, it is never started twice without a person's word.
    #[serde(default, skip_serializing_if = "is_false")]
    pub repeatable: bool,
    /// What a person does, where one does it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Text>,
    /// What is looked at afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Text>,
    /// How long it is planned to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Length>,
    /// The steps that must have ended before; left out: the one before it in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// What it does to the service.
    #[serde(default, skip_serializing_if = "is_other")]
    pub kind: StepKind,
    /// Whether it cannot be undone; taking something away from a database never can.
    #[serde(default, skip_serializing_if = "is_false")]
    pub irreversible: bool,
    /// What is done instead of a rollback after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_fix: Option<ForwardFixDraft>,
}

/// A forward fix in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForwardFixDraft {
    /// What is done.
    pub plan: Option<Text>,
    /// Who accepted that there is no way back.
    pub acknowledged: Option<Acknowledged>,
}

impl StepDraft {
    /// Whether it cannot be undone.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        self.irreversible || matches!(self.kind, StepKind::Database { phase: MigrationPhase::Contract, .. })
    }
}

impl From<PlanStep> for StepDraft {
    fn from(step: PlanStep) -> Self {
        let PlanStep { id, item, owner, action, checks, takes, after, kind, irreversible, forward_fix } =
            step;
        let (command, time_out, repeatable, manual) = match action {
            StepAction::Command { argv, time_out, is_repeatable } => {
                (Some(argv), Some(time_out), is_repeatable, None)
            }
            StepAction::Manual(instruction) => (None, None, false, Some(instruction)),
        };
        let forward_fix = forward_fix.map(|ForwardFix { plan, acknowledged }| ForwardFixDraft {
            plan: Some(plan),
            acknowledged: Some(acknowledged),
        });
        Self {
            id,
            item: Some(item),
            owner: Some(owner),
            command,
            time_out,
            repeatable,
            manual,
            checks,
            takes: Some(takes),
            after,
            kind,
            irreversible,
            forward_fix,
        }
    }
}

fn is_other(kind: &StepKind) -> bool {
    *kind == StepKind::Other
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
