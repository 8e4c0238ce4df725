//! Where a task stands: the fold of its events.

use super::event::Event;
use crate::firing::{Finish, Occasion};
use crate::overlap::{Overlap, Standing};
use crate::routine::{RoutineDraft, ScheduledTask, review};
use crate::task::TaskDraft;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use toban_calendar::CalendarFileSpec;
use toban_durable::Now;

/// A task with all that says when it is due: what stands in its journal, and needs no file beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPlan {
    /// The zone of a recurrence that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Calendars of working days, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, CalendarFileSpec>,
    /// The task.
    pub task: TaskDraft,
}

/// When a task is due cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {text}")]
pub struct TaskPlanError {
    /// Where in the draft that the plan makes: `tasks[0].when.at`.
    pub place: String,
    /// What is wrong.
    pub text: String,
}

impl TaskPlan {
    /// The plan of each task of a draft.
    pub fn of(draft: &RoutineDraft) -> impl Iterator<Item = Self> {
        let RoutineDraft { zone, calendars, tasks, .. } = draft;
        tasks.iter().map(|task| Self { zone: zone.clone(), calendars: calendars.clone(), task: task.clone() })
    }

    /// Whether it is due at the times of that other plan.
    pub(super) fn is_due_like(&self, other: &Self) -> bool {
        fn of(plan: &TaskPlan) -> impl PartialEq + '_ {
            (&plan.zone, &plan.calendars, &plan.task.when, plan.task.jitter)
        }
        of(self) == of(other)
    }

    /// When it is due; `None` where it has no times, and only events start it, or people do.
    ///
    /// # Errors
    /// When its times, or what they need, are wrong.
    pub fn scheduled(&self) -> Result<Option<ScheduledTask>, TaskPlanError> {
        let Self { zone, calendars, task } = self.clone();
        let draft = RoutineDraft { zone, calendars, tasks: vec![task], ..RoutineDraft::default() };
        let review = review(&draft);
        let wrong = review.errors().next();
        match wrong {
            Some(finding) if review.scheduled.is_empty() => {
                Err(TaskPlanError { place: finding.place.clone(), text: finding.text.en.clone() })
            }
            _ => Ok(review.scheduled.into_iter().next()),
        }
    }
}

/// A plan, and the times that it makes.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) plan: TaskPlan,
    /// A plan that makes none is not let in; one that a later build cannot read any more makes none either.
    pub(super) scheduled: Option<ScheduledTask>,
}

/// A firing that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// Its time.
    pub nominal: DateTime<Utc>,
    /// Whether somebody asked for it, and no rule.
    pub is_asked: bool,
    /// Whether it was asked to end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_ending: bool,
}

/// A time that waits to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Which.
    pub nominal: DateTime<Utc>,
    /// How it came about.
    pub occasion: Occasion,
}

/// All that matters of a task's past.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) planned: Option<Arc<Planned>>,
    /// Who planned it.
    pub planned_by: String,
    /// Whether it is planned no more: nothing begins by its rule.
    pub is_retired: bool,
    /// Up to when was decided.
    pub decided: Option<DateTime<Utc>>,
    /// When that was.
    pub(super) decided_at: Option<Now>,
    /// Who has paused it, and why.
    pub paused: Option<(String, String)>,
    /// What runs, in the order in which it began.
    pub running: Vec<Fired>,
    /// What was due and waits, oldest first.
    pub waiting: Vec<Pending>,
    /// What was asked for and waits, in the order in which it begins.
    pub asked: Vec<Pending>,
    /// The firing that ended last, and how.
    pub last: Option<(DateTime<Utc>, Finish)>,
    /// How much has happened.
    pub(super) changes: u64,
}

impl State {
    /// How it is planned.
    #[must_use]
    pub fn plan(&self) -> Option<&TaskPlan> {
        self.planned.as_ref().map(|planned| &planned.plan)
    }

    /// When it is due; `None` where it is not by a rule, or not any more.
    #[must_use]
    pub fn scheduled(&self) -> Option<&ScheduledTask> {
        self.planned.as_ref().filter(|_| !self.is_retired)?.scheduled.as_ref()
    }

