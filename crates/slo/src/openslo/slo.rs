//! The kind that tells what is promised.

use chrono::NaiveDateTime;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::alert::AlertPolicySpec;
use super::number::Number;
use super::reference::{Definition, Reference};
use super::shorthand::{DurationShorthand, SliceWindow};
use super::sli::SliSpec;

/// Kind `SLO`: targets for an indicator over a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SloSpec {
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name of the service; a definition of kind `Service` may stand behind it.
    pub service: String,
    /// What is measured, in place. Excludes `indicator_ref`; a composite SLO has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator: Option<Definition<SliSpec>>,
    /// What is measured, by name. Excludes `indicator`; a composite SLO has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator_ref: Option<String>,
    /// Exactly one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_window: Vec<TimeWindow>,
    /// How events add up to a budget.
    pub budgeting_method: BudgetingMethod,
    /// The targets.
    pub objectives: Vec<Objective>,
    /// When to alert, in place or by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alert_policies: Vec<Reference<AlertPolicySpec>>,
}

impl SloSpec {
    /// Whether its objectives have indicators of their own.
    #[must_use]
    pub fn is_composite(&self) -> bool {
        self.objectives
            .iter()
            .any(|objective| objective.indicator.is_some() || objective.indicator_ref.is_some())
    }
}

/// The stretch over which an objective must be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeWindow {
    /// Its length.
    pub duration: DurationShorthand,
    /// Where it begins and in which zone, if it follows the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// Whether it always ends now. Where it says nothing, a `calendar` decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_rolling: Option<bool>,
}

impl TimeWindow {
    /// A window that always ends now.
    #[must_use]
    pub fn rolling(duration: DurationShorthand) -> Self {
        Self { duration, calendar: None, is_rolling: Some(true) }
    }
}

/// How a window lies in the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Calendar {
    /// A civil time at which a window begins, written `2026-01-31 12:30:00`.
    #[serde(with = "civil")]
    pub start_time: NaiveDateTime,
    /// An IANA name.
    pub time_zone: String,
}

/// How events add up to a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BudgetingMethod {
    /// Good events of all events.
    Occurrences,
    /// The mean of the ratios of all time slices.
    RatioTimeslices,
    /// Good time slices of all time slices.
    Timeslices,
}

/// How a value compares with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// Above.
    Gt,
    /// At or above.
    Gte,
    /// Below.
    Lt,
    /// At or below.
    Lte,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
        })
    }
}

/// A target for an indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Objective {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// How a threshold metric compares with `value` when it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<Operator>,
    /// What a threshold metric is compared with, in its own unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// The share that must be good, from 0 to below 1. Excludes `target_percent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Number>,
    /// The share that must be good, from 0 to below 100. Excludes `target`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_percent: Option<Number>,
    /// The share of good events that makes a time slice good, above 0 and at most 1. Time slices need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_slice_target: Option<Number>,
    /// The length of a time slice. Both kinds of time slices need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_slice_window: Option<SliceWindow>,
    /// What is measured, in place: every objective of a composite SLO has this or `indicator_ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator: Option<Definition<SliSpec>>,
    /// What is measured, by name: every objective of a composite SLO has this or `indicator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator_ref: Option<String>,
    /// How much it counts in a composite SLO, above 0; 1 when it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composite_weight: Option<Number>,
}

/// Civil times as OpenSLO writes them.
mod civil {
    use super::{Deserializer, NaiveDateTime, Serializer, StartVisitor};

    pub(super) const SHAPE: &str = "%Y-%m-%d %H:%M:%S";

    pub(super) fn serialize<S: Serializer>(time: &NaiveDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format(SHAPE))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDateTime, D::Error> {
        deserializer.deserialize_str(StartVisitor)
    }
}

struct StartVisitor;

impl Visitor<'_> for StartVisitor {
    type Value = NaiveDateTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date with time of day such as 2026-01-31 12:30:00")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<NaiveDateTime, E> {
        NaiveDateTime::parse_from_str(text, civil::SHAPE)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}
