//! What happened to a task.

use super::state::{Fired, Pending, TaskPlan};
use crate::due::WhyLeftOut;
use crate::firing::{Finish, Occasion};
use crate::overlap::WhyRefused;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_durable::Now;

/// A fact of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It is planned like this from now on.
    Planned {
        /// How.
        plan: Box<TaskPlan>,
        /// Who planned it.
        by: String,
    },
    /// It is planned no more.
    Retired {
        /// Who plans without it.
        by: String,
    },
    /// All times up to that one are decided about.
    Decided {
        /// Up to which.
        upto: DateTime<Utc>,
    },
    /// The wall clock was ahead and was set back: times after that one are decided about again. None begins twice.
    Rewound {
        /// After which.
        to: DateTime<Utc>,
    },
    /// Times one after another that do not run.
    LeftOut {
        /// The first of them.
        first: DateTime<Utc>,
        /// The last of them.
        last: DateTime<Utc>,
        /// How many.
        count: u64,
        /// Why.
        why: WhyLeftOut,
    },
    /// Somebody wants it to run.
    Asked {
        /// For which time.
        nominal: DateTime<Utc>,
        /// Who, and why.
        occasion: Occasion,
    },
    /// A time has to wait.
    Waits {
        /// Which.
        nominal: DateTime<Utc>,
        /// How it came about.
        occasion: Occasion,
    },
    /// A time does not run.
    Refused {
        /// Which.
        nominal: DateTime<Utc>,
        /// Why.
        why: WhyRefused,
    },
    /// What runs is to end.
    Ending {
        /// Its time.
        nominal: DateTime<Utc>,
        /// Whether it is ended, or asked to end.
        is_at_once: bool,
    },
    /// A firing began.
    Began {
        /// Its time.
        nominal: DateTime<Utc>,
        /// How it came about.
        occasion: Occasion,
    },
    /// A firing ended.
    Ended {
        /// Its time.
        nominal: DateTime<Utc>,
        /// How.
        how: Finish,
    },
    /// A firing of which a record is damaged is waited for no more: it counts as failed.
    WrittenOff {
        /// Its time.
        nominal: DateTime<Utc>,
        /// Who wants that.
        by: String,
        /// Why.
        why: String,
    },
    /// Nothing is to begin by its rule.
    Paused {
        /// Who wants that.
        by: String,
        /// Why.
        why: String,
    },
    /// It goes on by its rule.
    Continued {
        /// Who wants that.
        by: String,
        /// Why.
        why: String,
    },
    /// All that matters of what was before: the first of a new stream.
    Summed {
        /// How it is planned.
        plan: Box<TaskPlan>,
        /// Up to when was decided.
        decided: DateTime<Utc>,
        /// When that was.
        decided_at: Now,
        /// Who planned it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        planned_by: String,
        /// Whether it is planned no more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_retired: bool,
        /// Who has paused it, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paused: Option<(String, String)>,
        /// What runs.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        running: Vec<Fired>,
        /// What was due and waits.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        waiting: Vec<Pending>,
        /// What was asked for and waits.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        asked: Vec<Pending>,
        /// How the last one ended that did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<(DateTime<Utc>, Finish)>,
    },
}

/// What a task orders: nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoEffect {}
