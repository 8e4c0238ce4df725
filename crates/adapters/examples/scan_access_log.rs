//! Reads an access log once for an availability, a latency and a percentile, and tells what it found and how fast.
//!
//! `cargo run --release -p toban-adapters --features access-log --example scan_access_log -- access.log`

use std::error::Error;
use std::io::Write;
use std::time::Instant;
use toban_adapters::access_log::{Answer, Filter, Measure, Query, Scan};

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("which file?")?;
    let queries = [
        Query::BadTotal { bad: Filter::any().with_status("5xx".parse()?), total: Filter::any() },
        Query::GoodTotal {
            good: Filter::any().with_latency("< 500ms".parse()?),
            total: Filter::any().with_path("/api/*".parse()?),
        },
        Query::Value(Measure { statistic: "p95".parse()?, unit: "ms".parse()?, filter: Filter::any() }),
    ];
    let start = Instant::now();
    let reading = Scan::new(&queries).read_file(&file)?;
    let seconds = start.elapsed().as_secs_f64();

    let mut out = std::io::stdout().lock();
    let megabytes = std::fs::metadata(&file)?.len() / 1_000_000;
    writeln!(out, "{} lines, {megabytes} MB, {seconds:.3} s", reading.lines)?;
    writeln!(out, "{} malformed, {} with request time", reading.malformed, reading.with_request_time)?;
    for example in &reading.examples {
        writeln!(out, "  {example}")?;
    }
    writeln!(out, "from {} to {}", reading.first, reading.last)?;
    for answer in &reading.answers {
        match answer {
            Answer::Counts { counts, without_latency } => {
                let bad: u64 = counts.iter().filter_map(|(_, tally)| Some(tally?.bad())).sum();
                writeln!(out, "{bad} bad of {}, {without_latency} without latency", counts.events())?;
            }
            Answer::Values { values, .. } => writeln!(out, "first value {:?}", values.iter().next())?,
            other => writeln!(out, "{other:?}")?,
        }
    }
    Ok(())
}
