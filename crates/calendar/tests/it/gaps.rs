//! Days that a zone left out, and clocks that fall back by half an hour or by two hours, written down by hand.

use chrono::{DateTime, TimeDelta, Utc};
use toban_calendar::{Because, ClockChange, Dates, Fold, Gap, MonthDay, Recurrence, Times};
use toban_core::Interval;

use crate::{utc, zone};

const REFUSE: ClockChange = ClockChange::Once { gap: Gap::Refuse, fold: Fold::Refuse };
const SHIFT: ClockChange = ClockChange::Once { gap: Gap::Shift, fold: Fold::Later };

fn recurrence(name: &str, times: &[&str], dates: Dates, clock: ClockChange) -> Recurrence {
    Recurrence::new(dates, Times::parse(times).unwrap(), zone(name), clock).unwrap()
}

/// All of a stretch, and the same from its end.
fn between(recurrence: &Recurrence, from: &str, to: &str) -> Vec<DateTime<Utc>> {
    let (from, to) = (utc(from), utc(to));
    let found: Vec<_> = recurrence.between(Interval::new(from, to).unwrap()).collect();
    let previous = |at: &DateTime<Utc>| recurrence.previous(*at).filter(|at| *at >= from);
    let mut back: Vec<_> = std::iter::successors(previous(&to), previous).collect();
    back.reverse();
    assert_eq!(found, back);
    found
}

fn at<const N: usize>(texts: [&str; N]) -> Vec<DateTime<Utc>> {
    texts.into_iter().map(utc).collect()
}

/// Zone, the date left out, the clock before and after: each skips a whole date, by going over the date line.
const LEFT_OUT: [(&str, &str, i64, i64); 5] = [
    ("Pacific/Apia", "2011-12-30", -10, 14),
    ("Pacific/Fakaofo", "2011-12-30", -11, 13),
    ("Pacific/Kwajalein", "1993-08-21", -12, 12),
    ("Pacific/Enderbury", "1994-12-31", -11, 13),
    ("Pacific/Kiritimati", "1994-12-31", -10, 14),
];

#[test]
fn a_date_that_a_zone_left_out_happens_as_the_policy_for_gaps_says() {
    for (name, date, before, after) in LEFT_OUT {
        let midnight = utc(&format!("{date}T00:00:00Z"));
        let jump = midnight - TimeDelta::hours(before);
        assert_eq!(jump, midnight + TimeDelta::days(1) - TimeDelta::hours(after));
        let (from, to) = ((jump - TimeDelta::days(2)).to_rfc3339(), (jump + TimeDelta::days(2)).to_rfc3339());
        let of = |clock| between(&recurrence(name, &["09:00"], Dates::daily(), clock), &from, &to);
        // Two mornings before the jump, one of the next date and the one after it.
        let hours = |hours: [i64; 4]| hours.map(|hours| jump + TimeDelta::hours(hours)).to_vec();
        let shown = hours([-39, -15, 9, 33]);
        assert_eq!(of(ClockChange::EachShowing), shown, "{name}");
        assert_eq!(of(REFUSE), shown, "{name}");
        let mut first = shown.clone();
        first.insert(2, jump);
        assert_eq!(of(ClockChange::ONCE), first, "{name}");
        let daily = recurrence(name, &["09:00"], Dates::daily(), ClockChange::ONCE);
        assert_eq!(daily.previous(jump + TimeDelta::nanoseconds(1)), Some(jump), "{name}");
        // 09:00 of the date that is left out, a day later, is 09:00 of the next one: they are one.
        assert_eq!(of(SHIFT), shown, "{name}");

        let only = Dates::listed([date.parse().unwrap()]).unwrap();
        let of = |clock| {
            Recurrence::new(only.clone(), Times::parse(["09:00", "21:30"]).unwrap(), zone(name), clock)
        };
        assert!(of(ClockChange::EachShowing).is_err() && of(REFUSE).is_err(), "{name}");
        let first = of(ClockChange::ONCE).unwrap();
        assert_eq!(between(&first, &from, &to), [jump], "{name}");
        let why = first.why(date.parse().unwrap());
        assert_eq!(why.instants, [jump]);
        let skips = why.reasons.iter().filter(|reason| matches!(reason, Because::Skipped { .. }));
        assert_eq!(skips.count(), 2, "{name}: {why:?}");
        let shifted = [jump + TimeDelta::hours(9), jump + TimeDelta::minutes(21 * 60 + 30)];
        assert_eq!(between(&of(SHIFT).unwrap(), &from, &to), shifted, "{name}");
    }
}

