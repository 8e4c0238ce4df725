//! An evaluator, and beside it what the calculation says of the same tallies.

use super::tally;
use super::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;
use toban_core::Share;
use toban_slo::backtest::backtest;
use toban_slo::{
    AlertReport, AlertRule, AlertState, Burn, Counts, Episode, Evaluator, SloKey, Slots, Tally, evaluate,
};

/// What one alert turned into, and when.
pub(super) type Changes = Vec<(DateTime<Utc>, AlertState)>;

/// An evaluator with some SLOs on the same terms, and beside it what the calculation needs.
pub(super) struct Both {
    pub(super) world: World,
    pub(super) evaluator: Evaluator,
    pub(super) keys: Vec<SloKey>,
    pub(super) counts: Vec<Counts>,
    pub(super) heard: BTreeMap<(SloKey, String), Changes>,
}

impl Both {
    pub(super) fn new(world: World, slots: Slots, slos: usize) -> Self {
        let mut evaluator = Evaluator::new(slots);
        let mut keys = Vec::new();
        for place in 0..slos {
            keys.push(evaluator.add(&world.slo(&format!("slo-{place}")), &world.policy).unwrap());
        }
        let counts = vec![Counts::new(world.start(), world.slot).unwrap(); slos];
        Self { world, evaluator, keys, counts, heard: BTreeMap::new() }
    }

    pub(super) fn record(&mut self, slo: usize, slot: usize, (bad, total): (u64, u64)) {
        let at = self.world.time(slot) + TimeDelta::seconds(7);
        self.evaluator.record(self.keys[slo], at, tally(bad, total)).unwrap();
        self.counts[slo].add(at, tally(bad, total)).unwrap();
    }

    pub(super) fn tick(&mut self, now: DateTime<Utc>) {
        let heard = &mut self.heard;
        self.evaluator
            .tick(now, |change| {
                assert_ne!(change.from, change.to);
                heard.entry((change.slo, change.rule.name.clone())).or_default().push((change.at, change.to));
            })
            .unwrap();
    }

    /// Whether both say something about this moment: an evaluator knows no time before its start, and the calculation
    /// follows no alert long after its data.
    pub(super) fn is_in_reach(&self, slo: usize, now: DateTime<Utc>) -> bool {
        self.world.start() <= now && now <= self.counts[slo].end() + self.world.windows[0].nominal_length()
    }

    pub(super) fn agree(&self, now: DateTime<Utc>, alerts: Alerts) -> Result<(), TestCaseError> {
        for (slo, key) in self.keys.iter().enumerate().filter(|(slo, _)| self.is_in_reach(*slo, now)) {
            let report = evaluate(&self.world.slo("any"), &self.world.policy, &self.counts[slo], now);
            for found in &report.windows {
                prop_assert_eq!(self.evaluator.window(*key, found.window), Some(found.reading));
            }
            let sla = report.sla.unwrap();
            prop_assert_eq!(self.evaluator.window(*key, sla.sla.window), sla.reading);
            for found in &report.burn_rates {
                prop_assert_eq!(self.evaluator.last(*key, found.window), Some(found.reading));
                let burn = self.evaluator.burn_rate(*key, found.window).unwrap_or(Burn::NoData);
                prop_assert_eq!(burn, found.burn);
            }
            if alerts == Alerts::Too {
                report.alerts.iter().try_for_each(|alert| self.alert_agrees(*key, alert))?;
            }
        }
        Ok(())
    }

    /// Every window of a rule holds what its slots were told, summed up one by one.
    pub(super) fn sums_agree(&self) -> Result<(), TestCaseError> {
        let slice = self.world.budgeting.slice();
        for (key, counts) in self.keys.iter().zip(&self.counts) {
            for window in self.world.policy.windows() {
                let reading = self.evaluator.last(*key, window).unwrap();
                let mut told: BTreeMap<i64, Tally> = BTreeMap::new();
                for (at, tally) in counts.iter().filter(|(at, _)| reading.interval.contains(*at)) {
                    let Some(tally) = tally else { continue };
                    let step = at.timestamp() / slice.unwrap_or(self.world.slot).num_seconds();
                    let sum = told.entry(step).or_default();
                    *sum = sum.checked_add(tally).unwrap();
                }
                if slice.is_some() {
                    let judge = |sum: &Tally| Tally::from_ratio(sum.good_share().unwrap_or(Share::ALL));
                    told.values_mut().for_each(|sum| *sum = judge(sum));
                }
                let sum = told.values().fold(Tally::ZERO, |sum, tally| sum.checked_add(*tally).unwrap());
                prop_assert_eq!((reading.tally, reading.observed), (sum, told.len() as u64));
            }
        }
        Ok(())
    }

    pub(super) fn alert_agrees(&self, key: SloKey, alert: &AlertReport) -> Result<(), TestCaseError> {
        let state = self.evaluator.alert(key, &alert.rule.name);
        prop_assert_eq!(state, Some(alert.state), "{}", alert.rule.condition);
        self.episodes_agree(key, &alert.rule, &alert.episodes, DateTime::<Utc>::MAX_UTC)
    }

    pub(super) fn episodes_agree(
        &self,
        key: SloKey,
        rule: &AlertRule,
        episodes: &[Episode],
        until: DateTime<Utc>,
    ) -> Result<(), TestCaseError> {
        let mut turns = Vec::new();
        for (at, state) in self.heard.get(&(key, rule.name.clone())).into_iter().flatten() {
            // Each time it fired, then each time it resolved.
            if state.is_firing() == (turns.len() % 2 == 0) {
                turns.push(*at);
            }
        }
        turns.retain(|at| *at <= until);
        let expected = episodes.iter().flat_map(|episode| [Some(episode.fired_at), episode.resolved_at]);
        let expected: Vec<_> = expected.flatten().filter(|at| *at <= until).collect();
        prop_assert_eq!(turns, expected, "{}", rule.condition);
        Ok(())
    }

    /// Each alert fired and resolved when a backtest of the same counts says; a forecast of so many events would
    /// take too long.
    pub(super) fn backtests_agree(&self) -> Result<(), TestCaseError> {
        let step = self.world.budgeting.slice().unwrap_or(self.world.slot);
        for (key, counts) in self.keys.iter().zip(&self.counts).filter(|(_, counts)| !counts.is_empty()) {
            let slo = self.world.slo("any");
            let found = backtest(&slo, &self.world.policy, counts, &[], TimeDelta::zero()).unwrap();
            for result in &found.rules {
                self.episodes_agree(*key, &result.rule, &result.episodes, counts.end() - step)?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alerts {
    Too,
    Left,
}
