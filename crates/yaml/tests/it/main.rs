//! What a person who wrote a YAML file gets to read about it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected fails"
)]

mod any;
mod golden;
mod hostile;
mod laws;
mod shapes;
mod stream;
