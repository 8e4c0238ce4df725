//! The model: what the documentation says, computed in the most tedious way.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use toban_calendar::Unit;
use toban_core::{Ratio, Share};
use toban_slo::{AlertPolicy, AlertState, Budgeting, Burn, Comparison, Condition, Held, LowTraffic, Slo};

/// What a window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) bad: u64,
    pub(crate) total: u64,
    pub(crate) seen: u64,
    pub(crate) expected: u64,
}

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    No,
    NotProven,
    NotSeen,
    Yes,
}

/// Since when it held, when it fired, and when it resolved.
pub(crate) type Episode = (DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>);

/// One alert: what was said of it so far, and what follows from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alert {
    pub(crate) said: Vec<(DateTime<Utc>, Said)>,
    pub(crate) episodes: Vec<Episode>,
    /// Since when it holds, while it does not call yet.
    waits: Option<DateTime<Utc>>,
    /// Since when it does not hold any more, while it calls still.
    quiet: Option<DateTime<Utc>>,
}

impl Alert {
    fn calls(&self) -> bool {
        self.episodes.last().is_some_and(|episode| episode.2.is_none())
    }

    pub(crate) fn state(&self) -> AlertState {
        let held = match (self.calls(), self.waits) {
            (true, _) => Held::Firing,
            (false, Some(_)) => Held::Pending,
            (false, None) => Held::Inactive,
        };
        match (self.said.last().map(|(_, said)| *said), held) {
            (Some(Said::NotSeen), held) => AlertState::Frozen(held),
            (_, Held::Inactive) => AlertState::Inactive,
            (_, Held::Pending) => AlertState::Pending,
            (_, Held::Firing) => AlertState::Firing,
        }
    }

    fn hear(&mut self, at: DateTime<Utc>, said: Said, lasting: TimeDelta, cool_down: TimeDelta) {
        self.said.push((at, said));
        if self.calls() {
            self.quiet = match said {
                Said::No => self.quiet.or(Some(at)),
                Said::Yes => None,
                Said::NotProven | Said::NotSeen => self.quiet,
            };
            if said == Said::No && self.quiet.is_some_and(|quiet| at - quiet >= cool_down) {
                self.quiet = None;
                if let Some(episode) = self.episodes.last_mut() {
                    episode.2 = Some(at);
                }
            }
            return;
        }
        match said {
            Said::No => self.waits = None,
            Said::Yes => {
                let since = *self.waits.get_or_insert(at);
                if at - since >= lasting {
                    self.waits = None;
                    self.episodes.push((since, at, None));
                }
            }
            Said::NotProven | Said::NotSeen => {}
        }
    }
}

/// The calculation of one SLO, step by step.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    slo: &'a Slo,
    policy: &'a AlertPolicy,
    /// When the first step begins.
    first: DateTime<Utc>,
    step: TimeDelta,
    /// Bad and total of each step; `None` is a gap.
    steps: Vec<Option<(u64, u64)>>,
    /// The steps that are over.
    over: usize,
    pub(crate) alerts: Vec<Alert>,
}

impl<'a> Model<'a> {
    /// `None` where a decision would hang on the last digits of a float.
    pub(crate) fn new(
        slo: &'a Slo,
        policy: &'a AlertPolicy,
        start: DateTime<Utc>,
        slot: TimeDelta,
        series: &[Option<(u64, u64)>],
    ) -> Option<Self> {
        let (first, step, steps) = match slo.budgeting() {
            Budgeting::Timeslices { slice, target } => {
                // Slices lie on a grid of their own: whole multiples of their length since 1970.
                let length = slice.num_seconds();
                let first = start.timestamp().div_euclid(length) * length;
                let mut slices: Vec<Option<(u64, u64)>> = Vec::new();
                for (place, tally) in series.iter().enumerate() {
                    let at = start.timestamp() + slot.num_seconds() * i64::try_from(place).unwrap();
                    let slice = usize::try_from((at - first) / length).unwrap();
                    slices.resize(slices.len().max(slice + 1), None);
                    if let Some((bad, total)) = tally {
                        let sum = slices[slice].get_or_insert((0, 0));
                        *sum = (sum.0 + bad, sum.1 + total);
                    }
                }
                let judged =
                    slices.into_iter().map(|slice| slice.map(|sum| (u64::from(is_bad(sum, target)), 1)));
                (DateTime::from_timestamp(first, 0).unwrap(), slice, judged.collect())
            }
            _ => (start, slot, series.to_vec()),
        };
        let model = Self { slo, policy, first, step, steps, over: 0, alerts: Vec::new() };
        let alerts = vec![Alert::default(); policy.rules().len()];
        (!model.is_near_a_tie()).then_some(Self { alerts, ..model })
    }

