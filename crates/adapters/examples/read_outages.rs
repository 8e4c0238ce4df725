//! Reads a list of outages and tells what it amounts to.
//!
//! `cargo run --release -p toban-adapters --features csv --example read_outages -- outages.csv`

use chrono::DateTime;
use std::error::Error;
use std::io::Write;
use std::num::NonZeroU32;
use toban_adapters::csv::OutageList;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("which file?")?;
    let traffic = NonZeroU32::new(10_000).ok_or("no traffic")?;
    let outages = OutageList::new(traffic, DateTime::UNIX_EPOCH).read_file(&file)?;
    let bad: u64 = outages.counts.iter().filter_map(|(_, tally)| Some(tally?.bad())).sum();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} outages, {} notices", outages.incidents.len(), outages.notices)?;
    writeln!(out, "from {} to {}", outages.counts.start(), outages.counts.end())?;
    writeln!(out, "{bad} bad of {} requests, {} a minute", outages.counts.events(), traffic)?;
    for incident in outages.incidents.iter().take(3) {
        writeln!(out, "  {} {}", incident.interval, incident.label)?;
    }
    Ok(())
}
