//! What an evaluation says.

mod line;

use crate::alarm::{AlertState, Episode};
use crate::alert::{AlertRule, PolicyError};
use crate::budget::{Budget, Burn, Reading, WholeBudget};
use crate::{Correction, Forecast, Objective, Sla, Window};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::Interval;

/// What was found for one SLO at one moment; `Display` says it in one line.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The name of the SLO.
    pub slo: String,
    /// What must be good.
    pub objective: Objective,
    /// The moment of the report.
    pub at: DateTime<Utc>,
    /// Where all windows end: with the last step that has ended at the moment of the report, or before it where late
    /// data is waited for. Where the data ends long before, they hold none.
    pub until: DateTime<Utc>,
    /// From the start of the record to the end of its data, or of the last slot, or slice of the SLO, that has ended at
    /// the moment of the report; `None` where there is none.
    pub record: Option<Interval>,
    /// The grid that all windows lie on: the slots of the data, or the slices of the SLO.
    pub step: TimeDelta,
    /// The slots of the data: of a slice that is one slot, nothing but the whole is good or bad.
    pub slot: TimeDelta,
    /// The spent part of the main window's budget so far; 1 is all that is allowed of what was counted.
    pub spent: Burn,
    /// The same of the budget of the whole window, at the mean traffic so far: what a budget policy judges.
    pub spent_of_whole: Burn,
    /// Each window of the SLO, the main one first.
    pub windows: Vec<WindowReport>,
    /// The burn rate over each window that some alert looks at, the shortest first.
    pub burn_rates: Vec<BurnReport>,
    /// Each rule of the alert policy.
    pub alerts: Vec<AlertReport>,
    /// How long the rest of the main window's budget lasts.
    pub forecast: Forecast,
    /// The contract that stands behind, if any.
    pub sla: Option<SlaReport>,
    /// The corrections that were applied, and to how much.
    pub corrections: Vec<CorrectionReport>,
    /// What could not be evaluated, and why.
    pub refusals: Vec<Refusal>,
}

impl Report {
    /// The burn rate over the last stretch of that length, where an alert looks at it and something was seen.
    #[must_use]
    pub fn burn_rate(&self, window: TimeDelta) -> Option<Burn> {
        let found = self.burn_rates.iter().find(|burn| burn.window == window)?;
        (found.burn != Burn::NoData).then_some(found.burn)
    }

    /// The state of the alert of that name; `None` where the policy has no such rule.
    #[must_use]
    pub fn alert(&self, name: &str) -> Option<AlertState> {
        self.alerts.iter().find(|alert| alert.rule.name == name).map(|alert| alert.state)
    }

    /// The main window, where the data could be read at all.
    #[must_use]
    pub fn main(&self) -> Option<&WindowReport> {
        self.windows.first()
    }
}

/// What a window of the SLO holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowReport {
    /// The window.
    pub window: Window,
    /// What was counted in it, with corrections.
    pub reading: Reading,
    /// The budget of what was counted: of the window so far, where the record is younger than it or its period is
    /// not over.
    pub budget: Budget,
    /// The budget of the whole window, at the mean traffic so far: what a budget policy and a forecast speak of.
    pub whole: WholeBudget,
    /// The same without corrections, where that differs.
    pub uncorrected: Option<Uncorrected>,
}

/// What a window holds without corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uncorrected {
    /// What was counted in it.
    pub reading: Reading,
    /// The budget of what was counted, as [`WindowReport::budget`] is.
    pub budget: Budget,
    /// The budget of the whole window, as [`WindowReport::whole`] is.
    pub whole: WholeBudget,
}

/// How fast the budget burned over the last stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BurnReport {
    /// The length of the stretch.
    pub window: TimeDelta,
    /// What was counted in it.
    pub reading: Reading,
    /// The burn rate.
    pub burn: Burn,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertReport {
    /// The rule.
    pub rule: AlertRule,
    /// Its state at the moment of the report.
    pub state: AlertState,
    /// Each time it fired, in order.
    pub episodes: Vec<Episode>,
    /// What the demand for proof at low traffic costs this rule, where there is such a demand.
    pub power: Option<Power>,
}

/// What a demand for proof costs: the chance that a real burn is noticed at the traffic of the long window.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Power {
    /// The events in the long window.
    pub events: u64,
    /// The bad events that are needed to fire; `None` where no number is enough.
    pub failures_needed: Option<u64>,
    /// The bad events that would be needed without the demand.
    pub failures_ungated: u64,
    /// The chance that one look at a burn of twice the factor fires.
    pub chance_at_twice: f64,
    /// The same without the demand.
    pub chance_ungated: f64,
}

/// What a correction has corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorrectionReport {
    /// The correction.
    pub correction: Correction,
    /// The slots of the data that it has treated up to the moment of the report: those that lie wholly inside, and
    /// in no correction that was added later.
    pub slots: u64,
}

impl CorrectionReport {
    /// Whether it has begun before that moment and changes nothing: it is shorter than a slot, or lies beside the
    /// record, or under another correction.
    #[must_use]
    pub fn is_without_effect(&self, at: DateTime<Utc>) -> bool {
        self.slots == 0 && self.correction.interval.start() < at
    }
}

/// How the contract stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlaReport {
    /// The contract.
    pub sla: Sla,
    /// What was counted in its window, with corrections; `None` where the data cannot resolve the window.
    pub reading: Option<Reading>,
    /// What the contract allows and what was spent of it: of the window so far, as [`WindowReport::budget`] is.
    pub budget: Option<Budget>,
    /// The same of the whole window, at the mean traffic so far.
    pub whole: Option<WholeBudget>,
    /// The same without corrections, where that differs.
    pub uncorrected: Option<Uncorrected>,
    /// Whether the inside objective is looser than the contract, so that it warns too late.
    pub is_tighter_than_slo: bool,
}

impl SlaReport {
    /// Whether the contract is missed as of the report; `None` where nothing was seen.
    #[must_use]
    pub fn is_missed(&self) -> Option<bool> {
        self.reading.filter(|reading| reading.observed > 0)?;
        self.budget.map(|budget| budget.left.is_overspent())
    }
}

/// What could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no data at all.
    #[error("there is no data")]
    NoData,
    /// An alert rule cannot be resolved by the data: its alert is frozen.
    #[error(transparent)]
    Rule(#[from] PolicyError),
    /// The slices of the SLO do not consist of whole slots of the data: there are no figures at all.
    #[error("slices of {}s do not consist of whole slots of {}s", slice.num_seconds(), slot.num_seconds())]
    Slices {
        /// The length of a slice.
        slice: TimeDelta,
        /// The length of the data's slots.
        slot: TimeDelta,
    },
    /// The data ends so long before the moment of the report, and a rule looks back so far, that its alerts were not
    /// followed to the end.
    #[error("alerts are followed until {until} only, {most} steps behind the data")]
    Silence {
        /// Until when.
        until: DateTime<Utc>,
        /// How many steps without data are followed.
        most: usize,
    },
    /// Corrections reach so far behind the data that the steps cannot be held: there are no figures at all.
    #[error("data and corrections span {steps} steps, and {most} are the most")]
    Steps {
        /// How many steps there would be.
        steps: usize,
        /// How many can be held.
        most: usize,
    },
    /// A window of the SLO is no whole number of steps: it is left out.
    #[error("a window of {window} is no whole number of steps of {}s", step.num_seconds())]
    Window {
        /// The window.
        window: Window,
        /// The step of the data.
        step: TimeDelta,
    },
}
