//! `toban slo`.

pub(crate) mod backtest;
pub(crate) mod explain;
pub(crate) mod lint;
pub(crate) mod report;
