//! A value of the request times in a slot.

use super::filter::{ConditionError, Filter, LatencyBound, Method, PathPattern, Silence, StatusRange, shown};
use std::fmt;
use std::str::FromStr;
use toban_core::Ratio;

/// What a threshold metric measures: a statistic of the request times of each slot.
///
/// In a definition it is the `spec` of a metric source: `value` and `unit`, which must be there, and the
/// conditions of a [`Filter`] beside them.
/// ```json
/// { "value": "mean", "unit": "ms", "path": "/api/*" }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "Spec")]
pub struct Measure {
    /// The statistic.
    pub statistic: Statistic,
    /// The unit of its values.
    pub unit: Unit,
    /// The lines that it is made from.
    pub filter: Filter,
}

/// A [`Measure`] as it is written. Unknown fields are refused only where none are flattened, so that the fields
/// of a [`Filter`] stand here once more.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    value: Statistic,
    unit: Unit,
    #[serde(default, deserialize_with = "super::spec::any_of")]
    status: Vec<StatusRange>,
    #[serde(default, deserialize_with = "super::spec::any_of")]
    method: Vec<Method>,
    #[serde(default, deserialize_with = "super::spec::any_of")]
    path: Vec<PathPattern>,
    latency: Option<LatencyBound>,
    #[serde(default)]
    silence: Silence,
}

impl From<Spec> for Measure {
    fn from(spec: Spec) -> Self {
        let Spec { value: statistic, unit, status, method, path, latency, silence } = spec;
        Self { statistic, unit, filter: Filter { status, method, path, latency, silence } }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the request time in {}, {}", self.statistic, self.unit, self.filter)
    }
}

/// How the request times of a slot become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "crate::text::Text")]
#[non_exhaustive]
pub enum Statistic {
    /// The longest.
    Max,
    /// Their sum divided by their number, exactly.
    Mean,
    /// The shortest time that at least this share of the requests does not exceed (nearest rank, nothing
    /// interpolated): "P95 at most 500 ms" holds exactly when at least 95 % took at most 500 ms.
    Percentile(Percentile),
}

/// A percentage above 0 and below 100, of at most four decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile {
    millionths: u32,
}

const MILLION: u32 = 1_000_000;

impl Percentile {
    /// The place, counted from one, of the smallest of `count` sorted values that is not exceeded by this share.
    pub(super) fn rank(self, count: u64) -> u64 {
        let rank = (u128::from(count) * u128::from(self.millionths)).div_ceil(u128::from(MILLION));
        u64::try_from(rank).unwrap_or(count)
    }
}

impl FromStr for Statistic {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let percentile = || {
            let percent: Ratio = text.strip_prefix('p')?.parse().ok()?;
            let millionths = percent.checked_mul(Ratio::from(u64::from(MILLION / 100)))?;
            let whole =
                (millionths.denominator() == 1).then(|| u32::try_from(millionths.numerator()).ok())??;
            (0 < whole && whole < MILLION).then_some(Self::Percentile(Percentile { millionths: whole }))
        };
        match text {
            "max" => Ok(Self::Max),
            "mean" => Ok(Self::Mean),
            _ => percentile().ok_or_else(|| ConditionError::Statistic { text: shown(text) }),
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Mean => f.write_str("mean"),
            Self::Percentile(percentile) => {
                let (whole, decimals) = (percentile.millionths / 10_000, percentile.millionths % 10_000);
                let percent = format!("{whole}.{decimals:04}");
                write!(f, "p{}", percent.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}

/// A unit of time: `us`, `ms` or `s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "crate::text::Text")]
pub enum Unit {
    /// `us`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
}

impl Unit {
    /// Those that a text may end with; what another one ends with stands behind it.
    pub(super) const ALL: [Self; 3] = [Self::Microseconds, Self::Milliseconds, Self::Seconds];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
        }
    }

    pub(super) fn micros(self) -> u64 {
        match self {
            Self::Microseconds => 1,
            Self::Milliseconds => 1_000,
            Self::Seconds => 1_000_000,
        }
    }

    /// That many microseconds divided by `count`, in this unit; `None` where `count` is zero.
    pub(super) fn tell(self, micros: u128, count: u64) -> Option<Ratio> {
        Ratio::new(micros, u128::from(count) * u128::from(self.micros())).ok()
    }
}

impl FromStr for Unit {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let unit = Self::ALL.into_iter().find(|unit| unit.name() == text);
        unit.ok_or_else(|| ConditionError::Unit { text: shown(text) })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
