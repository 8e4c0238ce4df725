//! What a table says.

use super::{answer, counts, good_of_total, slots, source};
use chrono::TimeDelta;
use std::io::Write;
use toban_adapters::SlotValue;
use toban_adapters::csv::{Answer, Error, Events, Query, Scan, Source};
use toban_core::Ratio;
use toban_slo::openslo::Value;
use toban_slo::{RatioOf, Tally};

const PLAIN: &str = "time,good,total\n2026-03-01T00:00:00Z,59,60\n2026-03-01T00:01:00Z,60,60\n";

fn any() -> Query {
    good_of_total("{}")
}

#[test]
fn a_missing_row_is_a_gap_and_a_row_of_zeros_is_not() {
    let table = "time,good,total\n2026-03-01T00:00:00Z,59,60\n2026-03-01T00:01:00Z,0,0\n\
                 2026-03-01T00:02:00Z,,\n2026-03-01T00:04:00Z,1,1\n";
    let counts = counts(&any(), table);
    assert_eq!(slots(&counts), [Some((59, 60)), Some((0, 0)), None, None, Some((1, 1))]);
    assert_eq!(counts.start().to_rfc3339(), "2026-03-01T00:00:00+00:00");
}

/// A column that begins later than its table has no gap before it, whatever it holds.
#[test]
fn the_record_begins_with_the_first_cell_that_says_something() {
    let rows = |cells: [&str; 6]| {
        let rows = cells.iter().enumerate();
        rows.map(|(minute, cells)| format!("2026-03-01T00:0{minute}:00Z,{cells}\n")).collect::<String>()
    };
    let starts = "2026-03-01T00:02:00+00:00";
    let table = format!("time,good,total\n{}", rows([",", ",", "59,60", ",", "1,1", ","]));
    let found = counts(&any(), &table);
    assert_eq!(slots(&found), [Some((59, 60)), None, Some((1, 1))]);
    assert_eq!(found.start().to_rfc3339(), starts);
    let table = format!("time,value\n{}", rows(["", "", "0.5", "", "7", ""]));
    let Ok(Answer::Values(found)) = answer(&Query::value(&Source::default()), &table) else { panic!() };
    assert_eq!(found.start().to_rfc3339(), starts);
    let [half, seven] = [Ratio::new(1, 2).unwrap(), Ratio::whole(7)].map(SlotValue::Value);
    assert!(found.iter().map(|(_, value)| value).eq([half, SlotValue::Gap, seven]));
    let total = Query::good_of_total(&Source::default(), &Source::default(), Events::Cumulative).unwrap();
    let table = format!("time,good,total\n{}", rows([",", ",", "10,10", "14,15", "20,25", "20,25"]));
    let Ok(Answer::Counted(found, _)) = answer(&total, &table) else { panic!() };
    assert_eq!(found.start().to_rfc3339(), starts);
    assert_eq!(slots(&found), [Some((4, 5)), Some((6, 10)), Some((0, 0))]);
    // Where nothing is said at all, there is no record.
    let empty = format!("time,good,total\n{}", rows([","; 6]));
    assert_eq!(slots(&counts(&any(), &empty)), []);
}

#[test]
fn of_good_bad_and_total_any_two_will_do() {
    let bad = Query::bad_of_total(&Source::default(), &Source::default(), Events::PerSlot).unwrap();
    for columns in ["good,total\n7,10", "bad,total\n3,10", "good,bad\n7,3", "good,bad,total\n7,3,10"] {
        let (names, cells) = columns.split_once('\n').unwrap();
        let table = format!("time,{names}\n2026-03-01T00:00:00Z,{cells}\n2026-03-01T00:01:00Z,{cells}\n");
        for query in [&any(), &bad] {
            assert_eq!(slots(&counts(query, &table)), [Some((7, 10)); 2], "{query:?} {columns}");
        }
    }
}

