//! What is no cron expression, and what is said about it.

use chrono::{NaiveDate, Weekday};
use toban_calendar::{BothDays, Cron, CronDialect, CronError, CronField, RecurrenceError, Zone};

use CronDialect::{Posix5, Quartz};

const MINUTE: &str = "0 to 59; *, lists, ranges that ascend, and steps after `*` or a range";
const HOUR: &str = "0 to 23; *, lists, ranges that ascend, and steps after `*` or a range";
const DAY: &str = "1 to 31, L, L-n, LW or nW; *, lists, ranges that ascend, and steps after `*` or a range";
const MONTH: &str = "1 to 12 or jan to dec; *, lists, ranges that ascend, and steps after `*` or a range";
const WEEK: &str = "0 to 7 (0 and 7 are Sunday), sun to sat, d#n or dL; \
                    *, lists, ranges that ascend, and steps after `*` or a range";
const WEEK_OF_QUARTZ: &str = "1 (Sunday) to 7 (Saturday), sun to sat, d#n or dL; \
                              *, lists, ranges that ascend, and steps after `*`, a value or a range";
const FIVE: &str = "expected 5: minute, hour, day of the month, month, day of the week";
const SIX: &str =
    "expected 6 or 7: second, minute, hour, day of the month, month, day of the week and perhaps year";

fn error(text: &str, dialect: CronDialect) -> CronError {
    match Cron::parse(text, dialect) {
        Err(error) => error,
        Ok(cron) => panic!("{text} is read as {cron:?}"),
    }
}

#[test]
fn a_field_that_cannot_be_read_is_refused_by_its_name_and_its_text() {
    for (text, field, word, expected) in [
        ("60 9 * * *", "minute", "60", MINUTE),
        ("-1 9 * * *", "minute", "-1", MINUTE),
        ("*/0 9 * * *", "minute", "*/0", MINUTE),
        ("*/00 9 * * *", "minute", "*/00", MINUTE),
        ("*/60 9 * * *", "minute", "*/60", MINUTE),
        ("5/15 9 * * *", "minute", "5/15", MINUTE),
        ("0-30/5/2 9 * * *", "minute", "0-30/5/2", MINUTE),
        ("30-10 9 * * *", "minute", "30-10", MINUTE),
        ("1-2-3 9 * * *", "minute", "1-2-3", MINUTE),
        (",5 9 * * *", "minute", ",5", MINUTE),
        ("5,,6 9 * * *", "minute", "5,,6", MINUTE),
        ("+5 9 * * *", "minute", "+5", MINUTE),
        ("5.0 9 * * *", "minute", "5.0", MINUTE),
        ("4294967296 9 * * *", "minute", "4294967296", MINUTE),
        ("*/99999999999999999999999 9 * * *", "minute", "*/99999999999999999999999", MINUTE),
        ("？ 9 * * *", "minute", "？", MINUTE),
        ("５ 9 * * *", "minute", "５", MINUTE),
        ("H 9 * * *", "minute", "H", MINUTE),
        ("? 9 * * *", "minute", "?", MINUTE),
        ("0 24 * * *", "hour", "24", HOUR),
        ("0 22-2 * * *", "hour", "22-2", HOUR),
        ("0 9** * * *", "hour", "9**", HOUR),
        ("0 9, * * *", "hour", "9,", HOUR),
        ("0 ** * * *", "hour", "**", HOUR),
        ("0 9 0 * *", "day of the month", "0", DAY),
        ("0 9 32 * *", "day of the month", "32", DAY),
        ("0 9 ? * 1", "day of the month", "?", DAY),
        ("0 9 L-31 * *", "day of the month", "L-31", DAY),
        ("0 9 L-+3 * *", "day of the month", "L-+3", DAY),
        ("0 9 L- * *", "day of the month", "L-", DAY),
        ("0 9 32W * *", "day of the month", "32W", DAY),
        ("0 9 0W * *", "day of the month", "0W", DAY),
        ("0 9 +15W * *", "day of the month", "+15W", DAY),
        ("0 9 W * *", "day of the month", "W", DAY),
        ("0 9 WL * *", "day of the month", "WL", DAY),
        ("0 9 1-15W * *", "day of the month", "1-15W", DAY),
        ("0 9 L/2 * *", "day of the month", "L/2", DAY),
        ("0 9 LW-3 * *", "day of the month", "LW-3", DAY),
        ("0 9 l * *", "day of the month", "l", DAY),
        ("0 9 mon * *", "day of the month", "mon", DAY),
        ("0 9 * 0 *", "month", "0", MONTH),
        ("0 9 * 13 *", "month", "13", MONTH),
        ("0 9 * january *", "month", "january", MONTH),
        ("0 9 * sept *", "month", "sept", MONTH),
        ("0 9 * nov-feb *", "month", "nov-feb", MONTH),
        ("0 9 * jan-3 *", "month", "jan-3", MONTH),
        ("0 9 * L *", "month", "L", MONTH),
        ("0 9 * * 8", "day of the week", "8", WEEK),
        ("0 9 * * FRI-MON", "day of the week", "FRI-MON", WEEK),
        ("0 9 * * SAT-SUN", "day of the week", "SAT-SUN", WEEK),
        ("0 9 * * MON#6", "day of the week", "MON#6", WEEK),
        ("0 9 * * MON#0", "day of the week", "MON#0", WEEK),
        ("0 9 * * MON#+2", "day of the week", "MON#+2", WEEK),
        ("0 9 * * +5#2", "day of the week", "+5#2", WEEK),
        ("0 9 * * +5L", "day of the week", "+5L", WEEK),
        ("0 9 * * #2", "day of the week", "#2", WEEK),
        ("0 9 * * 8L", "day of the week", "8L", WEEK),
        ("0 9 * * L", "day of the week", "L", WEEK),
        ("0 9 * * monday", "day of the week", "monday", WEEK),
        ("0 9 * * 5/2", "day of the week", "5/2", WEEK),
        ("0 9 * * */99999999999999999999999", "day of the week", "*/99999999999999999999999", WEEK),
        ("0 9 * * ?", "day of the week", "?", WEEK),
        ("0 9 * * 月", "day of the week", "月", WEEK),
    ] {
        assert_eq!(error(text, Posix5).to_string(), format!("{field} `{word}`: expected {expected}"));
    }
    for (text, field, word, expected) in [
        ("60 0 9 * * *", "second", "60", "0 to 59"),
        ("0 60 9 * * *", "minute", "60", "0 to 59"),
        ("0 0 9 * * 0", "day of the week", "0", WEEK_OF_QUARTZ),
        ("0 0 9 * * 8", "day of the week", "8", WEEK_OF_QUARTZ),
        ("0 0 9 * * 0L", "day of the week", "0L", WEEK_OF_QUARTZ),
        ("0 0 9 * * 0#1", "day of the week", "0#1", WEEK_OF_QUARTZ),
        ("0 0 9 * * FRI-MON", "day of the week", "FRI-MON", WEEK_OF_QUARTZ),
        ("0 0 9 * * tues", "day of the week", "tues", WEEK_OF_QUARTZ),
        ("0 ? 9 * * *", "minute", "?", "0 to 59"),
        ("0 0 9 ?/2 * *", "day of the month", "?/2", "1 to 31"),
        ("0 0 9 * * * 1969", "year", "1969", "1970 to 2099"),
        ("0 0 9 * * * 2100", "year", "2100", "1970 to 2099"),
        ("0 0 9 * * * 2098-2100", "year", "2098-2100", "1970 to 2099"),
    ] {
        let (found, begins) =
            (error(text, Quartz).to_string(), format!("{field} `{word}`: expected {expected}"));
        assert!(found.starts_with(&begins), "{found}");
    }
}

