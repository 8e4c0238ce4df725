//! Instants that recur.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::fmt;
use toban_core::{Interval, Length};

use crate::adjust::{Adjust, REACH};
use crate::calendar::Calendar;
use crate::civil::{Fold, Gap};
use crate::dates::Dates;
use crate::month::{CYCLE, Day, Mask, Month, date_of};
use crate::offsets::{Offsets, Stretch};
use crate::times::{DAY, Times};
use crate::zone::Zone;

/// What a change of the clock does to what recurs. There is no default: live systems have five conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockChange {
    /// Every instant at which the clock shows the time: none where it skips it, two where it shows it twice. What
    /// Debian's cron does to jobs with `*` in the minute or in the hour.
    EachShowing,
    /// Once for each civil time, with what stands for one that the clock skips or shows twice; one that is refused is
    /// left out. Debian's cron does [`Gap::FirstAfter`] and [`Fold::Earlier`] to jobs at fixed times.
    Once {
        /// What stands for a time that the clock skips.
        gap: Gap,
        /// Which of two it is.
        fold: Fold,
    },
}

impl ClockChange {
    /// Once, at the first instant after a gap and at the earlier of two: nothing is lost and nothing is done twice.
    pub const ONCE: Self = Self::Once { gap: Gap::FirstAfter, fold: Fold::Earlier };
}

/// Instants that recur, by dates and times of day in a zone, or by elapsed time.
///
/// Instants are whole seconds. They are given in ascending order and none twice, whatever clocks do; several civil
/// times that fall on one instant (at the end of a gap, or moved to one working day) are one.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use toban_calendar::{Adjust, Calendar, ClockChange, Dates, MonthDay, Recurrence, Times, Zone};
///
/// let month_end = Dates::monthly([MonthDay::FromEnd(0)])?;
/// let closing = Recurrence::new(month_end, Times::parse(["17:00"])?, Zone::parse("+09:00")?, ClockChange::ONCE)?
///     .adjusted(Adjust::Previous, &Calendar::japan())?;
/// let after = Utc.with_ymd_and_hms(2026, 5, 1, 0, 0, 0).unwrap();
/// let next = closing.next(after).unwrap(); // 31 May is a Sunday
/// assert_eq!(next.to_rfc3339(), "2026-05-29T08:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub(crate) pattern: Pattern,
    /// Its first second and the first one after it, since 1970.
    start: i64,
    end: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Civil(Box<Civil>),
    Elapsed {
        step: i64,
        from: i64,
        /// Whose dates it is asked by.
        zone: Option<Zone>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) dates: Dates,
    pub(crate) adjust: Option<(Adjust, Calendar)>,
    pub(crate) times: Times,
    pub(crate) zone: Zone,
    pub(crate) clock: ClockChange,
    pub(crate) offsets: Offsets,
    /// The days outside which the rule, or a calendar that it asks, says nothing.
    first: Day,
    last: Day,
}

/// A recurrence that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecurrenceError {
    /// A number of times without a beginning to count from.
    #[error("{count} times from when on? a number of times needs a start")]
    CountWithoutStart {
        /// The number of times.
        count: u32,
    },
    /// More than [`Recurrence::MOST`].
    #[error("{count} times are too many to count: expected 1 to {}", Recurrence::MOST)]
    Count {
        /// The number of times.
        count: u32,
    },
    /// It never happens.
    #[error("it never happens: {why}")]
    Never {
        /// What leaves nothing over.
        why: Never,
    },
    /// An interval that is not at least one second and whole seconds long.
    #[error("{} is no interval: expected whole seconds, at least one", AsWritten(*step))]
    Step {
        /// The rejected interval.
        step: TimeDelta,
    },
}

/// A length as people write it, where it is one.
pub(crate) struct AsWritten(pub(crate) TimeDelta);

impl fmt::Display for AsWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Length::new(self.0) {
            Ok(length) if length.as_time_delta() == self.0 => length.fmt(f),
            _ => self.0.fmt(f),
        }
    }
}

