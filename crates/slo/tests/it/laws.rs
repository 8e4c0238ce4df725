//! Laws that hold for every series of counts.

use crate::support::{counts, minutes, slo, start};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::Ratio;
use toban_slo::{
    AlertPolicy, AlertRule, AlertState, Balance, Budgeting, Burn, Comparison, Condition, Counts, Held,
    Reading, Severity, Slo, Tally, Window, evaluate,
};

type Slots = Vec<Option<(u64, u64)>>;

fn slots(most: usize) -> impl Strategy<Value = Slots> {
    let tally = (0..2000_u64).prop_flat_map(|total| (0..=total, Just(total)));
    let tally = prop_oneof![4 => tally, 2 => (100..2000_u64).prop_map(|total| (0, total)), 1 => Just((0, 0))];
    proptest::collection::vec(prop_oneof![8 => tally.prop_map(Some), 1 => Just(None)], 1..most)
}

fn percent() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("99.9".into()),
        Just("99".into()),
        Just("99.99".into()),
        Just("50".into()),
        "9[0-9]\\.[0-9]{1,6}"
    ]
}

/// What the last `window` minutes hold, one slot after the other.
fn naive(slots: &Slots, window: usize, end: usize) -> (u64, u64, u64) {
    let from = end.saturating_sub(window);
    let seen: Vec<_> = slots[from.min(slots.len())..end.min(slots.len())].iter().flatten().collect();
    (seen.iter().map(|slot| slot.0).sum(), seen.iter().map(|slot| slot.1).sum(), seen.len() as u64)
}

fn reading(slo: &Slo, counts: &Counts, end: usize) -> Reading {
    let now = start() + minutes(i64::try_from(end).unwrap());
    evaluate(slo, &AlertPolicy::new(), counts, now).main().unwrap().reading
}

