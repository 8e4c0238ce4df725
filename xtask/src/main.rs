//! `cargo xtask`: the one entry for the workspace's checks.

use std::process::ExitCode;
use xtask::{Result, api, ci, fuzz, stages, workspace::Workspace};

const USAGE: &str = "\
cargo xtask ci [STAGE...]   every check, or only the stages named; seconds of each at the end
cargo xtask api [--bless]   compare the public API with crates/*/public-api.txt; --bless rewrites the files
cargo xtask fuzz [SECONDS [TARGET...]]
                            each target of fuzz/, or those named, for so long (60 s where not said), from what earlier
                            runs found
cargo xtask soak [CASES]    the laws with many more random cases than ci gives them (20000 where not said)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match obey(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["ci", named @ ..] => ci::run(&Workspace::here()?, stages::ALL, named),
        ["api"] => api::compare(&Workspace::here()?).map(drop),
        ["api", "--bless"] => api::bless(&Workspace::here()?),
        ["fuzz"] => fuzz::run(&Workspace::here()?, 60, fuzz::Start::Corpus, &[]).map(drop),
        ["fuzz", seconds, named @ ..] => {
            fuzz::run(&Workspace::here()?, seconds.parse()?, fuzz::Start::Corpus, named).map(drop)
        }
        ["soak"] => stages::soak(&Workspace::here()?, 20_000),
        ["soak", cases] => stages::soak(&Workspace::here()?, cases.parse()?),
        _ => {
            let names: Vec<_> = stages::ALL.iter().map(|stage| stage.name).collect();
            Err(format!("usage:\n{USAGE}\nstages: {}", names.join(" ")).into())
        }
    }
}
