//! The life of one alert: the same steps for a report, a backtest and a stream.

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
    held: Held,
    is_frozen: bool,
    /// Since when the condition holds, while pending or firing.
    met_since: i64,
    /// Since when it does not hold any more, while firing.
    clear_since: Option<i64>,
}

impl Alarm {
    pub(crate) fn state(&self) -> AlertState {
        match (self.is_frozen, self.held) {
            (true, held) => AlertState::Frozen(held),
            (false, Held::Inactive) => AlertState::Inactive,
            (false, Held::Pending) => AlertState::Pending,
            (false, Held::Firing) => AlertState::Firing,
        }
    }

    /// One look at the condition.
    #[inline]
    pub(crate) fn step(&mut self, at: i64, outcome: Outcome, lasting: i64, cool_down: i64) -> Option<Change> {
        self.is_frozen = outcome == Outcome::Unknown;
        match (outcome, self.held) {
            (Outcome::Unmet, Held::Inactive) | (Outcome::Unproven | Outcome::Unknown, _) => None,
            (Outcome::Met, Held::Inactive | Held::Pending) => {
                if self.held == Held::Inactive {
                    self.met_since = at;
                }
                let is_due = at - self.met_since >= lasting;
                self.held = if is_due { Held::Firing } else { Held::Pending };
                is_due.then_some(Change::Fired { pending_at: self.met_since })
            }
            (Outcome::Met, Held::Firing) => {
                self.clear_since = None;
                None
            }
            (Outcome::Unmet, Held::Pending) => {
                self.held = Held::Inactive;
                None
            }
            (Outcome::Unmet, Held::Firing) => {
                let is_over = at - *self.clear_since.get_or_insert(at) >= cool_down;
                if is_over {
                    *self = Self::default();
                }
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
