//! The command `toban`.
//!
//! Exit codes: 0 done, 1 done and something was found that the caller asked to fail on, 2 the input is wrong.

mod args;
mod asked_to_end;
mod definition;
mod document;
mod failure;
mod output;
mod progress;
mod release;
mod routine;
mod slo;
mod sources;

use crate::args::{Cli, Domain, Slo};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match Cli::parse().domain {
        Domain::Slo(Slo::Report(args)) => slo::report::run(&args),
        Domain::Slo(Slo::Backtest(args)) => slo::backtest::run(&args),
        Domain::Slo(Slo::Explain(args)) => slo::explain::run(&args),
        Domain::Slo(Slo::Lint(args)) => slo::lint::run(&args),
        Domain::Release(command) => release::run(command),
        Domain::Routine(command) => routine::run(command),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}
