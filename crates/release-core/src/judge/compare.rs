//! The new version beside the old one, with stated risks of being wrong.

use super::aca::Direction;
use super::dependence;
use super::evidence::{above, beyond};
use super::level::Level;
use super::rank::{median, sorted};
use super::shift::{Shift, shift};
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// How much worse is still well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// As a part of each point of the baseline: 0.1 is a tenth.
    pub relative: Level,
    /// In the unit of the metric, where that is more: for metrics that are mostly zero.
    #[serde(default)]
    pub absolute: Option<Level>,
}

impl Allowed {
    fn from(&self, point: f64) -> f64 {
        let relative = self.relative.get() * point.abs();
        self.absolute.map_or(relative, |absolute| relative.max(absolute.get()))
    }
}

/// How often it is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looks {
    /// At most so often: each look gets an equal part of the risk.
    AtMost(NonZero<u32>),
    /// Nobody knows how often: look k gets 1/(k(k+1)) of the risk, which sums up to all of it.
    Endless,
}

impl Looks {
    fn part(self, look: u32) -> f64 {
        let look = f64::from(look.max(1));
        match self {
            Self::AtMost(looks) if look <= f64::from(looks.get()) => 1.0 / f64::from(looks.get()),
            // A look too many has no risk left to take.
            Self::AtMost(_) => 0.0,
            Self::Endless => 1.0 / (look * (look + 1.0)),
        }
    }
}

/// Whether points of one sample may go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Points {
    /// They may, as minutes after one another do: how much, is taken from the samples, with caution. The stated risk then
    /// holds for autoregressions of the first order. A drift of each version alone, slower than the record and hidden
    /// under as much noise, is not always seen: of such equal versions up to a quarter fail at a stated 1 %.
    Guarded,
    /// Somebody knows that they do not, such as for requests drawn by lot.
    Independent,
}

/// A wider spread is harm too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Which change of the spread does harm.
    pub direction: Direction,
    /// How much more is still well, as a part of the distance from the median.
    pub allowed: Level,
}

/// Whether it is harm that some points lie above all that is allowed, although the middle does not: what half of the
/// requests, or of the instances, would show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// It is not looked at.
    #[default]
    Ignored,
    /// It is, and gets half of the risk of its side.
    Watched,
}

/// What fails whatever statistics say, beyond the stated risk: so many points of the new version above so many times the
/// largest of the baseline (below the smallest divided by it, where a decrease does harm).
///
/// Where the baseline is all zero, any point above zero is. The risk of that is the caller's: where errors are so rare
/// that the baseline has none, the next ones are as likely in one version as in the other, and k of them fall into the
/// new one alone about once in 2ᵏ times. Baselines with negative points are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbreak {
    /// So many times, at least once.
    pub factor: Level,
    /// So many points.
    pub points: NonZero<u32>,
}

/// What a [`Compare`] is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareRules {
    /// Which change does harm.
    pub direction: Direction,
    /// How much is still well.
    pub allowed: Allowed,
    /// The chance that one of all metrics at one of all looks fails although nothing is worse.
    pub false_fail: Level,
    /// The chance that one metric passes at one look although it is worse than allowed.
    pub false_pass: Level,
    /// How many metrics share that risk.
    pub metrics: NonZero<u32>,
    /// How often it is looked.
    pub looks: Looks,
    /// With fewer points in either sample nothing is said; at least 5.
    pub min_points: u32,
    /// Whether points may go together.
    pub points: Points,
    /// Whether points beyond the rest are looked at.
    #[serde(default)]
    pub tail: Tail,
    /// Whether the spread is looked at.
    #[serde(default)]
    pub spread: Option<Spread>,
    /// What fails whatever statistics say.
    #[serde(default)]
    pub outbreak: Option<Outbreak>,
}

impl CompareRules {
    /// Our own doctrine: a risk of 1 % to fail and of 5 % to pass wrongly, for one metric, looked at until the end, at
    /// least 5 points, which may go together; the median and no more.
    #[must_use]
    pub fn cautious(direction: Direction, allowed: Allowed) -> Self {
        Self {
            direction,
            allowed,
            false_fail: Level::of(0.01),
            false_pass: Level::of(0.05),
            metrics: NonZero::<u32>::MIN,
            looks: Looks::Endless,
            min_points: FEWEST,
            points: Points::Guarded,
            tail: Tail::Ignored,
            spread: None,
            outbreak: None,
        }
    }
}

