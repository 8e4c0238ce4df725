//! Requests to several machines that are granted together or not at all.

use crate::error::{AskError, RunError};
use crate::journal::{Append, Appended, Hash, Journal};
use crate::line::LineOf;
use crate::machine::Machine;
use crate::run::Run;
use async_trait::async_trait;
use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

/// A request to one of several machines; [`Run::asking`] makes it.
#[derive(Debug)]
pub struct Asking<'r, M: Machine> {
    run: &'r mut Run<M>,
    request: &'r M::Request,
    line: Option<(Hash, LineOf<M>)>,
}

impl<M: Machine> Run<M> {
    /// A request that is granted [together](ask_together) with others, of this kind or another.
    pub fn asking<'r>(&'r mut self, request: &'r M::Request) -> Asking<'r, M> {
        Asking { run: self, request, line: None }
    }
}

/// Requests to several machines did not become history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TogetherError {
    /// One machine does not grant its request; nothing was written anywhere.
    #[error("{stream} refuses")]
    Refused {
        /// Which one.
        stream: crate::StreamId,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Two of them are to one machine, which can be asked once at a time.
    #[error("two of the requests are to {stream}")]
    Twice {
        /// Which one.
        stream: crate::StreamId,
    },
    /// They could not be written down.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// One of several requests, whatever its machine.
#[async_trait]
pub trait Part: Debug + Send + sealed::Sealed {
    /// Decides on what is known now.
    #[doc(hidden)]
    async fn draft(&mut self) -> Result<Option<Append>, TogetherError>;
    /// Takes in what was stored.
    #[doc(hidden)]
    fn stored(&mut self);
    /// Reads on; says whether what was to be stored is there.
    #[doc(hidden)]
    async fn look(&mut self) -> Result<bool, RunError>;
    #[doc(hidden)]
    fn journal(&self) -> Arc<dyn Journal>;
}

mod sealed {
    pub trait Sealed {}
    impl<M: super::Machine> Sealed for super::Asking<'_, M> {}
}

#[async_trait]
impl<M: Machine> Part for Asking<'_, M> {
    async fn draft(&mut self) -> Result<Option<Append>, TogetherError> {
        // What was drafted before another one wrote first is of no use any more.
        self.line = None;
        self.run.ready().await?;
        self.run.write_ahead().await?;
        let line = self.run.granting(self.request, None).map_err(|error| match error {
            AskError::Refused(refusal) => {
                let stream = self.run.stream().clone();
                TogetherError::Refused { stream, source: Box::new(refusal) }
            }
            AskError::Run(error) => error.into(),
        })?;
        let Some(line) = line.filter(|line| !line.is_empty()) else { return Ok(None) };
        let record = self.run.fold.record(&line)?;
        let ends = self.run.fold.ends_with(&record, &line);
        self.line = Some((record.hash, line));
        let (stream, after) = (self.run.stream().clone(), self.run.seq());
        // Until it is heard of, the journal may hold more than was read.
        self.run.is_unsure = true;
        Ok(Some(Append { stream, after, records: vec![record], ends }))
    }

    fn stored(&mut self) {
        if let Some((hash, line)) = self.line.take() {
            self.run.fold.take(self.run.fold.seq + 1, hash, &line);
            self.run.is_unsure = false;
        }
    }

    async fn look(&mut self) -> Result<bool, RunError> {
        let Some((hash, _)) = self.line.take() else { return Ok(false) };
        Ok(self.run.catch_up(&[hash]).await? > 0)
    }

    fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.run.journal)
    }
}

/// Asks several machines of one journal: all requests are granted in one append, or none is. So a stream that counts
/// gives a number to another one that uses it, and no number is left out.
///
/// # Errors
/// When one machine refuses or is asked twice, or the journal fails.
pub async fn ask_together(parts: &mut [&mut dyn Part]) -> Result<(), TogetherError> {
    let Some(journal) = parts.first().map(|part| part.journal()) else { return Ok(()) };
    loop {
        let mut batch: Vec<Append> = Vec::new();
        for part in parts.iter_mut() {
            let Some(append) = part.draft().await? else { continue };
            if batch.iter().any(|other| other.stream.scope() == append.stream.scope()) {
                return Err(TogetherError::Twice { stream: append.stream });
            }
            batch.push(append);
        }
        let Some(first) = batch.first() else { return Ok(()) };
        let appended = journal.append(None, &batch).await;
        if matches!(appended, Ok(Appended::Stored)) {
            parts.iter_mut().for_each(|part| part.stored());
            return Ok(());
        }
        // Unknown, or somebody else wrote first: look.
        let mut is_there = false;
        for part in parts.iter_mut() {
            is_there |= part.look().await?;
        }
        match appended {
            Err(source) if !is_there => {
                return Err(RunError::Journal { stream: first.stream.clone(), source }.into());
            }
            Err(_) => return Ok(()),
            Ok(_) => {}
        }
    }
}
