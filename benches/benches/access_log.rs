//! How many lines and bytes a second does the reader of access logs take, for four questions at once?
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;
use std::hint::black_box;
use toban_adapters::access_log::{Filter, Query, Scan};

/// So many lines of a day, as nginx writes them.
fn log(lines: u32) -> String {
    let mut text = String::new();
    for line in 0..lines {
        let second = u64::from(line) * 86_400 / u64::from(lines);
        let status = if line % 97 == 0 { 503 } else { 200 };
        writeln!(
            text,
            "192.0.2.{} - - [01/Mar/2026:{:02}:{:02}:{:02} +0000] \"GET /products/{} HTTP/1.1\" {status} {} \
             \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64)\" 0.{:03}",
            line % 250,
            second / 3600,
            second / 60 % 60,
            second % 60,
            line % 9973,
            line % 50_000,
            line % 700,
        )
        .unwrap();
    }
    text
}

fn reading(criterion: &mut Criterion) {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let lines = if is_test { 1000 } else { 400_000 };
    let text = log(lines);
    let bad = || Filter::any().with_status("5xx".parse().unwrap());
    let fast = Filter::any().with_latency("< 500ms".parse().unwrap());
    let api = || Filter::any().with_path("/products/1*".parse().unwrap());
    let queries = [
        Query::BadTotal { bad: bad(), total: Filter::any() },
        Query::GoodTotal { good: fast, total: Filter::any() },
        Query::BadTotal { bad: bad(), total: api() },
    ];
    let mut group = criterion.benchmark_group("access log");
    group.sample_size(10);
    for (name, queries) in [("one question", queries.get(..1)), ("three questions", queries.get(..))] {
        let queries = queries.unwrap();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}, bytes"), |bencher| {
            bencher.iter(|| Scan::new(black_box(queries)).read("bench", text.as_bytes()).unwrap());
        });
        group.throughput(Throughput::Elements(lines.into()));
        group.bench_function(format!("{name}, lines"), |bencher| {
            bencher.iter(|| Scan::new(black_box(queries)).read("bench", text.as_bytes()).unwrap());
        });
    }
}

criterion_group!(benches, reading);
criterion_main!(benches);
