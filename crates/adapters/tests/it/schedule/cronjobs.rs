//! CronJobs, and what Kubernetes makes of them.

use super::{draft, golden, nightly, noted, now, reviewed, two_years};
use std::collections::{BTreeMap, BTreeSet};
use toban_adapters::kubernetes::{Jobs, Manifests, export};
use toban_calendar::{ClockChange, Cron, CronDialect, Zone};

fn manifests() -> Manifests {
    let jobs = Jobs {
        image: "registry.example.com/ops:1".to_owned(),
        namespace: Some("ops".to_owned()),
        ..Jobs::default()
    };
    export(&draft(), &jobs, now())
}

#[test]
fn manifests_are_written_as_they_stand_in_the_file() {
    let manifests = manifests();
    golden("cronjobs.yaml", &manifests.text);
    assert_eq!(
        noted(&manifests.notes),
        [
            "+ Folder",
            "+ Variables",
            "+half-hours-once Clock",
            "+nights Clock",
            "+nights-left-out Clock",
            "+nights-later Clock",
            "-month-end DaysFromEnd",
            "-month-end-berlin DaysFromEnd",
            "-before-month-end DaysFromEnd",
            "-ends-and-starts DaysFromEnd",
            "-second-tuesday DaysAndWeekdays",
            "-last-friday DaysFromEnd",
            "-first-working-day DaysAndWeekdays",
            "-last-working-day DaysFromEnd",
            "-thirtieth-or-last DaysFromEnd",
            "-mondays-that-are-the-first DaysAndWeekdays",
            "-mondays-or-the-first DaysAndWeekdays",
            "-summer DaysAndWeekdays",
            "-working-days-only DaysAndWeekdays",
            "-from-february Ends",
            "-seconds Seconds",
            "-moved Adjusted",
            "-every-two-weeks Dates",
            "-every-25-hours Interval",
            "-half-offset Zone",
            "-too-many DaysAndWeekdays",
            "+waits Overlap",
            "+replaces Missed",
            "+replaces Events",
            "+replaces Grace",
            "+replaces Apart",
            "+skips Missed",
            "+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa Renamed",
            "+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa Renamed",
            "+all-said Alerts",
            "+all-said Deadline",
            "+all-said Doubt",
            "+all-said Jitter",
            "+all-said Pause",
            "-by-hand ByHand",
            "-unknown Unscheduled",
        ]
    );
}

/// What the API reads of them, as `oracle.py` has found it: name, task, schedule, zone, command.
#[test]
fn kubernetes_reads_what_was_meant() {
    let (review, draft) = (reviewed(), draft());
    let (mut names, mut firings) = (BTreeSet::new(), BTreeMap::<_, BTreeSet<_>>::new());
    let rows: Vec<[serde_json::Value; 5]> = serde_json::from_str(include_str!("cronjobs.json")).unwrap();
    for row in &rows {
        let [name, task, schedule, zone] = [0, 1, 2, 3].map(|place| row[place].as_str().unwrap());
        assert!(names.insert(name), "{name} twice");
        let draft = draft.tasks.iter().find(|draft| draft.id.as_str() == task).unwrap();
        assert_eq!(row[4], serde_json::json!(draft.command), "{task}");
        let cron = Cron::parse(schedule, CronDialect::Posix5).unwrap();
        let recurrence = cron.recurrence(Zone::parse(zone).unwrap(), ClockChange::EachShowing).unwrap();
        let years = toban_core::Interval::new(now(), now() + chrono::TimeDelta::days(730)).unwrap();
        firings.entry(task).or_default().extend(recurrence.between(years));
    }
    let notes = manifests().notes;
    for (task, found) in firings {
        let task = review.scheduled.iter().find(|scheduled| scheduled.id.as_str() == task).unwrap();
        let is_clock = |note: &&toban_adapters::kubernetes::ExportNote| {
            note.task.as_ref() == Some(&task.id)
                && matches!(note.unsaid, toban_adapters::kubernetes::Unsaid::Clock { .. })
        };
        let same = found.into_iter().collect::<Vec<_>>() == two_years(task);
        assert_eq!(same, notes.iter().find(is_clock).is_none(), "{}", task.id);
    }
    assert!(rows.len() > 20);
}

#[test]
fn a_try_takes_as_long_and_there_are_as_many_as_the_task_says() {
    for (program, [time_out, again]) in [
        (serde_json::json!({}), ["3600", "0"]),
        (serde_json::json!({"time_out": "1500ms", "tries": 3}), ["2", "2"]),
        (serde_json::json!({"time_out": "99999d", "tries": 4_294_967_295_u32}), ["2147483647", "2147483647"]),
    ] {
        let draft = nightly(&["/bin/true"], serde_json::json!({ "program": program }));
        let text = export(&draft, &Jobs::default(), now()).text;
        assert!(text.contains(&format!("\n          activeDeadlineSeconds: {time_out}\n")), "{text}");
        assert!(text.contains(&format!("\n      backoffLimit: {again}\n")), "{text}");
    }
}
