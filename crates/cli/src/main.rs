//! The command `toban`.
//!
//! Exit codes: 0 done, 1 done and something was found that the caller asked to fail on, 2 the input is wrong.

mod args;
mod definition;
mod failure;
mod output;
mod progress;
mod slo;
mod sources;

use crate::args::{Cli, Domain, Slo};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Domain::Slo(command) = Cli::parse().domain;
    let done = match command {
        Slo::Report(args) => slo::report::run(&args),
        Slo::Backtest(args) => slo::backtest::run(&args),
        Slo::Explain(args) => slo::explain::run(&args),
        Slo::Lint(args) => slo::lint::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}
