//! Laws of what recurs, for any rule, zone and policy, and its agreement with the model in `naive.rs`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;
use toban_calendar::{Adjust, Because, ChangedTime, ClockChange, Fate, Fold, Gap, Recurrence, Times, Zone};
use toban_core::Interval;

use crate::naive::{Rule, Work, dates, moved, rules, works};
use crate::zone;

const NAMES: [&str; 12] = [
    "UTC",
    "+09:00",
    "-12:00",
    "Africa/Cairo",
    "America/Havana",
    "America/Nuuk",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
];

const ADJUSTS: [Adjust; 6] = [
    Adjust::Nearest,
    Adjust::Next,
    Adjust::NextInMonth,
    Adjust::Previous,
    Adjust::PreviousInMonth,
    Adjust::Skip,
];

fn clocks() -> impl Strategy<Value = ClockChange> {
    let gap = prop::sample::select(vec![Gap::FirstAfter, Gap::Refuse, Gap::Shift]);
    let fold = prop::sample::select(vec![Fold::Earlier, Fold::Later, Fold::Refuse]);
    let once = (gap, fold).prop_map(|(gap, fold)| ClockChange::Once { gap, fold });
    prop_oneof![1 => Just(ClockChange::EachShowing), 4 => once]
}

/// Mostly at night, when clocks change.
fn times() -> impl Strategy<Value = Times> {
    let night = (0_u32..6 * 60).prop_map(|minute| minute * 60);
    let minute = prop_oneof![4 => night, 1 => Just(0), 1 => 0_u32..86_400];
    let time = |second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
    let listed = prop::collection::vec(minute, 1..5)
        .prop_map(move |all| Times::at(all.into_iter().map(time)).unwrap());
    let every = (1_i64..200, 0_u32..43_200, 43_200_u32..86_400).prop_map(move |(step, from, to)| {
        Times::every(TimeDelta::minutes(step), time(from), time(to)).unwrap()
    });
    prop_oneof![4 => listed, 1 => every]
}

/// What recurs, with everything that it was made of.
#[derive(Clone, Debug)]
struct Made {
    rule: Rule,
    times: Times,
    zone: Zone,
    clock: ClockChange,
    adjust: Option<(Adjust, Work)>,
    recurrence: Recurrence,
}

fn made() -> impl Strategy<Value = Made> {
    let adjust = prop::option::of((prop::sample::select(ADJUSTS.as_slice()), works()));
    let zone = prop::sample::select(NAMES.as_slice()).prop_map(zone);
    (rules(), times(), zone, clocks(), adjust).prop_filter_map(
        "it never happens",
        |(rule, times, zone, clock, adjust)| {
            let mut recurrence = Recurrence::new(rule.build(), times.clone(), zone, clock).ok()?;
            if let Some((adjust, work)) = &adjust {
                recurrence = recurrence.adjusted(*adjust, &work.calendar).ok()?;
            }
            Some(Made { rule, times, zone, clock, adjust, recurrence })
        },
    )
}

/// What happens all day long, every minute to every hour.
fn often() -> impl Strategy<Value = Made> {
    let step = prop::sample::select(vec![3_600_i64, 3_600, 1_800, 1_200, 420, 60]);
    (made(), step).prop_filter_map("it never happens", |(made, step)| {
        let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap();
        let times = Times::every(TimeDelta::seconds(step), NaiveTime::MIN, last).unwrap();
        let mut recurrence = Recurrence::new(made.rule.build(), times.clone(), made.zone, made.clock).ok()?;
        if let Some((adjust, work)) = &made.adjust {
            recurrence = recurrence.adjusted(*adjust, &work.calendar).ok()?;
        }
        Some(Made { times, recurrence, ..made })
    })
}

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (dates(), 0_i64..86_400_000).prop_map(|(date, milli)| midnight(date) + TimeDelta::milliseconds(milli))
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

impl Made {
    /// When a civil time happens, by what the zone says of it.
    fn shown(&self, civil: NaiveDateTime) -> Vec<DateTime<Utc>> {
        let at = |gap, fold| self.zone.instant(civil, gap, fold).ok();
        let each =
            || [Fold::Earlier, Fold::Later].into_iter().filter_map(|fold| at(Gap::Refuse, fold)).collect();
        let found: BTreeSet<_> = match self.clock {
            ClockChange::EachShowing => each(),
            ClockChange::Once { gap, fold } => at(gap, fold).into_iter().collect(),
        };
        found.into_iter().collect()
    }

