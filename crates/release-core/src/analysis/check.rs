//! One thing to measure: what to ask for, how often, who judges the answer, and by whose rules.

use super::rules::{MissingData, Profile, Rules, RulesError};
use super::tally::{Measured, Tally};
use crate::judge::{Judge, JudgeError, Judged, Reading};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How often something is measured. Lengths are steady time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Once.
    Once {
        /// After the stage began.
        #[serde(with = "crate::plan::length::text")]
        after: TimeDelta,
    },
    /// So many times.
    Times {
        /// How many.
        count: u32,
        /// From one to the next.
        #[serde(with = "crate::plan::length::text")]
        interval: TimeDelta,
        /// The first, after the stage began.
        #[serde(with = "crate::plan::length::text")]
        after: TimeDelta,
    },
    /// Until the stage is over.
    UntilEnd {
        /// From one to the next.
        #[serde(with = "crate::plan::length::text")]
        interval: TimeDelta,
        /// The first, after the stage began.
        #[serde(with = "crate::plan::length::text")]
        after: TimeDelta,
    },
}

/// When an error of Argo Rollouts is measured again.
const ARGO_RETRY: TimeDelta = TimeDelta::seconds(10);

/// Flagger ticks no faster.
const FLAGGER_FLOOR: TimeDelta = TimeDelta::seconds(10);

impl Schedule {
    /// What Argo Rollouts makes of `count`, `interval` and `initialDelay`: without an interval it measures once, with an
    /// interval alone until the end.
    ///
    /// # Errors
    /// When several are to be measured without an interval.
    pub fn argo_rollouts(
        count: Option<u32>,
        interval: Option<TimeDelta>,
        initial_delay: Option<TimeDelta>,
    ) -> Result<Self, ScheduleError> {
        let after = initial_delay.unwrap_or_default();
        match (count, interval) {
            (None | Some(1), None) => Ok(Self::Once { after }),
            (Some(0), _) => Err(ScheduleError::Never),
            (Some(count), None) => Err(ScheduleError::NoInterval { count }),
            (Some(count), Some(interval)) => Ok(Self::Times { count, interval, after }),
            (None, Some(interval)) => Ok(Self::UntilEnd { interval, after }),
        }
    }

    /// How many measurements are taken; `None`: as many as the stage has time for.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        match self {
            Self::Once { .. } => Some(1),
            Self::Times { count, .. } => Some(*count),
            Self::UntilEnd { .. } => None,
        }
    }

    /// From one measurement to the next; `None` where there is only one.
    #[must_use]
    pub fn interval(&self) -> Option<TimeDelta> {
        match self {
            Self::Once { .. } => None,
            Self::Times { interval, .. } | Self::UntilEnd { interval, .. } => Some(*interval),
        }
    }

    /// The first measurement, after the stage began.
    #[must_use]
    pub fn after(&self) -> TimeDelta {
        match self {
            Self::Once { after } | Self::Times { after, .. } | Self::UntilEnd { after, .. } => *after,
        }
    }

    fn validate(&self) -> Result<(), ScheduleError> {
        if self.count() == Some(0) {
            return Err(ScheduleError::Never);
        }
        if self.after() < TimeDelta::zero() {
            return Err(ScheduleError::After { after: self.after() });
        }
        match self.interval() {
            Some(interval) if interval <= TimeDelta::zero() => Err(ScheduleError::Interval { interval }),
            _ => Ok(()),
        }
    }
}

/// A schedule that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Before the stage.
    #[error("the first measurement {after} after the stage began: not before it")]
    After {
        /// What was given.
        after: TimeDelta,
    },
    /// All at once.
    #[error("an interval of {interval}: more than no time")]
    Interval {
        /// What was given.
        interval: TimeDelta,
    },
    /// None.
    #[error("a check measures at least once")]
    Never,
    /// Several, at no distance.
    #[error("{count} measurements need an interval")]
    NoInterval {
        /// How many.
        count: u32,
    },
}

/// What a [`Check`] is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// What people call it; each check of a plan has its own name.
    pub name: String,
    /// What the provider is asked, in its own language.
    pub query: String,
    /// Who says what an answer means.
    pub judge: Judge,
    /// How often it is asked.
    pub schedule: Schedule,
    /// What the answers come to.
    pub rules: Rules,
    /// The stages in which it is measured, by their names; all where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
}

/// One thing to measure, which can pass, and can fail.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "CheckSpec", into = "CheckSpec")]
pub struct Check(CheckSpec);

impl TryFrom<CheckSpec> for Check {
    type Error = CheckError;

    fn try_from(spec: CheckSpec) -> Result<Self, CheckError> {
        Self::new(spec)
    }
}

