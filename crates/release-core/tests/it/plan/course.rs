//! What a machine follows, made from a plan.

use super::{draft, plan, whole, with, without};
use serde_json::{Value, json};
use toban_release_core::plan::{NoCourse, Occasion};
use toban_release_core::rollout::{Action, Announcement, Course, Mover, Step};

/// The plan above, its traffic moved by a program that is told how far.
fn moving() -> Value {
    let mover = json!(["./traffic", "{weight}", "{version}"]);
    let mut value = whole();
    for place in ["/steps/2", "/rollback/steps/0"] {
        value = with(value, &format!("{place}/command"), mover.clone());
        value = with(value, &format!("{place}/repeatable"), json!(true));
    }
    value
}

fn course(value: &Value) -> Course {
    plan(value).course().unwrap()
}

fn names(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.name.as_str()).collect()
}

#[test]
fn what_comes_before_the_step_that_deploys_is_done_before_traffic_moves() {
    let course = course(&moving());
    assert_eq!(names(&course.preparation), ["expand", "backfill"]);
    assert_eq!(names(&course.completion), ["smoke", "contract"]);
    assert_eq!(course.stages().len(), 2);
    assert_eq!(names(&course.rollback), [""; 0], "traffic alone comes back");
    assert_eq!(names(&course.verification), ["count-orders", "smoke-again"]);
    let Mover::Program { argv, time_out } = &course.traffic else { panic!("{:?}", course.traffic) };
    assert_eq!((argv.len(), time_out.num_minutes()), (3, 15));
    assert_eq!((course.from.as_str(), course.to.as_str()), ("v1.3.9", "v1.4.0"));
    assert_eq!(course.revision, plan(&moving()).revision().to_string());
    assert_eq!((course.approvals, course.author_may_approve), (1, false));
    assert_eq!(course.approvers, ["alice", "carol"]);
}

#[test]
fn the_point_of_no_return_goes_along_with_its_forward_fix() {
    let course = course(&moving());
    let no_return = course.no_return.unwrap();
    assert_eq!(
        (no_return.step, no_return.forward_fix.as_str()),
        (1, "add the column again and fill it from the new one")
    );
}

#[test]
fn who_is_told_on_the_way_goes_along_and_who_was_told_before_does_not() {
    let course = course(&moving());
    let told: Vec<_> = course.announcements.iter().map(|one| (&*one.stakeholder.en, one.occasion)).collect();
    assert_eq!(told, [("support", Occasion::Started)]);
    assert_eq!(Occasion::of(&Announcement::StageReached { stage: 1 }), Some(Occasion::StageMoved));
    assert_eq!(Occasion::of(&Announcement::RollingBack { is_automatic: true }), None, "it is not back yet");
}

#[test]
fn its_schedule_is_that_of_the_plan() {
    let slot = course(&moving()).schedule.unwrap();
    let schedule = plan(&moving()).schedule();
    assert_eq!((slot.start, slot.end), (schedule.start(), schedule.end()));
}

#[test]
fn who_asks_for_two_persons_has_one_approve_whatever_the_environment_demands() {
    let asking = |demands: &[&str], rule: &str| {
        let value = with(moving(), "/environment/demands", json!(demands));
        course(&with(value, "/approvers/rule", json!(rule))).approvals
    };
    assert_eq!(asking(&[], "two_persons"), 1);
    assert_eq!(asking(&[], "one_person"), 0);
    assert_eq!(asking(&["approval"], "one_person"), 1);
}

#[test]
fn steps_keep_an_order_that_they_allow() {
    let mut value = moving();
    // `smoke` comes last in time and first in the list.
    let steps = value["steps"].as_array_mut().unwrap();
    let mut smoke = steps.remove(3);
    smoke["after"] = json!(["deploy"]);
    steps.insert(0, smoke);
    value["steps"][1]["after"] = json!([]);
    value["steps"][4]["after"] = json!(["smoke"]);
    let course = course(&value);
    assert_eq!(names(&course.preparation), ["expand", "backfill"]);
    assert_eq!(names(&course.completion), ["smoke", "contract"]);
}

