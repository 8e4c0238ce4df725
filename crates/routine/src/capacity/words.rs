//! What does not fit, in words.

use chrono::DateTime;
use toban_calendar::Zone;
use toban_core::{Interval, Length, Text};

use super::change::shown;
use super::{Pattern, ShortfallKind, Witness};

pub(crate) fn text(kind: ShortfallKind, pattern: &Pattern, witness: &Witness, zone: Zone) -> Text {
    let tasks: Vec<String> = witness.tasks.iter().map(|(id, _)| id.to_string()).collect();
    let (tasks_ja, tasks_en) = (tasks.join("、"), tasks.join(", "));
    let people: Vec<&str> = witness.people.iter().map(toban_core::PersonId::as_str).collect();
    let (people_ja, people_en) = (people.join("・"), people.join(", "));
    let (owner, skills, number) = match &pattern.need {
        Some((owner, skills, number)) => (owner.to_string(), skills.join(", "), *number),
        None => (String::new(), String::new(), 0),
    };
    let with_skills = if skills.is_empty() {
        Text::same("")
    } else {
        Text::new(format!("（スキル: {skills}）"), format!(" with {skills}"))
    };
    let when = witness.within.map(|within| stretch(within, zone)).unwrap_or_default();
    let times: Vec<String> = witness
        .tasks
        .iter()
        .map(|(id, within)| match within {
            Some(within) => format!("{id} {}", clock(*within, zone)),
            None => id.to_string(),
        })
        .collect();
    let at = pattern.tasks.first().and_then(|(_, at)| *at).map(shown);
    let from = witness.within.and_then(|within| zone.civil(within.start()).ok());
    let from = from.map(|from| from.date().to_string()).unwrap_or_default();
    match kind {
        ShortfallKind::Closed => Text::new(
            format!("{tasks_ja}の実施日に、担当できる人が足りません（最初は {when}）"),
            format!("{tasks_en} is due on days on which too few are there who could do it (first {when})"),
        ),
        ShortfallKind::Month { load, capacity } => Text::new(
            format!(
                "{from}からの月に、{people_ja}にしかできない作業がキャパシティを超えます（{} / {}）",
                hours(load),
                hours(capacity)
            ),
            format!(
                "in the month from {from}, the work that only {people_en} can do takes {} of {}",
                hours(load),
                hours(capacity)
            ),
        ),
        ShortfallKind::OnePerson => Text::new(
            format!("{tasks_ja}を担当できるのは{people_ja}さん1人だけです（{owner}{}）", with_skills.ja),
            format!("only {people_en} can do {tasks_en} ({owner}{})", with_skills.en),
        ),
        ShortfallKind::OpenTime => {
            let others = |between: &str| times.get(1..).unwrap_or_default().join(between);
            let first = tasks.first().cloned().unwrap_or_default();
            Text::new(
                format!(
                    "{first}は時刻が決まっておらず、同じ日に同じ担当者が次の作業を行います: {}（{when}）",
                    others("、")
                ),
                format!(
                    "{first} has no time of day, and on its dates its people do {} ({when})",
                    others(", ")
                ),
            )
        }
        ShortfallKind::OutsideHours => {
            let (ja, en) = match at {
                Some(at) => (format!("{at}に行いますが、その時刻に"), format!("at {at}, when")),
                None => ("勤務時間外にも行われ、その時刻に".to_owned(), "at times at which".to_owned()),
            };
            Text::new(
                format!("{tasks_ja}は{ja}担当できる人が足りません（最初は {when}）"),
                format!("{tasks_en} is due {en} too few are there who could do it (first {when})"),
            )
        }
        ShortfallKind::Overlap => Text::new(
            format!("同じ時間帯に人が足りません: {}（最初は {when}、対象者: {people_ja}）", times.join("、")),
            format!(
                "too few people at the same time for {} (first {when}; there are {people_en})",
                times.join(", ")
            ),
        ),
        ShortfallKind::PastHours => {
            let (ja, en) = match at {
                Some(at) => (format!("{at}に始まり"), format!("begins at {at} and")),
                None => ("時により".to_owned(), "sometimes".to_owned()),
            };
            Text::new(
                format!("{tasks_ja}は{ja}、担当者の勤務終了後まで続きます（最初は {when}）"),
                format!("{tasks_en} {en} goes on after those who could do it have left (first {when})"),
            )
        }
        ShortfallKind::TooFew => Text::new(
            format!(
                "{tasks_ja}には{owner}{}が{number}人必要ですが、{}人しかいません",
                with_skills.ja,
                people.len()
            ),
            format!("{tasks_en} takes {number} of {owner}{}, and there are {}", with_skills.en, people.len()),
        ),
        ShortfallKind::Unskilled => Text::new(
            format!("{tasks_ja}に必要なスキルを持つ{owner}がいません（{skills}）"),
            format!("nobody of {owner} has the skills for {tasks_en} ({skills})"),
        ),
        ShortfallKind::Unowned => Text::new(
            format!("{tasks_ja}の担当（{owner}）がチームにいません"),
            format!("nobody in the team is {owner}, who answers for {tasks_en}"),
        ),
        ShortfallKind::Week { load, capacity } => Text::new(
            format!(
                "{from}からの週に、{people_ja}にしかできない作業がキャパシティを超えます（{} / {}）",
                hours(load),
                hours(capacity)
            ),
            format!(
                "in the week from {from}, the work that only {people_en} can do takes {} of {}",
                hours(load),
                hours(capacity)
            ),
        ),
    }
}

/// `2026-11-27 16:00 to 17:00`, in the zone.
fn stretch(within: Interval, zone: Zone) -> String {
    match (zone.civil(within.start()), zone.civil(within.end())) {
        (Ok(from), Ok(to)) if from.date() == to.date() => {
            format!("{}-{}", from.format("%Y-%m-%d %H:%M"), to.format("%H:%M"))
        }
        (Ok(from), Ok(to)) => format!("{}/{}", from.format("%Y-%m-%d %H:%M"), to.format("%Y-%m-%d %H:%M")),
        _ => within.to_string(),
    }
}

fn clock(within: Interval, zone: Zone) -> String {
    let show = |at: DateTime<chrono::Utc>| zone.civil(at).map(|at| at.format("%H:%M").to_string());
    match (show(within.start()), show(within.end())) {
        (Ok(from), Ok(to)) => format!("{from}-{to}"),
        _ => within.to_string(),
    }
}

/// Hours of work: a day of 24 of them means nothing here.
fn hours(length: Length) -> String {
    let minutes = length.as_time_delta().num_minutes();
    format!("{}h{:02}m", minutes / 60, minutes % 60)
}
