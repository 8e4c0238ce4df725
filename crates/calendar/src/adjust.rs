//! What becomes of a date that is no working day.

use crate::calendar::Calendar;
use crate::month::{Mask, Month};

/// What becomes of a date that is no working day.
///
/// No date moves by more than 28 days; one that would have to is left out. All but [`Adjust::Skip`] keep the order
/// of dates, so several may come to lie on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Adjust {
    /// The nearest working day; the earlier of two that are equally near.
    Nearest,
    /// The next working day (*following*; 翌営業日).
    Next,
    /// The next working day of the same month, or else the last one before it (*modified following*).
    NextInMonth,
    /// The working day before it (*preceding*; 前営業日).
    Previous,
    /// The working day before it in the same month, or else the next one (*modified preceding*).
    PreviousInMonth,
    /// It is left out.
    Skip,
}

/// The furthest that a date moves, in days: no month is shorter, so that only neighbouring months matter.
const REACH: u32 = 28;

/// Three months in a row as one row of bits, of which the first is bit 0.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Where the middle month begins.
    start: u32,
    /// Where it ends.
    end: u32,
}

impl Adjust {
    /// The days of a month to which dates move or on which they stay.
    pub(crate) fn mask(self, month: Month, calendar: &Calendar, dates: impl Fn(Month) -> Mask) -> Mask {
        let known = |month: Month| dates(month) & calendar.within(month);
        let (open, nominal) = (calendar.working(month), known(month));
        if self == Self::Skip {
            return nominal & open;
        }
        let (before, after) = (month.previous(), month.next());
        let row = Row { start: before.length, end: before.length + month.length };
        let days = row.join(known(before), nominal, known(after));
        let working = row.join(calendar.working(before), open, calendar.working(after));
        let mut landed = days & working;
        let mut moving = days & !working;
        while moving != 0 {
            let at = moving.trailing_zeros();
            moving &= moving - 1;
            if let Some(to) = self.moved(at, working, row) {
                landed |= 1 << to;
            }
        }
        row.middle(landed, month)
    }

    /// Where the closed day at a place of the row moves to.
    fn moved(self, at: u32, working: u128, row: Row) -> Option<u32> {
        let next = (working >> at).checked_ilog2().map(|_| at + (working >> at).trailing_zeros());
        let next = next.filter(|to| to - at <= REACH);
        let previous = (working & ((1 << at) - 1)).checked_ilog2().filter(|to| at - to <= REACH);
        let same = |to: &u32| row.part(*to) == row.part(at);
        match self {
            Self::Nearest => match (previous, next) {
                (Some(low), Some(high)) => Some(if high - at < at - low { high } else { low }),
                (one, other) => one.or(other),
            },
            Self::Next => next,
            Self::NextInMonth => next.filter(same).or(previous),
            Self::Previous => previous,
            Self::PreviousInMonth => previous.filter(same).or(next),
            Self::Skip => None,
        }
    }

    /// Where a date of the month moves to, as a distance in days; `None` where it is left out. A working day stays.
    pub(crate) fn distance(self, month: Month, day: u32, calendar: &Calendar) -> Option<i32> {
        let (before, after) = (month.previous(), month.next());
        let row = Row { start: before.length, end: before.length + month.length };
        let working = row.join(calendar.working(before), calendar.working(month), calendar.working(after));
        let at = row.start + day - 1;
        if working >> at & 1 == 1 {
            return Some(0);
        }
        self.moved(at, working, row).map(|to| to.cast_signed() - at.cast_signed())
    }
}

impl Row {
    fn join(self, before: Mask, month: Mask, after: Mask) -> u128 {
        let bits = |mask: Mask| u128::from(mask >> 1);
        bits(before) | bits(month) << self.start | bits(after) << self.end
    }

    fn middle(self, row: u128, month: Month) -> Mask {
        let low = u32::try_from(row >> self.start & u128::from(u32::MAX >> 1)).unwrap_or_default();
        low << 1 & month.all()
    }

    /// Which of the three months a place belongs to.
    fn part(self, at: u32) -> u32 {
        u32::from(at >= self.start) + u32::from(at >= self.end)
    }
}
