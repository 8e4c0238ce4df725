//! One month of routine work.

use super::clock::{Shifted, shifted, told};
use super::words::{WEEKDAYS, day, picked};
use crate::Language;
use crate::page::{Element, el, page as whole_page};
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::clean;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use std::collections::BTreeMap;
use toban_calendar::{Because, Calendar, Fold, Gap, Zone};
use toban_core::{Interval, Text};
use toban_routine::ScheduledTask;

/// One month of routine work, as clocks of one zone show it.
#[derive(Debug)]
pub struct Month<'a> {
    zone: Zone,
    first: NaiveDate,
    days: Vec<Day>,
    /// What changes of clocks do to times of the month.
    shifted: Vec<Shifted>,
    tasks: &'a [ScheduledTask],
}

#[derive(Debug)]
struct Day {
    date: NaiveDate,
    /// Why it is closed, where a calendar says so.
    closed: Option<Text>,
    firings: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    time: NaiveTime,
    /// The place of the task.
    task: usize,
    /// How often it is due on that day.
    count: usize,
    /// From where it was moved.
    moved: Option<NaiveDate>,
}

/// A month that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no month {month} of the year {year}")]
pub struct MonthError {
    /// The year.
    pub year: i32,
    /// The rejected month.
    pub month: u32,
}

impl<'a> Month<'a> {
    /// The month of these tasks in a zone, with the closed days of a calendar where one is given.
    ///
    /// # Errors
    /// When there is no such month.
    pub fn new(
        tasks: &'a [ScheduledTask],
        (year, month): (i32, u32),
        zone: Zone,
        calendar: Option<&Calendar>,
    ) -> Result<Self, MonthError> {
        let wrong = MonthError { year, month };
        let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or(wrong)?;
        let dates = first.iter_days().take_while(|date| date.month() == month);
        let days: Option<Vec<_>> = dates.map(|date| Day::new(tasks, date, zone, calendar)).collect();
        let days = days.ok_or(wrong)?;
        let last = days.last().map_or(first, |day| day.date);
        let whole = midnight(zone, first).zip(last.succ_opt().and_then(|after| midnight(zone, after)));
        let whole = whole.and_then(|(from, to)| Interval::new(from, to).ok());
        let mut shifted = whole.map(|whole| shifted(tasks, whole, zone)).unwrap_or_default();
        shifted.retain(|one| (first..=last).contains(&one.date));
        Ok(Self { zone, first, days, shifted, tasks })
    }

    fn title(&self, language: Language) -> String {
        let name = language.pick(self.first.format("%B %Y"), self.first.format("%Y年%-m月"));
        format!("{name} ({})", self.zone)
    }

    /// Whether the task is due on every day of the month.
    fn is_daily(&self, task: usize) -> bool {
        self.days
            .iter()
            .all(|day| day.firings.iter().any(|entry| entry.task == task && entry.moved.is_none()))
    }

    /// Whether a change of the clock has a part in it.
    fn is_shifted(&self, day: &Day, entry: &Entry) -> bool {
        self.shifted.iter().any(|one| (one.date, one.task) == (day.date, entry.task))
    }

    /// The tasks that are due in the month: on every day of it, or on some.
    fn due(&self, is_daily: bool) -> impl Iterator<Item = (usize, &ScheduledTask)> {
        let is_due =
            |task: usize| self.days.iter().flat_map(|day| &day.firings).any(|entry| entry.task == task);
        self.tasks
            .iter()
            .enumerate()
            .filter(move |(place, _)| is_due(*place) && self.is_daily(*place) == is_daily)
    }

    /// The tasks that are due on every day, by their times, with these as the zone's clocks show them: of most days,
    /// where they differ from day to day.
    fn daily(&self, language: Language) -> Vec<(String, &ScheduledTask)> {
        let shown = |place: usize| {
            let entries = self.days.iter().flat_map(|day| &day.firings).filter(|entry| entry.task == place);
            let mut counted = BTreeMap::new();
            for entry in entries {
                *counted.entry((entry.time, entry.count)).or_insert(0) += 1;
            }
            counted.into_iter().max_by_key(|(_, days)| *days).map(|(shown, _)| shown)
        };
        let mut daily: Vec<_> =
            self.due(true).filter_map(|(place, task)| Some((shown(place)?, task))).collect();
        daily.sort_by_key(|(shown, task)| (*shown, task.place));
        let told = |((time, count), task)| {
            let time: NaiveTime = time;
            let (time, more) = (time.format("%H:%M"), count - 1);
            let times = match more {
                0 => time.to_string(),
                _ => language.pick(format!("{time} and {more} more"), format!("{time} ほか{more}回")),
            };
            (times, task)
        };
        daily.into_iter().map(told).collect()
    }
}

