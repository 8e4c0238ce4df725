//! How surprising it would be that one sample lies so far above the other, if it did not.

use super::permutation::{self, MOST_POINTS};
use super::rank::{self, sorted, wins};
use statrs::function::erf::erfc;

/// The chance of a U so large as that of `x` over `y` or larger, where both are of one distribution; the points count
/// for as much less as `inflation` says.
///
/// It is the larger of two: that of the normal distribution with ties and a correction for continuity, and, up to 60
/// points, that of all ways to share out the points, which is exact also where many are equal. Those are counted only
/// where the first is no larger than the risk that is asked about: otherwise they decide nothing.
pub(super) fn above(x: &[f64], y: &[f64], inflation: f64, risk: f64) -> f64 {
    let (x_sorted, y_sorted) = (sorted(x.iter().copied()), sorted(y.iter().copied()));
    let wins = wins(&x_sorted, &y_sorted, 0.0);
    let off = wins.u - x.len() as f64 * y.len() as f64 / 2.0;
    let deviation = rank::deviation(x.len(), y.len(), wins.ties);
    if off <= 0.0 || deviation <= 0.0 || !deviation.is_finite() {
        return 1.0;
    }
    let normal = tail((off - 0.5) / (deviation * inflation.sqrt()));
    if normal > risk || x.len() + y.len() > MOST_POINTS {
        return normal;
    }
    let (of_x, of_y) = rank::midranks(&x_sorted, &y_sorted);
    let doubled = |ranks: &[f64]| ranks.iter().map(|rank| twice(*rank)).collect::<Vec<usize>>();
    let (of_x, of_y) = (doubled(&of_x), doubled(&of_y));
    let sum = of_x.iter().sum();
    let all: Vec<usize> = of_x.iter().chain(&of_y).copied().collect();
    normal.max(permutation::at_least(&all, of_x.len(), sum))
}

/// How many points of `x` lie above all of `y`, and the chance of so many or more, where both are of one distribution
/// (Rosenbaum, 1954); samples and points count for as much less as `inflation` says.
pub(super) fn beyond(x: &[f64], y: &[f64], inflation: f64) -> (usize, f64) {
    let Some(most) = y.iter().copied().reduce(f64::max) else { return (0, 1.0) };
    let points = x.iter().filter(|point| **point > most).count();
    let effective = |points: usize| (points as f64 / inflation).floor();
    let (n, all) = (effective(x.len()), effective(x.len()) + effective(y.len()));
    let mut chance = 1.0;
    let mut place = 0.0;
    while place < effective(points) {
        chance *= (n - place) / (all - place);
        place += 1.0;
    }
    (points, chance)
}

/// Twice a rank that is a whole or a half.
fn twice(rank: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is at least 1")]
    let whole = (rank * 2.0).round() as usize;
    whole
}

/// The upper tail of the normal distribution.
fn tail(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}
