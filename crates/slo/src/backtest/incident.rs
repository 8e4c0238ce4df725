//! What should have been noticed.

use crate::judge::FullBudget;
use crate::track::{Sums, Track, View};
use crate::{Counts, Slo};
use toban_core::{Interval, Ratio};

/// A stretch of time in which something was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incident {
    /// When it was.
    pub interval: Interval,
    /// What it is called.
    pub label: String,
    /// Who says so.
    pub source: IncidentSource,
    /// The SLOs that it concerns, by name. Without any it concerns those that it touched, see
    /// [`Backtest::untouched`](super::Backtest::untouched).
    pub slos: Vec<String>,
}

/// Who says that something was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentSource {
    /// The data itself: a stretch that spent a significant part of the budget, see [`find_incidents`].
    Found,
    /// Somebody who knows.
    Labelled,
}

impl Incident {
    /// An incident that somebody has labelled.
    #[must_use]
    pub fn labelled(interval: Interval, label: impl Into<String>) -> Self {
        Self { interval, label: label.into(), source: IncidentSource::Labelled, slos: Vec::new() }
    }

    /// Names the SLOs that it concerns: those alone are tested on it, whether it touched them or not.
    #[must_use]
    pub fn with_slos(mut self, slos: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.slos = slos.into_iter().map(Into::into).collect();
        self
    }
}

/// Finds the stretches that spent a significant part of the budget, for history without labels.
///
/// A stretch begins and ends with a step whose share of bad exceeds what the objective allows, and holds no longer
/// pause than `pause`. It is an incident if it spent at least `part` of the main window's budget, as that is at the
/// traffic of the whole record. Found incidents say what the data shows, not what people noticed.
///
/// An objective of 100 % has no budget: every stretch with bad events is an incident.
#[must_use]
pub fn find_incidents(slo: &Slo, counts: &Counts, part: Ratio, pause: chrono::TimeDelta) -> Vec<Incident> {
    let Ok(track) = Track::new(slo, counts, counts.end(), View::Corrected) else { return Vec::new() };
    let full = FullBudget::new(slo, &track);
    let pause =
        usize::try_from(pause.num_milliseconds() / track.step().num_milliseconds().max(1)).unwrap_or(0);
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for end in 1..=track.len() {
        if !is_too_bad(slo, track.last(1, end)) {
            continue;
        }
        match stretches.last_mut() {
            Some((_, last)) if end - 1 - *last <= pause => *last = end,
            _ => stretches.push((end - 1, end)),
        }
    }
    let incidents = stretches.into_iter().filter_map(|(start, end)| {
        let interval = Interval::new(track.time_of(start), track.time_of(end)).ok()?;
        let is_significant = full.is_part_spent(track.last(end - start, end).bad, part);
        let label = format!("found {}", interval.start().format("%Y-%m-%d %H:%M"));
        let source = IncidentSource::Found;
        is_significant.then_some(Incident { interval, label, source, slos: Vec::new() })
    });
    incidents.collect()
}

/// Whether the share of bad exceeds what the objective allows.
pub(super) fn is_too_bad(slo: &Slo, sums: Sums) -> bool {
    let (num, den) = slo.objective().allowance();
    u128::from(sums.bad) * u128::from(den) > u128::from(sums.total) * u128::from(num)
}
