//! What stands in a record: one decision, whole.

use crate::journal::Epoch;
use crate::machine::{Decision, Machine, OrderId};
use crate::time::{Now, Stamp, Steady};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One decision as it is written: what became of an order, the facts, the new orders.
///
/// Fields that are not known are passed over, so that a later build may add some; a variant that is not known is not.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "Ev: Deserialize<'de>, Ef: Deserialize<'de>"))]
pub(crate) struct Line<Ev, Ef> {
    #[serde(rename = "v")]
    pub(crate) version: u16,
    #[serde(rename = "at")]
    pub(crate) wall: DateTime<Utc>,
    pub(crate) steady: Steady,
    /// What the clock's elapsed time was counted from, where other processes can count from it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    /// Milliseconds since that origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) elapsed: Option<i64>,
    /// The key of the request, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) marks: Vec<Mark>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<Ev>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) orders: Vec<Ef>,
    /// What the orders are named after, where they were given while the line stood elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) named: Option<String>,
    /// What comes over from the stream before, in the first record of a later generation.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub(crate) carried: Option<Carried<Ef>>,
    /// The last record of a stream that has rolled over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) rolls_over: bool,
}

/// The line of a machine.
pub(crate) type LineOf<M> = Line<<M as Machine>::Event, <M as Machine>::Effect>;

impl<Ev, Ef> Line<Ev, Ef> {
    /// Nothing yet, at that moment.
    pub(crate) fn new(version: u16, stamp: Stamp) -> Self {
        let Stamp { now, origin, elapsed } = stamp;
        Self {
            version,
            wall: now.wall,
            steady: now.steady,
            origin,
            elapsed,
            request: None,
            marks: Vec::new(),
            events: Vec::new(),
            orders: Vec::new(),
            named: None,
            carried: None,
            rolls_over: false,
        }
    }

    pub(crate) fn deciding<M: Machine<Event = Ev, Effect = Ef>>(self, decision: Decision<M>) -> Self {
        Self { events: decision.events, orders: decision.orders, ..self }
    }

    pub(crate) fn marking(self, marks: Vec<Mark>) -> Self {
        Self { marks, ..self }
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall: self.wall, steady: self.steady }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { now: self.now(), origin: self.origin.clone(), elapsed: self.elapsed }
    }

    /// Whether there is nothing to be written.
    pub(crate) fn is_empty(&self) -> bool {
        let is_idle = self.marks.is_empty() && self.events.is_empty() && self.orders.is_empty();
        is_idle && self.request.is_none() && !self.rolls_over
    }
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    Begun { order: OrderId, fence: Epoch },
    Settled { order: OrderId },
    Again { order: OrderId, not_before: Steady },
    Withdrawn { order: OrderId },
}

impl Mark {
    /// Whose mark it is.
    pub(crate) fn order_mut(&mut self) -> &mut OrderId {
        let (Self::Begun { order, .. }
        | Self::Settled { order }
        | Self::Again { order, .. }
        | Self::Withdrawn { order }) = self;
        order
    }
}

/// What outlives a stream beside the state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "Ef: Deserialize<'de>"))]
pub(crate) struct Carried<Ef> {
    /// The hash of the last record of the stream before, in hexadecimal digits.
    pub(crate) chained_to: String,
    /// Keys of requests that the stream before has granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) requests: Vec<String>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) orders: Vec<Open<Ef>>,
}

/// An order that is not closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "Ef: Deserialize<'de>"))]
pub(crate) struct Open<Ef> {
    pub(crate) key: String,
    pub(crate) effect: Ef,
    pub(crate) attempt: u32,
    pub(crate) is_begun: bool,
    pub(crate) not_before: Steady,
    /// This process performs it.
    #[serde(skip)]
    pub(crate) is_running: bool,
}

/// The version alone: it is looked at before the rest is read.
#[derive(Deserialize)]
pub(crate) struct Version {
    #[serde(rename = "v")]
    pub(crate) version: u16,
}
