//! Lengths of time as people write them.

use chrono::TimeDelta;
use std::fmt;
use std::str::FromStr;

/// Units from the longest to the shortest, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// A length of time that is not negative, in whole milliseconds, written `90s`, `10m`, `1h30m` or `1d`.
///
/// ```
/// use toban_core::Length;
/// let length: Length = "1h30m".parse()?;
/// assert_eq!(length, Length::minutes(90));
/// assert_eq!(length.to_string(), "1h30m");
/// # Ok::<(), toban_core::LengthError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Length {
    millis: u64,
}

impl Length {
    /// No time at all.
    pub const ZERO: Self = Self { millis: 0 };
    /// What a length of time can express at most.
    const MAX: u64 = i64::MAX.cast_unsigned();

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self { millis: minutes as u64 * 60_000 }
    }

    /// This length, cut to whole milliseconds.
    ///
    /// # Errors
    /// When it is negative.
    pub fn new(length: TimeDelta) -> Result<Self, LengthError> {
        let negative = |_| LengthError { text: length.to_string() };
        let millis = u64::try_from(length.num_milliseconds()).map_err(negative)?;
        if length < TimeDelta::zero() {
            Err(LengthError { text: length.to_string() })
        } else {
            Ok(Self { millis })
        }
    }

    /// As a length of time.
    #[must_use]
    pub fn as_time_delta(self) -> TimeDelta {
        i64::try_from(self.millis).ok().and_then(TimeDelta::try_milliseconds).unwrap_or(TimeDelta::MAX)
    }

    /// Both, one after the other; at most what a length can express.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { millis: self.millis.saturating_add(other.millis).min(Self::MAX) }
    }

    /// What is left of it after the other, if anything.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { millis: self.millis.saturating_sub(other.millis) }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.millis;
        let mut text = String::new();
        for (unit, length) in UNITS {
            if rest >= length {
                text.push_str(&format!("{}{unit}", rest / length));
                rest %= length;
            }
        }
        f.pad(if text.is_empty() { "0s" } else { &text })
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let error = || LengthError { text: text.into() };
        let (mut rest, mut millis) = (text, 0_u64);
        let mut units = UNITS.iter();
        if text.is_empty() {
            return Err(error());
        }
        while !rest.is_empty() {
            let (number, after) = split(rest, |c| c.is_ascii_digit());
            let (name, after) = split(after, |c| c.is_ascii_alphabetic());
            // Going on in the list refuses a unit that comes twice, or after a shorter one.
            let (_, length) = units.find(|(unit, _)| *unit == name).ok_or_else(error)?;
            let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*length));
            millis = part.and_then(|part| millis.checked_add(part)).ok_or_else(error)?;
            rest = after;
        }
        if millis > Self::MAX { Err(error()) } else { Ok(Self { millis }) }
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

impl TryFrom<String> for Length {
    type Error = LengthError;

    fn try_from(text: String) -> Result<Self, LengthError> {
        text.parse()
    }
}

impl From<Length> for String {
    fn from(length: Length) -> Self {
        length.to_string()
    }
}

/// A text or a value that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no length of time: write `90s`, `10m`, `1h30m` or `1d`, never less than nothing")]
pub struct LengthError {
    /// What was given.
    pub text: String,
}
