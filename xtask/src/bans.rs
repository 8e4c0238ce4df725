//! The ban list: what no compiler lint can see, read from the text of the sources.

use crate::source::Code;
use crate::workspace::{self, Workspace};
use crate::{Result, none_of};
use std::path::{Path, PathBuf};

/// The packages that touch the world. Each of them, and no other, has a `clippy.toml` of its own.
const WORLDLY: &[&str] =
    &["toban-adapters", "toban-server", "toban", "toban-examples", "toban-benches", "xtask"];

/// What the other packages' `src` does without.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Printing is the world too.
const PRINTS: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];

/// Work left undone, in any file.
const UNDONE: &[&str] = &["todo", "unimplemented"];

/// A file of more lines is to be split: a warning.
const MANY_LINES: usize = 600;

/// A file of more lines fails.
const TOO_MANY_LINES: usize = 1000;

/// What a source file is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In the `src` of a pure package: no world.
    Pure,
    /// Any other: tests, benches, packages that touch the world.
    Worldly,
}

/// What the checks found in a file: errors that fail the run, and warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// A line each, with its place.
    pub errors: Vec<String>,
    /// A line each.
    pub warnings: Vec<String>,
}

/// One file, by its path (for the messages and the rule on names) and text.
#[must_use]
pub fn file(path: &Path, text: &str, kind: Kind) -> Findings {
    let place = path.display();
    let code = Code::read(text);
    let mut findings = Findings::default();
    let errors = &mut findings.errors;
    if path.file_name().is_some_and(|name| name == "mod.rs") {
        errors.push(format!("{place}: a module is `foo.rs` beside `foo/`, never `mod.rs`"));
    }
    if !text.starts_with("//!") {
        errors.push(format!("{place}:1: the first line says what the file is for, with `//!`"));
    }
    for ending in ["]", "="] {
        for line in code.lines_of(&["#", "[", "ignore", ending]) {
            errors.push(format!("{place}:{line}: a test runs or goes, it is not ignored"));
        }
    }
    for name in UNDONE {
        for line in code.lines_of(&[name, "!"]) {
            errors.push(format!("{place}:{line}: {name}! is work left undone"));
        }
    }
    if kind == Kind::Pure {
        errors.extend(
            world(&code.without_tests()).iter().map(|(line, what)| format!("{place}:{line}: {what}")),
        );
    }
    let lines = text.lines().count();
    if lines > TOO_MANY_LINES {
        errors.push(format!("{place}: {lines} lines, more than {TOO_MANY_LINES}"));
    } else if lines > MANY_LINES {
        findings.warnings.push(format!("{place}: {lines} lines, more than {MANY_LINES}: time to split it"));
    }
    findings
}

fn world(code: &Code) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for used in code.paths() {
        let is_under = |banned: &&&str| {
            used.path.strip_prefix(**banned).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if let Some(banned) = WORLD.iter().find(is_under) {
            found.push((used.line, format!("{banned} has no place in a pure crate")));
        }
    }
    for name in PRINTS {
        for line in code.lines_of(&[name, "!"]) {
            found.push((line, format!("{name}! has no place in a pure crate")));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Every Rust file of the repository.
///
/// # Errors
/// The findings, a line each; or when a file cannot be read.
pub fn check(workspace: &Workspace) -> Result<String> {
    let root = workspace.root();
    let mut pure = Vec::new();
    let mut errors = Vec::new();
    for package in workspace.packages() {
        let is_worldly = WORLDLY.contains(&package.name.as_str());
        let folder = workspace::folder(package);
        if folder.join("clippy.toml").exists() != is_worldly {
            let rule = if is_worldly {
                "lifts the bans in a clippy.toml of its own"
            } else {
                "is pure: the root's clippy.toml holds for it"
            };
            errors.push(format!("{} {rule} (WORLDLY in xtask/src/bans.rs)", package.name));
        }
        if !is_worldly {
            pure.push(folder.join("src"));
        }
    }
    let files = rust_files(root)?;
    let mut warnings = Vec::new();
    for path in &files {
        let kind = if pure.iter().any(|src| path.starts_with(src)) { Kind::Pure } else { Kind::Worldly };
        let shown = path.strip_prefix(root).unwrap_or(path);
        let found = file(shown, &std::fs::read_to_string(path)?, kind);
        errors.extend(found.errors);
        warnings.extend(found.warnings);
    }
    for warning in &warnings {
        println!("warning: {warning}");
    }
    none_of(&errors)?;
    Ok(format!("{} files, {} to split", files.len(), warnings.len()))
}

/// The Rust files under a folder, build output and hidden folders left aside.
pub(crate) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files.extend(rust_files(&path)?);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
