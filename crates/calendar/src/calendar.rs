//! Which days are working days.

use chrono::{Datelike, NaiveDate, Weekday};
use std::collections::BTreeMap;
use std::sync::Arc;
use toban_core::Text;

use crate::dates::Dates;
use crate::japan::{JAPAN_HOLIDAY_YEARS, japan_holidays};
use crate::month::{Day, Mask, Month, day_of};
use crate::sets::Weekdays;
use crate::words;

/// Which days are working days, as data: a weekend, holidays, extra working days, days on which all is closed, and
/// the dates for which that is known.
///
/// It is cheap to clone. Two calendars are combined with [`Calendar::all_of`] and [`Calendar::any_of`].
///
/// ```
/// use chrono::NaiveDate;
/// use toban_calendar::Calendar;
/// let japan = Calendar::japan();
/// let substitute = NaiveDate::from_ymd_opt(2026, 5, 6).unwrap();
/// assert_eq!(japan.is_working(substitute), Some(false));
/// assert_eq!(japan.closed_because(substitute).unwrap().ja, "振替休日");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calendar(Arc<Inner>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Inner {
    name: Text,
    known: Option<(Day, Day)>,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Kind {
    AllOf(Vec<Calendar>),
    AnyOf(Vec<Calendar>),
    Own(Box<Own>),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Own {
    base: Vec<Calendar>,
    weekend: Weekdays,
    holidays: BTreeMap<NaiveDate, Text>,
    working: BTreeMap<NaiveDate, Text>,
    closed: Vec<Closed>,
    /// The months that `closed` and `extra` tell of, from this one on: the year times twelve and the month from 0.
    from: i32,
    days_off: Vec<Mask>,
    days_on: Vec<Mask>,
}

/// What a calendar is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarSpec {
    /// What it is called.
    pub name: Text,
    /// Calendars that it adds to: it works on the days on which all of these do, but for what it says itself.
    pub base: Vec<Calendar>,
    /// The weekdays on which nobody works.
    pub weekend: Weekdays,
    /// Days on which nobody works, with their names.
    pub holidays: BTreeMap<NaiveDate, Text>,
    /// Days on which people work all the same, with the reason. They win over everything else.
    pub working: BTreeMap<NaiveDate, Text>,
    /// Rules for days on which all is closed, as over the turn of the year.
    pub closed: Vec<Closed>,
    /// From which to which date the holidays are known, both included; `None` where there is no end to it.
    pub known: Option<(NaiveDate, NaiveDate)>,
}

/// Days on which all is closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Closed {
    /// Which days.
    pub on: Dates,
    /// Why.
    pub why: Text,
}

/// Why a date is no working day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyClosed {
    /// A rule closes all on it, for this reason.
    Closed(Text),
    /// It is a holiday of this name.
    Holiday(Text),
    /// Nobody works on this day of the week.
    Weekend(Weekday),
}

impl WhyClosed {
    /// What kind of reason it is, for programs: `closed`, `holiday`, `weekend`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Holiday(_) => "holiday",
            Self::Weekend(_) => "weekend",
        }
    }

    /// The reason in words: of the closure, or the name of the holiday or of the weekday.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Closed(why) | Self::Holiday(why) => why.clone(),
            Self::Weekend(weekday) => words::weekday(*weekday),
        }
    }
}

/// A calendar that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The dates for which it is known end before they begin.
    #[error("is known from {from} to {to}: it ends before it begins")]
    Known {
        /// The first date.
        from: NaiveDate,
        /// The last date.
        to: NaiveDate,
    },
    /// Every day is closed.
    #[error("has no working day: everything is a weekend, a holiday or closed")]
    NoWorkingDay,
    /// More calendars in one than [`Calendar::MOST_PARTS`].
    #[error("is made of {parts} calendars, counted each time: expected at most {}", Calendar::MOST_PARTS)]
    Parts {
        /// How many.
        parts: usize,
    },
    /// A combination of no calendars.
    #[error("combines no calendars")]
    Nothing,
}

impl Calendar {
    /// The most calendars that one is made of: of each, every question asks.
    pub const MOST_PARTS: usize = 1_000;

    /// From Monday to Friday, without holidays.
    #[must_use]
    pub fn mon_to_fri() -> Self {
        let name = Text::new("月曜から金曜", "Monday to Friday");
        Self::unchecked(CalendarSpec::new(name, Weekdays::SAT_AND_SUN))
    }

    /// Every day is a working day.
    #[must_use]
    pub fn every_day() -> Self {
        Self::unchecked(CalendarSpec::new(Text::new("毎日", "every day"), Weekdays::NONE))
    }