#[test]
fn traffic_comes_back_where_the_rollback_deploys() {
    let mut value = moving();
    let step = |id: &str| with(value["steps"][3].clone(), "/id", json!(id));
    let (on, off) = (step("close"), step("open"));
    let steps = value["rollback"]["steps"].as_array_mut().unwrap();
    steps.insert(0, on);
    steps.push(off);
    let course = course(&value);
    assert_eq!((names(&course.rollback), course.before_return), (vec!["close", "open"], 1));
}

#[test]
fn a_person_can_move_traffic_too() {
    let mut value = moving();
    for place in ["/steps/2", "/rollback/steps/0"] {
        value = without(
            without(without(value, &format!("{place}/command")), &format!("{place}/time_out")),
            &format!("{place}/repeatable"),
        );
        value = with(value, &format!("{place}/manual"), json!({"ja": "切り替える", "en": "turn it"}));
    }
    let person =
        Mover::Person { owner: "operations-lead".into(), instruction: "切り替える / turn it".into() };
    let course = course(&value);
    assert_eq!((&course.traffic, &course.traffic_back), (&person, &person));
}

#[test]
fn manual_steps_stay_manual_and_commands_keep_what_was_said_of_them() {
    let mut value = without(without(moving(), "/steps/0/command"), "/steps/0/time_out");
    value = with(value, "/steps/0/manual", json!("add the column"));
    let course = course(&value);
    assert!(
        matches!(&course.preparation[0].action, Action::Manual { instruction, .. } if instruction == "add the column")
    );
    assert!(matches!(&course.preparation[1].action, Action::Command { is_repeatable: false, .. }));
}

#[test]
fn a_plan_that_does_not_say_how_traffic_moves_is_for_people_alone() {
    let refused = |value: &Value| plan(value).course().unwrap_err();
    assert!(matches!(refused(&whole()), NoCourse::NoWeight { place, .. } if place == "steps[2]"));
    let once = with(moving(), "/steps/2/repeatable", json!(false));
    assert!(matches!(refused(&once), NoCourse::NotRepeatable { step, .. } if step == "deploy"));
    let other = with(moving(), "/rollback/steps/0/command", json!(["./old"]));
    assert!(plan(&other).course().is_ok(), "back is one move");
    let mut gradual = other;
    gradual["strategy"]["way_back"] = json!("gradual");
    assert!(matches!(refused(&gradual), NoCourse::NoWeight { place, .. } if place == "rollback.steps[0]"));
}

#[test]
fn what_no_machine_can_follow_is_told_with_its_place() {
    let refused = |value: &Value| plan(value).course().unwrap_err();
    let is_at = |value: &Value, place: &str| assert_eq!(refused(value).place(), place);
    let twice = with(moving(), "/steps/3/kind", json!("deploy"));
    assert!(matches!(refused(&twice), NoCourse::SeveralDeploys { step, .. } if step == "smoke"));
    is_at(&twice, "steps[3]");
}

