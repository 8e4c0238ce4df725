//! Lists of corrections.

use toban_adapters::csv::{Error, read_corrections, read_corrections_file};
use toban_slo::{Correction, Treatment};

fn read(table: &str) -> Result<Vec<Correction>, Error> {
    read_corrections("maintenance.csv", table.as_bytes())
}

#[test]
fn a_correction_has_a_time_a_treatment_and_a_reason() {
    let table = "reason,treatment,start,end\n\
                 \"a, b\",count_good,2026-03-01T09:00:00+09:00,2026-03-01T02:00:00Z\n\
                 c,drop_events,2026-03-02T00:00:00Z,2026-03-02T02:00:00Z\n\
                 d,drop_time,2026-03-03T00:00:00Z,2026-03-03T02:00:00Z\n";
    let corrections = read(table).unwrap();
    let treatments: Vec<Treatment> = corrections.iter().map(|correction| correction.treatment).collect();
    assert_eq!(treatments, [Treatment::CountGood, Treatment::DropEvents, Treatment::DropTime]);
    assert_eq!(corrections[0].reason, "a, b");
    assert_eq!(corrections[0].interval.to_string(), "[2026-03-01T00:00:00Z, 2026-03-01T02:00:00Z)");
    assert_eq!(corrections[0].recorded, None);
    assert!(read("start,end,treatment,reason\n").unwrap().is_empty());
}

#[test]
fn who_recorded_it_when_is_kept() {
    let table = "start,end,treatment,reason,recorded_by,recorded_at\n\
                 2026-03-01T00:00:00Z,2026-03-01T02:00:00Z,drop_time,a,mika,2026-02-01T00:00:00Z\n\
                 2026-03-02T00:00:00Z,2026-03-02T02:00:00Z,drop_time,b,,\n";
    let corrections = read(table).unwrap();
    let recorded = corrections[0].recorded.clone().unwrap();
    assert_eq!(
        (recorded.by.as_str(), recorded.at.to_rfc3339().as_str()),
        ("mika", "2026-02-01T00:00:00+00:00")
    );
    assert_eq!(corrections[1].recorded, None);
}

#[test]
fn each_mistake_is_named_with_its_place() {
    for (row, says) in [
        (
            "2026-03-01T02:00:00Z,2026-03-01T02:00:00Z,drop_time,a",
            "line 2: what starts at 2026-03-01 02:00:00 UTC cannot end",
        ),
        ("60,2026-03-01T02:00:00Z,drop_time,a", "line 2: column `start`: \"60\" is not a time such as"),
        ("2026-03-01T00:00:00Z,,drop_time,a", "line 2: column `end`: \"\" is not a time such as"),
        (
            "2026-03-01T00:00:00Z,2026-03-01T02:00:00Z,drop,a",
            "line 2: column `treatment`: \"drop\" is not `count_good`",
        ),
        ("2026-03-01T00:00:00Z,2026-03-01T02:00:00Z,drop_time", "line 2: the row has 3 cells"),
    ] {
        let error = read(&format!("start,end,treatment,reason\n{row}\n")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("maintenance.csv: {says}")), "{error}");
    }
    let error = read("start,end,reason\n").unwrap_err().to_string();
    assert!(error.starts_with("maintenance.csv: line 1: there is no column `treatment`"), "{error}");
    let error = read("start,end,treatment,reason,recorded_by\n").unwrap_err().to_string();
    assert!(error.starts_with("maintenance.csv: line 1: there is no column `recorded_at`"), "{error}");
    let error = read_corrections_file("no/such/list.csv").unwrap_err().to_string();
    assert_eq!(error, "no/such/list.csv: the table cannot be opened");
}