#[test]
fn the_number_of_fields_is_that_of_the_dialect() {
    for (text, found) in [("", 0), (" \t\n", 0), ("0 9 * *", 4), ("0 0 9, 10 * * *", 7), ("0 0 9 * * *", 6)] {
        assert_eq!(error(text, Posix5).to_string(), format!("has {found} fields: {FIVE}"));
    }
    for (text, found) in [("", 0), ("0 9 * * *", 5), ("0 0 9, 10 * * * *", 8)] {
        assert_eq!(error(text, Quartz).to_string(), format!("has {found} fields: {SIX}"));
    }
    assert_eq!(error("0 0 9, 10 * * *", Quartz).to_string().split(':').next(), Some("hour `9,`"));
}

#[test]
fn a_word_for_a_time_is_one_of_crontab() {
    let what = "is no time: expected @yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly";
    for text in ["@Daily", "@", "@ daily", "@every 5m", "@daily @weekly", "@毎日"] {
        assert_eq!(error(text, Posix5).to_string(), format!("`{text}` {what}"));
    }
    assert!(matches!(error("@daily", Quartz), CronError::Nickname { text } if text == "@daily"));
    let reboot = error("@reboot", Posix5);
    assert_eq!(reboot, CronError::Reboot);
    assert_eq!(reboot.to_string(), "`@reboot` is no time: what starts with the machine does not recur");
    for (name, same) in [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 7"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ] {
        let [name, same] = [name, same].map(|text| Cron::parse(text, Posix5).unwrap());
        assert_eq!((name.dates(), name.times()), (same.dates(), same.times()));
        assert_eq!(name.clock_change(), same.clock_change());
    }
}

