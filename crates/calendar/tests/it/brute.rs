//! Every minute of nine years in two dozen zones, read off the clock one by one.
//!
//! What is expected is made without any of the code under test: chrono-tz says what the clock shows at each minute, a
//! closure says whether a reading belongs to the rule, and the policies are written down as what somebody would see
//! who watches the clock.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use std::num::NonZeroU32;
use std::thread;
use toban_calendar::{
    ClockChange, Dates, Fold, Gap, MonthDay, MonthsOfYear, Recurrence, Times, Weekdays, Zone,
};

use crate::utc;

const FROM: &str = "2018-01-01T00:00:00Z";
const TO: &str = "2027-01-01T00:00:00Z";

/// Clocks that change by two hours, by half an hour, at midnight, four times a year, by the half-year of Ramadan, or
/// never.
const ZONES: [&str; 24] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
];

type Matches = fn(NaiveDateTime) -> bool;

fn rules() -> Vec<(Dates, Times, Matches)> {
    let at = |times: &[&str]| Times::parse(times).unwrap();
    let every = |minutes, from: &str, to: &str| {
        Times::every(TimeDelta::minutes(minutes), time(from), time(to)).unwrap()
    };
    let monthly = |day| Dates::monthly([day]).unwrap();
    vec![
        (Dates::daily(), at(&["02:30"]), |now| clock(now, 2, 30)),
        (Dates::daily(), at(&["00:00", "00:30"]), |now| clock(now, 0, 0) || clock(now, 0, 30)),
        (Dates::daily(), at(&["01:10", "01:40", "02:00", "03:00"]), |now| {
            [(1, 10), (1, 40), (2, 0), (3, 0)].iter().any(|(hour, minute)| clock(now, *hour, *minute))
        }),
        (Dates::daily(), every(30, "00:15", "23:59"), |now| now.minute() % 30 == 15),
        (Dates::weekly(Weekdays::of([Weekday::Sun])).unwrap(), at(&["02:15"]), |now| {
            now.weekday() == Weekday::Sun && clock(now, 2, 15)
        }),
        (monthly(MonthDay::FromEnd(0)), at(&["01:30"]), |now| {
            now.date().succ_opt().unwrap().day() == 1 && clock(now, 1, 30)
        }),
        (monthly(MonthDay::NthLastWeekday(1, Weekday::Sun)), at(&["01:00", "02:59"]), |now| {
            let last = (now.date() + TimeDelta::days(7)).month() != now.month();
            now.weekday() == Weekday::Sun && last && (clock(now, 1, 0) || clock(now, 2, 59))
        }),
        (monthly(MonthDay::NthWeekday(2, Weekday::Sun)), at(&["02:00"]), |now| {
            now.weekday() == Weekday::Sun && (8..=14).contains(&now.day()) && clock(now, 2, 0)
        }),
        (
            Dates::yearly(MonthsOfYear::of([2, 4]).unwrap(), [MonthDay::DayOrLast(31)]).unwrap(),
            at(&["12:00"]),
            |now| {
                let last = now.date().succ_opt().unwrap().day() == 1;
                [2, 4].contains(&now.month()) && last && clock(now, 12, 0)
            },
        ),
        (
            Dates::every_days(NonZeroU32::new(3).unwrap(), NaiveDate::from_ymd_opt(2020, 2, 29).unwrap()),
            every(7, "00:01", "04:00"),
            |now| {
                let days = (now.date() - NaiveDate::from_ymd_opt(2020, 2, 29).unwrap()).num_days();
                let minutes = i64::from(now.hour() * 60 + now.minute());
                days.rem_euclid(3) == 0 && (1..=240).contains(&minutes) && (minutes - 1) % 7 == 0
            },
        ),
    ]
}

fn time(text: &str) -> NaiveTime {
    text.parse().or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).unwrap()
}

fn clock(now: NaiveDateTime, hour: u32, minute: u32) -> bool {
    (now.hour(), now.minute()) == (hour, minute)
}

/// What a zone's clock shows at each minute, from two days before the stretch to two days after it.
struct Watched {
    from: DateTime<Utc>,
    shown: Vec<NaiveDateTime>,
    /// Whether the clock has shown the reading before, and whether it will show it again.
    again: [Vec<bool>; 2],
    /// The readings that were skipped, each with the minute at which the clock went on.
    skipped: Vec<(usize, Vec<NaiveDateTime>)>,
}

