//! Tables: the starts and ends as a person reads them off the local clock.

use chrono::TimeDelta;
use std::num::NonZeroU32;
use toban_calendar::{Period, Unit};

use crate::{civil, utc, zone};

/// Each line: zone, an instant, the start and the end on the local clock, and the length.
fn check(period: Period, table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let [name, at, start, end, length] = line.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
        let zone = zone(name);
        let found = period.containing(zone, utc(at)).unwrap();
        let local = |at| zone.civil(at).unwrap().format("%FT%R").to_string();
        assert_eq!([local(found.start()), local(found.end())], [start, end], "{line}");
        assert_eq!(shown(found.length()), length, "{line}");
    }
}

fn shown(length: TimeDelta) -> String {
    let (days, minutes) = (length.num_days(), length.num_minutes());
    match (days, minutes / 60 % 24, minutes % 60) {
        (0, hours, 0) => format!("{hours}h"),
        (days, 0, 0) => format!("{days}d"),
        (days, hours, 0) => format!("{days}d{hours}h"),
        (0, hours, minutes) => format!("{hours}h{minutes}m"),
        (days, hours, minutes) => format!("{days}d{hours}h{minutes}m"),
    }
}

#[test]
fn days_are_as_long_as_the_local_clock_makes_them() {
    check(
        Period::day(),
        "
        America/New_York     2026-03-08T12:00:00Z  2026-03-08T00:00  2026-03-09T00:00  23h
        America/New_York     2026-11-01T12:00:00Z  2026-11-01T00:00  2026-11-02T00:00  1d1h
        Europe/Berlin        2026-03-29T12:00:00Z  2026-03-29T00:00  2026-03-30T00:00  23h
        Europe/Berlin        2026-10-25T12:00:00Z  2026-10-25T00:00  2026-10-26T00:00  1d1h
        Australia/Sydney     2026-10-04T02:00:00Z  2026-10-04T00:00  2026-10-05T00:00  23h
        Australia/Sydney     2026-04-05T02:00:00Z  2026-04-05T00:00  2026-04-06T00:00  1d1h
        Australia/Lord_Howe  2026-10-04T02:00:00Z  2026-10-04T00:00  2026-10-05T00:00  23h30m
        Australia/Lord_Howe  2026-04-05T02:00:00Z  2026-04-05T00:00  2026-04-06T00:00  1d0h30m
        Asia/Tokyo           2026-03-29T12:00:00Z  2026-03-29T00:00  2026-03-30T00:00  1d
        UTC                  2016-12-31T23:59:59Z  2016-12-31T00:00  2017-01-01T00:00  1d
        ",
    );
}

#[test]
fn a_midnight_that_the_clock_skips_is_the_first_instant_after_the_gap() {
    check(
        Period::day(),
        "
        America/Sao_Paulo  2017-10-15T15:00:00Z  2017-10-15T01:00  2017-10-16T00:00  23h
        America/Sao_Paulo  2017-10-15T02:59:59Z  2017-10-14T00:00  2017-10-15T01:00  1d
        Asia/Beirut        2024-03-31T12:00:00Z  2024-03-31T01:00  2024-04-01T00:00  23h
        ",
    );
    check(
        Period::anchored(NonZeroU32::MIN, Unit::Day, civil("2026-01-01T02:30:00")),
        "
        America/New_York   2026-03-08T06:59:59Z  2026-03-07T02:30  2026-03-08T03:00  23h30m
        America/New_York   2026-03-08T07:00:00Z  2026-03-08T03:00  2026-03-09T02:30  23h30m
        ",
    );
}

#[test]
fn a_midnight_that_the_clock_shows_twice_is_the_earlier_one() {
    // Havana goes back at 01:00 to 00:00: the day has two midnights and begins with the first. St John's went back at
    // 00:01 to 23:01 of the day before: that hour belongs to the day that had begun.
    check(
        Period::day(),
        "
        America/Havana    2024-11-03T12:00:00Z  2024-11-03T00:00  2024-11-04T00:00  1d1h
        America/St_Johns  2010-11-07T02:45:00Z  2010-11-07T00:00  2010-11-08T00:00  1d1h
        ",
    );
}

#[test]
fn a_date_that_a_zone_leaves_out_has_no_day() {
    check(
        Period::day(),
        "
        Pacific/Apia  2011-12-30T09:59:59Z  2011-12-29T00:00  2011-12-31T00:00  1d
        Pacific/Apia  2011-12-30T10:00:00Z  2011-12-31T00:00  2012-01-01T00:00  1d
        ",
    );
    check(Period::week(), "Pacific/Apia  2011-12-30T10:00:00Z  2011-12-26T00:00  2012-01-02T00:00  6d");
    check(Period::month(), "Pacific/Apia  2011-12-30T10:00:00Z  2011-12-01T00:00  2012-01-01T00:00  30d");

    let (apia, before) = (zone("Pacific/Apia"), utc("2011-12-29T12:00:00Z"));
    let next = Period::day().next(apia, before).unwrap();
    assert_eq!(apia.civil(next.start()).unwrap().to_string(), "2011-12-31 00:00:00");
    let back = Period::day().previous(apia, next.start()).unwrap();
    assert_eq!(apia.civil(back.start()).unwrap().to_string(), "2011-12-29 00:00:00");
}

#[test]
fn leap_years_are_those_of_the_gregorian_calendar() {
    for (year, days) in [(1900, 28), (2000, 29), (2023, 28), (2024, 29), (2100, 28), (2400, 29)] {
        let at = utc(&format!("{year}-02-10T00:00:00Z"));
        let february = Period::month().containing(zone("UTC"), at).unwrap();
        assert_eq!(february.length().num_days(), days, "{year}");
        let whole = Period::year().containing(zone("UTC"), at).unwrap();
        assert_eq!(whole.length().num_days(), 337 + days, "{year}");
    }
}

#[test]
fn weeks_begin_on_monday() {
    check(
        Period::week(),
        "
        Asia/Tokyo  2026-01-01T00:00:00Z  2025-12-29T00:00  2026-01-05T00:00  7d
        Asia/Tokyo  2026-01-04T14:59:59Z  2025-12-29T00:00  2026-01-05T00:00  7d
        Asia/Tokyo  2026-01-04T15:00:00Z  2026-01-05T00:00  2026-01-12T00:00  7d
        ",
    );
}

#[test]
fn months_quarters_and_years_are_as_long_as_their_days_and_hours() {
    check(
        Period::month(),
        "
        Asia/Beirut    2024-03-31T12:00:00Z  2024-03-01T00:00  2024-04-01T00:00  30d23h
        Europe/Berlin  2024-02-29T22:59:59Z  2024-02-01T00:00  2024-03-01T00:00  29d
        ",
    );
    check(
        Period::quarter(),
        "
        Asia/Tokyo     2025-12-31T15:00:00Z  2026-01-01T00:00  2026-04-01T00:00  90d
        Asia/Tokyo     2024-02-29T00:00:00Z  2024-01-01T00:00  2024-04-01T00:00  91d
        Asia/Tokyo     2026-06-30T14:59:59Z  2026-04-01T00:00  2026-07-01T00:00  91d
        Asia/Tokyo     2026-09-30T00:00:00Z  2026-07-01T00:00  2026-10-01T00:00  92d
        Europe/Berlin  2026-12-24T00:00:00Z  2026-10-01T00:00  2027-01-01T00:00  92d1h
        ",
    );
    check(Period::year(), "Europe/Berlin  2026-12-31T23:00:00Z  2027-01-01T00:00  2028-01-01T00:00  365d");
}