impl From<Check> for CheckSpec {
    fn from(check: Check) -> Self {
        check.0
    }
}

impl Check {
    /// Such a check.
    ///
    /// # Errors
    /// When it has no name, asks nothing, its schedule cannot be kept, or its rules cannot do what they are for. The
    /// rules of others are held to what their own validators hold them to, and keep their traps; strict rules need a
    /// condition, and conditions that do not contradict each other, too.
    pub fn new(spec: CheckSpec) -> Result<Self, CheckError> {
        if spec.name.trim().is_empty() {
            return Err(CheckError::Unnamed);
        }
        if spec.query.trim().is_empty() {
            return Err(CheckError::NoQuery { check: spec.name });
        }
        let rules = |source| CheckError::Rules { check: spec.name.clone(), source };
        let judge = |source| CheckError::Judge { check: spec.name.clone(), source };
        if let Err(source) = spec.schedule.validate() {
            return Err(CheckError::Schedule { check: spec.name, source });
        }
        match &spec.rules {
            Rules::Argo(argo) => argo.validate(&spec.schedule).map_err(rules)?,
            Rules::Flagger(_) => {}
            Rules::Strict(strict) => {
                strict.validate(&spec.schedule).map_err(rules)?;
                spec.judge.validate().map_err(judge)?;
            }
        }
        Ok(Self(spec))
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What the provider is asked.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.0.query
    }

    /// The stages in which it is measured; all where none is named.
    #[must_use]
    pub fn stages(&self) -> &[String] {
        &self.0.stages
    }

    /// Whether it is measured in a stage of that name.
    #[must_use]
    pub fn is_of(&self, stage: &str) -> bool {
        self.0.stages.is_empty() || self.0.stages.iter().any(|name| name == stage)
    }

    /// Who says what an answer means.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        &self.0.judge
    }

    /// How often it is asked.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.0.schedule
    }

    /// What the answers come to.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// What an answer means, after what was measured so far: a judge that looks again and again asks more of each look.
    #[must_use]
    pub fn judge_reading(&self, tally: &Tally, reading: &Reading) -> Judged {
        let judged = self.0.judge.judge(reading, tally.said().saturating_add(1));
        let measured = match self.0.rules.profile() {
            // Argo Rollouts has no word for it: the query reads an element that is not there.
            Profile::Argo if judged.measured == Measured::NoData => Measured::Error,
            // A rate of nothing in nothing is no rate; to the others it is a comparison that fails.
            Profile::Strict if matches!(reading, Reading::Value(value) if value.is_nan()) => Measured::NoData,
            _ => judged.measured,
        };
        Judged { measured, ..judged }
    }

    /// Counts a measurement as the rules count it.
    pub fn observe(&self, tally: &mut Tally, measured: Measured) {
        tally.observe(measured, self.0.rules.missing());
    }

    /// Whether it is measured again after it has passed: strict rules let a failure count for as long as it is on.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.0.rules.profile() == Profile::Strict && self.0.schedule.interval().is_some()
    }

    /// How long until the next measurement, from the begin of the stage or from the last one. Whether there is a next
    /// one at all, the assessment says: none once it is final.
    #[must_use]
    pub fn next_in(&self, last: Option<Measured>) -> TimeDelta {
        let Some(last) = last else { return self.0.schedule.after() };
        let interval = self.0.schedule.interval();
        match &self.0.rules {
            Rules::Argo(_) if last == Measured::Error => ARGO_RETRY,
            Rules::Argo(_) => interval.unwrap_or(ARGO_RETRY),
            // Without an interval it ticks once a minute.
            Rules::Flagger(_) => interval.unwrap_or(TimeDelta::minutes(1)).max(FLAGGER_FLOOR),
            Rules::Strict(rules) => {
                let is_blind = last == Measured::Error
                    || (last == Measured::NoData && rules.missing == MissingData::Hold);
                interval.filter(|_| !is_blind).unwrap_or(rules.patience.retry)
            }
        }
    }
}

/// A check that could not do what it is for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// Its judge.
    #[error("the judge of {check} cannot judge")]
    Judge {
        /// The check.
        check: String,
        /// CheckReason.
        source: JudgeError,
    },
    /// It asks nothing.
    #[error("{check} asks nothing")]
    NoQuery {
        /// The check.
        check: String,
    },
    /// Its rules.
    #[error("the rules of {check} cannot hold")]
    Rules {
        /// The check.
        check: String,
        /// CheckReason.
        source: RulesError,
    },
    /// Its schedule.
    #[error("the schedule of {check} cannot be kept")]
    Schedule {
        /// The check.
        check: String,
        /// CheckReason.
        source: ScheduleError,
    },
    /// Nobody could speak of it.
    #[error("a check has a name")]
    Unnamed,
}
