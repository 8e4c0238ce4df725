//! Which lines a query counts.

use super::entry::{Entry, is_token};
use super::measure::Unit;
use chrono::TimeDelta;
use std::fmt;
use std::str::FromStr;
use toban_core::Ratio;
use toban_slo::Comparison;

/// Conditions on a line, all of which must hold; none at all holds for each line.
///
/// In a definition it is the `spec` of a metric source, with these fields, each of which may be left out; a
/// status, method or path may be a list, of which any may hold.
/// ```json
/// { "status": ["2xx", "304", "400-499"], "method": "GET", "path": "/api/*", "latency": "< 500ms" }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    #[serde(deserialize_with = "super::spec::any_of")]
    pub(super) status: Vec<StatusRange>,
    #[serde(deserialize_with = "super::spec::any_of")]
    pub(super) method: Vec<Method>,
    #[serde(deserialize_with = "super::spec::any_of")]
    pub(super) path: Vec<PathPattern>,
    pub(super) latency: Option<LatencyBound>,
    pub(super) silence: Silence,
}

/// What a slot says in which the log has no line at all, whatever is asked of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nothing: perhaps nobody called, perhaps nothing was up that could have written a line.
    Gap,
    /// Nobody called.
    #[default]
    NoTraffic,
}

impl Filter {
    /// Holds for each line.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Also allows this status; without a call, each is allowed.
    #[must_use]
    pub fn with_status(mut self, status: StatusRange) -> Self {
        self.status.push(status);
        self
    }

    /// Also allows this method; without a call, each is allowed.
    #[must_use]
    pub fn with_method(mut self, method: Method) -> Self {
        self.method.push(method);
        self
    }

    /// Also allows this path; without a call, each is allowed.
    #[must_use]
    pub fn with_path(mut self, path: PathPattern) -> Self {
        self.path.push(path);
        self
    }

    /// Asks for this latency, in place of one asked for before.
    #[must_use]
    pub fn with_latency(mut self, latency: LatencyBound) -> Self {
        self.latency = Some(latency);
        self
    }

    /// Says what a slot means in which the log has no line. In a query of two filters, a gap in one is a gap in both.
    #[must_use]
    pub fn with_silence(mut self, silence: Silence) -> Self {
        self.silence = silence;
        self
    }

    /// What a slot means in which the log has no line.
    #[must_use]
    pub fn silence(&self) -> Silence {
        self.silence
    }

    /// What it asks of the request time, if anything.
    #[must_use]
    pub fn latency(&self) -> Option<LatencyBound> {
        self.latency
    }

    /// Whether all conditions hold; a latency that the line does not tell satisfies no bound.
    #[must_use]
    pub fn matches(&self, entry: &Entry<'_>) -> bool {
        let request = if self.needs_request() { entry.method_and_path() } else { None };
        self.matches_apart_from_latency(entry, request) && self.latency_holds(entry.micros())
    }

    pub(super) fn needs_request(&self) -> bool {
        !(self.method.is_empty() && self.path.is_empty())
    }

    /// `request` is the entry's method and path, where some filter needs it.
    pub(super) fn matches_apart_from_latency(
        &self,
        entry: &Entry<'_>,
        request: Option<(&[u8], &[u8])>,
    ) -> bool {
        if !self.status.is_empty() && !self.status.iter().any(|range| range.contains(entry.status)) {
            return false;
        }
        if !self.needs_request() {
            return true;
        }
        request.is_some_and(|(method, path)| {
            (self.method.is_empty() || self.method.iter().any(|allowed| allowed.0.as_bytes() == method))
                && (self.path.is_empty() || self.path.iter().any(|pattern| pattern.matches(path)))
        })
    }

