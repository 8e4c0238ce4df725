//! Whether routine work fits its team.

use super::words::{day, picked};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, cut_up, number, percent};
use serde_json::{Value, json};
use toban_calendar::Zone;
use toban_core::{Interval, Length, Ratio, Text, Verdict};
use toban_routine::{
    CapacityReport, Change, Inventory, Payback, PeriodLoad, Shortfall, ShortfallKind, TaskId, Toil,
};

/// How many rows of what tasks take, and of what programs would pay back, a terminal shows.
const MOST_ROWS: usize = 10;

/// How many shortfalls a terminal shows.
const MOST_SHORTFALLS: usize = 40;

/// Whether the work fits the team, what does not, and the smallest changes; what takes most time, and which program
/// would pay back soonest, as lines of text.
#[must_use]
pub fn capacity_text(
    report: &CapacityReport,
    inventory: &Inventory,
    plan: &[Payback],
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
    for one in report.shortfalls.iter().take(MOST_SHORTFALLS) {
        grid.row([one.count.to_string().into(), clean(picked(&one.text, language)).into()]);
        let changes: Vec<_> =
            one.changes.iter().map(|change| clean(picked(&change.text(), language))).collect();
        let mended = match changes.as_slice() {
            [] if one.is_looked_for => {
                language.pick("no small change was found", "小さな変更は見つからない").to_owned()
            }
            [] => {
                let first = "not looked for yet: begin with the changes above";
                language.pick(first, "未検討：先に上の変更から始める").to_owned()
            }
            changes => changes.join(language.pick("; ", "、")),
        };
        grid.row([Cell::default(), Cell::new(format!("=> {mended}"), Tone::Quiet)]);
    }
    page.block("", &grid);
    let more = report.shortfalls.len().saturating_sub(MOST_SHORTFALLS);
    if more > 0 {
        let more = language.pick(
            format!("and {more} more, which `--format json` tells"),
            format!("ほか{more}件（--format jsonで全件）"),
        );
        page.line(Tone::Quiet, &more);
    }
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
    toil(&mut page, inventory, zone, language);
    paybacks(&mut page, plan, zone, language);
    coloured(page.text(), style)
}

/// Those that take time of people, the most first.
fn by_total(inventory: &Inventory) -> Vec<(&Toil, Length)> {
    let known = inventory.tasks.iter().filter_map(|toil| Some((toil, toil.total?)));
    let mut all: Vec<_> = known.filter(|(_, total)| *total > Length::ZERO).collect();
    all.sort_by(|(one, first), (two, second)| second.cmp(first).then_with(|| one.task.cmp(&two.task)));
    all
}

fn share(part: Length, whole: Length) -> Option<Ratio> {
    let millis = |length: Length| u128::try_from(length.as_time_delta().num_milliseconds()).ok();
    Ratio::new(millis(part)?, millis(whole)?).ok()
}

fn toil(page: &mut Page, inventory: &Inventory, zone: Zone, language: Language) {
    let mut grid = Grid::new([
        (language.pick("Task", "作業"), Side::Left),
        (language.pick("Each", "1回"), Side::Right),
        (language.pick("Times", "回数"), Side::Right),
        (language.pick("People", "人数"), Side::Right),
        (language.pick("In all", "合計"), Side::Right),
        (language.pick("Share", "割合"), Side::Right),
    ]);
    let whole = inventory.total();
    let shown = |total: Length| share(total, whole).map_or_else(|| "-".to_owned(), |share| percent(share, 1));
    let all = by_total(inventory);
    for (toil, total) in all.iter().take(MOST_ROWS) {
        let count = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        grid.row([
            clean(toil.task.as_str()).into(),
            toil.each.map_or_else(|| "-".to_owned(), hours).into(),
            count(toil.times).into(),
            count(toil.people.map(u64::from)).into(),
            hours(*total).into(),
            shown(*total).into(),
        ]);
    }
    let more = all.get(MOST_ROWS..).unwrap_or_default();
    if !more.is_empty() {
        let rest = more.iter().fold(Length::ZERO, |sum, (_, total)| sum.plus(*total));
        let label = language.pick(format!("{} more", more.len()), format!("ほか{}件", more.len()));
        let label = Cell::new(label, Tone::Quiet);
        grid.row([
            label,
            Cell::default(),
            Cell::default(),
            Cell::default(),
            hours(rest).into(),
            shown(rest).into(),
        ]);
    }
    let date = |at| zone.civil(at).map(|at| at.date().to_string()).unwrap_or_default();
    let (from, to) = (date(inventory.within.start()), date(inventory.within.end()));
    let heading = language.pick(
        format!("What tasks take of people, {from} to {to}: {}", hours(whole)),
        format!("作業にかかる時間、{from}から{to}まで: {}", hours(whole)),
    );
    page.block(&heading, &grid);
    let unknown = inventory.unknown().count();
    if unknown > 0 {
        page.list(&[Cell::new(
            language.pick(
                format!("without {unknown}, of which something is not known"),
                format!("不明な点がある{unknown}件を除く"),
            ),
            Tone::Warning,
        )]);
    }
}

