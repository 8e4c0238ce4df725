//! Rules for dates as disjoint pieces, as those need them who say a rule in another language.

use chrono::{NaiveDate, Weekday};

use crate::calendar::Calendar;
use crate::dates::{Dates, MonthDay, Rule};
use crate::month::{Day, EVERY_DAY, Mask, number_of};
use crate::sets::{MonthsOfYear, WEEK, Weekdays};

/// Dates that belong to all of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) months: Mask,
    pub(crate) days: Days,
    pub(crate) weekdays: u8,
    pub(crate) step: Option<Step>,
    /// A day that only BYSETPOS says: nothing but months can be combined with it.
    pub(crate) alone: Option<MonthDay>,
}

/// Dates that some of the languages say in which schedulers are told when to start: in some months, on some days of the
/// month, on some weekdays, all at once.
///
/// ```
/// use toban_calendar::{Calendar, Dates, MonthDay};
/// let last = Dates::monthly([MonthDay::WorkingDayFromEnd(1, Calendar::mon_to_fri())])?;
/// let parts = last.parts().unwrap();
/// let days = |place: usize| parts[place].days.clone().unwrap().from_end;
/// assert_eq!((parts[0].weekdays.to_string().as_str(), days(0)), ("mon,tue,wed,thu", vec![0]));
/// assert_eq!((parts[1].weekdays.to_string().as_str(), days(1)), ("fri", vec![0, 1, 2]));
/// # Ok::<(), toban_calendar::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatesPart {
    /// The months.
    pub months: MonthsOfYear,
    /// The days of the month; `None` where every day will do.
    pub days: Option<PartDays>,
    /// The weekdays.
    pub weekdays: Weekdays,
}

/// Days of a month: those that are in one of the two lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartDays {
    /// By their numbers, 1 to 31, ascending.
    pub from_start: Vec<u32>,
    /// By how many days before the last they are, 0 to 30, ascending; 0 is the last day.
    pub from_end: Vec<u32>,
}

/// Days of a month, by their numbers from its start or from its end: those that have their bit in one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) from_start: Mask,
    pub(crate) from_end: Mask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Days { every: u32, from: Day },
    Weeks { every: u32, from: Day },
}

pub(crate) const MONTHS: Mask = 0x1ffe;
/// Those of 30 days.
const SHORT: Mask = 1 << 4 | 1 << 6 | 1 << 9 | 1 << 11;
pub(crate) const WEEKDAYS: u8 = 0x7f;
pub(crate) const ALL: Piece =
    Piece { months: MONTHS, days: Days::ANY, weekdays: WEEKDAYS, step: None, alone: None };

/// The rule as pieces that have no date in common; `None` where they cannot be found.
pub(crate) fn pieces(dates: &Dates) -> Option<Vec<Piece>> {
    match &dates.0 {
        Rule::AllOf(rules) => rules.iter().try_fold(vec![ALL], |all, rule| meet(&all, &pieces(rule)?)),
        Rule::AnyOf(rules) => {
            let all = rules.iter().map(pieces).collect::<Option<Vec<_>>>()?;
            apart(all.into_iter().flatten().collect())
        }
        Rule::Daily | Rule::EveryDays { step: 1, .. } => Some(vec![ALL]),
        Rule::EveryDays { step, from } => {
            Some(vec![Piece { step: Some(Step::Days { every: *step, from: *from }), ..ALL }])
        }
        Rule::Except(both) => {
            let out = pieces(&both.1)?;
            out.iter().try_fold(pieces(&both.0)?, |rest, out| without_any(&rest, out))
        }
        Rule::Listed(_) | Rule::Years(_) => None,
        Rule::Monthly { days, on, months } => {
            let months = months.iter().fold(0, |set, month| set | 1 << month);
            if let (0, [only]) = (*days, on.as_slice())
                && needs_setpos(only)
            {
                return Some(vec![Piece { months, alone: Some(only.clone()), ..ALL }]);
            }
            let mut all = Vec::new();
            if *days != 0 {
                all.push(Piece { months, days: Days::new(*days, 0), ..ALL });
            }
            for day in on {
                all.extend(
                    month_day(day)?.into_iter().map(|day| Piece { months: months & day.months, ..day }),
                );
            }
            all.retain(|piece| !piece.is_empty());
            apart(all)
        }
        Rule::Season { from, to } => season(*from, *to),
        Rule::Weekly { on, every, from } => {
            let step = (*every != 1).then_some(Step::Weeks { every: *every, from: *from });
            Some(vec![Piece { weekdays: on.bits(), step, ..ALL }])
        }
        Rule::Working(calendar) => Some(vec![working(calendar)?]),
    }
}