#[test]
fn what_is_measured_and_what_holds_it_goes_along() {
    let check = json!({
        "name": "errors", "query": "errors", "judge": {"threshold": {"success": {"at_most": 1.0}}},
        "schedule": {"until_end": {"interval": "10s", "after": "5s"}},
        "rules": {"strict": {"min_successes": 2, "max_failures": 1, "max_inconclusive": 1, "missing": "hold",
                             "patience": {"retry": "10s", "hold_after": 2, "abort_after": 4}}},
    });
    let rollout = json!({
        "checks": [check], "triggers": [{"check": "errors", "severity": "critical"}],
        "measure": ["./measure", "{query}"], "measure_time_out": "3s", "tell": ["./tell", "{what}"],
        "find_out": ["./done", "{step}"], "approvals": ["./approvals", "{revision}"], "variables": ["SHOP"], "needs_ruling": true, "attempts": 5,
        "freezes": [{"start": "2026-03-02T02:00:00Z", "end": "2026-03-02T02:10:00Z", "why": "a sale"}],
    });
    let value = with(moving(), "/rollout", rollout);
    let course = course(&value);
    assert_eq!((course.checks.len(), course.triggers.len(), course.freezes.len()), (1, 1, 1));
    assert_eq!((course.attempts, course.needs_ruling, course.check_time_out.num_seconds()), (5, true, 3));
    assert_eq!(course.programs.variables, ["SHOP"]);
    let programs = [&course.programs.tell, &course.programs.find_out, &course.programs.approvals];
    assert!(programs.into_iter().all(|argv| argv.as_ref().map(Vec::len) == Some(2)));
    assert_ne!(plan(&value).revision(), plan(&moving()).revision(), "what is measured is approved too");

    let findings = |value: &Value| {
        let refused = draft(value).build().unwrap_err();
        refused.findings.iter().map(|finding| finding.place.clone()).collect::<Vec<_>>()
    };
    let twice = with(
        value.clone(),
        "/rollout/checks",
        json!([value["rollout"]["checks"][0], value["rollout"]["checks"][0]]),
    );
    assert_eq!(findings(&twice), ["rollout.checks[1].name"]);
    assert_eq!(findings(&with(value.clone(), "/rollout/checks", json!([]))), ["rollout.triggers[0].check"]);
    let backwards = with(value.clone(), "/rollout/freezes/0/end", json!("2026-03-02T02:00:00Z"));
    assert_eq!(findings(&backwards), ["rollout.freezes[0].end"]);
    assert_eq!(findings(&with(value, "/rollout/attempts", json!(0))), ["rollout.attempts"]);
}

#[test]
fn freezes_that_recur_are_those_that_touch_the_schedule() {
    // The schedule is Monday 2 March 2026, 10:00 to 12:00 in Tokyo.
    let recurring = |when: Value| {
        let freeze = json!({"when": when, "length": "1h30m", "why": "month's end is being closed"});
        let calendars = json!({"works": {"base": "japan", "closed": [{"on": {"season": {"from": "12-29", "to": "01-03"}}, "why": "new year"}]}});
        with(moving(), "/rollout", json!({"recurring_freezes": [freeze], "calendars": calendars}))
    };
    let first = json!({"on": {"monthly": "working 1"}, "calendar": "works", "at": "11:00", "zone": "+09:00"});
    let value = recurring(first);
    let freezes = course(&value).freezes;
    assert_eq!(freezes.len(), 1, "{freezes:?}");
    assert_eq!(freezes[0].start.to_rfc3339(), "2026-03-02T02:00:00+00:00");
    assert_eq!(freezes[0].end.to_rfc3339(), "2026-03-02T03:30:00+00:00");
    assert_ne!(plan(&value).revision(), plan(&moving()).revision(), "a freeze is approved too");
    let before = recurring(json!({"cron": "29 8 * * mon", "zone": "+09:00"}));
    assert_eq!(course(&before).freezes, [], "it was over a minute before");
    let reaching = recurring(json!({"cron": "31 8 * * mon", "zone": "+09:00"}));
    assert_eq!(course(&reaching).freezes.len(), 1);

    let place = |value: &Value| draft(value).build().unwrap_err().findings[0].place.clone();
    let unknown = recurring(
        json!({"on": "daily", "at": "11:00", "zone": "+09:00", "if_closed": "skip", "calendar": "mars"}),
    );
    assert_eq!(place(&unknown), "rollout.recurring_freezes[0].when.calendar");
    assert_eq!(
        place(&recurring(json!({"cron": "0 0 30 2 *", "zone": "UTC"}))),
        "rollout.recurring_freezes[0].when.cron"
    );
    let none = with(value.clone(), "/rollout/recurring_freezes/0/length", json!("0s"));
    assert_eq!(place(&none), "rollout.recurring_freezes[0].length");
    let circle = with(value, "/rollout/calendars", json!({"works": {"base": "works"}}));
    assert_eq!(place(&circle), "rollout.calendars.works");
}
