//! Calendars as files, and when their entries happen to another reader (see `oracle/ical.py`).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use toban_calendar::{
    Adjust, BothDays, Calendar, ClockChange, Cron, CronDialect, Dates, Fold, Gap, Ical, IcalError, IcalEvent,
    IcalNote, MonthDay, MonthsOfYear, Recurrence, Times, Unsaid, Weekdays, icalendar,
};
use toban_core::Interval;

use crate::{utc, zone};

const SHIFT: ClockChange = ClockChange::Once { gap: Gap::Shift, fold: Fold::Earlier };
const STRICT: ClockChange = ClockChange::Once { gap: Gap::Refuse, fold: Fold::Refuse };
const LATER: ClockChange = ClockChange::Once { gap: Gap::FirstAfter, fold: Fold::Later };
const ONCE: ClockChange = ClockChange::ONCE;

const TOKYO: &str = "Asia/Tokyo";
const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";

type Table = Vec<(&'static str, Recurrence)>;

fn window(from: &str, to: &str) -> Interval {
    Interval::new(utc(from), utc(to)).unwrap()
}

fn year() -> Interval {
    window("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
}

fn days() -> Interval {
    window("2026-03-25T00:00:00Z", "2026-04-02T00:00:00Z")
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn by(dates: Dates, times: &[&str], name: &str, clock: ClockChange) -> Recurrence {
    Recurrence::new(dates, Times::parse(times).unwrap(), zone(name), clock).unwrap()
}

fn monthly<const N: usize>(days: [MonthDay; N]) -> Dates {
    Dates::monthly(days).unwrap()
}

fn weekly<const N: usize>(days: [Weekday; N]) -> Dates {
    Dates::weekly(Weekdays::of(days)).unwrap()
}

fn months<const N: usize>(numbers: [u32; N]) -> MonthsOfYear {
    MonthsOfYear::of(numbers).unwrap()
}

fn cron(text: &str, dialect: CronDialect, both: BothDays, name: &str) -> Recurrence {
    let cron = Cron::parse_both(text, dialect, both).unwrap();
    cron.recurrence(zone(name), cron.clock_change()).unwrap()
}

fn posix(text: &str, name: &str) -> Recurrence {
    cron(text, CronDialect::Posix5, BothDays::Or, name)
}

fn every(step: TimeDelta) -> Recurrence {
    Recurrence::every(step, utc("2025-12-28T03:17:05Z")).unwrap()
}

/// What happens at most a few times a day.
fn of_a_year() -> Table {
    use MonthDay::{
        Day, DayOrLast, FromEnd, NearestWorkingDay, NthLastWeekday, NthWeekday, WorkingDay, WorkingDayFromEnd,
    };
    let nine: &[&str] = &["09:00"];
    let office = Calendar::mon_to_fri();
    vec![
        ("daily", by(Dates::daily(), nine, TOKYO, ONCE)),
        ("daily-berlin", by(Dates::daily(), nine, BERLIN, ONCE)),
        ("weekly-offset", by(weekly([Weekday::Thu]), nine, "+09:00", ONCE)),
        ("new-year-utc", by(Dates::yearly(months([12]), [Day(31)]).unwrap(), &["23:59:59"], "UTC", ONCE)),
        ("mondays-lord-howe", by(weekly([Weekday::Mon]), nine, "Australia/Lord_Howe", ONCE)),
        (
            "weekend-casablanca",
            by(Dates::weekly(Weekdays::SAT_AND_SUN).unwrap(), nine, "Africa/Casablanca", ONCE),
        ),
        ("weekend-nuuk", by(Dates::weekly(Weekdays::SAT_AND_SUN).unwrap(), nine, "America/Nuuk", ONCE)),
        ("weekend-cairo", by(Dates::weekly(Weekdays::SAT_AND_SUN).unwrap(), nine, "Africa/Cairo", ONCE)),
        ("every-3-days", by(Dates::every_days(number(3), date("2020-02-29")), nine, NEW_YORK, ONCE)),
        ("every-45-days", by(Dates::every_days(number(45), date("2030-01-01")), nine, TOKYO, ONCE)),
        ("weekdays", by(Dates::weekly(Weekdays::MON_TO_FRI).unwrap(), nine, NEW_YORK, ONCE)),
        ("working-mon-to-fri", by(Dates::working(&office), nine, TOKYO, ONCE)),
        (
            "every-2-weeks",
            by(
                Dates::every_weeks(number(2), Weekdays::of([Weekday::Tue, Weekday::Sun]), date("2026-01-07"))
                    .unwrap(),
                nine,
                BERLIN,
                ONCE,
            ),
        ),
        ("month-days", by(monthly([Day(1), Day(15), Day(31)]), nine, TOKYO, ONCE)),
        ("month-end", by(monthly([FromEnd(0)]), &["17:00"], TOKYO, ONCE)),
        ("first-and-last", by(monthly([Day(1), FromEnd(0), FromEnd(2)]), nine, TOKYO, ONCE)),
        ("day-or-last-31", by(monthly([DayOrLast(31)]), nine, TOKYO, ONCE)),
        ("day-or-last-30", by(monthly([DayOrLast(30)]), nine, TOKYO, ONCE)),
        ("day-or-last-29-twice", by(monthly([DayOrLast(29)]), &["09:00", "18:00"], BERLIN, ONCE)),
        ("day-or-last-among", by(monthly([Day(15), DayOrLast(30)]), nine, TOKYO, ONCE)),
        ("patch-tuesday", by(monthly([NthWeekday(2, Weekday::Tue)]), &["10:00"], NEW_YORK, ONCE)),
        ("last-friday", by(monthly([NthLastWeekday(1, Weekday::Fri)]), &["16:30"], TOKYO, ONCE)),
        (
            "fifth-and-second-last",
            by(monthly([NthWeekday(5, Weekday::Mon), NthLastWeekday(2, Weekday::Mon)]), nine, TOKYO, ONCE),
        ),
        (
            "tuesday-and-last-friday",
            by(
                monthly([NthWeekday(2, Weekday::Tue), NthLastWeekday(1, Weekday::Fri), Day(1)]),
                nine,
                TOKYO,
                ONCE,
            ),
        ),
        (
            "quarters",
            by(Dates::yearly(months([3, 6, 9, 12]), [FromEnd(0)]).unwrap(), &["18:00"], TOKYO, ONCE),
        ),
        ("leap-day", by(Dates::yearly(months([2]), [Day(29)]).unwrap(), nine, TOKYO, ONCE)),
        ("season", by(Dates::season((12, 29), (1, 3)).unwrap(), nine, TOKYO, ONCE)),
        ("season-leap", by(Dates::season((2, 29), (4, 10)).unwrap(), nine, TOKYO, ONCE)),
        (
            "not-in-season",
            by(weekly([Weekday::Mon]).except(Dates::season((8, 10), (8, 20)).unwrap()), nine, TOKYO, ONCE),
        ),
        (
            "without-dates",
            by(
                weekly([Weekday::Wed]).except(
                    Dates::listed([date("2026-05-06"), date("2026-05-07"), date("2027-12-29")]).unwrap(),
                ),
                &["09:00", "15:00"],
                BERLIN,
                ONCE,
            ),
        ),
        (
            "starts-without",
            by(
                Dates::daily().except(Dates::listed([date("2026-01-01"), date("2026-01-02")]).unwrap()),
                nine,
                TOKYO,
                ONCE,
            )
            .ending_before(utc("2026-02-01T00:00:00Z"))
            .unwrap(),
        ),
        (
            "friday-the-13th",
            by(Dates::all_of(vec![weekly([Weekday::Fri]), monthly([Day(13)])]), nine, BERLIN, ONCE),
        ),
        ("listed", by(Dates::listed([date("2026-02-03"), date("2026-11-30")]).unwrap(), nine, TOKYO, ONCE)),
        (
            "listed-on",
            by(Dates::listed([date("2026-02-03"), date("2027-11-30")]).unwrap(), nine, TOKYO, ONCE),
        ),
        ("times", by(weekly([Weekday::Wed]), &["09:00", "09:30", "17:00", "17:30"], TOKYO, ONCE)),
        ("times-apart", by(weekly([Weekday::Mon]), &["09:00", "17:30", "17:30:15"], NEW_YORK, ONCE)),
        ("third-working-day", by(monthly([WorkingDay(3, office.clone())]), nine, TOKYO, ONCE)),
        ("last-working-day", by(monthly([WorkingDayFromEnd(1, office.clone())]), nine, BERLIN, ONCE)),
        (
            "skip-weekends",
            by(monthly([Day(1), Day(10)]), nine, TOKYO, ONCE).adjusted(Adjust::Skip, &office).unwrap(),
        ),
        ("nearest", by(monthly([NearestWorkingDay(15, office)]), nine, TOKYO, ONCE)),
        (
            "closing",
            by(monthly([FromEnd(0)]), &["17:00"], TOKYO, ONCE)
                .adjusted(Adjust::Previous, &Calendar::japan())
                .unwrap(),
        ),
        ("japan-working-days", by(Dates::working(&Calendar::japan()), &["09:00"], TOKYO, ONCE)),
        ("night-once", by(Dates::daily(), &["02:30"], BERLIN, ONCE)),
        ("night-shift", by(weekly([Weekday::Sun]), &["02:30"], BERLIN, SHIFT)),
        ("night-strict", by(weekly([Weekday::Sun]), &["01:30"], NEW_YORK, STRICT)),
        ("fold-earlier", by(weekly([Weekday::Sun]), &["01:30"], NEW_YORK, ONCE)),
        ("fold-later", by(weekly([Weekday::Sun]), &["01:30"], NEW_YORK, LATER)),
        ("night-untouched", by(weekly([Weekday::Sat]), &["02:30"], NEW_YORK, ONCE)),
        ("later-untouched", by(monthly([Day(31)]), &["02:30"], BERLIN, LATER)),
        (
            "ten-times",
            by(Dates::daily(), nine, BERLIN, ONCE)
                .starting_at(utc("2026-10-20T00:00:00Z"))
                .unwrap()
                .limited_to(10)
                .unwrap(),
        ),
        (
            "once-only",
            by(Dates::daily(), nine, BERLIN, ONCE)
                .starting_at(utc("2026-10-20T00:00:00Z"))
                .unwrap()
                .limited_to(1)
                .unwrap(),
        ),
        ("cron-plain", posix("30 16 * * 5L", TOKYO)),
        ("cron-or", posix("0 9 1,15 * 1", TOKYO)),
        ("cron-and", cron("0 9 1-7 * 1", CronDialect::Posix5, BothDays::And, BERLIN)),
        ("cron-or-nth", posix("15 6 L 3,9 mon#2,fri", NEW_YORK)),
        ("cron-lw", cron("0 0 18 LW * ?", CronDialect::Quartz, BothDays::And, TOKYO)),
        ("cron-years", cron("5 30 4 ? 6-8 2-6 2026-2027", CronDialect::Quartz, BothDays::And, NEW_YORK)),
        ("cron-odd-years", cron("0 0 12 1 1/5 ? 2026,2028", CronDialect::Quartz, BothDays::And, NEW_YORK)),
        ("elapsed-days", every(TimeDelta::days(9))),
        ("elapsed-hours", every(TimeDelta::hours(50))),
    ]
}

/// What happens many times a day.
fn of_some_days() -> Table {
    let from_nine =
        Times::every(TimeDelta::minutes(45), "09:00:00".parse().unwrap(), "17:00:00".parse().unwrap());
    let sevens =
        Times::every(TimeDelta::minutes(7), "00:01:00".parse().unwrap(), "04:00:00".parse().unwrap());
    let hours = Times::every(TimeDelta::hours(1), "00:00:00".parse().unwrap(), "23:00:00".parse().unwrap());
    let hours = hours.unwrap();
    let recurrence =
        |times: &Times, name, clock| Recurrence::new(Dates::daily(), times.clone(), zone(name), clock);
    let (from_nine, sevens) = (from_nine.unwrap(), sevens.unwrap());
    vec![
        ("hourly", posix("0 * * * *", BERLIN)),
        ("hourly-kathmandu", posix("10,50 * * * *", "Asia/Kathmandu")),
        ("hourly-tokyo-once", recurrence(&hours, TOKYO, ONCE).unwrap()),
        ("hourly-once", recurrence(&hours, BERLIN, ONCE).unwrap()),
        ("hourly-lord-howe", posix("*/30 * * * *", "Australia/Lord_Howe")),
        ("every-20-minutes", posix("*/20 * * * *", NEW_YORK)),
        ("hourly-on-weekdays", posix("0 * * * 1-5", BERLIN)),
        ("hourly-on-sundays", posix("0 * * * 0", BERLIN)),
        ("from-nine", recurrence(&from_nine, BERLIN, ONCE).unwrap()),
        ("sevens", recurrence(&sevens, BERLIN, ONCE).unwrap()),
        ("elapsed-minutes", every(TimeDelta::minutes(95))),
        ("elapsed-seconds", every(TimeDelta::seconds(4321))),
        ("elapsed-end", every(TimeDelta::hours(5)).ending_before(utc("2026-03-30T00:00:00Z")).unwrap()),
    ]
}

const DESCRIPTION: &str = "手順書: https://example.com/runbooks/closing?month=2026-01; 担当, 副担当\\委任先\r\n失敗したら止める。\
                           長い一行は七十五オクテットを超えないように折り返され、文字の途中では切れない。";

fn export(table: &[(&str, Recurrence)], window: Interval) -> Ical {
    let events: Vec<_> = table
        .iter()
        .map(|(uid, recurrence)| IcalEvent {
            uid,
            summary: "締め作業, 月次; 確認",
            description: (*uid == "closing").then_some(DESCRIPTION),
            recurrence,
            length: TimeDelta::minutes(90),
        })
        .collect();
    icalendar("運用カレンダー, 東京", &events, window, utc("2025-12-01T00:00:00Z")).unwrap()
}

/// The two files, with what they leave unsaid in words.
fn golden() -> [(&'static str, Table, Interval, Ical); 2] {
    [("year", of_a_year(), year()), ("days", of_some_days(), days())].map(|(name, table, window)| {
        let ical = export(&table, window);
        (name, table, window, ical)
    })
}

#[test]
fn calendars_are_the_files_that_the_other_reader_has_read() {
    for (name, _, _, ical) in golden() {
        let path = format!("{}/tests/it/oracle/ical-{name}", env!("CARGO_MANIFEST_DIR"));
        let notes: String =
            ical.notes.iter().map(|note| format!("{}\n{}\n", note.text().en, note.text().ja)).collect();
        for (ending, text) in [("ics", &ical.text), ("txt", &notes)] {
            let path = format!("{path}.{ending}");
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&path, text).unwrap();
            }
            assert_eq!(&std::fs::read_to_string(&path).unwrap(), text, "{path}: BLESS=1 rewrites it");
        }
    }
}

#[test]
fn entries_happen_to_another_reader_when_the_recurrence_does() {
    let mut theirs: BTreeMap<(&str, &str), Vec<DateTime<Utc>>> = BTreeMap::new();
    for row in include_str!("oracle/ical.csv").lines() {
        let [file, uid, month, all] = row.split(',').collect::<Vec<_>>().try_into().unwrap();
        let instants = all.split(' ').map(|rest| utc(&format!("{month}-{rest}")));
        theirs.entry((file, uid)).or_default().extend(instants);
    }
    let (mut rules, mut lists) = (0, 0);
    for (name, table, window, ical) in golden() {
        let beyond = window.end() + if name == "year" { TimeDelta::days(731) } else { TimeDelta::days(10) };
        for (uid, recurrence) in &table {
            let note = ical.notes.iter().find(|note| note.uid() == *uid);
            let until = match note {
                None => beyond,
                Some(IcalNote::Parts { at, .. }) => beyond.min(*at - TimeDelta::days(1)),
                Some(IcalNote::Listed { more_at, .. }) => *more_at,
                Some(note) => panic!("{note:?}"),
            };
            let is_list = matches!(note, Some(IcalNote::Listed { .. }));
            *if is_list { &mut lists } else { &mut rules } += 1;
            let ours: Vec<_> = recurrence.between(Interval::new(window.start(), until).unwrap()).collect();
            let mut theirs = theirs.remove(&(name, *uid)).unwrap_or_default();
            theirs.sort_unstable();
            if !is_list {
                theirs.retain(|at| *at < until);
            }
            let apart = theirs.iter().zip(&ours).find(|(one, other)| one != other);
            assert!(theirs == ours, "{uid}: {} and {}, {apart:?}", theirs.len(), ours.len());
        }
    }
    assert!(theirs.is_empty(), "{:?}", theirs.keys());
    assert!(rules > 45 && lists > 8, "{rules} rules, {lists} lists");
}

#[test]
fn lines_are_at_most_75_octets_and_hold_whole_characters() {
    for (_, _, _, ical) in golden() {
        for line in ical.text.split_terminator("\r\n") {
            assert!(line.len() <= 75, "{line}");
            assert!(!line.contains(['\r', '\n']), "{line:?}");
        }
    }
    let [(.., ical), _] = golden();
    let whole = ical.text.replace("\r\n ", "");
    let description = "手順書: https://example.com/runbooks/closing?month=2026-01\\; 担当\\, 副担当\\\\委任先\\n失敗したら止める。";
    assert!(whole.contains(&format!("\r\nDESCRIPTION:{description}")), "{whole}");
    assert!(whole.contains("\r\nX-WR-CALNAME:運用カレンダー\\, 東京\r\n"));
}

proptest! {
    #[test]
    fn any_text_is_folded_within_characters_and_read_back(text in "([a-z ,;:\\\\]|[あ-ん　]|[😀-😆é]){0,300}") {
        let recurrence = every(TimeDelta::days(1));
        let length = TimeDelta::hours(1);
        let event = IcalEvent { uid: "a", summary: "", description: Some(&text), recurrence: &recurrence, length };
        let ical = icalendar("", &[event], year(), utc("2025-12-01T00:00:00Z")).unwrap();
        for line in ical.text.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75, "{}", line);
        }
        let whole = ical.text.replace("\r\n ", "");
        let escaped = text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
        let line = format!("DESCRIPTION:{escaped}");
        prop_assert!(whole.split("\r\n").any(|one| one == line), "{}", whole);
    }
}

