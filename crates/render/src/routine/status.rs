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
use toban_durable::Machine as _;
use toban_routine::firing::{self, Finish, Occasion, Phase};
use toban_routine::{Damage, Firing, FiringId, TaskId, schedule};

/// Routine work as its journal tells it.
#[derive(Clone, Debug)]
pub struct Status {
    /// When this was looked at.
    pub at: DateTime<Utc>,
    /// Whose clocks show the times.
    pub zone: Zone,
    /// The tasks.
    pub tasks: Vec<TaskStatus>,
    /// What of the journal cannot be read.
    pub damage: Vec<Damage>,
}

/// A task as it stands in its journal, with its firings that are under way.
#[derive(Clone, Debug)]
pub struct TaskStatus {
    /// Which task.
    pub id: TaskId,
    /// Where it stands; without a plan where its record cannot be read.
    pub task: schedule::State,
    /// What of it is under way, oldest first.
    pub under_way: Vec<UnderWay>,
}

/// A firing that is under way.
#[derive(Clone, Debug)]
pub struct UnderWay {
    /// Which.
    pub firing: FiringId,
    /// Where it stands.
    pub state: firing::State,
    /// Who performs its orders now; nobody while there is nothing to perform.
    pub holder: Option<Holder>,
}

/// A process that holds the claim of a firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What it calls itself.
    pub owner: String,
    /// Whether it is known not to be there any more.
    pub is_gone: bool,
}

/// How long after a time somebody has seen to it who is there.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// Where tasks stand, as lines of text.
#[must_use]
pub fn status_text(status: &Status, width: u16, style: Style, language: Language) -> String {
    let Status { at: now, zone, tasks, damage } = status;
    let (now, zone) = (*now, *zone);
    let mut page = Page::new(width);
    let heading = language.pick("Routine work", "定期作業の状況");
    page.line(Tone::Strong, &format!("{heading} · {} ({zone})", local(now, zone, language)));
    damaged(&mut page, damage, language);
    for UnderWay { firing, state, holder } in tasks.iter().flat_map(|status| &status.under_way) {
        page.gap();
        let (tone, line) = under_way(firing, state, now, zone, language);
        page.line(tone, &line);
        let held = holder.as_ref().map(|holder| held(holder, language));
        let notes = occasion(state, language).into_iter().chain(notes(state, language)).chain(held);
        let all = std::iter::once(firing.to_string()).chain(notes);
        page.list(&all.map(|note| Cell::new(note, Tone::Plain)).collect::<Vec<_>>());
    }
    let mut grid = Grid::new([
        (language.pick("Task", "作業"), Side::Left),
        (language.pick("Next", "次回"), Side::Left),
        (language.pick("Last", "前回"), Side::Left),
        (language.pick("Planned by", "計画元"), Side::Left),
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
            Cell::new(clean(&task.planned_by), Tone::Quiet),
            Cell::new(waits(task, language), Tone::Warning),
        ]);
        unseen |= is_late;
    }
    // Where all are planned by one definition there is nothing to tell apart.
    let planned: Vec<_> = tasks.iter().filter(|status| status.task.plan().is_some()).collect();
    let is_one = planned.windows(2).all(|two| match two {
        [one, other] => one.task.planned_by == other.task.planned_by,
        _ => true,
    });
    page.block("", &if is_one { grid.without(&[PLANNED_BY]) } else { grid });
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

/// The column that is left out where one definition plans all tasks.
const PLANNED_BY: usize = 3;

/// What cannot be read, where there is such.
pub(super) fn damaged(page: &mut Page, damage: &[Damage], language: Language) {
    if damage.is_empty() {
        return;
    }
    page.gap();
    page.line(
        Tone::Bad,
        language.pick("Damaged, and missing below", "破損しているため、以下に含まれないもの"),
    );
    page.list(&damage.iter().map(|damage| Cell::new(clean(&damage.why), Tone::Bad)).collect::<Vec<_>>());
    if damage.iter().any(|damage| damage.stream.kind == Firing::KIND) {
        page.line(
            Tone::Plain,
            language.pick(
                "A task that waits for a firing that cannot be read goes on once `toban routine fail` is said of it.",
                "読めない回の終了を待っている作業は、toban routine failで先へ進む。",
            ),
        );
    }
}

/// The same for programs.
pub(super) fn damage_json(damage: &[Damage]) -> serde_json::Value {
    let one = |damage: &Damage| {
        serde_json::json!({
            "stream": damage.stream.to_string(), "record": damage.record, "why": damage.why
        })
    };
    damage.iter().map(one).collect()
}

/// `process 4711 is at it`.
fn held(holder: &Holder, language: Language) -> String {
    // Of a place, a number and a start, people know the number.
    let number = holder.owner.rsplit('/').nth(1).filter(|number| number.parse::<u32>().is_ok());
    let name = number.map_or_else(|| clean(&holder.owner), ToOwned::to_owned);
    match holder.is_gone {
        false => language.pick(format!("process {name} is at it"), format!("プロセス{name}が処理中")),
        true => language.pick(
            format!("process {name} was at it, and is gone"),
            format!("プロセス{name}が処理中だったが、もう存在しない"),
        ),
    }
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
    if let Phase::Ended(how) = state.phase {
        let (at, how) = (short(id.nominal, now, zone, language), how.text());
        let by = state.by.as_ref().map(|by| clean(by));
        let by = by.map(|by| language.pick(format!(" by {by}"), format!("（{by}）"))).unwrap_or_default();
        let line = language.pick(
            format!("{title}, {at}: {}{by}, not taken up yet", how.en),
            format!("{title} {at}：{}{by}、未反映", how.ja),
        );
        return (tone, line);
    }
    let overdue = overdue(state, language);
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

/// That its deadline has passed, of what is not over.
pub(super) fn overdue(state: &firing::State, language: Language) -> &'static str {
    let is_open = !matches!(state.phase, Phase::Ended(_));
    if is_open && state.is_overdue { language.pick(", overdue", "（期限超過）") } else { "" }
}

