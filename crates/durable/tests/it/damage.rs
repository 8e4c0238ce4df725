//! A damaged journal stops its reader, names the record, and loses nothing before it.

use crate::toy::{Process, Request, Toy};
use async_trait::async_trait;
use std::sync::Arc;
use toban_core::{PortError, PortErrorKind};
use toban_durable::testing::{PassOn, Passing, block_on};
use toban_durable::{Hash, Journal, MemoryJournal, Record, Run, RunError, Seq, StreamId, history};

/// A journal in which a record was changed.
#[derive(Debug)]
struct Changed {
    inner: Arc<MemoryJournal>,
    seq: Seq,
    change: fn(&mut Record, Hash),
    /// The record cannot be read at all, nor any page that it is in.
    is_lost: bool,
}

#[async_trait]
impl PassOn for Changed {
    fn inner(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.inner) as _
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        let mut records = self.inner.read(stream, 0, usize::MAX).await?;
        let mut hash = Hash::of_stream(stream);
        for record in &mut records {
            if record.seq == self.seq {
                (self.change)(record, hash);
            }
            hash = record.hash;
        }
        records.retain(|record| record.seq > after);
        records.truncate(limit);
        if self.is_lost && records.iter().any(|record| record.seq == self.seq) {
            let source = std::io::Error::other("a bad sector");
            return Err(PortError::new(PortErrorKind::Invalid, "read", "disk", source));
        }
        Ok(records)
    }
}

fn opened(seq: Seq, change: fn(&mut Record, Hash)) -> (RunError, usize) {
    let (mut process, inner) = Process::alone();
    process.claim("one");
    process.ask(Request::Start).unwrap();
    process.finish();
    let journal = Arc::new(Passing(Changed { inner, seq, change, is_lost: false }));
    let opened =
        block_on(Run::<Toy>::open(Arc::clone(&journal) as _, Arc::clone(&process.clock) as _, "a")).unwrap();
    let (history, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
    assert_eq!(damage.unwrap().to_string(), opened.as_ref().unwrap_err().to_string());
    (opened.unwrap_err(), history.entries.len())
}

#[test]
fn a_changed_body_breaks_the_chain_at_its_record() {
    let (error, before) =
        opened(3, |record, _| record.body = record.body.replace("100", "99").replace("25", "26"));
    assert!(matches!(error, RunError::Broken { seq: 3, .. }), "{error}");
    assert_eq!(before, 2);
    assert_eq!(
        error.to_string(),
        "record 3 of toy/a does not follow from the records before it: one of them was changed, or is missing"
    );
}

#[test]
fn a_missing_record_breaks_the_chain_at_the_next_one() {
    let (error, before) = opened(2, |record, _| record.seq = 99);
    assert!(matches!(error, RunError::Broken { seq: 2, .. }), "{error}");
    assert_eq!(before, 1);
}

#[test]
fn a_record_that_the_store_has_lost_is_named_and_what_stands_before_it_is_read() {
    let (mut process, inner) = Process::alone();
    process.claim("one");
    process.ask(Request::Start).unwrap();
    process.finish();
    let lost = |seq| Passing(Changed { inner: Arc::clone(&inner), seq, change: |_, _| {}, is_lost: true });
    let (history, damage) = block_on(history::<Toy>(&lost(3), "a")).unwrap().unwrap();
    assert_eq!(history.entries.len(), 2);
    assert_eq!(damage.unwrap().to_string(), "record 3 of toy/a cannot be read");
    // Where nothing can be read, that is no history.
    assert!(block_on(toban_durable::history::<Toy>(&lost(1), "a")).unwrap().is_err());
}

#[test]
fn a_torn_record_is_named_with_what_is_wrong_in_it() {
    // Torn by a writer that chained what it wrote.
    let (error, before) = opened(2, |record, hash| {
        record.body.truncate(record.body.len() / 2);
        record.hash = hash.then(&record.body);
    });
    assert!(matches!(error, RunError::Damaged { seq: 2, .. }), "{error}");
    assert_eq!((before, error.to_string().as_str()), (1, "record 2 of toy/a cannot be read"));
}

#[test]
fn a_newer_version_stops_the_reader() {
    let (error, _) = opened(1, |record, hash| {
        record.body = record.body.replacen("\"v\":3", "\"v\":4", 1);
        record.hash = hash.then(&record.body);
    });
    assert_eq!(error.to_string(), "record 1 of toy/a is of version 4, this build reads up to 3");
}

#[test]
fn an_event_that_is_not_known_stops_the_reader_and_a_field_that_is_not_known_does_not() {
    let (error, before) = opened(1, |record, hash| {
        record.body = record.body.replacen("\"started\"", "\"sprouted\"", 1);
        record.hash = hash.then(&record.body);
    });
    assert!(matches!(error, RunError::Damaged { seq: 1, .. }), "{error}");
    assert_eq!(before, 0);
    // The field passes; the record after it shows that something was changed.
    let (error, before) = opened(1, |record, hash| {
        record.body = record.body.replacen('{', "{\"later\":[1],", 1);
        record.hash = hash.then(&record.body);
    });
    assert!(matches!(error, RunError::Broken { seq: 2, .. }), "{error}");
    assert_eq!(before, 1);
}

#[test]
fn the_first_record_as_it_is_written_on_disk() {
    let (mut process, journal) = Process::alone();
    process.ask(Request::Start).unwrap();
    let records = block_on(journal.read(process.run.stream(), 0, 9)).unwrap().unwrap();
    assert_eq!(
        records[0].body,
        r#"{"v":3,"at":"1970-01-01T00:00:00Z","steady":0,"events":["started"],"orders":["migrate",{"announce":"started"}]}"#
    );
    // sha256sum over "toy/a", then over its bytes and the body.
    assert_eq!(Hash::of_stream(process.run.stream()).to_string(), SHA_OF_NAME);
    assert_eq!(records[0].hash.to_string(), SHA_OF_FIRST);
}

/// `printf toy/a | sha256sum`
const SHA_OF_NAME: &str = "834e7a484ae0de15ecb163a4654ebd999f724b29152dcc4e800569bfe6d8206b";
/// `(printf toy/a | openssl dgst -sha256 -binary; printf '%s' "$body") | sha256sum`
const SHA_OF_FIRST: &str = "3b4ba97d551558041af60e10bf94e5ef018b3a0d8236fb0c51529ba128186597";
