//! Journals that pass on what they are asked, but for what they do wrong.

use crate::journal::{Append, Appended, Claim, Claimed, Head, Journal, Record, Seq, StreamId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;
use toban_core::PortError;

/// What a journal does besides asking another one.
#[async_trait]
pub trait PassOn: Debug + Send + Sync + 'static {
    /// The other one.
    fn inner(&self) -> Arc<dyn Journal>;

    /// Before it is asked for anything.
    ///
    /// # Errors
    /// Where it is not asked then, and this is the answer.
    async fn before(&self) -> Result<(), PortError> {
        Ok(())
    }

    /// After it has answered.
    async fn after(&self) {}

    /// Appends.
    ///
    /// # Errors
    /// As [`Journal::append`].
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        self.inner().append(claim, batch).await
    }

    /// Reads.
    ///
    /// # Errors
    /// As [`Journal::read`].
    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        self.inner().read(stream, after, limit).await
    }
}

/// A journal that [passes on](PassOn) what it is asked.
#[derive(Debug, Default)]
pub struct Passing<T>(pub T);

impl<T> Deref for Passing<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PassOn> Passing<T> {
    async fn ask<A>(&self, asked: impl Future<Output = Result<A, PortError>>) -> Result<A, PortError> {
        self.0.before().await?;
        let answer = asked.await;
        self.0.after().await;
        answer
    }
}

#[async_trait]
impl<T: PassOn> Journal for Passing<T> {
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError> {
        self.ask(self.0.append(claim, batch)).await
    }

    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError> {
        self.ask(self.0.read(stream, after, limit)).await
    }

    async fn head(&self, kind: &str, name: &str) -> Result<Option<Head>, PortError> {
        self.ask(self.0.inner().head(kind, name)).await
    }

    async fn open_streams(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Head>, PortError> {
        self.ask(self.0.inner().open_streams(kind, after, limit)).await
    }

    async fn claim(
        &self,
        scope: &str,
        owner: &str,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<Claimed, PortError> {
        self.ask(self.0.inner().claim(scope, owner, now, length)).await
    }

    async fn release(&self, claim: &Claim) -> Result<(), PortError> {
        self.ask(self.0.inner().release(claim)).await
    }
}
