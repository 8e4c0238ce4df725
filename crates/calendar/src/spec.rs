//! Recurrences as people write them in a file.

mod calendars;
mod clock;
mod error;
mod words;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use toban_core::Length;

use crate::adjust::Adjust;
use crate::calendar::Calendar;
use crate::cron::{BothDays, Cron, CronDialect};
use crate::dates::{Dates, RuleError};
use crate::recurrence::{ClockChange, Recurrence};
use crate::times::Times;
use crate::zone::Zone;
use error::no_calendar;

pub use calendars::{CalendarFileSpec, Calendars, ClosedSpec};
pub use error::{SpecCause, SpecError};
pub use words::Words;

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

fn day_of_year(path: &str, text: &str) -> Result<(u32, u32), SpecError> {
    let day = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
    let wrong = || SpecCause::Word { word: text.to_owned(), expected: "day of a year, such as 12-29" };
    day.ok_or_else(|| SpecError::at(path, wrong()))
}
