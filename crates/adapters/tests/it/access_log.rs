//! Access logs.

mod conditions;
mod entries;
mod laws;
mod naive;
mod scans;
