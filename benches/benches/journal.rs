//! How many decisions a second go to the disk, beside writing and flushing the same bytes; and how fast are they
//! replayed?
//!
//! ```console
//! cargo bench -p toban-benches --bench journal
//! TMPDIR=/mnt/other cargo bench -p toban-benches --bench journal -- --records 5000
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::fs::{File, remove_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use toban_adapters::drive::SystemClock;
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{
    Append, Appended, Care, Decision, Hash, Journal, Machine, MemoryJournal, Now, Record, Run, Settle,
    StreamId, Wakeup,
};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// So many write at once.
const TOGETHER: usize = 64;

/// A decision of a rollout is about that long.
const BODY: usize = 300;

/// Both sides take turns so often, and the median decides: a disk has its moods.
const ROUNDS: usize = 11;

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let records = number("--records").unwrap_or(if is_test { 64 } else { 1024 });
    let replayed = if is_test { 1000 } else { 100_000 };
    let folder = Folder::new();
    let journal = Arc::new(SqliteJournal::open(folder.0.join("journal.db")).unwrap());
    let mut bare = File::create(folder.0.join("bare")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut heads: Vec<_> = (0..TOGETHER).map(|place| Stream::new(&format!("stream {place}"))).collect();

    let mut rounds = Vec::new();
    for _ in 0..if is_test { 1 } else { ROUNDS } {
        let alone = timed(|| {
            let stream = heads.first_mut().unwrap();
            runtime.block_on(async {
                for _ in 0..records / 8 {
                    stream.append(&journal).await;
                }
            });
        });
        let bare_alone = timed(|| flush(&mut bare, records / 8, 1));
        let together = timed(|| heads = together(&runtime, &journal, std::mem::take(&mut heads), records));
        let bare_together = timed(|| flush(&mut bare, records.div_ceil(TOGETHER), TOGETHER));
        rounds.push([alone * 8.0, bare_alone * 8.0, together, bare_together]);
    }
    let median = |of: &dyn Fn(&[f64; 4]) -> f64| {
        let mut all: Vec<_> = rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap()
    };
    let a_second = |of: &dyn Fn(&[f64; 4]) -> f64| records as f64 / median(of);
    println!("decisions of {BODY} bytes a second, median of {} rounds", rounds.len());
    println!("SQLite, one after another        {:9.0}", a_second(&|round| round[0]));
    println!("write and flush, one by one      {:9.0}", a_second(&|round| round[1]));
    println!("SQLite, {TOGETHER} at once            {:9.0}", a_second(&|round| round[2]));
    println!("write and flush, {TOGETHER} at a time {:9.0}", a_second(&|round| round[3]));
    let ratio = |name: &str, of: &dyn Fn(&[f64; 4]) -> f64| println!("{name} {:9.2}", median(of));
    ratio("SQLite / bare time, one by one   ", &|round| round[0] / round[1]);
    ratio("SQLite / bare time, 64 at once   ", &|round| round[2] / round[3]);
    ratio("64 at once / one by one, a second", &|round| round[0] / round[2]);
    replay(&runtime, replayed);
}

fn timed(work: impl FnOnce()) -> f64 {
    let before = Instant::now();
    work();
    before.elapsed().as_secs_f64()
}

/// The end of a stream.
struct Stream {
    id: StreamId,
    seq: u64,
    hash: Hash,
}

impl Stream {
    fn new(name: &str) -> Self {
        let id = StreamId::new("bench", name);
        Self { hash: Hash::of_stream(&id), id, seq: 0 }
    }

    async fn append(&mut self, journal: &SqliteJournal) {
        let body = format!("{:0BODY$}", self.seq);
        let record = Record { seq: self.seq + 1, hash: self.hash.then(&body), body };
        (self.hash, self.seq) = (record.hash, record.seq);
        let append =
            [Append { stream: self.id.clone(), after: self.seq - 1, records: vec![record], ends: false }];
        assert_eq!(journal.append(None, &append).await.unwrap(), Appended::Stored);
    }
}

/// Every stream gets its share, all at the same time.
fn together(
    runtime: &Runtime,
    journal: &Arc<SqliteJournal>,
    streams: Vec<Stream>,
    records: usize,
) -> Vec<Stream> {
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for mut stream in streams {
            let journal = Arc::clone(journal);
            tasks.spawn(async move {
                for _ in 0..records / TOGETHER {
                    stream.append(&journal).await;
                }
                stream
            });
        }
        tasks.join_all().await
    })
}

/// So many flushes, each of so many bodies.
fn flush(file: &mut File, flushes: usize, bodies: usize) {
    for place in 0..flushes {
        file.write_all(format!("{place:0width$}", width = bodies * BODY).as_bytes()).unwrap();
        file.sync_all().unwrap();
    }
}

/// Counts what it is told.
#[derive(Debug)]
struct Counter;

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Event {
    Counted(u64),
}

impl Machine for Counter {
    const KIND: &'static str = "counter";
    const VERSION: u16 = 1;
    type State = u64;
    type Request = u64;
    type Refusal = Infallible;
    type Event = Event;
    type Effect = ();
    type Outcome = ();

    fn request(_: &u64, count: &u64, _: Now) -> Result<Decision<Self>, Infallible> {
        Ok(Decision::none().event(Event::Counted(*count)))
    }
    fn outcome(_: &u64, (): &(), _: u32, (): &(), _: Now) -> (Decision<Self>, Settle) {
        (Decision::none(), Settle::Done)
    }
    fn doubt(_: &u64, (): &(), _: Now) -> Decision<Self> {
        Decision::none()
    }
    fn wake(_: &u64, _: Now) -> Decision<Self> {
        Decision::none()
    }
    fn apply(state: &mut u64, event: &Event, _: Now) {
        let Event::Counted(count) = event;
        *state += count;
    }
    fn next_wakeup(_: &u64) -> Wakeup {
        Wakeup::NEVER
    }
    fn care((): &()) -> Care {
        Care::Repeatable
    }
    fn time_out((): &()) -> TimeDelta {
        TimeDelta::zero()
    }
    fn is_over(_: &u64) -> bool {
        false
    }
}

fn replay(runtime: &Runtime, records: u64) {
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let open = || Run::<Counter>::open(Arc::clone(&journal), Arc::new(SystemClock::new()), "a");
    runtime.block_on(async {
        let mut run = open().await.unwrap();
        for _ in 0..records {
            run.ask(&1).await.unwrap();
        }
        let before = Instant::now();
        let run = open().await.unwrap();
        let time = before.elapsed();
        assert_eq!(*run.state(), records);
        let a_second = records as f64 / time.as_secs_f64();
        println!("replay of {records} in memory    {a_second:9.0} events a second, in {}", millis(time));
    });
}

fn millis(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

/// The number behind an option.
fn number(option: &str) -> Option<usize> {
    std::env::args().skip_while(|argument| argument != option).nth(1).map(|number| number.parse().unwrap())
}

/// A folder on a disk, gone with the bench.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let root =
            std::env::var_os("TMPDIR").map_or(Path::new(env!("CARGO_TARGET_TMPDIR")).into(), PathBuf::from);
        let path = root.join(format!("bench-journal-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = remove_dir_all(&self.0);
    }
}
