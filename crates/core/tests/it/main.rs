//! Laws of the vocabulary; exact bounds against sums of sixty digits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(feature = "testing")]
mod metrics;
mod nearest;
#[cfg(feature = "serde")]
mod words;

use toban_core::{Confidence, Share, bounds};

fn fixture(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/tests/fixtures/scipy/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn share(text: &str) -> Share {
    Share::new(text.parse().unwrap()).unwrap()
}

#[track_caller]
fn assert_near(found: f64, expected: &str, tolerance: f64, row: &[String]) {
    let expected: f64 = expected.parse().unwrap();
    // Below this a float has no relative precision any more.
    let near = (found - expected).abs() <= tolerance * expected.abs() + 1e-300;
    assert!(near, "{row:?}: found {found:e}, expected {expected:e}");
}

#[test]
fn binomial_tails_are_right_to_nine_digits() {
    let rows = fixture("binomial-tails.csv");
    assert!(rows.len() > 500);
    for row in &rows {
        let (n, p, k) = (row[0].parse().unwrap(), share(&row[1]), row[2].parse().unwrap());
        assert_near(bounds::binomial_at_least(k, n, p), &row[3], 1e-9, row);
        assert_near(bounds::binomial_at_most(k, n, p), &row[4], 1e-9, row);
    }
}

#[test]
fn binomial_bounds_are_right_to_nine_digits() {
    let rows = fixture("binomial-bounds.csv");
    assert!(rows.len() > 1000);
    for row in &rows {
        let (n, k) = (row[0].parse().unwrap(), row[1].parse().unwrap());
        let confidence = Confidence::new(share(&row[2])).unwrap();
        assert_near(bounds::binomial_lower(k, n, confidence), &row[3], 1e-9, row);
        assert_near(bounds::binomial_upper(k, n, confidence), &row[4], 1e-9, row);
    }
}

#[test]
fn poisson_bounds_are_right_to_nine_digits() {
    let rows = fixture("poisson-bounds.csv");
    assert!(rows.len() > 100);
    for row in &rows {
        let confidence = Confidence::new(share(&row[1])).unwrap();
        assert_near(bounds::poisson_lower(row[0].parse().unwrap(), confidence), &row[2], 1e-9, row);
        assert_near(bounds::poisson_upper(row[0].parse().unwrap(), confidence), &row[3], 1e-9, row);
    }
}

#[test]
fn bounds_on_any_count_are_found_at_once_and_lie_where_the_normal_distribution_says() {
    let confidence = Confidence::percent("95").unwrap();
    // The quantile of the normal distribution; a skewness of 1/√n is left out.
    let far = |count: f64| 1.644_853_626_951_472 * count.sqrt();
    for exponent in 30..=64 {
        let count = u64::MAX >> (64 - exponent);
        let float = count as f64;
        for (found, expected) in [
            (bounds::poisson_lower(count, confidence), float - far(float)),
            (bounds::poisson_upper(count, confidence), float + far(float)),
            (bounds::binomial_lower(count / 2, count, confidence) * float, (float - far(float)) / 2.0),
            (bounds::binomial_upper(count / 2, count, confidence) * float, (float + far(float)) / 2.0),
        ] {
            let off = (found - expected).abs();
            assert!(off < 2.0 + float * 1e-15, "{count}: found {found}, expected {expected}");
        }
    }
}

#[test]
fn tails_of_many_events_halve_at_the_mean_and_fall_away_from_it() {
    let half = share("0.5");
    for exponent in 12..64_u32 {
        let trials = 1_u64 << exponent;
        // P(X ≥ n/2) and P(X ≤ n/2) are the same by symmetry, and have P(X = n/2) in common.
        let both = [
            bounds::binomial_at_least(trials / 2, trials, half),
            bounds::binomial_at_most(trials / 2, trials, half),
        ];
        let common = 1.0 / (std::f64::consts::PI * trials as f64 / 2.0).sqrt();
        // A float of so many events is rounded itself, to so small a part of a standard deviation.
        let rounded = 1e-12 + 1e-16 * (trials as f64).sqrt();
        assert!((both[0] - both[1]).abs() < rounded, "{trials}: {both:?}");
        assert!((both[0] + both[1] - 1.0 - common).abs() < 1e-3 * common + rounded, "{trials}: {both:?}");
        // A standard deviation is half the root.
        let six = bounds::binomial_at_least(trials / 2 + 3 * trials.isqrt(), trials, half);
        assert!(six < 2e-9 && (exponent < 30 || six > 9e-10), "{trials}: {six:e}");
    }
}
