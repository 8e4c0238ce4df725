//! How long do 1,000 SLOs over 30 days at one minute take, on two threads?
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use chrono::{DateTime, TimeDelta};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use toban_slo::backtest::{backtest, find_incidents};
use toban_slo::{AlertPolicy, Counts, Objective, Slo, Tally, Window};

/// A month of one service; outages lie elsewhere for each.
fn month(seed: u64) -> Counts {
    let mut counts = Counts::per_minute(DateTime::UNIX_EPOCH);
    for minute in 0..43_200_u64 {
        let mixed = (minute ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let is_out = (minute + seed * 37) % 9000 < 20;
        let total = 900 + mixed % 200;
        let bad = if is_out { total / 5 } else { u64::from(mixed.is_multiple_of(500)) };
        let at = counts.start() + TimeDelta::minutes(i64::try_from(minute).unwrap());
        counts.add(at, Tally::from_bad(bad, total).unwrap()).unwrap();
    }
    counts
}

fn all(slo: &Slo, policy: &AlertPolicy, services: &[Counts]) -> usize {
    let share = |services: &[Counts]| -> usize {
        let one = |counts: &Counts| {
            let incidents = find_incidents(slo, counts, "0.02".parse().unwrap(), TimeDelta::minutes(15));
            backtest(slo, policy, counts, &incidents, TimeDelta::zero()).unwrap().score.detected
        };
        services.iter().map(one).sum()
    };
    let (left, right) = services.split_at(services.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| share(right));
        share(left) + other.join().unwrap()
    })
}

fn many(criterion: &mut Criterion) {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let count = if is_test { 4 } else { 1000 };
    let slo = Slo::availability("shop", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let services: Vec<Counts> = (0..count).map(month).collect();
    assert!(all(&slo, &policy, &services) > 0);
    let mut group = criterion.benchmark_group("backtest of 30 days at a minute, two threads");
    group.sample_size(10);
    group.bench_with_input(BenchmarkId::new("SLOs", count), &services, |bencher, services| {
        bencher.iter(|| black_box(all(&slo, &policy, services)));
    });
}

criterion_group!(benches, many);
criterion_main!(benches);
