//! What a rule moves, merges, drops or doubles.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use std::collections::BTreeSet;
use std::ops::Range;
use toban_core::{Interval, Text};

use crate::calendar::WhyClosed;
use crate::month::{Day, Month, date_of};
use crate::recurrence::{Civil, Pattern, Recurrence, SECONDS, ceiling, instant, midnight, second_of};
use crate::showing::Showing;
use crate::times::{DAY, Times};
use crate::words;

/// Times of a rule, on one date and with no other between them, of which the same becomes for the same cause: all are
/// moved as far, say, or all merge into one instant. None happens where the rule puts it, or not once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The first of them.
    pub first: ChangedTime,
    /// The last of them: the first one itself where there is one only.
    pub last: ChangedTime,
    /// How many there are, at least one.
    pub count: u32,
    /// Why.
    pub cause: Cause,
}

/// One time of a rule that does not happen where the rule puts it, or not once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedTime {
    /// The date and time of day at which the rule puts it.
    pub nominal: NaiveDateTime,
    /// What becomes of it.
    pub fate: Fate,
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
    Closed(WhyClosed),
    /// The clock shows the time twice.
    Fold,
    /// The clock jumps over the time.
    Gap,
}

impl Cause {
    /// What kind of cause it is, for programs: `fold`, `gap`, or that of the closed date ([`WhyClosed::kind`]).
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Closed(why) => why.kind(),
            Self::Fold => "fold",
            Self::Gap => "gap",
        }
    }

    /// The cause in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Closed(why) => why.text(),
            Self::Fold => Text::new("時計の切替で2回ある時刻", "the clock shows it twice"),
            Self::Gap => Text::new("時計の切替でない時刻", "the clock jumps over it"),
        }
    }
}

impl Change {
    /// The change in words: `Sun 2026-05-31 17:00:00: moved to 2026-05-29 17:00:00Z (Sunday)`.
    #[must_use]
    pub fn text(&self) -> Text {
        let (date, from, to) =
            (words::date(self.first.nominal.date()), self.first.nominal.time(), self.last.nominal.time());
        let times = match self.count {
            1 => Text::same(from.to_string()),
            count => {
                Text::new(format!("{from}から{to}までの{count}回"), format!("{from} to {to} ({count} times)"))
            }
        };
        let (first, last) = (self.first.fate.instants(), self.last.fate.instants());
        let (ja, en) = (words::instants(&first, "と"), words::instants(&first, " and "));
        let fate = match self.first.fate {
            Fate::Doubled { .. } => Text::new(format!("{ja}の2回"), format!("happens twice, at {en}")),
            Fate::Dropped => Text::new("実施しない", "dropped"),
            Fate::Merged { .. } => Text::new(format!("{ja}に統合"), format!("merged into {en}")),
            Fate::Moved { .. } => Text::new(format!("{ja}に移動",), format!("moved to {en}")),
        };
        let up_to = if first == last {
            Text::same("")
        } else {
            let (ja, en) = (words::instants(&last, "と"), words::instants(&last, " and "));
            Text::new(format!("、最後は{ja}"), format!(", up to {en}"))
        };
        let why = self.cause.text();
        Text::new(
            format!("{} {}: {}{} ({})", date.ja, times.ja, fate.ja, up_to.ja, why.ja),
            format!("{} {}: {}{} ({})", date.en, times.en, fate.en, up_to.en, why.en),
        )
    }

    fn one(nominal: i64, fate: Fate, cause: Cause) -> Option<Self> {
        let one = ChangedTime { nominal: instant(nominal)?.naive_utc(), fate };
        Some(Self { first: one, last: one, count: 1, cause })
    }

    /// Takes in another that comes next in the rule, where the same becomes of it.
    fn is_joined_by(&mut self, next: &Self, times: &Times) -> bool {
        let (open, other) = (self.last.nominal, next.first.nominal);
        let follows = open.date() == other.date()
            && times.first_from(open.num_seconds_from_midnight() + 1)
                == Some(other.num_seconds_from_midnight());
        let first = self.first;
        let at_one_instant = |one: &ChangedTime| one.fate == first.fate;
        let as_far = |one: &ChangedTime| first.fate.later(one.nominal - first.nominal) == Some(one.fate);
        let both = |alike: &dyn Fn(&ChangedTime) -> bool| alike(&self.last) && alike(&next.first);
        let joins = follows && self.cause == next.cause && (both(&at_one_instant) || both(&as_far));
        if joins {
            (self.last, self.count) = (next.last, self.count + next.count);
        }
        joins
    }
}

