//! OpenSLO v1: the open format in which teams write down their objectives.
//!
//! ```
//! use toban_slo::openslo::{Document, Spec};
//!
//! let text = r#"{
//!     "apiVersion": "openslo/v1",
//!     "kind": "Service",
//!     "metadata": { "name": "shop" },
//!     "spec": { "description": "A small web shop" }
//! }"#;
//! let document: Document = serde_json::from_str(text)?;
//! assert!(matches!(document.spec, Spec::Service(_)));
//! assert_eq!(serde_json::from_str::<Document>(&serde_json::to_string(&document)?)?, document);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All seven kinds with all their fields are plain types that any serde format reads and prints; what was written is
//! kept, so that reading what was printed gives the same document. A field that OpenSLO does not know is an error.

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
