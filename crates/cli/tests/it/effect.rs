//! What a definition or a command line says is heard, or it is told that nothing hears it.

use crate::support::{Folder, access_log, of_log, toban, toban_reading};
use std::path::Path;

/// An objective on values, judged slice by slice.
fn values(source: &str, target: &str) -> String {
    format!(
        "apiVersion: openslo/v1
kind: Service
metadata: {{name: shop}}
spec: {{}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: quick}}
spec:
  service: shop
  indicator:
    metadata: {{name: p95}}
    spec:
      thresholdMetric:
        metricSource: {source}
  timeWindow: [{{duration: 1d, isRolling: true}}]
  budgetingMethod: Timeslices
  objectives:
    - op: lt
      value: 500
      target: 0.9
      timeSliceTarget: {target}
      timeSliceWindow: 30m
"
    )
}

const LOG: &str = "{type: access-log, spec: {value: p95, unit: ms}}";

/// Values of so many minutes each, every other one above the limit.
fn table(step: i64, rows: i64) -> String {
    let row = |place| format!("{},{}\n", 1_772_323_200 + place * step * 60, 400 + 200 * (place % 2));
    format!("unix_seconds,value\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn a_slice_of_one_value_is_as_good_as_that_and_no_share_of_events() {
    let folder = Folder::new("one-value");
    let log = folder.file("access.log", access_log(120, |_| false).replace("\"t\"", "\"t\" 0.050"));
    let spec = folder.file("slo.yaml", values(LOG, "0.1"));
    let told = toban(of_log("report", &spec, &log)).stdout;
    assert!(told.contains("slices of 30m, each good or bad by its one value"), "{told}");
    let told = toban(of_log("explain", &spec, &log)).stdout;
    assert!(told.contains("a slice of 30m is good if its one value is"), "{told}");
    let arguments = of_log("report", &spec, &log).into_iter().chain(["--lang", "ja"]);
    let told = toban(arguments).stdout;
    assert!(told.contains("30m のスライスごと、その 1 つの値が正常なら正常"), "{told}");
}

#[test]
fn a_slice_of_many_values_is_good_by_their_share() {
    let folder = Folder::new("many-values");
    folder.file("values.csv", table(5, 48));
    let report = |target: &str| {
        let spec = folder.file("slo.yaml", values("{type: csv, spec: {file: values.csv}}", target));
        let told = toban(["slo", "report", "--spec", spec.to_str().unwrap()]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        told.stdout
    };
    let half = report("0.5");
    assert!(half.contains("slices of 30m, each good from 50 % of its values"), "{half}");
    let is_good = |told: &str| told.lines().any(|line| line.contains("SLI  ") && line.ends_with(" 100 %"));
    assert!(is_good(&half), "{half}");
    assert!(!is_good(&report("0.51")));
}

#[test]
fn a_target_for_a_slice_of_one_value_is_a_warning_where_it_stands() {
    let folder = Folder::new("idle-target");
    let lint = |source: &str, target: &str| {
        let spec = folder.file("slo.yaml", values(source, target));
        let told = toban(["slo", "lint", "--spec", spec.to_str().unwrap()]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        told.stderr
    };
    let idle = [
        LOG,
        "{type: csv, spec: {slot: 30m}}",
        "{type: prometheus, spec: {query: latency}}",
        "{type: prometheus, spec: {query: latency, slot: 30m}}",
    ];
    for source in idle {
        let told = lint(source, "0.1");
        assert!(told.starts_with("warning: has no effect: a slice of this source holds one value"), "{told}");
        assert!(told.contains("slo.yaml:22:24") && told.contains("timeSliceTarget"), "{told}");
        assert_eq!(lint(source, "1"), "", "that is what happens");
    }
    let heard = ["{type: csv, spec: {slot: 5m}}", "{type: csv, spec: {}}"];
    for source in heard.into_iter().chain(["{type: prometheus, spec: {query: latency, slot: 5m}}"]) {
        assert_eq!(lint(source, "0.1"), "", "{source}");
    }
}

/// A table whose `file` stands in the definition, one that is given, and a log.
#[test]
fn a_source_that_no_objective_reads_is_an_error() {
    let folder = Folder::new("unread");
    folder.file("values.csv", table(30, 48));
    let ratio = crate::support::definition("0.9", "1d", "access-log");
    let named = values("{type: csv, spec: {file: values.csv}}", "1");
    let given = values("{type: csv, spec: {}}", "1").replace("name: quick", "name: given");
    let slo = |text: &str| text.split_once("---\n").unwrap().1.to_owned();
    let both = format!("{named}---\n{}", slo(&ratio));
    let log = folder.file("access.log", access_log(120, |_| false));
    let [log, table] = [log, folder.path("values.csv")].map(|path| path.display().to_string());
    let run = |command: &str, text: &str, more: &[&str]| {
        let spec = folder.file("slo.yaml", text).display().to_string();
        let out = folder.path("out.json").display().to_string();
        let arguments = ["slo", command, "--spec", &spec, "--format", "json", "--out", &out];
        let outcome = toban(arguments.into_iter().chain(more.iter().copied()));
        (outcome.code, outcome.stderr, std::fs::remove_file(&out).is_ok())
    };
    let (csv, access, url) =
        (["--csv", "no.csv"], ["--access-log", &log], ["--prometheus", "http://127.0.0.1:1"]);
    let own = "each with `type: csv` names a `file` of its own, and the option stands for none";
    for command in ["report", "explain", "backtest"] {
        for (text, option, why) in [
            (&named, csv, own),
            (&named, access, "none of them has `type: access-log`"),
            (&named, url, "none of them has `type: prometheus`"),
            (&ratio, ["--csv", "no.csv"], "none of them has `type: csv`"),
        ] {
            let needed = if text == &ratio { vec!["--access-log", &log] } else { vec![] };
            let (code, told, is_written) = run(command, text, &[&option[..], &needed].concat());
            let [option, value] = option;
            let expected =
                format!("error: {option} {value}: no objective that is asked for reads it: {why}\n");
            assert_eq!((code, told, is_written), (2, expected, false), "{command}");
        }
        // One that reads it is enough, and so is none where nothing is named.
        let some = format!("{named}---\n{}", slo(&given));
        assert_eq!(run(command, &some, &["--csv", &table]), (0, String::new(), true), "{command}");
        assert_eq!(run(command, &both, &access), (0, String::new(), true), "{command}");
        // Of those that are asked for.
        let (code, told, _) = run(command, &both, &["--access-log", &log, "--objective", "quick"]);
        assert!(code == 2 && told.contains("no objective that is asked for reads it"), "{told}");
    }
}

#[test]
fn percentages_and_numbers_are_refused_in_the_unit_in_which_they_were_given() {
    let folder = Folder::new("percent");
    let log = folder.file("access.log", access_log(120, |_| false));
    let spec = folder.file("slo.yaml", crate::support::definition("0.9", "1d", "access-log"));
    for (option, value, told) in [
        ("--min-coverage", "150", "a percentage from 0 to 100 is expected"),
        ("--min-coverage", "-5", "a percentage from 0 to 100 is expected"),
        ("--confidence", "0", "a percentage above 0 and below 100 is expected"),
        ("--confidence", "100", "a percentage above 0 and below 100 is expected"),
        ("--min-events", "-1", "a whole number of 0 or more is expected"),
        ("--min-failures", "-1", "a whole number of 0 or more is expected"),
    ] {
        let outcome = toban(of_log("report", &spec, &log).into_iter().chain([option, value]));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        let named = format!("invalid value '{value}' for '{option} <");
        assert!(outcome.stderr.contains(&named) && outcome.stderr.contains(told), "{}", outcome.stderr);
    }
}

#[test]
fn a_definition_may_come_from_standard_input_which_is_read_once() {
    let folder = Folder::new("spec-stdin");
    folder.file("values.csv", table(30, 48));
    let text = crate::support::definition("0.9", "1d", "access-log");
    let log = folder.file("access.log", access_log(120, |_| false));
    let outcome = toban_reading(["slo", "lint", "--spec", "-"], text.as_bytes());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.stdout, "standard input: 2 documents, 1 objective, 0 warnings\n");
    let outcome = toban_reading(of_log("report", Path::new("-"), &log), text.as_bytes());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let outcome = toban_reading(of_log("report", Path::new("-"), Path::new("-")), text.as_bytes());
    let told = "error: --spec - and --access-log -: standard input can be read once only\n";
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (2, "", told));
}

#[test]
fn a_folder_is_no_log_and_no_table() {
    let folder = Folder::new("folder");
    let place = folder.path("").display().to_string();
    let spec = folder.file("log.yaml", crate::support::definition("0.9", "1d", "access-log"));
    let csv = folder.file("csv.yaml", values("{type: csv, spec: {}}", "1"));
    for (spec, option) in [(spec, "--access-log"), (csv, "--csv")] {
        let outcome = toban(["slo", "report", "--spec", spec.to_str().unwrap(), option, &place]);
        let told = format!("error: {place}: is a folder, and a file is needed\n");
        assert_eq!((outcome.code, outcome.stderr), (2, told));
    }
}

#[test]
fn a_window_that_is_named_again_is_a_warning_where_the_annotation_stands() {
    let folder = Folder::new("window-again");
    let lint = |windows: &str| {
        let annotated =
            format!("metadata: {{name: quick, annotations: {{toban.dev/windows: \"{windows}\"}}}}");
        let text = values(LOG, "1").replace("metadata: {name: quick}", &annotated);
        toban(["slo", "lint", "--spec", folder.file("slo.yaml", text).to_str().unwrap()]).stderr
    };
    for again in ["1d", "7d, 1d", "7d, 7d"] {
        let told = lint(again);
        assert!(told.starts_with("warning: a window of `"), "{told}");
        assert!(told.contains("is there already: it is reported once"), "{told}");
        assert!(told.contains("slo.yaml:8:58\n"), "{told}");
    }
    assert_eq!(lint("7d, 1M UTC"), "");
}

#[test]
fn a_window_that_is_named_again_is_reported_once() {
    let folder = Folder::new("window-once");
    let log = folder.file("access.log", access_log(120, |_| false));
    let report = |windows: &str| {
        let annotated =
            format!("  name: availability\n  annotations:\n    toban.dev/windows: \"{windows}\"\n");
        let text = crate::support::definition("0.9", "1d", "access-log");
        let text = text.replace("  name: availability\n", &annotated);
        let spec = folder.file("slo.yaml", text);
        let outcome = toban(of_log("report", &spec, &log).into_iter().chain(["--format", "json"]));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout
    };
    assert_ne!(report("2d"), report("3d"));
    assert_eq!(report("2d, 1d, 2d"), report("2d"));
}

/// The place of a key is the key, whatever its value is.
#[test]
fn a_key_that_nothing_knows_is_pointed_at() {
    let folder = Folder::new("keys");
    let lint = |text: String| {
        let spec = folder.file("slo.yaml", text);
        toban(["slo", "lint", "--spec", spec.to_str().unwrap()]).stderr
    };
    let good = crate::support::definition("0.9", "1d", "access-log");
    let told = lint(good.replace("status: 5xx", "stauts: 5xx"));
    assert!(told.contains("did you mean `status`?\n  --> ") && told.contains("slo.yaml:23:15\n"), "{told}");
    assert!(told.contains("               ^^^^^^ "), "{told}");
    let annotated = |key: &str| {
        let name = "  name: availability\n";
        lint(good.replace(name, &format!("{name}  annotations:\n    toban.dev/{key}: 7d\n")))
    };
    let told = annotated("widows");
    assert!(told.contains("slo.yaml:12:5\n"), "{told}");
    let all = "there are `alert-policy`, `burn-rate-pairs`, `composite-target`, `full-target`, `sla`, `when-absent`, \
               `windows`, each behind `toban.dev/`\n";
    assert!(told.contains(all), "{told}");
    let told = annotated("burn-rate-pairs");
    assert!(told.contains("slo.yaml:12:5\n"), "{told}");
    let of_kind = "error: the annotation belongs on documents of kind AlertPolicy; for kind SLO there are `alert-policy`, \
                   `composite-target`, `full-target`, `sla`, `when-absent`, `windows`, each behind `toban.dev/`\n";
    assert!(told.starts_with(of_kind), "{told}");
}
