//! Rules for alert policies, conditions and targets.

use super::super::alert::{AlertConditionSpec, AlertNotificationTargetSpec, AlertPolicySpec};
use super::super::finding::Problem;
use super::super::slo::Operator;
use super::Checker;

impl Checker<'_> {
    pub(super) fn alert_policy(&mut self, spec: &AlertPolicySpec) {
        self.description(spec.description.as_deref());
        let cases = [spec.alert_when_breaching, spec.alert_when_resolved, spec.alert_when_no_data];
        if !cases.contains(&Some(true)) {
            self.warn(Problem::NeverAlerts);
        }
        if spec.conditions.len() != 1 {
            self.error_at(
                "conditions",
                Problem::WrongCount { found: spec.conditions.len(), allowed: "exactly one is" },
            );
        }
        self.entries("conditions", &spec.conditions, |checker, _, spec| checker.alert_condition(spec));
        if spec.notification_targets.is_empty() {
            self.error_at(
                "notificationTargets",
                Problem::WrongCount { found: 0, allowed: "at least one is" },
            );
        }
        self.entries("notificationTargets", &spec.notification_targets, |checker, _, spec| {
            checker.alert_notification_target(spec);
        });
    }

    pub(super) fn alert_condition(&mut self, spec: &AlertConditionSpec) {
        self.description(spec.description.as_deref());
        self.filled("severity", &spec.severity);
        self.at("condition", |checker| {
            let op = spec.condition.op;
            if matches!(op, Operator::Lt | Operator::Lte) {
                checker.warn_at("op", Problem::FiresWhenCalm { op });
            }
            if spec.condition.lookback_window.is_zero() {
                checker.error_at("lookbackWindow", Problem::ZeroDuration);
            }
        });
    }

    pub(super) fn alert_notification_target(&mut self, spec: &AlertNotificationTargetSpec) {
        self.description(spec.description.as_deref());
        self.filled("target", &spec.target);
    }
}
