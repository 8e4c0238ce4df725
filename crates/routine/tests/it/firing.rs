//! Firings: what may be asked of them when, and how they end.

mod ends;
mod explored;
mod matrix;
