//! The firing minutes of `promtool test rules`, which evaluated the same policies over the same history.

use crate::support::{minutes, slo, start};
use std::collections::{BTreeMap, BTreeSet};
use toban_core::Share;
use toban_slo::{
    AlertPolicy, AlertRule, Comparison, Condition, Counts, Severity, Slo, Tally, Window, evaluate,
};

type Minutes = BTreeMap<String, BTreeSet<i64>>;

fn fixture(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/tests/fixtures/promtool/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn shape(name: &str) -> Counts {
    let mut counts = Counts::per_minute(start());
    for row in fixture(&format!("shape-{name}.csv")) {
        let [minute, good, total] = [0, 1, 2].map(|column| row[column].parse::<u64>().unwrap());
        let at = start() + minutes(i64::try_from(minute).unwrap());
        counts.add(at, Tally::new(good, total).unwrap()).unwrap();
    }
    counts
}

/// The rows `alert, first, last` as sets of minutes.
fn firing<'a>(rows: impl Iterator<Item = &'a [String]>) -> Minutes {
    let mut all = Minutes::new();
    for row in rows {
        let [first, last] = [1, 2].map(|column| row[column].parse::<i64>().unwrap());
        all.entry(row[0].clone()).or_default().extend(first..=last);
    }
    all
}

/// The policy of that name, as `policies.csv` states it, with a given comparison.
fn policy(slo: &Slo, name: &str, comparison: Comparison) -> AlertPolicy {
    // Prometheus takes whatever data there is.
    let none = AlertPolicy::new().with_min_coverage(Share::NONE);
    fixture("policies.csv").iter().filter(|row| row[0] == name).fold(none, |policy, row| {
        let number = |column: usize| minutes(row[column].parse().unwrap());
        let factor = row[4].parse().unwrap();
        let condition = Condition::BurnRate { comparison, factor, long: number(2), short: Some(number(3)) };
        let rule = AlertRule::new(&row[1], Severity::Page, condition).with_lasting(number(6));
        policy.with_rule(slo, rule).unwrap()
    })
}

fn evaluated(policy: &AlertPolicy, slo: &Slo, counts: &Counts, end: i64) -> Minutes {
    let report = evaluate(slo, policy, counts, start() + minutes(end));
    let mut all = Minutes::new();
    for alert in &report.alerts {
        for episode in &alert.episodes {
            let first = (episode.fired_at - start()).num_minutes();
            let last = episode.resolved_at.map_or(end, |at| (at - start()).num_minutes() - 1);
            all.entry(alert.rule.name.clone()).or_default().extend(first..=last);
        }
    }
    all
}

fn availability() -> Slo {
    slo("99.9", Window::rolling_days(30))
}

#[test]
fn firing_minutes_are_those_of_promtool() {
    let slo = availability();
    let (mut shapes, mut compared) = (0, 0);
    for row in fixture("shapes.csv") {
        let (name, end) = (row[0].as_str(), row[1].parse().unwrap());
        if name == "on-boundary" {
            continue;
        }
        let counts = shape(name);
        let has_gap = counts.iter().any(|(_, tally)| tally.is_none());
        for (policy_name, prefix) in [("workbook", "firing"), ("held", "held")] {
            let mut expected = firing(fixture(&format!("{prefix}-{name}.csv")).iter().map(Vec::as_slice));
            let policy = policy(&slo, policy_name, Comparison::Above);
            let mut found = evaluated(&policy, &slo, &counts, end);
            if has_gap && policy_name == "held" {
                // Prometheus starts the wait anew after a gap; here it goes on.
                continue;
            }
            if has_gap {
                // Where nothing was seen, Prometheus resolves and this does not.
                for rule in policy.rules() {
                    let short = rule.windows().nth(1).unwrap();
                    let is_blind = |minute: &i64| {
                        let now = start() + minutes(*minute);
                        counts
                            .iter()
                            .filter(|(at, tally)| now - short <= *at && *at < now && tally.is_some())
                            .count()
                            == 0
                    };
                    for side in [&mut expected, &mut found] {
                        if let Some(set) = side.get_mut(&rule.name) {
                            set.retain(|minute| !is_blind(minute));
                        }
                    }
                }
            }
            compared += expected.values().map(BTreeSet::len).sum::<usize>();
            assert_eq!(found, expected, "{name}, {policy_name}");
        }
        shapes += 1;
    }
    assert!(shapes >= 14 && compared > 10_000, "{shapes} shapes, {compared} firing minutes");
}

/// On the boundary itself floats differ with the way a threshold is written; exact decisions do not.
#[test]
fn on_the_boundary_decisions_are_those_of_fractions() {
    let slo = availability();
    let end = fixture("shapes.csv")
        .iter()
        .find(|row| row[0] == "on-boundary")
        .map_or(5850, |row| row[1].parse().unwrap());
    for (operator, comparison) in [(">", Comparison::Above), (">=", Comparison::AtLeast)] {
        let rows = fixture("firing-on-boundary.csv");
        let exact = rows.iter().filter(|row| row[0] == "exact" && row[1] == operator);
        let expected = firing(exact.map(|row| &row[2..]));
        let found = evaluated(&policy(&slo, "workbook", comparison), &slo, &shape("on-boundary"), end);
        assert_eq!(found, expected, "{operator}");
    }
}

/// The workbook's own constructor gives the policy that promtool evaluated.
#[test]
fn the_workbook_policy_is_the_one_that_was_compared() {
    let slo = availability();
    let ours = AlertPolicy::sre_workbook(&slo).unwrap();
    let compared = policy(&slo, "workbook", Comparison::AtLeast);
    let conditions = |policy: &AlertPolicy| -> Vec<_> {
        policy.rules().iter().map(|rule| (rule.name.clone(), rule.condition.clone())).collect()
    };
    assert_eq!(conditions(&ours), conditions(&compared));
}
