//! What the records of a stream amount to.

use crate::error::RunError;
use crate::journal::{Hash, Head, Record, Seq, StreamId};
use crate::line::{Carried, LineOf, Mark, Open, Version};
use crate::machine::{Care, Machine, OrderId};
use crate::time::{Now, Stamp};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done before orders can start.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) starts: Vec<OrderId>,
    pub(crate) begun: Vec<OrderId>,
    pub(crate) withdrawn: Vec<OrderId>,
    pub(crate) time_out: TimeDelta,
}

/// The state of a machine, and of its orders, after some records of a stream.
#[derive(Debug)]
pub(crate) struct Fold<M: Machine> {
    pub(crate) stream: StreamId,
    pub(crate) state: M::State,
    pub(crate) seq: Seq,
    pub(crate) hash: Hash,
    pub(crate) last: Option<Stamp>,
    pub(crate) open: BTreeMap<OrderId, Open<M::Effect>>,
    /// Keys of requests that this stream has granted.
    pub(crate) requests: BTreeSet<String>,
    /// Those that the stream before had granted.
    earlier: BTreeSet<String>,
    /// The hash of the last record of the stream before, where that was read.
    before: Option<Hash>,
    pub(crate) has_rolled_over: bool,
}

impl<M: Machine> Clone for Fold<M> {
    fn clone(&self) -> Self {
        Self {
            stream: self.stream.clone(),
            state: self.state.clone(),
            last: self.last.clone(),
            open: self.open.clone(),
            requests: self.requests.clone(),
            earlier: self.earlier.clone(),
            ..*self
        }
    }
}

impl<M: Machine> Fold<M> {
    pub(crate) fn new(stream: StreamId) -> Self {
        Self {
            hash: Hash::of_stream(&stream),
            stream,
            state: M::State::default(),
            seq: 0,
            last: None,
            open: BTreeMap::new(),
            requests: BTreeSet::new(),
            earlier: BTreeSet::new(),
            before: None,
            has_rolled_over: false,
        }
    }

    /// The stream that this one has rolled over into, before anything of it is read.
    pub(crate) fn next(&self) -> Self {
        Self { before: Some(self.hash), ..Self::new(self.stream.next()) }
    }

    /// What was read to its end, held against where the journal said before that the newest stream stood.
    pub(crate) fn check(&self, head: Option<&Head>) -> Result<(), RunError> {
        let (stream, seq, at) = (self.stream.clone(), self.seq, (self.stream.generation, self.seq));
        let head = head.map(|head| ((head.stream.generation, head.seq), head.hash));
        if head.is_some_and(|(head, _)| head > at) || (seq == 0 && stream.generation > 1) {
            return Err(RunError::Missing { stream, seq: seq + 1 });
        }
        if head.is_some_and(|(head, hash)| head == at && hash != self.hash) {
            return Err(RunError::Broken { stream, seq });
        }
        Ok(())
    }

    /// The record that such a line makes as the next one.
    pub(crate) fn record(&self, line: &LineOf<M>) -> Result<Record, RunError> {
        let body = serde_json::to_string(line);
        let body = body.map_err(|source| RunError::Encode { stream: self.stream.clone(), source })?;
        Ok(Record { seq: self.seq + 1, hash: self.hash.then(&body), body })
    }

    /// Whether the stream takes no more records after such a line.
    pub(crate) fn ends_with(&self, record: &Record, line: &LineOf<M>) -> bool {
        // A state may be large: only who means to end pays for the look ahead.
        let mut after = if M::ENDS { self.clone() } else { return false };
        after.take(record.seq, record.hash, line);
        M::is_over(&after.state) && after.open.is_empty()
    }

    /// Whether a request with this key was granted before.
    pub(crate) fn has_granted(&self, key: &str) -> bool {
        self.requests.contains(key) || self.earlier.contains(key)
    }

    /// What outlives this stream, whose last record has the hash `last`.
    pub(crate) fn carried(&self, last: Hash) -> Carried<M::Effect> {
        Carried {
            chained_to: last.to_string(),
            requests: self.requests.iter().cloned().collect(),
            orders: self.open.values().cloned().collect(),
        }
    }

