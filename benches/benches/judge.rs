//! How long does a judge take for a metric of 60 and of 10,000 points in each of two versions?
//!
//! ```console
//! cargo bench -p toban-benches --bench judge
//! python3 benches/peer/judge.py                      # beside SciPy
//! cargo bench -p toban-benches --bench judge -- --samples FILE   # what that script runs
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};
use toban_release_core::judge::{AcaRules, Allowed, Compare, CompareRules, Direction, Level, Reading};

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let file = std::env::args().skip_while(|argument| argument != "--samples").nth(1);
    let samples: Vec<Reading> = match file {
        Some(file) => serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap(),
        None => [60, 10_000].map(drawn).into(),
    };
    let allowed = Allowed { relative: Level::new(0.1).unwrap(), absolute: None };
    let compare = Compare::new(CompareRules::cautious(Direction::Increase, allowed)).unwrap();
    let aca = AcaRules::netflix();
    for reading in &samples {
        let Reading::Samples { baseline, candidate } = reading else { continue };
        let times = if is_test { 1 } else { (200_000 / baseline.len()).max(20) };
        let strict = median(times, || {
            black_box(compare.judge(black_box(baseline), black_box(candidate), 1));
        });
        let compatible = median(times, || {
            black_box(aca.judge(black_box(baseline), black_box(candidate)));
        });
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        println!(
            "{:6} points: comparison {:9.1} µs, NetflixACAJudge labels {:9.1} µs",
            baseline.len(),
            micros(strict),
            micros(compatible)
        );
    }
}

/// Two samples that differ by a tenth, without a generator: the golden ratio spreads them evenly.
fn drawn(points: u32) -> Reading {
    let point = |place: u32| 1.0 + (f64::from(place) * 0.618_033_988_749_894_9).fract();
    let baseline: Vec<f64> = (0..points).map(point).collect();
    let candidate = (points..2 * points).map(|place| point(place) * 1.1).collect();
    Reading::Samples { baseline, candidate }
}

fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let before = Instant::now();
            work();
            before.elapsed()
        })
        .collect();
    taken.sort_unstable();
    taken.get(taken.len() / 2).copied().unwrap()
}
