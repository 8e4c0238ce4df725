//! Backtests of small histories.

use crate::support::{Folder, access_log, definition, toban};
use std::path::Path;

/// Two days with an outage of half an hour that begins at 01:00 on 2 March.
fn log() -> String {
    access_log(2880, |minute| (1500..1530).contains(&minute))
}

fn spec() -> String {
    definition("0.999", "30d", "access-log").replace(
        "  name: availability\n",
        "  name: availability\n  annotations:\n    toban.dev/alert-policy: sre-workbook\n",
    )
}

/// The same objective, and one on the latency of the same requests.
fn with_latency() -> String {
    let all = spec();
    let slo = all.split_once("---\n").unwrap().1.to_owned();
    let latency = slo
        .replace("  name: availability\n", "  name: latency\n")
        .replace("        bad:\n", "        good:\n")
        .replace("              status: 5xx\n", "              latency: \"< 500ms\"\n");
    assert_ne!(slo, latency);
    format!("{all}---\n{latency}")
}

fn backtest(spec: &Path, more: &[&str]) -> crate::support::Outcome {
    let arguments = ["slo", "backtest", "--spec", spec.to_str().unwrap()];
    toban(arguments.into_iter().chain(more.iter().copied()))
}

#[test]
fn incidents_in_seconds_count_from_the_origin() {
    let folder = Folder::new("backtest-origin");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let list = folder.file("incidents.csv", "start,end,severity\n90000,91800,1\n");
    let (log, list) = (log.to_str().unwrap(), list.to_str().unwrap());
    let arguments = ["--access-log", log, "--incidents", list, "--fail-on-miss"];
    let found = backtest(&spec, &[&arguments[..], &["--origin", "2026-03-01T00:00:00Z"]].concat());
    assert_eq!((found.code, found.stderr.as_str()), (0, ""), "{}", found.stdout);
    assert!(found.stdout.contains("2026-03-02 01:00") && found.stdout.contains("(1 of 1 incidents"));

    // Without it they lie in 1970, which is a mistake and no score.
    let lost = backtest(&spec, &arguments);
    assert_eq!((lost.code, lost.stdout.as_str()), (2, ""));
    assert!(lost.stderr.contains("no incident lies within the history"), "{}", lost.stderr);
    assert!(
        lost.stderr.contains("1970-01-02T01:00:00Z") && lost.stderr.contains("--origin"),
        "{}",
        lost.stderr
    );

    let alone = backtest(&spec, &["--access-log", log, "--origin", "2026-03-01T00:00:00Z"]);
    assert_eq!(alone.code, 2, "an origin of nothing");
}

#[test]
fn incidents_outside_the_history_are_named_and_do_not_count() {
    let folder = Folder::new("backtest-outside");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let list = "start,end,severity\n2026-03-02T01:00:00Z,2026-03-02T01:30:00Z,1\n2026-04-01T00:00:00Z,2026-04-01T01:00:00Z,1\n";
    let list = folder.file("incidents.csv", list);
    let (log, list) = (log.to_str().unwrap(), list.to_str().unwrap());
    let found = backtest(&spec, &["--access-log", log, "--incidents", list, "--fail-on-miss"]);
    assert_eq!(found.code, 0, "{}", found.stdout);
    assert!(found.stdout.contains("every incident was detected"), "{}", found.stdout);
    let text = found.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("1 incident lies outside the history and does not count: 2026-04-01 00:00"),
        "{text}"
    );
}

#[test]
fn an_alert_that_was_firing_already_proves_nothing() {
    let folder = Folder::new("backtest-already");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    // Somebody wrote down when they looked, twenty minutes after it began.
    let list = "start,end,severity\n2026-03-02T01:20:00Z,2026-03-02T01:22:00Z,1\n";
    let list = folder.file("incidents.csv", list);
    let (log, list) = (log.to_str().unwrap(), list.to_str().unwrap());
    let arguments = ["--access-log", log, "--incidents", list];
    let found = backtest(&spec, &arguments);
    let text = found.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(found.code, 0);
    assert!(text.contains("1 of 1 incidents began while an alert was firing already"), "{text}");
    // The columns beside it stand between the lines of the cell.
    assert!(text.contains("page-fast already") && text.contains("firing since 2026-03-02 01:01"), "{text}");
    assert!(text.contains("Recall - (0 of 0 incidents; 0 by a page) Undecided 1"), "{text}");
    assert_eq!(backtest(&spec, &[&arguments[..], &["--fail-on-miss"]].concat()).code, 1);
}

#[test]
fn a_list_of_outages_tests_what_it_speaks_of() {
    let folder = Folder::new("backtest-outages");
    let spec = folder.file("slo.yaml", with_latency());
    let list = folder.file("outages.csv", "start,end,severity\n0,3600,0.5\n");
    let list = list.to_str().unwrap();
    let found = backtest(&spec, &["--outages", list, "--fail-on-miss"]);
    assert_eq!((found.code, found.stderr.as_str()), (0, ""), "{}", found.stdout);
    assert!(found.stdout.contains("Backtest of availability"), "{}", found.stdout);
    assert!(!found.stdout.contains("Backtest of latency"), "{}", found.stdout);
    let text = found.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Not tested latency a list of outages tells which requests failed"), "{text}");
    let json = backtest(&spec, &["--outages", list, "--format", "json"]).stdout;
    assert!(json.contains("\"code\": \"outages-say-nothing\""), "{json}");

    let alone = backtest(&spec, &["--outages", list, "--objective", "latency"]);
    assert_eq!((alone.code, alone.stdout.as_str()), (2, ""));
    assert!(alone.stderr.contains("nothing can be tested: latency: a list of outages"), "{}", alone.stderr);
}
