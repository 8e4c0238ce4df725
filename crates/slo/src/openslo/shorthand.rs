//! Durations as OpenSLO writes them.

use chrono::TimeDelta;
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

use super::number::Number;

/// The unit of a [`DurationShorthand`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DurationUnit {
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
    /// `M`
    Month,
    /// `Q`
    Quarter,
    /// `Y`
    Year,
}

impl DurationUnit {
    const ALL: [(char, Self); 7] = [
        ('m', Self::Minute),
        ('h', Self::Hour),
        ('d', Self::Day),
        ('w', Self::Week),
        ('M', Self::Month),
        ('Q', Self::Quarter),
        ('Y', Self::Year),
    ];

    /// The letter behind the number.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Minute => 'm',
            Self::Hour => 'h',
            Self::Day => 'd',
            Self::Week => 'w',
            Self::Month => 'M',
            Self::Quarter => 'Q',
            Self::Year => 'Y',
        }
    }

    /// Whether its length depends on the calendar.
    #[must_use]
    pub fn is_calendar(self) -> bool {
        matches!(self, Self::Month | Self::Quarter | Self::Year)
    }

    /// Its length in minutes, where a month counts 30 days, a quarter 90 and a year 365.
    fn nominal_minutes(self) -> i64 {
        let day = 24 * 60;
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => day,
            Self::Week => 7 * day,
            Self::Month => 30 * day,
            Self::Quarter => 90 * day,
            Self::Year => 365 * day,
        }
    }
}

/// A whole number and a unit, in one word: `5m`, `30d`, `1Q`. The unit is kept, so `7d` stays `7d` and is not `1w`.
///
/// ```
/// use toban_slo::openslo::{DurationShorthand, DurationUnit};
/// let month: DurationShorthand = "1M".parse()?;
/// assert_eq!((month.count(), month.unit()), (1, DurationUnit::Month));
/// assert_eq!(month.exact(), None);
/// assert_eq!(month.nominal().num_days(), 30);
/// # Ok::<(), toban_slo::openslo::DurationShorthandError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DurationShorthand {
    count: u32,
    unit: DurationUnit,
}

impl DurationShorthand {
    /// `count` times `unit`. Nothing is a duration too: conditions alert after `0m` unless they say otherwise.
    #[must_use]
    pub const fn new(count: u32, unit: DurationUnit) -> Self {
        Self { count, unit }
    }

    /// The number.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The unit.
    #[must_use]
    pub fn unit(&self) -> DurationUnit {
        self.unit
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.count == 0
    }

    /// The length, or `None` for months, quarters and years, whose length only a calendar knows.
    #[must_use]
    pub fn exact(&self) -> Option<TimeDelta> {
        (!self.unit.is_calendar()).then(|| self.nominal())
    }

    /// The length, where a month counts 30 days, a quarter 90 and a year 365 (as the Go SDK of OpenSLO has it); at
    /// most [`TimeDelta::MAX`], 292 million years.
    #[must_use]
    pub fn nominal(&self) -> TimeDelta {
        TimeDelta::try_minutes(i64::from(self.count) * self.unit.nominal_minutes()).unwrap_or(TimeDelta::MAX)
    }

    /// The writing of a length in the largest of days, hours and minutes that divides it.
    /// `None` where it is negative, not a whole number of minutes, or too long for the format.
    #[must_use]
    pub fn of(length: TimeDelta) -> Option<Self> {
        let minutes = length.num_minutes();
        if TimeDelta::try_minutes(minutes) != Some(length) {
            return None;
        }
        let fits = |unit: &DurationUnit| minutes != 0 && minutes % unit.nominal_minutes() == 0;
        let unit =
            [DurationUnit::Day, DurationUnit::Hour].into_iter().find(fits).unwrap_or(DurationUnit::Minute);
        Some(Self { count: u32::try_from(minutes / unit.nominal_minutes()).ok()?, unit })
    }
}

impl fmt::Display for DurationShorthand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.letter())
    }
}

impl FromStr for DurationShorthand {
    type Err = DurationShorthandError;

    fn from_str(text: &str) -> Result<Self, DurationShorthandError> {
        let parsed = || {
            let unit = text.chars().next_back()?;
            let (_, unit) = *DurationUnit::ALL.iter().find(|(letter, _)| *letter == unit)?;
            let count = text.get(..text.len() - 1)?;
            let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| count.parse().ok()).flatten().map(|count| Self { count, unit })
        };
        parsed().ok_or_else(|| DurationShorthandError { text: text.chars().take(40).collect() })
    }
}

