//! What is asked of a table.

use super::{Error, Events, Source};
use crate::Values;
use crate::events::Part;
use toban_slo::{Anomaly, Counts, RatioOf};

/// What is asked of a table, slot by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) source: Source,
    pub(super) wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A part of all events; the columns by their names, where these were given.
    Events {
        part: Part,
        column: Option<String>,
        total: Option<String>,
        events: Events,
    },
    Ratio(RatioOf),
    Value,
}

impl Part {
    /// The name of its column, where none was given.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Bad => Self::Good,
            Self::Good => Self::Bad,
        }
    }
}

impl Query {
    /// Good events of all.
    ///
    /// # Errors
    /// When the sources differ in more than the column.
    pub fn good_of_total(good: &Source, total: &Source, events: Events) -> Result<Self, Error> {
        Self::events(Part::Good, good, total, events)
    }

    /// Bad events of all.
    ///
    /// # Errors
    /// When the sources differ in more than the column.
    pub fn bad_of_total(bad: &Source, total: &Source, events: Events) -> Result<Self, Error> {
        Self::events(Part::Bad, bad, total, events)
    }

    /// A share that something else has computed; each slot weighs the same.
    #[must_use]
    pub fn ratio(ratio: &Source, of: RatioOf) -> Self {
        Self { source: ratio.clone(), wanted: Wanted::Ratio(of) }
    }

    /// A value, for a threshold metric.
    #[must_use]
    pub fn value(value: &Source) -> Self {
        Self { source: value.clone(), wanted: Wanted::Value }
    }

    fn events(part: Part, source: &Source, total: &Source, events: Events) -> Result<Self, Error> {
        if let Some(field) = source.difference(total) {
            return Err(Error::Differ { field });
        }
        let (column, total) = (source.column.clone(), total.column.clone());
        let wanted = Wanted::Events { part, column, total, events };
        Ok(Self { source: source.clone(), wanted })
    }
}

/// The answer to one query, from the earliest row that says something of it to the latest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Good of total as counters counted it, and what is odd about them. What one rose by from one row to the next
    /// counts in the slot that ends at the later one, so that the first row counts nothing.
    Counted(Counts, Vec<Anomaly>),
    /// Good of total, or a ratio as [`Tally::from_ratio`](toban_slo::Tally::from_ratio) weighs it.
    Counts(Counts),
    /// A value.
    Values(Values),
}
