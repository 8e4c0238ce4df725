//! Vocabulary that the Toban operations crates share.
//!
//! The question it answers: *what do two crates mean by the same word?*

mod interval;

pub use interval::{Interval, IntervalError};
