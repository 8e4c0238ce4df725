//! Reading a whole log.

use chrono::{DateTime, TimeDelta, Utc};
use std::io::{Read, Write};
use toban_adapters::access_log::{Answer, Error, Fault, Filter, Query, Reading, Scan, Silence};
use toban_adapters::{LONGEST_LINE, SlotValue};
use toban_core::Ratio;
use toban_slo::{Comparison, Indicator};

const HEALTHY: &str = "h - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1";

/// Lines of a minute, a status and a tail each.
fn log(lines: &[(u32, u16, &str)]) -> String {
    let line = |(minute, status, tail): &(u32, u16, &str)| {
        format!(
            "h - - [17/May/2015:10:{minute:02}:03 +0000] \"GET /a HTTP/1.1\" {status} 1 \"-\" \"-\"{tail}\n"
        )
    };
    lines.iter().map(line).collect()
}

fn availability() -> Query {
    Query::BadTotal { bad: Filter::any().with_status("5xx".parse().unwrap()), total: Filter::any() }
}

fn fast() -> Query {
    Query::GoodTotal { good: Filter::any().with_latency("< 500ms".parse().unwrap()), total: Filter::any() }
}

fn value(statistic: &str) -> Query {
    let spec = format!(r#"{{"value": "{statistic}", "unit": "ms"}}"#);
    Query::Value(serde_json::from_str(&spec).unwrap())
}

fn read(queries: &[Query], log: &str) -> Reading {
    Scan::new(queries).read("shop.log", log.as_bytes()).unwrap()
}

fn refused(input: impl Read) -> (Error, String) {
    let error = Scan::new(&[availability()]).read("shop.log", input).unwrap_err();
    let text = error.to_string();
    (error, text)
}

/// Good and total of each slot.
fn counts(answer: &Answer) -> Vec<Option<(u64, u64)>> {
    let Answer::Counts { counts, .. } = answer else { panic!("{answer:?}") };
    counts.iter().map(|(_, tally)| tally.map(|tally| (tally.good(), tally.total()))).collect()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_minute_without_lines_is_observed_and_empty() {
    let reading = read(&[availability()], &log(&[(5, 200, ""), (5, 503, ""), (8, 200, "")]));
    assert_eq!(counts(&reading.answers[0]), [Some((1, 2)), Some((0, 0)), Some((0, 0)), Some((1, 1))]);
    assert_eq!(
        (reading.first, reading.last),
        (instant("2015-05-17T10:05:03Z"), instant("2015-05-17T10:08:03Z"))
    );
}

#[test]
fn where_silence_is_a_gap_a_minute_without_any_line_is_not_observed() {
    let log = log(&[(5, 503, ""), (7, 200, " 0.1"), (10, 200, " 0.3")]);
    // Nothing of the seventh minute is asked for, but something was up to write it.
    let spec = r#"{"status": "5xx", "silence": "gap"}"#;
    let bad: Filter = serde_json::from_str(spec).unwrap();
    let total = Filter::any().with_status("503".parse().unwrap());
    let part = Query::BadTotal { bad, total: total.clone() };
    let whole = Query::BadTotal { bad: Filter::any(), total: total.with_silence(Silence::Gap) };
    let value = r#"{"value": "mean", "unit": "ms", "silence": "gap"}"#;
    let reading = read(&[part, whole, Query::Value(serde_json::from_str(value).unwrap())], &log);
    let expected = [Some((0, 1)), None, Some((0, 0)), None, None, Some((0, 0))];
    assert_eq!(counts(&reading.answers[0]), expected);
    assert_eq!(counts(&reading.answers[1]), expected);
    let Answer::Values { values, .. } = &reading.answers[2] else { panic!() };
    let values: Vec<_> = values.iter().map(|(_, value)| value).collect();
    assert_eq!(values[1], SlotValue::Gap);
    assert_eq!(values[2], SlotValue::Value(Ratio::whole(100)));
    let silence = reading.longest_silence.unwrap();
    assert_eq!(silence.start(), instant("2015-05-17T10:08:00Z"));
    assert_eq!(silence.end(), instant("2015-05-17T10:10:00Z"));
    assert_eq!(read(&[availability()], HEALTHY).longest_silence, None);
}

#[test]
fn every_answer_reaches_over_the_whole_log() {
    let nothing =
        Query::BadTotal { bad: Filter::any(), total: Filter::any().with_path("/other".parse().unwrap()) };
    let reading = read(&[nothing], &log(&[(5, 200, ""), (7, 200, "")]));
    assert_eq!(counts(&reading.answers[0]), [Some((0, 0)); 3]);
}

#[test]
fn what_is_good_or_bad_counts_only_within_the_total() {
    let errors_of_gets = Query::BadTotal {
        bad: Filter::any().with_status("5xx".parse().unwrap()),
        total: Filter::any().with_status("500".parse().unwrap()),
    };
    let reading = read(&[errors_of_gets], &log(&[(5, 503, ""), (5, 500, ""), (5, 200, "")]));
    assert_eq!(counts(&reading.answers[0]), [Some((0, 1))]);
}

#[test]
fn lines_may_stand_out_of_order() {
    let reading = read(&[availability()], &log(&[(7, 200, ""), (5, 500, ""), (7, 500, ""), (5, 200, "")]));
    assert_eq!(counts(&reading.answers[0]), [Some((1, 2)), Some((0, 0)), Some((1, 2))]);
}

#[test]
fn a_log_without_request_times_has_no_answer_about_latency() {
    let reading = read(&[fast(), availability(), value("p95")], &log(&[(5, 200, ""), (6, 200, "")]));
    assert_eq!(reading.answers[0], Answer::NoRequestTimes);
    assert_eq!(counts(&reading.answers[1]), [Some((1, 1)), Some((1, 1))]);
    assert_eq!(reading.answers[2], Answer::NoRequestTimes);
}

#[test]
fn a_line_without_request_time_is_neither_fast_nor_slow() {
    let lines = [(5, 200, " 0.499"), (5, 200, " 0.500"), (5, 503, ""), (6, 200, ""), (7, 200, " 0.1")];
    let reading = read(&[fast()], &log(&lines));
    assert_eq!(counts(&reading.answers[0]), [Some((1, 2)), None, Some((1, 1))]);
    assert!(matches!(reading.answers[0], Answer::Counts { without_latency: 2, .. }));
    assert_eq!(reading.with_request_time, 3);
}

#[test]
fn a_value_is_exact_and_absent_where_nothing_happened() {
    let lines = [(5, 200, " 0.001"), (5, 200, " 0.001"), (5, 200, " 0.003"), (7, 200, ""), (8, 200, " 0.2")];
    let reading = read(&[value("mean"), value("p50"), value("p95"), value("max")], &log(&lines));
    let first = |answer: &Answer| {
        let Answer::Values { values, without_latency } = answer else { panic!("{answer:?}") };
        let slots: Vec<SlotValue> = values.iter().map(|(_, value)| value).collect();
        assert_eq!(slots[1..], [SlotValue::Idle, SlotValue::Gap, SlotValue::Value(Ratio::from(200))]);
        assert_eq!(*without_latency, 1);
        slots[0]
    };
    let firsts: Vec<SlotValue> = reading.answers.iter().map(first).collect();
    let [one, three] = [1, 3].map(|number| SlotValue::Value(Ratio::from(number)));
    assert_eq!(firsts, [SlotValue::Value(Ratio::new(5, 3).unwrap()), one, three, three]);
}

#[test]
fn values_are_judged_by_a_threshold() {
    let lines = [(5, 200, " 0.2"), (7, 200, ""), (8, 200, " 0.201")];
    let reading = read(&[value("mean")], &log(&lines));
    let Answer::Values { values, .. } = &reading.answers[0] else { panic!("{reading:?}") };
    let limit = Indicator::Threshold { comparison: Comparison::AtMost, limit: Ratio::from(200) };
    let judged: Vec<_> = values.judge(&limit).unwrap().iter().map(|(_, tally)| tally).collect();
    let good: Vec<_> = judged.iter().map(|tally| tally.map(|tally| (tally.good(), tally.total()))).collect();
    assert_eq!(good, [Some((1, 1)), Some((0, 0)), None, Some((0, 1))]);
}

#[test]
fn slots_have_the_length_that_was_asked_for() {
    let queries = [availability()];
    let hourly = Scan::new(&queries).with_slot(TimeDelta::hours(1)).unwrap();
    let reading = hourly.read("shop.log", log(&[(5, 200, ""), (55, 500, "")]).as_bytes()).unwrap();
    assert_eq!(counts(&reading.answers[0]), [Some((1, 2))]);
    for slot in
        [TimeDelta::zero(), TimeDelta::milliseconds(1500), TimeDelta::seconds(-60), TimeDelta::days(2)]
    {
        assert!(matches!(Scan::new(&queries).with_slot(slot), Err(Error::Slot { .. })), "{slot}");
        assert!(matches!(Scan::new(&queries).with_slots([slot]), Err(Error::Slot { .. })), "{slot}");
    }
}

#[test]
fn lines_that_do_not_parse_are_counted_and_the_first_are_shown() {
    let mut text = log(&[(5, 200, "")]);
    for _ in 0..9 {
        text.push_str("\u{1b}[31mred\u{7f}\n");
    }
    text.push_str(&log(&[(5, 500, "")]));
    let reading = read(&[availability()], &text);
    assert_eq!((reading.lines, reading.malformed, reading.examples.len()), (11, 9, 5));
    assert_eq!(reading.examples[1].line, 3);
    assert_eq!(reading.examples[1].fault, Fault::Host);
    assert_eq!(
        reading.examples[1].to_string(),
        r"line 3: no host and ident at the beginning: \u{1b}[31mred\u{7f}"
    );
    assert_eq!(counts(&reading.answers[0]), [Some((1, 2))]);
}

#[test]
fn an_excerpt_is_short_and_whole_characters() {
    for shift in 0..4 {
        let line = format!("{}{}\n{HEALTHY}\n", "x".repeat(shift), "当番".repeat(1000));
        let excerpt = &read(&[], &line).examples[0].excerpt;
        assert!(excerpt.len() <= 260 && excerpt.ends_with("…"), "{excerpt}");
        assert!(!excerpt.contains('\\') && excerpt.contains("当番"), "{excerpt}");
    }
    let bytes = [b"\xff\xfe \x80 \\ \"\n", HEALTHY.as_bytes()].concat();
    let reading = Scan::new(&[]).read("shop.log", &bytes[..]).unwrap();
    assert_eq!(reading.examples[0].excerpt, r#"\xff\xfe \x80 \ ""#);
}

#[test]
fn a_log_without_an_entry_is_an_error_with_its_place() {
    let (error, text) = refused(&b"\nhello world\n"[..]);
    assert!(matches!(error, Error::NoEntry { lines: 2, .. }));
    assert_eq!(
        text,
        "shop.log: none of its 2 lines is an entry of an access log; line 1: the line is empty: "
    );
    let (error, text) = refused(&b""[..]);
    assert!(matches!(error, Error::Empty { .. }));
    assert_eq!(text, "shop.log: the log is empty");
}

#[test]
fn a_missing_file_is_named() {
    let error = Scan::new(&[]).read_file("no/such/file.log").unwrap_err();
    assert_eq!(error.to_string(), "no/such/file.log: the log cannot be opened");
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "No such file or directory (os error 2)"
    );
}

#[test]
fn the_longest_line_is_read_and_a_longer_one_is_an_error() {
    let padded = |length: usize| format!("{HEALTHY} {}", "x".repeat(length - HEALTHY.len() - 1));
    let longest = padded(LONGEST_LINE);
    for text in [format!("{HEALTHY}\n{longest}\n{HEALTHY}"), format!("{HEALTHY}\n{longest}")] {
        assert_eq!(read(&[], &text).malformed, 0);
    }
    let longer = padded(LONGEST_LINE + 1);
    for text in [format!("{HEALTHY}\n{longer}\n{HEALTHY}"), format!("{HEALTHY}\n{longer}")] {
        let (error, text) = refused(text.as_bytes());
        assert!(matches!(error, Error::LineTooLong { line: 2, .. }));
        assert_eq!(text, "shop.log: line 2 is longer than 1048576 bytes");
    }
}

#[test]
fn an_endless_line_stops_soon() {
    struct Endless {
        given: usize,
    }
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'x');
            self.given += buffer.len();
            assert!(self.given < 8 * LONGEST_LINE, "reads on and on");
            Ok(buffer.len())
        }
    }
    assert!(matches!(refused(Endless { given: 0 }).0, Error::LineTooLong { line: 1, .. }));
}

