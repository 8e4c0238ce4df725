//! What is amiss with a table.

use super::TimeFormat;
use crate::LONGEST_LINE;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// A table cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two sources that belong together describe different tables.
    #[error("good or bad, and total, are two columns of one table: their sources differ in `{field}`")]
    Differ {
        /// The first field in which they differ.
        field: &'static str,
    },
    /// The file cannot be opened.
    #[error("{table}: the table cannot be opened")]
    Open {
        /// The name of the table.
        table: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The bytes cannot be read.
    #[error("{table}: the table cannot be read after line {line}")]
    Read {
        /// The name of the table.
        table: String,
        /// The last line that could be read; 0 where there is none.
        line: u64,
        /// What the system says.
        source: std::io::Error,
    },
    /// A row is amiss, or the one with the names of the columns.
    #[error("{table}: line {line}: {problem}")]
    Row {
        /// The name of the table.
        table: String,
        /// Where the row begins, counted from one.
        line: u64,
        /// What is amiss.
        problem: Problem,
    },
}

/// What is amiss with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A cell holds something else than its column should.
    #[error("column `{column}`: {text:?} is not {expected}")]
    Cell {
        /// The column.
        column: String,
        /// What stands there, at most its first 40 characters.
        text: String,
        /// What should.
        expected: Expected,
    },
    /// More of the events are good, or bad, than there are.
    #[error("`{column}` is {part}, more than the {total} of `{total_column}`")]
    MoreThanAll {
        /// The column of the good or bad events.
        column: String,
        /// How many there are of them.
        part: u64,
        /// The column of all events.
        total_column: String,
        /// How many events there are.
        total: u64,
    },
    /// The table has no column of that name.
    #[error("there is no column {wanted}: {}", list(.columns))]
    NoColumn {
        /// What is looked for.
        wanted: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// No row below the names is of interest.
    #[error("no row follows{}", .filter.as_deref().map(|filter| format!(" in which {filter}")).unwrap_or_default())]
    NoRow {
        /// The rows that were looked for, where not all were.
        filter: Option<String>,
    },
    /// A single row shows no step.
    #[error("one row alone does not show how long its slot is: `slot` says it")]
    NoStep,
    /// The line is not one row.
    #[error("the line is not one row: a quote is not closed on it")]
    NotOneRow,
    /// The row is not a whole number of slots away from the first.
    #[error("{at} is no whole number of slots of {} after {start}", shown(.slot))]
    OffGrid {
        /// Its time.
        at: DateTime<Utc>,
        /// When the first slot begins.
        start: DateTime<Utc>,
        /// How long each slot is.
        slot: TimeDelta,
    },
    /// The row is older than the one before it.
    #[error("{at} stands behind {before}; `order: unordered` would allow it")]
    OutOfOrder {
        /// Its time.
        at: DateTime<Utc>,
        /// The time of the row before it.
        before: DateTime<Utc>,
    },
    /// An outage or a correction does not end after its start.
    #[error("what starts at {start} cannot end at {end}")]
    Reversed {
        /// When it starts.
        start: DateTime<Utc>,
        /// When it ends.
        end: DateTime<Utc>,
    },
    /// The row is longer than [`LONGEST_LINE`].
    #[error("the row is longer than {LONGEST_LINE} bytes")]
    TooLong,
    /// The rows span more than [`MOST_SLOTS`](crate::MOST_SLOTS).
    #[error("{at} is more than {} slots of {} after {start}", crate::MOST_SLOTS, shown(.slot))]
    TooFarApart {
        /// Its time.
        at: DateTime<Utc>,
        /// When the first slot begins.
        start: DateTime<Utc>,
        /// How long each slot is.
        slot: TimeDelta,
    },
    /// All events up to this row are 2⁶⁴ or more.
    #[error("all events up to here are 2^64 or more")]
    TooManyEvents,
    /// A query has more rows than there may be slots.
    #[error("this is the row after the first {}", crate::MOST_SLOTS)]
    TooManyRows,
    /// Two columns have one name.
    #[error("there are two columns `{column}`")]
    TwoColumns {
        /// Their name.
        column: String,
    },
    /// Two rows are of the same slot.
    #[error("there is a row of {at} already, line {other_line}")]
    TwoRows {
        /// The time of both.
        at: DateTime<Utc>,
        /// The earlier row.
        other_line: u64,
    },
    /// The row has more or fewer cells than there are columns.
    #[error("the row has {cells} cells, and there are {columns} columns")]
    UnequalLength {
        /// How many cells it has.
        cells: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// The row is no UTF-8.
    #[error("the row is not UTF-8 text")]
    Utf8,
}

/// What a cell should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A number of events.
    Count,
    /// A share of events.
    Share,
    /// A time.
    Time(TimeFormat),
    /// A time of an outage: seconds since the first one began, or RFC 3339, as in the first row.
    TimeOrSeconds,
    /// What happens to the time of a correction.
    Treatment,
    /// A value of a metric.
    Value,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count => "a whole number from 0 to 2^64 - 1",
            Self::Share => "a decimal from 0 to 1",
            Self::Time(TimeFormat::Rfc3339) => {
                "a time such as 2026-03-01T00:00:00Z (RFC 3339 with a zone, to the millisecond)"
            }
            Self::Time(TimeFormat::UnixMilliseconds) => "a Unix time in whole milliseconds",
            Self::Time(TimeFormat::UnixSeconds) => "a Unix time in seconds, of at most 3 decimals",
            Self::TimeOrSeconds => {
                "a number of seconds (at most 6 decimals) or an RFC 3339 time, whichever the first row has"
            }
            Self::Treatment => "`count_good`, `drop_events` or `drop_time`",
            Self::Value => "a decimal of 0 or more",
        })
    }
}

fn list(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
    if quoted.is_empty() {
        "the table is empty".to_owned()
    } else {
        format!("there are {}", quoted.join(", "))
    }
}

fn shown(length: &TimeDelta) -> String {
    match length.num_milliseconds() {
        millis if millis % 1000 == 0 => format!("{} s", millis / 1000),
        millis => format!("{millis} ms"),
    }
}
