//! What every manifest says: ready to publish, under the workspace's lints, pure by default.

use crate::workspace::{self, Workspace};
use crate::{Result, none_of};
use cargo_metadata::Package;

/// The fields of one manifest that the rules are about.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The package's name.
    pub package: String,
    /// The manifest's text.
    pub text: String,
    /// Whether it goes to the registry.
    pub is_published: bool,
    /// The names of the fields that are missing, of those a published package needs.
    pub missing: Vec<&'static str>,
    /// The features on by default.
    pub default_features: Vec<String>,
}

/// One manifest held against the rules.
#[must_use]
pub fn findings(manifest: &Manifest) -> Vec<String> {
    let Manifest { package, text, is_published, missing, default_features } = manifest;
    let mut findings = Vec::new();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let inherits = lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"]);
    if !inherits {
        findings.push(format!("{package}: the manifest lacks `[lints]` with `workspace = true`"));
    }
    if *is_published {
        findings
            .extend(missing.iter().map(|field| format!("{package}: no {field}, and it is to be published")));
        if !default_features.is_empty() {
            findings
                .push(format!("{package}: default features are empty, not {}", default_features.join(", ")));
        }
    }
    findings
}

fn read(package: &Package) -> Result<Manifest> {
    let has_readme = package.readme().is_some_and(|readme| readme.exists());
    let fields = [
        ("README.md", has_readme),
        ("description", package.description.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
        ("license", package.license.is_some()),
        ("repository", package.repository.is_some()),
        ("rust-version", package.rust_version.is_some()),
    ];
    Ok(Manifest {
        package: package.name.to_string(),
        text: std::fs::read_to_string(&package.manifest_path)?,
        is_published: workspace::is_published(package),
        missing: fields.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect(),
        default_features: package.features.get("default").cloned().unwrap_or_default(),
    })
}

/// Every member's manifest.
///
/// # Errors
/// The findings, a line each; or when a manifest cannot be read.
pub fn check(workspace: &Workspace) -> Result<String> {
    let packages = workspace.packages();
    let mut all = Vec::new();
    for package in &packages {
        all.extend(findings(&read(package)?));
    }
    none_of(&all)?;
    Ok(format!("{} manifests", packages.len()))
}
