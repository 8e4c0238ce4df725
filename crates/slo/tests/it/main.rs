//! Laws and oracles of the SLO maths.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    reason = "a test fails by panicking"
)]

mod backtest;
mod budget_policy;
#[cfg(feature = "zones")]
mod calendar;
mod composite;
mod counter;
mod explain;
mod forecast;
mod history;
mod laws;
mod line;
mod low_traffic;
mod model;
#[cfg(feature = "openslo")]
mod openslo;
mod outcomes;
mod pace;
mod policies;
mod prometheus;
mod promtool;
mod promtool_live;
#[cfg(feature = "zones")]
mod slices;
mod stale;
mod story;
mod stream;
mod support;
