//! Objectives on slices, looked at while a slice is running.

use crate::explain::arithmetic::{Number, value};
use crate::support::{slo, start};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use toban_calendar::{Period, Zone};
use toban_core::{Interval, Share};
use toban_slo::{
    AlertPolicy, Budgeting, Counts, Forecast, Outlook, Recovery, Slo, Tally, Window, evaluate, explain,
};

fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

/// Nine days and an hour in steps of ten minutes: hours that are bad begin with ten minutes of failures.
fn counts(is_bad: impl Fn(i64) -> bool) -> Counts {
    let mut counts = Counts::new(start(), TimeDelta::minutes(10)).unwrap();
    for place in 0..(9 * 24 + 1) * 6 {
        let bad = if place % 6 == 0 && is_bad(place / 6) { 50 } else { 0 };
        let at = start() + TimeDelta::minutes(10 * place);
        counts.add(at, Tally::from_bad(bad, 100).unwrap()).unwrap();
    }
    counts
}

fn kinds() -> [Budgeting; 2] {
    let slice = hours(1);
    [
        Budgeting::Timeslices { slice, target: Share::of(99, 100).unwrap() },
        Budgeting::RatioTimeslices { slice },
    ]
}

/// The moments that a forecast names, told at `at`; what has come already is told as no time at all.
fn moments(found: &Forecast, at: DateTime<Utc>) -> Vec<Option<DateTime<Utc>>> {
    let mut times = Vec::new();
    if let Some(pace) = &found.pace {
        times.extend([pace.within, pace.exhausted_in, pace.earliest, pace.latest]);
    }
    if let Outlook::Projected(it) = &found.outlook {
        times.extend([Some(it.horizon), it.earliest, it.median, it.latest]);
    }
    match found.recovery {
        Some(Recovery::Leaving { left_in, left_at_best, .. }) => times.extend([left_in, left_at_best]),
        Some(Recovery::NewPeriod { begins_in }) => times.push(Some(begins_in)),
        _ => {}
    }
    times
        .into_iter()
        .map(|time| time.map(|time| if time.is_zero() { DateTime::UNIX_EPOCH } else { at + time }))
        .collect()
}

/// Whenever within a slice a forecast is looked at, it names the same moments: times count from the look.
#[test]
fn the_times_of_a_forecast_begin_when_it_is_looked_at() {
    let whole = start() + hours(9 * 24);
    let march = Window::calendar(Period::month(), Zone::UTC);
    let mut told = 0;
    for (every, window) in [
        (12, march),
        (40, march),
        (2, march),
        (12, Window::rolling_days(10)),
        (40, Window::rolling_days(10)),
        (2, Window::rolling_days(9)),
    ] {
        let counts = counts(|hour| hour % every == 0 || hour == 215);
        for budgeting in kinds() {
            let percent = if matches!(budgeting, Budgeting::Timeslices { .. }) { "90" } else { "99.2" };
            let slo: Slo = slo(percent, window).with_budgeting(budgeting).unwrap();
            let look = |at| evaluate(&slo, &AlertPolicy::new(), &counts, at);
            let expected = moments(&look(whole).forecast, whole);
            told += expected.iter().flatten().count();
            for seconds in [1, 20 * 60, 3599] {
                let at = whole + TimeDelta::seconds(seconds);
                let report = look(at);
                assert_eq!(report.until, whole);
                assert_eq!(moments(&report.forecast, at), expected, "{window}, every {every}, {seconds} s");
                for one in explain(&slo, &AlertPolicy::new(), &counts, &report) {
                    let (Some(formula), Some(_)) = (&one.formula, one.input("since the last step was over"))
                    else {
                        continue;
                    };
                    let shown: u128 = one.value.split_once(" s").unwrap().0.parse().unwrap();
                    assert_eq!(value(formula), Number::of(shown, 1), "{one}");
                }
            }
        }
    }
    assert!(told > 30, "{told}");
}

