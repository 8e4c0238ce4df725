//! What a report looks like, as files that a reviewer reads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and golden files are written anew where the environment says so"
)]

mod example;
mod golden;
mod release;
mod release_example;
mod routine;
mod routine_capacity;
mod routine_json;
mod routine_kept;
mod slo_backtest;
mod slo_explain;
mod slo_html;
mod slo_json;
mod slo_table;
