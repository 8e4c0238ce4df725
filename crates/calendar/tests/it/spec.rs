//! Recurrences and calendars as they stand in files.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use toban_calendar::{
    CalendarFileSpec, Calendars, Dates, MonthDay, MonthsOfYear, RecurrenceSpec, SpecError, Weekdays, Zone,
};

fn spec(value: Value) -> RecurrenceSpec {
    serde_json::from_value(value).unwrap()
}

fn calendars(value: Value) -> Result<Calendars, SpecError> {
    let specs: BTreeMap<String, CalendarFileSpec> = serde_json::from_value(value).unwrap();
    Calendars::resolve(&specs)
}

fn dates(on: Value) -> Dates {
    let spec = spec(json!({"on": on, "at": "09:00", "zone": "UTC"}));
    spec.resolve(None, &Calendars::known()).unwrap().dates().unwrap().clone()
}

/// The path and the words of what is wrong.
fn wrong(value: Value) -> (String, String) {
    let error = spec(value).resolve(Some(Zone::UTC), &Calendars::known()).unwrap_err();
    (error.path.clone(), error.to_string())
}

#[test]
fn each_rule_is_the_one_that_it_says() {
    use chrono::Weekday::{Fri, Mon, Tue, Wed};
    let monthly = |days: Vec<MonthDay>| Dates::monthly(days).unwrap();
    assert_eq!(dates(json!("daily")), Dates::daily());
    assert_eq!(dates(json!({"weekly": "mon"})), Dates::weekly(Weekdays::of([Mon])).unwrap());
    assert_eq!(
        dates(json!({"weekly": ["Mon", "wednesday"]})),
        Dates::weekly(Weekdays::of([Mon, Wed])).unwrap()
    );
    assert_eq!(dates(json!({"monthly": 15})), monthly(vec![MonthDay::Day(15)]));
    assert_eq!(
        dates(json!({"monthly": [1, "31 or last", "last", "last-2", "2nd tue", "last fri", "2nd last fri"]})),
        monthly(vec![
            MonthDay::Day(1),
            MonthDay::DayOrLast(31),
            MonthDay::FromEnd(0),
            MonthDay::FromEnd(2),
            MonthDay::NthWeekday(2, Tue),
            MonthDay::NthLastWeekday(1, Fri),
            MonthDay::NthLastWeekday(2, Fri),
        ])
    );
    assert_eq!(
        dates(json!({"yearly": {"months": ["mar", 9], "on": "last"}})),
        Dates::yearly(MonthsOfYear::of([3, 9]).unwrap(), [MonthDay::FromEnd(0)]).unwrap()
    );
    assert_eq!(
        dates(json!({"season": {"from": "12-29", "to": "01-03"}})),
        Dates::season((12, 29), (1, 3)).unwrap()
    );
    assert_eq!(
        dates(json!({"except": {"of": "daily", "without": {"weekly": "fri"}}})),
        Dates::daily().except(Dates::weekly(Weekdays::of([Fri])).unwrap())
    );
    let first_working = json!({"on": {"monthly": ["working 1", "2nd last working", "working nearest 15"]}, "at": "09:00",
        "calendar": "japan"});
    let recurrence = spec(first_working).resolve(Some(Zone::UTC), &Calendars::known()).unwrap();
    let next = |after: &str| recurrence.next(after.parse().unwrap()).unwrap().to_rfc3339();
    assert_eq!(next("2026-01-01T00:00:00Z"), "2026-01-02T09:00:00+00:00");
    assert_eq!(next("2026-08-03T12:00:00Z"), "2026-08-14T09:00:00+00:00"); // the 15th is a Saturday
}

#[test]
fn what_is_read_is_written_back_the_same() {
    let values = [
        json!({"on": "daily", "at": "09:00"}),
        json!({"on": {"weekly": ["mon", "wed"]}, "at": ["09:00", "15:00:30"], "zone": "Asia/Tokyo"}),
        json!({"on": {"any_of": ["working", {"listed": ["2026-12-31"]}]}, "at": "09:00", "calendar": "japan"}),
        json!({"cron": "0 9 1 * 1", "both_days": "or", "clock_change": "each_showing"}),
        json!({"cron": "0 0 9 ? * MON", "dialect": "quartz",
            "clock_change": {"once": {"gap": "leave_out", "fold": "later"}}}),
        json!({"every": "1h30m", "start": "2026-01-01T00:00:00Z", "count": 3}),
        json!({"on": {"every_weeks": {"weeks": 2, "on": "mon", "from": "2026-01-05"}}, "at": "09:00",
            "if_closed": "next_in_month", "calendar": "japan", "end": "2027-01-01T00:00:00Z"}),
    ];
    for value in values {
        let read = spec(value.clone());
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
        read.resolve(Some(Zone::UTC), &Calendars::known()).unwrap();
    }
}

