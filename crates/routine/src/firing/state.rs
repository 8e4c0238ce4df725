//! Where a firing stands: the fold of its events.

use super::event::{Begun, Effect, Event, Finish, Reading};
use crate::task::ListKind;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::Arc;
use toban_core::Text;
use toban_durable::{Now, Wakeup};

/// Where a firing stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing has begun.
    #[default]
    New,
    /// A program does it.
    Working,
    /// Its program has done it, and something is still measured.
    Checking,
    /// People have to do it.
    Open,
    /// People cannot do it for the time being.
    Blocked,
    /// Nobody knows whether its program has done it.
    InDoubt,
    /// Its program is to end.
    Ending {
        /// Whether it is ended, or asked to end.
        is_at_once: bool,
    },
    /// It is over.
    Ended(Finish),
}

impl Phase {
    /// What it is called, after "the firing".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "has not begun",
            Self::Working => "is run by a program",
            Self::Checking => "waits for what is measured",
            Self::Open => "is to be done",
            Self::Blocked => "is blocked",
            Self::InDoubt => "is in doubt",
            Self::Ending { .. } => "is to end",
            Self::Ended(_) => "is over",
        }
    }

    /// Its word, as people read it.
    #[must_use]
    pub fn text(self) -> Text {
        let (ja, en) = match self {
            Self::New => ("未開始", "not begun"),
            Self::Working => ("実行中", "running"),
            Self::Checking => ("測定待ち", "being measured"),
            Self::Open => ("実施待ち", "to do"),
            Self::Blocked => ("実施不可", "blocked"),
            Self::InDoubt => ("結果不明", "in doubt"),
            Self::Ending { is_at_once: false } => ("中止処理中", "being cancelled"),
            Self::Ending { is_at_once: true } => ("強制終了中", "being terminated"),
            Self::Ended(how) => return how.text(),
        };
        Text::new(ja, en)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How often people are told of what is in doubt.
const REMINDED: TimeDelta = TimeDelta::days(1);

/// All that matters of a firing's past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What it began with.
    pub begun: Option<Arc<Begun>>,
    /// When.
    pub began_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub phase: Phase,
    /// When it came into doubt, where it last did.
    pub doubted_at: Option<DateTime<Utc>>,
    /// When people were told last that it is.
    pub reminded_at: Option<DateTime<Utc>>,
    /// Whether its deadline has passed before it was done.
    pub is_overdue: bool,
    /// What was measured, by the places of the alerts; those of the task that are not measured have none.
    pub readings: Vec<Option<Reading>>,
    /// How often its program was tried and failed.
    pub failed_tries: u32,
    /// Who blocked it, and by what.
    pub blocked: Option<(String, String)>,
    /// Who ended it, where a person did.
    pub by: Option<String>,
    /// Why it ended as it did, or what went wrong last.
    pub why: Option<String>,
    /// What shows that it was done.
    pub evidence: Vec<String>,
    /// Why people could not be told of something, the last time that they could not.
    pub untold: Option<String>,
}

impl State {
    pub(super) fn apply(&mut self, event: &Event, at: Now) {
        match event {
            Event::Begun(begun) => {
                let is_by_hand = begun.task.command.is_none();
                *self = Self {
                    phase: if is_by_hand { Phase::Open } else { Phase::Working },
                    readings: vec![None; begun.task.alerts.len()],
                    began_at: Some(at.wall),
                    begun: Some(Arc::new((**begun).clone())),
                    ..Self::default()
                };
            }
            Event::Checked { alert, reading } => {
                if let Some(place) = self.readings.get_mut(*alert) {
                    *place = Some(reading.clone());
                }
            }
            Event::Tried { why, .. } => {
                self.failed_tries = self.failed_tries.saturating_add(1);
                self.why = Some(why.clone());
            }
            Event::Ran { said } => {
                self.phase = Phase::Checking;
                self.why = None;
                self.evidence = Some(said.clone()).filter(|said| !said.is_empty()).into_iter().collect();
            }
            Event::InDoubt => {
                self.phase = Phase::InDoubt;
                (self.doubted_at, self.reminded_at) = (Some(at.wall), Some(at.wall));
            }
            Event::Reminded => self.reminded_at = Some(at.wall),
            Event::Retried { .. } => (self.phase, self.failed_tries) = (Phase::Working, 0),
            Event::Blocked { by, why } => {
                (self.phase, self.blocked) = (Phase::Blocked, Some((by.clone(), why.clone())))
            }
            Event::Unblocked { .. } => (self.phase, self.blocked) = (Phase::Open, None),
            Event::Overdue => self.is_overdue = true,
            Event::Ending { is_at_once, by, why } => {
                self.phase = Phase::Ending { is_at_once: *is_at_once };
                (self.by, self.why) = (Some(by.clone()), Some(why.clone()));
            }
            Event::Ended { how, by, why, evidence } => {
                self.phase = Phase::Ended(*how);
                self.ended_at = Some(at.wall);
                self.by = by.clone();
                self.why = why.clone();
                self.evidence.extend(evidence.iter().cloned());
            }
            Event::Untold { why, .. } => self.untold = Some(why.clone()),
        }
    }

