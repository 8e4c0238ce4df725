//! Backtests of small histories.

use crate::support::{Folder, access_log, definition, toban, toban_reading};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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
fn an_incident_that_goes_on_when_the_record_ends_fails_nothing_yet() {
    let folder = Folder::new("backtest-cut");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let log = log.to_str().unwrap();
    let run = |name: &str, end: &str| {
        let list = format!("start,end,severity,slo\n2026-03-02T23:30:00Z,{end},1,availability\n");
        let list = folder.file(name, list);
        let arguments = ["--access-log", log, "--incidents", list.to_str().unwrap(), "--fail-on-miss"];
        let found = backtest(&spec, &arguments);
        (found.code, found.stdout.contains("MISSED"), found.stdout.contains("cut by the"), found.stdout)
    };
    let (code, is_missed, is_cut, text) = run("open.csv", "2026-03-03T00:10:00Z");
    assert_eq!((code, is_missed, is_cut), (0, false, true), "{text}");
    let (code, is_missed, is_cut, text) = run("over.csv", "2026-03-02T23:50:00Z");
    assert_eq!((code, is_missed, is_cut), (1, true, false), "{text}");
}

/// The same objective, with another target.
fn with_target(target: &str) -> String {
    let told = spec().replace("target: 0.999", &format!("target: {target}"));
    assert!(told.contains(&format!("target: {target}\n")), "{told}");
    told
}

