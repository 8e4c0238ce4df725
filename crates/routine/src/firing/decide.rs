//! What follows from a request, from an outcome, from time.

use super::Firing;
use super::event::{Alerted, Announcement, Begun, Effect, Event, Finish, Outcome, Ran, Reading};
use super::request::{Refused, Request, Why};
use super::state::{Phase, State};
use crate::task::{ListKind, TaskDraft};
use chrono::TimeDelta;
use toban_core::Text;
use toban_durable::{Decision, Now, Settle};

type Decided = Decision<Firing>;

/// How often people are called who cannot be told.
pub const MOST_CALLS: u32 = 10;
/// How often something is measured that cannot be.
pub const MOST_READS: u32 = 3;

/// How long a port may take that runs no program.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);
/// What a runner has beside the time of a program, to end it and to say so.
const LATITUDE: TimeDelta = TimeDelta::seconds(1);
/// How long a program that was asked to end is waited for at a time.
const STOPPING: TimeDelta = TimeDelta::seconds(60);

pub(super) fn time_out(effect: &Effect) -> TimeDelta {
    match effect {
        Effect::Run { time_out, .. } => {
            time_out.as_time_delta().checked_add(&LATITUDE).unwrap_or(TimeDelta::MAX)
        }
        Effect::Stop { .. } => STOPPING,
        Effect::Close { .. } | Effect::Measure { .. } | Effect::Tell { .. } => PATIENCE,
    }
}

pub(super) fn request(state: &State, request: &Request, now: Now) -> Result<Decided, Refused> {
    match granted(state, request, now) {
        Ok(turn) => Ok(turn.decision),
        Err(why) => Err(Refused { request: request.name(), phase: state.phase.name(), why }),
    }
}

fn granted(state: &State, request: &Request, now: Now) -> Result<Turn, Why> {
    let turn = Turn::new(state, now);
    Ok(match (request, state.phase) {
        (Request::Begin(begun), Phase::New) => turn.begin(begun),
        (Request::Done { by, conditions, evidence }, Phase::Open | Phase::Blocked | Phase::InDoubt) => {
            named(&[by])?;
            are_met(state, conditions)?;
            is_shown(state, evidence)?;
            turn.done(Some(by.clone()), evidence.clone())
        }
        (Request::Waive { by, why }, Phase::Open | Phase::Blocked | Phase::InDoubt) => {
            named(&[by, why])?;
            turn.end(Finish::Waived, Some(by.clone()), Some(why.clone()))
        }
        (Request::Fail { by, why }, Phase::Open | Phase::Blocked | Phase::InDoubt) => {
            named(&[by, why])?;
            turn.end(Finish::Failed, Some(by.clone()), Some(why.clone()))
        }
        (Request::Retry { by, why }, Phase::InDoubt) => {
            named(&[by, why])?;
            turn.event(Event::Retried { by: by.clone(), why: why.clone() }).run()
        }
        (Request::Block { by, why }, Phase::Open) => {
            named(&[by, why])?;
            turn.event(Event::Blocked { by: by.clone(), why: why.clone() })
        }
        (Request::Unblock { by, why }, Phase::Blocked) => {
            named(&[by, why])?;
            turn.event(Event::Unblocked { by: by.clone(), why: why.clone() })
        }
        (Request::End { is_at_once, by, why }, phase) => {
            named(&[by, why])?;
            let (is_at_once, by, why) = (*is_at_once, by.clone(), why.clone());
            match phase {
                Phase::Open | Phase::Blocked | Phase::Checking => {
                    turn.end(stopped(is_at_once), Some(by), Some(why))
                }
                // Of one in doubt nobody knows either whether it still runs.
                Phase::Working | Phase::InDoubt => turn.stop(is_at_once, by, why),
                // What was asked to end may still be ended.
                Phase::Ending { is_at_once: false } if is_at_once => turn.stop(true, by, why),
                Phase::New | Phase::Ending { .. } | Phase::Ended(_) => return Err(Why::NotNow),
            }
        }
        (Request::GiveUp, Phase::Open | Phase::Blocked | Phase::InDoubt) => match state.give_up() {
            Some(until) if until <= now.wall => turn.give_up(),
            Some(until) => return Err(Why::TooEarly { until }),
            None => return Err(Why::NotNow),
        },
        _ => return Err(Why::NotNow),
    })
}

/// Who and why are on record, or nothing is.
fn named(words: &[&String]) -> Result<(), Why> {
    if words.iter().any(|word| word.trim().is_empty()) { Err(Why::NoReason) } else { Ok(()) }
}

fn are_met(state: &State, met: &[usize]) -> Result<(), Why> {
    let conditions = state.conditions();
    if let Some(place) = met.iter().find(|place| **place >= conditions.len()) {
        return Err(Why::NoCondition { place: *place, count: conditions.len() });
    }
    let missing = conditions.iter().enumerate().filter(|(place, _)| !met.contains(place));
    let missing: Vec<_> = missing.map(|(_, text)| text.clone()).collect();
    if missing.is_empty() { Ok(()) } else { Err(Why::Conditions { missing }) }
}

