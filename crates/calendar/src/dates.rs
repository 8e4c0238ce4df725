//! Rules for dates.

use chrono::{NaiveDate, Weekday};
use std::num::NonZeroU32;

use crate::calendar::Calendar;
use crate::month::{CYCLE, Day, Mask, Month, date_of, day_of, number_of, weekday};
use crate::sets::{MonthsOfYear, Weekdays};

/// A set of dates, given by a rule.
///
/// ```
/// use chrono::NaiveDate;
/// use toban_calendar::{Dates, MonthDay};
/// let last = Dates::monthly([MonthDay::FromEnd(0)])?;
/// let date = |month, day| NaiveDate::from_ymd_opt(2028, month, day).unwrap();
/// assert!(last.contains(date(2, 29)) && !last.contains(date(2, 28)));
/// assert_eq!(last.next(date(2, 29)), Some(date(3, 31)));
/// # Ok::<(), toban_calendar::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dates(pub(crate) Rule);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Rule {
    AllOf(Vec<Dates>),
    AnyOf(Vec<Dates>),
    Daily,
    EveryDays {
        step: u32,
        from: Day,
    },
    Except(Box<(Dates, Dates)>),
    Listed(Vec<NaiveDate>),
    /// The days that have their bit in `days`, and those of `on`.
    Monthly {
        days: Mask,
        on: Vec<MonthDay>,
        months: MonthsOfYear,
    },
    Season {
        from: (u32, u32),
        to: (u32, u32),
    },
    Weekly {
        on: Weekdays,
        every: u32,
        from: Day,
    },
    Working(Calendar),
    #[cfg_attr(not(feature = "cron"), expect(dead_code, reason = "cron expressions alone make it"))]
    Years(Vec<i32>),
}

/// A day of a month.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MonthDay {
    /// The day with this number, 1 to 31; months that are shorter have none.
    Day(u32),
    /// The day with this number, 1 to 31; the last one in months that are shorter.
    DayOrLast(u32),
    /// So many days before the last, 0 to 30: 0 is the last day (月末).
    FromEnd(u32),
    /// The working day that is nearest to the day with this number, in the same month; the earlier of two that are
    /// equally near. Months that are shorter have none.
    NearestWorkingDay(u32, Calendar),
    /// The n-th of such a weekday, 1 to 5.
    NthWeekday(u32, Weekday),
    /// The n-th from the end of such a weekday, 1 to 5: 1 is the last one.
    NthLastWeekday(u32, Weekday),
    /// The n-th working day, 1 to 31. Where the calendar is not known for all days up to it, there is none; so too
    /// with the others that ask a calendar.
    WorkingDay(u32, Calendar),
    /// The n-th working day from the end, 1 to 31: 1 is the last one.
    WorkingDayFromEnd(u32, Calendar),
}

/// A rule that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A number out of its range.
    #[error("{what} is {number}: expected {from} to {to}")]
    Number {
        /// What the number is.
        what: &'static str,
        /// The rejected number.
        number: u32,
        /// The least that is allowed.
        from: u32,
        /// The most that is allowed.
        to: u32,
    },
    /// Nothing to choose from.
    #[error("names no {what}")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// No month has this number.
    #[error("there is no month {month}: expected 1 to 12")]
    Month {
        /// The rejected number.
        month: u32,
    },
    /// No month has such a day.
    #[error("there is no day {day} in month {month}")]
    DayOfMonth {
        /// The month.
        month: u32,
        /// The rejected day.
        day: u32,
    },
}

impl Dates {
    /// Every date.
    #[must_use]
    pub fn daily() -> Self {
        Self(Rule::Daily)
    }

    /// Every `step` days, before and after `from`.
    #[must_use]
    pub fn every_days(step: NonZeroU32, from: NaiveDate) -> Self {
        Self(Rule::EveryDays { step: step.get(), from: day_of(from) })
    }

    /// On these weekdays of every week.
    ///
    /// # Errors
    /// When there is none.
    pub fn weekly(on: Weekdays) -> Result<Self, RuleError> {
        Self::every_weeks(NonZeroU32::MIN, on, NaiveDate::default())
    }

