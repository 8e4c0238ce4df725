//! How long does one tick take for a million SLOs over eight windows, measured against streaming the same bytes?
//!
//! ```console
//! cargo bench -p toban-benches --bench tick
//! cargo bench -p toban-benches --bench tick -- --days 4 --slos 100000   # a quick look
//! ```
//! A month of minutes goes by first, so that every window begins in a column of its own: that takes minutes. With a
//! million SLOs over a month it fails above what is asked for.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Debug;
use std::hint::black_box;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, Instant};
use toban_core::{Ratio, Share};
use toban_slo::{
    AlertPolicy, AlertRule, Condition, Evaluator, Objective, Severity, Slo, SloKey, Slots, Tally, Window,
};

/// The windows of the policy below, the main one of 30 days among them.
const WINDOWS: usize = 8;

/// Bad and total of one SLO in one column.
const PAIR: usize = 8;

/// What is asked for.
const MOST_RATIO: f64 = 2.5;
const MOST_GIGABYTES: f64 = 4.0;

fn main() -> ExitCode {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let days = number("--days").unwrap_or(30);
    let slos = number("--slos").unwrap_or(if is_test { 10_000 } else { 1_000_000 });
    // In a test the longest windows are not reached: there it only matters that everything runs.
    let (minutes, busy, ticks) = if is_test { (90, 10, 3) } else { (usize::from(days + 1) * 1440, 60, 60) };
    let mut world = World::new(slos, days);
    let before = Instant::now();
    for minute in 0..minutes {
        world.minute(if minute == 0 { Busy::All } else { Busy::None });
    }
    println!("{slos} SLOs, {minutes} minutes of history made in {:.0} s", before.elapsed().as_secs_f64());
    // Until one bad event does not weigh more than a whole budget any more.
    for _ in 0..busy {
        world.minute(Busy::All);
    }
    let full: Vec<_> = (0..ticks).map(|_| world.minute(Busy::All)).collect();
    let resident = resident();
    let streamed = stream(slos * (1 + WINDOWS) * PAIR, ticks);

    let (tick, stream) = (median(full.iter().map(|minute| minute.tick)), median(streamed));
    let record = median(full.iter().map(|minute| minute.record));
    let changes: usize = full.iter().map(|minute| minute.changes).sum();
    let nanos = |time: Duration, count: usize| time.as_secs_f64() * 1e9 / count as f64;
    println!(
        "tick, all SLOs and windows   {:8.3} ms, {:.2} ns per SLO and window",
        millis(tick),
        nanos(tick, slos * WINDOWS)
    );
    println!(
        "stream, the same bytes       {:8.3} ms, {} MB: 8 windows and now, 8 bytes each",
        millis(stream),
        slos * (1 + WINDOWS) * PAIR / 1_000_000
    );
    let ratio = tick.as_secs_f64() / stream.as_secs_f64();
    println!("tick / stream                {ratio:8.2}     (at most {MOST_RATIO})");
    println!("record, between two ticks    {:8.3} ms, {:.1} ns per SLO", millis(record), nanos(record, slos));
    println!("changes of alerts in a tick  {:8.0}", changes as f64 / ticks as f64);
    let gigabytes = resident.map_or(0.0, |bytes| bytes as f64 / 1e9);
    println!("resident memory              {gigabytes:8.2} GB  (at most {MOST_GIGABYTES})");
    let is_whole = !is_test && slos >= 1_000_000 && days >= 30;
    ExitCode::from(u8::from(is_whole && (ratio > MOST_RATIO || gigabytes > MOST_GIGABYTES)))
}

/// Whether the world is heard of: in history it mostly is not, so that it is quickly made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Busy {
    All,
    None,
}

struct World {
    evaluator: Evaluator,
    keys: Vec<SloKey>,
    now: DateTime<Utc>,
}

struct Minute {
    record: Duration,
    tick: Duration,
    changes: usize,
}

impl World {
    fn new(slos: usize, days: u16) -> Self {
        let start = DateTime::UNIX_EPOCH;
        // The tiers in which a month of a million SLOs fits into 4 GB.
        let slots = Slots::per_minute(start)
            .with_tier(TimeDelta::hours(1), TimeDelta::minutes(5))
            .and_then(|slots| slots.with_tier(TimeDelta::hours(6), TimeDelta::minutes(30)))
            .and_then(|slots| slots.with_tier(TimeDelta::days(3), TimeDelta::hours(6)))
            .unwrap();
        let mut evaluator = Evaluator::new(slots);
        let slo = |name: usize| {
            let objective = Objective::percent("99.9").unwrap();
            Slo::availability(name.to_string(), objective, Window::rolling_days(days))
        };
        // The seven windows of the workbook, and the budget of the main one. Whatever was seen decides, since history
        // is gaps; its sums take as much room and as long to read as any others.
        let consumed = Condition::BudgetConsumed { part: Ratio::ONE };
        let policy = AlertPolicy::sre_workbook(&slo(0))
            .and_then(|policy| policy.with_rule(&slo(0), AlertRule::new("spent", Severity::Ticket, consumed)))
            .unwrap()
            .with_min_coverage(Share::NONE);
        assert_eq!(policy.windows().len() + 1, WINDOWS);
        let keys = (0..slos).map(|name| evaluator.add(&slo(name), &policy).unwrap()).collect();
        Self { evaluator, keys, now: start }
    }

    /// One minute of traffic, then the tick that ends it. One SLO in a hundred has an outage now and then.
    fn minute(&mut self, busy: Busy) -> Minute {
        let minute = usize::try_from(self.now.timestamp() / 60).unwrap();
        let heard = if busy == Busy::All { self.keys.len() } else { 0 };
        let before = Instant::now();
        for (place, key) in self.keys.iter().enumerate().take(heard) {
            let is_out = place % 100 == 0 && (minute + place / 100 * 7) % 500 < 25;
            let bad = if is_out { 40 } else { u64::from((place ^ minute) % 1021 == 0) };
            self.evaluator.record(*key, self.now, Tally::from_bad(bad, 100).unwrap()).unwrap();
        }
        let record = before.elapsed();
        self.now += TimeDelta::minutes(1);
        let (now, mut changes) = (self.now, 0);
        let before = Instant::now();
        self.evaluator.tick(now, |change| changes += usize::from(change.from != change.to)).unwrap();
        Minute { record, tick: before.elapsed(), changes }
    }
}

/// How long one core takes to read so many bytes that no cache holds, each time others.
fn stream(bytes: usize, times: usize) -> Vec<Duration> {
    const WAYS: usize = 4;
    let words = vec![1_u64; bytes / 8 * WAYS];
    let ways: Vec<&[u64]> = words.chunks(bytes / 8).collect();
    let one = |way: &&[u64]| {
        let before = Instant::now();
        black_box(black_box(*way).iter().fold(0_u64, |sum, word| sum.wrapping_add(*word)));
        before.elapsed()
    };
    ways.iter().cycle().take(times.max(WAYS)).map(one).collect()
}

/// The number behind an option.
fn number<T: FromStr<Err: Debug>>(option: &str) -> Option<T> {
    std::env::args().skip_while(|argument| argument != option).nth(1).map(|number| number.parse().unwrap())
}

fn median(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The memory that the process holds, where the system says it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
