//! Which windows and factors would have done best?

use super::incident::Incident;
use super::score::{History, Run, Score, history};
use crate::alert::{AlertPolicy, AlertRule, Severity};
use crate::judge::Judge;
use crate::report::Refusal;
use crate::{Counts, Slo};
use chrono::TimeDelta;
use std::cmp::{Ordering, Reverse};
use toban_core::Ratio;

/// Which policies are tried: every rule of a long window, a short window and a factor, and every set of such rules.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grid {
    /// The long windows.
    pub longs: Vec<TimeDelta>,
    /// The factors.
    pub factors: Vec<Ratio>,
    /// A short window is the long one divided by this, where that is a whole number of steps.
    pub short_divisor: i32,
    /// The most rules in a policy.
    pub most_rules: usize,
    /// What is demanded before a rule fires: its gate for low traffic and its coverage. Its rules are not tried.
    pub demands: AlertPolicy,
}

impl Grid {
    /// Every combination of these windows and factors, with short windows of a twelfth as in the Site Reliability
    /// Workbook, alone and in pairs.
    #[must_use]
    pub fn new(longs: Vec<TimeDelta>, factors: Vec<Ratio>) -> Self {
        Self { longs, factors, short_divisor: 12, most_rules: 2, demands: AlertPolicy::new() }
    }

    /// Allows policies of so many rules.
    #[must_use]
    pub fn with_most_rules(mut self, rules: usize) -> Self {
        self.most_rules = rules;
        self
    }

    /// Demands what this policy demands before a rule fires, as [`Grid::demands`] says.
    #[must_use]
    pub fn with_demands_of(mut self, policy: &AlertPolicy) -> Self {
        self.demands = policy.clone();
        self
    }

    /// Chooses how much shorter the short windows are.
    #[must_use]
    pub fn with_short_divisor(mut self, divisor: i32) -> Self {
        self.short_divisor = divisor;
        self
    }
}

/// A policy that no other one of the search beats in everything.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// Its rules; all of them page.
    pub rules: Vec<AlertRule>,
    /// How it did.
    pub score: Score,
}

impl Candidate {
    /// How it compares in each thing that counts; less is better.
    fn against(&self, other: &Self) -> [Ordering; 5] {
        let (a, b) = (&self.score, &other.score);
        [
            b.detected.cmp(&a.detected),
            a.alerts_in_vain().cmp(&b.alerts_in_vain()),
            a.pages_per_week.cmp(&b.pages_per_week),
            none_last(a.mean_budget_gone, b.mean_budget_gone),
            none_last(a.mean_reset, b.mean_reset),
        ]
    }

    /// As good as the other in everything.
    fn beats(&self, other: &Self) -> bool {
        self.against(other).into_iter().all(Ordering::is_le)
    }
}

/// A figure that is not known is the worst: a budget of which nobody can say what was left, an alert that never ends.
fn none_last<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (&a, &b) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => b.is_some().cmp(&a.is_some()),
    }
}

/// Tries every policy of a grid on recorded history and returns those that no other one beats (the Pareto set), the
/// most incidents detected first, and of those the fewest pages.
///
/// One policy beats another that is no better in anything: incidents detected, alerts in vain, pages a week, budget
/// gone at the first alert, time until its alerts are over. Of those that are equal in all of these the one with the
/// fewest rules is kept. A rule that fired for no incident is in no policy: however quiet it is, it detects nothing,
/// and if it always fires, all else would be one call with it. So are rules that can never fire for this SLO or that
/// the data cannot resolve.
///
/// What is found fits this history. How it does on another one is for a backtest to say.
///
/// # Errors
/// As [`super::backtest`].
pub fn search(
    slo: &Slo,
    counts: &Counts,
    incidents: &[Incident],
    grid: &Grid,
    tolerance: TimeDelta,
) -> Result<Vec<Candidate>, Refusal> {
    let (track, record) = history(slo, counts)?;
    let Grid { demands, .. } = grid;
    let mut single =
        AlertPolicy::new().with_low_traffic(demands.low_traffic()).with_min_coverage(demands.min_coverage());
    for long in &grid.longs {
        let Some(short) = long.checked_div(grid.short_divisor) else { continue };
        for factor in &grid.factors {
            let name =
                format!("{}/{}>={factor}", crate::duration::Short(*long), crate::duration::Short(short));
            let rule = AlertRule::burn_rate(name, Severity::Page, *long, short, *factor);
            let is_resolved = [*long, short].into_iter().all(|window| track.steps_in(window).is_some());
            if is_resolved && let Ok(more) = single.clone().with_rule(slo, rule) {
                single = more;
            }
        }
    }
    // Each rule is followed once; a set of rules is scored from what its members did.
    let (_, episodes) = Judge::new(slo, &single, &track).replay(&track, track.len());
    let history = History::new(slo, &track, record, incidents, tolerance);
    let is_useful = |(_, episodes): &Run<'_>| episodes.iter().any(|episode| history.is_for_one(episode));
    let runs = single.rules().iter().zip(episodes.iter().map(Vec::as_slice));
    let runs: Vec<Run<'_>> = runs.filter(is_useful).collect();
    let mut best: Vec<Candidate> = Vec::new();
    let mut sets: Vec<Vec<usize>> = (0..runs.len()).map(|place| vec![place]).collect();
    for size in 1..=grid.most_rules {
        if size > 1 {
            let larger = sets.iter().flat_map(|set| {
                let next = set.last().map_or(0, |last| last + 1);
                (next..runs.len()).map(move |place| set.iter().copied().chain([place]).collect())
            });
            sets = larger.collect();
        }
        for set in &sets {
            let members: Vec<_> = set.iter().filter_map(|place| runs.get(*place).copied()).collect();
            let (score, _) = history.score(&members);
            let rules = members.iter().map(|(rule, _)| (*rule).clone()).collect();
            let candidate = Candidate { rules, score };
            if !best.iter().any(|other| other.beats(&candidate)) {
                best.retain(|other| !candidate.beats(other));
                best.push(candidate);
            }
        }
    }
    best.sort_by(|Candidate { score: a, .. }, Candidate { score: b, .. }| {
        let by_count = (Reverse(a.detected), a.pages).cmp(&(Reverse(b.detected), b.pages));
        by_count.then_with(|| none_last(a.mean_budget_gone, b.mean_budget_gone))
    });
    Ok(best)
}