    /// When it is late.
    #[must_use]
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        self.begun.as_ref()?.deadline
    }

    /// When it is given up, where people are waited for.
    #[must_use]
    pub fn give_up(&self) -> Option<DateTime<Utc>> {
        let can_be = matches!(self.phase, Phase::Open | Phase::Blocked | Phase::InDoubt);
        self.begun.as_ref().filter(|_| can_be)?.give_up
    }

    /// When people are told again that it is in doubt: meanwhile it may keep its task from beginning.
    pub(super) fn remind(&self) -> Option<DateTime<Utc>> {
        self.reminded_at.filter(|_| self.phase == Phase::InDoubt)?.checked_add_signed(REMINDED)
    }

    /// How it ends where it is given up.
    pub(crate) fn given_up(&self) -> Finish {
        match self.phase {
            Phase::InDoubt => Finish::Failed,
            _ if self.blocked.is_some() => Finish::Blocked,
            _ => Finish::Missed,
        }
    }

    /// The alerts that are measured, by their places, and what was found so far.
    pub fn checks(&self) -> impl Iterator<Item = (usize, Option<&Reading>)> {
        let alerts = self.begun.iter().flat_map(|begun| begun.task.alerts.iter().enumerate());
        let measured = alerts.filter(|(_, alert)| alert.measured.is_some());
        measured.map(|(place, _)| (place, self.readings.get(place).and_then(Option::as_ref)))
    }

    /// The places of the alerts that hold by what was measured.
    pub fn holding(&self) -> impl Iterator<Item = usize> {
        let holds = |place: usize, reading: &Reading| {
            let threshold = self.begun.as_ref()?.task.alerts.get(place)?.measured.as_ref()?;
            let Reading::Value(value) = reading else { return None };
            threshold.holds(value.get()).then_some(place)
        };
        self.checks().filter_map(move |(place, reading)| holds(place, reading?))
    }

    /// The completion conditions of the task.
    #[must_use]
    pub fn conditions(&self) -> &[Text] {
        let list =
            self.begun.as_ref().and_then(|begun| begun.task.lists.get(&ListKind::CompletionConditions));
        list.map_or(&[], Vec::as_slice)
    }

    pub(super) fn next_wakeup(&self) -> Wakeup {
        let is_waited_for =
            matches!(self.phase, Phase::Working | Phase::Open | Phase::InDoubt | Phase::Ending { .. });
        let deadline = self.deadline().filter(|_| is_waited_for && !self.is_overdue);
        deadline
            .into_iter()
            .chain(self.give_up())
            .chain(self.remind())
            .min()
            .map_or(Wakeup::NEVER, Wakeup::at)
    }

    pub(super) fn wants(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Run { .. } => self.phase == Phase::Working,
            Effect::Measure { .. } => !matches!(self.phase, Phase::Ended(_)),
            Effect::Stop { is_at_once } => self.phase == Phase::Ending { is_at_once: *is_at_once },
            Effect::Tell { .. } | Effect::Close { .. } => true,
        }
    }
}
