//! What follows from a request, from an outcome, from time.

use super::Rollout;
use super::course::{Action, Course, Mover, Step};
use super::event::{Announcement, Cause, Effect, Event, Needed, Outcome, Part};
use super::request::{CourseFault, Refused, Request, Why};
use super::state::{Asking, Back, Hold, Next, Phase, State};
use super::turn::Turn;
use crate::analysis::{Check, Moment, Trigger};
use crate::judge::Reading;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use toban_durable::{Decision, Now, Settle};

type Decided = Decision<Rollout>;

pub(super) fn request(state: &State, request: &Request, now: Now) -> Result<Decided, Refused> {
    match granted(state, request, now) {
        Ok(turn) => Ok(turn.end()),
        Err(why) => Err(Refused { request: request.name(), phase: state.phase.name(), why }),
    }
}

fn granted(state: &State, request: &Request, now: Now) -> Result<Turn, Why> {
    let turn = Turn::new(state, now);
    let is_forward = match state.phase {
        Phase::Approving | Phase::Ready(_) | Phase::Moving(_) | Phase::Soaking { .. } => true,
        Phase::Asking(about) => matches!(about.part(), Part::Next(_)),
        _ => false,
    };
    Ok(match (request, state.phase) {
        (Request::Propose { course, by }, Phase::New) => {
            named(&[by, &course.author])?;
            check(course).map_err(Why::Course)?;
            turn.event(Event::Proposed { course: course.clone(), by: by.clone() })
        }
        (Request::Approve { by, revision, why }, Phase::Approving) => {
            named(&[by, why])?;
            let course = state.course.as_deref().ok_or(Why::NotNow)?;
            may_approve(state, course, by, revision)?;
            turn.event(Event::Approved { by: by.clone(), why: why.clone() })
        }
        (Request::Open { by, stage, why }, Phase::Ready(Next::Stage(current))) => {
            named(&[by, why])?;
            same_stage(*stage, current)?;
            if !state.holds(now).contains(&Hold::Gate(current)) {
                return Err(Why::NotNow);
            }
            may_let_pass(state.course.as_deref().ok_or(Why::NotNow)?, by)?;
            turn.event(Event::Opened { stage: current, by: by.clone(), why: why.clone() })
        }
        (Request::Promote { by, stage, why }, Phase::Soaking { stage: current, .. }) => {
            named(&[by, why])?;
            same_stage(*stage, current)?;
            may_let_pass(state.course.as_deref().ok_or(Why::NotNow)?, by)?;
            // What nobody has looked at yet is not hurried.
            let mut watched = state.watched();
            let unseen = watched.find(|(check, watch)| watch.last.is_none() || state.is_stale(*check, now));
            let unseen = unseen.map(|(check, _)| Hold::Check(check));
            if let Some(hold) = state.holds(now).first().copied().or(unseen) {
                return Err(Why::Held(hold));
            }
            turn.event(Event::Promoted { stage: current, by: by.clone(), why: why.clone() })
        }
        (Request::Pause { by, why }, _) if is_forward && state.paused.is_none() => {
            named(&[by, why])?;
            turn.event(Event::Paused { by: by.clone(), why: why.clone() })
        }
        (Request::Resume { by, why }, _)
            if is_forward && (state.paused.is_some() || state.troubles().next().is_some()) =>
        {
            named(&[by, why])?;
            rest(turn.event(Event::Resumed { by: by.clone(), why: why.clone() }))
        }
        // What nobody has approved yet is not hurried.
        (Request::Override { by, why, until }, phase) if is_forward && phase != Phase::Approving => {
            named(&[by, why])?;
            if *until <= now.wall {
                return Err(Why::Past { until: *until });
            }
            // Nothing begins before its time, so that it would do nothing.
            let start = state.course.as_ref().and_then(|course| course.schedule).map(|slot| slot.start);
            if let Some(start) = start.filter(|start| until <= start) {
                return Err(Why::BeforeStart { until: *until, start });
            }
            turn.event(Event::Overrode { by: by.clone(), why: why.clone(), until: *until })
        }
        (Request::Rule { by, why, verdict, as_of, valid_until }, _) if is_forward => {
            named(&[by, why])?;
            let (verdict, as_of, valid_until) = (*verdict, *as_of, *valid_until);
            if now.wall < as_of {
                return Err(Why::Ahead { as_of });
            }
            if let Some(word) = state.ruled.filter(|word| as_of < word.as_of) {
                return Err(Why::Older { as_of, seen: word.as_of });
            }
            turn.event(Event::Ruled { by: by.clone(), why: why.clone(), verdict, as_of, valid_until })
        }
        (Request::Answer { by, about, why, is_done }, Phase::Broken(next)) => {
            named(&[by, why])?;
            same_step(state, *about, Part::Next(next))?;
            turn.event(Event::Answered { by: by.clone(), why: why.clone(), is_done: *is_done })
        }
        // What shows that the old version works has to pass: it is tried again, and not talked about.
        (Request::Answer { by, about, why, is_done }, Phase::Stuck(back))
            if !matches!(back, Back::Verify(_)) =>
        {
            named(&[by, why])?;
            same_step(state, *about, Part::Back(back))?;
            turn.event(Event::Answered { by: by.clone(), why: why.clone(), is_done: *is_done })
        }
        (Request::Answer { by, about: asked, why, is_done }, Phase::Asking(about)) => {
            named(&[by, why])?;
            same_step(state, *asked, about.part())?;
            let turn = turn.event(Event::Answered { by: by.clone(), why: why.clone(), is_done: *is_done });
            // A doubt that is answered with no is tried again; a step that a person could not do has failed.
            match about {
                Asking::Manual(part) if !is_done => {
                    failed(turn, part, format!("{by} says that it is not done: {why}"))
                }
                // In doubt are steps only, never traffic.
                Asking::Manual(Part::Next(next)) => reached(turn, next),
                _ => turn,
            }
        }
        (Request::Abort { .. } | Request::Supersede { .. } | Request::RollBack { .. }, phase)
            if state.is_past_return && (is_forward || matches!(phase, Phase::Broken(_) | Phase::Done)) =>
        {
            return Err(Why::NoReturn { forward_fix: forward_fix(state) });
        }
        (Request::Abort { by, why }, _) if is_forward => {
            named(&[by, why])?;
            turn.turn_back(Cause::Person { by: by.clone(), why: why.clone() })
        }
        (Request::RollBack { by, why }, phase) if state.has_begun && (is_forward || phase == Phase::Done) => {
            named(&[by, why])?;
            turn.turn_back(Cause::Person { by: by.clone(), why: why.clone() })
        }
        (Request::Supersede { by, revision }, _) if is_forward => {
            named(&[by, revision])?;
            turn.turn_back(Cause::Superseded { by: by.clone(), revision: revision.clone() })
        }
        (Request::Retry { by, why }, Phase::Stuck(_)) => {
            named(&[by, why])?;
            turn.event(Event::Retried { by: by.clone(), why: why.clone() })
        }
        _ => return Err(Why::NotNow),
    })
}

