//! The steps of a draft: what each lacks, what they contradict, and how long they take.

use super::super::ask::Ask;
use super::super::critical_path::{CriticalPath, Limits, critical_path, with_soaks};
use super::super::draft::PlanDraft;
use super::super::length::Length;
use super::super::order::{Order, OrderError};
use super::super::rollback::Rollback;
use super::super::step::{ForwardFix, PlanStep, StepAction, StepDraft};
use super::super::target::Impact;
use super::people::meant;
use super::{Directory, Review};
use std::collections::BTreeMap;
use toban_core::Interval;

/// The steps of a list at this place, where nothing is missing in any of them and an order puts them one after the
/// other.
pub(super) fn typed(
    drafts: &[StepDraft],
    at: &str,
    directory: &Directory<'_>,
    notes: &mut Review,
) -> Option<Vec<PlanStep>> {
    let listed: Vec<_> = drafts.iter().map(|step| (step.id.as_str(), step.after.as_deref())).collect();
    let order = Order::new(&listed);
    if let Err(error) = &order {
        let place = error.place();
        let (part, meant) = match error {
            OrderError::Unknown { after, .. } => {
                let names = drafts.get(place).and_then(|step| step.after.as_ref());
                let item = names.and_then(|names| names.iter().position(|name| name == after));
                let item = item.map_or_else(|| "after".into(), |item| format!("after[{item}]"));
                (item, meant(after, drafts.iter().map(|step| step.id.as_str())))
            }
            OrderError::Cycle { .. } => ("after".into(), String::new()),
            OrderError::Duplicate { .. } => ("id".into(), String::new()),
        };
        notes.error("order", format!("{at}[{place}].{part}"), format_args!("{error}{meant}"));
    }
    let steps: Vec<_> = drafts
        .iter()
        .enumerate()
        .map(|(place, draft)| step(draft, &format!("{at}[{place}]"), directory, notes))
        .collect();
    order.ok()?;
    steps.into_iter().collect()
}

fn step(draft: &StepDraft, at: &str, directory: &Directory<'_>, notes: &mut Review) -> Option<PlanStep> {
    if draft.id.trim().is_empty() {
        notes.error("no-id", format!("{at}.id"), "a step needs an id");
    }
    let item = draft.item.clone().filter(|item| !item.is_blank());
    let item = notes.need(item, Ask::StepItem, &format!("{at}.item"));
    let owner = notes.need(draft.owner.clone(), Ask::StepOwner, &format!("{at}.owner"));
    directory.party(owner.as_ref(), &format!("{at}.owner"), notes);
    let takes = notes.need(draft.takes, Ask::StepTakes, &format!("{at}.takes"));
    let action = action(draft, at, notes);
    let forward_fix = forward_fix(draft, at, directory, notes);
    if draft.is_irreversible() && forward_fix.is_none() {
        return None;
    }
    Some(PlanStep {
        id: draft.id.clone(),
        item: item?,
        owner: owner?,
        action: action?,
        checks: draft.checks.clone(),
        takes: takes?,
        after: draft.after.clone(),
        kind: draft.kind.clone(),
        irreversible: draft.irreversible,
        forward_fix,
    })
}

fn action(draft: &StepDraft, at: &str, notes: &mut Review) -> Option<StepAction> {
    let manual = draft.manual.clone().filter(|instruction| !instruction.is_blank());
    match (&draft.command, manual) {
        (Some(_), Some(_)) => {
            let message = "a step is done by a command or by hand, not by both";
            notes.error("both", format!("{at}.manual"), message);
            None
        }
        (Some(argv), None) => {
            if argv.first().is_none_or(|program| program.trim().is_empty()) {
                notes.error("no-program", format!("{at}.command"), "a command begins with a program");
                return None;
            }
            notes.toil.commands += 1;
            let time_out = notes.need(draft.time_out, Ask::StepTimeOut, &format!("{at}.time_out"))?;
            Some(StepAction::Command { argv: argv.clone(), time_out, is_repeatable: draft.repeatable })
        }
        (None, Some(instruction)) => {
            if draft.time_out.is_some() || draft.repeatable {
                let message = "a time-out and whether it is repeatable are said of a command";
                notes.error("by-hand", format!("{at}.manual"), message);
            }
            notes.toil.manual.push(at.into());
            Some(StepAction::Manual(instruction))
        }
        (None, None) => {
            notes.toil.neither.push(at.into());
            notes.ask(Ask::StepAction, at);
            None
        }
    }
}