impl Dates {
    /// The rule as parts: each of its dates belongs to one of them, and no other date does. `None` where there are none
    /// that say it: what counts days or weeks over months, asks a calendar that is more than weekdays, or lists
    /// dates.
    #[must_use]
    pub fn parts(&self) -> Option<Vec<DatesPart>> {
        let pieces = pieces(self)?.iter().map(Piece::plain).collect::<Option<Vec<_>>>()?;
        let mut pieces: Vec<_> = pieces.into_iter().flatten().collect();
        join_all(&mut pieces);
        pieces.iter().map(Piece::part).collect()
    }
}

pub(crate) fn working(calendar: &Calendar) -> Option<Piece> {
    (*calendar == Calendar::mon_to_fri()).then(|| Piece { weekdays: Weekdays::MON_TO_FRI.bits(), ..ALL })
}

fn needs_setpos(day: &MonthDay) -> bool {
    match day {
        MonthDay::DayOrLast(day) => (29..=30).contains(day),
        MonthDay::WorkingDay(_, calendar) | MonthDay::WorkingDayFromEnd(_, calendar) => {
            working(calendar).is_some()
        }
        _ => false,
    }
}

/// A day of the month among others.
fn month_day(day: &MonthDay) -> Option<Vec<Piece>> {
    let from_start = |days| vec![Piece { days: Days::new(days, 0), ..ALL }];
    let from_end = |days| Piece { days: Days::new(0, days), ..ALL };
    Some(match day {
        MonthDay::Day(day) => from_start(1 << day),
        MonthDay::DayOrLast(31) => vec![from_end(1 << 1)],
        MonthDay::DayOrLast(day) if *day > 28 => {
            let others = Piece { months: MONTHS & !(1 << 2), days: Days::new(1 << day, 0), ..ALL };
            vec![others, Piece { months: 1 << 2, ..from_end(1 << 1) }]
        }
        MonthDay::DayOrLast(day) => from_start(1 << day),
        MonthDay::FromEnd(days) => vec![from_end(2 << days)],
        MonthDay::NthWeekday(nth, weekday) => {
            vec![Piece { days: Days::new(week(*nth), 0), weekdays: 1 << number_of(*weekday), ..ALL }]
        }
        MonthDay::NthLastWeekday(nth, weekday) => {
            vec![Piece { weekdays: 1 << number_of(*weekday), ..from_end(week(*nth)) }]
        }
        MonthDay::NearestWorkingDay(..) | MonthDay::WorkingDay(..) | MonthDay::WorkingDayFromEnd(..) => {
            return None;
        }
    })
}

/// For each weekday from Monday to Friday the days, 1 to 31, with a property that the weekday decides about.
fn by_weekday(has: impl Fn(u32, u32) -> bool) -> impl Iterator<Item = (Mask, u32)> {
    let days =
        move |weekday| (1..=31).filter(|day| has(*day, weekday)).fold(0, |days: Mask, day| days | 1 << day);
    (0..5).map(move |weekday| (days(weekday), weekday)).filter(|(days, _)| *days != 0)
}

/// The days 1 to 7 for 1, 8 to 14 for 2, and so on to 29 to 31 for 5.
pub(crate) fn week(nth: u32) -> Mask {
    (0xfe << (7 * (nth - 1))) & EVERY_DAY
}

