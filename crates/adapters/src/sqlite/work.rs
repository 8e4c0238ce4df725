//! The two threads: one writes what waits together, the other reads.

use super::error::Trouble;
use futures_channel::oneshot;
use rusqlite::Connection;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use toban_core::PortError;

/// The most jobs of one transaction.
const MOST_TOGETHER: usize = 1024;

/// The longest that a job waits for others to come along.
const LONGEST_GATHERING: Duration = Duration::from_millis(1);

/// Whether what a job did to the file stays.
#[derive(Debug)]
pub(super) enum Verdict<T> {
    Keep(T),
    Undo(T),
}

/// What somebody waits for, and what is to be done for it. It may be done again after it was undone.
struct Job<T, W> {
    work: W,
    done: Option<T>,
    operation: &'static str,
    answer: oneshot::Sender<Result<T, PortError>>,
}

/// A job, whatever its answer.
trait AnyJob: Send {
    /// Whether somebody still waits.
    fn is_awaited(&self) -> bool;
    /// Does it; says whether it stays.
    fn work(&mut self, connection: &Connection) -> Result<bool, Trouble>;
    /// Answers what was done, or why it was not.
    fn answer(self: Box<Self>, failed: Option<Trouble>);
}

impl<T: Send, W: FnMut(&Connection) -> Result<Verdict<T>, Trouble> + Send> AnyJob for Job<T, W> {
    fn is_awaited(&self) -> bool {
        !self.answer.is_canceled()
    }

    fn work(&mut self, connection: &Connection) -> Result<bool, Trouble> {
        let (done, stays) = match (self.work)(connection)? {
            Verdict::Keep(done) => (done, true),
            Verdict::Undo(done) => (done, false),
        };
        self.done = Some(done);
        Ok(stays)
    }

    fn answer(self: Box<Self>, failed: Option<Trouble>) {
        let Self { done, operation, answer, .. } = *self;
        let said = match (failed, done) {
            (Some(trouble), _) => Err(trouble.port_error(operation)),
            (None, Some(done)) => Ok(done),
            (None, None) => return,
        };
        // Who does not wait any more reads what was done.
        let _ = answer.send(said);
    }
}

/// A thread with a connection, and the way to it.
#[derive(Debug)]
pub(super) struct Worker {
    path: Arc<Path>,
    jobs: Option<Sender<Box<dyn AnyJob>>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// One job after another, none of which changes anything.
    pub(super) fn reading(path: &Arc<Path>, connection: Connection) -> io::Result<Self> {
        Self::start("toban-sqlite-read", path, move |jobs, _| {
            for mut job in jobs {
                if job.is_awaited() {
                    let failed = job.work(&connection).err();
                    job.answer(failed);
                }
            }
        })
    }

    /// Whatever waits, together.
    pub(super) fn writing(path: &Arc<Path>, connection: Connection) -> io::Result<Self> {
        Self::start("toban-sqlite-write", path, move |jobs, path| {
            let (mut crowd, mut flush) = (1, Duration::ZERO);
            while let Ok(first) = jobs.recv() {
                let patience = (flush / 8).min(LONGEST_GATHERING);
                let mut waiting = gather(&jobs, first, crowd, Instant::now() + patience);
                waiting.retain(|job| job.is_awaited());
                crowd = waiting.len();
                let begun = Instant::now();
                write(&connection, path, waiting);
                flush = begun.elapsed();
            }
        })
    }

    fn start(
        name: &str,
        path: &Arc<Path>,
        work: impl FnOnce(Receiver<Box<dyn AnyJob>>, &Arc<Path>) + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let its_path = Arc::clone(path);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(receiver, &its_path))?;
        Ok(Self { path: Arc::clone(path), jobs: Some(sender), thread: Some(thread) })
    }

    /// Hands the work over and waits for its answer. Once handed over it is done, or, if nobody waits any more before
    /// its turn comes, left.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> Result<Verdict<T>, Trouble> + Send + 'static,
    ) -> Result<T, PortError> {
        let (answer, answered) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // It fails where the thread has ended; then nobody answers either.
            let _ = jobs.send(Box::new(Job { work, done: None, operation, answer }));
        }
        match answered.await {
            Ok(said) => said,
            Err(_) => Err(Trouble::Ended { path: Arc::clone(&self.path) }.port_error(operation)),
        }
    }
}

