//! What a plan says that could never come true: fields that nobody fills in, checks that see too little.

use super::{draft, plan, whole, with};
use serde_json::{Value, json};
use toban_release_core::plan::review;

/// The places and messages of the errors of a draft.
fn errors(value: &Value) -> Vec<(String, String)> {
    let review = review(&draft(value));
    review.errors().map(|error| (error.place.clone(), error.message.clone())).collect()
}

#[track_caller]
fn assert_error(value: &Value, place: &str, message: &str) {
    let found = errors(value);
    assert!(found.len() == 1 && found[0].0 == place && found[0].1.contains(message), "{found:?}");
}

#[test]
fn a_field_that_nobody_fills_in_is_told_at_its_argument_with_the_one_that_was_meant() {
    let step = |place: usize, argument: &str| {
        with(whole(), &format!("/steps/{place}/command"), json!(["./deploy", "on", argument]))
    };
    let at = "steps[2].command[2]";
    assert_error(&step(2, "--to={wieght}%"), at, "{wieght}: did you mean {weight}?");
    assert_error(&step(2, "{region}"), at, "there is {weight}, {version}; where it is meant as it stands");
    // The other steps are given nothing.
    assert_error(&step(3, "{version}"), "steps[3].command[2]", "only the step of kind `deploy`");
    assert_error(&step(3, "{wieght}"), "steps[3].command[2]", "traffic, is given {weight}");
    assert_error(&step(3, "{print}"), "steps[3].command[2]", "write { print }");
    let rollout = |name: &str, argument: &str| {
        let program = json!(["./p", argument]);
        with(whole(), "/rollout", json!({ name: program }))
    };
    for (name, argument, meant) in [
        ("measure", "{qery}", "{query}"),
        ("tell", "{waht}", "{what}"),
        ("find_out", "{stp}", "{step}"),
        ("approvals", "{revison}", "{revision}"),
    ] {
        assert_error(
            &rollout(name, argument),
            &format!("rollout.{name}[1]"),
            &format!("did you mean {meant}?"),
        );
    }
    let back = with(whole(), "/rollback/steps/0/command", json!(["./back", "{step}"]));
    assert_eq!(errors(&back)[0].0, "rollback.steps[0].command[1]");
}

#[test]
fn braces_that_are_no_field_are_left_alone() {
    for argument in [
        "{weight}{version}",
        r#"{"weight": "{weight}"}"#,
        "${HOME}",
        "%{http_code}",
        "{{name}}",
        "HEAD^{commit}",
        "{ print }",
        "{print $1}",
        "{}",
        "{1}",
        "jsonpath={.status}",
        "{",
        "}{",
        "{ä}",
        "{weight",
    ] {
        let value = with(whole(), "/steps/2/command", json!(["./deploy", argument]));
        assert_eq!(errors(&value), [], "{argument}");
    }
}

/// The plan, whose stages soak for a minute, with a check like that.
fn checked(schedule: Value, successes: u32) -> Value {
    let check = json!({
        "name": "errors", "query": "errors", "judge": {"threshold": {"success": {"at_most": 1.0}}},
        "schedule": schedule,
        "rules": {"strict": {"min_successes": successes, "max_failures": 0, "max_inconclusive": 1, "missing": "hold",
                             "patience": {"retry": "10s", "hold_after": 2, "abort_after": 4}}},
    });
    with(whole(), "/rollout", json!({"checks": [check]}))
}

#[test]
fn a_check_that_cannot_pass_before_a_soak_is_over_is_told_with_its_numbers() {
    let every = |interval: &str, after: &str| json!({"until_end": {"interval": interval, "after": after}});
    let place = "rollout.checks[0].schedule";
    assert_error(
        &checked(every("20s", "20s"), 3),
        place,
        "errors passes with 3 good at the earliest, the first after 20s and one each 20s: that is after 1m, and \
         stage 5 % soaks for 1m",
    );
    assert_eq!(errors(&checked(every("20s", "19s"), 3)), []);
    // All that are planned are taken before it passes.
    let times = json!({"times": {"count": 8, "interval": "10s", "after": "0s"}});
    assert_error(&checked(times, 1), place, "passes with 8 good");
    assert_error(
        &checked(json!({"once": {"after": "2m"}}), 1),
        place,
        "the first after 2m: that is after 2m",
    );
    assert_eq!(errors(&checked(json!({"once": {"after": "59s"}}), 1)), []);
    let longest = "100000d";
    assert_eq!(errors(&checked(every(longest, longest), u32::MAX)).len(), 1);
    plan(&checked(every("10s", "10s"), 3));
}
