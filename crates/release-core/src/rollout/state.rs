//! Where a rollout stands: the fold of its events.

mod apply;

use super::course::{Action, Course, Step};
use super::event::{Cause, Effect, Part, Ruled};
use crate::analysis::{Assessment, Check, Measured, Moment, Overall, Tally, overall};
use crate::strategy::{Gate, Return, Weight};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use toban_durable::{Now, Steady, Wakeup};

/// A move forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The so many-th step before traffic moves.
    Prepare(usize),
    /// Traffic to the so many-th stage.
    Stage(usize),
    /// The so many-th step after traffic has moved.
    Complete(usize),
}

/// A move back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Back {
    /// The so many-th weight on the way back.
    Weight(usize),
    /// The so many-th step that undoes.
    Undo(usize),
    /// The so many-th step that shows that the old version works.
    Verify(usize),
}

/// What a person is asked about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// To do it, and to say so.
    Manual(Part),
    /// Whether it was done: it was begun, and nobody knows.
    Doubt(Part),
}

impl Asking {
    /// About which step.
    #[must_use]
    pub fn part(self) -> Part {
        let (Self::Manual(part) | Self::Doubt(part)) = self;
        part
    }
}

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing was proposed.
    #[default]
    New,
    /// Approvals are missing.
    Approving,
    /// Ready for a move forward, as soon as nothing holds it.
    Ready(Next),
    /// A move forward is under way.
    Moving(Next),
    /// A stage must go well until then; what is left of it while it is paused.
    Soaking {
        /// The stage, from 0.
        stage: usize,
        /// Until when.
        until: Steady,
    },
    /// A person is asked about a step.
    Asking(Asking),
    /// A move forward failed where nothing leads back any more; a person mends it, and says so.
    Broken(Next),
    /// A move back is under way.
    Returning(Back),
    /// A move back does not work; a person has to see to it.
    Stuck(Back),
    /// The new version has all traffic.
    Done,
    /// Given up before anything was done.
    Aborted,
    /// Everything is as it was.
    RolledBack,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Phase {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Approving => "waiting for approvals",
            Self::Ready(_) => "ready to move on",
            Self::Moving(_) => "moving on",
            Self::Soaking { .. } => "soaking",
            Self::Asking(_) => "asking a person",
            Self::Broken(_) => "broken beyond the point of no return",
            Self::Returning(_) => "rolling back",
            Self::Stuck(_) => "stuck on the way back",
            Self::Done => "done",
            Self::Aborted => "aborted",
            Self::RolledBack => "rolled back",
        }
    }
}

/// Why a rollout does not move forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hold {
    /// So many approvals are missing.
    Approvals(usize),
    /// Somebody paused it.
    Paused,
    /// It is scheduled for later: from then on.
    Early(DateTime<Utc>),
    /// The time that it was scheduled for is over, since then.
    Late(DateTime<Utc>),
    /// A freeze, until then.
    Frozen(DateTime<Utc>),
    /// The error budget does not allow it, or has not spoken.
    Budget,
    /// A check that failed, or that cannot see, by its place in the course.
    Check(usize),
    /// The gate of a stage is closed.
    Gate(usize),
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approvals(missing) => write!(f, "{missing} approvals are missing"),
            Self::Paused => f.write_str("somebody paused it"),
            Self::Early(start) => write!(f, "it is scheduled for {start}"),
            Self::Late(end) => write!(f, "the time that it was scheduled for was over at {end}"),
            Self::Frozen(until) => write!(f, "nothing moves forward before {until}"),
            Self::Budget => f.write_str("the error budget does not allow it"),
            Self::Check(check) => write!(f, "check {} does not allow it", check + 1),
            Self::Gate(stage) => write!(f, "the gate of stage {} is closed", stage + 1),
        }
    }
}

