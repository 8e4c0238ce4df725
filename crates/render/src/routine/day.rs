//! The report of a day: what was to be done, and what became of it.

use super::json;
use super::rows::{Fired, rows};
use super::status::{damage_json, damaged, firing_json};
use super::words::{day, local, picked, time};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::clean;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use toban_calendar::Zone;
use toban_core::{Interval, Party, Text};
use toban_routine::firing::{self, Finish, Phase};
use toban_routine::{Damage, Happened, TaskId};

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
    /// What of the journal cannot be read.
    pub damage: Vec<Damage>,
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
    /// Since when anything is known of it, where that is after the day began.
    pub known_since: Option<DateTime<Utc>>,
    /// Its times of the day that have come, and that nobody has seen to.
    pub unseen: Vec<DateTime<Utc>>,
    /// Its times of the day that have not come.
    pub to_come: Vec<DateTime<Utc>>,
}

impl Day {
    /// The firings of the day, in the order of their times.
    fn firings(&self) -> Vec<Fired<'_>> {
        self.fired(|happened| match happened {
            Happened::Began { firing, state } => Some((firing, state)),
            _ => None,
        })
    }

    /// Those of days before that ended on this one.
    fn ended(&self) -> Vec<Fired<'_>> {
        self.fired(|happened| match happened {
            Happened::Ended { firing, state } => Some((firing, state)),
            _ => None,
        })
    }

    fn fired(
        &self,
        of: impl Fn(&Happened) -> Option<(&toban_routine::FiringId, &firing::State)>,
    ) -> Vec<Fired<'_>> {
        let mut all = Vec::new();
        for task in &self.tasks {
            let fired = task.happened.iter().filter_map(&of);
            all.extend(fired.map(|(id, state)| Fired { task, id, state }));
        }
        all.sort_by_key(|fired| fired.id.nominal);
        all
    }

    /// How many firings ended how, and how many are under way.
    fn counts(&self) -> (BTreeMap<Finish, usize>, usize) {
        let (mut ended, mut under_way) = (BTreeMap::new(), 0);
        for Fired { state, .. } in self.firings() {
            match state.phase {
                Phase::Ended(how) => *ended.entry(how).or_default() += 1,
                _ => under_way += 1,
            }
        }
        (ended, under_way)
    }

    /// Whether nothing became of any task, and nothing will.
    fn is_empty(&self) -> bool {
        let is_empty =
            |task: &TaskDay| task.happened.is_empty() && task.unseen.is_empty() && task.to_come.is_empty();
        self.tasks.iter().all(is_empty)
    }

    /// Since when anything is known of any task, where that is after the day began.
    fn known_since(&self) -> Option<DateTime<Utc>> {
        let since = self.tasks.iter().map(|task| task.known_since.unwrap_or(self.within.start())).min();
        since.filter(|since| *since > self.within.start())
    }
}

/// The report of a day, as lines of text.
#[must_use]
pub fn day_text(report: &Day, width: u16, style: Style, language: Language) -> String {
    let Day { zone, within, .. } = *report;
    let mut page = Page::new(width);
    let heading = language.pick("Daily report", "日次レポート");
    page.line(Tone::Strong, &format!("{heading} · {} ({zone})", day(report.date, language)));
    let summary = summary(report, language);
    if !summary.is_empty() {
        page.line(Tone::Plain, &summary);
    }
    damaged(&mut page, &report.damage, language);
    if let Some((tone, text)) = knowledge(report, language) {
        page.gap();
        page.line(tone, &text);
    }
    let grid = |fired: &[Fired<'_>]| {
        let mut grid = Grid::new([
            (language.pick("Time", "時刻"), Side::Left),
            (language.pick("Task", "作業"), Side::Left),
            (language.pick("Who", "担当"), Side::Left),
            (language.pick("Result", "結果"), Side::Left),
            (language.pick("Ended", "終了"), Side::Left),
            (language.pick("Evidence and notes", "証跡・備考"), Side::Left),
        ]);
        rows(fired).iter().for_each(|row| grid.row(row.cells(within, zone, language)));
        grid
    };
    page.block("", &grid(&report.firings()));
    let heading = language.pick("Ended on this day, due before it", "前日以前の予定で、この日に終了したもの");
    page.block(heading, &grid(&report.ended()));
    page.block(language.pick("Not run", "実行しなかったもの"), &not_run(report, language));
    page.block(language.pick("To come", "これから"), &coming(report, language));
    coloured(page.text(), style)
}

