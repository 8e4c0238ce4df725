//! What happened in a firing, what is to be done, what came of it.

use crate::task::{Finite, TaskDraft};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_core::{Length, Party, Text};

/// What a firing begins with: all that it needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The task as it was planned then.
    pub task: TaskDraft,
    /// The time that it is for.
    pub nominal: DateTime<Utc>,
    /// How it came about.
    pub occasion: Occasion,
    /// When it is late, where the task has a deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// When people who have not done it will not do it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give_up: Option<DateTime<Utc>>,
}

/// How a firing came about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// It was due.
    Due {
        /// Whether its time had passed when it could begin.
        is_late: bool,
        /// How many times of its task it stands for, itself included.
        stands_for: u64,
    },
    /// Somebody wants a time in the past to be made up for.
    Backfill {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Something has happened that starts the task.
    Event {
        /// What, in the words of the task where it has some.
        what: String,
        /// Who, or what, tells.
        by: String,
    },
    /// Somebody wants it now.
    Now {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
}

impl Occasion {
    /// Whether somebody asked for it, and no rule.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !matches!(self, Self::Due { .. })
    }
}

/// How a firing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// Done in time.
    Done,
    /// Done after its deadline.
    Late,
    /// Nobody did it.
    Missed,
    /// Somebody decided, with a reason, that it need not be done.
    Waived,
    /// Nobody could do it: what it was blocked by was still there when it was given up.
    Blocked,
    /// It was tried and did not work.
    Failed,
    /// It was asked to end.
    Cancelled,
    /// It was ended at once.
    Terminated,
}

impl Finish {
    /// Its word, as people read it.
    #[must_use]
    pub fn text(self) -> Text {
        let (ja, en) = match self {
            Self::Done => ("完了", "done"),
            Self::Late => ("遅延完了", "done late"),
            Self::Missed => ("未実施", "missed"),
            Self::Waived => ("免除", "waived"),
            Self::Blocked => ("実施不可", "blocked"),
            Self::Failed => ("失敗", "failed"),
            Self::Cancelled => ("中止", "cancelled"),
            Self::Terminated => ("強制終了", "terminated"),
        };
        Text::new(ja, en)
    }

    /// Whether the work was done.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::Late)
    }
}

/// A fact of a firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It began.
    Begun(Box<Begun>),
    /// What an alert of the task measures was measured.
    Checked {
        /// The place of the alert among those of the task.
        alert: usize,
        /// What was found.
        reading: Reading,
    },
    /// A try of its program failed, and another one comes.
    Tried {
        /// Which one, from 1.
        attempt: u32,
        /// What happened.
        why: String,
    },
    /// Its program came to a good end; what is measured is waited for.
    Ran {
        /// The last that it said.
        said: String,
    },
    /// Nobody knows whether its program did what it is for.
    InDoubt,
    /// People are told again that it is in doubt.
    Reminded,
    /// A person knows that it did not, and lets it be tried again.
    Retried {
        /// Who.
        by: String,
        /// How that is known.
        why: String,
    },
    /// It cannot be done for the time being.
    Blocked {
        /// Who says so.
        by: String,
        /// By what.
        why: String,
    },
    /// It can be done again.
    Unblocked {
        /// Who says so.
        by: String,
        /// What has changed.
        why: String,
    },
    /// Its deadline has passed.
    Overdue,
    /// Its program is to end.
    Ending {
        /// Whether it is ended, or asked to end.
        is_at_once: bool,
        /// Who wants that.
        by: String,
        /// Why.
        why: String,
    },
    /// It ended.
    Ended {
        /// How.
        how: Finish,
        /// Who ended it, where a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Why, where that is not the work itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// What shows that it was done.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<String>,
    },
    /// People were called [as often as it is tried](super::MOST_CALLS), and could not be told.
    Untold {
        /// Of what.
        what: Announcement,
        /// What came of the last call.
        why: String,
    },
}

/// What was found where something was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// This value.
    Value(Finite),
    /// There is no data.
    NoData,
    /// It could not be measured.
    Failed {
        /// Why.
        why: String,
    },
}

// A value is finite, so that equality has no gaps.
impl Eq for Reading {}

impl Reading {
    /// In words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Value(value) => Text::same(shown(value.get())),
            Self::NoData => Text::new("データなし", "no data"),
            Self::Failed { why } => {
                Text::new(format!("測定不能：{why}"), format!("cannot be measured: {why}"))
            }
        }
    }
}

/// With the digits that a person reads: four that count, and all before the point.
fn shown(value: f64) -> String {
    if value == 0.0 || !(1e-9..1e15).contains(&value.abs()) {
        return format!("{value:e}").replace("e0", "");
    }
    let before = (0..15).find(|power| value.abs() < 10_f64.powi(*power)).unwrap_or(15);
    let leading = (1..9).find(|power| value.abs() >= 10_f64.powi(-*power)).unwrap_or(9);
    let digits = usize::try_from(if before > 0 { 4 - before } else { 3 + leading }).unwrap_or(0);
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Run the program of the task.
    Run {
        /// The program, and its arguments.
        argv: Vec<String>,
        /// How long it may take.
        time_out: Length,
        /// Whether beginning it again does no harm.
        is_repeatable: bool,
        /// What knows whether it was done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        find_out: Option<Vec<String>>,
    },
    /// Measure what an alert is about.
    Measure {
        /// The place of the alert among those of the task.
        alert: usize,
        /// What its source is asked.
        query: String,
    },
    /// See to it that the program ends.
    Stop {
        /// Whether it is ended, or asked to end and waited for.
        is_at_once: bool,
    },
    /// Tell people.
    Tell {
        /// What the task is called.
        title: Text,
        /// Who answers for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Party>,
        /// Of what.
        what: Announcement,
    },
    /// Tell the task that this firing has ended.
    Close {
        /// How it ended.
        how: Finish,
    },
}

/// What people are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// There is work to be done by hand.
    ToDo {
        /// By when, where it has a deadline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<DateTime<Utc>>,
        /// Where it is written how.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runbook: Option<String>,
    },
    /// Alert conditions hold, or cannot be told.
    Alert {
        /// Which, and what was measured.
        alerts: Vec<Alerted>,
    },
    /// Its deadline has passed.
    Overdue,
    /// Nobody knows whether its program did what it is for: a person has to say.
    InDoubt,
    /// It ended.
    Ended {
        /// How.
        how: Finish,
        /// Who ended it, where a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Why, where that is not the work itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
}

/// An alert condition that holds, or of which nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerted {
    /// In the words of the task.
    pub text: Text,
    /// What was measured.
    pub reading: Reading,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// The program came to its end.
    Ran(Ran),
    /// This was measured.
    Measured(Reading),
    /// It could not be done.
    Failed {
        /// What happened.
        why: String,
    },
}

/// How a program came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Whether it did what it is for.
    pub is_success: bool,
    /// The last that it said; where it failed, what happened.
    pub said: String,
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_was_measured_is_told_with_the_digits_that_count() {
        let told = [
            (0.0, "0"),
            (0.8, "0.8"),
            (0.524_271_8, "0.5243"),
            (0.000_123_456, "0.0001235"),
            (1.0, "1"),
            (12.345_6, "12.35"),
            (-3.999_96, "-4"),
            (123_456.7, "123457"),
            (1e-12, "1e-12"),
            (2.5e20, "2.5e20"),
        ];
        for (value, text) in told {
            assert_eq!(shown(value), text);
        }
    }
}
