//! What becomes of dates and times, for programs: every reason has a kind beside its words.

use super::json;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use toban_calendar::{Because, Change, ChangedTime, Why, WhyClosed, Zone};
use toban_core::Text;
use toban_routine::ScheduledTask;

/// Why a task is due on a date, or is not, for programs.
#[must_use]
pub fn why_json(task: &ScheduledTask, why: &Why) -> String {
    let zone = task.recurrence.zone().unwrap_or(Zone::UTC);
    json(&json!({
        "schema": "toban.routine.why/1",
        "task": task.id.as_str(),
        "zone": zone.to_string(),
        "date": why.date.to_string(),
        "at": moments(&why.instants, zone),
        "reasons": why.reasons.iter().map(|reason| reason_json(reason, zone)).collect::<Vec<_>>(),
    }))
}

/// What the rules of tasks move, merge, drop or double, for programs.
#[must_use]
pub fn preview_json(changes: &[(&ScheduledTask, Vec<Change>)]) -> String {
    let all =
        changes.iter().flat_map(|(task, changes)| changes.iter().map(|change| change_json(task, change)));
    json(&json!({ "schema": "toban.routine.preview/1", "changes": all.collect::<Vec<_>>() }))
}

pub(super) fn change_json(task: &ScheduledTask, change: &Change) -> Value {
    let zone = task.recurrence.zone().unwrap_or(Zone::UTC);
    let time = |time: ChangedTime| json!({ "nominal": time.nominal.to_string(), "at": moments(&time.fate.instants(), zone) });
    json!({
        "task": task.id.as_str(),
        "zone": zone.to_string(),
        "kind": change.first.fate.kind(),
        "count": change.count,
        "first": time(change.first),
        "last": time(change.last),
        "cause": with_kind(change.cause.kind(), &change.cause.text()),
    })
}

/// The kind of a reason, its words, and what it is about.
fn reason_json(reason: &Because, zone: Zone) -> Value {
    let mut value = with_kind(reason.kind(), &reason.text());
    let closed = |why: &WhyClosed| with_kind(why.kind(), &why.text());
    let about: Vec<(&str, Value)> = match reason {
        Because::AfterEnd(at) => vec![("end", moment(*at, zone))],
        Because::BeforeStart(at) => vec![("start", moment(*at, zone))],
        Because::Elapsed(rule) | Because::InRule(rule) | Because::NotInRule(rule) => {
            vec![("rule", both(rule))]
        }
        Because::Excepted(others) => vec![("excepted", both(others))],
        Because::LeftOut(why) => vec![("closed", closed(why))],
        Because::MovedAway { to, closed: why } => vec![("to", json!(to)), ("closed", closed(why))],
        Because::MovedHere { from, closed: why } => vec![("from", json!(from)), ("closed", closed(why))],
        Because::Repeated { time, at } => vec![("time", json!(time)), ("at", moments(at, zone))],
        Because::Skipped { time, instead } => {
            vec![("time", json!(time)), ("at", moments(instead.as_slice(), zone))]
        }
        Because::Unknown(calendar) => vec![("calendar", both(calendar))],
        _ => Vec::new(),
    };
    if let Value::Object(fields) = &mut value {
        fields.extend(about.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    value
}

fn with_kind(kind: &str, text: &Text) -> Value {
    json!({ "kind": kind, "ja": text.ja, "en": text.en })
}

fn both(text: &Text) -> Value {
    json!({ "ja": text.ja, "en": text.en })
}

fn moments(all: &[DateTime<Utc>], zone: Zone) -> Value {
    all.iter().map(|at| moment(*at, zone)).collect()
}

/// An instant, and what clocks of the zone show, with their offset.
fn moment(at: DateTime<Utc>, zone: Zone) -> Value {
    json!({ "utc": at, "local": at.with_timezone(&zone.offset(at)).to_rfc3339() })
}
