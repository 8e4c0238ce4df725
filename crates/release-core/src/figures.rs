//! How releases go, from their records alone.

use crate::rollout::{Cause, Hold, Phase, Rollout, State};
use crate::strategy::Weight;
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::Share;
use toban_durable::{Entry, Machine, Now, Steady};

/// Where the time of a release went.
///
/// All of it is steady time: a clock that somebody sets makes no release faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Lap {
    /// Waiting for people: approvals, gates, pauses, steps by hand, doubts, a way back that does not work.
    pub people: TimeDelta,
    /// Held by a freeze or the error budget.
    pub held: TimeDelta,
    /// Watching whether a stage goes well.
    pub soaking: TimeDelta,
    /// Running steps and moving traffic forward.
    pub working: TimeDelta,
    /// Going back.
    pub returning: TimeDelta,
}

impl Lap {
    const ZERO: Self = Self {
        people: TimeDelta::zero(),
        held: TimeDelta::zero(),
        soaking: TimeDelta::zero(),
        working: TimeDelta::zero(),
        returning: TimeDelta::zero(),
    };

    fn add(&mut self, state: &State, from: Now, until: Steady) {
        let time = until.since(from.steady);
        let place = match state.phase {
            Phase::New | Phase::Done | Phase::Aborted | Phase::RolledBack => return,
            Phase::Approving | Phase::Asking(_) | Phase::Broken(_) | Phase::Stuck(_) => &mut self.people,
            // A pause keeps the next move back, and not the one that is under way.
            Phase::Moving(_) => &mut self.working,
            _ if state.paused.is_some() => &mut self.people,
            Phase::Ready(_) => match state.holds(from).first() {
                Some(Hold::Early(_) | Hold::Frozen(_) | Hold::Budget) => &mut self.held,
                _ => &mut self.people,
            },
            Phase::Soaking { .. } => &mut self.soaking,
            Phase::Returning(_) => &mut self.returning,
        };
        *place += time;
    }
}

/// One release as its record shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReleaseFigures {
    /// What it is called in its journal.
    pub name: String,
    /// The version that was to be.
    pub to: String,
    /// When it was proposed.
    pub proposed: DateTime<Utc>,
    /// How it ended; where it stands, if it has not.
    pub end: Phase,
    /// Whether the new version got any traffic.
    pub took_traffic: bool,
    /// Whether it went back because a newer plan took its place.
    pub was_superseded: bool,
    /// Where its time went.
    pub lap: Lap,
    /// What the steps that programs do and all moves of traffic took, one after the other, until it was done: soaks,
    /// freezes, waiting for people and what people do by hand not counted. `None` where it never was done. That it was
    /// rolled back later takes nothing from it.
    pub deploy: Option<TimeDelta>,
    /// From the moment it turned back until everything was as it was; `None` unless it was rolled back.
    pub rollback: Option<TimeDelta>,
}

/// The figures of one release; `None` where nothing was proposed.
#[must_use]
pub fn release_figures(entries: &[Entry<Rollout>]) -> Option<ReleaseFigures> {
    let mut state = State::default();
    let mut last: Option<Now> = None;
    let mut lap = Lap::ZERO;
    let (mut proposed, mut deploy, mut turned, mut back, mut took_traffic) = (None, None, None, None, false);
    for entry in entries {
        if let Some(last) = last {
            lap.add(&state, last, entry.at.steady);
        }
        for event in &entry.events {
            Rollout::apply(&mut state, event, entry.at);
            let weight = state.stage.zip(state.course.as_ref());
            let weight =
                weight.and_then(|(stage, course)| course.stages().get(stage)).map(|stage| stage.weight);
            took_traffic |= weight.is_some_and(|weight| weight > Weight::NONE);
            proposed = proposed.or(Some(entry.at.wall));
            if state.phase == Phase::Done {
                deploy = deploy.or(Some(lap.working));
            }
            if matches!(state.phase, Phase::Returning(_)) {
                turned = turned.or(Some(entry.at.steady));
            }
            // People may be told long after it.
            if state.phase == Phase::RolledBack {
                back = back.or(Some(entry.at.steady));
            }
        }
        last = Some(entry.at);
    }
    let course = state.course.as_ref()?;
    Some(ReleaseFigures {
        name: entries.first()?.stream.name.clone(),
        to: course.to.clone(),
        proposed: proposed?,
        end: state.phase,
        took_traffic,
        was_superseded: matches!(state.cause, Some((Cause::Superseded { .. }, _))),
        lap,
        deploy,
        rollback: turned.zip(back).map(|(turned, back)| back.since(turned)),
    })
}

