//! Coverage-guided fuzzing with the toolchain that everything else is built with: the targets of `fuzz/`, instrumented
//! by flags that a stable compiler takes, each run from its committed seeds.

use crate::workspace::Workspace;
use crate::{Result, shell};
use cargo_metadata::MetadataCommand;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the targets are built: what `cargo fuzz` asks for, without a sanitizer, which needs a nightly compiler.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// What no input may take: more memory, in MiB, or more seconds.
const LIMITS: &[&str] = &["-rss_limit_mb=2048", "-timeout=10"];

/// From where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From what earlier runs found, with a new random seed: each run goes further.
    Corpus,
    /// From the committed seeds alone and with the same random seed: what is found is hardly found by chance. How far a
    /// run comes depends on the machine.
    Seeds,
}

/// What libFuzzer says of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The last line of progress: coverage, features, size of the corpus.
    pub progress: String,
    /// How many inputs were tried in a second.
    pub per_second: u64,
    /// The input that made it stop.
    pub input: Option<PathBuf>,
}

impl Found {
    /// Reads one line that it printed.
    pub fn see(&mut self, line: &str) {
        if let Some((_, rest)) = line.split_once("DONE").filter(|_| line.starts_with('#')) {
            self.progress = rest.split(" lim:").next().unwrap_or_default().trim().to_owned();
        } else if let Some(number) = line.strip_prefix("stat::average_exec_per_sec:") {
            self.per_second = number.trim().parse().unwrap_or_default();
        } else if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.input = Some(path.trim().into());
        }
    }
}

/// Builds the targets and runs each, or those that are named, for so many seconds.
///
/// # Errors
/// When a name is no target's, when they do not build, or an input is found that one of them cannot take; the others are run all the same.
pub fn run(workspace: &Workspace, seconds: u64, start: Start, named: &[&str]) -> Result<String> {
    let folder = workspace.root().join("fuzz");
    let targets = chosen(targets(&folder)?, named)?;
    let (host, build) = (host()?, workspace.target().join("fuzz"));
    let mut command = shell::cargo(&folder);
    command.args(["build", "--release", "--target", &host, "--target-dir"]).arg(&build);
    if start == Start::Seeds {
        command.arg("--locked");
    }
    // With a target named, the flags do not reach build scripts, which lack the fuzzer's callbacks.
    shell::run(command.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f")))?;
    let mut lines = Vec::new();
    let mut failures = Vec::new();
    for target in targets {
        let program = build.join(&host).join("release").join(&target);
        let seeds = folder.join("seeds").join(&target);
        let (mut command, log) = fuzzer(&program, workspace.target(), &seeds, start)?;
        let ran = shell::run(command.arg(format!("-max_total_time={seconds}")));
        let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        let mut found = Found::default();
        text.lines().for_each(|line| found.see(line));
        if ran.is_err() {
            println!("{text}");
        }
        let Found { progress, per_second, input } = found;
        lines.push(format!("{target}: {progress} {per_second}/s"));
        match (ran, input) {
            (_, Some(input)) => failures.push(format!(
                "{target} fails on {}\nonce more: {} {}",
                input.display(),
                program.display(),
                input.display()
            )),
            (Err(error), None) => failures.push(format!("{target}: {error}")),
            (Ok(()), None) => {}
        }
    }
    println!("\n{}", lines.join("\n"));
    crate::none_of(&failures)?;
    Ok(format!("{} targets, {seconds} s each", lines.len()))
}

/// The fuzzer on its own corpus and the committed seeds, and where it says what it does: at length, so that only what
/// it says of a failure is shown.
fn fuzzer(program: &Path, target: &Path, seeds: &Path, start: Start) -> Result<(Command, PathBuf)> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    if !seeds.is_dir() {
        return Err(format!("{name} has no seeds in {}", seeds.display()).into());
    }
    let corpus = match start {
        Start::Corpus => target.join("fuzz-corpus").join(&*name),
        Start::Seeds => {
            let corpus = target.join("fuzz-fresh").join(&*name);
            if corpus.exists() {
                std::fs::remove_dir_all(&corpus)?;
            }
            corpus
        }
    };
    let artifacts = target.join("fuzz-artifacts");
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let log = artifacts.join(format!("{name}.log"));
    let file = std::fs::File::create(&log)?;
    let mut command = Command::new(program);
    command.stdout(file.try_clone()?).stderr(file);
    // New inputs go into the first folder.
    command.arg(corpus).arg(seeds).args(LIMITS).args(["-print_final_stats=1"]);
    command.arg(format!("-artifact_prefix={}/{name}-", artifacts.display()));
    if start == Start::Seeds {
        command.arg("-seed=1");
    }
    Ok((command, log))
}

/// The targets that are named; all of them where none is.
///
/// # Errors
/// When a name is no target's.
pub fn chosen(mut targets: Vec<String>, named: &[&str]) -> Result<Vec<String>> {
    if let Some(unknown) = named.iter().find(|name| !targets.iter().any(|target| target == *name)) {
        return Err(format!("no fuzz target is called {unknown}: there are {}", targets.join(", ")).into());
    }
    targets.retain(|target| named.is_empty() || named.contains(&target.as_str()));
    Ok(targets)
}

/// The names of the targets, as their manifest has them.
///
/// # Errors
/// When `cargo metadata` fails.
pub fn targets(folder: &Path) -> Result<Vec<String>> {
    let metadata = MetadataCommand::new().current_dir(folder).no_deps().exec()?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    let mut names: Vec<_> = targets.filter(|target| target.is_bin()).map(|target| target.name).collect();
    names.sort();
    if names.is_empty() { Err("fuzz/Cargo.toml names no target".into()) } else { Ok(names) }
}

/// The machine that the compiler builds for where nothing else is said.
fn host() -> Result<String> {
    let version = shell::read(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what it builds for".into())
}
