//! How long a slot is, as a definition says it.

use crate::text::Text;
use chrono::TimeDelta;
use std::str::FromStr;

/// How long a slot is: `500ms`, `10s`, `5m`, `1h`, `1d`; never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "Text")]
pub struct SlotLength(TimeDelta);

impl SlotLength {
    /// As a length of time.
    #[must_use]
    pub fn as_delta(&self) -> TimeDelta {
        self.0
    }
}

/// The units of a slot's length, and how many milliseconds each holds; what another one ends with stands behind it.
const UNITS: [(&str, i64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The longest slot: a leap year.
const LONGEST: i64 = 366 * 86_400_000;

impl FromStr for SlotLength {
    type Err = SlotError;

    fn from_str(text: &str) -> Result<Self, SlotError> {
        let read = || {
            let (number, unit) =
                UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))?;
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
            let millis = is_number.then(|| number.parse::<i64>().ok())??.checked_mul(unit)?;
            (1..=LONGEST).contains(&millis).then(|| Self(TimeDelta::milliseconds(millis)))
        };
        read().ok_or_else(|| SlotError { text: text.chars().take(40).collect() })
    }
}

impl TryFrom<Text> for SlotLength {
    type Error = SlotError;

    fn try_from(text: Text) -> Result<Self, SlotError> {
        text.0.parse()
    }
}

/// A text is no length of a slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no length of a slot such as `30s`, `5m` or `1h` (whole, above nothing, at most 366 days): {text:?}")]
pub struct SlotError {
    /// The rejected text, at most its first 40 characters.
    pub text: String,
}
