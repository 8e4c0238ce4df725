//! What share of events must be good.

use std::fmt;
use toban_core::{Ratio, RatioError, Share};

/// The share of events, or of slices of time, that must be good: an exact decimal above 0 and at most 1.
///
/// An objective of 100 % is allowed and has no error budget: [`Objective::budget`] says so.
///
/// ```
/// use toban_slo::Objective;
/// let objective = Objective::percent("99.9")?;
/// assert_eq!(objective.to_string(), "99.9 %");
/// assert_eq!(objective.budget().map(|b| b.to_string()), Some("0.001".into()));
/// assert_eq!(Objective::percent("100")?.budget(), None);
/// assert!(Objective::percent("0").is_err());
/// # Ok::<(), toban_slo::ObjectiveError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Objective(Share);

/// The finest objective: twelve decimals of a share. It keeps every figure of a report within 128 bits.
const FINEST: u128 = 1_000_000_000_000;

impl Objective {
    /// The objective that a percentage names, such as `"99.9"`.
    ///
    /// # Errors
    /// When the text is no decimal, or the value is 0, above 100, or finer than ten decimals.
    pub fn percent(text: &str) -> Result<Self, ObjectiveError> {
        let share = Share::percent(text)
            .map_err(|source| ObjectiveError::NotAShare { text: text.chars().take(40).collect(), source })?;
        Self::new(share)
    }

    /// The objective that a share of one names.
    ///
    /// # Errors
    /// When the share is 0 or finer than twelve decimals.
    pub fn new(share: Share) -> Result<Self, ObjectiveError> {
        if share == Share::NONE {
            return Err(ObjectiveError::Zero);
        }
        if !FINEST.is_multiple_of(share.as_ratio().denominator()) {
            return Err(ObjectiveError::TooFine { share });
        }
        Ok(Self(share))
    }

    /// The share of good events that is aimed at.
    #[must_use]
    pub fn target(&self) -> Share {
        self.0
    }

    /// The share that may be bad, or `None` at 100 %, where nothing may.
    #[must_use]
    pub fn budget(&self) -> Option<Share> {
        let budget = self.0.rest();
        (budget != Share::NONE).then_some(budget)
    }

    /// The burn rate of a total outage, 1/(1 − objective): no burn rate lies above it. `None` at 100 %.
    #[must_use]
    pub fn highest_burn_rate(&self) -> Option<Ratio> {
        self.budget().and_then(|budget| Ratio::ONE.checked_div(budget.as_ratio()))
    }

    /// The allowed share as `(numerator, denominator)` of at most 40 bits each; the numerator is 0 at 100 %.
    pub(crate) fn allowance(&self) -> (u64, u64) {
        let rest = self.0.rest().as_ratio();
        let word = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        (word(rest.numerator()), word(rest.denominator()))
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_percent())
    }
}

/// A value is no objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectiveError {
    /// The text is no percentage.
    #[error("an objective is a percentage above 0 and at most 100: {text:?}")]
    NotAShare {
        /// The rejected text, at most its first 40 characters.
        text: String,
        /// What is wrong with it.
        source: RatioError,
    },
    /// Finer than twelve decimals of a share.
    #[error("an objective has at most twelve decimals as a share of one: {share}")]
    TooFine {
        /// The rejected value.
        share: Share,
    },
    /// An objective of 0 is kept by a service that never works.
    #[error("an objective is above 0 %: 0 % is kept by a service that never works")]
    Zero,
}
