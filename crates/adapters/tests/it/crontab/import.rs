//! What is read from a table of cron.

use proptest::prelude::*;
use std::io::Write;
use std::process::{Command, Stdio};
use toban_adapters::crontab::{Form, ImportCause, Imported, Remark, export, import};
use toban_calendar::{BothDays, Zone};
use toban_routine::{Missed, Overlap, TaskDraft, review};

fn tokyo() -> Option<Zone> {
    Some(Zone::parse("Asia/Tokyo").unwrap())
}

fn read(table: &str) -> Imported {
    let imported = import(table, Form::User, tokyo());
    assert_eq!(imported.errors, [], "{table}");
    imported
}

fn only(table: &str) -> TaskDraft {
    let mut tasks = read(table).draft.tasks;
    assert_eq!(tasks.len(), 1, "{table}");
    tasks.remove(0)
}

fn command(task: &TaskDraft) -> Vec<&str> {
    task.command.iter().flatten().map(String::as_str).collect()
}

fn remarks(imported: &Imported) -> Vec<(u64, &Remark)> {
    let notes = imported.notes.iter().map(|note| (note.line, &note.remark));
    notes.filter(|(_, remark)| !matches!(remark, Remark::Policies | Remark::Surroundings)).collect()
}

#[test]
fn a_table_becomes_tasks_that_do_what_cron_does() {
    let table = "\
SHELL=/bin/bash
PATH = \"/usr/local/bin:/usr/bin:/bin\"
MAILTO=ops@example.com

# ログの整理
17 3 * * * /opt/app/rotate.sh --days 7 >> /var/log/rotate.log 2>&1
*/5 9-17 * jan,JUL mon-fri check queue
@weekly check queue
";
    let imported = read(table);
    let draft = &imported.draft;
    assert_eq!(draft.zone.as_deref(), Some("Asia/Tokyo"));
    let ids: Vec<_> = draft.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["rotate-sh-days-7", "check-queue", "check-queue-2"]);
    let titles: Vec<_> = draft.tasks.iter().map(|task| task.title.ja.as_str()).collect();
    assert_eq!(titles, ["ログの整理", "check queue", "check queue"]);
    assert_eq!(
        command(&draft.tasks[1]),
        ["/usr/bin/env", "PATH=/usr/local/bin:/usr/bin:/bin", "/bin/bash", "-c", "check queue"]
    );
    for task in &draft.tasks {
        assert_eq!((task.overlap, task.due.missed), (Overlap::AllowAll, Missed::Skip));
    }
    assert_eq!(
        remarks(&imported),
        [
            (2, &Remark::Variable { name: "PATH".to_owned() }),
            (3, &Remark::Mail { to: "ops@example.com".to_owned() })
        ]
    );
    let lines: Vec<_> = imported.notes.iter().map(|note| note.line).collect();
    assert_eq!(lines, [2, 3, 6, 6], "what holds for all of the table is said once, at its first entry");
    let review = review(draft);
    assert_eq!(review.errors().count(), 0);
    let when: Vec<_> = review.scheduled.iter().map(|task| task.recurrence.describe().en).collect();
    assert_eq!(when.len(), 3, "{when:?}");
    let rotate = review.scheduled[0].recurrence.next("2026-11-26T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(rotate.to_rfc3339(), "2026-11-26T18:17:00+00:00");
}

#[test]
fn what_starts_with_the_machine_is_an_event() {
    let imported = read("\n@reboot sleep 60; /opt/warm-up\n");
    let task = &imported.draft.tasks[0];
    assert_eq!((&task.when, task.on_events[0].ja.as_str()), (&None, "起動時"));
    assert_eq!(remarks(&imported), [(2, &Remark::Reboot)]);
    assert!(review(&imported.draft).scheduled.is_empty());
}

