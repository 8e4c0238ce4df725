//! The command against a real Prometheus, and what it says where there is none.

#[path = "../../../adapters/tests/it/prometheus/server.rs"]
mod server;
#[path = "../../../adapters/tests/it/prometheus/traffic.rs"]
mod traffic;

use crate::support::{Folder, access_log, definition, toban};
use server::Server;
use std::net::TcpListener;
use std::process::Command;
use traffic::{SCRAPES, known, openmetrics, traffic};

/// 2026-03-01T00:00:00Z, the first scrape.
const START: i64 = 1_772_323_200;

/// Bad of total from counters, all of a week long.
fn spec() -> String {
    let spec = definition("0.99", "7d", "prometheus").replace("counter: false", "counter: true");
    let spec = spec.replace("status: 5xx", "query: 'http_requests_total{code=\"500\"}'");
    let spec = spec
        .replace("spec: {}\n  timeWindow", "spec:\n              query: http_requests_total\n  timeWindow");
    spec.replace(
        "  name: availability\n",
        "  name: availability\n  annotations:\n    toban.dev/alert-policy: sre-workbook\n",
    )
}

/// Another objective beside it, which reads an access log.
fn mixed() -> String {
    let log = definition("0.9", "1d", "access-log").replace("name: availability", "name: from-log");
    format!("{}---\n{}", spec(), log.split_once("---\n").unwrap().1)
}

/// Bad and total of all whole minutes.
fn happened() -> (u64, u64) {
    let traffic = traffic();
    let sum = |code| (4..SCRAPES).step_by(4).filter_map(|scrape| known(&traffic, code, scrape)).sum();
    (sum(Some("500")), sum(None))
}

#[test]
fn the_figures_of_a_real_prometheus_are_what_went_in() {
    let Some(server) = Server::start("cli", &openmetrics(&traffic(), START)) else { return };
    let folder = Folder::new("prometheus");
    let (spec, mixed) = (folder.file("slo.yaml", spec()), folder.file("mixed.yaml", mixed()));
    let log = folder.file("access.log", access_log(240, |minute| minute == 7));
    let (spec, mixed, log) = (spec.to_str().unwrap(), mixed.to_str().unwrap(), log.to_str().unwrap());
    let address = server.address();
    let from = |spec| ["--spec", spec, "--prometheus", &address];
    let at = ["--at", "2026-03-01T03:59:30Z"];

    let (bad, total) = happened();
    let figures =
        [format!("\"good\": {}", total - bad), format!("\"bad\": {bad}"), format!("\"total\": {total}")];
    let json = ["slo", "report", "--format", "json"].into_iter().chain(at).chain(from(spec));
    let report = toban(json);
    assert_eq!((report.code, report.stderr.as_str()), (0, ""));
    for figure in figures.iter().map(String::as_str).chain(["\"at\": \"2026-03-01T03:59:30Z\"", &address]) {
        assert!(report.stdout.contains(figure), "{figure}: {}", report.stdout);
    }

    let both =
        ["slo", "report", "--format", "json", "--access-log", log].into_iter().chain(at).chain(from(mixed));
    let both = toban(both);
    assert_eq!((both.code, both.stderr.as_str()), (0, ""));
    for figure in figures.iter().map(String::as_str).chain(["\"bad\": 1,", "\"total\": 239"]) {
        assert!(both.stdout.contains(figure), "{figure}: {}", both.stdout);
    }

    let explained = toban(["slo", "explain"].into_iter().chain(at).chain(from(spec)));
    assert_eq!((explained.code, explained.stderr.as_str()), (0, ""));
    assert!(explained.stdout.replace(',', "").contains(&total.to_string()), "{}", explained.stdout);

    let test =
        ["slo", "backtest", "--format", "json", "--since", "4h"].into_iter().chain(at).chain(from(spec));
    let test = toban(test);
    assert_eq!((test.code, test.stderr.as_str()), (0, ""));
    // Asked for from before that on, but of a minute before Prometheus knows nothing: there is no record of it.
    assert!(test.stdout.contains("\"start\": \"2026-03-01T00:00:00Z"), "{}", test.stdout);

    // Now: Prometheus knows nothing of the last week, which is no data and neither good nor bad.
    let now = toban(["slo", "report", "--format", "json"].into_iter().chain(from(spec)));
    assert_eq!((now.code, now.stderr.as_str()), (0, ""));
    assert!(now.stdout.contains("no-series") && !now.stdout.contains(&figures[0]), "{}", now.stdout);
}

