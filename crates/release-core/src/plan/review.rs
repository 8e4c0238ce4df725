//! What is unknown in a draft, what contradicts itself, and the plan where nothing does.

mod database;
mod measuring;
mod people;
mod programs;
mod steps;

use super::Plan;
use super::after::AfterRelease;
use super::announcement::Occasion;
use super::ask::{Ask, BLOCKS_PLAN};
use super::critical_path::Limits;
use super::draft::PlanDraft;
use super::environment::{Demand, Environment};
use super::rollback::{Rollback, Severity};
use super::step::{PlanStep, StepKind};
use super::target::{ApprovalRule, Approvers, Impact, Preparation, Previous, PreviousDraft, Target};
use super::version::Artefact;
use chrono::DateTime;
use people::{Directory, meant};
use std::collections::BTreeSet;
use std::fmt;
use toban_core::{Interval, Question, Text};

/// What a draft lacks, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Review {
    /// What is important and unknown.
    pub questions: Vec<Question>,
    /// What contradicts itself or a limit.
    pub findings: Vec<Finding>,
    /// What is usual where the draft says nothing, and was taken.
    pub defaults: Vec<DefaultUsed>,
    /// How much of the plan is done by hand.
    pub toil: Toil,
}

impl Review {
    /// The questions without whose answers there is no plan.
    pub fn blocking(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| question.is_blocking(BLOCKS_PLAN))
    }

    /// The findings with which there is no plan.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == FindingLevel::Error)
    }

    pub(super) fn ask(&mut self, ask: Ask, place: impl Into<String>) {
        self.questions.push(ask.at(place));
    }

    fn need<T>(&mut self, value: Option<T>, ask: Ask, place: &str) -> Option<T> {
        if value.is_none() {
            self.ask(ask, place);
        }
        value
    }

    fn error(&mut self, code: &'static str, place: impl Into<String>, message: impl fmt::Display) {
        self.find(FindingLevel::Error, code, place, message);
    }

    fn warn(&mut self, code: &'static str, place: impl Into<String>, message: impl fmt::Display) {
        self.find(FindingLevel::Warning, code, place, message);
    }

    fn find(
        &mut self,
        level: FindingLevel,
        code: &'static str,
        place: impl Into<String>,
        message: impl fmt::Display,
    ) {
        self.findings.push(Finding { level, code, place: place.into(), message: message.to_string() });
    }

    fn or_usual<T: fmt::Display>(
        &mut self,
        value: Option<T>,
        place: &'static str,
        source: &'static str,
        default: T,
    ) -> T {
        value.unwrap_or_else(|| {
            self.defaults.push(DefaultUsed { place, value: Text::same(default.to_string()), source });
            default
        })
    }
}

/// Something in a draft that contradicts itself or a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Whether a plan can be built in spite of it.
    pub level: FindingLevel,
    /// A stable word for programs, such as `unknown-person`.
    pub code: &'static str,
    /// Where in the draft: `rollback.steps[1].owner`.
    pub place: String,
    /// One sentence for people.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingLevel {
    /// There is no plan with it.
    Error,
    /// There is a plan, and gate 1 holds it.
    Warning,
}

/// A usual value, because the draft gave none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DefaultUsed {
    /// Where the draft could give another.
    pub place: &'static str,
    /// What was taken.
    pub value: Text,
    /// Of what it is usual.
    pub source: &'static str,
}

/// How the steps are done: those of the day, of the rollback, and the checks after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Toil {
    /// So many by a command.
    pub commands: usize,
    /// The places of those that are done by hand: toil.
    pub manual: Vec<String>,
    /// The places of those that nothing says how to do.
    pub neither: Vec<String>,
}

/// Why there is no plan: what must be answered, and what must be put right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no plan yet: {} to answer, {} to put right", questions.len(), findings.len())]
pub struct PlanRefused {
    /// The questions that block the plan.
    pub questions: Vec<Question>,
    /// The contradictions in it.
    pub findings: Vec<Finding>,
}

/// What a draft lacks, and what is wrong with it.
///
/// ```
/// use toban_release_core::plan::{PlanDraft, review};
/// let review = review(&PlanDraft::default());
/// let asked = review.questions.iter().find(|question| question.id == "approvers").map(|question| &question.text);
/// assert_eq!(asked.map(|text| text.ja.as_str()), Some("リリース承認者は誰か？"));
/// ```
#[must_use]
pub fn review(draft: &PlanDraft) -> Review {
    look(draft).0
}

