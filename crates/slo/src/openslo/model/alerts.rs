//! Alert policies.

use crate::duration::Short;
use crate::{AlertPolicy, AlertRule, Comparison, Condition, Severity, Slo};
use chrono::TimeDelta;
use toban_core::Ratio;

use super::super::alert::{self as spec, AlertConditionSpec, AlertPolicySpec};
use super::super::annotation::{self, BurnRatePair};
use super::super::bundle::Found;
use super::super::finding::{Finding, Level, Place, Problem};
use super::super::slo::{Operator, SloSpec};
use super::read::Reader;

impl Reader<'_, '_> {
    /// All alerts of an SLO, checked against one of its objectives.
    pub(super) fn alert_policy(&mut self, found: &Found<'_, SloSpec>, slo: &Slo) -> AlertPolicy {
        let mut policy = AlertPolicy::new();
        if found.metadata.annotations.contains_key(annotation::ALERT_POLICY) {
            let place = found.annotation(annotation::ALERT_POLICY);
            match AlertPolicy::sre_workbook(slo) {
                Ok(workbook) => {
                    workbook.rules().iter().for_each(|rule| self.look_at_factor(rule, &place));
                    policy = workbook;
                }
                Err(error) => self.error(place, Problem::Alert(error)),
            }
        }
        for (number, reference) in found.spec.alert_policies.iter().enumerate() {
            let entry = found.inside(["spec".into(), "alertPolicies".into(), number.into()]);
            let Some(definition) = self.bundle.follow(reference, &entry) else { continue };
            for (rule, place) in self.rules(&definition) {
                match policy.clone().with_rule(slo, rule) {
                    Ok(longer) => {
                        longer.rules().last().into_iter().for_each(|rule| self.look_at_factor(rule, &place));
                        policy = longer;
                    }
                    Err(error) => self.error(place, Problem::Alert(error)),
                }
            }
        }
        policy
    }

    /// A budget that burns below 1 outlives its window.
    fn look_at_factor(&mut self, rule: &AlertRule, place: &Place) {
        if let Condition::BurnRate { factor, .. } = &rule.condition
            && *factor < Ratio::ONE
        {
            let problem = Problem::FactorBelowOne { rule: rule.name.clone(), factor: *factor };
            self.note(Finding { level: Level::Warning, place: place.clone(), problem });
        }
    }

    /// The rules of a policy, each with the place of what it comes from.
    ///
    /// A rule has the name of its policy; where the policy makes several, that of the missing data ends in `-no-data`
    /// and that of each pair in its long window.
    fn rules(&mut self, policy: &Found<'_, AlertPolicySpec>) -> Vec<(AlertRule, Place)> {
        let mut rules = Vec::new();
        for (number, reference) in policy.spec.conditions.iter().enumerate() {
            let entry = policy.inside(["spec".into(), "conditions".into(), number.into()]);
            let Some(condition) = self.bundle.follow(reference, &entry) else { continue };
            let severity = self.severity(&condition);
            let name = &policy.metadata.name;
            let (no_data, breaching) = (policy.spec.alert_when_no_data, policy.spec.alert_when_breaching);
            let burns = self.burns(policy, &condition);
            if no_data == Some(true)
                && let Some((Condition::BurnRate { long, .. }, place)) = burns.first()
            {
                let name = if breaching == Some(true) { format!("{name}-no-data") } else { name.clone() };
                rules.push((
                    AlertRule::new(name, severity, Condition::Absent { lasting: *long }),
                    place.clone(),
                ));
            }
            if breaching == Some(true) {
                let lasting =
                    condition.spec.condition.alert_after.map_or(TimeDelta::zero(), |after| after.nominal());
                let several = burns.len() > 1;
                for (burn, place) in burns {
                    let name = match &burn {
                        Condition::BurnRate { long, .. } if several => format!("{name}-{}", Short(*long)),
                        _ => name.clone(),
                    };
                    rules.push((AlertRule::new(name, severity, burn).with_lasting(lasting), place));
                }
            }
        }
        rules
    }

    /// The burn rates that a policy looks at, each with its place.
    fn burns(
        &mut self,
        policy: &Found<'_, AlertPolicySpec>,
        condition: &Found<'_, AlertConditionSpec>,
    ) -> Vec<(Condition, Place)> {
        if let Some(text) = policy.metadata.annotations.get(annotation::BURN_RATE_PAIRS) {
            // Pairs that cannot be read stand in place of the condition all the same.
            let pairs = annotation::burn_rate_pairs(text).unwrap_or_default();
            let place = policy.annotation(annotation::BURN_RATE_PAIRS);
            let burn = |pair: &BurnRatePair| {
                let factor = self.ratio(&place, pair.factor)?;
                let (long, short) = (pair.long.nominal(), Some(pair.short.nominal()));
                let burn = Condition::BurnRate { comparison: pair.op.into(), factor, long, short };
                Some((burn, place.clone()))
            };
            return pairs.iter().filter_map(burn).collect();
        }
        let spec::Condition { op, threshold, lookback_window, .. } = condition.spec.condition;
        let place = condition.inside(["spec".into(), "condition".into()]);
        let Some(factor) = self.ratio(&place, threshold) else { return Vec::new() };
        let long = lookback_window.nominal();
        let burn = Condition::BurnRate { comparison: op.into(), factor, long, short: None };
        vec![(burn, place)]
    }

    fn severity(&mut self, condition: &Found<'_, AlertConditionSpec>) -> Severity {
        match condition.spec.severity.as_str() {
            "page" => Severity::Page,
            "ticket" => Severity::Ticket,
            other => {
                let severity = other.chars().take(40).collect();
                let place = condition.inside(["spec".into(), "severity".into()]);
                self.note(Finding {
                    level: Level::Warning,
                    place,
                    problem: Problem::UnknownSeverity { severity },
                });
                Severity::Page
            }
        }
    }
}

impl From<Operator> for Comparison {
    fn from(op: Operator) -> Self {
        match op {
            Operator::Gt => Self::Above,
            Operator::Gte => Self::AtLeast,
            Operator::Lt => Self::Below,
            Operator::Lte => Self::AtMost,
        }
    }
}