    /// Each date and time at which the rule puts it, from one date to another, and the instants of it.
    fn nominal(&self, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDateTime, NaiveDate, Vec<DateTime<Utc>>)> {
        let dates = from.iter_days().take_while(|date| *date <= to).filter(|date| self.rule.contains(*date));
        let lands = |date| match &self.adjust {
            None => Some(Some(date)),
            // Of a date that is not known nothing is told at all.
            Some((adjust, work)) => work.is_working(date).map(|_| moved(date, *adjust, work)),
        };
        let landed = dates.filter_map(|date| Some((date, lands(date)?)));
        landed
            .flat_map(|(date, to)| {
                self.times.iter().map(move |time| {
                    let at = to.map(|to| self.shown(to.and_time(time))).unwrap_or_default();
                    (date.and_time(time), to.unwrap_or(date), at)
                })
            })
            .collect()
    }

    fn expected(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let far = TimeDelta::days(31);
        let nominal = self.nominal((from - far).date_naive(), (to + far).date_naive());
        let found: BTreeSet<_> = nominal.into_iter().flat_map(|(_, _, at)| at).collect();
        found.into_iter().filter(|at| (from..to).contains(at)).collect()
    }

    /// What the preview says of each time of a stretch, but for the reasons.
    fn changes(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Told> {
        self.changes_of(from, to, DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC)
    }

    /// The same where it has a start and an end.
    fn changes_of(&self, from: DateTime<Utc>, to: DateTime<Utc>, bounds: Range<DateTime<Utc>>) -> Vec<Told> {
        let far = TimeDelta::days(31);
        let all = self.nominal((from - far).date_naive(), (to + far).date_naive());
        let is_plain = |(nominal, landed, at): &&(NaiveDateTime, NaiveDate, Vec<DateTime<Utc>>)| {
            let is_shown = at.iter().all(|at| self.zone.civil(*at) == Ok(*nominal));
            nominal.date() == *landed && is_shown
        };
        let plain: BTreeSet<_> = all.iter().filter(is_plain).flat_map(|(_, _, at)| at.clone()).collect();
        let mut taken = BTreeSet::new();
        let mut changes = Vec::new();
        for one in &all {
            let (nominal, _, at) = one;
            let place = self.zone.instant(*nominal, Gap::FirstAfter, Fold::Earlier).unwrap();
            if !(from..to).contains(&place) {
                continue;
            }
            let happens: Vec<_> = at.iter().copied().filter(|at| bounds.contains(at)).collect();
            let fate = match (at.len(), happens.as_slice()) {
                (2, [first, second]) => Fate::Doubled { first: *first, second: *second },
                (1, _) | (2, [_]) if is_plain(&one) => continue,
                (_, []) if !bounds.contains(&place) => continue,
                (_, []) => Fate::Dropped,
                (_, [to, ..]) if plain.contains(to) || !taken.insert(*to) => Fate::Merged { into: *to },
                (_, [to, ..]) => Fate::Moved { to: *to },
            };
            changes.push((*nominal, fate));
        }
        changes
    }
}

/// A time of a rule and what becomes of it.
type Told = (NaiveDateTime, Fate);

/// Times that a rule has one after another on one date, of which the same becomes, as one: the first, the last, and how
/// many they are.
fn together(told: Vec<Told>, times: &Times) -> Vec<(Told, Told, u32)> {
    let of_day: Vec<_> = times.iter().collect();
    let place = |at: NaiveDateTime| of_day.iter().position(|time| *time == at.time());
    let (mut runs, mut alike): (Vec<Vec<Told>>, Option<bool>) = (Vec::new(), None);
    for one in told {
        // At one instant, or at instants as far apart as the times are.
        let is_alike = |(before, fate): Told| match (fate, one.1) {
            (Fate::Doubled { first: a, second: b }, Fate::Doubled { first: c, second: d }) => Some((c, d))
                .filter(|_| c - a == d - b)
                .map(|(c, _)| c - a)
                .and_then(|by| moved_by(by, one.0 - before)),
            (Fate::Dropped, Fate::Dropped) => Some(true),
            (Fate::Merged { into: a }, Fate::Merged { into: b })
            | (Fate::Moved { to: a }, Fate::Moved { to: b }) => moved_by(b - a, one.0 - before),
            _ => None,
        };
        let last = runs.last().and_then(|run| run.last()).copied();
        let next = last.filter(|last| {
            last.0.date() == one.0.date() && place(last.0).map(|place| place + 1) == place(one.0)
        });
        let now = next.and_then(is_alike);
        match runs.last_mut() {
            Some(run) if now.is_some() && (run.len() == 1 || now == alike) => run.push(one),
            _ => runs.push(vec![one]),
        }
        alike = now;
    }
    runs.iter().map(|run| (run[0], run[run.len() - 1], u32::try_from(run.len()).unwrap())).collect()
}

/// Whether instants differ as the times do, or not at all; neither is none of both.
fn moved_by(instants: TimeDelta, times: TimeDelta) -> Option<bool> {
    (instants == times).then_some(true).or((instants == TimeDelta::zero()).then_some(false))
}

fn previewed(recurrence: &Recurrence, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(Told, Told, u32)> {
    let found = recurrence.preview(Interval::new(from, to).unwrap());
    let told = |time: ChangedTime| (time.nominal, time.fate);
    found.iter().map(|change| (told(change.first), told(change.last), change.count)).collect()
}

fn all(recurrence: &Recurrence, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    recurrence.between(Interval::new(from, to).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: prop::test_runner::RngSeed::Fixed(20_260_501), ..ProptestConfig::default() })]