impl PlanDraft {
    /// The plan, where nothing important is unknown and nothing contradicts itself.
    ///
    /// # Errors
    /// With what must be answered, and what must be put right.
    pub fn build(&self) -> Result<Plan, PlanRefused> {
        let (review, plan) = look(self);
        let refused = || PlanRefused {
            questions: review.blocking().cloned().collect(),
            findings: review.errors().cloned().collect(),
        };
        let is_refused = review.blocking().next().is_some() || review.errors().next().is_some();
        plan.filter(|_| !is_refused).ok_or_else(refused)
    }
}

/// The review, and the plan as far as one can be put together.
fn look(draft: &PlanDraft) -> (Review, Option<Plan>) {
    let mut notes = Review::default();
    let directory = Directory::new(draft, &mut notes);
    let target = target(draft, &mut notes);
    let environment = environment(draft, &mut notes);
    let schedule = schedule(draft, &mut notes);
    let impact = impact(draft, &mut notes);
    let author = notes.need(draft.author.clone(), Ask::Author, "author");
    directory.person(author.as_ref(), "author", &mut notes);
    let owner = notes.need(draft.owner.clone(), Ask::Owner, "owner");
    directory.party(owner.as_ref(), "owner", &mut notes);
    let emergency = notes.need(draft.emergency.clone(), Ask::Emergency, "emergency");
    directory.party(emergency.as_ref(), "emergency", &mut notes);
    let approvers = approvers(draft, &directory, &mut notes);
    let preparation = preparation(draft, &mut notes);
    let announcements = announcements(draft, environment.as_ref(), &directory, &mut notes);
    let strategy = notes.need(draft.strategy.clone(), Ask::Strategy, "strategy");
    stages(draft, &mut notes);
    let database = database::database(draft, &mut notes);
    let limits = Limits {
        deploy: notes.or_usual(draft.limits.deploy, "limits.deploy", "a release", Limits::usual().deploy),
        rollback: notes.or_usual(
            draft.limits.rollback,
            "limits.rollback",
            "a release",
            Limits::usual().rollback,
        ),
    };
    let steps = timeline(draft, &directory, &mut notes);
    let rollback = rollback(draft, &directory, &mut notes);
    steps::one_name_each(draft, &mut notes);
    let after = after(draft, &directory, &mut notes);
    lists(draft, &mut notes);
    rollout(draft, &mut notes);
    programs::fields(draft, &mut notes);
    measuring::time(draft, &mut notes);
    steps::limits(draft, steps.as_deref(), rollback.as_ref(), limits, schedule, impact.as_ref(), &mut notes);
    let plan = (|| {
        let (target, database, steps, rollback) = (target?, database?, steps?, rollback?);
        let no_return = database::reach(&target, &database, &steps, &rollback, &mut notes);
        Some(Plan {
            target,
            environment: environment?,
            schedule: schedule?,
            impact: impact?,
            author: author?,
            owner: owner?,
            approvers: approvers?,
            emergency: emergency?,
            contacts: draft.contacts.clone(),
            roles: draft.roles.clone(),
            preparation: preparation?,
            announcements: announcements?,
            strategy: strategy?,
            stages: draft.stages.clone(),
            database,
            steps,
            rollback,
            after: after?,
            risks: draft.risks.clone(),
            checklists: draft.checklists.clone(),
            kickoff: draft.kickoff.clone(),
            readiness: draft.readiness.clone(),
            limits,
            rollout: draft.rollout.clone(),
            no_return,
        })
    })();
    notes.questions.sort_by_key(|question| question.priority);
    (notes, plan)
}

fn target(draft: &PlanDraft, notes: &mut Review) -> Option<Target> {
    let target = &draft.target;
    let service = target.service.clone().filter(|name| !name.trim().is_empty());
    let service = notes.need(service, Ask::Service, "target.service");
    let version = notes.need(target.version.clone(), Ask::Version, "target.version");
    if target.features.is_empty() {
        notes.ask(Ask::Features, "target.features");
    }
    let previous = match notes.need(target.previous.clone(), Ask::Previous, "target.previous")? {
        PreviousDraft::FirstRelease => Previous::FirstRelease,
        PreviousDraft::Release { version: previous, verified } => {
            if version.as_ref() == Some(&previous) {
                let message = format_args!("a rollback of {previous} would lead back to {previous}");
                notes.error("same-version", "target.previous.release.version", message);
            }
            let place = "target.previous.release.verified";
            let verified = notes.need(verified, Ask::PreviousVerified, place)?;
            Previous::Version { version: previous, verified }
        }
    };
    Some(Target { service: service?, version: version?, features: target.features.clone(), previous })
}