impl Day {
    fn new(
        tasks: &[ScheduledTask],
        date: NaiveDate,
        zone: Zone,
        calendar: Option<&Calendar>,
    ) -> Option<Self> {
        // Where a zone leaves a date out there is nothing between its midnights.
        let whole = Interval::new(midnight(zone, date)?, midnight(zone, date.succ_opt()?)?).ok();
        let mut firings = Vec::new();
        for (place, task) in tasks.iter().enumerate() {
            let Some(whole) = whole else { continue };
            let times: Vec<_> = task.recurrence.between(whole).collect();
            let Some(first) = times.first().and_then(|at| zone.civil(*at).ok()) else { continue };
            // The rule is one of the task's own zone, where the date may be another.
            let own =
                times.first().and_then(|at| task.recurrence.zone()?.civil(*at).ok()).map(|at| at.date());
            let reasons = own.map(|date| task.recurrence.why(date).reasons).unwrap_or_default();
            let moved = reasons.iter().find_map(|reason| match reason {
                Because::MovedHere { from, .. } => Some(*from),
                _ => None,
            });
            let is_named = reasons.iter().any(|reason| matches!(reason, Because::InRule(_)));
            let moved = moved.filter(|_| !is_named);
            firings.push(Entry { time: first.time(), task: place, count: times.len(), moved });
        }
        firings.sort_by_key(|entry| (entry.time, entry.task));
        Some(Self { date, closed: calendar.and_then(|calendar| calendar.closed_because(date)), firings })
    }

    /// Whether it is closed for another reason than that it is a weekend.
    fn holiday(&self) -> Option<&Text> {
        let weekday = usize::try_from(self.date.weekday().num_days_from_monday()).ok()?;
        let weekend = WEEKDAYS.get(weekday).map(|(_, ja)| format!("{ja}曜"));
        self.closed.as_ref().filter(|closed| Some(&closed.ja) != weekend.as_ref())
    }
}

fn midnight(zone: Zone, date: NaiveDate) -> Option<DateTime<Utc>> {
    zone.instant(date.and_time(NaiveTime::MIN), Gap::FirstAfter, Fold::Earlier).ok()
}

/// The rule of a task: of dates and times of day, without what is the same for most of them.
fn rule(task: &ScheduledTask, zone: Zone) -> Text {
    let recurrence = &task.recurrence;
    match (recurrence.dates(), recurrence.times()) {
        (Some(dates), Some(times)) => {
            let (dates, times) = (dates.describe(), times.describe());
            let foreign = recurrence.zone().filter(|own| *own != zone).map(|own| format!(" ({own})"));
            let foreign = foreign.unwrap_or_default();
            Text::new(
                format!("{} {}{foreign}", dates.ja, times.ja),
                format!("{} at {}{foreign}", dates.en, times.en),
            )
        }
        _ => recurrence.describe(),
    }
}

/// What stands for a task in a small field: `a` to `z`, then `A` to `Z`, then numbers in brackets.
fn letter(place: usize) -> String {
    let one = ('a'..='z').chain('A'..='Z').nth(place);
    one.map_or_else(|| format!("({place})"), String::from)
}

/// The room of a day among seven columns, behind the number of the day.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// How wide the first line is.
    first: usize,
    /// How wide the others are.
    others: usize,
    /// What they begin with.
    indent: &'static str,
}

impl Field {
    /// `31* `.
    const NUMBER: usize = 4;
    const MOST_LINES: usize = 3;

    fn within(width: u16) -> Self {
        // A gutter of two before, and one after each column.
        let room = usize::from(width.saturating_sub(16) / 7).max(Self::NUMBER + 1);
        let first = room - Self::NUMBER;
        // A narrow one has no room for an indent.
        let (others, indent) = if first < 5 { (room, "") } else { (first, "    ") };
        Self { first, others, indent }
    }

    /// As many marks as there is room for, and how many more there are; and whether these are all.
    fn filled(self, marks: &[String]) -> (String, bool) {
        if let Some(whole) = self.laid_out(marks, "") {
            return (whole, true);
        }
        // No more than that could find room.
        let most = marks.len().min(Self::MOST_LINES * self.others.max(self.first));
        let fewer = (0..most).rev().find_map(|count| {
            let (shown, left) = marks.split_at_checked(count)?;
            self.laid_out(shown, &format!("+{}", left.len()))
        });
        (fewer.unwrap_or_else(|| format!("+{}", marks.len())), false)
    }

