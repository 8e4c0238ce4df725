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
    // The smaller tail is summed up from its largest term: nothing cancels.
    if k > n * p {
        // p(k) · (1 + (n−k)/(k+1) · odds + …)
        let sum = falling_sum(|i| (n - k - i + 1.0).max(0.0) / (k + i) * odds);
        let at_least = (ln_binomial_point(k, n, p, q).exp() * sum).min(1.0);
        (at_least, 1.0 - at_least)
    } else {
        // p(k−1) · (1 + (k−1)/(n−k+2) / odds + …)
        let sum = falling_sum(|i| (k - i).max(0.0) / (n - k + 1.0 + i) / odds);
        let below = (ln_binomial_point(k - 1.0, n, p, q).exp() * sum).min(1.0);
        (1.0 - below, below)
    }
}

/// The sum of terms from one on, each the one before it times `ratio(i)`, which falls below one and goes on falling.
fn falling_sum(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum, mut i) = (1.0, 1.0, 0.0);
    while term > sum * 1e-17 {
        i += 1.0;
        term *= ratio(i);
        sum += term;
    }
    sum
}

/// P(X ≥ k) and P(X < k) for X ~ Poisson(mean), k > 0, mean > 0.
pub(crate) fn poisson_tails(k: f64, mean: f64) -> (f64, f64) {
    if k > mean {
        // p(k) · (1 + m/(k+1) + …)
        let at_least = (ln_poisson_point(k, mean).exp() * falling_sum(|i| mean / (k + i))).min(1.0);
        (at_least, 1.0 - at_least)
    } else {
        // p(k−1) · (1 + (k−1)/m + …)
        let sum = falling_sum(|i| (k - i).max(0.0) / mean);
        let below = (ln_poisson_point(k - 1.0, mean).exp() * sum).min(1.0);
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
