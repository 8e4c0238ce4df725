//! What follows from a request and from what came of an order.

use super::Group;
use super::event::{Announcement, Ask, Cause, Effect, Event, Outcome, Refused, Request, Why};
use super::plan::{GroupPlan, OnFailure};
use super::state::{MemberState, Phase, Standing, State};
use crate::rollout::MOST_CALLS;
use chrono::TimeDelta;
use std::sync::Arc;
use toban_durable::{Decision, Now, Settle};

type Decided = Decision<Group>;

pub(super) fn request(state: &State, request: &Request, _: Now) -> Result<Decided, Refused> {
    granted(state, request).map(|turn| turn.end()).map_err(|why| Refused {
        request: request.name(),
        phase: state.phase.name(),
        why,
    })
}

fn granted(state: &State, request: &Request) -> Result<Turn, Why> {
    let turn = Turn { state: state.clone(), decision: Decision::none() };
    Ok(match (request, state.phase) {
        (Request::Propose { plan, by }, Phase::New) => {
            named(&[by])?;
            plan.check().map_err(Why::Plan)?;
            turn.event(Event::Proposed { plan: plan.clone(), by: by.clone() }).announce(Announcement::Started)
        }
        (Request::Report { .. }, Phase::New) => return Err(Why::NotNow),
        (Request::Report { member, standing }, _) => turn.hear(place(state, member)?, *standing),
        (Request::Abort { by, why }, Phase::Forward | Phase::Held) => {
            named(&[by, why])?;
            turn.turn_back(Cause::Person { by: by.clone(), why: why.clone() })
        }
        (Request::BroughtBack { member, by, why }, Phase::Returning) => {
            named(&[by, why])?;
            let member = place(state, member)?;
            let waits = |one: &MemberState| one.is_stranded && !one.is_brought_back;
            if !state.members.get(member).is_some_and(waits) {
                return Err(Why::NotNow);
            }
            turn.event(Event::BroughtBack { member, by: by.clone(), why: why.clone() })
        }
        (Request::Dissolve { by, why }, Phase::Held) => {
            named(&[by, why])?;
            turn.event(Event::Dissolved { by: by.clone(), why: why.clone() })
        }
        _ => return Err(Why::NotNow),
    })
}

/// Who and why are on record, or nothing is.
fn named(words: &[&String]) -> Result<(), Why> {
    if words.iter().any(|word| word.trim().is_empty()) { Err(Why::NoReason) } else { Ok(()) }
}

fn place(state: &State, member: &str) -> Result<usize, Why> {
    let found = state.plan.as_ref().and_then(|plan| plan.member(member));
    found.map(|(place, _)| place).ok_or_else(|| Why::NoMember { member: member.to_owned() })
}

pub(super) fn outcome(
    state: &State,
    effect: &Effect,
    attempt: u32,
    outcome: &Outcome,
    now: Now,
) -> (Decided, Settle) {
    let pause = TimeDelta::seconds(1 << attempt.min(5));
    let again = Settle::Again { not_before: now.steady.after(pause) };
    match (effect, outcome) {
        // People who cannot be told do not hold anything up for ever.
        (Effect::Announce(what), Outcome::Failed { why }) if attempt >= MOST_CALLS => {
            let turn = Turn { state: state.clone(), decision: Decision::none() };
            (turn.event(Event::Untold { what: what.clone(), why: why.clone() }).end(), Settle::Done)
        }
        (_, Outcome::Failed { .. }) => (Decision::none(), again),
        (Effect::Ask { member, .. }, Outcome::NoReturn) => {
            let turn = Turn { state: state.clone(), decision: Decision::none() };
            (turn.strand(*member).end(), Settle::Done)
        }
        (Effect::Ask { member, ask, .. }, Outcome::Stands(standing)) => {
            let turn = Turn { state: state.clone(), decision: Decision::none() };
            let decision = turn.hear(*member, *standing).end();
            // A member that still stands as if it had not been asked is asked again.
            let is_deaf = match ask {
                Ask::Begin => *standing == Standing::Out,
                Ask::Recall => *standing <= Standing::Done,
                Ask::Open(_) | Ask::Pause => false,
            };
            (decision, if is_deaf { again } else { Settle::Done })
        }
        _ => (Decision::none(), Settle::Done),
    }
}

/// One decision in the making: events are taken in as they are decided, so that what follows can be decided too.
struct Turn {
    state: State,
    decision: Decided,
}