#[test]
fn a_release_is_measured_by_a_real_prometheus() {
    let Some(server) = Server::start("release", &openmetrics(&traffic(), START)) else { return };
    let folder = Folder::new("prometheus-release");
    let document = include_str!("../../../../docs/release.md");
    let plan = document.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let plan = plan.replace("demands: [approval]", "demands: []").replace("two_persons", "one_person");
    let run = |name: &str, query: &str, address: &str| {
        let rollout = format!(
            r#"
rollout:
  prometheus: "{address}"
  checks:
    - name: errors
      query: "{query}"
      judge: {{threshold: {{failure: {{above: 1.0}}}}}}
      schedule: {{until_end: {{interval: 20ms, after: 0s}}}}
      rules:
        strict:
          {{min_successes: 1, max_failures: 1, max_inconclusive: 0, missing: hold,
            patience: {{retry: 20ms, hold_after: 2, abort_after: 4}}}}
"#
        );
        let file = folder.file(&format!("{name}.yaml"), format!("{plan}{rollout}"));
        let journal = folder.path(&format!("{name}.db"));
        let (file, journal) = (file.to_str().unwrap().to_owned(), journal.to_str().unwrap().to_owned());
        toban(["release", "run", "--plan", &file, "--journal", &journal])
    };
    let good = run("good", "vector(0.5)", &server.address());
    assert_eq!(good.code, 0, "{} {}", good.stdout, good.stderr);
    let bad = run("bad", "vector(7)", &server.address());
    assert_eq!(bad.code, 1, "{} {}", bad.stdout, bad.stderr);
    assert!(bad.stdout.contains("rolled back") && bad.stdout.contains("errors: bad (7)"), "{}", bad.stdout);
    // What nobody answers is not good: it holds, then goes back.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let down = run("down", "vector(0.5)", &format!("http://{nobody}"));
    assert_eq!(down.code, 1, "{} {}", down.stdout, down.stderr);
    assert!(down.stdout.contains("rolled back"), "{}", down.stdout);
    let wrong = run("wrong", "vector(0.5)", "no address");
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("rollout.prometheus") && !folder.path("wrong.db").exists(),
        "{}",
        wrong.stderr
    );
}

#[test]
fn what_cannot_be_asked_is_one_clear_error() {
    let folder = Folder::new("prometheus-errors");
    let spec = folder.file("slo.yaml", spec());
    let spec = spec.to_str().unwrap();
    let address = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let fails = |address: &str, variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toban"));
        command.args(["slo", "report", "--spec", spec, "--prometheus", address]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!error.contains("sesame") && error.lines().count() == 1, "{error}");
        error
    };
    let error = fails(&address, &[("TOBAN_PROMETHEUS_TOKEN", "sesame")]);
    let asks = format!("error: objective availability asks {address}: ");
    let expected = "query \"http_requests_total{code=\\\"500\\\"}\": \
                    prometheus: range query failed: not available: it cannot be reached";
    assert!(error.strip_prefix(&asks).is_some_and(|rest| rest.starts_with(expected)), "{error}");
    let error = fails("nowhere", &[]);
    assert_eq!(error, "error: --prometheus nowhere: the address of Prometheus is no URL\n");
    assert!(fails("http://ann:sesame@127.0.0.1/", &[]).contains("holds credentials"));
    let both = [("TOBAN_PROMETHEUS_TOKEN", "sesame"), ("TOBAN_PROMETHEUS_USER", "ann")];
    assert!(fails(&address, &both).contains("both set"));
    assert!(
        fails(&address, &[("TOBAN_PROMETHEUS_HEADERS", "sesame")]).contains("a name, a colon and a value")
    );
    assert!(fails(&address, &[("TOBAN_PROMETHEUS_TOKEN", "sesame\n")]).contains("the token holds"));

    let nowhere = toban(["slo", "report", "--spec", spec]);
    assert_eq!(nowhere.stderr.trim(), "error: objective availability needs --prometheus URL");
}

#[test]
fn lint_knows_what_a_query_needs() {
    let folder = Folder::new("prometheus-lint");
    let lint = |name: &str, text: String| {
        toban(["slo", "lint", "--spec", folder.file(name, text).to_str().unwrap()])
    };
    assert_eq!(lint("good.yaml", spec()).code, 0);
    assert_eq!(lint("capital.yaml", spec().replace("type: prometheus", "type: Prometheus")).code, 0);
    for (from, to, expected) in [
        ("query: http_requests_total\n", "quarry: up\n", "unknown field `quarry`, did you mean `query`?"),
        (
            "query: http_requests_total\n",
            "promql: up\n",
            "unknown field `promql`, expected `query` or `slot`",
        ),
        ("query: http_requests_total\n", "query: ''\n", "a query in PromQL is not blank"),
        ("query: http_requests_total\n", "query: up\n              slot: 5m\n", "need the same `slot`"),
        ("query: http_requests_total\n", "query: up\n              slot: 5x\n", "no length of a slot"),
        ("        counter: true\n", "", "`counter` must be said beside it"),
    ] {
        let outcome = lint("bad.yaml", spec().replace(from, to));
        assert_eq!(outcome.code, 2, "{to}");
        assert!(
            outcome.stderr.contains(expected) && outcome.stderr.contains("bad.yaml:"),
            "{}",
            outcome.stderr
        );
    }
}