#[test]
fn control_characters_do_not_end_a_line() {
    let recurrence = every(TimeDelta::days(1));
    let event = IcalEvent {
        uid: "a\r\nb",
        summary: "one\rtwo\u{0}\tthree\u{85}",
        description: None,
        recurrence: &recurrence,
        length: TimeDelta::seconds(3723),
    };
    let ical = icalendar("\n", &[event], year(), utc("2025-12-01T00:00:00Z")).unwrap();
    assert!(ical.text.contains("\r\nUID:a\\nb\r\n"), "{}", ical.text);
    assert!(ical.text.contains("\r\nSUMMARY:one\\ntwo\tthree\r\n"), "{}", ical.text);
    assert!(ical.text.contains("\r\nDURATION:PT1H2M3S\r\n"), "{}", ical.text);
}

#[test]
fn a_length_is_whole_seconds_and_an_identifier_tells_apart() {
    let one = every(TimeDelta::days(1));
    let two = posix("0 9 1,15 * 1", TOKYO);
    let event =
        |uid, recurrence, length| IcalEvent { uid, summary: "", description: None, recurrence, length };
    let export = |events: &[IcalEvent<'_>]| icalendar("", events, year(), utc("2025-12-01T00:00:00Z"));
    let hour = TimeDelta::hours(1);
    for length in [TimeDelta::zero(), -hour, TimeDelta::milliseconds(1500), TimeDelta::milliseconds(1)] {
        let error = export(&[event("a", &one, length)]).unwrap_err();
        assert_eq!(error, IcalError::Length { uid: "a".to_owned(), length });
    }
    let refused = |events: &[IcalEvent<'_>]| match export(events) {
        Err(IcalError::Uid { uid }) => uid,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&[event(" ", &one, hour)]), " ");
    assert_eq!(refused(&[event("a", &one, hour), event("a", &one, hour)]), "a");
    assert_eq!(refused(&[event("a/2", &one, hour), event("a", &two, hour)]), "a/2");
}