fn paybacks(page: &mut Page, plan: &[Payback], zone: Zone, language: Language) {
    let mut grid = Grid::new([
        (language.pick("Task", "作業"), Side::Left),
        (language.pick("To build", "開発"), Side::Right),
        (language.pick("Saves", "削減"), Side::Right),
        (language.pick("Months", "か月"), Side::Right),
        (language.pick("Paid back", "回収日"), Side::Left),
    ]);
    for one in plan.iter().take(MOST_ROWS) {
        let never = || language.pick("never", "なし").to_owned();
        let months = one.months.map_or_else(never, |months| number(cut_up(months, 1), 1));
        let date = one.paid_back.and_then(|at| zone.civil(at).ok());
        grid.row([
            clean(one.task.as_str()).into(),
            hours(one.build).into(),
            hours(one.saved).into(),
            months.into(),
            date.map_or_else(|| "-".to_owned(), |at| day(at.date(), language)).into(),
        ]);
    }
    if let Some(more) = plan.len().checked_sub(MOST_ROWS).filter(|more| *more > 0) {
        let label = Cell::new(language.pick(format!("{more} more"), format!("ほか{more}件")), Tone::Quiet);
        grid.row([label, Cell::default(), Cell::default(), Cell::default(), Cell::default()]);
    }
    let heading = language.pick("What a program would pay back, soonest first", "自動化の回収（早い順）");
    page.block(heading, &grid);
}

/// Hours and minutes: days would be read as working days.
fn hours(length: Length) -> String {
    let minutes = length.as_time_delta().num_minutes();
    format!("{}h{:02}m", minutes / 60, minutes % 60)
}

/// The same for programs: all tasks, and every kind beside its words.
#[must_use]
pub fn capacity_json(report: &CapacityReport, inventory: &Inventory, plan: &[Payback]) -> String {
    let period = |load: &PeriodLoad| {
        json!({
            "start": load.within.start(), "end": load.within.end(), "load": load.load().to_string(),
            "capacity": load.capacity.to_string(),
        })
    };
    super::json(&json!({
        "schema": "toban.routine.capacity/1",
        "verdict": word(report.ruling.verdict),
        "shortfalls": report.shortfalls.iter().map(shortfall_json).collect::<Vec<_>>(),
        "months": report.months.iter().map(period).collect::<Vec<_>>(),
        "weeks": report.weeks.iter().map(period).collect::<Vec<_>>(),
        "questions": report.questions.iter().map(|question| {
            json!({ "place": question.place, "text": both(&question.text) })
        }).collect::<Vec<_>>(),
        "unknown": report.unknown.iter().map(both).collect::<Vec<_>>(),
        "by_events": report.by_events.iter().map(TaskId::as_str).collect::<Vec<_>>(),
        "toil": toil_json(inventory),
        "automation": plan.iter().map(payback_json).collect::<Vec<_>>(),
    }))
}

fn word(verdict: Verdict) -> String {
    format!("{verdict:?}").to_lowercase()
}

fn both(text: &Text) -> Value {
    json!({ "ja": text.ja, "en": text.en })
}

fn shortfall_json(one: &Shortfall) -> Value {
    let tasks = one.witness.tasks.iter().map(|(task, within)| {
        let (start, end) = ends(*within);
        json!({ "task": task.as_str(), "start": start, "end": end })
    });
    let (start, end) = ends(one.witness.within);
    let mut value = json!({
        "kind": one.kind.code(),
        "verdict": word(one.kind.verdict()),
        "text": both(&one.text),
        "count": one.count,
        "witness": {
            "start": start, "end": end, "tasks": tasks.collect::<Vec<_>>(),
            "people": one.witness.people.iter().map(|person| person.as_str()).collect::<Vec<_>>(),
        },
        "changes": one.changes.iter().map(change_json).collect::<Vec<_>>(),
        "is_looked_for": one.is_looked_for,
    });
    if let (ShortfallKind::Month { load, capacity } | ShortfallKind::Week { load, capacity }, Some(fields)) =
        (one.kind, value.as_object_mut())
    {
        fields.insert("load".to_owned(), json!(load.to_string()));
        fields.insert("capacity".to_owned(), json!(capacity.to_string()));
    }
    value
}

fn ends(within: Option<Interval>) -> (Value, Value) {
    (json!(within.map(|within| within.start())), json!(within.map(|within| within.end())))
}

/// A change with its kind, and its fields as they stand in a file.
fn change_json(change: &Change) -> Value {
    let mut value = match change {
        Change::AddPerson(person) => json!({ "person": person }),
        Change::AddHours { person, hours } => json!({ "person": person, "hours": hours }),
        Change::Enable { person, roles, skills } => {
            json!({ "person": person, "roles": roles, "skills": skills })
        }
        Change::Move { task, from, to } => {
            json!({ "task": task.as_str(), "from": from.to_string(), "to": to.to_string() })
        }
        Change::Reassign { task, owner } => json!({ "task": task.as_str(), "owner": owner }),
        Change::SetTime { task, at } => json!({ "task": task.as_str(), "at": at.to_string() }),
        Change::Shorten { task, by } => json!({ "task": task.as_str(), "by": by.to_string() }),
        _ => json!({}),
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("kind".to_owned(), json!(change.code()));
        fields.insert("text".to_owned(), both(&change.text()));
    }
    value
}

fn toil_json(inventory: &Inventory) -> Value {
    let whole = inventory.total();
    let known = by_total(inventory).into_iter().map(|(toil, total)| (toil, Some(total)));
    let all = known.chain(inventory.unknown().map(|toil| (toil, None)));
    let tasks = all.map(|(toil, total)| {
        json!({
            "task": toil.task.as_str(),
            "frequency": toil.frequency,
            "each": toil.each.map(|each| each.to_string()),
            "times": toil.times,
            "people": toil.people,
            "total": total.map(|total| total.to_string()),
            "share": total.and_then(|total| share(total, whole)).map(Ratio::to_f64),
        })
    });
    json!({
        "start": inventory.within.start(), "end": inventory.within.end(), "total": whole.to_string(),
        "tasks": tasks.collect::<Vec<_>>(),
    })
}

fn payback_json(one: &Payback) -> Value {
    json!({
        "task": one.task.as_str(), "build": one.build.to_string(), "saved": one.saved.to_string(),
        "months": one.months.map(Ratio::to_f64), "paid_back": one.paid_back,
    })
}
