//! Recurrences as rules that schedulers know: some days, and every combination of some hours, minutes and seconds.

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Timelike, Utc};
use std::collections::BTreeMap;
#[cfg(feature = "crontab")]
use toban_calendar::Cause;
use toban_calendar::{Adjust, ClockChange, Dates, DatesPart, Recurrence, Times, Weekdays, Zone};
use toban_core::Interval;

use super::Unsaid;

/// Some of the times of a recurrence. The rules of one have no date and time in common.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) part: DatesPart,
    pub(crate) hours: Vec<u32>,
    pub(crate) minutes: Vec<u32>,
    pub(crate) seconds: Vec<u32>,
    pub(crate) zone: Zone,
    dates: Dates,
    clock: ClockChange,
}

/// The recurrence as rules, whose bounds are another matter.
pub(crate) fn rules(recurrence: &Recurrence) -> Result<Vec<Rule>, Unsaid> {
    let said = match (recurrence.dates(), recurrence.times(), recurrence.zone(), recurrence.clock_change()) {
        (Some(dates), Some(times), Some(zone), Some(clock)) => {
            let dates = match recurrence.adjustment() {
                None => dates.clone(),
                Some((Adjust::Skip, calendar)) => {
                    Dates::all_of(vec![dates.clone(), Dates::working(calendar)])
                }
                Some(_) => return Err(Unsaid::Adjusted),
            };
            (dates, times.clone(), zone, clock)
        }
        _ => elapsed(recurrence)?,
    };
    let (dates, times, zone, clock) = said;
    let parts = dates.parts().ok_or(match recurrence.adjustment() {
        Some(_) => Unsaid::Adjusted,
        None => Unsaid::Dates,
    })?;
    let products = products(&times);
    let of = |part: DatesPart| {
        let dates = dates.clone();
        products.iter().cloned().map(move |(hours, minutes, seconds)| Rule {
            part: part.clone(),
            hours,
            minutes,
            seconds,
            zone,
            dates: dates.clone(),
            clock,
        })
    };
    Ok(parts.into_iter().flat_map(of).collect())
}

/// What recurs by elapsed time, as times of day in UTC.
fn elapsed(recurrence: &Recurrence) -> Result<(Dates, Times, Zone, ClockChange), Unsaid> {
    let (Some(step), Some(from)) = (recurrence.step(), recurrence.start()) else { return Err(Unsaid::Dates) };
    let unsaid = || Unsaid::Interval { step };
    let (day, from_time) = (TimeDelta::days(1), from.time());
    let seconds = step.num_seconds();
    let (dates, times) = if step == TimeDelta::days(7) {
        let dates = Dates::weekly(Weekdays::of([from.weekday()])).map_err(|_| unsaid())?;
        (dates, Times::at([from_time]))
    } else if day.num_seconds() % seconds == 0 {
        let first =
            u32::try_from(i64::from(from_time.num_seconds_from_midnight()) % seconds).unwrap_or_default();
        let first = NaiveTime::from_num_seconds_from_midnight_opt(first, 0).ok_or_else(unsaid)?;
        let last = NaiveTime::from_hms_opt(23, 59, 59).ok_or_else(unsaid)?;
        (Dates::daily(), Times::every(step, first, last))
    } else {
        return Err(unsaid());
    };
    Ok((dates, times.map_err(|_| unsaid())?, Zone::UTC, ClockChange::EachShowing))
}

/// The times as hours, minutes and seconds of which every combination is one of them, none twice.
fn products(times: &Times) -> Vec<(Vec<u32>, Vec<u32>, Vec<u32>)> {
    let mut hours = BTreeMap::<_, Vec<_>>::new();
    for time in times.iter() {
        hours.entry((time.minute(), time.second())).or_default().push(time.hour());
    }
    let mut minutes = BTreeMap::<_, Vec<_>>::new();
    for ((minute, second), hours) in hours {
        minutes.entry((hours, second)).or_default().push(minute);
    }
    let mut seconds = BTreeMap::<_, Vec<_>>::new();
    for ((hours, second), minutes) in minutes {
        seconds.entry((hours, minutes)).or_default().push(second);
    }
    seconds.into_iter().map(|((hours, minutes), seconds)| (hours, minutes, seconds)).collect()
}

