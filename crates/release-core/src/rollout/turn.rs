//! One decision in the making: events are taken in as they are decided, so that what follows can be decided too.

use super::Rollout;
use super::event::{Announcement, Cause, Effect, Event, Needed, Part};
use super::state::{Asking, Back, Hold, Next, Phase, State, Trouble};
use crate::analysis::{Check, Measured, Moment, Severity};
use crate::strategy::Return;
use toban_durable::{Decision, Now, Steady};

/// A decision in the making.
pub(super) struct Turn {
    pub(super) state: State,
    now: Now,
    before: Phase,
    decision: Decision<Rollout>,
}

impl Turn {
    pub(super) fn new(state: &State, now: Now) -> Self {
        Self { state: state.clone(), now, before: state.phase, decision: Decision::none() }
    }

    pub(super) fn event(mut self, event: Event) -> Self {
        self.state.apply(&event, self.now);
        self.decision.events.push(event);
        self
    }

    pub(super) fn announce(mut self, what: Announcement) -> Self {
        self.decision.orders.push(Effect::Announce(what));
        self
    }

    /// Back, from wherever it stands.
    pub(super) fn turn_back(self, cause: Cause) -> Self {
        if !self.state.has_begun {
            return self.event(Event::Aborted { cause });
        }
        let way = self.state.course.as_ref().map_or(Return::Immediate, |course| course.strategy.way_back());
        self.turn_back_by(cause, way)
    }

    /// Back from where something was begun, traffic coming back like that.
    pub(super) fn turn_back_by(self, cause: Cause, way: Return) -> Self {
        let is_automatic = cause.is_automatic();
        self.event(Event::TurnedBack { cause, way }).announce(Announcement::RollingBack { is_automatic })
    }

    /// A move back does not work.
    pub(super) fn stick(self, back: Back, why: String) -> Self {
        let what = Needed::Stuck(back);
        self.event(Event::Stuck { back, why }).announce(Announcement::PersonNeeded { what })
    }

    /// Decides what follows by itself, and gives out what is to be done.
    pub(super) fn end(mut self) -> Decision<Rollout> {
        loop {
            self = match self.state.phase {
                Phase::Approving if self.holds().iter().any(|hold| matches!(hold, Hold::Approvals(_))) => {
                    break;
                }
                Phase::Approving => self.event(Event::Cleared),
                Phase::Ready(next) => match self.holds().first() {
                    None => self.move_on(next),
                    Some(_) => {
                        self = self.held(next);
                        break;
                    }
                },
                Phase::Returning(back) if self.is_news() => match back {
                    // A course has something of both; an older journal may hold one that has not.
                    Back::Undo(_) if self.state.step(Part::Back(back)).is_none() => {
                        self.event(Event::Undid { back })
                    }
                    Back::Verify(_) if self.state.step(Part::Back(back)).is_none() => {
                        self.event(Event::RolledBack).announce(Announcement::RolledBack)
                    }
                    _ => {
                        self = self.give(Part::Back(back));
                        break;
                    }
                },
                _ => break,
            };
        }
        self.decision
    }

    /// Traffic has reached a stage: it is told, and everything is measured there.
    pub(super) fn watch(mut self, stage: usize) -> Self {
        self = self.announce(Announcement::StageReached { stage });
        let Some(course) = self.state.course.clone() else { return self };
        let measure = |(place, check): (usize, &Check)| Effect::Measure {
            stage,
            check: place,
            name: check.name().to_owned(),
            query: check.query().to_owned(),
            after: check.next_in(None),
            time_out: course.check_time_out,
        };
        let is_of = |check: &Check| course.stages().get(stage).is_some_and(|stage| check.is_of(&stage.name));
        let checks = (0..).zip(&course.checks).filter(|(_, check)| is_of(check));
        self.decision.orders.extend(checks.map(measure));
        self
    }

    /// A check has been measured: what follows from where it stands now.
    pub(super) fn weigh(self, place: usize) -> Self {
        use crate::analysis::CheckPhase as Stand;
        let assessment = self.state.assess(place, Moment::During);
        let (Some(assessment), Some(watch)) = (assessment, self.state.watches.get(place)) else {
            return self;
        };
        match (watch.trouble, assessment.phase) {
            // It was to clear in time, and did; what a person is asked about, a person answers.
            (Some(Trouble::ClearBy(_)), _) if watch.last == Some(Measured::Success) => {
                self.event(Event::Recovered { check: place })
            }
            (_, Stand::Failed) => self.fail(place),
            (_, Stand::Error) => match self.state.overall(Moment::During) {
                Some(overall) => self.turn_back(Cause::Check { overall }),
                None => self,
            },
            (None, Stand::Inconclusive) => self.trouble(place, None),
            _ => self,
        }
    }

