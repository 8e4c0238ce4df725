//! When sources say that the same work is done, and where two of them cannot both be meant.

use chrono::{NaiveTime, Timelike};
use toban_calendar::{Dates, Recurrence, Zone};
use toban_core::Text;

use super::ScheduledTask;
use crate::task::{Frequency, TaskDraft};

/// What is said of when a task is done.
pub(super) struct Said<'a> {
    place: usize,
    field: &'static str,
    task: &'a TaskDraft,
    dates: Option<Dates>,
    when: Text,
    hour: Option<(Hour, Text)>,
}

impl<'a> Said<'a> {
    /// The most exact of what is said.
    pub(super) fn of(place: usize, task: &'a TaskDraft, scheduled: Option<&ScheduledTask>) -> Option<Self> {
        // What cannot be resolved is a finding already.
        let stated = || task.on.as_ref().and_then(|on| on.resolve(None).ok());
        let (field, dates, when) = match (scheduled, task.frequency) {
            (Some(scheduled), _) => {
                let dates = scheduled.recurrence.dates().cloned();
                let when = dates.as_ref().map_or_else(|| scheduled.recurrence.describe(), Dates::describe);
                ("when", dates, when)
            }
            (None, frequency) => match (stated(), frequency) {
                (Some(dates), _) => {
                    let when = dates.describe();
                    ("on", Some(dates), when)
                }
                (None, Some(frequency)) => ("frequency", None, frequency.text()),
                (None, None) => return None,
            },
        };
        Some(Self { place, field, task, dates, when, hour: Hour::of(task, scheduled) })
    }

    /// Where the other stands, if the two cannot both be meant.
    pub(super) fn at_odds(&self, other: &Self) -> Option<String> {
        if self.is_at_odds(other) {
            return Some(format!("tasks[{}].{}", other.place, other.field));
        }
        let (Some((one, _)), Some((two, _))) = (&self.hour, &other.hour) else { return None };
        let is_found = self.is_of_another_source(other) && self.has_dates_of(other) && one.is_at_odds(two);
        is_found.then(|| format!("tasks[{}].{}", other.place, two.field()))
    }

    /// One source may ask for the same work several times a day.
    fn is_of_another_source(&self, other: &Self) -> bool {
        matches!((&self.task.source, &other.task.source), (Some(one), Some(two)) if one != two)
    }

    /// Whether the two are surely done on the same dates.
    fn has_dates_of(&self, other: &Self) -> bool {
        match (&self.dates, &other.dates) {
            (Some(one), Some(two)) => one == two,
            _ => [self, other].iter().all(|said| said.task.frequency == Some(Frequency::Daily)),
        }
    }

    /// Whether the two cannot both be meant; where one does not state its dates, the frequencies tell.
    fn is_at_odds(&self, other: &Self) -> bool {
        match (&self.dates, &other.dates) {
            (Some(one), Some(two)) => one != two,
            _ => match (self.task.frequency, other.task.frequency) {
                (Some(one), Some(two)) => one != two,
                _ => false,
            },
        }
    }

    /// Who says what, as exactly as it is known.
    pub(super) fn text(&self) -> Text {
        let (title, when) = (&self.task.title, self.hour.as_ref().map_or(&self.when, |(_, words)| words));
        let source = self.task.source.clone().unwrap_or_else(|| Text::same(self.task.id.as_str()));
        Text::new(
            format!("{}の「{}」は{}", source.ja, title.ja, when.ja),
            format!("\"{}\" of {} is {}", title.en, source.en, when.en),
        )
    }
}

/// What is said of the time of day.
#[derive(Debug)]
enum Hour {
    /// To the minute, in the order of the day, where the clocks of a zone show it.
    Clock(Vec<NaiveTime>, Zone),
    /// In words alone.
    Part(Part),
}

/// A part of the day, as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// 朝.
    Morning,
    /// 昼.
    Noon,
    /// 夕.
    Evening,
}

