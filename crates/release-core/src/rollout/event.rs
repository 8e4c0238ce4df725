//! What happened, what is to be done, what came of it.

use super::course::Course;
use super::state::{Back, Next};
use crate::analysis::Overall;
use crate::judge::{Judged, Reading};
use crate::strategy::{Return, Weight};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use toban_core::Verdict;
use toban_durable::Steady;

/// A fact of a rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It begins, and waits for approvals.
    Proposed {
        /// What it follows.
        course: Box<Course>,
        /// Who proposed it.
        by: String,
    },
    /// Somebody approved this revision.
    Approved {
        /// Who.
        by: String,
        /// On what grounds.
        why: String,
    },
    /// All approvals are there.
    Cleared,
    /// A move forward was begun.
    Began {
        /// Which one.
        next: Next,
    },
    /// A move forward was done.
    Did {
        /// Which one.
        next: Next,
    },
    /// A move failed, and is tried again.
    Faltered {
        /// Which one.
        part: Part,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// What happened.
        why: String,
    },
    /// Something was measured.
    Measured {
        /// Which check, by its place in the course.
        check: usize,
        /// What it came to.
        judged: Judged,
    },
    /// A check failed, or has no answer: nothing moves forward.
    Troubled {
        /// Which check, by its place in the course.
        check: usize,
        /// When traffic goes back unless it clears; `None`: a person decides.
        clear_by: Option<Steady>,
    },
    /// A check that had failed passes again, and is counted anew.
    Recovered {
        /// Which check, by its place in the course.
        check: usize,
    },
    /// What a check has seen is older than the time from one measurement to the next: nobody has looked meanwhile, and
    /// the stage is not left before somebody has.
    Lapsed {
        /// Which check, by its place in the course.
        check: usize,
    },
    /// The soak is over, and not everything has passed.
    Overdue {
        /// The stage, from 0.
        stage: usize,
    },
    /// A stage has gone well for as long as it had to.
    Soaked {
        /// Its place, from 0.
        stage: usize,
    },
    /// A person opened the gate of a stage.
    Opened {
        /// Its place, from 0.
        stage: usize,
        /// Who.
        by: String,
        /// On what grounds.
        why: String,
    },
    /// A person shortened a soak.
    Promoted {
        /// The stage that is left, from 0.
        stage: usize,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Nothing moves forward until somebody resumes.
    Paused {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// It goes on.
    Resumed {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Freezes, the budget and the end of its schedule do not hold this release, until then.
    Overrode {
        /// Who.
        by: String,
        /// Why.
        why: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The error budget has spoken.
    Ruled {
        /// Who, or what, has worked it out.
        by: String,
        /// On what grounds.
        why: String,
        /// What it says.
        verdict: Ruled,
        /// The moment whose facts were looked at.
        as_of: DateTime<Utc>,
        /// Until when that holds.
        valid_until: DateTime<Utc>,
    },
    /// A freeze holds it, or its schedule that has not begun, until then.
    Frozen {
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// No freeze holds it any more; something else does.
    Thawed,
    /// A person is needed: to do a step, or to say whether one was done.
    Asked {
        /// About what.
        about: super::Asking,
    },
    /// A person said so.
    Answered {
        /// Who.
        by: String,
        /// How that is known.
        why: String,
        /// Whether it was done.
        is_done: bool,
    },
    /// Beyond the point of no return a move failed: a person has to mend it, forward.
    Broke {
        /// Which one.
        next: Next,
        /// What happened.
        why: String,
    },
    /// The way back begins.
    TurnedBack {
        /// Why.
        cause: Cause,
        /// How traffic comes back.
        way: Return,
    },
    /// A part of the way back begins again, because a person says so.
    Retried {
        /// Who.
        by: String,
        /// What has changed.
        why: String,
    },
    /// A part of the way back was done.
    Undid {
        /// Which one.
        back: Back,
    },
    /// A part of the way back does not work; a person has to see to it.
    Stuck {
        /// Which one.
        back: Back,
        /// What happened.
        why: String,
    },
    /// The new version has all traffic, and everything was done.
    Completed,
    /// Given up before anything was done.
    Aborted {
        /// Why.
        cause: Cause,
    },
    /// The old version has all traffic, and what shows that it works has passed.
    RolledBack,
    /// People were called [as often as it is tried](super::MOST_CALLS), and could not be told.
    Untold {
        /// Of what.
        what: Announcement,
        /// What came of the last call.
        why: String,
    },
}

/// A verdict as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruled {
    /// Forward.
    Go,
    /// Not now.
    Hold,
    /// No.
    Stop,
    /// Nobody can tell.
    Undecided,
}

impl From<Verdict> for Ruled {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Go => Self::Go,
            Verdict::Hold => Self::Hold,
            Verdict::Stop => Self::Stop,
            // A verdict that is not known here lets nothing pass.
            _ => Self::Undecided,
        }
    }
}

/// Why a rollout turned back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A check failed, or could not be measured.
    Check {
        /// Where the checks stood, and which decided.
        overall: Overall,
    },
    /// A move forward failed.
    Failed {
        /// Which one.
        next: Next,
        /// What happened.
        why: String,
    },
    /// A person wants it.
    Person {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A newer plan takes its place.
    Superseded {
        /// Its revision.
        revision: String,
        /// Who brought it.
        by: String,
    },
}

impl Cause {
    /// Whether nobody asked for it.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        matches!(self, Self::Check { .. } | Self::Failed { .. })
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Tell people.
    Announce(Announcement),
    /// Measure a check, again and again while its stage soaks.
    Measure {
        /// The stage, from 0.
        stage: usize,
        /// Which check, by its place in the course.
        check: usize,
        /// What people call it.
        name: String,
        /// What the provider is asked.
        query: String,
        /// When the first measurement is due, after the stage began.
        #[serde(with = "crate::plan::length::text")]
        after: TimeDelta,
        /// How long one may take.
        #[serde(with = "crate::plan::length::text")]
        time_out: TimeDelta,
    },
    /// Give the new version that share of the traffic.
    SetWeight {
        /// Which move it is: the same share may be one of the way forward and one of the way back.
        part: Part,
        /// The share.
        weight: Weight,
        /// The version that gets it.
        version: String,
        /// The program that does it, and its arguments; empty where a deployer does it in a way of its own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        argv: Vec<String>,
        /// How long it may take.
        #[serde(with = "crate::plan::length::text")]
        time_out: TimeDelta,
    },
    /// Wait until nothing of the way forward is under way any more: what a person does on the way back comes after it.
    /// Nothing is done for it.
    Wait {
        /// Which move a person is asked about then.
        part: Part,
    },
    /// Run a program.
    Step {
        /// Which step it is.
        part: Part,
        /// What people call it.
        name: String,
        /// The program and its arguments.
        argv: Vec<String>,
        /// How long it may take.
        #[serde(with = "crate::plan::length::text")]
        time_out: TimeDelta,
        /// Whether doing it again does no harm.
        is_repeatable: bool,
    },
}

/// A step of the way forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Forward.
    Next(Next),
    /// Back.
    Back(Back),
}

