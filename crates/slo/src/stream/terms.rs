//! What SLOs must have in common to be evaluated side by side.

use super::AddError;
use super::layout::{Judged, Layout};
use super::plan::{Plan, Span};
use super::slots::Slots;
use crate::budget::Unit;
use crate::judge::Rulebook;
use crate::track;
use crate::{AlertPolicy, Budgeting, Slo, Tally, Window, duration};
use chrono::{DateTime, TimeDelta, Utc};

/// An SLO (its name aside) and a policy, compiled for the slots of an evaluator.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) slo: Slo,
    pub(crate) policy: AlertPolicy,
    pub(crate) layout: Layout,
    pub(crate) book: Rulebook,
    pub(crate) plan: Plan,
    /// The main window.
    pub(crate) main: Span,
    pub(crate) budgeting: Budgeting,
    pub(crate) unit: Unit,
    /// More steps than any window has.
    pub(crate) span: i64,
}

/// A calendar window: the sums at its beginning are remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) window: Window,
    /// The edge at which it began.
    pub(crate) begins: i64,
    /// When the next one begins; `None` before the first look and at the end of the calendar.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Whether it has just begun.
    pub(crate) is_new: bool,
}

/// The longest window: 2²⁵ steps, 63 years of minutes. A unit gone wrong must not take all memory.
const MOST_STEPS: i64 = 1 << 25;

/// So many steps are kept for late data even where every window is shorter.
const FEWEST_STEPS: i64 = 60;

impl Terms {
    pub(crate) fn new(slots: &Slots, slo: &Slo, policy: &AlertPolicy) -> Result<Self, AddError> {
        if !slo.corrections().is_empty() {
            return Err(AddError::Corrections);
        }
        let slice = slo.budgeting().slice();
        let step = slice.unwrap_or(slots.slot);
        if duration::millis(step) % duration::millis(slots.slot) != 0 {
            return Err(AddError::Slices { slice: step, slot: slots.slot });
        }
        policy.resolved_by(step)?;
        let millis = duration::millis(step);
        let steps = |window: TimeDelta| {
            let steps = track::steps_in(window, millis).and_then(|steps| i64::try_from(steps).ok());
            steps.ok_or(AddError::Window { window, step })
        };
        let mut longest = FEWEST_STEPS;
        for window in all_windows(slo).filter(Window::is_rolling).map(|window| window.nominal_length()) {
            longest = longest.max(steps(window)?);
        }
        for window in policy.windows() {
            longest = longest.max(steps(window)?);
        }
        if longest > MOST_STEPS {
            let window = duration::from_millis(longest.saturating_mul(millis));
            return Err(AddError::TooLong { window, step });
        }
        let judged = if slice.is_some() { Judged::Slices } else { Judged::Slots };
        let calendar = calendar_windows(slo);
        let layout = Layout::new(slots, millis, longest, calendar.len(), judged)
            .ok_or(AddError::Tiers { slice: step })?;
        let book = Rulebook::new(slo, policy, millis);
        let main = match track::steps_in(slo.window().nominal_length(), millis) {
            Some(steps) if slo.window().is_rolling() => Span::Last(steps),
            _ => Span::Period,
        };
        let plan = Plan::new(policy, slo.objective(), &book, main);
        // A period of the calendar is never a tenth and two days longer than its nominal length.
        let of_calendar = |window: &Window| duration::millis(window.nominal_length()) / millis;
        let span = calendar.iter().map(of_calendar).max().map_or(0, |steps| steps / 10 * 11);
        let span = (span + 2 * 86_400_000 / millis + 1).max(layout.span());
        Ok(Self {
            slo: slo.clone(),
            policy: policy.clone(),
            layout,
            book,
            plan,
            main,
            budgeting: slo.budgeting(),
            unit: track::unit(slo),
            span,
        })
    }

    pub(crate) fn rules(&self) -> usize {
        self.policy.rules().len()
    }

    /// The calendar windows of the SLO, the main one first.
    pub(crate) fn periods(&self) -> Vec<Period> {
        let period = |window| Period { window, begins: 0, until: None, is_new: false };
        calendar_windows(&self.slo).into_iter().map(period).collect()
    }

    /// What the bad and total of a slice count for.
    pub(crate) fn judge(&self, (bad, total): (u64, u64)) -> (u64, u64) {
        let tally = Tally::from_bad(bad, total).unwrap_or_default();
        let judged = track::judge(tally, self.budgeting);
        (judged.bad(), judged.total())
    }
}

impl Period {
    /// Brings it up to the moment of an edge, that of a slot that ends.
    pub(crate) fn advance(&mut self, layout: &Layout, edge: i64) {
        let at = layout.time(edge);
        self.is_new = self.until.is_none_or(|until| at > until);
        if self.is_new {
            let whole = self.window.at(at);
            self.until = whole.map(|whole| whole.end());
            self.begins = whole.map_or(edge, |whole| layout.edge_from(whole.start()).clamp(0, edge));
        }
    }
}

fn all_windows(slo: &Slo) -> impl Iterator<Item = Window> {
    slo.windows().chain(slo.sla().map(|sla| sla.window))
}

fn calendar_windows(slo: &Slo) -> Vec<Window> {
    let mut windows = Vec::new();
    for window in all_windows(slo).filter(|window| !window.is_rolling()) {
        if !windows.contains(&window) {
            windows.push(window);
        }
    }
    windows
}
