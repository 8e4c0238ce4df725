//! Cron expressions, in named dialects.

use chrono::Weekday;
use cron::{Schedule, TimeUnitSpec};
use std::fmt;
use std::str::FromStr;

use crate::calendar::Calendar;
use crate::dates::{Dates, MonthDay, Rule};
use crate::month::{EVERY_DAY, Mask};
use crate::recurrence::{ClockChange, Recurrence, RecurrenceError};
use crate::sets::{MonthsOfYear, Weekdays};
use crate::times::{Kind, Times};
use crate::zone::Zone;

/// How a cron expression is read. The same text means different days in different dialects: `1-5` in the day of the
/// week is Monday to Friday to one and Sunday to Thursday to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum CronDialect {
    /// Five fields as crontab(5) has them: minute, hour, day of the month, month, day of the week (0 and 7 are
    /// Sunday). Also `@daily` and its like, but for `@reboot`, which is no time.
    Posix5,
    /// Six or seven fields as Quartz has them: second, minute, hour, day of the month, month, day of the week (1 is
    /// Sunday, 7 is Saturday) and perhaps year (1970 to 2099). `?` is `*`.
    Quartz,
}

/// What it means that both the day of the month and the day of the week are restricted: cron programs disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum BothDays {
    /// A date must match both.
    And,
    /// A date that matches one of them is enough, as in crontab(5).
    Or,
}

/// A cron expression, understood as dates and times of day.
///
/// The [cron] crate reads lists, ranges, steps and names. On top of it `L`, `LW`, `L-n`, `nW` are read as days of the
/// month, and `d#n`, `dL` as days of the week.
///
/// ```
/// use toban_calendar::{Cron, CronDialect, Zone};
/// let cron = Cron::parse("30 16 * * 5L", CronDialect::Posix5)?; // the last Friday of each month
/// let recurrence = cron.recurrence(Zone::parse("+09:00")?, cron.clock_change())?;
/// let next = recurrence.next("2026-11-01T00:00:00Z".parse()?).unwrap();
/// assert_eq!(next.to_rfc3339(), "2026-11-27T07:30:00+00:00");
/// assert!(Cron::parse("0 9 1 * 1", CronDialect::Posix5).is_err()); // the 1st and Mondays, or Mondays that are the 1st?
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    dialect: CronDialect,
    both: Option<BothDays>,
    dates: Dates,
    times: Times,
    is_starred: bool,
}

/// A field of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CronField {
    /// 0 to 59.
    Second,
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or a name.
    Month,
    /// A number by dialect, or a name.
    DayOfWeek,
    /// 1970 to 2099.
    Year,
}

/// A text that is no cron expression of its dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CronError {
    /// Both the day of the month and the day of the week are restricted.
    #[error(
        "both the day of the month (`{day_of_month}`) and the day of the week (`{day_of_week}`) are restricted: say whether a date must match both, or one of them"
    )]
    BothDays {
        /// The day of the month.
        day_of_month: String,
        /// The day of the week.
        day_of_week: String,
    },
    /// A field that cannot be read.
    #[error("{field} `{text}`: expected {expected}")]
    Field {
        /// Which field.
        field: CronField,
        /// Its text.
        text: String,
        /// What it may be.
        expected: String,
    },
    /// Too many fields or too few.
    #[error("has {found} fields: expected {expected}")]
    Fields {
        /// How many there are.
        found: usize,
        /// How many the dialect has.
        expected: &'static str,
    },
    /// A word with `@` that is none of the dialect.
    #[error(
        "`{text}` is no time: expected @yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly"
    )]
    Nickname {
        /// The word.
        text: String,
    },
    /// `@reboot`: an event, and no time.
    #[error("`@reboot` is no time: what starts with the machine does not recur")]
    Reboot,
}

const POSIX: [CronField; 5] =
    [CronField::Minute, CronField::Hour, CronField::DayOfMonth, CronField::Month, CronField::DayOfWeek];