#[test]
fn a_named_column_is_the_one_that_is_read() {
    let good = source(r#"{"column": "ok"}"#);
    let total = source(r#"{"column": "requests"}"#);
    let table = "ok,time,good,requests\n1,2026-03-01T00:00:00Z,9,4\n2,2026-03-01T00:01:00Z,9,4\n";
    assert_eq!(
        slots(&counts(&Query::good_of_total(&good, &total, Events::PerSlot).unwrap(), table)),
        [Some((1, 4)), Some((2, 4))]
    );
    assert_eq!(
        slots(&counts(&Query::bad_of_total(&good, &total, Events::PerSlot).unwrap(), table)),
        [Some((3, 4)), Some((2, 4))]
    );
}

#[test]
fn times_are_written_as_their_column_says() {
    for (header, one, two) in [
        ("time", "2026-03-01T09:00:00+09:00", "2026-03-01T00:01:00Z"),
        ("time", "2026-02-28T23:30:00.000-00:30", "\"2026-03-01T00:01:00Z\""),
        ("unix_seconds", "1772323200", "1772323260.000"),
        ("unix_milliseconds", "1772323200000", "1772323260000"),
    ] {
        let table = format!("{header},good,total\n{one},1,1\n{two},1,1\n");
        assert_eq!(
            counts(&any(), &table),
            counts(&any(), PLAIN.replace("59,60", "1,1").replace("60,60", "1,1").as_str())
        );
    }
    let named = good_of_total(r#"{"time": "minute_unix_seconds"}"#);
    let stated = good_of_total(r#"{"time": "minute", "time_format": "unix_seconds"}"#);
    assert_eq!(slots(&counts(&named, "minute_unix_seconds,good,total\n0,1,1\n60,1,1\n")), [Some((1, 1)); 2]);
    assert_eq!(slots(&counts(&stated, "minute,good,total\n0,1,1\n60,1,1\n")), [Some((1, 1)); 2]);
}

#[test]
fn a_slot_is_as_long_as_stated_or_as_the_most_common_step() {
    let table = |seconds: &[u32]| {
        let rows: String = seconds.iter().map(|at| format!("{at},1,1\n")).collect();
        format!("unix_seconds,good,total\n{rows}")
    };
    let length = |spec: &str, seconds: &[u32]| counts(&good_of_total(spec), &table(seconds)).slot();
    assert_eq!(length("{}", &[0, 300, 600, 1500, 1800]), TimeDelta::minutes(5));
    assert_eq!(length("{}", &[0, 60, 180]), TimeDelta::minutes(1), "the shorter of two as common");
    assert_eq!(length(r#"{"slot": "30s"}"#, &[0, 60, 120]), TimeDelta::seconds(30));
    assert_eq!(length(r#"{"slot": "1h"}"#, &[0]), TimeDelta::hours(1));
    assert_eq!(length(r#"{"slot": "500ms"}"#, &[0]), TimeDelta::milliseconds(500));
    assert_eq!(length(r#"{"slot": "1d"}"#, &[0]), TimeDelta::days(1));
}

#[test]
fn rows_in_any_order_are_read_where_the_source_says_so() {
    let table = "unix_seconds,good,total\n120,3,3\n0,1,1\n60,2,2\n";
    let query = good_of_total(r#"{"order": "unordered"}"#);
    assert_eq!(slots(&counts(&query, table)), [Some((1, 1)), Some((2, 2)), Some((3, 3))]);
}

#[test]
fn one_pass_answers_many_queries_about_many_series() {
    let table = "unix_seconds,service,shard,good,total,p95\n\
                 0,checkout,1,1,2,0.25\n0,search,1,5,5,\n60,search,1,6,6,1.5\n60,checkout,1,2,2,2\n0,checkout,2,9,9,9\n";
    let checkout = r#"{"where": {"service": "checkout", "shard": 1}}"#;
    let value = r#"{"where": {"service": "checkout", "shard": "1"}, "column": "p95"}"#;
    let queries = [
        good_of_total(checkout),
        good_of_total(r#"{"where": {"service": "search"}}"#),
        Query::value(&source(value)),
    ];
    let answers = Scan::new(&queries).read("shop.csv", table.as_bytes()).unwrap();
    let [Answer::Counts(checkout), Answer::Counts(search), Answer::Values(values)] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!(slots(checkout), [Some((1, 2)), Some((2, 2))]);
    assert_eq!(slots(search), [Some((5, 5)), Some((6, 6))]);
    let values: Vec<SlotValue> = values.iter().map(|(_, value)| value).collect();
    assert_eq!(values, [SlotValue::Value("0.25".parse().unwrap()), SlotValue::Value(Ratio::whole(2))]);
}

#[test]
fn values_keep_their_gaps() {
    let table = "unix_seconds,value\n0,45.863999\n60,\n120,0\n300,51.846000000000004\n360,1\n420,1\n";
    let Answer::Values(values) = answer(&Query::value(&Source::default()), table).unwrap() else { panic!() };
    let value = |text: &str| SlotValue::Value(text.parse().unwrap());
    let expected = [
        value("45.863999"),
        SlotValue::Gap,
        value("0"),
        SlotValue::Gap,
        SlotValue::Gap,
        value("51.846000000000004"),
        value("1"),
        value("1"),
    ];
    let slots: Vec<SlotValue> = values.iter().map(|(_, value)| value).collect();
    assert_eq!(slots, expected);
}

/// As pandas and `printf` write what is small, and floats with all their digits.
#[test]
fn a_value_with_an_exponent_is_taken_to_its_last_digit() {
    for (cell, exact) in [
        ("7e-05", Ratio::new(7, 100_000)),
        ("7.142857142857143E-05", Ratio::new(7_142_857_142_857_143, 10_u128.pow(20))),
        ("0.0007142857142857143", Ratio::new(7_142_857_142_857_143, 10_u128.pow(19))),
        ("1.50e+3", Ratio::new(1500, 1)),
        (".5e1", Ratio::new(5, 1)),
        ("12000e-3", Ratio::new(12, 1)),
        ("1e-38", Ratio::new(1, 10_u128.pow(38))),
        ("0e-99", Ratio::new(0, 1)),
        ("000.10000000000000000000", Ratio::new(1, 10)),
    ] {
        let table = format!("unix_seconds,value\n0,{cell}\n60,1\n");
        let Answer::Values(values) = answer(&Query::value(&Source::default()), &table).unwrap() else {
            panic!()
        };
        assert_eq!(values.iter().next().unwrap().1, SlotValue::Value(exact.unwrap()), "{cell}");
    }
    let ratios = Query::ratio(&Source::default(), RatioOf::Failure);
    let bad = counts(&ratios, "unix_seconds,ratio\n0,7e-05\n60,1E0\n120,1e-38\n");
    let bad: Vec<_> = bad.iter().map(|(_, tally)| tally.unwrap().bad()).collect();
    // A billionth is the finest part of a ratio, and what is bad is rounded up to it.
    assert_eq!(bad, [70_000, 1_000_000_000, 1]);
}

#[test]
fn a_ratio_weighs_the_same_in_each_slot() {
    let table = "unix_seconds,ratio\n0,0.25\n60,1\n120,0\n";
    let of = |of| counts(&Query::ratio(&Source::default(), of), table);
    let tally = |good| Some(Tally::new(good, Tally::RATIO_UNITS).unwrap());
    let success: Vec<_> = of(RatioOf::Success).iter().map(|(_, tally)| tally).collect();
    let failure: Vec<_> = of(RatioOf::Failure).iter().map(|(_, tally)| tally).collect();
    assert_eq!(success, [tally(250_000_000), tally(1_000_000_000), tally(0)]);
    assert_eq!(failure, [tally(750_000_000), tally(0), tally(1_000_000_000)]);
}

#[test]
fn the_forms_that_tools_write_are_all_read() {
    let expected = counts(&any(), PLAIN);
    let packed = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(PLAIN.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for table in [
        PLAIN.replace('\n', "\r\n").into_bytes(),
        PLAIN.trim_end().as_bytes().to_vec(),
        format!("\u{feff}{PLAIN}").into_bytes(),
        format!("\n{}\n\n", PLAIN.replace('\n', "\n\n")).into_bytes(),
        PLAIN.replace(',', " ,\t").into_bytes(),
        PLAIN.replace("59", "\" 59\"").replace("good", "\"good\"").into_bytes(),
        PLAIN.lines().map(|line| format!("\"a \"\"b\"\", c\",{line}\n")).collect::<String>().into_bytes(),
        packed,
    ] {
        let answers = Scan::new(&[any()]).read("shop.csv", &table[..]).unwrap();
        assert_eq!(answers, [Answer::Counts(expected.clone())], "{}", table.escape_ascii());
    }
}

#[test]
fn progress_ends_at_the_length_of_the_input() {
    let mut last = None;
    let mut progress = |step| last = Some(step);
    Scan::new(&[any()]).with_progress(&mut progress).read("shop.csv", PLAIN.as_bytes()).unwrap();
    let last = last.unwrap();
    assert_eq!((last.bytes, last.lines), (PLAIN.len() as u64, 3));
}

#[test]
fn two_sources_of_one_table_differ_in_the_column_alone() {
    let total = source(r#"{"column": "total", "file": "a.csv", "slot": "1m"}"#);
    assert!(
        Query::good_of_total(
            &source(r#"{"column": "ok", "file": "a.csv", "slot": "60s"}"#),
            &total,
            Events::PerSlot
        )
        .is_ok()
    );
    for (spec, field) in [
        (r#"{"slot": "1m"}"#, "file"),
        (r#"{"file": "a.csv", "slot": "2m"}"#, "slot"),
        (r#"{"file": "a.csv", "slot": "1m", "where": {"a": "b"}}"#, "where"),
        (r#"{"file": "a.csv", "slot": "1m", "order": "unordered"}"#, "order"),
        (r#"{"file": "a.csv", "slot": "1m", "time": "t"}"#, "time"),
        (r#"{"file": "a.csv", "slot": "1m", "time_format": "rfc3339"}"#, "time_format"),
    ] {
        let error = Query::bad_of_total(&source(spec), &total, Events::PerSlot).unwrap_err();
        assert!(matches!(error, Error::Differ { field: found } if found == field), "{error}");
    }
}

#[test]
fn the_spec_of_an_openslo_metric_source_is_read_in_place() {
    let spec = r#"{"file": "a.csv", "column": "ok", "time_format": "unix_seconds", "where": {"shard": 3}, "slot": "5m"}"#;
    let value: Value = serde_json::from_str(spec).unwrap();
    assert_eq!(value.read::<Source>().unwrap(), source(spec));
    let value: Value = serde_json::from_str(r#"{"slot": "5x"}"#).unwrap();
    assert_eq!(value.read::<Source>().unwrap_err().path().to_string(), "slot");
}

#[test]
fn a_source_with_a_mistake_is_refused() {
    for (spec, says) in [
        (r#"{"colum": "a"}"#, "unknown field `colum`"),
        (r#"{"slot": "0s"}"#, "length of a slot"),
        (r#"{"slot": "1 m"}"#, "length of a slot"),
        (r#"{"slot": "1w"}"#, "length of a slot"),
        (r#"{"slot": "1.5m"}"#, "length of a slot"),
        (r#"{"slot": "367d"}"#, "length of a slot"),
        (r#"{"slot": "99999999999999999999d"}"#, "length of a slot"),
        (r#"{"time_format": "iso"}"#, "unknown variant `iso`"),
        (r#"{"order": "descending"}"#, "unknown variant `descending`"),
        (r#"{"where": ["a"]}"#, "expected a map"),
    ] {
        let error = serde_json::from_str::<Source>(spec).unwrap_err().to_string();
        assert!(error.contains(says), "{spec}: {error}");
    }
}
