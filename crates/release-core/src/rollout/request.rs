//! What may be asked of a rollout, and why it may be refused.

use super::course::Course;
use super::event::{Part, Ruled};
use super::state::Hold;
use chrono::{DateTime, Utc};

/// What somebody asks of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Begin to follow this course; approvals come first.
    Propose {
        /// What to follow.
        course: Box<Course>,
        /// Who proposes it.
        by: String,
    },
    /// Let this revision go.
    Approve {
        /// Who.
        by: String,
        /// Which revision was looked at.
        revision: String,
        /// On what grounds.
        why: String,
    },
    /// Open the gate of the stage that waits.
    Open {
        /// Who.
        by: String,
        /// The stage, from 0: what was meant when the gate of another one waits now.
        stage: usize,
        /// On what grounds.
        why: String,
    },
    /// Leave the stage before its soak is over.
    Promote {
        /// Who.
        by: String,
        /// The stage to be left, from 0.
        stage: usize,
        /// Why.
        why: String,
    },
    /// Begin no move forward. What has begun is brought to its end, its other tries included: half a step helps nobody.
    Pause {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Go on.
    Resume {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Go on in spite of freezes, the error budget and the end of the time it is scheduled for.
    Override {
        /// Who.
        by: String,
        /// Why.
        why: String,
        /// Until when that holds.
        until: DateTime<Utc>,
    },
    /// What the error budget says.
    Rule {
        /// Who, or what, has worked it out.
        by: String,
        /// On what grounds, as the reasons of a [`Ruling`](toban_core::Ruling) are.
        why: String,
        /// The verdict.
        verdict: Ruled,
        /// The moment whose facts were looked at; what is older than the ruling on record is refused.
        as_of: DateTime<Utc>,
        /// Until when it holds.
        valid_until: DateTime<Utc>,
    },
    /// A person has done a step, has mended what it was to do, or knows whether it was done.
    Answer {
        /// Who.
        by: String,
        /// Which step: what was meant when another one is asked about now.
        about: Part,
        /// How that is known.
        why: String,
        /// Whether it was done.
        is_done: bool,
    },
    /// Go back to the old version.
    Abort {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Go back to the old version, also when the release is done. Refused while nothing was begun.
    RollBack {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Try again what does not work on the way back.
    Retry {
        /// Who.
        by: String,
        /// What has changed.
        why: String,
    },
    /// A newer plan takes its place.
    Supersede {
        /// Who brought it.
        by: String,
        /// Its revision.
        revision: String,
    },
}

impl Request {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Propose { .. } => "propose",
            Self::Approve { .. } => "approve",
            Self::Open { .. } => "open",
            Self::Promote { .. } => "promote",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Override { .. } => "override",
            Self::Rule { .. } => "rule",
            Self::Answer { .. } => "answer",
            Self::Abort { .. } => "abort",
            Self::RollBack { .. } => "roll back",
            Self::Retry { .. } => "retry",
            Self::Supersede { .. } => "supersede",
        }
    }
}

/// A request was not granted; nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{request} is refused while the rollout is {phase}: {}", self.reason())]
pub struct Refused {
    /// What was asked.
    pub request: &'static str,
    /// Where the rollout stands.
    pub phase: &'static str,
    /// Why not.
    pub why: Why,
}

impl Refused {
    /// Why not, in words.
    #[must_use]
    pub fn reason(&self) -> String {
        let what = match (&self.why, self.request) {
            (Why::NotNow, "propose") => "another course is followed here",
            (Why::NotNow, "approve") => "no approval is waited for",
            (Why::NotNow, "open") => "no gate is waited at",
            (Why::NotNow, "promote") => "no stage is watched whose soak could end",
            (Why::NotNow, "pause") => "it is paused already, or does not move forward",
            (Why::NotNow, "resume") => "it is not paused, and no check holds it",
            (Why::NotNow, "override") => "nobody has approved it yet, or it does not move forward",
            (Why::NotNow, "rule") => "it does not move forward",
            (Why::NotNow, "answer") => "nothing is asked",
            (Why::NotNow, "abort" | "supersede") => "it goes back already, or is over",
            (Why::NotNow, "roll back") => "it goes back already, or nothing was begun that could be undone",
            (Why::NotNow, "retry") => "the way back is not stuck",
            (why, _) => return why.to_string(),
        };
        what.into()
    }
}

/// Why a request is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// There is nothing of the kind to do now.
    #[error("there is nothing of the kind to do")]
    NotNow,
    /// Another revision is on its way.
    #[error("it is for revision {asked}, and this is {current}")]
    OtherRevision {
        /// What was looked at.
        asked: String,
        /// What is followed.
        current: String,
    },
    /// Another stage is on.
    #[error("it is for stage {}, and stage {} is on", asked + 1, current + 1)]
    OtherStage {
        /// What was meant.
        asked: usize,
        /// What is on.
        current: usize,
    },
    /// Another step is asked about.
    #[error("it is about {asked}, and {current} is asked about")]
    OtherStep {
        /// What was meant.
        asked: String,
        /// What is asked about.
        current: String,
    },
    /// It would hold no longer than until now.
    #[error("it would be over already, at {until}")]
    Past {
        /// When it would end.
        until: DateTime<Utc>,
    },
    /// Nothing begins before it is over.
    #[error("it would be over, at {until}, before the release may begin, at {start}")]
    BeforeStart {
        /// When it would end.
        until: DateTime<Utc>,
        /// When the release is scheduled to begin.
        start: DateTime<Utc>,
    },
    /// A ruling on newer facts is on record.
    #[error("it is on what was seen at {as_of}, and the ruling on record on what was seen at {seen}")]
    Older {
        /// When its facts were looked at.
        as_of: DateTime<Utc>,
        /// When those of the ruling on record were.
        seen: DateTime<Utc>,
    },
    /// Nobody has seen that yet.
    #[error("it is on what is seen at {as_of}, which is not yet")]
    Ahead {
        /// When its facts are looked at.
        as_of: DateTime<Utc>,
    },
    /// Whoever wrote the plan neither approves it nor opens its gates or ends its soaks.
    #[error("{by} wrote the plan, and two persons are required")]
    IsAuthor {
        /// Who.
        by: String,
    },
    /// Approvers are named, and this is none.
    #[error("{by} is not among those who may approve")]
    NotAnApprover {
        /// Who.
        by: String,
    },
    /// Once is enough.
    #[error("{by} has approved already")]
    ApprovedBefore {
        /// Who.
        by: String,
    },
    /// Something else holds it.
    #[error("it is held: {0}")]
    Held(Hold),
    /// What would be undone cannot be.
    #[error("nothing leads back any more; what is left is: {forward_fix}")]
    NoReturn {
        /// What is done instead.
        forward_fix: String,
    },
    /// Who and why must be known.
    #[error("it needs a name and a reason")]
    NoReason,
    /// The course cannot be followed.
    #[error("the course {0}")]
    Course(CourseFault),
}

