//! Backtests: closed formulae and a real peer.

use crate::support::{minutes, month, slo, start};
use chrono::TimeDelta;
use toban_core::{Interval, Ratio, Share};
use toban_slo::backtest::{Grid, Incident, IncidentSource, backtest, compare, find_incidents, search};
use toban_slo::{AlertPolicy, AlertRule, Severity, Slo, Window};

fn outage() -> Interval {
    Interval::starting(start() + TimeDelta::days(20), TimeDelta::hours(8)).unwrap()
}

fn during(minute: i64, bad: u64) -> u64 {
    if outage().contains(start() + minutes(minute)) { bad } else { 0 }
}

/// For an onset from clean, a steady error ratio e, a factor F, a budget B and a long window W: detection after
/// F·B·W/e, budget spent by then F·W/P, reset after w(1 − F·B/e); rounded up to whole minutes.
#[test]
fn detection_and_reset_follow_the_formulae() {
    let slo = slo("99.9", Window::rolling_days(30));
    for (long, short, factor) in [(60, 5, 10_u64), (360, 30, 6), (60, 10, 3)] {
        for bad in [10_000, 5000, 500, 100] {
            let counts = month(10_000, |minute| during(minute, bad));
            let rule =
                AlertRule::burn_rate("r", Severity::Page, minutes(long), minutes(short), factor.into());
            let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
            let incident = Incident::labelled(outage(), "outage");
            let result = backtest(&slo, &policy, &counts, &[incident], TimeDelta::zero()).unwrap();
            let [found] = &result.incidents[..] else { panic!("one incident") };
            let factor = i64::try_from(factor).unwrap();
            let bad = i64::try_from(bad).unwrap();
            let detection = (factor * 10 * long + bad - 1) / bad;
            let first = found.first.as_ref().unwrap();
            assert_eq!(first.after, minutes(detection), "{long}m {factor}x at {bad}");
            let gone = Ratio::new(u128::try_from(detection * bad).unwrap(), 432_000).unwrap();
            assert_eq!(first.budget_gone, Some(gone));
            // The short window is below the factor as soon as fewer than F·B·w/e of it are bad.
            let reset = short - (factor * 10 * short - 1) / bad;
            assert_eq!(found.reset_after, Some(minutes(reset)), "{short}m {factor}x at {bad}");
        }
    }
}

#[test]
fn scores_count_what_was_missed_and_what_was_in_vain() {
    let slo = slo("99.9", Window::rolling_days(30));
    // A large outage, a small one that no rule sees, and a burst that nobody labelled.
    let counts = month(10_000, |minute| match minute {
        0..=9 => 10_000,
        10_000..=10_001 => 60,
        20_000..=20_099 => 2_000,
        _ => 0,
    });
    let incident = |from: i64, length: i64| {
        Incident::labelled(Interval::starting(start() + minutes(from), minutes(length)).unwrap(), "x")
    };
    let incidents = [incident(10_000, 2), incident(20_000, 100)];
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let result = backtest(&slo, &policy, &counts, &incidents, TimeDelta::zero()).unwrap();
    let score = &result.score;
    assert_eq!((score.incidents, score.detected, score.pages), (2, 1, 2));
    assert_eq!((score.calls, score.true_calls), (4, 2));
    assert_eq!(score.precision, Share::of(1, 2).ok());
    assert_eq!(score.pages_per_week, Ratio::new(7 * 2, 30).unwrap());
    assert!(result.incidents[0].first.is_none() && result.incidents[0].reset_after.is_none());

    let found = find_incidents(&slo, &counts, "0.02".parse().unwrap(), minutes(5));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|incident| incident.source == IncidentSource::Found));
    assert_eq!(found[1].interval, incidents[1].interval);

    let slower = AlertPolicy::new().with_rule(&slo, policy.rules()[1].clone()).unwrap();
    let slower = backtest(&slo, &slower, &counts, &incidents, TimeDelta::zero()).unwrap();
    let difference = compare(&result, &slower).unwrap();
    assert!(!difference.is_no_worse() && difference.lost.is_empty());
    assert!(difference.later_by[0].1 > TimeDelta::zero());
    assert!(compare(&result, &result).unwrap().is_no_worse());
}

#[test]
fn a_search_returns_what_nothing_else_beats() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    let counts = month(10_000, |minute| during(minute, 300) + u64::from(minute % 7 == 0) * 5);
    let incidents = [Incident::labelled(outage(), "outage")];
    let grid = Grid::new(
        vec![TimeDelta::hours(1), TimeDelta::hours(6), TimeDelta::hours(24)],
        ["1", "3", "6", "14.4", "40", "2000"].into_iter().map(|factor| factor.parse().unwrap()).collect(),
    );
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();
    assert!(!best.is_empty());
    let all: Vec<_> = grid
        .longs
        .iter()
        .flat_map(|long| grid.factors.iter().map(move |factor| (*long, *factor)))
        .filter_map(|(long, factor)| {
            let rule = AlertRule::burn_rate("r", Severity::Page, long, long / 12, factor);
            AlertPolicy::new().with_rule(&slo, rule).ok()
        })
        .map(|policy| backtest(&slo, &policy, &counts, &incidents, TimeDelta::zero()).unwrap().score)
        .collect();
    assert_eq!(all.len(), 15, "2000 lies above the ceiling of 1000");
    // No single rule beats any policy that was returned.
    for candidate in &best {
        let kept = &candidate.score;
        assert!(!all.iter().any(|other| {
            other.detected >= kept.detected
                && other.calls - other.true_calls <= kept.calls - kept.true_calls
                && other.mean_budget_gone < kept.mean_budget_gone
                && other.mean_reset.unwrap_or(TimeDelta::MAX) < kept.mean_reset.unwrap_or(TimeDelta::MAX)
        }));
    }
    assert_eq!(best[0].score.detected, 1);
}
