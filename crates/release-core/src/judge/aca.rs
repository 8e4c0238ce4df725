//! One metric as NetflixACAJudge-v1.0 labels it, with its weaknesses: for who must get the same labels as before.
//!
//! It knows nothing of points that go together, of how often or of how many metrics it is asked, its tolerance is an
//! absolute 1e-4 (a metric of 1e-5 can triple unseen), and what happens to fewer than half of the points it ignores.

use super::level::Level;
use super::rank::{self, sorted, wins};
use super::root::zero;
use crate::analysis::Measured;
use serde::{Deserialize, Serialize};

/// Which change does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Downwards.
    Decrease,
    /// Both.
    Either,
    /// Upwards.
    Increase,
}

/// What becomes of values that are no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NanStrategy {
    /// They go.
    Remove,
    /// They are zero.
    Replace,
}

/// What becomes of values far off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outliers {
    /// They stay.
    Keep,
    /// They go where they lie beyond the 1st or 99th percentile and so many interquartile ranges off the quartiles.
    Remove {
        /// So many.
        factor: Level,
    },
}

/// What is called an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectMeasure {
    /// How likely a point of the new version is the larger of a pair; a half is no effect.
    Cles,
    /// The quotient of the means; 1 is no effect.
    MeanRatio,
}

impl EffectMeasure {
    fn none(self) -> f64 {
        match self {
            Self::Cles => 0.5,
            Self::MeanRatio => 1.0,
        }
    }
}

/// How one metric is judged, as under `analysisConfigurations.canary`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcaRules {
    /// `direction`.
    pub direction: Direction,
    /// `nanStrategy`.
    pub nan: NanStrategy,
    /// `outliers`.
    pub outliers: Outliers,
    /// `critical`: where it fails, everything does.
    pub is_critical: bool,
    /// `mustHaveData`: without data it fails.
    pub must_have_data: bool,
    /// `effectSize.measure`.
    pub effect: EffectMeasure,
    /// `allowedIncrease`: an effect below it passes; `None`: no effect.
    pub allowed_increase: Option<Level>,
    /// `allowedDecrease`: an effect above it passes; `None`: no effect.
    pub allowed_decrease: Option<Level>,
    /// `criticalIncrease`: an effect of a critical metric below it is not critical; `None`: no effect.
    pub critical_increase: Option<Level>,
    /// `criticalDecrease`: an effect of a critical metric above it is not critical; `None`: no effect.
    pub critical_decrease: Option<Level>,
}

/// How a metric is labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcaLabel {
    /// No harm is seen.
    Pass,
    /// Too high.
    High,
    /// Too low.
    Low,
    /// Without data, and left out.
    Nodata,
    /// Without data, and a failure.
    NodataFailMetric,
    /// It could not be judged, and is left out.
    Error,
}

impl AcaLabel {
    /// As a measurement.
    #[must_use]
    pub fn measured(self) -> Measured {
        match self {
            Self::Pass => Measured::Success,
            Self::High | Self::Low | Self::NodataFailMetric => Measured::Failure,
            Self::Nodata => Measured::NoData,
            Self::Error => Measured::Error,
        }
    }
}

/// The label of a metric, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AcaJudged {
    /// The label.
    pub label: AcaLabel,
    /// Whether it fails everything.
    pub is_critical: bool,
    /// The shift at 98 %, where there was something to compare: lower end, upper end, estimate.
    pub interval: Option<(f64, f64, f64)>,
    /// The effect, where both means or all pairs give one.
    pub effect: Option<f64>,
}

/// Φ⁻¹(0.99): the literal confidence of 0.98. What the configuration says is not looked at.
const Z: f64 = 2.326_347_874_040_840_8;

/// The literal tolerance: this part of the estimate.
const TOLERANCE: f64 = 0.25;

/// Of the search for the ends of the interval, absolute.
const ROOT_TOLERANCE: f64 = 1e-4;

impl AcaRules {
    /// What holds where the configuration says nothing.
    #[must_use]
    pub fn netflix() -> Self {
        Self {
            direction: Direction::Either,
            nan: NanStrategy::Remove,
            outliers: Outliers::Keep,
            is_critical: false,
            must_have_data: false,
            effect: EffectMeasure::MeanRatio,
            allowed_increase: None,
            allowed_decrease: None,
            critical_increase: None,
            critical_decrease: None,
        }
    }

    /// Outliers go, as far off as where the configuration names no factor.
    #[must_use]
    pub fn without_outliers(self) -> Self {
        Self { outliers: Outliers::Remove { factor: Level::of(3.0) }, ..self }
    }

