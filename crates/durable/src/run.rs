//! One machine on its stream: replay, decide, append, apply.

use crate::error::{AskError, RunError};
use crate::fold::Fold;
use crate::journal::{Append, Appended, Claim, Claimed, Hash, Journal, Record, Seq, StreamId};
use crate::line::LineOf;
use crate::machine::{Decision, Machine};
use crate::time::{Anchor, Now, Wakeup};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_core::{Clock, PortError};

/// A machine and its journal.
///
/// Any process may open one, look at it and [ask](Self::ask). One that holds the [claim](Self::claim) also lets time
/// pass and performs the orders. Every future may be dropped: what nobody heard of is read before anything is
/// written.
#[derive(Debug)]
pub struct Run<M: Machine> {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) fold: Fold<M>,
    anchor: Anchor,
    held: Option<Held>,
    /// The journal may hold more than was read.
    pub(crate) is_unsure: bool,
    /// What was decided while the journal took nothing.
    ahead: Vec<(Record, LineOf<M>)>,
}

/// A claim as its holder sees it: by a clock that nobody sets.
#[derive(Clone, Debug)]
struct Held {
    claim: Claim,
    /// The elapsed time at which it ends, counted from before it was asked for.
    ends: TimeDelta,
    length: TimeDelta,
    /// Whether it has read to the end of the stream since nobody else could hold it.
    is_there: bool,
}

/// Whether an asked request was news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is granted now.
    Granted,
    /// One with the same key was granted before; nothing changes.
    Before,
}

/// Whether this process holds the claim after asking for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Yes.
    Mine,
    /// No: this claim stands.
    Theirs(Claim),
}

/// Who may write a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Anybody,
    Holder,
}

/// How many records are read at a time.
const PAGE: usize = 256;

impl<M: Machine> Run<M> {
    /// Replays what the journal holds of the machine of that name; nothing is decided again. A machine that the
    /// journal does not know is new.
    ///
    /// # Errors
    /// When the journal cannot be read, or a record is damaged: [`history`](crate::history) reads up to it.
    pub async fn open(
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        name: &str,
    ) -> Result<Self, RunError> {
        let first = StreamId::new(M::KIND, name);
        let head = journal.head(M::KIND, name).await;
        let head = head.map_err(|source| RunError::Journal { stream: first.clone(), source })?;
        let stream = head.map_or(first, |head| head.stream);
        let anchor = Anchor::new(&*clock);
        let fold = Fold::new(stream);
        let mut run = Self { journal, clock, fold, anchor, held: None, is_unsure: true, ahead: Vec::new() };
        run.catch_up(&[]).await?;
        Ok(run)
    }

    /// What the machine has come to, as far as this process has read.
    #[must_use]
    pub fn state(&self) -> &M::State {
        &self.fold.state
    }

