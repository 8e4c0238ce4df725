//! Times of a month that a change of the clock moves, drops or doubles.

use super::words::{day, local, picked, time};
use crate::Language;
use chrono::{DateTime, NaiveDate, Utc};
use std::mem::discriminant;
use toban_calendar::{Cause, Change, Fate, Fold, Gap, Zone};
use toban_core::{Interval, Text};
use toban_routine::ScheduledTask;

/// A time of a rule that does not happen as the rule has it, or not once, because a clock is changed.
#[derive(Debug)]
pub(super) struct Shifted {
    /// The date on which it happens, or would, as clocks of the month show it.
    pub(super) date: NaiveDate,
    /// The place of the task.
    pub(super) task: usize,
    pub(super) change: Change,
}

/// All of a stretch, as clocks of a zone show them.
pub(super) fn shifted(tasks: &[ScheduledTask], within: Interval, zone: Zone) -> Vec<Shifted> {
    let mut all = Vec::new();
    for (place, task) in tasks.iter().enumerate() {
        let Some(own) = task.recurrence.zone() else { continue };
        let changes = task.recurrence.preview(within).into_iter().filter(|change| is_by_clock(change, own));
        all.extend(changes.filter_map(|change| {
            let at = match change.first.fate {
                Fate::Doubled { first: at, .. } | Fate::Merged { into: at } | Fate::Moved { to: at } => at,
                Fate::Dropped => own.instant(change.first.nominal, Gap::FirstAfter, Fold::Earlier).ok()?,
            };
            Some(Shifted { date: zone.civil(at).ok()?.date(), task: place, change })
        }));
    }
    all.sort_by_key(|one| (one.change.first.nominal, one.task));
    all
}

/// Whether a clock has a part in it; a time that goes to another date alone keeps its time of day.
fn is_by_clock(change: &Change, zone: Zone) -> bool {
    match (&change.cause, change.first.fate) {
        (Cause::Fold | Cause::Gap, _) | (_, Fate::Doubled { .. }) => true,
        (Cause::Closed(_), Fate::Merged { into: at } | Fate::Moved { to: at }) => {
            zone.civil(at).is_ok_and(|civil| civil.time() != change.first.nominal.time())
        }
        (Cause::Closed(_), Fate::Dropped) => false,
    }
}

impl Shifted {
    fn is_like(&self, other: &Self) -> bool {
        (self.date, self.task, discriminant(&self.change.first.fate))
            == (other.date, other.task, discriminant(&other.change.first.fate))
            && self.cause() == other.cause()
    }

    fn cause(&self) -> Text {
        match (&self.change.cause, self.change.first.fate) {
            (Cause::Closed(_), Fate::Doubled { .. }) => Cause::Fold.text(),
            (Cause::Closed(_), _) => Cause::Gap.text(),
            (cause, _) => cause.text(),
        }
    }

    /// `→ 03:30, the clock jumps over it`.
    fn becomes(&self, zone: Zone, language: Language) -> String {
        let shown = |at: DateTime<Utc>| {
            let is_same_date =
                zone.civil(at).is_ok_and(|civil| civil.date() == self.change.first.nominal.date());
            if is_same_date { time(at, zone) } else { local(at, zone, language) }
        };
        let happens = match self.change.first.fate {
            Fate::Doubled { first, second } => {
                let (first, second) = (shown(first), shown(second));
                language.pick(format!("{first} and {second}"), format!("{first}と{second}"))
            }
            Fate::Dropped => language.pick("dropped", "実施しない").to_owned(),
            Fate::Merged { into } => {
                let into = shown(into);
                language.pick(format!("merged into {into}"), format!("{into}に統合"))
            }
            Fate::Moved { to } => shown(to),
        };
        let cause = self.cause();
        let cause = picked(&cause, language);
        language.pick(format!("→ {happens}, {cause}"), format!("→ {happens} ({cause})"))
    }
}

/// What is told of one task on one day: the first of its times with which the same happens, and how many more there are.
pub(super) struct Told<'a> {
    pub(super) first: &'a Shifted,
    more: u32,
    zone: Zone,
    /// Where it is not that of the month.
    foreign: Option<Zone>,
}

/// What is told of these tasks, in the order of their rules' times.
pub(super) fn told<'a>(shifted: &'a [Shifted], tasks: &[ScheduledTask], zone: Zone) -> Vec<Told<'a>> {
    let mut all: Vec<Told<'_>> = Vec::new();
    for one in shifted {
        match all.iter_mut().rfind(|told| told.first.is_like(one)) {
            Some(told) => told.more += one.change.count,
            None => {
                let own = tasks.get(one.task).and_then(|task| task.recurrence.zone()).unwrap_or(zone);
                all.push(Told {
                    first: one,
                    more: one.change.count.saturating_sub(1),
                    zone: own,
                    foreign: Some(own).filter(|own| *own != zone),
                });
            }
        }
    }
    all
}

impl Told<'_> {
    /// The date by the rule: `Sun 2026-03-29`.
    pub(super) fn day(&self, language: Language) -> String {
        day(self.first.change.first.nominal.date(), language)
    }

    /// The time of day by the rule: `02:30`, `02:00 and 59 more`.
    pub(super) fn time(&self, language: Language) -> String {
        let time = self.first.change.first.nominal.time().format("%H:%M");
        match self.more {
            0 => time.to_string(),
            more => language.pick(format!("{time} and {more} more"), format!("{time} ほか{more}回")),
        }
    }

    /// What becomes of the first of them, as clocks of the task's zone show it.
    pub(super) fn becomes(&self, language: Language) -> String {
        let becomes = self.first.becomes(self.zone, language);
        self.foreign.map_or_else(|| becomes.clone(), |zone| format!("{becomes} ({zone})"))
    }
}
