//! Any bytes as an access log behind a filter on the first line: entries agree with a second reader, answers with the
//! entries, and gzip changes nothing.

#![no_main]

#[path = "../../crates/adapters/tests/it/access_log/naive.rs"]
mod naive;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use std::io::Write;
use toban_adapters::access_log::{Answer, Entry, Fault, Filter, Measure, Query, Reading, Scan};
use toban_adapters::{MOST_SLOTS, SlotValue};

fuzz_target!(|bytes: &[u8]| {
    let (first, log) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, bytes),
    };
    let part: Filter = serde_json::from_slice(first).unwrap_or_default();
    let measure: Option<Measure> = serde_json::from_slice(first).ok();
    let mut queries = vec![
        Query::BadTotal { bad: part.clone(), total: Filter::any() },
        Query::GoodTotal { good: part.clone(), total: Filter::any() },
        Query::GoodTotal { good: Filter::any(), total: part.clone() },
    ];
    queries.extend(measure.map(Query::Value));

    // Two lines may ask for millions of slots, or for more than there may be: the first would only cost time.
    let entries: Vec<_> = log.split(|byte| *byte == b'\n').filter_map(agreed).collect();
    let times = entries.iter().map(|entry| entry.at().timestamp() / 60);
    let slots = times.clone().max().zip(times.min()).map_or(0, |(last, first)| last - first);
    if (1000..=MOST_SLOTS).contains(&slots) {
        return;
    }
    let reading = scan(&queries, log);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(log).unwrap();
    let packed = scan(&queries, &gzip.finish().unwrap());
    if !log.starts_with(&[0x1f, 0x8b]) {
        assert_eq!(packed.as_ref().ok(), reading.as_ref().ok());
        check(&entries, &part, &reading);
    }
});

fn scan(queries: &[Query], log: &[u8]) -> Result<Reading, String> {
    Scan::new(queries).read("any.log", log).map_err(|error| error.to_string())
}

fn check(entries: &[Entry<'_>], part: &Filter, reading: &Result<Reading, String>) {
    let Ok(reading) = reading else { return };
    // Of a hundred lines one may stray in time, and is left out.
    if reading.examples.iter().any(|example| matches!(example.fault, Fault::Stray { .. })) {
        return;
    }
    assert_eq!(reading.lines - reading.malformed, entries.len() as u64);
    let of_part = entries.iter().filter(|entry| part.matches(entry)).count() as u64;
    let [bad, good, total, value @ ..] = reading.answers.as_slice() else { return };
    let needs_time = part.latency().is_some();
    for (answer, is_good) in [(bad, false), (good, true)] {
        let Answer::Counts { counts, without_latency } = answer else { continue };
        let tally =
            |of: fn(toban_slo::Tally) -> u64| counts.iter().filter_map(|(_, t)| t).map(of).sum::<u64>();
        let found = if is_good { tally(|tally| tally.good()) } else { tally(|tally| tally.bad()) };
        assert_eq!(found, of_part);
        let counted = entries.iter().filter(|entry| !needs_time || entry.request_time().is_some());
        assert_eq!(tally(|tally| tally.total()), counted.count() as u64);
        assert_eq!(tally(|tally| tally.total()) + without_latency, entries.len() as u64);
    }
    if let Answer::Counts { counts, .. } = total {
        let all: u64 = counts.iter().filter_map(|(_, tally)| tally).map(|tally| tally.total()).sum();
        assert_eq!(all, of_part);
    }
    if let [Answer::Values { values, .. }] = value {
        assert!(
            values.iter().filter(|(_, value)| matches!(value, SlotValue::Value(_))).count() <= entries.len()
        );
    }
}

/// The entry of a line, on which both readers agree.
fn agreed(line: &[u8]) -> Option<Entry<'_>> {
    let entry = Entry::parse(line).ok();
    let found = entry.map(|entry| naive::NaiveEntry {
        user: entry.user.to_vec(),
        seconds: entry.at().timestamp(),
        request: entry.request.to_vec(),
        status: entry.status.into(),
        micros: entry.request_time().map(|time| time.num_microseconds().unwrap().cast_unsigned()),
    });
    assert_eq!(found, naive::parse(line), "{}", line.escape_ascii());
    entry
}