fn forward_fix(
    draft: &StepDraft,
    at: &str,
    directory: &Directory<'_>,
    notes: &mut Review,
) -> Option<ForwardFix> {
    let is_due = draft.is_irreversible() || draft.forward_fix.is_some();
    let given = draft.forward_fix.clone().unwrap_or_default();
    let plan = given.plan.filter(|plan| !plan.is_blank());
    if is_due && plan.is_none() {
        notes.ask(Ask::ForwardFix, format!("{at}.forward_fix.plan"));
    }
    if is_due && given.acknowledged.is_none() {
        notes.ask(Ask::ForwardFixAcknowledged, format!("{at}.forward_fix.acknowledged"));
    }
    let place = format!("{at}.forward_fix.acknowledged.by");
    directory.person(given.acknowledged.as_ref().map(|one| &one.by), &place, notes);
    Some(ForwardFix { plan: plan?, acknowledged: given.acknowledged? })
}

/// The four lists of steps, each with its place.
pub(super) fn all(draft: &PlanDraft) -> [(&'static str, &[StepDraft]); 4] {
    [
        ("steps", &draft.steps),
        ("rollback.steps", &draft.rollback.steps),
        ("rollback.data_verification", &draft.rollback.data_verification),
        ("rollback.checks", &draft.rollback.checks),
    ]
}

/// A record of a release names steps by their ids: no two lists may share one.
pub(super) fn one_name_each(draft: &PlanDraft, notes: &mut Review) {
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    for (list, steps) in all(draft) {
        for (place, step) in steps.iter().enumerate() {
            // Within one list, the order has found it.
            if *named.entry(&step.id).or_insert(list) != list {
                let message = format_args!("another step is called {} too", step.id);
                notes.error("twice", format!("{list}[{place}].id"), message);
            }
        }
    }
}

/// What takes longer than it may.
pub(super) fn limits(
    draft: &PlanDraft,
    steps: Option<&[PlanStep]>,
    rollback: Option<&Rollback>,
    limits: Limits,
    schedule: Option<Interval>,
    impact: Option<&Impact>,
    notes: &mut Review,
) {
    if let Some((steps, path)) = steps.and_then(|steps| Some((steps, critical_path(steps).ok()?))) {
        slow("the deployment", draft, &path, limits.deploy, notes);
        if let Some(schedule) = schedule
            && path.length().as_time_delta() > schedule.length()
        {
            let length = path.length();
            let message = format_args!("the steps take {length}, which is more than the working time");
            notes.error("working-time", "schedule.end", message);
        } else {
            soaks(draft, steps, schedule, notes);
        }
        match path.downtime(steps) {
            None => notes.error("maintenance", "steps", "maintenance is turned on and never off"),
            Some(downtime) => {
                let allowed = impact.map_or(downtime, |impact| impact.downtime);
                if downtime > allowed {
                    let message =
                        format_args!("the steps stop the service for {downtime}, and {allowed} is allowed");
                    notes.error("downtime", "impact.downtime", message);
                }
            }
        }
    }
    if let Some(path) = rollback.and_then(Rollback::critical_path) {
        slow("the rollback", draft, &path, limits.rollback, notes);
    }
}

/// Whether the stages can soak within the working time. Where they cannot, people may still end soaks early.
fn soaks(draft: &PlanDraft, steps: &[PlanStep], schedule: Option<Interval>, notes: &mut Review) {
    let Some(strategy) = &draft.strategy else { return };
    let earliest = with_soaks(steps, strategy).ok().map(|path| path.length());
    let Some((earliest, schedule)) = earliest.zip(schedule) else { return };
    if earliest.as_time_delta() > schedule.length() {
        let working = Length::new(schedule.length()).unwrap_or_default();
        let message = format_args!(
            "with its soaks it takes {earliest}, and the working time is {working}: what is left then waits for an \
             override"
        );
        notes.warn("soaks-too-long", "schedule.end", message);
    }
}

fn slow(what: &str, draft: &PlanDraft, path: &CriticalPath, limit: Length, notes: &mut Review) {
    let Some(step) = path.breaks(limit) else { return };
    let chain: Vec<_> = path.path().iter().map(|step| step.step.as_str()).collect();
    let message = format!(
        "{what} takes {}, and {limit} is allowed: {} goes past it, in the chain {}",
        path.length(),
        step.step,
        chain.join(" → "),
    );
    let place = all(draft).into_iter().find_map(|(list, steps)| {
        let place = steps.iter().position(|one| one.id == step.step)?;
        Some(format!("{list}[{place}].takes"))
    });
    notes.warn("too-slow", place.unwrap_or_default(), message);
}
