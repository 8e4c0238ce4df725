//! How a port fails.

use std::error::Error;
use std::fmt;

/// A port failed: the world did not do what was asked of it.
///
/// What the caller can do follows from the kind; what happened is the source's to tell.
#[derive(Debug, thiserror::Error)]
#[error("{adapter}: {operation} failed: {kind}")]
#[non_exhaustive]
pub struct PortError {
    /// What the caller can do.
    pub kind: PortErrorKind,
    /// What was asked for: `range query`.
    pub operation: &'static str,
    /// Who was asked: `prometheus`.
    pub adapter: &'static str,
    /// What happened.
    pub source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// The adapter's failure to do what was asked, and why.
    #[must_use]
    pub fn new(
        kind: PortErrorKind,
        operation: &'static str,
        adapter: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, operation, adapter, source: source.into() }
    }

    /// Whether asking again can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.kind.retry()
    }
}

/// What kind of failure it was, told by what the caller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PortErrorKind {
    /// Who asks is known, and may not. A person has to give the right.
    Denied,
    /// No room is left. A person has to make some; until then asking again fails again.
    Full,
    /// The request itself is wrong, or asks for too much. Ask something else.
    Invalid,
    /// What was named is not there. Look at the name or the address.
    NotFound,
    /// Too many requests. Wait, then ask again.
    Throttled,
    /// No answer in time. Wait, then ask again, or give it more time.
    TimedOut,
    /// Nobody knows who asks. Look at the credentials.
    Unauthenticated,
    /// Not reachable, or in trouble of its own. Wait, then ask again.
    Unavailable,
    /// What answered does not speak this language, or cannot do this. Look at the address.
    Unsupported,
}

impl PortErrorKind {
    /// Whether asking again can help.
    #[must_use]
    pub fn retry(self) -> Retry {
        match self {
            Self::Full | Self::Throttled | Self::TimedOut | Self::Unavailable => Retry::Later,
            Self::Denied | Self::Invalid | Self::NotFound | Self::Unauthenticated | Self::Unsupported => {
                Retry::Never
            }
        }
    }
}

impl fmt::Display for PortErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Denied => "not allowed",
            Self::Full => "no room left",
            Self::Invalid => "the request is wrong",
            Self::NotFound => "not found",
            Self::Throttled => "too many requests",
            Self::TimedOut => "no answer in time",
            Self::Unauthenticated => "not authenticated",
            Self::Unavailable => "not available",
            Self::Unsupported => "not supported",
        })
    }
}

/// Whether asking again, unchanged, can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// Not before somebody has changed something.
    Never,
    /// After a pause that grows from one failure to the next.
    Later,
}
