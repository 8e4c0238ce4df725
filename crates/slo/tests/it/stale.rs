//! Reports far from the data: windows are those of the moment, and years of silence are not walked.

use crate::support::{counts, minutes, slo, start};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use toban_calendar::{Period, Zone};
use toban_core::{Interval, Ratio, Share};
use toban_slo::{
    AlertPolicy, AlertRule, AlertState, Budgeting, Burn, Condition, Correction, Counts, Held, Refusal,
    Severity, Slo, Tally, Treatment, Window, evaluate, history,
};

fn window() -> impl Strategy<Value = Window> {
    let calendar = |period| Window::calendar(period, Zone::UTC);
    prop_oneof![
        (1..400_u16).prop_map(Window::rolling_days),
        Just(calendar(Period::day())),
        Just(calendar(Period::week())),
        Just(calendar(Period::month())),
        Just(calendar(Period::quarter())),
        Just(calendar(Period::year())),
        Just(Window::calendar(Period::month(), Zone::parse("+09:00").unwrap())),
    ]
}

fn rule(name: &str, condition: Condition) -> AlertRule {
    AlertRule::new(name, Severity::Page, condition)
}

/// One rule of each kind.
fn policy(slo: &Slo) -> AlertPolicy {
    let part = Ratio::new(1, 10).unwrap();
    let long = minutes(60);
    [
        AlertRule::burn_rate("burn", Severity::Page, long, minutes(5), Ratio::whole(2)),
        rule("consumed", Condition::BudgetConsumed { part }),
        rule("drop", Condition::BudgetDrop { part, within: long }),
        rule("gone", Condition::Exhaustion { within: TimeDelta::days(3), pace: long }),
        rule("absent", Condition::Absent { lasting: minutes(30) }).with_lasting(minutes(45)),
    ]
    .into_iter()
    .fold(AlertPolicy::new().with_min_coverage(Share::NONE), |policy, rule| {
        policy.with_rule(slo, rule).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn long_after_the_data_every_window_holds_nothing_and_is_that_of_the_moment(
        slots in proptest::collection::vec(proptest::option::of((0..10_u64).prop_map(|bad| (bad, 10))), 1..200),
        window in window(), days in 400..4_000_000_i64, slice in proptest::option::of(1..30_i64),
    ) {
        let counts = counts(&slots);
        let mut slo = slo("90", window).with_window(Window::calendar(Period::year(), Zone::UTC));
        if let Some(slice) = slice {
            slo = slo.with_budgeting(Budgeting::RatioTimeslices { slice: minutes(slice) }).unwrap();
        }
        // Walking there minute by minute would take hours.
        let now = start() + TimeDelta::days(days);
        let report = evaluate(&slo, &AlertPolicy::sre_workbook(&slo).unwrap_or_default(), &counts, now);
        prop_assert!(report.until <= now && now - report.until <= minutes(30));
        prop_assert_eq!(report.spent, Burn::NoData);
        for found in &report.windows {
            let reading = found.reading;
            prop_assert_eq!((reading.tally, reading.observed), (Tally::ZERO, 0));
            prop_assert_eq!(reading.interval.end(), report.until);
            let whole = found.window.at(report.until).unwrap();
            prop_assert_eq!(reading.interval.start(), whole.start());
            prop_assert_eq!(found.budget.spent, Burn::NoData);
        }
        let far = history(&slo, &AlertPolicy::new(), &counts, now, 7);
        prop_assert_eq!(far.spent.last(), Some(&Burn::NoData));
        prop_assert_eq!(far.gaps.last().map(Interval::end), Some(report.until));
    }

    #[test]
    fn before_the_data_every_window_holds_nothing_and_ends_at_the_moment(
        slots in proptest::collection::vec(proptest::option::of((0..10_u64).prop_map(|bad| (bad, 10))), 1..200),
        window in window(), early in 1..4_000_000_000_i64, slice in proptest::option::of(1..30_i64),
    ) {
        let counts = counts(&slots);
        let mut slo = slo("90", window).with_window(Window::calendar(Period::year(), Zone::UTC));
        if let Some(slice) = slice {
            slo = slo.with_budgeting(Budgeting::RatioTimeslices { slice: minutes(slice) }).unwrap();
        }
        let now = start() - TimeDelta::milliseconds(early);
        let report = evaluate(&slo, &policy(&slo), &counts, now);
        prop_assert!(report.until <= now && now - report.until <= minutes(30));
        for found in &report.windows {
            let reading = found.reading;
            prop_assert_eq!((reading.tally, reading.observed), (Tally::ZERO, 0));
            prop_assert_eq!(reading.interval.end(), report.until);
            let whole = found.window.at(report.until).unwrap();
            prop_assert_eq!(reading.interval.start(), whole.start());
            prop_assert_eq!(found.budget.spent, Burn::NoData);
        }
        for alert in &report.alerts {
            let is_firing = matches!(alert.state, AlertState::Firing);
            prop_assert!(alert.episodes.is_empty() && !is_firing);
        }
        prop_assert!(history(&slo, &policy(&slo), &counts, now, 7).spent.is_empty());
    }

    #[test]
    fn what_no_alert_can_see_any_more_changes_no_alert(
        bad in 0..=10_u64, length in 1..200_usize, window in 1..3_u16, is_calendar: bool, days in 4..3000_i64,
    ) {
        let counts = counts(&vec![Some((bad, 10)); length]);
        let day = Window::calendar(Period::day(), Zone::UTC);
        let window = if is_calendar { day } else { Window::rolling_days(window) };
        let slo = slo("60", window);
        let policy = policy(&slo);
        let [early, late] = [3, days].map(|days| {
            evaluate(&slo, &policy, &counts, counts.end() + TimeDelta::days(days))
        });
        for (early, late) in early.alerts.iter().zip(&late.alerts) {
            prop_assert_eq!((early.state, &early.episodes), (late.state, &late.episodes));
            let expected = early.rule.name == "absent";
            prop_assert_eq!(late.state == AlertState::Firing, expected);
            prop_assert_eq!(matches!(late.state, AlertState::Frozen(_)), !expected);
        }
        // Half an hour of silence, and three quarters of an hour that it must last.
        let absent = &late.alerts[4].episodes;
        let due = Some(counts.end() + minutes(75));
        prop_assert_eq!(absent.last().map(|it| it.fired_at), due);
        // A policy of that rule alone is followed for as long.
        let alone = AlertPolicy::new().with_rule(&slo, policy.rules()[4].clone()).unwrap();
        let report = evaluate(&slo, &alone, &counts, counts.end() + TimeDelta::days(days));
        prop_assert_eq!(report.alerts[0].episodes.last().map(|it| it.fired_at), due);
    }
}

/// A month has 31 days: its budget is judged on the last of them, and not in the next one.
#[test]
fn a_month_of_the_calendar_is_over_when_it_is_over() {
    let first = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
    let mut counts = Counts::per_minute(first);
    for minute in 0..660 {
        counts.add(first + minutes(minute), Tally::from_bad(2, 100).unwrap()).unwrap();
    }
    let slo = slo("99", Window::calendar(Period::month(), Zone::UTC));
    let policy = policy(&slo);
    let report = |month, day, hour| {
        let now = Utc.with_ymd_and_hms(2024, month, day, hour, 0, 0).unwrap();
        evaluate(&slo, &policy, &counts, now)
    };
    let last = report(1, 31, 23);
    assert_eq!(last.spent, Burn::Times(Ratio::whole(2)));
    assert_eq!(last.alert("consumed"), Some(AlertState::Firing));
    let next = report(2, 1, 1);
    assert_eq!((next.spent, next.main().unwrap().reading.slots), (Burn::NoData, 60));
    assert_eq!(next.alert("consumed"), Some(AlertState::Frozen(Held::Firing)));
    assert_eq!(
        report(6, 1, 0).main().unwrap().reading.interval.start().to_string(),
        "2024-05-01 00:00:00 UTC"
    );
}

/// Slots of five minutes: at three minutes past, the last one may still grow, and the record does not hold it.
#[test]
fn a_record_ends_with_the_last_slot_that_has_ended() {
    let mut counts = Counts::new(start(), minutes(5)).unwrap();
    for slot in 0..3 {
        counts.add(start() + minutes(5 * slot), Tally::new(1, 1).unwrap()).unwrap();
    }
    let record = |minute| {
        evaluate(&slo("99", Window::rolling_days(1)), &AlertPolicy::new(), &counts, start() + minutes(minute))
            .record
    };
    let ends = |minute| record(minute).map(|record| (record.end() - start()).num_minutes());
    assert_eq!(
        [-7, 0, 4, 5, 13, 15, 16].map(ends),
        [None, None, None, Some(5), Some(10), Some(15), Some(15)]
    );
    assert_eq!(record(13).unwrap().start(), start());
}

/// Time that a correction speaks for is seen, though the data has ended.
#[test]
fn a_correction_behind_the_data_counts() {
    let counts = counts(&[Some((0, 10)); 60]);
    let later = start() + TimeDelta::days(50);
    let hour = Interval::starting(later, TimeDelta::hours(1)).unwrap();
    let slo = slo("99", Window::rolling_days(1)).with_correction(Correction::new(
        hour,
        Treatment::CountGood,
        "closed",
    ));
    let read = |now: DateTime<Utc>| evaluate(&slo, &AlertPolicy::new(), &counts, now).main().unwrap().reading;
    assert_eq!((read(later).observed, read(later + minutes(20)).observed), (0, 20));
    assert_eq!(read(later + TimeDelta::hours(5)).observed, 60);
    assert_eq!(read(later + TimeDelta::days(2)).observed, 0);
}

#[test]
fn what_cannot_be_held_is_refused() {
    let mut counts = Counts::new(start(), TimeDelta::seconds(1)).unwrap();
    counts.add(start(), Tally::from_bad(0, 1).unwrap()).unwrap();
    let long = Window::rolling(TimeDelta::days(2000 * 365)).unwrap();
    let now = start() + TimeDelta::days(365 * 34);
    // A long window alone costs nothing.
    let slo = slo("99", long);
    let report = evaluate(&slo, &AlertPolicy::sre_workbook(&slo).unwrap_or_default(), &counts, now);
    assert_eq!(report.refusals, []);
    assert_eq!(report.main().unwrap().reading.observed, 1);
    // A correction that speaks for all that time does.
    let open = Interval::new(start(), start() + TimeDelta::days(365 * 1000)).unwrap();
    let endless = slo.clone().with_correction(Correction::new(open, Treatment::CountGood, "closed for good"));
    let refused = evaluate(&endless, &AlertPolicy::new(), &counts, now);
    assert!(matches!(refused.refusals[..], [Refusal::Steps { steps: 1_072_224_000, .. }]), "{refused:?}");
    assert!(history(&endless, &AlertPolicy::new(), &counts, now, 10).at.is_empty());
    // So does an alert that looks back over all of it.
    let part = Ratio::new(1, 2).unwrap();
    let policy =
        AlertPolicy::new().with_rule(&slo, rule("half", Condition::BudgetConsumed { part })).unwrap();
    let report = evaluate(&slo, &policy, &counts, now);
    assert!(matches!(report.refusals[..], [Refusal::Silence { .. }]), "{:?}", report.refusals);
}
