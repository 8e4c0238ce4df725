//! Single cases of what recurs, written down by hand.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use toban_calendar::{
    Adjust, Because, Calendar, CalendarError, CalendarSpec, Change, ClockChange, Closed, Dates, Fate,
    MonthDay, MonthsOfYear, Never, Recurrence, RecurrenceError, Times, TimesError, Weekdays, WhyClosed,
};
use toban_core::{Interval, Text};

use crate::{utc, zone};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn noon(dates: Dates) -> Recurrence {
    at_noon(dates).unwrap()
}

fn at_noon(dates: Dates) -> Result<Recurrence, RecurrenceError> {
    Recurrence::new(dates, Times::parse(["12:00"]).unwrap(), zone("UTC"), ClockChange::ONCE)
}

fn days(recurrence: &Recurrence, from: &str, to: &str) -> Vec<String> {
    let within = Interval::new(utc(&format!("{from}T00:00:00Z")), utc(&format!("{to}T00:00:00Z"))).unwrap();
    recurrence.between(within).map(|at| at.date_naive().to_string()).collect()
}

fn known(from: &str, to: &str) -> Calendar {
    let mut spec = CalendarSpec::new("known", Weekdays::SAT_AND_SUN);
    spec.known = Some((date(from), date(to)));
    Calendar::new(spec).unwrap()
}

#[test]
fn the_first_and_the_last_date_of_a_list_move_as_the_others_do() {
    let saturdays = || noon(Dates::listed([date("2026-05-30"), date("2026-08-01")]).unwrap());
    let of = |adjust| {
        days(&saturdays().adjusted(adjust, &Calendar::mon_to_fri()).unwrap(), "2026-01-01", "2027-01-01")
    };
    assert_eq!(of(Adjust::Next), ["2026-06-01", "2026-08-03"]);
    assert_eq!(of(Adjust::Previous), ["2026-05-29", "2026-07-31"]);
    let never = saturdays().adjusted(Adjust::Skip, &Calendar::mon_to_fri());
    assert_eq!(never.unwrap_err(), RecurrenceError::Never { why: Never::Adjust });
}

#[test]
fn the_nearest_working_day_of_a_closed_month_is_one_day() {
    let mut spec = CalendarSpec::new("no August", Weekdays::SAT_AND_SUN);
    spec.closed = vec![Closed { on: Dates::season((8, 1), (8, 31)).unwrap(), why: Text::same("summer") }];
    let calendar = Calendar::new(spec).unwrap();
    for (day, expected) in [(5, "2026-07-31"), (12, "2026-07-31"), (20, "2026-09-01"), (28, "2026-09-01")] {
        let august = Dates::yearly(MonthsOfYear::of([8]).unwrap(), [MonthDay::Day(day)]).unwrap();
        let nearest = noon(august).adjusted(Adjust::Nearest, &calendar).unwrap();
        assert_eq!(days(&nearest, "2026-06-01", "2026-11-01"), [expected], "{day} August");
    }
}

#[test]
fn what_depends_on_a_day_that_is_not_known_is_left_out() {
    let half = known("2026-03-11", "2026-05-14");
    let of = |day| days(&noon(Dates::monthly([day]).unwrap()), "2026-01-01", "2027-01-01");
    assert_eq!(of(MonthDay::WorkingDay(1, half.clone())), ["2026-04-01", "2026-05-01"]);
    assert_eq!(of(MonthDay::WorkingDayFromEnd(1, half.clone())), ["2026-03-31", "2026-04-30"]);
    assert_eq!(of(MonthDay::NearestWorkingDay(10, half.clone())), ["2026-04-10", "2026-05-11"]);
    // Sunday 10 May is nearer to Monday 11 May than to any that is not known.
    let of = |text, adjust| {
        let moved =
            noon(Dates::listed([date(text)]).unwrap()).adjusted(adjust, &known("2026-03-11", "2026-05-10"));
        moved.map(|moved| days(&moved, "2026-01-01", "2027-01-01")).unwrap_or_default()
    };
    assert!(of("2026-05-10", Adjust::Next).is_empty());
    assert!(of("2026-05-10", Adjust::NextInMonth).is_empty(), "the Monday after may be a working day");
    assert!(of("2026-05-10", Adjust::Nearest).is_empty());
    let next = noon(Dates::daily()).adjusted(Adjust::Next, &known("2026-03-11", "2026-05-10")).unwrap();
    let why = next.why(date("2026-05-10"));
    assert!(matches!(why.reasons[..], [Because::InRule(_), Because::LeftOut(_)]), "{why:?}");
    assert_eq!(of("2026-05-09", Adjust::Nearest), ["2026-05-08"]);
    assert_eq!(of("2026-05-10", Adjust::Previous), ["2026-05-08"]);
    assert!(of("2026-05-11", Adjust::Previous).is_empty(), "nobody knows what 11 May is");
}

