//! Words in a file, and what they name.

use chrono::Weekday;
use serde::de::{Error as _, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

use super::error::{SpecCause, SpecError, no_calendar};
use crate::calendar::Calendar;
use crate::dates::MonthDay;
use crate::sets::{MonthsOfYear, WEEK, Weekdays};

/// One word or several; a number is a word too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words(pub Vec<String>);

impl Words {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read<T>(
        &self,
        path: &str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, SpecError> {
        let one = |(place, word): (usize, &String)| {
            let place = if self.0.len() == 1 { path.to_owned() } else { format!("{path}[{place}]") };
            read(word).ok_or_else(|| SpecError::at(&place, SpecCause::Word { word: word.clone(), expected }))
        };
        self.0.iter().enumerate().map(one).collect()
    }

    pub(super) fn weekdays(&self, path: &str) -> Result<Weekdays, SpecError> {
        Ok(Weekdays::of(self.read(path, "weekday: expected mon to sun", weekday)?))
    }

    pub(super) fn months(&self, path: &str) -> Result<MonthsOfYear, SpecError> {
        let month = |word: &str| match word.parse::<chrono::Month>() {
            Ok(month) => Some(month.number_from_month()),
            Err(_) => word.parse().ok(),
        };
        let months = self.read(path, "month: expected 1 to 12 or jan to dec", month)?;
        MonthsOfYear::of(months).map_err(|error| SpecError::at(path, SpecCause::Rule(error)))
    }

    pub(super) fn month_days(
        &self,
        path: &str,
        calendar: Option<&Calendar>,
    ) -> Result<Vec<MonthDay>, SpecError> {
        let needs_calendar = self.0.iter().any(|word| word.contains("working"));
        if needs_calendar && calendar.is_none() {
            return Err(no_calendar(path));
        }
        let expected = "day of a month: expected such as 15, `31 or last`, last, last-2, `2nd tue`, `last fri`, \
                        `working 3`, `last working`, `working nearest 15`";
        self.read(path, expected, |word| month_day(word, calendar))
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|day| day.to_string().eq_ignore_ascii_case(word)).or_else(|| word.parse().ok())
}

/// `15`, `31 or last`, `last`, `last-2`, `2nd tue`, `last fri`, `2nd last fri`, `working 3`, `last working`, `2nd last
/// working`, `working nearest 15`.
fn month_day(text: &str, calendar: Option<&Calendar>) -> Option<MonthDay> {
    let number = |word: &str| word.parse::<u32>().ok();
    let nth = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let ending = word.get(digits.len()..)?;
        number(digits).filter(|_| matches!(ending, "st" | "nd" | "rd" | "th"))
    };
    let own = || calendar.cloned();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["last"] => Some(MonthDay::FromEnd(0)),
        ["last", "working"] => Some(MonthDay::WorkingDayFromEnd(1, own()?)),
        ["last", day] => Some(MonthDay::NthLastWeekday(1, weekday(day)?)),
        ["working", "nearest", day] => Some(MonthDay::NearestWorkingDay(number(day)?, own()?)),
        ["working", place] => Some(MonthDay::WorkingDay(number(place)?, own()?)),
        [day, "or", "last"] => Some(MonthDay::DayOrLast(number(day)?)),
        [place, "last", "working"] => Some(MonthDay::WorkingDayFromEnd(nth(place)?, own()?)),
        [place, "last", day] => Some(MonthDay::NthLastWeekday(nth(place)?, weekday(day)?)),
        [place, day] => Some(MonthDay::NthWeekday(nth(place)?, weekday(day)?)),
        [word] => match word.strip_prefix("last-") {
            Some(days) => number(days).map(MonthDay::FromEnd),
            None => number(word).map(MonthDay::Day),
        },
        _ => None,
    }
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => serializer.serialize_str(only),
            words => words.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word(String);
        impl<'de> Deserialize<'de> for Word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let words = deserializer.deserialize_any(Reader { is_item: true })?;
                words.0.into_iter().next().map(Word).ok_or_else(|| D::Error::custom("expected a word"))
            }
        }
        struct Reader {
            /// Whether it reads an item of a list, which is no list itself.
            is_item: bool,
        }
        impl<'de> Visitor<'de> for Reader {
            type Value = Words;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if self.is_item { "a word" } else { "a word, or a list of words" })
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Words, E> {
                Ok(Words(vec![word.to_owned()]))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Words, E> {
                Ok(Words(vec![number.to_string()]))
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Words, E> {
                Ok(Words(vec![number.to_string()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
                if self.is_item {
                    return Err(A::Error::invalid_type(Unexpected::Seq, &self));
                }
                let mut words = Vec::new();
                while let Some(Word(word)) = list.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }
        deserializer.deserialize_any(Reader { is_item: false })
    }
}