#[test]
fn a_clock_gone_wrong_is_an_error_that_names_both_lines() {
    let text = format!("{HEALTHY}\nbroken\n{HEALTHY}\n{}\n", HEALTHY.replace("2015", "9999"));
    let (error, text) = refused(text.as_bytes());
    assert!(matches!(error, Error::TooFarApart { line: 4, other_line: 1, .. }));
    assert_eq!(
        text,
        "shop.log: line 4 is of 9999-05-17 10:05:03 UTC, line 1 is of 2015-05-17 10:05:03 UTC: \
         that is more than 4194304 slots apart"
    );
    let text = format!("{HEALTHY}\n{}\n", HEALTHY.replace("2015", "0001"));
    assert!(matches!(refused(text.as_bytes()).0, Error::TooFarApart { line: 2, other_line: 1, .. }));
    let years = format!("{HEALTHY}\n{}\n", HEALTHY.replace("2015", "2022"));
    assert_eq!(counts(&read(&[availability()], &years).answers[0]).len(), 2557 * 1440 + 1);
}

#[test]
fn a_few_lines_whose_time_lies_years_from_the_others_are_no_entries() {
    let stray = |year: &str| HEALTHY.replace("2015", year).replace(" 1", " 1 0.5");
    let mut lines: Vec<_> = (0..300).map(|size| format!("{HEALTHY}{size} 0.1")).collect();
    let alone = read(&[availability(), value("max")], &lines.join("\n"));
    // Early, late, and in between; of two that keep each other company none is nearer to the others for that.
    lines.insert(0, stray("1970"));
    lines.insert(150, "broken".into());
    lines.insert(200, stray("2016").replace("17/May", "20/May"));
    let reading = read(&[availability(), value("max")], &lines.join("\n"));
    assert_eq!((&reading.answers, reading.longest_silence), (&alone.answers, None));
    assert_eq!((reading.lines, reading.malformed, reading.with_request_time), (303, 3, 300));
    assert_eq!((reading.first, reading.last), (alone.first, alone.last));
    let faults: Vec<_> = reading.examples.iter().map(|example| (example.line, example.fault)).collect();
    let expected = [(1, Fault::Stray { years: 45 }), (151, Fault::Request), (201, Fault::Stray { years: 1 })];
    assert_eq!(faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 151, 201]);
    assert_eq!((faults[0], faults[2]), (expected[0], expected[2]));
    assert!(
        reading.examples[0].to_string().starts_with(
            "line 1: its time lies 45 years from the others: h - - [17/May/1970:10:05:03 +0000]"
        )
    );
    assert!(reading.examples[2].to_string().contains("its time lies a year from the others"));
    // In another order the same lines stray.
    lines.reverse();
    assert_eq!(read(&[availability(), value("max")], &lines.join("\n")).answers, alone.answers);
    // Lines that do not parse leave room for one that strays.
    lines.splice(0..0, ["broken"; 9].map(String::from));
    let reading = read(&[availability()], &lines.join("\n"));
    assert_eq!((reading.malformed, reading.examples.len()), (12, 5));
    assert_eq!(reading.examples.iter().filter(|one| matches!(one.fault, Fault::Stray { .. })).count(), 1);
    // More than one in a hundred are no accident.
    lines.extend(["2031", "2031"].map(stray));
    let text = refused(lines.join("\n").as_bytes()).1;
    assert!(text.contains("is of 1970-") && text.contains("is of 2031-"), "{text}");
}

