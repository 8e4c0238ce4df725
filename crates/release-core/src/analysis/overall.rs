//! Several checks together.

use super::assess::{Assessment, CheckPhase, CheckReason};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where several checks stand together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Overall {
    /// The worst phase among them; *pending* where there is no check: nothing measured is nothing passed.
    pub phase: CheckPhase,
    /// Those that stand there, by name.
    pub decisive: Vec<Decisive>,
}

/// One check that decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decisive {
    /// Its name.
    pub check: String,
    /// CheckReason it stands there.
    pub why: CheckReason,
}

impl fmt::Display for Overall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.phase)?;
        for Decisive { check, why } in &self.decisive {
            write!(f, "; {check}: {why}")?;
        }
        Ok(())
    }
}

/// The verdict of several checks: the worst of them, whatever order they come in. One that failed, could not measure or
/// has no answer decides at once; otherwise all must have passed.
#[must_use]
pub fn overall<'a>(checks: impl IntoIterator<Item = (&'a str, Assessment)>) -> Overall {
    let mut all: Vec<_> = checks.into_iter().collect();
    let phase = all.iter().map(|(_, assessment)| assessment.phase).max().unwrap_or(CheckPhase::Pending);
    all.retain(|(_, assessment)| assessment.phase == phase);
    let decisive = all.into_iter().map(|(check, one)| Decisive { check: check.into(), why: one.why });
    let mut decisive: Vec<_> = decisive.collect();
    decisive.sort();
    Overall { phase, decisive }
}
