//! What stands in journals: what was written once is read for ever.
//!
//! `BLESS=1 cargo test` writes the files again. A line of them that changes is a journal that cannot be read any more:
//! the `VERSION` of its machine must say so.

use crate::support::{at, task};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use toban_core::{Length, Party, Text};
use toban_durable::{Machine, Now, Steady};
use toban_routine::firing::{self, Alerted, Announcement, Begun, Effect, Finish, Occasion, Reading};
use toban_routine::schedule::{self, Fired, Pending};
use toban_routine::{Finite, Firing, Schedule, TaskPlan, WhyLeftOut, WhyRefused};

fn whole_task() -> TaskPlan {
    task(
        r#"{"title": {"ja": "確認", "en": "check"}, "owner": {"role": "sysadmin"}, "deadline": "30m", "give_up": "2h",
            "jitter": "5m", "runbook": "runbooks/check.md", "evidence": ["log"],
            "lists": {"completion_conditions": ["it is there"], "report_forms": ["mail"]},
            "alerts": [{"text": "busy", "measured": {"query": "host:cpu", "is": "at_least", "value": 0.8}}],
            "command": ["check", "--all"], "overlap": "buffer_one",
            "program": {"time_out": "10m", "tries": 2, "pause": "5s", "repeatable": true, "find_out": ["done"]},
            "due": {"missed": {"all": {"most": 3}}, "grace": "1m", "catch_up": "1d", "jumped": "skip"}}"#,
    )
}

fn by() -> String {
    "ann".into()
}

fn why() -> String {
    "so it is".into()
}

fn occasions() -> [Occasion; 4] {
    [
        Occasion::Due { is_late: true, stands_for: 3 },
        Occasion::Backfill { by: by(), why: why() },
        Occasion::Event { what: "the disk is full".into(), by: by() },
        Occasion::Now { by: by(), why: why() },
    ]
}

fn finishes() -> [Finish; 8] {
    [
        Finish::Done,
        Finish::Late,
        Finish::Missed,
        Finish::Waived,
        Finish::Blocked,
        Finish::Failed,
        Finish::Cancelled,
        Finish::Terminated,
    ]
}

fn readings() -> [Reading; 3] {
    [
        Reading::Value(Finite::new(0.93).unwrap()),
        Reading::NoData,
        Reading::Failed { why: "no answer in time".into() },
    ]
}

fn announcements() -> Vec<Announcement> {
    let alert = |reading| Alerted { text: Text::new("高負荷", "busy"), reading };
    vec![
        Announcement::ToDo { by: Some(at(1_800)), runbook: Some("runbooks/check.md".into()) },
        Announcement::ToDo { by: None, runbook: None },
        Announcement::Alert { alerts: readings().map(alert).to_vec() },
        Announcement::Overdue,
        Announcement::InDoubt,
        Announcement::Ended { how: Finish::Missed, by: None, why: None },
        Announcement::Ended { how: Finish::Failed, by: Some(by()), why: Some(why()) },
    ]
}

fn firing_events() -> Vec<firing::Event> {
    use firing::Event;
    let begun = |occasion| Begun {
        task: whole_task().task,
        nominal: at(3_600),
        occasion,
        deadline: Some(at(5_400)),
        give_up: Some(at(7_200)),
    };
    let least =
        Begun { deadline: None, give_up: None, task: task("{}").task, ..begun(occasions()[0].clone()) };
    let mut events: Vec<_> = occasions().map(|one| Event::Begun(Box::new(begun(one)))).to_vec();
    events.push(Event::Begun(Box::new(least)));
    events.extend(readings().map(|reading| Event::Checked { alert: 0, reading }));
    events.extend([
        Event::Tried { attempt: 1, why: why() },
        Event::Ran { said: "ok".into() },
        Event::InDoubt,
        Event::Reminded,
        Event::Retried { by: by(), why: why() },
        Event::Blocked { by: by(), why: why() },
        Event::Unblocked { by: by(), why: why() },
        Event::Overdue,
        Event::Ending { is_at_once: true, by: by(), why: why() },
    ]);
    events.extend(finishes().map(|how| Event::Ended { how, by: None, why: None, evidence: Vec::new() }));
    let evidence = vec!["log 7".to_owned()];
    events.push(Event::Ended { how: Finish::Done, by: Some(by()), why: Some(why()), evidence });
    events.extend(announcements().into_iter().map(|what| Event::Untold { what, why: why() }));
    events
}

