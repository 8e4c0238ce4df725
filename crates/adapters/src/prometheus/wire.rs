//! What the HTTP API says, and what that means.

use super::error::Trouble;
use serde::Deserialize;
use std::collections::BTreeMap;
use toban_core::{Grid, Labels, PortErrorKind, Sample, Series};

/// What a failure means to the caller, and what happened.
pub(super) type Failed = (PortErrorKind, Trouble);

/// What a body holds that says how it went.
#[derive(Debug, Deserialize)]
struct Reply<'a> {
    status: &'a str,
    #[serde(borrow)]
    data: Option<Matrix<'a>>,
    #[serde(flatten)]
    complaint: Complaint,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
    /// VictoriaMetrics says so where some of its stores did not answer.
    #[serde(default, rename = "isPartial")]
    is_partial: bool,
}

/// What a body holds that says what went wrong.
#[derive(Debug, Default, Deserialize)]
struct Complaint {
    #[serde(rename = "errorType")]
    kind: Option<String>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Matrix<'a> {
    #[serde(borrow)]
    result: Vec<Line<'a>>,
}

#[derive(Debug, Deserialize)]
struct Line<'a> {
    metric: BTreeMap<String, String>,
    /// Unix seconds, and the value as a text.
    #[serde(borrow, default)]
    values: Vec<(f64, &'a str)>,
    #[serde(default)]
    histograms: Vec<serde::de::IgnoredAny>,
}

/// The series of a grid, as far as they have been told.
#[derive(Debug)]
pub(super) struct Told {
    grid: Grid,
    series: BTreeMap<Labels, Series>,
    warnings: Vec<String>,
}

impl Told {
    pub(super) fn new(grid: Grid) -> Self {
        Self { grid, series: BTreeMap::new(), warnings: Vec::new() }
    }

    /// Takes in the body of an answer with status 200.
    pub(super) fn take(&mut self, body: &[u8]) -> Result<(), Failed> {
        let foreign = |error| (PortErrorKind::Unsupported, Trouble::Foreign(error));
        let reply: Reply<'_> = serde_json::from_slice(body).map_err(foreign)?;
        let matrix = match (reply.status, reply.data) {
            ("success", Some(matrix)) => matrix,
            _ => return Err(reply.complaint.failed(200)),
        };
        for line in matrix.result {
            self.line(line)?;
        }
        let partial = reply.is_partial.then(|| "some stores did not answer".to_owned());
        for warning in reply.warnings.into_iter().chain(reply.infos).chain(partial) {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        Ok(())
    }

    fn line(&mut self, line: Line<'_>) -> Result<(), Failed> {
        let labels: Labels = line.metric.into_iter().collect();
        if !line.histograms.is_empty() {
            return Err((PortErrorKind::Invalid, Trouble::Histogram { labels }));
        }
        for (seconds, value) in line.values {
            let foreign = |what: &str| {
                let error = serde::de::Error::custom(format_args!("{what} in the series {labels}"));
                (PortErrorKind::Unsupported, Trouble::Foreign(error))
            };
            let at = millis(seconds).and_then(chrono::DateTime::from_timestamp_millis);
            let at = at.ok_or_else(|| foreign("no time"))?;
            let value: f64 = value.parse().map_err(|_| foreign("no number"))?;
            // What is NaN or infinite is a gap, and a series of gaps is none.
            let Ok(sample) = Sample::new(at, value) else { continue };
            if !self.series.contains_key(&labels) {
                self.series.insert(labels.clone(), Series::new(labels.clone(), self.grid));
            }
            if let Some(series) = self.series.get_mut(&labels) {
                let other = |error| (PortErrorKind::Unsupported, Trouble::OtherInstants(error));
                series.insert(sample).map_err(other)?;
            }
        }
        Ok(())
    }

    /// All that was told, in the order of the labels.
    pub(super) fn finish(self) -> (Vec<Series>, Vec<String>) {
        (self.series.into_values().collect(), self.warnings)
    }
}

/// Whole milliseconds; the server writes seconds with up to three decimals.
#[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
fn millis(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1000.0).round();
    (millis.abs() < 9e15).then_some(millis as i64)
}

/// What an answer with another status than 200 means.
pub(super) fn refusal(status: u16, body: &[u8]) -> Failed {
    let complaint = serde_json::from_slice(body).unwrap_or_else(|_| Complaint {
        kind: None,
        error: Some(String::from_utf8_lossy(body).into_owned())
            .filter(|text| !text.trim_start().starts_with('<')),
    });
    complaint.failed(status)
}

impl Complaint {
    fn failed(self, status: u16) -> Failed {
        let kind = self.kind.as_deref();
        let message = [kind, self.error.as_deref()].into_iter().flatten().map(excerpt);
        let message = message.filter(|text| !text.is_empty()).map(|text| format!(": {text}")).collect();
        (meaning(status, kind), Trouble::Refused { status, message })
    }
}

fn meaning(status: u16, kind: Option<&str>) -> PortErrorKind {
    match (status, kind) {
        (401, _) => PortErrorKind::Unauthenticated,
        (403, _) => PortErrorKind::Denied,
        (429, _) => PortErrorKind::Throttled,
        (408 | 504, _) | (_, Some("timeout")) => PortErrorKind::TimedOut,
        (500.., _) | (_, Some("canceled" | "internal" | "unavailable")) => PortErrorKind::Unavailable,
        (400 | 413 | 414 | 422, _) | (_, Some("bad_data" | "execution")) => PortErrorKind::Invalid,
        (404, _) => PortErrorKind::NotFound,
        _ => PortErrorKind::Unsupported,
    }
}

/// One line of at most 300 characters.
fn excerpt(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(300)
        .collect()
}
