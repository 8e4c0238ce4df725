//! Figures in numbers: what a person, or a program, can compute again.

use crate::Objective;
use crate::budget::{Budget, Reading, WholeBudget};
use chrono::TimeDelta;
use std::fmt;
use toban_core::Ratio;

/// A number as a part of a formula: a fraction stands in parentheses.
pub(super) struct Term(pub(super) Ratio);

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        if text.contains('/') { write!(f, "({text})") } else { f.write_str(&text) }
    }
}

/// A length of time in seconds.
pub(super) fn seconds(length: TimeDelta) -> Term {
    let millis = length.num_milliseconds().unsigned_abs().into();
    Term(Ratio::new(millis, 1000).unwrap_or(Ratio::ZERO))
}

/// The share that may be bad.
pub(super) fn allowance(objective: Objective) -> String {
    format!("(1 - {})", Term(objective.target().as_ratio()))
}

/// `part / whole`, where there is a whole.
pub(super) fn quotient(part: u64, whole: u64) -> Option<String> {
    (whole > 0).then(|| format!("{part} / {whole}"))
}

/// How fast a budget burned; `None` where nothing was counted, or there is no budget.
pub(super) fn burn(reading: &Reading, objective: Objective) -> Option<String> {
    objective.budget()?;
    let bad = quotient(reading.tally.bad(), reading.tally.total())?;
    Some(format!("{bad} / {}", allowance(objective)))
}

/// The part of the whole window's budget that was spent; `None` where nothing was counted, or there is no budget.
pub(super) fn spent_of_whole(
    reading: &Reading,
    (budget, whole): (&Budget, &WholeBudget),
    objective: Objective,
) -> Option<String> {
    burn(reading, objective)?;
    let spent = format!("{} / ({} * {})", reading.tally.bad(), reading.tally.total(), allowance(objective));
    let is_scaled = whole.spent != budget.spent;
    Some(if is_scaled { format!("{spent} * {} / {}", whole.expected, whole.slots) } else { spent })
}

/// A comparison, and whether it holds.
pub(super) fn check(
    left: impl fmt::Display,
    sign: impl fmt::Display,
    right: impl fmt::Display,
    holds: bool,
) -> String {
    format!("{left} {sign} {right}: {}", if holds { "yes" } else { "no" })
}
