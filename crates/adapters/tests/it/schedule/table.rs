//! Tables of cron, and what cron makes of them.

use super::{FOLDER, draft, folders, golden, is_noted, nightly, noted, now, reviewed, two_years, utc};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use toban_adapters::crontab::{Effect, Form, Unsaid, export, import};

#[test]
fn a_table_is_written_as_it_stands_in_the_file() {
    let table = export(&draft(), FOLDER, now());
    golden("crontab.txt", &table.text);
    assert_eq!(
        noted(&table.notes),
        [
            "+ ZoneVariable",
            "+ Variables",
            "+half-hours-once EachSkipped",
            "+nights-left-out Clock",
            "+nights-later Clock",
            "+month-end Guarded",
            "+month-end-berlin Guarded",
            "+before-month-end Guarded",
            "+ends-and-starts Guarded",
            "+second-tuesday Guarded",
            "+last-friday Guarded",
            "+first-working-day Guarded",
            "+last-working-day Guarded",
            "+thirtieth-or-last Guarded",
            "+mondays-that-are-the-first Guarded",
            "+mondays-or-the-first Guarded",
            "+summer Guarded",
            "+working-days-only Guarded",
            "+from-february Guarded",
            "-seconds Seconds",
            "-moved Adjusted",
            "-every-two-weeks Dates",
            "-every-25-hours Interval",
            "-half-offset Zone",
            "-two-lines Control",
            "-too-many Long",
            "+waits Overlap",
            "+waits Missed",
            "+replaces Overlap",
            "+replaces Missed",
            "+replaces Events",
            "+skips Overlap",
            "+skips Missed",
            "+all-said Alerts",
            "+all-said Deadline",
            "+all-said Doubt",
            "+all-said Jitter",
            "+all-said TimeOut",
            "+all-said Tries",
            "-by-hand ByHand",
            "-unknown Unscheduled",
        ]
    );
}

/// A number for instants in order: `oracle.py` computes it too.
fn hash<'a>(instants: impl IntoIterator<Item = &'a DateTime<Utc>>) -> u64 {
    let prime = (1_u128 << 61) - 1;
    let add = |sum: u128, at: &DateTime<Utc>| (sum * 31 + u128::try_from(at.timestamp()).unwrap()) % prime;
    u64::try_from(instants.into_iter().fold(0, add)).unwrap()
}

#[test]
fn cron_starts_each_task_at_its_times() {
    let (table, mut seen) = (export(&draft(), FOLDER, now()), BTreeSet::new());
    let review = reviewed();
    for row in include_str!("crontab.csv").lines() {
        let [title, count, sum, first] = row.split(';').collect::<Vec<_>>().try_into().unwrap();
        let task =
            review.scheduled.iter().find(|task| title.rsplit(" / ").next() == Some(&task.title.en)).unwrap();
        let differs = table.notes.iter().find_map(|note| match note.unsaid {
            Unsaid::Clock { at } if note.task.as_ref() == Some(&task.id) => Some(at),
            _ => None,
        });
        let expected = two_years(task);
        let same =
            (expected.len().to_string(), hash(&expected).to_string()) == (count.to_owned(), sum.to_owned());
        assert_eq!(same, differs.is_none(), "{title}: {count} from {first}, not {}", expected.len());
        assert_eq!(expected.first(), Some(&utc(first)), "{title}");
        seen.insert(&task.id);
    }
    let left_out = table.notes.iter().filter(|note| note.effect == Effect::NotWritten);
    let left_out = left_out.filter_map(|note| note.task.as_ref());
    let written: BTreeSet<_> = draft().tasks.into_iter().map(|task| task.id).collect();
    let left_out: BTreeSet<_> = left_out.collect();
    assert_eq!(seen, written.iter().filter(|id| !left_out.contains(id)).collect());
    assert!(seen.len() > 30);
}

#[test]
fn what_is_read_again_runs_at_the_same_times_where_nothing_is_noted() {
    let table = export(&draft(), FOLDER, now());
    let imported = import(&table.text, Form::User, None);
    assert_eq!(imported.errors, []);
    let again = toban_routine::review(&imported.draft);
    let mut firings = BTreeMap::<_, BTreeSet<_>>::new();
    for task in &again.scheduled {
        firings.entry(task.title.en.clone()).or_default().extend(two_years(task));
    }
    let mut count = 0;
    for task in reviewed().scheduled.iter().filter(|task| !is_noted(&table.notes, task)) {
        let found = firings.get(&task.title.en).unwrap();
        assert_eq!(found.iter().copied().collect::<Vec<_>>(), two_years(task), "{}", task.id);
        count += 1;
    }
    assert!(count > 15, "{count}");
    let percent = draft().tasks.into_iter().find(|task| task.id.as_str() == "percent").unwrap();
    let found = imported.draft.tasks.iter().find(|task| task.title.en == "percent").unwrap();
    let [shell, flag, command] = percent.command.as_deref().unwrap() else { panic!("{percent:?}") };
    let expected = [shell.clone(), flag.clone(), format!("cd /usr || exit 1; {command}")];
    assert_eq!(found.command.as_deref(), Some(&expected[..]));
}

