//! Routine work for the schedulers of others: what is written, and what these make of it.
//!
//! `tasks.json` is written as it stands in `crontab.txt`, `units.txt` and `cronjobs.yaml`; `BLESS=1` writes these anew,
//! and `oracle.py` then asks the schedulers what they mean.

mod cronjobs;
mod table;
mod units;

use chrono::{DateTime, TimeDelta, Utc};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use toban_adapters::crontab::{Effect, ExportNote};
use toban_core::Interval;
use toban_routine::{Review, RoutineDraft, ScheduledTask, review};

fn draft() -> RoutineDraft {
    serde_json::from_str(include_str!("schedule/tasks.json")).unwrap()
}

fn reviewed() -> Review {
    let review = review(&draft());
    assert_eq!(review.errors().map(|finding| &finding.text.en).collect::<Vec<_>>(), Vec::<&String>::new());
    review
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// That of the definition: `relative` names what it runs from there.
const FOLDER: Option<&str> = Some("/usr");

/// When everything is written.
fn now() -> DateTime<Utc> {
    utc("2026-01-01T00:00:00Z")
}

/// What is written is what stands in the file.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schedule").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} is not what is written today; BLESS=1 writes it anew");
}

/// `task: word of the note` of each.
fn noted(notes: &[ExportNote]) -> Vec<String> {
    let word = |note: &ExportNote| {
        let shown = format!("{:?}", note.unsaid);
        let name = shown.split([' ', '{', '(']).next().unwrap().to_owned();
        let mark = if note.effect == Effect::NotWritten { "-" } else { "+" };
        let task = note.task.as_ref().map_or("", |task| task.as_str());
        format!("{mark}{} {name}", task.get(..32).unwrap_or(task))
    };
    notes.iter().map(word).collect()
}

fn is_noted(notes: &[ExportNote], task: &ScheduledTask) -> bool {
    notes.iter().any(|note| note.task.as_ref() == Some(&task.id))
}

/// The instants of a task from the moment of writing on, for two years.
fn two_years(task: &ScheduledTask) -> Vec<DateTime<Utc>> {
    let years = Interval::new(now(), now() + TimeDelta::days(730)).unwrap();
    task.recurrence.between(years).collect()
}

/// Folders whose names are no words, each with a program `backup` that says where it runs and what it is given.
fn folders(room: &str) -> Vec<PathBuf> {
    let room = std::env::temp_dir().join(format!("toban-schedule-{room}-{}", std::process::id()));
    let named =
        ["plain", "a b", "100% %h\\%", "it's \"$HOME\"", "end\\", "日本 "].map(|name| room.join(name));
    for folder in &named {
        std::fs::create_dir_all(folder).unwrap();
        let program = folder.join("backup");
        std::fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$(pwd)\" \"$@\"\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    named.into()
}

fn nightly(command: &[&str], more: serde_json::Value) -> RoutineDraft {
    let mut task = serde_json::json!({
        "id": "nightly", "title": "nightly", "command": command, "when": {"on": "daily", "at": ["02:30"]},
        "due": {"missed": "skip"}, "overlap": "allow_all",
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(serde_json::json!({ "zone": "Asia/Tokyo", "tasks": [task] })).unwrap()
}

/// What no scheduler is told of a task is noted for each, and a task that says nothing of it has no such note.
#[test]
fn what_is_not_expressed_is_noted_where_the_task_says_it_and_nowhere_else() {
    let notes = |more: serde_json::Value| {
        let draft = nightly(&["/bin/true"], more);
        let jobs = toban_adapters::kubernetes::Jobs::default();
        [
            noted(&toban_adapters::crontab::export(&draft, FOLDER, now()).notes),
            noted(&toban_adapters::systemd::export(&draft, FOLDER, now()).notes),
            noted(&toban_adapters::kubernetes::export(&draft, &jobs, now()).notes),
        ]
    };
    let plain = notes(serde_json::json!({}));
    assert_eq!(plain, [vec!["+ ZoneVariable"], vec!["+nightly Overlap"], vec!["+ Folder"]]);
    for (more, said) in [
        (serde_json::json!({"jitter": "10m"}), ["Jitter", "Delay", "Jitter"]),
        (serde_json::json!({"program": {"time_out": "2h"}}), ["TimeOut", "", ""]),
        (serde_json::json!({"program": {"time_out": "1h"}}), ["", "", ""]),
        (serde_json::json!({"program": {"tries": 3}}), ["Tries", "Tries", "Pause"]),
        (serde_json::json!({"program": {"pause": "5m"}}), ["", "", ""]),
        (serde_json::json!({"program": {"find_out": ["/bin/true"]}}), ["Doubt"; 3]),
        (serde_json::json!({"program": {"repeatable": true}}), ["Doubt"; 3]),
        (serde_json::json!({"give_up": "3d"}), ["Doubt"; 3]),
        (serde_json::json!({"deadline": "4h"}), ["Deadline"; 3]),
        (serde_json::json!({"alerts": [{"text": "too full"}]}), ["Alerts"; 3]),
    ] {
        for ((found, plain), said) in notes(more.clone()).iter().zip(&plain).zip(said) {
            let more_notes: Vec<_> = found.iter().filter(|note| !plain.contains(note)).collect();
            let said: Vec<_> = [said]
                .iter()
                .filter(|said| !said.is_empty())
                .map(|said| format!("+nightly {said}"))
                .collect();
            assert_eq!(more_notes, said.iter().collect::<Vec<_>>(), "{more}");
        }
    }
}

#[test]
fn what_is_named_from_a_folder_that_is_not_known_is_not_written() {
    for folder in [None, Some("work"), Some("")] {
        for program in ["./backup", "bin/backup", "../backup"] {
            let draft = nightly(&[program, "--all"], serde_json::json!({}));
            let table = toban_adapters::crontab::export(&draft, folder, now());
            assert_eq!(noted(&table.notes), ["-nightly Folder"], "{program}");
            assert!(
                table.text.lines().all(|line| line.starts_with('#') || !line.contains("backup")),
                "{}",
                table.text
            );
            let units = toban_adapters::systemd::export(&draft, folder, now());
            assert_eq!((noted(&units.notes), units.units), (vec!["-nightly Folder".to_owned()], Vec::new()));
        }
        let draft = nightly(&["backup", "--all"], serde_json::json!({}));
        let table = toban_adapters::crontab::export(&draft, folder, now());
        assert_eq!(noted(&table.notes), ["+ ZoneVariable", "+ Folder"]);
        assert!(table.text.ends_with(" backup --all\n"), "{}", table.text);
        let units = toban_adapters::systemd::export(&draft, folder, now());
        assert_eq!(noted(&units.notes), ["+ Folder", "+nightly Overlap"]);
        assert!(!units.units[0].text.contains("WorkingDirectory"), "{}", units.units[0].text);
    }
}

#[test]
fn every_note_has_words_in_both_languages() {
    let tables = [
        toban_adapters::crontab::export(&draft(), FOLDER, now()).notes,
        toban_adapters::systemd::export(&draft(), FOLDER, now()).notes,
        toban_adapters::kubernetes::export(&draft(), &toban_adapters::kubernetes::Jobs::default(), now())
            .notes,
    ];
    for note in tables.iter().flatten() {
        let text = note.text();
        assert!(!text.is_blank() && text.ja != text.en, "{note:?}");
        assert!(note.task.as_ref().is_none_or(|task| text.en.starts_with(task.as_str())), "{note:?}");
    }
}
