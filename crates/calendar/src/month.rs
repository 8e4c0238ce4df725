//! Days as numbers and months as bit sets: what rules about dates are computed with.

use chrono::{Datelike, NaiveDate, Weekday};

/// A civil date, in days of the proleptic Gregorian calendar: 1 January of year 1 is day 1, and a Monday.
pub(crate) type Day = i32;

/// Bit `d` stands for day `d` of a month; bit 0 is never set.
pub(crate) type Mask = u32;

/// Every day that a month may have.
pub(crate) const EVERY_DAY: Mask = !1;

/// What has no end: the calendar repeats after 400 years, which are whole weeks.
pub(crate) const CYCLE: Day = 146_097;

/// The day number of a date.
pub(crate) fn day_of(date: NaiveDate) -> Day {
    date.num_days_from_ce()
}

/// The date of a day number; `None` beyond what chrono can express.
pub(crate) fn date_of(day: Day) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day)
}

/// One month, with what masks need to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    pub(crate) year: i32,
    /// 1 to 12.
    pub(crate) number: u32,
    /// Its first day.
    pub(crate) first: Day,
    /// 28 to 31.
    pub(crate) length: u32,
    /// The weekday of its first day: Monday is 0.
    pub(crate) weekday: u32,
}

impl Month {
    /// The month of a day, and which of its days it is.
    pub(crate) fn of(day: Day) -> Option<(Self, u32)> {
        let date = date_of(day)?;
        let (year, number) = (date.year(), date.month());
        let first = day - i32::try_from(date.day0()).ok()?;
        Some((
            Self { year, number, first, length: length(year, number), weekday: weekday(first) },
            date.day(),
        ))
    }

    /// The month of a year; `number` is 1 to 12.
    pub(crate) fn new(year: i32, number: u32) -> Option<Self> {
        Self::of(day_of(NaiveDate::from_ymd_opt(year, number, 1)?)).map(|(month, _)| month)
    }

    /// The first day of a year.
    pub(crate) fn first_of(year: i32) -> Option<Day> {
        Self::new(year, 1).map(|month| month.first)
    }

    /// The last day of a year.
    pub(crate) fn last_of(year: i32) -> Option<Day> {
        Self::new(year, 12).map(Self::last)
    }

    /// The month after it.
    pub(crate) fn next(self) -> Self {
        let (year, number) =
            if self.number == 12 { (self.year + 1, 1) } else { (self.year, self.number + 1) };
        let first = self.first + self.length.cast_signed();
        let weekday = (self.weekday + self.length) % 7;
        Self { year, number, first, length: length(year, number), weekday }
    }

    /// The month before it.
    pub(crate) fn previous(self) -> Self {
        let (year, number) =
            if self.number == 1 { (self.year - 1, 12) } else { (self.year, self.number - 1) };
        let length = length(year, number);
        let weekday = (self.weekday + 35 - length) % 7;
        Self { year, number, first: self.first - length.cast_signed(), length, weekday }
    }

    /// All of its days.
    pub(crate) fn all(self) -> Mask {
        (u32::MAX >> (31 - self.length)) & !1
    }

    /// Its last day.
    pub(crate) fn last(self) -> Day {
        self.first + self.length.cast_signed() - 1
    }

    /// The day number of one of its days.
    pub(crate) fn day(self, number: u32) -> Day {
        self.first + number.cast_signed() - 1
    }

    /// The days from one day to another, both included, that lie in it.
    pub(crate) fn days_within(self, from: Day, to: Day) -> Mask {
        let (from, to) = (from.max(self.first), to.min(self.last()));
        if from > to {
            return 0;
        }
        let (low, high) = ((from - self.first + 1).cast_unsigned(), (to - self.first + 1).cast_unsigned());
        (u32::MAX >> (31 - high)) & (u32::MAX << low)
    }

    /// The days of the weekdays whose bits are set; Monday is bit 0.
    pub(crate) fn weekdays(self, set: u8) -> Mask {
        let set = u32::from(set);
        let turned = ((set >> self.weekday) | (set << (7 - self.weekday))) & 0x7f;
        let weeks = turned | turned << 7 | turned << 14 | turned << 21 | turned << 28;
        (weeks << 1) & self.all()
    }
}

/// Monday is 0.
pub(crate) fn weekday(day: Day) -> u32 {
    (day - 1).rem_euclid(7).cast_unsigned()
}

/// The number of a weekday: Monday is 0.
pub(crate) fn number_of(weekday: Weekday) -> u32 {
    weekday.num_days_from_monday()
}

fn length(year: i32, number: u32) -> u32 {
    match number {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail")]
mod tests {
    use super::{Month, date_of, day_of};
    use chrono::Datelike;

    #[test]
    fn months_are_those_of_chrono_in_both_directions() {
        let mut month = Month::new(1599, 12).unwrap();
        for _ in 0..6_000 {
            let next = month.next();
            assert_eq!(Month::of(next.first), Some((next, 1)), "{next:?}");
            assert_eq!(next.previous(), month);
            assert_eq!(day_of(date_of(next.last()).unwrap()) + 1, next.next().first);
            for set in [0u8, 1, 0b001_1111, 0b100_0000, 0x7f] {
                for day in 1..=next.length {
                    let weekday = date_of(next.day(day)).unwrap().weekday().num_days_from_monday();
                    assert_eq!(next.weekdays(set) >> day & 1, u32::from(set) >> weekday & 1);
                }
            }
            month = next;
        }
    }
}
