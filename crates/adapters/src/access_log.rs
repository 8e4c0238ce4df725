//! Apache and nginx access logs, plain or gzip, as a source of good and total by time.
//!
//! A [`Scan`] reads a log once, from a file or any reader, for many [`Query`]s; the [`Reading`] holds an [`Answer`]
//! for each, and says how many lines were no entry, with examples. A [`Filter`] and a [`Measure`] can be read from
//! a definition; [`Entry::parse`] stands for itself.
//!
//! # What is an entry
//! A line in the common or combined format of Apache and nginx, and fields behind it:
//! ```text
//! host ident user [17/May/2015:10:05:03 +0900] "request" status size ["referrer" "user agent"] [field …]
//! ```
//! - Fields are separated by one space. Host and ident are not empty; the user may hold spaces.
//! - The time is a day that exists, with any offset below 24 hours; a leap second counts as the one before.
//! - Within quotes, a backslash escapes the next byte, as both servers write it (`\"`, `\\`, `\x22`). A quoted
//!   field must be closed: a log whose server does not escape (`escape=none`) has malformed lines here.
//! - The request may be anything: what is no HTTP request matches no method and no path, and counts all the same.
//! - The status is three digits, nginx's `000` included; the size is a number or `-`.
//!
//! # Clocks gone wrong
//! Lines that lie further than a year from all others, and are at most one in a hundred, count as little as lines that
//! are no entry ([`Fault::Stray`]): one line of 1970 does not make a log that reaches back to then.
//!
//! # Request time
//! Behind the size, in seconds with up to six decimals that count: the value of a field `rt=0.123` or
//! `request_time=0.123` (quoted or not), otherwise the first bare number with a decimal point. So nginx's
//! `$request_time` at the end of the combined format is found, with or without `$upstream_response_time` and others
//! behind it. A number with eight or more digits before the point is none (`$msec` is a time of day). In a
//! format with another decimal in front (`$gzip_ratio`), name the field: `rt=$request_time`.
//!
//! # What it does not do
//! It does not follow a log that grows, resolves no hosts, and reads no other format (JSON, W3C).

mod entry;
mod error;
mod filter;
mod gather;
mod grid;
mod measure;
mod query;
mod reading;
mod scan;
mod spec;
mod stretch;
mod timestamp;

pub use entry::{Entry, Fault};
pub use error::Error;
pub use filter::{ConditionError, Filter, LatencyBound, Method, PathPattern, Silence, StatusRange};
pub use measure::{Measure, Percentile, Statistic, Unit};
pub use query::Query;
pub use reading::{Answer, MOST_EXAMPLES, Malformed, Reading};
pub use scan::Scan;

pub use crate::progress::Progress;
