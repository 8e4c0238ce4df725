//! How much less a sample says because its points go together.

use super::rank;

/// The 95th percentile of the normal distribution.
const NINETY_FIVE: f64 = 1.644_853_626_951_472_2;

/// Blocks that each sample is cut into.
const BLOCKS: usize = 4;

/// Degrees of freedom of two samples in four blocks, over the lower quartile of χ² with so many: with this factor the
/// variance of the means of blocks is too small in one case of four only.
const CAUTION: f64 = 6.0 / 3.454_6;

/// By how much the variance of a mean of ranks exceeds that of independent points: 1 where they are independent, without
/// limit where the samples are too short to tell.
///
/// The correlation of neighbours, of both samples together, is freed of its bias in short samples, (n·r + 1)/(n − 3)
/// (Kendall, 1954), and raised to the upper end of its one-sided 95 % interval; the factor is that of an autoregression
/// of the first order, (1 + φ)/(1 − φ). Where the means of four blocks of each sample vary more than that, with a margin,
/// that counts instead: a drift that neighbours do not show, because there is noise upon it. Ranks, because then no unit
/// and no far point matters.
pub(super) fn inflation(baseline: &[f64], candidate: &[f64]) -> f64 {
    let (x, y) = rank::midranks(candidate, baseline);
    let samples = [centred(&x), centred(&y)];
    let variance: f64 = samples.iter().flatten().map(|off| off * off).sum();
    if variance <= 0.0 {
        return 1.0;
    }
    let at = |distance: usize| {
        let products = samples.iter().flat_map(|sample| {
            sample.iter().zip(sample.iter().skip(distance)).map(|(one, other)| one * other)
        });
        products.sum::<f64>() / variance
    };
    let points = (x.len() + y.len()) as f64;
    let each = points / 2.0;
    if each <= 4.0 {
        return f64::INFINITY;
    }
    let scale = each / (each - 3.0);
    let likely = (at(1) * scale + 1.0 / (each - 3.0)).min(1.0);
    let spread = ((1.0 - likely * likely).max(0.0) / points).sqrt() * scale;
    let highest = (likely + NINETY_FIVE * spread.max(1.0 / points)).max(0.0);
    if highest >= 0.999 {
        return f64::INFINITY;
    }
    let of_neighbours = (1.0 + highest) / (1.0 - highest);

    of_neighbours.max(of_blocks(&samples, variance / points))
}

/// By how much more the means of blocks vary than those of independent points.
fn of_blocks(samples: &[Vec<f64>], variance: f64) -> f64 {
    let (mut sum, mut freedom) = (0.0, 0.0);
    for sample in samples {
        let length = sample.len() / BLOCKS;
        if length < 2 {
            continue;
        }
        // What is left over is left out at the begin.
        let blocks = sample.rchunks_exact(length).take(BLOCKS);
        let means: Vec<f64> = blocks.map(|block| block.iter().sum::<f64>() / length as f64).collect();
        let middle = means.iter().sum::<f64>() / means.len() as f64;
        sum += means.iter().map(|mean| (mean - middle).powi(2)).sum::<f64>() * length as f64;
        freedom += means.len() as f64 - 1.0;
    }
    if freedom > 0.0 { sum / freedom / variance * CAUTION } else { 1.0 }
}

fn centred(ranks: &[f64]) -> Vec<f64> {
    let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
    ranks.iter().map(|rank| rank - mean).collect()
}
