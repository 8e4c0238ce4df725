//! Stretches of time that recur.

use chrono::{DateTime, TimeDelta, Utc};
use toban_core::Interval;

use crate::recurrence::Recurrence;

/// Stretches of time that recur: each begins at an instant of a recurrence and lasts a length of elapsed time.
///
/// ```
/// use chrono::{TimeDelta, Weekday};
/// use toban_calendar::{ClockChange, Dates, Recurrence, Times, Weekdays, Windows, Zone};
/// use toban_core::Interval;
/// let sundays = Dates::weekly(Weekdays::of([Weekday::Sun]))?;
/// let starts = Recurrence::new(sundays, Times::parse(["02:00"])?, Zone::parse("+09:00")?, ClockChange::ONCE)?;
/// let maintenance = Windows::new(starts, TimeDelta::hours(2))?;
/// let november = Interval::new("2026-11-01T00:00:00Z".parse()?, "2026-12-01T00:00:00Z".parse()?)?;
/// let windows: Vec<_> = maintenance.touching(november).collect();
/// assert_eq!(windows.len(), 4); // that of Sunday the 1st was over before
/// assert_eq!(windows[0].to_string(), "[2026-11-07T17:00:00Z, 2026-11-07T19:00:00Z)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    starts: Recurrence,
    length: TimeDelta,
}

/// A length that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("windows of {length} hold no time: expected more than none")]
pub struct WindowsError {
    /// The rejected length.
    pub length: TimeDelta,
}

impl Windows {
    /// Stretches of that length, from each instant of the recurrence on.
    ///
    /// # Errors
    /// When the length is not positive.
    pub fn new(starts: Recurrence, length: TimeDelta) -> Result<Self, WindowsError> {
        if length > TimeDelta::zero() { Ok(Self { starts, length }) } else { Err(WindowsError { length }) }
    }

    /// When they begin.
    #[must_use]
    pub fn starts(&self) -> &Recurrence {
        &self.starts
    }

    /// How long each lasts.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.length
    }

    /// Those that have time in common with a stretch, whole and in order; those that overlap or touch are one.
    pub fn touching(&self, within: Interval) -> impl Iterator<Item = Interval> + '_ {
        let early = within.start().checked_sub_signed(self.length);
        let mut after = Some(early.unwrap_or(DateTime::<Utc>::MIN_UTC));
        let mut waiting: Option<Interval> = None;
        std::iter::from_fn(move || {
            while let Some(start) =
                after.and_then(|after| self.starts.next(after)).filter(|at| *at < within.end())
            {
                after = Some(start);
                let end = start.checked_add_signed(self.length);
                let Some(window) = end.and_then(|end| Interval::new(start, end).ok()) else { break };
                match waiting {
                    Some(open) if window.start() <= open.end() => {
                        waiting = Interval::new(open.start(), window.end().max(open.end())).ok();
                    }
                    Some(open) => {
                        waiting = Some(window);
                        return Some(open);
                    }
                    None => waiting = Some(window),
                }
            }
            after = None;
            waiting.take()
        })
    }
}
