//! Freezes that recur.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use toban_calendar::{Calendars, RecurrenceSpec, Windows};
use toban_core::{Interval, Text};

use super::course::RolloutSpec;
use super::length::Length;
use crate::rollout::Freeze;

/// A freeze that recurs, such as every Friday afternoon, or from the 25th of each month to its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurringFreeze {
    /// When it begins; the zone of its dates and times stands in it.
    pub when: RecurrenceSpec,
    /// How long it lasts.
    pub length: Length,
    /// Why.
    pub why: String,
}

/// What is wrong with a freeze, at its place in the plan.
#[derive(Debug)]
pub(super) struct Misplaced {
    pub(super) place: String,
    pub(super) message: String,
}

impl RolloutSpec {
    /// The freezes that recur, with when in words; what could not be is left out, which no plan has.
    #[must_use]
    pub fn recurring_freezes_in_words(&self) -> Vec<(Text, &RecurringFreeze)> {
        let Ok(calendars) = Calendars::resolve(&self.calendars) else { return Vec::new() };
        let told = |freeze: &RecurringFreeze| Some(freeze.when.resolve(None, &calendars).ok()?.describe());
        self.recurring_freezes.iter().filter_map(|freeze| Some((told(freeze)?, freeze))).collect()
    }

    /// The freezes of a stretch of time: those that have their dates, and those that recur, each time by itself.
    pub(super) fn freezes_within(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Vec<Freeze>, Misplaced> {
        let mut freezes = self.freezes.clone();
        let misplaced = |place: &str, error: &dyn std::fmt::Display| Misplaced {
            place: place.trim_end_matches('.').to_owned(),
            message: error.to_string(),
        };
        let calendars = Calendars::resolve(&self.calendars)
            .map_err(|error| misplaced(&format!("rollout.calendars.{}", error.path), &error))?;
        for (nth, freeze) in self.recurring_freezes.iter().enumerate() {
            let at = format!("rollout.recurring_freezes[{nth}]");
            let when = freeze.when.resolve(None, &calendars);
            let when = when.map_err(|error| misplaced(&format!("{at}.when.{}", error.path), &error))?;
            let windows = Windows::new(when, freeze.length.as_time_delta());
            let windows = windows.map_err(|error| misplaced(&format!("{at}.length"), &error))?;
            let Ok(within) = Interval::new(start, end.max(start + TimeDelta::seconds(1))) else { continue };
            freezes.extend(windows.touching(within).map(|window| Freeze {
                start: window.start(),
                end: window.end(),
                why: freeze.why.clone(),
            }));
        }
        Ok(freezes)
    }
}
