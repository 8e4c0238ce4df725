//! What a tally means under the rules of its check.

use super::check::Check;
use super::rules::{ArgoRules, FlaggerRules, MissingData, Rules, StrictRules};
use super::tally::Tally;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a check stands, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckPhase {
    /// It passed.
    Successful,
    /// It goes on.
    Running,
    /// Nothing was measured yet.
    Pending,
    /// It is blind for too long to go forward, and waits: the rollout pauses.
    Held,
    /// It ended without an answer: a person is asked.
    Inconclusive,
    /// It ended because it could not measure.
    Error,
    /// It failed.
    Failed,
}

impl CheckPhase {
    /// Whether nothing is measured any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Successful | Self::Inconclusive | Self::Error | Self::Failed => true,
            Self::Running | Self::Pending | Self::Held => false,
        }
    }
}

impl fmt::Display for CheckPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Successful => "successful",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
            Self::Failed => "failed",
        })
    }
}

/// Whether the stage still goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// There is time to measure.
    During,
    /// The stage is over, or was told to end.
    Ended,
}

/// A phase, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Assessment {
    /// Where the check stands.
    pub phase: CheckPhase,
    /// CheckReason.
    pub why: CheckReason,
}

/// CheckReason a check stands where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckReason {
    /// It was blind so often in a row.
    Blind {
        /// Blind measurements in a row.
        in_row: u32,
        /// How many decide.
        limit: u32,
    },
    /// Enough was measured.
    Enough {
        /// The successes among it.
        successes: u32,
    },
    /// More errors in a row than are borne.
    Errors {
        /// Errors in a row.
        in_row: u32,
        /// How many are borne.
        limit: u32,
    },
    /// More failures than are borne.
    Failures {
        /// Failures.
        failures: u32,
        /// How many are borne.
        limit: u32,
    },
    /// More failures in a row than are borne.
    FailuresInRow {
        /// Failures since the last success, at their most.
        in_row: u32,
        /// How many are borne.
        limit: u32,
    },
    /// More measurements that do not say than are borne.
    Inconclusive {
        /// Those measurements.
        inconclusive: u32,
        /// How many are borne.
        limit: u32,
    },
    /// Nothing was measured yet.
    Nothing,
    /// Nothing decides yet.
    Open,
    /// As many successes in a row as are asked for.
    SuccessesInRow {
        /// Successes in a row.
        in_row: u32,
    },
    /// All measurements were taken, and the successes in a row never came.
    SuccessesMissing {
        /// Successes in a row.
        in_row: u32,
        /// How many are asked for.
        needed: u32,
    },
    /// It was told to end before anything decided, which counts as passed.
    Terminated {
        /// Successes until then: perhaps none.
        successes: u32,
    },
    /// It is over, and fewer measurements or successes than are asked for were seen.
    TooFew {
        /// Successes.
        successes: u32,
        /// How many are asked for.
        needed: u32,
    },
}

impl fmt::Display for CheckReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blind { in_row, limit } => {
                write!(f, "nothing seen {in_row} times in a row, of {limit} that decide")
            }
            Self::Enough { successes } => write!(f, "measured to the end, {successes} successes"),
            Self::Errors { in_row, limit } => write!(f, "{in_row} errors in a row, more than {limit}"),
            Self::Failures { failures, limit } => write!(f, "{failures} failures, more than {limit}"),
            Self::FailuresInRow { in_row, limit } => {
                write!(f, "{in_row} failures in a row, more than {limit}")
            }
            Self::Inconclusive { inconclusive, limit } => {
                write!(f, "{inconclusive} measurements do not say, more than {limit}")
            }
            Self::Nothing => f.write_str("nothing measured yet"),
            Self::Open => f.write_str("nothing decides yet"),
            Self::SuccessesInRow { in_row } => write!(f, "{in_row} successes in a row"),
            Self::SuccessesMissing { in_row, needed } => {
                write!(f, "measured to the end, {in_row} successes in a row of {needed}")
            }
            Self::Terminated { successes } => write!(f, "told to end, {successes} successes"),
            Self::TooFew { successes, needed } => {
                write!(f, "over too early, {successes} successes of {needed}")
            }
        }
    }
}

impl Check {
    /// Where it stands with such a tally.
    ///
    /// Under the strict rules *failed* and *error* are for ever, whatever is measured afterwards, and *successful* was
    /// seen so often as the rules ask. The others end where their controllers would stop to measure: hand no tally that
    /// went on.
    #[must_use]
    pub fn assess(&self, tally: &Tally, moment: Moment) -> Assessment {
        let count = self.schedule().count();
        let (phase, why) = match self.rules() {
            Rules::Argo(rules) => argo(rules, count, tally, moment),
            Rules::Flagger(rules) => flagger(*rules, count, tally),
            Rules::Strict(rules) => strict(rules, count, tally, moment),
        };
        Assessment { phase, why }
    }
}