#[test]
fn what_happened_once_happens() {
    let never = || Dates::yearly(MonthsOfYear::of([2]).unwrap(), [MonthDay::Day(30)]).unwrap();
    let once = Dates::any_of(vec![never(), Dates::listed([date("1950-06-01")]).unwrap()]);
    assert_eq!(days(&noon(once), "1900-01-01", "2000-01-01"), ["1950-06-01"]);
    let none = at_noon(never());
    assert_eq!(none.unwrap_err(), RecurrenceError::Never { why: Never::Dates });

    let mut spec = CalendarSpec::new("open once", Weekdays::ALL);
    spec.working = [(date("1990-01-04"), Text::same("the opening"))].into();
    assert_eq!(Calendar::new(spec.clone()).unwrap().is_working(date("1990-01-04")), Some(true));
    spec.working.clear();
    assert_eq!(Calendar::new(spec).unwrap_err(), CalendarError::NoWorkingDay);

    // Between 1896 and 1904 lie eight years: 29 February is a Wednesday in 1888, and then in 1928.
    let leap = Dates::yearly(MonthsOfYear::of([2]).unwrap(), [MonthDay::Day(29)]).unwrap();
    let wednesday = Dates::weekly(Weekdays::of([Weekday::Wed])).unwrap();
    let rare = Dates::all_of(vec![leap, wednesday, Dates::working(&known("1889-01-01", "2000-01-01"))]);
    assert_eq!(days(&noon(rare), "1880-01-01", "1960-01-01"), ["1928-02-29", "1956-02-29"]);
}

#[test]
fn the_horizon_is_that_of_the_calendars_alone() {
    let horizon = |recurrence: Recurrence| recurrence.horizon().map(|date| date.to_string());
    let listed = || Dates::listed([date("2026-05-30")]).unwrap();
    assert_eq!(horizon(noon(listed())), None);
    assert_eq!(horizon(noon(listed()).adjusted(Adjust::Next, &Calendar::mon_to_fri()).unwrap()), None);
    let until = known("2026-01-01", "2028-03-31");
    let end = Some("2028-03-31".to_owned());
    assert_eq!(horizon(noon(listed()).adjusted(Adjust::Next, &until).unwrap()), end);
    assert_eq!(horizon(noon(Dates::working(&until))), end);
    assert_eq!(horizon(noon(Dates::all_of(vec![Dates::daily(), Dates::working(&until)]))), end);
    assert_eq!(horizon(noon(Dates::any_of(vec![Dates::daily(), Dates::working(&until)]))), None);
}

#[test]
fn the_first_and_the_last_instants_of_all_time_are_counted_too() {
    let first = NaiveDate::MIN.and_time(NaiveTime::MIN);
    let last: NaiveDateTime = NaiveDate::MAX.and_hms_opt(0, 0, 0).unwrap();
    for (name, hours) in [("UTC", 0), ("-09:00", -9), ("+09:00", 9)] {
        let midnights =
            Recurrence::new(Dates::daily(), Times::parse(["00:00"]).unwrap(), zone(name), ClockChange::ONCE)
                .unwrap();
        let shown = |civil: NaiveDateTime| civil.and_utc() - TimeDelta::hours(hours);
        let day = TimeDelta::days(1);
        if hours < 0 {
            assert_eq!(midnights.next(DateTime::<Utc>::MIN_UTC), Some(shown(first)), "{name}");
            assert_eq!(midnights.previous(DateTime::<Utc>::MAX_UTC), Some(shown(last)), "{name}");
        } else {
            assert_eq!(
                midnights.next(DateTime::<Utc>::MIN_UTC),
                Some(first.and_utc() + day - TimeDelta::hours(hours))
            );
            assert_eq!(midnights.previous(DateTime::<Utc>::MAX_UTC), Some(shown(last)), "{name}");
        }
    }
}