const QUARTZ: [CronField; 7] = [
    CronField::Second,
    CronField::Minute,
    CronField::Hour,
    CronField::DayOfMonth,
    CronField::Month,
    CronField::DayOfWeek,
    CronField::Year,
];

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it is none of the dialect, or restricts both the day of the month and that of the week.
    pub fn parse(text: &str, dialect: CronDialect) -> Result<Self, CronError> {
        Self::read(text, dialect, None)
    }

    /// Reads an expression, with what it means that both the day of the month and that of the week are restricted.
    ///
    /// # Errors
    /// When it is none of the dialect.
    pub fn parse_both(text: &str, dialect: CronDialect, both: BothDays) -> Result<Self, CronError> {
        Self::read(text, dialect, Some(both))
    }

    /// Its dates.
    #[must_use]
    pub fn dates(&self) -> &Dates {
        &self.dates
    }

    /// Its times of day.
    #[must_use]
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// The dialect in which it was read.
    #[must_use]
    pub fn dialect(&self) -> CronDialect {
        self.dialect
    }

    /// What was said about both days.
    #[must_use]
    pub fn both_days(&self) -> Option<BothDays> {
        self.both
    }

    /// What Debian's cron does with it when clocks change: each showing where the minute or the hour begins with `*`,
    /// and else once.
    #[must_use]
    pub fn clock_change(&self) -> ClockChange {
        if self.is_starred { ClockChange::EachShowing } else { ClockChange::ONCE }
    }

    /// What recurs by it in a zone.
    ///
    /// # Errors
    /// When it never happens, as on 30 February.
    pub fn recurrence(&self, zone: Zone, clock: ClockChange) -> Result<Recurrence, RecurrenceError> {
        Recurrence::new(self.dates.clone(), self.times.clone(), zone, clock)
    }

    fn read(text: &str, dialect: CronDialect, both: Option<BothDays>) -> Result<Self, CronError> {
        let text = text.trim();
        let spelled = match (text.strip_prefix('@'), dialect) {
            (None, _) => text,
            (Some(name), CronDialect::Posix5) => nickname(name)?,
            (Some(_), CronDialect::Quartz) => return Err(CronError::Nickname { text: text.to_owned() }),
        };
        let words: Vec<_> = spelled.split_whitespace().collect();
        let (fields, expected): (&[_], _) = match dialect {
            CronDialect::Posix5 => (&POSIX, "5: minute, hour, day of the month, month, day of the week"),
            CronDialect::Quartz => (
                &QUARTZ,
                "6 or 7: second, minute, hour, day of the month, month, day of the week and perhaps year",
            ),
        };
        let is_short = dialect == CronDialect::Quartz && words.len() == 6;
        if words.len() != fields.len() && !is_short {
            return Err(CronError::Fields { found: words.len(), expected });
        }
        let mut parts = Parts { second: "0".to_owned(), year: "*".to_owned(), ..Parts::default() };
        for (field, word) in fields.iter().zip(words) {
            parts.take(*field, word, dialect)?;
        }
        parts.understand(text, dialect, both)
    }
}

fn nickname(name: &str) -> Result<&'static str, CronError> {
    match name {
        "yearly" | "annually" => Ok("0 0 1 1 *"),
        "monthly" => Ok("0 0 1 * *"),
        "weekly" => Ok("0 0 * * 0"),
        "daily" | "midnight" => Ok("0 0 * * *"),
        "hourly" => Ok("0 * * * *"),
        "reboot" => Err(CronError::Reboot),
        other => Err(CronError::Nickname { text: format!("@{other}") }),
    }
}

/// The fields as the crate cron takes them, and what it does not know.
#[derive(Debug, Default)]
struct Parts {
    second: String,
    minute: String,
    hour: String,
    day_of_month: String,
    month: String,
    day_of_week: String,
    year: String,
    month_days: Vec<MonthDay>,
    weekdays_of_month: Vec<MonthDay>,
    words: [String; 2],
    is_starred: bool,
}