/// What a check has seen in the stage that is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    /// What was measured.
    pub tally: Tally,
    /// The last of it.
    pub last: Option<Measured>,
    /// How long it may still fail in this stage before traffic goes back, where it has failed and cleared.
    pub leeway: Option<TimeDelta>,
    /// Since it lets nothing forward: what ends that.
    pub trouble: Option<Trouble>,
    /// When it was measured last.
    pub seen: Option<Steady>,
    /// Whether that is too long ago, and it has to be measured before the stage is left.
    pub has_lapsed: bool,
}

/// What ends it that a check lets nothing forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// A person decides.
    Person,
    /// It clears by then, or traffic goes back.
    ClearBy(Steady),
}

/// What the error budget said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BudgetWord {
    /// What it said.
    pub verdict: Ruled,
    /// On what was seen then.
    pub as_of: DateTime<Utc>,
    /// Until when that holds.
    pub valid_until: DateTime<Utc>,
}

/// All that matters of a rollout's past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What it follows, once something was proposed.
    pub course: Option<Arc<Course>>,
    /// Where it stands.
    pub phase: Phase,
    /// Who has approved.
    pub approved: BTreeSet<String>,
    /// The stage whose gate a person has opened.
    pub opened: Option<usize>,
    /// What each check of the course has seen in the stage that is on.
    pub watches: Vec<Watch>,
    /// Whether the soak of the stage is over without everything having passed.
    pub is_overdue: bool,
    /// Since when it is paused.
    pub paused: Option<Steady>,
    /// Until when a freeze holds it, or its schedule that has not begun, where one does.
    pub frozen: Option<DateTime<Utc>>,
    /// Until when an emergency override is in force.
    pub overridden: Option<DateTime<Utc>>,
    /// What the error budget said last.
    pub ruled: Option<BudgetWord>,
    /// The stage that traffic was last moved to, or was on its way to.
    pub stage: Option<usize>,
    /// The share that the new version has, as far as whoever moves traffic has said so.
    pub routed: Weight,
    /// Whether any step was begun: then giving up means going back.
    pub has_begun: bool,
    /// Whether the step was begun from which on nothing leads back.
    pub is_past_return: bool,
    /// Why it turned back, and how traffic returns.
    pub cause: Option<(Cause, Return)>,
}

impl State {
    /// The checks that let nothing forward, by their places in the course.
    pub fn troubles(&self) -> impl Iterator<Item = (usize, Trouble)> {
        (0..).zip(&self.watches).filter_map(|(place, watch)| Some((place, watch.trouble?)))
    }

    /// When traffic goes back unless a check clears.
    #[must_use]
    pub fn clear_by(&self) -> Option<Steady> {
        let times = self.troubles().filter_map(|(_, trouble)| match trouble {
            Trouble::ClearBy(by) => Some(by),
            Trouble::Person => None,
        });
        times.min()
    }

    /// Where a check stands in the stage that is on.
    #[must_use]
    pub fn assess(&self, check: usize, moment: Moment) -> Option<Assessment> {
        let found = self.course.as_ref()?.checks.get(check)?;
        Some(found.assess(&self.watches.get(check)?.tally, moment))
    }

    /// Whether a check has passed and is not measured any more. Under strict rules that which is measured at intervals is
    /// watched for as long as the stage lasts, however often it had to be seen.
    pub(super) fn has_ended(&self, check: usize) -> bool {
        let passed = |one: Assessment| one.phase == crate::analysis::CheckPhase::Successful;
        let found = self.course.as_ref().and_then(|course| course.checks.get(check));
        self.assess(check, Moment::During).is_some_and(passed) && !found.is_some_and(Check::goes_on)
    }

    /// The checks of the stage that is on, by their places in the course, and what they have seen.
    pub fn watched(&self) -> impl Iterator<Item = (usize, &Watch)> {
        let course = self.course.as_deref();
        let stage = self.stage.and_then(|stage| course?.stages().get(stage));
        let checks = course.map_or(&[][..], |course| &course.checks);
        let watched = (0..).zip(&self.watches).zip(checks);
        let watched = watched.filter(move |(_, check)| stage.is_some_and(|stage| check.is_of(&stage.name)));
        watched.map(|(watched, _)| watched)
    }