/// Why something never happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Never {
    /// There is nothing between its start and its end.
    #[error("there is nothing between its start and its end")]
    Bounds,
    /// Nothing is left of its dates after the move to working days.
    #[error("no date is left after the move to working days")]
    Adjust,
    /// At each of its times the clock jumps, or falls back, and the policy leaves these out.
    #[error("clocks jump over each of its times, or show it twice, and those are left out")]
    Clock,
    /// No year has such a date.
    #[error("no year has such a date")]
    Dates,
}

/// Day 0 of the seconds since 1970.
const EPOCH: i64 = 719_163;
/// The seconds of a day.
pub(crate) const SECONDS: i64 = DAY as i64;

impl Recurrence {
    /// The most times that can be counted.
    pub const MOST: u32 = 1_000_000;

    /// At times of day on dates in a zone.
    ///
    /// # Errors
    /// When it would never happen.
    pub fn new(dates: Dates, times: Times, zone: Zone, clock: ClockChange) -> Result<Self, RecurrenceError> {
        if dates.first_day().is_none() {
            return Err(RecurrenceError::Never { why: Never::Dates });
        }
        let (first, last) = (dates.begins(), dates.ends());
        let civil =
            Civil { dates, adjust: None, times, zone, clock, offsets: Offsets::of(zone), first, last };
        let this = Self { pattern: Pattern::Civil(Box::new(civil)), start: i64::MIN, end: i64::MAX };
        this.that_happens(Never::Clock)
    }

    /// Every `step` of elapsed time from an instant on, that instant included. Clocks and calendars change nothing.
    ///
    /// # Errors
    /// When the interval is not at least a second, and whole seconds long.
    pub fn every(step: TimeDelta, from: DateTime<Utc>) -> Result<Self, RecurrenceError> {
        let whole = Some(step.num_seconds()).filter(|seconds| *seconds > 0 && step.subsec_nanos() == 0);
        let step = whole.ok_or(RecurrenceError::Step { step })?;
        let from = ceiling(from);
        Ok(Self { pattern: Pattern::Elapsed { step, from, zone: None }, start: from, end: i64::MAX })
    }

    /// The zone whose dates it is asked by where it recurs by elapsed time, in [`Recurrence::why`]: when it happens is
    /// the same in each. What recurs by dates has a zone of its own, and stays as it is.
    #[must_use]
    pub fn with_dates_of(mut self, dates_of: Zone) -> Self {
        if let Pattern::Elapsed { zone, .. } = &mut self.pattern {
            *zone = Some(dates_of);
        }
        self
    }

