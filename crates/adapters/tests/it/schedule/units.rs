//! Timers and services, and what systemd makes of them.

use super::{draft, golden, noted, now, reviewed, utc};
use std::collections::{BTreeMap, BTreeSet};
use toban_adapters::systemd::{Unsaid, export};

#[test]
fn units_are_written_as_they_stand_in_the_file() {
    let units = export(&draft(), now());
    let text: Vec<_> = units.units.iter().map(|unit| format!("# {}\n{}", unit.name, unit.text)).collect();
    golden("units.txt", &text.join("\n"));
    // All but one of the tasks would start beside themselves, and systemd starts nothing twice.
    let others: Vec<_> = noted(&units.notes).into_iter().filter(|note| !note.ends_with("Overlap")).collect();
    assert_eq!(noted(&units.notes).len() - others.len(), 38);
    assert_eq!(
        others,
        [
            "+half-hours-shown Clock",
            "+nights Clock",
            "+nights-later Clock",
            "+month-end-berlin Clock",
            "-from-february Ends",
            "-moved Adjusted",
            "-every-two-weeks Dates",
            "-every-25-hours Interval",
            "-half-offset Zone",
            "+waits CatchUp",
            "+replaces Missed",
            "+replaces Events",
            "+replaces CatchUp",
            "+skips CatchUp",
            "-by-hand ByHand",
            "-unknown Unscheduled",
        ]
    );
}

#[test]
fn systemd_starts_each_task_at_its_times() {
    let (units, review, mut seen) = (export(&draft(), now()), reviewed(), BTreeSet::new());
    let mut differing = BTreeSet::new();
    for row in include_str!("units.csv").lines() {
        let mut words = row.split(';');
        let (name, start) = (words.next().unwrap(), utc(words.next().unwrap()));
        let expected: Vec<_> = words.map(utc).collect();
        let task = review.scheduled.iter().find(|task| format!("toban-{}.timer", task.id) == name).unwrap();
        let next = |at: &chrono::DateTime<chrono::Utc>| task.recurrence.next(*at);
        let found: Vec<_> = std::iter::successors(next(&start), next).take(expected.len()).collect();
        let mut notes = units.notes.iter().filter(|note| note.task.as_ref() == Some(&task.id));
        if found != expected {
            assert!(
                notes.any(|note| matches!(note.unsaid, Unsaid::Clock { .. })),
                "{name} after {start}: {expected:?}"
            );
            differing.insert(name);
        }
        seen.insert(name);
    }
    let written = units.units.iter().map(|unit| unit.name.as_str()).filter(|name| name.ends_with(".timer"));
    assert_eq!(seen, written.collect());
    let clock = units.notes.iter().filter(|note| matches!(note.unsaid, Unsaid::Clock { .. }));
    assert_eq!(differing.len(), clock.count(), "{differing:?}");
}

#[test]
fn systemd_runs_the_command_of_the_task() {
    let understood: BTreeMap<String, Vec<String>> = serde_json::from_str(include_str!("units.json")).unwrap();
    let written: Vec<_> = export(&draft(), now()).units.into_iter().map(|unit| unit.name).collect();
    assert_eq!(understood.len(), written.len() / 2);
    for (name, words) in understood {
        let task =
            draft().tasks.into_iter().find(|task| format!("toban-{}.service", task.id) == name).unwrap();
        assert_eq!(Some(words), task.command, "{name}");
    }
}