fn season(from: (u32, u32), to: (u32, u32)) -> Option<Vec<Piece>> {
    let piece = |month: u32, days| Piece { months: 1 << month, days, ..ALL };
    let is_end = |(month, day)| NaiveDate::from_ymd_opt(2000, month, day + 1).is_none();
    let ((first, from_day), (last, to_day)) = (from, to);
    let starts = match from {
        (2, 29) => Days::new(0, 1 << 1),
        _ => Days::new(EVERY_DAY << (from_day - 1) & EVERY_DAY, 0),
    };
    let ends = if is_end(to) { Days::ANY } else { Days::new(EVERY_DAY & !(EVERY_DAY << to_day), 0) };
    if from == (2, 29) && to == (2, 28) {
        return None; // one day in common years, and every day in others
    }
    if first == last && from_day <= to_day {
        return Some(vec![piece(first, starts.meet(ends)?)]);
    }
    let mut all = vec![piece(first, starts), piece(last, ends)];
    let mut month = first % 12 + 1;
    while month != last {
        all.push(piece(month, Days::ANY));
        month = month % 12 + 1;
    }
    apart(all)
}

/// The dates that two sets of pieces have in common.
pub(crate) fn meet(some: &[Piece], others: &[Piece]) -> Option<Vec<Piece>> {
    let mut all = Vec::new();
    for one in some {
        for other in others {
            all.extend(one.meet(other)?);
        }
    }
    Some(all)
}

/// The same dates in fewer pieces, as is easily had.
fn join_all(pieces: &mut Vec<Piece>) {
    let pairs = |length: usize| (0..length).flat_map(move |high| (0..high).map(move |low| (low, high)));
    while let Some((low, high, joined)) = pairs(pieces.len())
        .find_map(|(low, high)| Some((low, high, pieces.get(low)?.join(pieces.get(high)?)?)))
    {
        pieces.remove(high);
        if let Some(place) = pieces.get_mut(low) {
            *place = joined;
        }
    }
}

/// The same dates in pieces that have none in common, and as few as is easily had.
fn apart(mut pieces: Vec<Piece>) -> Option<Vec<Piece>> {
    join_all(&mut pieces);
    let mut apart: Vec<Piece> = Vec::new();
    for piece in pieces {
        let rest = apart.iter().try_fold(vec![piece], |rest, taken| without_any(&rest, taken))?;
        apart.extend(rest);
    }
    Some(apart)
}

fn without_any(pieces: &[Piece], out: &Piece) -> Option<Vec<Piece>> {
    let rest = pieces.iter().map(|piece| piece.without(out)).collect::<Option<Vec<_>>>()?;
    Some(rest.into_iter().flatten().collect())
}

impl Days {
    pub(crate) const ANY: Self = Self { from_start: EVERY_DAY, from_end: 0 };

    fn new(from_start: Mask, from_end: Mask) -> Self {
        if from_start == EVERY_DAY || from_end == EVERY_DAY {
            Self::ANY
        } else {
            Self { from_start, from_end }
        }
    }

    fn is_empty(self) -> bool {
        self.from_start | self.from_end == 0
    }

    fn join(self, other: Self) -> Self {
        Self::new(self.from_start | other.from_start, self.from_end | other.from_end)
    }

    fn meet(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::ANY, days) | (days, Self::ANY) => Some(days),
            (one, other) if one == other => Some(one),
            (Self { from_start: one, from_end: 0 }, Self { from_start: other, from_end: 0 }) => {
                Some(Self::new(one & other, 0))
            }
            (Self { from_start: 0, from_end: one }, Self { from_start: 0, from_end: other }) => {
                Some(Self::new(0, one & other))
            }
            _ => None,
        }
    }

    /// Whether no month of some has a day that is among both.
    fn are_apart(self, other: Self, months: Mask) -> bool {
        let within = |days: Self, length: u32| {
            let from_end = bits(days.from_end).filter(|day| *day <= length);
            let days = days.from_start & (Mask::MAX >> (31 - length));
            from_end.fold(days, |days, day| days | 1 << (length + 1 - day))
        };
        let lengths = [(1 << 2, 28), (1 << 2, 29), (SHORT, 30), (MONTHS & !SHORT & !(1 << 2), 31)];
        let mut lengths = lengths.into_iter().filter(|(of, _)| of & months != 0);
        lengths.all(|(_, length)| within(self, length) & within(other, length) == 0)
    }

    fn others(self) -> Option<Self> {
        match self {
            Self { from_start, from_end: 0 } => Some(Self::new(EVERY_DAY & !from_start, 0)),
            Self { from_start: 0, from_end } => Some(Self::new(0, EVERY_DAY & !from_end)),
            Self { .. } => None,
        }
    }
}