fn is_shown(state: &State, evidence: &[String]) -> Result<(), Why> {
    let asked = state.begun.as_ref().map_or(&[][..], |begun| &begun.task.evidence);
    let given = evidence.iter().filter(|text| !text.trim().is_empty()).count();
    let missing: Vec<Text> = asked.iter().skip(given).cloned().collect();
    if missing.is_empty() { Ok(()) } else { Err(Why::Evidence { missing }) }
}

/// How a firing ends that somebody has stopped.
fn stopped(is_at_once: bool) -> Finish {
    if is_at_once { Finish::Terminated } else { Finish::Cancelled }
}

pub(super) fn outcome(
    state: &State,
    effect: &Effect,
    attempt: u32,
    outcome: &Outcome,
    now: Now,
) -> (Decided, Settle) {
    let turn = Turn::new(state, now);
    let again = |pause: TimeDelta| Settle::Again { not_before: now.steady.after(pause) };
    let soon = again(TimeDelta::seconds(1 << attempt.min(5)));
    match (effect, outcome) {
        (Effect::Run { .. }, Outcome::Ran(Ran { is_success: true, said })) => {
            (turn.ran(said.clone()).decision, Settle::Done)
        }
        (Effect::Run { .. }, Outcome::Ran(Ran { said: why, .. }) | Outcome::Failed { why }) => {
            turn.failed(attempt, why.clone())
        }
        (Effect::Measure { alert, .. }, Outcome::Failed { why }) if attempt >= MOST_READS => {
            (turn.read(*alert, Reading::Failed { why: why.clone() }).decision, Settle::Done)
        }
        (Effect::Measure { alert, .. }, Outcome::Measured(reading)) => {
            (turn.read(*alert, reading.clone()).decision, Settle::Done)
        }
        (Effect::Tell { what, .. }, Outcome::Failed { why }) if attempt >= MOST_CALLS => {
            (turn.event(Event::Untold { what: what.clone(), why: why.clone() }).decision, Settle::Done)
        }
        (Effect::Stop { .. }, Outcome::Done) => (turn.stopped().decision, Settle::Done),
        (_, Outcome::Failed { .. }) => (Decision::none(), soon),
        _ => (Decision::none(), Settle::Done),
    }
}

pub(super) fn doubt(state: &State, now: Now) -> Decided {
    let turn = Turn::new(state, now);
    match state.phase {
        Phase::Working => turn.event(Event::InDoubt).tell(Announcement::InDoubt).decision,
        // It may run still: where it is to end, it has when its stop comes back.
        _ => Decision::none(),
    }
}

pub(super) fn lost(state: &State, effect: &Effect, attempt: u32, now: Now) -> (Decided, Settle) {
    match (effect, state.phase) {
        (Effect::Run { .. }, Phase::Ending { .. }) => (Decision::none(), Settle::Done),
        _ => outcome(state, effect, attempt, &Outcome::Failed { why: "no answer in time".into() }, now),
    }
}

pub(super) fn wake(state: &State, now: Now) -> Decided {
    let turn = Turn::new(state, now);
    if state.give_up().is_some_and(|until| until <= now.wall) {
        return turn.give_up().decision;
    }
    if state.remind().is_some_and(|again| again <= now.wall) {
        return turn.event(Event::Reminded).tell(Announcement::InDoubt).decision;
    }
    let is_due = state.next_wakeup().is_due(now);
    if is_due { turn.event(Event::Overdue).tell(Announcement::Overdue).decision } else { Decision::none() }
}

/// One decision in the making: events are taken in as they are decided, so that what follows can be decided too.
struct Turn {
    state: State,
    now: Now,
    decision: Decided,
}

impl Turn {
    fn new(state: &State, now: Now) -> Self {
        Self { state: state.clone(), now, decision: Decision::none() }
    }

    fn event(mut self, event: Event) -> Self {
        self.state.apply(&event, self.now);
        self.decision.events.push(event);
        self
    }

    fn order(mut self, effect: Effect) -> Self {
        self.decision.orders.push(effect);
        self
    }

    fn task(&self) -> Option<&TaskDraft> {
        self.state.begun.as_ref().map(|begun| &begun.task)
    }

    fn begin(self, begun: &Begun) -> Self {
        let mut turn = self.event(Event::Begun(Box::new(begun.clone())));
        turn = match begun.task.command {
            Some(_) => turn.run(),
            None => turn.tell(Announcement::ToDo { by: begun.deadline, runbook: begun.task.runbook.clone() }),
        };
        for (alert, condition) in begun.task.alerts.iter().enumerate() {
            if let Some(threshold) = &condition.measured {
                turn = turn.order(Effect::Measure { alert, query: threshold.query.clone() });
            }
        }
        turn
    }

    fn run(self) -> Self {
        let effect = self.task().and_then(|task| {
            let rules = &task.program;
            Some(Effect::Run {
                argv: task.command.clone()?,
                time_out: rules.time_out,
                is_repeatable: rules.is_repeatable,
                find_out: rules.find_out.clone(),
            })
        });
        match effect {
            Some(effect) => self.order(effect),
            None => self,
        }
    }

