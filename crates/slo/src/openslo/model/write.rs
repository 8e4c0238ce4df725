//! From the model to documents.

use crate::{AlertPolicy, AlertRule, Budgeting, Comparison, Condition, Indicator, RatioOf, Slo, Window};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use toban_core::{Ratio, Share};

use super::super::alert::{
    self, AlertConditionSpec, AlertNotificationTargetSpec, AlertPolicySpec, ConditionKind,
};
use super::super::annotation::{self, BurnRatePair};
use super::super::check;
use super::super::document::{Document, Spec};
use super::super::metadata::Metadata;
use super::super::number::Number;
use super::super::reference::{Definition, Reference};
use super::super::shorthand::{DurationShorthand, SliceWindow};
use super::super::sli::{RatioMetric, RawType, SliSpec};
use super::super::slo::{BudgetingMethod, Objective, Operator, SloSpec};
use super::window;

/// What OpenSLO wants to know of an SLO, and the model of this crate does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The name of the service.
    pub service: String,
    /// What is measured, and where.
    pub indicator: Definition<SliSpec>,
    /// Whom the alerts tell; at least one, if there are alerts.
    pub notification_targets: Vec<Reference<AlertNotificationTargetSpec>>,
}

impl Surroundings {
    /// The document that promises this: read again by [`Bundle::to_model`](super::Bundle::to_model) with the same
    /// indicator, it gives the same SLO and the same alerts.
    ///
    /// # Errors
    /// Names the first thing that OpenSLO, with the annotations of this crate, cannot say.
    pub fn document(&self, slo: &Slo, policy: &AlertPolicy) -> Result<Document, Inexpressible> {
        if !slo.corrections().is_empty() {
            return Err(Inexpressible::Corrections);
        }
        let main = window::to_time_window(slo.window())?;
        let mut annotations = BTreeMap::new();
        let mut annotate = |key: &str, text: String| annotations.insert(key.to_owned(), text);
        if slo.objective().budget().is_none() {
            annotate(annotation::FULL_TARGET, annotation::ALLOWED.to_owned());
        }
        let more: Result<Vec<_>, _> = slo.windows().skip(1).map(window::to_annotation).collect();
        let more: Vec<_> = more?.iter().map(ToString::to_string).collect();
        if !more.is_empty() {
            annotate(annotation::WINDOWS, more.join(", "));
        }
        if let Some(sla) = slo.sla() {
            let window = window::to_annotation(sla.window)?;
            let contract =
                annotation::Contract { objective: sla.objective, window, terms: sla.terms.clone() };
            if contract.to_string().parse() != Ok(contract.clone()) {
                return Err(Inexpressible::Sla);
            }
            annotate(annotation::SLA, contract.to_string());
        }
        let workbook = AlertPolicy::sre_workbook(slo).ok();
        let rules = match workbook.and_then(|workbook| policy.rules().strip_prefix(workbook.rules())) {
            Some(rest) => {
                annotate(annotation::ALERT_POLICY, annotation::SRE_WORKBOOK.to_owned());
                rest
            }
            None => policy.rules(),
        };
        let plain = AlertPolicy::new();
        if policy.low_traffic() != plain.low_traffic()
            || policy.min_coverage() != plain.min_coverage()
            || policy.patience() != plain.patience()
        {
            return Err(Inexpressible::Proof);
        }
        let alert_policies: Result<Vec<_>, _> = rules.iter().map(|rule| self.policy(rule)).collect();
        let spec = SloSpec {
            description: None,
            service: self.service.clone(),
            indicator: Some(self.indicator.clone()),
            indicator_ref: None,
            time_window: vec![main],
            budgeting_method: match slo.budgeting() {
                Budgeting::Occurrences => BudgetingMethod::Occurrences,
                Budgeting::RatioTimeslices { .. } => BudgetingMethod::RatioTimeslices,
                Budgeting::Timeslices { .. } => BudgetingMethod::Timeslices,
            },
            objectives: vec![self.objective(slo)?],
            alert_policies: alert_policies?,
        };
        Ok(Document { metadata: Metadata { annotations, ..named(slo.name())? }, spec: Spec::Slo(spec) })
    }

    fn objective(&self, slo: &Slo) -> Result<Objective, Inexpressible> {
        let mut objective =
            Objective { target: Some(number(slo.objective().target().as_ratio())?), ..Objective::default() };
        let sli = &self.indicator.spec;
        let fits = match (slo.indicator(), &sli.threshold_metric, &sli.ratio_metric) {
            (Indicator::Threshold { comparison, limit }, Some(_), None) => {
                objective.op = Some((*comparison).into());
                objective.value = Some(number(*limit)?);
                true
            }
            (Indicator::PrecomputedRatio { of }, None, Some(RatioMetric { raw: Some(_), raw_type, .. })) => {
                *raw_type
                    == Some(match of {
                        RatioOf::Failure => RawType::Failure,
                        RatioOf::Success => RawType::Success,
                    })
            }
            (
                Indicator::Availability | Indicator::Latency { .. } | Indicator::Uptime,
                None,
                Some(RatioMetric { raw: None, .. }),
            ) => true,
            _ => false,
        };
        if !fits {
            return Err(Inexpressible::Indicator { indicator: slo.indicator().clone() });
        }
        objective.time_slice_window = slo.budgeting().slice().map(slice).transpose()?;
        if let Budgeting::Timeslices { target, .. } = slo.budgeting() {
            if target == Share::NONE {
                return Err(Inexpressible::Number { ratio: Ratio::ZERO });
            }
            objective.time_slice_target = Some(number(target.as_ratio())?);
        }
        Ok(objective)
    }

