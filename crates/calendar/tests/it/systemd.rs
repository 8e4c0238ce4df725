//! The answers of systemd-analyze to calendar events (see `oracle/systemd.py`), row by row.

use chrono::{TimeDelta, Weekday};
use toban_calendar::{ClockChange, Dates, MonthDay, MonthsOfYear, Recurrence, Times, Weekdays};

use crate::{utc, zone};

/// What systemd writes as such an event.
fn rule(event: &str) -> (Dates, Times) {
    let at = |times: &[&str]| Times::parse(times).unwrap();
    let monthly = |days: &[MonthDay]| Dates::monthly(days.iter().cloned()).unwrap();
    let days = |days: &[u32]| monthly(&days.iter().map(|day| MonthDay::Day(*day)).collect::<Vec<_>>());
    let weekly = |days: Weekdays| Dates::weekly(days).unwrap();
    let of = |months: &[u32], day| {
        Dates::yearly(MonthsOfYear::of(months.iter().copied()).unwrap(), [day]).unwrap()
    };
    match event {
        "*-*~1 09:00" => (monthly(&[MonthDay::FromEnd(0)]), at(&["09:00"])),
        "*-*~3 09:00" => (monthly(&[MonthDay::FromEnd(2)]), at(&["09:00"])),
        "*-*~10 00:00:30" => (monthly(&[MonthDay::FromEnd(9)]), at(&["00:00:30"])),
        "Fri *-*~7/1 16:00" => (monthly(&[MonthDay::NthLastWeekday(1, Weekday::Fri)]), at(&["16:00"])),
        "Mon *-*-1,15 10:00" => {
            (Dates::all_of(vec![weekly(Weekdays::of([Weekday::Mon])), days(&[1, 15])]), at(&["10:00"]))
        }
        "Mon..Fri 09:00" => (weekly(Weekdays::MON_TO_FRI), at(&["09:00"])),
        "*:0/15" => {
            let [first, last] = ["00:00:00", "23:59:59"].map(|time| time.parse().unwrap());
            (Dates::daily(), Times::every(TimeDelta::minutes(15), first, last).unwrap())
        }
        "*-1,4,7,10-1 00:00" => (of(&[1, 4, 7, 10], MonthDay::Day(1)), at(&["00:00"])),
        "*-3,6,9,12~1 17:30" => (of(&[3, 6, 9, 12], MonthDay::FromEnd(0)), at(&["17:30"])),
        "*-2-29 12:00" => (of(&[2], MonthDay::Day(29)), at(&["12:00"])),
        "Tue *-*-8..14 03:00" => (monthly(&[MonthDay::NthWeekday(2, Weekday::Tue)]), at(&["03:00"])),
        "Sat,Sun *-8-* 6,18:30" => {
            let august = Dates::season((8, 1), (8, 31)).unwrap();
            (Dates::all_of(vec![august, weekly(Weekdays::SAT_AND_SUN)]), at(&["18:30", "06:30"]))
        }
        "2027..2029-*-31 23:59:59" => (days(&[31]), at(&["23:59:59"])),
        "*-*-1,8,15,22,29 05:05" => (days(&[1, 8, 15, 22, 29]), at(&["05:05"])),
        other => panic!("{other}"),
    }
}

#[test]
fn what_recurs_is_what_systemd_starts() {
    let mut seen = 0;
    for line in include_str!("oracle/systemd.csv").lines() {
        let mut words = line.split(';');
        let [name, event, start] = [(); 3].map(|()| words.next().unwrap());
        let expected: Vec<_> = words.map(utc).collect();
        let (dates, times) = rule(event);
        let mut recurrence = Recurrence::new(dates, times, zone(name), ClockChange::EachShowing).unwrap();
        if event.starts_with("2027..2029") {
            let bounds = [utc("2027-01-01T00:00:00Z"), utc("2030-01-01T00:00:00Z")];
            let hours = TimeDelta::seconds(i64::from(zone(name).offset(bounds[0]).local_minus_utc()));
            let [from, to] = bounds.map(|bound| bound - hours);
            recurrence = recurrence.starting_at(from).unwrap().ending_before(to).unwrap();
        }
        let next = |at: &chrono::DateTime<chrono::Utc>| recurrence.next(*at);
        let found: Vec<_> = std::iter::successors(next(&utc(start)), next).take(12).collect();
        assert_eq!(found, expected, "{event} in {name} after {start}");
        seen += found.len();
    }
    assert!(seen > 1_300, "{seen} instants");
}
