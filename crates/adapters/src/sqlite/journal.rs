//! The journal.

use super::error::{Trouble, cannot_open, no_thread};
use super::work::{Verdict, Worker};
use super::{Error, Options, open, read, write};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use toban_core::PortError;
use toban_durable::{Append, Appended, Claim, Claimed, Head, Journal, Record, Seq, StreamId};

/// A journal in a file. Dropping it finishes what it was given and closes the file.
#[derive(Debug)]
pub struct SqliteJournal {
    path: Arc<Path>,
    writer: Worker,
    reader: Worker,
}

impl SqliteJournal {
    /// The journal in that file; a new one where there is none. This reads and writes the disk before it returns.
    ///
    /// # Errors
    /// When the file cannot be opened, is no journal, or was made by a newer build.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, Options::default())
    }

    /// The same with other options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let given = path.as_ref();
        // A name such as `:memory:` is a file here as well.
        let path = std::path::absolute(given).map_err(|source| cannot_open(given, source))?;
        let (writing, reading) = (open::for_writing(&path, options)?, open::for_reading(&path, options)?);
        let path = Arc::from(path);
        let writer = Worker::writing(&path, writing).map_err(no_thread(&path))?;
        let reader = Worker::reading(&path, reading).map_err(no_thread(&path))?;
        Ok(Self { path, writer, reader })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who holds a scope at `now`; `None` where nobody does.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn holder(&self, scope: &str, now: DateTime<Utc>) -> Result<Option<Claim>, PortError> {
        let scope = scope.to_owned();
        self.reading("read a claim", move |connection| write::holder(connection, &scope, now)).await
    }

    async fn reading<T: Send + 'static>(
        &self,
        operation: &'static str,
        read: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        self.reader.ask(operation, self.keeping(read)).await
    }

    /// Work whose only error is SQLite's.
    fn keeping<T>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Fn(&Connection) -> Result<Verdict<T>, Trouble> + Send + 'static {
        let path = Arc::clone(&self.path);
        move |connection| work(connection).map(Verdict::Keep).map_err(|error| Trouble::new(&path, error))
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        let (path, claim, batch) = (Arc::clone(&self.path), claim.cloned(), batch.to_vec());
        let work = move |connection: &Connection| write::append(connection, &path, claim.as_ref(), &batch);
        self.writer.ask("append", work).await
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        let stream = stream.clone();
        self.reading("read", move |connection| read::records(connection, &stream, after, limit)).await
    }

    async fn head(&self, kind: &str, name: &str) -> Result<Option<Head>, PortError> {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        self.reading("head", move |connection| read::head(connection, &kind, &name)).await
    }

    async fn open_streams(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Head>, PortError> {
        let (kind, after) = (kind.to_owned(), after.map(str::to_owned));
        let work =
            move |connection: &Connection| read::open_streams(connection, &kind, after.as_deref(), limit);
        self.reading("open streams", work).await
    }

    async fn claim(
        &self,
        scope: &str,
        owner: &str,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<Claimed, PortError> {
        let (scope, owner) = (scope.to_owned(), owner.to_owned());
        let work = move |connection: &Connection| write::claim(connection, &scope, &owner, now, length);
        self.writer.ask("claim", self.keeping(work)).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), PortError> {
        let claim = claim.clone();
        let work = move |connection: &Connection| write::release(connection, &claim);
        self.writer.ask("release", self.keeping(work)).await
    }
}
