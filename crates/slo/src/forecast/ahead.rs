//! The window as time goes on: what it still holds of the record.

use crate::track::{Sums, Track};
use crate::{Window, duration};
use chrono::{DateTime, TimeDelta, Utc};

/// The time ahead of a moment, as far as a forecast of a window looks: one window, or to the end of the period.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    window: Window,
    pub(crate) track: &'a Track,
    /// The steps that are over.
    pub(super) end: usize,
    /// How long they have been over, in milliseconds: the next one may be running.
    since: i64,
    pub(super) span: Span,
    /// How many steps lie ahead.
    pub(crate) steps: usize,
}

/// The window whose budget is forecast, in steps of the track.
#[derive(Clone, Copy)]
pub(super) enum Span {
    /// The last so many steps.
    Rolling(usize),
    /// From this step on, judged when it is over.
    Period(usize),
}

impl<'a> Ahead<'a> {
    /// What lies ahead of the first `end` steps, seen from `at`; `None` where the grid cannot resolve the window.
    pub(crate) fn new(window: Window, track: &'a Track, end: usize, at: DateTime<Utc>) -> Option<Self> {
        let since = duration::millis(at - track.time_of(end)).max(0);
        if window.is_rolling() {
            let length = track.steps_in(window.nominal_length())?;
            return Some(Self { window, track, end, since, span: Span::Rolling(length), steps: length });
        }
        let span = Span::Period(track.window_start(window, end)?);
        // The moment of a boundary closes the period before it: nothing lies ahead then.
        let whole = window.at(track.time_of(end))?;
        let left = duration::millis(whole.end() - track.time_of(end)) / duration::millis(track.step());
        Some(Self { window, track, end, since, span, steps: usize::try_from(left).ok()? })
    }

    /// The first step that is still in the window so many steps from now; at most the one that begins now.
    pub(super) fn start(&self, passed: usize) -> usize {
        match self.span {
            Span::Rolling(length) => (self.end + passed).saturating_sub(length).min(self.end),
            Span::Period(start) => start.min(self.end),
        }
    }

    /// What of the window is known already, so many steps from now.
    pub(super) fn kept(&self, passed: usize) -> Sums {
        self.track.last(self.end - self.start(passed), self.end)
    }

    /// The slots of the whole window, also those that a correction drops.
    pub(super) fn slots(&self) -> Option<u64> {
        self.track.slots_of(self.window, self.end)
    }

    /// How long it takes, from the moment that it is seen from, until so many steps more are over; zero where they are.
    pub(crate) fn length(&self, steps: usize) -> Option<TimeDelta> {
        let millis = duration::millis(self.track.step()).checked_mul(i64::try_from(steps).ok()?)?;
        TimeDelta::try_milliseconds((millis - self.since).max(0))
    }

    /// How long the steps that are over have been so.
    pub(crate) fn since(&self) -> TimeDelta {
        duration::from_millis(self.since)
    }

    /// When the period of the calendar is over, from the moment that it is seen from; `None` where the window rolls.
    pub(super) fn rest_of_period(&self) -> Option<TimeDelta> {
        if self.window.is_rolling() {
            return None;
        }
        let now = self.track.time_of(self.end);
        self.window.at(now).map(|whole| (whole.end() - now - self.since()).max(TimeDelta::zero()))
    }
}
