//! Composites.

use crate::support::{counts, slo, start};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::{Interval, Ratio, Share};
use toban_slo::{
    Absence, Balance, Composite, CompositeError, Correction, Counts, Member, Objective, Treatment, Window,
};

fn member(weight: u128, absence: Absence) -> Member {
    Member::new(slo("99", Window::rolling_days(1)), Ratio::whole(weight), absence)
}

fn composite(members: Vec<Member>) -> Composite {
    Composite::new("both", Objective::percent("99").unwrap(), Window::rolling_days(1), members).unwrap()
}

proptest! {
    #[test]
    fn a_composite_is_the_weighted_mean(parts in proptest::collection::vec((0..100_u64, 1..9_u128), 1..6)) {
        let all: Vec<Counts> = parts.iter().map(|(bad, _)| counts(&[Some((*bad, 100))])).collect();
        let composite = composite(parts.iter().map(|(_, weight)| member(*weight, Absence::Bad)).collect());
        let report = composite.evaluate(&all.iter().collect::<Vec<_>>(), all[0].end());
        let good: u128 = parts.iter().map(|(bad, weight)| u128::from(100 - bad) * weight).sum();
        let whole: u128 = parts.iter().map(|(_, weight)| 100 * weight).sum();
        prop_assert_eq!(report.good.map(|good| good.as_ratio()), Ratio::new(good, whole).ok());
    }

    #[test]
    fn awkward_shares_are_off_by_a_billionth_at_most(parts in proptest::collection::vec((any::<u64>(), 1..u64::MAX >> 3), 2..6)) {
        let tallies: Vec<_> = parts.iter().map(|(a, b)| (*a.min(b), *b)).collect();
        let all: Vec<Counts> = tallies.iter().map(|tally| counts(&[Some(*tally)])).collect();
        let composite = composite(parts.iter().map(|_| member(1, Absence::Bad)).collect());
        let found = composite.evaluate(&all.iter().collect::<Vec<_>>(), all[0].end()).good.unwrap().to_f64();
        #[expect(clippy::cast_precision_loss, reason = "compared within a billionth")]
        let mean = tallies.iter().map(|(bad, all)| 1.0 - *bad as f64 / *all as f64).sum::<f64>() / parts.len() as f64;
        prop_assert!((found - mean).abs() < 3e-9, "{} {}", found, mean);
    }
}

#[test]
fn silence_counts_as_stated() {
    let good = counts(&[Some((0, 10))]);
    let silent = Counts::per_minute(start());
    let good_share = |absence| {
        let composite = composite(vec![member(3, Absence::Bad), member(1, absence)]);
        composite.evaluate(&[&good, &silent], good.end()).good
    };
    assert_eq!(good_share(Absence::Bad), Share::of(3, 4).ok());
    assert_eq!(good_share(Absence::Good), Some(Share::ALL));
    assert_eq!(good_share(Absence::Ignore), Some(Share::ALL));
    assert_eq!(good_share(Absence::Freeze), None);
}

#[test]
fn a_composite_is_frozen_only_by_a_silent_member_that_freezes_it() {
    let (good, silent) = (counts(&[Some((0, 10))]), Counts::per_minute(start()));
    let is_frozen = |absence, second: &Counts| {
        let composite = composite(vec![member(3, Absence::Bad), member(1, absence)]);
        composite.evaluate(&[&good, second], good.end()).is_frozen()
    };
    assert!(is_frozen(Absence::Freeze, &silent));
    assert!(!is_frozen(Absence::Freeze, &good) && !is_frozen(Absence::Ignore, &silent));
}

#[test]
fn a_correction_of_a_composite_reaches_every_member() {
    let bad = counts(&[Some((1, 10)), Some((0, 10))]);
    let first = Interval::starting(start(), TimeDelta::minutes(1)).unwrap();
    let correction = Correction::new(first, Treatment::CountGood, "rehearsal");
    let composite =
        composite(vec![member(1, Absence::Bad), member(1, Absence::Bad)]).with_correction(&correction);
    assert_eq!(composite.evaluate(&[&bad, &bad], bad.end()).good, Some(Share::ALL));
}

#[test]
fn the_budget_of_a_composite_is_that_of_its_mean() {
    let (good, bad) = (counts(&[Some((0, 10))]), counts(&[Some((1, 10))]));
    let report = composite(vec![member(4, Absence::Bad), member(1, Absence::Bad)])
        .evaluate(&[&good, &bad], good.end());
    let budget = report.budget.unwrap();
    assert_eq!(budget.spent.to_string(), "2");
    assert!(matches!(budget.left, Balance::Overspent(_)));
}

#[test]
fn weights_must_weigh_something() {
    let build = |members| {
        Composite::new("x", Objective::percent("99").unwrap(), Window::rolling_days(1), members).map(|_| ())
    };
    assert_eq!(build(vec![]), Err(CompositeError::NoWeight));
    assert_eq!(build(vec![member(0, Absence::Bad)]), Err(CompositeError::NoWeight));
}