proptest! {
    #[test]
    fn bad_and_left_make_what_is_allowed(slots in slots(60), percent in percent()) {
        let counts = counts(&slots);
        let slo = slo(&percent, Window::rolling_days(1));
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
        let Some(main) = report.main() else { return Ok(()) };
        let budget = main.budget;
        match budget.left {
            Balance::Left(left) => prop_assert_eq!(budget.bad.checked_add(left), Some(budget.allowed)),
            Balance::Overspent(over) => prop_assert_eq!(budget.allowed.checked_add(over), Some(budget.bad)),
        }
        if let Burn::Times(spent) = budget.spent && !budget.allowed.is_zero() {
            prop_assert_eq!(spent.checked_mul(budget.allowed), Some(budget.bad));
        }
    }

    #[test]
    fn a_window_is_what_its_slots_hold(slots in slots(200), window in 1..100_usize, end in 1..250_usize) {
        let counts = counts(&slots);
        let length = minutes(i64::try_from(window).unwrap());
        let found = reading(&slo("99.9", Window::rolling(length).unwrap()), &counts, end);
        // A window that lies behind the data altogether holds nothing, however far behind.
        let (bad, total, seen) = naive(&slots, window, end);
        prop_assert_eq!((found.tally.bad(), found.tally.total(), found.observed), (bad, total, seen));
    }

    #[test]
    fn merged_series_hold_what_their_parts_hold(a in slots(80), b in slots(80)) {
        let (left, right) = (counts(&a), counts(&b));
        let mut both = left.clone();
        both.merge(&right).unwrap();
        let slo = slo("99.9", Window::rolling_days(1));
        let end = a.len().max(b.len());
        let parts = [reading(&slo, &left, end).tally, reading(&slo, &right, end).tally];
        prop_assert_eq!(Some(reading(&slo, &both, end).tally), parts[0].checked_add(parts[1]));
    }

    #[test]
    fn adjoining_windows_add_up_to_the_window_of_both(slots in slots(200), first in 1..50_usize, second in 1..50_usize) {
        let counts = counts(&slots);
        let window = |length: usize| slo("99.9", Window::rolling(minutes(i64::try_from(length).unwrap())).unwrap());
        let end = slots.len();
        if end <= first + second { return Ok(()) }
        let late = reading(&window(second), &counts, end).tally;
        let early = reading(&window(first), &counts, end - second).tally;
        prop_assert_eq!(Some(reading(&window(first + second), &counts, end).tally), early.checked_add(late));
    }

    #[test]
    fn ten_times_the_traffic_burns_at_the_same_rate(slots in slots(60), factor in 2..1000_u64, percent in percent()) {
        let scaled: Slots = slots.iter().map(|slot| slot.map(|(bad, total)| (bad * factor, total * factor))).collect();
        let slo = slo(&percent, Window::rolling_days(1));
        let burn = |slots: &Slots| reading(&slo, &counts(slots), slots.len()).burn(slo.objective());
        prop_assert_eq!(burn(&slots), burn(&scaled));
    }

    #[test]
    fn more_bad_never_means_less_burn(slots in slots(60), place in 0..60_usize, percent in percent()) {
        let mut worse = slots.clone();
        let count = worse.len();
        if let Some((bad, total)) = &mut worse[place % count] && bad < total { *bad += 1 }
        let slo = slo(&percent, Window::rolling_days(1));
        let burn = |slots: &Slots| reading(&slo, &counts(slots), slots.len()).burn(slo.objective());
        prop_assert!(burn(&worse) >= burn(&slots));
    }

    #[test]
    fn an_alert_fires_exactly_where_the_ratio_says(slots in slots(120), factor in 1..40_u64, strict: bool) {
        let dense: Slots = slots.iter().map(|slot| slot.or(Some((0, 0)))).collect();
        let counts = counts(&dense);
        let slo = slo("99", Window::rolling_days(1));
        let comparison = if strict { Comparison::Above } else { Comparison::AtLeast };
        let condition =
            Condition::BurnRate { comparison, factor: factor.into(), long: minutes(10), short: Some(minutes(2)) };
        let policy = AlertPolicy::new().with_rule(&slo, AlertRule::new("a", Severity::Page, condition)).unwrap();
        for end in 1..=dense.len() {
            let now = start() + minutes(i64::try_from(end).unwrap());
            let crossed = |window| {
                let (bad, total, _) = naive(&dense, window, end);
                let (left, right) = (bad * 100, total * factor);
                bad > 0 && (left > right || (!strict && left == right))
            };
            let expected = if crossed(10) && crossed(2) { AlertState::Firing } else { AlertState::Inactive };
            prop_assert_eq!(evaluate(&slo, &policy, &counts, now).alert("a"), Some(expected));
        }
    }

    #[test]
    fn nothing_fires_or_resolves_in_a_gap(slots in slots(120), gap in 10..60_i64) {
        let counts = counts(&slots);
        let slo = slo("99", Window::rolling_days(1));
        let rule = AlertRule::burn_rate("a", Severity::Page, minutes(12), minutes(2), Ratio::whole(5));
        let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
        let held = |state| match state {
            AlertState::Inactive => Held::Inactive,
            AlertState::Pending => Held::Pending,
            AlertState::Firing => Held::Firing,
            AlertState::Frozen(held) => held,
        };
        let before = evaluate(&slo, &policy, &counts, counts.end());
        let after = evaluate(&slo, &policy, &counts, counts.end() + minutes(gap));
        prop_assert_eq!(before.alert("a").map(held), after.alert("a").map(held));
        prop_assert!(matches!(after.alert("a"), Some(AlertState::Frozen(_))));
        prop_assert_eq!(&before.alerts[0].episodes, &after.alerts[0].episodes);
    }

    #[test]
    fn slices_are_judged_one_by_one(slots in slots(200), slice in 1..12_usize) {
        let counts = counts(&slots);
        let length = minutes(i64::try_from(slice).unwrap());
        let target = "0.9".parse().map(toban_core::Share::new).unwrap().unwrap();
        let slo = slo("99", Window::rolling_days(1));
        let slo = slo.with_budgeting(Budgeting::Timeslices { slice: length, target }).unwrap();
        let ahead = (start().timestamp() / 60).rem_euclid(i64::try_from(slice).unwrap());
        let ahead = usize::try_from(ahead).unwrap();
        let padded: Slots = std::iter::repeat_n(None, ahead).chain(slots.iter().copied()).collect();
        let judged = padded.chunks(slice).filter_map(|chunk| {
            let seen: Vec<_> = chunk.iter().flatten().collect();
            let (bad, total): (u64, u64) = (seen.iter().map(|s| s.0).sum(), seen.iter().map(|s| s.1).sum());
            (!seen.is_empty()).then_some(bad * 10 > total)
        });
        let judged: Vec<_> = judged.collect();
        let window = Window::rolling(length * 400).unwrap();
        let slo = slo.with_window(window);
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end() + length);
        let found = report.windows.iter().find(|found| found.window == window).unwrap().reading;
        let expected = Tally::from_bad(judged.iter().filter(|bad| **bad).count() as u64, judged.len() as u64);
        prop_assert_eq!(Ok(found.tally), expected);
    }

    #[test]
    fn a_precomputed_ratio_is_within_a_billionth(a in 0..u64::MAX, b in 1..u64::MAX) {
        let share = toban_core::Share::of(a.min(b), b).unwrap();
        let kept = Tally::from_ratio(share).good_share().unwrap();
        prop_assert!(kept <= share);
        let off = share.as_ratio().checked_sub(kept.as_ratio()).unwrap();
        prop_assert!(off <= Ratio::new(1, 1_000_000_000).unwrap());
    }
}

