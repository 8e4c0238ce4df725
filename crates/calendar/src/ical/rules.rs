//! Pieces as RRULEs.

use chrono::Weekday;

use crate::calendar::Calendar;
use crate::dates::MonthDay;
use crate::month::Mask;
use crate::pieces::{ALL, Days, MONTHS, Piece, Step, WEEKDAYS, bits, meet, week, working};
use crate::sets::Weekdays;

/// What the pieces have in common with the working days of a calendar that is a set of weekdays.
pub(super) fn on_working_days(pieces: &[Piece], calendar: &Calendar) -> Option<Vec<Piece>> {
    meet(pieces, &[working(calendar)?])
}

/// Whether the pieces are every date.
pub(super) fn is_every_date(pieces: &[Piece]) -> bool {
    matches!(pieces, [only] if *only == ALL)
}

impl Piece {
    /// Whether only the last, or the n-th, of its times in a month is one: then there can be one time a day.
    pub(super) fn is_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// The piece as parts of an RRULE; `None` where RFC 5545 forbids the combination.
    pub(super) fn rule(&self) -> Option<Vec<String>> {
        let (frequency, interval) = match self.step {
            Some(Step::Days { every, .. }) => ("DAILY", every),
            Some(Step::Weeks { .. }) if self.days != Days::ANY => return None,
            Some(Step::Weeks { every, .. }) => ("WEEKLY", every),
            None if self.alone.is_some() || self.days != Days::ANY => ("MONTHLY", 1),
            None if self.weekdays != WEEKDAYS => ("WEEKLY", 1),
            None => ("DAILY", 1),
        };
        let mut parts = vec![format!("FREQ={frequency}")];
        if interval > 1 {
            parts.push(format!("INTERVAL={interval}"));
        }
        if self.months != MONTHS {
            parts.push(list("BYMONTH", bits(self.months)));
        }
        let weekdays = || self.weekdays().map(code);
        match &self.alone {
            Some(MonthDay::DayOrLast(day)) => {
                parts.push(list("BYMONTHDAY", 28..=*day));
                parts.push("BYSETPOS=-1".to_owned());
            }
            Some(MonthDay::WorkingDay(nth, _)) => {
                parts.push(list("BYDAY", Weekdays::MON_TO_FRI.iter().map(code)));
                parts.push(format!("BYSETPOS={nth}"));
            }
            Some(MonthDay::WorkingDayFromEnd(nth, _)) => {
                parts.push(list("BYDAY", Weekdays::MON_TO_FRI.iter().map(code)));
                parts.push(format!("BYSETPOS=-{nth}"));
            }
            Some(_) => return None,
            None => match self.numbered_weekdays().filter(|_| self.step.is_none()) {
                Some(days) => parts.push(list("BYDAY", days)),
                None => {
                    if self.days != Days::ANY {
                        let from_end = bits(self.days.from_end).map(|day| format!("-{day}"));
                        let days = bits(self.days.from_start).map(|day| day.to_string()).chain(from_end);
                        parts.push(list("BYMONTHDAY", days));
                    }
                    if self.weekdays != WEEKDAYS || frequency == "WEEKLY" {
                        parts.push(list("BYDAY", weekdays()));
                    }
                }
            },
        }
        if matches!(self.step, Some(Step::Weeks { .. })) {
            parts.push("WKST=MO".to_owned());
        }
        Some(parts)
    }

    /// `2TU,-1TU`, where its days are whole weeks of the month.
    fn numbered_weekdays(&self) -> Option<Vec<String>> {
        if self.weekdays == WEEKDAYS || self.days == Days::ANY {
            return None;
        }
        let weeks = |days: Mask| {
            let weeks: Vec<_> = (1..=5).filter(|nth| days & week(*nth) == week(*nth)).collect();
            (weeks.iter().fold(0, |set, nth| set | week(*nth)) == days).then_some(weeks)
        };
        let from_start = weeks(self.days.from_start)?.into_iter().map(|nth| nth.to_string());
        let from_end = weeks(self.days.from_end)?.into_iter().map(|nth| format!("-{nth}"));
        let numbers = from_start.chain(from_end);
        Some(numbers.flat_map(|nth| self.weekdays().map(move |day| format!("{nth}{}", code(day)))).collect())
    }
}

/// `BYMONTH=3,6`.
pub(super) fn list<T: ToString>(name: &str, values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
    format!("{name}={}", values.join(","))
}

pub(super) fn code(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}
