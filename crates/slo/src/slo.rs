//! A service level objective: what is promised of which indicator over which windows.

use crate::{Correction, Indicator, Objective, Window, duration, track};
use chrono::TimeDelta;
use toban_core::Share;

/// How the data of a window is turned into an error budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Budgeting {
    /// Every event weighs the same.
    Occurrences,
    /// Every slice of time weighs the same, and its share of good events counts, rounded down to a billionth.
    RatioTimeslices {
        /// The length of a slice.
        slice: TimeDelta,
    },
    /// A slice of time is good as a whole if its share of good events reaches a target, otherwise bad.
    Timeslices {
        /// The length of a slice.
        slice: TimeDelta,
        /// The share of good events from which on a slice is good.
        target: Share,
    },
}

impl Budgeting {
    /// The length of a slice, where time is cut into slices.
    #[must_use]
    pub fn slice(&self) -> Option<TimeDelta> {
        match self {
            Self::Occurrences => None,
            Self::RatioTimeslices { slice } | Self::Timeslices { slice, .. } => Some(*slice),
        }
    }
}

/// A contractual target on the same indicator: what happens outside when the inside objective is missed for long.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sla {
    /// The share that the contract promises.
    pub objective: Objective,
    /// The window that the contract judges.
    pub window: Window,
    /// What the contract says of a miss, such as `10 % credit`.
    pub terms: String,
}

impl Sla {
    /// A contractual target.
    #[must_use]
    pub fn new(objective: Objective, window: Window, terms: impl Into<String>) -> Self {
        Self { objective, window, terms: terms.into() }
    }
}

/// A service level objective.
///
/// The first window is the main one: alerts, forecast and rulings rest on its budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slo {
    name: String,
    indicator: Indicator,
    objective: Objective,
    window: Window,
    more_windows: Vec<Window>,
    budgeting: Budgeting,
    corrections: Vec<Correction>,
    sla: Option<Sla>,
}

impl Slo {
    /// An objective for any indicator, budgeted by occurrences.
    #[must_use]
    pub fn new(name: impl Into<String>, indicator: Indicator, objective: Objective, window: Window) -> Self {
        Self {
            name: name.into(),
            indicator,
            objective,
            window,
            more_windows: Vec::new(),
            budgeting: Budgeting::Occurrences,
            corrections: Vec::new(),
            sla: None,
        }
    }

    /// So many of all requests must succeed.
    #[must_use]
    pub fn availability(name: impl Into<String>, objective: Objective, window: Window) -> Self {
        Self::new(name, Indicator::Availability, objective, window)
    }

    /// Adds a window that is reported beside the main one. One that is there already stays the only one of its kind.
    #[must_use]
    pub fn with_window(mut self, window: Window) -> Self {
        if self.windows().all(|known| known != window) {
            self.more_windows.push(window);
        }
        self
    }

    /// Chooses how the budget is counted.
    ///
    /// # Errors
    /// When a slice is not a positive whole number of milliseconds.
    pub fn with_budgeting(mut self, budgeting: Budgeting) -> Result<Self, SliceError> {
        if let Some(slice) = budgeting.slice()
            && duration::as_millis(slice).is_none()
        {
            return Err(SliceError { slice });
        }
        self.budgeting = budgeting;
        Ok(self)
    }

    /// Adds a stretch of time that is treated specially. Where two overlap, the later added one holds.
    #[must_use]
    pub fn with_correction(mut self, correction: Correction) -> Self {
        self.corrections.push(correction);
        self
    }

    /// Adds the contract that stands behind.
    #[must_use]
    pub fn with_sla(mut self, sla: Sla) -> Self {
        self.sla = Some(sla);
        self
    }

    /// Whether both judge the same counts alike: all but name and indicator are the same, and both count the same.
    pub(crate) fn has_terms_of(&self, other: &Self) -> bool {
        self.objective == other.objective
            && self.window == other.window
            && self.more_windows == other.more_windows
            && self.budgeting == other.budgeting
            && self.corrections == other.corrections
            && self.sla == other.sla
            && track::unit(self) == track::unit(other)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is measured.
    #[must_use]
    pub fn indicator(&self) -> &Indicator {
        &self.indicator
    }

    /// The share that must be good.
    #[must_use]
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The main window.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// All windows, the main one first.
    pub fn windows(&self) -> impl Iterator<Item = Window> + '_ {
        std::iter::once(self.window).chain(self.more_windows.iter().copied())
    }

    /// How the budget is counted.
    #[must_use]
    pub fn budgeting(&self) -> Budgeting {
        self.budgeting
    }

    /// The stretches that are treated specially, in the order in which they were added.
    #[must_use]
    pub fn corrections(&self) -> &[Correction] {
        &self.corrections
    }

    /// The contract that stands behind, if any.
    #[must_use]
    pub fn sla(&self) -> Option<&Sla> {
        self.sla.as_ref()
    }
}

/// A slice has no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a slice is a positive whole number of milliseconds: {slice}")]
pub struct SliceError {
    /// The rejected length.
    pub slice: TimeDelta,
}
