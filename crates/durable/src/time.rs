//! Time as a machine sees it: the wall for calendars, steady time for waits.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use toban_core::Clock;

/// One reading of both times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Now {
    /// What the clock on the wall says; it may jump.
    pub wall: DateTime<Utc>,
    /// How long the stream has gone on; it never goes back.
    pub steady: Steady,
}

/// Milliseconds since a stream began, counted by a clock that nobody sets.
///
/// A wait that is measured in it is neither cut short nor drawn out when the wall clock jumps. While no process
/// drives the stream only the wall tells how long that was: it is counted forward, never back. Where one drives it,
/// another one whose wall has jumped meanwhile draws out what begins with its request, and cuts nothing short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steady(i64);

impl Steady {
    /// When the stream began.
    pub const START: Self = Self(0);

    /// So many milliseconds after the stream began.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the stream began.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// So much later, rounded up to a whole millisecond: a wait is never shorter than it was asked for.
    #[must_use]
    pub fn after(self, wait: TimeDelta) -> Self {
        let millis = wait.num_milliseconds();
        let is_more = TimeDelta::try_milliseconds(millis).is_some_and(|whole| whole < wait);
        Self(self.0.saturating_add(millis).saturating_add(i64::from(is_more)))
    }

    /// How long it is from then until now; zero where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        let millis = self.0.saturating_sub(earlier.0).max(0);
        TimeDelta::try_milliseconds(millis).unwrap_or(TimeDelta::MAX)
    }
}

/// When to come back to a machine: at a time of its own stream, at a time of the calendar, whichever is first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wakeup {
    /// A wait.
    pub steady: Option<Steady>,
    /// A time of the calendar.
    pub wall: Option<DateTime<Utc>>,
}

impl Wakeup {
    /// Never: only a request or an outcome goes on from here.
    pub const NEVER: Self = Self { steady: None, wall: None };

    /// At a time of the stream: when a wait is over.
    #[must_use]
    pub fn steady(steady: Steady) -> Self {
        Self { steady: Some(steady), wall: None }
    }

    /// At a time of the calendar.
    #[must_use]
    pub fn at(wall: DateTime<Utc>) -> Self {
        Self { steady: None, wall: Some(wall) }
    }

    /// The first of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        fn first<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            one.into_iter().chain(other).min()
        }
        Self { steady: first(self.steady, other.steady), wall: first(self.wall, other.wall) }
    }

    /// Whether it is time.
    #[must_use]
    pub fn is_due(self, now: Now) -> bool {
        self.steady.is_some_and(|steady| steady <= now.steady)
            || self.wall.is_some_and(|wall| wall <= now.wall)
    }

    /// How long to sleep, as the clocks stand now; `None` where nothing is waited for.
    #[must_use]
    pub fn wait(self, now: Now) -> Option<TimeDelta> {
        let steady = self.steady.map(|steady| steady.since(now.steady));
        let wall = self.wall.map(|wall| (wall - now.wall).max(TimeDelta::zero()));
        steady.into_iter().chain(wall).min()
    }
}

/// A reading as it is written down: with what another process needs in order to go on counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) now: Now,
    /// What the clock's elapsed time is counted from, where other processes can count from it too.
    pub(crate) origin: Option<String>,
    /// Milliseconds since that origin.
    pub(crate) elapsed: Option<i64>,
}

/// Joins a clock to the stamps of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    base: Steady,
    elapsed: TimeDelta,
}

impl Anchor {
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self { base: Steady::START, elapsed: clock.elapsed() }
    }

    /// Goes on from a stamp that another process may have made. Where both clocks count from one origin, they count
    /// the same time; else the wall is all there is, and it is counted forward, never back.
    pub(crate) fn resume(stamp: &Stamp, clock: &dyn Clock) -> Self {
        let elapsed = clock.elapsed();
        let is_shared = stamp.origin.is_some() && stamp.origin == clock.origin();
        let away = match stamp.elapsed {
            Some(then) if is_shared => elapsed.num_milliseconds().saturating_sub(then),
            _ => (clock.wall() - stamp.now.wall).num_milliseconds(),
        };
        Self { base: Steady(stamp.now.steady.0.saturating_add(away.max(0))), elapsed }
    }

    pub(crate) fn now(&self, clock: &dyn Clock) -> Now {
        let gone = (clock.elapsed() - self.elapsed).num_milliseconds().max(0);
        Now { wall: clock.wall(), steady: Steady(self.base.0.saturating_add(gone)) }
    }

    pub(crate) fn stamp(&self, clock: &dyn Clock) -> Stamp {
        let origin = clock.origin();
        let elapsed = origin.is_some().then(|| clock.elapsed().num_milliseconds());
        Stamp { now: self.now(clock), origin, elapsed }
    }

    /// At least that: another process has counted further. Where it counted by the wall, it may be the wall that
    /// jumped: who was `there` all the time knows better.
    pub(crate) fn follow(&mut self, stamp: &Stamp, there: bool, clock: &dyn Clock) {
        let is_shared = stamp.origin.is_some() && stamp.origin == clock.origin();
        if self.now(clock).steady < stamp.now.steady && (is_shared || !there) {
            *self = Self { base: stamp.now.steady, elapsed: clock.elapsed() };
        }
    }
}