/// How far a change of the clock is looked for.
const YEARS: i32 = 5;

impl Rule {
    /// The same, where no time lies between two minutes.
    #[cfg(any(feature = "crontab", feature = "kubernetes"))]
    pub(crate) fn in_minutes(self) -> Result<Self, Unsaid> {
        if self.seconds == [0] { Ok(self) } else { Err(Unsaid::Seconds) }
    }

    /// The first instant in the next years at which a scheduler that takes changes of the clock in such a way does
    /// something else.
    pub(crate) fn differs(&self, done: ClockChange, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if done == self.clock {
            return None;
        }
        let until = now.with_year(now.year() + YEARS).unwrap_or(now);
        let day = TimeDelta::days(1);
        let mut days =
            std::iter::successors(Some(now), |at| at.checked_add_signed(day)).take_while(|at| *at < until);
        days.find_map(|at| {
            let end = at.checked_add_signed(day)?;
            if self.zone.offset(at) == self.zone.offset(end) {
                return None;
            }
            let around =
                Interval::new(at.checked_sub_signed(day)?.max(now), end.checked_add_signed(day)?).ok()?;
            let [asked, done] = [self.clock, done].map(|clock| self.firings(clock, around));
            let first = |some: &[DateTime<Utc>], others: &[DateTime<Utc>]| {
                some.iter().find(|at| !others.contains(at)).copied()
            };
            first(&asked, &done).into_iter().chain(first(&done, &asked)).min()
        })
    }

    fn firings(&self, clock: ClockChange, within: Interval) -> Vec<DateTime<Utc>> {
        self.recurring(clock).map(|recurrence| recurrence.between(within).collect()).unwrap_or_default()
    }

    /// How many of its times the clock jumps over in the next years, by the instant of the jump.
    #[cfg(feature = "crontab")]
    pub(crate) fn skipped(&self, now: DateTime<Utc>) -> BTreeMap<DateTime<Utc>, u32> {
        let mut skipped = BTreeMap::new();
        let until = Interval::new(now, now.with_year(now.year() + YEARS).unwrap_or(now)).ok();
        for change in
            self.recurring(ClockChange::ONCE).zip(until).iter().flat_map(|(all, until)| all.preview(*until))
        {
            if let (Cause::Gap, [jump]) = (change.cause, change.first.fate.instants().as_slice()) {
                *skipped.entry(*jump).or_default() += change.count;
            }
        }
        skipped
    }

    /// Whether clocks show one of its times at the instant.
    #[cfg(feature = "crontab")]
    pub(crate) fn has(&self, at: DateTime<Utc>) -> bool {
        self.recurring(ClockChange::EachShowing).is_some_and(|recurrence| recurrence.contains(at))
    }

    fn recurring(&self, clock: ClockChange) -> Option<Recurrence> {
        let all = |hour: &u32| {
            let hour = *hour;
            let minutes = self.minutes.iter();
            minutes.flat_map(move |minute| {
                let minute = *minute;
                self.seconds.iter().filter_map(move |second| NaiveTime::from_hms_opt(hour, minute, *second))
            })
        };
        let times = Times::at(self.hours.iter().flat_map(all)).ok()?;
        Recurrence::new(self.dates.clone(), times, self.zone, clock).ok()
    }
}

/// What systems call a zone: an offset of whole hours has a name with the sign turned round.
pub(crate) fn zone_name(zone: Zone) -> Result<String, Unsaid> {
    let name = zone.to_string();
    let unsaid = || Unsaid::Zone { zone: name.clone() };
    let Some(offset) = name.strip_prefix(['+', '-']) else { return Ok(name) };
    let hours: u32 = offset.strip_suffix(":00").and_then(|hours| hours.parse().ok()).ok_or_else(unsaid)?;
    match (name.starts_with('+'), hours) {
        (_, 0) => Ok("UTC".to_owned()),
        (true, 1..=14) => Ok(format!("Etc/GMT-{hours}")),
        (false, 1..=12) => Ok(format!("Etc/GMT+{hours}")),
        _ => Err(unsaid()),
    }
}
