//! The workspace as `cargo metadata` tells it.

use crate::{Result, shell};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use std::path::{Path, PathBuf};

/// The packages of this workspace and where they lie.
#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// The workspace that the current directory lies in: not the one this program was built from, for several
    /// checkouts may share a build directory.
    ///
    /// # Errors
    /// When `cargo metadata` fails.
    pub fn here() -> Result<Self> {
        Ok(Self { metadata: MetadataCommand::new().no_deps().exec()? })
    }

    /// The folder of the root manifest.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Where cargo builds.
    #[must_use]
    pub fn target(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// Every member, by name.
    #[must_use]
    pub fn packages(&self) -> Vec<&Package> {
        let mut packages = self.metadata.workspace_packages();
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        packages
    }

    /// The member of this name.
    #[must_use]
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages().into_iter().find(|package| package.name == name)
    }

    /// The members that are published and have a library.
    #[must_use]
    pub fn libraries(&self) -> Vec<&Package> {
        let is_library = |p: &&Package| is_published(p) && p.targets.iter().any(|target| target.is_lib());
        self.packages().into_iter().filter(is_library).collect()
    }

    /// `cargo` at the root.
    #[must_use]
    pub fn cargo(&self) -> std::process::Command {
        shell::cargo(self.root())
    }
}

/// Whether it goes to the registry.
#[must_use]
pub fn is_published(package: &Package) -> bool {
    package.publish.as_ref().is_none_or(|registries| !registries.is_empty())
}

/// The folder of its manifest.
#[must_use]
pub fn folder(package: &Package) -> PathBuf {
    package.manifest_path.parent().map(|path| path.as_std_path().to_owned()).unwrap_or_default()
}