impl Piece {
    /// Whether it has no date because one of its parts has none.
    fn is_empty(&self) -> bool {
        self.months == 0 || self.days.is_empty() || self.weekdays == 0
    }

    fn has_months_only(&self) -> bool {
        *self == Self { months: self.months, ..ALL }
    }

    fn join(&self, other: &Self) -> Option<Self> {
        if self.step != other.step || self.alone != other.alone {
            return None;
        }
        let same = (self.months == other.months, self.days == other.days, self.weekdays == other.weekdays);
        match same {
            (true, true, _) => Some(Self { weekdays: self.weekdays | other.weekdays, ..self.clone() }),
            (true, _, true) => Some(Self { days: self.days.join(other.days), ..self.clone() }),
            (_, true, true) => Some(Self { months: self.months | other.months, ..self.clone() }),
            _ => None,
        }
    }

    /// What it has in common with another: a piece, or none; `None` where that is no piece.
    fn meet(&self, other: &Self) -> Option<Option<Self>> {
        let (months, weekdays) = (self.months & other.months, self.weekdays & other.weekdays);
        if months == 0 || weekdays == 0 || self.days.are_apart(other.days, months) {
            return Some(None);
        }
        match (&self.alone, &other.alone) {
            (None, None) => {}
            (Some(_), None) if other.has_months_only() => return Some(Some(Self { months, ..self.clone() })),
            (None, Some(_)) if self.has_months_only() => return Some(Some(Self { months, ..other.clone() })),
            (one, another) if one != another => return None,
            _ => {}
        }
        let days = self.days.meet(other.days)?;
        let step = match (self.step, other.step) {
            (step, None) | (None, step) => step,
            (one, another) if one == another => one,
            _ => return None,
        };
        let both = Self { months, days, weekdays, step, alone: self.alone.clone() };
        Some(Some(both).filter(|both| !both.is_empty()))
    }

    /// What is left of it without another.
    fn without(&self, out: &Self) -> Option<Vec<Self>> {
        let months = self.months & out.months;
        let weekdays = self.weekdays & out.weekdays;
        if months == 0 || weekdays == 0 || self.days.are_apart(out.days, months) {
            return Some(vec![self.clone()]);
        }
        let mut rest = vec![Self { months: self.months & !out.months, ..self.clone() }];
        let same_kind = (out.step.is_none() || out.step == self.step)
            && (out.alone == self.alone || (out.alone.is_none() && out.has_months_only()));
        if !same_kind {
            return None;
        }
        if out.days != Days::ANY && out.days != self.days {
            let days = self.days.meet(out.days.others()?)?;
            rest.push(Self { months, days, ..self.clone() });
        }
        let weekdays = self.weekdays & !out.weekdays;
        if weekdays != 0 {
            rest.push(Self { months, days: self.days.meet(out.days)?, weekdays, ..self.clone() });
        }
        rest.retain(|piece| !piece.is_empty());
        Some(rest)
    }

