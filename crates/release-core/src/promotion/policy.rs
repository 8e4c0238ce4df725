//! What each environment asks of a version before it comes there.

use crate::plan::EnvironmentKind;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use toban_core::PersonId;

/// What an environment is called: `staging`, `production-eu`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentId(String);

impl EnvironmentId {
    /// The environment of this name.
    ///
    /// # Errors
    /// When the name is empty or has white space in it.
    pub fn new(name: impl Into<String>) -> Result<Self, EnvironmentIdError> {
        let name = name.into();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(EnvironmentIdError { name });
        }
        Ok(Self(name))
    }

    /// As a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<EnvironmentKind> for EnvironmentId {
    fn from(kind: EnvironmentKind) -> Self {
        Self(kind.to_string())
    }
}

impl TryFrom<String> for EnvironmentId {
    type Error = EnvironmentIdError;

    fn try_from(name: String) -> Result<Self, EnvironmentIdError> {
        Self::new(name)
    }
}

impl From<EnvironmentId> for String {
    fn from(id: EnvironmentId) -> Self {
        id.0
    }
}

/// A name that no environment has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no environment: it needs a character and no white space")]
pub struct EnvironmentIdError {
    /// What was given.
    pub name: String,
}

/// Where a version must have been verified before.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upstream {
    /// In each of these.
    All(Vec<EnvironmentId>),
    /// Nowhere: it comes straight from where it was built.
    Direct,
    /// In one of these, whichever.
    OneOf(Vec<EnvironmentId>),
}

/// Who must say so before a version comes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// Nobody: it comes as soon as everything else allows it.
    Automatic,
    /// A person, whoever.
    Anybody,
    /// One of these.
    OneOf(BTreeSet<PersonId>),
}

/// What one environment asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionRule {
    /// Where a version must have been verified.
    pub upstream: Upstream,
    /// How long it must have run there since then.
    #[serde(with = "crate::plan::length::text")]
    pub soak: TimeDelta,
    /// Who must say so.
    pub leave: Leave,
}

/// What a [`PromotionPolicy`] is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionPolicySpec {
    /// The environments, in the order in which a version goes through them.
    pub order: Vec<EnvironmentId>,
    /// What each of them asks for.
    pub rules: BTreeMap<EnvironmentId, PromotionRule>,
}

/// The way of a version through the environments: each has a rule, and looks only at those before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PromotionPolicySpec", into = "PromotionPolicySpec")]
pub struct PromotionPolicy(PromotionPolicySpec);

impl TryFrom<PromotionPolicySpec> for PromotionPolicy {
    type Error = PolicyError;

    fn try_from(spec: PromotionPolicySpec) -> Result<Self, PolicyError> {
        Self::new(spec)
    }
}

impl From<PromotionPolicy> for PromotionPolicySpec {
    fn from(policy: PromotionPolicy) -> Self {
        policy.0
    }
}

impl PromotionPolicy {
    /// Such a policy.
    ///
    /// # Errors
    /// When an environment stands twice in the order, has no rule, or has one that could never be met: one that looks at
    /// no environment, at one that does not come before it, that names nobody, or soaks for less than no time.
    pub fn new(spec: PromotionPolicySpec) -> Result<Self, PolicyError> {
        for (place, environment) in spec.order.iter().enumerate() {
            let (environment, before) = (environment.clone(), spec.order.get(..place).unwrap_or_default());
            if before.contains(&environment) {
                return Err(PolicyError::Twice { environment });
            }
            let Some(rule) = spec.rules.get(&environment) else {
                return Err(PolicyError::NoRule { environment });
            };
            let upstream: &[EnvironmentId] = match &rule.upstream {
                Upstream::All(all) | Upstream::OneOf(all) if all.is_empty() => {
                    return Err(PolicyError::Nowhere { environment });
                }
                Upstream::All(all) | Upstream::OneOf(all) => all,
                Upstream::Direct => &[],
            };
            if let Some(upstream) = upstream.iter().find(|one| !before.contains(one)) {
                return Err(PolicyError::NotBefore { environment, upstream: upstream.clone() });
            }
            if rule.soak < TimeDelta::zero() {
                return Err(PolicyError::Soak { environment, soak: rule.soak });
            }
            if matches!(&rule.leave, Leave::OneOf(people) if people.is_empty()) {
                return Err(PolicyError::Nobody { environment });
            }
        }
        match spec.rules.keys().find(|environment| !spec.order.contains(environment)) {
            Some(environment) => Err(PolicyError::Unknown { environment: environment.clone() }),
            None => Ok(Self(spec)),
        }
    }

    /// The environments, in order.
    #[must_use]
    pub fn order(&self) -> &[EnvironmentId] {
        &self.0.order
    }

    /// What an environment asks for; `None` where it is none of these.
    #[must_use]
    pub fn rule(&self, environment: &EnvironmentId) -> Option<&PromotionRule> {
        self.0.rules.get(environment)
    }
}

/// A policy that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Nobody could give leave.
    #[error("{environment} asks for the leave of one of nobody")]
    Nobody {
        /// Where.
        environment: EnvironmentId,
    },
    /// Nobody said what it asks for.
    #[error("{environment} has no rule")]
    NoRule {
        /// Where.
        environment: EnvironmentId,
    },
    /// It looks at what comes later.
    #[error("{environment} looks at {upstream}, which does not come before it")]
    NotBefore {
        /// Where.
        environment: EnvironmentId,
        /// At what it looks.
        upstream: EnvironmentId,
    },
    /// It looks at nothing, without saying so.
    #[error(
        "{environment} looks at no environment: a version that comes straight from its build is `direct`"
    )]
    Nowhere {
        /// Where.
        environment: EnvironmentId,
    },
    /// A soak is negative.
    #[error("the soak of {environment} is {soak}: it cannot be negative")]
    Soak {
        /// Where.
        environment: EnvironmentId,
        /// What was given.
        soak: TimeDelta,
    },
    /// It comes twice.
    #[error("{environment} stands twice in the order")]
    Twice {
        /// Which.
        environment: EnvironmentId,
    },
    /// It has a rule and no place.
    #[error("{environment} has a rule and stands nowhere in the order")]
    Unknown {
        /// Which.
        environment: EnvironmentId,
    },
}