/// A text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a duration: {text:?}; expected a whole number and one of m, h, d, w, M, Q, Y, such as 30d")]
pub struct DurationShorthandError {
    /// The rejected text, at most its first 40 characters.
    pub text: String,
}

impl Serialize for DurationShorthand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DurationShorthand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ShorthandVisitor)
    }
}

struct ShorthandVisitor;

impl Visitor<'_> for ShorthandVisitor {
    type Value = DurationShorthand;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 30d")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<DurationShorthand, E> {
        text.parse().map_err(E::custom)
    }
}

/// The length of a time slice: a duration, or a bare number of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceWindow {
    /// A bare number, in minutes.
    Minutes(Number),
    /// A duration with its unit.
    Shorthand(DurationShorthand),
}

impl SliceWindow {
    /// Its length; `None` for what is no positive whole number of seconds or depends on the calendar.
    #[must_use]
    pub fn length(&self) -> Option<TimeDelta> {
        let length = match self {
            Self::Minutes(minutes) => {
                let seconds = minutes.to_ratio().ok()?.checked_mul(60_u64.into())?;
                if seconds.denominator() != 1 {
                    return None;
                }
                TimeDelta::try_seconds(i64::try_from(seconds.numerator()).ok()?)?
            }
            Self::Shorthand(shorthand) => shorthand.exact()?,
        };
        (length > TimeDelta::zero()).then_some(length)
    }
}

impl fmt::Display for SliceWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => minutes.fmt(f),
            Self::Shorthand(shorthand) => shorthand.fmt(f),
        }
    }
}

impl Serialize for SliceWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Minutes(minutes) => minutes.serialize(serializer),
            Self::Shorthand(shorthand) => shorthand.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SliceWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SliceWindowVisitor)
    }
}

struct SliceWindowVisitor;

impl Visitor<'_> for SliceWindowVisitor {
    type Value = SliceWindow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 5m, or a number of minutes")
    }

    fn visit_i64<E>(self, minutes: i64) -> Result<SliceWindow, E> {
        Ok(SliceWindow::Minutes(minutes.into()))
    }

    fn visit_u64<E>(self, minutes: u64) -> Result<SliceWindow, E> {
        Ok(SliceWindow::Minutes(minutes.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, minutes: f64) -> Result<SliceWindow, E> {
        let finite = Number::try_from(minutes).map(SliceWindow::Minutes);
        finite.map_err(|_| E::invalid_value(Unexpected::Float(minutes), &self))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SliceWindow, E> {
        text.parse().map(SliceWindow::Shorthand).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_duration_prints_as_it_was_written(text in "(0|[1-9][0-9]{0,8})[mhdwMQY]") {
            prop_assert_eq!(text.parse::<DurationShorthand>().unwrap().to_string(), text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = text.parse::<DurationShorthand>();
        }

        #[test]
        fn the_writing_of_a_length_has_that_length(minutes in 0_i64..10_000_000) {
            let length = TimeDelta::minutes(minutes);
            prop_assert_eq!(DurationShorthand::of(length).unwrap().exact(), Some(length));
        }
    }

    #[test]
    fn what_is_no_word_of_number_and_unit_is_refused() {
        for text in ["", "d", "30", "30 d", "30D", "30s", "-1d", "+1d", "1.5h", "4294967296m", "1日", "1h30m"]
        {
            assert!(text.parse::<DurationShorthand>().is_err(), "{text}");
        }
        assert!(DurationShorthand::of(TimeDelta::seconds(90)).is_none());
        assert!(DurationShorthand::of(TimeDelta::minutes(-1)).is_none());
    }

    #[test]
    fn what_no_length_can_express_is_the_longest_there_is() {
        for text in ["1702716672Q", "4294967295Y"] {
            assert_eq!(text.parse::<DurationShorthand>().unwrap().nominal(), TimeDelta::MAX, "{text}");
        }
        assert_eq!(
            DurationShorthand::new(u32::MAX, DurationUnit::Week).exact(),
            Some(TimeDelta::weeks(u32::MAX.into()))
        );
    }

    #[test]
    fn a_bare_number_is_minutes() {
        let minutes = |float: f64| SliceWindow::Minutes(float.try_into().unwrap());
        assert_eq!(minutes(0.5).length(), Some(TimeDelta::seconds(30)));
        assert_eq!(minutes(0.001).length(), None);
        assert_eq!(minutes(0.0).length(), None);
        assert_eq!(SliceWindow::Minutes((-5_i64).into()).length(), None);
        assert_eq!(SliceWindow::Shorthand("1M".parse().unwrap()).length(), None);
    }
}
