//! Reports of a composite.

use crate::support::{Folder, Outcome, access_log, of_log, toban};

/// A composite of what the log says and of a latency about which it says nothing.
fn spec(when_absent: &str) -> String {
    let source = |spec: &str| format!("{{metricSource: {{type: access-log, spec: {{{spec}}}}}}}");
    let ratio = |part: &str, spec: &str| {
        format!("ratioMetric: {{counter: false, {part}: {}, total: {}}}", source(spec), source(""))
    };
    format!(
        "apiVersion: openslo/v1
kind: Service
metadata: {{name: shop}}
spec: {{}}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: whole
  displayName: The shop as a whole
  annotations:
    toban.dev/composite-target: '0.98'
    toban.dev/when-absent: {when_absent}
spec:
  service: shop
  timeWindow: [{{duration: 2d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives:
    - displayName: answers
      target: 0.99
      compositeWeight: 3
      indicator: {{metadata: {{name: answered}}, spec: {{{}}}}}
    - displayName: speed
      target: 0.95
      indicator: {{metadata: {{name: quick}}, spec: {{{}}}}}
",
        ratio("bad", "status: 5xx"),
        ratio("good", "latency: < 500ms"),
    )
}

/// Two days with an outage of 36 minutes: an eightieth of them.
fn report(name: &str, when_absent: &str, more: &[&str]) -> Outcome {
    let folder = Folder::new(name);
    let log = folder.file("access.log", access_log(2880, |minute| (1500..1536).contains(&minute)));
    let spec = folder.file("slo.yaml", spec(when_absent));
    let outcome = toban(of_log("report", &spec, &log).into_iter().chain(more.iter().copied()));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    outcome
}

/// The rows of the table that begin so, without what stands between their cells.
fn rows(outcome: &Outcome, label: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    outcome.stdout.lines().map(words).filter(|line| line.starts_with(label)).collect()
}

#[test]
fn a_composite_stands_behind_its_members_and_says_what_it_took_them_for() {
    let left_out = report("composite-ignore", "ignore", &[]);
    assert_eq!(rows(&left_out, "whole/answers 3"), ["whole/answers 3 98.75 % counted 100 %"]);
    assert_eq!(rows(&left_out, "whole/speed 1"), ["whole/speed 1 - left out: silent 0 %"]);
    // 1.25 % bad, where 2 % may be.
    let summary = "The shop as a whole 98 % 98.75 % 62.5 % 62.5 % within budget";
    assert_eq!(rows(&left_out, "The shop as a whole 98"), [summary]);
    // Its members are told from it and from each other.
    for title in ["The shop as a whole/answers", "The shop as a whole/speed", "The shop as a whole"] {
        assert_eq!(left_out.stdout.lines().filter(|line| *line == title).count(), 1, "{}", left_out.stdout);
    }

    // A quarter of the weight is bad as a whole: (3 · 98.75 + 0) / 4.
    let bad = report("composite-bad", "bad", &[]);
    assert_eq!(rows(&bad, "whole/speed 1"), ["whole/speed 1 0 % BAD: silent 0 %"]);
    let summary = "The shop as a whole 98 % 74.06 % 1,296.9 % 1,296.9 % OVERSPENT";
    assert_eq!(rows(&bad, "The shop as a whole 98"), [summary]);
}

#[test]
fn a_composite_is_in_the_json_form_and_on_the_page() {
    let json = report("composite-json", "freeze", &["--format", "json"]).stdout;
    for field in ["\"is_frozen\": true", "\"absence\": \"freeze\"", "\"exact\": \"79/80\""] {
        assert!(json.contains(field), "{field}: {json}");
    }
    let page = report("composite-html", "good", &["--format", "html", "--lang", "ja"]).stdout;
    assert!(page.contains("<h2>The shop as a whole</h2>") && page.contains("正常 (データ不足)"), "{page}");
}

#[test]
fn a_composite_is_reported_only_with_all_its_members() {
    let composite = |name: &str, objective: &str| {
        let json = report(name, "ignore", &["--format", "json", "--objective", objective]).stdout;
        !json.contains("\"composites\": []")
    };
    assert!(composite("composite-all", "whole") && !composite("composite-one", "whole/answers"));
}

/// Both members have alerts, and the second is read from a table with a row an hour.
fn guarded(folder: &Folder) -> std::path::PathBuf {
    let table: String = std::iter::once("time,good,total\n".to_owned())
        .chain((0..48).map(|hour| format!("2026-03-{:02}T{:02}:00:00Z,60,60\n", 1 + hour / 24, hour % 24)))
        .collect();
    let table = folder.file("hourly.csv", table);
    let file = format!("{{type: csv, spec: {{file: {}}}}}", table.display());
    let quick = "good: {metricSource: {type: access-log, spec: {latency: < 500ms}}}, total: {metricSource: {type: access-log, spec: {}}}";
    let hourly = format!("good: {{metricSource: {file}}}, total: {{metricSource: {file}}}");
    let text = spec("bad").replace(quick, &hourly);
    assert!(text.contains("hourly"), "{text}");
    let alerts = "    toban.dev/when-absent: bad\n    toban.dev/alert-policy: sre-workbook\n";
    let text = text.replace("    toban.dev/when-absent: bad\n", alerts);
    let text = text.replace("duration: 2d", "duration: 30d").replace("target: 0.95", "target: 0.99");
    folder.file("slo.yaml", text)
}

#[test]
fn what_cannot_be_backtested_is_left_out_with_the_reason() {
    let folder = Folder::new("composite-backtest");
    let log = folder.file("access.log", access_log(2880, |minute| (1500..1536).contains(&minute)));
    let spec = guarded(&folder);
    let outcome = toban(of_log("backtest", &spec, &log));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let (tested, untested) = outcome.stdout.split_once("\nNot tested\n").unwrap();
    assert!(tested.contains("Backtest of whole/answers") && !tested.contains("whole/speed"), "{tested}");
    let reasons: Vec<_> = untested.lines().map(str::trim).collect();
    assert!(reasons[0].starts_with("whole/speed ") && untested.contains("5m"), "{reasons:?}");
    assert!(untested.contains("a composite has no alerts of its own"), "{reasons:?}");
    // What was not tested is not a pass.
    assert_eq!(toban(of_log("backtest", &spec, &log).into_iter().chain(["--fail-on-miss"])).code, 1);
    // A whole name means that one, and not a composite whose name begins with it.
    let text = std::fs::read_to_string(&spec).unwrap();
    let (head, slo) = text.split_once("---\n").unwrap();
    let longer = slo.replace("  name: whole\n", "  name: wholesale\n");
    let both = folder.file("both.yaml", format!("{head}---\n{slo}---\n{longer}"));
    let told =
        |name: &str| toban(of_log("backtest", &both, &log).into_iter().chain(["--objective", name])).stdout;
    let (one, all) = (told("whole"), told("who"));
    assert!(one.contains("Backtest of whole/answers") && !one.contains("wholesale"), "{one}");
    assert!(
        all.contains("Backtest of whole/answers") && all.contains("Backtest of wholesale/answers"),
        "{all}"
    );
    assert!(one.contains("\n  whole ") && all.contains("\n  wholesale "), "{one}\n{all}");
    assert!(!told("whole/answers").contains("Not tested"));
    // Alone it is an error.
    assert_eq!(
        toban(of_log("backtest", &spec, &log).into_iter().chain(["--objective", "whole/speed"])).code,
        2
    );
}

#[test]
fn alerts_on_a_composite_are_a_finding() {
    let folder = Folder::new("composite-lint");
    let spec = guarded(&folder);
    let outcome = toban(["slo", "lint", "--spec", spec.to_str().unwrap()]);
    assert!(outcome.stderr.contains("nothing alerts on the composite as a whole"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("toban.dev/alert-policy: sre-workbook"), "{}", outcome.stderr);
}

#[test]
fn a_composite_is_explained_and_burns() {
    let folder = Folder::new("composite-explain");
    let log = folder.file("access.log", access_log(2880, |minute| (1500..1536).contains(&minute)));
    let spec = folder.file("slo.yaml", spec("bad"));
    let text = toban(of_log("explain", &spec, &log)).stdout;
    // A quarter of the weight is bad as a whole: (3 * 0.9875 + 1 * 0) / (3 + 1).
    assert!(text.contains("\nwhole: 98 %\n") && text.contains("2d good = 0.740625\n"), "{text}");
    assert!(text.contains("    = (3 * 0.9875 + 1 * 0) / (3 + 1)\n"), "{text}");
    assert!(text.contains("silent, and silence counts as bad"), "{text}");
    let table = toban(of_log("report", &guarded(&folder), &log)).stdout;
    let (_, composite) = table.rsplit_once("composite of 2").unwrap();
    assert!(composite.contains("Burn rates") && composite.contains("3d"), "{composite}");
}
