//! Routine work over tokio.

mod programs;
mod scheduler;
