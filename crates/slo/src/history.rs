//! How budget and burn rates went over time: what a chart is drawn from.

use crate::budget::Burn;
use crate::track::{Track, View};
use crate::{AlertPolicy, Counts, Slo};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::Interval;

/// How budget and burn rates went over time, at evenly spaced moments.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_slo::{AlertPolicy, Counts, Objective, Slo, Tally, Window, history};
/// let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
/// let slo = Slo::availability("checkout", Objective::percent("99")?, Window::rolling_days(7));
/// let policy = AlertPolicy::sre_workbook(&slo)?;
/// let mut counts = Counts::per_minute(start);
/// for minute in 0..600 {
///     counts.add(start + TimeDelta::minutes(minute), Tally::new(99, 100)?)?;
/// }
/// let history = history(&slo, &policy, &counts, counts.end(), 300); // a point every two minutes
/// assert_eq!(history.at.len(), 300);
/// assert_eq!(history.at.last(), Some(&counts.end()));
/// assert_eq!(history.spent.last().map(|spent| spent.to_string()), Some("1".into()));
/// assert_eq!(history.burn_rates.len(), policy.windows().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The moments, in order; each is the end of a step of the grid, the last one the last that ended.
    pub at: Vec<DateTime<Utc>>,
    /// The spent part of the main window's budget at each moment; [`Burn::NoData`] where nothing was seen, and
    /// where the data cannot resolve the window.
    pub spent: Vec<Burn>,
    /// The burn rate over each window that some alert looks at, the shortest first.
    pub burn_rates: Vec<BurnHistory>,
    /// The stretches in which data was to be expected and none came.
    pub gaps: Vec<Interval>,
}

/// How the burn rate over one window went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BurnHistory {
    /// The length of the window.
    pub window: TimeDelta,
    /// The burn rate at each moment of the history; [`Burn::NoData`] where nothing was seen.
    pub burns: Vec<Burn>,
}

/// What [`evaluate`](crate::evaluate) would have said at up to `points` evenly spaced moments from the start of
/// the record to `until`.
///
/// With as many points as the record has steps nothing lies between two of them; with fewer, a short peak may.
/// There is no point at all where [`evaluate`](crate::evaluate) would have no figures.
#[must_use]
pub fn history(
    slo: &Slo,
    policy: &AlertPolicy,
    counts: &Counts,
    until: DateTime<Utc>,
    points: usize,
) -> History {
    let Ok(track) = Track::new(slo, counts, until, View::Corrected) else {
        return History::default();
    };
    let end = track.steps_until(until);
    let points = points.min(end);
    let places: Vec<_> = (1..=points).map(|point| spread(point, points, end)).collect();
    let burn_rates = policy.windows().into_iter().filter(|window| track.steps_in(*window).is_some());
    History {
        at: places.iter().map(|place| track.time_of(*place)).collect(),
        spent: places
            .iter()
            .map(|place| track.window_reading(slo.window(), *place))
            .map(|reading| reading.map_or(Burn::NoData, |reading| reading.burn(slo.objective())))
            .collect(),
        burn_rates: burn_rates
            .map(|window| BurnHistory {
                window,
                burns: places
                    .iter()
                    .map(|place| track.reading(window, *place))
                    .map(|reading| reading.map_or(Burn::NoData, |reading| reading.burn(slo.objective())))
                    .collect(),
            })
            .collect(),
        gaps: gaps(&track, end),
    }
}

/// The step that the `point`-th of `points` stands for, so that the last one is the last of `steps`.
fn spread(point: usize, points: usize, steps: usize) -> usize {
    let place = point as u128 * steps as u128 / (points as u128).max(1);
    usize::try_from(place).unwrap_or(steps)
}

fn gaps(track: &Track, end: usize) -> Vec<Interval> {
    let mut gaps = Vec::new();
    let mut since = None;
    let known = end.min(track.len());
    for place in 1..=known {
        let sums = track.last(1, place);
        let is_gap = sums.expected > 0 && sums.observed == 0;
        match since {
            None if is_gap => since = Some(place - 1),
            Some(first) if !is_gap => {
                gaps.extend(Interval::new(track.time_of(first), track.time_of(place - 1)));
                since = None;
            }
            _ => {}
        }
    }
    // Behind the record there is nothing but a gap.
    let since = since.or((end > known).then_some(known));
    gaps.extend(since.and_then(|first| Interval::new(track.time_of(first), track.time_of(end)).ok()));
    gaps
}
