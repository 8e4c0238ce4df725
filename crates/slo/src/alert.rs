//! When a burning budget calls a person: rules and policies.

mod fit;
mod low_traffic;

use crate::budget::Burn;
use crate::duration::{self, Short};
use crate::{Comparison, Counts, Objective, Slo, Window};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use toban_core::{Ratio, Share, compare_products};

pub use fit::PolicyError;
use fit::check;
pub use low_traffic::LowTraffic;

/// How loudly an alert calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// A person must act now.
    Page,
    /// A person must act within days.
    Ticket,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        })
    }
}

/// What must be the case for an alert to fire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// No data has come for so long.
    Absent {
        /// How long.
        lasting: TimeDelta,
    },
    /// The budget of the main window so far is spent to this part or more: of what is allowed of the events that were
    /// counted, also where the record is younger than the window or a period of the calendar has just begun.
    BudgetConsumed {
        /// The part of the budget: 1 is all of it.
        part: Ratio,
    },
    /// At least this part of the main window's budget so far was spent within a shorter time.
    ///
    /// At even traffic a total outage spends `within / window` of the highest burn rate, 1/(1 − objective), and what
    /// lies above that is reached only where most of the window's traffic came within that time.
    BudgetDrop {
        /// The part of the budget.
        part: Ratio,
        /// The shorter time.
        within: TimeDelta,
    },
    /// The burn rate stands above a factor over a long window and, so that the alert ends soon after the trouble,
    /// over a short one as well.
    BurnRate {
        /// How the burn rate must stand to the factor.
        comparison: Comparison,
        /// The factor.
        factor: Ratio,
        /// The window that decides what is significant.
        long: TimeDelta,
        /// The window that decides whether it is still going on.
        short: Option<TimeDelta>,
    },
    /// At the pace of the last while, what remains of the budget is gone in less than a given time: what is left,
    /// divided by that pace. What leaves a rolling window by then is not counted, so that the alert is early rather
    /// than late where a [`Forecast`](crate::Forecast) counts it.
    Exhaustion {
        /// The time.
        within: TimeDelta,
        /// The stretch whose pace is continued.
        pace: TimeDelta,
    },
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { lasting } => write!(f, "no data for {}", Short(*lasting)),
            Self::BudgetConsumed { part } => write!(f, "budget spent >= {part}"),
            Self::BudgetDrop { part, within } => write!(f, "budget spent in {} >= {part}", Short(*within)),
            Self::BurnRate { comparison, factor, long, short } => {
                write!(f, "burn rate over {}", Short(*long))?;
                if let Some(short) = short {
                    write!(f, " and {}", Short(*short))?;
                }
                write!(f, " {comparison} {factor}")
            }
            Self::Exhaustion { within, pace } => {
                write!(f, "budget gone within {} at the pace of {}", Short(*within), Short(*pace))
            }
        }
    }
}

/// A named condition that calls a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AlertRule {
    /// Its name, unique in a policy.
    pub name: String,
    /// How loudly it calls.
    pub severity: Severity,
    /// What must be the case.
    pub condition: Condition,
    /// How long it must be the case before the alert fires (`for` in Prometheus).
    pub lasting: TimeDelta,
    /// How long it must not be the case any more before the alert resolves (`keep_firing_for` in Prometheus).
    pub cool_down: TimeDelta,
}

impl AlertRule {
    /// A rule that fires and resolves at once.
    #[must_use]
    pub fn new(name: impl Into<String>, severity: Severity, condition: Condition) -> Self {
        Self {
            name: name.into(),
            severity,
            condition,
            lasting: TimeDelta::zero(),
            cool_down: TimeDelta::zero(),
        }
    }

    /// The multi-window form: the burn rate is at least `factor` over both windows.
    #[must_use]
    pub fn burn_rate(
        name: impl Into<String>,
        severity: Severity,
        long: TimeDelta,
        short: TimeDelta,
        factor: Ratio,
    ) -> Self {
        let condition =
            Condition::BurnRate { comparison: Comparison::AtLeast, factor, long, short: Some(short) };
        Self::new(name, severity, condition)
    }

    /// Lets the condition last before the alert fires.
    #[must_use]
    pub fn with_lasting(mut self, lasting: TimeDelta) -> Self {
        self.lasting = lasting;
        self
    }

