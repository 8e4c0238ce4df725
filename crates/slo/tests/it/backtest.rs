//! Backtests: closed formulae, what counts for an incident, and a search against all of its grid.

mod approaches;
mod calls;

use crate::support::{minutes, month, slo, start};
use chrono::TimeDelta;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use toban_core::{Interval, Ratio, Share};
use toban_slo::backtest::{Grid, Incident, IncidentSource, Score, backtest, compare, find_incidents, search};
use toban_slo::{AlertPolicy, AlertRule, LowTraffic, Severity, Slo, Window};

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

/// What a search weighs, less being better: incidents not detected, alerts in vain, pages, budget gone, time to reset.
type Weighed = [Option<Ratio>; 5];

fn weighed(score: &Score) -> Weighed {
    let count = |number: usize| Some(Ratio::whole(number as u128));
    let reset = score.mean_reset.map(|reset| Ratio::whole(reset.num_milliseconds().try_into().unwrap()));
    [
        count(score.incidents - score.detected),
        count(score.alerts_in_vain()),
        Some(score.pages_per_week),
        score.mean_budget_gone,
        reset,
    ]
}

fn is_beaten(one: &Weighed, by: &Weighed) -> bool {
    let is_no_worse = |(a, b): (&Option<Ratio>, &Option<Ratio>)| match (a, b) {
        (Some(a), Some(b)) => b <= a,
        (Some(_), None) => false,
        (None, _) => true,
    };
    one != by && one.iter().zip(by).all(is_no_worse)
}

#[test]
fn a_search_returns_exactly_what_nothing_else_beats() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    // A long outage that comes and goes, one that is small, noise that nobody named.
    let counts = month(10_000, |minute| match minute {
        5000..5040 => 90,
        20_000..20_007 => 9000,
        _ => during(minute, if minute % 50 < 20 { 300 } else { 0 }) + u64::from(minute % 7 == 0) * 45,
    });
    let incident = |from: i64, length: i64| {
        Incident::labelled(Interval::starting(start() + minutes(from), minutes(length)).unwrap(), "small")
    };
    let incidents = [Incident::labelled(outage(), "outage"), incident(5000, 40)];
    let grid = Grid::new(
        vec![TimeDelta::hours(1), TimeDelta::hours(6), TimeDelta::hours(24)],
        ["1", "3", "6", "14.4", "40", "2000"].into_iter().map(|factor| factor.parse().unwrap()).collect(),
    );
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();

    let singles = grid.longs.iter().flat_map(|long| grid.factors.iter().map(move |factor| (*long, *factor)));
    let singles: Vec<_> = singles.filter(|(_, factor)| *factor < Ratio::whole(1000)).collect();
    assert_eq!(singles.len(), 15, "2000 lies above the ceiling of 1000");
    let score_of = |rules: &[(TimeDelta, Ratio)]| {
        let rules = rules.iter().enumerate().map(|(place, (long, factor))| {
            AlertRule::burn_rate(place.to_string(), Severity::Page, *long, *long / 12, *factor)
        });
        let policy = rules.fold(AlertPolicy::new(), |policy, rule| policy.with_rule(&slo, rule).unwrap());
        let found = backtest(&slo, &policy, &counts, &incidents, TimeDelta::zero()).unwrap();
        // A rule that fires for nothing is in no policy.
        found.rules.iter().all(|rule| rule.for_incidents > 0).then_some(found.score)
    };
    let pairs = singles
        .iter()
        .enumerate()
        .flat_map(|(place, one)| singles.iter().skip(place + 1).map(move |other| vec![*one, *other]));
    let all: Vec<_> =
        singles.iter().map(|one| vec![*one]).chain(pairs).filter_map(|set| score_of(&set)).collect();
    let all: BTreeSet<_> = all.iter().map(weighed).collect();
    let expected: BTreeSet<_> =
        all.iter().filter(|one| !all.iter().any(|other| is_beaten(one, other))).copied().collect();
    let found: Vec<_> = best.iter().map(|candidate| weighed(&candidate.score)).collect();
    assert!(expected.len() > 3, "{expected:?}");
    assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.len(), expected.len(), "no two are equal in everything");
    // In the order that is promised, with rules that a definition can hold.
    let order = best.iter().map(|one| (Reverse(one.score.detected), one.score.pages));
    assert!(order.is_sorted());
    let names = best.iter().flat_map(|one| &one.rules).map(|rule| rule.name.as_str());
    assert!(names.clone().any(|name| name == "1h/5m>=14.4"), "{:?}", names.collect::<Vec<_>>());
}

#[test]
fn a_search_recommends_no_rule_that_always_fires_and_none_that_never_does() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    // Always a burn rate of 2, and a large outage.
    let counts = month(10_000, |minute| 20 + during(minute, 3000));
    let incidents = [Incident::labelled(outage(), "outage")];
    let factors = ["1", "6", "999"].into_iter().map(|factor| factor.parse().unwrap()).collect();
    let grid = Grid::new(vec![TimeDelta::hours(1)], factors).with_most_rules(1);
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();
    let names: Vec<_> = best.iter().flat_map(|one| &one.rules).map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["1h/5m>=6"]);
    assert!(search(&slo, &counts, &[], &grid, TimeDelta::zero()).unwrap().is_empty());
}

