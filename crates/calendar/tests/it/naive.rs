//! Rules, calendars and moves as their meaning says, date by date: the model that the laws compare with.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use toban_calendar::{Adjust, Calendar, CalendarSpec, Closed, Dates, MonthDay, MonthsOfYear, Weekdays};
use toban_core::Text;

/// A calendar and what it was made of.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    weekend: Vec<Weekday>,
    holidays: BTreeSet<NaiveDate>,
    extra: BTreeSet<NaiveDate>,
    /// Months in which all is closed.
    closed: Vec<u32>,
    known: Option<(NaiveDate, NaiveDate)>,
    pub(crate) calendar: Calendar,
}

impl Work {
    fn new(
        weekend: Vec<Weekday>,
        holidays: BTreeSet<NaiveDate>,
        extra: BTreeSet<NaiveDate>,
        closed: Vec<u32>,
        known: Option<(NaiveDate, NaiveDate)>,
    ) -> Option<Self> {
        let named = |dates: &BTreeSet<NaiveDate>| -> BTreeMap<_, _> {
            dates.iter().map(|date| (*date, Text::same("some day"))).collect()
        };
        let mut spec = CalendarSpec::new("works", Weekdays::of(weekend.iter().copied()));
        (spec.holidays, spec.working, spec.known) = (named(&holidays), named(&extra), known);
        let month = |month: &u32| Closed {
            on: Dates::season((*month, 1), (*month, if *month == 2 { 29 } else { 30 })).unwrap(),
            why: Text::same("closed"),
        };
        spec.closed = closed.iter().map(month).collect();
        let calendar = Calendar::new(spec).ok()?;
        Some(Self { weekend, holidays, extra, closed, known, calendar })
    }

    pub(crate) fn is_working(&self, date: NaiveDate) -> Option<bool> {
        if self.known.is_some_and(|(from, to)| date < from || date > to) {
            return None;
        }
        let closed = self.closed.contains(&date.month()) && date.day() <= 30;
        let off = self.weekend.contains(&date.weekday()) || self.holidays.contains(&date) || closed;
        Some(self.extra.contains(&date) || !off)
    }
}

/// A rule and what it means.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Daily,
    EveryDays(u32, NaiveDate),
    EveryWeeks(u32, Vec<Weekday>, NaiveDate),
    Except(Box<(Rule, Rule)>),
    Listed(BTreeSet<NaiveDate>),
    Monthly(Vec<u32>, Vec<Day>),
    Season((u32, u32), (u32, u32)),
    Working(Work),
}

#[derive(Clone, Debug)]
pub(crate) enum Day {
    Number(u32),
    NumberOrLast(u32),
    FromEnd(u32),
    Nearest(u32, Work),
    Nth(u32, Weekday),
    NthLast(u32, Weekday),
    Working(u32, Work),
    WorkingFromEnd(u32, Work),
}

/// The last day of the date's month.
fn last(date: NaiveDate) -> u32 {
    (28..=31).rev().find(|day| date.with_day(*day).is_some()).unwrap()
}

impl Day {
    fn build(&self) -> MonthDay {
        match self {
            Self::Number(day) => MonthDay::Day(*day),
            Self::NumberOrLast(day) => MonthDay::DayOrLast(*day),
            Self::FromEnd(days) => MonthDay::FromEnd(*days),
            Self::Nearest(day, work) => MonthDay::NearestWorkingDay(*day, work.calendar.clone()),
            Self::Nth(nth, day) => MonthDay::NthWeekday(*nth, *day),
            Self::NthLast(nth, day) => MonthDay::NthLastWeekday(*nth, *day),
            Self::Working(nth, work) => MonthDay::WorkingDay(*nth, work.calendar.clone()),
            Self::WorkingFromEnd(nth, work) => MonthDay::WorkingDayFromEnd(*nth, work.calendar.clone()),
        }
    }

