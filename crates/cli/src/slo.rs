//! `toban slo`.

pub(crate) mod backtest;
mod corrections;
pub(crate) mod explain;
pub(crate) mod lint;
pub(crate) mod report;
