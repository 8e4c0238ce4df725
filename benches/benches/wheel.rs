//! What do a million tasks cost a scheduler: firing one and putting it back, and a tick in which nothing is due?
//!
//! Beside a binary heap with the same keys, in the same run.
//!
//! ```console
//! cargo bench -p toban-benches --bench wheel
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;
use toban_routine::Wheel;

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (rounds, sizes): (_, &[u32]) =
        if is_test { (1, &[1_000, 10_000]) } else { (7, &[1_000, 100_000, 1_000_000]) };
    println!("daily tasks; nanoseconds to fire one and put it back, and for a tick with nothing due\n");
    println!("{:>9}  {:>7}  {:>7}  {:>5}  {:>7}", "tasks", "wheel", "heap", "of it", "tick");
    for tasks in sizes {
        let (mut wheels, mut heaps, mut ticks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (fire, tick) = wheel(*tasks);
            wheels.push(fire);
            ticks.push(tick);
            heaps.push(heap(*tasks));
        }
        let (wheel, heap, tick) = (median(wheels), median(heaps), median(ticks));
        println!("{tasks:>9}  {wheel:7.0}  {heap:7.0}  {:5.2}  {tick:7.1}", wheel / heap);
    }
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 26, 0, 0, 0).unwrap()
}

/// Seconds of the day for each task, as good as random, the same for both.
fn times(tasks: u32) -> impl Iterator<Item = (i64, u32)> {
    (0..tasks).map(|task| (i64::from(task.wrapping_mul(2_654_435_761) % 86_400), task))
}

fn day() -> TimeDelta {
    TimeDelta::days(1)
}

/// A day in which each fires once and is put back for the next, second by second.
fn wheel(tasks: u32) -> (f64, f64) {
    let mut wheel = Wheel::new(start());
    times(tasks).for_each(|(second, task)| wheel.insert(start() + TimeDelta::seconds(second), task));
    let mut due = Vec::new();
    let begin = Instant::now();
    for second in 0..86_400 {
        wheel.advance(start() + TimeDelta::seconds(second), &mut due);
        for (at, task) in due.drain(..) {
            wheel.insert(at + day(), task);
        }
    }
    let fired = begin.elapsed().as_secs_f64() * 1e9 / f64::from(tasks);
    assert_eq!(wheel.len(), usize::try_from(tasks).unwrap());
    // All are days away now.
    let mut idle = Wheel::new(start());
    times(tasks).for_each(|(second, task)| {
        idle.insert(start() + TimeDelta::days(30) + TimeDelta::seconds(second), task)
    });
    let ticks = 100_000;
    let begin = Instant::now();
    for tick in 0..ticks {
        idle.advance(start() + TimeDelta::milliseconds(i64::from(tick) * 10), &mut due);
        black_box(idle.next_due());
    }
    assert!(due.is_empty());
    (fired, begin.elapsed().as_secs_f64() * 1e9 / f64::from(ticks))
}

/// The same day.
fn heap(tasks: u32) -> f64 {
    let mut heap: BinaryHeap<_> =
        times(tasks).map(|(second, task)| Reverse((start() + TimeDelta::seconds(second), task))).collect();
    let begin = Instant::now();
    for second in 0..86_400 {
        let now = start() + TimeDelta::seconds(second);
        while heap.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Reverse((at, task)) = heap.pop().unwrap();
            heap.push(Reverse((at + day(), task)));
        }
    }
    black_box(&heap);
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(tasks)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
