//! Whether the work fits the team, as people and programs read it.

use crate::golden::assert_golden;
use serde_json::{Value, json};
use toban_calendar::Zone;
use toban_core::Interval;
use toban_render::routine::{capacity_json, capacity_text};
use toban_render::{Language, Style};
use toban_routine::{CapacityReport, Inventory, Payback, RoutineDraft, automation_plan, capacity, inventory};

const WEEKDAYS: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];

/// Two people with too much to do, at wrong times, and twelve tasks that a program could do.
fn shown() -> (CapacityReport, Inventory, Vec<Payback>) {
    let person = |id: &str, roles: &[&str]| {
        json!({"id": id, "roles": roles, "leave": "0%",
            "hours": [{"on": {"weekly": WEEKDAYS}, "from": "09:00", "to": "17:00"}]})
    };
    let task = |id: &str, at: &str, estimate: &str, more: Value| {
        let mut task = json!({"id": id, "title": id, "owner": {"role": "ops"}, "estimate": estimate,
            "when": {"on": {"weekly": WEEKDAYS}, "at": at}});
        let fields = more.as_object().unwrap().clone();
        task.as_object_mut().unwrap().extend(fields);
        task
    };
    let mut tasks = vec![
        task("early", "07:00", "20m", json!({})),
        task("mine", "09:00", "30m", json!({"owner": {"person": "ann"}})),
        task("sunday", "10:00", "15m", json!({"when": {"on": {"weekly": "sun"}, "at": "10:00"}})),
        task("long", "10:00", "4h", json!({"people": 2})),
        json!({"id": "alarm", "title": "alarm", "on_events": ["alarm"], "owner": {"role": "ops"}, "estimate": "5m"}),
        json!({"id": "open", "title": "open", "on": {"weekly": "fri"}, "owner": {"role": "ops"}, "estimate": "20m"}),
    ];
    for number in 1..=12 {
        let automation =
            json!({"build": format!("{number}h"), "saves": if number == 12 { "0s" } else { "4m" }});
        let at = format!("{}:{}", 14 + number / 6, 10 + number % 6 * 8);
        tasks.push(task(&format!("check-{number}"), &at, "5m", json!({"automation": automation})));
    }
    let team = json!({"people": [person("ann", &["ops"]), person("ben", &["ops"])], "toil_cap": "50%", "interrupts": "1h"});
    let draft: RoutineDraft =
        serde_json::from_value(json!({"zone": "UTC", "team": team, "tasks": tasks})).unwrap();
    let within =
        Interval::new("2027-01-01T00:00:00Z".parse().unwrap(), "2027-04-01T00:00:00Z".parse().unwrap())
            .unwrap();
    (capacity(&draft, within, within.start()), inventory(&draft, within), automation_plan(&draft, within))
}

#[test]
fn what_does_not_fit_what_takes_most_and_what_pays_back_is_told_in_both_languages() {
    let (report, toil, plan) = shown();
    for (language, name) in
        [(Language::En, "routine_capacity.en.txt"), (Language::Ja, "routine_capacity.ja.txt")]
    {
        let text = capacity_text(&report, &toil, &plan, Zone::UTC, 100, Style::Plain, language);
        assert_golden(name, &text);
    }
}

#[test]
fn programs_read_kinds_and_fields_beside_the_words() {
    let (report, toil, plan) = shown();
    let text = capacity_json(&report, &toil, &plan);
    assert_golden("routine-capacity.json", &text);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "toban.routine.capacity/1");
    for found in value["shortfalls"].as_array().unwrap() {
        assert!(found["kind"].is_string() && ["hold", "stop"].contains(&found["verdict"].as_str().unwrap()));
        for change in found["changes"].as_array().unwrap() {
            assert!(change["kind"].is_string() && change.as_object().unwrap().len() > 2, "{change}");
        }
    }
}

#[test]
fn of_a_team_that_much_does_not_fit_the_terminal_shows_what_comes_first_and_counts_the_rest() {
    let hours = json!([{"on": "daily", "from": "09:00", "to": "17:00"}]);
    let task = |number: u32| {
        let when = json!({"on": "daily", "at": "03:00"});
        json!({"id": format!("t{number}"), "title": "t", "owner": {"role": "ops"}, "estimate": "1h", "when": when})
    };
    let draft = json!({
        "zone": "UTC",
        "team": {"people": [{"id": "ann", "roles": ["ops"], "hours": hours}]},
        "tasks": (0..50).map(task).collect::<Vec<_>>(),
    });
    let draft: RoutineDraft = serde_json::from_value(draft).unwrap();
    let within =
        Interval::new("2027-01-01T00:00:00Z".parse().unwrap(), "2027-02-01T00:00:00Z".parse().unwrap())
            .unwrap();
    let report = capacity(&draft, within, within.start());
    let (toil, all) = (inventory(&draft, within), report.shortfalls.len());
    let text = capacity_text(&report, &toil, &[], Zone::UTC, 100, Style::Plain, Language::En);
    assert!(all > 50 && text.contains(&format!("and {} more", all - 40)), "{all}: {text}");
    assert_eq!(text.matches(" => ").count(), 40);
}