    fn tell(self, what: Announcement) -> Self {
        let Some(task) = self.task() else { return self };
        let effect = Effect::Tell { title: task.title.clone(), owner: task.owner.clone(), what };
        self.order(effect)
    }

    fn stop(self, is_at_once: bool, by: String, why: String) -> Self {
        self.event(Event::Ending { is_at_once, by, why }).order(Effect::Stop { is_at_once })
    }

    /// A program that was to end has.
    fn stopped(self) -> Self {
        let Phase::Ending { is_at_once } = self.state.phase else { return self };
        let (by, why) = (self.state.by.clone(), self.state.why.clone());
        self.end(stopped(is_at_once), by, why)
    }

    /// Its program came to a good end. One that was asked to end may end well without having done all that it is for.
    fn ran(self, said: String) -> Self {
        match self.state.phase {
            Phase::Working => self.overdue().event(Event::Ran { said }).checked(),
            Phase::Ending { .. } => self.stopped(),
            _ => self,
        }
    }

    /// Its program did not come to a good end.
    fn failed(self, attempt: u32, why: String) -> (Decided, Settle) {
        match self.state.phase {
            Phase::Working => {}
            Phase::Ending { .. } => return (self.stopped().decision, Settle::Done),
            _ => return (Decision::none(), Settle::Done),
        }
        let rules = self.task().map(|task| task.program.clone()).unwrap_or_default();
        if attempt >= rules.tries.get() {
            return (self.end(Finish::Failed, None, Some(why)).decision, Settle::Done);
        }
        let not_before = self.now.steady.after(rules.pause.as_time_delta());
        (self.event(Event::Tried { attempt, why }).decision, Settle::Again { not_before })
    }

    fn read(self, alert: usize, reading: Reading) -> Self {
        let is_waited_for = self.state.checks().any(|(place, reading)| place == alert && reading.is_none());
        if !is_waited_for || matches!(self.state.phase, Phase::Ended(_)) {
            return self;
        }
        self.event(Event::Checked { alert, reading }).alert().checked()
    }

    /// Once all is measured, people are told of what is not as it should be, in one word.
    fn alert(self) -> Self {
        if self.is_measuring() {
            return self;
        }
        let holding: Vec<_> = self.state.holding().collect();
        let alerted = |(place, reading): (usize, Option<&Reading>)| {
            let reading = reading?.clone();
            let is_told = holding.contains(&place) || !matches!(reading, Reading::Value(_));
            let text = self.task()?.alerts.get(place).filter(|_| is_told)?.text.clone();
            Some(Alerted { text, reading })
        };
        let alerts: Vec<_> = self.state.checks().filter_map(alerted).collect();
        if alerts.is_empty() { self } else { self.tell(Announcement::Alert { alerts }) }
    }

    fn is_measuring(&self) -> bool {
        self.state.checks().any(|(_, reading)| reading.is_none())
    }

    /// What a program has done is done once everything is measured.
    fn checked(self) -> Self {
        if self.state.phase == Phase::Checking && !self.is_measuring() {
            self.done(None, Vec::new())
        } else {
            self
        }
    }

    /// What is done after its deadline is overdue, also where nobody was there to say so in time.
    fn overdue(self) -> Self {
        let has_passed = self.state.deadline().is_some_and(|deadline| deadline < self.now.wall);
        if has_passed && !self.state.is_overdue { self.event(Event::Overdue) } else { self }
    }

    fn done(self, by: Option<String>, evidence: Vec<String>) -> Self {
        // What a program did was done before it was measured.
        let turn = if self.state.phase == Phase::Checking { self } else { self.overdue() };
        let how = if turn.state.is_overdue { Finish::Late } else { Finish::Done };
        turn.finish(how, by, None, evidence)
    }

    fn give_up(self) -> Self {
        let why = match self.state.phase {
            Phase::InDoubt => Some("nobody said whether its program has done it".to_owned()),
            _ => self.state.blocked.clone().map(|(_, why)| why),
        };
        let how = self.state.given_up();
        self.end(how, None, why)
    }

    fn end(self, how: Finish, by: Option<String>, why: Option<String>) -> Self {
        self.finish(how, by, why, Vec::new())
    }

    fn finish(self, how: Finish, by: Option<String>, why: Option<String>, evidence: Vec<String>) -> Self {
        let reports = [ListKind::ReportForms, ListKind::ReportContents];
        let is_reported =
            self.task().is_some_and(|task| reports.iter().any(|kind| task.lists.contains_key(kind)));
        let is_bad = matches!(how, Finish::Blocked | Finish::Failed | Finish::Missed);
        let told = Announcement::Ended { how, by: by.clone(), why: why.clone() };
        let turn = self.event(Event::Ended { how, by, why, evidence });
        let turn = if is_reported || is_bad { turn.tell(told) } else { turn };
        turn.order(Effect::Close { how })
    }
}
