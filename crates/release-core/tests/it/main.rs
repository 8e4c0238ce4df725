//! Laws of release plans, strategies, analysis and the rollout.
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod analysis;
mod checks;
mod crash;
mod explored;
mod figures;
mod group;
mod judge;
mod least_traffic;
mod plan;
mod ports;
mod promotion;
mod replay;
mod rollout;
mod strategy;
mod support;
mod written;
