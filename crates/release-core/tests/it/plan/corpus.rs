//! Drafts that each lack one part, or contradict themselves once.

use super::{draft, plan, whole, with, without};
use proptest::prelude::*;
use serde_json::{Value, json};
use toban_core::Priority;
use toban_release_core::plan::{BLOCKS_GATE_1, Plan, PlanDraft, review};

#[test]
fn a_whole_draft_is_a_plan_and_nothing_is_asked() {
    let review = review(&draft(&whole()));
    assert_eq!(review.questions, []);
    assert_eq!(review.findings, []);
    let used: Vec<_> =
        review.defaults.iter().map(|one| (one.place, one.value.en.as_str(), one.source)).collect();
    assert_eq!(
        used,
        [
            ("environment.purpose", "The service for its users", "an environment of its kind"),
            ("environment.trigger", "a change of the branch main", "an environment of its kind"),
            ("environment.data", "Production data", "an environment of its kind"),
            ("environment.monitoring", "Full monitoring and alerts", "an environment of its kind"),
            ("limits.deploy", "10m", "a release"),
            ("limits.rollback", "5m", "a release"),
        ]
    );
    assert_eq!(review.defaults[1].value.ja, "mainブランチの変更");
    assert_eq!(review.toil.commands, 8);
    plan(&whole());
}

/// What is taken away, what is asked then, and where.
const LACKING: &[(&str, &str, &str)] = &[
    ("/target/service", "service", "target.service"),
    ("/target/version", "version", "target.version"),
    ("/target/previous", "previous", "target.previous"),
    ("/target/previous/release/verified", "previous-verified", "target.previous.release.verified"),
    ("/environment/kind", "environment", "environment.kind"),
    ("/environment/demands", "demands", "environment.demands"),
    ("/schedule/start", "schedule-start", "schedule.start"),
    ("/schedule/end", "schedule-end", "schedule.end"),
    ("/impact/downtime", "downtime", "impact.downtime"),
    ("/impact/scope", "scope", "impact.scope"),
    ("/author", "author", "author"),
    ("/owner", "owner", "owner"),
    ("/approvers/people", "approvers", "approvers.people"),
    ("/approvers/rule", "approval-rule", "approvers.rule"),
    ("/emergency", "emergency", "emergency"),
    ("/contacts", "contacts", "contacts"),
    ("/roles/0/held_by/0", "role-holder", "roles[0].held_by"),
    ("/preparation/backups", "backups", "preparation.backups"),
    ("/preparation/artefacts", "artefacts", "preparation.artefacts"),
    ("/preparation/artefacts/0/digest", "artefact-digest", "preparation.artefacts[0].digest"),
    ("/announcements", "announcements", "announcements"),
    ("/announcements/0", "announcements", "announcements"),
    ("/strategy", "strategy", "strategy"),
    ("/database", "database", "database"),
    ("/database/migration/compatible/0", "compatibility", "database.migration.compatible"),
    ("/steps", "steps", "steps"),
    ("/steps/2", "deploy-step", "steps"),
    ("/steps/0/item", "step-item", "steps[0].item"),
    ("/steps/0/owner", "step-owner", "steps[0].owner"),
    ("/steps/0/command", "step-action", "steps[0]"),
    ("/steps/0/takes", "step-takes", "steps[0].takes"),
    ("/steps/0/time_out", "step-time-out", "steps[0].time_out"),
    ("/steps/4/forward_fix/plan", "forward-fix", "steps[4].forward_fix.plan"),
    ("/steps/4/forward_fix/acknowledged", "forward-fix-acknowledged", "steps[4].forward_fix.acknowledged"),
    ("/rollback/criteria", "rollback-criteria", "rollback.criteria"),
    ("/rollback/steps", "rollback-steps", "rollback.steps"),
    ("/rollback/steps/0/owner", "step-owner", "rollback.steps[0].owner"),
    ("/rollback/steps/0/command", "step-action", "rollback.steps[0]"),
    ("/rollback/data_verification", "rollback-data", "rollback.data_verification"),
    ("/rollback/checks", "rollback-checks", "rollback.checks"),
    ("/after/dashboards", "dashboards", "after.dashboards"),
    ("/after/watch", "watch", "after.watch"),
    ("/after/support", "support", "after.support"),
    ("/after/declared_by", "declared-by", "after.declared_by"),
];