    /// The same dates in pieces that are not alone.
    fn plain(&self) -> Option<Vec<Self>> {
        let Some(alone) = &self.alone else { return Some(vec![self.clone()]) };
        let all = match alone {
            MonthDay::DayOrLast(_) => month_day(alone)?,
            // How many working days lie before a day of the month is told by its number and its weekday.
            MonthDay::WorkingDay(nth, _) => by_weekday(|day, weekday| {
                let before = (1..day).filter(|other| (weekday + 35 + other - day) % 7 < 5).count();
                before + 1 == usize::try_from(*nth).unwrap_or_default()
            })
            .map(|(days, weekday)| Self { days: Days::new(days, 0), weekdays: 1 << weekday, ..ALL })
            .collect(),
            MonthDay::WorkingDayFromEnd(nth, _) => by_weekday(|day, weekday| {
                let after = (1..day).filter(|other| (weekday + day - other) % 7 < 5).count();
                after + 1 == usize::try_from(*nth).unwrap_or_default()
            })
            .map(|(days, weekday)| Self { days: Days::new(0, days), weekdays: 1 << weekday, ..ALL })
            .collect(),
            _ => return None,
        };
        let within = |piece: Self| Self { months: self.months & piece.months, ..piece };
        Some(all.into_iter().map(within).filter(|piece| !piece.is_empty()).collect())
    }

    /// What it says; `None` where it counts days or weeks over months.
    fn part(&self) -> Option<DatesPart> {
        if self.step.is_some() || self.alone.is_some() {
            return None;
        }
        let (from_start, from_end) =
            (bits(self.days.from_start).collect(), bits(self.days.from_end >> 1).collect());
        let days = (self.days != Days::ANY).then_some(PartDays { from_start, from_end });
        let months = MonthsOfYear::of(bits(self.months)).ok()?;
        Some(DatesPart { months, days, weekdays: Weekdays::of(self.weekdays()) })
    }

    /// The piece as a rule for dates.
    #[cfg(any(test, feature = "icalendar"))]
    pub(crate) fn dates(&self) -> Dates {
        let months = MonthsOfYear::of(bits(self.months)).unwrap_or(MonthsOfYear::ALL);
        let (days, on) = match &self.alone {
            Some(day) => (0, vec![day.clone()]),
            None => {
                let from_end = bits(self.days.from_end).map(|day| MonthDay::FromEnd(day - 1));
                (self.days.from_start, from_end.collect())
            }
        };
        let on_weekdays = Weekdays::of(self.weekdays());
        let mut all = vec![
            Dates(Rule::Monthly { days, on, months }),
            Dates(Rule::Weekly { on: on_weekdays, every: 1, from: 1 }),
        ];
        match self.step {
            Some(Step::Days { every, from }) => all.push(Dates(Rule::EveryDays { step: every, from })),
            Some(Step::Weeks { every, from }) => {
                all.push(Dates(Rule::Weekly { on: on_weekdays, every, from }));
            }
            None => {}
        }
        Dates(Rule::AllOf(all))
    }

    pub(crate) fn weekdays(&self) -> impl Iterator<Item = Weekday> + use<> {
        let set = self.weekdays;
        WEEK.into_iter().filter(move |day| set >> number_of(*day) & 1 == 1)
    }
}