#[test]
fn a_policy_that_is_worse_in_anything_fails_where_that_is_asked_for() {
    let folder = Folder::new("backtest-worse");
    let file = |target| folder.file(&format!("{target}.yaml"), with_target(target));
    let (sharp, blunt) = (file("0.999"), file("0.99"));
    let log = folder.file("access.log", log());
    let log = log.to_str().unwrap();
    let run = |spec: &Path, other: &Path, more: &[&str]| {
        let arguments = ["--access-log", log, "--against", other.to_str().unwrap()];
        let found = backtest(spec, &[&arguments[..], more].concat());
        (found.code, found.stdout)
    };
    let (code, text) = run(&blunt, &sharp, &["--fail-if-worse"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("this policy is worse in: time to the first alert"), "{text}");
    assert!(text.contains("the other is nowhere worse"), "{text}");
    // Nothing was missed, and without being asked it only tells.
    assert_eq!(run(&blunt, &sharp, &["--fail-on-miss"]).0, 0);
    let (code, text) = run(&sharp, &blunt, &["--fail-if-worse"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(run(&sharp, &sharp, &["--fail-if-worse", "--fail-on-miss"]).0, 0);
    let json = run(&blunt, &sharp, &["--format", "json"]).1;
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found["objectives"][0]["against"]["better_in"], json!(["time_to_detect"]));

    let alone = backtest(&sharp, &["--access-log", log, "--fail-if-worse"]);
    assert_eq!((alone.code, alone.stdout.as_str()), (2, ""));
    assert!(alone.stderr.contains("--against"), "{}", alone.stderr);
}

#[test]
fn another_definition_says_in_what_more_than_the_policy_it_differs() {
    let folder = Folder::new("backtest-otherwise");
    let (one, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let told = |name: &str, other: String| {
        let other = folder.file(name, other);
        let arguments = ["--access-log", log.to_str().unwrap(), "--against", other.to_str().unwrap()];
        let found = backtest(&one, &[&arguments[..], &["--format", "json"]].concat());
        let found: Value = serde_json::from_str(&found.stdout).unwrap();
        let findings = found["objectives"][0]["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|it| it["code"] == "other-definition").map(|it| it["message"].clone())
    };
    let policy = spec().replace("  annotations:\n    toban.dev/alert-policy: sre-workbook\n", "");
    assert_eq!((told("same.yaml", spec()), told("policy.yaml", policy)), (None, None));
    let (service, slo) =
        spec().split_once("---\n").map(|(one, other)| (one.to_owned(), other.to_owned())).unwrap();
    assert_eq!(told("turned.yaml", format!("{slo}---\n{service}")), None, "the same in another place");
    let target = "the other definition has a target of 99 % instead of 99.9 %: both are tested on the indicator of \
                  this one, and its policy on a budget of its own";
    assert_eq!(told("target.yaml", with_target("0.99")), Some(json!(target)));
    let indicator = spec().replace("status: 5xx", "status: 4xx");
    let why = "the other definition has another indicator: both are tested on the indicator of this one";
    assert_eq!(told("indicator.yaml", indicator), Some(json!(why)));
    let both = spec().replace("duration: 30d", "duration: 7d").replace("status: 5xx", "status: 4xx");
    let both = told("both.yaml", both).unwrap();
    assert!(both.as_str().unwrap().contains("a window of 7d instead of 30d, another indicator: "), "{both}");
}

#[test]
fn what_makes_a_stretch_an_incident_is_nothing_to_a_list() {
    let folder = Folder::new("backtest-significant");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let list = folder.file("list.csv", "start,end,severity\n2026-03-02T01:00:00Z,2026-03-02T01:30:00Z,1\n");
    let (log, list) = (log.to_str().unwrap(), list.to_str().unwrap());
    let of_a_list: [(&str, &[&str]); 2] =
        [("incidents", &["--access-log", log, "--incidents", list]), ("outages", &["--outages", list])];
    for (name, arguments) in of_a_list {
        assert_eq!(backtest(&spec, arguments).code, 0);
        let found = backtest(&spec, &[arguments, &["--significant", "5"]].concat());
        assert_eq!((found.code, found.stdout.as_str()), (2, ""));
        let one = format!("the argument '--{name} <FILE>' cannot be used with '--significant <PERCENT>'");
        assert!(found.stderr.contains(&one), "{}", found.stderr);
    }
}

#[test]
fn an_incident_that_is_listed_twice_is_told_and_counts_once() {
    let folder = Folder::new("backtest-twice");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let row = "2026-03-02T01:00:00Z,2026-03-02T01:30:00Z,1\n";
    let list = folder.file("list.csv", format!("start,end,severity\n{row}{row}"));
    let arguments = ["--access-log", log.to_str().unwrap(), "--incidents", list.to_str().unwrap()];
    let found = backtest(&spec, &arguments);
    assert!(found.stdout.contains("(1 of 1 incidents;"), "{}", found.stdout);
    assert!(found.stdout.contains("1 incident repeats another one and does not count"), "{}", found.stdout);
    let found = backtest(&spec, &[&arguments[..], &["--format", "json"]].concat());
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["objectives"][0]["repeated"][0]["label"], json!("line 3, severity 1"));
}

#[test]
fn a_backtest_speaks_japanese() {
    let folder = Folder::new("backtest-ja");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", log()));
    let arguments = ["--access-log", log.to_str().unwrap()];
    let found = backtest(&spec, &[&arguments[..], &["--lang", "ja"]].concat());
    assert!(found.stdout.starts_with("availability のバックテスト\n"), "{}", found.stdout);
    let json = |language| {
        backtest(&spec, &[&arguments[..], &["--format", "json", "--lang", language]].concat()).stdout
    };
    assert_eq!(json("ja"), json("en"));
}

/// Two objectives on two columns of one table: the first breaks at 01:00 on 2 March for half an hour, the second an
/// hour later.
fn two(folder: &Folder) -> [PathBuf; 2] {
    let rows = (0..2880).map(|minute: u32| {
        let (day, hour) = (1 + minute / 1440, minute / 60 % 24);
        let [one, other] = [1500, 1560].map(|start| u32::from((start..start + 30).contains(&minute)));
        format!("2026-03-{day:02}T{hour:02}:{:02}:00Z,{one},{other},10\n", minute % 60)
    });
    let table: String = std::iter::once("time,one,other,total\n".to_owned()).chain(rows).collect();
    let all = spec().replace("access-log", "csv").replace("status: 5xx", "column: one");
    let slo = all.split_once("---\n").unwrap().1.to_owned();
    let other =
        slo.replace("  name: availability\n", "  name: search\n").replace("column: one", "column: other");
    assert_ne!(slo, other);
    [folder.file("slo.yaml", format!("{all}---\n{other}")), folder.file("shop.csv", table)]
}

#[test]
fn an_incident_counts_where_it_says_so_and_else_where_it_touched() {
    let folder = Folder::new("backtest-whose");
    let [spec, data] = two(&folder);
    let list = |name: &str, rows: &str| folder.file(name, format!("start,end,severity,slo\n{rows}"));
    let run = |list: &Path, more: &[&str]| {
        let arguments = ["--csv", data.to_str().unwrap(), "--incidents", list.to_str().unwrap()];
        let found = backtest(&spec, &[&arguments[..], more].concat());
        let text = found.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let (one, other) =
            text.split_once("Backtest of search").map_or(("", ""), |(one, other)| (one, other));
        (found.code, one.to_owned(), other.to_owned(), found.stderr)
    };
    let (first, second) =
        ("2026-03-02T01:00:00Z,2026-03-02T01:30:00Z,1,", "2026-03-02T02:00:00Z,2026-03-02T02:30:00Z,0,");
    let (code, one, other, _) =
        run(&list("unnamed.csv", &format!("{first}\n{second}\n")), &["--fail-on-miss"]);
    assert_eq!(code, 0);
    assert!(one.contains("every incident was detected") && !one.contains("untouched"), "{one}");
    assert!(other.contains("no incident touched this objective: nothing to detect"), "{other}");
    assert!(other.contains("1 incident left this objective untouched and does not count: 2026-03-02 01:00"));
    // A notice is none of them, but the alerts that fired then are in vain until somebody says whose it was.
    assert!(other.contains("1 row of severity 0 in") && other.contains("alerts fired in vain"), "{other}");

    let named = list("named.csv", &format!("{first}availability; search\n{second}search\n"));
    let (code, one, other, _) = run(&named, &["--fail-on-miss"]);
    assert_eq!(code, 1, "search was named for what left it alone");
    assert!(one.contains("every incident was detected"), "{one}");
    assert!(one.contains("1 incident names other objectives and does not count: 2026-03-02 02:00"), "{one}");
    assert!(other.contains("1 of 2 incidents MISSED") && !other.contains("in vain severity"), "{other}");

    let (code, _, _, stderr) = run(&list("unknown.csv", &format!("{first}serach\n")), &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no objective is called \"serach\": there are availability, search"), "{stderr}");
}

#[test]
fn another_definition_is_held_against_the_same_incidents() {
    let folder = Folder::new("backtest-same");
    let [spec, data] = two(&folder);
    // A tenth is beyond 99.9 %, and not beyond 50 %: under that no incident is touched.
    let text = std::fs::read_to_string(&spec).unwrap();
    let loose = text
        .replace("target: 0.999", "target: 0.5")
        .replace("    toban.dev/alert-policy: sre-workbook\n", "");
    let loose = folder.file("loose.yaml", loose.replace("  annotations:\n", ""));
    let list = "start,end,severity\n2026-03-02T01:25:00Z,2026-03-02T02:30:00Z,1\n";
    let list = folder.file("incidents.csv", list);
    let [data, list, loose] = [&data, &list, &loose].map(|path| path.to_str().unwrap());
    let found = backtest(&spec, &["--csv", data, "--incidents", list, "--against", loose]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert_eq!(found.stdout.matches("Against").count(), 2, "{}", found.stdout);
}

#[test]
fn an_outage_breaks_the_objectives_that_it_names() {
    let folder = Folder::new("backtest-outage-slo");
    let [spec, _] = two(&folder);
    let list = "start,end,severity,slo\n0,1800,1,\n90000,91800,1,search\n";
    let list = folder.file("outages.csv", list);
    let arguments = ["--outages", list.to_str().unwrap(), "--format", "json"];
    let found: Value = serde_json::from_str(&backtest(&spec, &arguments).stdout).unwrap();
    let score = |place: usize| &found["objectives"][place]["score"];
    assert_eq!((&score(0)["incidents"], &score(0)["detected"]), (&json!(1), &json!(1)));
    assert_eq!((&score(1)["incidents"], &score(1)["detected"]), (&json!(2), &json!(2)));
    assert_eq!(found["objectives"][0]["elsewhere"][0]["slos"], json!(["search"]));
    let [one, other] = [0, 1].map(|place| score(place)["alerts"].as_u64().unwrap());
    assert!(one < other, "{one} and {other}");
    assert_eq!(found["objectives"][0]["record"], found["objectives"][1]["record"]);
}

#[test]
fn seconds_without_an_origin_are_told_and_what_cannot_fire_too() {
    let folder = Folder::new("backtest-told");
    let spec = folder.file("slo.yaml", definition("0.999", "30d", "access-log"));
    let list = folder.file("outages.csv", "start,end,severity\n0,3600,0.5\n");
    let dated = folder.file("dated.csv", "start,end,severity\n2026-03-02T01:00:00Z,2026-03-02T01:30:00Z,1\n");
    let text = |list: &Path, more: &[&str]| {
        let found = backtest(&spec, &[&["--outages", list.to_str().unwrap()], more].concat());
        assert_eq!(found.code, 0, "{}", found.stderr);
        found.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let note = "without --origin they count from 1970-01-01T00:00:00Z";
    assert!(text(&list, &[]).contains(note));
    assert!(!text(&list, &["--origin", "1970-01-01T00:00:00Z"]).contains(note));
    assert!(!text(&dated, &[]).contains(note));

    let why = "no alert policy: nothing can fire";
    let gated = text(&dated, &["--min-events", "10", "--confidence", "95"]);
    assert!(gated.contains(&format!("{why}, with --min-events, --confidence or without")), "{gated}");
    assert!(text(&dated, &[]).contains(why) && !text(&dated, &[]).contains("or without"));
}

#[test]
fn a_short_history_gives_no_weekly_figure() {
    let folder = Folder::new("backtest-short");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", access_log(2, |_| true)));
    let found = backtest(&spec, &["--access-log", log.to_str().unwrap(), "--search"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert!(found.stdout.contains("1 in 2m") && !found.stdout.contains("a week "), "{}", found.stdout);
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

#[test]
fn standard_input_is_one_history_or_one_definition() {
    let folder = Folder::new("backtest-stdin");
    let (text, list) = (spec(), "start,end,severity\n90000,91800,1\n");
    let (file, outages) = (folder.file("slo.yaml", &text), folder.file("outages.csv", list));
    let (file, outages) = (file.to_str().unwrap(), outages.to_str().unwrap());
    let run = |spec: &str, more: &[&str], input: &str| {
        let arguments =
            ["slo", "backtest", "--spec", spec, "--origin", "2026-03-01T00:00:00Z", "--format", "json"];
        toban_reading(arguments.into_iter().chain(more.iter().copied()), input.as_bytes())
    };
    let from_file = run(file, &["--outages", outages], "");
    let from_input = run(file, &["--outages", "-"], list);
    assert_eq!((from_file.code, from_input.code), (0, 0), "{}", from_input.stderr);
    assert_eq!(from_input.stdout.replace("standard input", outages), from_file.stdout);
    for (spec, more, told) in [
        ("-", &["--outages", "-"][..], "--spec - and --outages -"),
        ("-", &["--outages", outages, "--against", "-"], "--spec - and --against -"),
        (file, &["--against", "-", "--outages", "-"], "--against - and --outages -"),
    ] {
        let outcome = run(spec, more, &text);
        let told = format!("error: {told}: standard input can be read once only\n");
        assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr), (2, "", told));
    }
}