    /// On these weekdays of every `every`-th week, of which one is that of `from`; weeks begin on Monday.
    ///
    /// # Errors
    /// When there is no weekday.
    pub fn every_weeks(every: NonZeroU32, on: Weekdays, from: NaiveDate) -> Result<Self, RuleError> {
        if on.is_empty() {
            return Err(RuleError::Empty { what: "weekday" });
        }
        let day = day_of(from);
        let monday = day - weekday(day).cast_signed();
        Ok(Self(Rule::Weekly { on, every: every.get(), from: monday }))
    }

    /// On these days of every month.
    ///
    /// # Errors
    /// When there is none, or one has a number that no month has.
    pub fn monthly(on: impl IntoIterator<Item = MonthDay>) -> Result<Self, RuleError> {
        Self::yearly(MonthsOfYear::ALL, on)
    }

    /// On these days of these months.
    ///
    /// # Errors
    /// When there is no day, or one has a number that no month has.
    pub fn yearly(months: MonthsOfYear, on: impl IntoIterator<Item = MonthDay>) -> Result<Self, RuleError> {
        let on: Vec<_> = on.into_iter().collect();
        if on.is_empty() {
            return Err(RuleError::Empty { what: "day of the month" });
        }
        on.iter().try_for_each(MonthDay::check)?;
        let mut days = 0;
        let mut others = Vec::new();
        for day in on {
            match day {
                MonthDay::Day(day) => days |= 1 << day,
                other if others.contains(&other) => {}
                other => others.push(other),
            }
        }
        Ok(Self(Rule::Monthly { days, on: others, months }))
    }

    /// From one month and day to another of every year, both included; over the turn of the year where the second
    /// comes first, as from `(12, 29)` to `(1, 3)`. What 29 February bounds is bounded by 28 February in a year that
    /// has none.
    ///
    /// # Errors
    /// When no year has such a day.
    pub fn season(from: (u32, u32), to: (u32, u32)) -> Result<Self, RuleError> {
        for (month, day) in [from, to] {
            if !(1..=12).contains(&month) {
                return Err(RuleError::Month { month });
            }
            if NaiveDate::from_ymd_opt(2000, month, day).is_none() {
                return Err(RuleError::DayOfMonth { month, day });
            }
        }
        Ok(Self(Rule::Season { from, to }))
    }

    /// The dates given.
    ///
    /// # Errors
    /// When there is none.
    pub fn listed(dates: impl IntoIterator<Item = NaiveDate>) -> Result<Self, RuleError> {
        let mut dates: Vec<_> = dates.into_iter().collect();
        dates.sort_unstable();
        dates.dedup();
        if dates.is_empty() { Err(RuleError::Empty { what: "date" }) } else { Ok(Self(Rule::Listed(dates))) }
    }

    /// The working days of a calendar, as far as it is known.
    #[must_use]
    pub fn working(calendar: &Calendar) -> Self {
        Self(Rule::Working(calendar.clone()))
    }

    /// The dates that belong to all of the rules; every date where there are none.
    #[must_use]
    pub fn all_of(rules: Vec<Self>) -> Self {
        Self(Rule::AllOf(rules))
    }

    /// The dates that belong to at least one of the rules; none where there are none.
    #[must_use]
    pub fn any_of(rules: Vec<Self>) -> Self {
        Self(Rule::AnyOf(rules))
    }

    /// These dates without those.
    #[must_use]
    pub fn except(self, left_out: Self) -> Self {
        Self(Rule::Except(Box::new((self, left_out))))
    }

