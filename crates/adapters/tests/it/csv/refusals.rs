//! Each mistake in a table is one error that names table, line and column.

use super::{answer, good_of_total};
use std::io::Read;
use toban_adapters::LONGEST_LINE;
use toban_adapters::csv::{Error, Events, Problem, Query, Scan, Source};
use toban_slo::RatioOf;

fn refusal(query: &Query, table: &str) -> String {
    match answer(query, table) {
        Err(error) => error.to_string(),
        Ok(answer) => panic!("{table}: {answer:?}"),
    }
}

/// The error of a table of good and total, in which this is the third row after the names.
fn refusal_of(row: &str) -> String {
    refusal(
        &good_of_total("{}"),
        &format!("time,good,total\n2026-03-01T00:00:00Z,1,1\n2026-03-01T00:01:00Z,1,1\n{row}\n"),
    )
}

#[test]
fn a_cell_that_is_no_number_of_events_is_named() {
    for cell in ["-1", "+1", "1.0", "1e3", "NaN", "inf", "x", "18446744073709551616", "１", "1 2"] {
        let error = refusal_of(&format!("2026-03-01T00:02:00Z,{cell},5"));
        let expected =
            format!("shop.csv: line 4: column `good`: {cell:?} is not a whole number from 0 to 2^64 - 1");
        assert_eq!(error, expected);
    }
    assert_eq!(
        refusal_of("2026-03-01T00:02:00Z,,5"),
        "shop.csv: line 4: column `good`: \"\" is not a whole number from 0 to 2^64 - 1"
    );
}

#[test]
fn a_time_that_cannot_be_read_is_named() {
    for cell in [
        "",
        "2026-03-01",
        "2026-03-01T00:02:00",
        "2026-02-30T00:00:00Z",
        "1772323320",
        "2026-03-01T00:02:00.0001Z",
    ] {
        let error = refusal_of(&format!("{cell},1,1"));
        assert!(
            error.starts_with(&format!("shop.csv: line 4: column `time`: {cell:?} is not a time such as")),
            "{error}"
        );
    }
    for cell in ["-60", "60.0001", "1e3", "3/2", "2026-03-01T00:00:00Z", "99999999999999999999"] {
        let error = refusal(&good_of_total("{}"), &format!("unix_seconds,good,total\n{cell},1,1\n"));
        assert!(
            error.starts_with(&format!(
                "shop.csv: line 2: column `unix_seconds`: {cell:?} is not a Unix time in seconds"
            )),
            "{error}"
        );
    }
}

#[test]
fn values_are_decimals_and_ratios_lie_between_0_and_1() {
    for cell in ["-0.1", "-0", "NaN", "e3", ".e3", "1e", "1e-", "1e+-3", "1e0.5", "1e-39", "1e99", "1/2", "∞"]
    {
        let table = format!("unix_seconds,value,ratio\n0,{cell},{cell}\n");
        let error = refusal(&Query::value(&Source::default()), &table);
        assert_eq!(
            error,
            format!("shop.csv: line 2: column `value`: {cell:?} is not a decimal of 0 or more")
        );
        let error = refusal(&Query::ratio(&Source::default(), RatioOf::Success), &table);
        assert_eq!(error, format!("shop.csv: line 2: column `ratio`: {cell:?} is not a decimal from 0 to 1"));
    }
    let error = refusal(&Query::ratio(&Source::default(), RatioOf::Failure), "unix_seconds,ratio\n0,1.001\n");
    assert_eq!(error, "shop.csv: line 2: column `ratio`: \"1.001\" is not a decimal from 0 to 1");
    let error = refusal(&Query::ratio(&Source::default(), RatioOf::Failure), "unix_seconds,ratio\n0,11e-1\n");
    assert_eq!(error, "shop.csv: line 2: column `ratio`: \"11e-1\" is not a decimal from 0 to 1");
}

#[test]
fn no_more_are_good_or_bad_than_there_are() {
    assert_eq!(
        refusal_of("2026-03-01T00:02:00Z,6,5"),
        "shop.csv: line 4: `good` is 6, more than the 5 of `total`"
    );
    let bad = Query::bad_of_total(&Source::default(), &Source::default(), Events::PerSlot).unwrap();
    assert_eq!(
        refusal(&bad, "unix_seconds,bad,total\n0,2,1\n"),
        "shop.csv: line 2: `bad` is 2, more than the 1 of `total`"
    );
    let most = u64::MAX;
    for (table, line) in [
        (format!("unix_seconds,good,bad\n0,{most},1\n"), 2),
        (format!("unix_seconds,good,total\n0,1,{most}\n60,1,1\n"), 3),
    ] {
        let error = refusal(&good_of_total("{}"), &table);
        assert_eq!(error, format!("shop.csv: line {line}: all events up to here are 2^64 or more"));
    }
}

