//! Recurrences and calendars as people write them in a file.

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use serde::de::{Error as _, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use toban_core::{Length, Text};

use crate::adjust::Adjust;
use crate::calendar::{Calendar, CalendarError, CalendarSpec, Closed};
use crate::civil::{Fold, Gap};
use crate::cron::{BothDays, Cron, CronDialect, CronError};
use crate::dates::{Dates, MonthDay, RuleError};
use crate::recurrence::{ClockChange, Recurrence, RecurrenceError};
use crate::sets::{MonthsOfYear, WEEK, Weekdays};
use crate::times::{Times, TimesError};
use crate::zone::{Zone, ZoneError};

/// A recurrence as it stands in a file: dates by rule with times of day, or a cron expression, or an interval.
///
/// ```
/// use toban_calendar::{Calendars, RecurrenceSpec, Zone};
/// let spec: RecurrenceSpec = serde_json::from_str(
///     r#"{ "on": { "monthly": "last" }, "at": "17:00", "zone": "+09:00", "if_closed": "previous", "calendar": "japan" }"#,
/// )?;
/// let recurrence = spec.resolve(None, &Calendars::known())?;
/// assert_eq!(recurrence.describe().en, "the last day of every month at 17:00 (+09:00); if closed, the working day before (Japan)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecurrenceSpec {
    /// On which dates; beside `at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<DatesSpec>,
    /// At which times of day, `HH:MM` or `HH:MM:SS`; beside `on`.
    #[serde(skip_serializing_if = "Words::is_empty")]
    pub at: Words,
    /// A cron expression instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// Its dialect: five fields where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<CronDialect>,
    /// What it means that it restricts both the day of the month and that of the week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub both_days: Option<BothDays>,
    /// An interval of elapsed time instead, counted from `start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Length>,
    /// The zone of dates and times: `UTC`, an offset, or an IANA name; that of the file where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What becomes of a date that is no working day of the calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_closed: Option<Adjust>,
    /// The name of the calendar: one of the file, or `japan`, `mon_to_fri` or `every_day`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// What changes of the clock do; where it is left out, what Debian's cron does: once, at the first instant after a
    /// gap and at the earlier of two, but each showing for a cron expression with `*` in the minute or the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_change: Option<ClockChange>,
    /// Nothing before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTime<Utc>>,
    /// Nothing from it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// At most so many times from `start` on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// A rule for dates as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum DatesSpec {
    /// The dates that belong to all of them.
    AllOf(Vec<DatesSpec>),
    /// The dates that belong to one of them.
    AnyOf(Vec<DatesSpec>),
    /// Every date.
    Daily,
    /// Every so many days.
    EveryDays {
        /// How many.
        days: NonZeroU32,
        /// One of the dates.
        from: NaiveDate,
    },
    /// On weekdays of every so many weeks.
    EveryWeeks {
        /// How many.
        weeks: NonZeroU32,
        /// The weekdays.
        on: Words,
        /// A date in one of the weeks.
        from: NaiveDate,
    },
    /// These dates without those.
    Except {
        /// These.
        of: Box<DatesSpec>,
        /// Those.
        without: Box<DatesSpec>,
    },
    /// The dates given.
    Listed(Vec<NaiveDate>),
    /// Days of every month: `15`, `31 or last`, `last`, `last-2`, `2nd tue`, `last fri`, `working 3`, `last working`,
    /// `working nearest 15`.
    Monthly(Words),
    /// From one month and day to another of every year, as `12-29` to `01-03`.
    Season {
        /// The first day.
        from: String,
        /// The last day.
        to: String,
    },
    /// On weekdays: `mon`, `wed`.
    Weekly(Words),
    /// The working days of the recurrence's calendar.
    Working,
    /// Days of some months.
    Yearly {
        /// The months, 1 to 12 or `jan` to `dec`.
        months: Words,
        /// The days, as in [`DatesSpec::Monthly`].
        on: Words,
    },
}

/// One word or several; a number is a word too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words(pub Vec<String>);

