//! What a definition or a command line says is heard, or it is told that nothing hears it.

use crate::support::{Folder, access_log, of_log, toban};

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
