//! What a team does when its error budget runs out, as data.
//!
//! Spent is judged of the budget of the *whole* window ([`WholeBudget`](crate::WholeBudget)), which is what such a
//! policy speaks of: the first bad minute of a month does not stop all work.

use crate::AlertPolicy;
use crate::budget::{Burn, Reading};
use crate::report::Report;
use toban_core::{Ratio, Reason, Ruling, Share, Verdict};

/// A state of a budget policy: from which spending on it holds, and what is done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetState {
    /// Its name, such as `frozen`.
    pub name: String,
    /// It is entered when more than this part of the whole window's budget is spent.
    pub above: Ratio,
    /// It is left when no more than this part is spent: at most `above`.
    pub until: Ratio,
    /// What a release gate hears in it.
    pub verdict: Verdict,
    /// What the team does, in its own words.
    pub actions: Vec<String>,
}

impl BudgetState {
    /// A state that is entered above a part of the budget and left at the same.
    #[must_use]
    pub fn new(name: impl Into<String>, above: Ratio, verdict: Verdict) -> Self {
        Self { name: name.into(), above, until: above, verdict, actions: Vec::new() }
    }

    /// Keeps the state until spending has come down to a lower part, so that it does not flap.
    #[must_use]
    pub fn with_until(mut self, until: Ratio) -> Self {
        self.until = until;
        self
    }

    /// Adds something that the team does.
    #[must_use]
    pub fn with_action(mut self, action: impl Into<String>) -> Self {
        self.actions.push(action.into());
        self
    }
}

/// An error budget policy: what is done in which state of the budget.
///
/// Below the first state the budget is `healthy` and everything may go ahead.
///
/// Time in which nothing was seen brings no allowance ([`WholeBudget`](crate::WholeBudget)), so that what is spent
/// grows while a source is silent. A broken source is no reason to stop releases: where less than nine tenths was seen
/// of what was to be expected, the state stays and the verdict is undecided. That is where alerts are frozen, too: up
/// to there silence makes what is spent at most a ninth too large. Coverage counts from the beginning of the record,
/// so that a young one is ruled on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetPolicy {
    states: Vec<BudgetState>,
    min_coverage: Share,
}

/// The state in which nothing special is done.
pub const HEALTHY: &str = "healthy";

impl BudgetPolicy {
    /// A policy of states, the mildest first.
    ///
    /// # Errors
    /// When a state is entered no later than the one before it, left above the point where it is entered, or has
    /// the name of another.
    pub fn new(states: Vec<BudgetState>) -> Result<Self, BudgetPolicyError> {
        let mut names = vec![HEALTHY];
        let mut last: Option<&BudgetState> = None;
        for state in &states {
            if names.contains(&state.name.as_str()) {
                return Err(BudgetPolicyError::DuplicateName { state: state.name.clone() });
            }
            if state.until > state.above {
                return Err(BudgetPolicyError::LeftAboveEntry { state: state.name.clone() });
            }
            if last.is_some_and(|last| last.above >= state.above || last.until > state.until) {
                return Err(BudgetPolicyError::OutOfOrder { state: state.name.clone() });
            }
            names.push(&state.name);
            last = Some(state);
        }
        Ok(Self::of(states))
    }

    /// The example policy of the Site Reliability Workbook, appendix B: a service that has exceeded its budget
    /// halts every change but the most urgent fixes until it is back within its objective.
    ///
    /// Its source draws one line for both, so the state may change with every look while the budget is as good as
    /// used up; [`BudgetPolicy::staged`] is left lower than it is entered.
    #[must_use]
    pub fn google() -> Self {
        let frozen = BudgetState::new("frozen", Ratio::ONE, Verdict::Stop)
            .with_action("halt all changes and releases other than P0 issues and security fixes")
            .with_action("work on reliability until the service is back within its objective");
        Self::of(vec![frozen])
    }

    /// Three states with hysteresis, of our own making: slow above 75 % (until 70 %), frozen above 100 % (until
    /// 95 %).
    #[must_use]
    pub fn staged() -> Self {
        let percent = |number| Ratio::new(number, 100).unwrap_or(Ratio::ONE);
        let slow = BudgetState::new("slow", percent(75), Verdict::Hold)
            .with_until(percent(70))
            .with_action("release only what a person has approved");
        let frozen = BudgetState::new("frozen", percent(100), Verdict::Stop)
            .with_until(percent(95))
            .with_action("release only fixes of reliability and security");
        Self::of(vec![slow, frozen])
    }

    fn of(states: Vec<BudgetState>) -> Self {
        Self { states, min_coverage: AlertPolicy::new().min_coverage() }
    }

    /// Sets which share of the window so far must have been seen for a verdict: nine tenths unless it is set, as in an
    /// [`AlertPolicy`].
    #[must_use]
    pub fn with_min_coverage(mut self, share: Share) -> Self {
        self.min_coverage = share;
        self
    }

