//! A release plan: everything in it is known, and it has a way back.

pub(crate) mod after;
pub(crate) mod announcement;
pub(crate) mod ask;
pub(crate) mod checklist;
pub(crate) mod course;
pub(crate) mod critical_path;
pub(crate) mod database;
pub(crate) mod draft;
pub(crate) mod environment;
mod fingerprint;
pub(crate) mod freeze;
pub(crate) mod gate;
pub(crate) mod kickoff;
pub(crate) mod length;
pub(crate) mod moment;
pub(crate) mod order;
pub(crate) mod people;
pub(crate) mod reach;
pub(crate) mod readiness;
pub(crate) mod rehearsal;
pub(crate) mod review;
pub(crate) mod risk;
pub(crate) mod rollback;
pub(crate) mod step;
pub(crate) mod target;
pub(crate) mod version;

pub use after::{AfterRelease, AfterReleaseDraft, Support};
pub use announcement::{Happened, Occasion, Overdue, PlannedAnnouncement, Told, overdue};
pub use ask::{BLOCKS_GATE_1, BLOCKS_PLAN};
pub use checklist::{Checklist, ChecklistItem, Done, open_items};
pub(crate) use course::NOTHING;
pub use course::{NoCourse, RolloutSpec};
pub use critical_path::{CriticalPath, Limits, LimitsDraft, TimedStep, critical_path};
pub use database::{Compatibility, Database, Migration};
pub use draft::PlanDraft;
pub use environment::{Demand, DeployTrigger, Environment, EnvironmentDraft, EnvironmentKind};
pub use freeze::RecurringFreeze;
pub use gate::{Approval, ArtefactSeen, BackupSeen, Decision, GateEvidence, gate, gate_before_approval};
pub use kickoff::{AgendaSlot, Kickoff, ParticipantGroup};
pub use length::{Length, LengthError};
pub use order::OrderError;
pub use people::{Contact, Role};
pub use reach::{Moment, Pair, Reach, ReachFault, Stranded, Way, When};
pub use readiness::{Met, Need, Observation, Readiness, Requirement, Resource};
pub use rehearsal::{Rehearsal, RehearsalOutcome, RehearsalRecord};
pub use review::{DefaultUsed, Finding, FindingLevel, PlanRefused, Review, Toil, review};
pub use risk::{Grade, Risk, risk_matrix};
pub use rollback::{
    Rollback, RollbackCriterion, RollbackDraft, RollbackError, RollbackPart, Severity, StageCriteria,
};
pub use step::{
    Acknowledged, ForwardFix, ForwardFixDraft, MigrationPhase, PlanStep, StepAction, StepDraft, StepKind,
};
pub use target::{
    ApprovalRule, Approvers, ApproversDraft, ArtefactDraft, Impact, ImpactDraft, Preparation,
    PreparationDraft, Previous, PreviousDraft, ScheduleDraft, Target, TargetDraft, Verified,
};
pub use version::{Artefact, Version, VersionError};

use crate::Strategy;
use critical_path::with_soaks;
use fingerprint::fingerprint;
use serde::{Deserialize, Serialize};
use toban_core::{Fingerprint, Interval, Party, PersonId};