fn firing_effects() -> Vec<Effect> {
    let (argv, time_out) = (vec!["check".to_owned(), "--all".to_owned()], Length::minutes(10));
    let run = |is_repeatable, find_out| Effect::Run { argv: argv.clone(), time_out, is_repeatable, find_out };
    let tell = |owner, what| Effect::Tell { title: Text::new("確認", "check"), owner, what };
    let owner: Party = serde_json::from_str(r#"{"role": "sysadmin"}"#).unwrap();
    let told = announcements().into_iter().map(|what| tell(Some(owner.clone()), what));
    let mut effects = vec![
        run(false, None),
        run(true, Some(vec!["done".into()])),
        Effect::Measure { alert: 0, query: "host:cpu".into() },
        Effect::Stop { is_at_once: false },
        Effect::Stop { is_at_once: true },
        tell(None, Announcement::Overdue),
    ];
    effects.extend(told);
    effects.extend(finishes().map(|how| Effect::Close { how }));
    effects
}

fn task_events() -> Vec<schedule::Event> {
    use schedule::Event;
    let nominal = at(3_600);
    let pending = |hour: i64| Pending { nominal: at(hour * 3_600), occasion: occasions()[1].clone() };
    let fired = |is_asked, is_ending| Fired { nominal, is_asked, is_ending };
    let refused = [
        WhyRefused::Begun,
        WhyRefused::Buffered,
        WhyRefused::Full,
        WhyRefused::Late,
        WhyRefused::Running,
        WhyRefused::Superseded,
        WhyRefused::Suspended,
    ];
    let left_out = [
        WhyLeftOut::Coalesced,
        WhyLeftOut::Expired,
        WhyLeftOut::Jumped,
        WhyLeftOut::Most,
        WhyLeftOut::NoneBegan,
        WhyLeftOut::Skipped,
        WhyLeftOut::Superseded,
    ];
    let mut events = vec![
        Event::Planned { plan: Box::new(whole_task()), by: by() },
        Event::Decided { upto: nominal },
        Event::Rewound { to: nominal },
    ];
    events.extend(left_out.map(|why| Event::LeftOut { first: at(0), last: nominal, count: 2, why }));
    events.extend(occasions().map(|occasion| Event::Asked { nominal, occasion }));
    events.push(Event::Waits { nominal, occasion: occasions()[0].clone() });
    events.extend(refused.map(|why| Event::Refused { nominal, why }));
    events.push(Event::Ending { nominal, is_at_once: false });
    events.push(Event::Began { nominal, occasion: occasions()[0].clone() });
    events.extend(finishes().map(|how| Event::Ended { nominal, how }));
    events.push(Event::Retired { by: by() });
    let summed = |is_whole: bool| Event::Summed {
        plan: Box::new(whole_task()),
        decided: nominal,
        decided_at: Now { wall: nominal, steady: Steady::from_millis(7) },
        planned_by: if is_whole { by() } else { String::new() },
        is_retired: is_whole,
        paused: is_whole.then(|| (by(), why())),
        running: if is_whole { vec![fired(false, true), fired(true, false)] } else { Vec::new() },
        waiting: if is_whole { vec![pending(2)] } else { Vec::new() },
        asked: if is_whole { vec![pending(3)] } else { Vec::new() },
        last: is_whole.then_some((at(0), Finish::Late)),
    };
    events.extend([
        Event::Paused { by: by(), why: why() },
        Event::Continued { by: by(), why: why() },
        summed(true),
        summed(false),
        Event::WrittenOff { nominal, by: by(), why: why() },
    ]);
    events
}

/// What was written once, and is read as it was meant.
fn is_as_written<T: Serialize + DeserializeOwned + PartialEq + Debug>(file: &str, written: &str, all: &[T]) {
    let lines: Vec<_> = all.iter().map(|one| serde_json::to_string(one).unwrap()).collect();
    if std::env::var_os("BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/written").join(file);
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
        return;
    }
    assert_eq!(lines, written.lines().collect::<Vec<_>>());
    for (line, one) in written.lines().zip(all) {
        assert_eq!(serde_json::from_str::<T>(line).unwrap(), *one);
    }
}

/// The declaration itself says which there are.
fn none_is_left_out<T: Debug>(source: &str, of: &str, all: &[T]) {
    let body = source.split(&format!("pub enum {of} {{")).nth(1).unwrap().split("\n}").next().unwrap();
    let is_variant = |line: &&str| {
        line.starts_with("    ") && !line.starts_with("     ") && line.trim().starts_with(char::is_uppercase)
    };
    let name = |line: &str| line.trim().split([' ', ',', '(']).next().unwrap().to_owned();
    let declared: BTreeSet<_> = body.lines().filter(is_variant).map(name).collect();
    let written: BTreeSet<_> = all.iter().map(|one| name(&format!("{one:?}"))).collect();
    assert_eq!(written, declared, "{of}");
}

#[test]
fn every_event_and_every_order_is_written_and_read_as_it_always_was() {
    assert_eq!((Firing::VERSION, Schedule::VERSION), (1, 1), "the files are of these versions");
    let (events, effects, tasks) = (
        include_str!("../written/firing-events.jsonl"),
        include_str!("../written/firing-effects.jsonl"),
        include_str!("../written/task-events.jsonl"),
    );
    is_as_written("firing-events.jsonl", events, &firing_events());
    is_as_written("firing-effects.jsonl", effects, &firing_effects());
    is_as_written("task-events.jsonl", tasks, &task_events());
}

#[test]
fn none_is_left_out_of_them() {
    let (firing, schedule) =
        (include_str!("../../src/firing/event.rs"), include_str!("../../src/schedule/event.rs"));
    none_is_left_out(firing, "Event", &firing_events());
    none_is_left_out(firing, "Effect", &firing_effects());
    none_is_left_out(firing, "Announcement", &announcements());
    none_is_left_out(firing, "Finish", &finishes());
    none_is_left_out(firing, "Occasion", &occasions());
    none_is_left_out(firing, "Reading", &readings());
    none_is_left_out(schedule, "Event", &task_events());
}

#[test]
fn what_a_later_build_adds_to_an_event_is_passed_over() {
    let line = r#"{"ended":{"nominal":"1970-01-01T01:00:00Z","how":"done","later":1}}"#;
    let event: schedule::Event = serde_json::from_str(line).unwrap();
    assert_eq!(event, schedule::Event::Ended { nominal: at(3_600), how: Finish::Done });
}