#[test]
fn both_days_are_joined_as_debians_cron_joins_them() {
    for (table, both) in [
        ("0 9 1 * 1 run", Some(BothDays::Or)),
        ("0 9 1-31 * 1 run", Some(BothDays::Or)),
        ("0 9 */2 * 1 run", Some(BothDays::And)),
        ("0 9 1 * */2 run", Some(BothDays::And)),
        ("0 9 * * 1 run", None),
        ("0 9 1 * * run", None),
    ] {
        let imported = read(table);
        assert_eq!(imported.draft.tasks[0].when.as_ref().unwrap().both_days, both, "{table}");
        let said: Vec<_> = both.map(|both| Remark::BothDays { both }).into_iter().collect();
        assert_eq!(remarks(&imported), said.iter().map(|remark| (1, remark)).collect::<Vec<_>>());
    }
}

#[test]
fn the_zone_of_the_host_is_not_guessed() {
    let table = "0 1 * * * a\nCRON_TZ=Europe/Berlin\n0 2 * * * b\nTZ=Asia/Tokyo\n0 3 * * * c\nCRON_TZ=\n0 4 * * * d\n";
    let imported = import(table, Form::User, None);
    assert_eq!((imported.errors.len(), imported.draft.zone.clone()), (0, None));
    let zones: Vec<_> =
        imported.draft.tasks.iter().map(|task| task.when.as_ref().unwrap().zone.as_deref()).collect();
    assert_eq!(zones, [None, Some("Europe/Berlin"), Some("Europe/Berlin"), None]);
    assert_eq!(
        remarks(&imported),
        [
            (1, &Remark::NoZone),
            (2, &Remark::Zone { zone: "Europe/Berlin".to_owned() }),
            (4, &Remark::TimeZoneOfCommands)
        ]
    );
    assert_eq!(command(&imported.draft.tasks[2]), ["/usr/bin/env", "TZ=Asia/Tokyo", "/bin/sh", "-c", "c"]);
    assert_eq!(review(&imported.draft).scheduled.len(), 2);
}

#[test]
fn a_table_of_the_system_has_users() {
    let imported = import("17 *\t* * *\troot    cd / && run-parts /etc/cron.hourly\n", Form::System, tokyo());
    assert_eq!(imported.errors, []);
    let task = &imported.draft.tasks[0];
    assert_eq!(command(task), ["/bin/sh", "-c", "cd / && run-parts /etc/cron.hourly"]);
    assert_eq!(task.when.as_ref().unwrap().cron.as_deref(), Some("17 * * * *"));
    assert_eq!(remarks(&imported), [(1, &Remark::User { user: "root".to_owned() })]);
}

/// What a command prints when it is run as the task says.
fn output(task: &TaskDraft) -> String {
    let words = command(task);
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"not this").unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn what_follows_a_percent_is_standard_input() {
    let imported = read("* * * * * cat; echo \"it's\" \\%s%50\\% of it's%%\\n \"$HOME\" end\n");
    assert_eq!(remarks(&imported), [(1, &Remark::Input)]);
    assert_eq!(output(&imported.draft.tasks[0]), "50% of it's\n\n\\n \"$HOME\" end\nit's %s\n");
    assert_eq!(output(&only("@daily expr 1 + 2 # sum%")), "3\n");
}

#[test]
fn what_cannot_be_read_is_told_with_its_line_and_the_rest_is_read() {
    let table = "\
61 * * * * a
CRON_TZ=Nowhere/City
0 9 L * * b
0 9 * * 5#2 c
@every_minute d
0 9 * * *
0 9 *
0 9 * * * good
";
    let imported = import(table, Form::User, tokyo());
    let lines: Vec<_> = imported.errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7]);
    let said: Vec<_> = imported.errors.iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("line 1: `61 * * * *`: minute `61`: expected 0 to 59"), "{}", said[0]);
    assert_eq!(
        said[2],
        "line 3: `0 9 L * *`: crontab(5) has no `L`: `L`, `W` and `#` are understood elsewhere"
    );
    assert_eq!(said[5], "line 6: `0 9 * * *`: no command follows");
    assert!(matches!(&imported.errors[6].cause, ImportCause::Cron { schedule, .. } if schedule == "0 9 *"));
    assert_eq!(imported.draft.tasks.len(), 1);
    assert!(review(&imported.draft).scheduled.is_empty(), "its zone is not known");
}

