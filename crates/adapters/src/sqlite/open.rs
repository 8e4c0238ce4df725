//! How a file is opened: what SQLite is told about it, and which tables are in it.

use super::Error;
use super::error::{cannot_open, cannot_read};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::{Duration, Instant};

/// What of a journal can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    patience: Duration,
    most_bytes: Option<u64>,
}

impl Options {
    /// How long a request waits for another process that writes: longer than a healthy disk takes for any flush.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// Another patience than [`PATIENCE`](Self::PATIENCE).
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How large the file may grow, in bytes; above that there is no room left. A file that is larger stays so.
    #[must_use]
    pub fn with_most_bytes(self, most_bytes: u64) -> Self {
        Self { most_bytes: Some(most_bytes), ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { patience: Self::PATIENCE, most_bytes: None }
    }
}

/// `toba`: what says in a file's header that it is a journal.
const APPLICATION: i64 = 0x746f_6261;

/// The version of the tables below.
const VERSION: i64 = 1;

/// `until` is in microseconds since 1970, and nothing where the claim was given up.
const TABLES: &str = "
CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    has_ended INTEGER NOT NULL,
    UNIQUE (kind, name, generation)
) STRICT;
CREATE INDEX open_stream ON stream (kind, name, generation) WHERE has_ended = 0;
CREATE TABLE record (
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (
    scope TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    until INTEGER
) STRICT, WITHOUT ROWID;
";

/// The connection that writes. It makes the file where there is none.
pub(super) fn for_writing(path: &Path, options: Options) -> Result<Connection, Error> {
    let failed = cannot_read(path);
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE, options)?;
    shared(&connection, path, options.patience)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
    // A disk of Apple's flushes only when it is told so.
    connection.pragma_update(None, "fullfsync", true).map_err(&failed)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true).map_err(&failed)?;
    if let Some(bytes) = options.most_bytes {
        let page = pragma(&connection, "page_size").map_err(&failed)?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX).checked_div(page).unwrap_or_default().max(1);
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))
            .map_err(&failed)?;
    }
    // Whoever comes first makes the tables; the others wait for him.
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
    if is_new(&change, path)? {
        change.execute_batch(TABLES).map_err(&failed)?;
        change.pragma_update(None, "application_id", APPLICATION).map_err(&failed)?;
        change.pragma_update(None, "user_version", VERSION).map_err(&failed)?;
    }
    change.commit().map_err(&failed)?;
    Ok(connection)
}

/// The connection that reads, of a file that is there.
pub(super) fn for_reading(path: &Path, options: Options) -> Result<Connection, Error> {
    let connection = connect(path, OpenFlags::empty(), options)?;
    connection.pragma_update(None, "query_only", true).map_err(cannot_read(path))?;
    Ok(connection)
}

fn connect(path: &Path, more: OpenFlags, options: Options) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let failed = cannot_read(path);
    let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    connection.busy_timeout(options.patience).map_err(&failed)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(&failed)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Turns on the write-ahead log. While another process does so, or recovers it, SQLite does not wait by itself.
fn shared(connection: &Connection, path: &Path, patience: Duration) -> Result<(), Error> {
    let begun = Instant::now();
    loop {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode.map(|mode: String| mode.eq_ignore_ascii_case("wal")) {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(Error::NotShared { path: path.to_owned() }),
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < patience =>
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(cannot_open(path, error)),
        }
    }
}

fn is_new(connection: &Connection, path: &Path) -> Result<bool, Error> {
    let failed = cannot_read(path);
    let application = pragma(connection, "application_id").map_err(&failed)?;
    let version = pragma(connection, "user_version").map_err(&failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(&failed)?;
    match (application, version) {
        (0, 0) if tables == 0 => Ok(true),
        (APPLICATION, found) if found > VERSION => {
            Err(Error::TooNew { path: path.to_owned(), found, known: VERSION })
        }
        (APPLICATION, VERSION) => Ok(false),
        _ => Err(Error::Foreign { path: path.to_owned() }),
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