    /// Whether the date belongs to the rule.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        Month::of(day_of(date)).is_some_and(|(month, day)| self.mask(month) >> day & 1 == 1)
    }

    /// The first date after another; `None` where there is none within the 400 years in which the calendar repeats.
    #[must_use]
    pub fn next(&self, after: NaiveDate) -> Option<NaiveDate> {
        let from = day_of(after).checked_add(1)?;
        date_of(first(from, from.saturating_add(CYCLE).min(self.ends()), |month| self.mask(month))?)
    }

    /// The last date before another; `None` where there is none within the 400 years in which the calendar repeats.
    #[must_use]
    pub fn previous(&self, before: NaiveDate) -> Option<NaiveDate> {
        let to = day_of(before).checked_sub(1)?;
        date_of(last(to, to.saturating_sub(CYCLE).max(self.begins()), |month| self.mask(month))?)
    }

    /// Some first date of the rule, where it has one.
    pub(crate) fn first_day(&self) -> Option<Day> {
        let (begin, end) = (self.begins(), self.ends());
        let mask = |month| self.mask(month);
        if begin == Day::MIN && end == Day::MAX && self.is_annual() {
            // Between 1901 and 2099 the days of the year fall on the same weekdays every 28 years.
            return first(YEAR_2000, YEAR_2000 + 28 * 366, mask);
        }
        let from = if begin == Day::MIN { YEAR_2000.min(end) } else { begin };
        let earlier = || last(from, from.saturating_sub(CYCLE).max(begin), mask);
        first(from, from.saturating_add(CYCLE).min(end), mask).or_else(earlier)
    }

    /// Which days of the month belong to it.
    pub(crate) fn mask(&self, month: Month) -> Mask {
        match &self.0 {
            Rule::AllOf(rules) => rules.iter().fold(month.all(), |days, rule| days & rule.mask(month)),
            Rule::AnyOf(rules) => rules.iter().fold(0, |days, rule| days | rule.mask(month)),
            Rule::Daily => month.all(),
            Rule::EveryDays { step, from } => {
                let behind = (i64::from(*from) - i64::from(month.first)).rem_euclid(i64::from(*step));
                let days =
                    (behind..i64::from(month.length)).step_by(usize::try_from(*step).unwrap_or(usize::MAX));
                days.fold(0, |days, day| days | 2 << day)
            }
            Rule::Except(both) => {
                let (from, to) = both.1.asked();
                both.0.mask(month) & !both.1.mask(month) & month.days_within(from, to)
            }
            Rule::Listed(dates) => {
                let (Some(from), Some(to)) = (date_of(month.first), date_of(month.last())) else { return 0 };
                let start = dates.partition_point(|date| *date < from);
                let within = dates.iter().skip(start).take_while(|date| **date <= to);
                within.fold(0, |days, date| days | 1 << chrono::Datelike::day(date))
            }
            Rule::Monthly { months, .. } if !months.contains(month.number) => 0,
            Rule::Monthly { days, on, .. } => {
                on.iter().fold(days & month.all(), |days, day| days | day.mask(month))
            }
            Rule::Season { from, to } => season(month, *from, *to),
            Rule::Weekly { on, every: 1, .. } => month.weekdays(on.bits()),
            Rule::Weekly { on, every, from } => {
                let monday = month.first - month.weekday.cast_signed();
                let weeks = (0..6).map(|week| monday + week * 7).filter(|monday| {
                    (i64::from(*monday) - i64::from(*from)).div_euclid(7).rem_euclid(i64::from(*every)) == 0
                });
                weeks.fold(0, |days, monday| days | month.days_within(monday, monday + 6))
                    & month.weekdays(on.bits())
            }
            Rule::Working(calendar) => calendar.working(month),
            Rule::Years(years) if years.binary_search(&month.year).is_ok() => month.all(),
            Rule::Years(_) => 0,
        }
    }

    /// A day before which it has none: the least of all days where nothing says so.
    pub(crate) fn begins(&self) -> Day {
        match &self.0 {
            Rule::AllOf(rules) => rules.iter().map(Self::begins).max().unwrap_or(Day::MIN),
            Rule::AnyOf(rules) => rules.iter().map(Self::begins).min().unwrap_or(Day::MIN),
            Rule::Except(both) => both.0.begins().max(both.1.asked().0),
            Rule::Listed(dates) => dates.first().map_or(Day::MIN, |date| day_of(*date)),
            Rule::Working(calendar) => calendar.known_days().map_or(Day::MIN, |(from, _)| from),
            Rule::Years(years) => year_edge(years.first(), Month::first_of).unwrap_or(Day::MIN),
            Rule::Monthly { days: 0, on, .. } => {
                on.iter().map(|day| day.known().map_or(Day::MIN, |(from, _)| from)).min().unwrap_or(Day::MIN)
            }
            _ => Day::MIN,
        }
    }

    /// A day after which it has none: the greatest of all days where nothing says so.
    pub(crate) fn ends(&self) -> Day {
        match &self.0 {
            Rule::AllOf(rules) => rules.iter().map(Self::ends).min().unwrap_or(Day::MAX),
            Rule::AnyOf(rules) => rules.iter().map(Self::ends).max().unwrap_or(Day::MAX),
            Rule::Except(both) => both.0.ends().min(both.1.asked().1),
            Rule::Listed(dates) => dates.last().map_or(Day::MAX, |date| day_of(*date)),
            Rule::Working(calendar) => calendar.known_days().map_or(Day::MAX, |(_, to)| to),
            Rule::Years(years) => year_edge(years.last(), Month::last_of).unwrap_or(Day::MAX),
            Rule::Monthly { days: 0, on, .. } => {
                on.iter().map(|day| day.known().map_or(Day::MAX, |(_, to)| to)).max().unwrap_or(Day::MAX)
            }
            _ => Day::MAX,
        }
    }

    /// The days for which all calendars that it asks are known.
    fn asked(&self) -> (Day, Day) {
        let narrower = |(a, b): (Day, Day), (c, d): (Day, Day)| (a.max(c), b.min(d));
        let all = |rules: &[Self]| rules.iter().map(Self::asked).fold((Day::MIN, Day::MAX), narrower);
        match &self.0 {
            Rule::AllOf(rules) | Rule::AnyOf(rules) => all(rules),
            Rule::Except(both) => narrower(both.0.asked(), both.1.asked()),
            Rule::Monthly { on, .. } => {
                on.iter().filter_map(MonthDay::known).fold((Day::MIN, Day::MAX), narrower)
            }
            Rule::Working(calendar) => calendar.known_days().unwrap_or((Day::MIN, Day::MAX)),
            _ => (Day::MIN, Day::MAX),
        }
    }

    /// The last day for which the calendars that it asks are known, as far as it has days without them.
    pub(crate) fn known_to(&self) -> Day {
        match &self.0 {
            Rule::Listed(_) | Rule::Years(_) => Day::MAX,
            Rule::AllOf(rules) => rules.iter().map(Self::known_to).min().unwrap_or(Day::MAX),
            Rule::AnyOf(rules) => rules.iter().map(Self::known_to).max().unwrap_or(Day::MAX),
            Rule::Except(both) => both.0.known_to().min(both.1.asked().1),
            _ => self.ends(),
        }
    }

    /// Whether the dates of a year depend on its weekdays and its length alone.
    pub(crate) fn is_annual(&self) -> bool {
        match &self.0 {
            Rule::AllOf(rules) | Rule::AnyOf(rules) => rules.iter().all(Self::is_annual),
            Rule::Daily | Rule::Season { .. } => true,
            Rule::Except(both) => both.0.is_annual() && both.1.is_annual(),
            Rule::Monthly { on, .. } => on.iter().all(|day| day.calendar().is_none_or(Calendar::is_annual)),
            Rule::Weekly { every, .. } => *every == 1,
            Rule::Working(calendar) => calendar.is_annual(),
            Rule::EveryDays { .. } | Rule::Listed(_) | Rule::Years(_) => false,
        }
    }
}

