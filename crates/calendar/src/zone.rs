//! Time zones.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone, Utc};
use std::fmt;
use std::str::FromStr;

use crate::civil::{CivilError, Resolved};
use crate::offsets::Offsets;

/// The rule that turns an instant into the reading of a clock on a wall.
///
/// Two zones are equal when they have the same name: `UTC` and `+00:00` differ.
///
/// ```
/// use toban_calendar::Zone;
/// assert_eq!(Zone::parse("UTC")?, Zone::UTC);
/// assert_eq!(Zone::parse("+09:00")?.to_string(), "+09:00");
/// # Ok::<(), toban_calendar::ZoneError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Rule);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Utc,
    Fixed(FixedOffset),
    #[cfg(feature = "zones")]
    Named(chrono_tz::Tz),
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Rule::Utc);

    /// Reads `UTC`, an offset `±HH:MM`, or, with feature `zones`, an IANA name such as `Asia/Tokyo` (upper and
    /// lower case as IANA writes them). What it reads is what [`Display`](fmt::Display) prints.
    ///
    /// # Errors
    /// When the text is none of these; also when it looks like an IANA name and the feature is off.
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        if text == "UTC" {
            return Ok(Self::UTC);
        }
        if text.starts_with(['+', '-']) {
            return match offset(text) {
                Some(offset) => Ok(Self(Rule::Fixed(offset))),
                None => Err(ZoneError::Offset { text: text.to_owned() }),
            };
        }
        named(text)
    }

    /// How far local clocks are ahead of UTC at the instant.
    #[must_use]
    pub fn offset(self, at: DateTime<Utc>) -> FixedOffset {
        let utc = at.naive_utc();
        match self.0 {
            Rule::Utc => Utc.offset_from_utc_datetime(&utc).fix(),
            Rule::Fixed(offset) => offset.offset_from_utc_datetime(&utc),
            #[cfg(feature = "zones")]
            Rule::Named(tz) => tz.offset_from_utc_datetime(&utc).fix(),
        }
    }

    /// What local clocks show at the instant.
    ///
    /// # Errors
    /// When the reading lies beyond the years that can be expressed.
    pub fn civil(self, at: DateTime<Utc>) -> Result<NaiveDateTime, CivilError> {
        let utc = at.naive_utc();
        utc.checked_add_offset(self.offset(at)).ok_or(CivilError::OutOfRange { near: utc, zone: self })
    }

    /// Its offsets, one after another.
    pub(crate) fn offsets(self) -> Offsets {
        match self.0 {
            Rule::Utc => Offsets::fixed(0),
            Rule::Fixed(offset) => Offsets::fixed(i64::from(offset.local_minus_utc())),
            #[cfg(feature = "zones")]
            Rule::Named(tz) => crate::offsets::of_named(tz),
        }
    }

    /// Which instants show this reading; `None` beyond what can be expressed.
    pub(crate) fn resolve(self, civil: NaiveDateTime) -> Option<Resolved> {
        let at = |offset| civil.checked_sub_offset(offset).map(|utc| utc.and_utc());
        match self.0 {
            Rule::Utc => Some(Resolved::Once(civil.and_utc())),
            Rule::Fixed(offset) => at(offset).map(Resolved::Once),
            #[cfg(feature = "zones")]
            Rule::Named(tz) => match tz.offset_from_local_datetime(&civil) {
                chrono::MappedLocalTime::Single(only) => at(only.fix()).map(Resolved::Once),
                chrono::MappedLocalTime::Ambiguous(one, other) => {
                    let (one, other) = (at(one.fix())?, at(other.fix())?);
                    Some(Resolved::Twice { earlier: one.min(other), later: one.max(other) })
                }
                chrono::MappedLocalTime::None => {
                    let (from, before) = chrono_tz::GapInfo::new(&civil, &tz)?.begin?;
                    let resumes = from.checked_sub_offset(before.fix())?.and_utc();
                    Some(Resolved::Never { resumes, shifted: at(before.fix())? })
                }
            },
        }
    }
}

/// `±HH:MM` below 24 hours. `-00:00` is refused: it does not print back, and RFC 3339 keeps it for "unknown".
fn offset(text: &str) -> Option<FixedOffset> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two_digits = |part: &str| {
        let fits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<i32>().ok()).flatten()
    };
    let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
    let seconds = two_digits(hours)? * 3600 + minutes * 60;
    match (text.starts_with('-'), seconds) {
        (true, 0) => None,
        (true, seconds) => FixedOffset::west_opt(seconds),
        (false, seconds) => FixedOffset::east_opt(seconds),
    }
}

#[cfg(feature = "zones")]
fn named(text: &str) -> Result<Zone, ZoneError> {
    match text.parse() {
        Ok(tz) => Ok(Zone(Rule::Named(tz))),
        Err(_) => Err(ZoneError::Unknown { text: text.to_owned() }),
    }
}

#[cfg(not(feature = "zones"))]
fn named(text: &str) -> Result<Zone, ZoneError> {
    let text = text.to_owned();
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    let looks_named = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(in_name);
    Err(if looks_named { ZoneError::NamesLeftOut { text } } else { ZoneError::Unknown { text } })
}

impl FromStr for Zone {
    type Err = ZoneError;

    /// As [`Zone::parse`].
    fn from_str(text: &str) -> Result<Self, ZoneError> {
        Self::parse(text)
    }
}

/// The text that [`Zone::parse`] read.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rule::Utc => f.pad("UTC"),
            Rule::Fixed(offset) => f.pad(&offset.to_string()),
            #[cfg(feature = "zones")]
            Rule::Named(tz) => f.pad(tz.name()),
        }
    }
}

/// A text that names no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// It looks like an IANA name, and this build knows none.
    #[error("time zone `{text}`: IANA names need the feature `zones` of toban-calendar")]
    NamesLeftOut {
        /// The rejected text.
        text: String,
    },
    /// It begins like an offset and is none.
    #[error("`{text}` is no offset from UTC: expected ±HH:MM between -23:59 and +23:59")]
    Offset {
        /// The rejected text.
        text: String,
    },
    /// No zone has this name.
    #[error(
        "no time zone is called `{text}`: expected `UTC`, an offset such as `+09:00`, or an IANA name such as `Asia/Tokyo`"
    )]
    Unknown {
        /// The rejected text.
        text: String,
    },
}
