//! What has come, and what becomes of it.

use super::event::Event;
use super::state::{Pending, State};
use crate::due::{Due, LeftOut, Moment, WhyLeftOut};
use crate::firing::{Begun, Finish, Occasion};
use crate::overlap::{Circumstances, WhyRefused};
use crate::routine::ScheduledTask;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use toban_core::Length;
use toban_durable::Now;

/// What is known of firings beside the record of their task: it stands in their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Times that have begun already: a clock that was set back has them come again.
    pub begun: BTreeSet<DateTime<Utc>>,
    /// What runs by the record of the task, and has ended or is given up by now; and how.
    pub over: BTreeMap<DateTime<Utc>, Finish>,
}

/// What follows from what has come: facts of the task, and what is asked of its firings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// How much had happened when it was decided.
    pub(super) changes: u64,
    pub(super) events: Vec<Event>,
    begins: Vec<Begun>,
    ends: Vec<(DateTime<Utc>, bool)>,
}

impl Advance {
    /// Whether nothing follows.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.events.is_empty()
    }

    /// The firings that begin.
    #[must_use]
    pub fn begins(&self) -> &[Begun] {
        &self.begins
    }

    /// The times that have come and do not run, and why.
    pub fn refused(&self) -> impl Iterator<Item = (DateTime<Utc>, WhyRefused)> {
        self.events.iter().filter_map(|event| match event {
            Event::Refused { nominal, why } => Some((*nominal, *why)),
            _ => None,
        })
    }

    /// The firings that are to end, by their times, and whether at once.
    #[must_use]
    pub fn ends(&self) -> &[(DateTime<Utc>, bool)] {
        &self.ends
    }
}

impl State {
    /// Decides about all times that have come, about what waits, and about what was asked for.
    ///
    /// Equal arguments give equal answers. The answer is asked of the task as [`Request::Advance`](super::Request::Advance)
    /// together with the beginning of its firings, and refused where something has happened meanwhile.
    #[must_use]
    pub fn advance(&self, now: Now, seen: &Seen) -> Advance {
        let mut turn = Turn {
            state: self.clone(),
            now,
            advance: Advance { changes: self.changes, ..Advance::default() },
        };
        turn.ended(seen);
        turn.rule(seen);
        turn.asked(seen);
        turn.advance
    }
}

struct Turn {
    state: State,
    now: Now,
    advance: Advance,
}

impl Turn {
    fn event(&mut self, event: Event) {
        self.state.apply(&event, self.now);
        self.advance.events.push(event);
    }

    fn ended(&mut self, seen: &Seen) {
        for (nominal, how) in &seen.over {
            if self.state.is_running(*nominal) {
                self.event(Event::Ended { nominal: *nominal, how: *how });
            }
        }
    }

    /// What has come by the rule, and what waits.
    fn rule(&mut self, seen: &Seen) {
        let scheduled = self.state.scheduled().cloned();
        let (mut come, mut left_out, mut runs) = (Vec::<Pending>::new(), Vec::new(), Vec::new());
        if let Some(due) = scheduled.as_ref().and_then(|task| self.come(task)) {
            (left_out, runs) = (due.left_out, due.runs);
            for run in &runs {
                if seen.begun.contains(&run.nominal) {
                    self.event(Event::Refused { nominal: run.nominal, why: WhyRefused::Begun });
                } else if !self.state.knows(run.nominal) {
                    let occasion = Occasion::Due { is_late: run.is_late, stands_for: run.stands_for };
                    come.push(Pending { nominal: run.nominal, occasion });
                }
            }
            self.event(Event::Decided { upto: due.decided });
        }
        let waiting: Vec<_> = self.state.waiting.clone();
        for pending in waiting.iter().filter(|pending| seen.begun.contains(&pending.nominal)) {
            self.event(Event::Refused { nominal: pending.nominal, why: WhyRefused::Begun });
        }
        let plan = self.state.plan().filter(|_| !come.is_empty() || !self.state.waiting.is_empty());
        let Some(plan) = plan else {
            left_out.into_iter().for_each(|left| self.leave_out(left, None));
            return;
        };
        let nominals: Vec<_> = come.iter().map(|pending| pending.nominal).collect();
        let circumstances = Circumstances {
            is_suspended: self.state.paused.is_some(),
            too_late_before: self.too_late_before(plan.task.due.catch_up, scheduled.as_ref(), &nominals),
        };
        let step = plan.task.overlap.decide(&self.state.standing(), &nominals, circumstances);
        let known = |nominal: &DateTime<Utc>| {
            let mut all = come.iter().chain(&waiting);
            all.find(|pending| pending.nominal == *nominal).cloned()
        };
        for left in left_out {
            let stand_in = runs.iter().find(|run| run.nominal > left.last).map(|run| run.nominal);
            let refused = step.refused.iter().find(|(nominal, _)| Some(*nominal) == stand_in);
            self.leave_out(left, refused.copied());
        }
        for (nominal, why) in step.refused {
            self.event(Event::Refused { nominal, why });
        }
        for nominal in step.cancel {
            self.end(nominal, false);
        }
        for nominal in step.terminate {
            self.end(nominal, true);
        }
        for pending in step.start.iter().filter_map(known) {
            self.begin(pending);
        }
        for pending in step.waiting.iter().filter_map(known) {
            if !self.state.knows(pending.nominal) {
                self.event(Event::Waits { nominal: pending.nominal, occasion: pending.occasion });
            }
        }
    }

