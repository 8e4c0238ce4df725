//! The pace of a forecast: its laws, and the same from a record that goes on at it.

use crate::explain::arithmetic::{Number, holds, value};
use crate::support::{slo, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::num::NonZeroU32;
use toban_calendar::{Period, Unit, Zone};
use toban_core::{Interval, Ratio};
use toban_slo::{
    AlertPolicy, Balance, Correction, Counts, Explanation, Forecast, ForecastPolicy, Recovery, Slo, Tally,
    Treatment, Window, evaluate, explain, forecast,
};

/// `(bad, total)` of each hour; `None` is a gap.
type Hours = Vec<Option<(u64, u64)>>;

fn hour(place: usize) -> DateTime<Utc> {
    start() + TimeDelta::hours(place.try_into().unwrap())
}

fn counts(hours: &[Option<(u64, u64)>]) -> Counts {
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for (place, slot) in hours.iter().enumerate() {
        if let Some((bad, total)) = slot {
            counts.add(hour(place), Tally::from_bad(*bad, *total).unwrap()).unwrap();
        }
    }
    counts
}

/// Looked at when the last of the hours is over, at the pace of so many.
fn told(slo: &Slo, hours: &[Option<(u64, u64)>], pace: i64) -> Forecast {
    let mut policy = ForecastPolicy::by_day(0);
    policy.pace = TimeDelta::hours(pace);
    forecast(slo, &counts(hours), hour(hours.len()), &policy)
}

fn hours_of(time: Option<TimeDelta>) -> Option<usize> {
    time.map(|time| {
        assert_eq!(time, TimeDelta::hours(time.num_hours()));
        time.num_hours().try_into().unwrap()
    })
}

fn rolling(hours: usize) -> Window {
    Window::rolling(TimeDelta::hours(hours.try_into().unwrap())).unwrap()
}

/// A bound is counted in these, and so is everything else.
const PARTS: u64 = 1_000_000;

/// The record with the hours to come behind it, each the mean of the last day: every count is multiplied by what the
/// mean is divided by, which changes no share.
struct GoesOn<'a> {
    slo: &'a Slo,
    hours: &'a Hours,
    dropped: std::ops::Range<usize>,
    ahead: usize,
}

impl GoesOn<'_> {
    /// What of the whole window's budget is spent now and after each hour, if so many millionths of the last day's
    /// events were bad; `None` where nothing is counted.
    fn spent(&self, bad: u64) -> Vec<Option<Ratio>> {
        let now = self.hours.len();
        let counted: Vec<usize> =
            (now.saturating_sub(24)..now).filter(|place| !self.dropped.contains(place)).collect();
        let total: u64 = counted.iter().filter_map(|place| self.hours[*place]).map(|slot| slot.1).sum();
        let over = counted.len() as u64;
        let scaled =
            |slot: &Option<(u64, u64)>| slot.map(|(bad, total)| (bad * over * PARTS, total * over * PARTS));
        let mut hours: Hours = self.hours.iter().map(scaled).collect();
        hours.extend((0..self.ahead).map(|_| Some((bad, total * PARTS))));
        let counts = counts(&hours);
        let spent =
            |at: usize| evaluate(self.slo, &AlertPolicy::new(), &counts, hour(at)).spent_of_whole.times();
        (now..=now + self.ahead).map(spent).collect()
    }
}

/// The figure, held against the record that goes on: when what is spent has turned.
fn assert_goes_on(
    all: &[Explanation],
    figure: &str,
    found: Option<TimeDelta>,
    record: &GoesOn<'_>,
    has_turned: impl Fn(Ratio) -> bool,
) {
    let one = all.iter().find(|one| one.figure == figure).unwrap();
    let bad: Ratio = one.input("bad events").unwrap().parse().unwrap();
    let bad = bad.checked_mul(Ratio::whole(PARTS.into())).unwrap();
    assert_eq!(bad.denominator(), 1);
    let spent = record.spent(bad.numerator().try_into().unwrap());
    let gone = spent.iter().position(|spent| spent.is_some_and(&has_turned));
    assert_eq!(hours_of(found), gone, "{one}");
    // The text says the same of that hour and of the one before it.
    assert_eq!(
        one.formula.as_ref().map(|it| value(it)),
        gone.map(|hours| Number::of(hours as u128 * 3600, 1))
    );
    let last: usize = one.input("steps until then").unwrap().parse().unwrap();
    assert_eq!(last, gone.unwrap_or(record.ahead));
    for (name, at) in [("spent then", Some(last)), ("spent one step before", gone.map(|gone| gone - 1))] {
        let Some(at) = at else { continue };
        let text = one.input(name).unwrap();
        let spent = spent[at].unwrap_or(Ratio::ZERO);
        if text == "nothing is counted" {
            assert!(spent.is_zero(), "{one}");
            continue;
        }
        let (compared, told) = holds(text).unwrap_or_else(|| panic!("{one}"));
        assert!(compared && told, "{one}");
        let (formula, _) = text.rsplit_once(['<', '>']).unwrap();
        assert_eq!(value(formula), Number::of(spent.numerator(), spent.denominator()), "{one}");
    }
}