/// What may be taken away without losing the plan, and what is asked before gate 1, or for the better.
const LATER: &[(&str, &str, &str, bool)] = &[
    ("/target/features", "features", "target.features", true),
    ("/risks", "risks", "risks", true),
    ("/readiness", "readiness", "readiness", true),
    ("/stages/1", "stage-criteria", "strategy.stages[1]", true),
    ("/steps/3", "smoke-test", "steps", true),
    ("/steps/0/checks", "step-checks", "steps[0].checks", true),
    ("/rollback/criteria/0", "rollback-critical", "rollback.criteria", true),
    ("/kickoff", "kickoff", "kickoff", false),
    ("/checklists/0/items/0/conditions", "checklist-conditions", "checklists[0].items[0].conditions", false),
    (
        "/checklists/0/items/0/deliverables",
        "checklist-deliverables",
        "checklists[0].items[0].deliverables",
        false,
    ),
    ("/checklists/0/items/0/tests", "checklist-tests", "checklists[0].items[0].tests", false),
];

#[test]
fn every_draft_that_lacks_one_part_is_refused_with_the_one_question_for_it() {
    for (pointer, id, place) in LACKING {
        let draft = draft(&without(whole(), pointer));
        let refused = draft.build().expect_err(pointer);
        let asked: Vec<_> =
            refused.questions.iter().map(|one| (one.id.as_str(), one.place.as_str())).collect();
        assert!(asked.contains(&(id, place)), "{pointer}: {asked:?}");
        assert_eq!(asked.len(), 1, "{pointer}: {asked:?}");
        assert_eq!(refused.findings, [], "{pointer}");
        for question in &refused.questions {
            assert_eq!(question.priority, Priority::High, "{pointer}");
            assert!(question.is_blocking(BLOCKS_GATE_1), "{pointer}");
        }
        assert!(Plan::try_from(draft).is_err());
    }
}

#[test]
fn what_only_gate_1_needs_is_asked_and_does_not_refuse_the_plan() {
    for (pointer, id, place, is_held) in LATER {
        let draft = draft(&without(whole(), pointer));
        let questions = review(&draft).questions;
        let asked: Vec<_> = questions.iter().map(|one| (one.id.as_str(), one.place.as_str())).collect();
        assert_eq!(asked, [(*id, *place)], "{pointer}");
        assert_eq!(questions[0].is_blocking(BLOCKS_GATE_1), *is_held, "{pointer}");
        assert!(draft.build().is_ok(), "{pointer}");
    }
}

#[test]
fn an_empty_draft_asks_for_everything_and_assumes_nothing() {
    let questions = review(&PlanDraft::default()).questions;
    assert!(questions.len() > 25, "{}", questions.len());
    assert!(questions.is_sorted_by_key(|question| question.priority), "the most urgent first");
    for question in &questions {
        assert!(!question.text.is_blank() && !question.why.is_blank() && !question.who.is_blank());
        assert!(!question.text.en.contains('？') && question.text.ja.ends_with('？'), "{question:?}");
    }
    assert!(PlanDraft::default().build().is_err());
}