/// With fewer points no correlation can be told.
const FEWEST: u32 = 5;

/// A comparison of two versions by their points.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "CompareRules", into = "CompareRules")]
pub struct Compare(CompareRules);

impl TryFrom<CompareRules> for Compare {
    type Error = CompareError;

    fn try_from(rules: CompareRules) -> Result<Self, CompareError> {
        Self::new(rules)
    }
}

impl From<Compare> for CompareRules {
    fn from(compare: Compare) -> Self {
        compare.0
    }
}

/// What a comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// It is not worse than allowed.
    Pass,
    /// It is worse.
    Fail,
    /// So far it cannot be told.
    Undecided,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Higher or wider.
    Above,
    /// Lower or narrower.
    Below,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Because {
    /// Some points are no numbers.
    NotFinite {
        /// So many.
        points: usize,
    },
    /// Points of the new version lie out of all proportion.
    Outbreak {
        /// So many.
        points: usize,
        /// Beyond this.
        limit: f64,
    },
    /// It lies further off than allowed.
    Shift {
        /// Which way.
        side: Side,
        /// The chance of that where it does not.
        chance: f64,
    },
    /// It spreads more, or less, than allowed.
    Spread {
        /// Which way.
        side: Side,
        /// The chance of that where it does not.
        chance: f64,
    },
    /// So many points lie beyond all that is allowed.
    Tail {
        /// Which way.
        side: Side,
        /// How many.
        points: usize,
        /// The chance of that where the new version is just as bad as allowed.
        chance: f64,
    },
    /// There are fewer points than asked for.
    TooFew {
        /// In the smaller sample.
        points: usize,
        /// Asked for.
        needed: u32,
    },
    /// Neither harm nor its absence is shown.
    Unproven,
    /// Harm is excluded.
    Within {
        /// The chance of that where it is worse than allowed.
        chance: f64,
    },
}

/// A comparison, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// What it came to.
    pub compared: Compared,
    /// Why.
    pub because: Because,
    /// The points of the baseline.
    pub baseline: usize,
    /// The points of the new version.
    pub candidate: usize,
    /// The risk of failing that this test at this look may take.
    pub risk: f64,
    /// By how much less the points say because they go together; `None`: they are too few to tell.
    pub inflation: Option<f64>,
    /// The chance of what was seen, or more, where the new version is just as bad as allowed; of the worse side.
    pub chance: Option<f64>,
    /// By how much the new version lies higher, each end wrong with that risk.
    pub shift: Option<Shift>,
}

impl Compare {
    /// Such a comparison.
    ///
    /// # Errors
    /// When nothing is allowed, a risk is not between 0 and a half, fewer than 5 points would do, or an outbreak is no
    /// larger than the baseline.
    pub fn new(rules: CompareRules) -> Result<Self, CompareError> {
        let absolute = rules.allowed.absolute.map_or(0.0, Level::get);
        if rules.allowed.relative.get() <= 0.0 || absolute < 0.0 {
            return Err(CompareError::Allowed { relative: rules.allowed.relative });
        }
        for risk in [rules.false_fail, rules.false_pass] {
            if risk.get() <= 0.0 || risk.get() >= 0.5 {
                return Err(CompareError::Risk { risk });
            }
        }
        if rules.min_points < FEWEST {
            return Err(CompareError::Points { points: rules.min_points });
        }
        if let Some(Spread { allowed, .. }) = rules.spread
            && allowed.get() < 0.0
        {
            return Err(CompareError::Spread { allowed });
        }
        if let Some(Outbreak { factor, .. }) = rules.outbreak
            && factor.get() < 1.0
        {
            return Err(CompareError::Outbreak { factor });
        }
        Ok(Self(rules))
    }

    /// What it is made of.
    #[must_use]
    pub fn rules(&self) -> &CompareRules {
        &self.0
    }

