//! The checks find what they are for, and nothing else.

mod bans;
mod fuzz;
mod law;
mod outcome;
mod package;