    /// The share of the window so far that must have been seen.
    #[must_use]
    pub fn min_coverage(&self) -> Share {
        self.min_coverage
    }

    /// The states, the mildest first.
    #[must_use]
    pub fn states(&self) -> &[BudgetState] {
        &self.states
    }

    /// The answer to a gate, without memory of an earlier state.
    #[must_use]
    pub fn rule(&self, report: &Report) -> Ruling {
        self.rule_after(HEALTHY, report).ruling
    }

    /// The answer to a gate, coming from an earlier state: a state holds until its spending has come down to its
    /// lower edge. Without data, and where too little of the window so far was seen, the state stays and the verdict is
    /// undecided: the reasons `no-data` and `low-coverage`, the latter with the coverage. An unknown name counts as
    /// healthy.
    ///
    /// Where nothing may go bad and something did, that is certain at any coverage.
    #[must_use]
    pub fn rule_after(&self, previous: &str, report: &Report) -> Standing {
        let before = self.states.iter().position(|state| state.name == previous).map_or(0, |place| place + 1);
        let place = match report.spent_of_whole {
            Burn::NoData => {
                let reason = Reason::new("no-data", "nothing was seen in the window of the objective");
                return self.standing(before, Verdict::Undecided, reason, report);
            }
            Burn::Unbounded => self.states.len(),
            Burn::Times(spent) => {
                if let Some(coverage) = self.low_coverage(report) {
                    let reason = Reason::new("low-coverage", "too little was seen of the window so far")
                        .with_evidence("coverage", coverage)
                        .with_evidence("needed", self.min_coverage);
                    return self.standing(before, Verdict::Undecided, reason, report);
                }
                let holds = |(place, state): &(usize, &BudgetState)| {
                    spent > state.above || (*place < before && spent > state.until)
                };
                self.states.iter().enumerate().rfind(holds).map_or(0, |(place, _)| place + 1)
            }
        };
        let state = place.checked_sub(1).and_then(|place| self.states.get(place));
        let reason = match state {
            None => Reason::new("budget-left", "the error budget is not used up"),
            Some(state) if report.spent_of_whole.times().is_some_and(|spent| spent <= state.above) => {
                Reason::new("budget-recovering", "the error budget has not recovered far enough yet")
                    .with_evidence("leaves the state at", state.until)
            }
            Some(state) => {
                let reason = Reason::new("budget-spent", "too much of the error budget is spent");
                reason.with_evidence("limit", state.above)
            }
        };
        let verdict = state.map_or(Verdict::Go, |state| state.verdict);
        self.standing(place, verdict, reason, report)
    }

    /// The coverage of the main window, where that is too little.
    fn low_coverage(&self, report: &Report) -> Option<Share> {
        let coverage = report.main().map(|main| main.reading).as_ref().and_then(Reading::coverage);
        coverage.filter(|coverage| *coverage < self.min_coverage)
    }

    fn standing(&self, place: usize, verdict: Verdict, reason: Reason, report: &Report) -> Standing {
        let state = place.checked_sub(1).and_then(|place| self.states.get(place));
        let name = state.map_or(HEALTHY, |state| &state.name);
        let mut reason = reason.with_evidence("state", name).with_evidence("spent", report.spent_of_whole);
        if let Some(main) = report.main() {
            reason = reason
                .with_evidence("bad", main.budget.bad)
                .with_evidence("allowed", main.budget.allowed)
                .with_evidence("window", main.reading.interval)
                .with_evidence("seen", format!("{:.4}", main.reading.reach()))
                .with_evidence("spent of the budget so far", main.budget.spent)
                .with_evidence("slots so far", main.whole.expected)
                .with_evidence("slots of the whole window", main.whole.slots);
        }
        let mut ruling = Ruling::new(verdict, report.slo.clone(), reason, report.at);
        ruling.recheck_at = report.at.checked_add_signed(report.step);
        Standing {
            state: name.to_owned(),
            ruling,
            actions: state.map_or_else(Vec::new, |state| state.actions.clone()),
        }
    }
}

/// Where a budget stands under its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The state, to be handed to the next call.
    pub state: String,
    /// The answer to a gate.
    pub ruling: Ruling,
    /// What the team does in this state.
    pub actions: Vec<String>,
}

/// States make no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetPolicyError {
    /// Two states have the same name, or one is called `healthy`.
    #[error("state {state}: the name is taken")]
    DuplicateName {
        /// The name.
        state: String,
    },
    /// A state would be left before it is entered.
    #[error("state {state}: it must be left at or below the point where it is entered")]
    LeftAboveEntry {
        /// The name of the state.
        state: String,
    },
    /// A state is not worse than the one before it.
    #[error("state {state}: states go from mild to severe")]
    OutOfOrder {
        /// The name of the state.
        state: String,
    },
}