    /// Compares the points of two versions over the same stretch, each in the order of time, at the look of that number,
    /// from 1.
    #[must_use]
    pub fn judge(&self, baseline: &[f64], candidate: &[f64], look: u32) -> Comparison {
        let rules = &self.0;
        let tests = if rules.tail == Tail::Watched { 2 } else { 1 };
        let sides =
            tests * self.sides().len() + rules.spread.map_or(0, |spread| sides(spread.direction).len());
        let risk =
            rules.false_fail.get() * rules.looks.part(look) / (f64::from(rules.metrics.get()) * sides as f64);
        let mut comparison = Comparison {
            compared: Compared::Undecided,
            because: Because::Unproven,
            baseline: baseline.len(),
            candidate: candidate.len(),
            risk,
            inflation: None,
            chance: None,
            shift: None,
        };
        let odd = candidate.iter().chain(baseline).filter(|point| !point.is_finite()).count();
        if odd > 0 {
            comparison.because = Because::NotFinite { points: odd };
            return comparison;
        }
        if let Some(because) = self.outbreak(baseline, candidate) {
            return Comparison { compared: Compared::Fail, because, ..comparison };
        }
        let points = baseline.len().min(candidate.len());
        if u32::try_from(points).is_ok_and(|points| points < rules.min_points) {
            comparison.because = Because::TooFew { points, needed: rules.min_points };
            return comparison;
        }
        let inflation = match rules.points {
            Points::Guarded => dependence::inflation(baseline, candidate),
            Points::Independent => 1.0,
        };
        comparison.inflation = inflation.is_finite().then_some(inflation);
        let (x, y) = (sorted(candidate.iter().copied()), sorted(baseline.iter().copied()));
        comparison.shift = shift(&x, &y, risk, inflation);
        // In order from here on: what is in order already is quickly sorted again.
        let harm = self.harm(&x, &y, risk, inflation);
        comparison.chance = harm.map(|(_, chance)| chance);
        let harm = harm.filter(|(_, chance)| *chance <= risk);
        let harm = harm.map(|(side, chance)| Because::Shift { side, chance });
        let tail = || self.tail(&x, &y, risk, inflation);
        let spread = || rules.spread.and_then(|spread| self.spread(spread, (&x, &y), risk, inflation));
        (comparison.compared, comparison.because) = match harm.or_else(tail).or_else(spread) {
            Some(because) => (Compared::Fail, because),
            None => match self.absence(&x, &y, inflation) {
                Some(chance) => (Compared::Pass, Because::Within { chance }),
                None => (Compared::Undecided, Because::Unproven),
            },
        };
        comparison
    }

