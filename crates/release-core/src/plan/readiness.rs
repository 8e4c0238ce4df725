//! What a release needs of its surroundings, and whether it is there.

use serde::{Deserialize, Serialize};
use std::fmt;
use toban_core::{PortErrorKind, Text};

/// One thing that must be there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// What it is called by, once in the plan.
    pub id: String,
    /// What it is.
    pub need: Need,
    /// Why the release needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// What can be needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Need {
    /// Of a server: so much of a resource.
    Server {
        /// Which server.
        host: String,
        /// What of it.
        resource: Resource,
        /// At least so much.
        at_least: u64,
    },
    /// A service that answers.
    Service {
        /// Where: `host:port`, or a URL.
        address: String,
    },
    /// An environment variable that is set. Its value is nobody's business.
    Variable {
        /// Its name.
        name: String,
    },
}

/// What a server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Processors.
    Cpus,
    /// Memory that is free, in mebibytes.
    MemoryMib,
    /// Room on the disk that is free, in mebibytes.
    DiskMib,
    /// The speed of its network, in megabits a second.
    NetworkMbits,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cpus => "processors",
            Self::MemoryMib => "MiB of memory",
            Self::DiskMib => "MiB of disk",
            Self::NetworkMbits => "Mbit/s",
        })
    }
}

/// What was seen of a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Observation {
    /// So much of a resource.
    Amount(u64),
    /// It is there: it answers, it is set.
    Present,
    /// It is not.
    Absent,
}

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not; this was seen.
    No(Observation),
    /// It was looked for in vain: the probe failed, or what it saw does not fit the need.
    Unknown(Option<PortErrorKind>),
    /// Nobody has looked.
    NotProbed,
}

/// Each requirement of a plan, and whether it is met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// In the order of the plan.
    pub lines: Vec<(Requirement, Met)>,
}

impl Readiness {
    /// What probes have seen, by the ids of the requirements, held against the requirements; of several answers the
    /// last one counts.
    #[must_use]
    pub fn of(requirements: &[Requirement], seen: &[(String, Result<Observation, PortErrorKind>)]) -> Self {
        let line = |requirement: &Requirement| {
            let answer = seen.iter().rev().find(|(id, _)| *id == requirement.id);
            let met = match answer {
                None => Met::NotProbed,
                Some((_, Err(kind))) => Met::Unknown(Some(*kind)),
                Some((_, Ok(observation))) => requirement.need.judge(*observation),
            };
            (requirement.clone(), met)
        };
        Self { lines: requirements.iter().map(line).collect() }
    }
}

impl Need {
    /// Whether what was seen is enough.
    #[must_use]
    pub fn judge(&self, seen: Observation) -> Met {
        match (self, seen) {
            (Self::Server { at_least, .. }, Observation::Amount(amount)) => {
                if amount >= *at_least {
                    Met::Yes
                } else {
                    Met::No(seen)
                }
            }
            (Self::Service { .. } | Self::Variable { .. }, Observation::Present) => Met::Yes,
            (_, Observation::Absent) => Met::No(seen),
            (Self::Server { .. }, Observation::Present)
            | (Self::Service { .. } | Self::Variable { .. }, Observation::Amount(_)) => Met::Unknown(None),
        }
    }
}