    #[test]
    fn a_rule_has_the_dates_that_its_meaning_says(rule in rules(), from in dates()) {
        let built = rule.build();
        let walk: Vec<_> = from.iter_days().take(500).filter(|date| rule.contains(*date)).collect();
        for date in from.iter_days().take(500) {
            prop_assert_eq!(built.contains(date), rule.contains(date), "{}", date);
        }
        let last = from + TimeDelta::days(499);
        let next = |date: &NaiveDate| built.next(*date).filter(|date| *date <= last);
        let forwards: Vec<_> = std::iter::successors(next(&from.pred_opt().unwrap()), next).collect();
        prop_assert_eq!(&forwards, &walk);
        let previous = |date: &NaiveDate| built.previous(*date).filter(|date| *date >= from);
        let mut backwards: Vec<_> = std::iter::successors(previous(&last.succ_opt().unwrap()), previous).collect();
        backwards.reverse();
        prop_assert_eq!(&backwards, &walk);
    }

    #[test]
    fn what_recurs_is_what_the_rule_the_calendar_and_the_clock_say(made in made(), from in dates()) {
        let (from, to) = (midnight(from), midnight(from) + TimeDelta::days(400));
        prop_assert_eq!(all(&made.recurrence, from, to), made.expected(from, to));
    }

    #[test]
    fn next_previous_between_and_contains_agree(made in made(), at in instants()) {
        let recurrence = &made.recurrence;
        if let Some(next) = recurrence.next(at) {
            prop_assert!(next > at && recurrence.contains(next));
            let back = recurrence.previous(next);
            prop_assert!(back.is_none_or(|back| back <= at && recurrence.next(back).unwrap() >= at));
            prop_assert_eq!(recurrence.next(next - TimeDelta::nanoseconds(1)), Some(next));
            prop_assert!(!recurrence.contains(next + TimeDelta::nanoseconds(1)));
        }
        if let Some(previous) = recurrence.previous(at) {
            prop_assert!(previous < at && recurrence.contains(previous));
            prop_assert!(recurrence.next(previous).is_none_or(|next| next >= at));
            prop_assert_eq!(recurrence.previous(previous + TimeDelta::nanoseconds(1)), Some(previous));
        }
        prop_assert_eq!(recurrence.contains(at), recurrence.next(at - TimeDelta::nanoseconds(1)) == Some(at));
        let to = at + TimeDelta::days(60);
        let found = all(recurrence, at, to);
        let next = |at: &DateTime<Utc>| recurrence.next(*at).filter(|at| *at < to);
        let forwards: Vec<_> = std::iter::successors(next(&(at - TimeDelta::nanoseconds(1))), next).collect();
        prop_assert_eq!(&forwards, &found);
        let previous = |one: &DateTime<Utc>| recurrence.previous(*one).filter(|one| *one >= at);
        let mut backwards: Vec<_> = std::iter::successors(previous(&to), previous).collect();
        backwards.reverse();
        prop_assert_eq!(&backwards, &found);
    }

    #[test]
    fn the_dates_of_a_stretch_explain_all_that_happens_in_it_and_nothing_else(made in made(), from in dates()) {
        let last = from + TimeDelta::days(365);
        let mut told = BTreeSet::new();
        for date in (from - TimeDelta::days(3)).iter_days().take_while(|date| *date <= last + TimeDelta::days(3)) {
            let why = made.recurrence.why(date);
            prop_assert!(!why.reasons.is_empty(), "{}", date);
            for reason in &why.reasons {
                prop_assert!(!reason.text().en.is_empty());
            }
            for at in &why.instants {
                // What the clock skips may happen on the next date, and what a date is told of is told of it alone.
                let shown = made.zone.civil(*at).unwrap().date();
                prop_assert!(shown == date || shown == date.succ_opt().unwrap(), "{} on {}", at, date);
            }
            told.extend(why.instants);
        }
        let (from, to) = (midnight(from), midnight(last));
        let told: Vec<_> = told.into_iter().filter(|at| (from..to).contains(at)).collect();
        prop_assert_eq!(all(&made.recurrence, from, to), told);
    }

