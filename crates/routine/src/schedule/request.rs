//! What may be asked of a task, and why it may be refused.

use super::Schedule;
use super::advance::Advance;
use super::event::Event;
use super::state::{State, TaskPlan, TaskPlanError};
use crate::firing::{Finish, Occasion};
use chrono::{DateTime, Utc};
use toban_durable::{Decision, Now};

/// The most that may be asked for and wait.
pub const MOST_ASKED: usize = 1_000;

/// What somebody asks of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Be planned like this. The first plan looks ahead from now on; a plan that stands already changes nothing.
    Plan {
        /// How.
        plan: Box<TaskPlan>,
        /// Who plans it.
        by: String,
    },
    /// Begin nothing more by its rule, because it is planned no more; what runs and waits goes on. Another plan lets it
    /// go on.
    Retire {
        /// Who plans without it.
        by: String,
    },
    /// Take what was decided outside of it, by [`State::advance`].
    Advance(Box<Advance>),
    /// A firing has ended; one that does not run changes nothing.
    Ended {
        /// Its time.
        nominal: DateTime<Utc>,
        /// How.
        how: Finish,
    },
    /// Wait no more for a firing that cannot be read: a record of it is damaged. It counts as failed.
    WriteOff {
        /// Its time.
        nominal: DateTime<Utc>,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Run, whatever the rule says, also while it is paused. A time that runs or waits already is passed over.
    Run {
        /// For which times, on whole seconds.
        times: Vec<DateTime<Utc>>,
        /// Who, and why.
        occasion: Occasion,
    },
    /// Let nothing begin by the rule: what is due meanwhile is refused.
    Pause {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// Go on by the rule.
    Continue {
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
            Self::Plan { .. } => "plan",
            Self::Retire { .. } => "retire",
            Self::Advance(_) => "advance",
            Self::Ended { .. } => "end",
            Self::WriteOff { .. } => "write off",
            Self::Run { .. } => "run",
            Self::Pause { .. } => "pause",
            Self::Continue { .. } => "continue",
        }
    }
}

/// A request was not granted; nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{request} is refused: {why}")]
pub struct Refused {
    /// What was asked.
    pub request: &'static str,
    /// Why not.
    pub why: Why,
}

/// Why a request is not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// Nobody has planned the task.
    #[error("nobody has planned the task")]
    NoPlan,
    /// Who and why must be known.
    #[error("it needs a name and a reason")]
    NoReason,
    /// It is so already.
    #[error("it is so already")]
    NoChange,
    /// It is another task.
    #[error("the task is called {is}, and that is a plan of {of}")]
    OtherTask {
        /// What the task is called.
        is: String,
        /// Of which task the plan is.
        of: String,
    },
    /// When it is due cannot be told.
    #[error("when it is due cannot be told: {0}")]
    Plan(TaskPlanError),
    /// Something has happened since it was decided.
    #[error("something has happened since it was decided")]
    Stale,
    /// More would wait than may.
    #[error("more than {MOST_ASKED} would wait")]
    TooMany,
    /// What is due by the rule is decided, and not asked for.
    #[error("what is due by the rule is not asked for")]
    NotAsked,
}

pub(super) fn request(state: &State, request: &Request, now: Now) -> Result<Decision<Schedule>, Refused> {
    granted(state, request, now).map_err(|why| Refused { request: request.name(), why })
}

fn granted(state: &State, request: &Request, now: Now) -> Result<Decision<Schedule>, Why> {
    let decision = Decision::none();
    if !matches!(request, Request::Plan { .. }) && state.planned.is_none() {
        return Err(Why::NoPlan);
    }
    Ok(match request {
        Request::Plan { plan, by } => {
            named(&[by])?;
            plan.scheduled().map_err(Why::Plan)?;
            match &state.planned {
                Some(planned) if planned.plan == **plan && !state.is_retired && state.planned_by == *by => {
                    decision
                }
                Some(planned) if planned.plan.task.id != plan.task.id => {
                    let (is, of) = (planned.plan.task.id.to_string(), plan.task.id.to_string());
                    return Err(Why::OtherTask { is, of });
                }
                before => {
                    let decision = decision.event(Event::Planned { plan: plan.clone(), by: by.clone() });
                    // Another rule says nothing of the past.
                    match before {
                        Some(planned) if planned.plan.is_due_like(plan) && !state.is_retired => decision,
                        _ => decision.event(Event::Decided { upto: now.wall }),
                    }
                }
            }
        }
        Request::Retire { .. } if state.is_retired => decision,
        Request::Retire { by } => {
            named(&[by])?;
            decision.event(Event::Retired { by: by.clone() })
        }
        Request::Advance(advance) if advance.changes == state.changes => {
            advance.events.iter().fold(decision, |decision, event| decision.event(event.clone()))
        }
        Request::Advance(_) => return Err(Why::Stale),
        Request::Ended { nominal, how } if state.is_running(*nominal) => {
            decision.event(Event::Ended { nominal: *nominal, how: *how })
        }
        Request::Ended { .. } => decision,
        Request::WriteOff { nominal, .. } if !state.is_running(*nominal) => return Err(Why::NoChange),
        Request::WriteOff { nominal, by, why } => {
            named(&[by, why])?;
            let (nominal, by, why) = (*nominal, by.clone(), why.clone());
            decision.event(Event::WrittenOff { nominal, by, why })
        }
        Request::Run { times, occasion } => {
            match occasion {
                Occasion::Due { .. } => return Err(Why::NotAsked),
                Occasion::Backfill { by, why } | Occasion::Now { by, why } => named(&[by, why])?,
                Occasion::Event { by, what } => named(&[by, what])?,
            }
            let mut fresh: Vec<_> = times.iter().copied().filter(|time| !state.knows(*time)).collect();
            fresh.sort_unstable();
            fresh.dedup();
            if state.asked.len().saturating_add(fresh.len()) > MOST_ASKED {
                return Err(Why::TooMany);
            }
            let asked = |nominal| Event::Asked { nominal, occasion: occasion.clone() };
            fresh.into_iter().fold(decision, |decision, nominal| decision.event(asked(nominal)))
        }
        Request::Pause { .. } if state.paused.is_some() => return Err(Why::NoChange),
        Request::Pause { by, why } => {
            named(&[by, why])?;
            decision.event(Event::Paused { by: by.clone(), why: why.clone() })
        }
        Request::Continue { .. } if state.paused.is_none() => return Err(Why::NoChange),
        Request::Continue { by, why } => {
            named(&[by, why])?;
            decision.event(Event::Continued { by: by.clone(), why: why.clone() })
        }
    })
}

/// Who and why are on record, or nothing is.
fn named(words: &[&String]) -> Result<(), Why> {
    if words.iter().any(|word| word.trim().is_empty()) { Err(Why::NoReason) } else { Ok(()) }
}
