//! A journal of machines in one SQLite file, for one machine and any number of its processes.
//!
//! ```no_run
//! use std::sync::Arc;
//! use toban_adapters::sqlite::SqliteJournal;
//! use toban_durable::Journal;
//!
//! let journal: Arc<dyn Journal> = Arc::new(SqliteJournal::open("/var/lib/toban/journal.db")?);
//! # Ok::<(), toban_adapters::sqlite::Error>(())
//! ```
//!
//! What was answered [`Stored`](toban_durable::Appended::Stored) is on the disk. Appends that wait at the same time
//! share one transaction and one flush, and each has an answer of its own: many machines at once cost hardly more
//! than one. A thread writes and a thread reads, so the futures need no runtime and may be dropped.
//!
//! Other processes may have the same file open. It belongs on a disk of the machine: where a folder of a network
//! cannot share memory, the file is not opened.
//!
//! # Beside the file
//! While it is open there are `…-wal` and `…-shm` beside it. They belong to it: who copies the file copies them too,
//! or uses `sqlite3 journal.db '.backup copy.db'`.
//!
//! # Damage
//! SQLite finds damage where it reads, and says nothing of what it does not; the hashes of the records show the rest.
//! A page of records that holds a damaged one is an error; those before it come with a smaller `limit`.

mod error;
mod journal;
mod open;
mod read;
mod work;
mod write;

pub use error::Error;
pub use journal::SqliteJournal;
pub use open::Options;
