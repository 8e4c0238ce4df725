//! Teams and their work as they stand in files, within January and February 2027 in UTC.

use proptest::prelude::*;
use serde_json::{Value, json};
use toban_core::Interval;

pub(crate) fn two_months() -> Interval {
    Interval::new("2027-01-01T00:00:00Z".parse().unwrap(), "2027-03-01T00:00:00Z".parse().unwrap()).unwrap()
}

fn dates() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("daily")),
        Just(json!({"weekly": ["mon", "tue", "wed", "thu", "fri"]})),
        Just(json!({"weekly": ["fri"]})),
    ]
}

/// Somebody whose name is in none of the drafts.
pub(crate) fn persons() -> impl Strategy<Value = Value> {
    let roles = prop::sample::subsequence(vec!["ops", "net"], 0..=2);
    let skills = prop::sample::subsequence(vec!["sql"], 0..=1);
    let shifts = vec![("09:00", "17:00"), ("08:00", "12:00"), ("12:00", "20:00"), ("22:00", "06:00")];
    (roles, skills, prop::sample::select(shifts), dates()).prop_map(|(roles, skills, (from, to), on)| {
        let hours = json!([{"on": on, "from": from, "to": to}]);
        json!({"id": "zoe", "roles": roles, "skills": skills, "hours": hours, "leave": "10%"})
    })
}

fn tasks(estimates: &[&'static str]) -> impl Strategy<Value = Value> + use<> {
    let owner = prop::sample::select(vec!["ops", "ops", "net"]);
    let skills = prop::sample::subsequence(vec!["sql"], 0..=1);
    let people = prop_oneof![4 => Just(json!(1)), 1 => Just(json!(2)), 1 => Just(json!("all"))];
    let estimate = prop::sample::select(estimates.to_vec());
    (owner, skills, people, estimate, dates(), 7_u32..19, 0_u32..4, 0_u32..8).prop_map(
        |(owner, skills, people, estimate, on, hour, quarter, kind)| {
            let mut task = json!({"title": "work", "owner": {"role": owner}, "skills": skills, "people": people,
                "estimate": estimate});
            if kind == 0 {
                task["on"] = json!({"weekly": "fri"});
            } else {
                let at = format!("{hour:02}:{:02}", quarter * 15);
                task["when"] = json!({"on": on, "at": at});
            }
            task
        },
    )
}

fn drafts_of(estimates: &[&'static str]) -> impl Strategy<Value = Value> + use<> {
    let people = prop::collection::vec(persons(), 1..=4);
    let tasks = prop::collection::vec(tasks(estimates), 1..=6);
    (people, tasks).prop_map(|(mut people, mut tasks)| {
        let name = |letter: char, values: &mut [Value]| {
            for (place, value) in values.iter_mut().enumerate() {
                value["id"] = json!(format!("{letter}{place}"));
            }
        };
        name('p', &mut people);
        name('t', &mut tasks);
        let team = json!({"people": people, "toil_cap": "50%", "interrupts": "1h"});
        json!({"zone": "UTC", "team": team, "tasks": tasks})
    })
}

pub(crate) fn some_drafts() -> impl Strategy<Value = Value> {
    drafts_of(&["10m", "30m", "45m", "1h30m", "3h"])
}

/// With more work than hours, and tasks that one person answers for.
pub(crate) fn full_drafts() -> impl Strategy<Value = Value> {
    let owners = prop::collection::vec(prop::option::weighted(0.3, any::<prop::sample::Index>()), 6);
    let interrupts = prop::sample::select(vec!["0s", "5h", "20h"]);
    let full = drafts_of(&["30m", "2h", "3h", "5h"]);
    (full, owners, interrupts).prop_map(|(mut draft, owners, interrupts)| {
        let people = draft["team"]["people"].as_array().map_or(1, Vec::len);
        for (task, owner) in draft["tasks"].as_array_mut().unwrap().iter_mut().zip(owners) {
            if let Some(owner) = owner {
                task["owner"] = json!({"person": format!("p{}", owner.index(people))});
            }
        }
        draft["team"]["interrupts"] = json!(interrupts);
        draft
    })
}