    pub(super) fn apply(&mut self, event: &Event, at: Now) {
        self.changes = self.changes.saturating_add(1);
        match event {
            Event::Planned { plan, by } => {
                self.follow(plan);
                (self.planned_by, self.is_retired) = (by.clone(), false);
            }
            Event::Retired { .. } => self.is_retired = true,
            Event::Decided { upto } | Event::Rewound { to: upto } => {
                (self.decided, self.decided_at) = (Some(*upto), Some(at));
            }
            Event::LeftOut { .. } => {}
            Event::Asked { nominal, occasion } => {
                self.asked.push(Pending { nominal: *nominal, occasion: occasion.clone() });
            }
            Event::Waits { nominal, occasion } => {
                self.waiting.push(Pending { nominal: *nominal, occasion: occasion.clone() });
            }
            Event::Refused { nominal, .. } => self.forget(*nominal),
            Event::Ending { nominal, is_at_once: false } => {
                let mut running = self.running.iter_mut();
                if let Some(fired) = running.find(|fired| fired.nominal == *nominal) {
                    fired.is_ending = true;
                }
            }
            // What is ended at once is waited for by nobody.
            Event::Ending { nominal, is_at_once: true } => {
                self.running.retain(|fired| fired.nominal != *nominal);
            }
            Event::Began { nominal, occasion } => {
                self.forget(*nominal);
                let is_asked = occasion.is_asked();
                self.running.push(Fired { nominal: *nominal, is_asked, is_ending: false });
            }
            Event::Ended { nominal, how } => {
                self.running.retain(|fired| fired.nominal != *nominal);
                self.last = Some((*nominal, *how));
            }
            Event::WrittenOff { nominal, .. } => {
                self.running.retain(|fired| fired.nominal != *nominal);
                self.last = Some((*nominal, Finish::Failed));
            }
            Event::Paused { by, why } => self.paused = Some((by.clone(), why.clone())),
            Event::Continued { .. } => self.paused = None,
            Event::Summed {
                plan,
                decided,
                decided_at,
                planned_by,
                is_retired,
                paused,
                running,
                waiting,
                asked,
                last,
            } => {
                self.follow(plan);
                (self.planned_by, self.is_retired) = (planned_by.clone(), *is_retired);
                (self.decided, self.decided_at) = (Some(*decided), Some(*decided_at));
                (self.paused, self.last) = (paused.clone(), *last);
                (self.running, self.waiting, self.asked) = (running.clone(), waiting.clone(), asked.clone());
            }
        }
    }

    fn follow(&mut self, plan: &TaskPlan) {
        let scheduled = plan.scheduled().ok().flatten();
        self.planned = Some(Arc::new(Planned { plan: plan.clone(), scheduled }));
    }

    fn forget(&mut self, nominal: DateTime<Utc>) {
        self.waiting.retain(|pending| pending.nominal != nominal);
        self.asked.retain(|pending| pending.nominal != nominal);
    }

    pub(super) fn summary(&self) -> Option<Event> {
        Some(Event::Summed {
            plan: Box::new(self.plan()?.clone()),
            decided: self.decided?,
            decided_at: self.decided_at?,
            planned_by: self.planned_by.clone(),
            is_retired: self.is_retired,
            paused: self.paused.clone(),
            running: self.running.clone(),
            waiting: self.waiting.clone(),
            asked: self.asked.clone(),
            last: self.last,
        })
    }

    /// Whether people do it.
    pub(super) fn is_by_hand(&self) -> bool {
        self.plan().is_some_and(|plan| plan.task.command.is_none())
    }

    pub(super) fn is_running(&self, nominal: DateTime<Utc>) -> bool {
        self.running.iter().any(|fired| fired.nominal == nominal)
    }

    pub(super) fn knows(&self, nominal: DateTime<Utc>) -> bool {
        let mut pending = self.waiting.iter().chain(&self.asked);
        self.is_running(nominal) || pending.any(|pending| pending.nominal == nominal)
    }

    /// What bears on what is due. Where people do it, what was asked for beside the rule does not stand in its way.
    pub(super) fn standing(&self) -> Standing {
        let counts = |fired: &&Fired| !(fired.is_asked && self.is_by_hand());
        let running: Vec<_> = self.running.iter().filter(counts).collect();
        Standing {
            running: running.iter().map(|fired| fired.nominal).collect(),
            cancelled: running.iter().filter(|fired| fired.is_ending).map(|fired| fired.nominal).collect(),
            waiting: self.waiting.iter().map(|pending| pending.nominal).collect(),
        }
    }

    /// Whether what was asked for may begin beside what runs.
    pub(super) fn may_begin_beside(&self) -> bool {
        self.is_by_hand() || self.plan().is_some_and(|plan| plan.task.overlap == Overlap::AllowAll)
    }

    /// When there is something to be decided next: when the next time begins that is not decided about.
    #[must_use]
    pub fn next_start(&self) -> Option<DateTime<Utc>> {
        let scheduled = self.scheduled()?;
        let nominal = scheduled.recurrence.next(self.decided?)?;
        Some(scheduled.start(nominal))
    }
}