/// What is to be known of the day as a whole: that it has not come, that nothing is known of it, that nothing was to be
/// done.
fn knowledge(report: &Day, language: Language) -> Option<(Tone, String)> {
    let told = |tone, en: &str, ja: &str| Some((tone, language.pick(en, ja).to_owned()));
    if report.tasks.is_empty() {
        let is_whole = report.damage.is_empty();
        return is_whole
            .then(|| told(Tone::Warning, "No task is planned here.", "計画された作業はありません。"))?;
    }
    // A clock may have been ahead.
    let has_begun = report.tasks.iter().any(|task| !task.happened.is_empty());
    if report.at < report.within.start() && !has_begun {
        return told(Tone::Quiet, "This day has not come.", "まだ来ていない日です。");
    }
    match report.known_since() {
        Some(since) if since >= report.within.end() => {
            let since = local(since, report.zone, language);
            let text = language.pick(
                format!("Nothing is known of this day: the journal begins on {since}."),
                format!("記録は{since}に始まるため、この日のことはわかりません。"),
            );
            Some((Tone::Warning, text))
        }
        Some(since) => {
            let since = time(since, report.zone);
            let text = language.pick(
                format!("Of the time before {since} nothing is known: the journal begins then."),
                format!("記録は{since}に始まるため、それより前のことはわかりません。"),
            );
            Some((Tone::Quiet, text))
        }
        None if report.is_empty() => {
            told(Tone::Quiet, "Nothing was to be done.", "予定された作業はありませんでした。")
        }
        None => None,
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
    let earlier = report.ended().len();
    if earlier > 0 {
        parts.push(
            language.pick(format!("{earlier} due before ended"), format!("前日以前の予定の終了{earlier}件")),
        );
    }
    let firings = report.firings();
    let alerts: usize = firings.iter().map(|fired| fired.state.holding().count()).sum();
    match alerts {
        // Where nothing ran, nothing was measured.
        0 if firings.is_empty() => {}
        0 => parts.push(language.pick("no alert condition holds", "アラート条件に該当なし").to_owned()),
        1 => parts.push(language.pick("1 alert condition holds", "アラート条件に該当1件").to_owned()),
        _ => parts.push(
            language.pick(format!("{alerts} alert conditions hold"), format!("アラート条件に該当{alerts}件")),
        ),
    }
    let is_untold = |reading: Option<&firing::Reading>| !matches!(reading, Some(firing::Reading::Value(_)));
    let unmeasured = |state: &firing::State| {
        let is_over = matches!(state.phase, Phase::Ended(_));
        state.checks().filter(|(_, reading)| (is_over || reading.is_some()) && is_untold(*reading)).count()
    };
    let unmeasured: usize = firings.iter().map(|fired| unmeasured(fired.state)).sum();
    if unmeasured > 0 {
        parts.push(language.pick(format!("{unmeasured} not measured"), format!("測定できず{unmeasured}件")));
    }
    let not_run = report.tasks.iter().flat_map(|task| &task.happened);
    let not_run = not_run.filter_map(|happened| Missing::of(happened, report.within));
    let (not_run, across): (Vec<_>, Vec<_>) = not_run.partition(|missing| missing.is_whole);
    let [not_run, across] = [not_run, across].map(|all| all.iter().map(|missing| missing.count).sum::<u64>());
    let unseen: usize = report.tasks.iter().map(|task| task.unseen.len()).sum();
    if not_run > 0 {
        parts.push(language.pick(format!("{not_run} not run"), format!("実行せず{not_run}件")));
    }
    if across > 0 {
        parts.push(language.pick(
            format!("some of {across} more that other days share not run"),
            format!("ほかに他日と合わせて{across}件実行せず"),
        ));
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
    /// Whether all of them are of the day; else nobody knows how many are.
    is_whole: bool,
    why: Text,
}

impl Missing {
    fn of(happened: &Happened, within: Interval) -> Option<Self> {
        let one = |at: DateTime<Utc>, why| Self { first: at, last: at, count: 1, is_whole: true, why };
        Some(match happened {
            Happened::LeftOut { first, last, count, why } => Self {
                first: *first,
                last: *last,
                count: *count,
                is_whole: within.contains(*first) && within.contains(*last),
                why: why.text(),
            },
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
            match (Missing::of(happened, report.within), all.last_mut()) {
                (Some(next), Some(before)) if before.why == next.why && before.is_whole && next.is_whole => {
                    (before.last, before.count) = (next.last, before.count + next.count);
                }
                (Some(next), _) => all.push(next),
                (None, _) => {}
            }
        }
        if let (Some(first), Some(last)) = (task.unseen.first(), task.unseen.last()) {
            let count = u64::try_from(task.unseen.len()).unwrap_or(u64::MAX);
            let why = Text::new("まだ処理されていない", "nobody has seen to it yet");
            all.push(Missing { first: *first, last: *last, count, is_whole: true, why });
        }
        for Missing { first, last, count, is_whole, why } in all {
            let [first, last] = [first, last].map(|at| time(of_day(at, report), report.zone));
            let when = match count {
                1 => first,
                _ if is_whole => language.pick(
                    format!("{first} – {last} ({count} times)"),
                    format!("{first}〜{last}（{count}回）"),
                ),
                _ => language.pick(
                    format!("{first} – {last} ({count} in all, not of this day alone)"),
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
                        Happened::Ended { firing, state } => {
                            serde_json::json!({ "ended": firing_json(firing, state) })
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
                "known_since": task.known_since,
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
        "within": { "start": report.within.start(), "end": report.within.end() },
        "at": report.at,
        "tasks": tasks,
        "damage": damage_json(&report.damage),
    }))
}
