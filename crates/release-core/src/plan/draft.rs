//! A plan as a person writes it, before everything is known.

use super::after::AfterReleaseDraft;
use super::announcement::PlannedAnnouncement;
use super::checklist::Checklist;
use super::course::RolloutSpec;
use super::critical_path::LimitsDraft;
use super::database::Database;
use super::environment::EnvironmentDraft;
use super::kickoff::Kickoff;
use super::people::{Contact, Role};
use super::readiness::Requirement;
use super::risk::Risk;
use super::rollback::{RollbackDraft, StageCriteria};
use super::step::StepDraft;
use super::target::{ApproversDraft, ImpactDraft, PreparationDraft, ScheduleDraft, TargetDraft};
use crate::Strategy;
use serde::{Deserialize, Serialize};
use toban_core::{Party, PersonId};

/// A release plan in which anything may still be unknown. What is unknown is asked by [`review`](super::review()), never
/// assumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanDraft {
    /// What is released.
    pub target: TargetDraft,
    /// Where to.
    pub environment: EnvironmentDraft,
    /// When.
    pub schedule: ScheduleDraft,
    /// What users notice.
    pub impact: ImpactDraft,
    /// Who wrote the plan.
    pub author: Option<PersonId>,
    /// 作業責任者: who answers for the work.
    pub owner: Option<Party>,
    /// リリース承認者.
    pub approvers: ApproversDraft,
    /// 緊急時の判断者: who decides in an emergency.
    pub emergency: Option<Party>,
    /// 連絡網.
    pub contacts: Vec<Contact>,
    /// Roles with duties and authorities.
    pub roles: Vec<Role>,
    /// What is prepared the day before.
    pub preparation: PreparationDraft,
    /// Who is told what; `[]`: nobody.
    pub announcements: Option<Vec<PlannedAnnouncement>>,
    /// How traffic goes over.
    pub strategy: Option<Strategy>,
    /// What each stage of it must show.
    pub stages: Vec<StageCriteria>,
    /// What happens to the database.
    pub database: Option<Database>,
    /// リリース当日手順 (T-0).
    pub steps: Vec<StepDraft>,
    /// 切り戻し手順.
    pub rollback: RollbackDraft,
    /// リリース後確認.
    pub after: AfterReleaseDraft,
    /// The risk register; `[]`: none is known.
    pub risks: Option<Vec<Risk>>,
    /// Checklists.
    pub checklists: Vec<Checklist>,
    /// The meeting that it begins with.
    pub kickoff: Option<Kickoff>,
    /// What it needs of its surroundings; `[]`: nothing.
    pub readiness: Option<Vec<Requirement>>,
    /// How long it may take.
    pub limits: LimitsDraft,
    /// How a machine carries it out.
    pub rollout: RolloutSpec,
}
