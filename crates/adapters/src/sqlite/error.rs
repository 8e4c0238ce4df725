//! What keeps a file from being opened, and what happened when it could not be used.

use rusqlite::{ErrorCode, ffi};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toban_core::{PortError, PortErrorKind};
use toban_durable::{Seq, StreamId};

/// The file cannot be opened as a journal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is a database, and holds something else.
    #[error("{} is a database, but no journal of toban", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Where it lies, processes cannot share it: a folder of a network, for instance.
    #[error("{} lies where a journal cannot be shared: SQLite has no write-ahead log there", path.display())]
    NotShared {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be opened or read, or is no database.
    #[error("{} cannot be opened as a journal", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer build made it.
    #[error("{} is a journal of version {found}, this build reads up to {known}", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version of this build.
        known: i64,
    },
}

/// What happened to a request. Several that shared a transaction may share it.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{} is damaged", path.display())]
    Damaged { path: Arc<Path>, source: Arc<rusqlite::Error> },
    #[error("the thread that uses {} has ended", path.display())]
    Ended { path: Arc<Path> },
    #[error("{} cannot be used", path.display())]
    Failed { path: Arc<Path>, source: Arc<rusqlite::Error> },
    #[error("a record for place {seq} of {stream} cannot stand at {place}")]
    Misplaced { stream: StreamId, seq: Seq, place: Seq },
}

impl Trouble {
    pub(super) fn new(path: &Arc<Path>, source: rusqlite::Error) -> Self {
        let (path, source) = (Arc::clone(path), Arc::new(source));
        if is_damage(&source) { Self::Damaged { path, source } } else { Self::Failed { path, source } }
    }

    /// As the port says it.
    pub(super) fn port_error(self, operation: &'static str) -> PortError {
        let kind = match &self {
            Self::Damaged { .. } | Self::Misplaced { .. } => PortErrorKind::Invalid,
            Self::Ended { .. } => PortErrorKind::Unavailable,
            Self::Failed { source, .. } => kind(source),
        };
        PortError::new(kind, operation, "sqlite", self)
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                // It is shorter than its header says.
                || failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ
        }
        // What stands in a column is not what was written there.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        _ => false,
    }
}

fn kind(error: &rusqlite::Error) -> PortErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => PortErrorKind::Full,
        // Another process has been writing for longer than anybody waits.
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => PortErrorKind::Throttled,
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => PortErrorKind::Denied,
        Some(ErrorCode::CannotOpen | ErrorCode::OutOfMemory | ErrorCode::SystemIoFailure) => {
            PortErrorKind::Unavailable
        }
        _ => PortErrorKind::Invalid,
    }
}

/// Opening failed.
pub(super) fn cannot_open(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Open { path: path.to_owned(), source: source.into() }
}

/// What an opened file said is not what a journal says.
pub(super) fn cannot_read(path: &Path) -> impl Fn(rusqlite::Error) -> Error {
    move |source| cannot_open(path, source)
}

/// No thread can be started for it.
pub(super) fn no_thread(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| cannot_open(path, source)
}