/// A calendar as it stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarFileSpec {
    /// What it is called; its key where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The calendar that it adds to; it begins with Saturdays, Sundays and nothing else where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Weekdays on which nobody works; those of the base where they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekend: Option<Words>,
    /// Days on which nobody works, with their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub holidays: BTreeMap<NaiveDate, Text>,
    /// Days on which people work all the same, with the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub working: BTreeMap<NaiveDate, Text>,
    /// Rules for days on which all is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ClosedSpec>,
    /// The first date for which it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_from: Option<NaiveDate>,
    /// The last date for which it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_to: Option<NaiveDate>,
    /// Works when all of these calendars do, beside what it says itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<String>,
    /// Works when one of these calendars does, beside what it says itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<String>,
}

/// Days on which all is closed, as they stand in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedSpec {
    /// Which days.
    pub on: DatesSpec,
    /// Why.
    pub why: Text,
}

/// Calendars by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendars {
    known: BTreeMap<String, Calendar>,
    /// Those of a file that are wrong.
    broken: BTreeSet<String>,
}

/// What is wrong with a recurrence or a calendar of a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
#[non_exhaustive]
pub struct SpecError {
    /// The field, from the recurrence or the map of calendars on, such as `on.monthly`; empty for all of it.
    pub path: String,
    /// What is wrong with it.
    pub cause: SpecCause,
}

