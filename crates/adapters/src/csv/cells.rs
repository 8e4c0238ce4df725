//! What the cells of a row say to a query.

use super::Events;
use super::error::Problem;
use super::query::Wanted;
use super::table::{Column, Row, Table};
use crate::events::Part;
use std::io::Read;
use toban_core::Ratio;
use toban_slo::{RatioOf, Tally};

/// Where a query finds what it asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cells {
    GoodAndBad { good: Column, bad: Column },
    PartOfTotal { part: Part, column: Column, total: Column },
    Ratio(Column, RatioOf),
    Value(Column),
}

/// What a row says of its slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Seen {
    /// What two counters stand at: good and bad, or the part and the total.
    Counters(u64, u64),
    Tally(Tally),
    Value(Ratio),
}

impl Cells {
    pub(super) fn find(
        wanted: &Wanted,
        column: Option<&str>,
        table: &Table<'_, impl Read>,
    ) -> Result<Self, Problem> {
        match wanted {
            Wanted::Events { part, column, total, events: _ } => {
                Self::find_events(*part, column.as_deref(), total.as_deref(), table)
            }
            Wanted::Ratio(of) => Ok(Self::Ratio(table.column_or(column, &["ratio"])?, *of)),
            Wanted::Value => Ok(Self::Value(table.column_or(column, &["value"])?)),
        }
    }

    /// The part and the total. One of them that was not named and is not there follows from the other part.
    fn find_events(
        part: Part,
        column: Option<&str>,
        total: Option<&str>,
        table: &Table<'_, impl Read>,
    ) -> Result<Self, Problem> {
        let find = |name: Option<&str>, otherwise| match name {
            Some(name) => table.column(name).map(Some),
            None => table.find(otherwise),
        };
        let (column, total) = (find(column, part.name())?, find(total, "total")?);
        match (column, total, table.find(part.other().name())?) {
            (Some(column), Some(total), _) => Ok(Self::PartOfTotal { part, column, total }),
            (None, Some(total), Some(column)) => Ok(Self::PartOfTotal { part: part.other(), column, total }),
            (Some(one), None, Some(other)) => Ok(match part {
                Part::Bad => Self::GoodAndBad { good: other, bad: one },
                Part::Good => Self::GoodAndBad { good: one, bad: other },
            }),
            (None, _, _) => Err(table.no_column(format!("`{}`", part.name()))),
            (_, None, _) => Err(table.no_column("`total`".to_owned())),
        }
    }

    /// Nothing where all cells are empty.
    pub(super) fn read(&self, row: &Row<'_>, events: Events) -> Result<Option<Seen>, Problem> {
        let columns = match *self {
            Self::GoodAndBad { good: one, bad: other } => [one, other],
            Self::PartOfTotal { column: one, total: other, .. } => [one, other],
            Self::Ratio(only, _) | Self::Value(only) => [only, only],
        };
        if columns.iter().all(|column| row.text(*column).is_empty()) {
            return Ok(None);
        }
        let seen = match *self {
            // Counters that were read a moment apart, or began again one by one, need not fit each other.
            Self::GoodAndBad { good: one, bad: other }
            | Self::PartOfTotal { column: one, total: other, .. }
                if events == Events::Cumulative =>
            {
                Seen::Counters(row.count(one)?, row.count(other)?)
            }
            Self::GoodAndBad { good, bad } => {
                let tally = Tally::from_parts(row.count(good)?, row.count(bad)?);
                Seen::Tally(tally.map_err(|_| Problem::TooManyEvents)?)
            }
            Self::PartOfTotal { part, column, total } => {
                let (count, all) = (row.count(column)?, row.count(total)?);
                let tally = match part {
                    Part::Bad => Tally::from_bad(count, all),
                    Part::Good => Tally::new(count, all),
                };
                let more = |_| Problem::MoreThanAll {
                    column: row.name_of(column).to_owned(),
                    part: count,
                    total_column: row.name_of(total).to_owned(),
                    total: all,
                };
                Seen::Tally(tally.map_err(more)?)
            }
            Self::Ratio(column, of) => {
                let share = row.share(column)?;
                Seen::Tally(Tally::from_ratio(match of {
                    RatioOf::Failure => share.rest(),
                    RatioOf::Success => share,
                }))
            }
            Self::Value(column) => Seen::Value(row.value(column)?),
        };
        Ok(Some(seen))
    }
}