#[test]
fn what_is_lost_stands_in_the_notes() {
    let note = |recurrence: &Recurrence, window| export(&[("one", recurrence.clone())], window).notes;
    let at = |text| utc(text);
    let uid = || "one".to_owned();
    let summer = window("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z");
    let night = by(Dates::daily(), &["02:30"], BERLIN, LATER);
    assert_eq!(note(&night, summer), [IcalNote::Parts { uid: uid(), at: at("2026-10-25T01:00:00Z") }]);
    let night = by(Dates::daily(), &["02:30"], BERLIN, ONCE);
    assert_eq!(note(&night, summer), [IcalNote::Parts { uid: uid(), at: at("2027-03-28T01:00:00Z") }]);
    let ending = night.clone().ending_before(at("2027-03-01T00:00:00Z")).unwrap();
    assert_eq!(note(&ending, summer), []);
    let [IcalNote::Listed { why, count: 365, more_at, .. }] = note(&night, year())[..] else { panic!() };
    assert_eq!(why, Unsaid::Clock { at: at("2026-03-29T01:00:00Z") });
    assert_eq!(more_at, at("2027-01-01T01:30:00Z"));
    let rare = by(Dates::listed([date("2025-12-31"), date("2027-11-30")]).unwrap(), &["09:00"], TOKYO, ONCE);
    let [IcalNote::Listed { why: Unsaid::Dates, count: 0, more_at, .. }] = note(&rare, year())[..] else {
        panic!()
    };
    assert_eq!(more_at, at("2027-11-30T00:00:00Z"));
    let over = every(TimeDelta::days(1)).ending_before(at("2025-12-30T00:00:00Z")).unwrap();
    assert_eq!(note(&over, year()), [IcalNote::Empty { uid: uid() }]);
    let dense = posix("* * * * *", "Australia/Lord_Howe");
    let [IcalNote::Listed { count: 5000, more_at, .. }] = note(&dense, year())[..] else { panic!() };
    assert_eq!(more_at, year().start() + TimeDelta::minutes(5000));
}