#[test]
fn lines_that_lead_from_one_to_another_do_not_stray() {
    // A year's silence at most, so that the years belong together, in whatever order they turn up.
    let years = |months: &[&str]| -> String {
        let line = |month: &&str| format!("{}\n", HEALTHY.replace("May/2015", month));
        months.iter().map(line).chain(std::iter::repeat_n(format!("{HEALTHY}\n"), 500)).collect()
    };
    assert_eq!(read(&[availability()], &years(&["Jun/2016"])).malformed, 1);
    for bridged in [["Jun/2016", "Dec/2015"], ["Dec/2015", "Jun/2016"]] {
        let log = years(&bridged);
        let backwards: String = log.lines().rev().map(|line| format!("{line}\n")).collect();
        for log in [log, backwards] {
            let reading = read(&[availability()], &log);
            assert_eq!((reading.malformed, reading.last), (0, instant("2016-06-17T10:05:03Z")));
        }
    }
    // A log that is so long is not cut short, though nearly all lines lie at one end.
    let long: Vec<_> = (2015..2026).map(|year| format!("May/{year}")).collect();
    let long: Vec<_> = long.iter().map(String::as_str).collect();
    let halves: Vec<_> = (2015..2025).map(|year| format!("Dec/{year}")).collect();
    let halves: Vec<_> = halves.iter().map(String::as_str).collect();
    let text = refused(years(&[long, halves].concat()).as_bytes()).1;
    assert!(text.contains("line 11 is of 2025-05-17") && text.contains("slots apart"), "{text}");
}

