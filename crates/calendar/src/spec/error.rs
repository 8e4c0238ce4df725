//! What is wrong with a recurrence or a calendar of a file.

use crate::calendar::CalendarError;
use crate::cron::CronError;
use crate::dates::RuleError;
use crate::recurrence::RecurrenceError;
use crate::times::TimesError;
use crate::zone::ZoneError;

/// What is wrong with a recurrence or a calendar of a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
#[non_exhaustive]
pub struct SpecError {
    /// The field, from the recurrence or the map of calendars on, such as `on.monthly`; empty for all of it.
    pub path: String,
    /// What is wrong with it.
    pub cause: SpecCause,
}

/// What is wrong with a recurrence or a calendar of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecCause {
    /// A calendar that is wrong itself, which is told where it stands.
    #[error("the calendar `{name}` is wrong itself")]
    Broken {
        /// Its name.
        name: String,
    },
    /// The calendar cannot be.
    #[error("the calendar {0}")]
    Calendar(CalendarError),
    /// A calendar adds to itself, or combines itself.
    #[error("the calendar is made of itself")]
    Circle,
    /// The cron expression cannot be read.
    #[error("the cron expression: {0}")]
    Cron(CronError),
    /// A field that another one needs.
    #[error("`{field}` is missing: {why}")]
    Missing {
        /// The field.
        field: &'static str,
        /// What needs it.
        why: &'static str,
    },
    /// Neither dates with times, nor a cron expression, nor an interval; or more than one of these.
    #[error("says in {count} ways when it recurs: expected one of `on` with `at`, `cron`, `every`")]
    Ways {
        /// How many.
        count: usize,
    },
    /// A field that has no meaning beside the others.
    #[error("`{field}` has no meaning here: {why}")]
    Meaningless {
        /// The field.
        field: &'static str,
        /// Why.
        why: &'static str,
    },
    /// The recurrence cannot be.
    #[error("{0}")]
    Recurrence(RecurrenceError),
    /// The rule for dates cannot be.
    #[error("{0}")]
    Rule(RuleError),
    /// The times of day cannot be.
    #[error("{0}")]
    Times(TimesError),
    /// No calendar has this name.
    #[error("there is no calendar `{name}`: known are {known}")]
    UnknownCalendar {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A word that is no weekday, month, day of a month, or day of a year.
    #[error("`{word}` is no {expected}")]
    Word {
        /// The word.
        word: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The zone cannot be read.
    #[error("{0}")]
    Zone(ZoneError),
}

impl SpecError {
    pub(super) fn at(path: &str, cause: SpecCause) -> Self {
        Self { path: path.to_owned(), cause }
    }

    pub(super) fn within(mut self, path: &str) -> Self {
        let between = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{path}{between}{}", self.path);
        self
    }
}

pub(super) fn no_calendar(path: &str) -> SpecError {
    SpecError::at(path, SpecCause::Missing { field: "calendar", why: "working days are those of a calendar" })
}
