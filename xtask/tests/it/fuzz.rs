//! What the fuzzer prints is understood, and every target has seeds.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use xtask::fuzz::{Found, chosen, targets};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

#[test]
fn every_target_has_a_file_and_seeds_and_every_file_is_a_target() {
    let names = targets(&folder()).unwrap();
    let files = std::fs::read_dir(folder().join("fuzz_targets")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    files.sort();
    assert_eq!(names, files);
    for name in names {
        let seeds = folder().join("seeds").join(&name);
        assert!(std::fs::read_dir(&seeds).is_ok_and(|mut seeds| seeds.next().is_some()), "{name}");
    }
}

#[test]
fn only_the_targets_that_are_named_run() {
    let all = || vec!["ratio".to_owned(), "stream".to_owned(), "yaml".to_owned()];
    assert_eq!(chosen(all(), &["yaml", "ratio"]).unwrap(), ["ratio", "yaml"]);
    assert_eq!(chosen(all(), &[]).unwrap(), all());
    let error = chosen(all(), &["yaml", "steam"]).unwrap_err().to_string();
    assert_eq!(error, "no fuzz target is called steam: there are ratio, stream, yaml");
}

#[test]
fn a_run_tells_its_coverage_and_its_pace() {
    let mut found = Found::default();
    for line in [
        "INFO: Seed: 1",
        "#4\tINITED cov: 268 ft: 494 corp: 3/75b exec/s: 0 rss: 27Mb",
        "#332078\tDONE   cov: 368 ft: 2281 corp: 580/50Kb lim: 625 exec/s: 30188 rss: 28Mb",
        "stat::average_exec_per_sec:     30188",
    ] {
        found.see(line);
    }
    let progress = "cov: 368 ft: 2281 corp: 580/50Kb".to_owned();
    assert_eq!(found, Found { progress, per_second: 30188, input: None });
}

#[test]
fn the_input_that_a_target_cannot_take_is_named() {
    let mut found = Found::default();
    found.see("artifact_prefix='/t/words-'; Test unit written to /t/words-crash-33");
    assert_eq!(found.input, Some("/t/words-crash-33".into()));
}