/// Within one metric an error overrides what is inconclusive, and that a failure. A metric that is told to end before
/// anything decided is successful, even where it never measured.
fn argo(rules: &ArgoRules, count: Option<u32>, tally: &Tally, moment: Moment) -> (CheckPhase, CheckReason) {
    if tally.errors_in_row() > rules.errors_in_row {
        let why = CheckReason::Errors { in_row: tally.errors_in_row(), limit: rules.errors_in_row };
        return (CheckPhase::Error, why);
    }
    if tally.inconclusive() > rules.inconclusive {
        let why = CheckReason::Inconclusive { inconclusive: tally.inconclusive(), limit: rules.inconclusive };
        return (CheckPhase::Inconclusive, why);
    }
    if let Some(limit) = rules.failures
        && tally.failures() > limit
    {
        return (CheckPhase::Failed, CheckReason::Failures { failures: tally.failures(), limit });
    }
    let in_row = tally.successes_in_row();
    if let Some(needed) = rules.successes_in_row
        && in_row >= needed.get()
    {
        return (CheckPhase::Successful, CheckReason::SuccessesInRow { in_row });
    }
    if count.is_some_and(|count| tally.said() >= count) {
        return match (rules.successes_in_row, rules.failures) {
            (None, _) => (CheckPhase::Successful, CheckReason::Enough { successes: tally.successes() }),
            (Some(needed), failures) => {
                let phase = if failures.is_some() { CheckPhase::Inconclusive } else { CheckPhase::Failed };
                (phase, CheckReason::SuccessesMissing { in_row, needed: needed.get() })
            }
        };
    }
    match moment {
        Moment::Ended => (CheckPhase::Successful, CheckReason::Terminated { successes: tally.successes() }),
        Moment::During => open(tally),
    }
}

/// Whatever is no success is a failed check; it goes forward tick by successful tick, and never ends by itself.
fn flagger(rules: FlaggerRules, count: Option<u32>, tally: &Tally) -> (CheckPhase, CheckReason) {
    // Missing data is among the failures already.
    let failures = tally.failures().saturating_add(tally.inconclusive()).saturating_add(tally.errors());
    if failures > 0 && failures >= rules.threshold {
        return (
            CheckPhase::Failed,
            CheckReason::Failures { failures, limit: rules.threshold.saturating_sub(1) },
        );
    }
    if count.is_some_and(|count| tally.successes() >= count) {
        return (CheckPhase::Successful, CheckReason::Enough { successes: tally.successes() });
    }
    open(tally)
}

fn strict(
    rules: &StrictRules,
    count: Option<u32>,
    tally: &Tally,
    moment: Moment,
) -> (CheckPhase, CheckReason) {
    if tally.failures() > rules.max_failures {
        return (
            CheckPhase::Failed,
            CheckReason::Failures { failures: tally.failures(), limit: rules.max_failures },
        );
    }
    if let Some(limit) = rules.max_failures_in_row
        && tally.most_failures_in_row() > limit
    {
        return (
            CheckPhase::Failed,
            CheckReason::FailuresInRow { in_row: tally.most_failures_in_row(), limit },
        );
    }
    let patience = rules.patience;
    if tally.most_blind_in_row() >= patience.abort_after {
        let why = CheckReason::Blind { in_row: tally.most_blind_in_row(), limit: patience.abort_after };
        return (CheckPhase::Error, why);
    }
    if tally.inconclusive() > rules.max_inconclusive {
        let why =
            CheckReason::Inconclusive { inconclusive: tally.inconclusive(), limit: rules.max_inconclusive };
        return (CheckPhase::Inconclusive, why);
    }
    if tally.blind_in_row() >= patience.hold_after {
        return (
            CheckPhase::Held,
            CheckReason::Blind { in_row: tally.blind_in_row(), limit: patience.hold_after },
        );
    }
    let taken = match rules.missing {
        MissingData::Pass => tally.said().saturating_add(tally.no_data()),
        MissingData::Fail | MissingData::Hold => tally.said(),
    };
    let is_taken = count.map(|count| taken >= count);
    if is_taken != Some(true) && moment == Moment::During {
        return open(tally);
    }
    let successes = tally.successes();
    if is_taken != Some(false) && successes >= rules.min_successes {
        (CheckPhase::Successful, CheckReason::Enough { successes })
    } else {
        (CheckPhase::Inconclusive, CheckReason::TooFew { successes, needed: rules.min_successes })
    }
}

fn open(tally: &Tally) -> (CheckPhase, CheckReason) {
    if tally.is_empty() {
        (CheckPhase::Pending, CheckReason::Nothing)
    } else {
        (CheckPhase::Running, CheckReason::Open)
    }
}