impl Drop for Worker {
    /// Lets the thread finish what it was given, so that the file is closed when this returns.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            // An executor may run, and drop, what waits for an answer right where it is given.
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// All jobs that wait. Those who were answered together mostly ask again together: as many as the last time are waited
/// for, until then, so that they do not need two flushes.
fn gather(
    jobs: &Receiver<Box<dyn AnyJob>>,
    first: Box<dyn AnyJob>,
    crowd: usize,
    until: Instant,
) -> Vec<Box<dyn AnyJob>> {
    let mut waiting = vec![first];
    while waiting.len() < MOST_TOGETHER {
        let left = until.saturating_duration_since(Instant::now());
        let next = match jobs.try_recv() {
            Err(_) if waiting.len() < crowd => jobs.recv_timeout(left).ok(),
            next => next.ok(),
        };
        let Some(next) = next else { break };
        waiting.push(next);
    }
    waiting
}

/// Why a transaction came to nothing.
enum Lost {
    /// This job took it along: SQLite had to undo everything. The others can be done without it.
    At(usize, Trouble),
    /// Nobody knows whether it was written, or it could not begin.
    Whole(Trouble),
}

/// Does all jobs in one transaction, with one flush. What one of them cannot do does not harm the others.
fn write(connection: &Connection, path: &Arc<Path>, mut jobs: Vec<Box<dyn AnyJob>>) {
    while !jobs.is_empty() {
        match transaction(connection, path, &mut jobs) {
            Ok(failures) => {
                for (job, failed) in jobs.drain(..).zip(failures) {
                    job.answer(failed);
                }
            }
            Err(Lost::At(place, trouble)) => jobs.remove(place).answer(Some(trouble)),
            Err(Lost::Whole(trouble)) => {
                for job in jobs.drain(..) {
                    job.answer(Some(trouble.clone()));
                }
            }
        }
    }
}

fn transaction(
    connection: &Connection,
    path: &Arc<Path>,
    jobs: &mut [Box<dyn AnyJob>],
) -> Result<Vec<Option<Trouble>>, Lost> {
    let execute = |sql: &str| {
        let executed = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        executed.map_err(|error| Trouble::new(path, error))
    };
    // A transaction that is still open, because it could not be rolled back, would take everything along.
    let give_up = || if connection.is_autocommit() { Ok(0) } else { execute("ROLLBACK") };
    give_up().map_err(Lost::Whole)?;
    execute("BEGIN IMMEDIATE").map_err(Lost::Whole)?;
    let mut failures = Vec::with_capacity(jobs.len());
    for (place, job) in jobs.iter_mut().enumerate() {
        let worked = execute("SAVEPOINT job").and_then(|_| job.work(connection));
        let undone = match &worked {
            Ok(true) => Ok(0),
            Ok(false) | Err(_) if !connection.is_autocommit() => execute("ROLLBACK TO job"),
            Ok(false) | Err(_) => Ok(0),
        };
        let closed = undone.and_then(|_| execute("RELEASE job"));
        match (worked, closed) {
            (Ok(_), Ok(_)) => failures.push(None),
            (Err(trouble), Ok(_)) => failures.push(Some(trouble)),
            (Err(trouble), Err(_)) | (Ok(_), Err(trouble)) => {
                return Err(match give_up() {
                    Ok(_) => Lost::At(place, trouble),
                    Err(_) => Lost::Whole(trouble),
                });
            }
        }
    }
    match execute("COMMIT") {
        Ok(_) => Ok(failures),
        Err(trouble) => {
            // What was flushed before it failed may come back after a crash: that is unknown, not undone.
            let _ = give_up();
            Err(Lost::Whole(trouble))
        }
    }
}
