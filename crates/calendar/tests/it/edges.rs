//! The ends of the expressible years, and anchors; no zone database is needed.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use std::num::NonZeroU32;
use toban_calendar::{CivilError, Period, Unit, Zone};

use crate::{civil, utc};

fn anchored(every: u32, unit: Unit, start: &str) -> Period {
    Period::anchored(NonZeroU32::new(every).unwrap(), unit, civil(start))
}

/// The civil starts in UTC of the period that contains the instant and of the following ones.
fn starts(period: Period, from: &str, count: usize) -> Vec<String> {
    let first = period.containing(Zone::UTC, utc(from)).unwrap();
    let following = |at: &toban_core::Interval| period.next(Zone::UTC, at.start()).ok();
    let found = std::iter::successors(Some(first), following).take(count);
    found.map(|at| at.start().format("%F %R").to_string()).collect()
}

#[test]
fn months_from_the_31st_begin_on_the_last_day_and_do_not_drift() {
    let months = anchored(1, Unit::Month, "2024-01-31T09:00:00");
    let expected =
        ["2024-01-31 09:00", "2024-02-29 09:00", "2024-03-31 09:00", "2024-04-30 09:00", "2024-05-31 09:00"];
    assert_eq!(starts(months, "2024-02-01T00:00:00Z", 5), expected);
}

#[test]
fn years_from_the_29th_of_february_begin_on_the_28th_in_common_years() {
    let years = anchored(1, Unit::Year, "2024-02-29T00:00:00");
    let expected =
        ["2023-02-28 00:00", "2024-02-29 00:00", "2025-02-28 00:00", "2026-02-28 00:00", "2027-02-28 00:00"];
    assert_eq!(starts(years, "2024-01-01T00:00:00Z", 5), expected);
}

#[test]
fn several_units_count_from_the_anchor_into_the_past_too() {
    let fortnights = anchored(2, Unit::Week, "2026-01-07T00:00:00");
    assert_eq!(
        starts(fortnights, "2025-12-30T00:00:00Z", 3),
        ["2025-12-24 00:00", "2026-01-07 00:00", "2026-01-21 00:00"]
    );
    let halves = anchored(2, Unit::Quarter, "2026-04-01T00:00:00");
    assert_eq!(
        starts(halves, "2025-03-31T00:00:00Z", 3),
        ["2024-10-01 00:00", "2025-04-01 00:00", "2025-10-01 00:00"]
    );
}

#[test]
fn an_anchor_on_the_boundaries_of_the_calendar_changes_nothing() {
    let at = utc("2026-08-14T12:00:00Z");
    for (period, unit, start) in [
        (Period::day(), Unit::Day, "2020-02-29T00:00:00"),
        (Period::week(), Unit::Week, "2020-03-02T00:00:00"),
        (Period::month(), Unit::Month, "1999-12-01T00:00:00"),
        (Period::quarter(), Unit::Quarter, "2030-10-01T00:00:00"),
        (Period::year(), Unit::Year, "2030-01-01T00:00:00"),
    ] {
        let own = anchored(1, unit, start);
        assert_eq!(own.containing(Zone::UTC, at), period.containing(Zone::UTC, at));
    }
}

#[test]
fn a_period_that_would_pass_the_last_or_first_year_is_an_error_and_never_a_panic() {
    for period in [Period::day(), Period::week(), Period::month(), Period::quarter(), Period::year()] {
        for edge in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let outer = TimeDelta::days(400);
            let inside = if edge == DateTime::<Utc>::MIN_UTC { edge + outer } else { edge - outer };
            assert!(period.containing(Zone::UTC, inside).is_ok());
        }
        let error = period.containing(Zone::UTC, DateTime::<Utc>::MAX_UTC).unwrap_err();
        assert_eq!(error, CivilError::OutOfRange { near: NaiveDateTime::MAX, zone: Zone::UTC });
        let first = DateTime::<Utc>::MIN_UTC;
        assert!(period.previous(Zone::UTC, first).is_err(), "nothing lies before the first instant");
    }
}

#[test]
fn more_units_than_time_can_hold_are_an_error() {
    for unit in [Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year] {
        let period = anchored(u32::MAX, unit, "2026-01-01T00:00:00");
        assert!(period.containing(Zone::UTC, utc("2026-08-14T12:00:00Z")).is_err());
        assert!(period.containing(Zone::UTC, DateTime::<Utc>::MIN_UTC).is_err());
    }
}

#[test]
fn a_period_says_in_words_what_it_is() {
    assert_eq!(Period::month().to_string(), "month");
    assert_eq!(anchored(1, Unit::Month, "2024-01-31T09:00:00").to_string(), "month from 2024-01-31 09:00:00");
    assert_eq!(
        anchored(2, Unit::Week, "2026-01-07T00:00:00").to_string(),
        "2 weeks from 2026-01-07 00:00:00"
    );
}
