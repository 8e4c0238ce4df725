//! Analysis: what measurements say about a new version, and whether enough was seen to go on.

mod assess;
mod check;
mod overall;
mod rules;
mod tally;
mod trigger;

pub use assess::{Assessment, CheckPhase, CheckReason, Moment};
pub use check::{Check, CheckError, CheckSpec, Schedule, ScheduleError};
pub use overall::{Decisive, Overall, overall};
pub use rules::{ArgoRules, FlaggerRules, MissingData, Patience, Profile, Rules, RulesError, StrictRules};
pub use tally::{Measured, Tally};
pub use trigger::{Severity, Trigger, TriggerError};
