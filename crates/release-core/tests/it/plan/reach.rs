//! Which pairs a plan can meet, against walking every sequence of events.

use super::critical_path::step;
use super::{draft, plan, whole, with, without};
use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use toban_core::PersonId;
use toban_release_core::plan::{
    Acknowledged, Compatibility, Database, ForwardFix, Migration, MigrationPhase, PlanStep, ReachFault,
    StepKind, Version, Way,
};

#[test]
fn the_four_phases_get_by_with_the_pairs_that_get_on() {
    let plan = plan(&whole());
    let reach = plan.reach();
    let pairs: Vec<_> = reach.pairs.iter().map(|(pair, when)| format!("{pair}: {when}")).collect();
    assert_eq!(
        pairs,
        [
            "v1.3.9 on schema s1: before the first step",
            "v1.3.9 on schema s2: after expand",
            "v1.4.0 on schema s2: while deploy runs",
            "v1.4.0 on schema s3: after contract",
        ]
    );
    assert_eq!(reach.faults, []);
    assert_eq!(plan.point_of_no_return().map(|step| step.id.as_str()), Some("contract"));
}

#[track_caller]
fn first_fault(value: &Value) -> String {
    draft(value).build().expect_err("refused").findings[0].to_string()
}

#[test]
fn a_pair_that_does_not_get_on_is_refused_with_the_moment() {
    // The new version does not know the expanded schema.
    let value = with(whole(), "/database/migration/compatible/1/schemas", json!(["s3"]));
    assert_eq!(
        first_fault(&value),
        "steps[2]: v1.4.0 on schema s2 do not get on, and meet while deploy runs"
    );
    // The old version does not stand the expansion: it meets it before anything is deployed.
    let value = with(whole(), "/database/migration/compatible/0/schemas", json!(["s1"]));
    assert_eq!(first_fault(&value), "steps[0]: v1.3.9 on schema s2 do not get on, and meet after expand");
}

#[test]
fn a_pair_that_only_a_rollback_meets_is_refused_too() {
    // A switch to a schema that the old version does not know, after the deployment, without a way to bring it back.
    let switch = |value: Value| {
        let value = with(value, "/steps/3/kind", json!({"database": {"phase": "switch", "to": "s3"}}));
        without(value, "/steps/4")
    };
    assert_eq!(
        first_fault(&switch(whole())),
        "rollback.steps[0]: v1.3.9 on schema s3 do not get on, and meet rolling back from after smoke: while back runs"
    );
    // The rollback brings the schema back first, or somebody accepts that there is no way back.
    let mut restored = switch(whole());
    let mut restore = restored["rollback"]["steps"][0].clone();
    restore["id"] = json!("restore");
    restore["kind"] = json!({"restore_schema": {"to": "s2"}});
    restored["rollback"]["steps"].as_array_mut().unwrap().insert(0, restore);
    assert_eq!(plan(&restored).point_of_no_return(), None);
    let mut accepted = switch(whole());
    accepted["steps"][3]["forward_fix"] = whole()["steps"][4]["forward_fix"].clone();
    let accepted = plan(&accepted);
    assert_eq!(
        accepted.point_of_no_return().map(|step| step.id.as_str()),
        Some("smoke"),
        "derived from the matrix: nobody said that the step cannot be undone"
    );
    // In the wrong order the rollback deploys the old version before the schema is back.
    restored["rollback"]["steps"].as_array_mut().unwrap().swap(0, 1);
    assert!(first_fault(&restored).contains("rolling back from after smoke: while back runs"));
}

#[test]
fn nothing_is_given_up_before_the_new_version_has_all_traffic() {
    let mut value = whole();
    value["steps"][4]["after"] = json!(["backfill"]);
    let refused = draft(&value).build().unwrap_err();
    let codes: Vec<_> = refused.findings.iter().map(|one| one.code).collect();
    assert!(codes.contains(&"irreversible-too-early"), "{refused:#?}");
    assert!(
        refused.findings.iter().any(|one| one.to_string()
            == "steps[4]: contract cannot be undone, and begins before the new version has all traffic"),
        "{refused:#?}"
    );
}

#[test]
fn a_first_release_goes_back_to_nothing() {
    let mut value = with(whole(), "/target/previous", json!("first_release"));
    value = without(value, "/database/migration/compatible/0");
    let plan = plan(&value);
    assert_eq!(plan.target().previous.version(), None);
    assert!(plan.reach().pairs.keys().all(|pair| pair.application.as_str() == "v1.4.0"));
}

