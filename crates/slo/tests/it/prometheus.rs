//! What Prometheus' `increase()` says of the same samples.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use toban_slo::Counter;

fn fixture(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/tests/fixtures/prometheus-increase/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn at(second: &str) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second.parse::<i64>().unwrap(), 0).unwrap()
}

/// Every sample in its order of arrival; a server that takes no late ones never saw those.
fn counters() -> BTreeMap<String, Counter> {
    let mut counters: BTreeMap<String, Counter> = BTreeMap::new();
    for row in fixture("samples.csv") {
        let [case, second, value, stored] = [0, 1, 2, 3].map(|column| row[column].as_str());
        let counter = counters.entry(case.to_owned()).or_default();
        if stored == "yes" {
            counter.observe(at(second), value.parse().unwrap()).unwrap();
        }
    }
    counters
}

#[test]
fn increases_are_those_of_prometheus_where_windows_fall_on_samples() {
    let counters = counters();
    let (mut on_samples, mut elsewhere) = (0, 0);
    for row in fixture("increase.csv") {
        let [case, window, second, samples, first, last, _, raw, is_on, theirs] =
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|column| row[column].as_str());
        let window: i64 = window.parse().unwrap();
        let end = at(second);
        let found = counters[case].increase(end - TimeDelta::seconds(window), end);
        assert_eq!(found.map(|found| found.to_string()).unwrap_or_default(), raw, "{row:?}");
        let Ok(theirs) = theirs.parse::<f64>() else { continue };
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
        let ours = found.unwrap() as f64;
        if is_on == "yes" {
            assert!((ours - theirs).abs() <= f64::EPSILON * theirs, "{row:?}");
            on_samples += 1;
        } else {
            // Prometheus extrapolates to the ends of the window: the stated difference, and no other.
            let covered = last.parse::<f64>().unwrap() - first.parse::<f64>().unwrap();
            let spacing = covered / (samples.parse::<f64>().unwrap() - 1.0);
            let end: f64 = second.parse().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "a window in seconds")]
            let mut before = first.parse::<f64>().unwrap() - (end - window as f64);
            let mut after = end - last.parse::<f64>().unwrap();
            let value = first_value(case, first);
            if ours > 0.0 {
                before = before.min(covered * value / ours);
            }
            for side in [&mut before, &mut after] {
                if *side >= 1.1 * spacing {
                    *side = spacing / 2.0;
                }
            }
            let expected = ours * (covered + before + after) / covered;
            assert!((expected - theirs).abs() <= 1e-9 * theirs.max(1.0), "{row:?}: {expected}");
            elsewhere += 1;
        }
    }
    assert!(on_samples > 500 && elsewhere > 1000, "{on_samples} {elsewhere}");
}

fn first_value(case: &str, second: &str) -> f64 {
    let rows = fixture_samples();
    rows.get(&(case.to_owned(), second.to_owned())).copied().unwrap_or(f64::INFINITY)
}

fn fixture_samples() -> &'static BTreeMap<(String, String), f64> {
    static SAMPLES: std::sync::OnceLock<BTreeMap<(String, String), f64>> = std::sync::OnceLock::new();
    SAMPLES.get_or_init(|| {
        let rows = fixture("samples.csv").into_iter().filter(|row| row[3] == "yes");
        // The first value within a second stays.
        rows.rev().map(|row| ((row[0].clone(), row[1].clone()), row[2].parse().unwrap())).collect()
    })
}
