//! Tails of the binomial and the Poisson distribution, accurate in relative terms from one event to billions.
//!
//! Probabilities of single outcomes follow C. Loader, "Fast and accurate computation of binomial
//! probabilities" (2000); tails are sums of them.

/// ln(n!) − ln(√(2πn)(n/e)ⁿ): what Stirling's formula leaves out.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        // Few values, exactly: ln n! as a sum of logarithms.
        let mut factorial = 0.0_f64;
        let mut i = 2.0;
        while i <= n {
            factorial += f64::ln(i);
            i += 1.0;
        }
        if n == 0.0 {
            return f64::INFINITY;
        }
        return factorial - (n + 0.5) * n.ln() + n - 0.5 * (2.0 * std::f64::consts::PI).ln();
    }
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / n
}

/// x ln(x/m) + m − x, without cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() < 0.1 * (x + m) {
        let v = (x - m) / (x + m);
        let mut sum = (x - m) * v;
        let mut term = 2.0 * x * v;
        let square = v * v;
        let mut odd = 3.0;
        loop {
            term *= square;
            let next = sum + term / odd;
            if (next - sum).abs() <= f64::EPSILON * sum.abs() * 0.25 {
                return next;
            }
            sum = next;
            odd += 2.0;
        }
    }
    x * (x / m).ln() + m - x
}

/// ln P(X = k) for X ~ Binomial(n, p), 0 < p < 1, q = 1 − p.
fn ln_binomial_point(k: f64, n: f64, p: f64, q: f64) -> f64 {
    if k == 0.0 {
        return n * if p < 0.5 { (-p).ln_1p() } else { q.ln() };
    }
    if k >= n {
        return n * if q < 0.5 { (-q).ln_1p() } else { p.ln() };
    }
    let rest = n - k;
    stirling_error(n) - stirling_error(k) - stirling_error(rest) - deviance(k, n * p) - deviance(rest, n * q)
        + 0.5 * (n / (2.0 * std::f64::consts::PI * k * rest)).ln()
}

/// ln P(X = k) for X ~ Poisson(mean), mean > 0.
fn ln_poisson_point(k: f64, mean: f64) -> f64 {
    if k == 0.0 {
        return -mean;
    }
    -stirling_error(k) - deviance(k, mean) - 0.5 * (2.0 * std::f64::consts::PI * k).ln()
}

/// P(X ≥ k) and P(X < k) for X ~ Binomial(n, p), 0 < k ≤ n, 0 < p < 1 and q = 1 − p, which the caller knows better
/// than a subtraction would.
pub(crate) fn binomial_tails(k: f64, n: f64, p: f64, q: f64) -> (f64, f64) {
    let odds = p / q;
    let ln_point = |k| ln_binomial_point(k, n, p, q);
    // The smaller tail is summed up from its largest term: nothing cancels.
    if k > n * p {
        // p(k) · (1 + (n−k)/(k+1) · odds + …)
        let at_least = tail(|i| (n - k - i + 1.0).max(0.0) / (k + i) * odds, |i| ln_point(k + i));
        (at_least, 1.0 - at_least)
    } else {
        // p(k−1) · (1 + (k−1)/(n−k+2) / odds + …)
        let below = tail(|i| (k - i).max(0.0) / (n - k + 1.0 + i) / odds, |i| ln_point(k - 1.0 - i));
        (1.0 - below, below)
    }
}

/// The sum of terms, the first of which is e to the `ln_point(0)`, each the one before it times `ratio(i)`, which falls
/// below one and goes on falling.
fn tail(ratio: impl Fn(f64) -> f64, ln_point: impl Fn(f64) -> f64) -> f64 {
    let first = ln_point(0.0).exp();
    let sum = if first > 0.0 {
        falling_sum(ratio).unwrap_or_else(|| falling_integral(|i| ln_point(i) - ln_point(0.0)))
    } else {
        0.0
    };
    (first * sum).min(1.0)
}

/// The most terms that are summed up one by one; with more of them, one hardly differs from the next.
const MOST_TERMS: f64 = 20_000.0;

/// The sum of terms from one on, each the one before it times `ratio(i)`; `None` where there are too many.
fn falling_sum(ratio: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut term, mut sum, mut i) = (1.0, 1.0, 0.0);
    while term > sum * 1e-17 {
        i += 1.0;
        if i > MOST_TERMS {
            return None;
        }
        term *= ratio(i);
        sum += term;
    }
    Some(sum)
}

/// Half of the places and the weights of the Gauss–Legendre quadrature with ten points (Abramowitz and Stegun, 1964,
/// table 25.4); the other half mirrors them.
const GAUSS: [(f64, f64); 5] = [
    (0.148_874_338_981_631_2, 0.295_524_224_714_752_9),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_3),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_1),
];

/// The sum of e to the `ln_term(i)` over i = 0, 1, 2, …, of so many terms that it is as good as an integral: each term
/// is the area around it, less a correction at the beginning (Euler and Maclaurin). `ln_term` is concave, and 0 at 0.
fn falling_integral(ln_term: impl Fn(f64) -> f64) -> f64 {
    let mut end = MOST_TERMS;
    while ln_term(end) > -40.0 {
        end *= 2.0;
    }
    let parts = 20_u8;
    let half = (end + 0.5) / f64::from(parts) / 2.0;
    let area: f64 = (0..parts)
        .flat_map(|part| {
            let middle = (2.0 * f64::from(part) + 1.0) * half - 0.5;
            GAUSS.iter().map(move |(place, weight)| (middle, place * half, weight * half))
        })
        .map(|(middle, off, weight)| weight * (ln_term(middle - off).exp() + ln_term(middle + off).exp()))
        .sum();
    area + (1.0 - ln_term(-1.0).exp()) / 24.0
}

/// P(X ≥ k) and P(X < k) for X ~ Poisson(mean), k > 0, mean > 0.
pub(crate) fn poisson_tails(k: f64, mean: f64) -> (f64, f64) {
    let ln_point = |k| ln_poisson_point(k, mean);
    if k > mean {
        // p(k) · (1 + m/(k+1) + …)
        let at_least = tail(|i| mean / (k + i), |i| ln_point(k + i));
        (at_least, 1.0 - at_least)
    } else {
        // p(k−1) · (1 + (k−1)/m + …)
        let below = tail(|i| (k - i).max(0.0) / mean, |i| ln_point(k - 1.0 - i));
        (1.0 - below, below)
    }
}

/// The point at which a rising function passes `target`, by bisection to the last bit, in `[low, high]`.
pub(crate) fn solve_rising(mut low: f64, mut high: f64, target: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..2000 {
        // Halving the exponent first finds bounds of 1e-300 as fast as bounds of 0.5.
        let middle =
            if low > 0.0 && high > 4.0 * low { (low * high).sqrt() } else { f64::midpoint(low, high) };
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
