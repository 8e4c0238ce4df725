//! The law of dependencies: edges go down, may skip floors, never up or sideways.

use crate::workspace::Workspace;
use crate::{Result, shell};
use std::collections::BTreeSet;

/// Where a crate stands in the house, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Floor {
    /// What every domain may stand on.
    Ground,
    /// Pure models, calculations and machines; none knows another.
    Domain,
    /// What meets the world or a reader; none knows its neighbour.
    Outward,
    /// What brings domains together.
    Together,
    /// What uses the rest and is used by nothing.
    Top,
}

/// The floor of each member. A new crate is entered here.
pub const FLOORS: &[(&str, Floor)] = &[
    ("toban-core", Floor::Ground),
    ("toban-calendar", Floor::Ground),
    ("toban-durable", Floor::Ground),
    ("toban-slo", Floor::Domain),
    ("toban-monitoring", Floor::Domain),
    ("toban-release-core", Floor::Domain),
    ("toban-incident", Floor::Domain),
    ("toban-backup", Floor::Domain),
    ("toban-routine", Floor::Domain),
    ("toban-adapters", Floor::Outward),
    ("toban-yaml", Floor::Outward),
    ("toban-render", Floor::Outward),
    ("toban-handbook", Floor::Together),
    ("toban-simulation", Floor::Together),
    ("toban-server", Floor::Together),
    ("toban", Floor::Together),
    ("toban-examples", Floor::Top),
    ("toban-benches", Floor::Top),
    ("xtask", Floor::Top),
];

/// The only edges within a floor: from, to.
const SIDEWAYS: &[(&str, &str)] = &[
    ("toban-calendar", "toban-core"),
    ("toban-durable", "toban-core"),
    ("toban-simulation", "toban-handbook"),
    ("toban-server", "toban-handbook"),
    ("toban", "toban-handbook"),
    ("toban", "toban-simulation"),
    ("toban", "toban-server"),
];

/// Who may depend on `tracing`: the pure parts log nothing.
const TRACING: &[&str] = &["toban-durable", "toban-adapters", "toban-server", "toban"];

/// What no crate of the two lower floors may have anywhere in its tree: runtimes, HTTP clients and servers,
/// databases, YAML parsers.
const WORLD: &[&str] = &[
    "async-std",
    "axum",
    "curl",
    "deadpool-postgres",
    "diesel",
    "fjall",
    "granit-parser",
    "h2",
    "hyper",
    "isahc",
    "libsqlite3-sys",
    "libyaml-rs",
    "mongodb",
    "object_store",
    "opendal",
    "postgres",
    "redb",
    "redis",
    "reqwest",
    "rocksdb",
    "rusqlite",
    "saphyr",
    "saphyr-parser",
    "serde-saphyr",
    "serde_norway",
    "serde_yaml",
    "serde_yaml_ng",
    "sled",
    "smol",
    "sqlx",
    "sqlx-core",
    "tokio",
    "tokio-postgres",
    "tonic",
    "unsafe-libyaml",
    "ureq",
    "yaml-rust2",
    "yaml_serde",
];

/// The floor of a member, where it has one.
#[must_use]
pub fn floor(package: &str) -> Option<Floor> {
    FLOORS.iter().find(|(name, _)| *name == package).map(|(_, floor)| *floor)
}

/// A package and the packages it names as dependencies, of every kind.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The member's name.
    pub package: String,
    /// What it names: normal, build and dev alike, optional or not.
    pub dependencies: Vec<String>,
}

/// What the members declare, held against the floors.
#[must_use]
pub fn edges(members: &[Declared]) -> Vec<String> {
    let mut findings = Vec::new();
    for Declared { package, dependencies } in members {
        let Some(from) = floor(package) else {
            findings.push(format!("{package} stands on no floor: enter it in FLOORS in xtask/src/law.rs"));
            continue;
        };
        for to in dependencies.iter().filter(|to| *to != package) {
            if to == "tracing" && !TRACING.contains(&package.as_str()) {
                findings.push(format!("{package} depends on tracing; only {} may", TRACING.join(", ")));
            }
            // A name without a floor is a foreign crate, or a member that is reported by itself.
            let Some(floor) = floor(to) else { continue };
            let is_stated = SIDEWAYS.contains(&(package.as_str(), to.as_str()));
            if floor > from {
                findings.push(format!("{package} ({from:?}) depends upwards on {to} ({floor:?})"));
            } else if floor == from && !is_stated {
                findings.push(format!("{package} depends sideways on {to} (both {from:?})"));
            }
        }
    }
    findings
}

/// The tree of one package (names with versions), held against what its floor may contain.
#[must_use]
pub fn tree(package: &str, contents: &BTreeSet<String>) -> Vec<String> {
    if floor(package).is_none_or(|floor| floor > Floor::Domain) {
        return Vec::new();
    }
    // Who stands on one that may log has it in the tree, and does not use it.
    let logs = contents.iter().any(|one| TRACING.contains(&name(one))) || TRACING.contains(&package);
    let is_banned = |name: &&str| WORLD.contains(name) || (*name == "tracing" && !logs);
    let finding = |name| {
        format!("{package} contains {name}: cargo tree -p {package} --all-features -e normal -i {name}")
    };
    contents.iter().map(|one| name(one)).filter(is_banned).map(finding).collect()
}

/// Both parts of the law, on the workspace as it stands.
///
/// # Errors
/// The findings, a line each; or when cargo fails.
pub fn check(workspace: &Workspace) -> Result<String> {
    let packages = workspace.packages();
    let declared = |p: &&cargo_metadata::Package| Declared {
        package: p.name.to_string(),
        dependencies: p.dependencies.iter().map(|dependency| dependency.name.clone()).collect(),
    };
    let members: Vec<_> = packages.iter().map(declared).collect();
    let mut findings = edges(&members);
    for package in &packages {
        if floor(&package.name).is_some_and(|floor| floor <= Floor::Domain) {
            let contents = contents(workspace, &package.name, &["--all-features", "-e", "normal,build"])?;
            findings.extend(tree(&package.name, &contents));
        }
    }
    crate::none_of(&findings)?;
    Ok(format!("{} packages", packages.len()))
}

/// The packages that one member's build contains, each as `name v1.2.3`, without itself.
///
/// # Errors
/// When `cargo tree` fails.
pub fn contents(workspace: &Workspace, package: &str, options: &[&str]) -> Result<BTreeSet<String>> {
    let mut command = workspace.cargo();
    command.args(["tree", "-p", package, "--prefix", "none", "--format", "{p}"]).args(options);
    let lines = shell::read(&mut command)?;
    let one = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    Ok(lines.lines().map(one).filter(|one| !one.is_empty() && name(one) != package).collect())
}

/// The name in `name v1.2.3`.
#[must_use]
pub fn name(one: &str) -> &str {
    one.split_once(' ').map_or(one, |(name, _)| name)
}