#[test]
fn a_rollback_that_leads_nowhere_is_found_though_no_step_changes_anything() {
    let forward = [step("f0", StepKind::Other, None)];
    let back = [step("b0", StepKind::MaintenanceOn, None)];
    let (previous, version) = (Version::new("old").unwrap(), Version::new("new").unwrap());
    let way = Way {
        steps: &forward,
        rollback: &back,
        previous: Some(&previous),
        version: &version,
        database: &Database::Unchanged,
    };
    let faults: Vec<_> = way.reach().unwrap().faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["a rollback from before the first step ends in maintenance"]);
}

#[test]
fn too_many_steps_at_once_are_refused_and_not_tried() {
    let steps: Vec<PlanStep> =
        (0..40).map(|place| step(&place.to_string(), StepKind::MaintenanceOff, Some(Vec::new()))).collect();
    let (version, database) = (Version::new("v2").unwrap(), Database::Unchanged);
    let back = [step("back", StepKind::Deploy, None)];
    let way = Way { steps: &steps, rollback: &back, previous: None, version: &version, database: &database };
    assert!(way.reach().unwrap().faults.contains(&ReachFault::TooMany));
}

/// A state of the naive walk, by names.
#[derive(Clone, Debug)]
struct World {
    serving: BTreeSet<&'static str>,
    is_down: bool,
    schema: usize,
}

const SCHEMAS: [&str; 3] = ["s0", "s1", "s2"];

fn apply(world: &mut World, kind: &StepKind, begins: bool, comes: &'static str, goes: &'static str) {
    match (kind, begins) {
        (StepKind::Deploy, true) => drop(world.serving.insert(comes)),
        (StepKind::Deploy, false) => drop(world.serving.remove(goes)),
        (StepKind::MaintenanceOn, false) => world.is_down = true,
        (StepKind::MaintenanceOff, true) => world.is_down = false,
        (StepKind::Database { to, .. }, false) => {
            world.schema = SCHEMAS.iter().position(|one| one == to).unwrap();
        }
        (StepKind::RestoreSchema { to }, false) => {
            world.schema = world.schema.min(SCHEMAS.iter().position(|one| one == to).unwrap());
        }
        _ => {}
    }
}

/// Every state along every sequence of beginnings and ends, one by one, without remembering any.
fn every_state(
    steps: &[PlanStep],
    world: &World,
    states: &BTreeMap<String, bool>,
    (comes, goes): (&'static str, &'static str),
    seen: &mut dyn FnMut(&World, &BTreeMap<String, bool>),
) {
    seen(world, states);
    for (place, step) in steps.iter().enumerate() {
        let before: Vec<String> = match &step.after {
            Some(after) => after.clone(),
            None => place.checked_sub(1).map(|before| steps[before].id.clone()).into_iter().collect(),
        };
        let begins = match states.get(&step.id) {
            None if before.iter().all(|one| states.get(one) == Some(&true)) => true,
            Some(false) => false,
            _ => continue,
        };
        let (mut world, mut states) = (world.clone(), states.clone());
        apply(&mut world, &step.kind, begins, comes, goes);
        states.insert(step.id.clone(), !begins);
        every_state(steps, &world, &states, (comes, goes), seen);
    }
}

fn pairs(world: &World) -> BTreeSet<(String, String)> {
    let serving = world.serving.iter().filter(|_| !world.is_down);
    serving.map(|version| ((*version).to_owned(), SCHEMAS[world.schema].to_owned())).collect()
}

fn kinds(back: bool) -> impl Strategy<Value = StepKind> {
    let to = (0..3_usize).prop_map(move |to| {
        let to = SCHEMAS[to].to_owned();
        if back {
            StepKind::RestoreSchema { to }
        } else {
            StepKind::Database { phase: MigrationPhase::Expand, to }
        }
    });
    prop_oneof![
        to,
        Just(StepKind::Deploy),
        Just(StepKind::MaintenanceOn),
        Just(StepKind::MaintenanceOff),
        Just(StepKind::Other),
    ]
}

