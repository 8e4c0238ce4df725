//! Where a rollout stands: the fold of its events.

use super::course::{Action, Course, Step};
use super::event::{Cause, Effect, Event, Part, Ruled};
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
    pub(super) fn apply(&mut self, event: &Event, at: Now) {
        match event {
            Event::Proposed { course, .. } => {
                *self = Self {
                    course: Some(Arc::new((**course).clone())),
                    phase: Phase::Approving,
                    ..Self::default()
                };
            }
            Event::Approved { by, .. } => {
                self.approved.insert(by.clone());
            }
            Event::Cleared => self.phase = Phase::Ready(self.first()),
            Event::Frozen { until } => self.frozen = Some(*until),
            Event::Thawed => self.frozen = None,
            Event::Began { next } => {
                self.phase = Phase::Moving(*next);
                (self.has_begun, self.frozen) = (true, None);
                match next {
                    Next::Stage(stage) => self.stage = Some(*stage),
                    Next::Complete(place) => {
                        let no_return = self.course.as_ref().and_then(|course| course.no_return.as_ref());
                        self.is_past_return |= no_return.is_some_and(|last| *place >= last.step);
                    }
                    Next::Prepare(_) => {}
                }
            }
            Event::Did { next } => self.did(*next, at),
            Event::Measured { check, judged } => self.see(*check, judged.measured, at),
            Event::Troubled { check, clear_by } => {
                if let Some(watch) = self.watches.get_mut(*check) {
                    watch.trouble = Some(clear_by.map_or(Trouble::Person, Trouble::ClearBy));
                }
            }
            Event::Recovered { check } => {
                if let Some(watch) = self.watches.get_mut(*check) {
                    let left = match watch.trouble {
                        Some(Trouble::ClearBy(by)) => Some(by.since(at.steady).max(TimeDelta::zero())),
                        Some(Trouble::Person) | None => None,
                    };
                    *watch = Watch { leeway: left, ..Watch::default() };
                }
            }
            Event::Lapsed { check } => {
                if let Some(watch) = self.watches.get_mut(*check) {
                    watch.has_lapsed = true;
                }
            }
            Event::Overdue { .. } => self.is_overdue = true,
            Event::Soaked { stage } | Event::Promoted { stage, .. } => {
                self.phase = self.after_stage(*stage);
            }
            Event::Opened { stage, .. } => self.opened = Some(*stage),
            Event::Paused { .. } => self.paused = Some(at.steady),
            Event::Resumed { .. } => {
                // What was left of a soak when it was paused is left still.
                if let (Some(since), Phase::Soaking { until, .. }) = (self.paused, &mut self.phase) {
                    *until = at.steady.after(until.since(since));
                }
                self.paused = None;
                // What held it is counted anew.
                for watch in self.watches.iter_mut().filter(|watch| watch.trouble.is_some()) {
                    *watch = Watch::default();
                }
            }
            Event::Overrode { until, .. } => self.overridden = Some(*until),
            Event::Ruled { verdict, as_of, valid_until, .. } => {
                let (verdict, as_of, valid_until) = (*verdict, *as_of, *valid_until);
                self.ruled = Some(BudgetWord { verdict, as_of, valid_until });
            }
            Event::Asked { about } => self.phase = Phase::Asking(*about),
            Event::Broke { next, .. } => self.phase = Phase::Broken(*next),
            Event::Answered { is_done, .. } => {
                if let Phase::Broken(next) = self.phase {
                    if *is_done { self.did(next, at) } else { self.phase = Phase::Ready(next) }
                }
                if let Phase::Stuck(back) = self.phase {
                    if *is_done { self.undid(back) } else { self.phase = Phase::Returning(back) }
                }
                if let Phase::Asking(about) = self.phase {
                    match (about.part(), *is_done) {
                        (Part::Next(next), true) => self.did(next, at),
                        (Part::Next(next), false) => self.phase = Phase::Ready(next),
                        (Part::Back(back), true) => self.undid(back),
                        (Part::Back(back), false) => self.phase = Phase::Returning(back),
                    }
                }
            }
            Event::TurnedBack { cause, way } => {
                self.cause = Some((cause.clone(), *way));
                let is_after = self.course.as_ref().is_some_and(|course| course.before_return > 0);
                self.phase = Phase::Returning(if is_after { Back::Undo(0) } else { Back::Weight(0) });
                self.paused = None;
                self.watches.iter_mut().for_each(|watch| watch.trouble = None);
            }
            Event::Retried { .. } => {
                if let Phase::Stuck(back) = self.phase {
                    self.phase = Phase::Returning(back);
                }
            }
            Event::Undid { back } => self.undid(*back),
            Event::Stuck { back, .. } => self.phase = Phase::Stuck(*back),
            Event::Completed => self.phase = Phase::Done,
            Event::Aborted { cause } => {
                self.cause = Some((cause.clone(), Return::Immediate));
                self.phase = Phase::Aborted;
            }
            Event::RolledBack => self.phase = Phase::RolledBack,
        }
    }

    fn see(&mut self, check: usize, measured: Measured, at: Now) {
        let checks = self.course.as_ref().and_then(|course| course.checks.get(check));
        if let (Some(check), Some(watch)) = (checks, self.watches.get_mut(check)) {
            check.observe(&mut watch.tally, measured);
            (watch.last, watch.seen, watch.has_lapsed) = (Some(measured), Some(at.steady), false);
        }
    }

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

    /// Whether so much time has passed since a check was measured that it was to be measured again.
    pub(super) fn is_stale(&self, check: usize, now: Now) -> bool {
        let (Some(course), Some(watch)) = (&self.course, self.watches.get(check)) else { return false };
        let (Some(found), Some(seen)) = (course.checks.get(check), watch.seen) else { return false };
        let due = seen.after(found.next_in(watch.last)).after(course.check_time_out);
        due < now.steady && !self.has_ended(check)
    }

    /// Where the checks of the stage that is on stand together; `None` where there is none.
    #[must_use]
    pub fn overall(&self, moment: Moment) -> Option<Overall> {
        let checks = &self.course.as_ref()?.checks;
        let of = |(place, _): (usize, &Watch)| Some((checks.get(place)?.name(), self.assess(place, moment)?));
        let mut all = self.watched().filter_map(of).peekable();
        all.peek().is_some().then(|| overall(all))
    }

    /// The first move.
    fn first(&self) -> Next {
        let is_prepared = self.course.as_ref().is_none_or(|course| course.preparation.is_empty());
        if is_prepared { Next::Stage(0) } else { Next::Prepare(0) }
    }

    /// A move forward was done; a stage that begins is watched from nothing.
    fn did(&mut self, next: Next, at: Now) {
        if let Next::Stage(stage) = next {
            let reached = self.course.as_ref().and_then(|course| course.stages().get(stage));
            self.routed = reached.map_or(self.routed, |stage| stage.weight);
            let checks = self.course.as_ref().map_or(0, |course| course.checks.len());
            (self.watches, self.is_overdue) = (vec![Watch::default(); checks], false);
            // A pause takes from a soak what it lasts within it.
            self.paused = self.paused.map(|_| at.steady);
        }
        self.phase = self.after(next, at);
    }

    /// Where it stands after a move forward.
    fn after(&self, next: Next, at: Now) -> Phase {
        let Some(course) = &self.course else { return self.phase };
        match next {
            Next::Prepare(place) if place + 1 < course.preparation.len() => {
                Phase::Ready(Next::Prepare(place + 1))
            }
            Next::Prepare(_) => Phase::Ready(Next::Stage(0)),
            Next::Stage(stage) => {
                let soak = course.stages().get(stage).map_or(TimeDelta::zero(), |stage| stage.soak);
                Phase::Soaking { stage, until: at.steady.after(soak) }
            }
            Next::Complete(place) => Phase::Ready(Next::Complete(place + 1)),
        }
    }

    fn after_stage(&self, stage: usize) -> Phase {
        let stages = self.course.as_ref().map_or(0, |course| course.stages().len());
        Phase::Ready(if stage + 1 < stages { Next::Stage(stage + 1) } else { Next::Complete(0) })
    }

    /// A move back was done.
    fn undid(&mut self, back: Back) {
        if let Back::Weight(place) = back {
            self.routed = self.way_back().get(place).copied().unwrap_or(self.routed);
        }
        self.phase = self.after_back(back);
    }

    fn after_back(&self, back: Back) -> Phase {
        let Some(course) = &self.course else { return self.phase };
        Phase::Returning(match back {
            Back::Weight(place) if place + 1 < self.way_back().len() => Back::Weight(place + 1),
            Back::Weight(_) => Back::Undo(course.before_return),
            Back::Undo(place) if place + 1 == course.before_return => Back::Weight(0),
            Back::Undo(place) if place + 1 < course.rollback.len() => Back::Undo(place + 1),
            Back::Undo(_) => Back::Verify(0),
            Back::Verify(place) => Back::Verify(place + 1),
        })
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

    /// Whether the end of the soak has something to say. What was not measured yet has its say when it is.
    pub(super) fn can_end(&self) -> bool {
        let is_seen = self.watched().all(|(_, watch)| watch.last.is_some());
        let has_lapsed = self.watches.iter().any(|watch| watch.has_lapsed);
        let is_held = self.paused.is_some() || has_lapsed || self.troubles().next().is_some();
        !is_held && (self.has_passed() || (is_seen && !self.is_overdue))
    }

    pub(super) fn next_wakeup(&self) -> Wakeup {
        match self.phase {
            Phase::Soaking { until, .. } => {
                let soak = if self.can_end() { Wakeup::after(until) } else { Wakeup::NEVER };
                soak.or(self.clear_by().map_or(Wakeup::NEVER, Wakeup::after))
            }
            // A freeze ends by itself; everything else that holds is ended by somebody.
            Phase::Ready(_) => self.frozen.map_or(Wakeup::NEVER, Wakeup::at),
            _ => Wakeup::NEVER,
        }
    }
}