/// The words are echoed by the shell as the task has them.
#[test]
fn the_shell_reads_the_words_of_a_command() {
    let table = export(&draft(), FOLDER, now());
    let imported = import(&table.text, Form::User, None);
    let found = imported.draft.tasks.iter().find(|task| task.title.en == "words").unwrap();
    let [shell, flag, command] = found.command.as_deref().unwrap() else { panic!("{found:?}") };
    let command = command.replace("/bin/echo", "printf '%s\\n'");
    let output = std::process::Command::new(shell).args([flag, &command]).output().unwrap();
    let words = draft().tasks.into_iter().find(|task| task.id.as_str() == "words").unwrap().command.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), words[1..].join("\n") + "\n");
}

/// What the shell prints that cron starts at home with the one line of the table.
fn printed(command: &[&str], folder: &str) -> (bool, String) {
    let table = export(&nightly(command, serde_json::json!({})), Some(folder), now());
    let imported = import(&table.text, Form::User, None);
    assert_eq!((imported.errors.len(), imported.draft.tasks.len()), (0, 1), "{}", table.text);
    let words = imported.draft.tasks[0].command.as_deref().unwrap();
    let mut shell = std::process::Command::new(&words[0]);
    let output = shell.args(&words[1..]).current_dir("/").output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_shell_runs_what_is_named_from_the_folder_of_the_definition_there() {
    let folders = folders("table");
    for folder in &folders {
        let name = folder.to_str().unwrap();
        let expected = (true, format!("{name}\n--at\n50%\n"));
        assert_eq!(printed(&["./backup", "--at", "50%"], name), expected);
        assert_eq!(printed(&["/bin/sh", "-c", "false || ./backup --at 50%"], name), expected);
        let there = (true, format!("{name}\n"));
        assert_eq!(printed(&["/bin/pwd"], name), there, "what is named from the root runs there too");
        std::fs::remove_dir_all(folder).unwrap();
        for command in [&["/bin/echo", "ran"][..], &["/bin/sh", "-c", "false || echo ran; echo ran"]] {
            assert_eq!(
                printed(command, name),
                (false, String::new()),
                "nothing runs where the folder is gone"
            );
        }
    }
    std::fs::remove_dir_all(folders[0].parent().unwrap()).unwrap();
    let two_lines = export(&nightly(&["/bin/true"], serde_json::json!({})), Some("/a\nb"), now());
    assert_eq!(noted(&two_lines.notes), ["-nightly Control"]);
}

/// Debian's cron walks the minutes of a gap one after another, and starts a line at each of its times; lines with `*` in
/// the minute or the hour it leaves alone there.
#[test]
fn a_task_whose_line_cron_starts_several_times_at_the_end_of_a_gap_says_so() {
    let of = |zone: &str, when: serde_json::Value| {
        let mut task = serde_json::json!({
            "id": "nightly", "title": "nightly", "command": ["/bin/true"], "when": when,
            "due": {"missed": "skip"}, "overlap": "allow_all",
        });
        task["when"]["zone"] = zone.into();
        let draft: toban_routine::RoutineDraft =
            serde_json::from_value(serde_json::json!({ "tasks": [task] })).unwrap();
        let table = export(&draft, FOLDER, now());
        let notes = table.notes.into_iter().filter(|note| note.task.is_some()).collect::<Vec<_>>();
        for note in &notes {
            assert_eq!(note.effect, Effect::Written);
            assert!(
                table.text.contains(&note.unsaid.text().ja) && table.text.contains(&note.unsaid.text().en)
            );
        }
        notes.into_iter().map(|note| note.unsaid).collect::<Vec<_>>()
    };
    let berlin = |when| of("Europe/Berlin", when);
    let several = |count| vec![Unsaid::EachSkipped { at: utc("2026-03-29T01:00:00Z"), count }];
    let cron = |text: &str| serde_json::json!({ "cron": text });
    let at = |times: &[&str]| serde_json::json!({ "on": "daily", "at": times });
    assert_eq!(berlin(cron("0,30 2 * * *")), several(2));
    assert_eq!(berlin(cron("0,10,20,30,40,50 2 * * *")), several(6));
    assert_eq!(berlin(cron("0 2,3 * * *")), several(2), "at 03:00 it runs of itself too");
    assert_eq!(berlin(at(&["02:05", "03:00"])), several(2), "as two lines");
    assert_eq!(berlin(cron("*/10 2 * * *")), [], "cron leaves it alone");
    assert_eq!(berlin(cron("30 2 * * *")), [], "it is one time");
    assert_eq!(
        berlin(at(&["01:59", "02:05", "03:01"])),
        [],
        "it is one time in the gap, and none at its end"
    );
    assert_eq!(of("Asia/Tokyo", cron("0,30 2 * * *")), []);
    // The last Sunday of March is no first of a month.
    let firsts = serde_json::json!({ "on": { "monthly": 1 }, "at": ["02:00", "02:30"] });
    assert_eq!(berlin(firsts), []);
    let text = several(2).remove(0).text();
    assert_eq!(
        (text.en.as_str(), text.ja.as_str()),
        (
            "runs once for each time that the clock jumps over, where the task runs once for all: first 2 times at 2026-03-29 01:00:00Z",
            "時計が飛ばす時刻の分もその直後に1回ずつ実行する (作業の指定は合わせて1回)。最初は2026-03-29 01:00:00Zの2回"
        )
    );
}