#[cfg(feature = "zones")]
#[test]
fn a_zone_whose_clocks_changed_later_is_asked_from_the_first_instant_on() {
    let clock = ClockChange::ONCE;
    let daily =
        Recurrence::new(Dates::daily(), Times::parse(["12:00"]).unwrap(), zone("America/New_York"), clock);
    let next = daily.unwrap().next(DateTime::<Utc>::MIN_UTC).unwrap();
    assert!(next - DateTime::<Utc>::MIN_UTC < TimeDelta::days(1), "{next}");
}

#[test]
fn a_preview_ends_where_its_stretch_ends() {
    let first = Dates::monthly([MonthDay::Day(1)]).unwrap();
    let moved = noon(first).adjusted(Adjust::Next, &Calendar::mon_to_fri()).unwrap();
    let of = |recurrence: &Recurrence, from: &str, to: &str| -> Vec<_> {
        let within = Interval::new(utc(from), utc(to)).unwrap();
        recurrence
            .preview(within)
            .iter()
            .inspect(|change| assert_eq!((change.count, change.first), (1, change.last)))
            .map(|change| (change.first.nominal.to_string(), change.first.fate))
            .collect()
    };
    // 1 February, 1 March and 1 August 2026 are no working days.
    let to = |text| Fate::Moved { to: utc(text) };
    let february = ("2026-02-01 12:00:00".to_owned(), to("2026-02-02T12:00:00Z"));
    let march = ("2026-03-01 12:00:00".to_owned(), to("2026-03-02T12:00:00Z"));
    assert_eq!(of(&moved, "2026-01-15T00:00:00Z", "2026-03-01T00:00:00Z"), std::slice::from_ref(&february));
    assert_eq!(of(&moved, "2026-01-15T00:00:00Z", "2026-03-01T12:00:00Z"), std::slice::from_ref(&february));
    assert_eq!(of(&moved, "2026-02-01T12:00:00Z", "2026-03-01T12:00:01Z"), [february.clone(), march.clone()]);
    assert_eq!(of(&moved, "2026-02-01T12:00:01Z", "2026-04-01T00:00:00Z"), std::slice::from_ref(&march));
    let ended = moved.clone().ending_before(utc("2026-03-02T00:00:00Z")).unwrap();
    let lost = ("2026-03-01 12:00:00".to_owned(), Fate::Dropped);
    assert_eq!(of(&ended, "2026-01-15T00:00:00Z", "2026-12-01T00:00:00Z"), [february, lost]);
    // What the rule puts before the start and moves after it does happen.
    let started = moved.starting_at(utc("2026-03-01T18:00:00Z")).unwrap();
    let august = ("2026-08-01 12:00:00".to_owned(), to("2026-08-03T12:00:00Z"));
    assert_eq!(of(&started, "2026-01-15T00:00:00Z", "2026-10-01T00:00:00Z"), [march, august]);
}

