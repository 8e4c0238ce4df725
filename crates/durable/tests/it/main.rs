//! The mechanism, driven by a small machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod claim;
mod crash;
mod damage;
mod degraded;
mod dropped;
mod ends;
mod explored;
mod journal;
mod lost;
mod rolling;
mod several;
mod time;
mod toy;
