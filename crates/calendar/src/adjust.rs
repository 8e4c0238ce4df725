//! What becomes of a date that is no working day.

use crate::calendar::Calendar;
use crate::month::{Day, Mask, Month};

/// What becomes of a date that is no working day.
///
/// No date moves by more than 28 days; one that would have to is left out, and so is one of which the calendar does
/// not know enough to tell where it goes. All but [`Adjust::Skip`] keep the order
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
pub(crate) const REACH: Day = 28;

/// Three months in a row as one row of bits, of which the first is bit 0.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Where the middle month begins.
    start: u32,
    /// Where it ends.
    end: u32,
    working: u128,
    unknown: u128,
}

impl Adjust {
    /// The days of a month to which dates move or on which they stay.
    pub(crate) fn mask(self, month: Month, calendar: &Calendar, dates: impl Fn(Month) -> Mask) -> Mask {
        let known = |month: Month| dates(month) & calendar.within(month);
        let nominal = known(month);
        if self == Self::Skip {
            return nominal & calendar.working(month);
        }
        let (before, after) = (month.previous(), month.next());
        let row = Row::of(month, calendar);
        let days = row.join(known(before), nominal, known(after));
        let mut landed = days & row.working;
        let mut moving = days & !row.working;
        while moving != 0 {
            let at = moving.trailing_zeros();
            moving &= moving - 1;
            landed |= match self.moved(at, row) {
                Some(to) if self != Self::Nearest || row.part(at) == 1 => 1 << to,
                // What is nearer may lie beyond the row.
                Some(to) if row.part(to) == 1 => {
                    let (of, first) = if row.part(at) == 0 { (before, 0) } else { (after, row.end) };
                    let distance = self.distance(of, at - first + 1, calendar);
                    u128::from(distance.and_then(|days| at.checked_add_signed(days)) == Some(to)) << to
                }
                _ => 0,
            };
        }
        row.middle(landed, month)
    }

    /// Where the closed day at a place of the row moves to. A day that is not known may be a working day: where it
    /// would be the one, nothing can be told.
    fn moved(self, at: u32, row: Row) -> Option<u32> {
        let open = row.working | row.unknown;
        let next = (open >> at).checked_ilog2().map(|_| at + (open >> at).trailing_zeros());
        let next = next.filter(|to| (to - at).cast_signed() <= REACH);
        let previous = (open & ((1 << at) - 1)).checked_ilog2().filter(|to| (at - to).cast_signed() <= REACH);
        let same = |to: &u32| row.part(*to) == row.part(at);
        let to = match self {
            Self::Nearest => match (previous, next) {
                (Some(low), Some(high)) => Some(if high - at < at - low { high } else { low }),
                (one, other) => one.or(other),
            },
            Self::Next => next,
            Self::NextInMonth => next.filter(same).or(previous),
            Self::Previous => previous,
            Self::PreviousInMonth => previous.filter(same).or(next),
            Self::Skip => None,
        };
        to.filter(|to| row.working >> to & 1 == 1)
    }

    /// Where a date of the month moves to, as a distance in days; `None` where it is left out. A working day stays.
    pub(crate) fn distance(self, month: Month, day: u32, calendar: &Calendar) -> Option<i32> {
        let row = Row::of(month, calendar);
        let at = row.start + day - 1;
        if row.working >> at & 1 == 1 {
            return Some(0);
        }
        self.moved(at, row).map(|to| to.cast_signed() - at.cast_signed())
    }
}

impl Row {
    /// The month and its neighbours.
    fn of(month: Month, calendar: &Calendar) -> Self {
        let months = [month.previous(), month, month.next()];
        let [before, ..] = months;
        let row = Self { start: before.length, end: before.length + month.length, working: 0, unknown: 0 };
        let join = |mask: fn(&Calendar, Month) -> Mask| {
            let [before, month, after] = months.map(|month| mask(calendar, month));
            row.join(before, month, after)
        };
        let unknown = join(|calendar, month| month.all() & !calendar.within(month));
        Self { working: join(Calendar::working), unknown, ..row }
    }

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
