//! Embedding stays light: what a user of a domain crate's default build takes on.

use crate::workspace::Workspace;
use crate::{Result, law, shell};
use std::collections::BTreeSet;
use std::time::Instant;

/// The crates that are weighed, and how many others their default build may contain, build dependencies counted.
const LIGHT: &[(&str, usize)] = &[("toban-slo", 12)];

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

/// Counts and times the default build of each light crate.
///
/// # Errors
/// When one weighs too much or does not build.
pub fn check(workspace: &Workspace) -> Result<String> {
    let mut notes = Vec::new();
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