    /// Of what a later run was to stand for the record says so where that does not begin either.
    fn leave_out(&mut self, left: LeftOut, refused: Option<(DateTime<Utc>, WhyRefused)>) {
        let LeftOut { first, last, count, why } = left;
        let has_stand_in = matches!(why, WhyLeftOut::Coalesced | WhyLeftOut::Superseded);
        let why = if has_stand_in && refused.is_some() { WhyLeftOut::NoneBegan } else { why };
        self.event(Event::LeftOut { first, last, count, why });
    }

    /// The first time that is not too late: of those that wait some may be, from when they start; those that come were
    /// found in time.
    fn too_late_before(
        &self,
        catch_up: Length,
        scheduled: Option<&ScheduledTask>,
        come: &[DateTime<Utc>],
    ) -> Option<DateTime<Utc>> {
        let limit = self.now.wall.checked_sub_signed(catch_up.as_time_delta())?;
        let start = |nominal| scheduled.map_or(nominal, |task| task.start(nominal));
        let waiting = self.state.waiting.iter().map(|pending| pending.nominal);
        let in_time = waiting.filter(|nominal| start(*nominal) >= limit);
        Some(in_time.chain(come.iter().copied()).min().unwrap_or(self.now.wall))
    }

    /// What of the times is due; `None` where none has come.
    fn come(&mut self, task: &ScheduledTask) -> Option<Due> {
        let now = self.now.wall;
        let mut last = self.state.decided?;
        // A clock that is only steered goes back by less. What began ahead of its time does not begin again.
        if last - now > Moment::TOLERANCE {
            self.event(Event::Rewound { to: now });
            last = now;
        }
        // A start that is spread out leaves its time undecided for longer than the decision before is past.
        let elapsed =
            self.state.decided_at.map(|then| self.now.steady.since(then.steady) + (then.wall - last));
        let due = task.due_at(last, Moment { now, elapsed });
        let is_some = !due.runs.is_empty() || !due.left_out.is_empty();
        is_some.then_some(due)
    }

    /// What was asked for, one after another unless it may run side by side.
    fn asked(&mut self, seen: &Seen) {
        for pending in self.state.asked.clone() {
            if seen.begun.contains(&pending.nominal) {
                self.event(Event::Refused { nominal: pending.nominal, why: WhyRefused::Begun });
            } else if self.state.may_begin_beside() || self.state.running.is_empty() {
                self.begin(pending);
            }
        }
    }

    fn end(&mut self, nominal: DateTime<Utc>, is_at_once: bool) {
        self.event(Event::Ending { nominal, is_at_once });
        self.advance.ends.push((nominal, is_at_once));
    }

    fn begin(&mut self, pending: Pending) {
        let Pending { nominal, occasion } = pending;
        let Some(plan) = self.state.plan() else { return };
        let task = plan.task.clone();
        // What is asked for is due when it begins, what is due by the rule at its time, however late that is.
        let from = if occasion.is_asked() { self.now.wall } else { nominal };
        let after = |length: Length| from.checked_add_signed(length.as_time_delta());
        // When it is due again: for what comes late, after now.
        let next = || -> Option<DateTime<Utc>> {
            let is_by_rule = !occasion.is_asked() && task.command.is_none();
            let scheduled = self.state.scheduled().filter(|_| is_by_rule)?;
            Some(scheduled.start(scheduled.recurrence.next(nominal.max(self.now.wall))?))
        };
        let give_up = task.give_up.map_or_else(next, after);
        let deadline = task.deadline.and_then(after);
        self.event(Event::Began { nominal, occasion: occasion.clone() });
        self.advance.begins.push(Begun { task, nominal, occasion, deadline, give_up });
    }
}
