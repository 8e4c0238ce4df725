//! Budget policies and silence: what was not seen stops nobody.

use crate::support::{counts, minutes, slo, start};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_calendar::{Period, Zone};
use toban_core::{Ratio, Share, Verdict};
use toban_slo::{
    AlertPolicy, BudgetPolicy, Burn, Correction, Counts, HEALTHY, Report, Slo, Tally, Treatment, Window,
    evaluate,
};

fn evidence<'r>(ruling: &'r toban_core::Ruling, name: &str) -> Option<&'r str> {
    let all = &ruling.reasons[0].evidence;
    all.iter().find(|evidence| evidence.name == name).map(|evidence| evidence.value.as_str())
}

/// April, of whose requests 1.2 % go bad in the first ten days; then nothing is seen.
fn april(day: i64) -> Report {
    let april = start() + TimeDelta::days(31);
    let mut counts = Counts::new(april, TimeDelta::hours(1)).unwrap();
    for hour in 0..240 {
        counts.add(april + TimeDelta::hours(hour), Tally::from_bad(12, 1000).unwrap()).unwrap();
    }
    let slo = slo("99", Window::calendar(Period::month(), Zone::UTC));
    evaluate(&slo, &AlertPolicy::new(), &counts, april + TimeDelta::days(day))
}

/// The example of the documentation.
#[test]
fn time_without_data_brings_no_allowance() {
    for (day, percent) in [(10, 40), (20, 80), (30, 120)] {
        let report = april(day);
        assert_eq!(report.spent_of_whole, Burn::Times(Ratio::new(percent, 100).unwrap()), "day {day}");
        assert_eq!(report.spent, Burn::Times(Ratio::new(12, 10).unwrap()), "day {day}");
    }
}

#[test]
fn a_source_that_is_silent_stops_no_release() {
    let policy = BudgetPolicy::google();
    assert_eq!(policy.min_coverage(), AlertPolicy::new().min_coverage());
    assert_eq!(policy.rule(&april(10)).verdict, Verdict::Go);
    // 10 of 11 days are more than nine tenths.
    assert_eq!(policy.rule(&april(11)).verdict, Verdict::Go);
    for (day, coverage) in [(12, "5/6"), (20, "0.5"), (30, "1/3")] {
        let standing = policy.rule_after("frozen", &april(day));
        let ruling = &standing.ruling;
        assert_eq!((standing.state.as_str(), ruling.verdict), ("frozen", Verdict::Undecided), "day {day}");
        assert_eq!(ruling.reasons[0].code, "low-coverage");
        assert_eq!((evidence(ruling, "coverage"), evidence(ruling, "needed")), (Some(coverage), Some("0.9")));
        assert_eq!(policy.rule_after(HEALTHY, &april(day)).state, HEALTHY);
    }
    // Who asks for less hears what was seen.
    let third = BudgetPolicy::google().with_min_coverage(Share::of(1, 3).unwrap());
    assert_eq!(third.rule(&april(30)).verdict, Verdict::Stop);
    assert_eq!(third.rule(&april(20)).verdict, Verdict::Go);
}

/// That something went bad where nothing may is certain, however little was seen.
#[test]
fn a_broken_objective_without_budget_stops_at_any_coverage() {
    let mut counts = counts(&[Some((1, 10))]);
    counts.add(start() + minutes(9), Tally::ZERO).unwrap();
    let slo = slo("100", Window::rolling_days(1));
    let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
    assert_eq!(BudgetPolicy::google().rule(&report).verdict, Verdict::Stop);
}

proptest! {
    /// However young the record is, and with time that a correction drops.
    #[test]
    fn a_verdict_needs_its_share_of_the_expected_slots(
        slots in proptest::collection::vec(proptest::option::weighted(0.85, (0..3_u64, 10..20_u64)), 1..60),
        silence in 0..20_usize,
        dropped in proptest::option::of((0..50_usize, 1..20_usize)),
        percent in 0..=100_u64,
    ) {
        let slots: Vec<_> = slots.into_iter().collect();
        let counts = counts(&slots);
        let Some(begun) = slots.iter().position(Option::is_some) else { return Ok(()) };
        let dropped = dropped.map_or(0..0, |(from, length)| from..from + length);
        let plain: Slo = slo("90", Window::rolling_days(1));
        let at = |minute: usize| start() + minutes(i64::try_from(minute).unwrap());
        let slo = match toban_core::Interval::new(at(dropped.start), at(dropped.end)) {
            Ok(time) if !dropped.is_empty() => {
                plain.with_correction(Correction::new(time, Treatment::DropTime, "x"))
            }
            _ => plain,
        };
        // The record is what was added first: gaps before it are none.
        let until = slots.len() + silence;
        let begun = if counts.start() == start() { 0 } else { begun };
        let expected = (begun..until).filter(|minute| !dropped.contains(minute));
        let seen = expected.clone().filter(|minute| slots.get(*minute).is_some_and(Option::is_some)).count();
        let expected = expected.count();
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, at(until));
        let policy = BudgetPolicy::google().with_min_coverage(Share::of(percent, 100).unwrap());
        let is_enough = seen > 0 && seen as u64 * 100 >= expected as u64 * percent;
        prop_assert_eq!(policy.rule(&report).verdict != Verdict::Undecided, is_enough);
    }
}