    /// Goes on to `now`: every step that ends by then is over, and every alert hears after each of them.
    pub(crate) fn advance(&mut self, now: DateTime<Utc>) {
        while self.end(self.over + 1) <= now {
            self.over += 1;
            let at = self.end(self.over);
            let said: Vec<_> = self.policy.rules().iter().map(|rule| self.says(&rule.condition)).collect();
            for ((alert, rule), said) in self.alerts.iter_mut().zip(self.policy.rules()).zip(said) {
                alert.hear(at, said, rule.lasting, rule.cool_down);
            }
        }
    }

    /// When so many steps are over.
    fn end(&self, steps: usize) -> DateTime<Utc> {
        self.first + self.step * i32::try_from(steps).unwrap()
    }

    /// What the steps that begin in `[from, now)` hold; before the record nothing was to be expected.
    fn since(&self, from: DateTime<Utc>) -> Sums {
        let mut held = Sums::default();
        for place in 0..self.over {
            if self.end(place) < from {
                continue;
            }
            held.expected += 1;
            if let Some((bad, total)) = self.steps.get(place).copied().flatten() {
                held.seen += 1;
                held.bad += bad;
                held.total += total;
            }
        }
        held
    }

    pub(crate) fn last(&self, length: TimeDelta) -> Sums {
        self.since(self.end(self.over) - length)
    }

    pub(crate) fn main(&self) -> Sums {
        let window = self.slo.window();
        match window.period() {
            None => self.last(window.length().unwrap()),
            // The moment of a boundary closes the period before it.
            Some((period, _)) => {
                let inside = self.end(self.over) - TimeDelta::milliseconds(1);
                let midnight = inside
                    - TimeDelta::seconds(i64::from(inside.num_seconds_from_midnight()))
                    - TimeDelta::milliseconds(i64::from(inside.timestamp_subsec_millis()));
                let days = match period.unit() {
                    Unit::Week => inside.weekday().num_days_from_monday(),
                    _ => 0,
                };
                self.since(midnight - TimeDelta::days(days.into()))
            }
        }
    }

    /// The share of bad over the share that is allowed.
    pub(crate) fn burn(&self, held: Sums) -> Burn {
        let (num, den) = self.allowed();
        if held.seen == 0 {
            Burn::NoData
        } else if held.bad == 0 {
            Burn::Times(Ratio::ZERO)
        } else {
            Burn::Times(Ratio::new(u128::from(held.bad) * den, u128::from(held.total) * num).unwrap())
        }
    }

    /// The share that may be bad.
    fn allowed(&self) -> (u128, u128) {
        let target = self.slo.objective().target().as_ratio();
        (target.denominator() - target.numerator(), target.denominator())
    }

    /// Whether enough of a window was seen for it to decide anything.
    fn is_seen(&self, held: Sums) -> bool {
        let floor = self.policy.min_coverage().as_ratio();
        held.seen > 0
            && u128::from(held.seen) * floor.denominator() >= u128::from(held.expected) * floor.numerator()
    }

