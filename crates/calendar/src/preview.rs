//! What a rule moves, merges, drops or doubles.

use chrono::{DateTime, NaiveDateTime, Utc};
use std::collections::BTreeSet;
use std::ops::Range;
use toban_core::{Interval, Text};

use crate::month::{Day, Month};
use crate::recurrence::{Civil, Pattern, Recurrence, ceiling, instant};
use crate::showing::Showing;
use crate::words;

/// One time of a rule that does not happen where the rule puts it, or not once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The date and time of day at which the rule puts it.
    pub nominal: NaiveDateTime,
    /// What becomes of it.
    pub fate: Fate,
    /// Why.
    pub cause: Cause,
}

/// What becomes of a time of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It happens twice.
    Doubled {
        /// The first time.
        first: DateTime<Utc>,
        /// The second time.
        second: DateTime<Utc>,
    },
    /// It does not happen.
    Dropped,
    /// It falls on an instant at which another one happens: they are one.
    Merged {
        /// That instant.
        into: DateTime<Utc>,
    },
    /// It happens at another time.
    Moved {
        /// When.
        to: DateTime<Utc>,
    },
}

/// Why a time of a rule does not happen where the rule puts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The date is no working day, for this reason.
    Closed(Text),
    /// The clock shows the time twice.
    Fold,
    /// The clock jumps over the time.
    Gap,
}

impl Cause {
    /// The cause in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Closed(why) => why.clone(),
            Self::Fold => Text::new("時計の切替で2回ある時刻", "the clock shows it twice"),
            Self::Gap => Text::new("時計の切替でない時刻", "the clock jumps over it"),
        }
    }
}

impl Change {
    /// The change in words: `Sun 2026-05-31 17:00: moved to Fri 2026-05-29 …`.
    #[must_use]
    pub fn text(&self) -> Text {
        let show = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%SZ").to_string();
        let (date, time) = (words::date(self.nominal.date()), self.nominal.time());
        let (ja, en) = match self.fate {
            Fate::Doubled { first, second } => (
                format!("{}と{}の2回", show(first), show(second)),
                format!("happens twice, at {} and {}", show(first), show(second)),
            ),
            Fate::Dropped => ("実施しない".to_owned(), "dropped".to_owned()),
            Fate::Merged { into } => (format!("{}に統合", show(into)), format!("merged into {}", show(into))),
            Fate::Moved { to } => (format!("{}に移動", show(to)), format!("moved to {}", show(to))),
        };
        let why = self.cause.text();
        Text::new(
            format!("{} {time}: {ja} ({})", date.ja, why.ja),
            format!("{} {time}: {en} ({})", date.en, why.en),
        )
    }
}

impl Recurrence {
    /// Every time of the rule within a stretch that is moved, merged, dropped or doubled, by dates that are no
    /// working days or by changes of the clock; in the order of the rule.
    ///
    /// A time that the clock shows twice and that happens at one of the two is none of these. What recurs by elapsed
    /// time has none.
    #[must_use]
    pub fn preview(&self, within: Interval) -> Vec<Change> {
        let Pattern::Civil(civil) = &self.pattern else { return Vec::new() };
        let (from, to) = (ceiling(within.start()), ceiling(within.end()));
        let mut changes = Vec::new();
        civil.moved(from, to, &mut changes);
        civil.changed_by_clock(from, to, &mut changes);
        changes.retain_mut(|change| self.bounds(civil, change));
        changes.sort_by_key(|change| change.nominal);
        let mut taken = BTreeSet::new();
        for change in &mut changes {
            if let Fate::Moved { to } = change.fate
                && (civil.has_of_itself(to.timestamp()) || !taken.insert(to))
            {
                change.fate = Fate::Merged { into: to };
            }
        }
        changes
    }

    /// What is left of a change between the start and the end; false where that is nothing.
    fn bounds(&self, civil: &Civil, change: &mut Change) -> bool {
        let happens = |at: &DateTime<Utc>| self.contains(*at);
        change.fate = match change.fate {
            Fate::Doubled { first, second } => match (happens(&first), happens(&second)) {
                (true, true) => return true,
                (false, false) => Fate::Dropped,
                (is_first, _) if change.cause != Cause::Fold => {
                    Fate::Moved { to: if is_first { first } else { second } }
                }
                _ => return false,
            },
            Fate::Moved { to } if !happens(&to) => Fate::Dropped,
            fate => fate,
        };
        let place = civil.instant_of(change.nominal.and_utc().timestamp());
        change.fate != Fate::Dropped || (self.first()..self.limit()).contains(&place)
    }
}

