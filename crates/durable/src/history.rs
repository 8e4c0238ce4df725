//! All that a machine went through, read back from its journal and nothing else.

use crate::error::RunError;
use crate::fold::Fold;
use crate::journal::{Epoch, Hash, Journal, Seq, StreamId};
use crate::line::Mark;
use crate::machine::{Machine, OrderId};
use crate::time::Now;
use toban_core::PortErrorKind;

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
    let mut fold: Fold<M> = Fold::new(StreamId::new(M::KIND, name));
    let mut entries = Vec::new();
    let mut before: Option<Hash> = None;
    let mut damage = None;
    let mut limit = 256;
    'streams: loop {
        let page = match journal.read(&fold.stream, fold.seq, limit).await {
            Ok(page) => page,
            // Somewhere in it lies what cannot be read: what stands before it can, one by one.
            Err(source) if source.kind == PortErrorKind::Invalid && limit > 1 => {
                limit = 1;
                continue;
            }
            Err(source) if source.kind == PortErrorKind::Invalid && !entries.is_empty() => {
                damage =
                    Some(RunError::Unreadable { stream: fold.stream.clone(), seq: fold.seq + 1, source });
                break;
            }
            Err(source) => return Err(RunError::Journal { stream: fold.stream.clone(), source }),
        };
        for record in &page {
            let line = match fold.read(record) {
                Ok(line) => line,
                Err(error) => {
                    damage = Some(error);
                    break 'streams;
                }
            };
            if let Some(last) = before.take()
                && line.carried.as_ref().is_none_or(|carried| carried.chained_to != last.to_string())
            {
                damage = Some(RunError::Broken { stream: fold.stream.clone(), seq: record.seq });
                break 'streams;
            }
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
            entries.push(Entry {
                fence: line.marks.iter().filter_map(fence).max(),
                stream: fold.stream.clone(),
                seq: record.seq,
                at: line.now(),
                steps: line.marks.iter().map(step).collect(),
                request: line.request,
                events: line.events,
                orders: line.orders,
                hash: record.hash,
            });
        }
        if fold.has_rolled_over {
            before = Some(fold.hash);
            fold = Fold::new(fold.stream.next());
        } else if page.len() < limit {
            break;
        }
    }
    Ok((History { entries, state: fold.state, head: fold.hash }, damage))
}
