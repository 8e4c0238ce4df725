//! Timers and services, and what systemd makes of them.

use super::{FOLDER, draft, folders, golden, nightly, noted, now, reviewed, utc};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use toban_adapters::systemd::{Unit, Unsaid, export};

#[test]
fn units_are_written_as_they_stand_in_the_file() {
    let units = export(&draft(), FOLDER, now());
    let text: Vec<_> = units.units.iter().map(|unit| format!("# {}\n{}", unit.name, unit.text)).collect();
    golden("units.txt", &text.join("\n"));
    // All but one of the tasks would start beside themselves, and systemd starts nothing twice.
    let others: Vec<_> = noted(&units.notes).into_iter().filter(|note| !note.ends_with("Overlap")).collect();
    assert_eq!(noted(&units.notes).len() - others.len(), 40);
    assert_eq!(
        others,
        [
            "+ Variables",
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
            "+all-said Alerts",
            "+all-said Deadline",
            "+all-said Doubt",
            "+all-said Delay",
            "+all-said Tries",
            "-by-hand ByHand",
            "-unknown Unscheduled",
        ]
    );
}

#[test]
fn systemd_starts_each_task_at_its_times() {
    let (units, review, mut seen) = (export(&draft(), FOLDER, now()), reviewed(), BTreeSet::new());
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
    let written: Vec<_> = export(&draft(), FOLDER, now()).units.into_iter().map(|unit| unit.name).collect();
    assert_eq!(understood.len(), written.len() / 2);
    for (name, words) in understood {
        let task =
            draft().tasks.into_iter().find(|task| format!("toban-{}.service", task.id) == name).unwrap();
        let mut command = task.command.unwrap();
        if let Some(rest) = command[0].strip_prefix("./") {
            command[0] = format!("/usr/{rest}");
        }
        assert_eq!(words, command, "{name}");
    }
}

/// What systemd says of the units, beside the folder and the program that it has understood; `None` where it is not
/// installed, which must not be so on CI.
fn verified(units: &[Unit]) -> Option<(String, Option<String>, String)> {
    let folder = std::env::temp_dir().join(format!("toban-units-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files: Vec<_> = units.iter().map(|unit| folder.join(&unit.name)).collect();
    for (file, unit) in files.iter().zip(units) {
        std::fs::write(file, &unit.text).unwrap();
    }
    let run = |level: &str| {
        let mut verify = std::process::Command::new("systemd-analyze");
        verify.env("SYSTEMD_LOG_LEVEL", level).env("LC_ALL", "C.UTF-8");
        let output = verify.args(["verify", "--man=no"]).args(&files).output();
        output.map(|output| {
            let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
            text.concat() + if output.status.success() { "" } else { "toban: refused" }
        })
    };
    let Ok(said) = run("info") else {
        let is_ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        assert!(!is_ci, "systemd-analyze is not installed, and on CI nothing is left out");
        let _ = writeln!(std::io::stderr(), "left out: systemd-analyze is not installed");
        return None;
    };
    let dump = run("debug").unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let said: Vec<_> = said.lines().filter(|line| line.contains("toban")).collect();
    let of = |key: &str| dump.lines().find_map(|line| line.trim_start().strip_prefix(key).map(str::to_owned));
    Some((said.join("\n"), of("WorkingDirectory: "), of("Command Line: ").unwrap_or_default()))
}

#[test]
fn systemd_takes_what_is_named_from_the_folder_of_the_definition() {
    let folders = folders("units");
    let room = folders[0].parent().unwrap();
    for folder in &folders {
        let name = folder.to_str().unwrap();
        for program in ["./backup", ".//backup", "../plain/./backup", "/bin/true"] {
            let more = serde_json::json!({"jitter": "90500ms", "program": {"time_out": "1500ms"}});
            let units = export(&nightly(&[program, "--all"], more), Some(name), now());
            // Neither in quotes nor behind a `\` does systemd take these in the path of a program.
            if program != "/bin/true" && name.contains(['\'', '"', '\\']) {
                assert_eq!(noted(&units.notes), ["-nightly Program"], "{name}");
                continue;
            }
            let text = format!("{}{}", units.units[0].text, units.units[1].text);
            assert!(text.contains("\nTimeoutStartSec=1500ms\n"), "{text}");
            assert!(text.contains("\nRandomizedDelaySec=90500ms\nFixedRandomDelay=true\n"), "{text}");
            let Some((said, directory, command)) = verified(&units.units) else { return };
            assert_eq!(said, "", "{text}");
            assert_eq!(directory.as_deref(), Some(name), "{text}");
            assert!(command.contains(if program == "/bin/true" { program } else { "/backup" }), "{command}");
        }
    }
    std::fs::remove_dir_all(room).unwrap();
    let two_lines = export(&nightly(&["/bin/true"], serde_json::json!({})), Some("/a\nb"), now());
    assert_eq!(noted(&two_lines.notes), ["-nightly Control"]);
}

/// The peer can say no.
#[test]
fn systemd_refuses_a_program_that_is_named_from_a_folder() {
    let mut units = export(&nightly(&["./bin/true"], serde_json::json!({})), FOLDER, now()).units;
    units[0].text = units[0].text.replace("=:\"/usr/bin/true\"", "=:\"./bin/true\"");
    let Some((said, ..)) = verified(&units) else { return };
    assert!(said.contains("toban-nightly.service") && said.contains("absolute path"), "{said}");
}
