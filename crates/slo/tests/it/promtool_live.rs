//! The same policy as a file of rules, decided by `promtool` itself where it is installed.

use crate::support::{minutes, slo, start};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::{Command, Output};
use toban_slo::{AlertPolicy, Comparison, Condition, Counts, Slo, Tally, Window, evaluate};

/// Ten hours, which the longest windows of the policy do not fill: what happens at the start of a record is compared
/// as well.
const MINUTES: i64 = 600;

/// Bad and total of each minute.
type Shape = Vec<(u64, u64)>;

/// An outage that everybody sees, and a trickle that only the longer windows do.
fn outage_and_trickle() -> Shape {
    let traffic = |minute: i64| u64::try_from(997 + minute * 7 % 101).unwrap();
    let bad = |minute, total: u64| match minute {
        90..103 => total,
        300..340 => total / 61,
        340.. => total / 700,
        _ => 0,
    };
    (0..MINUTES).map(|minute| (bad(minute, traffic(minute)), traffic(minute))).collect()
}

/// Failures that come and go every few minutes, with traffic that swings and at times is none at all.
fn flapping_with_lulls() -> Shape {
    let total = |minute: i64| match minute {
        200..230 => 0,
        _ => u64::try_from(50 + minute * minute % 1013).unwrap(),
    };
    let bad =
        |minute: i64, total: u64| if minute > 40 && minute % 11 < 4 { total / 15 } else { total / 4000 };
    (0..MINUTES).map(|minute| (bad(minute, total(minute)), total(minute))).collect()
}

fn counts(shape: &Shape) -> Counts {
    let mut counts = Counts::per_minute(start());
    for (minute, (bad, total)) in shape.iter().enumerate() {
        let at = start() + minutes(i64::try_from(minute).unwrap());
        counts.add(at, Tally::from_bad(*bad, *total).unwrap()).unwrap();
    }
    counts
}

/// The policy as rules of Prometheus.
fn rules(policy: &AlertPolicy) -> String {
    let mut text = String::from("groups:\n  - name: burn\n    interval: 1m\n    rules:\n");
    for window in policy.windows() {
        let length = window.num_minutes();
        let increase = |name: &str| format!("increase({name}_total[{length}m])");
        writeln!(text, "      - record: error_ratio_{length}m").unwrap();
        writeln!(text, "        expr: {} / {}", increase("bad"), increase("requests")).unwrap();
    }
    for rule in policy.rules() {
        let Condition::BurnRate { comparison: Comparison::AtLeast, factor, long, short: Some(short) } =
            &rule.condition
        else {
            panic!("{}", rule.condition)
        };
        let side =
            |length: &chrono::TimeDelta| format!("error_ratio_{}m >= {factor} * 0.001", length.num_minutes());
        writeln!(text, "      - alert: {}", rule.name).unwrap();
        writeln!(text, "        expr: {} and {}", side(long), side(short)).unwrap();
        if !rule.lasting.is_zero() {
            writeln!(text, "        for: {}m", rule.lasting.num_minutes()).unwrap();
        }
    }
    text
}

/// Each rule and the minutes at which it fires.
fn firing(slo: &Slo, policy: &AlertPolicy, counts: &Counts) -> Vec<(String, BTreeSet<i64>)> {
    let report = evaluate(slo, policy, counts, start() + minutes(MINUTES));
    let minute = |at: chrono::DateTime<chrono::Utc>| (at - start()).num_minutes();
    let ours = report.alerts.iter().map(|alert| {
        let episodes = alert
            .episodes
            .iter()
            .flat_map(|episode| minute(episode.fired_at)..episode.resolved_at.map_or(MINUTES + 1, minute));
        (alert.rule.name.clone(), episodes.collect())
    });
    ours.collect()
}

/// A unit test for promtool: the counters as a scraper would see them, and what must fire at each minute.
fn unit_test(shape: &Shape, firing: &[(String, BTreeSet<i64>)]) -> String {
    let mut text =
        String::from("rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n");
    text.push_str("    input_series:\n");
    for (name, count) in [("bad", (|slot| slot.0) as fn(&(u64, u64)) -> u64), ("requests", |slot| slot.1)] {
        let mut sum = 0;
        let samples = shape.iter().map(|slot| {
            sum += count(slot);
            sum.to_string()
        });
        let samples: Vec<_> = std::iter::once("0".to_owned()).chain(samples).collect();
        writeln!(text, "      - series: {name}_total\n        values: {:?}", samples.join(" ")).unwrap();
    }
    text.push_str("    alert_rule_test:\n");
    for (name, set) in firing {
        for minute in 0..=MINUTES {
            let alerts = if set.contains(&minute) { "[{}]" } else { "[]" };
            writeln!(text, "      - {{eval_time: {minute}m, alertname: {name}, exp_alerts: {alerts}}}")
                .unwrap();
        }
    }
    text
}

/// What promtool says of it; `None` where there is no promtool, which is a failure on CI.
#[expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a test may say what it left out")]
fn ask(folder: &str, rules: &str, test: &str) -> Option<Output> {
    let folder = std::env::temp_dir().join(format!("toban-promtool-{folder}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("rules.yml"), rules).unwrap();
    std::fs::write(folder.join("test.yml"), test).unwrap();
    let output = Command::new("promtool").args(["test", "rules", "test.yml"]).current_dir(&folder).output();
    std::fs::remove_dir_all(&folder).unwrap();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "promtool: {error}");
            eprintln!("left out, for promtool cannot be started: {error}");
            None
        }
    }
}

fn compare(folder: &str, shape: &Shape, lasting: [i64; 4], least: usize) {
    let slo = slo("99.9", Window::rolling_days(30));
    let workbook = AlertPolicy::sre_workbook(&slo).unwrap();
    let policy = workbook.rules().iter().zip(lasting).fold(AlertPolicy::new(), |policy, (rule, lasting)| {
        policy.with_rule(&slo, rule.clone().with_lasting(minutes(lasting))).unwrap()
    });
    let mut firing = firing(&slo, &policy, &counts(shape));
    let total: usize = firing.iter().map(|(_, minutes)| minutes.len()).sum();
    let silent: Vec<_> = firing.iter().filter(|(_, minutes)| minutes.is_empty()).collect();
    assert!(total >= least && silent.is_empty(), "{total} minutes, nothing from {silent:?}");
    let Some(output) = ask(folder, &rules(&policy), &unit_test(shape, &firing)) else { return };
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", &said[..said.len().min(2000)]);

    // Were one alert said to fire a minute longer or shorter, promtool would not agree.
    firing[0].1.pop_last();
    let output = ask(folder, &rules(&policy), &unit_test(shape, &firing)).unwrap();
    assert!(!output.status.success());
}

#[test]
fn promtool_fires_the_workbook_policy_at_the_same_minutes() {
    compare("outage", &outage_and_trickle(), [0; 4], 200);
    compare("flapping", &flapping_with_lulls(), [0; 4], 200);
}

#[test]
fn promtool_waits_as_long_as_the_policy_does() {
    compare("held", &outage_and_trickle(), [2, 5, 20, 60], 100);
}
