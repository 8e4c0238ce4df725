//! How long steps take at least, and which of them make it so.

use super::length::Length;
use super::order::{Order, OrderError};
use super::step::{PlanStep, StepKind};
use crate::Strategy;
use serde::{Deserialize, Serialize};

/// When a step runs if every step begins as early as it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedStep {
    /// Which.
    pub step: String,
    /// So long after the beginning it begins.
    pub start: Length,
    /// So long after the beginning it ends.
    pub end: Length,
}

/// The longest chain of steps that wait for one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    timetable: Vec<TimedStep>,
    path: Vec<TimedStep>,
}

/// The timetable of the steps, and the longest chain in it.
///
/// # Errors
/// When no order puts the steps one after the other.
pub fn critical_path(steps: &[PlanStep]) -> Result<CriticalPath, OrderError> {
    let listed: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.after.as_deref())).collect();
    let order = Order::new(&listed)?;
    let mut slots: Vec<Option<(TimedStep, Option<usize>)>> = vec![None; steps.len()];
    for place in order.sequence() {
        let ends = |before: &usize| Some((slots.get(*before)?.as_ref()?.0.end, *before));
        // Of several that end at once, the first in the list.
        let latest =
            order.before(*place).iter().filter_map(ends).max_by_key(|(end, at)| (*end, usize::MAX - at));
        let start = latest.map_or(Length::ZERO, |(end, _)| end);
        if let (Some(slot), Some(step)) = (slots.get_mut(*place), steps.get(*place)) {
            let planned = TimedStep { step: step.id.clone(), start, end: start.plus(step.takes) };
            *slot = Some((planned, latest.map(|(_, before)| before)));
        }
    }
    let last = slots
        .iter()
        .enumerate()
        .max_by_key(|(place, slot)| (slot.as_ref().map(|(planned, _)| planned.end), usize::MAX - place));
    let mut path = Vec::new();
    let mut at = last.map(|(place, _)| place);
    while let Some((planned, before)) = at.and_then(|place| slots.get(place)?.as_ref()) {
        path.push(planned.clone());
        at = *before;
    }
    path.reverse();
    Ok(CriticalPath { timetable: slots.into_iter().flatten().map(|(planned, _)| planned).collect(), path })
}

/// The timetable as a rollout keeps it at the earliest: one step after the other, the one that deploys once for each
/// stage, and each stage soaks. How long people take to open a gate, nobody knows.
pub(crate) fn with_soaks(steps: &[PlanStep], strategy: &Strategy) -> Result<CriticalPath, OrderError> {
    let stages = strategy.stages();
    let soaks =
        stages.iter().fold(Length::ZERO, |all, stage| all.plus(Length::new(stage.soak).unwrap_or_default()));
    let mut steps = steps.to_vec();
    for step in steps.iter_mut().filter(|step| step.kind == StepKind::Deploy) {
        step.takes = stages.iter().fold(soaks, |all, _| all.plus(step.takes));
    }
    let listed: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.after.as_deref())).collect();
    let order = Order::new(&listed)?;
    let mut before: Option<String> = None;
    for place in order.sequence() {
        if let Some(step) = steps.get_mut(*place) {
            step.after = Some(before.replace(step.id.clone()).into_iter().collect());
        }
    }
    critical_path(&steps)
}

impl CriticalPath {
    /// How long all steps take.
    #[must_use]
    pub fn length(&self) -> Length {
        self.path.last().map_or(Length::ZERO, |last| last.end)
    }

    /// The steps of the longest chain, in order.
    #[must_use]
    pub fn path(&self) -> &[TimedStep] {
        &self.path
    }

    /// All steps in the order of their list.
    #[must_use]
    pub fn timetable(&self) -> &[TimedStep] {
        &self.timetable
    }

    /// The step of the longest chain during which the limit is passed.
    #[must_use]
    pub fn breaks(&self, limit: Length) -> Option<&TimedStep> {
        self.path.iter().find(|step| step.end > limit)
    }

    /// These steps, and after all of them those.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let offset = self.length();
        let shift = |step: TimedStep| TimedStep {
            start: offset.plus(step.start),
            end: offset.plus(step.end),
            ..step
        };
        let mut both = self;
        both.timetable.extend(next.timetable.into_iter().map(shift));
        both.path.extend(next.path.into_iter().map(shift));
        both
    }

    /// How long no version serves: from the end of the step that turns maintenance on to the beginning of the one that
    /// turns it off. `None`: it is turned on and never off.
    pub(crate) fn downtime(&self, steps: &[PlanStep]) -> Option<Length> {
        let of = |kind: StepKind| {
            let ids: Vec<_> = steps.iter().filter(|step| step.kind == kind).map(|step| &step.id).collect();
            self.timetable.iter().filter(move |planned| ids.contains(&&planned.step))
        };
        let Some(from) = of(StepKind::MaintenanceOn).map(|on| on.end).min() else {
            return Some(Length::ZERO);
        };
        of(StepKind::MaintenanceOff).map(|off| off.start).max().map(|until| until.minus(from))
    }
}

/// How long a release may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The steps of the day.
    pub deploy: Length,
    /// The steps of a rollback, with the verification of the data and the checks afterwards.
    pub rollback: Length,
}

impl Limits {
    /// Ten minutes for a deployment and five for a rollback.
    #[must_use]
    pub const fn usual() -> Self {
        Self { deploy: Length::minutes(10), rollback: Length::minutes(5) }
    }
}

/// Limits in a draft; what is left out is [as usual](Limits::usual).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsDraft {
    /// The steps of the day.
    pub deploy: Option<Length>,
    /// The steps of a rollback, with the verification of the data and the checks afterwards.
    pub rollback: Option<Length>,
}

impl From<Limits> for LimitsDraft {
    fn from(limits: Limits) -> Self {
        Self { deploy: Some(limits.deploy), rollback: Some(limits.rollback) }
    }
}
