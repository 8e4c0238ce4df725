//! Recurrences as iCalendar (RFC 5545), for the calendars that people look at.

mod products;
mod rules;
mod text;
mod zones;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use toban_core::{Interval, Text};

use self::products::Product;
use self::text::Lines;
use self::zones::shown;
use crate::adjust::Adjust;
use crate::civil::Fold;
use crate::dates::{Dates, Rule};
use crate::pieces::{self, Piece};
use crate::recurrence::{Civil, ClockChange, Recurrence, ceiling, instant};
use crate::zone::Zone;

/// What recurs, as an entry of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcalEvent<'a> {
    /// What tells it from all others for ever, as `backup@example.com`. Where several entries are needed to say the
    /// recurrence, the second has `/2` after it, and so on.
    pub uid: &'a str,
    /// What it is, in one line.
    pub summary: &'a str,
    /// More about it.
    pub description: Option<&'a str>,
    /// When it happens.
    pub recurrence: &'a Recurrence,
    /// How long it takes, in whole seconds, at least one.
    pub length: TimeDelta,
}

/// A calendar as text, and what it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ical {
    /// The file: UTF-8, lines end in CR LF.
    pub text: String,
    /// Where the entries say less than the recurrences, in the order of the events.
    pub notes: Vec<IcalNote>,
}

/// What an entry does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IcalNote {
    /// Nothing happens from the start of the window on: there is no entry.
    Empty {
        /// Of which event.
        uid: String,
    },
    /// Its instants are listed one by one, and there are more.
    Listed {
        /// Of which event.
        uid: String,
        /// Why.
        why: Unsaid,
        /// How many are listed; where there is none, there is no entry.
        count: usize,
        /// The first one that is not listed: from here on the entry says nothing.
        more_at: DateTime<Utc>,
    },
    /// It is a rule that readers apply to a change of the clock after the window as RFC 5545 has it, and not as the
    /// recurrence does.
    Parts {
        /// Of which event.
        uid: String,
        /// The change of the clock: until then both are the same.
        at: DateTime<Utc>,
    },
}

/// Why no RRULE says a recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsaid {
    /// It moves from dates that are no working days, or leaves them out.
    Adjusted,
    /// Within the window, a change of the clock skips one of its times, or shows it twice and readers would take
    /// another one.
    Clock {
        /// The change.
        at: DateTime<Utc>,
    },
    /// No RRULE says its dates.
    Dates,
    /// It would take more than 12 entries.
    Entries,
}

/// A calendar that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IcalError {
    /// A length that is not at least one second and whole seconds long.
    #[error("`{uid}` takes {length}: expected whole seconds, at least one")]
    Length {
        /// Of which event.
        uid: String,
        /// The rejected length.
        length: TimeDelta,
    },
    /// A blank identifier, or one that stands for two entries.
    #[error("the identifier `{uid}` tells nothing apart: it is blank, or another entry has it")]
    Uid {
        /// The rejected identifier.
        uid: String,
    },
}

const MOST_ENTRIES: usize = 12;
const MOST_EXCEPTIONS: usize = 64;
const MOST_LISTED: usize = 5000;

/// Two days: no clock changes by more than one.
const LEEWAY: i64 = 2 * 86_400;