impl Fate {
    /// What kind of fate it is, for programs: `doubled`, `dropped`, `merged`, `moved`.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Doubled { .. } => "doubled",
            Self::Dropped => "dropped",
            Self::Merged { .. } => "merged",
            Self::Moved { .. } => "moved",
        }
    }

    /// The instants at which it happens, in order.
    #[must_use]
    pub fn instants(self) -> Vec<DateTime<Utc>> {
        match self {
            Self::Doubled { first, second } => vec![first, second],
            Self::Dropped => Vec::new(),
            Self::Merged { into: at } | Self::Moved { to: at } => vec![at],
        }
    }

    /// The same, so much later.
    fn later(self, by: TimeDelta) -> Option<Self> {
        let later = |at: DateTime<Utc>| at.checked_add_signed(by);
        Some(match self {
            Self::Doubled { first, second } => Self::Doubled { first: later(first)?, second: later(second)? },
            Self::Dropped => Self::Dropped,
            Self::Merged { into } => Self::Merged { into: later(into)? },
            Self::Moved { to } => Self::Moved { to: later(to)? },
        })
    }
}

impl Recurrence {
    /// Every time of the rule within a stretch that is moved, merged, dropped or doubled, by dates that are no
    /// working days or by changes of the clock; in the order of the rule, those together of which the same becomes.
    ///
    /// A time that the clock shows twice and that happens at one of the two is none of these. What recurs by elapsed
    /// time has none. What it takes grows with the dates that move and with the changes of the clock, not with how
    /// often it happens on other days.
    #[must_use]
    pub fn preview(&self, within: Interval) -> Vec<Change> {
        let Pattern::Civil(civil) = &self.pattern else { return Vec::new() };
        let within = ceiling(within.start())..ceiling(within.end());
        let mut changes = Vec::new();
        self.moved(civil, &within, &mut changes);
        civil.changed_by_clock(&within, &mut changes);
        changes.retain_mut(|change| {
            self.bounds(civil, &change.cause, &mut change.first)
                && self.bounds(civil, &change.cause, &mut change.last)
        });
        changes.sort_by_key(|change| change.first.nominal);
        let mut joined: Vec<Change> = Vec::new();
        for change in civil.merged(changes) {
            if !joined.last_mut().is_some_and(|open| open.is_joined_by(&change, &civil.times)) {
                joined.push(change);
            }
        }
        joined
    }

    /// The times of dates that move to another one, or nowhere: a whole date at once where all of its times fare alike.
    fn moved(&self, civil: &Civil, within: &Range<i64>, changes: &mut Vec<Change>) {
        let Some((adjust, calendar)) = &civil.adjust else { return };
        // A day more on both sides: offsets at the ends are not those of the civil times near them.
        let mut date = civil.civil_day(within.start).saturating_sub(1).max(civil.begins());
        let last = civil.civil_day(within.end).saturating_add(1).min(civil.ends());
        while let Some(day) = crate::dates::first(date, last, |month| {
            civil.dates.mask(month) & !calendar.working(month) & calendar.within(month)
        }) {
            let Some((month, number)) = Month::of(day) else { break };
            date = day.saturating_add(1);
            let distance = adjust.distance(month, number, calendar);
            let closed = date_of(day).and_then(|date| calendar.why_closed(date));
            let Some(cause) = closed.map(Cause::Closed) else { continue };
            match self.moved_whole(civil, day, distance, within) {
                Some((first, last)) => {
                    changes.push(Change { first, last, count: civil.times.count(), cause });
                }
                None => civil.moved_singly(day, distance, within, &cause, changes),
            }
        }
    }

    /// What becomes of the first and of the last time of a date that moves; `None` where it may be another thing for
    /// times between the two.
    fn moved_whole(
        &self,
        civil: &Civil,
        day: Day,
        distance: Option<i32>,
        within: &Range<i64>,
    ) -> Option<(ChangedTime, ChangedTime)> {
        let shift = match distance {
            None => None,
            Some(days) => {
                let offset = civil.steady(day.saturating_add(days))?;
                Some(i64::from(days) * SECONDS - offset)
            }
        };
        let of = |time: u32| {
            let nominal = midnight(day) + i64::from(time);
            let (place, at) = (civil.offsets.instant_of(nominal), shift.map(|shift| nominal + shift));
            let sides = [Some(place), at].map(|at| at.map(|at| (at >= self.first(), at >= self.limit())));
            let time = ChangedTime { nominal: instant(nominal)?.naive_utc(), fate: moved(at) };
            within.contains(&place).then_some((time, sides))
        };
        let ((first, sides), (last, others)) =
            (of(civil.times.first_from(0)?)?, of(civil.times.last_before(DAY)?)?);
        (sides == others).then_some((first, last))
    }

    /// What is left of a change between the start and the end; false where that is nothing.
    fn bounds(&self, civil: &Civil, cause: &Cause, change: &mut ChangedTime) -> bool {
        let bounds = self.first()..self.limit();
        let happens = |at: &DateTime<Utc>| bounds.contains(&at.timestamp());
        change.fate = match change.fate {
            Fate::Doubled { first, second } => match (happens(&first), happens(&second)) {
                (true, true) => return true,
                (false, false) => Fate::Dropped,
                (is_first, _) if *cause != Cause::Fold => {
                    Fate::Moved { to: if is_first { first } else { second } }
                }
                _ => return false,
            },
            Fate::Moved { to } if !happens(&to) => Fate::Dropped,
            fate => fate,
        };
        let place = civil.offsets.instant_of(change.nominal.and_utc().timestamp());
        change.fate != Fate::Dropped || bounds.contains(&place)
    }
}

