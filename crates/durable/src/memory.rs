//! A journal for programs that may forget, and for tests.

use crate::journal::{Append, Appended, Claim, Claimed, Epoch, Hash, Head, Journal, Record, Seq, StreamId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use toban_core::PortError;

/// A journal that lasts as long as it is held.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    streams: BTreeMap<StreamId, Stream>,
    claims: BTreeMap<String, Claim>,
}

#[derive(Debug, Default)]
struct Stream {
    records: Vec<Record>,
    has_ended: bool,
}

impl Stream {
    fn head(&self, stream: &StreamId) -> Head {
        let hash = self.records.last().map_or_else(|| Hash::of_stream(stream), |record| record.hash);
        let seq = self.records.len() as Seq;
        Head { stream: stream.clone(), seq, hash, has_ended: self.has_ended }
    }
}

impl MemoryJournal {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Every change is whole before anything can panic.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        let mut store = self.store();
        let is_lost =
            |claim: &Claim| store.claims.get(&claim.scope).is_none_or(|held| held.epoch != claim.epoch);
        if claim.is_some_and(is_lost) {
            return Ok(Appended::ClaimLost);
        }
        let mut ends = BTreeMap::new();
        for append in batch {
            let stream = store.streams.get(&append.stream);
            let (seq, has_ended) = *ends.entry(&append.stream).or_insert_with(|| {
                stream.map_or((0, false), |stream| (stream.records.len() as Seq, stream.has_ended))
            });
            if seq != append.after || has_ended {
                return Ok(Appended::Conflict);
            }
            ends.insert(&append.stream, (seq + append.records.len() as Seq, append.ends));
        }
        for append in batch {
            let stream = store.streams.entry(append.stream.clone()).or_default();
            stream.records.extend(append.records.iter().cloned());
            stream.has_ended = append.ends;
        }
        Ok(Appended::Stored)
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        let store = self.store();
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let records = store.streams.get(stream).and_then(|stream| stream.records.get(after..));
        Ok(records.unwrap_or_default().iter().take(limit).cloned().collect())
    }

    async fn head(&self, kind: &str, name: &str) -> Result<Option<Head>, PortError> {
        let store = self.store();
        let first = StreamId::new(kind, name);
        let last = StreamId { generation: u32::MAX, ..first.clone() };
        Ok(store.streams.range(first..=last).next_back().map(|(id, stream)| stream.head(id)))
    }

    async fn open_streams(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Head>, PortError> {
        let store = self.store();
        let is_asked = |id: &StreamId| id.kind == kind && after.is_none_or(|after| id.name.as_str() > after);
        let open = store.streams.iter().filter(|(id, stream)| !stream.has_ended && is_asked(id));
        Ok(open.map(|(id, stream)| stream.head(id)).take(limit).collect())
    }

    async fn claim(
        &self,
        scope: &str,
        owner: &str,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<Claimed, PortError> {
        let mut store = self.store();
        let until = now.checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let (epoch, until) = match store.claims.get(scope) {
            Some(held) if held.until <= now => (held.epoch.0 + 1, until),
            Some(held) if held.owner == owner => (held.epoch.0, until.max(held.until)),
            Some(held) => return Ok(Claimed::Theirs(held.clone())),
            None => (1, until),
        };
        let claim = Claim { scope: scope.to_owned(), owner: owner.to_owned(), epoch: Epoch(epoch), until };
        store.claims.insert(scope.to_owned(), claim.clone());
        Ok(Claimed::Yours(claim))
    }

    async fn release(&self, claim: &Claim) -> Result<(), PortError> {
        let mut store = self.store();
        if let Some(held) = store.claims.get_mut(&claim.scope).filter(|held| held.epoch == claim.epoch) {
            held.until = DateTime::<Utc>::MIN_UTC;
        }
        Ok(())
    }
}
