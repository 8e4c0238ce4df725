//! Several writers: in one process, and in several on one file.

use super::{Folder, check_chain, first, next, push, read, stream, wait};
use chrono::{DateTime, TimeDelta, Utc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;
use toban_adapters::sqlite::{Options, SqliteJournal};
use toban_core::{PortErrorKind, Retry};
use toban_durable::{Appended, Claimed, Hash, Journal};

#[test]
fn processes_that_write_to_one_stream_leave_no_place_out_and_none_twice() {
    let folder = Folder::new();
    let stream = stream("shared");
    let processes = [folder.journal(), folder.journal()];
    let mut stored: Vec<_> = thread::scope(|scope| {
        let write = |journal, writer| {
            let stream = &stream;
            move || -> Vec<_> {
                (0..25).map(|place| push(journal, stream, &format!("{writer}.{place}"))).collect()
            }
        };
        let writers: Vec<_> =
            (0..4).map(|writer| scope.spawn(write(&processes[writer % 2], writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    stored.sort_by_key(|record| record.seq);
    let records = read(&processes[0], &stream);
    assert_eq!(records, stored);
    assert_eq!(records.len(), 100);
    check_chain(&stream, &records);
}

#[test]
fn processes_that_open_a_new_file_at_once_make_one_journal() {
    for _ in 0..10 {
        let folder = Folder::new();
        let opened: Vec<_> = thread::scope(|scope| {
            let opening: Vec<_> = (0..4).map(|_| scope.spawn(|| folder.journal())).collect();
            opening.into_iter().map(|journal| journal.join().unwrap()).collect()
        });
        let stored = push(&opened[0], &stream("a"), "1");
        assert!(opened.iter().all(|journal| read(journal, &stream("a")) == [stored.clone()]));
    }
}

#[test]
fn of_processes_that_claim_at_once_one_gets_it() {
    let folder = Folder::new();
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let claimed: Vec<_> = thread::scope(|scope| {
        let claim = |owner: String| {
            let journal = folder.journal();
            move || wait(journal.claim("s", &owner, now, TimeDelta::minutes(1))).unwrap()
        };
        let claiming: Vec<_> = (0..4).map(|owner| scope.spawn(claim(owner.to_string()))).collect();
        claiming.into_iter().map(|claimed| claimed.join().unwrap()).collect()
    });
    let mine = claimed.iter().filter_map(|claimed| match claimed {
        Claimed::Yours(claim) => Some(claim),
        Claimed::Theirs(_) => None,
    });
    let mine: Vec<_> = mine.collect();
    assert_eq!(mine.len(), 1);
    assert!(claimed.iter().all(|claimed| match claimed {
        Claimed::Yours(claim) | Claimed::Theirs(claim) => claim == mine[0],
    }));
}

#[test]
fn appends_that_wait_together_have_an_answer_each_and_one_flush() {
    let folder = Folder::new();
    let journal = folder.journal();
    let (one, two) = (stream("one"), stream("two"));
    // While another process writes, they wait: the first alone, the rest behind it.
    let raw = folder.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut batches =
        vec![[first(&stream("zero"), &["1"])], [first(&one, &["1"])], [first(&one, &["other"])]];
    batches.push([next(&one, 1, Hash::of_stream(&one).then("1"), "2")]);
    batches.push([next(&two, 7, Hash::of_stream(&two), "8")]);
    batches.extend((0..60).map(|place| [first(&stream(&format!("many {place}")), &["1"])]));
    let mut futures: Vec<_> = batches.iter().map(|batch| journal.append(None, batch)).collect();
    for future in &mut futures {
        assert!(matches!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    }
    raw.execute_batch("COMMIT").unwrap();
    let answers: Vec<_> = futures.into_iter().map(|future| wait(future).unwrap()).collect();
    let mut expected = vec![Appended::Stored; 65];
    (expected[2], expected[4]) = (Appended::Conflict, Appended::Conflict);
    assert_eq!(answers, expected);
    assert_eq!(read(&journal, &one).len(), 2);
    assert_eq!(read(&journal, &two), []);
    // One for the tables, one for the first where it was taken up before the rest came, one for all others.
    assert!((2..=3).contains(&commits(&folder)), "{}", commits(&folder));
}

/// Transactions in the write-ahead log, which nobody has moved into the file yet.
fn commits(folder: &Folder) -> usize {
    let log = std::fs::read(folder.0.join("journal.db-wal")).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    // In each frame's header, the size is not zero where it ends a transaction.
    log[32..].chunks(24 + page).filter(|frame| frame[4..8] != [0; 4]).count()
}

#[test]
fn who_waits_too_long_for_another_process_is_told_so_and_may_ask_again() {
    let folder = Folder::new();
    let options = Options::default().with_patience(Duration::from_millis(20));
    let journal = SqliteJournal::open_with(folder.file(), options).unwrap();
    let raw = folder.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let append = [first(&stream("a"), &["1"])];
    let error = wait(journal.append(None, &append)).unwrap_err();
    assert_eq!((error.kind, error.retry()), (PortErrorKind::Throttled, Retry::Later));
    assert_eq!(wait(journal.read(&stream("a"), 0, 9)).unwrap(), [], "who reads does not wait");
    raw.execute_batch("COMMIT").unwrap();
    assert_eq!(wait(journal.append(None, &append)).unwrap(), Appended::Stored);
}