impl Civil {
    /// The times of a date that moves, one by one.
    fn moved_singly(
        &self,
        day: Day,
        distance: Option<i32>,
        within: &Range<i64>,
        cause: &Cause,
        changes: &mut Vec<Change>,
    ) {
        for nominal in
            self.seconds_of(day).filter(|nominal| within.contains(&self.offsets.instant_of(*nominal)))
        {
            let landed = distance.map(|days| self.showing(nominal + i64::from(days) * SECONDS));
            let fate = match landed {
                None => Fate::Dropped,
                Some(Showing::Once(at)) => moved(Some(at)),
                Some(Showing::Repeated(at)) => doubled(&at).unwrap_or_else(|| moved(at.first().copied())),
                Some(Showing::Skipped(at)) => moved(at),
            };
            changes.extend(Change::one(nominal, fate, cause.clone()));
        }
    }

    /// The changes with those that fall on an instant which the rule has itself, or an earlier one has taken.
    fn merged(&self, changes: Vec<Change>) -> Vec<Change> {
        let (mut instants, mut days) = (BTreeSet::new(), BTreeSet::new());
        let mut merged = Vec::with_capacity(changes.len());
        for mut change in changes {
            let (Fate::Moved { to: first }, Fate::Moved { to: last }) = (change.first.fate, change.last.fate)
            else {
                merged.push(change);
                continue;
            };
            let day = self.civil_day(first.timestamp());
            let is_whole = change.count > 1;
            if is_whole && (self.stays(midnight(day)) || days.contains(&day)) {
                for one in [&mut change.first, &mut change.last] {
                    one.merge();
                }
                merged.push(change);
            } else if is_whole && instants.range(first..=last).next().is_none() {
                days.insert(day);
                merged.push(change);
            } else {
                for mut one in self.singly(&change) {
                    let Fate::Moved { to } = one.first.fate else { continue };
                    let is_taken = || days.contains(&day) && self.has_time(to.timestamp());
                    if self.has_of_itself(to.timestamp()) || is_taken() || !instants.insert(to) {
                        one.first.merge();
                        one.last = one.first;
                    }
                    merged.push(one);
                }
            }
        }
        merged
    }

    /// Each time of a change by itself.
    fn singly(&self, change: &Change) -> Vec<Change> {
        let first = change.first.nominal;
        let (start, end) = (first.and_utc().timestamp(), change.last.nominal.and_utc().timestamp());
        let midnight = start - i64::from(second_of(start));
        let next = |at: &i64| Some(midnight + i64::from(self.times.first_from(second_of(*at) + 1)?));
        let all = std::iter::successors(Some(start), next).take_while(|at| *at <= end);
        let one = |nominal: i64| {
            let fate = change.first.fate.later(TimeDelta::try_seconds(nominal - start)?)?;
            Change::one(nominal, fate, change.cause.clone())
        };
        all.filter_map(one).collect()
    }

    /// The times that clocks jump over, or show twice, of dates that do not move.
    fn changed_by_clock(&self, within: &Range<i64>, changes: &mut Vec<Change>) {
        let is_within = |civil: &i64| within.contains(&self.offsets.instant_of(*civil)) && self.stays(*civil);
        for stretch in self.offsets.near(within.start, within.end) {
            for civil in self.civil_between(stretch.gap()).filter(is_within) {
                let Showing::Skipped(at) = self.showing(civil) else { continue };
                changes.extend(Change::one(civil, moved(at), Cause::Gap));
            }
            for civil in self.civil_between(stretch.fold()).filter(is_within) {
                let Showing::Repeated(at) = self.showing(civil) else { continue };
                let fate = if at.is_empty() { Some(Fate::Dropped) } else { doubled(&at) };
                changes.extend(fate.and_then(|fate| Change::one(civil, fate, Cause::Fold)));
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
        let civil = self.offsets.civil_at(second);
        let shown = match self.showing(civil) {
            Showing::Once(at) => at == second,
            Showing::Repeated(at) => at.contains(&second),
            Showing::Skipped(_) => false,
        };
        shown && self.stays(civil) && self.has_time(second)
    }

    /// Whether the clock shows one of its times of day at a second.
    fn has_time(&self, second: i64) -> bool {
        let time = second_of(self.offsets.civil_at(second));
        self.times.first_from(time) == Some(time)
    }

    /// The day that the zone's calendar shows at a second.
    fn civil_day(&self, second: i64) -> Day {
        crate::recurrence::day(self.offsets.civil_at(second))
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

impl ChangedTime {
    fn merge(&mut self) {
        if let Fate::Moved { to } = self.fate {
            self.fate = Fate::Merged { into: to };
        }
    }
}

fn moved(at: Option<i64>) -> Fate {
    at.and_then(instant).map_or(Fate::Dropped, |to| Fate::Moved { to })
}

fn doubled(at: &[i64]) -> Option<Fate> {
    let [first, second] = at else { return None };
    Some(Fate::Doubled { first: instant(*first)?, second: instant(*second)? })
}
