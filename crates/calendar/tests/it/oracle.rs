//! The answers of Python's zoneinfo (see `oracle/make.py`), row by row.

use chrono::NaiveDateTime;
use std::num::NonZeroU32;
use toban_calendar::{CivilError, Fold, Gap, Period, Unit};

use crate::{civil, utc, zone};

fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().map(|line| line.split(',').collect::<Vec<_>>().try_into().unwrap())
}

#[test]
fn civil_times_are_the_instants_that_zoneinfo_gives() {
    let mut seen = 0;
    for [name, text, kind, first, second] in rows(include_str!("oracle/civil.csv")) {
        let (zone, civil) = (zone(name), civil(text));
        let with = |gap, fold| zone.instant(civil, gap, fold).unwrap();
        let strict = zone.instant(civil, Gap::Refuse, Fold::Refuse);
        match kind {
            "once" => assert_eq!(strict, Ok(utc(first)), "{name} {text}"),
            "fold" => {
                assert_eq!(with(Gap::Refuse, Fold::Earlier), utc(first), "{name} {text}");
                assert_eq!(with(Gap::Refuse, Fold::Later), utc(second), "{name} {text}");
                assert!(matches!(strict, Err(CivilError::Repeated { .. })), "{name} {text}");
            }
            "gap" => {
                assert_eq!(with(Gap::FirstAfter, Fold::Refuse), utc(first), "{name} {text}");
                assert_eq!(with(Gap::Shift, Fold::Refuse), utc(second), "{name} {text}");
                assert!(matches!(strict, Err(CivilError::Skipped { .. })), "{name} {text}");
            }
            other => panic!("{other}"),
        }
        seen += 1;
    }
    assert!(seen > 400, "{seen} rows");
}

#[test]
fn periods_are_those_that_zoneinfo_gives() {
    let mut seen = 0;
    for [name, every, unit, anchor, at, start, end] in rows(include_str!("oracle/periods.csv")) {
        let calendar = Some(anchor).filter(|text| !text.is_empty()).map(civil).is_none();
        let period = if calendar { named(unit) } else { anchored(every, unit, civil(anchor)) };
        let found = period.containing(zone(name), utc(at)).unwrap();
        assert_eq!((found.start(), found.end()), (utc(start), utc(end)), "{period} in {name} at {at}");
        seen += 1;
    }
    assert!(seen > 800, "{seen} rows");
}

fn named(unit: &str) -> Period {
    match unit {
        "day" => Period::day(),
        "week" => Period::week(),
        "month" => Period::month(),
        "quarter" => Period::quarter(),
        "year" => Period::year(),
        other => panic!("{other}"),
    }
}

fn anchored(every: &str, unit: &str, start: NaiveDateTime) -> Period {
    let units = [Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];
    let unit = units.into_iter().find(|known| known.to_string() == unit).unwrap();
    Period::anchored(NonZeroU32::new(every.parse().unwrap()).unwrap(), unit, start)
}