/// Who and why are on record, or nothing is.
fn named(words: &[&String]) -> Result<(), Why> {
    if words.iter().any(|word| word.trim().is_empty()) { Err(Why::NoReason) } else { Ok(()) }
}

fn same_stage(asked: usize, current: usize) -> Result<(), Why> {
    if asked == current { Ok(()) } else { Err(Why::OtherStage { asked, current }) }
}

fn same_step(state: &State, asked: Part, current: Part) -> Result<(), Why> {
    let name = |part| state.name(part).unwrap_or_else(|| "a step that is not there".into());
    if asked == current { Ok(()) } else { Err(Why::OtherStep { asked: name(asked), current: name(current) }) }
}

fn may_approve(state: &State, course: &Course, by: &String, revision: &String) -> Result<(), Why> {
    if *revision != course.revision {
        return Err(Why::OtherRevision { asked: revision.clone(), current: course.revision.clone() });
    }
    may_let_pass(course, by)?;
    let has = |other: &String| other.trim() == by.trim();
    if state.approved.iter().any(has) { Err(Why::ApprovedBefore { by: by.clone() }) } else { Ok(()) }
}

/// Whether somebody may approve, open gates and end soaks.
fn may_let_pass(course: &Course, by: &String) -> Result<(), Why> {
    if is_barred(course, by) {
        return Err(Why::IsAuthor { by: by.clone() });
    }
    if !course.approvers.is_empty() && !course.approvers.contains(by) {
        return Err(Why::NotAnApprover { by: by.clone() });
    }
    Ok(())
}

/// Whether it is the author, whose own word does not count.
fn is_barred(course: &Course, by: &str) -> bool {
    by.trim() == course.author.trim() && !course.author_may_approve
}

