//! Counters in tables are counted, not summed up.

use crate::support::{Folder, definition, toban};
use serde_json::Value;

/// The SLI of the main window: good, bad and total; and what is said about it.
fn read(folder: &Folder, spec: &str) -> (Value, String) {
    let spec = folder.file("slo.yaml", spec);
    let spec = spec.to_str().unwrap();
    let outcome = toban(["slo", "report", "--spec", spec, "--format", "json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let objective = &report["objectives"][0];
    let counted = serde_json::json!([objective["good"], objective["bad"], objective["total"]]);
    (counted, objective["findings"].to_string())
}

fn spec(counter: &str) -> String {
    let spec = definition("0.999", "30d", "csv").replace("counter: false", &format!("counter: {counter}"));
    // Beside the definition, wherever the command is called.
    spec.replace("status: 5xx", "file: shop.csv")
        .replace("spec: {}\n  timeWindow", "spec:\n              file: shop.csv\n  timeWindow")
}

#[test]
fn a_counter_is_counted_through_its_resets_and_gaps() {
    let folder = Folder::new("counters");
    folder.file(
        "shop.csv",
        "time,bad,total\n\
         2026-03-01T00:00:00Z,5,1000\n\
         2026-03-01T00:01:00Z,5,1100\n\
         2026-03-01T00:02:00Z,6,1200\n\
         2026-03-01T00:04:00Z,6,1250\n\
         2026-03-01T00:05:00Z,1,20\n",
    );
    // 100 and 100, 50 over a gap, 20 after a reset; of these 1 and 1 bad.
    assert_eq!(read(&folder, &spec("true")).0, serde_json::json!([268, 2, 270]));
    assert_eq!(read(&folder, &spec("false")).0, serde_json::json!([4547, 23, 4570]));
}

/// A minute of 1,000 requests in each row, all of them good; good is once read a moment later than the total.
#[test]
fn good_that_was_read_a_moment_later_invents_no_errors() {
    let folder = Folder::new("good-of-total");
    let row = |minute: u64| {
        let total = 5_000 + minute * 1_000;
        let good = total - 500 + u64::from(minute == 30);
        format!("2026-03-01T00:{minute:02}:00Z,{good},{total}\n")
    };
    folder.file("shop.csv", format!("time,good,total\n{}", (0..60).map(row).collect::<String>()));
    let (counted, said) = read(&folder, &spec("true").replace("bad:", "good:"));
    // 59 steps, of which one is left out.
    assert_eq!(counted, serde_json::json!([58_000, 0, 58_000]));
    assert!(said.contains("1001 of 1000 events good in the slot at 2026-03-01 00:29:00 UTC"), "{said}");
}

#[test]
fn a_total_may_begin_again_without_the_bad_ones() {
    let folder = Folder::new("total-begins-again");
    folder.file(
        "shop.csv",
        "time,bad,total\n\
         2026-03-01T00:00:00Z,500,9000\n\
         2026-03-01T00:01:00Z,510,9900\n\
         2026-03-01T00:02:00Z,511,100\n\
         2026-03-01T00:03:00Z,513,300\n",
    );
    // 10 of 900, 1 of 100 and 2 of 200.
    assert_eq!(read(&folder, &spec("true")).0, serde_json::json!([1187, 13, 1200]));
}

#[test]
fn a_good_and_a_bad_counter_need_no_total() {
    let folder = Folder::new("good-and-bad");
    folder.file("shop.csv", "time,good,bad\n2026-03-01T00:00:00Z,900,50\n2026-03-01T00:01:00Z,990,60\n");
    assert_eq!(read(&folder, &spec("true")).0, serde_json::json!([90, 10, 100]));
}

#[test]
fn events_that_never_fall_are_pointed_out_as_a_counter() {
    let folder = Folder::new("looks-like-counter");
    let row = |minute: u32| format!("2026-03-01T00:{minute:02}:00Z,{},{}\n", minute / 7, 1000 + minute * 90);
    folder.file("shop.csv", format!("time,bad,total\n{}", (0..30).map(row).collect::<String>()));
    let (_, said) = read(&folder, &spec("false"));
    assert!(said.contains("a counter that still has to be subtracted?"), "{said}");
    let (counted, said) = read(&folder, &spec("true"));
    assert_eq!((counted, said.as_str()), (serde_json::json!([2606, 4, 2610]), "[]"));
}

#[test]
fn the_lines_of_a_log_are_no_counter() {
    let folder = Folder::new("log-counter");
    let spec = definition("0.999", "30d", "access-log").replace("counter: false", "counter: true");
    let spec = folder.file("slo.yaml", spec);
    let outcome = toban(["slo", "lint", "--spec", spec.to_str().unwrap()]);
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    let said = outcome.stdout + &outcome.stderr;
    assert!(said.contains("slo.yaml:23:") && said.contains("`counter: false` is meant"), "{said}");
}

#[test]
fn a_counter_that_was_written_twice_counts_once_and_must_say_the_same() {
    let folder = Folder::new("twice");
    let table = |again: &str| {
        let rows = "time,bad,total\n2026-03-01T00:00:00Z,5,1000\n2026-03-01T00:01:00Z,6,1100\n";
        folder.file("shop.csv", format!("{rows}{again}\n2026-03-01T00:02:00Z,6,1200\n"));
    };
    table("2026-03-01T00:01:00Z,6,1100");
    assert_eq!(read(&folder, &spec("true")).0, serde_json::json!([199, 1, 200]));
    table("2026-03-01T00:01:00Z,6,1101");
    let spec = folder.file("slo.yaml", spec("true"));
    let refused = toban(["slo", "report", "--spec", spec.to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("there is a row of 2026-03-01 00:01:00 UTC already"),
        "{}",
        refused.stderr
    );
}

/// Nobody has seen a billion events in a minute: a ratio is one, in every figure and for every demand.
#[test]
fn a_precomputed_ratio_is_one_of_so_many_ratios() {
    let folder = Folder::new("ratios");
    let spec = definition("0.999", "30d", "csv").replace(
        "metadata:\n  name: availability",
        "metadata:\n  name: availability\n  annotations:\n    toban.dev/alert-policy: sre-workbook",
    );
    let (head, rest) = spec.split_once("      ratioMetric:\n").unwrap();
    let (_, rest) = rest.split_once("  timeWindow").unwrap();
    let ratio = "      ratioMetric: {rawType: failure, raw: {metricSource: {type: csv, spec: {}}}}\n";
    let spec = folder.file("slo.yaml", format!("{head}{ratio}  timeWindow{rest}"));
    let table = folder.file("ratios.csv", "unix_seconds,ratio\n0,0.0145\n60,0.0145\n120,0.25\n");
    let run = |command: &str, data: &[&str]| {
        let start = ["slo", command, "--spec", spec.to_str().unwrap()];
        let outcome = toban(start.into_iter().chain(data.iter().copied()));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let table = ["--csv", table.to_str().unwrap()];
    let told = run("report", &table);
    assert!(told.contains("each ratio weighs the same") && told.contains("in ratios 30d"), "{told}");
    assert!(told.contains(" Total 3 ") && told.contains(" Bad 0.28 ") && told.contains("FIRING"), "{told}");
    let json = run("report", &[table[0], table[1], "--format", "json"]);
    assert!(json.contains("\"total\": 3000000000, \"unit\": \"billionths_of_ratios\""), "{json}");
    let told = run("report", &[table[0], table[1], "--min-events", "4"]);
    assert!(told.contains("page-fast 3 ") && !told.contains("FIRING"), "{told}");
    let told = run("explain", &table);
    assert!(
        told.contains("every ratio weighs the same") && told.contains("all billionths of ratios"),
        "{told}"
    );
    // A list of outages says what each of them was.
    let list = folder.file("outages.csv", "start,end,severity\n0,3600,1\n");
    let told = run("backtest", &["--outages", list.to_str().unwrap(), "--min-failures", "5"]);
    assert!(told.contains("every incident was detected") && told.contains(" 5m "), "{told}");
}