/// The numbers of the bits that are set.
pub(crate) fn bits(set: impl Into<u64>) -> impl Iterator<Item = u32> {
    let set = set.into();
    (0..64).filter(move |bit| set >> bit & 1 == 1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail")]
mod tests {
    use super::pieces;
    use crate::calendar::Calendar;
    use crate::dates::{Dates, MonthDay};
    use crate::month::{Month, day_of};
    use crate::sets::{MonthsOfYear, WEEK, Weekdays};
    use chrono::{Datelike, NaiveDate, Weekday};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use std::num::NonZeroU32;

    fn weekday() -> impl Strategy<Value = Weekday> {
        proptest::sample::select(WEEK.to_vec())
    }

    fn day() -> impl Strategy<Value = MonthDay> {
        prop_oneof![
            (1..=31_u32).prop_map(MonthDay::Day),
            (27..=31_u32).prop_map(MonthDay::DayOrLast),
            (0..=30_u32).prop_map(MonthDay::FromEnd),
            (1..=5_u32, weekday()).prop_map(|(nth, day)| MonthDay::NthWeekday(nth, day)),
            (1..=5_u32, weekday()).prop_map(|(nth, day)| MonthDay::NthLastWeekday(nth, day)),
            (1..=23_u32).prop_map(|nth| MonthDay::WorkingDay(nth, Calendar::mon_to_fri())),
            (1..=23_u32).prop_map(|nth| MonthDay::WorkingDayFromEnd(nth, Calendar::mon_to_fri())),
        ]
    }

    fn date(number: i32) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(730_000 + number).unwrap()
    }

    fn dates() -> impl Strategy<Value = Dates> {
        let months = vec(1..=12_u32, 1..4).prop_map(|months| MonthsOfYear::of(months).unwrap());
        let month_day =
            || (1..=12_u32, 1..=29_u32).prop_map(|(month, day)| (month, day.min(28 + u32::from(month == 2))));
        let leaf = prop_oneof![
            Just(Dates::daily()),
            (1..9_u32, 0..999)
                .prop_map(|(step, from)| Dates::every_days(NonZeroU32::new(step).unwrap(), date(from))),
            (1..4_u32, vec(weekday(), 1..4), 0..99).prop_map(|(every, on, from)| {
                Dates::every_weeks(NonZeroU32::new(every).unwrap(), Weekdays::of(on), date(from)).unwrap()
            }),
            vec(day(), 1..4).prop_map(|days| Dates::monthly(days).unwrap()),
            (months, vec(day(), 1..4)).prop_map(|(months, days)| Dates::yearly(months, days).unwrap()),
            (month_day(), month_day()).prop_map(|(from, to)| Dates::season(from, to).unwrap()),
            Just(Dates::working(&Calendar::mon_to_fri())),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(Dates::all_of),
                vec(inner.clone(), 0..4).prop_map(Dates::any_of),
                (inner.clone(), inner).prop_map(|(one, other)| one.except(other)),
            ]
        })
    }

    proptest! {
        #[test]
        fn pieces_are_the_dates_of_the_rule_and_have_none_in_common(dates in dates(), years in 1900..2100) {
            if let Some(pieces) = pieces(&dates) {
                let pieces: Vec<_> = pieces.iter().map(super::Piece::dates).collect();
                let mut month = Month::new(years, 1).unwrap();
                for _ in 0..60 {
                    let masks: Vec<_> = pieces.iter().map(|piece| piece.mask(month)).collect();
                    let days = masks.iter().map(|mask| mask.count_ones()).sum::<u32>();
                    let all = masks.iter().fold(0, |all, mask| all | mask);
                    prop_assert_eq!(all, dates.mask(month), "{:?} {:?}", month, &pieces);
                    prop_assert_eq!(all.count_ones(), days, "{:?} {:?}", month, &pieces);
                    month = month.next();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn parts_are_the_dates_of_the_rule_and_have_none_in_common(dates in dates(), years in 1900..2100) {
            let Some(parts) = dates.parts() else { return Ok(()) };
            let first = NaiveDate::from_ymd_opt(years, 1, 1).unwrap();
            for date in first.iter_days().take(1500) {
                let last = Month::of(day_of(date)).unwrap().0.length;
                let is_in = |part: &&super::DatesPart| {
                    let day = |days: &super::PartDays| {
                        days.from_start.contains(&date.day()) || days.from_end.contains(&(last - date.day()))
                    };
                    part.months.contains(date.month())
                        && part.weekdays.contains(date.weekday())
                        && part.days.as_ref().is_none_or(day)
                };
                let count = parts.iter().filter(is_in).count();
                prop_assert_eq!(count, usize::from(dates.contains(date)), "{} {:?}", date, &parts);
            }
        }
    }

    #[test]
    fn most_rules_are_pieces() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let some = (0..500).map(|_| dates().new_tree(&mut runner).unwrap().current());
        let found = some.filter(|dates| pieces(dates).is_some()).count();
        assert!(found > 250, "{found} of 500");
    }
}
