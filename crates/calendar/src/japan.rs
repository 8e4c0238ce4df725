//! The holidays of Japan.

use chrono::{Datelike, NaiveDate, Weekday};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toban_core::Text;

use Rule::{Day, Equinox, Monday};

const FIRST: i32 = 1949;
const LAST: i32 = 2099;

/// The years of which [`japan_holidays`] can tell: from the first whole year of the law, which came into force on 20
/// July 1948, to the last that the approximation of the equinoxes was published for.
pub const JAPAN_HOLIDAY_YEARS: RangeInclusive<i32> = FIRST..=LAST;

/// The holidays of Japan in a year, in ascending order and each date once, with their names; `None` outside
/// [`JAPAN_HOLIDAY_YEARS`].
///
/// They are those of the Act on National Holidays (国民の祝日に関する法律, Act No. 178 of 1948) in the wording that it
/// had in that year, and the days off by the Acts on single occasions: weddings, a funeral and enthronements, and the
/// days that were moved for the Olympic Games in 2020 and 2021. Days on which offices and banks are closed for other
/// reasons, such as 2 and 3 January, are none.
///
/// Future years are a forecast: the law may change, and each year's equinoxes are fixed by an announcement in the
/// official gazette at the beginning of February of the year before. Here they are those of the approximation in
/// 新こよみ便利帳 (暦計算研究会, 恒星社厚生閣) for 1980 to 2099, which gives the days of the earlier years, too, and
/// what the Cabinet Office lists for 1955 to 2025.
///
/// Japanese names are those of the law, English ones those in common use. The law has no name for the day off in place
/// of a holiday on a Sunday, nor for that between two holidays, and the list of the Cabinet Office calls both 休日; they
/// bear the names by which they are told apart, 振替休日 (Substitute Holiday) and 国民の休日 (Citizens' Holiday).
/// Single occasions have the names of that list, and in 2019, where it has none, those of their law.
///
/// ```
/// use toban_calendar::japan_holidays;
///
/// let days = japan_holidays(2026).unwrap_or_default();
/// let names: Vec<String> = days
///     .iter()
///     .filter(|(date, _)| date.to_string().starts_with("2026-09"))
///     .map(|(date, name)| format!("{date} {} {}", name.ja, name.en))
///     .collect();
/// assert_eq!(
///     names,
///     [
///         "2026-09-21 敬老の日 Respect for the Aged Day",
///         "2026-09-22 国民の休日 Citizens' Holiday",
///         "2026-09-23 秋分の日 Autumnal Equinox Day",
///     ]
/// );
/// assert_eq!(japan_holidays(2100), None);
/// ```
#[must_use]
pub fn japan_holidays(year: i32) -> Option<Vec<(NaiveDate, Text)>> {
    if !JAPAN_HOLIDAY_YEARS.contains(&year) {
        return None;
    }
    let holidays: BTreeMap<_, _> = HOLIDAYS.iter().flat_map(|holiday| holiday.within(year)).collect();
    let mut days = holidays.clone();
    for holiday in holidays.keys() {
        if let Some(day) = substitute(*holiday, &holidays) {
            days.entry(day).or_insert(SUBSTITUTE);
        }
        if let Some(day) = between(*holiday, &holidays) {
            days.entry(day).or_insert(BETWEEN);
        }
    }
    Some(days.into_iter().map(|(date, Name { ja, en })| (date, Text::new(ja, en))).collect())
}

type Holidays = BTreeMap<NaiveDate, Name>;

const SUBSTITUTE: Name = Name { ja: "振替休日", en: "Substitute Holiday" };
const BETWEEN: Name = Name { ja: "国民の休日", en: "Citizens' Holiday" };

/// Article 3 (2): the day off for a holiday on a Sunday is the next that is no holiday. Until 2006 it was the Monday,
/// which comes to the same: none of these was a holiday itself.
fn substitute(holiday: NaiveDate, holidays: &Holidays) -> Option<NaiveDate> {
    const SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(1973, 4, 12);
    if Some(holiday) < SINCE || holiday.weekday() != Weekday::Sun {
        return None;
    }
    holiday.iter_days().skip(1).find(|day| !holidays.contains_key(day))
}

/// Article 3 (3): the day after the holiday, where another holiday follows that day; until 2006 never a Sunday.
fn between(holiday: NaiveDate, holidays: &Holidays) -> Option<NaiveDate> {
    const SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(1985, 12, 27);
    let day = holiday.succ_opt()?;
    let sunday = day.year() < 2007 && day.weekday() == Weekday::Sun;
    (Some(day) >= SINCE && !sunday && holidays.contains_key(&day.succ_opt()?)).then_some(day)
}

#[derive(Clone, Copy)]
struct Name {
    ja: &'static str,
    en: &'static str,
}

/// A holiday, and on which date of which years it falls.
struct Holiday {
    name: Name,
    dates: &'static [(RangeInclusive<i32>, u32, Rule)],
}

