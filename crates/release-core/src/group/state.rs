//! Where a group stands: the fold of its events.

use super::event::{Ask, Cause, Effect, Event};
use super::plan::{GroupPlan, Pace};
use crate::rollout::{self, Asking, Course, Next, Part};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Where a member stands, in the order in which one comes after another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing was proposed.
    #[default]
    Out,
    /// On its way; so many stages have gone well.
    Forward {
        /// How many.
        soaked: usize,
    },
    /// The new version has all traffic.
    Done,
    /// On its way back.
    Back,
    /// Given up before anything was done.
    Aborted,
    /// Everything is as it was.
    RolledBack,
    /// It cannot begin: its stream belongs to another release, or refuses the course.
    Barred,
}

impl Standing {
    /// Where the rollout of a course stands.
    #[must_use]
    pub fn of(course: &Course, state: &rollout::State) -> Self {
        match &state.course {
            None => return Self::Out,
            Some(other) if **other != *course => return Self::Barred,
            Some(_) => {}
        }
        let stages = course.stages().len();
        let forward = |next| match next {
            Next::Prepare(_) => Self::Forward { soaked: 0 },
            Next::Stage(stage) => Self::Forward { soaked: stage },
            Next::Complete(_) => Self::Forward { soaked: stages },
        };
        match state.phase {
            rollout::Phase::New => Self::Out,
            rollout::Phase::Approving => Self::Forward { soaked: 0 },
            rollout::Phase::Ready(next) | rollout::Phase::Moving(next) | rollout::Phase::Broken(next) => {
                forward(next)
            }
            rollout::Phase::Soaking { stage, .. } => Self::Forward { soaked: stage },
            rollout::Phase::Asking(Asking::Manual(part) | Asking::Doubt(part)) => match part {
                Part::Next(next) => forward(next),
                Part::Back(_) => Self::Back,
            },
            rollout::Phase::Returning(_) | rollout::Phase::Stuck(_) => Self::Back,
            rollout::Phase::Done => Self::Done,
            rollout::Phase::Aborted => Self::Aborted,
            rollout::Phase::RolledBack => Self::RolledBack,
        }
    }

    /// Whether it will not go forward any more without having arrived.
    #[must_use]
    pub fn has_failed(self) -> bool {
        self > Self::Done
    }

    /// Whether everything is as it was.
    #[must_use]
    pub fn is_back(self) -> bool {
        matches!(self, Self::Aborted | Self::RolledBack | Self::Barred)
    }
}

/// Where a group stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing was proposed.
    #[default]
    New,
    /// Members begin and go on.
    Forward,
    /// A member has failed, and a person decides.
    Held,
    /// Members are brought back.
    Returning,
    /// All are done.
    Done,
    /// All that had begun are back, but for those that nothing leads back and that a person has seen to.
    RolledBack,
    /// Each goes its own way.
    Dissolved,
}

impl Phase {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Forward => "on its way",
            Self::Held => "held",
            Self::Returning => "coming back",
            Self::Done => "done",
            Self::RolledBack => "rolled back",
            Self::Dissolved => "dissolved",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a group knows of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MemberState {
    /// The last that was heard of it.
    pub standing: Standing,
    /// Whether it was told to begin, or has begun without that.
    pub has_begun: bool,
    /// The last stage whose gate was opened; 0: none.
    pub opened: usize,
    /// Whether it was told to pause.
    pub is_paused: bool,
    /// Whether it was told to come back.
    pub is_recalled: bool,
    /// Whether nothing leads it back, so that a person has to see to it.
    pub is_stranded: bool,
    /// Whether one has.
    pub is_brought_back: bool,
}

impl MemberState {
    /// Whether nothing of it has to come back any more.
    #[must_use]
    pub fn is_back(&self) -> bool {
        !self.has_begun || self.standing.is_back() || self.is_brought_back
    }
}

/// All that matters of a group's past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What it follows, once something was proposed.
    pub plan: Option<Arc<GroupPlan>>,
    /// Where it stands.
    pub phase: Phase,
    /// Its members, in the order of the plan.
    pub members: Vec<MemberState>,
    /// Why it does not go on.
    pub cause: Option<Cause>,
}

impl State {
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Proposed { plan, .. } => {
                let members = vec![MemberState::default(); plan.members.len()];
                let plan = Some(Arc::new((**plan).clone()));
                *self = Self { plan, phase: Phase::Forward, members, cause: None };
            }
            Event::Began { member } => self.change(*member, |one| one.has_begun = true),
            Event::Opened { member, stage } => self.change(*member, |one| one.opened = *stage),
            Event::Reported { member, standing } => self.change(*member, |one| {
                one.standing = *standing;
                one.has_begun |= *standing != Standing::Out;
            }),
            Event::Held { cause } => (self.phase, self.cause) = (Phase::Held, Some(cause.clone())),
            Event::Paused { member } => self.change(*member, |one| one.is_paused = true),
            Event::TurnedBack { cause } => (self.phase, self.cause) = (Phase::Returning, Some(cause.clone())),
            Event::Recalled { member } => self.change(*member, |one| one.is_recalled = true),
            Event::Stranded { member } => self.change(*member, |one| one.is_stranded = true),
            Event::BroughtBack { member, .. } => self.change(*member, |one| one.is_brought_back = true),
            Event::Completed => self.phase = Phase::Done,
            Event::RolledBack => self.phase = Phase::RolledBack,
            Event::Dissolved { .. } => self.phase = Phase::Dissolved,
            Event::Untold { .. } => {}
        }
    }

    fn change(&mut self, member: usize, change: impl FnOnce(&mut MemberState)) {
        if let Some(member) = self.members.get_mut(member) {
            change(member);
        }
    }

    fn is_stranded(&self, member: usize) -> bool {
        self.members.get(member).is_some_and(|one| one.is_stranded)
    }

    pub(super) fn standing(&self, member: usize) -> Standing {
        self.members.get(member).map_or(Standing::Out, |one| one.standing)
    }

    /// The stage whose gate waits for the group, where all are ready for it.
    pub(super) fn to_open(&self, plan: &GroupPlan, place: usize) -> Option<usize> {
        let (member, state) = (plan.members.get(place)?, self.members.get(place)?);
        let Standing::Forward { soaked } = state.standing else { return None };
        let waits =
            plan.pace == Pace::LockStep && soaked > state.opened && soaked < member.course.stages().len();
        (waits && plan.may_enter(soaked, |place| self.standing(place))).then_some(soaked)
    }

    pub(super) fn wants(&self, effect: &Effect) -> bool {
        let Effect::Ask { member, ask, .. } = effect else { return true };
        let standing = self.standing(*member);
        match (ask, self.phase) {
            (Ask::Begin, Phase::Forward) => standing == Standing::Out,
            (Ask::Open(stage), Phase::Forward) => standing <= Standing::Forward { soaked: *stage },
            (Ask::Pause, Phase::Held) => standing < Standing::Done,
            (Ask::Recall, Phase::Returning) => standing <= Standing::Done && !self.is_stranded(*member),
            _ => false,
        }
    }
}
