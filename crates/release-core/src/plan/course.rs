//! What of a plan a machine carries out.

use super::Plan;
use super::announcement::Occasion;
use super::environment::Demand;
use super::freeze::RecurringFreeze;
use super::length::Length;
use super::order::Order;
use super::step::{PlanStep, StepAction, StepKind};
use super::target::ApprovalRule;
use crate::analysis::{Check, Trigger};
use crate::rollout::{Action, Commands, Course, Freeze, Mover, NoReturn, Slot, Step};
use crate::strategy::Return;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toban_calendar::CalendarFileSpec;
use toban_core::Text;

/// How the release is carried out by a machine: what is measured on the way, and what holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RolloutSpec {
    /// What is measured while a stage soaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// How urgently a check is answered that fails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// The program that measures, and its arguments: see [`Commands`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<Vec<String>>,
    /// The address of a Prometheus that measures instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<String>,
    /// How long a measurement may take; left out: 10 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure_time_out: Option<Length>,
    /// The program that tells people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tell: Option<Vec<String>>,
    /// The program that knows whether a step was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub find_out: Option<Vec<String>>,
    /// The program that knows who has approved elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Vec<String>>,
    /// Variables of the environment that programs see, besides the few that every program needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// When nothing moves forward, besides the time outside the schedule of the release.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<Freeze>,
    /// Freezes that recur; a release has those that touch its schedule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recurring_freezes: Vec<RecurringFreeze>,
    /// The calendars that these ask for working days, by name, beside `japan`, `mon_to_fri` and `every_day`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, CalendarFileSpec>,
    /// Whether the error budget must allow each move forward.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub needs_ruling: bool,
    /// How often a step or a weight is tried before it counts as failed; left out: 3 times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
}

impl Plan {
    /// What a machine follows. The step that deploys is the one that moves traffic: what comes before it is done before
    /// traffic moves, what comes after it when all traffic is on the new version. On the way back it is the same.
    ///
    /// Steps run one after the other, in an order that their `after` allows. Nothing moves before the schedule begins,
    /// and after its end only by an override.
    ///
    /// # Errors
    /// When it does not say how traffic moves, or comes back.
    pub fn course(&self) -> Result<Course, NoCourse> {
        let (preparation, deploy, completion) = around_deploy("steps", &self.steps)?;
        let (place, deploy) = deploy.ok_or(NoCourse::NoDeploy)?;
        let traffic = mover(&format!("steps[{place}]"), deploy, self.strategy.stages().len())?;
        let (before, back, after) = around_deploy("rollback.steps", self.rollback.steps())?;
        let traffic_back = match (&back, &traffic) {
            (Some((place, step)), _) => {
                let is_gradual = self.strategy.way_back() == Return::Gradual;
                let times = if is_gradual { self.strategy.stages().len() } else { 1 };
                mover(&format!("rollback.steps[{place}]"), step, times)?
            }
            // The program that knows every weight knows none too.
            (None, Mover::Program { argv, .. }) if is_told(argv) => traffic.clone(),
            (None, _) => return Err(NoCourse::NoWayBack),
        };
        let no_return = self.no_return(&completion)?;
        let before_return = if back.is_some() { before.len() } else { 0 };
        let rollback: Vec<_> = before.into_iter().chain(after).collect();
        let mut verification = Vec::new();
        for (list, steps) in [
            ("rollback.data_verification", self.rollback.data_verification()),
            ("rollback.checks", self.rollback.checks()),
        ] {
            verification.extend(in_order(list, steps)?.into_iter().map(|(_, step)| course_step(step)));
        }
        let rules = &self.rollout;
        let freezes = rules.freezes_within(self.schedule.start(), self.schedule.end());
        let freezes = freezes.map_err(|wrong| NoCourse::Freeze { place: wrong.place })?;
        let is_approved = self.environment.demands.contains(&Demand::Approval);
        let people = self.approvers.people.iter().map(ToString::to_string);
        let from = self.target.previous.version().map_or_else(|| NOTHING.to_owned(), ToString::to_string);
        let or = |length: Option<Length>, default| length.map_or(default, Length::as_time_delta);
        let strategy = self.strategy.clone();
        let new = Course::new(
            &self.revision().to_string(),
            &from,
            &self.target.version.to_string(),
            self.author.as_str(),
            strategy,
        );
        Ok(Course {
            service: self.target.service.clone(),
            environment: self.environment.kind.to_string(),
            approvers: people.collect(),
            // Who asks for two persons has one approve, whatever the environment demands.
            approvals: usize::from(is_approved || self.approvers.rule == ApprovalRule::TwoPersons),
            author_may_approve: self.approvers.rule == ApprovalRule::OnePerson,
            preparation,
            checks: rules.checks.clone(),
            triggers: rules.triggers.clone(),
            check_time_out: or(rules.measure_time_out, TimeDelta::seconds(10)),
            completion,
            no_return,
            rollback,
            verification,
            attempts: rules.attempts.unwrap_or(new.attempts),
            traffic,
            traffic_back,
            before_return,
            freezes,
            schedule: Some(Slot { start: self.schedule.start(), end: self.schedule.end() }),
            needs_ruling: rules.needs_ruling,
            announcements: self
                .announcements
                .iter()
                .filter(|one| one.occasion != Occasion::Notice)
                .cloned()
                .collect(),
            programs: Commands {
                measure: rules.measure.clone(),
                prometheus: rules.prometheus.clone(),
                tell: rules.tell.clone(),
                find_out: rules.find_out.clone(),
                approvals: rules.approvals.clone(),
                variables: rules.variables.clone(),
                folder: None,
            },
            ..new
        })
    }
}

