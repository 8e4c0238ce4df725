//! What a rule moves, merges, drops or doubles.

use chrono::{DateTime, NaiveDateTime, Utc};
use std::collections::BTreeSet;
use toban_core::{Interval, Text};

use crate::civil::Gap;
use crate::month::{Day, Month, day_of};
use crate::recurrence::{Civil, ClockChange, Pattern, Recurrence, ceiling, instant};
use crate::why::Showing;
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
            Self::Fold => Text::new("時計が2回示す", "the clock shows it twice"),
            Self::Gap => Text::new("時計が飛ばす", "the clock jumps over it"),
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
        let (from, to) = (ceiling(within.start()).max(self.first()), ceiling(within.end()).min(self.limit()));
        let mut changes = Vec::new();
        civil.moved(from, to, &mut changes);
        civil.changed_by_clock(from, to, &mut changes);
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
}

impl Civil {
    /// The times of dates that move to another one, or nowhere.
    fn moved(&self, from: i64, to: i64, changes: &mut Vec<Change>) {
        let Some((adjust, calendar)) = &self.adjust else { return };
        let (mut date, last) = (self.civil_day(from).max(self.begins()), self.civil_day(to).min(self.ends()));
        while let Some(day) = crate::dates::first(date, last, |month| {
            self.dates.mask(month) & !calendar.working(month) & calendar.within(month)
        }) {
            let Some((month, number)) = Month::of(day) else { break };
            let distance = adjust.distance(month, number, calendar);
            let closed = crate::month::date_of(day).and_then(|date| calendar.closed_because(date));
            let cause = Cause::Closed(closed.unwrap_or_else(|| calendar.name().clone()));
            for nominal in self.seconds_of(day) {
                let landed = distance.map(|days| nominal + i64::from(days) * 86_400);
                let at = landed.and_then(|landed| match self.showing(landed) {
                    Showing::Once(at) => Some(at),
                    Showing::Repeated(at) => at.first().copied(),
                    Showing::Skipped(at) => at,
                });
                let fate = at.and_then(instant).map_or(Fate::Dropped, |to| Fate::Moved { to });
                changes.extend(change(nominal, fate, cause.clone()));
            }
            date = day.saturating_add(1);
        }
    }

    /// The times that clocks jump over, or show twice.
    fn changed_by_clock(&self, from: i64, to: i64, changes: &mut Vec<Change>) {
        for stretch in self.offsets.from(from).iter().take_while(|stretch| stretch.start < to) {
            if stretch.start < from {
                continue;
            }
            let (before, after) = (stretch.start + stretch.before, stretch.start + stretch.offset);
            for civil in self.civil_between(before, after) {
                let fate = match self.clock {
                    ClockChange::Once { gap: Gap::FirstAfter, .. } => Some(stretch.start),
                    ClockChange::Once { gap: Gap::Shift, .. } => Some(civil - stretch.before),
                    ClockChange::Once { gap: Gap::Refuse, .. } | ClockChange::EachShowing => None,
                };
                let fate = fate.and_then(instant).map_or(Fate::Dropped, |to| Fate::Moved { to });
                changes.extend(change(civil, fate, Cause::Gap));
            }
            for civil in self.civil_between(after, before) {
                let Showing::Repeated(at) = self.showing(civil) else { continue };
                let fate = match at.as_slice() {
                    [] => Fate::Dropped,
                    [first, second] => match (instant(*first), instant(*second)) {
                        (Some(first), Some(second)) => Fate::Doubled { first, second },
                        _ => continue,
                    },
                    _ => continue,
                };
                changes.extend(change(civil, fate, Cause::Fold));
            }
        }
    }

    /// Whether the rule itself has the instant, without any move.
    fn has_of_itself(&self, second: i64) -> bool {
        let Some(stretch) = self.offsets.from(second).first() else { return false };
        let civil = second + stretch.offset;
        let Some(reading) = instant(civil).map(|reading| reading.naive_utc()) else { return false };
        let open = self
            .adjust
            .as_ref()
            .is_none_or(|(_, calendar)| calendar.is_working(reading.date()) == Some(true));
        let shown = match self.showing(civil) {
            Showing::Once(at) => at == second,
            Showing::Repeated(at) => at.contains(&second),
            Showing::Skipped(_) => false,
        };
        let day = day_of(reading.date());
        open && shown && self.dates.contains(reading.date()) && self.seconds_of(day).any(|one| one == civil)
    }

    /// The day that the zone's calendar shows at a second.
    fn civil_day(&self, second: i64) -> Day {
        let offset = self.offsets.from(second).first().map_or(0, |stretch| stretch.offset);
        crate::recurrence::day(second.saturating_add(offset))
    }

    /// The civil times at which it happens, from one to before another.
    fn civil_between(&self, from: i64, before: i64) -> impl Iterator<Item = i64> + '_ {
        let mut next = from;
        std::iter::from_fn(move || {
            let civil = self.civil_from(next, before)?;
            next = civil + 1;
            Some(civil)
        })
    }
}

fn change(nominal: i64, fate: Fate, cause: Cause) -> Option<Change> {
    Some(Change { nominal: instant(nominal)?.naive_utc(), fate, cause })
}