/// What people are told, once for each transition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// It begins.
    Started,
    /// Traffic has moved.
    StageReached {
        /// The stage, from 0.
        stage: usize,
    },
    /// A person is waited for.
    PersonNeeded {
        /// For what.
        what: Needed,
    },
    /// Traffic goes back.
    RollingBack {
        /// Whether nobody asked for it.
        is_automatic: bool,
    },
    /// Everything is as it was.
    RolledBack,
    /// The new version has all traffic.
    Completed,
}

/// What a person is needed for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needed {
    /// To open the gate of a stage.
    Gate(usize),
    /// To see to a check that fails, or has no answer.
    Check(usize),
    /// To say whether it goes on though the time that it is scheduled for is over.
    Late,
    /// To see to a stage whose soak is over, and in which not everything has passed.
    Overdue(usize),
    /// To do a step, or to say whether one was done.
    Step(super::Asking),
    /// To look whether a step of the way forward was done: it was begun, nobody knows what became of it, and the release
    /// is not on its way forward any more.
    Look(Part),
    /// To mend what failed where nothing leads back any more.
    Fix(Next),
    /// To see to a way back that does not work.
    Stuck(Back),
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// A provider answered, or did not.
    Read(Reading),
    /// It was not, or not rightly.
    Failed {
        /// What happened.
        why: String,
    },
}
