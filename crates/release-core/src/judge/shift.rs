//! By how much one sample lies above another: the estimate of Hodges and Lehmann (1963) and its interval, both exact
//! differences of two points, in whatever unit.

use super::rank;
use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc_inv;

/// A shift, in the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shift {
    /// The median of all differences, candidate less baseline.
    pub estimate: f64,
    /// It is not smaller, at the stated confidence; `None` where so few points exclude nothing.
    pub lower: Option<f64>,
    /// It is not larger.
    pub upper: Option<f64>,
}

/// The shift of `x` over `y`, sorted, each end wrong with a chance of `risk`.
pub(super) fn shift(x: &[f64], y: &[f64], risk: f64, inflation: f64) -> Option<Shift> {
    let pairs = x.len().checked_mul(y.len()).filter(|pairs| *pairs > 0)?;
    let estimate = {
        let (low, high) = (nth(x, y, (pairs - 1) / 2), nth(x, y, pairs / 2));
        low + (high - low) / 2.0
    };
    let z = std::f64::consts::SQRT_2 * erfc_inv(2.0 * risk);
    let reach = z * rank::deviation(x.len(), y.len(), 0.0) * inflation.sqrt();
    // So many differences lie beyond each end.
    let beyond = (pairs as f64 / 2.0 - 0.5 - reach).floor();
    let is_bounded = beyond >= 0.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "fewer than there are pairs")]
    let beyond = if is_bounded { beyond as usize } else { 0 };
    let end = |place| is_bounded.then(|| nth(x, y, place));
    Some(Shift { estimate, lower: end(beyond), upper: end(pairs - 1 - beyond) })
}

/// The difference x − y at that place among all of them in order, from 0. Each walk over the samples halves what is left,
/// of the numbers by turns or of their places among all floating-point numbers, and goes on to the next difference that
/// there is: about 30 walks for 10,000 points, at most 128 for any.
fn nth(x: &[f64], y: &[f64], place: usize) -> f64 {
    let (Some(first), Some(last)) = (x.first().zip(y.last()), x.last().zip(y.first())) else {
        return f64::NAN;
    };
    let (mut low, mut high) = (first.0 - first.1, last.0 - last.1);
    let mut is_turn = false;
    while low < high {
        is_turn = !is_turn;
        let middle = low + (high - low) / 2.0;
        let is_between = is_turn && middle >= low && middle < high;
        let middle = if is_between { middle } else { number(order(low).midpoint(order(high))) };
        let cut = cut(x, y, middle);
        if cut.count > place { high = cut.below } else { low = cut.above }
    }
    low
}

/// The differences on both sides of a number.
struct Cut {
    /// How many are no larger.
    count: usize,
    /// The largest of those.
    below: f64,
    /// The smallest of the others.
    above: f64,
}

fn cut(x: &[f64], y: &[f64], most: f64) -> Cut {
    let mut cut = Cut { count: 0, below: f64::NEG_INFINITY, above: f64::INFINITY };
    let mut from = 0;
    let mut before = f64::NAN;
    for one in x {
        // The larger x is, the larger y must be.
        while let Some(other) = y.get(from)
            && one - other > most
        {
            before = *other;
            from += 1;
        }
        cut.count += y.len() - from;
        // Before the first y that is passed there is none, and NaN is no minimum.
        cut.above = cut.above.min(one - before);
        if let Some(other) = y.get(from) {
            cut.below = cut.below.max(one - other);
        }
    }
    cut
}

/// Whole numbers in the order of the finite and infinite ones.
fn order(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn number(order: u64) -> f64 {
    f64::from_bits(if order >> 63 == 1 { order & !(1 << 63) } else { !order })
}