    /// Moves dates that are no working days.
    ///
    /// Nothing happens outside the dates for which the calendar is known. What recurs by elapsed time has no dates,
    /// and stays as it is.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn adjusted(mut self, adjust: Adjust, calendar: &Calendar) -> Result<Self, RecurrenceError> {
        if let Pattern::Civil(civil) = &mut self.pattern {
            let (from, to) = calendar.known_days().unwrap_or((Day::MIN, Day::MAX));
            let (first, last) = (civil.dates.begins(), civil.dates.ends());
            // The first of its dates may move to before it, and the last to after it.
            (civil.first, civil.last) =
                (first.saturating_sub(REACH).max(from), last.saturating_add(REACH).min(to));
            civil.adjust = Some((adjust, calendar.clone()));
        }
        self.that_happens(Never::Adjust)
    }

    /// Nothing before the instant.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn starting_at(mut self, start: DateTime<Utc>) -> Result<Self, RecurrenceError> {
        self.start = self.start.max(ceiling(start));
        self.that_happens(Never::Bounds)
    }

    /// Nothing from the instant on.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn ending_before(mut self, end: DateTime<Utc>) -> Result<Self, RecurrenceError> {
        self.end = self.end.min(ceiling(end));
        self.that_happens(Never::Bounds)
    }

    /// At most so many times from its start on, counted as it is now: what moves its times comes before.
    ///
    /// # Errors
    /// When it has no start, or the number is 0 or above [`Recurrence::MOST`].
    pub fn limited_to(mut self, count: u32) -> Result<Self, RecurrenceError> {
        if self.start == i64::MIN {
            return Err(RecurrenceError::CountWithoutStart { count });
        }
        if !(1..=Self::MOST).contains(&count) {
            return Err(RecurrenceError::Count { count });
        }
        let mut last = None;
        for _ in 0..count {
            match self.next_from(last.map_or(self.start, |last: i64| last + 1)) {
                Some(at) => last = Some(at),
                None => return Ok(self),
            }
        }
        self.end = last.map_or(self.end, |last| last + 1);
        Ok(self)
    }

    /// The first instant after another; `None` where there is none: it has ended, a calendar that it asks is not known
    /// that far ([`Recurrence::horizon`]), or nothing comes within the 400 years in which the calendar repeats.
    #[must_use]
    #[inline]
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        instant(self.next_from(after.timestamp().checked_add(1)?)?)
    }

    /// The last instant before another; `None` where there is none.
    #[must_use]
    pub fn previous(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        instant(self.last_before(ceiling(before))?)
    }

    /// The instants of a stretch of time in order.
    pub fn between(&self, interval: Interval) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let (mut from, end) = (Some(ceiling(interval.start())), ceiling(interval.end()));
        std::iter::from_fn(move || {
            let at = self.next_from(from?).filter(|at| *at < end);
            from = at.and_then(|at| at.checked_add(1));
            instant(at?)
        })
    }

    /// Whether it happens at the instant.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        let second = at.timestamp();
        ceiling(at) == second && self.next_from(second) == Some(second)
    }

    /// The last date for which a calendar that it asks is known: after that nothing happens, whatever the rule says.
    #[must_use]
    pub fn horizon(&self) -> Option<NaiveDate> {
        let civil = self.civil()?;
        let adjust = civil.adjust.as_ref().and_then(|(_, calendar)| calendar.known_days());
        date_of(adjust.map_or(Day::MAX, |(_, to)| to).min(civil.dates.known_to()))
    }

    /// The zone of its dates and times. Where it recurs by elapsed time it is that of [`Recurrence::with_dates_of`],
    /// and `None` without one.
    #[must_use]
    pub fn zone(&self) -> Option<Zone> {
        match &self.pattern {
            Pattern::Civil(civil) => Some(civil.zone),
            Pattern::Elapsed { zone, .. } => *zone,
        }
    }

    /// Its rule for dates, before any move; `None` where it recurs by elapsed time.
    #[must_use]
    pub fn dates(&self) -> Option<&Dates> {
        self.civil().map(|civil| &civil.dates)
    }

    /// Its times of day; `None` where it recurs by elapsed time.
    #[must_use]
    pub fn times(&self) -> Option<&Times> {
        self.civil().map(|civil| &civil.times)
    }

    /// The interval at which it recurs; `None` where it does so by dates and times of day.
    #[must_use]
    pub fn step(&self) -> Option<TimeDelta> {
        match self.pattern {
            Pattern::Civil(_) => None,
            Pattern::Elapsed { step, .. } => TimeDelta::try_seconds(step),
        }
    }

    /// What becomes of dates that are no working days.
    #[must_use]
    pub fn adjustment(&self) -> Option<(Adjust, &Calendar)> {
        self.civil()?.adjust.as_ref().map(|(adjust, calendar)| (*adjust, calendar))
    }

    /// What changes of the clock do to it; `None` where it recurs by elapsed time.
    #[must_use]
    pub fn clock_change(&self) -> Option<ClockChange> {
        self.civil().map(|civil| civil.clock)
    }

    /// Before when nothing happens, where it has a start.
    #[must_use]
    pub fn start(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.start, 0)
    }

    /// From when on nothing happens, where it has an end; after a number of times that is one second after the last.
    #[must_use]
    pub fn end(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.end, 0)
    }

    /// Its first second.
    pub(crate) fn first(&self) -> i64 {
        self.start
    }

    /// The first second after it.
    pub(crate) fn limit(&self) -> i64 {
        self.end
    }

    pub(crate) fn civil(&self) -> Option<&Civil> {
        match &self.pattern {
            Pattern::Civil(civil) => Some(civil),
            Pattern::Elapsed { .. } => None,
        }
    }

    fn that_happens(self, why: Never) -> Result<Self, RecurrenceError> {
        // From a time on that every rule knows, unless it begins later, or is over before.
        let from = match &self.pattern {
            Pattern::Civil(civil) if civil.first == Day::MIN => YEAR_2000,
            Pattern::Civil(civil) => midnight(civil.first) - SECONDS,
            Pattern::Elapsed { from, .. } => *from,
        };
        let before = || self.last_before(from).or_else(|| self.last_before(self.end));
        let happens = self.next_from(from).or_else(before);
        if happens.is_some() { Ok(self) } else { Err(RecurrenceError::Never { why }) }
    }

    /// The first second from one on.
    #[inline]
    fn next_from(&self, from: i64) -> Option<i64> {
        let from = from.max(self.start);
        let at = match &self.pattern {
            Pattern::Civil(civil) => civil.next_from(from),
            Pattern::Elapsed { step, from: first, .. } => {
                let steps = from.saturating_sub(*first).max(0).checked_add(step - 1)? / step;
                first.checked_add(steps.checked_mul(*step)?)
            }
        };
        at.filter(|at| *at < self.end)
    }

    /// The last second before one.
    fn last_before(&self, before: i64) -> Option<i64> {
        let before = before.min(self.end);
        let at = match &self.pattern {
            Pattern::Civil(civil) => civil.last_before(before),
            Pattern::Elapsed { step, from, .. } => {
                let behind = before.checked_sub(1)?.checked_sub(*from)?;
                (behind >= 0).then(|| from + behind / step * step)
            }
        };
        at.filter(|at| *at >= self.start)
    }
}

