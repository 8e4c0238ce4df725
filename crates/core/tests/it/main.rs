//! Laws of the vocabulary; exact bounds against sums of sixty digits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[cfg(feature = "testing")]
mod metrics;

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
