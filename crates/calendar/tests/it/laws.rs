//! Laws of periods and zones, for any instant.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::num::NonZeroU32;
use toban_calendar::{Fold, Gap, Period, Unit, Zone};

use crate::zone;

const NAMES: [&str; 14] = [
    "UTC",
    "+05:45",
    "-12:00",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Kwajalein",
];

fn zones() -> impl Strategy<Value = Zone> {
    prop::sample::select(NAMES.as_slice()).prop_map(zone)
}

/// Between 1900 and 2100; half of them within two days of 2011-12-30, when Apia left out a date.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    let any = -2_208_988_800_000_000_000_i64..4_102_444_800_000_000_000;
    let close = 1_325_059_200_000_000_000_i64..1_325_404_800_000_000_000;
    prop_oneof![any, close].prop_map(DateTime::from_timestamp_nanos)
}

fn civils() -> impl Strategy<Value = NaiveDateTime> {
    instants().prop_map(|at| at.naive_utc())
}

fn units() -> impl Strategy<Value = Unit> {
    prop::sample::select([Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year].as_slice())
}

fn periods() -> impl Strategy<Value = Period> {
    let calendar = prop::sample::select(vec![
        Period::day(),
        Period::week(),
        Period::month(),
        Period::quarter(),
        Period::year(),
    ]);
    let anchored = (1_u32..40, units(), civils())
        .prop_map(|(every, unit, start)| Period::anchored(NonZeroU32::new(every).unwrap(), unit, start));
    prop_oneof![calendar, anchored]
}

proptest! {
    #[test]
    fn the_period_that_contains_an_instant_contains_it(zone in zones(), period in periods(), at in instants()) {
        prop_assert!(period.containing(zone, at).unwrap().contains(at));
    }

    #[test]
    fn periods_tile_time_without_gap_or_overlap(zone in zones(), period in periods(), at in instants()) {
        let here = period.containing(zone, at).unwrap();
        let next = period.next(zone, at).unwrap();
        let previous = period.previous(zone, at).unwrap();
        prop_assert_eq!(next.start(), here.end());
        prop_assert_eq!(previous.end(), here.start());
        for inside in [here.start(), here.end() - TimeDelta::nanoseconds(1)] {
            prop_assert_eq!(period.containing(zone, inside).unwrap(), here);
        }
    }

    #[test]
    fn next_and_previous_undo_each_other(zone in zones(), period in periods(), at in instants()) {
        let here = period.containing(zone, at).unwrap();
        let next = period.next(zone, at).unwrap();
        let previous = period.previous(zone, at).unwrap();
        prop_assert_eq!(period.previous(zone, next.start()).unwrap(), here);
        prop_assert_eq!(period.next(zone, previous.start()).unwrap(), here);
    }

    #[test]
    fn a_calendar_boundary_is_the_first_instant_of_its_civil_date(zone in zones(), at in instants()) {
        let day = Period::day().containing(zone, at).unwrap();
        let date = |at| zone.civil(at).unwrap().date();
        prop_assert!(date(day.start() - TimeDelta::nanoseconds(1)) < date(day.start()));
        prop_assert!(date(day.end() - TimeDelta::nanoseconds(1)) < date(day.end()));
    }

    #[test]
    fn an_instant_is_one_of_those_that_its_civil_time_names(zone in zones(), at in instants()) {
        let civil = zone.civil(at).unwrap();
        let earlier = zone.instant(civil, Gap::Refuse, Fold::Earlier).unwrap();
        let later = zone.instant(civil, Gap::Refuse, Fold::Later).unwrap();
        prop_assert!(earlier <= later);
        prop_assert!(at == earlier || at == later);
        prop_assert_eq!(zone.instant(civil, Gap::Refuse, Fold::Refuse).is_ok(), earlier == later);
    }

    #[test]
    fn a_civil_time_that_no_policy_refuses_always_has_an_instant(zone in zones(), civil in civils()) {
        let first = zone.instant(civil, Gap::FirstAfter, Fold::Earlier).unwrap();
        let shifted = zone.instant(civil, Gap::Shift, Fold::Earlier).unwrap();
        if zone.civil(first).unwrap() == civil {
            prop_assert_eq!(first, shifted);
        } else {
            prop_assert!(zone.instant(civil, Gap::Refuse, Fold::Earlier).is_err());
            prop_assert!(zone.civil(first - TimeDelta::nanoseconds(1)).unwrap() < civil);
            prop_assert!(zone.civil(first).unwrap() > civil);
            prop_assert!(zone.civil(shifted).unwrap() > civil);
        }
    }

    #[test]
    fn no_period_and_no_date_panics(
        zone in zones(), every in 1_u32.., unit in units(),
        year in -262_143..=262_142_i32, day in 1_u32..=366, seconds in any::<i64>(), nanos in 0_u32..1_000_000_000,
    ) {
        let start = NaiveDate::from_yo_opt(year, day).unwrap_or(NaiveDate::MIN).into();
        let period = Period::anchored(NonZeroU32::new(every).unwrap(), unit, start);
        let _ = zone.instant(start, Gap::FirstAfter, Fold::Earlier);
        let far = DateTime::from_timestamp(seconds % 8_300_000_000_000, nanos);
        for at in [far, Some(start.and_utc()), Some(DateTime::<Utc>::MIN_UTC), Some(DateTime::<Utc>::MAX_UTC)] {
            let at = at.unwrap_or(DateTime::<Utc>::MAX_UTC);
            let _ = (zone.civil(at), zone.offset(at));
            let _ = (period.containing(zone, at), period.next(zone, at), period.previous(zone, at));
        }
    }

    #[test]
    fn a_zone_prints_the_text_it_was_read_from(text in "(UTC|[+-][0-2][0-9]:[0-9]{2}|[A-Z][a-z]{1,5}/[A-Z][a-z]{1,5}|\\PC*)") {
        if let Ok(zone) = Zone::parse(&text) {
            prop_assert_eq!(zone.to_string(), text);
        }
    }
}
