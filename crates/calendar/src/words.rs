//! Rules in words, in Japanese and in English.

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use toban_core::Text;

use crate::adjust::Adjust;
use crate::calendar::Calendar;
use crate::dates::{Dates, MonthDay, Rule};
use crate::month::{EVERY_DAY, Mask, date_of};
use crate::recurrence::{Pattern, Recurrence};
use crate::sets::{MonthsOfYear, Weekdays};

impl Dates {
    /// The rule in words: `毎月末日`, `the last day of every month`.
    #[must_use]
    pub fn describe(&self) -> Text {
        match &self.0 {
            Rule::AllOf(rules) => match rules.as_slice() {
                // What a cron expression says of months and years beside other days.
                [Self(Rule::Monthly { days: EVERY_DAY, on, months }), rule] if on.is_empty() => {
                    let numbers: Vec<_> = months.iter().map(|month| format!("{month}月")).collect();
                    let names: Vec<_> = months.iter().map(|month| month_name(month).to_owned()).collect();
                    let rule = rule.nested();
                    Text::new(
                        format!("{}の{}", numbers.join("・"), rule.ja),
                        format!("{} in {}", rule.en, and(&names)),
                    )
                }
                [Self(Rule::Years(years)), rule] => {
                    let years: Vec<_> = years.iter().map(ToString::to_string).collect();
                    let rule = rule.nested();
                    Text::new(
                        format!("{}年の{}", years.join("・"), rule.ja),
                        format!("{} in {}", rule.en, and(&years)),
                    )
                }
                rules => join(rules, "、かつ", ", and "),
            },
            Rule::AnyOf(rules) => join(rules, "、または", ", or "),
            Rule::Daily => Text::new("毎日", "every day"),
            Rule::EveryDays { step: 1, .. } => Self::daily().describe(),
            Rule::EveryDays { step, from } => {
                let from = from_date(date_of(*from));
                Text::new(
                    format!("{}から{step}日ごと", from.ja),
                    format!("every {step} days from {}", from.en),
                )
            }
            Rule::Except(both) => {
                let (rule, out) = (both.0.nested(), both.1.nested());
                Text::new(
                    format!("{} ({}を除く)", rule.ja, out.ja),
                    format!("{}, except {}", rule.en, out.en),
                )
            }
            Rule::Listed(dates) => listed(dates),
            Rule::Monthly { days, on, months } => monthly(*days, on, *months),
            Rule::Season { from, to } => {
                let day = |(month, day): (u32, u32)| {
                    Text::new(format!("{month}月{day}日"), format!("{day} {}", month_name(month)))
                };
                let (from, to) = (day(*from), day(*to));
                Text::new(
                    format!("毎年{}から{}まで", from.ja, to.ja),
                    format!("from {} to {} of every year", from.en, to.en),
                )
            }
            Rule::Weekly { on, every, from } => weekly(*on, *every, date_of(*from)),
            Rule::Working(calendar) => {
                let name = calendar.name();
                Text::new(format!("営業日 ({})", name.ja), format!("every working day ({})", name.en))
            }
            Rule::Years(years) => {
                let years: Vec<_> = years.iter().map(ToString::to_string).collect();
                Text::new(format!("{}年", years.join("・")), format!("in {}", years.join(", ")))
            }
        }
    }
}

impl Dates {
    /// The rule in words, in brackets where it is made of several.
    fn nested(&self) -> Text {
        let text = self.describe();
        match &self.0 {
            Rule::AllOf(rules) | Rule::AnyOf(rules) if rules.len() > 1 => {
                Text::new(format!("({})", text.ja), format!("({})", text.en))
            }
            Rule::Except(_) => Text::new(format!("({})", text.ja), format!("({})", text.en)),
            _ => text,
        }
    }
}

