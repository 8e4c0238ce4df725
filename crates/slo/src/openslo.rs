//! OpenSLO v1: the open format in which teams write down their objectives.
//!
//! The question it answers: *what do these documents promise, and what is wrong with them?*
//!
//! ```
//! use toban_slo::openslo::{Bundle, Document, Measure};
//!
//! let document: Document = serde_json::from_str(r#"{
//!     "apiVersion": "openslo/v1",
//!     "kind": "SLO",
//!     "metadata": { "name": "checkout", "annotations": { "toban.dev/alert-policy": "sre-workbook" } },
//!     "spec": {
//!         "service": "shop",
//!         "indicator": {
//!             "metadata": { "name": "answered" },
//!             "spec": { "ratioMetric": {
//!                 "bad": { "metricSource": { "type": "access-log", "spec": { "status": "5xx" } } },
//!                 "total": { "metricSource": { "type": "access-log", "spec": {} } }
//!             } }
//!         },
//!         "timeWindow": [{ "duration": "30d", "isRolling": true }],
//!         "budgetingMethod": "Occurrences",
//!         "objectives": [{ "target": 0.999 }]
//!     }
//! }"#)?;
//!
//! let bundle = Bundle::new(vec![document]);
//! assert_eq!(bundle.check(), []);                                  // every finding has its place
//! let model = bundle.to_model(Measure::indicator).map_err(|findings| findings[0].to_string())?;
//! let promise = &model.promises[0];
//! assert_eq!(promise.slo.objective().to_string(), "99.9 %");       // exactly
//! assert_eq!(promise.alert_policy.rules()[0].condition.to_string(), "burn rate over 1h and 5m >= 14.4");
//! assert_eq!(promise.measure.sources().next().map(|bad| bad.system), Some("access-log"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! A [`Document`] is of one of seven [`Kind`]s and holds [`Metadata`] and the [`Spec`] of its kind. What stands inside
//! another document is a [`Definition`]; where OpenSLO lets it stand elsewhere, a [`Reference`] holds either. A
//! [`Bundle`] is a set of documents in which names are looked up; a [`Finding`] is a [`Problem`] at a [`Place`]. A
//! [`Promise`] is one objective of an SLO in the terms of this crate, with the [`Measure`] that it rests on.
//!
//! | the caller does | the module does |
//! |---|---|
//! | reads text with a serde format that suits it | takes it in one pass, so that an error keeps its line |
//! | shows findings beside the line of their place | finds all of them at once |
//! | asks a [`Source`] for its data, and says which indicator that is | everything else between document and [`Slo`] |
//! | gives what OpenSLO wants and an [`Slo`] has not, as [`Surroundings`] | writes the document, or says what it cannot say |
//!
//! Reading what was printed gives the same document: the writing of numbers, of durations and of labels is kept. A
//! field that OpenSLO does not know is an error.
//!
//! # What OpenSLO leaves open
//! - Months, quarters and years have no length in a rolling window: they count 30, 90 and 365 days, with a warning.
//! - Windows of hours or minutes cannot lie in a calendar.
//! - A policy holds one threshold over one window; [`annotation`] lists what says more, such as pairs of windows.
//! - A composite has no target. With the two annotations for it, it is a [`Composite`]: the weighted mean of its
//!   objectives' good shares. Without them each objective is judged alone, with a warning.
//! - Severities are free; `page` and `ticket` are known, any other is taken for `page`, with a warning.
//! - `alertWhenNoData` means that nothing came for as long as the condition looks back.
//! - `alertWhenResolved`, notification targets and weights outside a composite do not reach the model.
//!
//! # What it does not do
//! No file and no YAML is read here; other versions of OpenSLO are refused.
//!
//! [`Slo`]: crate::Slo
//! [`Composite`]: crate::Composite

mod alert;
pub mod annotation;
mod bundle;
mod check;
mod document;
mod field;
mod finding;
mod metadata;
mod model;
mod number;
mod path;
mod reference;
mod shorthand;
mod sli;
mod slo;
mod value;

pub use alert::{AlertConditionSpec, AlertNotificationTargetSpec, AlertPolicySpec, Condition, ConditionKind};
pub use bundle::{Bundle, Found};
pub use document::{API_VERSION, Document, DocumentSpec, Kind, Spec};
pub use finding::{Finding, Level, Place, Problem};
pub use metadata::{Label, Metadata};
pub use model::{ComposedPromise, Inexpressible, Measure, Model, Promise, Source, Surroundings};
pub use number::{Number, NumberError};
pub use path::{FieldPath, Step};
pub use reference::{Definition, Referable, Reference};
pub use shorthand::{DurationShorthand, DurationShorthandError, DurationUnit, SliceWindow};
pub use sli::{DataSourceSpec, Metric, MetricSource, RatioMetric, RawType, ServiceSpec, SliSpec};
pub use slo::{BudgetingMethod, Calendar, Objective, Operator, SloSpec, TimeWindow};
pub use value::{Mapping, Value, ValueError};
