//! OpenSLO: reading, printing, checking.

mod round_trip;
mod strategy;