    /// Lets the condition be over for a while before the alert resolves.
    #[must_use]
    pub fn with_cool_down(mut self, cool_down: TimeDelta) -> Self {
        self.cool_down = cool_down;
        self
    }

    /// The lengths of time that the condition looks back over.
    pub fn windows(&self) -> impl Iterator<Item = TimeDelta> {
        let (first, second) = match self.condition {
            Condition::Absent { lasting } => (Some(lasting), None),
            Condition::BudgetConsumed { .. } => (None, None),
            Condition::BudgetDrop { within, .. } => (Some(within), None),
            Condition::BurnRate { long, short, .. } => (Some(long), short),
            Condition::Exhaustion { pace, .. } => (Some(pace), None),
        };
        first.into_iter().chain(second)
    }
}

/// Which alerts an SLO has: rules that were checked against its budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPolicy {
    rules: Vec<AlertRule>,
    low_traffic: LowTraffic,
    min_coverage: Share,
    patience: TimeDelta,
}

impl AlertPolicy {
    /// A policy without rules yet.
    ///
    /// A window of which less than nine tenths was seen decides nothing (the floor of OpenObserve's SLO engine);
    /// see [`AlertPolicy::with_min_coverage`].
    #[must_use]
    pub fn new() -> Self {
        let min_coverage = Share::of(9, 10).unwrap_or(Share::ALL);
        Self {
            rules: Vec::new(),
            low_traffic: LowTraffic::default(),
            min_coverage,
            patience: TimeDelta::zero(),
        }
    }

