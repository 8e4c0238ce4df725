//! What people read of routine work that runs: where it stands, and the report of a day.

use crate::golden::assert_golden;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use toban_calendar::Zone;
use toban_core::Interval;
use toban_durable::{Machine, Now, Steady};
use toban_render::routine::{Day, TaskDay, TaskStatus, day_json, day_text, status_json, status_text};
use toban_render::{Language, Style};
use toban_routine::firing::{self, Begun, Event, Finish, Occasion, Reading};
use toban_routine::schedule::{self, Schedule};
use toban_routine::{Finite, Firing, FiringId, Happened, TaskDraft, TaskPlan};
use unicode_width::UnicodeWidthStr;

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-12-18T{text}:00+09:00").parse().unwrap()
}

fn now(wall: DateTime<Utc>) -> Now {
    Now { wall, steady: Steady::START }
}

fn draft(more: Value) -> TaskDraft {
    let mut draft = json!({
        "id": "backup-check",
        "title": {"ja": "バックアップ確認", "en": "backup check"},
        "owner": {"role": "infrastructure"},
        "when": {"on": "daily", "at": "07:00"},
    });
    more.as_object().unwrap().iter().for_each(|(field, value)| draft[field] = value.clone());
    serde_json::from_value(draft).unwrap()
}

fn checked() -> TaskDraft {
    draft(json!({
        "id": "infrastructure-check",
        "title": {"ja": "インフラ状態チェック", "en": "infrastructure check"},
        "alerts": [
            {"text": {"ja": "CPU使用率80%以上", "en": "CPU usage of 80 % or more"},
             "measured": {"query": "host:cpu", "is": "at_least", "value": 0.8}},
            {"text": {"ja": "エラー率1%以上", "en": "error rate of 1 % or more"},
             "measured": {"query": "errors", "is": "at_least", "value": 0.01}},
        ],
    }))
}

/// A firing of a task, and where it stands after these events.
fn fired(task: &TaskDraft, nominal: &str, events: &[(&str, Event)]) -> (FiringId, firing::State) {
    let id = FiringId { task: task.id.clone(), nominal: at(nominal) };
    let begun = Begun {
        task: task.clone(),
        nominal: id.nominal,
        occasion: Occasion::Due { is_late: false, stands_for: 1 },
        deadline: Some(id.nominal + TimeDelta::minutes(30)),
        give_up: None,
    };
    let mut state = firing::State::default();
    Firing::apply(&mut state, &Event::Begun(Box::new(begun)), now(id.nominal));
    events.iter().for_each(|(when, event)| Firing::apply(&mut state, event, now(at(when))));
    (id, state)
}