    /// A check has failed.
    fn fail(self, place: usize) -> Self {
        let course = self.state.course.clone();
        let check = course.as_ref().and_then(|course| course.checks.get(place));
        let severity = course.as_ref().zip(check).and_then(|(course, check)| course.severity(check.name()));
        let overall = self.state.overall(Moment::During);
        let watch = self.state.watches.get(place).copied().unwrap_or_default();
        match (severity, watch.trouble, overall) {
            // What a person is asked about does not put off what has a deadline.
            (Some(Severity::High { clear_within }), None | Some(Trouble::Person), _) => {
                // In a stage it has so long in all: what comes and goes does not go on for ever.
                let clear_by = self.now.steady.after(watch.leeway.unwrap_or(clear_within));
                self.trouble(place, Some(clear_by))
            }
            (Some(Severity::Medium), None, _) => self.trouble(place, None),
            (Some(Severity::High { .. } | Severity::Medium), Some(_), _) | (_, _, None) => self,
            (Some(Severity::Critical), _, Some(overall)) => {
                self.turn_back_by(Cause::Check { overall }, Return::Immediate)
            }
            (None, _, Some(overall)) => self.turn_back(Cause::Check { overall }),
        }
    }

    fn trouble(self, check: usize, clear_by: Option<Steady>) -> Self {
        let what = Needed::Check(check);
        self.event(Event::Troubled { check, clear_by }).announce(Announcement::PersonNeeded { what })
    }

    /// The soak is over, or something was measured after it: the stage is left once everything has passed in it.
    pub(super) fn leave(self, stage: usize, until: Steady) -> Self {
        if self.now.steady < until || self.state.says_at(until).is_none() {
            return self;
        }
        // What was seen before a long gap says nothing of the time since.
        let stale = self.state.watched().map(|(check, _)| check);
        let stale: Vec<_> = stale.filter(|check| self.state.is_stale(*check, self.now)).collect();
        if !stale.is_empty() {
            return stale.into_iter().fold(self, |turn, check| turn.event(Event::Lapsed { check }));
        }
        if self.state.has_passed() {
            return self.event(Event::Soaked { stage });
        }
        // Before anybody is called, what was to be measured by now is.
        if self.state.owed(until).is_some() {
            return self;
        }
        let what = Needed::Overdue(stage);
        self.event(Event::Overdue { stage }).announce(Announcement::PersonNeeded { what })
    }

    fn holds(&self) -> Vec<Hold> {
        self.state.holds(self.now)
    }

    /// Whether this decision led to where it stands.
    fn is_news(&self) -> bool {
        self.before != self.state.phase
            || self.decision.events.iter().any(|event| matches!(event, Event::Retried { .. }))
    }

    fn move_on(self, next: Next) -> Self {
        let is_end = matches!(next, Next::Complete(_)) && self.state.step(Part::Next(next)).is_none();
        if is_end {
            return self.event(Event::Completed).announce(Announcement::Completed);
        }
        let is_first = !self.state.has_begun;
        let turn = self.event(Event::Began { next });
        let turn = if is_first { turn.announce(Announcement::Started) } else { turn };
        turn.give(Part::Next(next))
    }

    /// Orders a move, or asks the person who does it.
    fn give(mut self, part: Part) -> Self {
        match self.state.order(part) {
            Some(effect) => {
                self.decision.orders.push(effect);
                self
            }
            None => self.ask(Asking::Manual(part)),
        }
    }

    pub(super) fn ask(self, about: Asking) -> Self {
        let what = Needed::Step(about);
        self.event(Event::Asked { about }).announce(Announcement::PersonNeeded { what })
    }

    /// Something holds it: says until when, and whom it waits for.
    fn held(mut self, next: Next) -> Self {
        let holds = self.holds();
        let until = holds.iter().filter_map(|hold| match hold {
            Hold::Early(until) | Hold::Frozen(until) => Some(*until),
            _ => None,
        });
        let until = until.max();
        self = match until {
            Some(until) if self.state.frozen != Some(until) => self.event(Event::Frozen { until }),
            None if self.state.frozen.is_some() => self.event(Event::Thawed),
            _ => self,
        };
        // Each time that something else has ceased to hold it.
        if !self.decision.events.is_empty() && matches!(holds.first(), Some(Hold::Late(_))) {
            self = self.announce(Announcement::PersonNeeded { what: Needed::Late });
        }
        match next {
            Next::Stage(stage) if self.is_news() && holds.contains(&Hold::Gate(stage)) => {
                self.announce(Announcement::PersonNeeded { what: Needed::Gate(stage) })
            }
            _ => self,
        }
    }
}
