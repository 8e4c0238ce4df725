//! What is measured, and when a measurement is good.

use crate::{Objective, ObjectiveError, Slo, Tally, Window, duration::Short};
use chrono::TimeDelta;
use std::fmt;
use toban_core::{Ratio, Share};

/// How a value is compared with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `<`
    Below,
}

impl Comparison {
    /// Whether `value` stands to `limit` as the comparison says.
    #[must_use]
    pub fn holds<T: Ord>(&self, value: &T, limit: &T) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::AtMost => value <= limit,
            Self::Below => value < limit,
        }
    }

    /// A number that is bad to be large, to so many decimals as it is shown: up, or down where only that leaves it on
    /// its side of all limits. 14.399 is never shown as the 14.4 that would have called somebody.
    #[must_use]
    pub fn round_up(ratio: Ratio, decimals: usize, limits: &[(Self, Ratio)]) -> Ratio {
        ratio.rounded_up_within(decimals, |shown| {
            let mut limits = limits.iter();
            limits
                .all(|(comparison, limit)| comparison.holds(shown, limit) == comparison.holds(&ratio, limit))
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Below => "<",
        })
    }
}

/// What is measured: it says which observations are good.
///
/// ```
/// use chrono::TimeDelta;
/// use toban_slo::{Indicator, Observation};
/// let fast = Indicator::latency_below(TimeDelta::milliseconds(500));
/// let request = Observation::Request { succeeded: true, latency: Some(TimeDelta::milliseconds(499)) };
/// assert_eq!(fast.judge(&request).map(|tally| tally.good()), Some(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Indicator {
    /// Requests that succeed.
    Availability,
    /// Requests that are answered in time; how they are answered does not matter.
    Latency {
        /// How a latency must stand to the threshold to be good.
        comparison: Comparison,
        /// The threshold.
        threshold: TimeDelta,
    },
    /// A share that something else has computed: each weighs the same.
    PrecomputedRatio {
        /// What the share is a share of.
        of: RatioOf,
    },
    /// A value, such as a mean response time, that must keep to a limit: one judgement for each observation.
    Threshold {
        /// How a value must stand to the limit to be good.
        comparison: Comparison,
        /// The limit, in the unit of the observations.
        limit: Ratio,
    },
    /// Probes from outside that find the service up.
    Uptime,
}

/// What a precomputed ratio is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RatioOf {
    /// The ratio is the share of bad.
    Failure,
    /// The ratio is the share of good.
    Success,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observation {
    /// A probe found the service up, or not.
    Probe {
        /// Whether it was up.
        is_up: bool,
    },
    /// Something else has computed a share.
    Ratio(Share),
    /// A request was answered.
    Request {
        /// Whether it succeeded.
        succeeded: bool,
        /// How long it took, where that was measured.
        latency: Option<TimeDelta>,
    },
    /// A value of a metric.
    Value(Ratio),
}

impl Indicator {
    /// Requests answered in less than `threshold`.
    #[must_use]
    pub fn latency_below(threshold: TimeDelta) -> Self {
        Self::Latency { comparison: Comparison::Below, threshold }
    }

    /// The tally of one observation; `None` where this indicator can say nothing about it, such as about the
    /// latency of a request whose time was not taken.
    #[must_use]
    pub fn judge(&self, observation: &Observation) -> Option<Tally> {
        match (self, observation) {
            (Self::Availability, Observation::Request { succeeded, .. }) => Some(Tally::one(*succeeded)),
            (Self::Latency { comparison, threshold }, Observation::Request { latency, .. }) => {
                latency.as_ref().map(|latency| Tally::one(comparison.holds(latency, threshold)))
            }
            (Self::PrecomputedRatio { of }, Observation::Ratio(share)) => Some(Tally::from_ratio(match of {
                RatioOf::Failure => share.rest(),
                RatioOf::Success => *share,
            })),
            (Self::Threshold { comparison, limit }, Observation::Value(value)) => {
                Some(Tally::one(comparison.holds(value, limit)))
            }
            (Self::Uptime, Observation::Probe { is_up }) => Some(Tally::one(*is_up)),
            _ => None,
        }
    }
}

impl fmt::Display for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Availability => f.write_str("availability"),
            Self::Latency { comparison, threshold } => {
                write!(f, "latency {comparison} {}", Short(*threshold))
            }
            Self::PrecomputedRatio { of: RatioOf::Failure } => f.write_str("precomputed share of failures"),
            Self::PrecomputedRatio { of: RatioOf::Success } => f.write_str("precomputed share of successes"),
            Self::Threshold { comparison, limit } => write!(f, "value {comparison} {limit}"),
            Self::Uptime => f.write_str("uptime"),
        }
    }
}

impl Slo {
    /// So many of all requests must be answered in less than `threshold`.
    ///
    /// "95 % below 500 ms" is the exact form of "P95 < 500 ms": both say that at most 5 % of the requests are
    /// slower. A percentile cannot be added up over time or servers; the two counts behind this form can.
    #[must_use]
    pub fn latency(
        name: impl Into<String>,
        objective: Objective,
        threshold: TimeDelta,
        window: Window,
    ) -> Self {
        Self::new(name, Indicator::latency_below(threshold), objective, window)
    }

    /// A percentile of the latency must lie below `threshold`: `Slo::percentile("api", "95", ..)` is P95.
    ///
    /// # Errors
    /// When the percentile is not above 0 and at most 100.
    pub fn percentile(
        name: impl Into<String>,
        percentile: &str,
        threshold: TimeDelta,
        window: Window,
    ) -> Result<Self, ObjectiveError> {
        Ok(Self::latency(name, Objective::percent(percentile)?, threshold, window))
    }

    /// At most `percent` of all requests may fail: the other form of availability.
    ///
    /// # Errors
    /// When the percentage is not at least 0 and below 100.
    pub fn error_rate(
        name: impl Into<String>,
        percent: &str,
        window: Window,
    ) -> Result<Self, ObjectiveError> {
        let failing = Share::percent(percent).map_err(|source| ObjectiveError::NotAShare {
            text: percent.chars().take(40).collect(),
            source,
        })?;
        Ok(Self::availability(name, Objective::new(failing.rest())?, window))
    }
}
