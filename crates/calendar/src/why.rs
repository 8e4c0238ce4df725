//! Why something happens on a date, or does not.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use toban_core::{Interval, Text};

use crate::adjust::Adjust;
use crate::calendar::{Calendar, WhyClosed};
use crate::dates::{Dates, Rule};
use crate::month::{Day, Month, date_of, day_of};
use crate::offsets::Offsets;
use crate::recurrence::{self, Civil, Pattern, Recurrence, instant, midnight};
use crate::showing::Showing;
use crate::words;
use crate::zone::Zone;

/// What a recurrence does on one date of its zone, and why.
///
/// ```
/// # use chrono::NaiveDate;
/// # use toban_calendar::{Adjust, Calendar, ClockChange, Dates, MonthDay, Recurrence, Times, Zone};
/// let first = Dates::monthly([MonthDay::Day(1)])?;
/// let costs = Recurrence::new(first, Times::parse(["10:00"])?, Zone::parse("+09:00")?, ClockChange::ONCE)?
///     .adjusted(Adjust::Next, &Calendar::japan())?;
/// let why = costs.why(NaiveDate::from_ymd_opt(2026, 11, 1).unwrap());
/// assert!(why.instants.is_empty());
/// assert_eq!(why.reasons[1].text().en, "Sunday: moved to Mon 2026-11-02");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Why {
    /// The date.
    pub date: NaiveDate,
    /// When it happens on it, in order.
    pub instants: Vec<DateTime<Utc>>,
    /// Why, and why not more or not at all.
    pub reasons: Vec<Because>,
}

/// One reason why something happens on a date, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Because {
    /// The recurrence has ended before.
    AfterEnd(DateTime<Utc>),
    /// The recurrence starts later.
    BeforeStart(DateTime<Utc>),
    /// It recurs by elapsed time: dates have no part in it.
    Elapsed(Text),
    /// The rule leaves the date out as one of these others.
    Excepted(Text),
    /// The rule names the date.
    InRule(Text),
    /// It is left out: the date is closed.
    LeftOut(WhyClosed),
    /// It moved away: the date is closed.
    MovedAway {
        /// Where it moved to.
        to: NaiveDate,
        /// Why the date is closed.
        closed: WhyClosed,
    },
    /// It moved here from a date that is closed.
    MovedHere {
        /// From where.
        from: NaiveDate,
        /// Why that date is closed.
        closed: WhyClosed,
    },
    /// The rule does not name the date.
    NotInRule(Text),
    /// The clock shows the time twice.
    Repeated {
        /// The time.
        time: NaiveTime,
        /// When it happens: at one of them, at both, or not at all.
        at: Vec<DateTime<Utc>>,
    },
    /// The clock jumps over the time.
    Skipped {
        /// The time.
        time: NaiveTime,
        /// When it happens instead, where it does.
        instead: Option<DateTime<Utc>>,
    },
    /// The calendar is not known for the date.
    Unknown(Text),
}

