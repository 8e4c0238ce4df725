//! A zone's clock as VTIMEZONE.

use chrono::{DateTime, Datelike, NaiveDateTime};

use super::rules::code;
use super::text::Lines;
use crate::offsets::{Offsets, Stretch};
use crate::zone::Zone;

/// The name of a zone in the file; `None` for UTC, whose times have a form of their own. A colon would have to be
/// quoted, which not every reader understands: `+09:00` is `UTC+0900`.
pub(super) fn id(zone: Zone) -> Option<String> {
    let name = zone.to_string();
    if zone == Zone::UTC {
        None
    } else if name.starts_with(['+', '-']) {
        Some(format!("UTC{}", name.replace(':', "")))
    } else {
        Some(name)
    }
}

/// The changes from one offset to another.
#[derive(Debug)]
struct Changes {
    before: i64,
    offset: i64,
    /// When, as the clock shows it that does not know yet.
    onsets: Vec<NaiveDateTime>,
}

/// Writes the zone's clock from an instant on, as far as it is known.
pub(super) fn write(lines: &mut Lines, zone: Zone, id: &str, from: i64) {
    lines.begin("VTIMEZONE");
    lines.add("TZID", id);
    let mut all: Vec<Changes> = Vec::new();
    for stretch in Offsets::of(zone).from(from) {
        let Stretch { start, before, offset, .. } = *stretch;
        let onset = DateTime::from_timestamp(start.saturating_add(before), 0).unwrap_or(LONG_AGO).naive_utc();
        match all.iter_mut().find(|one| (one.before, one.offset) == (before, offset)) {
            Some(changes) => changes.onsets.push(onset),
            None => all.push(Changes { before, offset, onsets: vec![onset] }),
        }
    }
    for Changes { before, offset, onsets } in all {
        let kind = if offset > before { "DAYLIGHT" } else { "STANDARD" };
        lines.begin(kind);
        let [first, rest @ ..] = onsets.as_slice() else { continue };
        lines.add("DTSTART", shown(*first));
        lines.add("TZOFFSETFROM", hours_and_minutes(before));
        lines.add("TZOFFSETTO", hours_and_minutes(offset));
        match yearly(&onsets) {
            Some(rule) => {
                let last = onsets.last().filter(|last| last.year() < LAST_YEAR);
                let until =
                    last.and_then(|last| DateTime::from_timestamp(last.and_utc().timestamp() - before, 0));
                let until = until.map_or_else(String::new, |at| format!(";UNTIL={}Z", shown(at.naive_utc())));
                lines.add("RRULE", format!("{rule}{until}"));
            }
            None => {
                for some in rest.chunks(16) {
                    let all: Vec<_> = some.iter().map(|onset| shown(*onset)).collect();
                    lines.add("RDATE", all.join(","));
                }
            }
        }
        lines.end(kind);
    }
    lines.end("VTIMEZONE");
}

/// 1601: the year from which on several programs count.
const LONG_AGO: DateTime<chrono::Utc> = match DateTime::from_timestamp(-11_644_473_600, 0) {
    Some(at) => at,
    None => DateTime::UNIX_EPOCH,
};
/// The last one that the compiled-in database tabulates: what still changes in it goes on.
const LAST_YEAR: i32 = 2099;

pub(super) fn shown(civil: NaiveDateTime) -> String {
    civil.format("%Y%m%dT%H%M%S").to_string()
}

/// `+0900`; with seconds where there are some, as before zones were zones.
fn hours_and_minutes(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (offset.abs() / 3600, offset.abs() / 60 % 60, offset.abs() % 60);
    let seconds = if seconds == 0 { String::new() } else { format!("{seconds:02}") };
    format!("{sign}{hours:02}{minutes:02}{seconds}")
}

/// The rule of changes that come each year on the n-th, or on the last, of one weekday of a month, at one time.
fn yearly(onsets: &[NaiveDateTime]) -> Option<String> {
    let [first, _, ..] = onsets else { return None };
    let from_start = |onset: &NaiveDateTime| onset.day0() / 7 + 1;
    let is_last = |onset: &NaiveDateTime| (onset.date() + chrono::Days::new(7)).month() != onset.month();
    let is_alike = |(onset, year): (&NaiveDateTime, i32)| {
        let one = (onset.year(), onset.month(), onset.weekday(), onset.time());
        one == (year, first.month(), first.weekday(), first.time())
    };
    if !onsets.iter().zip(first.year()..).all(is_alike) {
        return None;
    }
    let nth = if onsets.iter().all(|onset| from_start(onset) == from_start(first)) {
        from_start(first).to_string()
    } else if onsets.iter().all(is_last) {
        "-1".to_owned()
    } else {
        return None;
    };
    Some(format!("FREQ=YEARLY;BYMONTH={};BYDAY={nth}{}", first.month(), code(first.weekday())))
}