    fn sides(&self) -> &'static [Side] {
        sides(self.0.direction)
    }

    fn outbreak(&self, baseline: &[f64], candidate: &[f64]) -> Option<Because> {
        let Outbreak { factor, points } = self.0.outbreak?;
        let low = baseline.iter().copied().reduce(f64::min).filter(|low| *low >= 0.0)?;
        let high = baseline.iter().copied().reduce(f64::max)?;
        self.sides().iter().find_map(|side| {
            let (limit, beyond) = match side {
                Side::Above => {
                    let limit = high * factor.get();
                    (limit, candidate.iter().filter(|point| **point > limit).count())
                }
                Side::Below => {
                    let limit = low / factor.get();
                    (limit, candidate.iter().filter(|point| **point < limit).count())
                }
            };
            let is_outbreak = u32::try_from(beyond).is_ok_and(|beyond| beyond >= points.get());
            is_outbreak.then_some(Because::Outbreak { points: beyond, limit })
        })
    }

    /// The worst that is allowed, on that side.
    fn worst(&self, baseline: &[f64], side: Side) -> Vec<f64> {
        let allowed = &self.0.allowed;
        let point = |point: &f64| match side {
            Side::Above => point + allowed.from(*point),
            Side::Below => point - allowed.from(*point),
        };
        baseline.iter().map(point).collect()
    }

    /// The side on which it looks worse, and the chance of that where it is just as bad as allowed.
    fn harm(&self, candidate: &[f64], baseline: &[f64], risk: f64, inflation: f64) -> Option<(Side, f64)> {
        let chances = self.sides().iter().map(|side| {
            let worst = self.worst(baseline, *side);
            let chance = match side {
                Side::Above => above(candidate, &worst, inflation, risk),
                Side::Below => above(&worst, candidate, inflation, risk),
            };
            (*side, chance)
        });
        chances.min_by(|one, other| one.1.total_cmp(&other.1))
    }

    fn tail(&self, candidate: &[f64], baseline: &[f64], risk: f64, inflation: f64) -> Option<Because> {
        if self.0.tail == Tail::Ignored {
            return None;
        }
        let below = |sample: &[f64]| sample.iter().map(|point| -point).collect::<Vec<f64>>();
        self.sides().iter().find_map(|side| {
            let worst = self.worst(baseline, *side);
            let (points, chance) = match side {
                Side::Above => beyond(candidate, &worst, inflation),
                Side::Below => beyond(&below(candidate), &below(&worst), inflation),
            };
            (chance <= risk).then_some(Because::Tail { side: *side, points, chance })
        })
    }

    /// The chance of so little harm where there is harm, if that is small enough on all sides.
    fn absence(&self, candidate: &[f64], baseline: &[f64], inflation: f64) -> Option<f64> {
        let mut most: f64 = 0.0;
        for side in self.sides() {
            let worst = self.worst(baseline, *side);
            let is_above = *side == Side::Above;
            // Nothing varies, and nothing is worse: two counters that stand at zero.
            let (first, last) = (candidate.first()?, worst.first()?);
            let is_still = candidate.iter().all(|point| point.total_cmp(first).is_eq())
                && worst.iter().all(|point| point.total_cmp(last).is_eq());
            let chance = if is_still && (if is_above { first <= last } else { first >= last }) {
                0.0
            } else if is_above {
                above(&worst, candidate, inflation, self.0.false_pass.get())
            } else {
                above(candidate, &worst, inflation, self.0.false_pass.get())
            };
            most = most.max(chance);
        }
        (most <= self.0.false_pass.get()).then_some(most)
    }

    /// The distances from the median of all points, by ranks: where nothing is different, all points are alike, so that
    /// the stated risk holds for skewed metrics too.
    fn spread(&self, spread: Spread, (x, y): (&[f64], &[f64]), risk: f64, inflation: f64) -> Option<Because> {
        let middle = median(&sorted(x.iter().chain(y).copied()))?;
        let distances = |sample: &[f64], more: f64| {
            sample.iter().map(|point| (point - middle).abs() * more).collect::<Vec<f64>>()
        };
        let more = 1.0 + spread.allowed.get();
        sides(spread.direction).iter().find_map(|side| {
            let chance = match side {
                Side::Above => above(&distances(x, 1.0), &distances(y, more), inflation, risk),
                Side::Below => above(&distances(y, 1.0), &distances(x, more), inflation, risk),
            };
            (chance <= risk).then_some(Because::Spread { side: *side, chance })
        })
    }
}

fn sides(direction: Direction) -> &'static [Side] {
    match direction {
        Direction::Decrease => &[Side::Below],
        Direction::Either => &[Side::Above, Side::Below],
        Direction::Increase => &[Side::Above],
    }
}

/// Rules that compare nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// Equal versions could never pass.
    #[error("{relative} more is allowed: more than nothing, or equal versions never pass")]
    Allowed {
        /// What was given.
        relative: Level,
    },
    /// It is within the baseline.
    #[error("an outbreak at {factor} times the baseline: at least once")]
    Outbreak {
        /// What was given.
        factor: Level,
    },
    /// They say nothing.
    #[error("{points} points say nothing of how they go together: at least 5")]
    Points {
        /// What was given.
        points: u32,
    },
    /// It is none, or a guess.
    #[error("a risk of {risk}: more than 0, less than a half")]
    Risk {
        /// What was given.
        risk: Level,
    },
    /// Less than the same.
    #[error("{allowed} more spread is allowed: not less than nothing")]
    Spread {
        /// What was given.
        allowed: Level,
    },
}