/// 1 January 2000.
const YEAR_2000: i64 = 946_684_800;

/// The civil times that can be expressed, in seconds.
const BEGIN: i64 = DateTime::<Utc>::MIN_UTC.timestamp();
const END: i64 = DateTime::<Utc>::MAX_UTC.timestamp() + 1;

/// The first whole second from an instant on.
pub(crate) fn ceiling(at: DateTime<Utc>) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}

pub(crate) fn instant(second: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(second, 0)
}

/// The day of a civil time in seconds, as far as days reach.
pub(crate) fn day(civil: i64) -> Day {
    let day = civil.div_euclid(SECONDS) + EPOCH;
    Day::try_from(day).unwrap_or(if day < 0 { Day::MIN } else { Day::MAX })
}

/// The civil time, in seconds, at which a day begins.
pub(crate) fn midnight(day: Day) -> i64 {
    (i64::from(day) - EPOCH) * SECONDS
}

/// The second of its day of a civil time in seconds.
pub(crate) fn second_of(civil: i64) -> u32 {
    u32::try_from(civil.rem_euclid(SECONDS)).unwrap_or_default()
}

/// The civil times that a stretch has for itself, and those of the gap before it, all in seconds.
#[derive(Clone, Copy, Debug)]
struct Shown {
    from: i64,
    to: i64,
    /// The gap before it, and what stands for it.
    gap: Option<(i64, i64, Gap)>,
}

impl Civil {
    /// The first day on which the rule, and the calendar that it asks, may say something.
    pub(crate) fn begins(&self) -> Day {
        self.first
    }

    /// The last one.
    pub(crate) fn ends(&self) -> Day {
        self.last
    }

    pub(crate) fn mask(&self, month: Month) -> Mask {
        match &self.adjust {
            None => self.dates.mask(month),
            Some((adjust, calendar)) => adjust.mask(month, calendar, |month| self.dates.mask(month)),
        }
    }

    /// Which civil times happen in a stretch. Those that its clock shows for the second time, or will show again, may
    /// belong to its neighbour.
    #[inline]
    fn shown(&self, stretch: &Stretch) -> Shown {
        let Stretch { start, end, offset, before, after } = *stretch;
        let (from, to) = (start.saturating_add(offset), end.saturating_add(offset));
        match self.clock {
            ClockChange::EachShowing => Shown { from, to, gap: None },
            ClockChange::Once { gap, fold } => Shown {
                from: if fold == Fold::Later { from } else { from.max(start.saturating_add(before)) },
                to: if fold == Fold::Earlier { to } else { to.min(end.saturating_add(after)) },
                gap: (gap != Gap::Refuse && before < offset).then(|| (start + before, from, gap)),
            },
        }
    }

