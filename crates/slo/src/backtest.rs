//! Would this policy have called somebody? A policy on recorded history, scored.

mod compare;
mod incident;
mod score;
mod search;

pub use compare::{Aspect, Difference, compare};
pub use incident::{Incident, IncidentSource, find_incidents};
pub use score::{
    AlreadyFiring, Backtest, Detection, Edge, IncidentOutcome, IncidentResult, RuleResult, Score, backtest,
};
pub use search::{Candidate, Grid, search};
