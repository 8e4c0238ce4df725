//! What becomes of dates and times as programs read it: stable, and every kind documented.

use crate::golden::assert_golden;
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use toban_core::Interval;
use toban_render::routine::{preview_json, why_json};
use toban_routine::{Review, RoutineDraft, ScheduledTask, review};

fn routine() -> Review {
    let task = |id: &str, when: Value| json!({ "id": id, "title": id, "when": when });
    let draft = json!({
        "zone": "Europe/Berlin",
        "calendars": { "works": {
            "holidays": { "2026-04-03": { "ja": "聖金曜日", "en": "Good Friday" } },
            "closed": [{ "on": { "season": { "from": "12-24", "to": "12-31" } }, "why": { "ja": "年末休業", "en": "closed" } }],
            "known_to": "2026-12-31",
        } },
        "tasks": [
            task("often", json!({ "cron": "*/5 * * * *", "clock_change": "each_showing" })),
            task("nightly", json!({ "on": "daily", "at": ["02:30", "03:00"] })),
            task("twice", json!({ "on": "daily", "at": "02:30", "clock_change": "each_showing" })),
            task("moved", json!({ "on": { "monthly": [3, 4, 27] }, "at": "09:00", "if_closed": "next", "calendar": "works" })),
            task("skipped", json!({ "on": { "monthly": 3 }, "at": "09:00", "if_closed": "skip", "calendar": "works" })),
            task("working", json!({ "on": "working", "at": "09:00", "calendar": "works" })),
            task("excepted", json!({
                "on": { "except": { "of": "daily", "without": { "weekly": "fri" } } }, "at": "09:00",
                "start": "2026-02-01T00:00:00Z", "end": "2026-11-01T00:00:00Z",
            })),
            task("elapsed", json!({ "every": "36h", "start": "2026-01-01T22:30:00Z" })),
        ],
    });
    let draft: RoutineDraft = serde_json::from_value(draft).unwrap();
    let review = review(&draft);
    assert_eq!(review.scheduled.len(), 8, "{:?}", review.findings);
    review
}

fn named<'r>(review: &'r Review, id: &str) -> &'r ScheduledTask {
    review.scheduled.iter().find(|task| task.id.as_str() == id).unwrap()
}

fn whys() -> Vec<Value> {
    let review = routine();
    let why = |(id, date): (&str, &str)| -> Value {
        let task = named(&review, id);
        let date: NaiveDate = date.parse().unwrap();
        serde_json::from_str(&why_json(task, &task.recurrence.why(date))).unwrap()
    };
    [
        ("nightly", "2026-03-29"),
        ("twice", "2026-03-29"),
        ("twice", "2026-10-25"),
        ("moved", "2026-04-03"),
        ("moved", "2026-04-06"),
        ("moved", "2026-06-27"),
        ("moved", "2027-01-04"),
        ("skipped", "2026-04-03"),
        ("skipped", "2026-04-07"),
        ("working", "2026-12-25"),
        ("excepted", "2026-01-30"),
        ("excepted", "2026-11-02"),
        ("elapsed", "2026-01-01"),
        ("elapsed", "2026-01-02"),
    ]
    .map(why)
    .into()
}

fn preview() -> Value {
    let review = routine();
    let year =
        Interval::new("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap());
    let year = year.unwrap();
    let changes: Vec<_> = review.scheduled.iter().map(|task| (task, task.recurrence.preview(year))).collect();
    serde_json::from_str(&preview_json(&changes)).unwrap()
}

/// Everything that stands in a field of this name.
fn gather(value: &Value, field: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found.extend(value.as_str().filter(|_| name == field).map(str::to_owned));
            gather(value, field, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| gather(item, field, found)),
        _ => {}
    }
}

fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(inner) => inner.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            fields(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        _ => {}
    }
}

#[test]
fn the_json_forms_of_why_and_of_a_preview_stay_as_they_are() {
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap() + "\n";
    assert_golden("routine-why.json", &text(&Value::Array(whys())));
    assert_golden("routine-preview.json", &text(&preview()));
}

#[test]
fn every_kind_of_reason_and_every_field_stands_in_the_documentation() {
    let (mut kinds, mut names) = (BTreeSet::new(), BTreeSet::new());
    for value in whys().iter().chain([&preview()]) {
        gather(value, "kind", &mut kinds);
        fields(value, &mut names);
    }
    let expected = [
        "after_end",
        "before_start",
        "closed",
        "doubled",
        "dropped",
        "elapsed",
        "excepted",
        "fold",
        "gap",
        "holiday",
        "in_rule",
        "left_out",
        "merged",
        "moved",
        "moved_away",
        "moved_here",
        "not_in_rule",
        "repeated",
        "skipped",
        "unknown",
        "weekend",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
    let told = include_str!("../../../../docs/recurrence.md");
    let (_, told) = told.split_once("## As JSON").unwrap();
    let missing: Vec<_> =
        kinds.iter().chain(&names).filter(|name| !told.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
