//! What this crate asks of the world.

use crate::plan::{Need, Observation};
use async_trait::async_trait;
use std::fmt::Debug;
use toban_core::PortError;

/// Looks whether what a release needs is there.
///
/// # Contract
/// - Looking changes nothing. It may be repeated, and the future dropped at any moment.
/// - A [`Need::Server`] gives an [`Observation::Amount`] in the unit of its resource, rounded down, or
///   [`Observation::Absent`] where there is no such server. A [`Need::Service`] and a [`Need::Variable`] give
///   [`Observation::Present`] or [`Observation::Absent`]; a variable that is set to an empty text is absent.
/// - That something is not there is an answer, not an error. An error says that it could not be seen; a kind of need
///   that this probe cannot see is [`Unsupported`](toban_core::PortErrorKind::Unsupported).
/// - It never tells, logs or keeps the value of a variable.
/// - It gives every look a time-out of its own; a service that does not answer within it is absent.
///
/// The feature `testing` has this contract as a suite that every adapter runs.
#[async_trait]
pub trait Probe: Debug + Send + Sync + 'static {
    /// What is seen of a need.
    ///
    /// # Errors
    /// When it could not be looked at.
    async fn probe(&self, need: &Need) -> Result<Observation, PortError>;
}