fn check(course: &Course) -> Result<(), CourseFault> {
    let may: BTreeSet<_> = course.approvers.iter().filter(|by| !is_barred(course, by)).collect();
    let steps = [&course.preparation, &course.completion, &course.rollback, &course.verification];
    let is_empty = |action: &Action| match action {
        Action::Command { argv, time_out, .. } => {
            argv.first().is_none_or(String::is_empty) || *time_out <= TimeDelta::zero()
        }
        Action::Manual { owner, instruction } => owner.trim().is_empty() || instruction.trim().is_empty(),
    };
    let movers = [&course.traffic, &course.traffic_back];
    let fault = if course.rollback.is_empty() && course.traffic_back == Mover::Deployer {
        CourseFault::NoRollback
    } else if course.verification.is_empty() {
        CourseFault::NoVerification
    } else if !has_names_of_their_own(&steps) {
        CourseFault::Steps
    } else if !are_checks_known(course) {
        CourseFault::Checks
    } else if course.from == course.to {
        CourseFault::NoChange
    } else if course.attempts == 0 {
        CourseFault::NoAttempt
    } else if !course.approvers.is_empty() && may.len() < course.approvals {
        CourseFault::TooFewApprovers
    } else if steps.into_iter().flatten().any(|step| is_empty(&step.action))
        || movers.into_iter().any(moves_nothing)
    {
        CourseFault::NoCommand
    } else if !is_told(&course.traffic, course.stages().len())
        || !is_told(
            &course.traffic_back,
            course.way_back(course.stages().len(), course.strategy.way_back()).len(),
        )
    {
        CourseFault::NoWeight
    } else if course.before_return > course.rollback.len() {
        CourseFault::NoRollback
    } else if course
        .no_return
        .as_ref()
        .is_some_and(|last| last.step >= course.completion.len() || last.forward_fix.trim().is_empty())
    {
        CourseFault::NoReturn
    } else if course.freezes.iter().any(|freeze| freeze.end <= freeze.start)
        || course.schedule.is_some_and(|schedule| schedule.end <= schedule.start)
    {
        CourseFault::Freeze
    } else {
        return Ok(());
    };
    Err(fault)
}

/// Whether nobody would know what to do.
fn moves_nothing(mover: &Mover) -> bool {
    match mover {
        Mover::Deployer => false,
        Mover::Program { argv, time_out } => {
            argv.first().is_none_or(String::is_empty) || *time_out <= TimeDelta::zero()
        }
        Mover::Person { owner, instruction } => owner.trim().is_empty() || instruction.trim().is_empty(),
    }
}

/// Whether who moves traffic so many times knows how much; once, all there is may be meant.
fn is_told(mover: &Mover, times: usize) -> bool {
    match mover {
        Mover::Program { argv, .. } => {
            times <= 1 || argv.iter().any(|argument| argument.contains("{weight}"))
        }
        Mover::Deployer | Mover::Person { .. } => true,
    }
}

/// Whether each step has a name of its own: it is by its name that people answer for it.
fn has_names_of_their_own(steps: &[&Vec<Step>]) -> bool {
    let mut names = BTreeSet::new();
    steps.iter().copied().flatten().all(|step| names.insert(&step.name))
}

/// Whether each check has a name of its own, and each trigger names one that no other does.
fn are_checks_known(course: &Course) -> bool {
    let names: BTreeSet<_> = course.checks.iter().map(Check::name).collect();
    let is_stage = |name: &String| course.stages().iter().any(|stage| stage.name == *name);
    let triggers: BTreeSet<_> = course.triggers.iter().map(Trigger::check).collect();
    names.len() == course.checks.len()
        && course.checks.iter().flat_map(Check::stages).all(is_stage)
        && triggers.len() == course.triggers.len()
        && triggers.iter().all(|check| names.contains(check))
}

/// A soak that ended while it was paused or in trouble is over now.
fn rest(turn: Turn) -> Turn {
    match turn.state.phase {
        Phase::Soaking { stage, until } => turn.leave(stage, until),
        _ => turn,
    }
}

/// A move forward is done: what follows in a stage.
fn reached(turn: Turn, next: Next) -> Turn {
    match next {
        Next::Stage(stage) => rest(turn.watch(stage)),
        _ => turn,
    }
}

fn forward_fix(state: &State) -> String {
    let no_return = state.course.as_ref().and_then(|course| course.no_return.as_ref());
    no_return.map_or_else(String::new, |last| last.forward_fix.clone())
}

/// A move has failed: forward turns back, or is mended where nothing leads back; back waits for a person.
fn failed(turn: Turn, part: Part, why: String) -> Turn {
    match part {
        Part::Next(next) if turn.state.is_past_return => {
            let what = Needed::Fix(next);
            turn.event(Event::Broke { next, why }).announce(Announcement::PersonNeeded { what })
        }
        Part::Next(next) => turn.turn_back(Cause::Failed { next, why }),
        Part::Back(back) => turn.stick(back, why),
    }
}

