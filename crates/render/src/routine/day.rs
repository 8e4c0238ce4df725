//! The report of a day: what was to be done, and what became of it.

use super::json;
use super::status::{firing_json, notes};
use super::words::{day, picked, time};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::clean;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use toban_calendar::Zone;
use toban_core::{Interval, Party, Text};
use toban_routine::firing::{self, Finish, Phase};
use toban_routine::{Happened, TaskId};

/// A day of routine work, as its journal tells it.
#[derive(Clone, Debug)]
pub struct Day {
    /// Which day, by the clocks of the zone.
    pub date: NaiveDate,
    /// Whose clocks.
    pub zone: Zone,
    /// From when to when that is.
    pub within: Interval,
    /// When this was looked at.
    pub at: DateTime<Utc>,
    /// What became of each task.
    pub tasks: Vec<TaskDay>,
}

/// What became of a task on a day.
#[derive(Clone, Debug)]
pub struct TaskDay {
    /// Which task.
    pub id: TaskId,
    /// What it is called.
    pub title: Text,
    /// Who answers for it.
    pub owner: Option<Party>,
    /// What became of its times, in their order.
    pub happened: Vec<Happened>,
    /// Its times of the day that have come, and that nobody has seen to.
    pub unseen: Vec<DateTime<Utc>>,
    /// Its times of the day that have not come.
    pub to_come: Vec<DateTime<Utc>>,
}

impl Day {
    /// The firings of the day, in the order of their times.
    fn firings(&self) -> Vec<(&TaskDay, &toban_routine::FiringId, &firing::State)> {
        let mut all = Vec::new();
        for task in &self.tasks {
            for happened in &task.happened {
                if let Happened::Began { firing, state } = happened {
                    all.push((task, firing, state.as_ref()));
                }
            }
        }
        all.sort_by_key(|(_, firing, _)| firing.nominal);
        all
    }

    /// How many firings ended how, and how many are under way.
    fn counts(&self) -> (BTreeMap<Finish, usize>, usize) {
        let (mut ended, mut under_way) = (BTreeMap::new(), 0);
        for (.., state) in self.firings() {
            match state.phase {
                Phase::Ended(how) => *ended.entry(how).or_default() += 1,
                _ => under_way += 1,
            }
        }
        (ended, under_way)
    }
}

/// The report of a day, as lines of text.
#[must_use]
pub fn day_text(report: &Day, width: u16, style: Style, language: Language) -> String {
    let zone = report.zone;
    let mut page = Page::new(width);
    let heading = language.pick("Daily report", "日次レポート");
    page.line(Tone::Strong, &format!("{heading} · {} ({zone})", day(report.date, language)));
    page.line(Tone::Plain, &summary(report, language));
    let mut grid = Grid::new([
        (language.pick("Time", "時刻"), Side::Left),
        (language.pick("Task", "作業"), Side::Left),
        (language.pick("Who", "担当"), Side::Left),
        (language.pick("Result", "結果"), Side::Left),
        (language.pick("Ended", "終了"), Side::Left),
        (language.pick("Evidence and notes", "証跡・備考"), Side::Left),
    ]);
    for (task, id, state) in report.firings() {
        let ended = state.ended_at.map(|at| time(at, zone)).unwrap_or_default();
        let who = state.by.clone().or_else(|| task.owner.as_ref().map(ToString::to_string));
        let shown = state.evidence.iter().map(|evidence| clean(evidence)).chain(notes(state, language));
        grid.row([
            time(id.nominal, zone).into(),
            clean(picked(&task.title, language)).into(),
            clean(&who.unwrap_or_default()).into(),
            Cell::new(result(state, language), tone(state)),
            ended.into(),
            Cell::new(shown.collect::<Vec<_>>().join(language.pick("; ", "、")), Tone::Quiet),
        ]);
    }
    page.block("", &grid);
    page.block(language.pick("Not run", "実行しなかったもの"), &not_run(report, language));
    page.block(language.pick("To come", "これから"), &coming(report, language));
    if report.tasks.iter().all(|task| task.happened.is_empty() && task.to_come.is_empty()) {
        page.gap();
        page.line(
            Tone::Quiet,
            language.pick("Nothing was to be done.", "予定された作業はありませんでした。"),
        );
    }
    coloured(page.text(), style)
}