/// Up to four steps, each after the one before it or after any of those before it.
fn steps(back: bool) -> impl Strategy<Value = Vec<PlanStep>> {
    let one = (kinds(back), proptest::option::of(proptest::collection::vec(0..4_usize, 0..2)));
    proptest::collection::vec(one, 1..5).prop_map(move |list| {
        let name = |place: usize| format!("{}{place}", if back { "b" } else { "f" });
        let step = |(place, (kind, after)): (usize, (StepKind, Option<Vec<usize>>))| {
            let after = after.map(|all| all.into_iter().filter(|one| *one < place).map(name).collect());
            step(&name(place), kind, after)
        };
        list.into_iter().enumerate().map(step).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Without a fault, exactly the pairs of the naive walk are met; with one, the naive walk meets it too.
    #[test]
    fn the_pairs_are_those_of_every_sequence_of_events(
        forward in steps(false), back in steps(true), old in 1..8_u8, new in 1..8_u8,
    ) {
        let row = |application: &str, bits: u8| Compatibility {
            application: Version::new(application).unwrap(),
            schemas: (0..3).filter(|place| bits & (1 << place) != 0).map(|place| SCHEMAS[place].into()).collect(),
        };
        let migration = Migration {
            schemas: SCHEMAS.map(Into::into).into(), compatible: vec![row("old", old), row("new", new)],
        };
        let database = Database::Migration(migration.clone());
        let (previous, version) = (Version::new("old").unwrap(), Version::new("new").unwrap());
        let way = Way {
            steps: &forward, rollback: &back, previous: Some(&previous), version: &version, database: &database,
        };
        let reach = way.reach().unwrap();

        let mut worlds = Vec::new();
        let start = World { serving: BTreeSet::from(["old"]), is_down: false, schema: 0 };
        every_state(&forward, &start, &BTreeMap::new(), ("new", "old"), &mut |world, _| worlds.push(world.clone()));
        let mut naive = BTreeSet::new();
        let mut strands = false;
        let mut known = BTreeSet::new();
        for world in &worlds {
            naive.extend(pairs(world));
            if known.insert(format!("{world:?}")) {
                every_state(&back, world, &BTreeMap::new(), ("old", "new"), &mut |world, states| {
                    naive.extend(pairs(world));
                    let is_over = states.len() == back.len() && states.values().all(|is_done| *is_done);
                    strands |= is_over && (world.is_down || world.serving.contains("new"));
                });
            }
        }
        let gets_on = |pair: &(String, String)| {
            migration.is_compatible(&Version::new(pair.0.clone()).unwrap(), &pair.1)
        };
        let bad: BTreeSet<_> = naive.iter().filter(|pair| !gets_on(pair)).cloned().collect();
        let incompatible: BTreeSet<_> = reach.faults.iter().filter_map(|fault| match fault {
            ReachFault::Incompatible { pair, .. } => {
                Some((pair.application.to_string(), pair.schema.clone()))
            }
            _ => None,
        }).collect();
        prop_assert!(incompatible.is_subset(&bad), "{incompatible:?} {bad:?}");
        prop_assert_eq!(incompatible.is_empty(), bad.is_empty());
        if bad.is_empty() {
            let met: BTreeSet<_> =
                reach.pairs.keys().map(|pair| (pair.application.to_string(), pair.schema.clone())).collect();
            prop_assert_eq!(met, naive);
            let stranded = reach.faults.iter().any(|fault| matches!(fault, ReachFault::Stranded { .. }));
            prop_assert_eq!(stranded, strands);
            prop_assert_eq!(reach.point_of_no_return, None);
        }
    }

    /// Accepting that there is no way back helps only where the old version is gone.
    #[test]
    fn a_forward_fix_takes_the_place_of_a_rollback_only_after_the_old_version_is_gone(gap in 0..4_usize) {
        let fix = ForwardFix {
            plan: "forward".into(),
            acknowledged: Acknowledged {
                by: PersonId::new("carol").unwrap(),
                at: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
            },
        };
        // In maintenance the old version meets nothing, but a rollback would bring it back.
        let mut forward = vec![
            step("on", StepKind::MaintenanceOn, None),
            step("deploy", StepKind::Deploy, None),
            step("off", StepKind::MaintenanceOff, None),
        ];
        let switch = PlanStep {
            forward_fix: Some(fix),
            ..step("switch", StepKind::Database { phase: MigrationPhase::Switch, to: "s1".into() }, None)
        };
        forward.insert(gap, switch);
        let database = Database::Migration(Migration {
            schemas: vec!["s0".into(), "s1".into()],
            compatible: vec![
                Compatibility { application: Version::new("old").unwrap(), schemas: vec!["s0".into()] },
                Compatibility {
                    application: Version::new("new").unwrap(), schemas: vec!["s0".into(), "s1".into()],
                },
            ],
        });
        let (previous, version) = (Version::new("old").unwrap(), Version::new("new").unwrap());
        let back = [step("back", StepKind::Deploy, None), step("up", StepKind::MaintenanceOff, None)];
        let way = Way {
            steps: &forward, rollback: &back, previous: Some(&previous), version: &version, database: &database,
        };
        let reach = way.reach().unwrap();
        prop_assert_eq!(reach.faults.is_empty(), gap > 1, "{:?}", reach.faults);
        prop_assert_eq!(reach.point_of_no_return.as_deref(), (gap > 1).then_some("switch"));
    }
}