    #[test]
    fn the_preview_is_what_the_rule_says_and_the_clock_and_the_calendar_do_not(
        made in made(), from in instants(), days in 1_i64..300,
    ) {
        let to = from + TimeDelta::days(days);
        let expected = together(made.changes(from, to), &made.times);
        prop_assert_eq!(previewed(&made.recurrence, from, to), expected);
        for change in made.recurrence.preview(Interval::new(from, to).unwrap()) {
            prop_assert!(!change.text().en.is_empty() && !change.cause.text().ja.is_empty());
        }
    }

    #[test]
    fn a_preview_of_what_happens_often_says_of_each_time_what_becomes_of_it(
        made in often(), from in instants(), hours in 1_i64..400,
    ) {
        let to = from + TimeDelta::hours(hours);
        let expected = together(made.changes(from, to), &made.times);
        prop_assert_eq!(previewed(&made.recurrence, from, to), expected);
    }

    #[test]
    fn a_preview_between_a_start_and_an_end_is_of_what_happens_between_them(
        made in often(), from in instants(), days in (0_i64..9, 1_i64..9), seconds in (0_i64..86_400, 0_i64..86_400),
    ) {
        let start = from + TimeDelta::days(days.0) + TimeDelta::seconds(seconds.0);
        let end = start + TimeDelta::days(days.1) + TimeDelta::seconds(seconds.1);
        let bounded = made.recurrence.clone().starting_at(start).and_then(|bounded| bounded.ending_before(end));
        let Ok(bounded) = bounded else { return Ok(()) };
        let (from, to) = (from - TimeDelta::days(9), end + TimeDelta::days(9));
        let expected = together(made.changes_of(from, to, start..end), &made.times);
        prop_assert_eq!(previewed(&bounded, from, to), expected);
    }

    #[test]
    fn a_preview_names_instants_that_happen(made in made(), from in instants(), start in instants(), end in instants()) {
        let Ok(recurrence) = made.recurrence.starting_at(start.min(end)) else { return Ok(()) };
        let Ok(recurrence) = recurrence.ending_before(start.max(end)) else { return Ok(()) };
        for change in recurrence.preview(Interval::new(from, from + TimeDelta::days(200)).unwrap()) {
            let at = change.first.fate.instants().into_iter().chain(change.last.fate.instants());
            for at in at {
                prop_assert!(recurrence.contains(at), "{:?}", change);
            }
        }
    }

    #[test]
    fn a_start_and_an_end_leave_what_lies_between_them(made in made(), one in instants(), other in instants()) {
        let (start, end) = (one.min(other), one.max(other));
        let within = all(&made.recurrence, start, end);
        let bounded = made.recurrence.clone().starting_at(start).and_then(|bounded| bounded.ending_before(end));
        match bounded {
            Err(_) => prop_assert!(within.is_empty()),
            Ok(bounded) => {
                let (from, to) = (start - TimeDelta::days(99), end + TimeDelta::days(99));
                prop_assert_eq!(all(&bounded, from, to), within.clone());
                prop_assert_eq!(bounded.next(from), within.first().copied());
                prop_assert_eq!(bounded.previous(to), within.last().copied());
                prop_assert_eq!(bounded.next(*within.last().unwrap()), None);
                prop_assert_eq!(bounded.previous(within[0]), None);
                let why = bounded.why(start.date_naive() - TimeDelta::days(9));
                prop_assert!(why.instants.is_empty());
            }
        }
    }

    #[test]
    fn a_number_of_times_is_that_many_of_the_first(made in made(), start in instants(), count in 1_u32..40) {
        let Ok(started) = made.recurrence.starting_at(start) else { return Ok(()) };
        let next = |at: &DateTime<Utc>| started.next(*at);
        let first = started.next(start - TimeDelta::seconds(1));
        let expected: Vec<_> = std::iter::successors(first, next).take(count as usize).collect();
        let limited = started.clone().limited_to(count).unwrap();
        let next = |at: &DateTime<Utc>| limited.next(*at);
        let found: Vec<_> = std::iter::successors(limited.next(start - TimeDelta::days(9)), next).collect();
        prop_assert_eq!(&found, &expected);
        let last = expected.last().copied();
        prop_assert_eq!(last.and_then(|last| limited.previous(last + TimeDelta::days(400))), last);
    }

