//! What a condition says where little is known, seen through what becomes of its alert.

use crate::support::{counts, minutes, slo, start};
use chrono::TimeDelta;
use toban_calendar::{Period, Zone};
use toban_core::Ratio;
use toban_slo::{
    AlertPolicy, AlertRule, AlertState, Condition, Counts, Held, LowTraffic, Severity, Slo, Tally, Window,
    evaluate,
};

type Slots = Vec<Option<(u64, u64)>>;

/// Ten minutes after ten minutes, each so many bad of so many.
fn tens(parts: &[Option<(u64, u64)>]) -> Slots {
    parts.iter().flat_map(|part| vec![*part; 10]).collect()
}

fn burning(lasting: i64, cool_down: i64) -> AlertRule {
    AlertRule::burn_rate("a", Severity::Page, minutes(10), minutes(1), Ratio::whole(10))
        .with_lasting(minutes(lasting))
        .with_cool_down(minutes(cool_down))
}

fn hour() -> Slo {
    slo("99", Window::rolling(minutes(60)).unwrap())
}

fn policy(slo: &Slo, condition: Condition) -> AlertPolicy {
    AlertPolicy::new().with_rule(slo, AlertRule::new("a", Severity::Page, condition)).unwrap()
}

/// The minutes at which the only alert fired and resolved.
fn turns(slo: &Slo, policy: &AlertPolicy, counts: &Counts, minute: i64) -> Vec<(i64, Option<i64>)> {
    let report = evaluate(slo, policy, counts, start() + minutes(minute));
    let minute = |at: chrono::DateTime<chrono::Utc>| (at - start()).num_minutes();
    report.alerts[0].episodes.iter().map(|e| (minute(e.fired_at), e.resolved_at.map(minute))).collect()
}

#[test]
fn too_few_events_withhold_an_alert_and_never_resolve_one() {
    let slo = hour();
    let gated = AlertPolicy::new()
        .with_low_traffic(LowTraffic::default().with_min_events(100))
        .with_rule(&slo, burning(0, 0))
        .unwrap();
    let ungated = gated.clone().with_low_traffic(LowTraffic::default());

    let few = counts(&tens(&[Some((1, 2)), Some((1, 2))]));
    assert_eq!(turns(&slo, &ungated, &few, 20), [(1, None)]);
    assert_eq!(turns(&slo, &gated, &few, 20), []);

    // Ninety-nine events are too few, a hundred are enough.
    let exactly = |events| counts(&[vec![Some((0, 0)); 9], vec![Some((events / 2, events))]].concat());
    assert_eq!(turns(&slo, &gated, &exactly(99), 10), []);
    assert_eq!(turns(&slo, &gated, &exactly(100), 10), [(10, None)]);

    // It fires on many events; then there are few, as bad as before, and then as few good ones.
    let fading = counts(&tens(&[Some((25, 50)), Some((1, 2)), Some((1, 2)), Some((0, 2))]));
    assert_eq!(turns(&slo, &gated, &fading, 30), [(2, None)]);
    assert_eq!(turns(&slo, &gated, &fading, 40), [(2, Some(31))]);
}

#[test]
fn too_few_failures_withhold_an_alert_and_never_resolve_one() {
    let slo = hour();
    let policy = AlertPolicy::new()
        .with_low_traffic(LowTraffic::default().with_min_failures(30))
        .with_rule(&slo, burning(0, 0))
        .unwrap();
    let exactly = |bad| counts(&[vec![Some((0, 0)); 9], vec![Some((bad, 50))]].concat());
    assert_eq!(turns(&slo, &policy, &exactly(29), 10), []);
    assert_eq!(turns(&slo, &policy, &exactly(30), 10), [(10, None)]);
    let fading = counts(&tens(&[Some((25, 50)), Some((1, 2)), Some((1, 2)), Some((0, 2))]));
    assert_eq!(turns(&slo, &policy, &fading, 40), [(2, Some(31))]);
}