/// 1 January 2000.
const YEAR_2000: Day = 730_120;

fn year_edge(year: Option<&i32>, edge: fn(i32) -> Option<Day>) -> Option<Day> {
    year.and_then(|year| edge(*year))
}

/// The first day from one to another that belongs to the masks of the months.
#[inline]
pub(crate) fn first(from: Day, to: Day, mask: impl Fn(Month) -> Mask) -> Option<Day> {
    let (mut month, day) = Month::of(from)?;
    let mut days = mask(month) & (Mask::MAX << day);
    while days == 0 {
        month = month.next();
        if month.first > to {
            return None;
        }
        days = mask(month);
    }
    Some(month.day(days.trailing_zeros())).filter(|day| *day <= to)
}

/// The last day from one down to another that belongs to the masks of the months.
pub(crate) fn last(from: Day, down_to: Day, mask: impl Fn(Month) -> Mask) -> Option<Day> {
    let (mut month, day) = Month::of(from)?;
    let mut days = mask(month) & (Mask::MAX >> (31 - day));
    while days == 0 {
        if month.first <= down_to {
            return None;
        }
        month = month.previous();
        days = mask(month);
    }
    Some(month.day(days.ilog2())).filter(|day| *day >= down_to)
}

fn season(month: Month, from: (u32, u32), to: (u32, u32)) -> Mask {
    let day = |(number, day): (u32, u32)| {
        let month = Month::new(month.year, number)?;
        Some(month.day(day.min(month.length)))
    };
    let (Some(start), Some(end)) = (day(from), day(to)) else { return 0 };
    // Not the days of this year, or a season to 28 February that begins the day after would be all of a leap year and
    // one day of others.
    if from <= to {
        month.days_within(start, end)
    } else {
        month.days_within(Day::MIN, end) | month.days_within(start, Day::MAX)
    }
}

