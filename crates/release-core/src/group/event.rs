//! What is asked of a group, what happened, what is to be done, what came of it.

use super::plan::{GroupFault, GroupPlan};
use super::state::Standing;
use crate::rollout::Course;
use serde::{Deserialize, Serialize};

/// What somebody asks of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Set out.
    Propose {
        /// What to follow.
        plan: Box<GroupPlan>,
        /// Who proposes it.
        by: String,
    },
    /// What a member has come to; what is known already changes nothing, and what was true before neither.
    Report {
        /// Which member.
        member: String,
        /// Where it stands.
        standing: Standing,
    },
    /// Bring all back.
    Abort {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A member that was beyond its point of no return is mended, or back by other means.
    BroughtBack {
        /// Which member.
        member: String,
        /// Who saw to it.
        by: String,
        /// What was done.
        why: String,
    },
    /// End a group that is held: its members go on, or back, each by itself.
    Dissolve {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
}

impl Request {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Propose { .. } => "propose",
            Self::Report { .. } => "report",
            Self::Abort { .. } => "abort",
            Self::BroughtBack { .. } => "brought back",
            Self::Dissolve { .. } => "dissolve",
        }
    }
}

/// A request was not granted; nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{request} is refused while the group is {phase}: {why}")]
pub struct Refused {
    /// What was asked.
    pub request: &'static str,
    /// Where the group stands.
    pub phase: &'static str,
    /// Why not.
    pub why: Why,
}

/// Why a request is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// There is nothing of the kind to do now.
    #[error("there is nothing of the kind to do")]
    NotNow,
    /// Who and why must be known.
    #[error("it needs a name and a reason")]
    NoReason,
    /// It has no such member.
    #[error("{member} is no member")]
    NoMember {
        /// Who was meant.
        member: String,
    },
    /// The plan cannot be followed.
    #[error("the plan cannot be followed: {0}")]
    Plan(GroupFault),
}

/// A fact of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It sets out.
    Proposed {
        /// What it follows.
        plan: Box<GroupPlan>,
        /// Who proposed it.
        by: String,
    },
    /// A member may begin.
    Began {
        /// Its place.
        member: usize,
    },
    /// The gate of a stage of a member is opened.
    Opened {
        /// Its place.
        member: usize,
        /// The stage, from 0.
        stage: usize,
    },
    /// A member has come to something new.
    Reported {
        /// Its place.
        member: usize,
        /// Where it stands.
        standing: Standing,
    },
    /// Nothing moves on until a person decides.
    Held {
        /// Why.
        cause: Cause,
    },
    /// A member is paused.
    Paused {
        /// Its place.
        member: usize,
    },
    /// All come back.
    TurnedBack {
        /// Why.
        cause: Cause,
    },
    /// A member is brought back: those that needed it are back.
    Recalled {
        /// Its place.
        member: usize,
    },
    /// A member is beyond its point of no return: a person has to see to it.
    Stranded {
        /// Its place.
        member: usize,
    },
    /// A person has seen to it.
    BroughtBack {
        /// Its place.
        member: usize,
        /// Who.
        by: String,
        /// What was done.
        why: String,
    },
    /// All are done.
    Completed,
    /// All that had begun are back.
    RolledBack,
    /// Each goes its own way.
    Dissolved {
        /// Who wanted it.
        by: String,
        /// Why.
        why: String,
    },
    /// People were called [as often as it is tried](crate::rollout::MOST_CALLS), and could not be told.
    Untold {
        /// Of what.
        what: Announcement,
        /// What came of the last call.
        why: String,
    },
}

/// Why a group does not go on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A member goes back, was aborted, or could not begin.
    Member {
        /// Its place.
        member: usize,
    },
    /// A person wants it.
    Person {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Tell people.
    Announce(Announcement),
    /// Ask something of the rollout of a member.
    Ask {
        /// The name of the group.
        group: String,
        /// The place of the member.
        member: usize,
        /// The name of its stream.
        name: String,
        /// What it follows.
        course: Box<Course>,
        /// What is asked.
        ask: Ask,
    },
}

/// What a group asks of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// To wait for its approvals, and to set out.
    Begin,
    /// To enter this stage, from 0.
    Open(usize),
    /// To move nothing forward.
    Pause,
    /// To come back, also from the end; a member of which nobody knows whether it was proposed is proposed first, so that a proposal that
    /// comes late finds it aborted.
    Recall,
}

/// What people are told, once for each transition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// It sets out.
    Started,
    /// Nothing moves on until a person decides.
    Held,
    /// All come back.
    TurningBack,
    /// A member is beyond its point of no return: a person has to see to it.
    PersonNeeded {
        /// Its place.
        member: usize,
    },
    /// All are done.
    Completed,
    /// All are as they were.
    RolledBack,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// People were told.
    Told,
    /// The member was asked; this is where it stands after that.
    Stands(Standing),
    /// Nothing leads the member back any more.
    NoReturn,
    /// It could not be asked.
    Failed {
        /// What happened.
        why: String,
    },
}