impl Watched {
    fn new(zone: &str) -> Self {
        let zone: chrono_tz::Tz = zone.parse().unwrap();
        let (from, to) = (utc(FROM) - TimeDelta::days(2), utc(TO) + TimeDelta::days(2));
        let minutes = usize::try_from((to - from).num_minutes()).unwrap();
        let shown: Vec<_> =
            (0..minutes).map(|minute| at(from, minute).with_timezone(&zone).naive_local()).collect();
        let place = |shown: &NaiveDateTime| {
            usize::try_from((*shown - (from - TimeDelta::days(2)).naive_utc()).num_minutes()).unwrap()
        };
        let mut seen = vec![false; minutes + 4 * 1440];
        let forwards = shown.iter().map(|shown| std::mem::replace(&mut seen[place(shown)], true)).collect();
        let mut seen = vec![false; minutes + 4 * 1440];
        let mut backwards: Vec<_> =
            shown.iter().rev().map(|shown| std::mem::replace(&mut seen[place(shown)], true)).collect();
        backwards.reverse();
        let jumps =
            shown.windows(2).enumerate().filter(|(_, pair)| pair[1] > pair[0] + TimeDelta::minutes(1));
        let skipped = jumps
            .map(|(minute, pair)| {
                let missing = (pair[1] - pair[0]).num_minutes() - 1;
                (minute + 1, (1..=missing).map(|one| pair[0] + TimeDelta::minutes(one)).collect())
            })
            .collect();
        Self { from, shown, again: [forwards, backwards], skipped }
    }

    /// What somebody does who watches the clock and follows the policy.
    fn expected(&self, hits: &[usize], clock: ClockChange, matches: Matches) -> Vec<DateTime<Utc>> {
        let [again, will_be] = &self.again;
        let is_left_out = |minute: usize| match clock {
            ClockChange::EachShowing => false,
            ClockChange::Once { fold: Fold::Earlier, .. } => again[minute],
            ClockChange::Once { fold: Fold::Later, .. } => will_be[minute],
            ClockChange::Once { fold: Fold::Refuse, .. } => again[minute] || will_be[minute],
        };
        let mut found: Vec<_> = hits.iter().copied().filter(|minute| !is_left_out(*minute)).collect();
        for (minute, readings) in &self.skipped {
            let places =
                readings.iter().enumerate().filter(|(_, reading)| matches(**reading)).map(|(place, _)| place);
            match clock {
                ClockChange::Once { gap: Gap::FirstAfter, .. } => found.extend(places.map(|_| *minute)),
                ClockChange::Once { gap: Gap::Shift, .. } => found.extend(places.map(|place| minute + place)),
                ClockChange::Once { gap: Gap::Refuse, .. } | ClockChange::EachShowing => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        let instants = found.into_iter().map(|minute| at(self.from, minute));
        instants.filter(|at| (utc(FROM)..utc(TO)).contains(at)).collect()
    }
}

fn at(from: DateTime<Utc>, minute: usize) -> DateTime<Utc> {
    from + TimeDelta::minutes(i64::try_from(minute).unwrap())
}

const POLICIES: [ClockChange; 5] = [
    ClockChange::EachShowing,
    ClockChange::ONCE,
    ClockChange::Once { gap: Gap::Shift, fold: Fold::Later },
    ClockChange::Once { gap: Gap::Refuse, fold: Fold::Refuse },
    ClockChange::Once { gap: Gap::Shift, fold: Fold::Earlier },
];

fn check(name: &str) -> usize {
    let watched = Watched::new(name);
    let zone = Zone::parse(name).unwrap();
    let mut steps = 0;
    for (place, (dates, times, matches)) in rules().into_iter().enumerate() {
        let hits: Vec<_> =
            (0..watched.shown.len()).filter(|minute| matches(watched.shown[*minute])).collect();
        for policy in POLICIES {
            let recurrence = Recurrence::new(dates.clone(), times.clone(), zone, policy).unwrap();
            let expected = watched.expected(&hits, policy, matches);
            let place = format!("{name}, rule {place}, {policy:?}");
            let mut at = utc(FROM) - TimeDelta::nanoseconds(1);
            for expected in &expected {
                let next = recurrence.next(at).unwrap();
                assert_eq!(next, *expected, "{place}: after {at}");
                at = next;
            }
            assert!(recurrence.next(at).unwrap() >= utc(TO), "{place}: after {at}");
            let mut at = utc(TO);
            for expected in expected.iter().rev() {
                let previous = recurrence.previous(at).unwrap();
                assert_eq!(previous, *expected, "{place}: before {at}");
                at = previous;
            }
            assert!(recurrence.previous(at).unwrap() < utc(FROM), "{place}: before {at}");
            steps += 2 * expected.len();
        }
    }
    steps
}

#[test]
fn what_recurs_is_what_somebody_does_who_watches_the_clock() {
    let (one, other) = ZONES.split_at(ZONES.len() / 2);
    let steps: usize = thread::scope(|scope| {
        let halves =
            [one, other].map(|half| scope.spawn(|| half.iter().map(|zone| check(zone)).sum::<usize>()));
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    assert!(steps > 10_000_000, "{steps} steps");
}
