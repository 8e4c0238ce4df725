//! The longest chain of steps, against trying every chain.

use super::{draft, plan, whole, with};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use toban_core::{Party, PersonId};
use toban_release_core::plan::{
    FindingLevel, Length, OrderError, PlanStep, StepAction, StepKind, critical_path, review,
};

pub(crate) fn step(id: &str, kind: StepKind, after: Option<Vec<String>>) -> PlanStep {
    PlanStep {
        id: id.into(),
        item: id.into(),
        owner: Party::Person(PersonId::new("alice").unwrap()),
        action: StepAction::Manual("by hand".into()),
        checks: Vec::new(),
        takes: Length::minutes(1),
        after,
        kind,
        irreversible: false,
        forward_fix: None,
    }
}

#[test]
fn a_plan_that_is_too_slow_says_which_step_goes_past_the_limit() {
    let slow = with(whole(), "/steps/2/takes", json!("8m"));
    let findings = review(&draft(&slow)).findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].code, findings[0].place.as_str()), ("too-slow", "steps[2].takes"));
    assert_eq!(
        findings[0].message,
        "the deployment takes 12m, and 10m is allowed: deploy goes past it, \
         in the chain expand → backfill → deploy → smoke → contract"
    );
    assert_eq!(
        plan(&slow).critical_path().length(),
        Length::minutes(12),
        "it is a plan, and gate 1 holds it"
    );

    let just = with(whole(), "/steps/2/takes", json!("6m"));
    assert_eq!(plan(&just).critical_path().length(), Length::minutes(10));
    assert_eq!(review(&draft(&just)).findings, [], "ten minutes are within ten minutes");

    let slow = with(whole(), "/rollback/data_verification/0/takes", json!("10m"));
    let findings = review(&draft(&slow)).findings;
    assert_eq!(findings[0].place, "rollback.data_verification[0].takes");
    assert!(findings[0].message.starts_with("the rollback takes 12m30s, and 5m is allowed: count-orders"));
}

#[test]
fn soaks_that_do_not_fit_the_working_time_hold_the_release() {
    let soak = |soak: &str| {
        let value = with(whole(), "/strategy/stages/0/soak", json!(soak));
        with(value, "/strategy/stages/1/soak", json!(soak))
    };
    // A minute, two of backfill, five of deployment for each of two stages, half of a smoke test, half to contract.
    let working = plan(&whole()).schedule().length();
    let earliest = plan(&soak("10m")).earliest();
    assert_eq!((working.num_minutes(), earliest.length().to_string()), (120, "34m".into()));
    assert_eq!(earliest.timetable()[3].start.to_string(), "33m", "the smoke test comes after the last soak");
    // What could run at once is done one after the other.
    let at_once = with(soak("10m"), "/steps/4/after", json!(["deploy"]));
    assert!(plan(&at_once).critical_path().length() < plan(&soak("10m")).critical_path().length());
    assert_eq!(plan(&at_once).earliest().length().to_string(), "34m");
    let findings = review(&draft(&soak("53m"))).findings;
    assert_eq!(findings, [], "two hours are within two hours");
    let findings = review(&draft(&soak("54m"))).findings;
    assert_eq!((findings.len(), findings[0].level), (1, FindingLevel::Warning));
    assert_eq!((findings[0].code, findings[0].place.as_str()), ("soaks-too-long", "schedule.end"));
    assert_eq!(
        findings[0].message,
        "with its soaks it takes 2h2m, and the working time is 2h: what is left then waits for an override"
    );
}

#[test]
fn steps_that_wait_for_nothing_run_at_once() {
    let beside = with(whole(), "/steps/1/after", json!(["expand"]));
    let beside = with(beside, "/steps/2/after", json!(["expand"]));
    let beside = with(beside, "/steps/3/after", json!(["backfill", "deploy"]));
    let path = plan(&beside).critical_path();
    assert_eq!(path.length().to_string(), "7m");
    let chain: Vec<_> = path.path().iter().map(|step| step.step.as_str()).collect();
    assert_eq!(chain, ["expand", "deploy", "smoke", "contract"]);
    assert_eq!(path.timetable()[1].start, Length::minutes(1));
}

#[test]
fn a_service_that_may_not_stop_is_not_stopped() {
    let step = |id: &str, kind: &str| {
        json!({"id": id, "item": id, "owner": {"person": "bob"}, "command": ["x"], "time_out": "5m", "checks": ["c"],
               "takes": "1m", "kind": kind})
    };
    let mut value = with(whole(), "/database", json!("unchanged"));
    value["steps"] = json!([
        step("on", "maintenance_on"),
        step("deploy", "deploy"),
        step("smoke", "smoke_test"),
        step("off", "maintenance_off"),
    ]);
    value["rollback"]["steps"] = json!([step("back", "deploy"), step("off-again", "maintenance_off")]);
    let refused = draft(&value).build().unwrap_err();
    assert_eq!(refused.findings.len(), 1);
    assert_eq!(
        refused.findings[0].to_string(),
        "impact.downtime: the steps stop the service for 2m, and 0s is allowed"
    );
    value["impact"]["downtime"] = json!("2m");
    plan(&value);
    // A rollback that forgets maintenance leaves the service in it.
    value["rollback"]["steps"] = json!([step("back", "deploy")]);
    let refused = draft(&value).build().unwrap_err();
    assert_eq!(
        refused.findings[0].to_string(),
        "rollback.steps: a rollback from after on ends in maintenance"
    );
}

proptest! {
    #[test]
    fn the_longest_chain_is_the_longest_of_all_chains(
        edges in proptest::collection::vec((0..8_usize, 0..8_usize), 0..14),
        takes in proptest::collection::vec(0..6_u32, 8),
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // An edge goes from the lower to the higher; the list has them in any order.
        let mut after: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (one, other) in edges.into_iter().filter(|(one, other)| one != other) {
            after.entry(one.max(other)).or_default().push(one.min(other));
        }
        let steps: Vec<PlanStep> = order.iter().map(|node| {
            let before = after.get(node).into_iter().flatten().map(ToString::to_string).collect();
            PlanStep { takes: Length::minutes(takes[*node]), ..step(&node.to_string(), StepKind::Other, Some(before)) }
        }).collect();
        fn longest(node: usize, after: &BTreeMap<usize, Vec<usize>>, takes: &[u32]) -> u32 {
            let before = after.get(&node).into_iter().flatten();
            takes[node] + before.map(|one| longest(*one, after, takes)).max().unwrap_or(0)
        }
        let path = critical_path(&steps).unwrap();
        let naive = (0..8).map(|node| longest(node, &after, &takes)).max().unwrap();
        prop_assert_eq!(path.length(), Length::minutes(naive));
        for planned in path.timetable() {
            let node: usize = planned.step.parse().unwrap();
            prop_assert_eq!(planned.end, Length::minutes(longest(node, &after, &takes)));
        }
        // The chain is one: each begins when the one before it ends.
        let mut at = Length::ZERO;
        for planned in path.path() {
            prop_assert_eq!(planned.start, at);
            at = planned.end;
        }
    }

    #[test]
    fn a_ring_of_steps_has_no_order(length in 1..6_usize) {
        let steps: Vec<PlanStep> = (0..length).map(|node| {
            step(&node.to_string(), StepKind::Other, Some(vec![((node + 1) % length).to_string()]))
        }).collect();
        let is_ring = matches!(critical_path(&steps), Err(OrderError::Cycle { .. }));
        prop_assert!(is_ring);
    }
}
