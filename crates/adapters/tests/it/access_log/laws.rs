//! Laws of reading an access log.

use super::naive;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use toban_adapters::SlotValue;
use toban_adapters::access_log::{Answer, Entry, Filter, Measure, Query, Reading, Scan, Unit};

/// What a printed line says.
#[derive(Clone, Debug)]
struct Printed {
    text: String,
    seconds: i64,
    user: String,
    status: u16,
    micros: Option<u64>,
}

fn host() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["192.0.2.7", "2001:db8::1", "[::1]", "::ffff:192.0.2.7", "client.example"])
}

/// What may stand between quotes: no bare quote or backslash.
fn quoted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9/?=&. ()\\[\\]-]{0,12}",
        1 => prop::sample::select(vec!["\\\"", "\\\\", "\\x22", "\\x16\\x03", "\u{e9}", "-"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// The fields behind the size, and the request time that they tell.
fn tail() -> impl Strategy<Value = (String, Option<u64>)> {
    let told = |form: fn(&str) -> String| {
        (0_u64..9_999_999_999_999).prop_map(move |micros| {
            (form(&format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)), Some(micros))
        })
    };
    let time = prop_oneof![
        Just((String::new(), None)),
        Just((" -".to_owned(), None)),
        told(|time| format!(" {time}")),
        told(|time| format!(" {time} 0.001, 0.002 : -")),
        told(|time| format!(" \"203.0.113.9\" {time} 0.5")),
        told(|time| format!(" rt={time} urt=\"0.1, 0.2\"")),
        told(|time| format!(" 7.5 request_time=\"{time}\"")),
    ];
    let combined = prop_oneof![
        1 => Just(String::new()),
        3 => (quoted(), quoted()).prop_map(|(referrer, agent)| format!(" \"{referrer}\" \"{agent}\"")),
    ];
    (combined, time).prop_map(|(combined, (time, micros))| (format!("{combined}{time}"), micros))
}

fn printed(seconds: impl Strategy<Value = i64>) -> impl Strategy<Value = Printed> {
    let user = prop_oneof![2 => Just("-".to_owned()), 1 => "[a-z][a-z \\[\"]{0,8}[a-z]"];
    let size = prop_oneof![Just("-".to_owned()), any::<u64>().prop_map(|size| size.to_string())];
    (host(), user, seconds, -1439_i32..1440, quoted(), 0_u16..1000, size, tail()).prop_map(
        |(host, user, seconds, east, request, status, size, (tail, micros))| {
            let zone = chrono::FixedOffset::east_opt(east * 60).unwrap();
            let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap().with_timezone(&zone);
            let at = at.format("%d/%b/%Y:%H:%M:%S %z");
            let text = format!("{host} - {user} [{at}] \"{request}\" {status:03} {size}{tail}");
            Printed { text, seconds, user, status, micros }
        },
    )
}

/// Times from the year 1 to 9999, so that no offset leads out of the four digits.
fn any_second() -> std::ops::Range<i64> {
    -62_135_000_000..253_370_000_000
}

/// A log of lines of one day, in any order, some of them broken.
fn log() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        8 => printed(1_772_323_200_i64..1_772_323_200 + 7200).prop_map(|line| line.text.into_bytes()),
        1 => prop::collection::vec(any::<u8>().prop_filter("a newline", |byte| *byte != b'\n'), 0..40),
        1 => printed(1_772_323_200_i64..1_772_323_200 + 7200).prop_flat_map(|line| broken(line.text)),
    ];
    let end = prop::sample::select(vec!["\n", "\r\n", ""]);
    (prop::collection::vec(line, 1..25), end).prop_map(|(lines, end)| {
        let mut log = lines.join(if end == "\r\n" { "\r\n" } else { "\n" }.as_bytes());
        log.extend_from_slice(end.as_bytes());
        log
    })
}

/// The line with one byte left out or changed to one that matters, or cut off.
fn broken(text: String) -> impl Strategy<Value = Vec<u8>> {
    let length = text.len();
    let bytes = prop::sample::select(b" \"\\[]:/.-=0a\x00".to_vec());
    (0..length, 0..3_u8, bytes).prop_map(move |(at, how, byte)| {
        let mut line = text.clone().into_bytes();
        match how {
            0 => drop(line.remove(at)),
            1 => line[at] = byte,
            _ => line.truncate(at),
        }
        line
    })
}

