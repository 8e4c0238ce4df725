//! The kinds that tell what is measured, and where.

use serde::{Deserialize, Serialize};

use super::value::Value;

/// Kind `DataSource`: how to reach a system that holds metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSourceSpec {
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which system: `Prometheus`, `access-log`.
    #[serde(rename = "type")]
    pub source_type: String,
    /// What such a system needs to be reached.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub connection_details: Value,
}

/// Kind `Service`: what objectives are grouped by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceSpec {
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Kind `SLI`: how to read an indicator, as a metric with a threshold or as a ratio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SliSpec {
    /// At most 1050 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A metric that the objective compares with its `value`. Excludes `ratio_metric`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_metric: Option<Metric>,
    /// A ratio of two metrics, or a ready one. Excludes `threshold_metric`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_metric: Option<RatioMetric>,
}

/// Good or bad events of all, or a ratio that is there already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RatioMetric {
    /// Whether the metrics only ever grow. Without meaning for `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<bool>,
    /// Events that met the expectation. Excludes `bad`, needs `total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Metric>,
    /// Events that failed it. Excludes `good`, needs `total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad: Option<Metric>,
    /// All events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Metric>,
    /// What `raw` is a ratio of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_type: Option<RawType>,
    /// A ratio that is computed elsewhere. Excludes the other three, needs `raw_type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Metric>,
}

/// What a ready ratio is a ratio of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RawType {
    /// Bad events of all.
    Failure,
    /// Good events of all.
    Success,
}

/// A metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metric {
    /// Where it comes from.
    pub metric_source: MetricSource,
}

/// Where a metric comes from, and what to ask there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricSource {
    /// The name of a `DataSource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_source_ref: Option<String>,
    /// Which system; may be left out where the `DataSource` tells.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    pub source_type: Option<String>,
    /// What that system needs to know: a query, a filter.
    pub spec: Value,
}