/// What is asked of deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Targets {
    /// A deployment takes at most so long.
    pub deploy: TimeDelta,
    /// A rollback takes at most so long.
    pub rollback: TimeDelta,
    /// At least this share of deployments succeeds.
    pub success: Share,
}

impl Targets {
    /// Ten minutes, five minutes, 95 percent: the limits of a plan that states none.
    #[must_use]
    pub fn standard() -> Self {
        let success = Share::of(95, 100).unwrap_or(Share::ALL);
        Self { deploy: TimeDelta::minutes(10), rollback: TimeDelta::minutes(5), success }
    }
}

/// The figures of many releases.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// Releases that began to move and have ended.
    pub ended: u64,
    /// Those that are done.
    pub done: u64,
    /// Those that gave the new version traffic and took it back.
    pub failed_in_traffic: u64,
    /// The median time of a deployment.
    pub deploy: Option<TimeDelta>,
    /// The longest.
    pub longest_deploy: Option<TimeDelta>,
    /// The median time of a rollback: the recovery from a failed deployment.
    pub recovery: Option<TimeDelta>,
    /// The longest.
    pub longest_recovery: Option<TimeDelta>,
    /// All time that releases waited for people.
    pub people: TimeDelta,
    /// Deployments that took longer than the target.
    pub slow_deploys: u64,
    /// Rollbacks that took longer than the target.
    pub slow_rollbacks: u64,
    /// Whether the share of successes is at least that of the target; `None` where nothing has ended.
    pub is_success_met: Option<bool>,
    /// What they were held against.
    pub targets: Targets,
}

impl Figures {
    /// The figures of these releases. One that was given up before anything moved is none. One whose place a newer plan
    /// took neither succeeded nor failed; its way back counts as all do.
    #[must_use]
    pub fn of<'r>(releases: impl IntoIterator<Item = &'r ReleaseFigures>, targets: &Targets) -> Self {
        let moved = releases.into_iter().filter(|one| matches!(one.end, Phase::Done | Phase::RolledBack));
        let moved: Vec<_> = moved.collect();
        let judged: Vec<_> = moved.iter().filter(|one| !one.was_superseded).collect();
        let mut deploys: Vec<_> = moved.iter().filter_map(|one| one.deploy).collect();
        let mut rollbacks: Vec<_> = moved.iter().filter_map(|one| one.rollback).collect();
        deploys.sort_unstable();
        rollbacks.sort_unstable();
        let count = |is: fn(&ReleaseFigures) -> bool| judged.iter().filter(|one| is(one)).count() as u64;
        let slower = |times: &[TimeDelta], than| times.iter().filter(|time| **time > than).count() as u64;
        let (ended, done) = (judged.len() as u64, count(|one| one.end == Phase::Done));
        Self {
            ended,
            done,
            failed_in_traffic: count(|one| one.end == Phase::RolledBack && one.took_traffic),
            deploy: median(&deploys),
            longest_deploy: deploys.last().copied(),
            recovery: median(&rollbacks),
            longest_recovery: rollbacks.last().copied(),
            people: moved.iter().fold(TimeDelta::zero(), |sum, one| sum + one.lap.people),
            slow_deploys: slower(&deploys, targets.deploy),
            slow_rollbacks: slower(&rollbacks, targets.rollback),
            is_success_met: Share::of(done, ended).ok().map(|share| share >= targets.success),
            targets: *targets,
        }
    }

    /// The share of deployments that succeeded.
    #[must_use]
    pub fn success(&self) -> Option<Share> {
        Share::of(self.done, self.ended).ok()
    }

    /// The share of deployments whose traffic had to be taken back.
    #[must_use]
    pub fn change_failure(&self) -> Option<Share> {
        Share::of(self.failed_in_traffic, self.ended).ok()
    }
}

/// The middle one; of an even number the later of the two in the middle, so that it never flatters.
fn median(sorted: &[TimeDelta]) -> Option<TimeDelta> {
    sorted.get(sorted.len() / 2).copied()
}
