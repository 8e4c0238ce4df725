//! Embedding stays light: what a user of a domain crate's default build takes on.

use crate::bans::rust_files;
use crate::workspace::{Workspace, folder};
use crate::{Result, law, shell};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

/// The crates that are weighed, and how many others their default build may contain, build dependencies counted.
const LIGHT: &[(&str, usize)] = &[("toban-slo", 12)];

/// What is said of a crate that others embed as it is.
#[derive(Clone, Copy, Debug)]
pub struct Small {
    /// Which.
    pub package: &'static str,
    /// How many lines its sources may have, blank ones and comments counted, without what is for tests.
    pub lines: usize,
    /// How many crates that are no members its build may contain, without those that only build it.
    pub foreign: usize,
}

/// The crates that are small.
const SMALL: &[Small] = &[Small { package: "toban-durable", lines: 2_500, foreign: 30 }];

/// What must not stand in a light build, whatever the count.
const HEAVY: &[&str] = &[
    "async-trait",
    "bigdecimal",
    "fraction",
    "num-bigint",
    "num-rational",
    "rust_decimal",
    "serde",
    "serde_core",
    "statrs",
    "tracing",
    "tracing-core",
];

/// A light crate's tree (names with versions), held against its limit and the list.
#[must_use]
pub fn findings(package: &str, limit: usize, contents: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    if contents.len() > limit {
        let names: Vec<_> = contents.iter().map(String::as_str).collect();
        findings.push(format!(
            "{package} depends on {} crates, more than {limit}: {}",
            contents.len(),
            names.join(", ")
        ));
    }
    let heavy = contents.iter().map(|one| law::name(one)).filter(|name| HEAVY.contains(name));
    findings.extend(heavy.map(|name| format!("{package} contains {name} by default")));
    findings
}

/// A small crate's lines and tree, held against its limits.
#[must_use]
pub fn too_large(small: Small, lines: usize, contents: &BTreeSet<String>) -> Vec<String> {
    let Small { package, lines: most_lines, foreign } = small;
    let mut findings = Vec::new();
    if lines > most_lines {
        findings.push(format!("{package} has {lines} lines, more than {most_lines}"));
    }
    let names: Vec<_> = contents.iter().map(String::as_str).collect();
    if names.len() > foreign {
        findings.push(format!(
            "{package} depends on {} foreign crates, more than {foreign}: {}",
            names.len(),
            names.join(", ")
        ));
    }
    findings
}

/// The lines of a crate's sources without its testing.
fn lines(workspace: &Workspace, package: &str) -> Result<usize> {
    let Some(package) = workspace.package(package) else { return Ok(0) };
    let src = folder(package).join("src");
    let mut lines = 0;
    for path in rust_files(&src)? {
        let below = path.strip_prefix(&src).unwrap_or(&path);
        if !below.starts_with("testing") && below != Path::new("testing.rs") {
            lines += std::fs::read_to_string(&path)?.lines().count();
        }
    }
    Ok(lines)
}

/// Counts and times the default build of each light crate, and counts what each small one is and contains.
///
/// # Errors
/// When one weighs too much or does not build.
pub fn check(workspace: &Workspace) -> Result<String> {
    let mut notes = Vec::new();
    for small in SMALL {
        let lines = lines(workspace, small.package)?;
        let mut contents = law::contents(workspace, small.package, &["--all-features", "-e", "normal"])?;
        contents.retain(|one| workspace.package(law::name(one)).is_none());
        crate::none_of(&too_large(*small, lines, &contents))?;
        let Small { package, lines: most_lines, foreign } = small;
        let count = contents.len();
        notes.push(format!(
            "{package}: {count} foreign crates (limit {foreign}), {lines} lines (limit {most_lines})"
        ));
    }
    for (package, limit) in LIGHT {
        if workspace.package(package).is_none() {
            notes.push(format!("{package} is not in the workspace"));
            continue;
        }
        let contents = law::contents(workspace, package, &["-e", "normal,build"])?;
        crate::none_of(&findings(package, *limit, &contents))?;
        let scratch = workspace.target().join("weight");
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch)?;
        }
        let began = Instant::now();
        shell::run(workspace.cargo().args(["build", "-p", package, "--target-dir"]).arg(&scratch))?;
        let seconds = began.elapsed().as_secs_f64();
        std::fs::remove_dir_all(&scratch)?;
        notes
            .push(format!("{package}: {} crates (limit {limit}), cold build {seconds:.1} s", contents.len()));
    }
    Ok(notes.join("; "))
}