    /// Saturday, Sunday and the holidays of Japan, as computed for [`JAPAN_HOLIDAY_YEARS`].
    ///
    /// The closed days around the turn of the year are no holidays by law: a company's calendar has them.
    #[must_use]
    pub fn japan() -> Self {
        Self::unchecked(CalendarSpec::japan())
    }

    /// A calendar of one's own.
    ///
    /// # Errors
    /// When no day of it is a working day, or the known dates end before they begin.
    pub fn new(spec: CalendarSpec) -> Result<Self, CalendarError> {
        if let Some((from, to)) = spec.known.filter(|(from, to)| from > to) {
            return Err(CalendarError::Known { from, to });
        }
        Self::unchecked(spec).checked()
    }

    /// Works on the days on which all of them work: the holidays of each count.
    ///
    /// # Errors
    /// When there is none, or they never work on the same day.
    pub fn all_of(name: impl Into<Text>, calendars: Vec<Self>) -> Result<Self, CalendarError> {
        Self::combined(name.into(), calendars, Kind::AllOf)
    }

    /// Works on the days on which at least one of them works.
    ///
    /// # Errors
    /// When there is none.
    pub fn any_of(name: impl Into<Text>, calendars: Vec<Self>) -> Result<Self, CalendarError> {
        Self::combined(name.into(), calendars, Kind::AnyOf)
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.0.name
    }

    /// From which to which date it is known, both included; `None` where there is no end to it.
    #[must_use]
    pub fn known(&self) -> Option<(NaiveDate, NaiveDate)> {
        let (from, to) = self.0.known?;
        crate::month::date_of(from).zip(crate::month::date_of(to))
    }

    /// Whether the date is a working day; `None` where the calendar is not known that far.
    #[must_use]
    pub fn is_working(&self, date: NaiveDate) -> Option<bool> {
        let day = day_of(date);
        let known = self.0.known.is_none_or(|(from, to)| (from..=to).contains(&day));
        let (month, number) = Month::of(day)?;
        known.then(|| self.working(month) >> number & 1 == 1)
    }

    /// Why the date is no working day. `None` where it is one, or the calendar is not known that far.
    #[must_use]
    pub fn why_closed(&self, date: NaiveDate) -> Option<WhyClosed> {
        if self.is_working(date)? {
            return None;
        }
        match &self.0.kind {
            Kind::AllOf(parts) | Kind::AnyOf(parts) => parts.iter().find_map(|part| part.why_closed(date)),
            Kind::Own(own) => own.why_closed(date),
        }
    }

    /// Why the date is no working day in words, as [`Calendar::why_closed`] has it.
    #[must_use]
    pub fn closed_because(&self, date: NaiveDate) -> Option<Text> {
        self.why_closed(date).map(|why| why.text())
    }

    /// The working days of a month; those beyond what is known are none.
    pub(crate) fn working(&self, month: Month) -> Mask {
        let all = match &self.0.kind {
            Kind::AllOf(parts) => parts.iter().fold(month.all(), |days, part| days & part.working(month)),
            Kind::AnyOf(parts) => parts.iter().fold(0, |days, part| days | part.working(month)),
            Kind::Own(own) => own.working(month),
        };
        all & self.within(month)
    }

    /// The days of a month for which it is known.
    pub(crate) fn within(&self, month: Month) -> Mask {
        self.0.known.map_or(month.all(), |(from, to)| month.days_within(from, to))
    }

    pub(crate) fn known_days(&self) -> Option<(Day, Day)> {
        self.0.known
    }

    /// Whether its years differ by their weekdays and their length alone.
    pub(crate) fn is_annual(&self) -> bool {
        match &self.0.kind {
            Kind::AllOf(parts) | Kind::AnyOf(parts) => parts.iter().all(Self::is_annual),
            Kind::Own(own) => {
                own.days_off.is_empty()
                    && own.days_on.is_empty()
                    && own.closed.iter().all(|one| one.on.is_annual())
            }
        }
    }