#[test]
fn rows_ascend_on_a_grid_without_repetition() {
    assert_eq!(
        refusal_of("2026-03-01T00:00:30Z,1,1"),
        "shop.csv: line 4: 2026-03-01 00:00:30 UTC stands behind 2026-03-01 00:01:00 UTC; \
         `order: unordered` would allow it"
    );
    assert_eq!(
        refusal_of("2026-03-01T00:01:00Z,1,1"),
        "shop.csv: line 4: there is a row of 2026-03-01 00:01:00 UTC already, line 3"
    );
    assert_eq!(
        refusal_of("2026-03-01T00:02:30Z,1,1\n2026-03-01T00:03:00Z,1,1\n2026-03-01T00:04:00Z,1,1"),
        "shop.csv: line 4: 2026-03-01 00:02:30 UTC is no whole number of slots of 60 s after \
         2026-03-01 00:00:00 UTC"
    );
    let unordered = good_of_total(r#"{"order": "unordered"}"#);
    assert_eq!(
        refusal(&unordered, "unix_seconds,good,total\n60,1,1\n0,1,1\n60,1,1\n"),
        "shop.csv: line 4: there is a row of 1970-01-01 00:01:00 UTC already, line 2"
    );
}

#[test]
fn a_row_from_a_clock_gone_wrong_is_named() {
    let row = "9999-03-01T00:00:00Z,1,1";
    assert_eq!(
        refusal_of(row),
        "shop.csv: line 4: 9999-03-01 00:00:00 UTC is more than 4194304 slots of 60 s after \
         2026-03-01 00:00:00 UTC"
    );
}

#[test]
fn a_table_without_rows_of_interest_is_an_error_with_its_place() {
    let query = good_of_total("{}");
    assert_eq!(
        refusal(&query, ""),
        "shop.csv: line 1: there is no column `time` or `unix_seconds` or `unix_milliseconds`: the table is empty"
    );
    assert_eq!(refusal(&query, "time,good,total\n\n"), "shop.csv: line 2: no row follows");
    let checkout = good_of_total(r#"{"where": {"service": "checkout"}}"#);
    assert_eq!(
        refusal(&checkout, "time,good,total,service\n2026-03-01T00:00:00Z,1,1,search\n"),
        "shop.csv: line 2: no row follows in which service is \"checkout\""
    );
    assert_eq!(
        refusal(&query, "time,good,total\n2026-03-01T00:00:00Z,1,1\n"),
        "shop.csv: line 2: one row alone does not show how long its slot is: `slot` says it"
    );
}

#[test]
fn a_column_that_is_not_there_or_there_twice_is_named() {
    for (spec, names, says) in [
        (
            "{}",
            "when,good,total",
            "no column `time` or `unix_seconds` or `unix_milliseconds`: there are `when`, `good`, `total`",
        ),
        ("{}", "time,good", "no column `total`: there are `time`, `good`"),
        ("{}", "time,total", "no column `good`: there are `time`, `total`"),
        (r#"{"column": "ok"}"#, "time,good,total", "no column `ok`: there are `time`, `good`, `total`"),
        (
            r#"{"where": {"service": "a"}}"#,
            "time,good,total",
            "no column `service`: there are `time`, `good`, `total`",
        ),
        (r#"{"time": "at"}"#, "time,good,total", "no column `at`: there are `time`, `good`, `total`"),
    ] {
        let error = refusal(&good_of_total(spec), &format!("\n{names}\n"));
        assert_eq!(error, format!("shop.csv: line 2: there is {says}"));
    }
    let error = refusal(&good_of_total("{}"), "time,good,good,total\n");
    assert_eq!(error, "shop.csv: line 1: there are two columns `good`");
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let rows = ["time,good,total", "", "2026-03-01T00:00:00Z,1,1", "", "", "2026-03-01T00:01:00Z,x,1"];
    for end in ["\n", "\r\n"] {
        assert!(
            refusal(&good_of_total("{}"), &rows.join(end)).starts_with("shop.csv: line 6: column `good`")
        );
    }
}

#[test]
fn a_line_that_is_not_one_row_of_text_is_named() {
    assert_eq!(
        refusal_of("2026-03-01T00:02:00Z,1"),
        "shop.csv: line 4: the row has 2 cells, and there are 3 columns"
    );
    assert_eq!(
        refusal_of("2026-03-01T00:02:00Z,\"1,1"),
        "shop.csv: line 4: the line is not one row: a quote is not closed on it"
    );
    let read =
        |table: &[u8]| Scan::new(&[good_of_total("{}")]).read("shop.csv", table).unwrap_err().to_string();
    assert_eq!(read(b"time,good,total\n\xff,1,1\n"), "shop.csv: line 2: the row is not UTF-8 text");
    let long = format!("time,good,total\n2026-03-01T00:00:00Z,1,{}", "1".repeat(LONGEST_LINE));
    assert_eq!(read(long.as_bytes()), "shop.csv: line 2: the row is longer than 1048576 bytes");
}

#[test]
fn an_endless_row_stops_soon() {
    struct Endless {
        given: usize,
    }
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'"');
            self.given += buffer.len();
            assert!(self.given < 8 * LONGEST_LINE, "reads on and on");
            Ok(buffer.len())
        }
    }
    let error = Scan::new(&[]).read("shop.csv", Endless { given: 0 }).unwrap_err();
    assert!(matches!(error, Error::Row { line: 1, problem: Problem::TooLong, .. }), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Scan::new(&[]).read_file("no/such/table.csv").unwrap_err();
    assert_eq!(error.to_string(), "no/such/table.csv: the table cannot be opened");
}

#[test]
fn a_damaged_gzip_is_an_error_with_its_place() {
    let error = Scan::new(&[]).read("shop.csv.gz", &b"\x1f\x8b\x08\x00"[..]).unwrap_err();
    assert!(matches!(error, Error::Read { line: 0, .. }), "{error}");
}