impl Hour {
    /// What happens more often says nothing of a time of day.
    const MOST_TIMES: usize = 24;

    /// What the source says in words, and else when it is scheduled; with the dates in words.
    fn of(task: &TaskDraft, scheduled: Option<&ScheduledTask>) -> Option<(Self, Text)> {
        let recurrence = scheduled.map(|scheduled| &scheduled.recurrence);
        let dates = recurrence.and_then(Recurrence::dates).map(Dates::describe);
        if let Some((part, stated)) =
            task.stated.as_ref().and_then(|stated| Some((Part::of(stated)?, stated)))
        {
            let dates = dates.or_else(|| task.frequency.map(Frequency::text))?;
            let words =
                Text::new(format!("{}、{}", dates.ja, stated.ja), format!("{}, {}", dates.en, stated.en));
            return Some((Self::Part(part), words));
        }
        // What ends may go on at another time.
        let recurrence = recurrence.filter(|one| one.start().is_none() && one.end().is_none())?;
        let (times, dates) = (recurrence.times()?, dates?);
        let clock: Vec<_> = times.iter().take(Self::MOST_TIMES + 1).collect();
        let told = times.describe();
        let words = Text::new(format!("{} {}", dates.ja, told.ja), format!("{} at {}", dates.en, told.en));
        let zone = recurrence.zone()?;
        (clock.len() <= Self::MOST_TIMES).then_some((Self::Clock(clock, zone), words))
    }

    /// Where in the task it stands.
    fn field(&self) -> &'static str {
        match self {
            Self::Clock(..) => "when",
            Self::Part(_) => "stated",
        }
    }

    /// Whether the two cannot both be meant: two clocks where each has a time that the other has not, a clock where no
    /// time of it is in the part of the day, and two parts that have no time in common.
    fn is_at_odds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Clock(one, zone), Self::Clock(two, other)) => {
                let has_own =
                    |one: &[NaiveTime], two: &[NaiveTime]| one.iter().any(|time| !two.contains(time));
                zone == other && has_own(one, two) && has_own(two, one)
            }
            (Self::Clock(clock, _), Self::Part(part)) | (Self::Part(part), Self::Clock(clock, _)) => {
                !clock.iter().any(|time| part.has(*time))
            }
            (Self::Part(one), Self::Part(two)) => {
                matches!((one.min(two), one.max(two)), (Part::Morning, Part::Evening))
            }
        }
    }
}

impl Part {
    /// The only one that a text names, in either language.
    fn of(text: &Text) -> Option<Self> {
        const SIGNS: [(Part, char, &str); 3] =
            [(Part::Morning, '朝', "morning"), (Part::Noon, '昼', "noon"), (Part::Evening, '夕', "evening")];
        let en = text.en.to_lowercase();
        let words: Vec<_> = en.split(|c: char| !c.is_alphabetic()).collect();
        // A figure is more exact than a part of the day, and 昼夜 is the whole of it.
        let is_more = |c: char| c.is_numeric() || matches!(c, '時' | '夜' | '午');
        if text.ja.contains(is_more) || en.contains(is_more) || words.contains(&"night") {
            return None;
        }
        let is_named = |(_, sign, word): &(Self, char, &str)| text.ja.contains(*sign) || words.contains(word);
        let mut named = SIGNS.into_iter().filter(is_named);
        let (part, ..) = named.next()?;
        named.next().is_none().then_some(part)
    }

    /// Whether the time may be called so. Where one part ends and the next begins people differ: the morning ends at
    /// 12:00, noon is from 10:00 to before 16:00, the evening begins at 15:00.
    fn has(self, time: NaiveTime) -> bool {
        match self {
            Self::Morning => time.hour() < 12,
            Self::Noon => (10..16).contains(&time.hour()),
            Self::Evening => time.hour() >= 15,
        }
    }
}
