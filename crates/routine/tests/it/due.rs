//! Which of the times that have passed still run.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use toban_calendar::{ClockChange, Dates, Recurrence, Times, Zone};
use toban_core::{Interval, Length};
use toban_routine::{DueRules, Jumped, Missed, Moment, WhyLeftOut, due};

fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 26, hour, minute, 0).unwrap()
}

/// At every full hour.
fn hourly() -> Recurrence {
    Recurrence::every(TimeDelta::hours(1), Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()).unwrap()
}

fn rules(missed: Missed) -> DueRules {
    DueRules { missed, grace: Length::minutes(5), catch_up: Length::minutes(240), jumped: Jumped::AsMissed }
}

/// The runs, each with whether it is late and how many times it stands for, and what is left out.
type Told = (Vec<(DateTime<Utc>, bool, u64)>, Vec<(DateTime<Utc>, u64, WhyLeftOut)>);

fn decided(missed: Missed, now: DateTime<Utc>) -> Told {
    let due = due(&hourly(), at(0, 0), Moment::at(now), &rules(missed));
    assert_eq!(due.decided, now);
    (
        due.runs.iter().map(|run| (run.nominal, run.is_late, run.stands_for)).collect(),
        due.left_out.iter().map(|left| (left.first, left.count, left.why)).collect(),
    )
}

#[test]
fn what_is_on_time_runs_whatever_the_policy() {
    for missed in [Missed::All { most: 0 }, Missed::Coalesce, Missed::Latest, Missed::Skip] {
        let due = due(&hourly(), at(0, 30), Moment::at(at(1, 4)), &rules(missed));
        assert_eq!(
            due.runs.iter().map(|run| (run.nominal, run.is_late)).collect::<Vec<_>>(),
            [(at(1, 0), false)]
        );
        assert_eq!((due.left_out.as_slice(), due.next), ([].as_slice(), Some(at(2, 0))));
    }
}

#[test]
fn missed_times_become_what_the_policy_says() {
    // From 1:00 to 8:00 nobody was there; 1:00 to 4:00 lie further back than four hours; 8:00 is on time.
    let now = at(8, 3);
    let expired = (at(1, 0), 4, WhyLeftOut::Expired);
    assert_eq!(
        decided(Missed::All { most: 2 }, now),
        (
            vec![(at(6, 0), true, 1), (at(7, 0), true, 1), (at(8, 0), false, 1)],
            vec![expired, (at(5, 0), 1, WhyLeftOut::Most)]
        )
    );
    assert_eq!(
        decided(Missed::Coalesce, now),
        (vec![(at(8, 0), false, 4)], vec![expired, (at(5, 0), 3, WhyLeftOut::Coalesced)])
    );
    assert_eq!(
        decided(Missed::Latest, now),
        (vec![(at(8, 0), false, 1)], vec![expired, (at(5, 0), 3, WhyLeftOut::Superseded)])
    );
    assert_eq!(
        decided(Missed::Skip, now),
        (vec![(at(8, 0), false, 1)], vec![expired, (at(5, 0), 3, WhyLeftOut::Skipped)])
    );
}

#[test]
fn where_none_is_on_time_the_last_missed_one_runs() {
    let now = at(4, 30);
    let late = vec![(at(4, 0), true, 1)];
    assert_eq!(decided(Missed::Latest, now).0, late);
    assert_eq!(decided(Missed::Coalesce, now).0, [(at(4, 0), true, 4)]);
    assert_eq!(decided(Missed::Skip, now).0, []);
    assert_eq!(decided(Missed::All { most: u32::MAX }, now).0.len(), 4);
}

#[test]
fn the_limits_of_grace_and_catching_up_are_themselves_within() {
    let runs = |now| due(&hourly(), at(0, 30), Moment::at(now), &rules(Missed::Latest)).runs;
    let second = TimeDelta::seconds(1);
    assert!(!runs(at(1, 5))[0].is_late && runs(at(1, 5) + second)[0].is_late);
    let one = Recurrence::every(TimeDelta::days(30), at(1, 0)).unwrap();
    let runs = |now| due(&one, at(0, 30), Moment::at(now), &rules(Missed::Latest)).runs.len();
    assert_eq!((runs(at(5, 0)), runs(at(5, 0) + second)), (1, 0));
}

#[test]
fn a_wall_clock_that_goes_back_decides_nothing_and_runs_nothing_again() {
    let rules = rules(Missed::All { most: 100 });
    let first = due(&hourly(), at(0, 30), Moment::at(at(3, 0)), &rules);
    assert_eq!(first.runs.len(), 3);
    let back = due(&hourly(), first.decided, Moment::at(at(1, 30)), &rules);
    assert_eq!(
        (back.runs.len(), back.left_out.len(), back.decided, back.next),
        (0, 0, at(3, 0), Some(at(4, 0)))
    );
    let same = due(&hourly(), first.decided, Moment::at(at(3, 0)), &rules);
    assert_eq!((same.runs.len(), same.decided), (0, at(3, 0)));
    assert_eq!(due(&hourly(), back.decided, Moment::at(at(4, 0)), &rules).runs.len(), 1);
}