/// How a firing came about, where that is not its rule alone: `asked for by ann: to see it`.
pub(super) fn occasion(state: &firing::State, language: Language) -> Option<String> {
    let short = |text: &str| clipped(&clean(text), 120);
    Some(match &state.begun.as_ref()?.occasion {
        Occasion::Due { is_late, stands_for } => {
            let late = is_late.then(|| language.pick("began late", "遅れて開始").to_owned());
            let several = (*stands_for > 1).then(|| {
                language
                    .pick(format!("stands for {stands_for} times"), format!("{stands_for}回分をまとめて実施"))
            });
            let all: Vec<_> = late.into_iter().chain(several).collect();
            return (!all.is_empty()).then(|| all.join(language.pick(", ", "、")));
        }
        Occasion::Backfill { by, why } => {
            let (by, why) = (clean(by), short(why));
            language.pick(format!("made up for by {by}: {why}"), format!("過去分の実施（{by}）：{why}"))
        }
        Occasion::Event { what, by } => {
            let (by, what) = (clean(by), short(what));
            language.pick(format!("because of {what} ({by})"), format!("きっかけ：{what}（{by}）"))
        }
        Occasion::Now { by, why } => {
            let (by, why) = (clean(by), short(why));
            language.pick(format!("asked for by {by}: {why}"), format!("随時の実施（{by}）：{why}"))
        }
    })
}

/// What is to be known of a firing beside how it stands.
pub(super) fn notes(state: &firing::State, language: Language) -> Vec<String> {
    let told = |(text, reading): (&Text, &firing::Reading)| {
        let (text, reading) = (clean(picked(text, language)), reading.text());
        format!("{text} ({})", clipped(&clean(picked(&reading, language)), 80))
    };
    alerts(state).map(told).chain(words(state, language)).collect()
}

/// The same where several are told together: without what was measured.
pub(super) fn notes_in_short(state: &firing::State, language: Language) -> Vec<String> {
    let told = |(text, reading): (&Text, &firing::Reading)| {
        let text = clean(picked(text, language));
        match reading {
            firing::Reading::Value(_) => text,
            _ => language.pick(format!("{text}: not measured"), format!("{text}：測定できず")),
        }
    };
    let alerts = alerts(state).map(told);
    alerts.chain(occasion(state, language)).chain(words(state, language)).collect()
}

/// The alerts that hold, or of which nobody can tell.
fn alerts(state: &firing::State) -> impl Iterator<Item = (&Text, &firing::Reading)> {
    let all = state.begun.as_ref().map_or(&[][..], |begun| &begun.task.alerts);
    let holding: Vec<_> = state.holding().collect();
    state.checks().filter_map(move |(place, reading)| {
        let reading = reading?;
        let is_told = holding.contains(&place) || !matches!(reading, firing::Reading::Value(_));
        Some((&all.get(place).filter(|_| is_told)?.text, reading))
    })
}

fn words(state: &firing::State, language: Language) -> impl Iterator<Item = String> {
    let blocked = state.blocked.as_ref().filter(|_| state.phase == Phase::Blocked);
    let blocked = blocked.map(|(by, why)| format!("{} ({})", clean(why), clean(by)));
    let why = state.why.as_ref().filter(|_| state.phase != Phase::Blocked);
    let why = why.map(|why| clipped(&clean(why), 120));
    let untold = state.untold.as_ref().map(|why| {
        let why = clipped(&clean(why), 80);
        language.pick(format!("people could not be told: {why}"), format!("通知できなかった：{why}"))
    });
    blocked.into_iter().chain(why).chain(untold)
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
pub fn status_json(status: &Status) -> String {
    let tasks: Vec<_> = status
        .tasks
        .iter()
        .map(|TaskStatus { id, task, under_way }| {
            let under_way: Vec<_> = under_way
                .iter()
                .map(|UnderWay { firing, state, holder }| {
                    let mut one = firing_json(firing, state);
                    let held_by = holder.as_ref().map(
                        |holder| serde_json::json!({ "owner": holder.owner, "is_gone": holder.is_gone }),
                    );
                    if let Some(fields) = one.as_object_mut() {
                        fields.insert("held_by".to_owned(), held_by.into());
                    }
                    one
                })
                .collect();
            let nominal = |pending: &schedule::Pending| pending.nominal;
            serde_json::json!({
                "task": id.as_str(),
                "title": task.plan().map(|plan| &plan.task.title),
                "planned_by": task.plan().map(|_| &task.planned_by),
                "next": task.next_start(),
                "decided": task.decided,
                "last": task.last.map(|(nominal, how)| serde_json::json!({ "nominal": nominal, "how": how })),
                "is_retired": task.is_retired,
                "paused": task.paused.as_ref().map(|(by, why)| serde_json::json!({ "by": by, "why": why })),
                "waiting": task.waiting.iter().chain(&task.asked).map(nominal).collect::<Vec<_>>(),
                "under_way": under_way,
            })
        })
        .collect();
    json(&serde_json::json!({
        "schema": "toban.routine.status/1",
        "at": status.at,
        "tasks": tasks,
        "damage": damage_json(&status.damage),
    }))
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
    format!("{}{}{by}{notes}", language.pick(en, ja), overdue(state, language))
}