impl Civil {
    /// The times of dates that move to another one, or nowhere.
    fn moved(&self, from: i64, to: i64, changes: &mut Vec<Change>) {
        let Some((adjust, calendar)) = &self.adjust else { return };
        // A day more on both sides: offsets at the ends are not those of the civil times near them.
        let mut date = self.civil_day(from).saturating_sub(1).max(self.begins());
        let last = self.civil_day(to).saturating_add(1).min(self.ends());
        while let Some(day) = crate::dates::first(date, last, |month| {
            self.dates.mask(month) & !calendar.working(month) & calendar.within(month)
        }) {
            let Some((month, number)) = Month::of(day) else { break };
            let distance = adjust.distance(month, number, calendar);
            let closed = crate::month::date_of(day).and_then(|date| calendar.closed_because(date));
            let cause = Cause::Closed(closed.unwrap_or_else(|| calendar.name().clone()));
            let within = |nominal: &i64| (from..to).contains(&self.instant_of(*nominal));
            for nominal in self.seconds_of(day).filter(within) {
                let landed = distance.map(|days| self.showing(nominal + i64::from(days) * 86_400));
                let fate = match landed {
                    None => Fate::Dropped,
                    Some(Showing::Once(at)) => moved(Some(at)),
                    Some(Showing::Repeated(at)) => doubled(&at).unwrap_or_else(|| moved(at.first().copied())),
                    Some(Showing::Skipped(at)) => moved(at),
                };
                changes.extend(change(nominal, fate, cause.clone()));
            }
            date = day.saturating_add(1);
        }
    }

    /// The times that clocks jump over, or show twice, of dates that do not move.
    fn changed_by_clock(&self, from: i64, to: i64, changes: &mut Vec<Change>) {
        let within = |civil: &i64| (from..to).contains(&self.instant_of(*civil)) && self.stays(*civil);
        for stretch in self.offsets.near(from, to) {
            for civil in self.civil_between(stretch.gap()).filter(within) {
                let Showing::Skipped(at) = self.showing(civil) else { continue };
                changes.extend(change(civil, moved(at), Cause::Gap));
            }
            for civil in self.civil_between(stretch.fold()).filter(within) {
                let Showing::Repeated(at) = self.showing(civil) else { continue };
                let fate = if at.is_empty() { Some(Fate::Dropped) } else { doubled(&at) };
                changes.extend(fate.and_then(|fate| change(civil, fate, Cause::Fold)));
            }
        }
    }

    /// Whether the rule names the date of a civil time, and it is not moved.
    fn stays(&self, civil: i64) -> bool {
        let Some(date) = instant(civil).map(|reading| reading.date_naive()) else { return false };
        let calendar = self.adjust.as_ref().map(|(_, calendar)| calendar);
        self.dates.contains(date) && calendar.is_none_or(|calendar| calendar.is_working(date) == Some(true))
    }

    /// Whether the rule itself has the instant, without any move.
    fn has_of_itself(&self, second: i64) -> bool {
        let Some(stretch) = self.offsets.from(second).first() else { return false };
        let civil = second + stretch.offset;
        let shown = match self.showing(civil) {
            Showing::Once(at) => at == second,
            Showing::Repeated(at) => at.contains(&second),
            Showing::Skipped(_) => false,
        };
        let day = crate::recurrence::day(civil);
        shown && self.stays(civil) && self.seconds_of(day).any(|one| one == civil)
    }

    /// The day that the zone's calendar shows at a second.
    fn civil_day(&self, second: i64) -> Day {
        let offset = self.offsets.from(second).first().map_or(0, |stretch| stretch.offset);
        crate::recurrence::day(second.saturating_add(offset))
    }

    /// The civil times of a stretch at which it happens.
    fn civil_between(&self, within: Range<i64>) -> impl Iterator<Item = i64> + '_ {
        let mut next = within.start;
        std::iter::from_fn(move || {
            let civil = self.civil_from(next, within.end)?;
            next = civil + 1;
            Some(civil)
        })
    }
}

fn moved(at: Option<i64>) -> Fate {
    at.and_then(instant).map_or(Fate::Dropped, |to| Fate::Moved { to })
}

fn doubled(at: &[i64]) -> Option<Fate> {
    let [first, second] = at else { return None };
    Some(Fate::Doubled { first: instant(*first)?, second: instant(*second)? })
}

fn change(nominal: i64, fate: Fate, cause: Cause) -> Option<Change> {
    Some(Change { nominal: instant(nominal)?.naive_utc(), fate, cause })
}