/// Writes what recurs from the start of a window on as one calendar with a name.
///
/// Where an RRULE says a recurrence exactly, the entry is that rule, and goes on after the window:
/// - daily, every n days, weekly, every n weeks, days of the month from its start and from its end, n-th weekdays,
///   months, seasons, working days that are Monday to Friday, unions and differences of these (as entries that have no
///   date in common), and without single dates;
/// - in the zone of the recurrence, with its VTIMEZONE, or in UTC: by elapsed time, and what happens in every hour.
///
/// RFC 5545 says two things about a time that the clock skips, and takes the first of two. So a recurrence is a rule
/// only where no change of the clock within the window skips one of its times, or shows one twice of which it does
/// not take the first.
///
/// Everything else is listed up to the end of the window, in UTC: what moves to working days, above all. An entry
/// lists at most 5,000 instants. What is lost stands in the notes. Before the window the calendar says nothing.
///
/// The same arguments give the same text. Only the years 1 to 9999 can be written; `stamp` is when the calendar was
/// made.
///
/// ```
/// use chrono::TimeDelta;
/// use toban_calendar::{ClockChange, Dates, IcalEvent, Recurrence, Times, Weekdays, Zone, icalendar};
/// use toban_core::Interval;
///
/// let dates = Dates::weekly(Weekdays::MON_TO_FRI)?;
/// let recurrence = Recurrence::new(dates, Times::parse(["09:00"])?, Zone::parse("+09:00")?, ClockChange::ONCE)?;
/// let check = IcalEvent {
///     uid: "check@example.com",
///     summary: "朝の点検",
///     description: None,
///     recurrence: &recurrence,
///     length: TimeDelta::minutes(15),
/// };
/// let year = Interval::new("2026-01-01T00:00:00Z".parse()?, "2027-01-01T00:00:00Z".parse()?)?;
/// let calendar = icalendar("運用", &[check], year, "2025-12-01T00:00:00Z".parse()?)?;
/// assert!(calendar.text.contains("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\r\n"));
/// assert!(calendar.notes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a length is not at least a second and whole seconds long, or an identifier is blank or not the only one.
pub fn icalendar(
    name: &str,
    events: &[IcalEvent<'_>],
    window: Interval,
    stamp: DateTime<Utc>,
) -> Result<Ical, IcalError> {
    let (mut notes, mut entries, mut zones) = (Vec::new(), Lines::default(), BTreeMap::new());
    let mut uids = BTreeSet::new();
    for event in events {
        let length = whole_seconds(event)?;
        let (said, note) = entries_of(event.recurrence, window);
        notes.extend(note.map(|note| note.of(event.uid)));
        for (place, entry) in said.iter().enumerate() {
            let uid = match place {
                0 => event.uid.to_owned(),
                _ => format!("{}/{}", event.uid, place + 1),
            };
            entry.write(&mut entries, event, &uid, length, stamp);
            zones.extend(zones::id(entry.zone).map(|id| (id, entry.zone)));
            if uid.trim().is_empty() || !uids.insert(uid.clone()) {
                return Err(IcalError::Uid { uid });
            }
        }
    }
    let mut lines = Lines::default();
    lines.begin("VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//Toban//toban-calendar//EN");
    lines.add("CALSCALE", "GREGORIAN");
    lines.add_text("X-WR-CALNAME", name);
    for (id, zone) in zones {
        zones::write(&mut lines, zone, &id, ceiling(window.start()));
    }
    lines.append(entries);
    lines.end("VCALENDAR");
    Ok(Ical { text: lines.into_text(), notes })
}

fn whole_seconds(event: &IcalEvent<'_>) -> Result<i64, IcalError> {
    let length = event.length;
    let whole = Some(length.num_seconds()).filter(|seconds| *seconds > 0 && length.subsec_nanos() == 0);
    whole.ok_or(IcalError::Length { uid: event.uid.to_owned(), length })
}

/// One VEVENT.
#[derive(Debug)]
struct Entry {
    /// UTC, or the zone of its times.
    zone: Zone,
    start: DateTime<Utc>,
    rule: Option<String>,
    without: Vec<NaiveDateTime>,
    also: Vec<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug)]
enum Note {
    Empty,
    Listed { why: Unsaid, count: usize, more_at: DateTime<Utc> },
    Parts { at: DateTime<Utc> },
}

impl Note {
    fn of(self, uid: &str) -> IcalNote {
        let uid = uid.to_owned();
        match self {
            Self::Empty => IcalNote::Empty { uid },
            Self::Listed { why, count, more_at } => IcalNote::Listed { uid, why, count, more_at },
            Self::Parts { at } => IcalNote::Parts { uid, at },
        }
    }
}