/// What is put where, the code of the finding, its place, and a part of its message.
fn contradictions() -> Vec<(&'static str, Value, &'static str, &'static str, &'static str)> {
    vec![
        (
            "/schedule/end",
            json!("2026-03-02T00:00:00Z"),
            "schedule",
            "schedule.end",
            "must end after it starts",
        ),
        (
            "/steps/1/owner",
            json!({"person": "carl"}),
            "unknown-person",
            "steps[1].owner.person",
            "carl is not among the contacts, did you mean carol?",
        ),
        (
            "/steps/1/owner",
            json!({"role": "dba"}),
            "unknown-role",
            "steps[1].owner.role",
            "dba is not among the roles",
        ),
        ("/approvers/people", json!(["alice"]), "two-persons", "approvers.people", "nobody but the author"),
        ("/approvers/people/1", json!("mallory"), "unknown-person", "approvers.people[1]", "mallory"),
        (
            "/target/previous/release/version",
            json!("v1.4.0"),
            "same-version",
            "target.previous.release.version",
            "lead back to v1.4.0",
        ),
        (
            "/stages/0/stage",
            json!("6 %"),
            "unknown-stage",
            "stages[0].stage",
            "no stage 6 %, did you mean 5 %?",
        ),
        ("/steps/1/id", json!("expand"), "order", "steps[1].id", "another step is called expand"),
        ("/rollback/steps/0/id", json!("deploy"), "twice", "rollback.steps[0].id", "called deploy too"),
        ("/steps/1/after", json!(["nothing"]), "order", "steps[1].after[0]", "no step of the same list"),
        (
            "/steps/3/after",
            json!(["expand", "deplyo"]),
            "order",
            "steps[3].after[1]",
            "no step of the same list, did you mean deploy?",
        ),
        ("/steps/0/after", json!(["contract"]), "order", "steps[0].after", "waits for itself"),
        ("/steps/0/manual", json!("by hand"), "both", "steps[0].manual", "not by both"),
        ("/steps/0/command", json!([]), "no-program", "steps[0].command", "begins with a program"),
        ("/steps/0/id", json!(" "), "no-id", "steps[0].id", "needs an id"),
        ("/steps/2/takes", json!("3h"), "working-time", "schedule.end", "more than the working time"),
        ("/database", json!("unchanged"), "unchanged", "steps[0].kind", "said to stay as it is"),
        ("/database/migration/schemas/1", json!("s1"), "twice", "database.migration.schemas[1]", "twice"),
        (
            "/database/migration/compatible/0/schemas/1",
            json!("s9"),
            "unknown-schema",
            "database.migration.compatible[0].schemas[1]",
            "no schema s9",
        ),
        (
            "/steps/0/kind",
            json!({"database": {"phase": "expand", "to": "s9"}}),
            "unknown-schema",
            "steps[0]",
            "does not name",
        ),
        (
            "/steps/0/kind",
            json!({"restore_schema": {"to": "s1"}}),
            "misplaced",
            "steps[0].kind",
            "only a rollback",
        ),
        (
            "/steps/0/kind",
            json!({"database": {"phase": "switch", "to": "s2"}}),
            "phase-order",
            "steps[0].kind",
            "expand may run before backfill",
        ),
        (
            "/rollback/steps/0/irreversible",
            json!(true),
            "misplaced",
            "rollback.steps[0].kind",
            "nothing that cannot be undone",
        ),
        (
            "/rollback/steps/0/kind",
            json!("other"),
            "stranded",
            "rollback.steps",
            "a rollback from while deploy runs ends with the new version still serving",
        ),
        ("/steps/1/kind", json!("maintenance_on"), "maintenance", "steps", "never off"),
        (
            "/checklists/0/items",
            json!([
                {"id": "a", "item": "a", "conditions": ["c"], "deliverables": ["d"], "tests": ["t"]},
                {"id": "a", "item": "b", "conditions": ["c"], "deliverables": ["d"], "tests": ["t"]},
            ]),
            "twice",
            "checklists[0].items[1].id",
            "another item is called a",
        ),
        (
            "/kickoff/agenda/0/end",
            json!("08:00:00"),
            "misplaced",
            "kickoff.agenda[0]",
            "ends before it starts",
        ),
        ("/readiness/1/id", json!("disk"), "twice", "readiness[1].id", "another requirement"),
        ("/contacts/1/person", json!("alice"), "twice", "contacts[1].person", "listed twice"),
    ]
}

#[test]
fn every_contradiction_is_refused_with_its_place() {
    for (pointer, new, code, place, part) in contradictions() {
        let refused = draft(&with(whole(), pointer, new)).build().expect_err(pointer);
        let found: Vec<_> = refused.findings.iter().map(|one| (one.code, one.place.as_str())).collect();
        assert!(found.contains(&(code, place)), "{pointer}: {refused:#?}");
        assert!(refused.findings.iter().any(|one| one.message.contains(part)), "{pointer}: {refused:#?}");
    }
}

