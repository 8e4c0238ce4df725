//! A journal that has lost its newest records says which, and nobody acts on what stands before them.

use crate::toy::{Process, Request, State, Toy};
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_core::{PortError, PortErrorKind};
use toban_durable::testing::{PassOn, Passing, block_on};
use toban_durable::{Append, Heard, Journal, MemoryJournal, Record, Run, Seq, StreamId, history};

/// A journal that forgets records, and cannot be asked for those of one generation.
#[derive(Debug, Default)]
struct FakeLossy {
    inner: Mutex<Arc<MemoryJournal>>,
    lost: Mutex<BTreeSet<(u32, Seq)>>,
    /// So many reads of the second stream go well.
    reads: Mutex<Option<u32>>,
}

impl FakeLossy {
    fn lose(&self, generation: u32, seq: Seq) {
        self.lost.lock().unwrap().insert((generation, seq));
    }

    fn memory(&self) -> Arc<MemoryJournal> {
        Arc::clone(&self.inner.lock().unwrap())
    }
}

#[async_trait]
impl PassOn for FakeLossy {
    fn inner(&self) -> Arc<dyn Journal> {
        self.memory() as _
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        if stream.generation == 2
            && let Some(left) = self.reads.lock().unwrap().as_mut()
        {
            if *left == 0 {
                return Err(PortError::new(
                    PortErrorKind::Unavailable,
                    "read",
                    "fake journal",
                    "told to be gone",
                ));
            }
            *left -= 1;
        }
        let mut records = self.memory().read(stream, after, limit).await?;
        records.retain(|record| !self.lost.lock().unwrap().contains(&(stream.generation, record.seq)));
        Ok(records)
    }
}

fn started() -> (Process, Arc<Passing<FakeLossy>>) {
    let journal = Arc::new(Passing::<FakeLossy>::default());
    let mut process = Process::start(Arc::clone(&journal) as _, Arc::default(), Arc::default());
    process.claim("one");
    process.ask(Request::Start).unwrap();
    (process, journal)
}

fn opened(journal: &Arc<Passing<FakeLossy>>) -> String {
    let opened =
        block_on(Run::<Toy>::open(Arc::clone(journal) as _, Arc::new(FakeClock::new()) as _, "a")).unwrap();
    opened.unwrap_err().to_string()
}

