//! One machine on its stream: replay, decide, append, apply.

use crate::error::{AskError, RunError};
use crate::fold::Fold;
use crate::history::{PAGE, read_on};
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
    /// What there was before that.
    written: Option<Fold<M>>,
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
        let fold = Fold::new(head.map_or(first, |head| head.stream));
        let anchor = Anchor::new(&*clock);
        let mut run = Self {
            journal,
            clock,
            fold,
            anchor,
            held: None,
            is_unsure: true,
            ahead: Vec::new(),
            written: None,
        };
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
        let orders = waiting.min().map_or(Wakeup::NEVER, Wakeup::steady);
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
                // A claim that had ended and that nobody had in between goes on.
                if self.held.as_ref().is_some_and(|held| claim.epoch.0 > held.claim.epoch.0 + 1) {
                    drop(self.give_way());
                }
                let same = self.held.as_ref().filter(|held| held.claim.epoch == claim.epoch);
                let ends = same.map_or(asked, |held| held.ends).max(asked + length);
                if same.is_none() {
                    tracing::debug!(stream = %self.fold.stream, epoch = claim.epoch.0, "claimed");
                    // What the holder before was doing, nobody does now.
                    self.fold.open.values_mut().for_each(|open| open.is_running = false);
                    self.is_unsure = true;
                }
                let is_there = self.held.as_ref().is_some_and(|held| held.is_there);
                self.held = Some(Held { claim, ends, length, is_there });
                Ok(Turn::Mine)
            }
            Claimed::Theirs(claim) => {
                drop(self.give_way());
                Ok(Turn::Theirs(claim))
            }
        }
    }

    /// The claim of this process, as long as it knows of no other one.
    #[must_use]
    pub fn held(&self) -> Option<&Claim> {
        self.held.as_ref().map(|held| &held.claim)
    }

    /// Gives up the claim, so that another process need not wait for its end. What was decided while the journal took
    /// nothing is written before that.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn release(&mut self) -> Result<(), RunError> {
        self.write_ahead().await?;
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
        self.held.iter_mut().for_each(|held| held.length = length);
        match turn {
            Ok(Turn::Mine) => self.held().cloned().ok_or_else(|| self.not_held(None)),
            Ok(Turn::Theirs(theirs)) => Err(self.not_held(Some(theirs.owner))),
            Err(RunError::Journal { .. }) if M::GOES_ON_DEGRADED => Ok(claim),
            Err(error) => Err(error),
        }
    }

    /// Another process may have driven the machine: what this one decided without the journal never was.
    fn give_way(&mut self) -> RunError {
        self.held = None;
        self.ahead.clear();
        if let Some(written) = self.written.take() {
            tracing::warn!(stream = %written.stream, "superseded: what was not written is dropped");
            (self.fold, self.is_unsure) = (written, true);
        }
        self.not_held(None)
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
        let read = match self.is_unsure {
            _ if !self.ahead.is_empty() => self.write_ahead().await,
            true => self.catch_up(&[]).await.map(|_| ()),
            false => Ok(()),
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
        let (is_new, mut found) = (self.fold.seq == 0, 0);
        let is_there = self.held.as_ref().is_some_and(|held| held.is_there);
        let (anchor, clock) = (&mut self.anchor, &*self.clock);
        // What was read counts, even if this goes no further.
        let each = |_: &StreamId, record: &Record, line: LineOf<M>| {
            found += usize::from(wanted.contains(&record.hash));
            if is_new {
                *anchor = Anchor::resume(&line.stamp(), clock);
            } else {
                anchor.follow(&line.stamp(), is_there, clock);
            }
        };
        read_on(&*self.journal, &mut self.fold, PAGE, each).await?;
        self.held.iter_mut().for_each(|held| held.is_there = true);
        self.is_unsure = false;
        Ok(found)
    }

    /// Writes the line and takes it in; `false` where somebody else wrote first, and one has to decide again.
    pub(crate) async fn write(&mut self, line: LineOf<M>, writer: Writer) -> Result<bool, RunError> {
        match self.try_write(&line, writer).await {
            Err(RunError::Journal { source, .. }) if self.goes_on_degraded() => {
                let stream = &self.fold.stream;
                tracing::warn!(%stream, error = %source, "the journal takes nothing; going on without it");
                let record = self.fold.record(&line)?;
                self.written.get_or_insert_with(|| self.fold.clone());
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
            Writer::Anybody if self.ahead.is_empty() => None,
            _ => Some(self.held().cloned().ok_or_else(|| self.not_held(None))?),
        };
        let record = self.fold.record(line)?;
        let (seq, hash, ends) = (record.seq, record.hash, self.fold.ends_with(&record, line));
        let waiting = self.ahead.iter().map(|(record, _)| record.clone());
        let records: Vec<_> = waiting.chain([record]).collect();
        let after = seq - records.len() as u64;
        let batch = [Append { stream: self.fold.stream.clone(), after, records, ends }];
        let put = self.put(claim.as_ref(), &batch).await?;
        if put == Some(true) {
            self.fold.take(seq, hash, line);
        }
        Ok(put.is_some())
    }

    /// Appends what has all that is ahead before it: says whether that is to be taken in, or was read already; `None`
    /// where somebody else wrote first.
    async fn put(&mut self, claim: Option<&Claim>, batch: &[Append]) -> Result<Option<bool>, RunError> {
        let last = batch.last().and_then(|append| append.records.last()).map(|record| record.hash);
        self.is_unsure = true;
        match self.journal.append(claim, batch).await {
            Ok(Appended::Stored) => {
                (self.ahead, self.written, self.is_unsure) = (Vec::new(), None, false);
                Ok(Some(true))
            }
            // Whoever cannot read what stands there must not try for ever.
            Ok(Appended::Conflict) if self.ahead.is_empty() => self.catch_up(&[]).await.map(|_| None),
            Ok(Appended::Conflict) => self.rebase().await.map(|()| None),
            Ok(Appended::ClaimLost) => Err(self.give_way()),
            // Unknown: look.
            Err(source) if self.ahead.is_empty() => match self.catch_up(last.as_slice()).await? {
                0 => Err(self.failed(source)),
                _ => Ok(Some(false)),
            },
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Writes what was decided while the journal took nothing. Where others wrote meanwhile it comes after theirs:
    /// facts are never refused.
    pub(crate) async fn write_ahead(&mut self) -> Result<(), RunError> {
        while let Some((first, _)) = self.ahead.first() {
            let after = first.seq - 1;
            let records = self.ahead.iter().map(|(record, _)| record.clone()).collect();
            let batch = [Append { stream: self.fold.stream.clone(), after, records, ends: false }];
            let claim = self.held().cloned().ok_or_else(|| self.not_held(None))?;
            self.put(Some(&claim), &batch).await?;
        }
        Ok(())
    }

    /// Reads on from what is written and puts behind it what it does not hold.
    async fn rebase(&mut self) -> Result<(), RunError> {
        let Some(mut old) = self.written.clone() else { return Ok(()) };
        let (mut fresh, mut there, mut ahead) = (old.clone(), 0, Vec::new());
        // An append of which nobody heard may have arrived after all, and those before it with it.
        let hashes: Vec<_> = self.ahead.iter().map(|(record, _)| record.hash).collect();
        let each = |_: &StreamId, record: &Record, _| there += usize::from(hashes.contains(&record.hash));
        read_on(&*self.journal, &mut fresh, PAGE, each).await?;
        let written = fresh.clone();
        for (place, (record, line)) in self.ahead.iter().enumerate() {
            if place >= there {
                let mut line = line.clone();
                // Places change, keys do not.
                line.marks.retain_mut(|mark| {
                    let order = mark.order_mut();
                    let moved = old.open.get(order).and_then(|open| fresh.order(&open.key));
                    moved.map(|(id, _)| *order = id).is_some()
                });
                if !line.orders.is_empty() {
                    line.named.get_or_insert_with(|| record.hash.short());
                }
                let moved = fresh.record(&line)?;
                fresh.take(moved.seq, moved.hash, &line);
                ahead.push((moved, line));
            }
            old.take(record.seq, record.hash, line);
        }
        let running = |key: &str| self.fold.order(key).is_some_and(|(_, open)| open.is_running);
        fresh.open.values_mut().for_each(|open| open.is_running = running(&open.key));
        self.written = (!ahead.is_empty()).then_some(written);
        (self.fold, self.ahead, self.is_unsure) = (fresh, ahead, false);
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
            let last = self.fold.record(&LineOf::<M> { rolls_over: true, ..self.line() })?;
            let carried = Some(self.fold.carried(last.hash));
            let line = LineOf::<M> { carried, ..self.line().deciding(Decision::<M>::none().event(summary)) };
            let mut next = self.fold.next();
            let after = self.fold.seq;
            let old = Append { stream: self.fold.stream.clone(), after, records: vec![last], ends: true };
            let first = next.record(&line)?;
            let (seq, hash) = (first.seq, first.hash);
            let new = Append { stream: next.stream.clone(), after: 0, records: vec![first], ends: false };
            let put = self.put(Some(&claim), &[old, new]).await?;
            if put == Some(true) {
                next.take(seq, hash, &line);
                self.fold = next;
            }
            if put.is_some() {
                return Ok(true);
            }
        }
    }
}
