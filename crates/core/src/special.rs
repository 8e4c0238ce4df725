//! Tails of the binomial and the Poisson distribution, accurate in relative terms from one event to billions.
//!
//! Probabilities of single outcomes follow C. Loader, "Fast and accurate computation of binomial
//! probabilities" (2000); sums of them are the continued fractions of the incomplete beta and gamma functions
//! (DLMF 8.17.22 and 8.9.2), evaluated by Lentz's method.

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

/// ln P(X = k) for X ~ Binomial(n, p), 0 < p < 1.
pub(crate) fn ln_binomial_point(k: f64, n: f64, p: f64) -> f64 {
    if k == 0.0 {
        return n * (-p).ln_1p();
    }
    if k >= n {
        return n * p.ln();
    }
    let rest = n - k;
    stirling_error(n)
        - stirling_error(k)
        - stirling_error(rest)
        - deviance(k, n * p)
        - deviance(rest, n * (1.0 - p))
        + 0.5 * (n / (2.0 * std::f64::consts::PI * k * rest)).ln()
}

/// ln P(X = k) for X ~ Poisson(mean), mean > 0.
pub(crate) fn ln_poisson_point(k: f64, mean: f64) -> f64 {
    if k == 0.0 {
        return -mean;
    }
    -stirling_error(k) - deviance(k, mean) - 0.5 * (2.0 * std::f64::consts::PI * k).ln()
}

/// P(X ≥ k) and P(X < k) for X ~ Binomial(n, p), 0 < k ≤ n, 0 < p < 1.
pub(crate) fn binomial_tails(k: f64, n: f64, p: f64) -> (f64, f64) {
    // Each tail is the largest single probability in it times a continued fraction; take the smaller tail.
    if k > (n + 1.0) * p {
        let at_least = ln_binomial_point(k, n, p).exp() * (1.0 - p) * beta_fraction(k, n - k + 1.0, p);
        (at_least.min(1.0), (1.0 - at_least).max(0.0))
    } else {
        // P(X < k) = P(n − X ≥ n − k + 1) with the roles of success and failure changed.
        let other = n - k + 1.0;
        let below = ln_binomial_point(other, n, 1.0 - p).exp() * p * beta_fraction(other, k, 1.0 - p);
        ((1.0 - below).max(0.0), below.min(1.0))
    }
}

/// Iₓ(a, b) · a · B(a, b) / (xᵃ(1−x)ᵇ): the continued fraction of the incomplete beta function.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let mut c = 1.0;
    let mut d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / if d.abs() < tiny { tiny } else { d };
    let mut h = d;
    let mut m = 1.0;
    while m < 10_000_000.0 {
        for coefficient in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 + coefficient * d;
            d = 1.0 / if d.abs() < tiny { tiny } else { d };
            c = 1.0 + coefficient / c;
            c = if c.abs() < tiny { tiny } else { c };
            h *= c * d;
        }
        if (c * d - 1.0).abs() < 4e-16 {
            break;
        }
        m += 1.0;
    }
    h
}

/// P(X ≥ k) and P(X < k) for X ~ Poisson(mean), k > 0, mean > 0.
pub(crate) fn poisson_tails(k: f64, mean: f64) -> (f64, f64) {
    if k > mean {
        // P(X ≥ k) = p(k) · (1 + m/(k+1) + m²/((k+1)(k+2)) + …)
        let (mut term, mut sum, mut i) = (1.0, 1.0, k);
        while term > sum * 1e-17 {
            i += 1.0;
            term *= mean / i;
            sum += term;
        }
        let at_least = (ln_poisson_point(k, mean).exp() * sum).min(1.0);
        (at_least, 1.0 - at_least)
    } else {
        // P(X < k) = p(k−1) · (1 + (k−1)/m + (k−1)(k−2)/m² + …)
        let (mut term, mut sum, mut i) = (1.0, 1.0, k - 1.0);
        while i > 0.0 && term > sum * 1e-17 {
            term *= i / mean;
            sum += term;
            i -= 1.0;
        }
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
