//! Files that are no journal, or none any more.

use super::{Folder, chain, check_chain, first, push, read, stream, wait};
use crate::toy::{Request, Toy, effect};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_adapters::sqlite::{Error, SqliteJournal};
use toban_core::PortErrorKind;
use toban_core::testing::FakeClock;
use toban_durable::{Appended, Hash, Heard, Journal, Record, Run, history};

const PAGE: usize = 4096;

fn refused(folder: &Folder) -> Error {
    let error = SqliteJournal::open(folder.file()).expect_err("it is no journal");
    let text = chain(&error);
    assert!(text.contains(folder.file().to_str().unwrap()), "{text}");
    error
}

#[test]
fn what_is_no_journal_is_refused_with_its_path_and_left_as_it_is() {
    let folder = Folder::new();
    for text in ["no database at all. ".repeat(500), "short".to_owned()] {
        std::fs::write(folder.file(), &text).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, Error::Open { .. }) && chain(&error).contains("not a database"), "{error:?}");
        assert_eq!(std::fs::read_to_string(folder.file()).unwrap(), text);
    }
    std::fs::remove_file(folder.file()).unwrap();
    folder.raw().execute_batch("CREATE TABLE accounts (id INTEGER)").unwrap();
    assert!(matches!(refused(&folder), Error::Foreign { .. }));
    let error = SqliteJournal::open(folder.0.join("missing").join("journal.db")).unwrap_err();
    assert!(chain(&error).contains("missing/journal.db cannot be opened"), "{}", chain(&error));
    let error = SqliteJournal::open("").unwrap_err();
    assert!(matches!(error, Error::Open { .. }), "{error}");
}

#[test]
fn what_a_newer_build_made_is_refused_with_its_version() {
    let folder = Folder::new();
    drop(folder.journal());
    folder.raw().pragma_update(None, "user_version", 2).unwrap();
    assert!(matches!(refused(&folder), Error::TooNew { found: 2, known: 1, .. }));
}

#[test]
fn an_empty_file_is_a_new_journal() {
    let folder = Folder::new();
    std::fs::write(folder.file(), "").unwrap();
    push(&folder.journal(), &stream("a"), "1");
}