/// So short that no futures are drawn.
fn window() -> impl Strategy<Value = Window> {
    let three_days = Period::anchored(NonZeroU32::new(3).unwrap(), Unit::Day, start().naive_utc());
    prop_oneof![
        6 => (1..4_u16).prop_map(Window::rolling_days),
        2 => Just(Window::calendar(Period::day(), Zone::UTC)),
        2 => Just(Window::calendar(three_days, Zone::UTC)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With gaps, hours without traffic, a part of the record that does not count, and a pace unlike what was before.
    #[test]
    fn a_record_that_goes_on_at_the_pace_exhausts_its_budget_when_told(
        before in proptest::collection::vec(proptest::option::weighted(0.9, (0..12_u64, 12..100_u64)), 0..60),
        last in proptest::collection::vec(proptest::option::weighted(0.8, (0..9_u64, 0..30_u64)), 1..30),
        dropped in proptest::option::of((0..60_usize, 1..20_usize)),
        window in window(),
        percent in prop_oneof![Just("80"), Just("90"), Just("95.5")],
    ) {
        let last = last.into_iter().map(|slot| slot.map(|(bad, good)| (bad, bad + good)));
        let hours: Hours = before.into_iter().chain(last).collect();
        let mut slo = slo(percent, window);
        let dropped = dropped.map_or(0..0, |(from, length)| from..(from + length).min(hours.len()));
        if !dropped.is_empty() {
            let time = Interval::new(hour(dropped.start), hour(dropped.end)).unwrap();
            slo = slo.with_correction(Correction::new(time, Treatment::DropTime, "moving house"));
        }
        let (counts, now) = (counts(&hours), hour(hours.len()));
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, now);
        let is_left = matches!(report.forecast.remaining, Some(Balance::Left(left)) if !left.is_zero());
        let seen = (hours.len().saturating_sub(24)..hours.len())
            .filter(|place| hours[*place].is_some() && !dropped.contains(place));
        prop_assert_eq!(report.forecast.pace.is_some(), is_left && seen.count() > 0);
        if let Some(pace) = report.forecast.pace {
            let end = slo.window().at(now).unwrap().end();
            let ahead = pace.within.map_or(slo.window().nominal_length(), |within| {
                assert_eq!(within, end - now);
                within
            });
            let ahead = hours_of(Some(ahead)).unwrap();
            let record = GoesOn { slo: &slo, hours: &hours, dropped, ahead };
            let all = explain(&slo, &AlertPolicy::new(), &counts, &report);
            let gone = "budget gone at the pace of the last 1d";
            let is_gone = |spent| spent >= Ratio::ONE;
            assert_goes_on(&all, gone, pace.exhausted_in, &record, is_gone);
            if pace.reading.tally.total() > 0 {
                assert_goes_on(&all, &format!("{gone}, earliest"), pace.earliest, &record, is_gone);
                assert_goes_on(&all, &format!("{gone}, latest"), pace.latest, &record, is_gone);
            }
            let or_never = |time: Option<TimeDelta>| time.unwrap_or(TimeDelta::MAX);
            prop_assert!(or_never(pace.earliest) <= or_never(pace.exhausted_in));
            prop_assert!(or_never(pace.exhausted_in) <= or_never(pace.latest));
        }
    }

    /// The same the other way round: a budget of which nothing is left, in a window that rolls on.
    #[test]
    fn a_record_that_goes_on_at_the_pace_has_something_left_again_when_told(
        before in proptest::collection::vec(proptest::option::weighted(0.9, (0..40_u64, 12..100_u64)), 12..60),
        last in proptest::collection::vec(proptest::option::weighted(0.8, (0..4_u64, 0..40_u64)), 1..20),
        dropped in proptest::option::of((0..60_usize, 1..20_usize)),
        window in 1..4_u16,
    ) {
        let with_good = |slot: Option<(u64, u64)>| slot.map(|(bad, good)| (bad, bad + good));
        let hours: Hours = before.into_iter().chain(last).map(with_good).collect();
        let mut slo = slo("90", Window::rolling_days(window));
        let dropped = dropped.map_or(0..0, |(from, length)| from..(from + length).min(hours.len()));
        if !dropped.is_empty() {
            let time = Interval::new(hour(dropped.start), hour(dropped.end)).unwrap();
            slo = slo.with_correction(Correction::new(time, Treatment::DropTime, "moving house"));
        }
        let counts = counts(&hours);
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, hour(hours.len()));
        let is_gone = report.spent_of_whole.times().is_some_and(|spent| spent >= Ratio::ONE);
        let seen = (hours.len().saturating_sub(24)..hours.len())
            .filter(|place| hours[*place].is_some() && !dropped.contains(place));
        prop_assert_eq!(report.forecast.recovery.is_some(), is_gone && seen.count() > 0);
        if let Some(recovery) = report.forecast.recovery {
            let Recovery::Leaving { over, reading, burn, left_in, left_at_best, .. } = recovery else {
                panic!("{recovery:?}")
            };
            prop_assert_eq!((over, burn), (TimeDelta::days(1), reading.burn(slo.objective())));
            let record = GoesOn { slo: &slo, hours: &hours, dropped, ahead: usize::from(window) * 24 };
            let all = explain(&slo, &AlertPolicy::new(), &counts, &report);
            let left = "something left at the pace of the last 1d";
            let is_left = |spent| spent < Ratio::ONE;
            assert_goes_on(&all, left, left_in, &record, is_left);
            if reading.tally.total() > 0 {
                assert_goes_on(&all, &format!("{left}, at best"), left_at_best, &record, is_left);
                prop_assert!(left_at_best.is_some_and(|best| left_in.is_none_or(|left_in| best <= left_in)));
            }
        }
    }

    #[test]
    fn a_steady_burn_below_one_never_exhausts_a_full_rolling_window(
        window in 1..200_usize, longer in 0..100_usize, bad in 0..100_u64, pace in 1..48_i64,
    ) {
        let hours = vec![Some((bad, 1000)); window + longer];
        let pace = told(&slo("90", rolling(window)), &hours, pace).pace.unwrap();
        prop_assert_eq!((pace.exhausted_in, pace.latest, pace.within), (None, None, None));
    }

    /// Of a window without anything bad before, or without anything.
    #[test]
    fn a_steady_burn_above_one_exhausts_a_clean_window_after_its_length_over_the_burn(
        window in 2..500_usize, bad in 101..1000_usize, is_young: bool,
    ) {
        let clean = if is_young { 0 } else { window };
        let mut hours = vec![Some((0, 1000)); clean];
        hours.push(Some((bad as u64, 1000)));
        // The burn is bad / 100, and one hour of it is over.
        let gone = (window * 100).div_ceil(bad) - 1;
        let found = told(&slo("90", rolling(window)), &hours, 1);
        let pace = found.pace.map(|pace| hours_of(pace.exhausted_in));
        prop_assert_eq!(pace, (gone > 0).then_some(Some(gone)));
    }

    #[test]
    fn a_higher_burn_never_exhausts_the_budget_later(
        before in proptest::collection::vec(proptest::option::weighted(0.9, (0..12_u64, 12..100_u64)), 0..70),
        last in proptest::collection::vec((0..50_u64, 0..50_u64), 1..7),
        window in window(),
    ) {
        let gone = |bad: &dyn Fn(&(u64, u64)) -> u64| {
            let last = last.iter().map(|slot| Some((bad(slot), 100)));
            let hours: Hours = before.iter().copied().chain(last).collect();
            let found = told(&slo("90", window), &hours, 6);
            match (found.remaining, found.pace) {
                (Some(Balance::Left(left)), Some(pace)) if !left.is_zero() => pace.exhausted_in.unwrap_or(TimeDelta::MAX),
                _ => TimeDelta::zero(),
            }
        };
        prop_assert!(gone(&|slot| slot.0 + slot.1) <= gone(&|slot| slot.0));
    }
}

