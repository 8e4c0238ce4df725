//! Routine work, held to tables and to laws.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected shall fail"
)]

mod book;
mod capacity;
mod crash;
mod due;
mod firing;
mod overlap;
mod passages;
mod past;
mod ports;
mod preset;
mod review;
mod schedule;
mod several;
mod spread;
mod stated;
mod support;
mod wheel;
mod written;
