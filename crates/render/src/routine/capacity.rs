//! Whether routine work fits its team.

use super::words::{day, picked};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, cut_up, percent};
use toban_calendar::Zone;
use toban_core::{Length, Verdict};
use toban_routine::{CapacityReport, PeriodLoad, TaskId};

/// Whether the work fits the team, what does not, and the smallest changes, as lines of text.
#[must_use]
pub fn capacity_text(
    report: &CapacityReport,
    zone: Zone,
    width: u16,
    style: Style,
    language: Language,
) -> String {
    let mut page = Page::new(width);
    let (tone, verdict) = match report.ruling.verdict {
        Verdict::Go => {
            (Tone::Good, language.pick("GO: the work fits the team", "進行可：作業はチームに収まる"))
        }
        Verdict::Hold => {
            (Tone::Warning, language.pick("HOLD: the work fits, but see below", "保留：収まるが、以下に注意"))
        }
        Verdict::Stop => (
            Tone::Bad,
            language.pick("STOP: the work does not fit the team", "中止：作業はチームに収まらない"),
        ),
        Verdict::Undecided => {
            (Tone::Warning, language.pick("UNDECIDED: too little is known", "判断不能：情報が足りない"))
        }
    };
    page.line(tone, verdict);
    let of_questions = report.questions.iter().map(|question| &question.text);
    let open = of_questions.chain(&report.unknown);
    let open: Vec<_> = open.map(|text| Cell::new(clean(picked(text, language)), Tone::Warning)).collect();
    if !open.is_empty() {
        page.gap();
        page.line(Tone::Strong, language.pick("What has to be known first", "先に知る必要があること"));
        page.list(&open);
    }
    let mut grid = Grid::new([
        (language.pick("Times", "回数"), Side::Right),
        (language.pick("What does not fit, and what mends it", "収まらないものと、解消する変更"), Side::Left),
    ]);
    for one in &report.shortfalls {
        grid.row([one.count.to_string().into(), clean(picked(&one.text, language)).into()]);
        let changes: Vec<_> =
            one.changes.iter().map(|change| clean(picked(&change.text(), language))).collect();
        let mended = match changes.as_slice() {
            [] => language.pick("no small change was found", "小さな変更は見つからない").to_owned(),
            changes => changes.join(language.pick("; ", "、")),
        };
        grid.row([Cell::default(), Cell::new(format!("=> {mended}"), Tone::Quiet)]);
    }
    page.block("", &grid);
    let mut loads = Grid::new([
        (language.pick("Month", "月"), Side::Left),
        (language.pick("Load", "負荷"), Side::Right),
        (language.pick("Capacity", "キャパシティ"), Side::Right),
        (language.pick("Used", "使用率"), Side::Right),
    ]);
    let row = |label: String, load: &PeriodLoad| {
        let used = load.utilisation().map_or_else(|| "-".to_owned(), |used| percent(cut_up(used, 3), 1));
        [label.into(), hours(load.load()).into(), hours(load.capacity).into(), used.into()]
    };
    for month in &report.months {
        let first =
            zone.civil(month.within.start()).map(|at| at.format("%Y-%m").to_string()).unwrap_or_default();
        loads.row(row(first, month));
    }
    page.block(language.pick("Months", "月ごと"), &loads);
    if let Some(week) = report.peak_week() {
        let first = zone.civil(week.within.start()).map(|at| day(at.date(), language)).unwrap_or_default();
        let mut peak = Grid::new([("", Side::Left), ("", Side::Right), ("", Side::Right), ("", Side::Right)]);
        peak.row(row(first, week));
        page.block(language.pick("The fullest week, from", "最も詰まった週"), &peak);
    }
    if !report.by_events.is_empty() {
        let tasks: Vec<_> = report.by_events.iter().map(TaskId::as_str).collect();
        let heading = language.pick(
            "Started by events alone, and not counted here",
            "イベントだけで始まり、ここでは数えないもの",
        );
        page.gap();
        page.line(Tone::Strong, heading);
        page.list(&[clean(&tasks.join(language.pick(", ", "、"))).into()]);
    }
    coloured(page.text(), style)
}

/// Hours and minutes: days would be read as working days.
fn hours(length: Length) -> String {
    let minutes = length.as_time_delta().num_minutes();
    format!("{}h{:02}m", minutes / 60, minutes % 60)
}

/// The same for programs.
#[must_use]
pub fn capacity_json(report: &CapacityReport) -> String {
    let both = |text: &toban_core::Text| serde_json::json!({ "ja": text.ja, "en": text.en });
    let period = |load: &PeriodLoad| {
        serde_json::json!({
            "start": load.within.start(), "end": load.within.end(), "load": load.load().to_string(),
            "capacity": load.capacity.to_string(),
        })
    };
    let shortfalls = report.shortfalls.iter().map(|one| {
        serde_json::json!({
            "text": both(&one.text), "count": one.count,
            "first": one.witness.within.map(|within| [within.start(), within.end()]),
            "tasks": one.witness.tasks.iter().map(|(task, _)| task.as_str()).collect::<Vec<_>>(),
            "people": one.witness.people.iter().map(|person| person.as_str()).collect::<Vec<_>>(),
            "changes": one.changes.iter().map(|change| both(&change.text())).collect::<Vec<_>>(),
        })
    });
    super::json(&serde_json::json!({
        "verdict": format!("{:?}", report.ruling.verdict).to_lowercase(),
        "shortfalls": shortfalls.collect::<Vec<_>>(),
        "months": report.months.iter().map(period).collect::<Vec<_>>(),
        "weeks": report.weeks.iter().map(period).collect::<Vec<_>>(),
        "questions": report.questions.iter().map(|question| {
            serde_json::json!({ "place": question.place, "text": both(&question.text) })
        }).collect::<Vec<_>>(),
        "unknown": report.unknown.iter().map(both).collect::<Vec<_>>(),
        "by_events": report.by_events.iter().map(TaskId::as_str).collect::<Vec<_>>(),
    }))
}