    /// Reads the next record. After an error everything is as before it.
    pub(crate) fn read(&mut self, record: &Record) -> Result<LineOf<M>, RunError> {
        let (stream, seq) = (&self.stream, record.seq);
        if seq != self.seq + 1 || self.hash.then(&record.body) != record.hash {
            return Err(RunError::Broken { stream: stream.clone(), seq: self.seq + 1 });
        }
        let damaged = |source| RunError::Damaged { stream: stream.clone(), seq, source };
        let Version { version } = serde_json::from_str(&record.body).map_err(damaged)?;
        if version > M::VERSION {
            let stream = stream.clone();
            return Err(RunError::TooNew { stream, seq, found: version, known: M::VERSION });
        }
        let line: LineOf<M> = serde_json::from_str(&record.body).map_err(damaged)?;
        let chained = line.carried.as_ref().map(|carried| &carried.chained_to);
        let is_chained =
            chained.is_some_and(|chained| self.before.is_none_or(|before| before.to_string() == *chained));
        if seq == 1 && stream.generation > 1 && !is_chained {
            return Err(RunError::Broken { stream: stream.clone(), seq });
        }
        self.take(seq, record.hash, &line);
        Ok(line)
    }

    /// Takes in what stands in a record.
    pub(crate) fn take(&mut self, seq: Seq, hash: Hash, line: &LineOf<M>) {
        let now = line.now();
        for mark in &line.marks {
            self.mark(*mark);
        }
        for event in &line.events {
            M::apply(&mut self.state, event, now);
        }
        let carried = line.carried.iter().flat_map(|carried| carried.orders.iter().cloned());
        let before = line.carried.as_ref().map_or(0, |carried| carried.orders.len());
        // A place that is not written down yet may become another record's; a hash does not.
        let name = if M::GOES_ON_DEGRADED { hash.short() } else { seq.to_string() };
        let name = line.named.as_ref().unwrap_or(&name);
        let given = line.orders.iter().zip(before..).map(|(effect, place)| Open {
            key: format!("{}#{name}.{place}", self.stream),
            effect: effect.clone(),
            attempt: 1,
            is_begun: false,
            not_before: line.steady.after(M::delay(effect)),
            is_running: false,
        });
        let orders =
            carried.chain(given).zip(0..).map(|(order, place)| (OrderId { record: seq, place }, order));
        self.open.extend(orders);
        self.requests.extend(line.request.clone());
        if let Some(carried) = &line.carried {
            self.earlier = carried.requests.iter().cloned().collect();
        }
        (self.seq, self.hash, self.last) = (seq, hash, Some(line.stamp()));
        self.has_rolled_over = line.rolls_over;
    }

    /// The open order with that key, wherever it stands now.
    pub(crate) fn order(&self, key: &str) -> Option<(OrderId, &Open<M::Effect>)> {
        self.open.iter().find(|(_, open)| open.key == key).map(|(id, open)| (*id, open))
    }

    /// What could start now, of orders that need at most that care.
    pub(crate) fn due(&self, now: Now, care: Care) -> Due {
        let mut due = Due::default();
        let running = self.open.values().filter(|open| open.is_running);
        let mut busy: BTreeSet<_> = running.filter_map(|open| M::lane(&open.effect)).collect();
        for (id, open) in self.open.iter().filter(|(_, open)| !open.is_running) {
            if !open.is_begun && !M::wants(&self.state, &open.effect) {
                due.withdrawn.push(*id);
                continue;
            }
            // One that waits for its next attempt keeps its lane.
            let is_free = M::lane(&open.effect).is_none_or(|lane| busy.insert(lane));
            let is_once = M::care(&open.effect) == Care::Once;
            if !is_free || open.not_before > now.steady || (is_once && care == Care::Repeatable) {
                continue;
            }
            due.starts.push(*id);
            if is_once && !open.is_begun {
                due.begun.push(*id);
            }
            due.time_out = due.time_out.max(M::time_out(&open.effect));
        }
        due
    }

    fn mark(&mut self, mut mark: Mark) {
        let Some(open) = self.open.get_mut(mark.order_mut()) else { return };
        match mark {
            Mark::Begun { .. } => open.is_begun = true,
            Mark::Settled { order } | Mark::Withdrawn { order } => drop(self.open.remove(&order)),
            Mark::Again { not_before, .. } => {
                (open.attempt, open.not_before) = (open.attempt.saturating_add(1), not_before);
                (open.is_begun, open.is_running) = (false, false);
            }
        }
    }
}