    pub(super) fn latency_holds(&self, micros: Option<u64>) -> bool {
        self.latency.is_none_or(|bound| micros.is_some_and(|micros| bound.holds(micros)))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: fmt::Display>(name: &str, items: &[T]) -> Option<String> {
            let items: Vec<String> = items.iter().map(T::to_string).collect();
            (!items.is_empty()).then(|| format!("{name} {}", items.join("|")))
        }
        let parts = [
            list("status", &self.status),
            list("method", &self.method),
            list("path", &self.path),
            self.latency.map(|latency| format!("latency {latency}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "any" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// A stretch of HTTP statuses, both ends included: `404`, `5xx` or `200-499`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "crate::text::Text")]
pub struct StatusRange {
    first: u16,
    last: u16,
}

impl StatusRange {
    /// Whether the status lies in it.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl FromStr for StatusRange {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let status = |text: &str| match text.as_bytes() {
            [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] => text.parse::<u16>().ok(),
            _ => None,
        };
        let range = if let Some((first, last)) = text.split_once('-') {
            status(first).zip(status(last))
        } else if let [class @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] = text.as_bytes() {
            let first = u16::from(class - b'0') * 100;
            Some((first, first + 99))
        } else {
            status(text).map(|only| (only, only))
        };
        match range {
            Some((first, last)) if first <= last => Ok(Self { first, last }),
            _ => Err(ConditionError::Status { text: shown(text) }),
        }
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{:03}", self.first)
        } else if self.first.is_multiple_of(100) && self.last == self.first + 99 && self.first > 0 {
            write!(f, "{}xx", self.first / 100)
        } else {
            write!(f, "{:03}-{:03}", self.first, self.last)
        }
    }
}

/// An HTTP method as it is written in a request, in capitals: `GET`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "crate::text::Text")]
pub struct Method(String);

impl FromStr for Method {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let fits = |byte: u8| is_token(byte) && !byte.is_ascii_lowercase();
        if text.is_empty() || !text.bytes().all(fits) {
            return Err(ConditionError::Method { text: shown(text) });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A path, or with a star at its end all paths that begin so: `/api/*` is `/api/` and what lies below, not
/// `/api`.
///
/// The path of a line is compared without its query, percent escapes as they were sent, and with the log's own
/// escapes (`\"`, `\xe3`) undone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "crate::text::Text")]
pub struct PathPattern {
    beginning: String,
    open: bool,
}

impl PathPattern {
    fn matches(&self, path: &[u8]) -> bool {
        let mut path = Unescaped { text: path };
        let begins = self.beginning.bytes().all(|byte| path.next() == Some(byte));
        begins && (self.open || path.next().is_none())
    }
}

impl FromStr for PathPattern {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let (beginning, open) = text.strip_suffix('*').map_or((text, false), |beginning| (beginning, true));
        let never = |byte| byte <= b' ' || matches!(byte, b'*' | b'?' | b'#' | 0x7f);
        if !beginning.starts_with('/') || beginning.bytes().any(never) {
            return Err(ConditionError::Path { text: shown(text) });
        }
        Ok(Self { beginning: beginning.to_owned(), open })
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.beginning, if self.open { "*" } else { "" })
    }
}

/// The bytes behind the escapes that a log writes for quotes, backslashes and what is no printable ASCII.
struct Unescaped<'a> {
    text: &'a [u8],
}

impl Iterator for Unescaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (byte, rest) = match self.text {
            [b'\\', b'x', high, low, rest @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, rest),
                _ => (b'x', self.text.get(2..)?),
            },
            [b'\\', letter, rest @ ..] => (control(*letter), rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        self.text = rest;
        Some(byte)
    }
}

/// What Apache writes as a backslash and a letter.
fn control(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        other => other,
    }
}

/// A bound on the request time: `< 500ms`, `<= 0.5s`, `> 250us`, `>= 1s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "crate::text::Text")]
pub struct LatencyBound {
    comparison: Comparison,
    micros: u64,
}

/// How comparisons are written; what begins like another one stands before it.
const SIGNS: [(&str, Comparison); 4] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

impl LatencyBound {
    /// How a request time must stand to the threshold.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// The threshold.
    #[must_use]
    pub fn threshold(&self) -> TimeDelta {
        i64::try_from(self.micros).map_or(TimeDelta::MAX, TimeDelta::microseconds)
    }

    fn holds(&self, micros: u64) -> bool {
        self.comparison.holds(&micros, &self.micros)
    }
}

impl FromStr for LatencyBound {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let read = || {
            let (comparison, length) = SIGNS
                .iter()
                .find_map(|(sign, found)| Some((*found, text.strip_prefix(sign)?.trim_start())))?;
            let (number, unit) =
                Unit::ALL.into_iter().find_map(|unit| Some((length.strip_suffix(unit.name())?, unit)))?;
            let number: Ratio = number.trim_end().parse().ok()?;
            let micros = number.checked_mul(Ratio::from(unit.micros()))?;
            let micros = (micros.denominator() == 1).then(|| u64::try_from(micros.numerator()).ok())??;
            Some(Self { comparison, micros })
        };
        read().ok_or_else(|| ConditionError::Latency { text: shown(text) })
    }
}

impl fmt::Display for LatencyBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |unit: &Unit| self.micros.is_multiple_of(unit.micros());
        let unit = Unit::ALL.into_iter().rev().find(whole).unwrap_or(Unit::Microseconds);
        write!(f, "{} {}{unit}", self.comparison, self.micros / unit.micros())
    }
}

/// A text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// No bound on a latency.
    #[error(
        "no bound on a latency such as `< 500ms`, with <, <=, > or >=, whole microseconds, and us, ms or s: {text:?}"
    )]
    Latency {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
    /// No method.
    #[error("no HTTP method in capitals, such as `GET`: {text:?}")]
    Method {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
    /// No path.
    #[error(
        "no path such as `/health` or `/api/*` (begins with a slash, no query, a star only at its end): {text:?}"
    )]
    Path {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
    /// No status.
    #[error("no status such as `404`, `5xx` or `200-499`: {text:?}")]
    Status {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
    /// No statistic.
    #[error(
        "no statistic such as `mean`, `max`, `p95` or `p99.9` (above 0, below 100, at most 4 decimals): {text:?}"
    )]
    Statistic {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
    /// No unit of time.
    #[error("no unit of time, us, ms or s: {text:?}")]
    Unit {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