    /// Its stream.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        &self.fold.stream
    }

    /// The place of the last record that was read.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.fold.seq
    }

    /// The hash of that record: who has noted it down knows later whether anything before it was changed.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.fold.hash
    }

    /// Whether nothing will happen any more, and every order is closed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        M::is_over(&self.fold.state) && self.fold.open.is_empty()
    }

    /// How many decisions are not in the journal, because it takes nothing.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.ahead.len()
    }

    /// What the clocks say, in the time of the stream.
    #[must_use]
    pub fn now(&self) -> Now {
        self.anchor.now(&*self.clock)
    }

    /// When to come back: for the machine, or for an order that waits.
    #[must_use]
    pub fn next_wakeup(&self) -> Wakeup {
        let waiting = self.fold.open.values().filter(|open| !open.is_running).map(|open| open.not_before);
        let orders = waiting.min().map_or(Wakeup::NEVER, Wakeup::after);
        M::next_wakeup(&self.fold.state).or(orders)
    }

    /// Reads what other processes have written since.
    ///
    /// # Errors
    /// When the journal cannot be read, or a record is damaged.
    pub async fn refresh(&mut self) -> Result<(), RunError> {
        self.is_unsure = true;
        self.ready().await
    }

    /// A person or another system asks; the answer is in the journal when this returns.
    ///
    /// # Errors
    /// When the machine refuses, or the journal fails: whether it was granted is not known then, and shows when
    /// the run goes on.
    pub async fn ask(&mut self, request: &M::Request) -> Result<(), AskError<M::Refusal>> {
        self.grant(request, None).await.map(|_| ())
    }

    /// The same for a request that may arrive more than once: one with a key that was granted before changes
    /// nothing. Keys are remembered for as long as the stream, and the one after it.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub async fn ask_once(&mut self, key: &str, request: &M::Request) -> Result<Asked, AskError<M::Refusal>> {
        self.grant(request, Some(key)).await
    }

    async fn grant(
        &mut self,
        request: &M::Request,
        key: Option<&str>,
    ) -> Result<Asked, AskError<M::Refusal>> {
        loop {
            self.ready().await?;
            let Some(line) = self.granting(request, key)? else { return Ok(Asked::Before) };
            if self.write(line, Writer::Anybody).await? {
                return Ok(Asked::Granted);
            }
        }
    }

    /// What is to be written when the request is granted; `None` where it was before.
    pub(crate) fn granting(
        &self,
        request: &M::Request,
        key: Option<&str>,
    ) -> Result<Option<LineOf<M>>, AskError<M::Refusal>> {
        if key.is_some_and(|key| self.fold.has_granted(key)) {
            return Ok(None);
        }
        let decision = M::request(&self.fold.state, request, self.now()).map_err(AskError::Refused)?;
        let line = self.line().deciding(decision);
        Ok(Some(LineOf::<M> { request: key.map(str::to_owned), ..line }))
    }

    /// Lets due time pass, one wakeup at a time, in order, however late; says whether anything happened.
    ///
    /// # Errors
    /// When this process does not hold the claim, or the journal fails.
    pub async fn wake(&mut self) -> Result<bool, RunError> {
        loop {
            self.ready().await?;
            let now = self.now();
            if !M::next_wakeup(&self.fold.state).is_due(now) {
                return Ok(false);
            }
            let decision = M::wake(&self.fold.state, now);
            if decision.is_none() {
                return Ok(false);
            }
            if self.write(self.line().deciding(decision), Writer::Holder).await? {
                return Ok(true);
            }
        }
    }

    /// Asks for the claim for so long, or prolongs it. `owner` names this process and no other one.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn claim(&mut self, owner: &str, length: TimeDelta) -> Result<Turn, RunError> {
        let (asked, scope) = (self.clock.elapsed(), self.fold.stream.scope());
        let claimed = self.journal.claim(&scope, owner, self.clock.wall(), length).await;
        match claimed.map_err(|source| self.failed(source))? {
            Claimed::Yours(claim) => {
                if self.held.as_ref().is_none_or(|held| held.claim.epoch != claim.epoch) {
                    tracing::debug!(stream = %self.fold.stream, epoch = claim.epoch.0, "claimed");
                    // What the holder before was doing, nobody does now.
                    self.fold.open.values_mut().for_each(|open| open.is_running = false);
                    self.is_unsure = true;
                }
                let same = self.held.as_ref().filter(|held| held.claim.epoch == claim.epoch);
                let ends = same.map_or(asked, |held| held.ends).max(asked + length);
                let is_there = self.held.as_ref().is_some_and(|held| held.is_there);
                self.held = Some(Held { claim, ends, length, is_there });
                Ok(Turn::Mine)
            }
            Claimed::Theirs(claim) => {
                self.held = None;
                Ok(Turn::Theirs(claim))
            }
        }
    }

    /// The claim of this process, as long as it knows of no other one.
    #[must_use]
    pub fn held(&self) -> Option<&Claim> {
        self.held.as_ref().map(|held| &held.claim)
    }

    /// Gives up the claim, so that another process need not wait for its end.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn release(&mut self) -> Result<(), RunError> {
        let Some(held) = self.held.take() else { return Ok(()) };
        self.journal.release(&held.claim).await.map_err(|source| self.failed(source))
    }

    /// Gives up the claim of a process that is known to be dead. What it had begun is in doubt as after any crash.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn release_of_dead(&self, claim: &Claim) -> Result<(), RunError> {
        self.journal.release(claim).await.map_err(|source| self.failed(source))
    }

    /// Holds the claim for at least so long from now on.
    pub(crate) async fn hold(&mut self, at_least: TimeDelta) -> Result<Claim, RunError> {
        let Some(Held { claim, ends, length, .. }) = self.held.clone() else {
            return Err(self.not_held(None));
        };
        if self.clock.elapsed() + at_least < ends {
            return Ok(claim);
        }
        // Half as long again, so that orders of one kind do not ask for it each time.
        let turn = self.claim(&claim.owner, length.max(at_least + at_least / 2)).await;
        if let Some(held) = &mut self.held {
            held.length = length;
        }
        match turn {
            Ok(Turn::Mine) => self.held().cloned().ok_or_else(|| self.not_held(None)),
            Ok(Turn::Theirs(theirs)) => Err(self.not_held(Some(theirs.owner))),
            Err(RunError::Journal { .. }) if M::GOES_ON_DEGRADED => Ok(claim),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn not_held(&self, by: Option<String>) -> RunError {
        RunError::NotHeld { stream: self.fold.stream.clone(), by }
    }

    pub(crate) fn failed(&self, source: PortError) -> RunError {
        RunError::Journal { stream: self.fold.stream.clone(), source }
    }

    /// An empty line of this moment.
    pub(crate) fn line(&self) -> LineOf<M> {
        LineOf::<M>::new(M::VERSION, self.anchor.stamp(&*self.clock))
    }

    /// Reads on where something may have been missed.
    pub(crate) async fn ready(&mut self) -> Result<(), RunError> {
        let read = if !self.ahead.is_empty() {
            self.write_ahead().await
        } else if self.is_unsure {
            self.catch_up(&[]).await.map(|_| ())
        } else {
            Ok(())
        };
        match read {
            Err(RunError::Journal { .. }) if self.goes_on_degraded() => Ok(()),
            read => read,
        }
    }

    fn goes_on_degraded(&self) -> bool {
        M::GOES_ON_DEGRADED && self.held.is_some()
    }

    /// Reads to the end of the stream, and of those that it rolled over into; says how many of these records it met.
    pub(crate) async fn catch_up(&mut self, wanted: &[Hash]) -> Result<usize, RunError> {
        let (from, mut found) = (self.fold.seq, 0);
        loop {
            let page = self.journal.read(&self.fold.stream, self.fold.seq, PAGE).await;
            let page = page.map_err(|source| self.failed(source))?;
            for record in &page {
                self.fold.read(record)?;
                found += usize::from(wanted.contains(&record.hash));
            }
            if self.fold.has_rolled_over {
                self.fold = Fold::new(self.fold.stream.next());
            } else if page.len() < PAGE {
                break;
            }
        }
        if let Some(last) = &self.fold.last {
            if from == 0 {
                self.anchor = Anchor::resume(last, &*self.clock);
            } else {
                let is_there = self.held.as_ref().is_some_and(|held| held.is_there);
                self.anchor.follow(last, is_there, &*self.clock);
            }
        }
        self.held.iter_mut().for_each(|held| held.is_there = true);
        self.is_unsure = false;
        Ok(found)
    }

    /// The record that such a line makes as the next one.
    pub(crate) fn record(&self, line: &LineOf<M>) -> Result<Record, RunError> {
        let body = serde_json::to_string(line);
        let body = body.map_err(|source| RunError::Encode { stream: self.fold.stream.clone(), source })?;
        Ok(Record { seq: self.fold.seq + 1, hash: self.fold.hash.then(&body), body })
    }

    /// Writes the line and takes it in; `false` where somebody else wrote first, and one has to decide again.
    pub(crate) async fn write(&mut self, line: LineOf<M>, writer: Writer) -> Result<bool, RunError> {
        match self.try_write(&line, writer).await {
            Err(RunError::Journal { source, .. }) if self.goes_on_degraded() => {
                let stream = &self.fold.stream;
                tracing::warn!(%stream, error = %source, "the journal takes nothing; going on without it");
                let record = self.record(&line)?;
                self.fold.take(record.seq, record.hash, &line);
                self.ahead.push((record, line));
                Ok(true)
            }
            written => written,
        }
    }

    /// The same without going on where the journal fails.
    pub(crate) async fn try_write(&mut self, line: &LineOf<M>, writer: Writer) -> Result<bool, RunError> {
        if line.is_empty() {
            return Ok(true);
        }
        let claim = match writer {
            Writer::Anybody => None,
            Writer::Holder => Some(self.held().cloned().ok_or_else(|| self.not_held(None))?),
        };
        let record = self.record(line)?;
        let (seq, hash) = (record.seq, record.hash);
        let waiting = self.ahead.iter().map(|(record, _)| record.clone());
        let records: Vec<_> = waiting.chain([record]).collect();
        let after = seq - records.len() as u64;
        let batch = [Append { stream: self.fold.stream.clone(), after, records, ends: false }];
        self.is_unsure = true;
        match self.journal.append(claim.as_ref(), &batch).await {
            Ok(Appended::Stored) => {
                self.ahead.clear();
                self.fold.take(seq, hash, line);
                self.is_unsure = false;
                Ok(true)
            }
            Ok(Appended::Conflict) => Ok(false),
            Ok(Appended::ClaimLost) => {
                self.held = None;
                Err(self.not_held(None))
            }
            // Unknown: look.
            Err(source) if self.ahead.is_empty() => match self.catch_up(&[hash]).await? {
                0 => Err(self.failed(source)),
                _ => Ok(true),
            },
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Writes what was decided while the journal took nothing. Where others wrote meanwhile it comes after theirs:
    /// facts are never refused.
    pub(crate) async fn write_ahead(&mut self) -> Result<(), RunError> {
        loop {
            let Some((first, _)) = self.ahead.first() else { return Ok(()) };
            let after = first.seq - 1;
            let records = self.ahead.iter().map(|(record, _)| record.clone()).collect();
            let batch = [Append { stream: self.fold.stream.clone(), after, records, ends: false }];
            let claim = self.held().cloned();
            match self.journal.append(claim.as_ref(), &batch).await.map_err(|source| self.failed(source))? {
                Appended::Stored => {
                    self.ahead.clear();
                    self.is_unsure = false;
                }
                Appended::ClaimLost => {
                    self.held = None;
                    return Err(self.not_held(None));
                }
                Appended::Conflict => self.rebase().await?,
            }
        }
    }

    /// Reads the stream anew and puts behind it what it does not hold.
    async fn rebase(&mut self) -> Result<(), RunError> {
        let Some((first, _)) = self.ahead.first() else { return Ok(()) };
        let base = first.seq - 1;
        let running: Vec<_> = self.fold.open.values().filter(|open| open.is_running).cloned().collect();
        let mut fresh = Self {
            journal: Arc::clone(&self.journal),
            clock: Arc::clone(&self.clock),
            fold: Fold::new(self.fold.stream.clone()),
            anchor: self.anchor,
            held: self.held.clone(),
            is_unsure: true,
            ahead: Vec::new(),
        };
        let hashes: Vec<_> = self.ahead.iter().map(|(record, _)| record.hash).collect();
        // An append of which nobody heard may have arrived after all, and those before it with it.
        let there = fresh.catch_up(&hashes).await?;
        let base = base + there as u64;
        let shift = fresh.fold.seq.saturating_sub(base);
        for (_, mut line) in self.ahead.drain(..).skip(there) {
            line.marks.iter_mut().for_each(|mark| mark.shift(base, shift));
            let record = fresh.record(&line)?;
            fresh.fold.take(record.seq, record.hash, &line);
            fresh.ahead.push((record, line));
        }
        for open in fresh.fold.open.values_mut() {
            open.is_running = running.iter().any(|one| one.key == open.key);
        }
        *self = fresh;
        Ok(())
    }

    /// Leaves a stream that has grown long for a new one that begins with a [summary](Machine::summary); says
    /// whether it did. Open orders come along under their keys. Not while this process performs one.
    ///
    /// # Errors
    /// When this process does not hold the claim, or the journal fails.
    pub async fn roll_over(&mut self) -> Result<bool, RunError> {
        loop {
            self.ready().await?;
            let claim = self.held().cloned().ok_or_else(|| self.not_held(None))?;
            let is_busy = self.fold.open.values().any(|open| open.is_running) || !self.ahead.is_empty();
            let Some(summary) = M::summary(&self.fold.state).filter(|_| !is_busy) else { return Ok(false) };
            let last = self.record(&LineOf::<M> { rolls_over: true, ..self.line() })?;
            let carried = Some(self.fold.carried(last.hash));
            let line = LineOf::<M> { carried, ..self.line().deciding(Decision::<M>::none().event(summary)) };
            let mut next = Fold::new(self.fold.stream.next());
            let after = self.fold.seq;
            let old = Append { stream: self.fold.stream.clone(), after, records: vec![last], ends: true };
            std::mem::swap(&mut self.fold, &mut next);
            let first = self.record(&line);
            std::mem::swap(&mut self.fold, &mut next);
            let first = first?;
            let (seq, hash) = (first.seq, first.hash);
            let new = Append { stream: next.stream.clone(), after: 0, records: vec![first], ends: false };
            self.is_unsure = true;
            match self.journal.append(Some(&claim), &[old, new]).await {
                Ok(Appended::Stored) => {
                    next.take(seq, hash, &line);
                    self.fold = next;
                    self.is_unsure = false;
                    return Ok(true);
                }
                Ok(Appended::Conflict) => {}
                Ok(Appended::ClaimLost) => {
                    self.held = None;
                    return Err(self.not_held(None));
                }
                Err(source) => {
                    return match self.catch_up(&[hash]).await? {
                        0 => Err(self.failed(source)),
                        _ => Ok(true),
                    };
                }
            }
        }
    }
}
