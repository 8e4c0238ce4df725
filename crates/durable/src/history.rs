//! All that a machine went through, read back from its journal and nothing else.

use crate::error::RunError;
use crate::fold::Fold;
use crate::journal::{Epoch, Hash, Journal, Record, Seq, StreamId};
use crate::line::{Line, LineOf, Mark};
use crate::machine::{Machine, OrderId};
use crate::time::Now;
use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use toban_core::{PortError, PortErrorKind};

/// One decision as it was written.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry<M: Machine> {
    /// In which stream.
    pub stream: StreamId,
    /// At which place.
    pub seq: Seq,
    /// When.
    pub at: Now,
    /// The key of the request, where it had one.
    pub request: Option<String>,
    /// What became of orders.
    pub steps: Vec<(OrderId, Step)>,
    /// The fence of what was begun in it, where something was: it rises when another process takes over.
    pub fence: Option<Epoch>,
    /// The facts.
    pub events: Vec<M::Event>,
    /// What was to be done.
    pub orders: Vec<M::Effect>,
    /// What the record is chained with.
    pub hash: Hash,
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// It was written down before it started.
    Begun,
    /// It is closed.
    Settled,
    /// It is tried again.
    Again,
    /// It was not wanted any more, and never started.
    Withdrawn,
}

/// All that a machine went through.
#[derive(Debug)]
#[non_exhaustive]
pub struct History<M: Machine> {
    /// The decisions, oldest first.
    pub entries: Vec<Entry<M>>,
    /// What they amount to.
    pub state: M::State,
    /// The hash of the last record that was read. Who has noted it down knows later whether anything was changed.
    pub head: Hash,
}

/// Reads the history of the machine of that name, through all its streams, and checks the chain. Where a record is
/// damaged, what stands before it comes with the error.
///
/// # Errors
/// When the journal cannot be read at all.
pub async fn history<M: Machine>(
    journal: &dyn Journal,
    name: &str,
) -> Result<(History<M>, Option<RunError>), RunError> {
    history_from(journal, StreamId::new(M::KIND, name)).await
}

/// The same from that stream on, which begins with a summary of those before it.
///
/// # Errors
/// As [`history`].
pub async fn history_from<M: Machine>(
    journal: &dyn Journal,
    stream: StreamId,
) -> Result<(History<M>, Option<RunError>), RunError> {
    let mut fold: Fold<M> = Fold::new(stream);
    let mut entries = Vec::new();
    let step = |mark: &Mark| match *mark {
        Mark::Begun { order, .. } => (order, Step::Begun),
        Mark::Settled { order } => (order, Step::Settled),
        Mark::Again { order, .. } => (order, Step::Again),
        Mark::Withdrawn { order } => (order, Step::Withdrawn),
    };
    let fence = |mark: &Mark| match *mark {
        Mark::Begun { fence, .. } => Some(fence),
        _ => None,
    };
    let mut each = |stream: &StreamId, record: &Record, line: LineOf<M>| {
        entries.push(Entry {
            fence: line.marks.iter().filter_map(fence).max(),
            stream: stream.clone(),
            seq: record.seq,
            at: line.now(),
            steps: line.marks.iter().map(step).collect(),
            request: line.request,
            events: line.events,
            orders: line.orders,
            hash: record.hash,
        });
    };
    let is_invalid = |source: &PortError| source.kind == PortErrorKind::Invalid;
    let mut read = read_on(journal, &mut fold, PAGE, &mut each).await;
    if matches!(&read, Err(RunError::Journal { source, .. }) if is_invalid(source)) {
        // Somewhere in it lies what cannot be read: what stands before it can, one by one.
        read = read_on(journal, &mut fold, 1, &mut each).await;
    }
    let damage = match read {
        Err(RunError::Journal { stream, source }) if is_invalid(&source) && !entries.is_empty() => {
            let seq = if stream == fold.stream { fold.seq + 1 } else { 1 };
            Some(RunError::Unreadable { stream, seq, source })
        }
        Err(error @ RunError::Journal { .. }) => return Err(error),
        read => read.err(),
    };
    Ok((History { entries, state: fold.state, head: fold.hash }, damage))
}

/// When the first record of a stream was written; `None` where there is none that can be read.
pub async fn began(journal: &dyn Journal, stream: &StreamId) -> Option<DateTime<Utc>> {
    let first = journal.read(stream, 0, 1).await.ok()?;
    let line: Line<IgnoredAny, IgnoredAny> = serde_json::from_str(&first.first()?.body).ok()?;
    Some(line.wall)
}

/// How many records are read at a time.
pub(crate) const PAGE: usize = 256;

/// Reads to the end, so many records at a time, and shows each to `each`. After an error what stands before it is read.
pub(crate) async fn read_on<M: Machine>(
    journal: &dyn Journal,
    fold: &mut Fold<M>,
    limit: usize,
    mut each: impl FnMut(&StreamId, &Record, LineOf<M>) + Send,
) -> Result<(), RunError> {
    let failed = |stream: &StreamId, source| RunError::Journal { stream: stream.clone(), source };
    // Asked for before anything is read: what others write meanwhile is no loss.
    let head =
        journal.head(M::KIND, &fold.stream.name).await.map_err(|source| failed(&fold.stream, source))?;
    let at = head.as_ref().map_or((1, 0), |head| (head.stream.generation, head.seq));
    if at < (fold.stream.generation, fold.seq) {
        let stream = StreamId { generation: at.0, ..fold.stream.clone() };
        return Err(RunError::Missing { stream, seq: at.1 + 1 });
    }
    loop {
        // A stream is left when something of the next one was read: its state is all that is known until then.
        let mut next = fold.has_rolled_over.then(|| fold.next());
        let on = next.as_mut().unwrap_or(&mut *fold);
        let page =
            journal.read(&on.stream, on.seq, limit).await.map_err(|source| failed(&on.stream, source))?;
        let mut read =
            page.iter().try_for_each(|record| on.read(record).map(|line| each(&on.stream, record, line)));
        let is_end = page.len() < limit && !on.has_rolled_over;
        if is_end && read.is_ok() {
            read = on.check(head.as_ref());
        }
        if let Some(next) = next.filter(|next| next.seq > 0) {
            *fold = next;
        }
        read?;
        if is_end {
            return Ok(());
        }
    }
}