fn queries() -> [Query; 4] {
    let value = |statistic: &str| {
        Query::Value(Measure {
            statistic: statistic.parse().unwrap(),
            unit: Unit::Microseconds,
            filter: Filter::any(),
        })
    };
    [
        Query::BadTotal { bad: Filter::any().with_status("5xx".parse().unwrap()), total: Filter::any() },
        Query::GoodTotal {
            good: Filter::any().with_latency("<= 4000000s".parse().unwrap()),
            total: Filter::any().with_status("000-499".parse().unwrap()),
        },
        value("p95"),
        value("mean"),
    ]
}

/// Hands out what it holds in pieces of the given lengths, over and over, with interruptions in between.
struct Pieces<'a> {
    left: &'a [u8],
    lengths: std::iter::Cycle<std::slice::Iter<'a, usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = *self.lengths.next().unwrap();
        if length == 0 {
            return Err(ErrorKind::Interrupted.into());
        }
        let length = length.min(buffer.len()).min(self.left.len());
        let (piece, left) = self.left.split_at(length);
        buffer[..length].copy_from_slice(piece);
        self.left = left;
        Ok(length)
    }
}

fn read(input: impl Read) -> Result<Reading, String> {
    Scan::new(&queries()).read("log", input).map_err(|error| error.to_string())
}

fn gzip(members: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
        encoder.write_all(member).unwrap();
        encoder.finish().unwrap();
    }
    out
}

/// Good and total by minute, and the sorted request times by minute, the plain way.
fn by_minute(log: &[u8]) -> BTreeMap<i64, Vec<naive::NaiveEntry>> {
    let mut minutes: BTreeMap<i64, Vec<naive::NaiveEntry>> = BTreeMap::new();
    for entry in log.split(|byte| *byte == b'\n').filter_map(naive::parse) {
        minutes.entry(entry.seconds.div_euclid(60)).or_default().push(entry);
    }
    minutes
}