#[test]
fn a_line_that_cron_never_starts_is_told_with_its_number_and_is_no_task() {
    let table = "0 0 31 2 * /bin/never\nCRON_TZ=Europe/Berlin\n@daily good\n0 12 30,31 2 * b\n0 12 29 2 * leap\n0 0 31 2 1 monday\n";
    for zone in [tokyo(), None] {
        let imported = import(table, Form::User, zone);
        let lines: Vec<_> = imported.errors.iter().map(|error| error.line).collect();
        assert_eq!(lines, [1, 4]);
        let said = imported.errors[0].to_string();
        assert!(said.starts_with("line 1: `0 0 31 2 *`: it never happens"), "{said}");
        assert!(matches!(imported.errors[1].cause, ImportCause::Never { .. }));
        let ids: Vec<_> = imported.draft.tasks.iter().map(|task| task.id.as_str()).collect();
        assert_eq!(ids, ["good", "leap", "monday"]);
        assert_eq!(review(&imported.draft).errors().count(), 0, "what was read is well");
    }
}

#[test]
fn names_are_names_whatever_the_command() {
    let table = "@daily [ -f /x ] && y\n@daily 7z a\n@daily 日本語\n@daily .\n@daily ''\n@daily A_B\n";
    let table = format!("{table}@daily {}\n", "x".repeat(90));
    let ids: Vec<_> = read(&table).draft.tasks.iter().map(|task| task.id.to_string()).collect();
    assert_eq!(ids, ["f-x", "task-7z-a", "task", "task-2", "task-3", "a-b", "task-4"]);
}

proptest! {
    #[test]
    fn each_line_is_read_or_told(lines in proptest::collection::vec(line(), 0..8), form in form()) {
        let imported = import(&lines.join("\n"), form, Some(Zone::UTC));
        let is_entry = |line: &&String| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let entries = lines.iter().filter(is_entry).count();
        prop_assert!(imported.draft.tasks.len() + imported.errors.len() <= entries);
        let places: Vec<_> = imported.errors.iter().map(|error| error.line).collect();
        prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", places);
        let review = review(&imported.draft);
        let again = import(&export(&imported.draft, None, "2026-01-01T00:00:00Z".parse().unwrap()).text, Form::User, None);
        prop_assert_eq!(again.errors, []);
        prop_assert!(!review.findings.iter().any(|finding| finding.code == "twice"), "{:?}", review.findings);
    }
}

/// Minutes, where each name is looked for from the beginning.
#[test]
fn a_table_that_has_one_command_a_hundred_thousand_times_is_read_at_once() {
    let imported = read(&"* * * * * run\n".repeat(100_000));
    let names: Vec<_> = imported.draft.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!((names[0], names[1], names[99_999]), ("run", "run-2", "run-100000"));
    // Another command that is called as a number is, too.
    let table =
        ["run", "run", "run 3", "run", "run 3"].map(|command| format!("* * * * * {command}\n")).concat();
    let names: Vec<_> = read(&table).draft.tasks.into_iter().map(|task| task.id.to_string()).collect();
    assert_eq!(names, ["run", "run-2", "run-3", "run-4", "run-3-2"]);
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![Just(Form::System), Just(Form::User)]
}

fn line() -> impl Strategy<Value = String> {
    let word = || {
        let words = [
            "*",
            "*/5",
            "1",
            "1-5",
            "@daily",
            "@reboot",
            "A=",
            "CRON_TZ=UTC",
            "%",
            "\\%",
            "'",
            "\"",
            "#",
            "日",
            "/bin/x",
        ];
        prop_oneof![proptest::sample::select(words.to_vec()).prop_map(str::to_owned), "[ -~]{0,6}"]
    };
    proptest::collection::vec(word(), 0..9).prop_map(|words| words.join(" "))
}