    /// When a check is measured again; `None` before its first measurement and after its last.
    fn due(&self, check: usize) -> Option<Steady> {
        let (found, watch) = (self.course.as_ref()?.checks.get(check)?, self.watches.get(check)?);
        let due = watch.seen?.after(found.next_in(watch.last));
        (!self.has_ended(check)).then_some(due)
    }

    /// When a measurement is given up that was due then.
    fn given_up(&self, due: Steady) -> Steady {
        due.after(self.course.as_ref().map_or(TimeDelta::zero(), |course| course.check_time_out))
    }

    /// Whether so much time has passed since a check was measured that it was to be measured again.
    pub(super) fn is_stale(&self, check: usize, now: Now) -> bool {
        self.due(check).is_some_and(|due| self.given_up(due) <= now.steady)
    }

    /// Until when measurements are waited for that were due within the soak; `None` where all are there.
    pub(super) fn owed(&self, until: Steady) -> Option<Steady> {
        let due = self.watched().filter_map(|(check, _)| self.due(check));
        due.filter(|due| *due <= until).max().map(|due| self.given_up(due))
    }

    /// Where the checks of the stage that is on stand together; `None` where there is none.
    #[must_use]
    pub fn overall(&self, moment: Moment) -> Option<Overall> {
        let checks = &self.course.as_ref()?.checks;
        let of = |(place, _): (usize, &Watch)| Some((checks.get(place)?.name(), self.assess(place, moment)?));
        let mut all = self.watched().filter_map(of).peekable();
        all.peek().is_some().then(|| overall(all))
    }

    /// The weights of the way back.
    #[must_use]
    pub fn way_back(&self) -> Vec<Weight> {
        let way = self.cause.as_ref().map_or(Return::Immediate, |(_, way)| *way);
        self.course.as_ref().map_or_else(Vec::new, |course| course.way_back(self.stage.unwrap_or(0), way))
    }

    /// The step of a move, where it is one.
    pub(super) fn step(&self, part: Part) -> Option<&Step> {
        let course = self.course.as_ref()?;
        let (steps, place) = match part {
            Part::Next(Next::Prepare(place)) => (&course.preparation, place),
            Part::Next(Next::Complete(place)) => (&course.completion, place),
            Part::Back(Back::Undo(place)) => (&course.rollback, place),
            Part::Back(Back::Verify(place)) => (&course.verification, place),
            Part::Next(Next::Stage(_)) | Part::Back(Back::Weight(_)) => return None,
        };
        steps.get(place)
    }

    /// What people call a move: the name of a step, or the share of traffic that it brings.
    #[must_use]
    pub fn name(&self, part: Part) -> Option<String> {
        let weight = match part {
            Part::Next(Next::Stage(stage)) => self.course.as_ref()?.stages().get(stage)?.weight,
            Part::Back(Back::Weight(place)) => *self.way_back().get(place)?,
            _ => return self.step(part).map(|step| step.name.clone()),
        };
        Some(format!("{}%", weight.as_percent()))
    }

    /// What has to be ordered for a move; `None` for what a person does at once, and for what is not there.
    pub(super) fn order(&self, part: Part) -> Option<Effect> {
        let course = self.course.as_ref()?;
        match part {
            Part::Next(Next::Stage(stage)) => {
                return course.to_weight(part, course.stages().get(stage)?.weight, &course.traffic);
            }
            Part::Back(Back::Weight(place)) => {
                let weight = *self.way_back().get(place)?;
                let moved = course.to_weight(part, weight, &course.traffic_back);
                return moved.or(Some(Effect::Wait { part }));
            }
            _ => {}
        }
        let step = self.step(part)?;
        let Action::Command { argv, time_out, is_repeatable } = &step.action else {
            return matches!(part, Part::Back(_)).then_some(Effect::Wait { part });
        };
        Some(Effect::Step {
            part,
            name: step.name.clone(),
            argv: argv.clone(),
            time_out: *time_out,
            is_repeatable: *is_repeatable,
        })
    }