#[test]
fn an_interval_of_elapsed_time_is_asked_by_the_dates_of_the_file() {
    let every = spec(json!({"every": "36h", "start": "2026-01-01T20:00:00Z"}));
    let of = |zone| every.resolve(zone, &Calendars::known()).unwrap();
    assert_eq!(of(None).zone(), None);
    let tokyo = Zone::parse("+09:00").unwrap();
    assert_eq!(of(Some(tokyo)).zone(), Some(tokyo));
    let is_due = |zone, date: &str| !of(zone).why(date.parse().unwrap()).instants.is_empty();
    assert!(is_due(None, "2026-01-01") && !is_due(None, "2026-01-02"));
    assert!(!is_due(Some(tokyo), "2026-01-01") && is_due(Some(tokyo), "2026-01-02"));
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    let daily = |more: Value| {
        let mut value = json!({"on": "daily", "at": "09:00"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let cases = [
        (json!({}), "", "says in 0 ways"),
        (json!({"on": "daily", "at": "09:00", "cron": "0 9 * * *"}), "", "says in 2 ways"),
        (json!({"cron": "0 9 * * *", "at": "09:00"}), "at", "beside `on`"),
        (json!({"on": "daily"}), "at", "names no time of day"),
        (json!({"on": "daily", "at": ["09:00", "24:00"]}), "at", "`24:00` is no time of day"),
        (daily(json!({"zone": "Mars"})), "zone", "no time zone is called `Mars`"),
        (daily(json!({"calendar": "japan"})), "calendar", "nothing asks it"),
        (daily(json!({"if_closed": "next"})), "calendar", "`calendar` is missing"),
        (
            daily(json!({"if_closed": "next", "calendar": "mars"})),
            "calendar",
            "`every_day`, `japan`, `mon_to_fri`",
        ),
        (daily(json!({"dialect": "quartz"})), "dialect", "cron expression"),
        (daily(json!({"count": 3})), "count", "needs a start"),
        (
            daily(json!({"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"})),
            "end",
            "never happens",
        ),
        (
            json!({"on": {"monthly": [1, "2nd moon"]}, "at": "09:00"}),
            "on.monthly[1]",
            "`2nd moon` is no day of a month",
        ),
        (json!({"on": {"monthly": 32}, "at": "09:00"}), "on.monthly", "expected 1 to 31"),
        (json!({"on": {"monthly": "working 1"}, "at": "09:00"}), "on.monthly", "`calendar` is missing"),
        (
            json!({"on": {"all_of": ["daily", {"weekly": "moon"}]}, "at": "09:00"}),
            "on.all_of[1].weekly",
            "no weekday",
        ),
        (
            json!({"on": {"season": {"from": "02-30", "to": "3"}}, "at": "09:00"}),
            "on.season.to",
            "day of a year",
        ),
        (json!({"on": {"yearly": {"months": 2, "on": 30}}, "at": "09:00"}), "on", "never happens"),
        (json!({"cron": "61 * * * *"}), "cron", "minute `61`"),
        (json!({"cron": "0 9 1 * 1"}), "cron", "say whether a date must match both"),
        (
            json!({"every": "0s", "start": "2026-01-01T00:00:00Z"}),
            "every",
            "0s is no interval: expected whole seconds",
        ),
        (json!({"on": {"all_of": []}, "at": "09:00"}), "on.all_of", "names no rule"),
        (json!({"every": "1h"}), "start", "counted from it"),
        (json!({"every": "1h", "start": "2026-01-01T00:00:00Z", "zone": "UTC"}), "zone", "no dates"),
    ];
    for (value, path, words) in cases {
        let (place, message) = wrong(value.clone());
        assert_eq!(place, path, "{value}: {message}");
        assert!(message.contains(words), "{value}: {message}");
    }
    let error = spec(json!({"on": "daily", "at": "09:00"})).resolve(None, &Calendars::known()).unwrap_err();
    assert_eq!(error.path, "zone");
    for unknown in [
        json!({"on": "daily", "att": "09:00"}),
        json!({"on": {"season": {"from": "12-29", "to": "01-03", "x": 1}}, "at": "09:00"}),
        json!({"on": {"every_weeks": {"weeks": 2, "on": "mon", "from": "2026-01-05", "at": "10:00"}}, "at": "09:00"}),
        json!({"on": "daily", "at": "09:00", "clock_change": {"once": {"gap": "shift", "fold": "later", "x": 1}}}),
        json!({"on": {"weekly": [["mon", "tue"], "wed"]}, "at": "09:00"}),
        json!({"on": {"weekly": {"mon": 1}}, "at": "09:00"}),
    ] {
        assert!(serde_json::from_value::<RecurrenceSpec>(unknown.clone()).is_err(), "{unknown}");
    }
}

#[test]
fn calendars_add_to_each_other() {
    let all = calendars(json!({
        "shop": {"base": "works", "working": {"2026-12-30": "stocktaking"}},
        "works": {"base": "japan", "closed": [{"on": {"season": {"from": "12-29", "to": "01-03"}}, "why": "new year"}],
            "known_to": "2027-12-31"},
        "plain": {"weekend": "fri", "holidays": {"2026-11-24": "ours"}},
        "both": {"all_of": ["plain", "japan"]},
        "either": {"any_of": ["plain", "japan"]},
    }))
    .unwrap();
    let works = |name: &str, date: &str| all.get(name).unwrap().is_working(date.parse().unwrap());
    assert_eq!([works("works", "2026-12-30"), works("shop", "2026-12-30")], [Some(false), Some(true)]);
    assert_eq!([works("shop", "2026-12-31"), works("shop", "2026-12-28")], [Some(false), Some(true)]);
    assert_eq!([works("shop", "2028-01-04"), works("shop", "2027-12-28")], [None, Some(true)]);
    // Friday the 20th, Sunday the 22nd, Tuesday the 24th, and Wednesday the 25th of November.
    for (date, both, either) in
        [("20", false, true), ("22", false, true), ("24", false, true), ("25", true, true)]
    {
        let date = format!("2026-11-{date}");
        assert_eq!([works("both", &date), works("either", &date)], [Some(both), Some(either)], "{date}");
    }
    let why =
        |name: &str, date: &str| all.get(name).unwrap().closed_because(date.parse().unwrap()).unwrap().en;
    assert_eq!(
        [why("shop", "2026-12-31"), why("shop", "2026-11-23"), why("shop", "2026-11-22")],
        ["new year", "Labor Thanksgiving Day", "Sunday"]
    );
}

#[test]
fn calendars_that_cannot_be_are_refused_by_name() {
    let refused = |value: Value| {
        let error = calendars(value).unwrap_err();
        (error.path.clone(), error.to_string())
    };
    let cases = [
        (json!({"x": {"weekend": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}}), "x", "no working day"),
        (json!({"x": {"base": "y"}, "y": {"base": "x"}}), "x", "made of itself"),
        (
            json!({"x": {"all_of": ["a", "a", "a", "a"]}, "a": {"all_of": ["b", "b", "b", "b", "b", "b"]},
            "b": {"all_of": ["c", "c", "c", "c", "c", "c"]}, "c": {"all_of": ["japan", "japan", "japan", "japan", "japan", "japan", "japan", "japan"]}}),
            "x",
            "counted each time",
        ),
        (json!({"x": {"base": "mars"}}), "x.base", "no calendar `mars`"),
        (json!({"x": {"weekend": "moon"}}), "x.weekend", "no weekday"),
        (
            json!({"x": {"closed": [{"on": {"monthly": 0}, "why": "y"}]}}),
            "x.closed[0].on.monthly",
            "expected 1 to 31",
        ),
        (json!({"x": {"known_from": "2027-01-01", "known_to": "2026-01-01"}}), "x", "before it"),
    ];
    for (value, path, words) in cases {
        let (place, message) = refused(value.clone());
        assert_eq!(place, path, "{value}: {message}");
        assert!(message.contains(words), "{value}: {message}");
    }
}
