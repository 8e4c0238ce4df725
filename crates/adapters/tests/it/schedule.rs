//! Routine work for the schedulers of others: what is written, and what these make of it.
//!
//! `tasks.json` is written as it stands in `crontab.txt`, `units.txt` and `cronjobs.yaml`; `BLESS=1` writes these anew,
//! and `oracle.py` then asks the schedulers what they mean.

mod cronjobs;
mod table;
mod units;

use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;
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

#[test]
fn every_note_has_words_in_both_languages() {
    let tables = [
        toban_adapters::crontab::export(&draft(), now()).notes,
        toban_adapters::systemd::export(&draft(), now()).notes,
        toban_adapters::kubernetes::export(&draft(), &toban_adapters::kubernetes::Jobs::default(), now())
            .notes,
    ];
    for note in tables.iter().flatten() {
        let text = note.text();
        assert!(!text.is_blank() && text.ja != text.en, "{note:?}");
        assert!(note.task.as_ref().is_none_or(|task| text.en.starts_with(task.as_str())), "{note:?}");
    }
}