fn ended(how: Finish, by: Option<&str>, evidence: &[&str]) -> Event {
    Event::Ended {
        how,
        by: by.map(str::to_owned),
        why: None,
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn readings() -> [Event; 2] {
    [
        Event::Checked { alert: 0, reading: Reading::Value(Finite::new(0.912_34).unwrap()) },
        Event::Checked { alert: 1, reading: Reading::Failed { why: "connection refused".into() } },
    ]
}

fn day() -> Day {
    let (backup, check) = (draft(json!({})), checked());
    let began = |(firing, state)| Happened::Began { firing, state: Box::new(state) };
    let [cpu, errors] = readings();
    let refused =
        |when: &str| Happened::Refused { nominal: at(when), why: toban_routine::WhyRefused::Running };
    let of = |task: &TaskDraft, happened: Vec<Happened>, to_come: &[&str]| TaskDay {
        id: task.id.clone(),
        title: task.title.clone(),
        owner: task.owner.clone(),
        happened,
        unseen: Vec::new(),
        to_come: to_come.iter().map(|when| at(when)).collect(),
    };
    let backup_day = vec![
        Happened::LeftOut {
            first: at("04:00"),
            last: at("06:00"),
            count: 3,
            why: toban_routine::WhyLeftOut::Coalesced,
        },
        began(fired(&backup, "07:00", &[("07:12", ended(Finish::Done, Some("bob"), &["ticket 7"]))])),
        refused("08:00"),
        refused("09:00"),
        began(fired(
            &backup,
            "10:00",
            &[("10:31", Event::Overdue), ("10:40", ended(Finish::Late, None, &["4 files"]))],
        )),
    ];
    let check_day = vec![
        began(fired(
            &check,
            "09:00",
            &[("09:00", cpu), ("09:01", errors), ("09:20", ended(Finish::Done, Some("carol"), &[]))],
        )),
        began(fired(&check, "11:00", &[("12:00", ended(Finish::Missed, None, &[]))])),
    ];
    let to_come = ["13:00", "14:00", "15:00", "16:00", "17:00", "18:00"];
    Day {
        date: "2026-12-18".parse().unwrap(),
        zone: Zone::parse("+09:00").unwrap(),
        within: Interval::starting(at("00:00"), TimeDelta::days(1)).unwrap(),
        at: at("12:30"),
        tasks: vec![of(&backup, backup_day, &to_come), of(&check, check_day, &["13:00"])],
    }
}

fn status() -> Vec<TaskStatus> {
    let (backup, check) = (draft(json!({})), checked());
    let of = |task: &TaskDraft, events: &[schedule::Event]| {
        let plan =
            TaskPlan { zone: Some("+09:00".into()), calendars: Default::default(), task: task.clone() };
        let planned = schedule::Event::Planned { plan: Box::new(plan), by: "the team".into() };
        let mut state = schedule::State::default();
        let decided = schedule::Event::Decided { upto: at("12:30") };
        for event in [planned, decided].iter().chain(events) {
            Schedule::apply(&mut state, event, now(at("12:30")));
        }
        state
    };
    let due = || Occasion::Due { is_late: false, stands_for: 1 };
    let paused = schedule::Event::Paused { by: "ann".into(), why: "the house moves".into() };
    let last = schedule::Event::Ended { nominal: at("11:00"), how: Finish::Missed };
    let waits = schedule::Event::Waits { nominal: at("12:00"), occasion: due() };
    let [cpu, errors] = readings();
    let blocked = Event::Blocked { by: "bob".into(), why: "no access".into() };
    vec![
        TaskStatus { task: of(&backup, &[last, paused]), under_way: Vec::new() },
        TaskStatus {
            task: of(&check, &[schedule::Event::Began { nominal: at("11:00"), occasion: due() }, waits]),
            under_way: vec![
                fired(&check, "10:00", &[("10:01", blocked)]),
                fired(&check, "11:00", &[("11:00", cpu), ("11:01", errors), ("11:31", Event::Overdue)]),
            ],
        },
    ]
}

#[test]
fn a_report_of_a_day_says_what_became_of_everything_in_both_languages() {
    for (name, language) in [("en", Language::En), ("ja", Language::Ja)] {
        assert_golden(&format!("routine_day.{name}.txt"), &day_text(&day(), 100, Style::Plain, language));
    }
    assert_golden("routine_day.json", &day_json(&day()));
}

#[test]
fn the_status_says_where_everything_stands_in_both_languages() {
    let (at, zone) = (at("12:30"), Zone::parse("+09:00").unwrap());
    for (name, language) in [("en", Language::En), ("ja", Language::Ja)] {
        let text = status_text(&status(), at, zone, 100, Style::Plain, language);
        assert_golden(&format!("routine_status.{name}.txt"), &text);
    }
    assert_golden("routine_status.json", &status_json(&status(), at));
}

#[test]
fn no_line_is_wider_than_its_terminal() {
    let (at, zone) = (at("12:30"), Zone::parse("+09:00").unwrap());
    for width in [60, 80, 140] {
        for language in [Language::En, Language::Ja] {
            let status = status_text(&status(), at, zone, width, Style::Plain, language);
            for line in day_text(&day(), width, Style::Plain, language).lines().chain(status.lines()) {
                assert!(line.trim_end().width() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_day_on_which_nothing_was_to_be_done_says_so() {
    let day = Day { tasks: Vec::new(), ..day() };
    assert!(day_text(&day, 80, Style::Plain, Language::En).contains("Nothing was to be done."));
}