    #[inline]
    fn next_from(&self, from: i64) -> Option<i64> {
        for stretch in self.offsets.from(from) {
            let shown = self.shown(stretch);
            let from = from.max(stretch.start);
            let mut at = self
                .civil_from(from.saturating_add(stretch.offset).max(shown.from), shown.to)
                .map(|civil| civil - stretch.offset);
            if let Some((begin, end, gap)) = shown.gap {
                let skipped = match gap {
                    Gap::FirstAfter if from == stretch.start => {
                        self.civil_from(begin, end).map(|_| stretch.start)
                    }
                    Gap::Shift => {
                        let civil = self.civil_from(from.saturating_add(stretch.before).max(begin), end);
                        civil.map(|civil| civil - stretch.before).filter(|at| *at < stretch.end)
                    }
                    Gap::FirstAfter | Gap::Refuse => None,
                };
                at = at.into_iter().chain(skipped).min();
            }
            if at.is_some() {
                return at;
            }
            if stretch.end.saturating_add(stretch.offset) >= midnight(self.last).saturating_add(2 * SECONDS) {
                return None;
            }
        }
        None
    }

    fn last_before(&self, before: i64) -> Option<i64> {
        for stretch in self.offsets.up_to(before.checked_sub(1)?).iter().rev() {
            let shown = self.shown(stretch);
            let until = before.min(stretch.end);
            let mut at = self
                .civil_before(until.saturating_add(stretch.offset).min(shown.to), shown.from)
                .map(|civil| civil - stretch.offset);
            if let Some((begin, end, gap)) = shown.gap {
                let skipped = match gap {
                    Gap::FirstAfter => self.civil_before(end, begin).map(|_| stretch.start),
                    Gap::Shift => {
                        let civil = self.civil_before(until.saturating_add(stretch.before).min(end), begin);
                        civil.map(|civil| civil - stretch.before)
                    }
                    Gap::Refuse => None,
                };
                at = at.into_iter().chain(skipped).max();
            }
            if at.is_some() {
                return at;
            }
            if stretch.start.saturating_add(stretch.offset)
                <= midnight(self.first).saturating_sub(2 * SECONDS)
            {
                return None;
            }
        }
        None
    }

    /// The first civil time from one on and before another.
    #[inline]
    pub(crate) fn civil_from(&self, from: i64, before: i64) -> Option<i64> {
        let (from, before) = (from.max(BEGIN), before.min(END));
        if from >= before {
            return None;
        }
        let first = day(from).max(self.first);
        let to = day(before - 1).min(first.saturating_add(CYCLE)).min(self.last);
        let (mut month, number) = Month::of(first)?;
        let mut days = self.mask(month) & (Mask::MAX << number);
        if days >> number & 1 == 1 {
            let second = if first == day(from) { second_of(from) } else { 0 };
            match self.times.first_from(second) {
                Some(time) => {
                    return Some(midnight(first) + i64::from(time)).filter(|at| *at < before && first <= to);
                }
                None => days &= days - 1,
            }
        }
        while days == 0 {
            month = month.next();
            if month.first > to {
                return None;
            }
            days = self.mask(month);
        }
        let found = month.day(days.trailing_zeros());
        let civil = midnight(found) + i64::from(self.times.first_from(0)?);
        (found <= to && civil < before).then_some(civil)
    }

    /// The last civil time before one, down to another.
    fn civil_before(&self, before: i64, from: i64) -> Option<i64> {
        let (from, before) = (from.max(BEGIN), before.min(END));
        if from >= before {
            return None;
        }
        let last = day(before - 1).min(self.last);
        let down_to = day(from).max(last.saturating_sub(CYCLE)).max(self.first);
        let (mut month, number) = Month::of(last)?;
        let mut days = self.mask(month) & (Mask::MAX >> (31 - number));
        if days >> number & 1 == 1 {
            let second = if last == day(before - 1) { second_of(before - 1) + 1 } else { DAY };
            match self.times.last_before(second) {
                Some(time) => {
                    return Some(midnight(last) + i64::from(time))
                        .filter(|at| *at >= from && last >= down_to);
                }
                None => days &= !(1 << number),
            }
        }
        while days == 0 {
            if month.first <= down_to {
                return None;
            }
            month = month.previous();
            days = self.mask(month);
        }
        let found = month.day(days.ilog2());
        let civil = midnight(found) + i64::from(self.times.last_before(DAY)?);
        (found >= down_to && civil >= from).then_some(civil)
    }
}
