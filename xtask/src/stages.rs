//! What `cargo xtask ci` runs, in order.

use crate::ci::{Outcome, Stage, is_ci};
use crate::workspace::{self, Workspace};
use crate::{Result, api, bans, fuzz, law, manifests, needs, shell, suite, weight};

/// Every stage: first what is quick to fail, then what builds.
pub const ALL: &[Stage] = &[
    Stage { name: "needs", run: needs::check },
    Stage { name: "fetch", run: |w| shell::run(w.cargo().args(["fetch", "--locked"])).map(|()| passed()) },
    Stage {
        name: "format",
        run: |w| shell::run(w.cargo().args(["fmt", "--all", "--check"])).map(|()| passed()),
    },
    Stage { name: "manifests", run: |w| manifests::check(w).map(Outcome::Passed) },
    Stage { name: "law", run: |w| law::check(w).map(Outcome::Passed) },
    Stage { name: "bans", run: |w| bans::check(w).map(Outcome::Passed) },
    Stage { name: "clippy", run: clippy },
    Stage { name: "features", run: features },
    Stage { name: "docs", run: docs },
    Stage { name: "api", run: api::compare },
    Stage {
        name: "build-tests",
        run: |w| suite::build(w).map(|binaries| Outcome::Passed(format!("{} binaries", binaries.len()))),
    },
    Stage { name: "tests", run: |w| suite::run(w, None).map(Outcome::Passed) },
    Stage { name: "doc-tests", run: |w| suite::run_docs(w).map(Outcome::Passed) },
    Stage { name: "readme", run: readme },
    Stage { name: "examples", run: examples },
    Stage { name: "benches", run: benches },
    Stage { name: "fuzz", run: fuzz },
    Stage { name: "weight", run: |w| weight::check(w).map(Outcome::Passed) },
    Stage { name: "package", run: package },
];

fn passed() -> Outcome {
    Outcome::Passed(String::new())
}

fn clippy(workspace: &Workspace) -> Result<Outcome> {
    let mut command = workspace.cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--all-features", "--profile", "proof"]);
    shell::run(command.args(["--", "-D", "warnings"])).map(|()| passed())
}

/// Each library without features, and with each of its features alone.
fn features(workspace: &Workspace) -> Result<Outcome> {
    let mut runs = 0;
    for package in workspace.libraries() {
        let features = package.features.keys().map(String::as_str).filter(|name| *name != "default");
        for feature in std::iter::once("").chain(features) {
            let mut command = workspace.cargo();
            command.args(["clippy", "-q", "-p", &package.name, "--lib", "--profile", "proof"]);
            command.args(["--no-default-features", "--features", feature, "--", "-D", "warnings"]);
            shell::run(&mut command)?;
            runs += 1;
        }
    }
    Ok(Outcome::Passed(format!("{runs} builds")))
}

fn docs(workspace: &Workspace) -> Result<Outcome> {
    let mut command = workspace.cargo();
    command.args(["doc", "--workspace", "--all-features", "--no-deps", "--profile", "proof"]);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings")).map(|()| passed())
}

/// The first command of README.md does what it says. It is built as the tests are, not once more for release.
fn readme(workspace: &Workspace) -> Result<Outcome> {
    const COMMAND: &str = "cargo run --release -- ";
    let text = std::fs::read_to_string(workspace.root().join("README.md"))?;
    let Some(arguments) = text.lines().find_map(|line| line.trim().strip_prefix(COMMAND)) else {
        return Err(format!("README.md has no line that begins with `{COMMAND}`").into());
    };
    if workspace.package("toban").is_none() {
        return Ok(Outcome::Passed("toban is not in the workspace".into()));
    }
    let mut command = workspace.cargo();
    command.args(["run", "-q", "--profile", "proof", "--all-features", "-p", "toban", "--"]);
    shell::run(command.args(arguments.split_whitespace())).map(|()| passed())
}

/// Each example as it is.
fn examples(workspace: &Workspace) -> Result<Outcome> {
    let Some(package) = workspace.package("toban-examples") else {
        return Ok(Outcome::Passed("toban-examples is not in the workspace".into()));
    };
    let mut ran = Vec::new();
    for target in &package.targets {
        let kind = if target.is_example() {
            "--example"
        } else if target.is_bin() {
            "--bin"
        } else {
            continue;
        };
        let mut command = workspace.cargo();
        command.args(["run", "-q", "--profile", "proof", "-p", &package.name, kind, &target.name]);
        shell::run(&mut command)?;
        ran.push(target.name.as_str());
    }
    if ran.is_empty() {
        Err("toban-examples has no example".into())
    } else {
        Ok(Outcome::Passed(ran.join(", ")))
    }
}

/// Each bench once, to see that it runs; the figures are made by hand.
fn benches(workspace: &Workspace) -> Result<Outcome> {
    if workspace.package("toban-benches").is_none() {
        return Ok(Outcome::Passed("toban-benches is not in the workspace".into()));
    }
    let mut command = workspace.cargo();
    command.args(["bench", "--profile", "proof", "-p", "toban-benches", "--", "--test"]);
    shell::run(&mut command).map(|()| passed())
}

/// A few seconds of each fuzz target, always from the same seeds, so that a change is hardly blamed for what it did not
/// do.
fn fuzz(workspace: &Workspace) -> Result<Outcome> {
    let mut format = workspace.cargo();
    shell::run(format.args(["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"]))?;
    fuzz::run(workspace, 2, fuzz::Start::Seeds, &[]).map(Outcome::Passed)
}

/// Every published package as it would be uploaded. A dirty tree is a person at work, but on CI a test that wrote
/// where it should not.
fn package(workspace: &Workspace) -> Result<Outcome> {
    let mut command = workspace.cargo();
    command.args(["package", "--workspace", "--no-verify"]);
    if !is_ci() {
        command.arg("--allow-dirty");
    }
    let (published, kept): (Vec<_>, Vec<_>) =
        workspace.packages().into_iter().partition(|package| workspace::is_published(package));
    for package in kept {
        command.args(["--exclude", &package.name]);
    }
    shell::run(&mut command).map(|()| Outcome::Passed(format!("{} packages", published.len())))
}

/// The laws with many more random cases than the `tests` stage gives them.
///
/// # Errors
/// When a test fails.
pub fn soak(workspace: &Workspace, cases: u32) -> Result<()> {
    let summary = suite::run(workspace, Some(cases))?;
    println!("{cases} cases for each law: {summary}");
    Ok(())
}