#[test]
fn what_no_type_can_hold_is_refused_where_it_stands() {
    let refused = [
        (with(whole(), "/steps/0/ownr", json!("x")), "unknown field `ownr`"),
        (with(whole(), "/approvals", json!([])), "unknown field `approvals`"),
        (with(whole(), "/strategy/stages/1/weight", json!(101)), "101 % is more than all traffic"),
        (with(whole(), "/strategy/stages/0/weight", json!(0)), "stages rise"),
        (with(whole(), "/preparation/artefacts/0/digest", json!("sha256:12")), "is no fingerprint"),
        (with(whole(), "/impact/downtime", json!("-5m")), "is no length of time"),
        (with(whole(), "/target/version", json!("v 1")), "is no version"),
        (with(whole(), "/author", json!("")), "is no name"),
    ];
    for (value, part) in refused {
        let error = serde_json::from_value::<PlanDraft>(value).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_step_by_hand_is_toil_and_one_that_nothing_says_how_to_do_is_listed() {
    let value = with(without(whole(), "/steps/0/command"), "/steps/0/manual", json!("press the button"));
    assert_eq!(
        draft(&value).build().unwrap_err().findings[0].code,
        "by-hand",
        "nobody waits for a person so long"
    );
    let value = without(value, "/steps/0/time_out");
    let toil = review(&draft(&value)).toil;
    assert_eq!((toil.commands, toil.manual, toil.neither.len()), (7, vec!["steps[0]".to_owned()], 0));
    let made = plan(&value);
    assert!(made.steps()[0].is_toil() && !made.steps()[1].is_toil());
    let toil = review(&draft(&without(whole(), "/rollback/checks/0/command"))).toil;
    assert_eq!(toil.neither, ["rollback.checks[0]"]);
}

#[test]
fn a_plan_is_written_and_read_as_it_is_and_a_changed_one_is_another() {
    let one = plan(&whole());
    let text = serde_json::to_string(&one).unwrap();
    let again: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(again, one);
    assert_eq!(again.revision(), one.revision());
    assert_eq!(PlanDraft::from(one.clone()).build().unwrap(), one);
    let later = plan(&with(whole(), "/schedule/end", json!("2026-03-02T04:00:00Z")));
    assert_ne!(later.revision(), one.revision());
    assert_eq!(later.rollback_revision(), one.rollback_revision(), "the way back is the same");
    let slower = plan(&with(whole(), "/rollback/steps/0/takes", json!("90s")));
    assert_ne!(slower.rollback_revision(), one.rollback_revision());
    let other = plan(&with(whole(), "/steps/3/takes", json!("90s")));
    assert_ne!(other.rollback_revision(), one.rollback_revision(), "what is undone is another thing");
    let broken = text.replace(
        "\"criteria\":[{\"severity\":\"critical\"",
        "\"criteria\":[],\"x\":[{\"severity\":\"critical\"",
    );
    assert!(serde_json::from_str::<Plan>(&broken).is_err());
}

#[test]
fn the_revision_of_a_plan_is_the_same_in_every_build() {
    // Approvals of plans are kept; a revision that moves by itself would make them all stale. Python agrees, with
    // `json.dumps(sort_keys=True, separators=(',', ':'), ensure_ascii=False)` without what is null.
    let text = plan(&whole()).revision().to_string();
    assert_eq!(text, "sha256:2482e957c935e4caf79f9159131fa9491f5e001bb6c34e0b592b377b7e56ff40");
}

proptest! {
    /// No draft that lacks anything of the four parts of a rollback becomes a plan, whatever else is there.
    #[test]
    fn no_plan_lacks_a_part_of_its_rollback(
        parts in proptest::collection::vec(any::<bool>(), 4), rest in proptest::collection::vec(0..LACKING.len(), 0..3),
    ) {
        let mut value = whole();
        let names = ["criteria", "steps", "data_verification", "checks"];
        for (name, _) in names.iter().zip(&parts).filter(|(_, is_there)| !**is_there) {
            value["rollback"][name] = json!([]);
        }
        for place in rest {
            let (pointer, _, _) = LACKING[place];
            if value.pointer(pointer).is_some() {
                value = without(value, pointer);
            }
        }
        let built = draft(&value).build();
        if parts.contains(&false) {
            let refused = built.expect_err("a part is missing");
            let missing = parts.iter().filter(|is_there| !**is_there).count();
            let asked = refused.questions.iter().filter(|one| one.place.starts_with("rollback.")).count();
            prop_assert!(asked >= missing);
        } else if let Ok(plan) = built {
            prop_assert!(!plan.rollback().criteria().is_empty());
        }
    }
}
