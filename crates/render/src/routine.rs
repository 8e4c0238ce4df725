//! Routine work: what comes next, a month of it, and why something happens on a date.

mod capacity;
mod clock;
mod day;
mod month;
mod rows;
mod status;
mod wire;
mod words;

use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::clean;
use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use serde::Serialize;
use toban_calendar::{Change, Fate, Why, Zone};
use toban_routine::{Level, Review, ScheduledTask};
use words::{day, local, picked};

pub use capacity::{capacity_json, capacity_text};
pub use day::{Day, TaskDay, day_json, day_text};
pub use month::{Month, MonthError, month_html, month_json, month_text};
pub use status::{Holder, Status, TaskStatus, UnderWay, phase_line, status_json, status_text};
pub use wire::{preview_json, why_json};

/// A time at which a task is due.
#[derive(Clone, Copy, Debug)]
pub struct Firing<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub task: &'a ScheduledTask,
}

/// The column that a narrow terminal leaves out.
const UTC: usize = 1;

/// What comes next, as lines of text; times are those of the zone.
#[must_use]
pub fn next_text(firings: &[Firing<'_>], zone: Zone, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    page.line(Tone::Strong, &format!("{} ({zone})", language.pick("What comes next", "今後の予定")));
    let mut grid = Grid::new([
        (language.pick("When", "日時"), Side::Left),
        ("UTC", Side::Left),
        (language.pick("Task", "作業"), Side::Left),
        ("", Side::Left),
    ]);
    for firing in firings {
        grid.row([
            local(firing.at, zone, language).into(),
            Cell::new(firing.at.format("%d %H:%M").to_string(), Tone::Quiet),
            clean(picked(&firing.task.title, language)).into(),
            Cell::new(firing.task.id.as_str(), Tone::Quiet),
        ]);
    }
    let has_room = grid.fits(page.width().saturating_sub(2));
    page.block("", &if has_room { grid } else { grid.without(&[UTC]) });
    if firings.is_empty() {
        page.gap();
        page.line(Tone::Warning, language.pick("Nothing is scheduled.", "予定された作業はありません。"));
    }
    coloured(page.text(), style)
}

/// What comes next, for programs.
#[must_use]
pub fn next_json(firings: &[Firing<'_>], zone: Zone) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        task: &'a str,
        at: DateTime<Utc>,
        local: String,
    }
    let rows: Vec<_> = firings
        .iter()
        .map(|firing| Row {
            task: firing.task.id.as_str(),
            at: firing.at,
            local: firing.at.with_timezone(&zone.offset(firing.at)).to_rfc3339(),
        })
        .collect();
    json(&serde_json::json!({ "schema": "toban.routine.next/1", "zone": zone.to_string(), "next": rows }))
}

/// Why a task is due on a date, or is not.
#[must_use]
pub fn why_text(
    task: &ScheduledTask,
    why: &Why,
    zone: Zone,
    width: u16,
    style: Style,
    language: Language,
) -> String {
    let mut page = Page::new(width);
    page.line(
        Tone::Strong,
        &format!("{} · {}", clean(picked(&task.title, language)), day(why.date, language)),
    );
    page.line(Tone::Quiet, &clean(picked(&task.recurrence.describe(), language)));
    page.gap();
    if why.instants.is_empty() {
        page.line(Tone::Warning, language.pick("It is not due on this date.", "この日には実施しません。"));
    } else {
        let times: Vec<_> = why.instants.iter().map(|at| local(*at, zone, language)).collect();
        let times = match times.get(6..).map(<[_]>::len) {
            Some(more) if more > 0 => {
                let first = times.get(..6).unwrap_or_default().join(", ");
                language.pick(format!("{first} and {more} more"), format!("{first} ほか{more}回"))
            }
            _ => times.join(", "),
        };
        page.line(
            Tone::Good,
            &language
                .pick(format!("It is due at {times} ({zone})."), format!("{times} ({zone}) に実施します。")),
        );
    }
    let reasons: Vec<_> =
        why.reasons.iter().map(|reason| Cell::from(clean(picked(&reason.text(), language)))).collect();
    page.list(&reasons);
    coloured(page.text(), style)
}

/// What the rules of tasks move, merge, drop or double, as lines of text; times are those of each task's zone.
#[must_use]
pub fn preview_text(
    changes: &[(&ScheduledTask, Vec<Change>)],
    width: u16,
    style: Style,
    language: Language,
) -> String {
    let mut page = Page::new(width);
    let title = language.pick("What is moved, merged, dropped or doubled", "移動・統合・省略・重複する予定");
    page.line(Tone::Strong, title);
    for (task, changes) in changes.iter().filter(|(_, changes)| !changes.is_empty()) {
        let zone = task.recurrence.zone().unwrap_or(Zone::UTC);
        let mut grid = Grid::new([
            (language.pick("By the rule", "規則上の日時"), Side::Left),
            (language.pick("Happens", "実際"), Side::Left),
            (language.pick("Because", "理由"), Side::Left),
        ]);
        for change in changes {
            grid.row([
                nominal(change, language).into(),
                happens(change, zone, language),
                clean(picked(&change.cause.text(), language)).into(),
            ]);
        }
        page.block(&format!("{} ({}, {zone})", clean(picked(&task.title, language)), task.id), &grid);
    }
    if changes.iter().all(|(_, changes)| changes.is_empty()) {
        page.gap();
        page.line(
            Tone::Good,
            language.pick(
                "Nothing: every time happens where its rule puts it.",
                "なし: すべて規則どおりに実施されます。",
            ),
        );
    }
    coloured(page.text(), style)
}

/// Where the rule puts the times of a change: `Sun 2026-03-29 02:00 to 02:59 (60 times)`.
fn nominal(change: &Change, language: Language) -> String {
    let (first, last) = (change.first.nominal, change.last.nominal);
    let has_seconds = [first, last].iter().any(|at| at.second() != 0);
    let time = |at: NaiveDateTime| at.format(if has_seconds { "%H:%M:%S" } else { "%H:%M" });
    let (date, from, to, count) = (day(first.date(), language), time(first), time(last), change.count);
    match count {
        1 => format!("{date} {from}"),
        _ => language.pick(
            format!("{date} {from} to {to} ({count} times)"),
            format!("{date} {from}〜{to} ({count}回)"),
        ),
    }
}

/// What becomes of the times of a change, as clocks of the zone show it.
fn happens(change: &Change, zone: Zone, language: Language) -> Cell {
    let shown = |fate: Fate| {
        let at: Vec<_> = fate.instants().into_iter().map(|at| local(at, zone, language)).collect();
        at.join(language.pick(" and ", "と"))
    };
    let (first, last) = (shown(change.first.fate), shown(change.last.fate));
    let (tone, fate) = match change.first.fate {
        Fate::Doubled { .. } => {
            (Tone::Warning, language.pick(format!("twice: {first}"), format!("2回: {first}")))
        }
        Fate::Dropped => (Tone::Bad, language.pick("dropped", "実施しない").to_owned()),
        Fate::Merged { .. } => {
            (Tone::Warning, language.pick(format!("merged into {first}"), format!("{first}に統合")))
        }
        Fate::Moved { .. } => (Tone::Plain, first.clone()),
    };
    let is_one = first == last;
    let up_to = || language.pick(format!("{fate}, up to {last}"), format!("{fate}、最後は{last}"));
    Cell::new(if is_one { fate.clone() } else { up_to() }, tone)
}

/// What a draft of routine work lacks, and what looks wrong in it; errors are left to who knows their lines.
#[must_use]
pub fn review_text(review: &Review, width: u16, style: Style, language: Language) -> String {
    let mut page = Page::new(width);
    let (scheduled, asked, wrong) = (review.scheduled.len(), review.questions.len(), review.errors().count());
    let more = review.findings.len() - wrong;
    let head = language.pick(
        format!(
            "tasks with their times: {scheduled}; errors: {wrong}; warnings: {more}; open questions: {asked}"
        ),
        format!("時刻の決まった作業{scheduled}件、誤り{wrong}件、注意{more}件、未回答の質問{asked}件"),
    );
    page.line(Tone::Strong, &head);
    let warnings: Vec<_> = review
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Warning)
        .map(|finding| Cell::new(clean(picked(&finding.text, language)), Tone::Warning))
        .collect();
    if !warnings.is_empty() {
        page.gap();
        page.list(&warnings);
    }
    let mut grid = Grid::new([
        (language.pick("Open question", "未回答の質問"), Side::Left),
        (language.pick("Waits for it", "保留中の工程"), Side::Left),
        (language.pick("Place", "場所"), Side::Left),
    ]);
    for question in &review.questions {
        grid.row([
            clean(picked(&question.text, language)).into(),
            Cell::new(question.blocks.join(", "), Tone::Warning),
            Cell::new(question.place.as_str(), Tone::Quiet),
        ]);
    }
    page.block("", &grid);
    coloured(page.text(), style)
}

/// The same for programs, with everything that was found.
#[must_use]
pub fn review_json(review: &Review) -> String {
    let both = |text: &toban_core::Text| serde_json::json!({ "ja": text.ja, "en": text.en });
    let questions = review.questions.iter().map(|question| {
        serde_json::json!({
            "id": question.id, "place": question.place, "text": both(&question.text), "why": both(&question.why),
            "blocks": question.blocks,
        })
    });
    let findings = review.findings.iter().map(|finding| {
        let level = if finding.level == Level::Error { "error" } else { "warning" };
        serde_json::json!({ "code": finding.code, "place": finding.place, "level": level, "text": both(&finding.text) })
    });
    json(&serde_json::json!({
        "schema": "toban.routine.check/1",
        "scheduled": review.scheduled.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(),
        "questions": questions.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    }))
}

fn json(value: &serde_json::Value) -> String {
    // A value made of texts, numbers and lists always prints.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
