//! A journal that dies on purpose, the contract of a journal as a suite, a machine explored from end to end.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken law fails a test by panicking")]

mod contract;
mod crash;
mod explore;
mod pass;

pub use contract::journal_contract;
pub use crash::{Crash, CrashJournal, CrashPerform, Fault, Stage, block_on, crash_everywhere};
pub use explore::{Explored, Explorer, Move, Node, explore};
pub use pass::{PassOn, Passing};
