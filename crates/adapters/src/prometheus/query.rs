//! What is asked, in PromQL.

use super::{Error, Events};
use crate::events::Part;
use crate::slot::SlotLength;
use chrono::TimeDelta;
use serde::de::{Deserialize, Deserializer, Error as _};
use toban_slo::RatioOf;

/// What is measured. In a definition it is the `spec` of a metric source: `query` must be there, `slot` may be.
/// ```json
/// { "query": "http_requests_total{job=\"shop\"}", "slot": "5m" }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// In PromQL.
    #[serde(deserialize_with = "promql")]
    pub query: String,
    /// How long each slot is, for whoever makes the grid; [`read`](super::read) does not look at it.
    #[serde(default)]
    pub slot: Option<SlotLength>,
}

impl Source {
    /// That query.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), slot: None }
    }

    /// The query that a server is asked.
    ///
    /// One that only names series gets what no server does by itself: that a sample does not stand for later slots.
    pub(super) fn asked(&self, step: TimeDelta) -> String {
        // Both ends of a range are closed in older servers: a whole step would reach the sample of the slot before.
        reaching(&self.query, step.num_milliseconds() - 1)
    }

    /// Whether the query adds up counters, which hides their resets.
    pub(super) fn is_sum(&self) -> bool {
        let rest = self.query.trim_start().strip_prefix("sum").map(str::trim_start);
        rest.is_some_and(|rest| ["(", "by", "without"].iter().any(|next| rest.starts_with(next)))
    }
}

/// The query where, if it only names series, a sample stands for so many milliseconds.
pub(super) fn reaching(query: &str, millis: i64) -> String {
    let query = query.trim();
    if names_series(query) && millis > 0 {
        format!("last_over_time({query}[{millis}ms])")
    } else {
        query.to_owned()
    }
}

/// Whether there is nothing but a name and conditions.
fn names_series(query: &str) -> bool {
    let (name, conditions) = query.split_at(query.find('{').unwrap_or(query.len()));
    let (name, mut quote, mut is_escaped) = (name.trim_end(), None, false);
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if conditions.is_empty() {
        return is_name && !name.is_empty();
    }
    for (place, letter) in conditions.char_indices() {
        match quote {
            Some(open) => {
                if letter == open && !is_escaped {
                    quote = None;
                }
                is_escaped = letter == '\\' && !is_escaped && open != '`';
            }
            None if matches!(letter, '"' | '\'' | '`') => quote = Some(letter),
            None if letter == '}' => return is_name && place + 1 == conditions.len(),
            None => {}
        }
    }
    false
}

fn promql<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let query = String::deserialize(deserializer)?;
    if query.trim().is_empty() { Err(D::Error::custom("a query in PromQL is not blank")) } else { Ok(query) }
}

/// What is asked, slot by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) source: Source,
    pub(super) wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Events { part: Part, total: Source, events: Events },
    Ratio(RatioOf),
    Value,
}

impl Query {
    /// Bad events of all.
    ///
    /// # Errors
    /// When the sources differ in their slots.
    pub fn bad_of_total(bad: &Source, total: &Source, events: Events) -> Result<Self, Error> {
        Self::events(Part::Bad, bad, total, events)
    }

    /// Good events of all.
    ///
    /// # Errors
    /// When the sources differ in their slots.
    pub fn good_of_total(good: &Source, total: &Source, events: Events) -> Result<Self, Error> {
        Self::events(Part::Good, good, total, events)
    }

    /// A share that the server computes; each slot weighs the same.
    #[must_use]
    pub fn ratio(ratio: &Source, of: RatioOf) -> Self {
        Self { source: ratio.clone(), wanted: Wanted::Ratio(of) }
    }

    /// A value, for a threshold metric.
    #[must_use]
    pub fn value(value: &Source) -> Self {
        Self { source: value.clone(), wanted: Wanted::Value }
    }

    /// How long each slot is, where the sources say so.
    #[must_use]
    pub fn slot(&self) -> Option<SlotLength> {
        self.source.slot
    }

    /// How often each slot is asked about: once, or twice for a part and the total.
    #[must_use]
    pub fn parts(&self) -> u64 {
        if matches!(self.wanted, Wanted::Events { .. }) { 2 } else { 1 }
    }

    fn events(part: Part, source: &Source, total: &Source, events: Events) -> Result<Self, Error> {
        if source.slot != total.slot {
            return Err(Error::Differ);
        }
        let wanted = Wanted::Events { part, total: total.clone(), events };
        Ok(Self { source: source.clone(), wanted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_series_is_read_sample_by_sample() {
        let minute = TimeDelta::minutes(1);
        for names in ["up", " job:x:rate5m ", "x{}", r#"x {a="}", b=~"\"{", c='}'}"#, r#"{__name__="x"}"#] {
            let expected = format!("last_over_time({}[59999ms])", names.trim());
            assert_eq!(Source::new(names).asked(minute), expected);
        }
        for other in ["x[5m]", "sum(x)", "x offset 5m", "x or vector(0)", "x{a=\"b\"} or y{}", "1", "x{", ""]
        {
            assert_eq!(Source::new(other).asked(minute), other);
        }
        assert_eq!(Source::new("up").asked(TimeDelta::milliseconds(1)), "up");
    }

    #[test]
    fn a_sum_of_counters_is_told_from_a_name() {
        for (query, is_sum) in [
            ("sum(x)", true),
            ("sum by (a) (x)", true),
            ("sum without(a)(x)", true),
            ("summary_count", false),
        ] {
            assert_eq!(Source::new(query).is_sum(), is_sum, "{query}");
        }
    }
}