/// A closed file with 100 records of 1 kB, and these.
fn filled(folder: &Folder) -> Vec<Record> {
    let journal = folder.journal();
    let bodies: Vec<_> = (0..100).map(|place| format!("{place:01000}")).collect();
    let append = first(&stream("a"), &bodies.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(wait(journal.append(None, std::slice::from_ref(&append))).unwrap(), Appended::Stored);
    append.records
}

/// Bytes that follow no pattern.
fn noise(seed: usize) -> Vec<u8> {
    (0..PAGE / 32)
        .flat_map(|place| *Hash::of_stream(&stream(&format!("{seed} {place}"))).as_bytes())
        .collect()
}

/// Opens the damaged file, and reads and writes what can be; gives the records before the first error.
fn use_it(folder: &Folder) -> Vec<Record> {
    let Ok(journal) = SqliteJournal::open(folder.file()) else { return Vec::new() };
    let mut records = Vec::new();
    loop {
        match wait(journal.read(&stream("a"), records.len() as u64, 1)) {
            Ok(page) if page.is_empty() => break,
            Ok(page) => records.extend(page),
            Err(error) => {
                assert_eq!(error.kind, PortErrorKind::Invalid, "{}", chain(&error));
                assert!(chain(&error).contains("journal.db is damaged"), "{}", chain(&error));
                break;
            }
        }
    }
    // Whatever these say, they say it.
    let _ = wait(journal.append(None, &[first(&stream("b"), &["1"])]));
    let _ = wait(journal.head("test", "a"));
    let _ = wait(journal.open_streams("test", None, 9));
    let _ = wait(journal.claim("test/a", "me", chrono::DateTime::UNIX_EPOCH, TimeDelta::seconds(1)));
    records
}

/// How many of the records stand where they stood and follow from each other: what a machine would take.
fn sound(records: &[Record], all: &[Record]) -> usize {
    let mut hash = Hash::of_stream(&stream("a"));
    let follows = |(record, place): &(&Record, u64)| {
        hash = hash.then(&record.body);
        (record.seq, record.hash) == (*place, hash)
    };
    let sound = records.iter().zip(1..).take_while(follows).count();
    assert!(records[..sound] == all[..sound], "what follows is what was written");
    sound
}

#[test]
fn garbage_anywhere_is_an_error_or_a_broken_chain_and_what_stands_before_it_can_be_read() {
    let folder = Folder::new();
    let all = filled(&folder);
    let whole = std::fs::read(folder.file()).unwrap();
    let pages = whole.len() / PAGE;
    assert!(pages > 25, "{pages}");
    let mut read_before = Vec::new();
    for page in 0..pages {
        let mut damaged = whole.clone();
        damaged[page * PAGE..(page + 1) * PAGE].copy_from_slice(&noise(page));
        std::fs::write(folder.file(), damaged).unwrap();
        read_before.push(sound(&use_it(&folder), &all));
        // One bit somewhere in it, too.
        let mut damaged = whole.clone();
        let place = noise(page);
        damaged[page * PAGE + (usize::from(place[0]) << 8 | usize::from(place[1])) % PAGE] ^= 1 << (page % 8);
        std::fs::write(folder.file(), damaged).unwrap();
        sound(&use_it(&folder), &all);
    }
    let in_the_middle = read_before.iter().filter(|sound| (1..100).contains(*sound)).count();
    assert!(in_the_middle > 20, "{read_before:?}");
}

#[test]
fn a_torn_file_is_an_error_and_a_torn_log_ends_where_it_is_whole() {
    let folder = Folder::new();
    let all = filled(&folder);
    let whole = std::fs::read(folder.file()).unwrap();
    for length in (0..whole.len()).step_by(PAGE / 2 + 1) {
        std::fs::write(folder.file(), &whole[..length]).unwrap();
        sound(&use_it(&folder), &all);
    }
    // A process that died while it wrote leaves a log; here it is cut off anywhere.
    let folder = Folder::new();
    let journal = folder.journal();
    let records: Vec<_> = (0..20).map(|place| push(&journal, &stream("a"), &place.to_string())).collect();
    let (file, log) = (folder.file(), folder.0.join("journal.db-wal"));
    let (file, log) = (std::fs::read(file).unwrap(), std::fs::read(log).unwrap());
    for length in (0..log.len()).step_by(PAGE / 2 + 1) {
        let copy = Folder::new();
        std::fs::write(copy.file(), &file).unwrap();
        std::fs::write(copy.0.join("journal.db-wal"), &log[..length]).unwrap();
        let journal = copy.journal();
        let left = read(&journal, &stream("a"));
        check_chain(&stream("a"), &left);
        assert_eq!(left, records[..left.len()]);
        push(&journal, &stream("a"), "and on");
    }
    assert_eq!(read(&journal, &stream("a")), records);
}

#[test]
fn a_newest_record_that_is_gone_is_named_to_who_opens_asks_and_reports() {
    let folder = Folder::new();
    let journal: Arc<dyn Journal> = Arc::new(folder.journal());
    let open = || wait(Run::<Toy>::open(Arc::clone(&journal), Arc::new(FakeClock::new()), "a"));
    let mut run = open().unwrap();
    wait(run.claim("one", TimeDelta::hours(1))).unwrap();
    wait(run.ask(&Request::Do(vec![effect("one")]))).unwrap();
    let orders = wait(run.take_orders()).unwrap();
    wait(open().unwrap().ask(&Request::Close)).unwrap();
    assert_eq!(folder.raw().execute("DELETE FROM record WHERE seq = 2", []).unwrap(), 1);
    let told = "record 2 of toy/a is missing: the journal has lost it";
    assert_eq!(open().unwrap_err().to_string(), told);
    assert_eq!(wait(run.ask(&Request::Close)).unwrap_err().to_string(), told);
    assert_eq!(wait(run.report(&orders[0], &Heard::Nothing)).unwrap_err().to_string(), told);
    let (history, damage) = wait(history::<Toy>(&*journal, "a")).unwrap();
    assert_eq!((history.entries.len(), damage.unwrap().to_string().as_str()), (1, told));
}
