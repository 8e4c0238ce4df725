//! Lists of outages.

use chrono::{DateTime, TimeDelta, Utc};
use std::num::NonZeroU32;
use toban_adapters::csv::{OutageList, Outages};
use toban_core::Interval;

fn origin() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn list(requests: u32) -> OutageList {
    OutageList::new(NonZeroU32::new(requests).unwrap(), origin())
}

fn read(list: &OutageList, rows: &str) -> Outages {
    list.read("outages.csv", format!("start,end,severity\n{rows}").as_bytes()).unwrap()
}

fn bad(outages: &Outages) -> Vec<u64> {
    outages.counts.iter().map(|(_, tally)| tally.unwrap().bad()).collect()
}

fn refusal(rows: &str) -> String {
    list(1000).read("outages.csv", format!("start,end,severity\n{rows}").as_bytes()).unwrap_err().to_string()
}

fn interval(from: i64, to: i64) -> Interval {
    Interval::new(origin() + TimeDelta::seconds(from), origin() + TimeDelta::seconds(to)).unwrap()
}

#[test]
fn a_share_of_the_constant_traffic_fails_while_an_outage_is_open() {
    let outages = read(&list(1000), "0,120,0.25\n180.0,240.0,1\n");
    assert_eq!(bad(&outages), [250, 250, 0, 1000]);
    assert!(outages.counts.iter().all(|(_, tally)| tally.unwrap().total() == 1000));
    assert_eq!(outages.counts.start(), origin());
    let intervals: Vec<Interval> = outages.incidents.iter().map(|incident| incident.interval).collect();
    assert_eq!(intervals, [interval(0, 120), interval(180, 240)]);
    assert_eq!(outages.incidents[1].label, "line 3, severity 1");
}

#[test]
fn part_of_a_minute_fails_in_part() {
    assert_eq!(bad(&read(&list(1000), "45,75,1\n")), [250, 250]);
    assert_eq!(bad(&read(&list(60), "0.5,1,1\n")), [1], "half a request is one");
    assert_eq!(bad(&read(&list(60), "0.500001,1,1\n")), [0], "less than half a request is none");
}

#[test]
fn of_outages_that_overlap_the_worse_one_holds() {
    let outages = read(&list(600), "0,60,0.1\n20,40,0.5\n30,90,0.3\n");
    // 20 s of 0.1, 20 s of 0.5, 20 s of 0.3; then 30 s of 0.3.
    assert_eq!(bad(&outages), [20 + 100 + 60, 90]);
    assert_eq!(outages.incidents.len(), 3);
    assert_eq!(bad(&read(&list(600), "30,90,0.3\n20,40,0.5\n0,60,0.1\n")), bad(&outages));
}

#[test]
fn a_notice_counts_and_does_nothing_else() {
    let outages = read(&list(600), "0,120,0.0\n60,120,0\n60,90,0.5\n");
    assert_eq!(bad(&outages), [0, 150]);
    assert_eq!((outages.notices, outages.incidents.len()), (2, 1));
}

#[test]
fn a_row_may_name_the_slos_that_it_concerns() {
    let table = "start,end,severity,slo\n0,60,0.5,\n60,120,0.5, checkout ;api/latency;\n120,180,0,api/latency\n180,240,0,\n";
    let read = |list: OutageList| list.read("outages.csv", table.as_bytes()).unwrap();
    let all = read(list(10));
    let names: Vec<_> = all.incidents.iter().map(|incident| incident.slos.join("+")).collect();
    assert_eq!(names, ["", "checkout+api/latency", "api/latency"]);
    assert_eq!((all.notices, bad(&all)), (1, vec![5, 5, 0, 0]));

    // Another one had its traffic all the time; the list stays as long, and says all that it said.
    let checkout = read(list(10).with_slo("checkout"));
    let other = read(list(10).with_slo("check"));
    assert_eq!((bad(&checkout), bad(&other)), (vec![5, 5, 0, 0], vec![5, 0, 0, 0]));
    assert_eq!((&checkout.incidents, &other.incidents), (&all.incidents, &all.incidents));

    let two = list(10).read("outages.csv", &b"start,end,severity,slo,slo\n0,60,1,a,b\n"[..]).unwrap_err();
    assert_eq!(two.to_string(), "outages.csv: line 1: there are two columns `slo`");
}