/// Five minutes before midnight in Berlin, in the last hour of a month whose budget is gone.
#[test]
fn the_next_period_begins_when_the_clock_says() {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    let at = |day, hour, minute| Utc.with_ymd_and_hms(2026, 3, day, hour, minute, 0).unwrap();
    let mut counts = Counts::per_minute(at(31, 0, 0));
    counts.add(at(31, 0, 0), Tally::from_bad(900, 1000).unwrap()).unwrap();
    counts.add(at(31, 21, 59), Tally::from_bad(0, 1).unwrap()).unwrap();
    for budgeting in kinds() {
        let month = Window::calendar(Period::month(), berlin);
        let slo = slo("99.999", month).with_budgeting(budgeting).unwrap();
        let begins_in = |now| evaluate(&slo, &AlertPolicy::new(), &counts, now).forecast.recovery;
        for (minute, left) in [(0, 60), (55, 5), (59, 1)] {
            let begins_in = begins_in(at(31, 21, minute));
            assert_eq!(begins_in, Some(Recovery::NewPeriod { begins_in: TimeDelta::minutes(left) }));
        }
        // The moment of the boundary closes the month, and so does a look while its next hour is running.
        for minute in [0, 20] {
            let none = TimeDelta::zero();
            assert_eq!(begins_in(at(31, 22, minute)), Some(Recovery::NewPeriod { begins_in: none }));
        }
    }
}

#[test]
fn the_record_ends_with_the_last_slice_that_is_over() {
    let counts = counts(|_| false);
    for budgeting in kinds() {
        let slo = slo("99", Window::rolling_days(1)).with_budgeting(budgeting).unwrap();
        let record = |now| evaluate(&slo, &AlertPolicy::new(), &counts, now).record;
        let first = |length| Interval::starting(start(), length).ok();
        assert_eq!(record(start() + TimeDelta::minutes(150)), first(hours(2)));
        assert_eq!(record(start() + hours(2)), first(hours(2)));
        // A slice in which the data ends is over at the end of the slice, the record with the data.
        assert_eq!(record(start() + hours(10 * 24)), counts.interval());
    }
    let plain = slo("99", Window::rolling_days(1));
    let now = start() + TimeDelta::minutes(155);
    let record = evaluate(&plain, &AlertPolicy::new(), &counts, now).record;
    assert_eq!(record, Interval::starting(start(), TimeDelta::minutes(150)).ok());
}

/// A share is said of what a slice holds, and of one value none is said.
#[test]
fn a_slice_is_told_by_what_it_holds() {
    use toban_core::Ratio;
    use toban_slo::{Comparison, Indicator, Objective, RatioOf};
    let value = Indicator::Threshold { comparison: Comparison::Below, limit: Ratio::ONE };
    let ratio = Indicator::PrecomputedRatio { of: RatioOf::Failure };
    let told = |indicator: &Indicator, slice, counts: &Counts| {
        let objective = Objective::percent("99").unwrap();
        let target = Share::of(9, 10).unwrap();
        let slo = Slo::new("x", indicator.clone(), objective, Window::rolling_days(1));
        let slo = slo.with_budgeting(Budgeting::Timeslices { slice, target }).unwrap();
        let report = evaluate(&slo, &AlertPolicy::new(), counts, counts.end());
        explain(&slo, &AlertPolicy::new(), counts, &report).remove(0).rule
    };
    let (counts, slot) = (counts(|_| false), TimeDelta::minutes(10));
    assert_eq!(told(&value, slot, &counts), "a slice of 10m is good if its one value is");
    assert_eq!(told(&value, hours(1), &counts), "a slice of 1h is good if at least 0.9 of its values are");
    assert_eq!(
        told(&ratio, slot, &counts),
        "a slice of 10m is good if its ratios are, in the mean, at least 0.9 good"
    );
    assert_eq!(
        told(&Indicator::Availability, slot, &counts),
        "a slice of 10m is good if at least 0.9 of its events are; without events it is"
    );
}