impl MonthDay {
    fn check(&self) -> Result<(), RuleError> {
        let (what, number, from, to) = match self {
            Self::Day(day) | Self::DayOrLast(day) | Self::NearestWorkingDay(day, _) => {
                ("the day of the month", *day, 1, 31)
            }
            Self::FromEnd(days) => ("the number of days before the last of the month", *days, 0, 30),
            Self::NthWeekday(nth, _) | Self::NthLastWeekday(nth, _) => {
                ("which weekday of the month", *nth, 1, 5)
            }
            Self::WorkingDay(nth, _) | Self::WorkingDayFromEnd(nth, _) => {
                ("which working day of the month", *nth, 1, 31)
            }
        };
        let fits = (from..=to).contains(&number);
        if fits { Ok(()) } else { Err(RuleError::Number { what, number, from, to }) }
    }

    fn mask(&self, month: Month) -> Mask {
        let some = |day: u32| if (1..=month.length).contains(&day) { 1 << day } else { 0 };
        match self {
            Self::Day(day) => some(*day),
            Self::DayOrLast(day) => some((*day).min(month.length)),
            Self::FromEnd(days) => month.length.checked_sub(*days).map_or(0, some),
            Self::NearestWorkingDay(day, calendar) => {
                let (day, open) = (some(*day), calendar.working(month));
                nearest(day, open | unknown(calendar, month)) & open
            }
            Self::NthWeekday(nth, weekday) => {
                let first = 1 + (number_of(*weekday) + 7 - month.weekday) % 7;
                some(first + 7 * (nth - 1))
            }
            Self::NthLastWeekday(nth, weekday) => {
                let last = (month.weekday + month.length - 1) % 7;
                let behind = (last + 7 - number_of(*weekday)) % 7 + 7 * (nth - 1);
                month.length.checked_sub(behind).map_or(0, some)
            }
            Self::WorkingDay(nth, calendar) => {
                let mut days = calendar.working(month);
                for _ in 1..*nth {
                    days &= days.wrapping_sub(1);
                }
                let day = days & days.wrapping_neg();
                if unknown(calendar, month) & day.wrapping_sub(1) == 0 { day } else { 0 }
            }
            Self::WorkingDayFromEnd(nth, calendar) => {
                let mut days = calendar.working(month);
                for _ in 1..*nth {
                    days &= !highest(days);
                }
                let day = highest(days);
                if unknown(calendar, month) < day { day } else { 0 }
            }
        }
    }

    /// The calendar that it asks.
    pub(crate) fn calendar(&self) -> Option<&Calendar> {
        match self {
            Self::NearestWorkingDay(_, calendar)
            | Self::WorkingDay(_, calendar)
            | Self::WorkingDayFromEnd(_, calendar) => Some(calendar),
            _ => None,
        }
    }

    fn known(&self) -> Option<(Day, Day)> {
        self.calendar()?.known_days()
    }
}

/// The days of a month of which the calendar does not say whether they are working days. What depends on one of them
/// cannot be told, and is no day.
fn unknown(calendar: &Calendar, month: Month) -> Mask {
    month.all() & !calendar.within(month)
}

fn highest(days: Mask) -> Mask {
    days.checked_ilog2().map_or(0, |bit| 1 << bit)
}

/// The bit of `of` that is nearest to the one bit of `day`; the lower of two.
fn nearest(day: Mask, of: Mask) -> Mask {
    let Some(at) = day.checked_ilog2() else { return 0 };
    let below = highest(of & (day | (day - 1)));
    let above = of & !(day - 1);
    let above = above & above.wrapping_neg();
    match (below.checked_ilog2(), above.checked_ilog2()) {
        (Some(low), Some(high)) if high - at < at - low => above,
        (None, _) => above,
        _ => below,
    }
}
