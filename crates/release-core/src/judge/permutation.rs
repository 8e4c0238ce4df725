//! The exact distribution of a sum of ranks: all ways to share out the points.

/// Up to so many points of both samples all ways are counted.
pub(super) const MOST_POINTS: usize = 60;

/// How likely it is that `n` of the points, drawn without looking, have a sum of ranks that reaches `sum`.
///
/// `doubled` are twice the ranks of all points, which are whole, equal ones averaged; so is `sum`.
pub(super) fn at_least(doubled: &[usize], n: usize, sum: usize) -> f64 {
    let most: usize = {
        let mut largest = doubled.to_vec();
        largest.sort_unstable_by(|one, other| other.cmp(one));
        largest.iter().take(n).sum()
    };
    if sum > most {
        return 0.0;
    }
    // ways[k][s]: how likely k points of those seen so far have the sum s, as a share of all ways of k and their number;
    // as numbers they would pass 2⁵³ early, which costs some of sixteen digits only, for nothing is subtracted.
    let width = most + 1;
    let mut ways = vec![0.0_f64; (n + 1) * width];
    if let Some(first) = ways.first_mut() {
        *first = 1.0;
    }
    for (seen, rank) in doubled.iter().enumerate() {
        for k in (1..=n.min(seen + 1)).rev() {
            let (below, from) = ways.split_at_mut(k * width);
            let (Some(before), Some(here)) = (below.get((k - 1) * width..), from.get_mut(*rank..width))
            else {
                continue;
            };
            for (to, add) in here.iter_mut().zip(before) {
                *to += add;
            }
        }
    }
    let all = ways.get(n * width..).unwrap_or_default();
    let tail: f64 = all.get(sum..).unwrap_or_default().iter().sum();
    let whole: f64 = all.iter().sum();
    tail / whole
}
