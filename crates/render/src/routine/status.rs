//! Where tasks and their firings stand.

use super::json;
use super::words::{local, picked};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, clipped};
use chrono::{DateTime, Utc};
use toban_calendar::Zone;
use toban_core::Text;
use toban_routine::FiringId;
use toban_routine::firing::{self, Finish, Phase};
use toban_routine::schedule;

/// A task as it stands in its journal, with its firings that are under way.
#[derive(Clone, Debug)]
pub struct TaskStatus {
    /// The task.
    pub task: schedule::State,
    /// What of it is under way, oldest first.
    pub under_way: Vec<(FiringId, firing::State)>,
}

/// Where tasks stand, as lines of text; times are those of the zone.
#[must_use]
pub fn status_text(
    tasks: &[TaskStatus],
    now: DateTime<Utc>,
    zone: Zone,
    width: u16,
    style: Style,
    language: Language,
) -> String {
    let mut page = Page::new(width);
    let heading = language.pick("Routine work", "定期作業の状況");
    page.line(Tone::Strong, &format!("{heading} · {} ({zone})", local(now, zone, language)));
    let mut open = Grid::new([
        (language.pick("Under way", "進行中"), Side::Left),
        (language.pick("Stands", "状態"), Side::Left),
        (language.pick("Who", "担当"), Side::Left),
        (language.pick("Until", "期限"), Side::Left),
        ("", Side::Left),
    ]);
    for (id, state) in tasks.iter().flat_map(|status| &status.under_way) {
        open.row(under_way(id, state, zone, language));
    }
    page.block("", &open);
    let mut grid = Grid::new([
        (language.pick("Task", "作業"), Side::Left),
        (language.pick("Next", "次回"), Side::Left),
        (language.pick("Last", "前回"), Side::Left),
        ("", Side::Left),
    ]);
    for TaskStatus { task, .. } in tasks {
        let Some(plan) = task.plan() else { continue };
        let never = language.pick("as it is asked for", "随時");
        let next = task.next_start().map_or_else(|| never.to_owned(), |next| local(next, zone, language));
        let last = task.last.map(|(nominal, how)| {
            format!("{} {}", local(nominal, zone, language), picked(&how.text(), language))
        });
        let bad = task.last.is_some_and(|(_, how)| !how.is_done() && how != Finish::Waived);
        grid.row([
            clean(picked(&plan.task.title, language)).into(),
            next.into(),
            Cell::new(last.unwrap_or_default(), if bad { Tone::Warning } else { Tone::Plain }),
            Cell::new(waits(task, language), Tone::Warning),
        ]);
    }
    page.block("", &grid);
    if tasks.is_empty() {
        page.gap();
        page.line(Tone::Warning, language.pick("No task is planned here.", "計画された作業はありません。"));
    }
    coloured(page.text(), style)
}

fn under_way(id: &FiringId, state: &firing::State, zone: Zone, language: Language) -> [Cell; 5] {
    let task = state.begun.as_ref().map(|begun| &begun.task);
    let title = task.map_or_else(|| id.task.to_string(), |task| clean(picked(&task.title, language)));
    let owner = task.and_then(|task| task.owner.as_ref()).map(ToString::to_string);
    let tone = match state.phase {
        Phase::InDoubt => Tone::Bad,
        Phase::Blocked => Tone::Warning,
        _ if state.is_overdue => Tone::Bad,
        _ => Tone::Plain,
    };
    let overdue = if state.is_overdue { language.pick(", overdue", "（期限超過）") } else { "" };
    let until = state.deadline().or(state.give_up()).map(|at| local(at, zone, language));
    [
        format!("{title} · {}", local(id.nominal, zone, language)).into(),
        Cell::new(format!("{}{overdue}", picked(&state.phase.text(), language)), tone),
        owner.unwrap_or_default().into(),
        until.unwrap_or_default().into(),
        Cell::new(notes(state, language).join(language.pick("; ", "、")), Tone::Quiet),
    ]
}

/// What is to be known of a firing beside how it stands.
pub(super) fn notes(state: &firing::State, language: Language) -> Vec<String> {
    let alerts = state.begun.as_ref().map_or(&[][..], |begun| &begun.task.alerts);
    let holding: Vec<_> = state.holding().collect();
    let checked = state.checks().filter_map(|(place, reading)| {
        let reading = reading?;
        let is_told = holding.contains(&place) || !matches!(reading, firing::Reading::Value(_));
        let text = &alerts.get(place).filter(|_| is_told)?.text;
        Some(format!(
            "{} ({})",
            clean(picked(text, language)),
            clipped(&clean(picked(&reading.text(), language)), 80)
        ))
    });
    let blocked = state.blocked.as_ref().filter(|_| state.phase == Phase::Blocked);
    let blocked = blocked.map(|(by, why)| format!("{} ({})", clean(why), clean(by)));
    let why = state.why.as_ref().filter(|_| state.phase != Phase::Blocked);
    let why = why.map(|why| clipped(&clean(why), 120));
    checked.chain(blocked).chain(why).collect()
}

