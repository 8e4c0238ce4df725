//! Calendar periods.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use std::fmt;
use std::num::NonZeroU32;
use toban_core::Interval;

use crate::civil::{CivilError, Fold, Gap};
use crate::zone::Zone;

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// Seven days; from Monday on (ISO 8601) unless anchored elsewhere.
    Week,
    /// From the first to the first.
    Month,
    /// Three months; from January, April, July, October on unless anchored elsewhere.
    Quarter,
    /// Twelve months; from January on unless anchored elsewhere.
    Year,
}

/// A unit of the calendar, or several, counted from an anchor in both directions without end.
///
/// The boundaries are civil times, so a day may have 23 or 25 hours. A boundary that the clock skips is the first
/// instant after the gap, one that it shows twice is the earlier. Every instant lies in exactly one period: where a
/// zone leaves out a whole date, that date has none.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use toban_calendar::{Period, Zone};
/// let at = Utc.with_ymd_and_hms(2024, 2, 10, 0, 0, 0).unwrap();
/// let month = Period::month().containing(Zone::UTC, at)?;
/// assert_eq!(month.length().num_days(), 29);
/// # Ok::<(), toban_calendar::CivilError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    unit: Unit,
    every: NonZeroU32,
    anchor: NaiveDateTime,
}

impl Period {
    /// The unit that it is made of.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How many units make one period.
    #[must_use]
    pub fn every(&self) -> NonZeroU32 {
        self.every
    }

    /// A civil time at which one of them begins.
    #[must_use]
    pub fn anchor(&self) -> NaiveDateTime {
        self.anchor
    }

    /// From midnight to midnight.
    #[must_use]
    pub fn day() -> Self {
        Self::calendar(Unit::Day)
    }

    /// From Monday to Monday (ISO 8601).
    #[must_use]
    pub fn week() -> Self {
        Self::calendar(Unit::Week)
    }

    /// From the first of the month to the first of the next.
    #[must_use]
    pub fn month() -> Self {
        Self::calendar(Unit::Month)
    }

    /// Three months from the first of January, April, July or October.
    #[must_use]
    pub fn quarter() -> Self {
        Self::calendar(Unit::Quarter)
    }

    /// From the first of January to the next.
    #[must_use]
    pub fn year() -> Self {
        Self::calendar(Unit::Year)
    }

    /// `every` units at a time, of which one begins at the civil time `start`.
    ///
    /// Months that are shorter than the day of `start` begin on their last day, and the following ones on the day of
    /// `start` again: from 31 January on, months begin on 28 or 29 February, 31 March, 30 April.
    #[must_use]
    pub fn anchored(every: NonZeroU32, unit: Unit, start: NaiveDateTime) -> Self {
        Self { unit, every, anchor: start }
    }

    /// The period in which the instant lies.
    ///
    /// # Errors
    /// When the period reaches beyond the years that can be expressed.
    pub fn containing(&self, zone: Zone, at: DateTime<Utc>) -> Result<Interval, CivilError> {
        let beyond = CivilError::OutOfRange { near: at.naive_utc(), zone };
        self.search(zone, at).ok_or(beyond)
    }

    /// The period after that in which the instant lies.
    ///
    /// # Errors
    /// When one of the two reaches beyond the years that can be expressed.
    pub fn next(&self, zone: Zone, at: DateTime<Utc>) -> Result<Interval, CivilError> {
        self.containing(zone, self.containing(zone, at)?.end())
    }

    /// The period before that in which the instant lies.
    ///
    /// # Errors
    /// When one of the two reaches beyond the years that can be expressed.
    pub fn previous(&self, zone: Zone, at: DateTime<Utc>) -> Result<Interval, CivilError> {
        let start = self.containing(zone, at)?.start();
        let last = start.checked_sub_signed(TimeDelta::nanoseconds(1));
        self.containing(zone, last.ok_or(CivilError::OutOfRange { near: start.naive_utc(), zone })?)
    }

    /// 1 January 2001 was a Monday: there, all units of the calendar begin at once.
    fn calendar(unit: Unit) -> Self {
        let anchor = NaiveDate::from_ymd_opt(2001, 1, 1).unwrap_or_default();
        Self { unit, every: NonZeroU32::MIN, anchor: anchor.into() }
    }

    /// Guesses from the civil date, then steps until the instant is inside: a guess is wrong by a step or two where
    /// the clock skips or repeats the boundary.
    fn search(&self, zone: Zone, at: DateTime<Utc>) -> Option<Interval> {
        let civil = zone.civil(at).ok()?;
        let mut number = self.units_until(civil).div_euclid(i64::from(self.every.get()));
        let (mut start, mut end) = (self.boundary(zone, number)?, self.boundary(zone, number + 1)?);
        while at < start {
            number -= 1;
            (start, end) = (self.boundary(zone, number)?, start);
        }
        while end <= at {
            number += 1;
            (start, end) = (end, self.boundary(zone, number + 1)?);
        }
        Interval::new(start, end).ok()
    }

    /// How many whole units lie between the dates of the anchor and of the civil time.
    fn units_until(&self, civil: NaiveDateTime) -> i64 {
        let months = |at: NaiveDateTime| i64::from(at.year()) * 12 + i64::from(at.month0());
        let days = civil.date().signed_duration_since(self.anchor.date()).num_days();
        match self.unit.length() {
            Length::Days(length) => days.div_euclid(length),
            Length::Months(length) => (months(civil) - months(self.anchor)).div_euclid(length),
        }
    }

    /// The instant at which period `number` begins, 0 being the one that begins at the anchor.
    fn boundary(&self, zone: Zone, number: i64) -> Option<DateTime<Utc>> {
        let units = number.checked_mul(i64::from(self.every.get()))?;
        let civil = match self.unit.length() {
            Length::Days(length) => {
                self.anchor.checked_add_signed(TimeDelta::try_days(units.checked_mul(length)?)?)?
            }
            Length::Months(length) => {
                let months = units.checked_mul(length)?;
                let distance = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
                if months < 0 {
                    self.anchor.checked_sub_months(distance)?
                } else {
                    self.anchor.checked_add_months(distance)?
                }
            }
        };
        zone.instant(civil, Gap::FirstAfter, Fold::Earlier).ok()
    }
}

/// What a unit is made of.
enum Length {
    Days(i64),
    Months(i64),
}

impl Unit {
    fn length(self) -> Length {
        match self {
            Self::Day => Length::Days(1),
            Self::Week => Length::Days(7),
            Self::Month => Length::Months(1),
            Self::Quarter => Length::Months(3),
            Self::Year => Length::Months(12),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        })
    }
}

/// `month`, or `2 weeks from 2026-01-05 09:00:00`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, every, anchor } = self;
        match every.get() {
            1 if *self == Self::calendar(*unit) => write!(f, "{unit}"),
            1 => write!(f, "{unit} from {anchor}"),
            every => write!(f, "{every} {unit}s from {anchor}"),
        }
    }
}