/// With the rule that always fires all pages would be one call, and the pair look like the calmest policy of all.
#[test]
fn a_search_hides_no_pages_behind_a_rule_that_always_fires() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    // Always a burn rate of 2, and four outages of ten minutes.
    let is_out = |minute: i64| minute >= 10_000 && minute % 8000 < 10;
    let counts = month(10_000, |minute| if is_out(minute) { 5000 } else { 20 });
    let incident = |place: i64| {
        Incident::labelled(
            Interval::starting(start() + minutes(place * 8000), minutes(10)).unwrap(),
            "outage",
        )
    };
    let incidents: Vec<_> = (2..=5).map(incident).collect();
    let grid = Grid::new(vec![TimeDelta::hours(1)], vec!["1".parse().unwrap(), "14.4".parse().unwrap()]);
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();
    let names: Vec<Vec<_>> =
        best.iter().map(|one| one.rules.iter().map(|rule| rule.name.as_str()).collect()).collect();
    assert_eq!(names, [["1h/5m>=14.4"]]);
    assert_eq!((best[0].score.pages, best[0].score.alerts_in_vain()), (4, 0));
}

/// What fires in vain under a long alert is in its call, and would be nobody's fault if calls were weighed.
#[test]
fn a_search_weighs_each_alert_in_vain() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    // After the first outage it never recovers; the second one is another incident, the other bursts are none.
    let is_out = |minute: i64| minute >= 10_000 && minute % 5000 < 10;
    let counts = month(10_000, |minute| match minute {
        _ if is_out(minute) => 5000,
        10_000.. => 20,
        _ => 0,
    });
    let incident = |from: i64| {
        Incident::labelled(Interval::starting(start() + minutes(from), minutes(10)).unwrap(), "outage")
    };
    let grid = Grid::new(vec![TimeDelta::hours(1)], vec!["1".parse().unwrap(), "14.4".parse().unwrap()]);
    let incidents = [incident(10_000), incident(20_000)];
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();
    let quiet = best.iter().find(|one| one.rules.len() == 1 && one.rules[0].name == "1h/5m>=1").unwrap();
    let both = best.iter().find(|one| one.rules.len() == 2).unwrap();
    assert_eq!((quiet.score.detected, quiet.score.alerts_in_vain()), (1, 0));
    assert_eq!((both.score.detected, both.score.alerts_in_vain(), both.score.calls_in_vain()), (2, 5, 0));
}

#[test]
fn a_search_demands_what_the_tested_policy_demands() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    let counts = month(100, |minute| during(minute, 50).min(100));
    let incidents = [Incident::labelled(outage(), "outage")];
    let grid = Grid::new(vec![TimeDelta::hours(1)], vec!["14.4".parse().unwrap()]);
    let found = |grid: &Grid| search(&slo, &counts, &incidents, grid, TimeDelta::zero()).unwrap();
    let detection = |best: &[toban_slo::backtest::Candidate]| best[0].score.mean_detection;
    assert_eq!(detection(&found(&grid)), Some(minutes(2)));
    let demands =
        |failures| AlertPolicy::new().with_low_traffic(LowTraffic::default().with_min_failures(failures));
    assert_eq!(detection(&found(&grid.clone().with_demands_of(&demands(500)))), Some(minutes(10)));
    assert!(found(&grid.clone().with_demands_of(&demands(5000))).is_empty());
}

/// 1h/5m>=1 over a flapping service pages for each time that it flaps: once is enough.
#[test]
fn a_search_prefers_one_page_to_many_for_the_same_incident() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    let counts = month(10_000, |minute| during(minute, if minute % 30 < 15 { 3000 } else { 0 }));
    let incidents = [Incident::labelled(outage(), "outage")];
    let grid = Grid::new(
        vec![TimeDelta::hours(1), TimeDelta::hours(6)],
        vec!["6".parse().unwrap(), "14.4".parse().unwrap()],
    );
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();
    assert_eq!(best[0].score.pages, 1);
    assert!(best.iter().all(|one| one.score.pages_per_week.is_zero() == (one.score.pages == 0)));
    let most = best.iter().map(|one| one.score.pages).max().unwrap();
    let quickest = best.iter().min_by_key(|one| one.score.mean_reset).unwrap();
    assert!(most > 10 && quickest.score.pages == most, "{most}: what many pages are good for");
}

#[test]
fn an_alert_that_never_ends_is_beaten_by_one_that_does() {
    let slo: Slo = slo("99.9", Window::rolling_days(30));
    // The record ends an hour after the outage: the short window of the day's rule is still full of it.
    let outage = Interval::starting(start() + minutes(40_000), minutes(3140)).unwrap();
    let counts = month(10_000, |minute| if outage.contains(start() + minutes(minute)) { 5000 } else { 0 });
    let grid = Grid::new(vec![TimeDelta::hours(1), TimeDelta::hours(24)], vec!["6".parse().unwrap()]);
    let incidents = [Incident::labelled(outage, "outage")];
    let best = search(&slo, &counts, &incidents, &grid, TimeDelta::zero()).unwrap();
    let names: Vec<Vec<_>> =
        best.iter().map(|one| one.rules.iter().map(|rule| rule.name.as_str()).collect()).collect();
    assert_eq!(names, [["1h/5m>=6"]]);
}