#[test]
fn both_days_are_refused_where_both_are_written_and_nobody_says_what_that_means() {
    for (text, day_of_month, day_of_week) in [
        ("0 9 1 * 1", "1", "1"),
        ("0 9 */2 * MON", "*/2", "MON"),
        ("0 9 1-31 * MON", "1-31", "MON"),
        ("0 9 1 * 0-6", "1", "0-6"),
        ("0 9 1-31 * 0-7", "1-31", "0-7"),
        ("0 9 L * 5L", "L", "5L"),
        ("0 9 31W * */2", "31W", "*/2"),
    ] {
        let refused = error(text, Posix5);
        assert_eq!(
            refused.to_string(),
            format!(
                "both the day of the month (`{day_of_month}`) and the day of the week (`{day_of_week}`) are \
                 restricted: say whether a date must match both, or one of them"
            )
        );
        assert!(matches!(refused, CronError::BothDays { .. }));
        for both in [BothDays::And, BothDays::Or] {
            assert_eq!(Cron::parse_both(text, Posix5, both).unwrap().both_days(), Some(both));
        }
    }
    for text in ["0 9 * * 1", "0 9 */1 * 1", "0 9 1 * *", "0 9 1 * */1", "0 9 1-31 * *", "0 9 * * 0-6"] {
        assert!(Cron::parse(text, Posix5).is_ok(), "{text}");
    }
    for text in ["0 0 9 ? * MON", "0 0 9 1 * ?", "0 0 9 ? * ?"] {
        assert!(Cron::parse(text, Quartz).is_ok(), "{text}");
    }
}

/// The days of the week that an expression means, from Monday on, read off a week that begins on Monday.
fn week(text: &str, dialect: CronDialect) -> String {
    let dates = Cron::parse(text, dialect).unwrap().dates().clone();
    let monday = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
    let days = monday.iter_days().take(7).filter(|date| dates.contains(*date));
    days.map(|date| chrono::Datelike::weekday(&date).to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_same_days_of_the_week_are_others_in_another_dialect() {
    for (days, posix, quartz) in [
        ("5-7", "Fri Sat Sun", "Thu Fri Sat"),
        ("1-5", "Mon Tue Wed Thu Fri", "Mon Tue Wed Thu Sun"),
        ("7", "Sun", "Sat"),
        ("1", "Mon", "Sun"),
        ("sun,Tue,SAT", "Tue Sat Sun", "Tue Sat Sun"),
        ("mon-fri/2", "Mon Wed Fri", "Mon Wed Fri"),
        ("*/2", "Tue Thu Sat Sun", "Tue Thu Sat Sun"),
        ("*/3", "Wed Sat Sun", "Wed Sat Sun"),
    ] {
        assert_eq!(week(&format!("0 9 * * {days}"), Posix5), posix, "{days}");
        assert_eq!(week(&format!("0 0 9 ? * {days}"), Quartz), quartz, "{days}");
    }
    assert_eq!(week("0 9 * * 0,7", Posix5), "Sun");
    assert_eq!(week("0 9 * * 0-7", Posix5), "Mon Tue Wed Thu Fri Sat Sun");
    assert_eq!(week("0 0 9 ? * L", Quartz), "Sat");
    assert_eq!(week("0 0 9 ? * 6/1", Quartz), "Fri Sat");
}

#[test]
fn white_space_is_any_and_the_text_prints_as_it_was_written() {
    let cron = Cron::parse("\t0\t9  * *\u{3000}1-5\n", Posix5).unwrap();
    assert_eq!(cron.to_string(), "0\t9  * *\u{3000}1-5");
    assert_eq!(cron.dates(), Cron::parse("0 9 * * MON-FRI", Posix5).unwrap().dates());
    assert_eq!(cron.dialect(), Posix5);
}

#[test]
fn what_is_very_long_is_read_or_refused_and_nothing_panics() {
    let many = vec!["59"; 100_000].join(",");
    assert_eq!(Cron::parse(&format!("{many} 9 * * *"), Posix5).unwrap().times().count(), 1);
    for long in ["9".repeat(100_000), "*".repeat(100_000), "-".repeat(100_000), "1/".repeat(50_000)] {
        for at in 0..5 {
            let fields: Vec<_> = (0..5).map(|field| if field == at { long.as_str() } else { "*" }).collect();
            let refused = error(&fields.join(" "), Posix5);
            assert!(matches!(refused, CronError::Field { text, .. } if text == long));
        }
    }
    let refused = error(&"* ".repeat(100_000), Posix5);
    assert_eq!(refused, CronError::Fields { found: 100_000, expected: FIVE.trim_start_matches("expected ") });
}

#[test]
fn a_date_that_no_year_has_is_no_recurrence() {
    for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        let cron = Cron::parse(text, Posix5).unwrap();
        let never = cron.recurrence(Zone::UTC, cron.clock_change());
        assert!(matches!(never, Err(RecurrenceError::Never { .. })), "{text}: {never:?}");
    }
    let leap = Cron::parse("0 0 29 2 *", Posix5).unwrap();
    assert!(leap.recurrence(Zone::UTC, leap.clock_change()).is_ok());
    let leap = Cron::parse_both("0 0 29 2 WED", Posix5, BothDays::And).unwrap();
    let next = leap.dates().next(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()).unwrap();
    assert_eq!(
        (next, chrono::Datelike::weekday(&next)),
        (NaiveDate::from_ymd_opt(2040, 2, 29).unwrap(), Weekday::Wed)
    );
}

#[test]
fn a_field_has_a_name() {
    let error = error("0 9 * * 8", Posix5);
    assert!(matches!(error, CronError::Field { field: CronField::DayOfWeek, .. }));
}