/// An outage on the first day of thirty, and half of the budget burns each day since. What the outage spent leaves
/// before the rest is gone.
#[test]
fn what_leaves_the_window_is_not_spent_any_more() {
    let mut hours = vec![Some((5, 1000)); 30 * 24];
    hours[..24].fill(Some((70, 1000)));
    let found = told(&slo("99", Window::rolling_days(30)), &hours, 24);
    let Some(Balance::Left(left)) = found.remaining else { panic!("{found:?}") };
    assert!(left < Ratio::new(3, 10).unwrap());
    assert_eq!(found.pace.unwrap().exhausted_in, None);
}

/// An hour of 120 bad leaves, and each to come brings 95 bad of 100: of four hours 200 may be bad, which only the
/// first one keeps.
#[test]
fn something_may_be_left_for_an_hour_only() {
    let hours = vec![Some((120, 120)), Some((0, 100)), Some((0, 100)), Some((95, 100))];
    let Some(Recovery::Leaving { left_in, left_at_best, .. }) =
        told(&slo("50", rolling(4)), &hours, 1).recovery
    else {
        panic!()
    };
    assert_eq!((hours_of(left_in), hours_of(left_at_best)), (Some(1), Some(1)));
}

/// An hour without traffic: nobody can say what will be allowed while nothing goes bad.
#[test]
fn at_best_is_not_said_where_the_last_while_had_no_traffic() {
    for (last, at_best) in [((0, 0), None), ((0, 1), Some(4))] {
        let hours = vec![Some((900, 1000)), Some(last)];
        let Some(Recovery::Leaving { left_in, left_at_best, .. }) =
            told(&slo("90", rolling(5)), &hours, 1).recovery
        else {
            panic!()
        };
        assert_eq!((hours_of(left_in), hours_of(left_at_best)), (Some(4), at_best));
    }
}