#[test]
fn seconds_have_an_origin_and_dates_have_none() {
    assert_eq!(read(&list(10), "0,60,1\n").origin, Some(origin()));
    assert_eq!(read(&list(10), "2026-03-01T00:00:00Z,2026-03-01T00:01:00Z,1\n").origin, None);
}

#[test]
fn a_severity_is_a_decimal_and_no_float() {
    let severe = "0.050000000000000044";
    assert_eq!(bad(&read(&list(1000), &format!("0,60,{severe}\n"))), [50]);
    assert_eq!(bad(&read(&list(2_000_000_000), &format!("0,60,{severe}\n"))), [100_000_000]);
    // 500,000,000 × 0.000000001 is half a request, and a tiny bit less is none.
    assert_eq!(bad(&read(&list(500_000_000), "0,60,0.000000001\n")), [1]);
    assert_eq!(bad(&read(&list(500_000_000), "0,60,0.000000000999999999\n")), [0]);
    // With an exponent, and with no more decimals than that.
    assert_eq!(bad(&read(&list(1000), "0,60,5e-2\n")), [50]);
    assert!(refusal("0,60,1e-19\n").contains("\"1e-19\" is not a decimal from 0 to 1"));
}

#[test]
fn minutes_are_those_of_the_clock_and_a_margin_is_healthy() {
    let outages = list(600).with_margin(TimeDelta::minutes(2)).read(
        "outages.csv",
        &b"start_time,end_time,status,service\n2026-03-01T09:00:30+09:00,2026-03-01T00:01:30Z,0.5,shop\n"[..],
    );
    let outages = outages.unwrap();
    assert_eq!(outages.counts.start(), origin() - TimeDelta::minutes(2));
    assert_eq!(bad(&outages), [0, 0, 150, 150, 0, 0]);
}

#[test]
fn columns_have_the_names_that_are_given() {
    let named = list(10).with_columns("from", "to", "share");
    let outages =
        named.read("outages.csv", &b"share,from,to,start,end,severity\n1,0,60,x,y,z\n"[..]).unwrap();
    assert_eq!(bad(&outages), [10]);
    let error = named.read("outages.csv", &b"start,end,severity\n0,60,1\n"[..]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "outages.csv: line 1: there is no column `from`: there are `start`, `end`, `severity`"
    );
}

#[test]
fn each_mistake_is_named_with_its_place() {
    for (rows, says) in [
        ("", "line 1: no row follows"),
        (
            "0,60,1\n60,60,1",
            "line 3: what starts at 2026-03-01 00:01:00 UTC cannot end at 2026-03-01 00:01:00 UTC",
        ),
        ("60,0,0", "line 2: what starts at"),
        ("0,60,1.01", "line 2: column `severity`: \"1.01\" is not a decimal from 0 to 1"),
        ("0,60,-0.1", "line 2: column `severity`: \"-0.1\" is not"),
        ("0,60,NaN", "line 2: column `severity`: \"NaN\" is not"),
        ("0,60,", "line 2: column `severity`: \"\" is not"),
        ("-1,60,1", "line 2: column `start`: \"-1\" is not a number of seconds"),
        ("0,0.0000001,1", "line 2: column `end`: \"0.0000001\" is not a number of seconds"),
        ("0,60,1\n2026-03-01T00:00:00Z,60,1", "line 3: column `start`: \"2026-03-01T00:00:00Z\" is not"),
        ("2026-03-01T00:00:00Z,60,1", "line 2: column `end`: \"60\" is not"),
        ("0,99999999999999,1", "line 2: column `end`: \"99999999999999\" is not"),
        ("0,60,1\n0,999999999,1", "line 3: 2057-11-07 01:46:39 UTC is more than 4194304 slots of 60 s after"),
        ("0,60", "line 2: the row has 2 cells"),
    ] {
        let error = refusal(rows);
        assert!(error.starts_with(&format!("outages.csv: {says}")), "{rows}: {error}");
    }
}
