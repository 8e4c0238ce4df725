//! What is asked of a table.

use super::{Error, Source};
use crate::Values;
use toban_slo::{Counts, RatioOf};

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
    },
    Ratio(RatioOf),
    Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Bad,
    Good,
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
    pub fn good_of_total(good: &Source, total: &Source) -> Result<Self, Error> {
        Self::events(Part::Good, good, total)
    }

    /// Bad events of all.
    ///
    /// # Errors
    /// When the sources differ in more than the column.
    pub fn bad_of_total(bad: &Source, total: &Source) -> Result<Self, Error> {
        Self::events(Part::Bad, bad, total)
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

    fn events(part: Part, source: &Source, total: &Source) -> Result<Self, Error> {
        if let Some(field) = source.difference(total) {
            return Err(Error::Differ { field });
        }
        let wanted = Wanted::Events { part, column: source.column.clone(), total: total.column.clone() };
        Ok(Self { source: source.clone(), wanted })
    }
}

/// The answer to one query, from the earliest row to the latest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Good of total, or a ratio as [`Tally::from_ratio`](toban_slo::Tally::from_ratio) weighs it.
    Counts(Counts),
    /// A value.
    Values(Values),
}