#[test]
fn a_change_of_the_clock_counts_that_moves_a_time_over_the_edge_of_the_window() {
    let why = |recurrence: &Recurrence, window| match export(&[("one", recurrence.clone())], window).notes[..]
    {
        [IcalNote::Listed { why, .. }] => why,
        ref other => panic!("{other:?}"),
    };
    // 02:30 is 03:30 on the night of the gap: the rule has no such time to start with.
    let moved = by(weekly([Weekday::Sun]), &["02:30"], BERLIN, SHIFT);
    let inside = why(&moved, window("2026-03-29T01:15:00Z", "2026-05-01T00:00:00Z"));
    assert_eq!(inside, Unsaid::Clock { at: utc("2026-03-29T01:00:00Z") });
    // A reader has the first 02:30 of the night, which lies before the end of the window, and the rule the second.
    let later = by(weekly([Weekday::Sun]), &["02:30"], BERLIN, LATER);
    let inside = why(&later, window("2026-10-01T00:00:00Z", "2026-10-25T00:45:00Z"));
    assert_eq!(inside, Unsaid::Clock { at: utc("2026-10-25T01:00:00Z") });
}

#[test]
fn the_ends_of_time_are_no_panic() {
    let far = Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).unwrap();
    for (uid, recurrence) in of_a_year().into_iter().chain(of_some_days()) {
        let ical = export(&[(uid, recurrence)], far);
        assert!(ical.text.lines().all(|line| line.len() <= 75));
        assert!(!ical.text.contains("+1") || ical.text.contains("TZOFFSET"), "{uid}");
    }
    let beyond =
        Interval::new(DateTime::<Utc>::MAX_UTC - TimeDelta::days(9), DateTime::<Utc>::MAX_UTC).unwrap();
    let ical = export(&of_a_year(), beyond);
    assert!(ical.notes.iter().all(|note| matches!(note, IcalNote::Empty { .. })));
}
