//! What was measured so far, in whole numbers.

use super::rules::MissingData;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one measurement came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// The new version does as it should.
    Success,
    /// It does not.
    Failure,
    /// The measurement does not say.
    Inconclusive,
    /// The provider answered, with nothing.
    NoData,
    /// The provider did not answer, or not in a form that the check can read.
    Error,
}

impl Measured {
    /// One measurement for a whole tick, as Flagger counts: it is a success only where all are, and otherwise the first
    /// that is none; `None` where there was nothing to measure.
    #[must_use]
    pub fn of_tick(measured: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut all = None;
        for one in measured {
            if one != Self::Success {
                return Some(one);
            }
            all = Some(one);
        }
        all
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Inconclusive => "inconclusive",
            Self::NoData => "no data",
            Self::Error => "error",
        })
    }
}

/// What one check measured so far. Counts stop at their largest value.
///
/// The longest rows are kept beside the current ones, so that what once failed stays failed, whatever is measured
/// afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tally {
    successes: u32,
    failures: u32,
    inconclusive: u32,
    no_data: u32,
    errors: u32,
    successes_in_row: u32,
    failures_in_row: u32,
    most_failures_in_row: u32,
    errors_in_row: u32,
    blind_in_row: u32,
    most_blind_in_row: u32,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more measurement; `missing` says what one without data counts as.
    pub fn observe(&mut self, measured: Measured, missing: MissingData) {
        match measured {
            Measured::Success => {
                add(&mut self.successes);
                add(&mut self.successes_in_row);
                self.failures_in_row = 0;
                self.see();
            }
            Measured::Failure => self.fail(),
            Measured::Inconclusive => {
                add(&mut self.inconclusive);
                self.successes_in_row = 0;
                self.see();
            }
            Measured::NoData => {
                add(&mut self.no_data);
                match missing {
                    MissingData::Fail => self.fail(),
                    MissingData::Hold => {
                        self.errors_in_row = 0;
                        self.go_blind();
                    }
                    MissingData::Pass => self.see(),
                }
            }
            Measured::Error => {
                add(&mut self.errors);
                self.go_blind();
                add(&mut self.errors_in_row);
            }
        }
    }

    fn fail(&mut self) {
        add(&mut self.failures);
        add(&mut self.failures_in_row);
        self.most_failures_in_row = self.most_failures_in_row.max(self.failures_in_row);
        self.successes_in_row = 0;
        self.see();
    }

    fn see(&mut self) {
        self.errors_in_row = 0;
        self.blind_in_row = 0;
    }

    /// A row of failures goes on: not to see is no success.
    fn go_blind(&mut self) {
        self.successes_in_row = 0;
        add(&mut self.blind_in_row);
        self.most_blind_in_row = self.most_blind_in_row.max(self.blind_in_row);
    }

    /// Measurements that were a success.
    #[must_use]
    pub fn successes(&self) -> u32 {
        self.successes
    }

    /// Measurements that were a failure, and those without data where they count as one.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Measurements that did not say.
    #[must_use]
    pub fn inconclusive(&self) -> u32 {
        self.inconclusive
    }

    /// Measurements without data, whatever they count as.
    #[must_use]
    pub fn no_data(&self) -> u32 {
        self.no_data
    }

    /// Measurements that went wrong.
    #[must_use]
    pub fn errors(&self) -> u32 {
        self.errors
    }

    /// Successes since anything else was measured.
    #[must_use]
    pub fn successes_in_row(&self) -> u32 {
        self.successes_in_row
    }

    /// Failures since the last success.
    #[must_use]
    pub fn failures_in_row(&self) -> u32 {
        self.failures_in_row
    }

    /// The most failures between two successes.
    #[must_use]
    pub fn most_failures_in_row(&self) -> u32 {
        self.most_failures_in_row
    }

    /// Errors since anything else was measured.
    #[must_use]
    pub fn errors_in_row(&self) -> u32 {
        self.errors_in_row
    }

    /// Errors, and missing data that is waited for, since anything was seen.
    #[must_use]
    pub fn blind_in_row(&self) -> u32 {
        self.blind_in_row
    }

    /// The most of them in a row.
    #[must_use]
    pub fn most_blind_in_row(&self) -> u32 {
        self.most_blind_in_row
    }

    /// Measurements that said something: successes, failures and inconclusive ones.
    #[must_use]
    pub fn said(&self) -> u32 {
        self.successes.saturating_add(self.failures).saturating_add(self.inconclusive)
    }

    /// Whether nothing was measured yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn add(count: &mut u32) {
    *count = count.saturating_add(1);
}