impl Recurrence {
    /// The recurrence in words: `毎月末日 17:00 (+09:00)`, `the last day of every month at 17:00 (+09:00)`.
    #[must_use]
    pub fn describe(&self) -> Text {
        let civil = match &self.pattern {
            Pattern::Civil(civil) => civil,
            Pattern::Elapsed { step, from, .. } => {
                let (length, from) = (length(*step), crate::recurrence::instant(*from).unwrap_or_default());
                let from = from.format("%Y-%m-%d %H:%M:%SZ");
                return Text::new(
                    format!("{from}から{}ごと", length.ja),
                    format!("every {} from {from}", length.en),
                );
            }
        };
        let (dates, times, zone) = (civil.dates.describe(), &civil.times, civil.zone);
        let times = times.describe();
        let mut text = Text::new(
            format!("{} {} ({zone})", dates.ja, times.ja),
            format!("{} at {} ({zone})", dates.en, times.en),
        );
        if let Some((adjust, calendar)) = &civil.adjust {
            let (adjust, name) = (adjust.describe(), calendar.name());
            text.ja += &format!("、休業日は{} ({})", adjust.ja, name.ja);
            text.en += &format!("; if closed, {} ({})", adjust.en, name.en);
        }
        text
    }
}

impl Adjust {
    /// What it does in words: `前営業日`, `the working day before`.
    #[must_use]
    pub fn describe(self) -> Text {
        match self {
            Self::Nearest => Text::new("最も近い営業日", "the nearest working day"),
            Self::Next => Text::new("翌営業日", "the next working day"),
            Self::NextInMonth => Text::new(
                "翌営業日 (月をまたぐなら前営業日)",
                "the next working day, or the one before in the same month",
            ),
            Self::Previous => Text::new("前営業日", "the working day before"),
            Self::PreviousInMonth => Text::new(
                "前営業日 (月をまたぐなら翌営業日)",
                "the working day before, or the next in the same month",
            ),
            Self::Skip => Text::new("実施しない", "left out"),
        }
    }
}

/// `金曜`, `Friday`.
pub(crate) fn weekday(day: Weekday) -> Text {
    let (ja, en) = match day {
        Weekday::Mon => ("月曜", "Monday"),
        Weekday::Tue => ("火曜", "Tuesday"),
        Weekday::Wed => ("水曜", "Wednesday"),
        Weekday::Thu => ("木曜", "Thursday"),
        Weekday::Fri => ("金曜", "Friday"),
        Weekday::Sat => ("土曜", "Saturday"),
        Weekday::Sun => ("日曜", "Sunday"),
    };
    Text::new(ja, en)
}

/// `2026-05-06 (水)`, `Wed 2026-05-06`.
pub(crate) fn date(date: NaiveDate) -> Text {
    let weekday = weekday(date.weekday());
    let (short, en) = (weekday.ja.trim_end_matches('曜'), weekday.en.get(..3).unwrap_or_default());
    Text::new(format!("{date}({short})"), format!("{en} {date}"))
}

/// Instants, with a word between them.
pub(crate) fn instants(all: &[DateTime<Utc>], and: &str) -> String {
    all.iter().map(|at| at.format("%Y-%m-%d %H:%M:%SZ").to_string()).collect::<Vec<_>>().join(and)
}

fn from_date(day: Option<NaiveDate>) -> Text {
    day.map_or_else(|| Text::same("?"), date)
}

fn join(rules: &[Dates], ja: &str, en: &str) -> Text {
    let texts: Vec<_> =
        rules.iter().map(|rule| if rules.len() == 1 { rule.describe() } else { rule.nested() }).collect();
    let all =
        |pick: fn(&Text) -> &str, between: &str| texts.iter().map(pick).collect::<Vec<_>>().join(between);
    Text::new(all(|text| &text.ja, ja), all(|text| &text.en, en))
}

/// `a`, `a and b`, `a, b and c`.
fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn listed(dates: &[NaiveDate]) -> Text {
    let shown: Vec<_> = dates.iter().take(3).map(ToString::to_string).collect();
    let all = shown.join(", ");
    match dates.len() {
        0..=3 => Text::same(all),
        count => Text::new(format!("{all} など{count}日"), format!("{all} and {} more dates", count - 3)),
    }
}

fn weekly(on: Weekdays, every: u32, from: Option<NaiveDate>) -> Text {
    if on == Weekdays::ALL && every == 1 {
        return Dates::daily().describe();
    }
    let names: Vec<_> = on.iter().map(weekday).collect();
    let short: Vec<_> = names.iter().map(|name| name.ja.trim_end_matches('曜')).collect();
    let ja = if on == Weekdays::ALL {
        "すべての曜日".to_owned()
    } else {
        format!("{}曜", short.join("・"))
    };
    let en = match on {
        Weekdays::MON_TO_FRI => "weekday from Monday to Friday".to_owned(),
        _ => and(&names.iter().map(|name| name.en.clone()).collect::<Vec<_>>()),
    };
    if every == 1 {
        return Text::new(format!("毎週{ja}"), format!("every {en}"));
    }
    let from = from_date(from);
    Text::new(
        format!("{}の週から{every}週間ごとの{ja}", from.ja),
        format!("{en} of every {} week from that of {}", nth(every), from.en),
    )
}

