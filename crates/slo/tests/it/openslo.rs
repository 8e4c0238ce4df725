//! OpenSLO: reading, printing, checking.

mod check;
mod round_trip;
mod strategy;