    /// The label of a metric. NaN is what [`NanStrategy`] makes of it; a sample with an infinite value is an error.
    ///
    /// Two different constants are compared as they are. The judge adds noise of a hundred-thousandth to each and
    /// compares that, which decides the same unless they are as close as the noise.
    #[must_use]
    pub fn judge(&self, baseline: &[f64], candidate: &[f64]) -> AcaJudged {
        let label = |label| AcaJudged { label, is_critical: false, interval: None, effect: None };
        if candidate.iter().chain(baseline).any(|value| value.is_infinite()) {
            return label(AcaLabel::Error);
        }
        let (candidate, baseline) = (self.clean(candidate), self.clean(baseline));
        // Sums of means go in the order given; everything else in the order of size.
        let (x, y) = (sorted(candidate.iter().copied()), sorted(baseline.iter().copied()));
        let (Some(x_low), Some(x_high), Some(y_low), Some(y_high)) =
            (x.first(), x.last(), y.first(), y.last())
        else {
            return match self.nan {
                NanStrategy::Replace => label(AcaLabel::Pass),
                NanStrategy::Remove if self.must_have_data && !self.is_critical => {
                    label(AcaLabel::NodataFailMetric)
                }
                NanStrategy::Remove => AcaJudged { is_critical: self.is_critical, ..label(AcaLabel::Nodata) },
            };
        };
        if x == y || x_low.min(*y_low).total_cmp(&x_high.max(*y_high)).is_eq() {
            return label(AcaLabel::Pass);
        }
        let is_constant = x_low.total_cmp(x_high).is_eq() && y_low.total_cmp(y_high).is_eq();
        let interval = if is_constant {
            let shift = x_low - y_low;
            Some((shift, shift, shift))
        } else {
            interval(&x, &y, x_low - y_high, x_high - y_low)
        };
        let Some((lower, upper, estimate)) = interval else { return label(AcaLabel::Error) };
        let effect = match self.effect {
            EffectMeasure::Cles => Some(wins(&x, &y, 0.0).u / (x.len() as f64 * y.len() as f64)),
            EffectMeasure::MeanRatio => mean_ratio(&candidate, &baseline),
        };
        let none = self.effect.none();
        let or_none = |level: Option<Level>| level.map_or(none, Level::get);
        let is_up = |least: Option<Level>| effect.is_none_or(|effect| effect >= or_none(least));
        let is_down = |most: Option<Level>| effect.is_none_or(|effect| effect <= or_none(most));
        let tolerance = TOLERANCE * estimate.abs();
        let (label, is_extreme) =
            if self.direction != Direction::Decrease && lower > tolerance && is_up(self.allowed_increase) {
                (AcaLabel::High, is_up(self.critical_increase))
            } else if self.direction != Direction::Increase
                && upper < -tolerance
                && is_down(self.allowed_decrease)
            {
                (AcaLabel::Low, is_down(self.critical_decrease))
            } else {
                (AcaLabel::Pass, false)
            };
        let is_critical = self.is_critical && is_extreme;
        AcaJudged { label, is_critical, interval: Some((lower, upper, estimate)), effect }
    }

    fn clean(&self, values: &[f64]) -> Vec<f64> {
        let values = values.iter().copied();
        let values: Vec<f64> = match self.nan {
            NanStrategy::Remove => values.filter(|value| !value.is_nan()).collect(),
            NanStrategy::Replace => values.map(|value| if value.is_nan() { 0.0 } else { value }).collect(),
        };
        let Outliers::Remove { factor } = self.outliers else { return values };
        let ordered = sorted(values.iter().copied());
        let at = |percent| rank::percentile(&ordered, percent);
        let (Some(first), Some(low), Some(high), Some(last)) = (at(1.0), at(25.0), at(75.0), at(99.0)) else {
            return values;
        };
        let reach = factor.get() * (high - low);
        let (least, most) = (first.min(low - reach), last.max(high + reach));
        values.into_iter().filter(|value| *value >= least && *value <= most).collect()
    }
}

/// The interval of the shift at 98 %, and the estimate, by search; `None` where there is no deviation to divide by.
fn interval(x: &[f64], y: &[f64], a: f64, b: f64) -> Option<(f64, f64, f64)> {
    let half = x.len() as f64 * y.len() as f64 / 2.0;
    let standard = |shift: f64| {
        let wins = wins(x, y, shift);
        let off = wins.u - half;
        let correction = if off == 0.0 { 0.0 } else { 0.5 * off.signum() };
        (off - correction) / rank::deviation(x.len(), y.len(), wins.ties)
    };
    let end = |z: f64| {
        let f = |shift| standard(shift) - z;
        let (at_a, at_b) = (f(a), f(b));
        if at_a <= 0.0 {
            Some(a)
        } else if at_b >= 0.0 {
            Some(b)
        } else {
            zero(a, b, ROOT_TOLERANCE, f)
        }
    };
    let is_defined = standard(a).is_finite() && standard(b).is_finite();
    let (lower, upper, estimate) = (end(Z)?, end(-Z)?, zero(a, b, ROOT_TOLERANCE, standard)?);
    is_defined.then_some((lower, upper, estimate))
}

/// `None` where a mean is zero.
fn mean_ratio(x: &[f64], y: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (x, y) = (mean(x), mean(y));
    (x != 0.0 && y != 0.0).then(|| x / y)
}
