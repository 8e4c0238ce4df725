//! What a group follows: its members, what they wait for, and what becomes of all when one fails.

use super::state::Standing;
use crate::rollout::Course;
use crate::strategy::Gate;
use serde::{Deserialize, Serialize};

/// Releases that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupPlan {
    /// What the group is called: gates are opened by `group NAME`, who has to be among a member's approvers where some are
    /// named.
    pub name: String,
    /// At least two.
    pub members: Vec<Member>,
    /// Whether they go stage by stage with each other.
    pub pace: Pace,
    /// What becomes of the others when one fails.
    pub on_failure: OnFailure,
}

/// As whom a group asks its members.
pub(super) fn named(group: &str) -> String {
    format!("group {group}")
}

/// One release of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The name of its rollout's stream.
    pub name: String,
    /// What it follows.
    pub course: Course,
    /// What it begins after.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// Something that another member must have reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Which member.
    pub member: String,
    /// What it must have reached.
    pub point: Point,
}

/// A point on the way of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// It is done.
    Done,
    /// This stage, from 0, has gone well for as long as it had to.
    Soaked(usize),
}

impl Point {
    pub(super) fn is_reached(self, standing: Standing) -> bool {
        match (self, standing) {
            (_, Standing::Done) => true,
            (Self::Soaked(stage), Standing::Forward { soaked }) => soaked > stage,
            _ => false,
        }
    }
}

/// Whether members go stage by stage with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Each by itself.
    Free,
    /// None begins a stage before all have soaked the one before.
    LockStep,
}

/// What becomes of the others when one member fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// All come back.
    BringBack,
    /// All are paused, and a person decides.
    Hold,
}

impl GroupPlan {
    /// A member, and its place.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<(usize, &Member)> {
        self.members.iter().enumerate().find(|(_, member)| member.name == name)
    }

    /// Whether a member needs another one.
    pub(super) fn needs(&self, member: usize, other: usize) -> bool {
        let name = self.members.get(other).map(|other| &other.name);
        let needs = self.members.get(member).map(|member| &member.needs);
        needs.into_iter().flatten().any(|need| Some(&need.member) == name)
    }

    /// Whether a member that is not on its way may begin, as the members stand.
    pub(super) fn may_begin(&self, member: &Member, standing: impl Fn(usize) -> Standing) -> bool {
        let is_met = |need: &Need| {
            self.member(&need.member).is_some_and(|(place, _)| need.point.is_reached(standing(place)))
        };
        member.needs.iter().all(is_met)
    }

    /// Whether members may begin that stage, as all stand.
    pub(super) fn may_enter(&self, stage: usize, standing: impl Fn(usize) -> Standing) -> bool {
        self.pace == Pace::Free
            || self.members.iter().enumerate().all(|(place, member)| {
                let stages = member.course.stages().len().min(stage);
                stages == 0 || Point::Soaked(stages - 1).is_reached(standing(place))
            })
    }

    pub(super) fn check(&self) -> Result<(), GroupFault> {
        if self.name.trim().is_empty() {
            return Err(GroupFault::NoName);
        }
        if self.members.len() < 2 {
            return Err(GroupFault::TooFew);
        }
        for (place, member) in self.members.iter().enumerate() {
            let name = || member.name.clone();
            if self.member(&member.name).is_none_or(|(first, _)| first != place) {
                return Err(GroupFault::Twice { member: name() });
            }
            if member.course.approvals == 0 {
                return Err(GroupFault::NoApproval { member: name() });
            }
            let may = &member.course.approvers;
            if self.pace == Pace::LockStep && !may.is_empty() && !may.contains(&named(&self.name)) {
                return Err(GroupFault::NotLetIn { member: name(), group: named(&self.name) });
            }
            let gated = |stage: &crate::strategy::Stage| stage.gate == Gate::Person;
            if let Some(stage) = member.course.stages().iter().skip(1).position(|stage| !gated(stage))
                && self.pace == Pace::LockStep
            {
                return Err(GroupFault::NotGated { member: name(), stage: stage + 1 });
            }
            for need in &member.needs {
                let is_there = self.member(&need.member).is_some_and(|(_, needed)| match need.point {
                    Point::Done => true,
                    Point::Soaked(stage) => stage < needed.course.stages().len(),
                });
                if !is_there {
                    return Err(GroupFault::NoSuchPoint { member: name(), needs: need.member.clone() });
                }
            }
        }
        match self.waits_for_ever() {
            Some(member) => Err(GroupFault::Circle { member: member.name.clone() }),
            None => Ok(()),
        }
    }

    /// Where everything goes well, the first member that never ends.
    fn waits_for_ever(&self) -> Option<&Member> {
        let mut stands = vec![Standing::Out; self.members.len()];
        loop {
            let at = |place: usize| stands.get(place).copied().unwrap_or_default();
            let next = self.members.iter().enumerate().find_map(|(place, member)| {
                let next = match at(place) {
                    Standing::Out => self.may_begin(member, at).then_some(Standing::Forward { soaked: 0 }),
                    Standing::Forward { soaked } if soaked == member.course.stages().len() => {
                        Some(Standing::Done)
                    }
                    Standing::Forward { soaked } => {
                        self.may_enter(soaked, at).then_some(Standing::Forward { soaked: soaked + 1 })
                    }
                    _ => None,
                };
                next.map(|next| (place, next))
            });
            match next.and_then(|(place, next)| stands.get_mut(place).map(|stand| (stand, next))) {
                Some((stand, next)) => *stand = next,
                None => break,
            }
        }
        let late = stands.iter().position(|stand| *stand != Standing::Done)?;
        self.members.get(late)
    }
}

/// Why a group cannot set out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupFault {
    /// Members wait for each other.
    #[error("{member} would wait for ever: what it needs waits for it")]
    Circle {
        /// One of them.
        member: String,
    },
    /// It would be on its way before anybody could call it back.
    #[error("{member} asks for no approval: in a group each does")]
    NoApproval {
        /// Which.
        member: String,
    },
    /// It has no name.
    #[error("the group has no name")]
    NoName,
    /// It waits for what never comes.
    #[error("{member} needs {needs}, which is no member or does not have such a stage")]
    NoSuchPoint {
        /// Which.
        member: String,
        /// What it needs.
        needs: String,
    },
    /// The group could not hold it.
    #[error("stage {} of {member} has no gate: in lock-step each but the first has", stage + 1)]
    NotGated {
        /// Which.
        member: String,
        /// The stage, from 0.
        stage: usize,
    },
    /// The group could not open its gates.
    #[error("{member} names who may approve, and not {group}: in lock-step the group opens its gates")]
    NotLetIn {
        /// Which.
        member: String,
        /// The group, as it opens gates.
        group: String,
    },
    /// It is no group.
    #[error("a group has at least two members")]
    TooFew,
    /// Two go by one name.
    #[error("two members are called {member}")]
    Twice {
        /// How.
        member: String,
    },
}
