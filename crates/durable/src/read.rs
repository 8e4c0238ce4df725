//! Reading on in a stream, and in those that it rolled over into.

use crate::error::RunError;
use crate::fold::Fold;
use crate::journal::{Journal, Record, StreamId};
use crate::line::LineOf;
use crate::machine::Machine;

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
