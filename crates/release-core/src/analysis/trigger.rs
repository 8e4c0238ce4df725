//! What calls a rollout back, and how urgently.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How urgently a failed check is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Traffic comes back at once.
    Critical,
    /// The rollout pauses, and traffic comes back where it does not clear in time.
    High {
        /// In time, as steady clocks count it.
        #[serde(with = "crate::plan::length::text")]
        clear_within: TimeDelta,
    },
    /// The rollout holds, and a person is asked.
    Medium,
}

/// A check that calls the rollout back when it fails.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "Given")]
pub struct Trigger {
    check: String,
    severity: Severity,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    check: String,
    severity: Severity,
}

impl TryFrom<Given> for Trigger {
    type Error = TriggerError;

    fn try_from(given: Given) -> Result<Self, TriggerError> {
        Self::new(given.check, given.severity)
    }
}

impl From<Trigger> for Given {
    fn from(trigger: Trigger) -> Self {
        Self { check: trigger.check, severity: trigger.severity }
    }
}

impl Trigger {
    /// The check of that name, answered so urgently.
    ///
    /// # Errors
    /// When it has no name, or nothing could clear in the time that is given.
    pub fn new(check: impl Into<String>, severity: Severity) -> Result<Self, TriggerError> {
        let check = check.into();
        if check.is_empty() {
            return Err(TriggerError::Unnamed);
        }
        match severity {
            Severity::High { clear_within } if clear_within <= TimeDelta::zero() => {
                Err(TriggerError::ClearWithin { check, clear_within })
            }
            _ => Ok(Self { check, severity }),
        }
    }

    /// The name of the check.
    #[must_use]
    pub fn check(&self) -> &str {
        &self.check
    }

    /// How urgently.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }
}

/// A trigger that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// There is no time to clear in.
    #[error("{check} must clear within {clear_within}: more than no time")]
    ClearWithin {
        /// The check.
        check: String,
        /// What was given.
        clear_within: TimeDelta,
    },
    /// No check is named.
    #[error("a trigger names a check")]
    Unnamed,
}