impl Parts {
    fn take(&mut self, field: CronField, word: &str, dialect: CronDialect) -> Result<(), CronError> {
        let wrong = || field.wrong(word, dialect);
        let mut plain = Vec::new();
        for item in word.split(',') {
            let special = match field {
                CronField::DayOfMonth => month_day(item).map(|day| self.month_days.push(day)),
                CronField::DayOfWeek => {
                    weekday_of_month(item, dialect).map(|day| self.weekdays_of_month.push(day))
                }
                _ => None,
            };
            if special.is_some() {
                continue;
            }
            let is_late =
                |year| field == CronField::Year && number(year).is_some_and(|year| year > LAST_YEAR);
            if !is_item(item, field, dialect) || item.split(['-', '/']).any(is_late) {
                return Err(wrong());
            }
            if field == CronField::DayOfWeek {
                plain.push(weekdays(item, dialect).ok_or_else(wrong)?);
            } else {
                plain.push(item.to_owned());
            }
        }
        let plain = plain.join(",");
        let text = if plain.is_empty() { "*".to_owned() } else { plain.clone() };
        if !field.is_read_by_cron(&text) {
            return Err(wrong());
        }
        match field {
            CronField::Second => self.second = text,
            CronField::Minute | CronField::Hour => {
                // In Quartz a value begins a step that goes on to the end: `0/5` is `*/5`.
                let goes_on = |item: &str| item.contains('/') && !item.contains('-');
                self.is_starred |=
                    word.starts_with('*') || (dialect == CronDialect::Quartz && word.split(',').any(goes_on));
                *(if field == CronField::Hour { &mut self.hour } else { &mut self.minute }) = text;
            }
            CronField::DayOfMonth => (self.day_of_month, self.words[0]) = (plain, word.to_owned()),
            CronField::Month => self.month = text,
            CronField::DayOfWeek => (self.day_of_week, self.words[1]) = (plain, word.to_owned()),
            CronField::Year => self.year = text,
        }
        Ok(())
    }

