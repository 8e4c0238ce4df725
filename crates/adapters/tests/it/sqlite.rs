//! The room of SQLite: its contract, several processes, kills, a full disk, damage.

mod contract;
mod damage;
mod kill;
mod room;
mod together;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{Append, Appended, Hash, Journal, Record, StreamId};

/// Waits in this thread: no runtime is needed.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A folder that goes with the test.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sqlite-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("journal.db")
    }

    fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(self.file()).unwrap()
    }

    /// The file as another program sees it.
    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn stream(name: &str) -> StreamId {
    StreamId::new("test", name)
}

/// One record behind a head.
fn next(stream: &StreamId, seq: u64, hash: Hash, body: &str) -> Append {
    let record = Record { seq: seq + 1, body: body.to_owned(), hash: hash.then(body) };
    Append { stream: stream.clone(), after: seq, records: vec![record], ends: false }
}

/// Records with these bodies, in an empty stream.
fn first(stream: &StreamId, bodies: &[&str]) -> Append {
    let mut hash = Hash::of_stream(stream);
    let records = (1..).zip(bodies).map(|(seq, body)| {
        hash = hash.then(body);
        Record { seq, body: (*body).to_owned(), hash }
    });
    Append { stream: stream.clone(), after: 0, records: records.collect(), ends: false }
}

/// Writes one record behind the end of a stream, whatever others write there.
fn push(journal: &dyn Journal, stream: &StreamId, body: &str) -> Record {
    loop {
        let head = wait(journal.head(&stream.kind, &stream.name)).unwrap();
        let (seq, hash) = head.map_or((0, Hash::of_stream(stream)), |head| (head.seq, head.hash));
        let append = next(stream, seq, hash, body);
        match wait(journal.append(None, std::slice::from_ref(&append))).unwrap() {
            Appended::Stored => return append.records[0].clone(),
            Appended::Conflict => {}
            Appended::ClaimLost => panic!("no claim was given"),
        }
    }
}

fn read(journal: &dyn Journal, stream: &StreamId) -> Vec<Record> {
    wait(journal.read(stream, 0, usize::MAX)).unwrap()
}

/// Panics where a place is left out or a hash does not follow.
fn check_chain(stream: &StreamId, records: &[Record]) {
    let mut hash = Hash::of_stream(stream);
    for (record, place) in records.iter().zip(1..) {
        hash = hash.then(&record.body);
        assert_eq!((record.seq, record.hash), (place, hash), "{stream}");
    }
}

/// An error and all its causes, as people see them.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
