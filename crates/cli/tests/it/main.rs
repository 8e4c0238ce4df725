//! The command as people run it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod backtest;
mod bad_input;
mod composite;
mod counters;
mod documents;
mod effect;
mod prometheus;
mod release;
mod report;
mod routine;
mod support;
