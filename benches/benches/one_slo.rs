//! What does one SLO cost: recording a minute, and a whole report over a month of minutes?
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use chrono::{DateTime, TimeDelta};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use toban_slo::{AlertPolicy, Counts, Objective, Slo, Tally, Window, evaluate};

const MONTH: i64 = 43_200;

fn month() -> Counts {
    let mut counts = Counts::per_minute(DateTime::UNIX_EPOCH);
    for minute in 0..MONTH {
        let bad = u64::from(minute % 1000 < 3) * 40;
        counts.add(counts.start() + TimeDelta::minutes(minute), Tally::from_bad(bad, 1000).unwrap()).unwrap();
    }
    counts
}

fn one_slo(criterion: &mut Criterion) {
    let slo = Slo::availability("shop", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = month();
    criterion.bench_function("one SLO/record 43,200 minutes", |bencher| bencher.iter(|| black_box(month())));
    criterion.bench_function("one SLO/evaluate 43,200 minutes", |bencher| {
        bencher.iter(|| evaluate(black_box(&slo), &policy, black_box(&counts), counts.end()));
    });
}

criterion_group!(benches, one_slo);
criterion_main!(benches);