/// The entries of a recurrence, and what they leave unsaid.
fn entries_of(recurrence: &Recurrence, window: Interval) -> (Vec<Entry>, Option<Note>) {
    let writable = Interval::new(FIRST, LAST).ok().and_then(|writable| window.intersection(&writable));
    let first = writable.and_then(|window| Some((window, first_from(recurrence, window)?)));
    let Some((window, first)) = first else { return (Vec::new(), Some(Note::Empty)) };
    let said = match (recurrence.civil(), recurrence.step()) {
        (Some(civil), _) => by_dates(recurrence, civil, window),
        (None, Some(step)) => Ok(vec![rule_in(recurrence, Zone::UTC, first, &elapsed(step))]),
        (None, None) => Err(Unsaid::Dates),
    };
    match said {
        Ok(entries) => {
            let at = recurrence.civil().filter(|_| entries.iter().any(|entry| entry.zone != Zone::UTC));
            let parts =
                at.and_then(|civil| misread(recurrence, civil, ceiling(window.end()) + LEEWAY, i64::MAX));
            let parts = parts.filter(|at| recurrence.next(*at - TimeDelta::days(2)).is_some());
            (entries, parts.map(|at| Note::Parts { at }))
        }
        Err(why) => {
            let mut listed: Vec<_> = recurrence.between(window).take(MOST_LISTED).collect();
            let count = listed.len();
            let more = match listed.last() {
                Some(last) => recurrence.next(*last),
                None => Some(first),
            };
            let note = more.map(|more_at| Note::Listed { why, count, more_at });
            if listed.is_empty() {
                return (Vec::new(), note);
            }
            let also = listed.split_off(1);
            (vec![Entry { zone: Zone::UTC, start: first, rule: None, without: Vec::new(), also }], note)
        }
    }
}

/// The first instant from the start of a window on, as far as it can be written.
fn first_from(recurrence: &Recurrence, window: Interval) -> Option<DateTime<Utc>> {
    recurrence.next(window.start() - TimeDelta::nanoseconds(1)).filter(|at| *at < LAST)
}

/// 2 January of year 1 and 30 December 9999: as far as four digits reach in any zone.
const FIRST: DateTime<Utc> = match DateTime::from_timestamp(-62_135_510_400, 0) {
    Some(at) => at,
    None => DateTime::<Utc>::MIN_UTC,
};
const LAST: DateTime<Utc> = match DateTime::from_timestamp(253_402_128_000, 0) {
    Some(at) => at,
    None => DateTime::<Utc>::MAX_UTC,
};

fn elapsed(step: TimeDelta) -> Vec<String> {
    let seconds = step.num_seconds();
    let units = [(86_400, "DAILY"), (3600, "HOURLY"), (60, "MINUTELY"), (1, "SECONDLY")];
    let (unit, frequency) =
        units.into_iter().find(|(unit, _)| seconds % unit == 0).unwrap_or((1, "SECONDLY"));
    let interval = (seconds != unit).then(|| format!("INTERVAL={}", seconds / unit));
    [format!("FREQ={frequency}")].into_iter().chain(interval).collect()
}

/// The entry of a recurrence from its first instant on, by a rule that says it.
fn rule_in(recurrence: &Recurrence, zone: Zone, start: DateTime<Utc>, parts: &[String]) -> Entry {
    let goes_on = recurrence.next(start).is_some_and(|next| next < LAST);
    let ends = recurrence.civil().is_some_and(|civil| civil.ends() != crate::month::Day::MAX);
    let has_end = recurrence.end().is_some() || ends;
    let last = if has_end { recurrence.previous(DateTime::<Utc>::MAX_UTC) } else { None };
    let until = last.filter(|last| *last < LAST);
    let until = until.map(|last| format!("UNTIL={}Z", shown(last.naive_utc())));
    let parts: Vec<_> = parts.iter().cloned().chain(until).collect();
    let rule = goes_on.then(|| parts.join(";"));
    Entry { zone, start, rule, without: Vec::new(), also: Vec::new() }
}