    #[test]
    fn what_recurs_by_elapsed_time_counts_from_its_start(
        step in 1_i64..100_000_000, from in instants(), at in instants(),
    ) {
        let every = Recurrence::every(TimeDelta::seconds(step), from).unwrap();
        let first = every.next(from - TimeDelta::nanoseconds(1)).unwrap();
        prop_assert!(first >= from && first - from < TimeDelta::seconds(1));
        prop_assert_eq!(every.previous(first), None);
        let next = every.next(at).unwrap();
        prop_assert!(next > at && (next - first).num_seconds() % step == 0);
        prop_assert!(at < first || next - at <= TimeDelta::seconds(step));
        prop_assert_eq!(every.previous(next).is_some(), next > first);
        prop_assert_eq!(every.next(next).unwrap() - next, TimeDelta::seconds(step));
    }

    #[test]
    fn what_recurs_by_elapsed_time_is_asked_by_the_dates_that_clocks_show(
        step in 1_i64..200, from in instants(), date in dates(), name in prop::sample::select(NAMES.as_slice()),
    ) {
        let zone = zone(name);
        let every = Recurrence::every(TimeDelta::minutes(step * 7), from).unwrap();
        prop_assert_eq!(every.zone(), None);
        let asked = every.clone().with_dates_of(zone);
        prop_assert_eq!(asked.zone(), Some(zone));
        let (start, end) = (midnight(date) - TimeDelta::days(2), midnight(date) + TimeDelta::days(3));
        let shown = |at: &DateTime<Utc>| zone.civil(*at).unwrap().date() == date;
        let expected: Vec<_> = all(&every, start, end).into_iter().filter(shown).collect();
        let why = asked.why(date);
        prop_assert_eq!(why.instants, expected);
        let in_utc: Vec<_> = all(&every, midnight(date), midnight(date) + TimeDelta::days(1));
        prop_assert_eq!(every.why(date).instants, in_utc);
        prop_assert_eq!(all(&asked, start, end), all(&every, start, end), "clocks change nothing");
        // The start of what recurs is a reason on the dates that are over by then.
        let is_before = why.reasons.iter().any(|reason| matches!(reason, Because::BeforeStart(_)));
        prop_assert_eq!(is_before, date < zone.civil(asked.start().unwrap()).unwrap().date());
    }

    #[test]
    fn nothing_panics_at_the_ends_of_time(made in made(), seconds in any::<i64>()) {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let far = DateTime::from_timestamp(seconds % 8_200_000_000_000, 0).unwrap();
        for at in [first, last, far] {
            let (next, previous) = (made.recurrence.next(at), made.recurrence.previous(at));
            prop_assert!(next.is_none_or(|next| next > at) && previous.is_none_or(|previous| previous < at));
            let _ = (made.recurrence.contains(at), made.recurrence.why(at.date_naive()));
            let _ = (made.rule.build().next(at.date_naive()), made.rule.build().previous(at.date_naive()));
            let day = TimeDelta::days(1);
            let within = if at == last { Interval::new(at - day, at) } else { Interval::new(at, at + day) };
            let _ = (made.recurrence.preview(within.unwrap()), all(&made.recurrence, within.unwrap().start(), within.unwrap().end()));
            let _ = made.recurrence.clone().starting_at(at).map(|started| started.limited_to(3));
            let _ = made.recurrence.clone().ending_before(at);
            if let Ok(every) = Recurrence::every(TimeDelta::hours(36), at) {
                let _ = every.with_dates_of(made.zone).why(at.date_naive());
            }
        }
        let _ = made.recurrence.describe();
    }

    #[test]
    fn a_calendar_works_when_its_parts_say_so(work in works(), other in works(), from in dates()) {
        for date in from.iter_days().take(200) {
            prop_assert_eq!(work.calendar.is_working(date), work.is_working(date));
            let closed = work.is_working(date) == Some(false);
            prop_assert_eq!(work.calendar.closed_because(date).is_some(), closed);
        }
        let both = vec![work.calendar.clone(), other.calendar.clone()];
        let any = toban_calendar::Calendar::any_of("any", both.clone());
        let all = toban_calendar::Calendar::all_of("all", both);
        for date in from.iter_days().take(200) {
            let parts = work.is_working(date).zip(other.is_working(date));
            for (calendar, expected) in [(&any, parts.map(|(one, two)| one || two)), (&all, parts.map(|(one, two)| one && two))] {
                if let Ok(calendar) = calendar {
                    prop_assert_eq!(calendar.is_working(date), expected);
                    prop_assert_eq!(calendar.closed_because(date).is_some(), expected == Some(false));
                }
            }
        }
    }
}
