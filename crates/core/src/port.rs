//! What several crates ask of the world.

use crate::{Grid, Interval, PortError, PortErrorKind, Series, Text};
use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::error::Error;
use std::fmt::Debug;

/// Two times: what the clock on the wall says, and how much has gone by.
///
/// # Contract
/// - `wall` may jump in both directions, whenever somebody sets the clock.
/// - `elapsed` never goes back and never jumps. It counts from a moment that stays the same for one clock.
/// - Two clocks with the same `origin` count from the same moment, also in different processes; a clock that no other
///   can share has none.
pub trait Clock: Debug + Send + Sync + 'static {
    /// What the clock on the wall says.
    fn wall(&self) -> DateTime<Utc>;

    /// How much time has gone by since the origin.
    fn elapsed(&self) -> TimeDelta;

    /// What names the moment that elapsed time is counted from: the start of the machine.
    fn origin(&self) -> Option<String> {
        None
    }
}

/// A system that keeps metrics over time and is asked in a language of its own: Prometheus and its kind.
///
/// # Contract
/// - The answer holds one [`Series`] for each set of labels that the query selects and that has a sample on the grid,
///   ordered by labels, none twice. Each covers the whole grid. A query that selects nothing gives no series, and no
///   error.
/// - An instant without a value, and one whose value is NaN or infinite, is a gap. Nothing is put into a gap:
///   neither zero, nor the value before it, unless the query says so. How long the system itself lets a sample
///   stand for later instants belongs to the system, and the adapter says it.
/// - The grid may be cut anywhere: the answers for the pieces, joined, are the answer for the whole.
/// - Asking changes nothing. It may be repeated, and the future dropped at any moment. As long as the system learns
///   nothing new about the grid's time, the answer stays the same.
/// - It is whole or it fails: part of an answer is an error, or comes with a warning where the system itself vouches
///   for no more.
/// - A query that the system does not understand is [`Invalid`](crate::PortErrorKind::Invalid). The adapter itself
///   never asks again; [`PortError::retry`] tells the caller whether to.
///
/// The feature `testing` has this contract as a suite that every adapter runs.
#[async_trait]
pub trait MetricSource: Debug + Send + Sync + 'static {
    /// What the query gives at each instant of the grid.
    ///
    /// # Errors
    /// When the query is refused, or the system cannot be reached or does not answer in time.
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError>;

    /// The same, where no sample stands for an instant at which it is older than that: what was measured before
    /// something began says nothing of it. A query that itself reaches back, with a range of time, does so all the
    /// same. A system that lets no sample stand for later instants has nothing to add to [`range`](Self::range).
    ///
    /// # Errors
    /// As [`range`](Self::range).
    async fn range_within(&self, query: &str, grid: Grid, age: TimeDelta) -> Result<MetricAnswer, PortError> {
        let _ = age;
        self.range(query, grid).await
    }
}

/// What a source of metrics says to a query.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MetricAnswer {
    /// The series in the order of their labels.
    pub series: Vec<Series>,
    /// What the system wants a person to know, such as that some of its stores did not answer.
    pub warnings: Vec<String>,
}

impl MetricAnswer {
    /// These series, put into the order of their labels, and warnings.
    #[must_use]
    pub fn new(mut series: Vec<Series>, warnings: Vec<String>) -> Self {
        series.sort_by(|one, other| one.labels().cmp(other.labels()));
        Self { series, warnings }
    }
}

/// The value of a query at that moment, by the one series that it selects; `None` where it selects none, or that has no
/// sample then. What was measured longer than `age` before is none, as far as the source
/// [can tell](MetricSource::range_within).
///
/// # Errors
/// When the source fails, or several series are selected.
pub async fn value_at(
    source: &dyn MetricSource,
    query: &str,
    at: DateTime<Utc>,
    age: Option<TimeDelta>,
) -> Result<Option<f64>, PortError> {
    let invalid = |why: Box<dyn Error + Send + Sync>| {
        PortError::new(PortErrorKind::Invalid, "read a value", "metric source", why)
    };
    let (at, step) = (at.trunc_subsecs(3), TimeDelta::seconds(1));
    let moment = Interval::starting(at, step).map_err(|error| invalid(error.into()))?;
    let grid = Grid::new(moment, step).map_err(|error| invalid(error.into()))?;
    let answer = match age {
        Some(age) => source.range_within(query, grid, age).await?,
        None => source.range(query, grid).await?,
    };
    match answer.series.as_slice() {
        [] => Ok(None),
        [one] => Ok(one.samples().next().map(|sample| sample.value())),
        several => Err(invalid(format!("{} series where one is meant: sum them", several.len()).into())),
    }
}

/// The only way out to people: a mail, a chat, a pager, a program that knows one of them.
///
/// # Contract
/// - An answer says that the receiver has taken the message, not that anybody has read it.
/// - A message may be delivered again, also after it was taken: whoever delivers it may have died before it heard of
///   that. Each delivery has the same [key](Message::key) and is accepted. A receiver that knows the key tells people
///   once; one that knows no keys may tell them once for each delivery, and no oftener.
/// - Words and data arrive as they are, whatever characters they hold.
/// - The future may be dropped at any moment; the message may then have been taken or not.
/// - An error says that it was not taken, or that nobody knows. The adapter itself never tries again;
///   [`PortError::retry`] tells the caller whether to.
///
/// The feature `testing` has this contract as a suite that every adapter runs.
#[async_trait]
pub trait Notifier: Debug + Send + Sync + 'static {
    /// Delivers a message.
    ///
    /// # Errors
    /// When it is not known to have been taken.
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError>;
}

/// What people are to be told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// The same for every delivery, for no other message: what a receiver may use to tell it once.
    pub key: String,
    /// The first attempt at delivering it is 1.
    pub attempt: u32,
    /// It rises when another process takes over: a receiver that has seen a higher one may turn the message away.
    pub fence: u64,
    /// For people.
    pub words: Text,
    /// For programs: the same as JSON, as the domain that sends it documents.
    pub data: String,
}

/// That a message was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// What the receiver calls it, where it says so.
    pub id: Option<String>,
}