    fn says(&self, condition: &Condition) -> Said {
        let yes = |holds: bool| if holds { Said::Yes } else { Said::No };
        let (num, den) = self.allowed();
        match condition {
            Condition::Absent { lasting } => {
                let is_old_enough = self.end(0) <= self.end(self.over) - *lasting;
                yes(is_old_enough && self.last(*lasting).seen == 0)
            }
            Condition::BudgetConsumed { part } => {
                let whole = self.main();
                if !self.is_seen(whole) {
                    return Said::NotSeen;
                }
                yes(whole.bad > 0 && is_part(whole.bad, whole.total, (num, den), *part))
            }
            Condition::BudgetDrop { part, within } => {
                let (whole, recent) = (self.main(), self.last(*within));
                if !self.is_seen(whole) || !self.is_seen(recent) {
                    return Said::NotSeen;
                }
                yes(recent.bad > 0 && is_part(recent.bad, whole.total, (num, den), *part))
            }
            Condition::BurnRate { comparison, factor, long, short } => {
                if let Some(short) = short {
                    let short = self.last(*short);
                    if !self.is_seen(short) {
                        return Said::NotSeen;
                    }
                    if !self.is_above(short, *factor, *comparison) {
                        return Said::No;
                    }
                }
                let long = self.last(*long);
                if !self.is_seen(long) {
                    Said::NotSeen
                } else if !self.is_above(long, *factor, *comparison) {
                    Said::No
                } else if self.is_proven(long, *factor) {
                    Said::Yes
                } else {
                    Said::NotProven
                }
            }
            Condition::Exhaustion { within, pace } => {
                let (whole, recent) = (self.main(), self.last(*pace));
                if !self.is_seen(whole) || !self.is_seen(recent) {
                    return Said::NotSeen;
                }
                // Nothing happened in the window, so all of its budget is left.
                let spent = self.burn(whole).times().unwrap();
                let Some(left) = Ratio::ONE.checked_sub(spent) else { return Said::Yes };
                let burn = self.burn(recent).times().unwrap();
                let period = self.slo.window().nominal_length().num_seconds();
                let [period, within] = [period, within.num_seconds()]
                    .map(|seconds| Ratio::whole(u64::try_from(seconds).unwrap().into()));
                // At burn 1 a whole budget lasts for a whole period.
                let lasts = period.checked_mul(left).unwrap();
                yes(!burn.is_zero() && lasts <= within.checked_mul(burn).unwrap())
            }
            _ => unreachable!("no other condition is drawn"),
        }
    }

    fn is_above(&self, held: Sums, factor: Ratio, comparison: Comparison) -> bool {
        let (num, den) = self.allowed();
        // bad / total against factor · num / den.
        let left = u128::from(held.bad) * den * factor.denominator();
        let right = u128::from(held.total) * num * factor.numerator();
        match comparison {
            Comparison::Above => left > right,
            _ => left >= right && held.bad > 0,
        }
    }

    fn is_proven(&self, held: Sums, factor: Ratio) -> bool {
        let LowTraffic { min_events, min_failures, .. } = self.policy.low_traffic();
        held.total >= min_events
            && held.bad >= min_failures
            && self.policy.low_traffic().confidence.is_none_or(|confidence| {
                at_least(held.bad, held.total, self.threshold(factor)) <= risk(confidence.as_share())
            })
    }

    /// The burn rate as a share of bad events.
    fn threshold(&self, factor: Ratio) -> f64 {
        let (num, den) = self.allowed();
        factor.checked_mul(Ratio::new(num, den).unwrap()).unwrap().to_f64()
    }

    /// Whether some bad of some total that may be asked about is so near to proof that floats decide.
    fn is_near_a_tie(&self) -> bool {
        let Some(confidence) = self.policy.low_traffic().confidence else { return false };
        let risk = risk(confidence.as_share());
        self.policy.rules().iter().any(|rule| {
            let Condition::BurnRate { factor, long, .. } = &rule.condition else { return false };
            let threshold = self.threshold(*factor);
            let steps = usize::try_from(long.num_seconds() / self.step.num_seconds()).unwrap();
            (1..=self.steps.len()).any(|end| {
                let window = self.steps[end.saturating_sub(steps)..end].iter().flatten();
                let (bad, total) = window.fold((0, 0), |sum, step| (sum.0 + step.0, sum.1 + step.1));
                (at_least(bad, total, threshold) - risk).abs() < 1e-9
            })
        })
    }
}

fn risk(confidence: Share) -> f64 {
    1.0 - confidence.to_f64()
}

/// Whether `bad` is at least that part of what may be bad of `total`.
fn is_part(bad: u64, total: u64, (num, den): (u128, u128), part: Ratio) -> bool {
    u128::from(bad) * den * part.denominator() >= u128::from(total) * num * part.numerator()
}

fn is_bad((bad, total): (u64, u64), target: Share) -> bool {
    // good / total < target, and a slice in which nothing happened is good.
    let target = target.as_ratio();
    u128::from(total - bad) * target.denominator() < u128::from(total) * target.numerator()
}

/// The chance of `bad` or more of `total`, term by term.
fn at_least(bad: u64, total: u64, chance: f64) -> f64 {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap());
    let mut below = 0.0;
    let mut term = (1.0 - chance).powi(i32::try_from(total).unwrap());
    for events in 0..bad {
        below += term;
        term *= float(total - events) / float(events + 1) * chance / (1.0 - chance);
    }
    1.0 - below
}