impl Plan {
    /// The point of no return among the steps that come after all traffic is on the new version.
    fn no_return(&self, completion: &[Step]) -> Result<Option<NoReturn>, NoCourse> {
        let Some(last) = self.point_of_no_return() else { return Ok(None) };
        let place = self.steps.iter().position(|step| step.id == last.id).unwrap_or_default();
        let Some(step) = completion.iter().position(|step| step.name == last.id) else {
            return Err(NoCourse::NoReturn { place: format!("steps[{place}]"), step: last.id.clone() });
        };
        let forward_fix = last
            .forward_fix
            .as_ref()
            .map_or_else(|| format!("mend it forward: {} cannot be undone", last.id), |fix| words(&fix.plan));
        Ok(Some(NoReturn { step, forward_fix }))
    }
}

/// What is live before a first release.
pub(crate) const NOTHING: &str = "nothing";

type Around<'a> = (Vec<Step>, Option<(usize, &'a PlanStep)>, Vec<Step>);

/// The steps before the one that deploys, that one with its place in the list, and those after it; without one, all of
/// them come after.
fn around_deploy<'a>(list: &'static str, steps: &'a [PlanStep]) -> Result<Around<'a>, NoCourse> {
    let ordered = in_order(list, steps)?;
    let is_deploy = |(_, step): &(usize, &PlanStep)| step.kind == StepKind::Deploy;
    let mut deploys = ordered.iter().filter(|one| is_deploy(one));
    let deploy = deploys.next().copied();
    if let Some((place, step)) = deploys.next() {
        return Err(NoCourse::SeveralDeploys { place: format!("{list}[{place}]"), step: step.id.clone() });
    }
    let at = deploy.map_or(0, |(place, _)| ordered.iter().position(|(one, _)| *one == place).unwrap_or(0));
    let (before, after) = ordered.split_at(at);
    let kept = |steps: &[(usize, &PlanStep)]| {
        steps.iter().filter(|one| !is_deploy(one)).map(|(_, step)| course_step(step)).collect()
    };
    Ok((kept(before), deploy, kept(after)))
}

/// The steps in an order that they allow, each with its place in the list.
fn in_order<'a>(list: &'static str, steps: &'a [PlanStep]) -> Result<Vec<(usize, &'a PlanStep)>, NoCourse> {
    let listed: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.after.as_deref())).collect();
    // The steps of a plan have an order.
    let order = Order::new(&listed).map_err(|error| NoCourse::Order { place: list, source: error })?;
    Ok(order.sequence().iter().filter_map(|place| Some((*place, steps.get(*place)?))).collect())
}

