//! What a run of the stages comes to.

use std::collections::BTreeMap;
use xtask::ci::{Outcome, Row, table, verdict};
use xtask::needs;
use xtask::suite::Tally;

fn rows(outcome: Result<Outcome, String>) -> Vec<Row> {
    let fine = Row { name: "format", seconds: 0.5, outcome: Ok(Outcome::Passed(String::new())) };
    vec![fine, Row { name: "tests", seconds: 1.25, outcome }]
}

#[test]
fn a_run_passes_when_every_stage_does() {
    let rows = rows(Ok(Outcome::Passed("3 passed".into())));
    assert!(verdict(&rows, true).is_ok() && verdict(&rows, false).is_ok());
}

#[test]
fn a_failed_stage_fails_the_run_and_is_named() {
    let error = verdict(&rows(Err("no".into())), false).map_err(|error| error.to_string());
    assert_eq!(error, Err("failed: tests".to_owned()));
}

#[test]
fn what_is_left_out_fails_the_run_on_ci_alone() {
    let rows = rows(Ok(Outcome::LeftOut("promtool".into())));
    assert!(verdict(&rows, false).is_ok());
    assert!(verdict(&rows, true).is_err());
}

#[test]
fn the_table_shows_seconds_notes_what_was_left_out_and_the_total() {
    let table = table(&rows(Ok(Outcome::LeftOut("promtool".into()))));
    let expected = "\
stage         seconds  result
format            0.5  ok
tests             1.2  LEFT OUT  promtool
total             1.8";
    assert_eq!(table, expected);
}

#[test]
fn a_tally_attributes_seconds_to_the_package_of_each_binary_and_counts_what_passed() {
    let owners = [("it-1", "toban-core"), ("it-2", "toban-slo")];
    let mut tally = Tally::new(owners.map(|(file, package)| (file.to_owned(), package.to_owned())).into());
    for line in [
        "     Running tests/it/main.rs (target/proof/deps/it-1)",
        "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.25s",
        "     Running tests/it/main.rs (target/proof/deps/it-2)",
        "test a ... ok",
        "test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 2.50s",
    ] {
        tally.see(line);
    }
    assert_eq!(tally.passed(), 42);
    assert_eq!(tally.summary(), "42 passed, toban-slo 2.5 s, toban-core 0.2 s");
    assert_eq!(Tally::new(BTreeMap::new()).passed(), 0);
}

#[test]
fn every_need_says_which_stage_is_poorer_without_it() {
    let stages: Vec<_> = xtask::stages::ALL.iter().map(|stage| stage.name).collect();
    for need in needs::ALL {
        let first = need.stage.split_whitespace().next().unwrap_or_default();
        assert!(first == "every" || stages.contains(&first), "{}: {}", need.program, need.stage);
    }
}