    fn understand(self, text: &str, dialect: CronDialect, both: Option<BothDays>) -> Result<Cron, CronError> {
        let star = |plain: &str| if plain.is_empty() { "*".to_owned() } else { plain.to_owned() };
        let all = [
            self.second,
            self.minute,
            self.hour,
            star(&self.day_of_month),
            self.month,
            star(&self.day_of_week),
            self.year.clone(),
        ];
        let found = || CronError::Fields { found: 7, expected: "fields that go together" };
        let schedule = Schedule::from_str(&all.join(" ")).map_err(|_| found())?;
        let bits = |unit: &dyn Fn() -> Vec<u32>| unit().into_iter().fold(0_u64, |set, one| set | 1 << one);
        let times = Times(Kind::Fields {
            hours: bits(&|| schedule.hours().iter().collect()),
            minutes: bits(&|| schedule.minutes().iter().collect()),
            seconds: bits(&|| schedule.seconds().iter().collect()),
        });
        let months = MonthsOfYear::of(schedule.months().iter()).map_err(|_| found())?;
        let plain_days = schedule.days_of_month().iter().fold(0, |set: Mask, day| set | 1 << day);
        let days = if self.day_of_month.is_empty() { 0 } else { plain_days };
        let week = schedule.days_of_week().iter().filter_map(|day| usize::try_from(day).ok());
        let weekdays = Weekdays::of(week.filter_map(|day| SUNDAY_FIRST.get(day.checked_sub(1)?).copied()));
        let weekdays = if self.day_of_week.is_empty() { Weekdays::NONE } else { weekdays };

        let every_day_of = |months| Dates(Rule::Monthly { days: EVERY_DAY, on: Vec::new(), months });
        let by_month =
            (days != EVERY_DAY).then_some(Dates(Rule::Monthly { days, on: self.month_days, months }));
        let by_week = (weekdays != Weekdays::ALL).then(|| {
            let mut rules = Vec::new();
            rules.extend(Dates::weekly(weekdays));
            rules.extend(Dates::monthly(self.weekdays_of_month));
            if rules.len() == 1 { rules.swap_remove(0) } else { Dates::any_of(rules) }
        });
        let [day_of_month, day_of_week] = self.words;
        // `1-31` is every day and written as a choice all the same: beside a weekday it says nothing, or everything.
        let is_free = |word: &str, is_all: bool| is_all && word.starts_with(['*', '?']);
        let are_both =
            !is_free(&day_of_month, by_month.is_none()) && !is_free(&day_of_week, by_week.is_none());
        let in_months = |rule| match months {
            MonthsOfYear::ALL => rule,
            months => Dates::all_of(vec![every_day_of(months), rule]),
        };
        let all = || if months == MonthsOfYear::ALL { Dates::daily() } else { every_day_of(months) };
        let dates = match (by_month, by_week, both.filter(|_| are_both)) {
            (_, _, None) if are_both => return Err(CronError::BothDays { day_of_month, day_of_week }),
            (None, None, _) | (None, Some(_), Some(BothDays::Or)) | (Some(_), None, Some(BothDays::Or)) => {
                all()
            }
            (Some(rule), None, _) => rule,
            (None, Some(rule), _) => in_months(rule),
            (Some(one), Some(other), Some(BothDays::Or)) => Dates::any_of(vec![one, in_months(other)]),
            (Some(one), Some(other), _) => Dates::all_of(vec![one, other]),
        };
        let dates = if self.year == "*" {
            dates
        } else {
            let years = schedule.years().iter().filter(|year| *year <= LAST_YEAR);
            let years = years.filter_map(|year| i32::try_from(year).ok()).collect();
            Dates::all_of(vec![Dates(Rule::Years(years)), dates])
        };
        Ok(Cron { text: text.to_owned(), dialect, both, dates, times, is_starred: self.is_starred })
    }
}

/// The last year of Quartz; the crate cron has one more.
const LAST_YEAR: u32 = 2099;
const SUNDAY_FIRST: [Weekday; 7] =
    [Weekday::Sun, Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat];
const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// `L`, `L-3`, `LW`, `15W`.
fn month_day(item: &str) -> Option<MonthDay> {
    let number = |text: &str| number(text).filter(|number| (1..=31).contains(number));
    match item {
        "L" => Some(MonthDay::FromEnd(0)),
        "LW" => Some(MonthDay::WorkingDayFromEnd(1, Calendar::mon_to_fri())),
        _ => match (item.strip_prefix("L-"), item.strip_suffix('W')) {
            (Some(days), _) => number(days).filter(|days| *days <= 30).map(MonthDay::FromEnd),
            (None, Some(day)) => {
                number(day).map(|day| MonthDay::NearestWorkingDay(day, Calendar::mon_to_fri()))
            }
            (None, None) => None,
        },
    }
}

/// `5L`, `FRIL`, `MON#2`; in Quartz `L` alone is Saturday, which is read as a plain day.
fn weekday_of_month(item: &str, dialect: CronDialect) -> Option<MonthDay> {
    if let Some((day, nth)) = item.split_once('#') {
        let nth = number(nth).filter(|nth| (1..=5).contains(nth))?;
        return Some(MonthDay::NthWeekday(nth, weekday(day, dialect)?));
    }
    let day = item.strip_suffix('L').filter(|day| !day.is_empty())?;
    Some(MonthDay::NthLastWeekday(1, weekday(day, dialect)?))
}

