//! Whose rules a check follows: those of two well-known controllers, with their traps, and strict ones.

use super::check::Schedule;
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// How measurements become a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rules {
    /// As Argo Rollouts counts.
    Argo(ArgoRules),
    /// As Flagger counts.
    Flagger(FlaggerRules),
    /// Our own: nothing passes that was not seen to pass.
    Strict(StrictRules),
}

/// Whose rules those are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Profile {
    /// Argo Rollouts.
    Argo,
    /// Flagger.
    Flagger,
    /// Our own.
    Strict,
}

impl Rules {
    /// Whose they are.
    #[must_use]
    pub fn profile(&self) -> Profile {
        match self {
            Self::Argo(_) => Profile::Argo,
            Self::Flagger(_) => Profile::Flagger,
            Self::Strict(_) => Profile::Strict,
        }
    }

    /// What a measurement without data counts as. Argo Rollouts knows no such thing: the query fails where it reads an
    /// element of an empty answer.
    #[must_use]
    pub fn missing(&self) -> MissingData {
        match self {
            Self::Argo(_) => MissingData::Hold,
            Self::Flagger(_) => MissingData::Fail,
            Self::Strict(rules) => rules.missing,
        }
    }
}

/// What a measurement without data counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingData {
    /// As a failure.
    Fail,
    /// As nothing: it is waited for, as for a provider that is down.
    Hold,
    /// As a measurement taken, without harm. It still is none of the successes that are asked for: a check that never
    /// saw anything does not pass.
    Pass,
}

/// The limits of a metric in Argo Rollouts. A limit says how many are borne: one more decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgoRules {
    /// `failureLimit`; `None` is their −1: failures never decide.
    pub failures: Option<u32>,
    /// `inconclusiveLimit`.
    pub inconclusive: u32,
    /// `consecutiveErrorLimit`.
    pub errors_in_row: u32,
    /// `consecutiveSuccessLimit`: so many successes in a row are enough; `None` is their 0.
    pub successes_in_row: Option<NonZero<u32>>,
}

impl ArgoRules {
    /// What holds in Argo Rollouts where nothing is said: no failure, no inconclusive measurement, four errors in a row.
    #[must_use]
    pub fn argo_rollouts() -> Self {
        Self { failures: Some(0), inconclusive: 0, errors_in_row: 4, successes_in_row: None }
    }

    /// What their validator refuses, and no more.
    pub(super) fn validate(&self, schedule: &Schedule) -> Result<(), RulesError> {
        if self.failures.is_none() && self.successes_in_row.is_none() {
            return Err(RulesError::NoLimit);
        }
        let needed = self.failures.unwrap_or(0).saturating_add(self.successes_in_row.map_or(0, NonZero::get));
        match schedule.count() {
            Some(count) if count < needed => Err(RulesError::Count { count, needed }),
            _ => Ok(()),
        }
    }
}

/// The threshold of a canary in Flagger. It counts ticks, over all checks together: give
/// [`Measured::of_tick`](super::Measured::of_tick) to one tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlaggerRules {
    /// `threshold`: so many failed ticks, ever, bring the rollback; no success takes one back.
    pub threshold: u32,
}

impl FlaggerRules {
    /// What holds in Flagger where nothing is said: the first failed tick.
    #[must_use]
    pub fn flagger() -> Self {
        Self { threshold: 1 }
    }
}

/// Our own limits. A limit says how many are borne: one more decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrictRules {
    /// So many successes, at least one, must have been measured before anything passes.
    pub min_successes: u32,
    /// Failures in all.
    pub max_failures: u32,
    /// Failures since the last success; `None`: as many as in all.
    #[serde(default)]
    pub max_failures_in_row: Option<u32>,
    /// Measurements that do not say: with more a person is asked.
    pub max_inconclusive: u32,
    /// What a measurement without data counts as. There is no default.
    pub missing: MissingData,
    /// How long a provider may be down.
    pub patience: Patience,
}

/// How long a check waits for a provider that is down, or for data that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    /// How soon it asks again, in steady time.
    #[serde(with = "crate::plan::length::text")]
    pub retry: chrono::TimeDelta,
    /// After so many blind measurements in a row the rollout pauses.
    pub hold_after: u32,
    /// After so many the check ends with an error. Where it was longer blind than that, it stays so.
    pub abort_after: u32,
}

impl StrictRules {
    pub(super) fn validate(&self, schedule: &Schedule) -> Result<(), RulesError> {
        if self.min_successes == 0 {
            return Err(RulesError::NoSuccess);
        }
        let Patience { retry, hold_after, abort_after } = self.patience;
        if retry <= chrono::TimeDelta::zero() {
            return Err(RulesError::Retry { retry });
        }
        if hold_after == 0 || hold_after >= abort_after {
            return Err(RulesError::Patience { hold_after, abort_after });
        }
        if let Some(in_row) = self.max_failures_in_row
            && in_row >= self.max_failures
        {
            return Err(RulesError::InRow { in_row, in_all: self.max_failures });
        }
        if let Some(count) = schedule.count() {
            if self.min_successes > count {
                return Err(RulesError::TooManySuccesses { needed: self.min_successes, count });
            }
            // In a row as well: with a limit in a row below the limit in all, the count may still be too small for it.
            if self.max_failures_in_row.unwrap_or(self.max_failures) >= count {
                let limit = self.max_failures_in_row.unwrap_or(self.max_failures);
                return Err(RulesError::NeverFails { limit, count });
            }
        }
        Ok(())
    }
}

/// Limits that cannot do what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// The validator of Argo Rollouts asks for more measurements.
    #[error("{count} measurements are fewer than the failures and successes in a row together: {needed}")]
    Count {
        /// How many are taken.
        count: u32,
        /// How many the limits add up to.
        needed: u32,
    },
    /// The limit in a row never decides before the limit in all does.
    #[error("{in_row} failures in a row are not fewer than {in_all} in all: that limit would never decide")]
    InRow {
        /// Borne in a row.
        in_row: u32,
        /// Borne in all.
        in_all: u32,
    },
    /// All measurements could fail without failing the check.
    #[error("{limit} failures are borne in {count} measurements: the check could never fail")]
    NeverFails {
        /// How many are borne.
        limit: u32,
        /// How many measurements are taken.
        count: u32,
    },
    /// Neither failures nor successes decide.
    #[error("neither failures nor successes in a row decide")]
    NoLimit,
    /// It would pass unseen.
    #[error("a check passes with at least one success")]
    NoSuccess,
    /// It would abort before it pauses, or never see anything.
    #[error(
        "a pause after {hold_after} blind measurements, an end after {abort_after}: 1 or more, then more than that"
    )]
    Patience {
        /// Until the pause.
        hold_after: u32,
        /// Until the end.
        abort_after: u32,
    },
    /// It would ask again at once.
    #[error("a provider is asked again after {retry}: more than no time")]
    Retry {
        /// What was given.
        retry: chrono::TimeDelta,
    },
    /// It can never pass.
    #[error("{needed} successes are asked for in {count} measurements")]
    TooManySuccesses {
        /// How many are asked for.
        needed: u32,
        /// How many measurements are taken.
        count: u32,
    },
}
