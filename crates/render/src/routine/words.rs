//! Dates and texts in the language of the reader.

use crate::Language;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use toban_calendar::{CivilError, Fold, Gap, Zone};
use toban_core::Text;

/// The weekdays from Monday on.
pub(super) const WEEKDAYS: [(&str, &str); 7] =
    [("Mon", "月"), ("Tue", "火"), ("Wed", "水"), ("Thu", "木"), ("Fri", "金"), ("Sat", "土"), ("Sun", "日")];

pub(super) fn picked(text: &Text, language: Language) -> &str {
    language.pick(text.en.as_str(), text.ja.as_str())
}

/// `Wed 2026-05-06`, `2026-05-06(水)`.
pub(super) fn day(date: NaiveDate, language: Language) -> String {
    let place = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
    let (en, ja) = WEEKDAYS.get(place).copied().unwrap_or_default();
    language.pick(format!("{en} {date}"), format!("{date}({ja})"))
}

/// A moment as clocks of the zone show it: `Wed 2026-05-06 09:00`.
pub(super) fn local(at: DateTime<Utc>, zone: Zone, language: Language) -> String {
    format!("{} {}", day(reading(at, zone).date(), language), time(at, zone))
}

/// The same without its date: `09:00`, `01:30 -04:00`.
pub(super) fn time(at: DateTime<Utc>, zone: Zone) -> String {
    let reading = reading(at, zone);
    let form = if reading.format("%S").to_string() == "00" { "%H:%M" } else { "%H:%M:%S" };
    // Only the offset tells apart what the clock shows twice.
    let is_twice =
        matches!(zone.instant(reading, Gap::Refuse, Fold::Refuse), Err(CivilError::Repeated { .. }));
    let offset = if is_twice { format!(" {}", zone.offset(at)) } else { String::new() };
    format!("{}{offset}", reading.time().format(form))
}

fn reading(at: DateTime<Utc>, zone: Zone) -> NaiveDateTime {
    zone.civil(at).unwrap_or_else(|_| at.naive_utc())
}
