//! Which versions of the application get on with which schemas of the database.

use super::version::Version;
use serde::{Deserialize, Serialize};

/// What a release does to the database (DBマイグレーションの方針).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// Its schema changes.
    Migration(Migration),
    /// Nothing.
    Unchanged,
}

/// A change of the schema; its steps stand in the timeline, as expand, backfill, switch and contract.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The schemas in the order in which they are reached; the first is the one that is there today.
    pub schemas: Vec<String>,
    /// The matrix: for each version of the application, the schemas that it gets on with.
    pub compatible: Vec<Compatibility>,
}

/// A row of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compatibility {
    /// The version of the application.
    pub application: Version,
    /// What it gets on with.
    pub schemas: Vec<String>,
}

impl Migration {
    /// The place of a schema.
    pub(crate) fn place(&self, schema: &str) -> Option<usize> {
        self.schemas.iter().position(|one| one == schema)
    }

    /// Whether the version is said to get on with the schema; what the matrix does not say is no.
    #[must_use]
    pub fn is_compatible(&self, application: &Version, schema: &str) -> bool {
        self.compatible
            .iter()
            .any(|row| row.application == *application && row.schemas.iter().any(|one| one == schema))
    }
}
