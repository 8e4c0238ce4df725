//! The life of one alert: the same steps for a report, a backtest and a stream.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// What a condition says at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It holds.
    Met,
    /// It does not.
    Unmet,
    /// It holds as far as one can see, but too little happened to prove it.
    Unproven,
    /// Too little was seen to say anything.
    Unknown,
}

/// What an alert stands at, when it is not frozen or where it was frozen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Held {
    /// Nothing to do.
    #[default]
    Inactive,
    /// The condition holds, but not yet for long enough.
    Pending,
    /// A person is called.
    Firing,
}

/// The state of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// Nothing to do.
    Inactive,
    /// The condition holds, but not yet for long enough.
    Pending,
    /// A person is called.
    Firing,
    /// The data does not say: what it stood at is kept, nothing fires and nothing resolves.
    Frozen(Held),
}

impl AlertState {
    /// Whether a person is called, frozen or not.
    #[must_use]
    pub fn is_firing(&self) -> bool {
        matches!(self, Self::Firing | Self::Frozen(Held::Firing))
    }
}

impl fmt::Display for AlertState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Frozen(Held::Inactive) => "frozen",
            Self::Frozen(Held::Pending) => "frozen (pending)",
            Self::Frozen(Held::Firing) => "frozen (firing)",
        })
    }
}

/// One stretch during which an alert fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Episode {
    /// When the condition began to hold.
    pub pending_at: DateTime<Utc>,
    /// When the alert fired.
    pub fired_at: DateTime<Utc>,
    /// When it resolved; `None` while it fires.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Fired { pending_at: i64 },
    Resolved,
}

/// The state machine of one alert; instants are milliseconds of the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alarm {
    stage: Stage,
    is_frozen: bool,
    /// Since when the condition holds, while pending; since when it does not any more, while clearing.
    since: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Inactive,
    Pending,
    Firing,
    /// Still firing, though the condition does not hold any more.
    Clearing,
}

impl Alarm {
    /// For a snapshot.
    pub(crate) fn to_words(self) -> [u64; 2] {
        let stage = match self.stage {
            Stage::Inactive => 0,
            Stage::Pending => 1,
            Stage::Firing => 2,
            Stage::Clearing => 3,
        };
        [stage << 1 | u64::from(self.is_frozen), self.since.cast_unsigned()]
    }

    /// From a snapshot; `None` where no alarm was written so.
    pub(crate) fn from_words([state, since]: [u64; 2]) -> Option<Self> {
        let stage = match state >> 1 {
            0 => Stage::Inactive,
            1 => Stage::Pending,
            2 => Stage::Firing,
            3 => Stage::Clearing,
            _ => return None,
        };
        let since = DateTime::from_timestamp_millis(since.cast_signed())?.timestamp_millis();
        Some(Self { stage, is_frozen: state & 1 == 1, since })
    }

    pub(crate) fn state(&self) -> AlertState {
        let held = match self.stage {
            Stage::Inactive => Held::Inactive,
            Stage::Pending => Held::Pending,
            Stage::Firing | Stage::Clearing => Held::Firing,
        };
        match (self.is_frozen, held) {
            (true, held) => AlertState::Frozen(held),
            (false, Held::Inactive) => AlertState::Inactive,
            (false, Held::Pending) => AlertState::Pending,
            (false, Held::Firing) => AlertState::Firing,
        }
    }

    /// Whether time alone may change it: the same outcome again may then be another step.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.is_frozen && matches!(self.stage, Stage::Pending | Stage::Clearing)
    }

    /// Whether only a condition that is met changes its stage.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.stage == Stage::Inactive
    }

    /// One look at the condition.
    #[inline]
    pub(crate) fn step(&mut self, at: i64, outcome: Outcome, lasting: i64, cool_down: i64) -> Option<Change> {
        self.is_frozen = outcome == Outcome::Unknown;
        match (outcome, self.stage) {
            (Outcome::Unmet, Stage::Inactive) | (Outcome::Unproven | Outcome::Unknown, _) => None,
            (Outcome::Met, Stage::Inactive | Stage::Pending) => {
                if self.stage == Stage::Inactive {
                    self.since = at;
                }
                let is_due = at - self.since >= lasting;
                self.stage = if is_due { Stage::Firing } else { Stage::Pending };
                is_due.then_some(Change::Fired { pending_at: self.since })
            }
            (Outcome::Met, Stage::Firing | Stage::Clearing) => {
                self.stage = Stage::Firing;
                None
            }
            (Outcome::Unmet, Stage::Pending) => {
                self.stage = Stage::Inactive;
                None
            }
            (Outcome::Unmet, Stage::Firing | Stage::Clearing) => {
                if self.stage == Stage::Firing {
                    self.since = at;
                }
                let is_over = at - self.since >= cool_down;
                self.stage = if is_over { Stage::Inactive } else { Stage::Clearing };
                is_over.then_some(Change::Resolved)
            }
        }
    }
}

/// Adds what changed to the episodes of one alert.
pub(crate) fn record(episodes: &mut Vec<Episode>, at: DateTime<Utc>, change: Change) {
    match change {
        Change::Fired { pending_at } => {
            let pending_at = at - TimeDelta::milliseconds(at.timestamp_millis() - pending_at);
            episodes.push(Episode { pending_at, fired_at: at, resolved_at: None });
        }
        Change::Resolved => {
            if let Some(last) = episodes.last_mut() {
                last.resolved_at = Some(at);
            }
        }
    }
}
