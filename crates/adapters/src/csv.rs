//! Tables of good and total by time, and lists of outages and of corrections, as CSV.
//!
//! A [`Scan`] reads a table once for many [`Query`]s. A [`Source`] says which columns and rows a query takes, and can
//! be read from a definition. An [`OutageList`] is a table of another kind, and so is
//! what [`read_corrections`] reads.
//!
//! ```
//! use toban_adapters::csv::{Answer, Events, Query, Scan, Source};
//! let table = "time,good,total\n2026-03-01T00:00:00Z,59,60\n2026-03-01T00:02:00Z,60,60\n2026-03-01T00:03:00Z,9,9\n";
//! let source = Source::default();
//! let availability = Query::good_of_total(&source, &source, Events::PerSlot)?;
//! let answers = Scan::new(&[availability]).read("shop.csv", table.as_bytes())?; // or `read_file(path)`
//! let [Answer::Counts(counts)] = &answers[..] else { unreachable!() };
//! let good: Vec<_> = counts.iter().map(|(_, tally)| tally.map(|tally| tally.good())).collect();
//! assert_eq!(good, [Some(59), None, Some(60), Some(9)]); // a row that is missing is a gap
//! # Ok::<(), toban_adapters::csv::Error>(())
//! ```
//!
//! # What is a table
//! - The first row names the columns; the others have as many cells. Cells are separated by commas and may stand in
//!   double quotes, but not reach over a line; spaces around them do not count; empty lines are skipped. The text is
//!   UTF-8, plain or gzip.
//! - Each row is one slot and tells its beginning. The slot's length is stated, or it is the most common step between
//!   rows (of several, the shortest); [`Counts::slot`](toban_slo::Counts::slot) tells it. All rows lie on the
//!   grid that begins with the first.
//! - Of [counters](Events::Cumulative) a row tells what they stand at at its time; what becomes of two that were not
//!   read at the same moment, [`Counter::tally`](toban_slo::Counter::tally) says.
//! - A missing row is a gap, and so is one whose cells for the query are all empty. No two rows are of one slot.
//! - Rows ascend in time, unless the source says that they are unordered.
//! - Good, bad and total are whole numbers, values are decimals that are not negative, ratios are decimals from 0 to
//!   1, both maybe with an exponent. Each error tells table, line and column.

mod cells;
mod corrections;
mod error;
mod outages;
mod query;
mod scan;
mod series;
mod source;
mod table;

pub use corrections::{read_corrections, read_corrections_file};
pub use error::{Error, Expected, Problem};
pub use outages::{OutageList, Outages};
pub use query::{Answer, Query};
pub use scan::Scan;
pub use source::{Order, Source, TimeFormat};

pub use crate::events::Events;
pub use crate::progress::Progress;
pub use crate::slot::{SlotError, SlotLength};
