//! What a journal is asked, and the words that it is asked in.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::{self, Debug};
use toban_core::PortError;

/// Which stream: the kind of machine, the name of one, and how often it has rolled over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// [`Machine::KIND`](crate::Machine::KIND).
    pub kind: String,
    /// The machine's name among those of its kind.
    pub name: String,
    /// 1 for the first stream of a machine; one more each time that it rolls over.
    pub generation: u32,
}

impl StreamId {
    /// The first stream of a machine.
    #[must_use]
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: name.into(), generation: 1 }
    }

    /// The stream that it rolls over into.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { generation: self.generation.saturating_add(1), ..self.clone() }
    }

    /// What is claimed in order to drive the machine, whatever its generation.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)?;
        // What follows the last `~` is the generation: a name that holds one always has it told.
        let is_told = self.generation > 1 || self.name.contains('~');
        if is_told { write!(f, "~{}", self.generation) } else { Ok(()) }
    }
}

/// The place of a record in its stream: the first one is 1, an empty stream is at 0.
pub type Seq = u64;

/// What a record is chained with: SHA-256 over the hash before it and its own body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first record of a stream is chained to: the name of the stream, so that no record can be moved to
    /// another one.
    #[must_use]
    pub fn of_stream(stream: &StreamId) -> Self {
        Self(Sha256::digest(stream.to_string()).into())
    }

    /// What a record with this body has after a record that has this hash.
    #[must_use]
    pub fn then(self, body: &str) -> Self {
        Self(Sha256::new().chain_update(self.0).chain_update(body).finalize().into())
    }

    /// Its first half: enough for a name that no other record has.
    pub(crate) fn short(self) -> String {
        self.0.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of these bytes, as a store kept them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// One line of a journal. The body is text, so that a hash over it means the same in every store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub seq: Seq,
    /// What it says.
    pub body: String,
    /// What it is chained with.
    pub hash: Hash,
}

/// Records to be written to one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Which stream.
    pub stream: StreamId,
    /// The place of the last record that the writer knows; another one there is a conflict.
    pub after: Seq,
    /// The records, the first of them at `after + 1`.
    pub records: Vec<Record>,
    /// Whether the stream takes no more records after these.
    pub ends: bool,
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// All records are durable.
    Stored,
    /// Somebody else wrote to one of the streams first, or it has ended; nothing was written.
    Conflict,
    /// The claim is not held any more; nothing was written.
    ClaimLost,
}

/// Where a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which stream.
    pub stream: StreamId,
    /// The place of its last record.
    pub seq: Seq,
    /// The hash of its last record.
    pub hash: Hash,
    /// Whether it takes no more records.
    pub has_ended: bool,
}

/// How often a scope has changed hands. It travels with each order, so that a receiver can turn away an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The right to perform the orders of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// [`StreamId::scope`].
    pub scope: String,
    /// Who holds it: one process, never two that go by the same name.
    pub owner: String,
    /// One more than that of the holder before.
    pub epoch: Epoch,
    /// Until when, by the wall clock of the holders.
    pub until: DateTime<Utc>,
}

/// Answer to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is yours.
    Yours(Claim),
    /// Another owner holds it.
    Theirs(Claim),
}

/// A store of streams of records that outlives a crash.
///
/// # Contract
/// - `append` writes to all streams of the batch or to none, and `Ok(Stored)` means that a crash of the machine
///   does not lose them. There is no order between streams.
/// - A place holds one record: of two appends after the same one, one is a conflict. No place is left out.
/// - `Err` means *unknown*, and so does a future that was dropped: the records may be there or may come yet. Who
///   reads on and appends after what it read writes nothing twice.
/// - Concurrent appends may share one flush; each has an answer of its own.
/// - With a claim, an append is refused once another epoch holds the scope. Without one anybody may append.
/// - `read` gives the records in order, without gaps, as they were written; damage shows in the hashes.
/// - Reading changes nothing and may be dropped at any moment.
///
/// The feature `testing` has this contract as a suite.
#[async_trait]
pub trait Journal: Debug + Send + Sync + 'static {
    /// Writes all records, or none.
    ///
    /// # Errors
    /// When nobody knows whether they were written.
    async fn append(&self, claim: Option<&Claim>, batch: &[Append]) -> Result<Appended, PortError>;

    /// At most `limit` records after that place.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn read(&self, stream: &StreamId, after: Seq, limit: usize) -> Result<Vec<Record>, PortError>;

    /// Where the newest stream of a machine stands; `None` where there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn head(&self, kind: &str, name: &str) -> Result<Option<Head>, PortError>;

    /// The streams of a kind that take records, in the order of their names: at most `limit` after that one.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn open_streams(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Head>, PortError>;

    /// Takes a scope that nobody holds at `now`, or prolongs what the owner holds. A scope that changes hands gets
    /// the next epoch; one that is prolonged keeps it, and never ends earlier than before.
    ///
    /// # Errors
    /// When nobody knows who holds it now.
    async fn claim(
        &self,
        scope: &str,
        owner: &str,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<Claimed, PortError>;

    /// Gives up a claim: its own, or that of a process that is known to be dead. Nothing happens where another epoch
    /// holds the scope.
    ///
    /// # Errors
    /// When nobody knows who holds it now.
    async fn release(&self, claim: &Claim) -> Result<(), PortError>;
}
