//! Windows, both ways.

use crate::{Window, WindowError};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Weekday};
use std::num::NonZeroU32;
use toban_calendar::{Period, Unit, Zone};

use super::super::annotation::ExtraWindow;
use super::super::finding::Problem;
use super::super::shorthand::{DurationShorthand, DurationUnit};
use super::super::slo::{Calendar, TimeWindow};
use super::write::Inexpressible;

/// The window of an SLO.
pub(super) fn of_time_window(window: &TimeWindow) -> Result<Window, Problem> {
    match &window.calendar {
        Some(calendar) => in_calendar(window.duration, &calendar.time_zone, calendar.start_time),
        None => rolling(window.duration),
    }
}

/// A window from an annotation. In a calendar it begins where the calendar's own units begin; several units are
/// counted from 1 January 2001, a Monday.
pub(super) fn of_annotation(window: &ExtraWindow) -> Result<Window, Problem> {
    match &window.time_zone {
        Some(zone) => in_calendar(window.duration, zone, beginning()),
        None => rolling(window.duration),
    }
}

fn rolling(duration: DurationShorthand) -> Result<Window, Problem> {
    Window::rolling(duration.nominal()).map_err(|WindowError { .. }| Problem::ZeroDuration)
}

fn in_calendar(duration: DurationShorthand, zone: &str, start: NaiveDateTime) -> Result<Window, Problem> {
    let unit = match duration.unit() {
        DurationUnit::Minute | DurationUnit::Hour => {
            return Err(Problem::NoCalendarUnit { unit: duration.unit() });
        }
        DurationUnit::Day => Unit::Day,
        DurationUnit::Week => Unit::Week,
        DurationUnit::Month => Unit::Month,
        DurationUnit::Quarter => Unit::Quarter,
        DurationUnit::Year => Unit::Year,
    };
    let every = NonZeroU32::new(duration.count()).ok_or(Problem::ZeroDuration)?;
    let zone =
        Zone::parse(zone).map_err(|_| Problem::UnknownZone { name: zone.chars().take(40).collect() })?;
    // One that begins where the calendar's own begins is the calendar's own, whichever of them the document names.
    let start = if every == NonZeroU32::MIN && is_own(unit, start) { beginning() } else { start };
    Ok(Window::calendar(Period::anchored(every, unit, start), zone))
}

/// The window of an SLO as it is written.
pub(super) fn to_time_window(window: Window) -> Result<TimeWindow, Inexpressible> {
    let refuse = || Inexpressible::Window { window };
    if let Some(length) = window.length() {
        return whole(length).map(TimeWindow::rolling).ok_or_else(refuse);
    }
    let (period, zone) = window.period().ok_or_else(refuse)?;
    let start_time = period.anchor().with_nanosecond(0).filter(|start| *start == period.anchor());
    let calendar =
        start_time.zip(name(zone)).map(|(start_time, time_zone)| Calendar { start_time, time_zone });
    let calendar = Some(calendar.ok_or_else(refuse)?);
    Ok(TimeWindow { duration: duration(period), calendar, is_rolling: Some(false) })
}

/// A window as an annotation says it.
pub(super) fn to_annotation(window: Window) -> Result<ExtraWindow, Inexpressible> {
    let refuse = || Inexpressible::Window { window };
    if let Some(length) = window.length() {
        let duration = whole(length).ok_or_else(refuse)?;
        return Ok(ExtraWindow { duration, time_zone: None });
    }
    let (period, zone) =
        window.period().filter(|(period, _)| period.anchor() == beginning()).ok_or_else(refuse)?;
    Ok(ExtraWindow { duration: duration(period), time_zone: Some(name(zone).ok_or_else(refuse)?) })
}

fn whole(length: TimeDelta) -> Option<DurationShorthand> {
    DurationShorthand::of(length).filter(|duration| !duration.is_zero())
}

fn duration(period: Period) -> DurationShorthand {
    let unit = match period.unit() {
        Unit::Day => DurationUnit::Day,
        Unit::Week => DurationUnit::Week,
        Unit::Month => DurationUnit::Month,
        Unit::Quarter => DurationUnit::Quarter,
        Unit::Year => DurationUnit::Year,
    };
    DurationShorthand::new(period.every().get(), unit)
}

/// The IANA name of a zone, if it is more than an offset from UTC.
fn name(zone: Zone) -> Option<String> {
    let name = zone.to_string();
    (!name.starts_with(['+', '-'])).then_some(name)
}

/// Where all units of the calendar begin at once.
fn beginning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2001, 1, 1).unwrap_or_default().into()
}

fn is_own(unit: Unit, start: NaiveDateTime) -> bool {
    start.time() == NaiveTime::MIN
        && match unit {
            Unit::Day => true,
            Unit::Week => start.weekday() == Weekday::Mon,
            Unit::Month => start.day() == 1,
            Unit::Quarter => start.day() == 1 && start.month0().is_multiple_of(3),
            Unit::Year => start.ordinal() == 1,
        }
}
