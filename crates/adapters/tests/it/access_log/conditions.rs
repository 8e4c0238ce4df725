//! Conditions: what they match, and how they are written.

use toban_adapters::access_log::{Entry, Filter, Measure, Statistic, Unit};
use toban_slo::openslo::Value;

fn filter(spec: &str) -> Filter {
    serde_json::from_str(spec).unwrap_or_else(|error| panic!("{spec}: {error}"))
}

fn refusal<T: serde::de::DeserializeOwned + std::fmt::Debug>(spec: &str) -> String {
    serde_json::from_str::<T>(spec).unwrap_err().to_string()
}

fn matches(spec: &str, request: &str, status: u16, tail: &str) -> bool {
    let line = format!("h - - [17/May/2015:10:05:03 +0000] \"{request}\" {status} 1 \"-\" \"-\"{tail}");
    filter(spec).matches(&Entry::parse(line.as_bytes()).unwrap())
}

#[test]
fn nothing_asked_matches_every_line() {
    assert!(matches("{}", "-", 400, ""));
    assert_eq!(filter("{}"), Filter::any());
}

#[test]
fn a_status_is_one_a_class_a_range_or_any_of_a_list() {
    for (spec, yes, no) in [
        (r#"{"status": 404}"#, vec![404], vec![403, 405]),
        (r#"{"status": "404"}"#, vec![404], vec![403, 405]),
        (r#"{"status": "5xx"}"#, vec![500, 599], vec![499, 600]),
        (r#"{"status": "200-499"}"#, vec![200, 499], vec![199, 500]),
        (r#"{"status": ["2xx", 304, "400-499"]}"#, vec![200, 304, 400, 499], vec![303, 305, 500]),
    ] {
        for status in yes {
            assert!(matches(spec, "-", status, ""), "{spec} {status}");
        }
        for status in no {
            assert!(!matches(spec, "-", status, ""), "{spec} {status}");
        }
    }
}

#[test]
fn a_path_is_exact_or_open_at_its_end() {
    for (pattern, path, expected) in [
        ("/health", "/health", true),
        ("/health", "/health?deep=1", true),
        ("/health", "/healthz", false),
        ("/health", "/", false),
        ("/api/*", "/api/", true),
        ("/api/*", "/api/orders/7", true),
        ("/api/*", "/api", false),
        ("/api/*", "/apis/1", false),
        ("/*", "/", true),
        ("/a\u{e9}", r"/a\xC3\xA9", true),
        ("/a\u{e9}", r"/a\xC3\xAA", false),
        ("/a\\\\b", r"/a\\b", true),
        ("/q\\\"", r#"/q\""#, true),
        ("/q\\\"", r"/q\x22", true),
        ("/x", r"/\x", true),
    ] {
        let spec = format!(r#"{{"path": "{pattern}"}}"#);
        assert_eq!(matches(&spec, &format!("GET {path} HTTP/1.1"), 200, ""), expected, "{pattern} {path}");
    }
    assert!(!matches(r#"{"path": "/*"}"#, "-", 400, ""));
}

#[test]
fn a_latency_bound_is_exact_at_its_edge() {
    for (bound, below, at, above) in [
        ("< 500ms", true, false, false),
        ("<= 500ms", true, true, false),
        ("> 0.5s", false, false, true),
        (">=500000us", false, true, true),
    ] {
        let spec = format!(r#"{{"latency": "{bound}"}}"#);
        assert_eq!(matches(&spec, "-", 200, " 0.499999"), below, "{bound}");
        assert_eq!(matches(&spec, "-", 200, " 0.500"), at, "{bound}");
        assert_eq!(matches(&spec, "-", 200, " 0.500001"), above, "{bound}");
        assert!(!matches(&spec, "-", 200, ""), "{bound} without a request time");
    }
}

#[test]
fn all_conditions_must_hold() {
    let spec = r#"{"status": "2xx", "method": ["GET", "HEAD"], "path": "/api/*", "latency": "< 1s"}"#;
    assert!(matches(spec, "HEAD /api/a HTTP/1.1", 204, " 0.9"));
    assert!(!matches(spec, "HEAD /api/a HTTP/1.1", 304, " 0.9"));
    assert!(!matches(spec, "POST /api/a HTTP/1.1", 204, " 0.9"));
    assert!(!matches(spec, "HEAD /a HTTP/1.1", 204, " 0.9"));
    assert!(!matches(spec, "HEAD /api/a HTTP/1.1", 204, " 1.0"));
}

#[test]
fn a_condition_that_could_never_hold_is_refused() {
    for (spec, says) in [
        (r#"{"status": "6xx"}"#, "6xx"),
        (r#"{"status": 1000}"#, "1000"),
        (r#"{"status": "500-400"}"#, "500-400"),
        (r#"{"status": []}"#, "not empty"),
        (r#"{"status": 2.5}"#, "2.5"),
        (r#"{"method": "get"}"#, "capitals"),
        (r#"{"method": "GET "}"#, "capitals"),
        (r#"{"path": "api/"}"#, "slash"),
        (r#"{"path": "/a/*/b"}"#, "star only at its end"),
        (r#"{"path": "/a?b=1"}"#, "no query"),
        (r#"{"latency": "500ms"}"#, "< 500ms"),
        (r#"{"latency": "< 500"}"#, "us, ms or s"),
        (r#"{"latency": "< 0.5us"}"#, "whole microseconds"),
        (r#"{"latency": "< -1s"}"#, "latency"),
        (r#"{"latency": ["< 1s", "> 2s"]}"#, "sequence"),
        (r#"{"stauts": "5xx"}"#, "unknown field `stauts`"),
    ] {
        let error = refusal::<Filter>(spec);
        assert!(error.contains(says), "{spec}: {error}");
    }
}

#[test]
fn the_spec_of_an_openslo_metric_source_is_read_in_place() {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap().read::<Filter>();
    let spec = r#"{"status": ["2xx", 304], "method": "GET", "path": ["/a", "/b/*"], "latency": "< 500ms"}"#;
    assert_eq!(read(spec).unwrap(), filter(spec));
    assert_eq!(read("{}").unwrap(), Filter::any());
    let error = read(r#"{"status": ["2xx", 1000]}"#).unwrap_err();
    assert_eq!(error.path().to_string(), "status[1]");
    assert!(read(r#"{"stauts": 404}"#).unwrap_err().to_string().contains("unknown field `stauts`"));
}

#[test]
fn a_filter_prints_what_it_asks() {
    let spec = r#"{"status": ["5xx", 404, "200-299", "200-499"], "method": "GET", "path": ["/a", "/b/*"], "latency": "<= 1500us"}"#;
    let printed = "status 5xx|404|2xx|200-499, method GET, path /a|/b/*, latency <= 1500us";
    assert_eq!(filter(spec).to_string(), printed);
    assert_eq!(filter(r#"{"latency": ">0.5s"}"#).to_string(), "latency > 500ms");
    assert_eq!(Filter::any().to_string(), "any");
}

#[test]
fn a_measure_names_statistic_and_unit_beside_its_conditions() {
    let measure: Measure =
        serde_json::from_str(r#"{"value": "p99.9", "unit": "ms", "path": "/api/*"}"#).unwrap();
    assert_eq!(measure.unit, Unit::Milliseconds);
    assert_eq!(measure.to_string(), "p99.9 of the request time in ms, path /api/*");
    for (text, printed) in [("mean", "mean"), ("max", "max"), ("p50", "p50"), ("p99.9990", "p99.999")] {
        assert_eq!(text.parse::<Statistic>().unwrap().to_string(), printed);
    }
    for (spec, says) in [
        (r#"{"value": "p95"}"#, "missing field `unit`"),
        (r#"{"unit": "ms"}"#, "missing field `value`"),
        (r#"{"value": "p0", "unit": "ms"}"#, "p0"),
        (r#"{"value": "p100", "unit": "ms"}"#, "p100"),
        (r#"{"value": "p99.99999", "unit": "ms"}"#, "p99.99999"),
        (r#"{"value": "median", "unit": "ms"}"#, "median"),
        (r#"{"value": "mean", "unit": "min"}"#, "unit of time"),
        (r#"{"value": "mean", "unit": "ms", "host": "a"}"#, "unknown field `host`"),
    ] {
        let error = refusal::<Measure>(spec);
        assert!(error.contains(says), "{spec}: {error}");
    }
}
