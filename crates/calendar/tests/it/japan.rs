//! The holidays of Japan in every year, beside those of two Python libraries (see `oracle/japan.py`).

use chrono::{Datelike, NaiveDate};
use std::collections::BTreeSet;
use toban_calendar::{JAPAN_HOLIDAY_YEARS, japan_holidays};

/// A date, and the names that the two have for it; an empty one where it is no holiday to them.
struct Row {
    date: NaiveDate,
    holidays: &'static str,
    english: &'static str,
    jpholiday: &'static str,
}

/// Dates that are a holiday to `jpholiday` alone, where `holidays` is right, and why by the law.
const ONLY_TO_JPHOLIDAY: [(&str, &str); 2] = [
    (
        "1949-05-04 1950-05-04 1951-05-04 1953-05-04 1954-05-04 1955-05-04 1956-05-04 1957-05-04 1959-05-04 \
         1960-05-04 1961-05-04 1962-05-04 1963-05-04 1964-05-04 1965-05-04 1966-05-04 1967-05-04 1968-05-04 \
         1970-05-04 1971-05-04 1972-05-04 1973-05-04 1974-05-04 1976-05-04 1977-05-04 1978-05-04 1979-05-04 \
         1982-05-04 1983-05-04 1984-05-04 1985-05-04",
        "a day between two holidays is a day off by Act No. 103 of 1985, in force from 27 December 1985 on",
    ),
    (
        "1973-02-12",
        "a holiday on a Sunday gives a day off by Act No. 10 of 1973, in force from 12 April 1973 on",
    ),
];

/// Where `holidays` words a name differently: its wording, the wording here.
const JAPANESE_OF_HOLIDAYS: [(&str, &str); 1] = [
    // Act No. 99 of 2018 has の.
    ("即位礼正殿の儀が行われる日", "即位礼正殿の儀の行われる日"),
];
const ENGLISH_OF_HOLIDAYS: [(&str, &str); 6] = [
    ("Constitution Day", "Constitution Memorial Day"),
    ("Emperor Shōwa Funeral Ceremony", "State Funeral of Emperor Showa"),
    ("Foundation Day", "National Foundation Day"),
    ("National Holiday", "Citizens' Holiday"),
    ("Physical Education Day", "Health and Sports Day"),
    ("The Crown Prince Marriage Ceremony", "Wedding of the Crown Prince"),
];
/// And `jpholiday`, which besides puts the holiday before the name of its substitute.
const JAPANESE_OF_JPHOLIDAY: [(&str, &str); 4] = [
    ("即位の礼正殿の儀", "即位礼正殿の儀"),
    ("昭和天皇の大喪の礼", "大喪の礼"),
    ("皇太子・明仁親王の結婚の儀", "結婚の儀"),
    ("皇太子・皇太子徳仁親王の結婚の儀", "結婚の儀"),
];
/// And those of the occasions of 2019, whose wording is no other's here: the day, what one of the two says, what is said here.
const OF_2019: [(&str, &str, &str); 3] = [
    ("2019-05-01", "Emperor's Enthronement Day", "Day of the Emperor's Accession"),
    ("2019-10-22", "Emperor's Enthronement Day", "Day of the Enthronement Ceremony"),
    ("2019-10-22", "即位礼正殿の儀", "即位礼正殿の儀の行われる日"),
];

fn rows() -> impl Iterator<Item = Row> {
    let lines = include_str!("oracle/japan.csv").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let [date, holidays, english, jpholiday] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        Row { date: date.parse().unwrap(), holidays, english, jpholiday }
    })
}

fn ruled_out() -> BTreeSet<NaiveDate> {
    let dates = ONLY_TO_JPHOLIDAY.iter().flat_map(|(dates, _)| dates.split_whitespace());
    dates.map(|date| date.parse().unwrap()).collect()
}

/// Rows that are a holiday by the law, each with the name that it has here.
fn beside() -> impl Iterator<Item = (Row, String, String)> {
    let days = JAPAN_HOLIDAY_YEARS.flat_map(|year| japan_holidays(year).unwrap());
    let out = ruled_out();
    let right = rows().filter(move |row| !out.contains(&row.date));
    right.zip(days).map(|(row, (date, name))| {
        assert_eq!(row.date, date);
        (row, name.ja, name.en)
    })
}

fn reworded(name: &'static str, date: NaiveDate, table: &[(&'static str, &'static str)]) -> &'static str {
    let one = OF_2019.iter().find(|(day, theirs, _)| *theirs == name && *day == date.to_string());
    let all = table.iter().find(|(theirs, _)| *theirs == name).map(|(_, here)| *here);
    one.map(|(.., here)| *here).or(all).unwrap_or(name)
}

#[test]
fn each_year_has_the_days_on_which_both_agree_and_no_other() {
    let out = ruled_out();
    let mut right = rows().map(|row| row.date).filter(|date| !out.contains(date)).peekable();
    for year in JAPAN_HOLIDAY_YEARS {
        let days: Vec<_> = japan_holidays(year).unwrap().into_iter().map(|(date, _)| date).collect();
        let theirs: Vec<_> = std::iter::from_fn(|| right.next_if(|date| date.year() == year)).collect();
        assert_eq!(days, theirs, "{year}");
    }
    assert_eq!(right.next(), None, "a year that is not asked for");
}

#[test]
fn where_the_two_disagree_the_law_has_ruled() {
    let agreed = |row: &Row| !row.holidays.is_empty() && !row.jpholiday.is_empty();
    let apart: Vec<_> = rows().filter(|row| !agreed(row)).collect();
    assert!(apart.iter().all(|row| row.holidays.is_empty()), "a holiday to `holidays` alone");
    assert_eq!(apart.iter().map(|row| row.date).collect::<BTreeSet<_>>(), ruled_out());
}

#[test]
fn names_are_theirs_but_for_the_stated_wordings() {
    let mut seen = 0;
    for (row, ja, en) in beside() {
        assert_eq!(reworded(row.holidays, row.date, &JAPANESE_OF_HOLIDAYS), ja, "{}", row.date);
        assert_eq!(reworded(row.english, row.date, &ENGLISH_OF_HOLIDAYS), en, "{}", row.date);
        let short = row.jpholiday.split_once(' ').map_or(row.jpholiday, |(_, substitute)| substitute);
        assert_eq!(reworded(short, row.date, &JAPANESE_OF_JPHOLIDAY), ja, "{}", row.date);
        seen += 1;
    }
    assert!(seen > 2400, "{seen} days");
}

#[test]
fn each_stated_wording_is_met() {
    let met = |theirs: &str, of: fn(&Row) -> &'static str| rows().any(|row| of(&row) == theirs);
    assert!(JAPANESE_OF_HOLIDAYS.iter().all(|(name, _)| met(name, |row| row.holidays)));
    assert!(ENGLISH_OF_HOLIDAYS.iter().all(|(name, _)| met(name, |row| row.english)));
    assert!(JAPANESE_OF_JPHOLIDAY.iter().all(|(name, _)| met(name, |row| row.jpholiday)));
    let either = |day: &str, name| {
        rows().any(|row| row.date.to_string() == day && [row.english, row.jpholiday].contains(&name))
    };
    assert!(OF_2019.iter().all(|(day, name, _)| either(day, name)));
}

#[test]
fn of_other_years_nothing_is_said() {
    assert_eq!(JAPAN_HOLIDAY_YEARS, 1949..=2099);
    for year in [i32::MIN, -1, 0, 1947, 1948, 2100, i32::MAX] {
        assert_eq!(japan_holidays(year), None, "{year}");
    }
}