    fn contains(&self, date: NaiveDate) -> bool {
        let (day, last) = (date.day(), last(date));
        let at = |day: u32| date.with_day(day).unwrap();
        // A day that is not known may be a working day or none: what depends on it cannot be told.
        let is_nth = |days: Vec<u32>, nth: u32, work: &Work| {
            let working: Option<Vec<_>> = days.into_iter().map(|day| work.is_working(at(day))).collect();
            let counts =
                |working: Vec<bool>| working.into_iter().filter(|works| *works).count() == nth as usize;
            work.is_working(date) == Some(true) && working.is_some_and(counts)
        };
        match self {
            Self::Number(number) => day == *number,
            Self::NumberOrLast(number) => day == *number.min(&last),
            Self::FromEnd(days) => day + days == last,
            Self::Nth(nth, weekday) => date.weekday() == *weekday && day.div_ceil(7) == *nth,
            Self::NthLast(nth, weekday) => date.weekday() == *weekday && (last - day) / 7 + 1 == *nth,
            Self::Working(nth, work) => is_nth((1..=day).collect(), *nth, work),
            Self::WorkingFromEnd(nth, work) => is_nth((day..=last).collect(), *nth, work),
            Self::Nearest(number, work) => {
                let near = |far: u32| [number.checked_sub(far), Some(number + far)];
                let mut days = (0..31).flat_map(near).flatten().filter(|day| (1..=last).contains(day));
                let found = days.find(|day| work.is_working(at(*day)) != Some(false));
                *number <= last && found == Some(day) && work.is_working(date) == Some(true)
            }
        }
    }
}

impl Rule {
    pub(crate) fn build(&self) -> Dates {
        let all = |rules: &[Self]| rules.iter().map(Self::build).collect();
        let step = |step: &u32| NonZeroU32::new(*step).unwrap();
        match self {
            Self::All(rules) => Dates::all_of(all(rules)),
            Self::Any(rules) => Dates::any_of(all(rules)),
            Self::Daily => Dates::daily(),
            Self::EveryDays(days, from) => Dates::every_days(step(days), *from),
            Self::EveryWeeks(weeks, on, from) => {
                Dates::every_weeks(step(weeks), Weekdays::of(on.iter().copied()), *from).unwrap()
            }
            Self::Except(both) => both.0.build().except(both.1.build()),
            Self::Listed(dates) => Dates::listed(dates.iter().copied()).unwrap(),
            Self::Monthly(months, days) => {
                let months = MonthsOfYear::of(months.iter().copied()).unwrap();
                Dates::yearly(months, days.iter().map(Day::build)).unwrap()
            }
            Self::Season(from, to) => Dates::season(*from, *to).unwrap(),
            Self::Working(work) => Dates::working(&work.calendar),
        }
    }

    pub(crate) fn contains(&self, date: NaiveDate) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.contains(date)),
            Self::Any(rules) => rules.iter().any(|rule| rule.contains(date)),
            Self::Daily => true,
            Self::EveryDays(days, from) => (date - *from).num_days() % i64::from(*days) == 0,
            Self::EveryWeeks(weeks, on, from) => {
                let monday = |date: NaiveDate| date.week(Weekday::Mon).first_day();
                let weeks_between = (monday(date) - monday(*from)).num_days() / 7;
                on.contains(&date.weekday()) && weeks_between % i64::from(*weeks) == 0
            }
            Self::Except(both) => both.0.contains(date) && !both.1.contains(date) && both.1.is_told(date),
            Self::Listed(dates) => dates.contains(&date),
            Self::Monthly(months, days) => {
                months.contains(&date.month()) && days.iter().any(|day| day.contains(date))
            }
            Self::Season(from, to) => {
                let here = (date.month(), date.day());
                let real = |edge: (u32, u32)| match edge {
                    (2, 29) if !date.leap_year() => (2, 28),
                    edge => edge,
                };
                let is_within = from <= to;
                let (from, to) = (real(*from), real(*to));
                if is_within { from <= here && here <= to } else { here >= from || here <= to }
            }
            Self::Working(work) => work.is_working(date) == Some(true),
        }
    }
}

impl Rule {
    /// Whether every calendar that it asks is known at the date: what is left out there cannot be told otherwise.
    fn is_told(&self, date: NaiveDate) -> bool {
        let known = |work: &Work| work.known.is_none_or(|(from, to)| from <= date && date <= to);
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().all(|rule| rule.is_told(date)),
            Self::Except(both) => both.0.is_told(date) && both.1.is_told(date),
            Self::Monthly(_, days) => days.iter().all(|day| match day {
                Day::Nearest(_, work) | Day::Working(_, work) | Day::WorkingFromEnd(_, work) => known(work),
                _ => true,
            }),
            Self::Working(work) => known(work),
            _ => true,
        }
    }
}

