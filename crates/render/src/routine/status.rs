//! Where tasks and their firings stand.

use super::json;
use super::words::{local, picked, time};
use crate::Language;
use crate::table::{Cell, Grid, Side, Style, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, clipped};
use chrono::{DateTime, TimeDelta, Utc};
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

/// How long after a time somebody has seen to it who is there.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

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
    for (id, state) in tasks.iter().flat_map(|status| &status.under_way) {
        page.gap();
        let (tone, line) = under_way(id, state, now, zone, language);
        page.line(tone, &line);
        let named = Cell::from(id.to_string());
        let notes = notes(state, language).into_iter().map(|note| Cell::new(note, Tone::Plain));
        page.list(&[named].into_iter().chain(notes).collect::<Vec<_>>());
    }
    let mut grid = Grid::new([
        (language.pick("Task", "作業"), Side::Left),
        (language.pick("Next", "次回"), Side::Left),
        (language.pick("Last", "前回"), Side::Left),
        ("", Side::Left),
    ]);
    let mut unseen = false;
    for TaskStatus { task, .. } in tasks {
        let Some(plan) = task.plan() else { continue };
        let never = language.pick("as it is asked for", "随時");
        let is_late = task.next_start().is_some_and(|next| next + PATIENCE < now);
        let next =
            task.next_start().map_or_else(|| never.to_owned(), |next| short(next, now, zone, language));
        let last = task.last.map(|(nominal, how)| {
            format!("{} {}", short(nominal, now, zone, language), picked(&how.text(), language))
        });
        let bad = task.last.is_some_and(|(_, how)| !how.is_done() && how != Finish::Waived);
        grid.row([
            clean(picked(&plan.task.title, language)).into(),
            Cell::new(next, if is_late { Tone::Bad } else { Tone::Plain }),
            Cell::new(last.unwrap_or_default(), if bad { Tone::Warning } else { Tone::Plain }),
            Cell::new(waits(task, language), Tone::Warning),
        ]);
        unseen |= is_late;
    }
    page.block("", &grid);
    if unseen {
        page.gap();
        let say = language.pick(
            "Times have passed that nobody has seen to: does `toban routine run` run?",
            "予定時刻を過ぎても処理されていない。toban routine runは動いているか？",
        );
        page.line(Tone::Bad, say);
    }
    if tasks.is_empty() {
        page.gap();
        page.line(Tone::Warning, language.pick("No task is planned here.", "計画された作業はありません。"));
    }
    coloured(page.text(), style)
}

/// `infrastructure check, 11:00: to do, overdue; infrastructure, until 11:30`.
fn under_way(
    id: &FiringId,
    state: &firing::State,
    now: DateTime<Utc>,
    zone: Zone,
    language: Language,
) -> (Tone, String) {
    let task = state.begun.as_ref().map(|begun| &begun.task);
    let title = task.map_or_else(|| id.task.to_string(), |task| clean(picked(&task.title, language)));
    let tone = match state.phase {
        Phase::InDoubt => Tone::Bad,
        Phase::Blocked => Tone::Warning,
        _ if state.is_overdue => Tone::Bad,
        _ => Tone::Strong,
    };
    let overdue = if state.is_overdue { language.pick(", overdue", "（期限超過）") } else { "" };
    let owner = task.and_then(|task| task.owner.as_ref()).map(|owner| clean(&owner.to_string()));
    let until = state.deadline().or(state.give_up()).map(|at| {
        let at = short(at, now, zone, language);
        language.pick(format!("until {at}"), format!("{at}まで"))
    });
    let rest: Vec<_> = owner.into_iter().chain(until).collect();
    let rest = match rest.is_empty() {
        true => String::new(),
        false => format!("{}{}", language.pick("; ", "、"), rest.join(language.pick(", ", "、"))),
    };
    let (at, phase) = (short(id.nominal, now, zone, language), state.phase.text());
    let stands = picked(&phase, language);
    let line = language.pick(
        format!("{title}, {at}: {stands}{overdue}{rest}"),
        format!("{title} {at}：{stands}{overdue}{rest}"),
    );
    (tone, line)
}

/// A moment, without its date where that is today's.
fn short(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone, language: Language) -> String {
    let date = |at| zone.civil(at).map(|civil| civil.date());
    let is_today = matches!((date(at), date(now)), (Ok(one), Ok(other)) if one == other);
    if is_today { time(at, zone) } else { local(at, zone, language) }
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
    let untold = state.untold.as_ref().map(|why| {
        let why = clipped(&clean(why), 80);
        language.pick(format!("people could not be told: {why}"), format!("通知できなかった：{why}"))
    });
    checked.chain(blocked).chain(why).chain(untold).collect()
}

/// What keeps a task from beginning, and what waits.
fn waits(task: &schedule::State, language: Language) -> String {
    let paused = task.paused.as_ref().map(|(by, why)| {
        let (by, why) = (clean(by), clean(why));
        language.pick(format!("paused by {by}: {why}"), format!("一時停止（{by}）：{why}"))
    });
    let retired =
        task.is_retired.then(|| language.pick("not planned any more", "定義から削除済み").to_owned());
    let count = task.waiting.len() + task.asked.len();
    let waiting = (count > 0).then(|| language.pick(format!("{count} waiting"), format!("待ち{count}件")));
    retired.into_iter().chain(paused).chain(waiting).collect::<Vec<_>>().join(language.pick("; ", "、"))
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
                "is_retired": task.is_retired,
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
        "untold": state.untold,
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
    let is_open = !matches!(state.phase, Phase::Ended(_));
    let overdue =
        if is_open && state.is_overdue { language.pick(", overdue", "（期限超過）") } else { "" };
    format!("{}{overdue}{by}{notes}", language.pick(en, ja))
}
