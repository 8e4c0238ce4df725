//! Any text as a table of cron: each line is read or told with its number, names are the tasks' own, and a table that is
//! written from what was read says the same when it is read again.

#![no_main]

use chrono::{DateTime, Utc};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use toban_adapters::crontab::{self, Form, Imported};
use toban_calendar::Zone;
use toban_routine::{Level, review};

const ZONES: [Option<&str>; 5] =
    [None, Some("UTC"), Some("+09:00"), Some("America/Havana"), Some("Europe/Berlin")];

fuzz_target!(|bytes: &[u8]| {
    // Without enough bytes there is nothing to try.
    let _ = tried(Unstructured::new(bytes));
});

fn tried(mut from: Unstructured<'_>) -> Result<()> {
    let form = *from.choose(&[Form::System, Form::User])?;
    let zone = from.choose(&ZONES)?.map(|zone| Zone::parse(zone).unwrap());
    let at = DateTime::from_timestamp(from.int_in_range(0..=4_102_444_800)?, 0).unwrap();
    let Some(text) = std::str::from_utf8(from.take_rest()).ok() else { return Ok(()) };
    let imported = crontab::import(text, form, zone);
    look(text, &imported);
    let reviewed = review(&imported.draft);
    for finding in reviewed.findings.iter().filter(|finding| finding.level == Level::Error) {
        // What never happens, and what has no zone that is one.
        assert_eq!(finding.code, "when", "{text}: {finding:?}");
    }
    let table = crontab::export(&imported.draft, None, at);
    let again = crontab::import(&table.text, Form::User, None);
    assert_eq!(again.errors, [], "{text}\n{}", table.text);
    look(&table.text, &again);
    if table.notes.iter().any(|note| note.task.is_some()) {
        return Ok(());
    }
    // Nothing was left out, and nothing runs at other times.
    let next = |imported: &Imported| {
        let tasks = review(&imported.draft).scheduled;
        tasks.iter().filter_map(|task| task.recurrence.next(at)).min()
    };
    assert_eq!(next(&again), next(&imported), "{text}\n{}", table.text);
    assert_eq!(entries(&again, at), entries(&imported, at), "{text}");
    Ok(())
}

fn look(text: &str, imported: &Imported) {
    let lines = text.lines().count() as u64;
    let told = imported.errors.iter().map(|error| error.line);
    assert!(told.clone().is_sorted() && told.clone().all(|line| (1..=lines).contains(&line)), "{text}");
    assert!(imported.notes.iter().all(|note| (1..=lines).contains(&note.line)), "{text}");
    assert!(imported.notes.is_sorted_by_key(|note| note.line), "{text}");
    for error in &imported.errors {
        assert!(!error.to_string().is_empty());
    }
    for note in &imported.notes {
        assert!(!note.text().en.is_empty() && !note.text().ja.is_empty());
    }
    let tasks = &imported.draft.tasks;
    assert_eq!(tasks.iter().map(|task| &task.id).collect::<BTreeSet<_>>().len(), tasks.len(), "{text}");
}

/// The lines of the table that is written, without comments.
fn entries(imported: &Imported, at: DateTime<Utc>) -> Vec<String> {
    let text = crontab::export(&imported.draft, None, at).text;
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
}