#[test]
fn what_happens_at_the_midnight_of_a_date_that_is_left_out_is_one_with_the_next_midnight() {
    for (name, date, before, _) in LEFT_OUT {
        let jump = utc(&format!("{date}T00:00:00Z")) - TimeDelta::hours(before);
        let day = TimeDelta::days(1);
        for clock in [ClockChange::ONCE, SHIFT, REFUSE, ClockChange::EachShowing] {
            let midnights = recurrence(name, &["00:00"], Dates::daily(), clock);
            assert_eq!(midnights.next(jump - day - day / 2), Some(jump - day), "{name}");
            assert_eq!(midnights.next(jump - day), Some(jump), "{name}");
            assert_eq!(midnights.next(jump), Some(jump + day), "{name}");
            assert_eq!(midnights.previous(jump + day), Some(jump), "{name}");
            assert_eq!(midnights.previous(jump), Some(jump - day), "{name}");
        }
    }
}

#[test]
fn a_date_that_a_zone_had_twice_happens_as_the_policy_for_folds_says() {
    // At midnight after 30 September 1969, clocks on Kwajalein fell back by 23 hours.
    let of = |clock| {
        let noon = recurrence("Pacific/Kwajalein", &["12:00"], Dates::daily(), clock);
        between(&noon, "1969-09-29T00:00:00Z", "1969-10-02T00:00:00Z")
    };
    let each = at(["1969-09-29T01:00:00Z", "1969-09-30T01:00:00Z", "1969-10-01T00:00:00Z"]);
    let [before, first, second] = [each[0], each[1], each[2]];
    assert_eq!(of(ClockChange::EachShowing), each);
    assert_eq!(of(ClockChange::ONCE), [before, first]);
    assert_eq!(of(SHIFT), [before, second]);
    assert_eq!(of(REFUSE), [before]);
}

#[test]
fn half_an_hour_is_repeated_and_skipped_on_lord_howe() {
    let of = |clock, from, to| {
        let times = ["01:29", "01:30", "01:45", "02:00", "02:15", "02:30"];
        between(&recurrence("Australia/Lord_Howe", &times, Dates::daily(), clock), from, to)
    };
    // From 02:00 +11:00 back to 01:30 +10:30.
    let fold = |clock| of(clock, "2026-04-04T14:00:00Z", "2026-04-04T18:00:00Z");
    let [early, half, quarter, half_again, quarter_again] = [
        "2026-04-04T14:29:00Z",
        "2026-04-04T14:30:00Z",
        "2026-04-04T14:45:00Z",
        "2026-04-04T15:00:00Z",
        "2026-04-04T15:15:00Z",
    ]
    .map(utc);
    let later = at(["2026-04-04T15:30:00Z", "2026-04-04T15:45:00Z", "2026-04-04T16:00:00Z"]);
    let with = |some: &[DateTime<Utc>]| [some, &later].concat();
    assert_eq!(
        fold(ClockChange::EachShowing),
        with(&[early, half, quarter, half_again, quarter_again]),
        "each showing"
    );
    assert_eq!(fold(ClockChange::ONCE), with(&[early, half, quarter]));
    assert_eq!(fold(SHIFT), with(&[early, half_again, quarter_again]));
    assert_eq!(fold(REFUSE), with(&[early]));
    // From 02:00 +10:30 on to 02:30 +11:00.
    let gap = |clock| of(clock, "2026-10-03T14:59:00Z", "2026-10-03T18:00:00Z");
    let shown =
        at(["2026-10-03T14:59:00Z", "2026-10-03T15:00:00Z", "2026-10-03T15:15:00Z", "2026-10-03T15:30:00Z"]);
    for clock in [ClockChange::EachShowing, REFUSE, ClockChange::ONCE] {
        assert_eq!(gap(clock), shown, "02:00 and 02:15 are one with 02:30, or left out");
    }
    assert_eq!(gap(SHIFT), [shown, at(["2026-10-03T15:45:00Z"])].concat());
}