proptest! {
    #[test]
    fn a_printed_line_parses_back(line in printed(any_second())) {
        let entry = Entry::parse(line.text.as_bytes()).unwrap();
        prop_assert_eq!(entry.at().timestamp(), line.seconds);
        prop_assert_eq!(entry.user, line.user.as_bytes());
        prop_assert_eq!(entry.status, line.status);
        let micros = entry.request_time().map(|time| time.num_microseconds().unwrap().cast_unsigned());
        prop_assert_eq!(micros, line.micros);
    }

    #[test]
    fn it_agrees_with_the_naive_reader_on_whole_and_broken_lines(
        line in printed(any_second()).prop_flat_map(|line| broken(line.text)),
    ) {
        let naive = naive::parse(&line);
        let entry = Entry::parse(&line).ok().map(|entry| naive::NaiveEntry {
            user: entry.user.to_vec(),
            seconds: entry.at().timestamp(),
            request: entry.request.to_vec(),
            status: entry.status.into(),
            micros: entry.request_time().map(|time| time.num_microseconds().unwrap().cast_unsigned()),
        });
        prop_assert_eq!(entry, naive, "{}", line.escape_ascii());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Entry::parse(&bytes);
        let _ = read(&bytes[..]);
    }

    #[test]
    fn where_the_pieces_are_cut_makes_no_difference(
        log in log(),
        lengths in prop::collection::vec(0_usize..70, 1..9),
    ) {
        prop_assume!(lengths.iter().any(|length| *length > 0));
        let pieces = Pieces { left: &log, lengths: lengths.iter().cycle() };
        prop_assert_eq!(read(pieces), read(&log[..]));
    }

    #[test]
    fn gzip_in_any_number_of_members_reads_as_the_plain_log(log in log(), cut in any::<prop::sample::Index>()) {
        let (left, right) = log.split_at(cut.index(log.len() + 1));
        prop_assert_eq!(read(&gzip(&[&log])[..]), read(&log[..]));
        prop_assert_eq!(read(&gzip(&[left, b"", right])[..]), read(&log[..]));
    }

    #[test]
    fn the_order_of_lines_makes_no_difference_to_the_answers(log in log(), seed in any::<u64>()) {
        let Ok(reading) = read(&log[..]) else { return Ok(()) };
        let mut lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
        lines.sort_by_key(|line| line.iter().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add((*byte).into())));
        let shuffled = read(&lines.join(&b'\n')[..]).unwrap();
        prop_assert_eq!(shuffled.answers, reading.answers);
    }

    #[test]
    fn the_answers_agree_with_counting_by_hand(log in log()) {
        let minutes = by_minute(&log);
        let reading = match read(&log[..]) {
            Ok(reading) => reading,
            Err(error) => {
                // A broken year is a clock gone wrong.
                prop_assert!(minutes.is_empty() || error.contains("slots apart"), "{}", error);
                return Ok(());
            }
        };
        let all: Vec<_> = minutes.values().flatten().collect();
        prop_assert_eq!(reading.lines - reading.malformed, all.len() as u64);
        let timed = all.iter().filter(|entry| entry.micros.is_some()).count() as u64;
        prop_assert_eq!(reading.with_request_time, timed);
        let span = *minutes.keys().next().unwrap()..=*minutes.keys().last().unwrap();
        let none = Vec::new();
        let expected = |good: fn(&naive::NaiveEntry) -> bool, counts: fn(&naive::NaiveEntry) -> bool, needs_time: bool| {
            let minute = |minute| {
                let entries: Vec<_> = minutes.get(&minute).unwrap_or(&none).iter().filter(|entry| counts(entry)).collect();
                let known: Vec<_> = entries.iter().filter(|entry| !needs_time || entry.micros.is_some()).collect();
                if known.is_empty() && !entries.is_empty() {
                    return None;
                }
                Some((known.iter().filter(|entry| good(entry)).count() as u64, known.len() as u64))
            };
            let mut minutes: Vec<_> = span.clone().map(minute).collect();
            // A series does not show gaps behind its last tally.
            while minutes.last() == Some(&None) {
                minutes.pop();
            }
            minutes
        };
        let counted = |answer: &Answer| match answer {
            Answer::Counts { counts, .. } => {
                counts.iter().map(|(_, tally)| tally.map(|tally| (tally.good(), tally.total()))).collect()
            }
            other => panic!("{other:?}"),
        };
        let availability: Vec<_> = counted(&reading.answers[0]);
        prop_assert_eq!(availability, expected(|entry| !(500..600).contains(&entry.status), |_| true, false));
        if timed == 0 {
            prop_assert!(reading.answers[1..].iter().all(|answer| *answer == Answer::NoRequestTimes));
            return Ok(());
        }
        let latency: Vec<_> = counted(&reading.answers[1]);
        let fast = |entry: &naive::NaiveEntry| entry.micros.is_some_and(|micros| micros <= 4_000_000_000_000);
        prop_assert_eq!(latency, expected(fast, |entry| entry.status < 500, true));

        for (answer, is_mean) in [(&reading.answers[2], false), (&reading.answers[3], true)] {
            let Answer::Values { values, without_latency } = answer else { panic!("{answer:?}") };
            prop_assert_eq!(*without_latency, all.len() as u64 - timed);
            for (at, value) in values.iter() {
                let entries = minutes.get(&(at.timestamp() / 60)).unwrap_or(&none);
                let mut times: Vec<u64> = entries.iter().filter_map(|entry| entry.micros).collect();
                times.sort_unstable();
                match value {
                    SlotValue::Idle => prop_assert!(entries.is_empty()),
                    SlotValue::Gap => prop_assert!(!entries.is_empty() && times.is_empty()),
                    SlotValue::Value(value) if is_mean => {
                        let sum = times.iter().map(|micros| u128::from(*micros)).sum();
                        prop_assert_eq!(value, toban_core::Ratio::new(sum, times.len() as u128).unwrap());
                    }
                    SlotValue::Value(value) => {
                        let reached = |limit: u64| times.iter().filter(|time| **time <= limit).count() * 100;
                        let least = times.iter().find(|time| reached(**time) >= 95 * times.len()).unwrap();
                        prop_assert_eq!(value, toban_core::Ratio::from(*least));
                    }
                }
            }
        }
    }
}