fn weekday(text: &str, dialect: CronDialect) -> Option<Weekday> {
    let place = match number(text).map(usize::try_from) {
        Some(number) => match (number.ok()?, dialect) {
            (number, CronDialect::Posix5) => (number <= 7).then_some(number % 7)?,
            (number, CronDialect::Quartz) => number.checked_sub(1)?,
        },
        None => NAMES.iter().position(|name| name.eq_ignore_ascii_case(text))?,
    };
    SUNDAY_FIRST.get(place).copied()
}

/// Digits alone: what parses numbers also takes a sign.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The numbers of crontab(5) as names, which mean the same to every reader; a range over them as a list.
fn weekdays(item: &str, dialect: CronDialect) -> Option<String> {
    if dialect == CronDialect::Quartz {
        return Some(if item == "L" { "SAT".to_owned() } else { item.to_owned() });
    }
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
        None => (item, 1),
    };
    let number = |text: &str| match text.parse::<usize>() {
        Ok(number) => (number <= 7).then_some(number),
        Err(_) => NAMES.iter().position(|name| name.eq_ignore_ascii_case(text)),
    };
    let (from, to) = match range.split_once('-') {
        _ if range == "*" && step == 1 => return Some("*".to_owned()),
        _ if range == "*" => (0, 6),
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(range)?, number(range)?),
    };
    let days: Vec<_> = (from..=to).step_by(step).filter_map(|day| NAMES.get(day % 7).copied()).collect();
    (!days.is_empty()).then(|| days.join(","))
}

/// Whether it is `*`, a value or a range, perhaps with a step. The crate cron lets more pass than it should.
fn is_item(item: &str, field: CronField, dialect: CronDialect) -> bool {
    let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_word = |text: &str| is_number(text) || is_name(text);
    let is_saturday = item == "L" && dialect == CronDialect::Quartz && field == CronField::DayOfWeek;
    let is_range = range.split_once('-').is_some_and(|(from, to)| is_word(from) && is_word(to));
    let is_any = range == "?"
        && dialect == CronDialect::Quartz
        && step.is_none()
        && matches!(field, CronField::DayOfMonth | CronField::DayOfWeek);
    // Crontab(5) has steps after ranges alone; Quartz lets a value begin one that goes on to the end.
    let begins_step = range == "*" || is_range || (dialect == CronDialect::Quartz && is_number(range));
    let step_fits =
        step.is_none_or(|step| begins_step && is_number(step) && step.bytes().any(|byte| byte != b'0'));
    is_saturday || step_fits && (range == "*" || is_any || is_range || is_word(range))
}

impl CronField {
    /// Whether the crate cron reads the text as this field.
    fn is_read_by_cron(self, text: &str) -> bool {
        let place = QUARTZ.iter().position(|field| *field == self);
        let words = (0..7).map(|at| if Some(at) == place { text } else { "*" });
        Schedule::from_str(&words.collect::<Vec<_>>().join(" ")).is_ok()
    }

    fn wrong(self, text: &str, dialect: CronDialect) -> CronError {
        let values = match (self, dialect) {
            (Self::Second | Self::Minute, _) => "0 to 59",
            (Self::Hour, _) => "0 to 23",
            (Self::DayOfMonth, _) => "1 to 31, L, L-n, LW or nW",
            (Self::Month, _) => "1 to 12 or jan to dec",
            (Self::DayOfWeek, CronDialect::Posix5) => "0 to 7 (0 and 7 are Sunday), sun to sat, d#n or dL",
            (Self::DayOfWeek, CronDialect::Quartz) => "1 (Sunday) to 7 (Saturday), sun to sat, d#n or dL",
            (Self::Year, _) => "1970 to 2099",
        };
        let steps = if dialect == CronDialect::Quartz { "`*`, a value or a range" } else { "`*` or a range" };
        let expected = format!("{values}; *, lists, ranges that ascend, and steps after {steps}");
        CronError::Field { field: self, text: text.to_owned(), expected }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of the month",
            Self::Month => "month",
            Self::DayOfWeek => "day of the week",
            Self::Year => "year",
        })
    }
}

/// The expression as it was written.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
