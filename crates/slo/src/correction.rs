//! Planned maintenance, taken out of the maths on purpose and on record.

use chrono::{DateTime, Utc};
use toban_calendar::Windows;
use toban_core::Interval;

/// What happens to the time of a correction. There is no default: the three differ.
///
/// A seven-day objective with 60 bad minutes and a correction of one day: as [`Treatment::DropTime`] the rest
/// counts for more, 60 of 8,640 minutes; as [`Treatment::CountGood`] it is 60 of 10,080.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Treatment {
    /// What went bad in it counts as good; its events stay. A slice of time in it is good, seen or not.
    CountGood,
    /// Its events do not count, but its time does: as time in which nothing happened.
    DropEvents,
    /// It does not exist: neither its events nor its time count, and no data is expected in it.
    DropTime,
}

/// A stretch of time that is taken out of the maths, with the reason and who put it on record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Correction {
    /// The stretch. A slot of the data is corrected only if it lies wholly inside; one that touches no slot is said to
    /// be [without effect](crate::CorrectionReport::is_without_effect).
    pub interval: Interval,
    /// What happens to it.
    pub treatment: Treatment,
    /// Why, such as the name of the maintenance.
    pub reason: String,
    /// Who put it on record and when; a correction may be made afterwards.
    pub recorded: Option<Recorded>,
}

/// Who put a correction on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The person or the system.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Correction {
    /// A stretch of time that is treated specially for a reason.
    #[must_use]
    pub fn new(interval: Interval, treatment: Treatment, reason: impl Into<String>) -> Self {
        Self { interval, treatment, reason: reason.into(), recorded: None }
    }

    /// Says who put it on record, and when.
    #[must_use]
    pub fn with_recorded(mut self, by: impl Into<String>, at: DateTime<Utc>) -> Self {
        self.recorded = Some(Recorded { by: by.into(), at });
        self
    }
}

/// Maintenance that recurs: the same correction for each of its windows.
///
/// ```
/// use chrono::TimeDelta;
/// use toban_calendar::{ClockChange, Dates, Recurrence, Times, Windows, Zone};
/// use toban_core::Interval;
/// use toban_slo::{RecurringCorrection, Treatment};
/// let nightly = Recurrence::new(Dates::daily(), Times::parse(["03:00"])?, Zone::UTC, ClockChange::ONCE)?;
/// let backup = RecurringCorrection {
///     windows: Windows::new(nightly, TimeDelta::minutes(10))?,
///     treatment: Treatment::DropTime,
///     reason: "nightly backup".to_owned(),
///     recorded: None,
/// };
/// let week = Interval::new("2026-11-01T00:00:00Z".parse()?, "2026-11-08T00:00:00Z".parse()?)?;
/// assert_eq!(backup.within(week).len(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurringCorrection {
    /// When.
    pub windows: Windows,
    /// What happens to the time of each.
    pub treatment: Treatment,
    /// Why.
    pub reason: String,
    /// Who put it on record and when.
    pub recorded: Option<Recorded>,
}

impl RecurringCorrection {
    /// The corrections for the windows that have time in common with the stretch, in order.
    #[must_use]
    pub fn within(&self, stretch: Interval) -> Vec<Correction> {
        let one = |interval| Correction {
            interval,
            treatment: self.treatment,
            reason: self.reason.clone(),
            recorded: self.recorded.clone(),
        };
        self.windows.touching(stretch).map(one).collect()
    }
}