/// A release plan. It comes only from a draft in which nothing important is unknown: [`PlanDraft::build`]. What can
/// only be read, nobody can take its way back away from.
///
/// ```compile_fail,E0451
/// use toban_release_core::plan::{Plan, Rollback};
/// // Not even with the way back of another plan.
/// fn with_another_way_back(plan: Plan, rollback: Rollback) -> Plan {
///     Plan { rollback, ..plan }
/// }
/// ```
///
/// ```compile_fail,E0616
/// use toban_release_core::plan::{Plan, Rollback};
/// fn replace(plan: &mut Plan, rollback: Rollback) {
///     plan.rollback = rollback;
/// }
/// ```
///
/// ```compile_fail,E0599
/// use toban_release_core::plan::Plan;
/// // There is no empty plan to begin with.
/// let plan = Plan::default();
/// ```
///
/// ```compile_fail,E0308
/// use toban_release_core::plan::{GateEvidence, PlanDraft, gate};
/// // A draft passes no gate.
/// fn ask(draft: &PlanDraft, evidence: &GateEvidence, now: chrono::DateTime<chrono::Utc>) {
///     gate(draft, evidence, now);
/// }
/// ```
///
/// ```
/// use toban_release_core::plan::{GateEvidence, Plan, PlanDraft, PlanRefused, Rollback, gate};
/// fn ask(draft: &PlanDraft, evidence: &GateEvidence, now: chrono::DateTime<chrono::Utc>) -> Result<(), PlanRefused> {
///     let plan: Plan = draft.build()?;
///     let way_back: &Rollback = plan.rollback();
///     let ruling = gate(&plan, evidence, now);
/// #   let _ = (way_back, ruling);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PlanDraft", into = "PlanDraft")]
pub struct Plan {
    target: Target,
    environment: Environment,
    schedule: Interval,
    impact: Impact,
    author: PersonId,
    owner: Party,
    approvers: Approvers,
    emergency: Party,
    contacts: Vec<Contact>,
    roles: Vec<Role>,
    preparation: Preparation,
    announcements: Vec<PlannedAnnouncement>,
    strategy: Strategy,
    stages: Vec<StageCriteria>,
    database: Database,
    steps: Vec<PlanStep>,
    rollback: Rollback,
    after: AfterRelease,
    risks: Option<Vec<Risk>>,
    checklists: Vec<Checklist>,
    kickoff: Option<Kickoff>,
    readiness: Option<Vec<Requirement>>,
    limits: Limits,
    rollout: RolloutSpec,
    /// Derived when it was built.
    no_return: Option<String>,
}

impl Plan {
    /// リリース対象: what is released, and what a rollback leads back to.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Where to, and what that place demands.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// リリース予定日時・作業時間.
    #[must_use]
    pub fn schedule(&self) -> Interval {
        self.schedule
    }

    /// サービス影響.
    #[must_use]
    pub fn impact(&self) -> &Impact {
        &self.impact
    }

    /// Who wrote it.
    #[must_use]
    pub fn author(&self) -> &PersonId {
        &self.author
    }

    /// 作業責任者: who answers for the work.
    #[must_use]
    pub fn owner(&self) -> &Party {
        &self.owner
    }

    /// リリース承認者.
    #[must_use]
    pub fn approvers(&self) -> &Approvers {
        &self.approvers
    }

    /// 緊急時の判断者.
    #[must_use]
    pub fn emergency(&self) -> &Party {
        &self.emergency
    }

    /// 連絡網.
    #[must_use]
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Roles with duties and authorities.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// 事前準備 (T-1 day).
    #[must_use]
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// Who is told what, and when.
    #[must_use]
    pub fn announcements(&self) -> &[PlannedAnnouncement] {
        &self.announcements
    }

    /// How traffic goes over.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// What each stage must show, as far as that is known.
    #[must_use]
    pub fn stages(&self) -> &[StageCriteria] {
        &self.stages
    }

    /// What happens to the database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// リリース当日手順 (T-0).
    #[must_use]
    pub fn steps(&self) -> &[PlanStep] {
        &self.steps
    }

    /// 切り戻し手順.
    #[must_use]
    pub fn rollback(&self) -> &Rollback {
        &self.rollback
    }

    /// リリース後確認.
    #[must_use]
    pub fn after(&self) -> &AfterRelease {
        &self.after
    }

    /// The risk register; `None`: nobody has said which risks there are, and gate 1 asks.
    #[must_use]
    pub fn risks(&self) -> Option<&[Risk]> {
        self.risks.as_deref()
    }

    /// Checklists.
    #[must_use]
    pub fn checklists(&self) -> &[Checklist] {
        &self.checklists
    }

