//! Whether a rule fits an SLO, and its data.

use super::{AlertRule, Condition};
use crate::duration::{self, Short};
use crate::{Comparison, Objective, Window};
use chrono::TimeDelta;
use toban_core::Ratio;

/// Whether a rule can fire for an SLO with that objective and main window, and not always does.
pub(super) fn check(rule: &AlertRule, objective: Objective, window: Window) -> Result<(), PolicyError> {
    let name = || rule.name.clone();
    if let Some(window) = rule.windows().find(|window| duration::as_millis(*window).is_none()) {
        return Err(PolicyError::EmptyWindow { rule: name(), window });
    }
    for length in [rule.lasting, rule.cool_down] {
        if length < TimeDelta::zero() {
            return Err(PolicyError::EmptyWindow { rule: name(), window: length });
        }
    }
    let longer = |length: TimeDelta| length > window.nominal_length();
    match &rule.condition {
        Condition::Absent { .. } => return Ok(()),
        _ if objective.budget().is_none() => return Err(PolicyError::NoBudget { rule: name() }),
        Condition::BudgetConsumed { part } | Condition::BudgetDrop { part, .. } if part.is_zero() => {
            return Err(PolicyError::AlwaysTrue { rule: name() });
        }
        Condition::BurnRate { factor, comparison, long, short } => {
            if short.is_some_and(|short| short >= *long) {
                return Err(PolicyError::ShortNotShorter { rule: name() });
            }
            if !matches!(comparison, Comparison::Above | Comparison::AtLeast) {
                return Err(PolicyError::WrongComparison { rule: name(), comparison: *comparison });
            }
            if factor.is_zero() {
                return Err(PolicyError::AlwaysTrue { rule: name() });
            }
            if let Some(highest) = objective.highest_burn_rate()
                && *factor >= highest
            {
                return Err(PolicyError::FactorUnreachable { rule: name(), factor: *factor, highest });
            }
        }
        // Bad events are at most all events of the window, even where all of these came within a shorter time.
        Condition::BudgetConsumed { part } | Condition::BudgetDrop { part, .. } => {
            if let Some(highest) = objective.highest_burn_rate()
                && *part > highest
            {
                return Err(PolicyError::PartUnreachable { rule: name(), part: *part, highest });
            }
        }
        Condition::Exhaustion { within, .. } => {
            if duration::as_millis(*within).is_none() {
                return Err(PolicyError::EmptyWindow { rule: name(), window: *within });
            }
        }
    }
    match rule.windows().find(|length| longer(*length)) {
        Some(window) => Err(PolicyError::LongerThanBudget { rule: name(), window }),
        None => Ok(()),
    }
}

/// How a factor stands to the burn rate of a total outage, which it is not below: true for either comparison.
fn beyond(factor: &Ratio, highest: &Ratio) -> String {
    if factor == highest {
        "that of a total outage: nothing less reaches it, and nothing exceeds it".to_owned()
    } else {
        format!("never reached: a total outage burns at {highest}")
    }
}

/// A rule does not fit an SLO, or the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The condition holds whatever happens.
    #[error("rule {rule}: the condition would always hold")]
    AlwaysTrue {
        /// The name of the rule.
        rule: String,
    },
    /// Two rules have the same name.
    #[error("rule {rule}: another rule has the same name")]
    DuplicateName {
        /// The name.
        rule: String,
    },
    /// A length of time is zero or negative, or no whole number of milliseconds.
    #[error("rule {rule}: a window must be a positive whole number of milliseconds, not {}", Short(*window))]
    EmptyWindow {
        /// The name of the rule.
        rule: String,
        /// The rejected length.
        window: TimeDelta,
    },
    /// Nothing less than a total outage burns so fast, if anything does.
    #[error("rule {rule}: a burn rate of {factor} is {}", beyond(factor, highest))]
    FactorUnreachable {
        /// The name of the rule.
        rule: String,
        /// The rejected factor.
        factor: Ratio,
        /// The burn rate of a total outage.
        highest: Ratio,
    },
    /// A rule looks back over more than the window whose budget it guards.
    #[error("rule {rule}: looks back over {}, longer than the window of the objective", Short(*window))]
    LongerThanBudget {
        /// The name of the rule.
        rule: String,
        /// The rejected length.
        window: TimeDelta,
    },
    /// An objective of 100 % has no budget that could burn.
    #[error("rule {rule}: an objective of 100 % has no budget that could burn")]
    NoBudget {
        /// The name of the rule.
        rule: String,
    },
    /// The data is too coarse for the window.
    #[error("rule {rule}: a window of {} is no whole number of steps of {}", Short(*window), Short(*step))]
    OffGrid {
        /// The name of the rule.
        rule: String,
        /// The rejected window.
        window: TimeDelta,
        /// The step of the data.
        step: TimeDelta,
    },
    /// Not even a window in which all went bad spends so much.
    #[error("rule {rule}: {part} of the budget is never spent: a total outage spends {highest}")]
    PartUnreachable {
        /// The name of the rule.
        rule: String,
        /// The rejected part.
        part: Ratio,
        /// The part that a total outage of the whole window spends.
        highest: Ratio,
    },
    /// The short window is not shorter than the long one.
    #[error("rule {rule}: the short window must be shorter than the long one")]
    ShortNotShorter {
        /// The name of the rule.
        rule: String,
    },
    /// A burn rate is too high, never too low.
    #[error("rule {rule}: a burn rate is compared with > or >=, not {comparison}")]
    WrongComparison {
        /// The name of the rule.
        rule: String,
        /// The rejected comparison.
        comparison: Comparison,
    },
}