#[test]
fn who_opens_it_is_told_which_record_is_missing_and_its_history_ends_before_it() {
    let (mut process, journal) = started();
    process.ask(Request::Abort).unwrap();
    journal.lose(1, 2);
    assert_eq!(opened(&journal), "record 2 of toy/a is missing: the journal has lost it");
    let (history, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
    assert_eq!((history.entries.len(), history.state), (1, State::Migrating));
    assert_eq!(damage.unwrap().to_string(), "record 2 of toy/a is missing: the journal has lost it");
}

#[test]
fn who_asks_or_reports_is_told_so_and_does_not_try_for_ever() {
    let (mut process, journal) = started();
    let mut other = Process::start(Arc::clone(&journal) as _, Arc::default(), Arc::default());
    let orders = block_on(process.run.take_orders()).unwrap().unwrap();
    other.ask(Request::Abort).unwrap();
    journal.lose(1, 3);
    let told = |text: String| assert_eq!(text, "record 3 of toy/a is missing: the journal has lost it");
    told(process.ask(Request::Abort).unwrap_err().to_string());
    told(block_on(process.run.report(&orders[0], &Heard::Nothing)).unwrap().unwrap_err().to_string());
    told(block_on(process.run.take_orders()).unwrap().unwrap_err().to_string());
}

#[test]
fn a_journal_that_is_older_than_what_was_read_is_told_as_well() {
    let (mut process, journal) = started();
    process.ask(Request::Abort).unwrap();
    // Somebody has put an older copy in its place.
    let copy = MemoryJournal::new();
    let stream = process.run.stream().clone();
    let records = block_on(journal.read(&stream, 0, 1)).unwrap().unwrap();
    let append = Append { stream, after: 0, records, ends: false };
    block_on(copy.append(None, &[append])).unwrap().unwrap();
    *journal.inner.lock().unwrap() = Arc::new(copy);
    let told = "record 2 of toy/a is missing: the journal has lost it";
    assert_eq!(block_on(process.run.refresh()).unwrap().unwrap_err().to_string(), told);
}

#[test]
fn a_stream_whose_last_record_is_missing_has_not_rolled_over_and_one_whose_first_is_missing_is_not_new() {
    for (generation, seq, told) in [
        (1, 2, "record 2 of toy/a is missing: the journal has lost it"),
        (2, 1, "record 1 of toy/a~2 is missing: the journal has lost it"),
    ] {
        let (mut process, journal) = started();
        let mut other = Process::start(Arc::clone(&journal) as _, Arc::default(), Arc::default());
        assert!(block_on(process.run.roll_over()).unwrap().unwrap());
        journal.lose(generation, seq);
        assert_eq!(block_on(other.run.refresh()).unwrap().unwrap_err().to_string(), told);
        assert_eq!(*other.run.state(), State::Migrating, "what stands before it");
        let (history, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
        assert_eq!((damage.unwrap().to_string().as_str(), history.state), (told, State::Migrating));
        if generation == 2 {
            assert_eq!(opened(&journal), told);
        }
    }
    // Where not even the journal knows of the next stream, the one before it does.
    let (mut process, journal) = started();
    assert!(block_on(process.run.roll_over()).unwrap().unwrap());
    let first = StreamId::new("toy", "a");
    let records = block_on(journal.read(&first, 0, 9)).unwrap().unwrap();
    let copy = MemoryJournal::new();
    let append = Append { stream: first, after: 0, records, ends: true };
    block_on(copy.append(None, &[append])).unwrap().unwrap();
    *journal.inner.lock().unwrap() = Arc::new(copy);
    assert_eq!(opened(&journal), "record 1 of toy/a~2 is missing: the journal has lost it");
}

#[test]
fn a_stream_that_has_rolled_over_is_known_until_the_next_one_can_be_read() {
    let (mut process, journal) = started();
    let mut other = Process::start(Arc::clone(&journal) as _, Arc::default(), Arc::default());
    assert!(block_on(process.run.roll_over()).unwrap().unwrap());
    *journal.reads.lock().unwrap() = Some(0);
    assert!(block_on(other.run.refresh()).unwrap().is_err());
    assert_eq!(*other.run.state(), State::Migrating);
    *journal.reads.lock().unwrap() = None;
    block_on(other.run.refresh()).unwrap().unwrap();
    assert_eq!((other.run.stream().generation, other.run.hash()), (2, process.run.hash()));
}

#[test]
fn a_stream_that_does_not_follow_from_the_one_before_it_is_damage() {
    let (mut process, journal) = started();
    let mut other = Process::start(Arc::clone(&journal) as _, Arc::default(), Arc::default());
    assert!(block_on(process.run.roll_over()).unwrap().unwrap());
    let read = |generation| {
        let stream = StreamId { generation, ..StreamId::new("toy", "a") };
        block_on(journal.read(&stream, 0, 9)).unwrap().unwrap()
    };
    let (first, mut second) = (read(1), read(2));
    let chained = format!("\"chained_to\":\"{}\"", first[1].hash);
    let next = StreamId::new("toy", "a").next();
    second[0].body = second[0].body.replace(&chained, &format!("\"chained_to\":\"{}\"", first[0].hash));
    second[0].hash = toban_durable::Hash::of_stream(&next).then(&second[0].body);
    let copy = MemoryJournal::new();
    let old = Append { stream: StreamId::new("toy", "a"), after: 0, records: first, ends: true };
    let new = Append { stream: next, after: 0, records: second, ends: false };
    block_on(copy.append(None, &[old, new])).unwrap().unwrap();
    *journal.inner.lock().unwrap() = Arc::new(copy);
    let broken = "record 1 of toy/a~2 does not follow from the records before it: one of them was changed, or is missing";
    assert_eq!(block_on(other.run.refresh()).unwrap().unwrap_err().to_string(), broken);
    let (_, damage) = block_on(history::<Toy>(&*journal, "a")).unwrap().unwrap();
    assert_eq!(damage.unwrap().to_string(), broken);
}