fn environment(draft: &PlanDraft, notes: &mut Review) -> Option<Environment> {
    let given = &draft.environment;
    let kind = notes.need(given.kind, Ask::Environment, "environment.kind");
    let demands = notes.need(given.demands.clone(), Ask::Demands, "environment.demands");
    let described = Environment::usual(kind?, demands?);
    let source = "an environment of its kind";
    let mut note = |is_given: bool, place, value: Text| {
        if !is_given {
            notes.defaults.push(DefaultUsed { place, value, source });
        }
    };
    note(given.purpose.is_some(), "environment.purpose", described.purpose.clone());
    note(given.trigger.is_some(), "environment.trigger", described.trigger.words());
    note(given.data.is_some(), "environment.data", described.data.clone());
    note(given.monitoring.is_some(), "environment.monitoring", described.monitoring.clone());
    Some(Environment {
        purpose: given.purpose.clone().unwrap_or(described.purpose),
        trigger: given.trigger.clone().unwrap_or(described.trigger),
        data: given.data.clone().unwrap_or(described.data),
        monitoring: given.monitoring.clone().unwrap_or(described.monitoring),
        ..described
    })
}

fn schedule(draft: &PlanDraft, notes: &mut Review) -> Option<Interval> {
    let start = notes.need(draft.schedule.start, Ask::Start, "schedule.start");
    let end = notes.need(draft.schedule.end, Ask::End, "schedule.end");
    match Interval::new(start?, end?) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            notes.error("schedule", "schedule.end", error);
            None
        }
    }
}

fn impact(draft: &PlanDraft, notes: &mut Review) -> Option<Impact> {
    let downtime = notes.need(draft.impact.downtime, Ask::Downtime, "impact.downtime");
    let scope = notes.need(draft.impact.scope.clone(), Ask::Scope, "impact.scope");
    Some(Impact { downtime: downtime?, scope: scope? })
}

fn approvers(draft: &PlanDraft, directory: &Directory<'_>, notes: &mut Review) -> Option<Approvers> {
    let people = &draft.approvers.people;
    if people.is_empty() {
        notes.ask(Ask::Approvers, "approvers.people");
    }
    for (place, person) in people.iter().enumerate() {
        directory.person(Some(person), &format!("approvers.people[{place}]"), notes);
    }
    let rule = notes.need(draft.approvers.rule, Ask::ApprovalRule, "approvers.rule")?;
    let is_alone = |author| people.iter().all(|person| person == author);
    if rule == ApprovalRule::TwoPersons && !people.is_empty() && draft.author.as_ref().is_some_and(is_alone) {
        let message = "two persons are required, and nobody but the author approves";
        notes.error("two-persons", "approvers.people", message);
    }
    Some(Approvers { people: people.clone(), rule })
}

fn preparation(draft: &PlanDraft, notes: &mut Review) -> Option<Preparation> {
    let given = &draft.preparation;
    let backups = notes.need(given.backups.clone(), Ask::Backups, "preparation.backups");
    let listed = notes.need(given.artefacts.as_ref(), Ask::Artefacts, "preparation.artefacts");
    let mut names = BTreeSet::new();
    let mut artefacts = Vec::new();
    for (place, artefact) in listed?.iter().enumerate() {
        let at = format!("preparation.artefacts[{place}]");
        if !names.insert(&artefact.name) {
            notes.error("twice", format!("{at}.name"), format_args!("{} is listed twice", artefact.name));
        }
        let digest = notes.need(artefact.digest, Ask::ArtefactDigest, &format!("{at}.digest"));
        artefacts.extend(digest.map(|digest| Artefact { name: artefact.name.clone(), digest }));
    }
    Some(Preparation { backups: backups?, artefacts })
}