    /// The multi-window, multi-burn-rate alerts of the Site Reliability Workbook, chapter 5, table 5-8: pages for
    /// 2 % of the budget in an hour and 5 % in six hours, tickets for 10 % in a day and 10 % in three days (the day
    /// is in the chapter's code sample). Short windows are a twelfth. The factors follow from the length of the
    /// SLO's main window: 14.4, 6, 3 and 1 for 30 days.
    ///
    /// # Errors
    /// When the SLO has no budget, when its window is shorter than three days, or when a factor lies so high that
    /// nothing less than a total outage reaches it.
    pub fn sre_workbook(slo: &Slo) -> Result<Self, PolicyError> {
        let hours = TimeDelta::hours;
        let rules = [
            ("page-fast", Severity::Page, "0.02", hours(1), TimeDelta::minutes(5)),
            ("page-slow", Severity::Page, "0.05", hours(6), TimeDelta::minutes(30)),
            ("ticket-fast", Severity::Ticket, "0.1", hours(24), hours(2)),
            ("ticket-slow", Severity::Ticket, "0.1", hours(72), hours(6)),
        ];
        rules.into_iter().try_fold(Self::new(), |policy, (name, severity, part, long, short)| {
            let factor = factor_for(part, slo.window(), long)
                .ok_or(PolicyError::LongerThanBudget { rule: name.into(), window: long })?;
            policy.with_rule(slo, AlertRule::burn_rate(name, severity, long, short, factor))
        })
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// When the rule can never fire for this SLO, always would, or has a window without length.
    pub fn with_rule(mut self, slo: &Slo, rule: AlertRule) -> Result<Self, PolicyError> {
        check(&rule, slo.objective(), slo.window())?;
        if self.rules.iter().any(|other| other.name == rule.name) {
            return Err(PolicyError::DuplicateName { rule: rule.name });
        }
        self.rules.push(rule);
        Ok(self)
    }

    /// Demands proof where traffic is low.
    #[must_use]
    pub fn with_low_traffic(mut self, low_traffic: LowTraffic) -> Self {
        self.low_traffic = low_traffic;
        self
    }

    /// Sets which share of a window must have been seen for it to decide anything; below it the alert is frozen.
    #[must_use]
    pub fn with_min_coverage(mut self, share: Share) -> Self {
        self.min_coverage = share;
        self
    }

    /// Waits so long for late data: windows end at the watermark of the data while it is no further behind, and
    /// beyond that what is missing counts as a gap. A negative patience is none.
    #[must_use]
    pub fn with_patience(mut self, patience: TimeDelta) -> Self {
        self.patience = patience.max(TimeDelta::zero());
        self
    }

    /// How long late data is waited for.
    #[must_use]
    pub fn patience(&self) -> TimeDelta {
        self.patience
    }

    /// The moment at which windows end, seen from `now`.
    #[must_use]
    pub fn windows_end(&self, counts: &Counts, now: DateTime<Utc>) -> DateTime<Utc> {
        let earliest = now.checked_sub_signed(self.patience).unwrap_or(now);
        counts.watermark().map_or(now, |watermark| watermark.clamp(earliest, now))
    }

    /// The rules, in the order in which they were added.
    #[must_use]
    pub fn rules(&self) -> &[AlertRule] {
        &self.rules
    }

    /// What must be seen where traffic is low.
    #[must_use]
    pub fn low_traffic(&self) -> LowTraffic {
        self.low_traffic
    }

    /// The share of a window that must have been seen.
    #[must_use]
    pub fn min_coverage(&self) -> Share {
        self.min_coverage
    }

    /// Every length of time that some rule looks back over, shortest first.
    #[must_use]
    pub fn windows(&self) -> Vec<TimeDelta> {
        let mut windows: Vec<_> = self.rules.iter().flat_map(AlertRule::windows).collect();
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// Refuses windows that data in steps of `step` cannot resolve.
    ///
    /// # Errors
    /// Names the first rule with a window that is no whole number of steps.
    pub fn resolved_by(&self, step: TimeDelta) -> Result<(), PolicyError> {
        for rule in &self.rules {
            let off_grid =
                |window: &TimeDelta| duration::millis(*window) % duration::millis(step).max(1) != 0;
            if let Some(window) = rule.windows().find(off_grid) {
                return Err(PolicyError::OffGrid { rule: rule.name.clone(), window, step });
            }
        }
        Ok(())
    }
}

impl Default for AlertPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// The factor at which a steady burn spends `part` of the window's budget in `long`.
fn factor_for(part: &str, window: Window, long: TimeDelta) -> Option<Ratio> {
    let period = u128::try_from(duration::as_millis(window.nominal_length())?).ok()?;
    let long = u128::try_from(duration::as_millis(long)?).ok()?;
    if long > period {
        return None;
    }
    part.parse::<Ratio>().ok()?.checked_mul(Ratio::new(period, long).ok()?)
}

/// The exact point between firing and not firing: a burn rate as a share of bad events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// The share as `(numerator, denominator)`, where two words hold it.
    words: Option<(u64, u64)>,
    factor: Ratio,
    budget: Ratio,
    comparison: Comparison,
}

impl Threshold {
    pub(crate) fn new(factor: Ratio, objective: Objective, comparison: Comparison) -> Self {
        let budget = objective.target().rest().as_ratio();
        let words = factor.checked_mul(budget).and_then(|share| {
            Some((u64::try_from(share.numerator()).ok()?, u64::try_from(share.denominator()).ok()?))
        });
        Self { words, factor, budget, comparison }
    }

    /// Whether `bad` of `total` lies beyond. Nothing of nothing does not.
    #[inline]
    pub(crate) fn is_crossed(&self, bad: u64, total: u64) -> bool {
        let (bad, total) = (u128::from(bad), u128::from(total));
        let order = match self.words {
            Some((num, den)) => (bad * u128::from(den)).cmp(&(total * u128::from(num))),
            None => compare_products(
                &[bad, self.factor.denominator(), self.budget.denominator()],
                &[total, self.factor.numerator(), self.budget.numerator()],
            ),
        };
        match self.comparison {
            Comparison::Above => order.is_gt(),
            _ => order.is_ge() && bad > 0,
        }
    }

    /// The nearest float: never for a decision.
    pub(crate) fn to_f64(self) -> f64 {
        self.factor.to_f64() * self.budget.to_f64()
    }

    /// The same as a share of one.
    pub(crate) fn as_share(&self) -> Share {
        self.factor.checked_mul(self.budget).and_then(|share| Share::new(share).ok()).unwrap_or(Share::ALL)
    }
}

impl Burn {
    /// Whether the burn stands above the factor as the comparison says; without data it does not.
    #[must_use]
    pub fn exceeds(&self, comparison: Comparison, factor: Ratio) -> bool {
        match self {
            Self::NoData => false,
            Self::Times(ratio) => comparison.holds(ratio, &factor),
            Self::Unbounded => true,
        }
    }
}
