//! The examples do what they say, run as people run them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod counting_service;
mod deploy_tool;
mod nightly_backtest;
mod release_gate;
mod routine_tool;

use std::process::Command;

/// Runs an example: its exit code, and what it printed.
fn run(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), stdout, stderr)
}