#[cfg(feature = "zones")]
#[test]
fn a_time_that_moves_into_a_change_of_the_clock_is_one_change() {
    // Saturday 24 October 2026 moves to Sunday 25, whose 02:30 happens twice; Saturday 28 March to 02:30 that is none.
    let mut spec = CalendarSpec::new("no Saturdays", Weekdays::of([Weekday::Sat]));
    spec.known = Some((date("2026-01-01"), date("2026-12-31")));
    let calendar = Calendar::new(spec).unwrap();
    let saturdays = Dates::listed([date("2026-03-28"), date("2026-10-24")]).unwrap();
    let of = |clock| {
        let moved = Recurrence::new(
            saturdays.clone(),
            Times::parse(["02:30"]).unwrap(),
            zone("Europe/Berlin"),
            clock,
        )
        .and_then(|moved| moved.adjusted(Adjust::Next, &calendar))
        .unwrap();
        let year = Interval::new(utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z")).unwrap();
        moved.preview(year).iter().map(|change| change.first.fate).collect::<Vec<_>>()
    };
    let [first, second] = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(utc);
    assert_eq!(of(ClockChange::EachShowing), [Fate::Dropped, Fate::Doubled { first, second }]);
    let jump = utc("2026-03-29T01:00:00Z");
    assert_eq!(of(ClockChange::ONCE), [Fate::Moved { to: jump }, Fate::Moved { to: first }]);
}

#[cfg(feature = "zones")]
#[test]
fn the_edges_of_a_gap_and_of_a_fold_are_told_as_the_clock_shows_them() {
    let of = |from: &str, to: &str, clock| {
        let times = Times::parse(["01:59:59", "02:00", "02:59:59", "03:00"]).unwrap();
        let daily = Recurrence::new(Dates::daily(), times, zone("Europe/Berlin"), clock).unwrap();
        let told: Vec<_> = daily.preview(Interval::new(utc(from), utc(to)).unwrap());
        let ends = |change: &Change| {
            [change.first, change.last].map(|one| (one.nominal.time().to_string(), one.fate))
        };
        told.iter().inspect(|change| assert_eq!(change.count, 2)).flat_map(ends).collect::<Vec<_>>()
    };
    let gap = |clock| of("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", clock);
    let dropped = ["02:00:00", "02:59:59"].map(|time| (time.to_owned(), Fate::Dropped));
    assert_eq!(gap(ClockChange::EachShowing), dropped);
    let into = utc("2026-03-29T01:00:00Z");
    assert_eq!(gap(ClockChange::ONCE), dropped.map(|(time, _)| (time, Fate::Merged { into })));
    let fold = |clock| of("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", clock);
    let doubled = [("02:00:00", "00:00:00"), ("02:59:59", "00:59:59")].map(|(time, first)| {
        let first = utc(&format!("2026-10-25T{first}Z"));
        (time.to_owned(), Fate::Doubled { first, second: first + TimeDelta::hours(1) })
    });
    assert_eq!(fold(ClockChange::EachShowing), doubled);
    assert_eq!(fold(ClockChange::ONCE), []);
}

#[cfg(feature = "zones")]
#[test]
fn what_becomes_of_many_times_alike_is_told_once() {
    let every = |seconds| {
        let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap();
        Times::every(TimeDelta::seconds(seconds), NaiveTime::MIN, last).unwrap()
    };
    let of = |seconds, clock, from: &str, to: &str| -> Vec<_> {
        let told = Recurrence::new(Dates::daily(), every(seconds), zone("Europe/Berlin"), clock)
            .and_then(|daily| daily.adjusted(Adjust::Next, &Calendar::mon_to_fri()))
            .unwrap()
            .preview(Interval::new(utc(from), utc(to)).unwrap());
        told.iter().map(|change| change.text()).collect()
    };
    let en = |told: Vec<Text>| told.into_iter().map(|text| text.en).collect::<Vec<_>>();
    // Of the weekend in which summer time ends, Saturday and Sunday move to Monday, which happens of itself.
    let (from, to) = ("2026-10-23T22:00:00Z", "2026-10-25T23:00:00Z");
    assert_eq!(
        en(of(1, ClockChange::EachShowing, from, to)),
        [
            "Sat 2026-10-24 00:00:00 to 23:59:59 (86400 times): merged into 2026-10-25 23:00:00Z, up to 2026-10-26 22:59:59Z (Saturday)",
            "Sun 2026-10-25 00:00:00 to 23:59:59 (86400 times): merged into 2026-10-25 23:00:00Z, up to 2026-10-26 22:59:59Z (Sunday)",
        ]
    );
    let twice = |clock, seconds| {
        let daily = Recurrence::new(Dates::daily(), every(seconds), zone("Europe/Berlin"), clock).unwrap();
        let of = |from, to| daily.preview(Interval::new(utc(from), utc(to)).unwrap());
        let told = [
            of("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            of("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ];
        told.into_iter().flatten().map(|change| change.text()).collect::<Vec<_>>()
    };
    let told = twice(ClockChange::EachShowing, 60);
    assert_eq!(
        told.iter().map(|text| text.ja.as_str()).collect::<Vec<_>>(),
        [
            "2026-03-29(日) 02:00:00から02:59:00までの60回: 実施しない (時計の切替でない時刻)",
            "2026-10-25(日) 02:00:00から02:59:00までの60回: 2026-10-25 00:00:00Zと2026-10-25 01:00:00Zの2回、最後は2026-10-25 00:59:00Zと2026-10-25 01:59:00Z (時計の切替で2回ある時刻)",
        ]
    );
    assert_eq!(
        told[1].en,
        "Sun 2026-10-25 02:00:00 to 02:59:00 (60 times): happens twice, at 2026-10-25 00:00:00Z and 2026-10-25 01:00:00Z, up to 2026-10-25 00:59:00Z and 2026-10-25 01:59:00Z (the clock shows it twice)"
    );
    assert_eq!(
        en(twice(ClockChange::ONCE, 60)),
        [
            "Sun 2026-03-29 02:00:00 to 02:59:00 (60 times): merged into 2026-03-29 01:00:00Z (the clock jumps over it)"
        ]
    );
    assert_eq!(twice(ClockChange::ONCE, 5_400), []);
}

#[cfg(feature = "zones")]
#[test]
fn what_moves_to_a_date_whose_last_hour_is_shown_twice_is_doubled_there() {
    // At 24:00 on Thursday 29 October 2026 clocks in Cairo fall back to 23:00.
    let calendar = Calendar::new(CalendarSpec::new("no Wednesdays", Weekdays::of([Weekday::Wed]))).unwrap();
    let last = NaiveTime::from_hms_opt(23, 0, 0).unwrap();
    let hours = Times::every(TimeDelta::hours(1), NaiveTime::MIN, last).unwrap();
    let listed = Dates::listed([date("2026-10-28")]).unwrap();
    let moved = Recurrence::new(listed, hours, zone("Africa/Cairo"), ClockChange::EachShowing)
        .and_then(|moved| moved.adjusted(Adjust::Next, &calendar))
        .unwrap();
    let year = Interval::new(utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z")).unwrap();
    let told: Vec<_> = moved.preview(year).iter().map(|change| (change.count, change.first.fate)).collect();
    let [first, second] = ["2026-10-29T20:00:00Z", "2026-10-29T21:00:00Z"].map(utc);
    let midnight = Fate::Moved { to: utc("2026-10-28T21:00:00Z") };
    assert_eq!(told, [(23, midnight), (1, Fate::Doubled { first, second })]);
}

#[test]
fn a_start_or_an_end_at_midnight_is_told_of_the_dates_before_and_after_it() {
    let daily = noon(Dates::daily())
        .starting_at(utc("2026-03-02T00:00:00Z"))
        .and_then(|daily| daily.ending_before(utc("2026-04-01T00:00:00Z")))
        .unwrap();
    let told = |text: &str| {
        let kinds: Vec<_> = daily.why(date(text)).reasons.iter().map(Because::kind).collect();
        kinds.join(" ")
    };
    assert_eq!(
        ["2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01"].map(told),
        ["in_rule before_start", "in_rule", "in_rule", "in_rule after_end"]
    );
}

#[test]
fn of_several_reasons_why_a_date_is_closed_the_holiday_is_told_first_and_the_weekend_last() {
    let sunday = date("2026-05-03");
    let mut spec = CalendarSpec::new("works", Weekdays::SAT_AND_SUN);
    let why = |spec: &CalendarSpec| Calendar::new(spec.clone()).unwrap().why_closed(sunday);
    assert_eq!(why(&spec), Some(WhyClosed::Weekend(Weekday::Sun)));
    let summer = Text::same("summer");
    spec.closed = vec![Closed { on: Dates::season((5, 1), (5, 5)).unwrap(), why: summer.clone() }];
    assert_eq!(why(&spec), Some(WhyClosed::Closed(summer)));
    let name = Text::new("憲法記念日", "Constitution Memorial Day");
    spec.holidays = [(sunday, name.clone())].into();
    assert_eq!(why(&spec), Some(WhyClosed::Holiday(name)));
    let mut branch = CalendarSpec::new("branch", Weekdays::NONE);
    branch.base = vec![Calendar::new(spec).unwrap()];
    assert_eq!(why(&branch).map(|why| why.kind()), Some("holiday"));
}

#[test]
fn of_two_dates_that_move_to_one_the_times_of_the_first_are_taken_as_far_as_it_has_them() {
    let last = NaiveTime::from_hms_opt(23, 0, 0).unwrap();
    let hours = Times::every(TimeDelta::hours(1), NaiveTime::MIN, last).unwrap();
    let weekends = Dates::weekly(Weekdays::SAT_AND_SUN).unwrap();
    let moved = Recurrence::new(weekends, hours, zone("UTC"), ClockChange::ONCE)
        .and_then(|moved| moved.adjusted(Adjust::Next, &Calendar::mon_to_fri()))
        .unwrap();
    let of = |from: &str| {
        let told = moved.preview(Interval::new(utc(from), utc("2026-05-04T00:00:00Z")).unwrap());
        let one = |change: &Change| {
            let [from, to] = [change.first, change.last].map(|one| one.nominal.format("%d %H").to_string());
            (from, to, change.count, change.first.fate.kind())
        };
        told.iter().map(one).collect::<Vec<_>>()
    };
    let run = |from: &str, to: &str, count, kind| (from.to_owned(), to.to_owned(), count, kind);
    // Saturday 2 May 2026 and the Sunday after it move to Monday.
    let whole = [run("02 00", "02 23", 24, "moved"), run("03 00", "03 23", 24, "merged")];
    assert_eq!(of("2026-05-02T00:00:00Z"), whole);
    let part = [
        run("02 12", "02 23", 12, "moved"),
        run("03 00", "03 11", 12, "moved"),
        run("03 12", "03 23", 12, "merged"),
    ];
    assert_eq!(of("2026-05-02T12:00:00Z"), part);
}

#[test]
fn a_time_of_day_has_two_digits_each() {
    for text in [
        "9:00",
        " 09:00",
        "09:0",
        "09",
        "09:00:00:00",
        "09:00:",
        "24:00",
        "23:60",
        "23:59:60",
        "+9:00",
        "０９:00",
        "",
    ] {
        assert_eq!(Times::parse([text]), Err(TimesError::Text { text: text.to_owned() }), "{text}");
    }
    assert_eq!(
        Times::parse(["9:00"]).unwrap_err().to_string(),
        "`9:00` is no time of day: expected HH:MM or HH:MM:SS, to 23:59:59"
    );
    assert_eq!(Times::parse(["23:59:59", "00:00", "00:00:00"]).unwrap().to_string(), "00:00, 23:59:59");
    let half = NaiveTime::from_hms_milli_opt(9, 0, 0, 500).unwrap();
    let end = NaiveTime::from_hms_opt(23, 0, 0).unwrap();
    assert_eq!(Times::every(TimeDelta::hours(1), half, end), Err(TimesError::Fraction { time: half }));
    assert_eq!(Times::at([half]), Err(TimesError::Fraction { time: half }));
    assert_eq!(Times::every(TimeDelta::hours(1), end, half), Err(TimesError::Empty));
    for step in [TimeDelta::zero(), TimeDelta::seconds(-1), TimeDelta::milliseconds(1_500)] {
        assert_eq!(Times::every(step, end, end), Err(TimesError::Step { step }));
        assert_eq!(
            Recurrence::every(step, utc("2026-01-01T00:00:00Z")).unwrap_err(),
            RecurrenceError::Step { step }
        );
    }
}

#[test]
fn a_number_of_times_needs_a_start_and_is_at_least_one() {
    let daily = || noon(Dates::daily());
    assert_eq!(daily().limited_to(3).unwrap_err(), RecurrenceError::CountWithoutStart { count: 3 });
    let started = daily().starting_at(utc("2026-01-01T12:00:01Z")).unwrap();
    for count in [0, Recurrence::MOST + 1] {
        assert_eq!(started.clone().limited_to(count).unwrap_err(), RecurrenceError::Count { count });
    }
    let three = started.limited_to(3).unwrap();
    assert_eq!(days(&three, "2025-01-01", "2030-01-01"), ["2026-01-02", "2026-01-03", "2026-01-04"]);
    let none = daily()
        .starting_at(utc("2026-01-01T13:00:00Z"))
        .and_then(|daily| daily.ending_before(utc("2026-01-02T12:00:00Z")));
    assert_eq!(none.unwrap_err(), RecurrenceError::Never { why: Never::Bounds });
}

#[test]
fn what_is_left_out_by_a_calendar_is_not_told_beyond_what_the_calendar_knows() {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let mut spec = CalendarSpec::new("short", Weekdays::SAT_AND_SUN);
    spec.known = Some((date("2026-11-01"), date("2026-11-30")));
    let calendar = Calendar::new(spec).unwrap();
    let closed = Dates::daily().except(Dates::working(&calendar));
    assert_eq!(closed.next(date("2026-11-26")), Some(date("2026-11-28")));
    assert_eq!(closed.next(date("2026-11-29")), None, "nobody knows whether 1 December is closed");
    assert_eq!(closed.previous(date("2026-11-01")), None);
}