fn announcements(
    draft: &PlanDraft,
    environment: Option<&Environment>,
    directory: &Directory<'_>,
    notes: &mut Review,
) -> Option<Vec<super::announcement::PlannedAnnouncement>> {
    let matrix = notes.need(draft.announcements.clone(), Ask::Announcements, "announcements")?;
    for (place, announcement) in matrix.iter().enumerate() {
        directory.party(Some(&announcement.by), &format!("announcements[{place}].by"), notes);
    }
    let wants = environment.is_some_and(|one| one.demands.contains(&Demand::Announcements));
    if wants && !matrix.iter().any(|one| one.occasion == Occasion::Notice) {
        notes.ask(Ask::Announcements, "announcements");
    }
    Some(matrix)
}

/// What is measured, and when nothing moves.
fn rollout(draft: &PlanDraft, notes: &mut Review) {
    let given = &draft.rollout;
    let mut names = BTreeSet::new();
    for (place, check) in given.checks.iter().enumerate() {
        if !names.insert(check.name()) {
            let message = format_args!("another check is called {} too", check.name());
            notes.error("twice", format!("rollout.checks[{place}].name"), message);
        }
        let stages =
            || draft.strategy.iter().flat_map(|strategy| strategy.stages()).map(|stage| &*stage.name);
        for (nth, name) in check.stages().iter().enumerate() {
            if draft.strategy.is_some() && !stages().any(|stage| stage == name) {
                let message = format_args!("there is no stage {name}{}", meant(name, stages()));
                notes.error("unknown-stage", format!("rollout.checks[{place}].stages[{nth}]"), message);
            }
        }
    }
    for (place, trigger) in given.triggers.iter().enumerate() {
        if !names.contains(trigger.check()) {
            let meant = meant(trigger.check(), given.checks.iter().map(crate::analysis::Check::name));
            let message = format_args!("there is no check {}{meant}", trigger.check());
            notes.error("unknown-check", format!("rollout.triggers[{place}].check"), message);
        }
        if given.triggers.iter().take(place).any(|other| other.check() == trigger.check()) {
            let message = format_args!("another trigger answers for {} too", trigger.check());
            notes.error("twice", format!("rollout.triggers[{place}].check"), message);
        }
    }
    for (place, freeze) in given.freezes.iter().enumerate() {
        if let Err(error) = Interval::new(freeze.start, freeze.end) {
            notes.error("freeze", format!("rollout.freezes[{place}].end"), error);
        }
    }
    // Which stretch it is makes no difference to whether they can be.
    if let Err(wrong) = given.freezes_within(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH) {
        notes.error("freeze", wrong.place, wrong.message);
    }
    if given.attempts == Some(0) {
        notes.error("attempts", "rollout.attempts", "at least one attempt is needed");
    }
}

fn stages(draft: &PlanDraft, notes: &mut Review) {
    let Some(strategy) = &draft.strategy else { return };
    for (place, criteria) in draft.stages.iter().enumerate() {
        if !strategy.stages().iter().any(|stage| stage.name == criteria.stage) {
            let meant = meant(&criteria.stage, strategy.stages().iter().map(|stage| stage.name.as_str()));
            let message = format_args!("the strategy has no stage {}{meant}", criteria.stage);
            notes.error("unknown-stage", format!("stages[{place}].stage"), message);
        }
    }
    for (place, stage) in strategy.stages().iter().enumerate() {
        let is_judged = |criteria: &&super::rollback::StageCriteria| {
            criteria.stage == stage.name && !criteria.success.is_empty() && !criteria.rollback.is_empty()
        };
        if !draft.stages.iter().any(|criteria| is_judged(&criteria)) {
            notes.ask(Ask::StageCriteria, format!("strategy.stages[{place}]"));
        }
    }
}

fn timeline(draft: &PlanDraft, directory: &Directory<'_>, notes: &mut Review) -> Option<Vec<PlanStep>> {
    if draft.steps.is_empty() {
        notes.ask(Ask::Steps, "steps");
        return None;
    }
    let deploys = draft.steps.iter().any(|step| step.kind == StepKind::Deploy);
    if !deploys {
        notes.ask(Ask::DeployStep, "steps");
    }
    if !draft.steps.iter().any(|step| step.kind == StepKind::SmokeTest) {
        notes.ask(Ask::SmokeTest, "steps");
    }
    for (place, step) in draft.steps.iter().enumerate() {
        if step.checks.is_empty() {
            notes.ask(Ask::StepChecks, format!("steps[{place}].checks"));
        }
        if matches!(step.kind, StepKind::RestoreSchema { .. }) {
            let message = "only a rollback brings a schema back";
            notes.error("misplaced", format!("steps[{place}].kind"), message);
        }
    }
    // Steps that change nothing yet are not walked as if they never would.
    steps::typed(&draft.steps, "steps", directory, notes).filter(|_| deploys)
}