fn monthly(days: Mask, on: &[MonthDay], months: MonthsOfYear) -> Text {
    let numbers: Vec<_> = months.iter().map(|month| format!("{month}月")).collect();
    let names: Vec<_> = months.iter().map(|month| month_name(month).to_owned()).collect();
    if days == EVERY_DAY {
        return Text::new(
            format!("毎年{}の毎日", numbers.join("・")),
            format!("every day of {}", and(&names)),
        );
    }
    let plain = (1..=31).filter(|day| days >> day & 1 == 1).map(MonthDay::Day);
    let days: Vec<_> = plain.chain(on.iter().cloned()).map(|day| day.describe()).collect();
    let ja = days.iter().map(|day| day.ja.as_str()).collect::<Vec<_>>().join("・");
    let en = and(&days.into_iter().map(|day| day.en).collect::<Vec<_>>());
    if months == MonthsOfYear::ALL {
        return Text::new(format!("毎月{ja}"), format!("{en} of every month"));
    }
    Text::new(format!("毎年{}の{ja}", numbers.join("・")), format!("{en} of {}", and(&names)))
}

impl MonthDay {
    /// The day in words: `第2火曜`, `the 2nd Tuesday`.
    #[must_use]
    pub fn describe(&self) -> Text {
        match self {
            Self::Day(day) => Text::new(format!("{day}日"), format!("the {}", nth(*day))),
            Self::DayOrLast(day) => {
                Text::new(format!("{day}日 (ない月は末日)"), format!("the {} (or the last day)", nth(*day)))
            }
            Self::FromEnd(0) => Text::new("末日", "the last day"),
            Self::FromEnd(1) => Text::new("末日の前日", "the day before the last"),
            Self::FromEnd(days) => {
                Text::new(format!("末日の{days}日前"), format!("{days} days before the last"))
            }
            Self::NearestWorkingDay(day, calendar) => named(
                calendar,
                format!("{day}日に最も近い営業日"),
                format!("the working day nearest to the {}", nth(*day)),
            ),
            Self::NthWeekday(number, day) => {
                let day = weekday(*day);
                Text::new(format!("第{number}{}", day.ja), format!("the {} {}", nth(*number), day.en))
            }
            Self::NthLastWeekday(number, day) => {
                let day = weekday(*day);
                match number {
                    1 => Text::new(format!("最終{}", day.ja), format!("the last {}", day.en)),
                    _ => Text::new(
                        format!("最後から{number}番目の{}", day.ja),
                        format!("the {} last {}", nth(*number), day.en),
                    ),
                }
            }
            Self::WorkingDay(number, calendar) => {
                named(calendar, format!("第{number}営業日"), format!("the {} working day", nth(*number)))
            }
            Self::WorkingDayFromEnd(1, calendar) => {
                named(calendar, "最終営業日".to_owned(), "the last working day".to_owned())
            }
            Self::WorkingDayFromEnd(number, calendar) => named(
                calendar,
                format!("最後から{number}番目の営業日"),
                format!("the {} last working day", nth(*number)),
            ),
        }
    }
}

fn named(calendar: &Calendar, ja: String, en: String) -> Text {
    let name = calendar.name();
    Text::new(format!("{ja} ({})", name.ja), format!("{en} ({})", name.en))
}

/// `1st`, `22nd`, `13th`.
fn nth(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn month_name(month: u32) -> &'static str {
    u8::try_from(month)
        .ok()
        .and_then(|month| chrono::Month::try_from(month).ok())
        .map_or("?", |month| month.name())
}

/// `90 minutes`, of seconds.
fn length(seconds: i64) -> Text {
    let units = [(86_400, "日", "day"), (3600, "時間", "hour"), (60, "分", "minute"), (1, "秒", "second")];
    let unit = units.into_iter().find(|(unit, ..)| seconds % unit == 0);
    let (unit, ja, en) = unit.unwrap_or((1, "秒", "second"));
    let count = seconds / unit;
    let en = if count == 1 { en.to_owned() } else { format!("{count} {en}s") };
    Text::new(format!("{count}{ja}"), en)
}