/// What is wrong with a recurrence or a calendar of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecCause {
    /// A calendar that is wrong itself, which is told where it stands.
    #[error("the calendar `{name}` is wrong itself")]
    Broken {
        /// Its name.
        name: String,
    },
    /// The calendar cannot be.
    #[error("the calendar {0}")]
    Calendar(CalendarError),
    /// A calendar adds to itself, or combines itself.
    #[error("the calendar is made of itself")]
    Circle,
    /// The cron expression cannot be read.
    #[error("the cron expression: {0}")]
    Cron(CronError),
    /// A field that another one needs.
    #[error("`{field}` is missing: {why}")]
    Missing {
        /// The field.
        field: &'static str,
        /// What needs it.
        why: &'static str,
    },
    /// Neither dates with times, nor a cron expression, nor an interval; or more than one of these.
    #[error("says in {count} ways when it recurs: expected one of `on` with `at`, `cron`, `every`")]
    Ways {
        /// How many.
        count: usize,
    },
    /// A field that has no meaning beside the others.
    #[error("`{field}` has no meaning here: {why}")]
    Meaningless {
        /// The field.
        field: &'static str,
        /// Why.
        why: &'static str,
    },
    /// The recurrence cannot be.
    #[error("{0}")]
    Recurrence(RecurrenceError),
    /// The rule for dates cannot be.
    #[error("{0}")]
    Rule(RuleError),
    /// The times of day cannot be.
    #[error("{0}")]
    Times(TimesError),
    /// No calendar has this name.
    #[error("there is no calendar `{name}`: known are {known}")]
    UnknownCalendar {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A word that is no weekday, month, day of a month, or day of a year.
    #[error("`{word}` is no {expected}")]
    Word {
        /// The word.
        word: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The zone cannot be read.
    #[error("{0}")]
    Zone(ZoneError),
}

impl SpecError {
    fn at(path: &str, cause: SpecCause) -> Self {
        Self { path: path.to_owned(), cause }
    }

    fn within(mut self, path: &str) -> Self {
        let between = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{path}{between}{}", self.path);
        self
    }
}

impl RecurrenceSpec {
    /// The recurrence. Where it names no zone it has that of the file, which `zone` is; so has what recurs by elapsed
    /// time, whose dates are those of the file.
    ///
    /// # Errors
    /// When a field is wrong, missing or has no meaning beside the others, or it would never happen.
    pub fn resolve(&self, zone: Option<Zone>, calendars: &Calendars) -> Result<Recurrence, SpecError> {
        let ways = [self.on.is_some(), self.cron.is_some(), self.every.is_some()];
        let count = ways.iter().filter(|way| **way).count();
        if count != 1 {
            return Err(SpecError::at("", SpecCause::Ways { count }));
        }
        self.check_company()?;
        let recurrence = match self.every {
            Some(every) => match (self.elapsed(every)?, zone) {
                (elapsed, Some(zone)) => elapsed.with_dates_of(zone),
                (elapsed, None) => elapsed,
            },
            None => self.civil(zone, calendars)?,
        };
        let never = |path: &'static str| move |error| SpecError::at(path, SpecCause::Recurrence(error));
        let recurrence = match self.start.filter(|_| self.every.is_none()) {
            Some(start) => recurrence.starting_at(start).map_err(never("start"))?,
            None => recurrence,
        };
        let recurrence = match self.end {
            Some(end) => recurrence.ending_before(end).map_err(never("end"))?,
            None => recurrence,
        };
        match self.count {
            Some(count) => recurrence.limited_to(count).map_err(never("count")),
            None => Ok(recurrence),
        }
    }

    /// Fields that say nothing beside what is there.
    fn check_company(&self) -> Result<(), SpecError> {
        let civil = self.every.is_none();
        let no_dates = "an interval of elapsed time knows no dates";
        let rules = [
            ("at", !self.at.is_empty() && self.on.is_none(), "times of day stand beside `on`"),
            ("dialect", self.dialect.is_some() && self.cron.is_none(), "it is that of a cron expression"),
            ("both_days", self.both_days.is_some() && self.cron.is_none(), "it concerns a cron expression"),
            ("zone", self.zone.is_some() && !civil, no_dates),
            ("if_closed", self.if_closed.is_some() && !civil, no_dates),
            ("calendar", self.calendar.is_some() && !civil, no_dates),
            ("clock_change", self.clock_change.is_some() && !civil, "clocks do not change elapsed time"),
        ];
        match rules.into_iter().find(|(_, is_wrong, _)| *is_wrong) {
            Some((field, _, why)) => Err(SpecError::at(field, SpecCause::Meaningless { field, why })),
            None => Ok(()),
        }
    }

    fn elapsed(&self, every: Length) -> Result<Recurrence, SpecError> {
        let missing = || SpecCause::Missing { field: "start", why: "an interval is counted from it" };
        let start = self.start.ok_or_else(|| SpecError::at("start", missing()))?;
        Recurrence::every(every.as_time_delta(), start)
            .map_err(|error| SpecError::at("every", SpecCause::Recurrence(error)))
    }

    fn civil(&self, zone: Option<Zone>, calendars: &Calendars) -> Result<Recurrence, SpecError> {
        let named = self.zone.as_deref().map(Zone::parse).transpose();
        let named = named.map_err(|error| SpecError::at("zone", SpecCause::Zone(error)))?;
        let missing =
            || SpecCause::Missing { field: "zone", why: "dates and times of day are those of a zone" };
        let zone = named.or(zone).ok_or_else(|| SpecError::at("zone", missing()))?;
        let calendar = self.calendar.as_deref().map(|name| calendars.find(name)).transpose();
        let calendar = calendar.map_err(|cause| SpecError::at("calendar", cause))?;
        let wrong = |path: &'static str| move |error| SpecError::at(path, SpecCause::Recurrence(error));
        let recurrence = match (&self.on, &self.cron) {
            (Some(on), _) => {
                let dates = on.resolve(calendar).map_err(|error| error.within("on"))?;
                let times =
                    Times::parse(&self.at.0).map_err(|error| SpecError::at("at", SpecCause::Times(error)))?;
                let clock = self.clock_change.unwrap_or(ClockChange::ONCE);
                Recurrence::new(dates, times, zone, clock).map_err(wrong("on"))?
            }
            (None, text) => {
                let (text, dialect) =
                    (text.as_deref().unwrap_or_default(), self.dialect.unwrap_or(CronDialect::Posix5));
                let cron = match self.both_days {
                    Some(both) => Cron::parse_both(text, dialect, both),
                    None => Cron::parse(text, dialect),
                };
                let cron = cron.map_err(|error| SpecError::at("cron", SpecCause::Cron(error)))?;
                cron.recurrence(zone, self.clock_change.unwrap_or(cron.clock_change()))
                    .map_err(wrong("cron"))?
            }
        };
        match (self.if_closed, calendar) {
            (Some(adjust), Some(calendar)) => {
                recurrence.adjusted(adjust, calendar).map_err(wrong("if_closed"))
            }
            (Some(_), None) => {
                let missing =
                    SpecCause::Missing { field: "calendar", why: "`if_closed` asks it for working days" };
                Err(SpecError::at("calendar", missing))
            }
            (None, Some(_)) if !self.on.as_ref().is_some_and(DatesSpec::asks_calendar) => {
                let why = "nothing asks it; `if_closed` would";
                Err(SpecError::at("calendar", SpecCause::Meaningless { field: "calendar", why }))
            }
            (None, _) => Ok(recurrence),
        }
    }
}

impl DatesSpec {
    /// The rule; `calendar` is whom working days ask.
    ///
    /// # Errors
    /// When a word is wrong, or working days have no calendar to ask.
    pub fn resolve(&self, calendar: Option<&Calendar>) -> Result<Dates, SpecError> {
        let rule = |path: &'static str| move |error| SpecError::at(path, SpecCause::Rule(error));
        let all = |name: &str, rules: &[Self]| {
            let one = |(place, rule): (usize, &Self)| {
                rule.resolve(calendar).map_err(|error| error.within(&format!("[{place}]")).within(name))
            };
            if rules.is_empty() {
                return Err(SpecError::at(name, SpecCause::Rule(RuleError::Empty { what: "rule" })));
            }
            rules.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()
        };
        match self {
            Self::AllOf(rules) => Ok(Dates::all_of(all("all_of", rules)?)),
            Self::AnyOf(rules) => Ok(Dates::any_of(all("any_of", rules)?)),
            Self::Daily => Ok(Dates::daily()),
            Self::EveryDays { days, from } => Ok(Dates::every_days(*days, *from)),
            Self::EveryWeeks { weeks, on, from } => {
                let on = on.weekdays("every_weeks.on")?;
                Dates::every_weeks(*weeks, on, *from).map_err(rule("every_weeks.on"))
            }
            Self::Except { of, without } => {
                let of = of.resolve(calendar).map_err(|error| error.within("except.of"))?;
                let without = without.resolve(calendar).map_err(|error| error.within("except.without"))?;
                Ok(of.except(without))
            }
            Self::Listed(dates) => Dates::listed(dates.iter().copied()).map_err(rule("listed")),
            Self::Monthly(on) => Dates::monthly(on.month_days("monthly", calendar)?).map_err(rule("monthly")),
            Self::Season { from, to } => {
                let (from, to) = (day_of_year("season.from", from)?, day_of_year("season.to", to)?);
                Dates::season(from, to).map_err(rule("season"))
            }
            Self::Weekly(on) => Dates::weekly(on.weekdays("weekly")?).map_err(rule("weekly")),
            Self::Working => calendar.map(Dates::working).ok_or_else(|| no_calendar("working")),
            Self::Yearly { months, on } => {
                let months = months.months("yearly.months")?;
                Dates::yearly(months, on.month_days("yearly.on", calendar)?).map_err(rule("yearly.on"))
            }
        }
    }

    fn asks_calendar(&self) -> bool {
        match self {
            Self::AllOf(rules) | Self::AnyOf(rules) => rules.iter().any(Self::asks_calendar),
            Self::Except { of, without } => of.asks_calendar() || without.asks_calendar(),
            Self::Monthly(on) | Self::Yearly { on, .. } => on.0.iter().any(|word| word.contains("working")),
            Self::Working => true,
            _ => false,
        }
    }
}

fn no_calendar(path: &str) -> SpecError {
    SpecError::at(path, SpecCause::Missing { field: "calendar", why: "working days are those of a calendar" })
}

fn day_of_year(path: &str, text: &str) -> Result<(u32, u32), SpecError> {
    let day = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
    let wrong = || SpecCause::Word { word: text.to_owned(), expected: "day of a year, such as 12-29" };
    day.ok_or_else(|| SpecError::at(path, wrong()))
}

impl Words {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read<T>(
        &self,
        path: &str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, SpecError> {
        let one = |(place, word): (usize, &String)| {
            let place = if self.0.len() == 1 { path.to_owned() } else { format!("{path}[{place}]") };
            read(word).ok_or_else(|| SpecError::at(&place, SpecCause::Word { word: word.clone(), expected }))
        };
        self.0.iter().enumerate().map(one).collect()
    }

    fn weekdays(&self, path: &str) -> Result<Weekdays, SpecError> {
        Ok(Weekdays::of(self.read(path, "weekday: expected mon to sun", weekday)?))
    }

    fn months(&self, path: &str) -> Result<MonthsOfYear, SpecError> {
        let month = |word: &str| match word.parse::<chrono::Month>() {
            Ok(month) => Some(month.number_from_month()),
            Err(_) => word.parse().ok(),
        };
        let months = self.read(path, "month: expected 1 to 12 or jan to dec", month)?;
        MonthsOfYear::of(months).map_err(|error| SpecError::at(path, SpecCause::Rule(error)))
    }

    fn month_days(&self, path: &str, calendar: Option<&Calendar>) -> Result<Vec<MonthDay>, SpecError> {
        let needs_calendar = self.0.iter().any(|word| word.contains("working"));
        if needs_calendar && calendar.is_none() {
            return Err(no_calendar(path));
        }
        let expected = "day of a month: expected such as 15, `31 or last`, last, last-2, `2nd tue`, `last fri`, \
                        `working 3`, `last working`, `working nearest 15`";
        self.read(path, expected, |word| month_day(word, calendar))
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|day| day.to_string().eq_ignore_ascii_case(word)).or_else(|| word.parse().ok())
}

/// `15`, `31 or last`, `last`, `last-2`, `2nd tue`, `last fri`, `2nd last fri`, `working 3`, `last working`, `2nd last
/// working`, `working nearest 15`.
fn month_day(text: &str, calendar: Option<&Calendar>) -> Option<MonthDay> {
    let number = |word: &str| word.parse::<u32>().ok();
    let nth = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let ending = word.get(digits.len()..)?;
        number(digits).filter(|_| matches!(ending, "st" | "nd" | "rd" | "th"))
    };
    let own = || calendar.cloned();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["last"] => Some(MonthDay::FromEnd(0)),
        ["last", "working"] => Some(MonthDay::WorkingDayFromEnd(1, own()?)),
        ["last", day] => Some(MonthDay::NthLastWeekday(1, weekday(day)?)),
        ["working", "nearest", day] => Some(MonthDay::NearestWorkingDay(number(day)?, own()?)),
        ["working", place] => Some(MonthDay::WorkingDay(number(place)?, own()?)),
        [day, "or", "last"] => Some(MonthDay::DayOrLast(number(day)?)),
        [place, "last", "working"] => Some(MonthDay::WorkingDayFromEnd(nth(place)?, own()?)),
        [place, "last", day] => Some(MonthDay::NthLastWeekday(nth(place)?, weekday(day)?)),
        [place, day] => Some(MonthDay::NthWeekday(nth(place)?, weekday(day)?)),
        [word] => match word.strip_prefix("last-") {
            Some(days) => number(days).map(MonthDay::FromEnd),
            None => number(word).map(MonthDay::Day),
        },
        _ => None,
    }
}