#[test]
fn a_total_objective_has_no_budget_and_no_division_by_zero() {
    let slo = slo("100", Window::rolling_days(30));
    assert!(AlertPolicy::sre_workbook(&slo).is_err());
    let perfect = counts(&[Some((0, 10))]);
    let failing = counts(&[Some((1, 10))]);
    let spent = |counts: &Counts| evaluate(&slo, &AlertPolicy::new(), counts, counts.end()).spent;
    assert_eq!(spent(&perfect), Burn::Times(Ratio::ZERO));
    assert_eq!(spent(&failing), Burn::Unbounded);
    assert_eq!(spent(&counts(&[])), Burn::NoData);
    assert_eq!(spent(&counts(&[Some((0, 0))])), Burn::Times(Ratio::ZERO));
}

#[test]
fn policies_refuse_what_can_never_be() {
    let day = |days| Window::rolling_days(days);
    let build =
        |slo: &Slo, rule| AlertPolicy::new().with_rule(slo, rule).map(|_| ()).unwrap_err().to_string();
    let rule = |long, short, factor: u64| {
        AlertRule::burn_rate("r", Severity::Page, TimeDelta::hours(long), minutes(short), Ratio::from(factor))
    };
    let spends = |part, within| {
        let condition = match within {
            None => Condition::BudgetConsumed { part },
            Some(within) => Condition::BudgetDrop { part, within },
        };
        AlertRule::new("r", Severity::Page, condition)
    };
    let gone = |hours| Condition::Exhaustion { within: TimeDelta::hours(hours), pace: minutes(60) };
    let loose = slo("90", day(30));
    let errors = [
        build(&loose, rule(1, 5, 10)),
        build(&loose, rule(1, 60, 2)),
        build(&loose, rule(1, 0, 2)),
        build(&loose, rule(1, 5, 0)),
        build(&loose, rule(24 * 31, 5, 2)),
        AlertPolicy::sre_workbook(&slo("90", day(30))).unwrap_err().to_string(),
        AlertPolicy::sre_workbook(&slo("99.9", day(2))).unwrap_err().to_string(),
        AlertPolicy::sre_workbook(&slo("99.9", day(0))).unwrap_err().to_string(),
        AlertPolicy::sre_workbook(&slo("99.9", day(30)))
            .unwrap()
            .resolved_by(minutes(2))
            .unwrap_err()
            .to_string(),
        build(&loose, spends(Ratio::ZERO, None)),
        build(&loose, spends(Ratio::ZERO, Some(minutes(60)))),
        build(&loose, spends(Ratio::whole(11), None)),
        build(&loose, spends(Ratio::whole(11), Some(minutes(60)))),
        build(&loose, AlertRule::new("r", Severity::Page, gone(0))),
    ];
    assert_eq!(
        errors,
        [
            "rule r: a burn rate of 10 is that of a total outage: nothing less reaches it, and nothing exceeds it",
            "rule r: the short window must be shorter than the long one",
            "rule r: a window must be a positive whole number of milliseconds, not 0s",
            "rule r: the condition would always hold",
            "rule r: looks back over 31d, longer than the window of the objective",
            "rule page-fast: a burn rate of 14.4 is never reached: a total outage burns at 10",
            "rule ticket-slow: looks back over 3d, longer than the window of the objective",
            "rule page-fast: looks back over 1h, longer than the window of the objective",
            "rule page-fast: a window of 5m is no whole number of steps of 2m",
            "rule r: the condition would always hold",
            "rule r: the condition would always hold",
            "rule r: 11 of the budget is never spent: a total outage spends 10",
            "rule r: 11 of the budget is never spent: a total outage spends 10",
            "rule r: a window must be a positive whole number of milliseconds, not 0s",
        ]
    );
}

/// At even traffic an hour's outage spends a 72nd of ten budgets; where all traffic comes in that hour, all ten.
#[test]
fn what_uneven_traffic_reaches_is_no_impossible_rule() {
    let slo = slo("90", Window::rolling_days(3));
    let drop = Condition::BudgetDrop { part: Ratio::whole(10), within: minutes(60) };
    let most = Condition::BudgetConsumed { part: Ratio::whole(10) };
    let policy = AlertPolicy::new()
        .with_rule(&slo, AlertRule::new("drop", Severity::Page, drop))
        .and_then(|policy| policy.with_rule(&slo, AlertRule::new("most", Severity::Page, most)))
        .unwrap();
    let slots: Vec<_> = (0..4320).map(|minute| Some(if minute < 4260 { (0, 0) } else { (5, 5) })).collect();
    let counts = counts(&slots);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    assert_eq!(report.alert("drop"), Some(AlertState::Firing));
    assert_eq!(report.alert("most"), Some(AlertState::Firing));
}