/// Why a course cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CourseFault {
    /// Nothing undoes it: neither a step nor what brings traffic back.
    #[error("has no step that undoes it")]
    NoRollback,
    /// Nothing shows that it is undone.
    #[error("has nothing that shows that the old version works again")]
    NoVerification,
    /// Two steps go by one name.
    #[error("has two steps of one name")]
    Steps,
    /// Two checks go by one name, a trigger names none, or two name one, or a check is of a stage that is not there.
    #[error(
        "has two checks of one name, two triggers for one check, a trigger for a check that it does not have, or a \
         check of a stage that it does not have"
    )]
    Checks,
    /// Nothing would change.
    #[error("leads to the version that is live")]
    NoChange,
    /// Nothing may be tried.
    #[error("allows no attempt")]
    NoAttempt,
    /// More approvals than approvers.
    #[error("asks for more approvals than there are approvers")]
    TooFewApprovers,
    /// A program has no name, or no time.
    #[error("has a command without a program or without time")]
    NoCommand,
    /// A program would move traffic several times, and is not told how far.
    #[error(
        "has a program that moves traffic and is not told how much: none of its arguments has {{weight}}"
    )]
    NoWeight,
    /// The point of no return is a step that is not there.
    #[error("has its point of no return at a step that it does not have, or nothing to be done after it")]
    NoReturn,
    /// A freeze ends before it starts, or the time that it is scheduled for does.
    #[error("has a freeze, or a schedule, that ends before it starts")]
    Freeze,
}
