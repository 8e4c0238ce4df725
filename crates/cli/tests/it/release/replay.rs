//! What a plan would have done over metrics that are on record.

use super::plan_with;
use crate::support::{Folder, Outcome, toban};
use serde_json::Value;
use std::fmt::Write as _;

const CHECKS: &str = "rollout: {checks: [{name: errors, query: errors, judge: {threshold: {failure: {at_least: \
                      1.0}}}, schedule: {until_end: {interval: 1m, after: 1m}}, rules: {strict: {min_successes: 3, \
                      max_failures: 1, max_inconclusive: 0, missing: hold, patience: {retry: 10s, hold_after: 3, \
                      abort_after: 12}}}}], triggers: [{check: errors, severity: critical}], measure: [sh], \
                      needs_ruling: true}";

/// Ten minutes at 5 %, ten at 100 %; the schedule is over, and nothing that it names is here.
fn plan(folder: &Folder) -> String {
    let plan = plan_with("rollout: {}", CHECKS).replace("soak: 200ms", "soak: 10m");
    let plan =
        plan.replace("2099-01-01T00:00:00Z", "2021-01-01T00:00:00Z").replace("[sh,", "[no-such-program,");
    folder.file("plan.yaml", plan).to_str().unwrap().to_owned()
}

/// A row a minute from midnight on, bad in these minutes.
fn metrics(folder: &Folder, minutes: usize, bad: std::ops::Range<usize>) -> String {
    let mut table = String::from("time,errors\n");
    for minute in 0..minutes {
        let value = if bad.contains(&minute) { "3.5" } else { "0.25" };
        writeln!(table, "2020-06-01T{:02}:{:02}:00Z,{value}", minute / 60, minute % 60).unwrap();
    }
    folder.file("metrics.csv", table).to_str().unwrap().to_owned()
}

fn replay(plan: &str, metrics: &str, more: &[&str]) -> Outcome {
    let start = ["release", "replay", "--plan", plan, "--metrics", metrics];
    toban(start.into_iter().chain(more.iter().copied()))
}

#[test]
fn a_fault_on_record_is_detected_by_the_second_row_that_has_it_and_what_met_it_is_counted() {
    let folder = Folder::new("replay-bad");
    let (plan, metrics) = (plan(&folder), metrics(&folder, 60, 13..60));
    let ran = replay(
        &plan,
        &metrics,
        &["--format", "json", "--fault", "2020-06-01T00:13:00Z", "--requests", "600"],
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    // A row is known once its minute is over: two are bad at 00:15.
    assert_eq!(told["end"], "rolled back");
    assert_eq!(
        (&told["detected"], &told["at"]),
        (&"2020-06-01T00:15:00Z".into(), &"2020-06-01T00:15:00Z".into())
    );
    assert_eq!(told["measurements"], 15);
    // Ten minutes at 5 % and five at 100 %, 600 requests a minute.
    assert_eq!(told["requests"], 300 + 3000);
    assert_eq!(told["time_to_detect"]["text"], "2m");
    let events = told["events"].as_array().unwrap();
    let at = |name: &str| events.iter().find(|event| event["event"] == name).map(|event| &event["at"]);
    assert_eq!(at("turned_back"), Some(&"2020-06-01T00:15:00Z".into()));
    let text = replay(&plan, &metrics, &["--fault", "2020-06-01T00:13:00Z"]).stdout;
    assert!(text.contains("2020-06-01 00:15, 2m after the fault began"), "{text}");
    assert!(!text.contains("errors: good") && text.contains("errors: bad (3.5)"), "{text}");
}

#[test]
fn a_good_record_leads_to_the_end_and_a_short_one_to_where_it_stops() {
    let folder = Folder::new("replay-good");
    let plan = plan(&folder);
    let good = replay(&plan, &metrics(&folder, 60, 0..0), &[]);
    assert!(good.code == 0 && good.stdout.contains("2020-06-01 00:20: done"), "{}", good.stdout);
    assert!(good.stdout.contains("no check failed"), "{}", good.stdout);
    let short = replay(&plan, &metrics(&folder, 15, 0..0), &["--lang", "ja"]);
    assert!(short.stdout.contains("リリースが終わる前に記録が終わる"), "{}", short.stdout);
    // From a later moment on, what was before it does not matter.
    let late = replay(&plan, &metrics(&folder, 60, 0..20), &["--from", "2020-06-01T00:30:00Z"]);
    assert!(late.stdout.contains("2020-06-01 00:50: done"), "{}", late.stdout);
}

#[test]
fn what_cannot_be_replayed_is_told_with_its_place() {
    let folder = Folder::new("replay-wrong");
    let (plan, metrics) = (plan(&folder), metrics(&folder, 15, 0..0));
    let late = replay(&plan, &metrics, &["--from", "2021-01-01T00:00:00Z"]);
    assert!(
        late.code == 2 && late.stderr.contains("the record ends at 2020-06-01 00:15:00 UTC"),
        "{}",
        late.stderr
    );
    let other = folder.file("other.csv", "time,latency\n2020-06-01T00:00:00Z,1\n");
    let missing = replay(&plan, other.to_str().unwrap(), &[]);
    assert!(
        missing.code == 2 && missing.stderr.contains("there is no column `errors`"),
        "{}",
        missing.stderr
    );
    let bare = folder.file("bare.yaml", super::PLAN);
    let none = replay(bare.to_str().unwrap(), &metrics, &[]);
    assert!(none.code == 2 && none.stderr.contains("nothing is measured"), "{}", none.stderr);
}
