//! The workspace's checks, as functions that a test can call.
//!
//! `cargo xtask ci` runs them all; see [`stages`] for what it runs and in which order.

pub mod api;
pub mod bans;
pub mod ci;
pub mod fuzz;
pub mod law;
pub mod manifests;
pub mod needs;
pub mod shell;
pub mod source;
pub mod stages;
pub mod suite;
pub mod weight;
pub mod workspace;

/// What a check that could not be carried out, or found something, says.
pub type Error = Box<dyn std::error::Error>;

/// The outcome of a step.
pub type Result<T> = std::result::Result<T, Error>;

/// No findings is a pass; else they become one error, a line each.
///
/// # Errors
/// When there is at least one finding.
pub fn none_of(findings: &[String]) -> Result<()> {
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n").into()) }
}