fn course_step(step: &PlanStep) -> Step {
    let action = match &step.action {
        StepAction::Command { argv, time_out, is_repeatable } => Action::Command {
            argv: argv.clone(),
            time_out: time_out.as_time_delta(),
            is_repeatable: *is_repeatable,
        },
        StepAction::Manual(instruction) => {
            Action::Manual { owner: step.owner.to_string(), instruction: words(instruction) }
        }
    };
    Step { name: step.id.clone(), action }
}

fn mover(place: &str, step: &PlanStep, times: usize) -> Result<Mover, NoCourse> {
    let (place, id) = (|| place.to_owned(), || step.id.clone());
    match &step.action {
        StepAction::Command { argv, .. } if times > 1 && !is_told(argv) => {
            Err(NoCourse::NoWeight { place: place(), step: id() })
        }
        StepAction::Command { is_repeatable: false, .. } => {
            Err(NoCourse::NotRepeatable { place: place(), step: id() })
        }
        StepAction::Command { argv, time_out, .. } => {
            Ok(Mover::Program { argv: argv.clone(), time_out: time_out.as_time_delta() })
        }
        StepAction::Manual(instruction) => {
            Ok(Mover::Person { owner: step.owner.to_string(), instruction: words(instruction) })
        }
    }
}

fn is_told(argv: &[String]) -> bool {
    argv.iter().any(|argument| argument.contains("{weight}"))
}

/// In the record stands what both languages say.
pub(crate) fn words(text: &Text) -> String {
    if text.ja == text.en { text.en.clone() } else { format!("{} / {}", text.ja, text.en) }
}

/// Why no machine can carry out a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoCourse {
    /// A freeze that recurs, or a calendar that it asks, cannot be.
    #[error("a freeze that recurs cannot be")]
    Freeze {
        /// Where it stands in the plan.
        place: String,
    },
    /// Nothing moves traffic.
    #[error("no step is of the kind `deploy`: nothing says where traffic goes over")]
    NoDeploy,
    /// Traffic would move where nothing leads back.
    #[error(
        "nothing leads back from step {step} on: that can only come after all traffic is on the new version"
    )]
    NoReturn {
        /// Where it stands in the plan.
        place: String,
        /// Its id.
        step: String,
    },
    /// Nothing brings traffic back.
    #[error(
        "no step of the rollback is of the kind `deploy`, and the one that deploys cannot bring traffic back"
    )]
    NoWayBack,
    /// Traffic moves several times, and a program does not know how far.
    #[error("step {step} moves traffic stage by stage, and is not told how far: no argument has {{weight}}")]
    NoWeight {
        /// Where it stands in the plan.
        place: String,
        /// Its id.
        step: String,
    },
    /// After a crash a weight is set again.
    #[error("step {step} moves traffic, and after a crash does it again: it must be `repeatable: true`")]
    NotRepeatable {
        /// Where it stands in the plan.
        place: String,
        /// Its id.
        step: String,
    },
    /// No order puts the steps one after the other.
    #[error("the steps have no order")]
    Order {
        /// Which list.
        place: &'static str,
        /// Why not.
        source: super::OrderError,
    },
    /// Traffic goes over once.
    #[error("step {step} deploys a second time")]
    SeveralDeploys {
        /// Where it stands in the plan.
        place: String,
        /// Its id.
        step: String,
    },
}

impl NoCourse {
    /// Where in the plan: `steps[1]`.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::NoDeploy => "steps",
            Self::NoWayBack => "rollback.steps",
            Self::Freeze { place }
            | Self::NoReturn { place, .. }
            | Self::NoWeight { place, .. }
            | Self::NotRepeatable { place, .. }
            | Self::SeveralDeploys { place, .. } => place,
            Self::Order { place, .. } => place,
        }
    }
}
