//! From documents to the model of this crate, and back.

mod alerts;
mod read;
mod window;
mod write;

use crate::{AlertPolicy, Comparison, Composite, Indicator, RatioOf, Slo};
use toban_core::Ratio;

use super::bundle::Bundle;
use super::finding::{Finding, Level, Place};
use super::metadata::Metadata;
use super::value::Value;
pub use write::{Inexpressible, Surroundings};

/// What the documents promise, in the terms of this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Model<'a> {
    /// Each objective of each SLO, in the order of the documents.
    pub promises: Vec<Promise<'a>>,
    /// The composites that say what their own target is.
    pub composites: Vec<ComposedPromise<'a>>,
    /// What is not wrong but worth a look.
    pub warnings: Vec<Finding>,
}

/// One objective of an SLO.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promise<'a> {
    /// Where the objective stands.
    pub place: Place,
    /// The metadata of its SLO.
    pub metadata: &'a Metadata,
    /// The name of the service.
    pub service: &'a str,
    /// What the SLO says of itself.
    pub description: Option<&'a str>,
    /// What is promised. Its name is that of the SLO; where that has several objectives, a slash and the name for
    /// people follow, or the number of the objective, counted from 1, where those names do not tell them apart.
    pub slo: Slo,
    /// When to alert.
    pub alert_policy: AlertPolicy,
    /// Where the data comes from.
    pub measure: Measure<'a>,
}

/// A composite SLO with a target of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComposedPromise<'a> {
    /// Where its SLO stands.
    pub place: Place,
    /// The metadata of its SLO.
    pub metadata: &'a Metadata,
    /// The name of the service.
    pub service: &'a str,
    /// What the SLO says of itself.
    pub description: Option<&'a str>,
    /// What is promised.
    pub composite: Composite,
    /// For each member in order, which of [`Model::promises`] it is.
    pub members: Vec<usize>,
}

/// What is read to judge an objective.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure<'a> {
    /// Bad events and all events.
    BadOfTotal {
        /// The bad events.
        bad: Source<'a>,
        /// All events.
        total: Source<'a>,
        /// Whether both only ever grow, where the document says so.
        counter: Option<bool>,
    },
    /// Good events and all events.
    GoodOfTotal {
        /// The good events.
        good: Source<'a>,
        /// All events.
        total: Source<'a>,
        /// Whether both only ever grow, where the document says so.
        counter: Option<bool>,
    },
    /// A ratio that something else has computed.
    PrecomputedRatio {
        /// The ratio.
        ratio: Source<'a>,
        /// What it is a ratio of.
        of: RatioOf,
    },
    /// A value that must keep to a limit.
    Threshold {
        /// The value.
        value: Source<'a>,
        /// How it must stand to the limit to be good.
        comparison: Comparison,
        /// The limit, in the unit of the value.
        limit: Ratio,
    },
}

impl<'a> Measure<'a> {
    /// The indicator that this is, as far as OpenSLO tells: counted events are called availability, though what their
    /// source selects may make them a latency.
    #[must_use]
    pub fn indicator(&self) -> Indicator {
        match self {
            Self::BadOfTotal { .. } | Self::GoodOfTotal { .. } => Indicator::Availability,
            Self::PrecomputedRatio { of, .. } => Indicator::PrecomputedRatio { of: *of },
            Self::Threshold { comparison, limit, .. } => {
                Indicator::Threshold { comparison: *comparison, limit: *limit }
            }
        }
    }

    /// Whether counted events come as counters that only ever grow, where the document says so.
    #[must_use]
    pub fn counter(&self) -> Option<bool> {
        match self {
            Self::BadOfTotal { counter, .. } | Self::GoodOfTotal { counter, .. } => *counter,
            Self::PrecomputedRatio { .. } | Self::Threshold { .. } => None,
        }
    }

    /// Everything that has to be read.
    pub fn sources(&self) -> impl Iterator<Item = &Source<'a>> {
        let (one, other) = match self {
            Self::BadOfTotal { bad: part, total, .. } | Self::GoodOfTotal { good: part, total, .. } => {
                (part, Some(total))
            }
            Self::PrecomputedRatio { ratio: only, .. } | Self::Threshold { value: only, .. } => (only, None),
        };
        std::iter::once(one).chain(other)
    }
}

/// Where a metric comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source<'a> {
    /// Which system, as the metric or its data source says: `access-log`, `Prometheus`.
    pub system: &'a str,
    /// Where that stands: in the metric, or in its data source.
    pub system_place: Place,
    /// What to ask it.
    pub spec: &'a Value,
    /// How to reach it, if a data source says.
    pub connection: Option<&'a Value>,
    /// Where `spec` stands, for whoever finds something wrong in it.
    pub place: Place,
}

impl Bundle {
    /// Everything that the documents promise.
    ///
    /// The caller says which indicator a measure is, because only the reader of a metric source knows what its `spec`
    /// selects: with [`Measure::indicator`] all counted events are called availability.
    ///
    /// # Errors
    /// With all findings, warnings included, when one of them is an error: what [`Bundle::check`] finds, and what
    /// the model refuses, such as a target of 0 or a burn rate that no outage reaches.
    pub fn to_model<'a>(
        &'a self,
        indicator: impl Fn(&Measure<'a>) -> Indicator,
    ) -> Result<Model<'a>, Vec<Finding>> {
        let (model, findings) = self.survey(indicator);
        if findings.iter().any(|finding| finding.level == Level::Error) { Err(findings) } else { Ok(model) }
    }

    /// As much of what the documents promise as can be made of them, and everything that is wrong: for whoever shows
    /// all findings at once.
    ///
    /// An objective, an alert or a composite with an error is left out. `indicator` is asked about each measure that
    /// is complete, also where its objective is left out, so that the caller finds what is wrong with its sources.
    /// What the model refuses where [`Bundle::check`] found an error already is not said twice.
    pub fn survey<'a>(&'a self, indicator: impl Fn(&Measure<'a>) -> Indicator) -> (Model<'a>, Vec<Finding>) {
        read::read(self, &indicator, self.check())
    }
}
