//! Times of a day.

use chrono::{NaiveTime, TimeDelta, Timelike};
use std::fmt;
use toban_core::Text;

use crate::recurrence::AsWritten;

/// One or more times of a day, to the second.
///
/// ```
/// use toban_calendar::Times;
/// let times = Times::parse(["09:00", "17:30"])?;
/// assert_eq!(times.to_string(), "09:00, 17:30");
/// # Ok::<(), toban_calendar::TimesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Times(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Seconds since midnight, ascending, none twice, at least one.
    Listed(Box<[u32]>),
    /// Every combination, as cron has it; each set has at least one.
    #[cfg_attr(
        not(any(feature = "cron", feature = "icalendar")),
        expect(dead_code, reason = "cron expressions and calendar files make it")
    )]
    Fields { hours: u64, minutes: u64, seconds: u64 },
}

/// Times that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimesError {
    /// No time at all.
    #[error("names no time of day")]
    Empty,
    /// A text that is no time of day.
    #[error("`{text}` is no time of day: expected HH:MM or HH:MM:SS, to 23:59:59")]
    Text {
        /// The rejected text.
        text: String,
    },
    /// A time between two seconds.
    #[error("{time} lies between two seconds")]
    Fraction {
        /// The rejected time.
        time: NaiveTime,
    },
    /// An interval that is not at least one second and whole seconds long.
    #[error("{} is no interval: expected whole seconds, at least one", AsWritten(*step))]
    Step {
        /// The rejected interval.
        step: TimeDelta,
    },
}

pub(crate) const DAY: u32 = 86_400;

impl Times {
    /// The times given, in any order.
    ///
    /// # Errors
    /// When there is none, or one lies between two seconds.
    pub fn at(times: impl IntoIterator<Item = NaiveTime>) -> Result<Self, TimesError> {
        let mut listed = Vec::new();
        for time in times {
            if time.nanosecond() != 0 {
                return Err(TimesError::Fraction { time });
            }
            listed.push(time.num_seconds_from_midnight());
        }
        Self::listed(listed)
    }

    /// Reads `HH:MM` or `HH:MM:SS`.
    ///
    /// # Errors
    /// When there is none, or one is no time of day.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, TimesError> {
        let times = texts.into_iter().map(|text| {
            let text = text.as_ref();
            read(text).ok_or_else(|| TimesError::Text { text: text.to_owned() })
        });
        Self::at(times.collect::<Result<Vec<_>, _>>()?)
    }

    /// Every `step` from one time of day to another, both included.
    ///
    /// # Errors
    /// When the interval is not at least a second, the first time lies between two seconds, or there is no time
    /// between the two.
    pub fn every(step: TimeDelta, from: NaiveTime, to: NaiveTime) -> Result<Self, TimesError> {
        let seconds = usize::try_from(step.num_seconds()).ok().filter(|seconds| *seconds > 0);
        let whole = seconds.filter(|_| step.subsec_nanos() == 0).ok_or(TimesError::Step { step })?;
        if from.nanosecond() != 0 {
            return Err(TimesError::Fraction { time: from });
        }
        let (from, to) = (from.num_seconds_from_midnight(), to.num_seconds_from_midnight());
        Self::listed((from..=to).step_by(whole).collect())
    }

    fn listed(mut times: Vec<u32>) -> Result<Self, TimesError> {
        times.sort_unstable();
        times.dedup();
        if times.is_empty() { Err(TimesError::Empty) } else { Ok(Self(Kind::Listed(times.into()))) }
    }

    /// The times in order.
    pub fn iter(&self) -> impl Iterator<Item = NaiveTime> + '_ {
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let time = self.first_from(from?)?;
            from = Some(time + 1);
            NaiveTime::from_num_seconds_from_midnight_opt(time, 0)
        })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        match &self.0 {
            Kind::Listed(times) => u32::try_from(times.len()).unwrap_or(DAY),
            Kind::Fields { hours, minutes, seconds } => {
                hours.count_ones() * minutes.count_ones() * seconds.count_ones()
            }
        }
    }

    /// The first time from a second of the day on.
    #[inline]
    pub(crate) fn first_from(&self, second: u32) -> Option<u32> {
        match &self.0 {
            Kind::Listed(times) => match &**times {
                [only] => (second <= *only).then_some(*only),
                times => times.get(times.partition_point(|time| *time < second)).copied(),
            },
            Kind::Fields { hours, minutes, seconds } => {
                let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                let from = |set: u64, at: u32| {
                    let left = set.checked_shr(at).unwrap_or_default();
                    (left != 0).then(|| at + left.trailing_zeros())
                };
                let time = |hour, minute, second| hour * 3600 + minute * 60 + second;
                let (first_minute, first_second) = (minutes.trailing_zeros(), seconds.trailing_zeros());
                let here = from(*hours, hour) == Some(hour);
                if here
                    && from(*minutes, minute) == Some(minute)
                    && let Some(second) = from(*seconds, second)
                {
                    return Some(time(hour, minute, second));
                }
                if here && let Some(minute) = from(*minutes, minute + 1) {
                    return Some(time(hour, minute, first_second));
                }
                from(*hours, hour + 1).map(|hour| time(hour, first_minute, first_second))
            }
        }
    }

    /// The last time before a second of the day.
    pub(crate) fn last_before(&self, second: u32) -> Option<u32> {
        match &self.0 {
            Kind::Listed(times) => times
                .partition_point(|time| *time < second)
                .checked_sub(1)
                .and_then(|at| times.get(at))
                .copied(),
            Kind::Fields { hours, minutes, seconds } => {
                let until = second.checked_sub(1)?.min(DAY - 1);
                let (hour, minute, second) = (until / 3600, until / 60 % 60, until % 60);
                let before = |set: u64, end: u32| (set & ((1 << end) - 1)).checked_ilog2();
                let time = |hour, minute, second| hour * 3600 + minute * 60 + second;
                let last = |set: &u64| set.ilog2();
                let here = hours >> hour & 1 == 1;
                if here
                    && minutes >> minute & 1 == 1
                    && let Some(second) = before(*seconds, second + 1)
                {
                    return Some(time(hour, minute, second));
                }
                if here && let Some(minute) = before(*minutes, minute) {
                    return Some(time(hour, minute, last(seconds)));
                }
                before(*hours, hour).map(|hour| time(hour, last(minutes), last(seconds)))
            }
        }
    }
}

/// `HH:MM` or `HH:MM:SS`, two digits each.
fn read(text: &str) -> Option<NaiveTime> {
    let mut parts = text.split(':').map(|part| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| part.parse().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    parts.next().is_none().then(|| NaiveTime::from_hms_opt(hour, minute, second)).flatten()
}

impl Times {
    /// The times in words: `09:00, 17:30`; of many, the first three and how many there are.
    #[must_use]
    pub fn describe(&self) -> Text {
        let (shown, count) = (self.to_string(), self.count());
        match count {
            0..=MOST_SHOWN => Text::same(shown),
            _ => Text::new(
                format!("{} ほか{}回", self.shown(3), count - 3),
                format!("{} and {} more times", self.shown(3), count - 3),
            ),
        }
    }

    fn shown(&self, most: usize) -> String {
        let times = self.iter().take(most).map(|time| {
            let form = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
            time.format(form).to_string()
        });
        times.collect::<Vec<_>>().join(", ")
    }
}

const MOST_SHOWN: u32 = 6;

/// `09:00, 17:30`; of many, the first three.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count() > MOST_SHOWN {
            write!(f, "{}, …", self.shown(3))
        } else {
            f.write_str(&self.shown(6))
        }
    }
}
