//! Laws of reading tables and lists of outages.

use super::{answer, good_of_total, slots};
use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use toban_adapters::csv::{Answer, OutageList, Query, Scan, Source};

/// Rows by slot, with gaps, the first slot included.
fn rows() -> impl Strategy<Value = BTreeMap<u32, (u64, u64)>> {
    let tally = (0_u64..1000, 0_u64..1000).prop_map(|(good, bad)| (good, good + bad));
    (prop::collection::btree_map(1_u32..40, tally.clone(), 0..30), tally).prop_map(|(mut rows, first)| {
        rows.insert(0, first);
        rows
    })
}

/// Starts and ends in seconds, and severities in hundredths.
fn outages() -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    let outage = (0_u32..600, 1_u32..300, 0_u32..=100);
    prop::collection::vec(
        outage.prop_map(|(start, length, severity)| (start, start + length, severity)),
        1..8,
    )
}

proptest! {
    #[test]
    fn a_written_table_reads_back_in_any_order(rows in rows(), seed in any::<u64>(), minutes in 1_u32..90) {
        let row = |(slot, (good, total)): (&u32, &(u64, u64))| format!("{},{total},{good}\n", slot * minutes * 60);
        let mut lines: Vec<String> = rows.iter().map(row).collect();
        let table = |lines: &[String]| format!("unix_seconds,total,good\n{}", lines.concat());
        let slot = format!(r#"{{"slot": "{minutes}m", "order": "ascending"}}"#);
        let Ok(Answer::Counts(counts)) = answer(&good_of_total(&slot), &table(&lines)) else { panic!() };
        let last = *rows.keys().last().unwrap();
        let expected: Vec<_> = (0..=last).map(|slot| rows.get(&slot).copied()).collect();
        prop_assert_eq!(slots(&counts), expected);

        lines.sort_by_key(|line| line.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())));
        let unordered = good_of_total(&slot.replace("ascending", "unordered"));
        prop_assert_eq!(answer(&unordered, &table(&lines)).unwrap(), Answer::Counts(counts));
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in "[a-z0-9,\"\r\n .:TZ-]{0,80}",
    ) {
        let queries = [good_of_total("{}"), Query::value(&Source::default())];
        let list = OutageList::new(NonZeroU32::MAX, DateTime::UNIX_EPOCH);
        let headed = format!("unix_seconds,good,total,value\n{text}");
        for input in [&bytes[..], text.as_bytes(), headed.as_bytes()] {
            let _ = Scan::new(&queries).read("table", input);
        }
        for input in [bytes, format!("start,end,severity\n{text}").into_bytes()] {
            let _ = list.read("list", &input[..]);
        }
    }

    #[test]
    fn outages_agree_with_looking_at_each_second(outages in outages(), requests in 1_u32..100_000) {
        let rows: String = outages
            .iter()
            .map(|(start, end, severity)| format!("{start},{end},{}.{:02}\n", severity / 100, severity % 100))
            .collect();
        let list = OutageList::new(NonZeroU32::new(requests).unwrap(), DateTime::UNIX_EPOCH);
        let read = list.read("list", format!("start,end,severity\n{rows}").as_bytes()).unwrap();
        let severity_at = |second: u32| {
            let open = outages.iter().filter(|(start, end, _)| (*start..*end).contains(&second));
            u64::from(open.map(|(_, _, severity)| *severity).max().unwrap_or(0))
        };
        let (first, last) = (outages.iter().map(|outage| outage.0).min().unwrap() / 60, outages.iter().map(|outage| outage.1).max().unwrap());
        let minutes: Vec<u32> = (first..last.div_ceil(60)).collect();
        prop_assert_eq!(read.counts.start(), DateTime::UNIX_EPOCH + TimeDelta::minutes(first.into()));
        prop_assert_eq!(read.counts.len(), minutes.len());
        for ((_, tally), minute) in read.counts.iter().zip(minutes) {
            // In hundredths of a request and sixtieths of a minute.
            let failed: u64 = (minute * 60..minute * 60 + 60).map(severity_at).sum::<u64>() * u64::from(requests);
            prop_assert_eq!(tally.unwrap().bad(), (failed + 3000) / 6000);
        }
        let notices = outages.iter().filter(|outage| outage.2 == 0).count();
        prop_assert_eq!((read.notices, read.incidents.len()), (notices as u64, outages.len() - notices));
    }
}
