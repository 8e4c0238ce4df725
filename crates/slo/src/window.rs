//! The stretches of time over which an objective is judged.

use crate::duration::{self, Short};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use toban_calendar::{Period, Unit, Zone};
use toban_core::Interval;

/// The stretch of time over which an objective must be kept.
///
/// ```
/// use toban_calendar::{Period, Zone};
/// use toban_slo::Window;
/// assert_eq!(Window::rolling_days(30).to_string(), "30d");
/// assert_eq!(Window::calendar(Period::month(), Zone::UTC).to_string(), "month UTC");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window(Shape);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shape {
    Rolling(TimeDelta),
    Calendar(Period, Zone),
}

impl Window {
    /// The last `days` times 24 hours. The last 0 days hold no data.
    #[must_use]
    pub fn rolling_days(days: u16) -> Self {
        Self(Shape::Rolling(TimeDelta::days(days.into())))
    }

    /// The last stretch of the given length.
    ///
    /// # Errors
    /// When the length is not a positive whole number of milliseconds.
    pub fn rolling(length: TimeDelta) -> Result<Self, WindowError> {
        match duration::as_millis(length) {
            Some(_) => Ok(Self(Shape::Rolling(length))),
            None => Err(WindowError { length }),
        }
    }

    /// The day, week, month, quarter or year of the calendar, so far, in a time zone.
    #[must_use]
    pub fn calendar(period: Period, zone: Zone) -> Self {
        Self(Shape::Calendar(period, zone))
    }

    /// The whole window that belongs to the moment `at`: for a rolling one it ends at `at`, for a calendar one it
    /// is the period that `at` lies in, where the moment of a boundary closes the period before it.
    ///
    /// `None` for the last 0 days and at the ends of the calendar.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>) -> Option<Interval> {
        match self.0 {
            Shape::Rolling(length) => Interval::new(at.checked_sub_signed(length)?, at).ok(),
            Shape::Calendar(period, zone) => {
                let inside = at.checked_sub_signed(TimeDelta::milliseconds(1))?;
                period.containing(zone, inside).ok()
            }
        }
    }

    /// Its length where it always has the same, otherwise by convention: a month is 30 days, a quarter 90, a year
    /// 365 (as in OpenSLO's reference implementation). What scales with the window, such as the factors of an
    /// alert policy, uses this length.
    #[must_use]
    pub fn nominal_length(&self) -> TimeDelta {
        match self.0 {
            Shape::Rolling(length) => length,
            Shape::Calendar(period, _) => {
                let days = match period.unit() {
                    Unit::Day => 1,
                    Unit::Week => 7,
                    Unit::Month => 30,
                    Unit::Quarter => 90,
                    Unit::Year => 365,
                };
                TimeDelta::try_days(days * i64::from(period.every().get())).unwrap_or(TimeDelta::MAX)
            }
        }
    }

    /// Its length, if it moves with the clock.
    #[must_use]
    pub fn length(&self) -> Option<TimeDelta> {
        match self.0 {
            Shape::Rolling(length) => Some(length),
            Shape::Calendar(..) => None,
        }
    }

    /// Its period and the zone of its calendar, if it moves with the calendar.
    #[must_use]
    pub fn period(&self) -> Option<(Period, Zone)> {
        match self.0 {
            Shape::Rolling(_) => None,
            Shape::Calendar(period, zone) => Some((period, zone)),
        }
    }

    /// Whether it moves with the clock rather than with the calendar.
    #[must_use]
    pub fn is_rolling(&self) -> bool {
        matches!(self.0, Shape::Rolling(_))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shape::Rolling(length) => Short(length).fmt(f),
            Shape::Calendar(period, zone) => write!(f, "{period} {zone}"),
        }
    }
}

/// A length is no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window is a positive whole number of milliseconds: {length}")]
pub struct WindowError {
    /// The rejected length.
    pub length: TimeDelta,
}
