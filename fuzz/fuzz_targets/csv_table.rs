//! Any bytes as a CSV table behind a source on the first line: what ascends is read alike when it need not, and gzip
//! changes nothing.

#![no_main]

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use std::io::Write;
use toban_adapters::csv::{Answer, Events, Order, Query, Scan, Source};
use toban_slo::RatioOf;

fuzz_target!(|bytes: &[u8]| {
    let (first, table) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, bytes),
    };
    let source: Source = serde_json::from_slice(first).unwrap_or_default();
    let total = Source { column: None, ..source.clone() };
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(table).unwrap();
    let gzip = gzip.finish().unwrap();
    for query in [
        Query::good_of_total(&source, &total, Events::PerSlot).unwrap(),
        Query::bad_of_total(&source, &total, Events::PerSlot).unwrap(),
        Query::good_of_total(&source, &total, Events::Cumulative).unwrap(),
        Query::bad_of_total(&source, &total, Events::Cumulative).unwrap(),
        Query::ratio(&source, RatioOf::Failure),
        Query::ratio(&source, RatioOf::Success),
        Query::value(&source),
    ] {
        let answer = read(&query, table);
        // Two rows may ask for millions of slots, which would only cost time.
        if answer.as_ref().is_ok_and(|answer| slots(answer) > 10_000) {
            return;
        }
        if !table.starts_with(&[0x1f, 0x8b]) {
            assert_eq!(read(&query, &gzip), answer);
        }
        look(answer.as_ref(), table);
    }
    let value = |order| Query::value(&Source { order, ..source.clone() });
    if let Ok(ascending) = read(&value(Order::Ascending), table) {
        assert_eq!(read(&value(Order::Unordered), table), Ok(ascending));
    }
});

fn read(query: &Query, table: &[u8]) -> Result<Answer, String> {
    let answers = Scan::new(std::slice::from_ref(query)).read("any.csv", table);
    let mut answers = answers.map_err(|error| error.to_string())?;
    assert_eq!(answers.len(), 1);
    Ok(answers.remove(0))
}

fn slots(answer: &Answer) -> usize {
    match answer {
        Answer::Counted(counts, _) | Answer::Counts(counts) => counts.len(),
        Answer::Values(values) => values.iter().count(),
    }
}

/// There is no more in an answer than there are rows.
fn look(answer: Result<&Answer, &String>, table: &[u8]) {
    if table.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let rows = table.iter().filter(|byte| **byte == b'\n').count();
    match answer {
        Ok(Answer::Counted(counts, _) | Answer::Counts(counts)) => {
            assert!(counts.iter().filter(|(_, tally)| tally.is_some()).count() <= rows);
        }
        Ok(Answer::Values(values)) => assert!(values.iter().count() > 0),
        Err(error) => assert!(error.starts_with("any.csv"), "{error}"),
    }
}