/// Where a date goes; `None` where it is left out, or cannot be told.
pub(crate) fn moved(date: NaiveDate, adjust: Adjust, work: &Work) -> Option<NaiveDate> {
    if work.is_working(date)? {
        return Some(date);
    }
    let may_work = |date: &NaiveDate| work.is_working(*date) != Some(false);
    let next = (1..=28).map(|days| date + TimeDelta::days(days)).find(may_work);
    let previous = (1..=28).map(|days| date - TimeDelta::days(days)).find(may_work);
    let same = |one: &NaiveDate| one.month() == date.month();
    let to = match adjust {
        Adjust::Nearest => match (previous, next) {
            (Some(previous), Some(next)) if next - date < date - previous => Some(next),
            (previous, next) => previous.or(next),
        },
        Adjust::Next => next,
        Adjust::NextInMonth => next.filter(same).or(previous),
        Adjust::Previous => previous,
        Adjust::PreviousInMonth => previous.filter(same).or(next),
        _ => None,
    };
    to.filter(|to| work.is_working(*to) == Some(true))
}

/// Between 2018 and 2033.
pub(crate) fn dates() -> impl Strategy<Value = NaiveDate> {
    (0_i64..15 * 365).prop_map(|days| NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + TimeDelta::days(days))
}

fn some_dates(most: usize) -> impl Strategy<Value = BTreeSet<NaiveDate>> {
    prop::collection::btree_set(dates(), 0..most)
}

fn weekday() -> impl Strategy<Value = Weekday> {
    (0_u8..7).prop_map(|day| Weekday::try_from(day).unwrap())
}

/// Ordinary ones; ones that hardly ever work; and ones that are known for a day, a month or two years only.
pub(crate) fn works() -> impl Strategy<Value = Work> {
    let weekend = prop_oneof![
        3 => Just(vec![Weekday::Sat, Weekday::Sun]),
        1 => prop::collection::vec(weekday(), 0..7),
    ];
    let closed = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(1_u32..=12, 1..4)];
    let length = prop::sample::select(vec![0_i64, 9, 30, 180, 730]);
    let known = (dates(), length).prop_map(|(from, days)| (from, from + TimeDelta::days(days)));
    let parts = (weekend, some_dates(80), some_dates(6), closed, prop::option::of(known));
    parts.prop_filter_map("it never works", |(weekend, holidays, extra, closed, known)| {
        Work::new(weekend, holidays, extra, closed, known)
    })
}

fn days() -> impl Strategy<Value = Day> {
    prop_oneof![
        4 => (1_u32..=31).prop_map(Day::Number),
        1 => (1_u32..=31).prop_map(Day::NumberOrLast),
        1 => (0_u32..=30).prop_map(Day::FromEnd),
        2 => (1_u32..=31, works()).prop_map(|(day, work)| Day::Nearest(day, work)),
        1 => (1_u32..=5, weekday()).prop_map(|(nth, day)| Day::Nth(nth, day)),
        1 => (1_u32..=5, weekday()).prop_map(|(nth, day)| Day::NthLast(nth, day)),
        1 => (1_u32..=24, works()).prop_map(|(nth, work)| Day::Working(nth, work)),
        1 => (1_u32..=24, works()).prop_map(|(nth, work)| Day::WorkingFromEnd(nth, work)),
    ]
}

pub(crate) fn rules() -> impl Strategy<Value = Rule> {
    let months = prop_oneof![Just((1..=12).collect()), prop::collection::vec(1_u32..=12, 1..5)];
    let edge = || prop_oneof![Just((2, 29)), Just((12, 31)), Just((1, 1)), (1_u32..=12, 1_u32..=28)];
    let leaf = prop_oneof![
        1 => Just(Rule::Daily),
        1 => (1_u32..50, dates()).prop_map(|(days, from)| Rule::EveryDays(days, from)),
        2 => (1_u32..6, prop::collection::vec(weekday(), 1..4), dates())
            .prop_map(|(weeks, on, from)| Rule::EveryWeeks(weeks, on, from)),
        1 => prop::collection::btree_set(dates(), 1..40).prop_map(Rule::Listed),
        4 => (months, prop::collection::vec(days(), 1..4)).prop_map(|(months, days)| Rule::Monthly(months, days)),
        1 => (edge(), edge()).prop_map(|(from, to)| Rule::Season(from, to)),
        1 => works().prop_map(Rule::Working),
    ];
    leaf.prop_recursive(2, 8, 3, |rule| {
        prop_oneof![
            prop::collection::vec(rule.clone(), 1..3).prop_map(Rule::All),
            prop::collection::vec(rule.clone(), 1..4).prop_map(Rule::Any),
            (rule.clone(), rule).prop_map(|both| Rule::Except(Box::new(both))),
        ]
    })
}
