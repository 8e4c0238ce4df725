//! Civil time with stated policies: zones, gaps and folds of the clock, calendar periods, and holidays.
//!
//! The question it answers: *which stretch of time is "this month in Tokyo", and what is 02:30 on a night when
//! the clock jumps over it?*
//!
//! ```
//! use chrono::{NaiveDate, TimeZone, Utc};
//! use toban_calendar::{Fold, Gap, Period, Zone};
//!
//! # #[cfg(feature = "zones")] {
//! let berlin = Zone::parse("Europe/Berlin")?;
//! let noon = Utc.with_ymd_and_hms(2026, 3, 29, 10, 0, 0).unwrap();
//! let day = Period::day().containing(berlin, noon)?;
//! assert_eq!(day.length().num_hours(), 23); // the night in which summer time begins
//!
//! let skipped = NaiveDate::from_ymd_opt(2026, 3, 29).and_then(|d| d.and_hms_opt(2, 30, 0)).unwrap();
//! let resumes = berlin.instant(skipped, Gap::FirstAfter, Fold::Earlier)?;
//! assert_eq!(resumes.to_rfc3339(), "2026-03-29T01:00:00+00:00");
//! assert!(berlin.instant(skipped, Gap::Refuse, Fold::Refuse).is_err());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! - [`Zone`]: the rule that turns an instant into the reading of a clock on a wall: UTC, a fixed offset, or an
//!   IANA name.
//! - *Civil time*: that reading, a [`chrono::NaiveDateTime`] in the proleptic Gregorian calendar.
//! - [`Gap`], [`Fold`]: what a civil time means that the clock skips, or shows twice.
//! - [`Period`]: a calendar unit, or several, counted from an anchor; its boundaries are civil times.
//! - [`japan_holidays`]: the dates that are holidays by the law of Japan, with their names.
//!
//! | the caller does | the crate does |
//! |---|---|
//! | chooses zone and period | finds the boundaries, 23 and 25 hour days and skipped dates included |
//! | states what a skipped or repeated time means | converts, or refuses with both candidates named |
//! | says what time it is | nothing: it has no clock |
//!
//! # Time and units
//! Instants are `DateTime<Utc>`, stretches are [`toban_core::Interval`] (half-open). Leap seconds are not modelled.
//! Years reach from -262143 to 262142; what lies beyond is an error, never a panic. The compiled-in IANA database
//! tabulates changes of the clock up to the year 2099; later instants keep each zone's last offset.
//!
//! # What it does not do
//! No recurrence, no holidays of other countries, no working hours.
//!
//! # Features
//! - `icalendar`: recurrences as calendar files, RFC 5545 (adds `icalendar`).
//! - `zones`: IANA names (adds `chrono-tz`).

mod adjust;
mod calendar;
mod civil;
#[cfg(feature = "cron")]
mod cron;
mod dates;
#[cfg(feature = "icalendar")]
mod ical;
mod japan;
mod month;
mod offsets;
mod period;
mod preview;
mod recurrence;
mod sets;
#[cfg(feature = "serde")]
mod spec;
mod times;
mod why;
mod windows;
mod words;
mod zone;

pub use adjust::Adjust;
pub use calendar::{Calendar, CalendarError, CalendarSpec, Closed};
pub use civil::{CivilError, Fold, Gap};
#[cfg(feature = "cron")]
pub use cron::{BothDays, Cron, CronDialect, CronError, CronField};
pub use dates::{Dates, MonthDay, RuleError};
#[cfg(feature = "icalendar")]
pub use ical::{Ical, IcalError, IcalEvent, IcalNote, Unsaid, icalendar};
pub use japan::{JAPAN_HOLIDAY_YEARS, japan_holidays};
pub use period::{Period, Unit};
pub use preview::{Cause, Change, Fate};
pub use recurrence::{ClockChange, Never, Recurrence, RecurrenceError};
pub use sets::{MonthsOfYear, Weekdays};
#[cfg(feature = "serde")]
pub use spec::{
    CalendarFileSpec, Calendars, ClosedSpec, DatesSpec, RecurrenceSpec, SpecCause, SpecError, Words,
};
pub use times::{Times, TimesError};
pub use why::{Because, Why};
pub use windows::{Windows, WindowsError};
pub use zone::{Zone, ZoneError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