#[test]
fn two_hours_are_skipped_and_repeated_at_troll() {
    let of = |clock, from, to| {
        let times = ["00:59", "01:30", "02:30", "03:00"];
        between(&recurrence("Antarctica/Troll", &times, Dates::daily(), clock), from, to)
    };
    // From 01:00 +00:00 on to 03:00 +02:00.
    let gap = |clock| of(clock, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z");
    let [last, jump] = ["2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z"].map(utc);
    for clock in [ClockChange::EachShowing, REFUSE, ClockChange::ONCE] {
        assert_eq!(gap(clock), [last, jump]);
    }
    assert_eq!(gap(SHIFT), [vec![last, jump], at(["2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"])].concat());
    // From 03:00 +02:00 back to 01:00 +00:00.
    let fold = |clock| of(clock, "2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z");
    let [early, one, two, one_again, two_again, three] = [
        "2026-10-24T22:59:00Z",
        "2026-10-24T23:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T02:30:00Z",
        "2026-10-25T03:00:00Z",
    ]
    .map(utc);
    assert_eq!(fold(ClockChange::EachShowing), [early, one, two, one_again, two_again, three]);
    assert_eq!(fold(ClockChange::ONCE), [early, one, two, three]);
    assert_eq!(fold(SHIFT), [early, one_again, two_again, three]);
    assert_eq!(fold(REFUSE), [early, three]);
}

#[test]
fn the_last_day_of_a_month_that_a_zone_left_out_is_still_its_last_day() {
    // Enderbury had no 31 December 1994.
    let month_end = || Dates::monthly([MonthDay::FromEnd(0)]).unwrap();
    let of = |clock| {
        let ends = recurrence("Pacific/Enderbury", &["17:00"], month_end(), clock);
        between(&ends, "1994-11-02T00:00:00Z", "1995-02-15T00:00:00Z")
    };
    let shown = at(["1994-12-01T04:00:00Z", "1995-01-31T04:00:00Z"]);
    assert_eq!(of(ClockChange::EachShowing), shown);
    assert_eq!(of(REFUSE), shown);
    assert_eq!(of(ClockChange::ONCE), [shown[0], utc("1994-12-31T11:00:00Z"), shown[1]]);
    assert_eq!(of(SHIFT), [shown[0], utc("1995-01-01T04:00:00Z"), shown[1]]);
}

#[test]
fn a_date_that_clocks_show_again_after_the_next_one_has_all_of_its_hours() {
    // In 2010 clocks of St John's fell back at 00:01 on 7 November to 23:01 on the 6th.
    let (start, minute) = (utc("2010-11-01T00:00:00Z"), TimeDelta::minutes(1));
    let every = Recurrence::every(minute, start).unwrap().with_dates_of(zone("America/St_Johns"));
    let lasts = |date: &str| every.why(date.parse().unwrap()).instants.len();
    assert_eq!(
        [lasts("2010-11-05"), lasts("2010-11-06"), lasts("2010-11-07")],
        [1_440, 1_440 + 59, 1_440 + 1]
    );
    // Samoa had no 30 December 2011.
    let apia = every.with_dates_of(zone("Pacific/Apia"));
    assert!(apia.why("2011-12-30".parse().unwrap()).instants.is_empty());
}