fn rollback(draft: &PlanDraft, directory: &Directory<'_>, notes: &mut Review) -> Option<Rollback> {
    let given = &draft.rollback;
    if given.criteria.is_empty() {
        notes.ask(Ask::RollbackCriteria, "rollback.criteria");
    } else if !given.criteria.iter().any(|criterion| criterion.severity == Severity::Critical) {
        notes.ask(Ask::RollbackCritical, "rollback.criteria");
    }
    let mut part = |steps: &[super::step::StepDraft], ask, at: &str| {
        if steps.is_empty() {
            notes.ask(ask, at);
            return None;
        }
        for (place, step) in steps.iter().enumerate() {
            if matches!(step.kind, StepKind::Database { .. }) || step.irreversible {
                let message = "a way back does nothing that cannot be undone: bring a schema back instead";
                notes.error("misplaced", format!("{at}[{place}].kind"), message);
            }
        }
        steps::typed(steps, at, directory, notes)
    };
    let steps = part(&given.steps, Ask::RollbackSteps, "rollback.steps");
    let data = part(&given.data_verification, Ask::RollbackData, "rollback.data_verification");
    let checks = part(&given.checks, Ask::RollbackChecks, "rollback.checks");
    // What it would lack has been asked.
    Rollback::new(given.criteria.clone(), steps?, data?, checks?).ok()
}

fn after(draft: &PlanDraft, directory: &Directory<'_>, notes: &mut Review) -> Option<AfterRelease> {
    let given = &draft.after;
    if given.dashboards.is_empty() {
        notes.ask(Ask::Dashboards, "after.dashboards");
    }
    let watch = notes.need(given.watch, Ask::Watch, "after.watch");
    let support = notes.need(given.support.clone(), Ask::Support, "after.support");
    directory.party(support.as_ref().map(|support| &support.by), "after.support.by", notes);
    let declared_by = notes.need(given.declared_by.clone(), Ask::DeclaredBy, "after.declared_by");
    directory.party(declared_by.as_ref(), "after.declared_by", notes);
    Some(AfterRelease {
        dashboards: given.dashboards.clone(),
        watch: watch?,
        support: support?,
        declared_by: declared_by?,
    })
}

/// Registers and lists: most of what they lack blocks gate 1 or nothing.
fn lists(draft: &PlanDraft, notes: &mut Review) {
    if draft.risks.is_none() {
        notes.ask(Ask::Risks, "risks");
    }
    let mut ids = BTreeSet::new();
    for (list, checklist) in draft.checklists.iter().enumerate() {
        for (place, item) in checklist.items.iter().enumerate() {
            let at = format!("checklists[{list}].items[{place}]");
            if !ids.insert(&item.id) {
                notes.error("twice", format!("{at}.id"), format_args!("another item is called {}", item.id));
            }
            for (is_missing, ask, part) in [
                (item.conditions.is_empty(), Ask::ChecklistConditions, "conditions"),
                (item.deliverables.is_empty(), Ask::ChecklistDeliverables, "deliverables"),
                (item.tests.is_empty(), Ask::ChecklistTests, "tests"),
            ] {
                if is_missing {
                    notes.ask(ask, format!("{at}.{part}"));
                }
            }
        }
    }
    match &draft.kickoff {
        None => notes.ask(Ask::Kickoff, "kickoff"),
        Some(kickoff) => {
            if let Some(place) = kickoff.misplaced() {
                let message = "the slot ends before it starts, or starts before the one before it has ended";
                notes.error("misplaced", format!("kickoff.agenda[{place}]"), message);
            }
        }
    }
    let mut needs = BTreeSet::new();
    for (place, requirement) in draft.readiness.iter().flatten().enumerate() {
        if !needs.insert(&requirement.id) {
            let message = format_args!("another requirement is called {}", requirement.id);
            notes.error("twice", format!("readiness[{place}].id"), message);
        }
    }
    if draft.readiness.is_none() {
        notes.ask(Ask::Readiness, "readiness");
    }
}