/// The move that an order is for, while it is under way.
fn current(state: &State, effect: &Effect) -> Option<Part> {
    state.moving().filter(|part| state.order(*part).as_ref() == Some(effect))
}

pub(super) fn outcome(
    state: &State,
    effect: &Effect,
    attempt: u32,
    outcome: &Outcome,
    now: Now,
) -> (Decided, Settle) {
    if let Effect::Measure { check, .. } = effect {
        return measured(state, effect, *check, outcome, now);
    }
    let is_repeatable = !matches!(effect, Effect::Step { is_repeatable: false, .. });
    let part = match effect {
        Effect::Announce(_) => None,
        effect => current(state, effect),
    };
    let attempts = match (effect, part) {
        // People who cannot be told do not hold a release up for ever.
        (Effect::Announce(_), _) => MOST_CALLS,
        _ if !is_repeatable => 1,
        _ => state.course.as_ref().map_or(1, |course| course.attempts),
    };
    match (outcome, effect, part) {
        (Outcome::Failed { why }, _, part) if attempt < attempts => {
            let pause = TimeDelta::seconds(1 << attempt.min(5));
            let faltered = part.map(|part| Event::Faltered { part, attempt, why: why.clone() });
            // Nothing follows from it: what is to be done next stands.
            (
                faltered.map_or_else(Decision::none, |event| Decision::none().event(event)),
                Settle::Again { not_before: now.steady.after(pause) },
            )
        }
        (Outcome::Failed { why }, Effect::Announce(what), _) => {
            let untold = Event::Untold { what: what.clone(), why: why.clone() };
            (Decision::none().event(untold), Settle::Done)
        }
        (Outcome::Failed { why }, _, Some(part)) => {
            (failed(Turn::new(state, now), part, why.clone()).end(), Settle::Done)
        }
        (Outcome::Done, Effect::Wait { .. }, Some(part)) => {
            (Turn::new(state, now).ask(Asking::Manual(part)).end(), Settle::Done)
        }
        (Outcome::Done, _, Some(Part::Next(next))) => {
            (reached(Turn::new(state, now).event(Event::Did { next }), next).end(), Settle::Done)
        }
        (Outcome::Done, _, Some(Part::Back(back))) => {
            (Turn::new(state, now).event(Event::Undid { back }).end(), Settle::Done)
        }
        // What has been told, is not wanted any more, or is no answer to what was asked.
        (_, _, None) | (Outcome::Read(_), ..) => (Decision::none(), Settle::Done),
    }
}

/// A check was measured: what it comes to, and when it is measured again.
fn measured(state: &State, effect: &Effect, place: usize, outcome: &Outcome, now: Now) -> (Decided, Settle) {
    let check = state.course.as_ref().and_then(|course| course.checks.get(place));
    let (Some(check), Some(watch), true) = (check, state.watches.get(place), state.wants(effect)) else {
        return (Decision::none(), Settle::Done);
    };
    let reading = match outcome {
        Outcome::Read(reading) => reading.clone(),
        Outcome::Failed { why } => Reading::Error { reason: why.clone() },
        Outcome::Done => Reading::NoData,
    };
    let judged = check.judge_reading(&watch.tally, &reading);
    let pause = check.next_in(Some(judged.measured));
    let turn = rest(Turn::new(state, now).event(Event::Measured { check: place, judged }).weigh(place));
    // What has passed for good is not measured any more; what failed is, as long as it may clear.
    let settle = if !turn.state.wants(effect) || turn.state.has_ended(place) {
        Settle::Done
    } else {
        Settle::Again { not_before: now.steady.after(pause) }
    };
    (turn.end(), settle)
}

/// How often people are called before it is given up.
pub const MOST_CALLS: u32 = 10;

pub(super) fn doubt(state: &State, effect: &Effect, now: Now) -> Decided {
    let turn = Turn::new(state, now);
    match (current(state, effect), effect) {
        (Some(part), _) => turn.ask(Asking::Doubt(part)).end(),
        (None, Effect::Step { part, .. }) => {
            turn.announce(Announcement::PersonNeeded { what: Needed::Look(*part) }).end()
        }
        _ => Decision::none(),
    }
}

pub(super) fn wake(state: &State, now: Now) -> Decided {
    let turn = Turn::new(state, now);
    match state.phase {
        Phase::Soaking { stage, until } => {
            let is_late = state.clear_by().is_some_and(|by| by <= now.steady);
            match state.overall(Moment::During).filter(|_| is_late) {
                Some(overall) => turn.turn_back(Cause::Check { overall }).end(),
                None => turn.leave(stage, until).end(),
            }
        }
        Phase::Ready(_) => turn.end(),
        _ => Decision::none(),
    }
}
