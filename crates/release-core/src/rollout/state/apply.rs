//! What events make of a state.

use super::{Back, BudgetWord, Next, Phase, State, Trouble, Watch};
use crate::analysis::Measured;
use crate::rollout::event::{Event, Part};
use crate::strategy::Return;
use chrono::TimeDelta;
use std::sync::Arc;
use toban_durable::Now;

impl State {
    pub(in crate::rollout) fn apply(&mut self, event: &Event, at: Now) {
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
            Event::Faltered { .. } | Event::Untold { .. } => {}
        }
    }

    fn see(&mut self, check: usize, measured: Measured, at: Now) {
        let checks = self.course.as_ref().and_then(|course| course.checks.get(check));
        if let (Some(check), Some(watch)) = (checks, self.watches.get_mut(check)) {
            check.observe(&mut watch.tally, measured);
            (watch.last, watch.seen, watch.has_lapsed) = (Some(measured), Some(at.steady), false);
        }
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
}
