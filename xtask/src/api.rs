//! The public API of each library as a text that a reviewer reads: `public-api.txt` beside its manifest.

use crate::ci::Outcome;
use crate::workspace::{Workspace, folder};
use crate::{Result, none_of, shell};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const SNAPSHOT: &str = "public-api.txt";

/// What differs between a snapshot and the API as it is: `-` went, `+` came. Empty when nothing does.
#[must_use]
pub fn difference(snapshot: &str, now: &str) -> Vec<String> {
    let before: BTreeSet<&str> = snapshot.lines().collect();
    let after: BTreeSet<&str> = now.lines().collect();
    let mut lines: Vec<(&str, char)> = before.difference(&after).map(|line| (*line, '-')).collect();
    lines.extend(after.difference(&before).map(|line| (*line, '+')));
    lines.sort_by_key(|(line, sign)| (*line, *sign == '+'));
    lines.iter().map(|(line, sign)| format!("  {sign} {line}")).collect()
}

/// Each library's API against its snapshot.
///
/// # Errors
/// The differences, a line each; or when rustdoc fails.
pub fn compare(workspace: &Workspace) -> Result<Outcome> {
    let mut findings = Vec::new();
    let mut items = 0;
    for (name, path, api) in apis(workspace)? {
        let Some(api) = api else { return Ok(Outcome::LeftOut(foreign_format(&name))) };
        items += api.lines().count();
        let snapshot = std::fs::read_to_string(&path).unwrap_or_default();
        let lines = difference(&snapshot, &api);
        if !lines.is_empty() {
            let shown = path.strip_prefix(workspace.root()).unwrap_or(&path).display();
            findings.push(format!("{name}: the public API is not what {shown} says"));
            findings.extend(lines);
        }
    }
    if !findings.is_empty() {
        findings.push(
            "where the change is meant: cargo xtask api --bless, and a line in CHANGELOG.md".to_owned(),
        );
    }
    none_of(&findings)?;
    Ok(Outcome::Passed(format!("{items} items")))
}

/// Writes each library's API to its snapshot.
///
/// # Errors
/// When rustdoc fails, or a file cannot be written.
pub fn bless(workspace: &Workspace) -> Result<()> {
    for (name, path, api) in apis(workspace)? {
        std::fs::write(&path, api.ok_or_else(|| foreign_format(&name))?)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn foreign_format(name: &str) -> String {
    format!(
        "{name}: this toolchain's rustdoc writes JSON of another format than the `public-api` in Cargo.lock reads"
    )
}

/// Name, path of the snapshot, and API (where the format is the one we read) of each library.
fn apis(workspace: &Workspace) -> Result<Vec<(String, PathBuf, Option<String>)>> {
    let rustdoc = rustdoc(workspace.target())?;
    let mut all = Vec::new();
    for package in workspace.libraries() {
        let mut command = workspace.cargo();
        command.args(["rustdoc", "-q", "-p", &package.name, "--lib", "--all-features", "--profile", "proof"]);
        command.args(["--", "-Z", "unstable-options", "--output-format", "json"]).env("RUSTDOC", &rustdoc);
        shell::run(&mut command)?;
        let json = workspace.target().join("doc").join(format!("{}.json", package.name.replace('-', "_")));
        let read = public_api::Builder::from_rustdoc_json(json)
            .omit_auto_derived_impls(true)
            .omit_auto_trait_impls(true)
            .omit_blanket_impls(true)
            .build();
        let api = match read {
            Ok(api) => Some(api.items().map(|item| format!("{item}\n")).collect()),
            Err(public_api::Error::SerdeJsonError(_)) => None,
            Err(error) => return Err(error.into()),
        };
        all.push((package.name.to_string(), folder(package).join(SNAPSHOT), api));
    }
    Ok(all)
}

/// A rustdoc that takes unstable options. The variable is set for it alone: set for cargo, it would also reach
/// the build scripts of half the tree, and all of that would be built again.
fn rustdoc(target: &Path) -> Result<PathBuf> {
    let path = target.join("rustdoc-with-json");
    std::fs::write(&path, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