/// What keeps a task from beginning, and what waits.
fn waits(task: &schedule::State, language: Language) -> String {
    let paused = task.paused.as_ref().map(|(by, why)| {
        let (by, why) = (clean(by), clean(why));
        language.pick(format!("paused by {by}: {why}"), format!("一時停止（{by}）：{why}"))
    });
    let count = task.waiting.len() + task.asked.len();
    let waiting = (count > 0).then(|| language.pick(format!("{count} waiting"), format!("待ち{count}件")));
    paused.into_iter().chain(waiting).collect::<Vec<_>>().join(language.pick("; ", "、"))
}

/// The same for programs.
#[must_use]
pub fn status_json(tasks: &[TaskStatus], now: DateTime<Utc>) -> String {
    let tasks: Vec<_> = tasks
        .iter()
        .filter_map(|TaskStatus { task, under_way }| {
            let plan = task.plan()?;
            let under_way: Vec<_> = under_way.iter().map(|(id, state)| firing_json(id, state)).collect();
            let nominal = |pending: &schedule::Pending| pending.nominal;
            Some(serde_json::json!({
                "task": plan.task.id.as_str(),
                "title": plan.task.title,
                "next": task.next_start(),
                "decided": task.decided,
                "last": task.last.map(|(nominal, how)| serde_json::json!({ "nominal": nominal, "how": how })),
                "paused": task.paused.as_ref().map(|(by, why)| serde_json::json!({ "by": by, "why": why })),
                "waiting": task.waiting.iter().chain(&task.asked).map(nominal).collect::<Vec<_>>(),
                "under_way": under_way,
            }))
        })
        .collect();
    json(&serde_json::json!({ "schema": "toban.routine.status/1", "at": now, "tasks": tasks }))
}

/// A firing for programs.
pub(super) fn firing_json(id: &FiringId, state: &firing::State) -> serde_json::Value {
    let alerts = state.begun.as_ref().map_or(&[][..], |begun| &begun.task.alerts);
    let holding: Vec<_> = state.holding().collect();
    let checks: Vec<_> = state
        .checks()
        .filter_map(|(place, reading)| {
            let text = &alerts.get(place)?.text;
            Some(serde_json::json!({ "text": text, "reading": reading, "holds": holding.contains(&place) }))
        })
        .collect();
    let phase = match state.phase {
        Phase::New => "new",
        Phase::Working => "working",
        Phase::Checking => "checking",
        Phase::Open => "open",
        Phase::Blocked => "blocked",
        Phase::InDoubt => "in_doubt",
        Phase::Ending { .. } => "ending",
        Phase::Ended(_) => "ended",
    };
    let how = match state.phase {
        Phase::Ended(how) => Some(how),
        _ => None,
    };
    serde_json::json!({
        "firing": id.to_string(),
        "nominal": id.nominal,
        "phase": phase,
        "how": how,
        "occasion": state.begun.as_ref().map(|begun| &begun.occasion),
        "owner": state.begun.as_ref().and_then(|begun| begun.task.owner.as_ref()),
        "began": state.began_at,
        "ended": state.ended_at,
        "deadline": state.deadline(),
        "is_overdue": state.is_overdue,
        "by": state.by,
        "why": state.why,
        "blocked": state.blocked.as_ref().map(|(by, why)| serde_json::json!({ "by": by, "why": why })),
        "evidence": state.evidence,
        "checks": checks,
    })
}

/// What became of a firing, in the words of a log: `done by bob`.
#[must_use]
pub fn phase_line(state: &firing::State, language: Language) -> String {
    let Text { ja, en } = state.phase.text();
    let by = state.by.as_ref().map(|by| clean(by));
    let by = by.map(|by| language.pick(format!(" by {by}"), format!("（{by}）"))).unwrap_or_default();
    let notes = notes(state, language);
    let notes = if notes.is_empty() {
        String::new()
    } else {
        format!(": {}", notes.join(language.pick("; ", "、")))
    };
    format!("{}{by}{notes}", language.pick(en, ja))
}
