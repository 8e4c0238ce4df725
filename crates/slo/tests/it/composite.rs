//! Composites.

use crate::support::{counts, slo, start};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::{Interval, Ratio, Share};
use toban_slo::{
    Absence, Balance, Burn, Composite, CompositeError, Correction, Counts, Member, Objective, Tally,
    Treatment, Window,
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
fn a_member_speaks_for_itself_from_the_coverage_that_was_set() {
    let seen = |minutes: usize| {
        let slots: Vec<_> =
            (0..10).map(|minute| (minute < minutes || minute == 9).then_some((0, 10))).collect();
        let data = counts(&slots);
        let composite = composite(vec![member(1, Absence::Bad)]);
        let found = |share: Option<Share>| {
            let composite =
                share.map_or(composite.clone(), |share| composite.clone().with_min_coverage(share));
            composite.evaluate(&[&data], data.end()).members[0].absence
        };
        (found(None), found(Share::of(1, 2).ok()))
    };
    assert_eq!(seen(8), (None, None));
    assert_eq!(seen(7), (Some(Absence::Bad), None));
    assert_eq!(seen(3), (Some(Absence::Bad), Some(Absence::Bad)));
}

/// An hour of a day; then a day of it, half an hour of which a correction drops; then a day without the member.
#[test]
fn figures_are_of_the_window_so_far_while_a_member_that_speaks_has_seen_a_part_of_it() {
    let of = |slots: usize| counts(&vec![Some((0, 10)); slots]);
    let (hour, day) = (of(60), of(1440));
    let late = day.end();
    let composite = composite(vec![member(3, Absence::Bad), member(1, Absence::Good)]);
    let found = composite.evaluate(&[&hour, &hour], hour.end());
    assert_eq!((found.is_partial(), found.members[0].slots_of_whole), (true, Some(1440)));
    let half = Interval::starting(start(), TimeDelta::minutes(30)).unwrap();
    let dropped = composite.clone().with_correction(&Correction::new(half, Treatment::DropTime, "x"));
    let found = dropped.evaluate(&[&day, &day], late);
    assert_eq!((found.is_partial(), found.members[0].slots_of_whole), (false, Some(1410)));
    let mut young = Counts::per_minute(late - TimeDelta::hours(1));
    young.add(late - TimeDelta::minutes(1), Tally::new(1, 1).unwrap()).unwrap();
    // It was to be seen for an hour, and says too little of that.
    let found = composite.evaluate(&[&day, &young], late);
    assert_eq!((found.members[1].absence, found.is_partial()), (Some(Absence::Good), false));
}

/// Of a day of which six hours are over: nothing that follows can heal what is overspent of the whole.
#[test]
fn what_is_overspent_of_the_whole_window_is_certain() {
    let of = |bad: u64, hours: usize| counts(&vec![Some((bad, 1000)); hours * 60]);
    let composite = composite(vec![member(3, Absence::Bad), member(1, Absence::Bad)]);
    // Of 1 %: a mean of 3/4 of the bad of the first, a quarter of the day.
    for (bad, over) in [(0, false), (20, false), (53, false), (54, true)] {
        let (one, other) = (of(bad, 6), of(0, 6));
        let found = composite.evaluate(&[&one, &other], one.end());
        let whole = found.whole.unwrap();
        assert!(found.is_partial());
        assert_eq!(found.budget.unwrap().left.is_overspent(), bad >= 20, "{bad}");
        assert_eq!(whole.spent, Burn::Times(Ratio::new(u128::from(bad) * 3, 160).unwrap()));
        assert_eq!(whole.left.is_overspent(), over, "{bad}");
        // The same service, and eighteen hours of nothing but good behind it.
        let mut rest = vec![Some((bad, 1000)); 6 * 60];
        rest.extend(vec![Some((0, 1000)); 18 * 60]);
        let (one, other) = (counts(&rest), of(0, 24));
        let later = composite.evaluate(&[&one, &other], one.end());
        assert_eq!((later.budget, later.is_partial()), (Some(whole), false));
        assert_eq!(later.whole, later.budget);
    }
    // What a silent member is taken for counts in full: 1/4 of the whole day.
    let silent = composite.evaluate(&[&of(0, 6)], start() + TimeDelta::hours(6)).whole.unwrap();
    assert_eq!(silent.bad, Ratio::new(1, 4).unwrap());
}

#[test]
fn a_member_that_was_seen_without_traffic_is_good() {
    let idle = counts(&[Some((0, 0)); 10]);
    let report = composite(vec![member(1, Absence::Bad)]).evaluate(&[&idle], idle.end());
    assert_eq!((report.good, report.members[0].absence), (Some(Share::ALL), None));
}

#[test]
fn the_budget_follows_from_the_exact_share() {
    // A third of a third is bad; in billionths it would be 1/9 and a little more.
    let thirds = counts(&[Some((1, 3))]);
    let whole = counts(&[Some((0, 3))]);
    let report = Composite::new(
        "thirds",
        Objective::percent("90").unwrap(),
        Window::rolling_days(1),
        vec![member(1, Absence::Bad), member(2, Absence::Bad)],
    )
    .unwrap()
    .evaluate(&[&thirds, &whole], whole.end());
    let budget = report.budget.unwrap();
    assert_eq!(budget.bad, Ratio::new(1, 9).unwrap());
    assert_eq!(budget.allowed, Ratio::new(1, 10).unwrap());
    assert_eq!(budget.left, Balance::Overspent(Ratio::new(1, 90).unwrap()));
    assert_eq!(budget.spent, Burn::Times(Ratio::new(10, 9).unwrap()));
}

#[test]
fn a_burn_rate_of_a_composite_is_the_mean_of_its_members_against_its_budget() {
    let minutes = TimeDelta::minutes;
    // The first burns in the last ten minutes, the second is silent in them.
    let first = counts(&(0..60).map(|m| Some((if m < 50 { 0 } else { 2 }, 10))).collect::<Vec<_>>());
    let second = counts(&(0..60).map(|m| (m < 50).then_some((1, 10))).collect::<Vec<_>>());
    let burns = |absence| {
        let composite = composite(vec![member(3, Absence::Bad), member(1, absence)])
            .with_min_coverage(Share::of(1, 2).unwrap())
            .with_burn_windows([minutes(60), minutes(10)]);
        let report = composite.evaluate(&[&first, &second], first.end());
        report.burn_rates.iter().map(|one| (one.window, one.burn.to_string())).collect::<Vec<_>>()
    };
    // An hour: (3 * 20/600 + 1 * 50/500) / 4 = 1/20, five times what may be bad.
    let hour = (minutes(60), "5".to_owned());
    let ten = |burn: &str| (minutes(10), burn.to_owned());
    assert_eq!(burns(Absence::Ignore), [ten("20"), hour.clone()]);
    assert_eq!(burns(Absence::Bad), [ten("40"), hour.clone()]);
    assert_eq!(burns(Absence::Good), [ten("15"), hour.clone()]);
    assert_eq!(burns(Absence::Freeze), [ten("no data"), hour]);
}

#[test]
fn a_stretch_that_the_data_of_a_member_does_not_resolve_has_no_burn_rate() {
    let mut hourly = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    hourly.add(start(), Tally::from_bad(1, 10).unwrap()).unwrap();
    let composite = composite(vec![member(1, Absence::Bad)])
        .with_burn_windows([TimeDelta::minutes(5), TimeDelta::hours(1)]);
    let report = composite.evaluate(&[&hourly], hourly.end());
    let windows: Vec<_> = report.burn_rates.iter().map(|burn| burn.window).collect();
    assert_eq!(windows, [TimeDelta::hours(1)]);
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
