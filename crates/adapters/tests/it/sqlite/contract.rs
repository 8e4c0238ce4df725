//! The contract of a journal, and machines that crash over this one.

use super::{Folder, chain, check_chain, first, push, read, stream, wait};
use crate::toy::{Effect, Fate, RecordingDoer, Request, State, Toy, effect};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::task::{Context, Waker};
use toban_adapters::sqlite::SqliteJournal;
use toban_core::{PortError, PortErrorKind};
use toban_durable::testing::{CrashPerform, Stage, block_on, crash_everywhere, journal_contract};
use toban_durable::{
    Append, Appended, Claim, Claimed, Head, Journal, Record, Run, Seq, Settled, StreamId, Turn, settle,
};

#[test]
fn it_keeps_the_contract() {
    let folder = Folder::new();
    wait(journal_contract(&folder.journal()));
}

#[test]
fn it_keeps_the_contract_in_a_runtime_and_beside_another_process() {
    let folder = Folder::new();
    let _other = folder.journal();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(journal_contract(&folder.journal()));
}

#[test]
fn what_was_stored_is_there_after_closing_and_nothing_lies_beside_the_file() {
    let folder = Folder::new();
    let journal = folder.journal();
    let stored = push(&journal, &stream("a"), "1");
    drop(journal);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
    assert_eq!(read(&folder.journal(), &stream("a")), [stored]);
}

#[test]
fn a_dropped_future_leaves_the_whole_append_or_nothing() {
    let folder = Folder::new();
    let journal = folder.journal();
    let poll_once = |append: Append| {
        let appends = [append];
        let mut future = journal.append(None, &appends);
        let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    };
    for round in 0..50 {
        let stream = stream(&round.to_string());
        poll_once(first(&stream, &["dropped", "dropped too"]));
        // It stands in the queue before this one.
        let kept = wait(journal.append(None, &[first(&stream, &["kept"])])).unwrap();
        let bodies: Vec<_> = read(&journal, &stream).into_iter().map(|record| record.body).collect();
        match kept {
            Appended::Stored => assert_eq!(bodies, ["kept"]),
            _ => assert_eq!(bodies, ["dropped", "dropped too"]),
        }
    }
}

#[test]
fn a_record_that_would_leave_a_place_out_is_refused() {
    let folder = Folder::new();
    let journal = folder.journal();
    let mut append = first(&stream("a"), &["1", "2"]);
    append.records.remove(0);
    let error = wait(journal.append(None, &[append])).unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Invalid);
    assert!(chain(&error).contains("place 2 of test/a cannot stand at 1"), "{}", chain(&error));
    assert_eq!(read(&journal, &stream("a")), []);
}

#[test]
fn a_claim_is_kept_to_the_microsecond_and_never_ends_early() {
    let folder = Folder::new();
    let journal = folder.journal();
    let now = DateTime::from_timestamp(7, 1).unwrap();
    let Claimed::Yours(claim) = wait(journal.claim("s", "one", now, TimeDelta::seconds(1))).unwrap() else {
        panic!("it is free");
    };
    assert_eq!(claim.until, DateTime::from_timestamp(8, 1_000).unwrap());
    let claimed = wait(folder.journal().claim("s", "two", now, TimeDelta::MAX)).unwrap();
    assert_eq!(claimed, Claimed::Theirs(claim));
    for owner in ["three", "four"] {
        let forever = wait(journal.claim("t", owner, DateTime::<Utc>::MAX_UTC, TimeDelta::MAX)).unwrap();
        assert!(matches!(forever, Claimed::Yours(_)), "nothing is after the end of time: {forever:?}");
    }
}

/// A journal that waits in the thread of its caller, for an executor that polls once.
#[derive(Debug)]
struct Waiting(SqliteJournal, #[expect(dead_code, reason = "it goes with the journal")] Folder);

#[async_trait]
impl Journal for Waiting {
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        wait(self.0.append(claim, batch))
    }
    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        wait(self.0.read(stream, after, limit))
    }
    async fn head(&self, kind: &str, name: &str) -> Result<Option<Head>, PortError> {
        wait(self.0.head(kind, name))
    }
    async fn open_streams(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Head>, PortError> {
        wait(self.0.open_streams(kind, after, limit))
    }
    async fn claim(
        &self,
        scope: &str,
        owner: &str,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<Claimed, PortError> {
        wait(self.0.claim(scope, owner, now, length))
    }
    async fn release(&self, claim: &Claim) -> Result<(), PortError> {
        wait(self.0.release(claim))
    }
}

fn live(stage: &Stage, doer: &Arc<RecordingDoer>) -> Option<State> {
    block_on(async {
        let owner = format!("process {}", stage.crash.seen());
        let journal = Arc::clone(&stage.journal) as _;
        let mut run: Run<Toy> = Run::open(journal, Arc::clone(&stage.clock) as _, "a").await.unwrap();
        if let Turn::Theirs(claim) = run.claim(&owner, TimeDelta::hours(1)).await.unwrap() {
            stage.journal.release(&claim).await.unwrap();
            assert_eq!(run.claim(&owner, TimeDelta::hours(1)).await.unwrap(), Turn::Mine);
        }
        let once = Effect { is_once: true, ..effect("migrate") };
        run.ask_once("do", &Request::Do(vec![once])).await.unwrap();
        run.ask_once("close", &Request::Close).await.unwrap();
        let doer = CrashPerform::new(Arc::clone(doer), Arc::clone(&stage.crash));
        assert_eq!(settle(&mut run, &doer).await.unwrap(), Settled::Over);
        run.state().clone()
    })
}

#[test]
fn a_machine_that_crashes_anywhere_over_it_ends_as_the_calm_one() {
    let told = crash_everywhere(
        || {
            let folder = Folder::new();
            Arc::new(Waiting(folder.journal(), folder))
        },
        live,
        |(calm, _), (end, doer)| {
            assert_eq!(calm, end);
            assert_eq!(calm.fates.values().collect::<Vec<_>>(), [&Fate::Done]);
            assert_eq!(doer.0.lock().unwrap().len(), 1, "never twice");
        },
    );
    assert!(told > 30, "{told}");
}

#[test]
fn long_streams_are_read_in_pages() {
    let folder = Folder::new();
    let journal = folder.journal();
    let bodies: Vec<_> = (0..1000).map(|place| format!("body {place}")).collect();
    let bodies: Vec<_> = bodies.iter().map(String::as_str).collect();
    let append = first(&stream("long"), &bodies);
    assert_eq!(wait(journal.append(None, std::slice::from_ref(&append))).unwrap(), Appended::Stored);
    let mut records = Vec::new();
    loop {
        let page = wait(journal.read(&stream("long"), records.len() as Seq, 256)).unwrap();
        if page.is_empty() {
            break;
        }
        records.extend(page);
    }
    assert_eq!(records, append.records);
    check_chain(&stream("long"), &records);
    assert_eq!(wait(journal.read(&stream("long"), Seq::MAX, 9)).unwrap(), []);
}