    fn unchecked(spec: CalendarSpec) -> Self {
        let CalendarSpec { name, base, weekend, holidays, working, closed, known } = spec;
        let months = |dates: &BTreeMap<NaiveDate, Text>, from: i32, masks: &mut Vec<Mask>| {
            for date in dates.keys() {
                let Some((month, day)) = Month::of(day_of(*date)) else { continue };
                if let Some(mask) = usize::try_from(index(month) - from).ok().and_then(|at| masks.get_mut(at))
                {
                    *mask |= 1 << day;
                }
            }
        };
        let ends = holidays.keys().chain(working.keys());
        let told: Vec<_> = ends.filter_map(|date| Some(index(Month::of(day_of(*date))?.0))).collect();
        let (from, to) = told.iter().fold((i32::MAX, i32::MIN), |(a, b), one| (a.min(*one), b.max(*one)));
        let length = usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or_default();
        let (mut days_off, mut days_on) = (vec![0; length], vec![0; length]);
        months(&holidays, from, &mut days_off);
        months(&working, from, &mut days_on);
        let own = Own { base, weekend, holidays, working, closed, from, days_off, days_on };
        let own_known = known.map(|(from, to)| (day_of(from), day_of(to)));
        let known = own.base.iter().filter_map(Self::known_days).chain(own_known).reduce(narrower);
        Self(Arc::new(Inner { name, known, kind: Kind::Own(Box::new(own)) }))
    }

    fn combined(name: Text, parts: Vec<Self>, kind: fn(Vec<Self>) -> Kind) -> Result<Self, CalendarError> {
        if parts.is_empty() {
            return Err(CalendarError::Nothing);
        }
        let known = parts.iter().filter_map(Self::known_days).reduce(narrower);
        Self(Arc::new(Inner { name, known, kind: kind(parts) })).checked()
    }

    /// How many calendars it is made of, itself included; no more than are too many are counted.
    fn parts(&self) -> usize {
        let parts = match &self.0.kind {
            Kind::AllOf(parts) | Kind::AnyOf(parts) => parts,
            Kind::Own(own) => &own.base,
        };
        let mut sum = 1;
        for part in parts {
            if sum > Self::MOST_PARTS {
                break;
            }
            sum += part.parts();
        }
        sum
    }

    fn checked(self) -> Result<Self, CalendarError> {
        let parts = self.parts();
        if parts > Self::MOST_PARTS {
            return Err(CalendarError::Parts { parts });
        }
        let works = Dates::working(&self).first_day().is_some();
        if works { Ok(self) } else { Err(CalendarError::NoWorkingDay) }
    }
}

/// The days that belong to both.
fn narrower((from, to): (Day, Day), (other_from, other_to): (Day, Day)) -> (Day, Day) {
    (from.max(other_from), to.min(other_to))
}

/// Months one after another.
fn index(month: Month) -> i32 {
    month.year * 12 + month.number.cast_signed() - 1
}

impl Own {
    fn working(&self, month: Month) -> Mask {
        let open = month.weekdays(self.weekend.complement().bits());
        let open = self.base.iter().fold(open, |days, base| days & base.working(month));
        let closed = self.closed.iter().fold(0, |days, closed| days | closed.on.mask(month));
        let Ok(at) = usize::try_from(index(month).saturating_sub(self.from)) else { return open & !closed };
        let told = |masks: &[Mask]| masks.get(at).copied().unwrap_or_default();
        (open & !closed & !told(&self.days_off)) | told(&self.days_on)
    }

    fn why_closed(&self, date: NaiveDate) -> Option<WhyClosed> {
        let holiday = self.holidays.get(&date).map(|name| WhyClosed::Holiday(name.clone()));
        let closes = |closed: &&Closed| closed.on.contains(date);
        let closed = || Some(WhyClosed::Closed(self.closed.iter().find(closes)?.why.clone()));
        let weekday = date.weekday();
        let weekend = || self.weekend.contains(weekday).then_some(WhyClosed::Weekend(weekday));
        let base = || self.base.iter().find_map(|base| base.why_closed(date));
        holiday.or_else(closed).or_else(weekend).or_else(base)
    }
}

impl CalendarSpec {
    /// A weekend and nothing else.
    #[must_use]
    pub fn new(name: impl Into<Text>, weekend: Weekdays) -> Self {
        Self {
            name: name.into(),
            base: Vec::new(),
            weekend,
            holidays: BTreeMap::new(),
            working: BTreeMap::new(),
            closed: Vec::new(),
            known: None,
        }
    }

    /// Saturday, Sunday and the holidays of Japan, to be added to.
    #[must_use]
    pub fn japan() -> Self {
        let mut spec = Self::new(Text::new("日本", "Japan"), Weekdays::SAT_AND_SUN);
        let (from, to) = (*JAPAN_HOLIDAY_YEARS.start(), *JAPAN_HOLIDAY_YEARS.end());
        spec.holidays = JAPAN_HOLIDAY_YEARS.filter_map(japan_holidays).flatten().collect();
        spec.known = NaiveDate::from_ymd_opt(from, 1, 1).zip(NaiveDate::from_ymd_opt(to, 12, 31));
        spec
    }
}
