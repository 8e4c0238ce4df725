//! The kinds that tell when to alert, and whom.

use serde::{Deserialize, Serialize};

use super::number::Number;
use super::reference::Reference;
use super::shorthand::DurationShorthand;
use super::slo::Operator;

/// Kind `AlertPolicy`: which condition of an SLO leads to which notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertPolicySpec {
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether to alert when there is no data to judge by; not, unless it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_when_no_data: Option<bool>,
    /// Whether to tell when the condition ends; not, unless it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_when_resolved: Option<bool>,
    /// Whether to alert when the condition holds; not, unless it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_when_breaching: Option<bool>,
    /// Exactly one, in place or by name.
    #[serde(default)]
    pub conditions: Vec<Reference<AlertConditionSpec>>,
    /// At least one, in place or by name.
    #[serde(default)]
    pub notification_targets: Vec<Reference<AlertNotificationTargetSpec>>,
}

/// Kind `AlertCondition`: when an alert begins, and how bad that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertConditionSpec {
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Such as `page` or `ticket`.
    pub severity: String,
    /// What must hold.
    pub condition: Condition,
}

/// What must hold for an alert: the burn rate over a window compares with a threshold, for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// `burnrate`, also when it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ConditionKind>,
    /// How the burn rate compares with the threshold.
    pub op: Operator,
    /// In budgets per period: at 1 the budget lasts exactly the window of the objective.
    pub threshold: Number,
    /// Over how long the burn rate is taken.
    pub lookback_window: DurationShorthand,
    /// For how long the comparison must hold before the alert begins; `0m` when it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert_after: Option<DurationShorthand>,
}

/// The kind of a condition; there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConditionKind {
    /// The rate at which the budget is spent.
    BurnRate,
}

/// Kind `AlertNotificationTarget`: whom to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertNotificationTargetSpec {
    /// By which way: `email`, `slack`, a name that the implementation knows.
    pub target: String,
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
