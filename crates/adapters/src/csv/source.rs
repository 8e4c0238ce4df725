//! Which columns and rows of a table are meant.

use super::table::decimal;
use crate::slot::SlotLength;
use crate::text::Text;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::path::PathBuf;
use toban_core::Ratio;

/// Which columns and rows of a table are meant. In a definition it is the `spec` of a metric source, with these
/// fields, each of which may be left out.
/// ```json
/// {
///   "file": "shop.csv",
///   "column": "requests_ok",
///   "time": "minute", "time_format": "unix_seconds",
///   "where": { "service": "checkout" },
///   "slot": "1m",
///   "order": "unordered"
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// The file of the table, for whoever opens it; a [`Scan`](super::Scan) does not look at it.
    pub file: Option<PathBuf>,
    /// The column of what is measured. Without it, that is named after it: `good`, `bad`, `total`, `value` or
    /// `ratio`; of `good`, `bad` and `total` any two will do.
    pub column: Option<String>,
    /// The column of the time at which a slot begins. Without it, the first there is of `time`, `unix_seconds` and
    /// `unix_milliseconds`.
    pub time: Option<String>,
    /// How times are written. Without it, the name of their column tells if it ends with `unix_seconds` or
    /// `unix_milliseconds`; otherwise it is RFC 3339.
    pub time_format: Option<TimeFormat>,
    /// Only rows in which these columns hold these texts.
    #[serde(rename = "where", deserialize_with = "texts")]
    pub filter: BTreeMap<String, String>,
    /// How long each slot is. Without it, the most common step between rows.
    pub slot: Option<SlotLength>,
    /// Whether rows must ascend in time.
    pub order: Order,
}

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `2026-03-01T09:00:00+09:00`
    Rfc3339,
    /// Milliseconds since 1970 began.
    UnixMilliseconds,
    /// Seconds since 1970 began, with up to three decimals.
    UnixSeconds,
}

impl TimeFormat {
    /// How times are written in a column of that name.
    pub(super) fn of_column(name: &str) -> Self {
        if name.ends_with("unix_milliseconds") {
            Self::UnixMilliseconds
        } else if name.ends_with("unix_seconds") {
            Self::UnixSeconds
        } else {
            Self::Rfc3339
        }
    }

    /// The time that the text tells, to the millisecond.
    pub(super) fn read(self, text: &str) -> Option<DateTime<Utc>> {
        let unit = match self {
            Self::Rfc3339 => {
                let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
                return (at.timestamp_subsec_nanos() % 1_000_000 == 0).then_some(at);
            }
            Self::UnixMilliseconds => 1,
            Self::UnixSeconds => 1000,
        };
        let millis =
            decimal(text)?.checked_mul(Ratio::whole(unit)).filter(|millis| millis.denominator() == 1)?;
        DateTime::from_timestamp_millis(i64::try_from(millis.numerator()).ok()?)
    }
}

/// Whether the rows of a table ascend in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// They do; one that does not is an error.
    #[default]
    Ascending,
    /// They need not.
    Unordered,
}

impl Source {
    /// The rows that are meant, where not all are.
    pub(super) fn filter_text(&self) -> Option<String> {
        let parts: Vec<String> =
            self.filter.iter().map(|(column, text)| format!("{column} is {text:?}")).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    /// The first field in which they differ, the column apart.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        let fields = [
            ("file", self.file == other.file),
            ("time", self.time == other.time),
            ("time_format", self.time_format == other.time_format),
            ("where", self.filter == other.filter),
            ("slot", self.slot == other.slot),
            ("order", self.order == other.order),
        ];
        fields.iter().find(|(_, is_equal)| !is_equal).map(|(field, _)| *field)
    }
}

fn texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let texts: BTreeMap<String, Text> = serde::Deserialize::deserialize(deserializer)?;
    Ok(texts.into_iter().map(|(column, text)| (column, text.0)).collect())
}
