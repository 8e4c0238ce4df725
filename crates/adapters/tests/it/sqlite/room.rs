//! No room left, and room again.

use super::{Folder, chain, check_chain, first, read, stream, wait};
use std::task::{Context, Poll, Waker};
use toban_adapters::sqlite::{Options, SqliteJournal};
use toban_core::PortErrorKind;
use toban_durable::{Append, Appended, Journal};

/// A journal that has room for some 100 kB, beside a table of that size which is none of its own.
fn narrow(folder: &Folder) -> SqliteJournal {
    drop(folder.journal());
    let ballast = "CREATE TABLE ballast (x BLOB); INSERT INTO ballast VALUES (zeroblob(100000));";
    folder.raw().execute_batch(ballast).unwrap();
    let most = std::fs::metadata(folder.file()).unwrap().len() + 100_000;
    SqliteJournal::open_with(folder.file(), Options::default().with_most_bytes(most)).unwrap()
}

fn large(name: &str) -> Append {
    first(&stream(name), &["x".repeat(30_000).as_str()])
}

#[test]
fn a_full_file_says_so_and_takes_records_again_when_there_is_room() {
    let folder = Folder::new();
    let journal = narrow(&folder);
    let fills = |name: u32| wait(journal.append(None, &[large(&name.to_string())]));
    let (full, error) = (0..).find_map(|name| fills(name).err().map(|error| (name, error))).unwrap();
    assert_eq!(error.kind, PortErrorKind::Full, "{}", chain(&error));
    assert!((2..5).contains(&full), "{full}");
    assert_eq!(fills(full).unwrap_err().kind, PortErrorKind::Full);
    assert_eq!(read(&journal, &stream(&full.to_string())), [], "nothing was written");
    assert_eq!(read(&journal, &stream("0")).len(), 1);
    folder.raw().execute_batch("DROP TABLE ballast").unwrap();
    assert_eq!(fills(full).unwrap(), Appended::Stored);
    for name in 0..=full {
        let stream = stream(&name.to_string());
        check_chain(&stream, &read(&journal, &stream));
    }
}

#[test]
fn what_has_no_room_does_not_harm_what_has() {
    let folder = Folder::new();
    let journal = narrow(&folder);
    let raw = folder.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let batches: Vec<_> = (0..24)
        .map(|place| {
            let name = place.to_string();
            [if place % 2 == 0 { large(&name) } else { first(&stream(&name), &["small"]) }]
        })
        .collect();
    let mut futures: Vec<_> = batches.iter().map(|batch| journal.append(None, batch)).collect();
    for future in &mut futures {
        assert!(matches!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    }
    raw.execute_batch("COMMIT").unwrap();
    for (place, future) in futures.into_iter().enumerate() {
        match wait(future) {
            Ok(appended) => assert_eq!(appended, Appended::Stored),
            Err(error) => {
                assert_eq!(error.kind, PortErrorKind::Full);
                assert!(place >= 4 && place % 2 == 0, "there was room for {place}");
            }
        }
    }
    let small = (0..24).filter(|place| read(&journal, &stream(&place.to_string())).len() == 1).count();
    assert!((14..=17).contains(&small), "{small}");
}