/// Whatever comes, what was bad stays in a month: only the next one has something left.
#[test]
fn a_month_whose_budget_is_gone_has_nothing_left_before_the_next_one() {
    let hours = vec![Some((900, 1000)); 10];
    let march = Window::calendar(Period::month(), Zone::UTC);
    let begins_in = |hours: &Hours| match told(&slo("99", march), hours, 24).recovery {
        Some(Recovery::NewPeriod { begins_in }) => begins_in,
        other => panic!("{other:?}"),
    };
    assert_eq!(begins_in(&hours), TimeDelta::days(31) - TimeDelta::hours(10));
    // The moment of the boundary closes the month.
    assert_eq!(begins_in(&vec![Some((900, 1000)); 31 * 24]), TimeDelta::zero());
    // Something is left.
    assert_eq!(told(&slo("99", march), &vec![Some((1, 1000)); 10], 24).recovery, None);
}

/// Nothing goes bad any more, but hardly anything happens either: what was allowed leaves, and what was bad stays.
#[test]
fn good_traffic_that_leaves_takes_its_budget_along() {
    let mut hours = vec![Some((0, 1000)); 100];
    hours.extend([Some((900, 1000)), Some((0, 1)), Some((0, 1))]);
    let found = told(&slo("99", rolling(103)), &hours, 2);
    // 900 bad of 90,000: eleven of a hundred full hours have left, and 90,013 events are in the window.
    let pace = found.pace.unwrap();
    assert_eq!((pace.burn.times(), hours_of(pace.exhausted_in)), (Some(Ratio::ZERO), Some(12)));
}

/// A month that was busy, and a day with little traffic of which all is bad.
#[test]
fn a_pace_burns_as_much_as_it_counts() {
    let mut hours = vec![Some((0, 1000)); 24];
    hours.push(Some((20, 20)));
    let march = Window::calendar(Period::month(), Zone::UTC);
    let pace = told(&slo("99", march), &hours, 1).pace.unwrap();
    // 20 of 1000 an hour: 24,020 + 20 n events in 25 + n hours, of which 20 + 20 n are bad.
    let spent = |more: u128| {
        let (bad, all, hours) = (20 + 20 * more, 24_020 + 20 * more, 25 + more);
        bad * 100 * hours >= all * 744
    };
    let gone = (1..).find(|more| spent(*more)).unwrap();
    assert_eq!(hours_of(pace.exhausted_in), Some(gone.try_into().unwrap()));
    // However little is known, no more go bad than there are.
    assert_eq!(pace.earliest, pace.exhausted_in);
}

/// Of a day half may be bad, and as much is once its second half is over.
#[test]
fn a_budget_may_last_to_the_very_end_of_its_period() {
    let mut hours = vec![Some((0, 100)); 12];
    hours.push(Some((100, 100)));
    let day = Window::calendar(Period::day(), Zone::UTC);
    let pace = told(&slo("50", day), &hours, 1).pace.unwrap();
    assert_eq!((hours_of(pace.within), hours_of(pace.exhausted_in)), (Some(11), Some(11)));
}