    /// The move that is under way.
    pub(super) fn moving(&self) -> Option<Part> {
        match self.phase {
            Phase::Moving(next) => Some(Part::Next(next)),
            Phase::Returning(back) => Some(Part::Back(back)),
            _ => None,
        }
    }

    pub(super) fn wants(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Announce(_) => true,
            Effect::Measure { stage, .. } => {
                matches!(self.phase, Phase::Soaking { stage: on, .. } if on == *stage)
            }
            effect => self.moving().and_then(|part| self.order(part)).as_ref() == Some(effect),
        }
    }

    /// Why it does not move forward, if it would otherwise; what must be seen to first comes first.
    #[must_use]
    pub fn holds(&self, now: Now) -> Vec<Hold> {
        let Some(course) = &self.course else { return Vec::new() };
        let mut holds = Vec::new();
        let missing = course.approvals.saturating_sub(self.approved.len());
        if missing > 0 {
            holds.push(Hold::Approvals(missing));
        }
        if self.paused.is_some() {
            holds.push(Hold::Paused);
        }
        holds.extend(self.troubles().map(|(check, _)| Hold::Check(check)));
        if let Phase::Soaking { .. } = self.phase {
            use crate::analysis::CheckPhase as Stand;
            let is_blind =
                |check| self.assess(check, Moment::During).is_some_and(|stands| stands.phase == Stand::Held);
            let untroubled = self.watched().filter(|(_, watch)| watch.trouble.is_none());
            let held = untroubled.filter(|(check, watch)| watch.has_lapsed || is_blind(*check));
            holds.extend(held.map(|(check, _)| Hold::Check(check)));
        }
        if let Phase::Ready(Next::Stage(stage)) = self.phase
            && course.stages().get(stage).is_some_and(|stage| stage.gate == Gate::Person)
            && self.opened != Some(stage)
        {
            holds.push(Hold::Gate(stage));
        }
        // What was approved for later does not begin now; what has begun can be brought to an end.
        let schedule = course.schedule;
        holds.extend(schedule.filter(|slot| now.wall < slot.start).map(|slot| Hold::Early(slot.start)));
        if self.overridden.is_none_or(|until| until <= now.wall) {
            holds.extend(schedule.filter(|slot| slot.end <= now.wall).map(|slot| Hold::Late(slot.end)));
            holds.extend(course.frozen_at(now.wall).map(|freeze| Hold::Frozen(freeze.end)));
            let is_allowed = |word: BudgetWord| word.verdict == Ruled::Go && now.wall < word.valid_until;
            if course.needs_ruling && !self.ruled.is_some_and(is_allowed) {
                holds.push(Hold::Budget);
            }
        }
        holds
    }

    /// Whether everything has passed, were the stage over now.
    pub(super) fn has_passed(&self) -> bool {
        use crate::analysis::CheckPhase as Stand;
        self.overall(Moment::Ended).is_none_or(|overall| overall.phase == Stand::Successful)
    }

    /// When the end of a soak has something to say; `None` where it has not. What was not measured yet has its say when
    /// it is, and before anybody is called, what was to be measured within the soak is.
    pub(super) fn says_at(&self, until: Steady) -> Option<Steady> {
        let is_held = self.paused.is_some()
            || self.watches.iter().any(|watch| watch.has_lapsed || watch.trouble.is_some());
        if is_held {
            None
        } else if self.has_passed() {
            Some(until)
        } else if self.is_overdue || self.watched().any(|(_, watch)| watch.last.is_none()) {
            None
        } else {
            Some(self.owed(until).map_or(until, |owed| owed.max(until)))
        }
    }

    pub(super) fn next_wakeup(&self) -> Wakeup {
        match self.phase {
            Phase::Soaking { until, .. } => {
                let soak = self.says_at(until).map_or(Wakeup::NEVER, Wakeup::steady);
                soak.or(self.clear_by().map_or(Wakeup::NEVER, Wakeup::steady))
            }
            // A freeze ends by itself; everything else that holds is ended by somebody.
            Phase::Ready(_) => self.frozen.map_or(Wakeup::NEVER, Wakeup::at),
            _ => Wakeup::NEVER,
        }
    }
}
