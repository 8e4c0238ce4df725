//! Metrics over time: samples on a grid of instants, and gaps where there are none.

use crate::Interval;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::fmt;

/// Instants at equal distances: the start of an interval, and every step after it before the interval ends.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_core::{Grid, Interval};
/// let noon = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
/// let grid = Grid::new(Interval::starting(noon, TimeDelta::minutes(3))?, TimeDelta::minutes(1))?;
/// assert_eq!(grid.instants().last(), Some(noon + TimeDelta::minutes(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    first: DateTime<Utc>,
    /// Milliseconds, more than none.
    step: i64,
    /// More than none.
    count: u32,
}

/// The most instants: 2²⁵, 63 years of minutes. A date gone wrong must not take all memory.
const MOST_INSTANTS: u32 = 1 << 25;

impl Grid {
    /// The instants of an interval, a step apart.
    ///
    /// # Errors
    /// When the step is not a positive whole number of milliseconds, the start does not lie on a millisecond, or
    /// there would be more than 2²⁵ instants.
    pub fn new(interval: Interval, step: TimeDelta) -> Result<Self, GridError> {
        let first = interval.start();
        if !first.timestamp_subsec_nanos().is_multiple_of(1_000_000) {
            return Err(GridError::Start { start: first });
        }
        let millis = step.num_milliseconds();
        if millis <= 0 || TimeDelta::milliseconds(millis) != step {
            return Err(GridError::Step { step });
        }
        let steps = (interval.length() - TimeDelta::nanoseconds(1)).num_milliseconds() / millis;
        match u32::try_from(steps) {
            Ok(steps) if steps < MOST_INSTANTS => Ok(Self { first, step: millis, count: steps + 1 }),
            _ => Err(GridError::TooMany { interval, step }),
        }
    }

    /// The first instant.
    #[must_use]
    pub fn first(&self) -> DateTime<Utc> {
        self.first
    }

    /// The last instant; the first one where there is no other.
    #[must_use]
    pub fn last(&self) -> DateTime<Utc> {
        self.instant(self.count - 1)
    }

    /// The distance from one instant to the next.
    #[must_use]
    pub fn step(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.step)
    }

    /// How many instants there are, at least one.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// All instants in order.
    pub fn instants(&self) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let grid = *self;
        (0..grid.count).map(move |place| grid.instant(place))
    }

    /// The same instants in grids of at most `most` (of one, where it is zero), for a source that answers no more
    /// at once.
    pub fn chunks(&self, most: u32) -> impl Iterator<Item = Self> + use<> {
        let (grid, most) = (*self, most.max(1));
        (0..grid.count).step_by(usize::try_from(most).unwrap_or(usize::MAX)).map(move |place| Self {
            first: grid.instant(place),
            step: grid.step,
            count: most.min(grid.count - place),
        })
    }

    /// The place of an instant, counted from zero; `None` where it is not on the grid.
    #[must_use]
    pub fn place(&self, at: DateTime<Utc>) -> Option<usize> {
        let offset = at - self.first;
        let millis = offset.num_milliseconds();
        let is_on = TimeDelta::milliseconds(millis) == offset && millis % self.step == 0;
        let place = u32::try_from(millis / self.step).ok().filter(|place| is_on && *place < self.count)?;
        usize::try_from(place).ok()
    }

    /// The start plus so many steps, which lies within the interval that the grid was made of.
    fn instant(&self, place: u32) -> DateTime<Utc> {
        self.first + TimeDelta::milliseconds(self.step * i64::from(place))
    }
}

/// An interval and a step make no grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// The start lies between two milliseconds.
    #[error("a grid starts on a whole millisecond: {start}")]
    Start {
        /// The rejected start.
        start: DateTime<Utc>,
    },
    /// The step is no distance that a grid can have.
    #[error("the step of a grid is a positive whole number of milliseconds: {step}")]
    Step {
        /// The rejected step.
        step: TimeDelta,
    },
    /// More than 2²⁵ instants.
    #[error("a grid has at most 2^25 instants: {interval} in steps of {step}")]
    TooMany {
        /// The interval.
        interval: Interval,
        /// The step.
        step: TimeDelta,
    },
}

/// Names and values that tell one series from another, in the order of the names.
///
/// ```
/// let labels: toban_core::Labels = [("code", "500"), ("app", "shop")].into_iter().collect();
/// assert_eq!(labels.to_string(), r#"{app="shop", code="500"}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(BTreeMap<String, String>);

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(labels: I) -> Self {
        Self(labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (place, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name}={value:?}", if place == 0 { "" } else { ", " })?;
        }
        f.write_str("}")
    }
}

/// What a metric was at one instant: a finite number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    at: DateTime<Utc>,
    value: f64,
}

impl Sample {
    /// The value of a metric at that instant.
    ///
    /// # Errors
    /// When it is NaN or infinite: that is no sample, but a gap.
    pub fn new(at: DateTime<Utc>, value: f64) -> Result<Self, SampleError> {
        if value.is_finite() { Ok(Self { at, value }) } else { Err(SampleError { at, value }) }
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The value, finite, in the unit of the metric.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }
}

/// What was measured is no finite number.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a sample is a finite number: {value} at {at}")]
pub struct SampleError {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The rejected value.
    pub value: f64,
}

/// One series of a metric: at each instant of a grid a sample, or a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    labels: Labels,
    grid: Grid,
    values: Vec<Option<f64>>,
}

impl Series {
    /// A series of gaps.
    #[must_use]
    pub fn new(labels: Labels, grid: Grid) -> Self {
        Self { labels, grid, values: grid.instants().map(|_| None).collect() }
    }

    /// Puts a sample into its gap.
    ///
    /// # Errors
    /// When its instant is not on the grid, or has a sample already, which stays.
    pub fn insert(&mut self, sample: Sample) -> Result<(), SeriesError> {
        let Sample { at, value } = sample;
        let gap = self.grid.place(at).and_then(|place| self.values.get_mut(place));
        match gap {
            None => Err(SeriesError::OffGrid { at }),
            Some(Some(_)) => Err(SeriesError::Twice { at }),
            Some(gap) => {
                *gap = Some(value);
                Ok(())
            }
        }
    }

    /// What tells it from others of the same answer.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The instants that it is about.
    #[must_use]
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The samples in order; what the grid has beyond them are gaps.
    pub fn samples(&self) -> impl Iterator<Item = Sample> + '_ {
        let at = self.grid.instants().zip(&self.values);
        at.filter_map(|(at, value)| value.map(|value| Sample { at, value }))
    }
}

/// A sample does not fit into a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// Its instant is none of the series' grid.
    #[error("{at} is not on the grid of the series")]
    OffGrid {
        /// The instant.
        at: DateTime<Utc>,
    },
    /// There is one already.
    #[error("two samples at {at}")]
    Twice {
        /// The instant.
        at: DateTime<Utc>,
    },
}