impl Calendars {
    /// The calendars that need no file: `japan`, `mon_to_fri` and `every_day`.
    #[must_use]
    pub fn known() -> Self {
        let calendars = [
            ("every_day", Calendar::every_day()),
            ("japan", Calendar::japan()),
            ("mon_to_fri", Calendar::mon_to_fri()),
        ];
        let known = calendars.map(|(name, calendar)| (name.to_owned(), calendar)).into();
        Self { known, broken: BTreeSet::new() }
    }

    /// Those, and the ones of a file; these may be made of each other, and hide the ones of the same name.
    ///
    /// # Errors
    /// When one of them cannot be.
    pub fn resolve(specs: &BTreeMap<String, CalendarFileSpec>) -> Result<Self, SpecError> {
        let (calendars, wrong) = Self::resolve_each(specs);
        wrong.into_iter().next().map_or(Ok(calendars), Err)
    }

    /// The same where what is wrong with one calendar stops no other: with everything that is wrong.
    #[must_use]
    pub fn resolve_each(specs: &BTreeMap<String, CalendarFileSpec>) -> (Self, Vec<SpecError>) {
        let mut calendars = Self::known();
        let mut wrong = Vec::new();
        let mut open: Vec<_> = specs.iter().collect();
        while !open.is_empty() {
            let waits = |spec: &CalendarFileSpec, open: &[(&String, &CalendarFileSpec)]| {
                spec.parts().any(|part| open.iter().any(|(name, _)| *name == part))
            };
            let Some(place) = open.iter().position(|(_, spec)| !waits(spec, &open)) else {
                wrong.extend(open.iter().map(|(name, _)| SpecError::at(name, SpecCause::Circle)));
                calendars.broken.extend(open.drain(..).map(|(name, _)| name.clone()));
                break;
            };
            let (name, spec) = open.swap_remove(place);
            match spec.resolve(name, &calendars) {
                Ok(calendar) => _ = calendars.known.insert(name.clone(), calendar),
                Err(error) => {
                    wrong.push(error.within(name));
                    calendars.broken.insert(name.clone());
                }
            }
        }
        wrong.sort_by(|one, other| one.path.cmp(&other.path));
        (calendars, wrong)
    }