/// A day within a month.
enum Rule {
    Day(u32),
    /// The first Monday, the second, the third.
    Monday(u8),
    /// The equinox: the constant of the approximation, in millionths of a day of the month.
    Equinox(i32),
}

impl Holiday {
    fn within(&self, year: i32) -> impl Iterator<Item = (NaiveDate, Name)> {
        let dates = self.dates.iter().filter(move |(years, ..)| years.contains(&year));
        dates.filter_map(move |(_, month, rule)| Some((rule.date(year, *month)?, self.name)))
    }
}

impl Rule {
    fn date(&self, year: i32, month: u32) -> Option<NaiveDate> {
        match *self {
            Day(day) => NaiveDate::from_ymd_opt(year, month, day),
            Monday(nth) => NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, nth),
            Equinox(constant) => {
                let years = year - 1980;
                let day = (constant + 242_194 * years).div_euclid(1_000_000) - years.div_euclid(4);
                NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?)
            }
        }
    }
}

const fn holiday(
    ja: &'static str,
    en: &'static str,
    dates: &'static [(RangeInclusive<i32>, u32, Rule)],
) -> Holiday {
    Holiday { name: Name { ja, en }, dates }
}

/// By the laws: Article 2 of the Act on National Holidays, the special measures for the Games of 2020, then single
/// occasions. Unlike that of 2019 the earlier of these did not count as national holidays in Article 3, which makes no
/// difference: none was a Sunday or two days from a holiday.
const HOLIDAYS: &[Holiday] = &[
    holiday("元日", "New Year's Day", &[(FIRST..=LAST, 1, Day(1))]),
    holiday("成人の日", "Coming of Age Day", &[(FIRST..=1999, 1, Day(15)), (2000..=LAST, 1, Monday(2))]),
    holiday("建国記念の日", "National Foundation Day", &[(1967..=LAST, 2, Day(11))]),
    holiday(
        "天皇誕生日",
        "Emperor's Birthday",
        &[(FIRST..=1988, 4, Day(29)), (1989..=2018, 12, Day(23)), (2020..=LAST, 2, Day(23))],
    ),
    holiday("春分の日", "Vernal Equinox Day", &[(FIRST..=LAST, 3, Equinox(20_843_100))]),
    holiday("昭和の日", "Showa Day", &[(2007..=LAST, 4, Day(29))]),
    holiday("憲法記念日", "Constitution Memorial Day", &[(FIRST..=LAST, 5, Day(3))]),
    holiday("みどりの日", "Greenery Day", &[(1989..=2006, 4, Day(29)), (2007..=LAST, 5, Day(4))]),
    holiday("こどもの日", "Children's Day", &[(FIRST..=LAST, 5, Day(5))]),
    holiday(
        "海の日",
        "Marine Day",
        &[
            (1996..=2002, 7, Day(20)),
            (2003..=2019, 7, Monday(3)),
            (2020..=2020, 7, Day(23)),
            (2021..=2021, 7, Day(22)),
            (2022..=LAST, 7, Monday(3)),
        ],
    ),
    holiday(
        "山の日",
        "Mountain Day",
        &[
            (2016..=2019, 8, Day(11)),
            (2020..=2020, 8, Day(10)),
            (2021..=2021, 8, Day(8)),
            (2022..=LAST, 8, Day(11)),
        ],
    ),
    holiday(
        "敬老の日",
        "Respect for the Aged Day",
        &[(1966..=2002, 9, Day(15)), (2003..=LAST, 9, Monday(3))],
    ),
    holiday("秋分の日", "Autumnal Equinox Day", &[(FIRST..=LAST, 9, Equinox(23_248_800))]),
    holiday("体育の日", "Health and Sports Day", &[(1966..=1999, 10, Day(10)), (2000..=2019, 10, Monday(2))]),
    holiday(
        "スポーツの日",
        "Sports Day",
        &[(2020..=2020, 7, Day(24)), (2021..=2021, 7, Day(23)), (2022..=LAST, 10, Monday(2))],
    ),
    holiday("文化の日", "Culture Day", &[(FIRST..=LAST, 11, Day(3))]),
    holiday("勤労感謝の日", "Labor Thanksgiving Day", &[(FIRST..=LAST, 11, Day(23))]),
    holiday(
        "結婚の儀",
        "Wedding of the Crown Prince",
        &[(1959..=1959, 4, Day(10)), (1993..=1993, 6, Day(9))],
    ),
    holiday("大喪の礼", "State Funeral of Emperor Showa", &[(1989..=1989, 2, Day(24))]),
    holiday("即位礼正殿の儀", "Enthronement Ceremony", &[(1990..=1990, 11, Day(12))]),
    holiday("天皇の即位の日", "Day of the Emperor's Accession", &[(2019..=2019, 5, Day(1))]),
    holiday("即位礼正殿の儀の行われる日", "Day of the Enthronement Ceremony", &[(2019..=2019, 10, Day(22))]),
];
