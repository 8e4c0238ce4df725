//! What happens when a task is due while it still runs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_core::Text;

/// What happens when a task is due while it still runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It starts beside what runs.
    AllowAll,
    /// It waits until what runs has ended; all that wait run one after another.
    BufferAll,
    /// It waits until what runs has ended; of several that wait, the oldest.
    BufferOne,
    /// What runs is asked to end; then it starts. Of several that wait, the newest.
    CancelOther,
    /// It does not run.
    #[default]
    Skip,
    /// What runs is ended at once, and it starts.
    TerminateOther,
}

/// The times of a task: those that run, those that wait, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What runs, by its times.
    pub running: Vec<DateTime<Utc>>,
    /// What of it has been asked to end.
    pub cancelled: Vec<DateTime<Utc>>,
    /// What waits.
    pub waiting: Vec<DateTime<Utc>>,
}

/// What else bears on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether the task is suspended: nothing starts, and what comes is refused.
    pub is_suspended: bool,
    /// What has waited since before then starts no more.
    pub too_late_before: Option<DateTime<Utc>>,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// These start, in this order.
    pub start: Vec<DateTime<Utc>>,
    /// These are asked to end.
    pub cancel: Vec<DateTime<Utc>>,
    /// These are ended at once, before anything starts.
    pub terminate: Vec<DateTime<Utc>>,
    /// These do not run, and why.
    pub refused: Vec<(DateTime<Utc>, WhyRefused)>,
    /// These wait from now on, oldest first.
    pub waiting: Vec<DateTime<Utc>>,
}

/// Why a time that is due does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyRefused {
    /// It has begun already: the clock was ahead, and was set back, or somebody asked for that very time.
    Begun,
    /// One waits already.
    Buffered,
    /// More would wait than may.
    Full,
    /// It has waited for too long.
    Late,
    /// It still runs.
    Running,
    /// A newer one runs or waits instead.
    Superseded,
    /// The task is suspended.
    Suspended,
}

impl WhyRefused {
    /// In words.
    #[must_use]
    pub fn text(self) -> Text {
        let (ja, en) = match self {
            Self::Begun => ("開始済み", "it has begun already"),
            Self::Buffered => ("すでに1件が待っている", "one waits already"),
            Self::Full => ("待ちが上限に達した", "more would wait than may"),
            Self::Late => ("待ち時間が長すぎた", "it has waited for too long"),
            Self::Running => ("前の回がまだ終わっていない", "the one before still runs"),
            Self::Superseded => ("新しい回を優先した", "a newer one runs or waits instead"),
            Self::Suspended => ("一時停止中", "the task is paused"),
        };
        Text::new(ja, en)
    }
}

impl Overlap {
    /// The most that wait, whatever the policy: what is further behind never catches up.
    pub const MOST_WAITING: usize = 1_000;

    /// What becomes of the times that have come, oldest first and newer than any before, and of those that wait.
    ///
    /// Every time that has come starts, waits or is refused, and every one that waits starts, goes on waiting or is
    /// refused. But for [`Overlap::AllowAll`] nothing starts beside anything else.
    ///
    /// ```
    /// use chrono::{TimeZone, Utc};
    /// use toban_routine::{Circumstances, Overlap, Standing, WhyRefused};
    /// let at = |hour| Utc.with_ymd_and_hms(2026, 11, 26, hour, 0, 0).unwrap();
    /// let standing = Standing { running: vec![at(9)], ..Standing::default() };
    /// let step = Overlap::BufferOne.decide(&standing, &[at(10), at(11)], Circumstances::default());
    /// assert_eq!(step.waiting, [at(10)]);
    /// assert_eq!(step.refused, [(at(11), WhyRefused::Buffered)]);
    /// ```
    #[must_use]
    pub fn decide(self, standing: &Standing, come: &[DateTime<Utc>], circumstances: Circumstances) -> Step {
        let mut step = Step::default();
        let mut queue = Vec::new();
        let is_late = |one: &DateTime<Utc>| circumstances.too_late_before.is_some_and(|limit| *one < limit);
        for one in &standing.waiting {
            if is_late(one) { step.refused.push((*one, WhyRefused::Late)) } else { queue.push(*one) }
        }
        if circumstances.is_suspended {
            step.refused.extend(come.iter().map(|one| (*one, WhyRefused::Suspended)));
            step.waiting = queue;
            return step;
        }
        for one in come {
            if is_late(one) { step.refused.push((*one, WhyRefused::Late)) } else { queue.push(*one) }
        }
        let is_idle = standing.running.is_empty();
        match self {
            Self::AllowAll => step.start = std::mem::take(&mut queue),
            Self::BufferAll | Self::BufferOne | Self::Skip => {
                if is_idle && !queue.is_empty() {
                    step.start.push(queue.remove(0));
                }
                let (most, why) = match self {
                    Self::BufferAll => (Self::MOST_WAITING, WhyRefused::Full),
                    Self::BufferOne => (1, WhyRefused::Buffered),
                    _ => (0, WhyRefused::Running),
                };
                let behind = queue.split_off(most.min(queue.len()));
                step.refused.extend(behind.into_iter().map(|one| (one, why)));
            }
            Self::CancelOther | Self::TerminateOther => {
                // Each newer one would end the one before it at once.
                let older = queue.split_off(0);
                if let Some((newest, older)) = older.split_last() {
                    step.refused.extend(older.iter().map(|one| (*one, WhyRefused::Superseded)));
                    if is_idle {
                        step.start.push(*newest);
                    } else if self == Self::TerminateOther {
                        step.terminate.clone_from(&standing.running);
                        step.start.push(*newest);
                    } else {
                        let asked = |one: &&DateTime<Utc>| !standing.cancelled.contains(*one);
                        step.cancel = standing.running.iter().filter(asked).copied().collect();
                        queue.push(*newest);
                    }
                }
            }
        }
        step.waiting = queue;
        step
    }
}
