//! Sums over ranks, from sorted samples.

/// The samples in order. They hold no NaN.
pub(super) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    // −0 and 0 are equal, also to an order by bits.
    let mut sorted: Vec<f64> = values.into_iter().map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// What two samples say about which is larger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wins {
    /// Pairs of which the first sample has the larger, and half of those that are equal.
    pub(super) u: f64,
    /// Σ(t³ − t) over the groups of t equal values.
    pub(super) ties: f64,
}

/// Compares each x − shift with each y, in one walk over both.
pub(super) fn wins(x: &[f64], y: &[f64], shift: f64) -> Wins {
    let mut xs = x.iter().map(|x| x - shift).peekable();
    let mut ys = y.iter().copied().peekable();
    let (mut u, mut ties, mut below) = (0.0, 0.0, 0.0);
    loop {
        let value = match (xs.peek(), ys.peek()) {
            (None, None) => return Wins { u, ties },
            (Some(x), None) => *x,
            (None, Some(y)) => *y,
            (Some(x), Some(y)) => x.min(*y),
        };
        let mut here = 0.0;
        while xs.next_if(|x| *x <= value).is_some() {
            here += 1.0;
        }
        let mut equal = 0.0;
        while ys.next_if(|y| *y <= value).is_some() {
            equal += 1.0;
        }
        u += here * (below + equal * 0.5);
        below += equal;
        let group: f64 = here + equal;
        if group > 1.0 {
            ties += group * group * group - group;
        }
    }
}

/// The standard deviation of U where both samples are of one distribution, given its ties.
pub(super) fn deviation(n: usize, m: usize, ties: f64) -> f64 {
    let (n, m) = (n as f64, m as f64);
    let all = n + m;
    (n * m / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)))).sqrt()
}

/// The rank of each value of two samples joined, from 1, equal ones averaged: those of `x`, then those of `y`.
pub(super) fn midranks(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut order: Vec<(f64, usize)> = x.iter().chain(y).map(|value| value + 0.0).zip(0..).collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let mut ranks = vec![0.0; order.len()];
    let mut before = 0.0;
    for group in order.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let rank = before + (group.len() as f64 + 1.0) / 2.0;
        for (_, place) in group {
            if let Some(slot) = ranks.get_mut(*place) {
                *slot = rank;
            }
        }
        before += group.len() as f64;
    }
    let of_y = ranks.split_off(x.len());
    (ranks, of_y)
}

/// The p-th of a hundred parts of a sorted sample, between two neighbours by their distance (R's type 7, what NumPy does
/// where nothing is said); `None` where there is no value.
pub(super) fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let place = percent / 100.0 * (sorted.len().checked_sub(1)? as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the sample")]
    let below = place.floor() as usize;
    let low = *sorted.get(below)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    Some(low + (place - place.floor()) * (high - low))
}

/// The median of a sorted sample.
pub(super) fn median(sorted: &[f64]) -> Option<f64> {
    percentile(sorted, 50.0)
}