impl Turn {
    fn event(mut self, event: Event) -> Self {
        self.state.apply(&event);
        self.decision.events.push(event);
        self
    }

    fn announce(mut self, what: Announcement) -> Self {
        self.decision.orders.push(Effect::Announce(what));
        self
    }

    fn ask(mut self, plan: &GroupPlan, place: usize, ask: Ask) -> Self {
        if let Some(member) = plan.members.get(place) {
            self.decision.orders.push(Effect::Ask {
                group: plan.name.clone(),
                member: place,
                name: member.name.clone(),
                course: Box::new(member.course.clone()),
                ask,
            });
        }
        self
    }

    /// What is known already, or was true before what is known, is no news; nor is anything once it is over.
    fn hear(self, member: usize, standing: Standing) -> Self {
        let is_over = matches!(self.state.phase, Phase::Done | Phase::RolledBack | Phase::Dissolved);
        if is_over || standing <= self.state.standing(member) {
            return self;
        }
        self.event(Event::Reported { member, standing })
    }

    fn turn_back(self, cause: Cause) -> Self {
        self.event(Event::TurnedBack { cause }).announce(Announcement::TurningBack)
    }

    /// Decides what follows by itself.
    fn end(mut self) -> Decided {
        let Some(plan) = self.state.plan.clone().filter(|_| !self.decision.events.is_empty()) else {
            return self.decision;
        };
        let failed = self.state.members.iter().position(|one| one.standing.has_failed());
        if let (Some(member), Phase::Forward) = (failed, self.state.phase) {
            let cause = Cause::Member { member };
            self = match plan.on_failure {
                OnFailure::BringBack => self.turn_back(cause),
                OnFailure::Hold => self.event(Event::Held { cause }).announce(Announcement::Held),
            };
        }
        for place in 0..plan.members.len() {
            self = match self.state.phase {
                Phase::Forward => self.forward(&plan, place),
                Phase::Held => self.pause(&plan, place),
                Phase::Returning => self.back(&plan, place),
                _ => self,
            };
        }
        let members = &self.state.members;
        let is_done = members.iter().all(|one| one.standing == Standing::Done);
        let is_back = members.iter().all(MemberState::is_back);
        match self.state.phase {
            Phase::Forward if is_done => {
                self.event(Event::Completed).announce(Announcement::Completed).decision
            }
            Phase::Returning if is_back => {
                self.event(Event::RolledBack).announce(Announcement::RolledBack).decision
            }
            _ => self.decision,
        }
    }

    fn forward(self, plan: &Arc<GroupPlan>, place: usize) -> Self {
        let (Some(member), Some(state)) = (plan.members.get(place), self.state.members.get(place)) else {
            return self;
        };
        if !state.has_begun {
            let may_begin = plan.may_begin(member, |place| self.state.standing(place));
            return if may_begin {
                self.event(Event::Began { member: place }).ask(plan, place, Ask::Begin)
            } else {
                self
            };
        }
        match self.state.to_open(plan, place) {
            Some(stage) => {
                self.event(Event::Opened { member: place, stage }).ask(plan, place, Ask::Open(stage))
            }
            None => self,
        }
    }

    fn pause(self, plan: &Arc<GroupPlan>, place: usize) -> Self {
        let moves = |one: &MemberState| matches!(one.standing, Standing::Forward { .. }) && !one.is_paused;
        if self.state.members.get(place).is_some_and(moves) {
            self.event(Event::Paused { member: place }).ask(plan, place, Ask::Pause)
        } else {
            self
        }
    }

    /// Back comes a member after all that needed it.
    fn back(self, plan: &Arc<GroupPlan>, place: usize) -> Self {
        let Some(state) = self.state.members.get(place).copied().filter(|one| !one.is_back()) else {
            return self;
        };
        let mut others = self.state.members.iter().enumerate();
        if others.any(|(other, one)| plan.needs(other, place) && !one.is_back()) {
            return self;
        }
        if state.standing.has_failed() || state.is_recalled {
            return self;
        }
        self.event(Event::Recalled { member: place }).ask(plan, place, Ask::Recall)
    }

    /// Nothing leads a member back any more.
    fn strand(self, member: usize) -> Self {
        let may = |one: &MemberState| one.is_recalled && !one.is_stranded && !one.is_back();
        if self.state.phase == Phase::Returning && self.state.members.get(member).is_some_and(may) {
            self.event(Event::Stranded { member }).announce(Announcement::PersonNeeded { member })
        } else {
            self
        }
    }
}