#[test]
fn times_that_the_wall_clock_jumped_over_are_missed_or_left_out() {
    // Ten minutes have passed, and the clock was set forward by five hours.
    let moment = Moment { now: at(6, 20), elapsed: Some(TimeDelta::minutes(10)) };
    let missed = rules(Missed::All { most: 100 });
    let skip = DueRules { jumped: Jumped::Skip, ..missed };
    let decide = |rules: &DueRules| due(&hourly(), at(1, 10), moment, rules);
    assert_eq!(
        decide(&missed).runs.iter().map(|run| run.nominal).collect::<Vec<_>>(),
        [3, 4, 5, 6].map(|hour| at(hour, 0))
    );
    let left = decide(&skip).left_out;
    assert_eq!((left.len(), left[0].first, left[0].count, left[0].why), (1, at(2, 0), 5, WhyLeftOut::Jumped));
    // A machine that slept has lived through the time: its times were missed.
    let slept = Moment { elapsed: Some(TimeDelta::minutes(310)), ..moment };
    assert_eq!(due(&hourly(), at(1, 10), slept, &skip).runs.len(), 4);
    // A clock that is steered is not set.
    let steered = Moment { elapsed: Some(TimeDelta::minutes(310) - Moment::TOLERANCE), ..moment };
    assert_eq!(due(&hourly(), at(1, 10), steered, &skip).runs.len(), 4);
}

#[test]
fn the_ends_of_time_are_moments_too() {
    let (least, most) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let rare = Recurrence::every(TimeDelta::days(20_000), at(0, 0)).unwrap();
    for elapsed in [None, Some(TimeDelta::MAX), Some(TimeDelta::MIN), Some(TimeDelta::zero())] {
        for jumped in [Jumped::AsMissed, Jumped::Skip] {
            let rules = DueRules { jumped, ..rules(Missed::Latest) };
            for (last, now) in [(least, most), (most, least), (least, least), (most, most), (at(0, 0), most)]
            {
                let due = due(&rare, last, Moment { now, elapsed }, &rules);
                assert_eq!(due.decided, last.max(now));
            }
        }
    }
}

#[test]
fn a_night_with_two_two_o_clocks_runs_once() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let nightly =
        Recurrence::new(Dates::daily(), Times::parse(["02:30"]).unwrap(), zone, ClockChange::ONCE).unwrap();
    let mut last: DateTime<Utc> = "2026-10-24T12:00:00Z".parse().unwrap();
    let mut runs = 0;
    for minute in 0..1440 {
        let moment = Moment::at(
            last.max("2026-10-24T12:00:00Z".parse().unwrap()) + TimeDelta::minutes(i64::from(minute > 0)),
        );
        let due = due(&nightly, last, moment, &DueRules::default());
        runs += due.runs.len();
        last = due.decided;
    }
    assert_eq!(runs, 1);
}

fn any_rules() -> impl Strategy<Value = DueRules> {
    let missed = prop_oneof![
        (0u32..5).prop_map(|most| Missed::All { most }),
        Just(Missed::Coalesce),
        Just(Missed::Latest),
        Just(Missed::Skip),
    ];
    let jumped = prop_oneof![Just(Jumped::AsMissed), Just(Jumped::Skip)];
    (missed, 0u32..30, 0u32..600, jumped).prop_map(|(missed, grace, catch_up, jumped)| DueRules {
        missed,
        grace: Length::minutes(grace),
        catch_up: Length::minutes(catch_up),
        jumped,
    })
}

proptest! {
    /// Whatever clocks and policies do, deciding step by step decides about each time once, and none is lost.
    #[test]
    fn each_time_is_decided_about_exactly_once(
        rules in any_rules(),
        step in 60i64..7200,
        moments in proptest::collection::vec((-300i64..900, proptest::option::of(0i64..900)), 1..20),
    ) {
        let start = at(0, 0);
        let recurrence = Recurrence::every(TimeDelta::seconds(step), start - TimeDelta::days(1)).unwrap();
        let (mut last, mut furthest, mut told) = (start, start, 0);
        let mut seen = Vec::new();
        for (minutes, elapsed) in moments {
            let now = furthest + TimeDelta::minutes(minutes);
            let due = due(&recurrence, last, Moment { now, elapsed: elapsed.map(TimeDelta::minutes) }, &rules);
            prop_assert!(due.decided >= last && due.decided >= now);
            prop_assert_eq!(due.next, recurrence.next(due.decided));
            prop_assert!(due.runs.iter().all(|run| last < run.nominal && run.nominal <= now));
            prop_assert!(due.runs.iter().all(|run| run.is_late == (now - run.nominal > rules.grace.as_time_delta())));
            let stood_for: u64 = due.runs.iter().map(|run| run.stands_for - 1).sum();
            let coalesced: u64 = due.left_out.iter().filter(|left| left.why == WhyLeftOut::Coalesced).map(|left| left.count).sum();
            prop_assert_eq!(stood_for, coalesced);
            told += due.runs.len() as u64 + due.left_out.iter().map(|left| left.count).sum::<u64>();
            seen.extend(due.runs.iter().map(|run| run.nominal));
            (last, furthest) = (due.decided, furthest.max(now));
        }
        if last > start {
            let second = TimeDelta::nanoseconds(1);
            let all = recurrence.between(Interval::new(start + second, last + second).unwrap()).count() as u64;
            prop_assert_eq!(told, all);
        }
        prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", seen);
    }
}