    /// The meeting that it begins with.
    #[must_use]
    pub fn kickoff(&self) -> Option<&Kickoff> {
        self.kickoff.as_ref()
    }

    /// What it needs of its surroundings; `None`: nobody has said, and gate 1 asks.
    #[must_use]
    pub fn readiness(&self) -> Option<&[Requirement]> {
        self.readiness.as_deref()
    }

    /// How long it may take.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How a machine carries it out: [`course`](Self::course).
    #[must_use]
    pub fn rollout(&self) -> &RolloutSpec {
        &self.rollout
    }

    /// The first step after which there is no rollback but only its forward fix. It follows from the steps and from
    /// what gets on with what; nobody types it in.
    #[must_use]
    pub fn point_of_no_return(&self) -> Option<&PlanStep> {
        let id = self.no_return.as_ref()?;
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The timetable of the day and its longest chain.
    #[must_use]
    pub fn critical_path(&self) -> CriticalPath {
        // The steps of a plan have an order.
        critical_path(&self.steps).unwrap_or_default()
    }

    /// The same as a rollout keeps it at the earliest: one step after the other, the one that deploys once for each stage,
    /// each stage soaks, and nobody keeps it waiting.
    #[must_use]
    pub fn earliest(&self) -> CriticalPath {
        with_soaks(&self.steps, &self.strategy).unwrap_or_default()
    }

    /// Which versions meet which schemas, and when.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let way = Way {
            steps: &self.steps,
            rollback: self.rollback.steps(),
            previous: self.target.previous.version(),
            version: &self.target.version,
            database: &self.database,
        };
        // The steps of a plan have an order.
        way.reach().unwrap_or_default()
    }

    /// What it is: whatever changes in it gives another revision, and what was said of one holds for no other.
    #[must_use]
    pub fn revision(&self) -> Fingerprint {
        fingerprint(self)
    }

    /// What a rehearsal of the rollback is of: what is done, and how it is undone. A changed step of either gives
    /// another.
    #[must_use]
    pub fn rollback_revision(&self) -> Fingerprint {
        let PlanDraft { steps, rollback, .. } = PlanDraft::from(self.clone());
        fingerprint(&(steps, rollback))
    }
}

impl TryFrom<PlanDraft> for Plan {
    type Error = PlanRefused;

    fn try_from(draft: PlanDraft) -> Result<Self, PlanRefused> {
        draft.build()
    }
}

impl From<Plan> for PlanDraft {
    fn from(plan: Plan) -> Self {
        let Plan { target, environment, schedule, impact, author, owner, approvers, emergency, .. } = plan;
        let Preparation { backups, artefacts } = plan.preparation;
        let artefact = |one: Artefact| ArtefactDraft { name: one.name, digest: Some(one.digest) };
        Self {
            target: target.into(),
            environment: environment.into(),
            schedule: ScheduleDraft { start: Some(schedule.start()), end: Some(schedule.end()) },
            impact: ImpactDraft { downtime: Some(impact.downtime), scope: Some(impact.scope) },
            author: Some(author),
            owner: Some(owner),
            approvers: ApproversDraft { people: approvers.people, rule: Some(approvers.rule) },
            emergency: Some(emergency),
            contacts: plan.contacts,
            roles: plan.roles,
            preparation: PreparationDraft {
                backups: Some(backups),
                artefacts: Some(artefacts.into_iter().map(artefact).collect()),
            },
            announcements: Some(plan.announcements),
            strategy: Some(plan.strategy),
            stages: plan.stages,
            database: Some(plan.database),
            steps: plan.steps.into_iter().map(Into::into).collect(),
            rollback: plan.rollback.into(),
            after: plan.after.into(),
            risks: plan.risks,
            checklists: plan.checklists,
            kickoff: plan.kickoff,
            readiness: plan.readiness,
            limits: plan.limits.into(),
            rollout: plan.rollout,
        }
    }
}