    /// The calendar of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Calendar> {
        self.known.get(name).filter(|_| !self.broken.contains(name))
    }

    fn find(&self, name: &str) -> Result<&Calendar, SpecCause> {
        self.get(name).ok_or_else(|| {
            if self.broken.contains(name) {
                return SpecCause::Broken { name: name.to_owned() };
            }
            let known = self.known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            SpecCause::UnknownCalendar { name: name.to_owned(), known }
        })
    }
}

impl CalendarFileSpec {
    fn parts(&self) -> impl Iterator<Item = &String> {
        self.base.iter().chain(&self.all_of).chain(&self.any_of)
    }

    fn resolve(&self, key: &str, calendars: &Calendars) -> Result<Calendar, SpecError> {
        let name = self.name.clone().unwrap_or_else(|| Text::same(key));
        let find = |path: &str, names: &[String]| {
            let one = |name: &String| calendars.find(name).cloned();
            let found = names.iter().map(one).collect::<Result<Vec<_>, _>>();
            found.map_err(|cause| SpecError::at(path, cause))
        };
        let mut parts = find("all_of", &self.all_of)?;
        parts.extend(find("base", self.base.as_slice())?);
        if !self.any_of.is_empty() {
            let any = Calendar::any_of(name.clone(), find("any_of", &self.any_of)?);
            parts.push(any.map_err(|error| SpecError::at("any_of", SpecCause::Calendar(error)))?);
        }
        let weekend = match &self.weekend {
            Some(words) => words.weekdays("weekend")?,
            None if parts.is_empty() => Weekdays::SAT_AND_SUN,
            None => Weekdays::NONE,
        };
        let closed = self.closed.iter().enumerate().map(|(place, closed)| {
            let on = closed.on.resolve(None).map_err(|error| error.within(&format!("closed[{place}].on")))?;
            Ok(Closed { on, why: closed.why.clone() })
        });
        let known = match (self.known_from, self.known_to) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX))),
        };
        let spec = CalendarSpec {
            name,
            base: parts,
            weekend,
            holidays: self.holidays.clone(),
            working: self.working.clone(),
            closed: closed.collect::<Result<_, _>>()?,
            known,
        };
        Calendar::new(spec).map_err(|error| SpecError::at("", SpecCause::Calendar(error)))
    }
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => serializer.serialize_str(only),
            words => words.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word(String);
        impl<'de> Deserialize<'de> for Word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let words = deserializer.deserialize_any(Reader { is_item: true })?;
                words.0.into_iter().next().map(Word).ok_or_else(|| D::Error::custom("expected a word"))
            }
        }
        struct Reader {
            /// Whether it reads an item of a list, which is no list itself.
            is_item: bool,
        }
        impl<'de> Visitor<'de> for Reader {
            type Value = Words;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if self.is_item { "a word" } else { "a word, or a list of words" })
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Words, E> {
                Ok(Words(vec![word.to_owned()]))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Words, E> {
                Ok(Words(vec![number.to_string()]))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Words, E> {
                Ok(Words(vec![number.to_string()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
                if self.is_item {
                    return Err(A::Error::invalid_type(Unexpected::Seq, &self));
                }
                let mut words = Vec::new();
                while let Some(Word(word)) = list.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }
        deserializer.deserialize_any(Reader { is_item: false })
    }
}

/// The policies as they stand in a file: `each_showing`, or `{ gap: first_after, fold: earlier }`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, remote = "ClockChange")]
enum ClockChangeForm {
    EachShowing,
    Once {
        #[serde(with = "GapForm")]
        gap: Gap,
        #[serde(with = "FoldForm")]
        fold: Fold,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "Gap")]
enum GapForm {
    FirstAfter,
    #[serde(rename = "leave_out")]
    Refuse,
    Shift,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "Fold")]
enum FoldForm {
    Earlier,
    Later,
    #[serde(rename = "leave_out")]
    Refuse,
}

impl Serialize for ClockChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ClockChangeForm::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ClockChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ClockChangeForm::deserialize(deserializer)
    }
}