    /// The marks in lines, with what comes after them; nothing where there is no room for both.
    fn laid_out(self, marks: &[String], after: &str) -> Option<String> {
        let (mut lines, mut line) = (Vec::new(), String::new());
        for mark in marks.iter().map(String::as_str).chain(Some(after).filter(|after| !after.is_empty())) {
            let room = if lines.is_empty() { self.first } else { self.others };
            // Marks are letters and signs of one column each.
            if line.len() + mark.len() > room {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(mark);
        }
        lines.push(line);
        let fits = lines.iter().skip(1).all(|line| line.len() <= self.others);
        (fits && lines.len() <= Self::MOST_LINES).then(|| lines.join(&format!("\n{}", self.indent)))
    }
}

/// The month as a calendar of seven columns, with a letter for each task.
#[must_use]
pub fn month_text(month: &Month<'_>, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    page.line(Tone::Strong, &month.title(language));
    let mut grid = Grid::new(WEEKDAYS.map(|(en, ja)| (language.pick(en, ja), Side::Left)));
    let letters: Vec<_> = month.due(false).map(|(task, _)| task).collect();
    let ahead = usize::try_from(month.first.weekday().num_days_from_monday()).unwrap_or_default();
    let field = Field::within(page.width());
    let mut crowded = Grid::new([("", Side::Left), ("", Side::Left)]);
    let mut week = vec![Cell::default(); ahead];
    for one in &month.days {
        let marks = one.firings.iter().filter_map(|entry| {
            let place = letters.iter().position(|task| *task == entry.task)?;
            let moved = if entry.moved.is_some() { "'" } else { "" };
            let shifted = if month.is_shifted(one, entry) { "~" } else { "" };
            Some(format!("{}{moved}{shifted}", letter(place)))
        });
        let marks: Vec<_> = marks.collect();
        let closed = if one.closed.is_some() { "*" } else { "" };
        let (shown, is_whole) = field.filled(&marks);
        if !is_whole {
            crowded.row([day(one.date, language).into(), marks.join(" ").into()]);
        }
        let text = format!("{:>2}{closed:1} {shown}", one.date.day());
        let tone = match (marks.is_empty(), &one.closed) {
            (true, Some(_)) => Tone::Quiet,
            (false, Some(_)) => Tone::Warning,
            _ => Tone::Plain,
        };
        week.push(Cell::new(text.trim_end(), tone));
        if week.len() == 7 {
            grid.row(std::mem::take(&mut week));
        }
    }
    if !week.is_empty() {
        week.resize(7, Cell::default());
        grid.row(week);
    }
    page.block("", &grid);
    page.block(language.pick("Days with more (+)", "ほかにもある日 (+)"), &crowded);

    let mut legend = Grid::new([("", Side::Left), ("", Side::Left), ("", Side::Left)]);
    for (place, task) in
        &letters.iter().filter_map(|task| month.tasks.get(*task)).enumerate().collect::<Vec<_>>()
    {
        legend.row([
            Cell::new(letter(*place), Tone::Strong),
            clean(picked(&task.title, language)).into(),
            Cell::new(clean(picked(&rule(task, month.zone), language)), Tone::Quiet),
        ]);
    }
    page.block(language.pick("On some days", "日によって"), &legend);
    let mut daily = Grid::new([("", Side::Left), ("", Side::Left)]);
    for (times, task) in month.daily(language) {
        daily.row([times.into(), clean(picked(&task.title, language)).into()]);
    }
    page.block(language.pick("Every day", "毎日"), &daily);
    let mut closed = Grid::new([("", Side::Left), ("", Side::Left)]);
    for one in &month.days {
        if let Some(why) = one.holiday() {
            closed.row([day(one.date, language).into(), clean(picked(why, language)).into()]);
        }
    }
    page.block(language.pick("Closed (*), besides weekends", "休業日 (*)、週末を除く"), &closed);
    let moved = month.days.iter().flat_map(|one| one.firings.iter().map(move |entry| (one, entry)));
    let mut moves = Grid::new([("", Side::Left), ("", Side::Left)]);
    for (one, entry) in moved {
        let (Some(from), Some(task)) = (entry.moved, month.tasks.get(entry.task)) else { continue };
        let (from, to) = (day(from, language), day(one.date, language));
        let text = language.pick(format!("{from} to {to}"), format!("{from}から{to}へ"));
        moves.row([clean(picked(&task.title, language)).into(), text.into()]);
    }
    page.block(language.pick("Moved (')", "移動 (')"), &moves);
    let mut clock = Grid::new([("", Side::Left), ("", Side::Left)]);
    for told in told(&month.shifted, month.tasks, month.zone) {
        let Some(task) = month.tasks.get(told.first.task) else { continue };
        let text = format!("{} {} {}", told.day(language), told.time(language), told.becomes(language));
        clock.row([clean(picked(&task.title, language)).into(), text.into()]);
    }
    page.block(language.pick("Changes of the clock (~)", "時計の切替 (~)"), &clock);
    coloured(page.text(), style)
}

/// The month as one page of HTML.
#[must_use]
pub fn month_html(month: &Month<'_>, language: Language) -> String {
    let title = month.title(language);
    let heads = WEEKDAYS.map(|(en, ja)| el("th").attr("scope", "col").text(language.pick(en, ja)));
    let ahead = usize::try_from(month.first.weekday().num_days_from_monday()).unwrap_or_default();
    let mut fields: Vec<_> = (0..ahead).map(|_| el("td").class("outside")).collect();
    fields.extend(month.days.iter().map(|day| field(month, day, language)));
    while !fields.len().is_multiple_of(7) {
        fields.push(el("td").class("outside"));
    }
    let mut rows = Vec::new();
    let mut fields = fields.into_iter();
    loop {
        let week: Vec<_> = fields.by_ref().take(7).collect();
        if week.is_empty() {
            break;
        }
        rows.push(el("tr").children(week));
    }
    let table = el("table").class("month").child(el("thead").child(el("tr").children(heads)));
    let table = el("div").class("scroll").child(table.child(el("tbody").children(rows)));
    let daily = month.daily(language).into_iter().map(|(times, task)| {
        el("li")
            .child(el("span").class("quiet").text(times))
            .child(el("span").text(format!(" {}", clean(picked(&task.title, language)))))
    });
    let daily: Vec<_> = daily.collect();
    let mut body = el("main").child(el("h1").text(&title)).child(el("article").child(table));
    if !daily.is_empty() {
        let heading = el("h3").text(language.pick("Every day", "毎日"));
        body = body.child(
            el("article").class("card").child(heading).child(el("ul").class("entries").children(daily)),
        );
    }
    whole_page(language, &title, body)
}

fn field(month: &Month<'_>, day: &Day, language: Language) -> Element {
    let mut head = el("div").class("day").child(el("span").class("strong").text(day.date.day().to_string()));
    if let Some(why) = day.holiday() {
        head = head.child(el("span").class("quiet").text(format!(" {}", clean(picked(why, language)))));
    }
    let entries = day.firings.iter().filter(|entry| !month.is_daily(entry.task)).filter_map(|entry| {
        let task = month.tasks.get(entry.task)?;
        let mut line = el("li")
            .child(el("span").class("quiet").text(entry.time.format("%H:%M").to_string()))
            .child(el("span").text(format!(" {}", clean(picked(&task.title, language)))));
        if entry.count > 1 {
            line = line.child(el("span").class("quiet").text(format!(" ×{}", entry.count)));
        }
        if let Some(from) = entry.moved {
            let from = super::words::day(from, language);
            let told = language.pick(format!(" moved from {from}"), format!(" {from}から移動"));
            line = line.child(el("span").class("warning").text(told));
        }
        Some(line)
    });
    let told = told(&month.shifted, month.tasks, month.zone);
    let clock = told.iter().filter(|told| told.first.date == day.date).filter_map(|told| {
        let task = month.tasks.get(told.first.task)?;
        let line = el("li")
            .child(el("span").class("quiet").text(told.time(language)))
            .child(el("span").text(format!(" {}", clean(picked(&task.title, language)))))
            .child(el("span").class("warning").text(format!(" {}", told.becomes(language))));
        Some(line)
    });
    let field = el("td").child(head).child(el("ul").class("entries").children(entries.chain(clock)));
    if day.closed.is_some() { field.class("closed") } else { field }
}

/// The month for programs.
#[must_use]
pub fn month_json(month: &Month<'_>) -> String {
    let days = month.days.iter().map(|day| {
        let firings = day.firings.iter().filter_map(|entry| {
            Some(serde_json::json!({
                "task": month.tasks.get(entry.task)?.id.as_str(), "time": entry.time.to_string(), "count": entry.count,
                "moved_from": entry.moved.map(|from| from.to_string()),
            }))
        });
        let clock = month.shifted.iter().filter(|one| one.date == day.date);
        let clock =
            clock.filter_map(|one| Some(super::wire::change_json(month.tasks.get(one.task)?, &one.change)));
        serde_json::json!({
            "date": day.date.to_string(),
            "closed": day.closed.as_ref().map(|why| serde_json::json!({ "ja": why.ja, "en": why.en })),
            "due": firings.collect::<Vec<_>>(),
            "clock": clock.collect::<Vec<_>>(),
        })
    });
    super::json(&serde_json::json!({ "zone": month.zone.to_string(), "days": days.collect::<Vec<_>>() }))
}
