//! Whether a check can see enough while a stage soaks.

use super::super::draft::PlanDraft;
use super::super::length::Length;
use super::Review;
use crate::analysis::{Check, Rules};
use chrono::TimeDelta;

/// Each check that cannot pass in some stage before its soak is over, however good everything is.
pub(super) fn time(draft: &PlanDraft, notes: &mut Review) {
    let stages = draft.strategy.as_ref().map(crate::Strategy::stages).unwrap_or_default();
    for (place, check) in draft.rollout.checks.iter().enumerate() {
        let Some((count, last)) = earliest(check) else { continue };
        // What is measured at the very end is heard of after it.
        let is_short = |soak: TimeDelta| soak <= last && last > TimeDelta::zero();
        let short = stages.iter().filter(|stage| check.is_of(&stage.name) && is_short(stage.soak));
        let Some(stage) = short.min_by_key(|stage| stage.soak) else { continue };
        let told = |length: TimeDelta| Length::new(length).unwrap_or_default();
        let spaced = check.schedule().interval().filter(|_| count > 1);
        let spaced = spaced.map(|every| format!(" and one each {}", told(every))).unwrap_or_default();
        let message = format!(
            "{} passes with {count} good at the earliest, the first after {}{spaced}: that is after {}, and stage {} \
             soaks for {}",
            check.name(),
            told(check.schedule().after()),
            told(last),
            stage.name,
            told(stage.soak),
        );
        notes.error("soak-too-short", format!("rollout.checks[{place}].schedule"), message);
    }
}

/// So many measurements are needed, and when the last of them is taken at the earliest; `None` where fewer are enough
/// once a stage ends.
fn earliest(check: &Check) -> Option<(u32, TimeDelta)> {
    let Rules::Strict(rules) = check.rules() else { return None };
    let schedule = check.schedule();
    let count = schedule.count().unwrap_or(0).max(rules.min_successes);
    let between = i32::try_from(count.saturating_sub(1)).unwrap_or(i32::MAX);
    let spread = schedule.interval().unwrap_or_default().checked_mul(between).unwrap_or(TimeDelta::MAX);
    Some((count, schedule.after().checked_add(&spread).unwrap_or(TimeDelta::MAX)))
}
