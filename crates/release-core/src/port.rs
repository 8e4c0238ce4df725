//! What this crate asks of the world.

use crate::judge::Reading;
use crate::plan::{Need, Observation};
use crate::rollout::Part;
use crate::strategy::Weight;
use async_trait::async_trait;
use std::fmt::{self, Debug};
use toban_core::{PortError, PortErrorKind};
use toban_durable::Order;

/// Moves traffic and runs the steps of a release.
///
/// # Contract
/// - [`Ok`] says that it is done: the version has that weight, the step has come to its good end. An error says that
///   it has failed; its source is what people read in the record. Who does not know gives no answer: when the time-out
///   is over, [`is_done`](Self::is_done) is asked, and then a person.
/// - Setting a weight that is set changes nothing. It may be repeated, whatever became of the attempts before.
/// - A step that is not repeatable is begun once, unless [`is_done`](Self::is_done) says that it was not done.
/// - Every attempt at an order has the same key. A fence that is lower than one seen before comes from a process that
///   has been superseded: what it orders may be turned away.
/// - The future may be dropped when the time-out is over; what it started may then go on or not.
///
/// The feature `testing` has this contract as a suite that every adapter runs.
#[async_trait]
pub trait Deployer: Debug + Send + Sync + 'static {
    /// Does it.
    ///
    /// # Errors
    /// When it is not known to be done.
    async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError>;

    /// Whether a step was done that is not repeatable and of which nobody heard: `Some(false)` only where it will not
    /// be done later either, `None` where nobody can tell.
    async fn is_done(&self, order: &Order<Move>) -> Option<bool> {
        let _ = order;
        None
    }

    /// Measures a check, where no source of metrics does. Measuring changes nothing.
    ///
    /// # Errors
    /// When it cannot be measured.
    async fn measure(&self, order: &Order<Measurement>) -> Result<Reading, PortError> {
        let _ = order;
        let why = "nothing measures";
        Err(PortError::new(PortErrorKind::Unsupported, "measure", "deployer", why))
    }
}

/// What a deployer does.
///
/// ```
/// use toban_release_core::{Move, Weight};
/// let traffic = Move::Traffic { weight: Weight::percent(5)?, version: "2.0".into(), argv: Vec::new() };
/// assert_eq!(traffic.to_string(), "5 % of traffic to 2.0");
/// # Ok::<(), toban_release_core::WeightError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Give a version that share of the traffic, and the one before it the rest.
    Traffic {
        /// The share.
        weight: Weight,
        /// The version that gets it.
        version: String,
        /// The program that does it, and its arguments; empty where the deployer does it in a way of its own.
        argv: Vec<String>,
    },
    /// Run a step.
    Step {
        /// Which one it is.
        part: Part,
        /// What people call it.
        name: String,
        /// The program and its arguments.
        argv: Vec<String>,
        /// Whether doing it again does no harm.
        is_repeatable: bool,
    },
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Traffic { weight, version, .. } => write!(f, "{weight} of traffic to {version}"),
            Self::Step { name, .. } => f.pad(name),
        }
    }
}

/// What a check asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Measurement {
    /// The stage that soaks, from 0.
    pub stage: usize,
    /// What people call the check.
    pub name: String,
    /// What the provider is asked.
    pub query: String,
}

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

/// Where approvals are given that are not given to the release itself: a review tool, a chat, a list.
///
/// # Contract
/// - The answer is everything that was given so far, however often it is asked for. Who may approve is not decided
///   here: whatever somebody said is told.
/// - What was given for another revision is left out, or says which one.
/// - Asking changes nothing. It may be repeated, and the future dropped at any moment.
/// - That nobody has approved is an answer, not an error. An error says that it could not be seen.
///
/// The feature `testing` has this contract as a suite that every adapter runs.
#[async_trait]
pub trait Approvals: Debug + Send + Sync + 'static {
    /// The approvals of that revision.
    ///
    /// # Errors
    /// When they cannot be seen, or what is seen cannot be read.
    async fn given(&self, revision: &str) -> Result<Vec<Approval>, PortError>;
}

/// That somebody lets a revision go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// Which revision was looked at.
    pub revision: String,
    /// On what grounds.
    pub why: String,
}