    /// A policy of its own for each rule, so that the rule keeps its name.
    fn policy(&self, rule: &AlertRule) -> Result<Reference<AlertPolicySpec>, Inexpressible> {
        let refuse = || Inexpressible::Rule { rule: rule.name.clone() };
        let mut metadata = named(&rule.name)?;
        let (op, factor, lookback, is_burn) = match &rule.condition {
            Condition::BurnRate { comparison, factor, long, .. } => {
                ((*comparison).into(), *factor, *long, true)
            }
            // A condition must compare with something; the policy does not look at it.
            Condition::Absent { lasting } if rule.lasting.is_zero() => {
                (Operator::Gte, Ratio::ONE, *lasting, false)
            }
            _ => return Err(refuse()),
        };
        if !rule.cool_down.is_zero() || self.notification_targets.is_empty() {
            return Err(refuse());
        }
        let factor = number(factor)?;
        let whole =
            |length: TimeDelta| DurationShorthand::of(length).filter(|it| !it.is_zero()).ok_or_else(refuse);
        let lookback_window = whole(lookback)?;
        if let Condition::BurnRate { short: Some(short), .. } = rule.condition {
            let pair = BurnRatePair { long: lookback_window, short: whole(short)?, op, factor };
            metadata.annotations.insert(annotation::BURN_RATE_PAIRS.to_owned(), pair.to_string());
        }
        let condition = AlertConditionSpec {
            description: None,
            severity: rule.severity.to_string(),
            condition: alert::Condition {
                kind: Some(ConditionKind::BurnRate),
                op,
                threshold: factor,
                lookback_window,
                alert_after: if rule.lasting.is_zero() { None } else { Some(whole(rule.lasting)?) },
            },
        };
        let condition = Definition { metadata: named(&rule.name)?, spec: condition };
        let spec = AlertPolicySpec {
            description: None,
            alert_when_no_data: Some(!is_burn),
            alert_when_resolved: Some(true),
            alert_when_breaching: Some(is_burn),
            conditions: vec![Reference::Inline(condition)],
            notification_targets: self.notification_targets.clone(),
        };
        Ok(Reference::Inline(Definition { metadata, spec }))
    }
}

fn named(name: &str) -> Result<Metadata, Inexpressible> {
    if check::is_name(name) {
        Ok(Metadata::named(name))
    } else {
        Err(Inexpressible::Name { name: name.chars().take(70).collect() })
    }
}

fn number(ratio: Ratio) -> Result<Number, Inexpressible> {
    ratio.to_string().parse().map_err(|_| Inexpressible::Number { ratio })
}

fn slice(length: TimeDelta) -> Result<SliceWindow, Inexpressible> {
    if let Some(shorthand) = DurationShorthand::of(length) {
        return Ok(SliceWindow::Shorthand(shorthand));
    }
    let refuse = || Inexpressible::Slice { slice: length };
    let millis = u128::try_from(length.num_milliseconds()).map_err(|_| refuse())?;
    let minutes =
        Ratio::new(millis, 60_000).ok().and_then(|minutes| number(minutes).ok()).map(SliceWindow::Minutes);
    minutes.filter(|minutes| minutes.length() == Some(length)).ok_or_else(refuse)
}

impl From<Comparison> for Operator {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::Above => Self::Gt,
            Comparison::AtLeast => Self::Gte,
            Comparison::AtMost => Self::Lte,
            Comparison::Below => Self::Lt,
        }
    }
}

/// OpenSLO, with the annotations of this crate, cannot say it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inexpressible {
    /// Stretches of time are treated specially.
    #[error("OpenSLO has no corrections")]
    Corrections,
    /// The indicator is not what its definition describes.
    #[error("{indicator} is not what the definition of the indicator describes")]
    Indicator {
        /// The indicator of the SLO.
        indicator: Indicator,
    },
    /// A name is no DNS label (RFC 1123).
    #[error("OpenSLO wants names of at most 63 lowercase letters, digits and dashes: {name:?}")]
    Name {
        /// The name, at most its first 70 characters.
        name: String,
    },
    /// A number is no decimal that a document holds exactly, or outside what OpenSLO allows.
    #[error("no number of OpenSLO is exactly {ratio}")]
    Number {
        /// The number.
        ratio: Ratio,
    },
    /// The policy demands proof or coverage of its own.
    #[error("OpenSLO has no gates for low traffic or low coverage")]
    Proof,
    /// The rule is no burn rate or absence over whole minutes, or has a cool-down, or nobody to tell.
    #[error("OpenSLO cannot say alert rule {rule}")]
    Rule {
        /// The name of the rule.
        rule: String,
    },
    /// The terms of the contract begin or end with a blank.
    #[error("an annotation cannot say terms of a contract that begin or end with a blank")]
    Sla,
    /// A slice is no decimal number of minutes and whole number of seconds.
    #[error("OpenSLO cannot say a time slice of {slice}")]
    Slice {
        /// The length.
        slice: TimeDelta,
    },
    /// A window is no whole number of minutes, lies in a zone without a name, or begins where an annotation cannot say.
    #[error("OpenSLO cannot say the window {window}")]
    Window {
        /// The window.
        window: Window,
    },
}
