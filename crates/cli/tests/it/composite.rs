//! Reports of a composite.

use crate::support::{Folder, Outcome, access_log, toban};

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
    let arguments =
        ["slo", "report", "--spec", spec.to_str().unwrap(), "--access-log", log.to_str().unwrap()];
    let outcome = toban(arguments.into_iter().chain(more.iter().copied()));
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
    let summary = "The shop as a whole 98 % 98.75 % 62.5 % within budget";
    assert_eq!(rows(&left_out, "The shop as a whole 98"), [summary]);

    // A quarter of the weight is bad as a whole: (3 · 98.75 + 0) / 4.
    let bad = report("composite-bad", "bad", &[]);
    assert_eq!(rows(&bad, "whole/speed 1"), ["whole/speed 1 0 % BAD: silent 0 %"]);
    let summary = "The shop as a whole 98 % 74.06 % 1,296.8 % OVERSPENT";
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
