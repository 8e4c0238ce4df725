//! Prometheus, and what answers as it does over HTTP: Mimir, Thanos, VictoriaMetrics.
//!
//! A [`Prometheus`] is a [`MetricSource`](toban_core::MetricSource). A [`Source`] says in PromQL what is measured and
//! can be read from a definition; a [`Query`] makes good of total, a ratio or a value from one or two of them, and
//! [`read`] answers it from any source of metrics.
//!
//! ```no_run
//! use chrono::{TimeDelta, TimeZone, Utc};
//! use toban_adapters::prometheus::{Answer, Events, Prometheus, Query, Source, read};
//! use toban_core::{Grid, Interval};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let prometheus = Prometheus::new("https://metrics.example.org/prometheus")?.with_bearer_token("…")?;
//! let bad = Source::new(r#"http_requests_total{job="shop", code=~"5.."}"#);
//! let total = Source::new(r#"http_requests_total{job="shop"}"#);
//! let availability = Query::bad_of_total(&bad, &total, Events::Cumulative)?;
//!
//! let noon = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
//! let minutes = Grid::new(Interval::starting(noon, TimeDelta::days(1))?, TimeDelta::minutes(1))?;
//! let reading = read(&prometheus, &availability, minutes, &mut |_| {}).await?;
//! let Answer::Counts(counts) = reading.answer else { unreachable!() };
//! println!("{} requests", counts.events());
//! # Ok(())
//! # }
//! ```
//!
//! # What a slot holds
//! A query is evaluated at the end of each slot, and what it gives there is about that slot: about the time after the
//! slot's beginning, up to and with its end. Both parts of a ratio are asked at the same instants.
//!
//! - *Cumulative* events: the query names counters, of any number of series. The maths is that of
//!   [`Counter`](toban_slo::Counter), for each series by itself, and then the series are added: what a counter rose by
//!   since its last sample counts in the slot of the later one, a fall is a reset, nothing is extrapolated. The first
//!   sample of a series counts nothing, as nobody knows what it rose from. A series that is missing in a slot adds
//!   nothing to it, and what it rose by meanwhile is added when it is back. A reset is seen if the counter is lower at
//!   the end of a slot than at the end of the one before; shorter slots see more.
//! - Events *per slot*: the query gives how many there were in the slot, such as `sum(increase(x[1m]))`; series are
//!   added. Such numbers have fractions, while events are whole: what is left over is carried into the next slot, so
//!   that over any stretch good and bad each differ by less than one event from what the query says. Fractions are
//!   kept to a billionth.
//! - A ratio, or a value: one number in each slot. Two series that have one at the same time are refused: nothing
//!   that adds or averages them would be true of all.
//!
//! # Gaps
//! The record begins with the first slot of which the server knows anything: a server that is two minutes old has two
//! minutes of record. From then on, a slot in which either part has no sample of any series is a gap, and so is one
//! with more good or bad events than events, of which a [`Note`] tells. NaN, such as the ratio of nothing to nothing,
//! and infinities are gaps.
//!
//! Counters that were not read at the same moment give such slots now and then: good, say, is ahead of the total. What
//! a part is ahead by is missing from it later and counted there, as [`Counter::tally`](toban_slo::Counter::tally)
//! says; the numbers of events *per slot* are taken as they are.
//!
//! A query that only names series (`http_requests_total{code="500"}`) is asked so that a sample stands for its own
//! slot alone. In any other query a sample stands as long as the server lets it, five minutes unless it was
//! configured otherwise; `last_over_time(x[1m])` is how PromQL says less. Servers keep no counter of what never
//! happened: `… or vector(0)` is how PromQL says that no series means no events.
//!
//! # Numbers
//! A whole number is kept as the server prints it. A counter is whole from 0 to 2⁶⁴ − 1; values are not negative and
//! kept to at least 18 digits behind the point; a ratio lies between 0 and 1, to a billionth.

mod amount;
mod client;
mod error;
mod query;
mod read;
mod wire;

pub use client::Prometheus;
#[cfg(fuzzing)]
pub use client::told;
pub use error::{Error, Expected};
pub use query::{Query, Source};
pub use read::{Answer, Note, Reading, read};

pub use crate::events::Events;
pub use crate::slot::{SlotError, SlotLength};