#[test]
fn damaged_gzip_is_an_error_with_its_place() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let lines: Vec<String> = (0..20_000).map(|size| format!("{HEALTHY}{size}\n")).collect();
    encoder.write_all(lines.concat().as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    assert_eq!(Scan::new(&[]).read("shop.log.gz", &whole[..]).unwrap().lines, 20_000);

    let (error, text) = refused(&whole[..whole.len() - 100]);
    assert!(matches!(error, Error::Gzip { line: 1.., .. }), "{error:?}");
    assert!(text.starts_with("shop.log: the gzip data is cut off or damaged after line "), "{text}");
    let mut flipped = whole.clone();
    let checksum = whole.len() - 8;
    flipped[checksum] ^= 1;
    assert!(matches!(refused(&flipped[..]).0, Error::Gzip { .. }));
    assert!(matches!(refused(&whole[..5]).0, Error::Gzip { line: 0, .. }));
    assert!(matches!(refused(&[&whole[..], b"garbage"].concat()[..]).0, Error::Gzip { .. }));
}

#[test]
fn a_failing_read_is_an_error_with_its_place() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is on fire"))
        }
    }
    let text = format!("{HEALTHY}\n{HEALTHY}\n");
    let (error, _) = refused(text.as_bytes().chain(Failing));
    assert!(matches!(error, Error::Read { line: 2, .. }), "{error:?}");
}

#[test]
fn progress_ends_at_the_length_of_the_input() {
    let text = log(&[(5, 200, " 0.1"); 10_000]);
    let mut steps = Vec::new();
    let mut progress = |step| steps.push(step);
    Scan::new(&[]).with_progress(&mut progress).read("shop.log", text.as_bytes()).unwrap();
    assert!(steps.len() > 2 && steps.is_sorted_by_key(|step| (step.bytes, step.lines)), "{steps:?}");
    let last = steps.last().unwrap();
    assert_eq!((last.bytes, last.lines), (text.len() as u64, 10_000));

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let mut last = None;
    let mut progress = |step| last = Some(step);
    Scan::new(&[]).with_progress(&mut progress).read("shop.log.gz", &packed[..]).unwrap();
    assert_eq!(last.unwrap().bytes, packed.len() as u64);
}
