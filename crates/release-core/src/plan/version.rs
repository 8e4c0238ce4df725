//! Which build of a service is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use toban_core::Fingerprint;

/// What a version of a service is called: `v1.4.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);

impl Version {
    /// The version of this name.
    ///
    /// # Errors
    /// When the name is empty or has white space in it.
    pub fn new(name: impl Into<String>) -> Result<Self, VersionError> {
        let name = name.into();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(VersionError { name });
        }
        Ok(Self(name))
    }

    /// As a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(name: String) -> Result<Self, VersionError> {
        Self::new(name)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0
    }
}

/// A name that no version has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no version: it needs a character and no white space")]
pub struct VersionError {
    /// What was given.
    pub name: String,
}

/// Something that is brought along: an image, a migration script.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artefact {
    /// What it is called.
    pub name: String,
    /// What it is: a name can be moved to other contents, this cannot.
    pub digest: Fingerprint,
}