fn by_dates(recurrence: &Recurrence, civil: &Civil, window: Interval) -> Result<Vec<Entry>, Unsaid> {
    let Stripped { dates, years, without } = strip(&civil.dates);
    let mut pieces = pieces::pieces(dates).ok_or(Unsaid::Dates)?;
    match &civil.adjust {
        None => {}
        Some((Adjust::Skip, calendar)) => {
            pieces = rules::on_working_days(&pieces, calendar).ok_or(Unsaid::Adjusted)?;
        }
        Some(_) => return Err(Unsaid::Adjusted),
    }
    let is_hourly = rules::is_every_date(&pieces) && without.is_empty();
    let products = if pieces.iter().any(Piece::is_alone) {
        Product::singly(&civil.times)
    } else {
        Product::of(&civil.times)
    };
    let from = ceiling(window.start());
    if is_hourly
        && let [only] = products.as_slice()
        && let Some(in_utc) = civil.offset_of_every_hour(from).and_then(|offset| only.of_every_hour(offset))
    {
        let start = first_from(recurrence, window).ok_or(Unsaid::Dates)?;
        let rule: Vec<_> = ["FREQ=HOURLY".to_owned()]
            .into_iter()
            .chain(in_utc.rule().into_iter().filter(|part| !part.starts_with("BYHOUR")))
            .collect();
        return Ok(vec![rule_in(recurrence, Zone::UTC, start, &rule)]);
    }
    if pieces.len() * products.len() > MOST_ENTRIES {
        return Err(Unsaid::Entries);
    }
    if let Some(at) = misread(recurrence, civil, from - LEEWAY, ceiling(window.end()) + LEEWAY) {
        return Err(Unsaid::Clock { at });
    }
    let mut entries = Vec::new();
    for piece in &pieces {
        let mut rule = piece.rule().ok_or(Unsaid::Dates)?;
        let length = rule.len();
        for product in &products {
            let all = [piece.dates()].into_iter().chain(years.cloned().map(Dates));
            let base = Dates::all_of(all.collect());
            let Some(part) = part(recurrence, civil, base.clone(), &without, *product) else { continue };
            let Some(start) = first_from(&part, window) else { continue };
            rule.truncate(length);
            rule.extend(product.rule());
            let mut entry = rule_in(&part, civil.zone, start, &rule);
            let shown_at = civil.zone.civil(start).map_err(|_| Unsaid::Dates)?;
            let gone = without.iter().filter(|date| **date >= shown_at.date() && base.contains(**date));
            let times: Vec<_> = product.times().iter().collect();
            entry.without = gone.flat_map(|date| times.iter().map(|time| date.and_time(*time))).collect();
            if entry.rule.is_none() {
                entry.without.clear();
            }
            if entry.without.len() > MOST_EXCEPTIONS {
                return Err(Unsaid::Entries);
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// What happens of a recurrence on some of its dates at some of its times; `None` where that is nothing.
fn part(
    recurrence: &Recurrence,
    civil: &Civil,
    dates: Dates,
    without: &[NaiveDate],
    product: Product,
) -> Option<Recurrence> {
    let dates = match Dates::listed(without.iter().copied()) {
        Ok(out) => dates.except(out),
        Err(_) => dates,
    };
    let mut part = Recurrence::new(dates, product.times(), civil.zone, civil.clock).ok()?;
    if let Some(start) = recurrence.start() {
        part = part.starting_at(start).ok()?;
    }
    if let Some(end) = recurrence.end() {
        part = part.ending_before(end).ok()?;
    }
    Some(part)
}

/// A rule without what is said beside it.
struct Stripped<'a> {
    dates: &'a Dates,
    /// Years in a row, which are the bounds of a rule.
    years: Option<&'a Rule>,
    /// Dates that are left out.
    without: Vec<NaiveDate>,
}

fn strip(mut dates: &Dates) -> Stripped<'_> {
    let (mut years, mut without) = (None, Vec::new());
    loop {
        match &dates.0 {
            Rule::AllOf(rules) => match rules.as_slice() {
                [Dates(rule @ Rule::Years(all)), rest] if years.is_none() && are_in_a_row(all) => {
                    (years, dates) = (Some(rule), rest);
                }
                [only] => dates = only,
                _ => break,
            },
            Rule::Except(both) => match &both.1.0 {
                Rule::Listed(listed) => {
                    without.extend(listed.iter().copied());
                    dates = &both.0;
                }
                _ => break,
            },
            _ => break,
        }
    }
    without.sort_unstable();
    without.dedup();
    Stripped { dates, years, without }
}

fn are_in_a_row(years: &[i32]) -> bool {
    years.windows(2).all(|pair| matches!(pair, [one, other] if one + 1 == *other))
}

/// The first change of the clock from one second on and before another that a reader of a rule in the zone would not
/// understand as the recurrence does.
fn misread(recurrence: &Recurrence, civil: &Civil, from: i64, to: i64) -> Option<DateTime<Utc>> {
    let from = from.max(recurrence.first().saturating_sub(LEEWAY));
    let to = to.min(recurrence.limit().saturating_add(LEEWAY));
    let changes = civil.offsets.from(from).iter().filter(|stretch| (from..to).contains(&stretch.start));
    let takes_first = matches!(civil.clock, ClockChange::Once { fold: Fold::Earlier, .. });
    let mut misread = changes.filter(|stretch| {
        let (before, after) = (stretch.start + stretch.before, stretch.start + stretch.offset);
        civil.civil_from(before, after).is_some()
            || (!takes_first && civil.civil_from(after, before).is_some())
    });
    instant(misread.next()?.start)
}

impl Civil {
    /// What is true of every hour of every day is true in UTC as well, where clocks change by whole hours or not at all
    /// and each showing counts, or nothing changes: then, the distance to UTC within the hour.
    fn offset_of_every_hour(&self, from: i64) -> Option<i64> {
        let stretches = self.offsets.from(from - LEEWAY);
        let offset = stretches.first()?.offset.rem_euclid(3600);
        let is_alike = stretches.iter().all(|stretch| stretch.offset.rem_euclid(3600) == offset);
        let counts_each = self.clock == ClockChange::EachShowing || stretches.len() == 1;
        (is_alike && counts_each).then_some(offset)
    }
}

impl Entry {
    fn write(&self, lines: &mut Lines, event: &IcalEvent<'_>, uid: &str, length: i64, stamp: DateTime<Utc>) {
        let zone = zones::id(self.zone);
        let form = |at: NaiveDateTime| format!("{}{}", shown(at), if zone.is_none() { "Z" } else { "" });
        let start = self.zone.civil(self.start).unwrap_or_default();
        lines.begin("VEVENT");
        lines.add_text("UID", uid);
        lines.add("DTSTAMP", format!("{}Z", shown(stamp.clamp(FIRST, LAST).naive_utc())));
        lines.add_in("DTSTART", zone.as_deref(), form(start));
        lines.add("DURATION", duration(length));
        if let Some(rule) = &self.rule {
            lines.add("RRULE", rule.as_str());
        }
        for out in &self.without {
            lines.add_in("EXDATE", zone.as_deref(), form(*out));
        }
        for some in self.also.chunks(64) {
            let all: Vec<_> = some.iter().map(|at| form(at.naive_utc())).collect();
            lines.add("RDATE", all.join(","));
        }
        lines.add_text("SUMMARY", event.summary);
        if let Some(description) = event.description {
            lines.add_text("DESCRIPTION", description);
        }
        lines.end("VEVENT");
    }
}

/// `PT1H30M`.
fn duration(seconds: i64) -> String {
    let units = [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')];
    let parts =
        units.into_iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}"));
    format!("PT{}", parts.collect::<String>())
}

impl Unsaid {
    /// The reason in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Adjusted => {
                Text::new("営業日への移動はRRULEでは表せない", "no RRULE moves dates to working days")
            }
            Self::Clock { at } => Text::new(
                format!("{}に時計が変わり、RRULEの読み方は読み手による", show(*at)),
                format!("the clock changes at {}, and readers take an RRULE differently there", show(*at)),
            ),
            Self::Dates => Text::new("RRULEでは表せない日付の規則", "no RRULE says its dates"),
            Self::Entries => {
                Text::new("RRULEで表すには項目が多すぎる", "to say it by RRULEs takes too many entries")
            }
        }
    }
}

impl IcalNote {
    /// The event.
    #[must_use]
    pub fn uid(&self) -> &str {
        match self {
            Self::Empty { uid } | Self::Listed { uid, .. } | Self::Parts { uid, .. } => uid,
        }
    }

    /// The note in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Empty { uid } => Text::new(
                format!("{uid}: 期間の始まりから先に実施なし。項目を作らない"),
                format!("{uid}: nothing happens from the start of the window on, so there is no entry"),
            ),
            Self::Listed { uid, why, count, more_at } => {
                let (why, more) = (why.text(), show(*more_at));
                Text::new(
                    format!("{uid}: {count}回を列挙 ({})。{more}以降は書かれていない", why.ja),
                    format!("{uid}: {count} times are listed ({}); from {more} on it says nothing", why.en),
                )
            }
            Self::Parts { uid, at } => {
                let at = show(*at);
                Text::new(
                    format!("{uid}: {at}に時計が変わるところから、読み手により規則と異なりうる"),
                    format!(
                        "{uid}: from the change of the clock at {at} on readers may differ from the rule"
                    ),
                )
            }
        }
    }
}

fn show(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
