//! A history says at each of its moments what an evaluation at that moment says.

use crate::support::{counts, minutes, slo, start};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::{Interval, Ratio};
use toban_slo::{
    AlertPolicy, AlertRule, Budgeting, Burn, Correction, Severity, Treatment, Window, evaluate, history,
};

fn policy(slo: &toban_slo::Slo) -> AlertPolicy {
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(20), minutes(5), Ratio::whole(2));
    AlertPolicy::new().with_rule(slo, rule).unwrap()
}

fn slot() -> impl Strategy<Value = Option<(u64, u64)>> {
    prop_oneof![3 => (0..3_u64).prop_map(|bad| Some((bad, 10))), 1 => Just(None), 1 => Just(Some((0, 0)))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_moment_says_what_an_evaluation_then_says(
        slots in proptest::collection::vec(slot(), 0..90), points in 0..6_usize, late in 0..60_i64,
        is_sliced in any::<bool>(),
    ) {
        let counts = counts(&slots);
        let maintenance = Interval::starting(start() + minutes(30), minutes(7)).unwrap();
        let budgeting =
            if is_sliced { Budgeting::RatioTimeslices { slice: minutes(5) } } else { Budgeting::Occurrences };
        let slo = slo("90", Window::rolling(minutes(40)).unwrap())
            .with_correction(Correction::new(maintenance, Treatment::DropTime, "upgrade"))
            .with_budgeting(budgeting)
            .unwrap();
        let policy = policy(&slo);
        let until = counts.end() + minutes(late);
        let history = history(&slo, &policy, &counts, until, points);
        prop_assert!(history.at.len() <= points);
        for (place, at) in history.at.iter().enumerate() {
            let report = evaluate(&slo, &policy, &counts, *at);
            prop_assert_eq!(history.spent[place], report.spent);
            for (burns, found) in history.burn_rates.iter().zip(&report.burn_rates) {
                prop_assert_eq!((burns.window, burns.burns[place]), (found.window, found.burn));
            }
        }
    }
}

#[test]
fn the_last_moment_is_the_last_step_however_few_points_there_are() {
    let counts = counts(&[Some((1, 10)); 100]);
    let slo = slo("90", Window::rolling(minutes(40)).unwrap());
    for points in [1, 7, 99, 100, 5000] {
        let history = history(&slo, &policy(&slo), &counts, counts.end(), points);
        assert_eq!(history.at.len(), points.min(100));
        assert_eq!(history.at.last(), Some(&counts.end()));
        let steps: Vec<_> = history.at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (shortest, longest) = (steps.iter().min(), steps.iter().max());
        assert!(shortest.zip(longest).is_none_or(|(shortest, longest)| *longest - *shortest <= minutes(1)));
    }
}

#[test]
fn a_gap_is_named_and_a_correction_is_none() {
    let mut slots = vec![Some((1, 10)); 60];
    slots[10..15].fill(None);
    slots[40..50].fill(None);
    let counts = counts(&slots);
    let maintenance = Interval::starting(start() + minutes(40), minutes(10)).unwrap();
    let slo = slo("90", Window::rolling(minutes(40)).unwrap()).with_correction(Correction::new(
        maintenance,
        Treatment::DropTime,
        "upgrade",
    ));
    let history = history(&slo, &policy(&slo), &counts, counts.end() + minutes(3), 100);
    let stretch = |from, length| Interval::starting(start() + minutes(from), minutes(length)).unwrap();
    assert_eq!(history.gaps, [stretch(10, 5), stretch(60, 3)]);
    assert_eq!(history.burn_rates[0].burns[14], Burn::NoData);
    assert_ne!(history.burn_rates[1].burns[14], Burn::NoData);
}

#[test]
fn slices_that_the_data_cannot_resolve_give_no_point() {
    let counts = counts(&[Some((1, 10)); 60]);
    let slo = slo("90", Window::rolling_days(1))
        .with_budgeting(Budgeting::RatioTimeslices { slice: TimeDelta::seconds(90) })
        .unwrap();
    assert!(history(&slo, &AlertPolicy::new(), &counts, counts.end(), 100).at.is_empty());
}