#[test]
fn a_wait_goes_on_through_a_gap() {
    let slo = hour();
    let policy = AlertPolicy::new().with_rule(&slo, burning(12, 0)).unwrap();
    let seen = counts(&[vec![Some((5, 10)); 5], vec![None; 5], vec![Some((5, 10)); 10]].concat());
    let state = |minute| evaluate(&slo, &policy, &seen, start() + minutes(minute)).alert("a");
    assert_eq!(state(5), Some(AlertState::Pending));
    assert_eq!(state(8), Some(AlertState::Frozen(Held::Pending)));
    // It holds since minute 1; at minute 15 half of the long window is a gap still.
    assert_eq!(turns(&slo, &policy.with_min_coverage(toban_core::Share::NONE), &seen, 20), [(13, None)]);
}

#[test]
fn a_new_breach_starts_the_cool_down_anew() {
    let slo = hour();
    let policy = AlertPolicy::new().with_rule(&slo, burning(0, 6)).unwrap();
    // The short window is quiet from minute 11 on, bad again in minutes 14 and 15, and quiet from 16 on.
    let parts =
        [vec![Some((5, 10)); 10], vec![Some((0, 10)); 3], vec![Some((5, 10)); 2], vec![Some((0, 10)); 30]];
    let seen = counts(&parts.concat());
    assert_eq!(turns(&slo, &policy, &seen, 45), [(1, Some(22))]);
    // Without the second breach it ends six minutes after the first quiet one.
    let parts = [vec![Some((5, 10)); 10], vec![Some((0, 10)); 35]];
    assert_eq!(turns(&slo, &policy, &counts(&parts.concat()), 45), [(1, Some(17))]);
}

#[test]
fn a_record_younger_than_the_absence_is_not_absent() {
    let slo = hour();
    let policy = policy(&slo, Condition::Absent { lasting: minutes(10) });
    let mut seen = vec![None; 30];
    seen[29] = Some((0, 1));
    let seen = counts(&seen);
    let state = |minute| evaluate(&slo, &policy, &seen, start() + minutes(minute)).alert("a");
    assert_eq!((state(1), state(9), state(10)), {
        (Some(AlertState::Inactive), Some(AlertState::Inactive), Some(AlertState::Firing))
    });
    assert_eq!(turns(&slo, &policy, &seen, 30), [(10, Some(30))]);
}

#[test]
fn an_overspent_budget_is_gone_already_however_quiet_it_is_now() {
    let slo = hour();
    let exhaustion = |within| Condition::Exhaustion { within, pace: minutes(5) };
    let policy = policy(&slo, exhaustion(minutes(1)));
    // Six bad of three hundred where three may be; then nothing bad any more.
    let overspent = counts(&[vec![Some((3, 10)); 2], vec![Some((0, 10)); 28]].concat());
    let report = evaluate(&slo, &policy, &overspent, start() + minutes(30));
    assert_eq!(report.alert("a"), Some(AlertState::Firing));
    // Exactly spent is not overspent: nothing is left, and at the pace of the last minutes nothing is taken.
    let spent = counts(&[vec![Some((3, 10)); 1], vec![Some((0, 10)); 29]].concat());
    let report = evaluate(&slo, &policy, &spent, start() + minutes(30));
    assert_eq!(report.alert("a"), Some(AlertState::Inactive));
}

/// A new day in which nothing happened yet has all of its budget.
#[test]
fn a_new_period_without_traffic_is_not_about_to_run_out() {
    let slo = slo("99", Window::calendar(Period::day(), Zone::UTC));
    let within = |within| policy(&slo, Condition::Exhaustion { within, pace: TimeDelta::hours(1) });
    let mut seen = Counts::per_minute(start());
    for minute in 0..24 * 60 + 30 {
        let tally = match minute {
            // At the end of the day it burns twice as fast as it may: the next day would last half of a day.
            1380..1440 => Tally::from_bad(2, 100),
            1440.. => Ok(Tally::ZERO),
            _ => Tally::from_bad(0, 100),
        };
        seen.add(start() + minutes(minute), tally.unwrap()).unwrap();
    }
    let state = |policy: &AlertPolicy| {
        evaluate(&slo, policy, &seen, start() + TimeDelta::days(1) + minutes(10)).alert("a")
    };
    assert_eq!(state(&within(TimeDelta::hours(11))), Some(AlertState::Inactive));
    assert_eq!(state(&within(TimeDelta::hours(12))), Some(AlertState::Firing));
}