impl Because {
    /// What kind of reason it is, for programs: the name of the variant in `snake_case`, such as `moved_away`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AfterEnd(_) => "after_end",
            Self::BeforeStart(_) => "before_start",
            Self::Elapsed(_) => "elapsed",
            Self::Excepted(_) => "excepted",
            Self::InRule(_) => "in_rule",
            Self::LeftOut(_) => "left_out",
            Self::MovedAway { .. } => "moved_away",
            Self::MovedHere { .. } => "moved_here",
            Self::NotInRule(_) => "not_in_rule",
            Self::Repeated { .. } => "repeated",
            Self::Skipped { .. } => "skipped",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The reason in words.
    #[must_use]
    pub fn text(&self) -> Text {
        let show = |at: &DateTime<Utc>| words::instants(std::slice::from_ref(at), "");
        match self {
            Self::AfterEnd(end) => {
                Text::new(format!("{}に終了", show(end)), format!("it ended at {}", show(end)))
            }
            Self::BeforeStart(start) => {
                Text::new(format!("開始は{}", show(start)), format!("it starts at {}", show(start)))
            }
            Self::Elapsed(rule) => rule.clone(),
            Self::InRule(rule) => {
                Text::new(format!("規則に該当: {}", rule.ja), format!("the rule names it: {}", rule.en))
            }
            Self::Excepted(others) => {
                Text::new(format!("{}のため実施しない", others.ja), format!("{}: left out", others.en))
            }
            Self::LeftOut(closed) => {
                let closed = closed.text();
                Text::new(format!("{}のため実施しない", closed.ja), format!("{}: left out", closed.en))
            }
            Self::MovedAway { to, closed } => {
                let (to, closed) = (words::date(*to), closed.text());
                Text::new(
                    format!("{}のため{}に移動", closed.ja, to.ja),
                    format!("{}: moved to {}", closed.en, to.en),
                )
            }
            Self::MovedHere { from, closed } => {
                let (from, closed) = (words::date(*from), closed.text());
                Text::new(
                    format!("{} ({})から移動", from.ja, closed.ja),
                    format!("moved here from {} ({})", from.en, closed.en),
                )
            }
            Self::NotInRule(rule) => Text::new(
                format!("規則に該当しない: {}", rule.ja),
                format!("the rule does not name it: {}", rule.en),
            ),
            Self::Repeated { time, at } => {
                let (ja, en) = if at.is_empty() {
                    ("実施しない".to_owned(), "left out".to_owned())
                } else {
                    let (ja, en) = (words::instants(at, "と"), words::instants(at, " and "));
                    (format!("{ja}に実施"), format!("happens at {en}"))
                };
                Text::new(
                    format!("時計の切替で{time}が2回ある: {ja}"),
                    format!("the clock shows {time} twice: {en}"),
                )
            }
            Self::Skipped { time, instead } => {
                let (ja, en) = instead.as_ref().map_or_else(
                    || ("実施しない".to_owned(), "left out".to_owned()),
                    |at| (format!("{}に実施", show(at)), format!("happens at {}", show(at))),
                );
                Text::new(
                    format!("時計の切替で{time}がない: {ja}"),
                    format!("the clock jumps over {time}: {en}"),
                )
            }
            Self::Unknown(calendar) => Text::new(
                format!("この日が営業日かは不明 ({})", calendar.ja),
                format!("whether this is a working day is not known ({})", calendar.en),
            ),
        }
    }
}

impl Recurrence {
    /// What it does on a date of its zone, and why. Where it recurs by elapsed time and has no zone
    /// ([`Recurrence::with_dates_of`]) the date is one in UTC.
    #[must_use]
    pub fn why(&self, date: NaiveDate) -> Why {
        let (mut reasons, day) = (Vec::new(), day_of(date));
        let (instants, offsets) = match &self.pattern {
            Pattern::Civil(civil) => {
                civil.reasons(date, &mut reasons);
                (self.of_date(civil, day), civil.offsets.clone())
            }
            Pattern::Elapsed { zone, .. } => {
                reasons.push(Because::Elapsed(self.describe()));
                let offsets = Offsets::of(zone.unwrap_or(Zone::UTC));
                (self.shown_on(day, &offsets), offsets)
            }
        };
        let begins = |day: Day| offsets.instant_of(midnight(day));
        if let Some(start) = self.start().filter(|at| begins(day.saturating_add(1)) <= at.timestamp()) {
            reasons.push(Because::BeforeStart(start));
        }
        if let Some(end) = self.end().filter(|at| begins(day) >= at.timestamp()) {
            reasons.push(Because::AfterEnd(end));
        }
        Why { date, instants, reasons }
    }

    /// The instants at which clocks show the date.
    fn shown_on(&self, day: Day, offsets: &Offsets) -> Vec<DateTime<Utc>> {
        // Clocks that fall back over midnight show the date again after the first of the next one.
        let [start, end] = [day, day.saturating_add(2)].map(|day| instant(offsets.instant_of(midnight(day))));
        let near = start.zip(end.or(Some(DateTime::<Utc>::MAX_UTC)));
        let near = near.and_then(|(start, end)| Interval::new(start, end).ok());
        let is_shown = |at: &DateTime<Utc>| recurrence::day(offsets.civil_at(at.timestamp())) == day;
        near.map(|near| self.between(near).filter(is_shown).collect()).unwrap_or_default()
    }

