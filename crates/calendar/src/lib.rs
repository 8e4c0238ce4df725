//! Civil time with stated policies: zones, gaps and folds of the clock, calendar periods, working days, and what recurs.
//!
//! The questions it answers: *which stretch of time is "this month in Tokyo"? When is "the last working day of each
//! month at 17:00", and what becomes of 02:30 on a night when the clock jumps over it?*
//!
//! ```
//! use chrono::{NaiveDate, TimeZone, Utc};
//! use toban_calendar::{Adjust, Calendar, ClockChange, Dates, MonthDay, Period, Recurrence, Times, Zone};
//!
//! # #[cfg(feature = "zones")] {
//! let berlin = Zone::parse("Europe/Berlin")?;
//! let noon = Utc.with_ymd_and_hms(2026, 3, 29, 10, 0, 0).unwrap();
//! let day = Period::day().containing(berlin, noon)?;
//! assert_eq!(day.length().num_hours(), 23); // the night in which summer time begins
//!
//! let nightly = Recurrence::new(Dates::daily(), Times::parse(["02:30"])?, berlin, ClockChange::ONCE)?;
//! let next = nightly.next(Utc.with_ymd_and_hms(2026, 3, 28, 12, 0, 0).unwrap()).unwrap();
//! assert_eq!(next.to_rfc3339(), "2026-03-29T01:00:00+00:00"); // 03:00, the end of the gap: no night is lost
//!
//! let tokyo = Zone::parse("Asia/Tokyo")?;
//! let closing = Recurrence::new(Dates::monthly([MonthDay::FromEnd(0)])?, Times::parse(["17:00"])?, tokyo, ClockChange::ONCE)?
//!     .adjusted(Adjust::Previous, &Calendar::japan())?;
//! let why = closing.why(NaiveDate::from_ymd_opt(2026, 10, 30).unwrap());
//! assert_eq!(why.reasons[1].text().en, "moved here from Sat 2026-10-31 (Saturday)");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! - [`Zone`]: the rule that turns an instant into the reading of a clock on a wall: UTC, a fixed offset, or an
//!   IANA name.
//! - *Civil time*: that reading, a [`chrono::NaiveDateTime`] in the proleptic Gregorian calendar.
//! - [`Gap`], [`Fold`], [`ClockChange`]: what a civil time means that the clock skips, or shows twice.
//! - [`Period`]: a calendar unit, or several, counted from an anchor; its boundaries are civil times.
//! - [`Calendar`]: which days are working days; data, but for [`japan_holidays`], which are computed.
//! - [`Dates`], [`MonthDay`], [`Times`]: rules for dates, and times of day.
//! - [`Recurrence`]: instants by dates and times in a zone, perhaps [moved](Adjust) to working days, or by elapsed time.
//!   [`Windows`] are stretches that begin at them; a [`Jitter`] spreads their starts.
//! - [`Why`], [`Change`]: why something happens on a date or does not; what is moved, merged, dropped or doubled.
//!
//! | the caller does | the crate does |
//! |---|---|
//! | chooses zone and period | finds the boundaries, 23 and 25 hour days and skipped dates included |
//! | states what a skipped or repeated time means | converts, or refuses with both candidates named |
//! | states rules, calendars and what becomes of closed days | gives the instants in order, none twice, and why |
//! | says what time it is | nothing: it has no clock |
//!
//! # Time and units
//! Instants are `DateTime<Utc>`, stretches are [`toban_core::Interval`] (half-open). Leap seconds are not modelled.
//! Years reach from -262143 to 262142; what lies beyond is an error, never a panic. The compiled-in IANA database
//! tabulates changes of the clock up to the year 2099; later instants keep each zone's last offset. What recurs lies on
//! whole seconds; rules that pause for more than the 400 years in which the calendar repeats end there.
//!
//! # What it does not do
//! No holidays of other countries but as data, no working hours, no sub-second times.
//!
//! # Features
//! - `cron`: cron expressions in named dialects (adds `cron`, which parses them).
//! - `icalendar`: recurrences as calendar files, RFC 5545 (adds `icalendar`).
//! - `parts`: rules for dates as parts that other languages say.
//! - `serde`: recurrences and calendars as they stand in files (adds `serde` and `cron`).
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
mod jitter;
mod month;
mod offsets;
mod period;
#[cfg(feature = "parts")]
mod pieces;
mod preview;
mod recurrence;
mod sets;
mod showing;
#[cfg(feature = "serde")]
mod spec;
mod times;
mod why;
mod windows;
mod words;
mod zone;

pub use adjust::Adjust;
pub use calendar::{Calendar, CalendarError, CalendarSpec, Closed, WhyClosed};
pub use civil::{CivilError, Fold, Gap};
#[cfg(feature = "cron")]
pub use cron::{BothDays, Cron, CronDialect, CronError, CronField};
pub use dates::{Dates, MonthDay, RuleError};
#[cfg(feature = "icalendar")]
pub use ical::{Ical, IcalError, IcalEvent, IcalNote, Unsaid, icalendar};
pub use japan::{JAPAN_HOLIDAY_YEARS, japan_holidays};
pub use jitter::{Jitter, JitterError};
pub use period::{Period, Unit};
#[cfg(feature = "parts")]
pub use pieces::{DatesPart, PartDays};
pub use preview::{Cause, Change, ChangedTime, Fate};
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
