//! A fake of each port, and the contract of each port as a suite.
#![expect(clippy::panic, reason = "a broken contract fails a test by panicking")]

use crate::Probe;
use crate::plan::{Need, Observation};
use async_trait::async_trait;
use toban_core::{PortError, PortErrorKind};

/// A probe that sees what it was told.
#[derive(Clone, Debug, Default)]
pub struct FakeProbe {
    seen: Vec<(Need, Result<Observation, PortErrorKind>)>,
}

impl FakeProbe {
    /// A probe that sees nothing: every need is absent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It sees this of the need.
    #[must_use]
    pub fn with_seen(mut self, need: Need, observation: Observation) -> Self {
        self.seen.push((need, Ok(observation)));
        self
    }

    /// It fails to look at the need.
    #[must_use]
    pub fn with_failure(mut self, need: Need, kind: PortErrorKind) -> Self {
        self.seen.push((need, Err(kind)));
        self
    }
}

#[async_trait]
impl Probe for FakeProbe {
    async fn probe(&self, need: &Need) -> Result<Observation, PortError> {
        match self.seen.iter().rev().find(|(known, _)| known == need) {
            None => Ok(Observation::Absent),
            Some((_, Ok(observation))) => Ok(*observation),
            Some((_, Err(kind))) => Err(PortError::new(*kind, "look", "fake probe", "as it was told")),
        }
    }
}

/// The contract of [`Probe`], run on a world in which everything of `present` is there and nothing of `absent` is.
///
/// # Panics
/// Where the probe breaks it.
pub async fn probe_keeps_its_contract(probe: &dyn Probe, present: &[Need], absent: &[Need]) {
    for need in present {
        for look in ["at first", "again"] {
            match (need, probe.probe(need).await) {
                (Need::Server { at_least, .. }, Ok(Observation::Amount(amount))) if amount >= *at_least => {}
                (Need::Service { .. } | Need::Variable { .. }, Ok(Observation::Present)) => {}
                (_, Err(error)) if error.kind == PortErrorKind::Unsupported => {}
                (_, found) => panic!("{need:?} is there, and {look} the probe says {found:?}"),
            }
        }
    }
    for need in absent {
        match (need, probe.probe(need).await) {
            (Need::Server { at_least, .. }, Ok(Observation::Amount(amount))) if amount < *at_least => {}
            (_, Ok(Observation::Absent)) => {}
            (_, Err(error)) if error.kind == PortErrorKind::Unsupported => {}
            (_, found) => panic!("{need:?} is not there, and the probe says {found:?}"),
        }
    }
}