    /// The instants of all nominal times that lie on the date after any move.
    fn of_date(&self, civil: &Civil, day: Day) -> Vec<DateTime<Utc>> {
        if !civil.lands_on(day) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for second in civil.seconds_of(day) {
            match civil.showing(second) {
                Showing::Once(at) => found.push(at),
                Showing::Repeated(at) => found.extend(at),
                Showing::Skipped(at) => found.extend(at),
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(instant).filter(|at| self.contains(*at)).collect()
    }
}

impl Civil {
    fn reasons(&self, date: NaiveDate, reasons: &mut Vec<Because>) {
        let day = day_of(date);
        let named = self.dates.contains(date);
        if named {
            reasons.push(Because::InRule(self.dates.describe()));
        } else {
            self.dates.refusals(date, reasons);
        }
        if let Some((adjust, calendar)) = &self.adjust {
            moves(*adjust, calendar, &self.dates, date, named, reasons);
        }
        if !self.lands_on(day) {
            return;
        }
        for second in self.seconds_of(day) {
            let time = instant(second).map(|civil| civil.time()).unwrap_or_default();
            match self.showing(second) {
                Showing::Once(_) => {}
                Showing::Repeated(at) => {
                    reasons
                        .push(Because::Repeated { time, at: at.into_iter().filter_map(instant).collect() });
                }
                Showing::Skipped(at) => {
                    reasons.push(Because::Skipped { time, instead: at.and_then(instant) });
                }
            }
        }
    }

    /// Whether it happens on the day, after any move, as far as clocks allow.
    pub(crate) fn lands_on(&self, day: Day) -> bool {
        let known = (self.begins()..=self.ends()).contains(&day);
        known && Month::of(day).is_some_and(|(month, number)| self.mask(month) >> number & 1 == 1)
    }

    /// The civil times of a day, in seconds.
    pub(crate) fn seconds_of(&self, day: Day) -> impl Iterator<Item = i64> + '_ {
        self.times
            .iter()
            .map(move |time| midnight(day) + i64::from(chrono::Timelike::num_seconds_from_midnight(&time)))
    }
}

/// What the move to working days does with a date, and which others it brings there.
fn moves(
    adjust: Adjust,
    calendar: &Calendar,
    dates: &Dates,
    date: NaiveDate,
    named: bool,
    reasons: &mut Vec<Because>,
) {
    let distance = |date: NaiveDate| {
        let (month, number) = Month::of(day_of(date))?;
        adjust.distance(month, number, calendar)
    };
    match calendar.is_working(date) {
        None => reasons.push(Because::Unknown(calendar.name().clone())),
        Some(true) => {
            let origins =
                (-28..=28).filter(|days| *days != 0).filter_map(|days| date_of(day_of(date) - days));
            for from in origins.filter(|from| dates.contains(*from)) {
                let lands = distance(from).and_then(|days| date_of(day_of(from) + days)) == Some(date);
                if let Some(closed) = calendar.why_closed(from).filter(|_| lands) {
                    reasons.push(Because::MovedHere { from, closed });
                }
            }
        }
        Some(false) if named => {
            let Some(closed) = calendar.why_closed(date) else { return };
            reasons.push(match distance(date).and_then(|days| date_of(day_of(date) + days)) {
                Some(to) => Because::MovedAway { to, closed },
                None => Because::LeftOut(closed),
            });
        }
        Some(false) => {}
    }
}

impl Dates {
    /// Which parts of the rule leave the date out.
    fn refusals(&self, date: NaiveDate, reasons: &mut Vec<Because>) {
        match &self.0 {
            Rule::AllOf(rules) => {
                for rule in rules.iter().filter(|rule| !rule.contains(date)) {
                    rule.refusals(date, reasons);
                }
            }
            Rule::Except(both) if both.0.contains(date) => {
                reasons.push(Because::Excepted(both.1.describe()));
            }
            Rule::Except(both) => both.0.refusals(date, reasons),
            Rule::Working(calendar) => match calendar.why_closed(date) {
                Some(closed) => reasons.push(Because::LeftOut(closed)),
                None => reasons.push(Because::Unknown(calendar.name().clone())),
            },
            _ => reasons.push(Because::NotInRule(self.describe())),
        }
    }
}
