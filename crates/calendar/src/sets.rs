//! Sets of weekdays and of months.

use chrono::Weekday;
use std::fmt;

use crate::month::number_of;

/// Some of the seven weekdays, or all of them, or none.
///
/// ```
/// use chrono::Weekday;
/// use toban_calendar::Weekdays;
/// let days = Weekdays::of([Weekday::Mon, Weekday::Wed]);
/// assert_eq!(days.to_string(), "mon,wed");
/// assert!(Weekdays::MON_TO_FRI.contains(Weekday::Fri));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All seven.
    pub const ALL: Self = Self(0x7f);
    /// From Monday to Friday.
    pub const MON_TO_FRI: Self = Self(0x1f);
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Saturday and Sunday.
    pub const SAT_AND_SUN: Self = Self(0x60);

    /// Those given.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | 1 << number_of(day)))
    }

    /// Whether the weekday is among them.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 >> number_of(day) & 1 == 1
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The weekdays in order, from Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        WEEK.into_iter().filter(move |day| self.contains(*day))
    }

    /// The others.
    #[must_use]
    pub fn complement(self) -> Self {
        Self(!self.0 & 0x7f)
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }
}

pub(crate) const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// `mon,wed`.
impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|day| day.to_string().to_lowercase()).collect();
        f.pad(&names.join(","))
    }
}

/// Some of the twelve months, or all of them.
///
/// ```
/// use toban_calendar::MonthsOfYear;
/// let ends_of_quarters = MonthsOfYear::of([3, 6, 9, 12])?;
/// assert!(ends_of_quarters.contains(9) && !ends_of_quarters.contains(10));
/// assert!(MonthsOfYear::of([13]).is_err());
/// # Ok::<(), toban_calendar::RuleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MonthsOfYear(u16);

impl MonthsOfYear {
    /// All twelve.
    pub const ALL: Self = Self(0x1ffe);

    /// Those given, January being 1.
    ///
    /// # Errors
    /// When a number is not 1 to 12, or there is none.
    pub fn of(months: impl IntoIterator<Item = u32>) -> Result<Self, crate::RuleError> {
        let mut set = 0;
        for month in months {
            if !(1..=12).contains(&month) {
                return Err(crate::RuleError::Month { month });
            }
            set |= 1 << month;
        }
        if set == 0 { Err(crate::RuleError::Empty { what: "months" }) } else { Ok(Self(set)) }
    }

    /// Whether the month is among them, January being 1.
    #[must_use]
    pub fn contains(self, month: u32) -> bool {
        month < 16 && self.0 >> month & 1 == 1
    }

    /// The numbers of the months in order, January being 1.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (1..=12).filter(move |month| self.contains(*month))
    }
}