fn result(state: &firing::State, language: Language) -> String {
    let is_open = !matches!(state.phase, Phase::Ended(_));
    let overdue =
        if is_open && state.is_overdue { language.pick(", overdue", "（期限超過）") } else { "" };
    format!("{}{overdue}", picked(&state.phase.text(), language))
}

fn tone(state: &firing::State) -> Tone {
    match state.phase {
        Phase::Ended(Finish::Done) => Tone::Good,
        Phase::Ended(Finish::Late | Finish::Waived | Finish::Cancelled) | Phase::Blocked => Tone::Warning,
        Phase::Ended(_) | Phase::InDoubt => Tone::Bad,
        _ if state.is_overdue => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// `7 done, 1 missed, 1 under way; 2 alerts`.
fn summary(report: &Day, language: Language) -> String {
    let (ended, under_way) = report.counts();
    let counted = |how: Finish, count: usize| {
        let word = how.text();
        language.pick(format!("{count} {}", word.en), format!("{}{count}件", word.ja))
    };
    let mut parts: Vec<_> = ended.into_iter().map(|(how, count)| counted(how, count)).collect();
    if under_way > 0 {
        parts.push(language.pick(format!("{under_way} under way"), format!("進行中{under_way}件")));
    }
    let to_come: usize = report.tasks.iter().map(|task| task.to_come.len()).sum();
    if to_come > 0 {
        parts.push(language.pick(format!("{to_come} to come"), format!("これから{to_come}件")));
    }
    let alerts: usize = report.firings().iter().map(|(.., state)| state.holding().count()).sum();
    parts.push(match alerts {
        0 => language.pick("no alert condition holds".to_owned(), "アラート条件に該当なし".to_owned()),
        1 => language.pick("1 alert condition holds".to_owned(), "アラート条件に該当1件".to_owned()),
        _ => {
            language.pick(format!("{alerts} alert conditions hold"), format!("アラート条件に該当{alerts}件"))
        }
    });
    let is_untold = |reading: Option<&firing::Reading>| !matches!(reading, Some(firing::Reading::Value(_)));
    let unmeasured = |state: &firing::State| {
        let is_over = matches!(state.phase, Phase::Ended(_));
        state.checks().filter(|(_, reading)| (is_over || reading.is_some()) && is_untold(*reading)).count()
    };
    let unmeasured: usize = report.firings().iter().map(|(.., state)| unmeasured(state)).sum();
    if unmeasured > 0 {
        parts.push(language.pick(format!("{unmeasured} not measured"), format!("測定できず{unmeasured}件")));
    }
    let not_run = report.tasks.iter().flat_map(|task| &task.happened).filter_map(Missing::of);
    let not_run: u64 = not_run.map(|missing| missing.count).sum();
    let unseen: usize = report.tasks.iter().map(|task| task.unseen.len()).sum();
    if not_run > 0 {
        parts.push(language.pick(format!("{not_run} not run"), format!("実行せず{not_run}件")));
    }
    if unseen > 0 {
        parts.push(language.pick(format!("{unseen} not seen to yet"), format!("未処理{unseen}件")));
    }
    parts.join(language.pick(", ", "、"))
}

/// Times of a task one after another that did not run, for one reason.
struct Missing {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    count: u64,
    why: Text,
}

impl Missing {
    fn of(happened: &Happened) -> Option<Self> {
        let one = |at: DateTime<Utc>, why| Self { first: at, last: at, count: 1, why };
        Some(match happened {
            Happened::LeftOut { first, last, count, why } => {
                Self { first: *first, last: *last, count: *count, why: why.text() }
            }
            Happened::Refused { nominal, why } => one(*nominal, why.text()),
            Happened::Waits { nominal } => one(*nominal, Text::new("待っている", "it waits")),
            _ => return None,
        })
    }
}

fn not_run(report: &Day, language: Language) -> Grid {
    let mut grid = Grid::new([("", Side::Left), ("", Side::Left), ("", Side::Left)]);
    for task in &report.tasks {
        let mut all: Vec<Missing> = Vec::new();
        for happened in &task.happened {
            match (Missing::of(happened), all.last_mut()) {
                (Some(next), Some(before)) if before.why == next.why => {
                    (before.last, before.count) = (next.last, before.count + next.count);
                }
                (Some(next), _) => all.push(next),
                (None, _) => {}
            }
        }
        if let (Some(first), Some(last)) = (task.unseen.first(), task.unseen.last()) {
            let count = u64::try_from(task.unseen.len()).unwrap_or(u64::MAX);
            let why = Text::new("まだ処理されていない", "nobody has seen to it yet");
            all.push(Missing { first: *first, last: *last, count, why });
        }
        for Missing { first, last, count, why } in all {
            let is_whole = report.within.start() <= first && last < report.within.end();
            let [first, last] = [first, last].map(|at| time(of_day(at, report), report.zone));
            let when = match count {
                1 => first,
                _ if is_whole => language.pick(
                    format!("{first} – {last} ({count} times)"),
                    format!("{first}〜{last}（{count}回）"),
                ),
                // The count is of all that were left out together, other days' among them.
                _ => language.pick(
                    format!("{first} – {last} ({count} in all)"),
                    format!("{first}〜{last}（他日を含め{count}回）"),
                ),
            };
            grid.row([
                when.into(),
                clean(picked(&task.title, language)).into(),
                Cell::new(picked(&why, language), Tone::Quiet),
            ]);
        }
    }
    grid
}

/// What lies before or after the day is told as its edge.
fn of_day(at: DateTime<Utc>, report: &Day) -> DateTime<Utc> {
    at.clamp(report.within.start(), report.within.end())
}

/// What has not come yet: a line for each task, in the order of their first times.
fn coming(report: &Day, language: Language) -> Grid {
    let mut grid = Grid::new([("", Side::Left), ("", Side::Left)]);
    let mut all: Vec<_> = report.tasks.iter().filter(|task| !task.to_come.is_empty()).collect();
    all.sort_by_key(|task| task.to_come.first().copied());
    for task in all {
        let shown: Vec<_> = task.to_come.iter().take(SHOWN).map(|at| time(*at, report.zone)).collect();
        let more = task.to_come.len().saturating_sub(SHOWN);
        let more = match more {
            0 => String::new(),
            _ => language.pick(format!(" and {more} more"), format!(" ほか{more}回")),
        };
        grid.row([format!("{}{more}", shown.join(", ")).into(), clean(picked(&task.title, language)).into()]);
    }
    grid
}

/// How many times of a task are told that have not come yet.
const SHOWN: usize = 4;

/// The same for programs.
#[must_use]
pub fn day_json(report: &Day) -> String {
    let tasks: Vec<_> = report
        .tasks
        .iter()
        .map(|task| {
            let happened: Vec<_> = task
                .happened
                .iter()
                .filter_map(|happened| {
                    Some(match happened {
                        Happened::Began { firing, state } => {
                            serde_json::json!({ "began": firing_json(firing, state) })
                        }
                        Happened::LeftOut { first, last, count, why } => serde_json::json!({
                            "left_out": { "first": first, "last": last, "count": count, "why": why }
                        }),
                        Happened::Refused { nominal, why } => {
                            serde_json::json!({ "refused": { "nominal": nominal, "why": why } })
                        }
                        Happened::Waits { nominal } => serde_json::json!({ "waits": { "nominal": nominal } }),
                        _ => return None,
                    })
                })
                .collect();
            serde_json::json!({
                "task": task.id.as_str(),
                "title": task.title,
                "owner": task.owner,
                "happened": happened,
                "unseen": task.unseen,
                "to_come": task.to_come,
            })
        })
        .collect();
    json(&serde_json::json!({
        "schema": "toban.routine.day/1",
        "date": report.date,
        "zone": report.zone.to_string(),
        "at": report.at,
        "tasks": tasks,
    }))
}
