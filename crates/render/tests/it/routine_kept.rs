//! What people read of routine work that runs: where it stands, and the report of a day.

use crate::golden::assert_golden;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use toban_calendar::Zone;
use toban_core::Interval;
use toban_durable::{Machine, Now, RunError, Steady, StreamId};
use toban_render::routine::{
    Day, Holder, Status, TaskDay, TaskStatus, UnderWay, day_json, day_text, status_json, status_text,
};
use toban_render::{Language, Style};
use toban_routine::firing::{self, Begun, Event, Finish, Occasion, Reading};
use toban_routine::schedule::{self, Schedule};
use toban_routine::{Damage, Finite, Firing, FiringId, Happened, TaskDraft, TaskPlan, WhyLeftOut};
use unicode_width::UnicodeWidthStr;

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-12-18T{text}:00+09:00").parse().unwrap()
}

fn now(wall: DateTime<Utc>) -> Now {
    Now { wall, steady: Steady::START }
}

fn draft(more: Value) -> TaskDraft {
    let mut draft = json!({
        "id": "backup-check",
        "title": {"ja": "バックアップ確認", "en": "backup check"},
        "owner": {"role": "infrastructure"},
        "when": {"on": "daily", "at": "07:00"},
    });
    more.as_object().unwrap().iter().for_each(|(field, value)| draft[field] = value.clone());
    serde_json::from_value(draft).unwrap()
}

fn checked() -> TaskDraft {
    draft(json!({
        "id": "infrastructure-check",
        "title": {"ja": "インフラ状態チェック", "en": "infrastructure check"},
        "alerts": [
            {"text": {"ja": "CPU使用率80%以上", "en": "CPU usage of 80 % or more"},
             "measured": {"query": "host:cpu", "is": "at_least", "value": 0.8}},
            {"text": {"ja": "エラー率1%以上", "en": "error rate of 1 % or more"},
             "measured": {"query": "errors", "is": "at_least", "value": 0.01}},
        ],
    }))
}

fn due() -> Occasion {
    Occasion::Due { is_late: false, stands_for: 1 }
}

/// A firing of a task, and where it stands after these events.
fn fired(task: &TaskDraft, nominal: &str, events: &[(&str, Event)]) -> (FiringId, firing::State) {
    let events: Vec<_> = events.iter().map(|(when, event)| (at(when), event.clone())).collect();
    fired_at(task, at(nominal), due(), &events)
}

fn fired_at(
    task: &TaskDraft,
    nominal: DateTime<Utc>,
    occasion: Occasion,
    events: &[(DateTime<Utc>, Event)],
) -> (FiringId, firing::State) {
    let id = FiringId { task: task.id.clone(), nominal };
    let begun = Begun {
        task: task.clone(),
        nominal: id.nominal,
        occasion,
        deadline: Some(id.nominal + TimeDelta::minutes(30)),
        give_up: None,
    };
    let mut state = firing::State::default();
    Firing::apply(&mut state, &Event::Begun(Box::new(begun)), now(id.nominal));
    events.iter().for_each(|(when, event)| Firing::apply(&mut state, event, now(*when)));
    (id, state)
}

fn began((firing, state): (FiringId, firing::State)) -> Happened {
    Happened::Began { firing, state: Box::new(state) }
}

fn damage() -> Vec<Damage> {
    let stream = StreamId::new("routine-firing", "backup-check/2026-12-17T22:00:00Z");
    vec![Damage::of(&RunError::Missing { stream, seq: 2 }).unwrap()]
}

/// What became of a task that does not say more.
fn of(task: &TaskDraft, happened: Vec<Happened>, to_come: &[&str]) -> TaskDay {
    TaskDay {
        id: task.id.clone(),
        title: task.title.clone(),
        owner: task.owner.clone(),
        happened,
        known_since: None,
        unseen: Vec::new(),
        to_come: to_come.iter().map(|when| at(when)).collect(),
    }
}

/// The day of these tasks, at half past twelve.
fn day_of(tasks: Vec<TaskDay>) -> Day {
    Day {
        date: "2026-12-18".parse().unwrap(),
        zone: Zone::parse("+09:00").unwrap(),
        within: Interval::starting(at("00:00"), TimeDelta::days(1)).unwrap(),
        at: at("12:30"),
        tasks,
        damage: Vec::new(),
    }
}

fn ended(how: Finish, by: Option<&str>, evidence: &[&str]) -> Event {
    Event::Ended {
        how,
        by: by.map(str::to_owned),
        why: None,
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn readings() -> [Event; 2] {
    [
        Event::Checked { alert: 0, reading: Reading::Value(Finite::new(0.912_34).unwrap()) },
        Event::Checked { alert: 1, reading: Reading::Failed { why: "connection refused".into() } },
    ]
}

fn day() -> Day {
    let (backup, check) = (draft(json!({})), checked());
    let [cpu, errors] = readings();
    let refused =
        |when: &str| Happened::Refused { nominal: at(when), why: toban_routine::WhyRefused::Running };
    let backup_day = vec![
        Happened::LeftOut { first: at("04:00"), last: at("06:00"), count: 3, why: WhyLeftOut::Coalesced },
        began(fired(&backup, "07:00", &[("07:12", ended(Finish::Done, Some("bob"), &["ticket 7"]))])),
        refused("08:00"),
        refused("09:00"),
        began(fired(
            &backup,
            "10:00",
            &[("10:31", Event::Overdue), ("10:40", ended(Finish::Late, None, &["4 files"]))],
        )),
    ];
    let check_day = vec![
        began(fired(
            &check,
            "09:00",
            &[("09:00", cpu), ("09:01", errors), ("09:20", ended(Finish::Done, Some("carol"), &[]))],
        )),
        began(fired(&check, "11:00", &[("12:00", ended(Finish::Missed, None, &[]))])),
    ];
    let to_come = ["13:00", "14:00", "15:00", "16:00", "17:00", "18:00"];
    let before = at("00:00") - TimeDelta::hours(2);
    let late =
        [(at("00:10"), Event::Overdue), (at("01:20"), ended(Finish::Late, Some("dan"), &["ticket 6"]))];
    let (firing, state) = fired_at(&backup, before, due(), &late);
    let before = Happened::Ended { firing, state: Box::new(state) };
    let backup_day = [vec![before], backup_day].concat();
    Day {
        damage: damage(),
        ..day_of(vec![of(&backup, backup_day, &to_come), of(&check, check_day, &["13:00"])])
    }
}

fn status() -> Status {
    let (backup, check) = (draft(json!({})), checked());
    let of = |task: &TaskDraft, by: &str, events: &[schedule::Event]| {
        let plan =
            TaskPlan { zone: Some("+09:00".into()), calendars: Default::default(), task: task.clone() };
        let planned = schedule::Event::Planned { plan: Box::new(plan), by: by.into() };
        let mut state = schedule::State::default();
        let decided = schedule::Event::Decided { upto: at("12:30") };
        for event in [planned, decided].iter().chain(events) {
            Schedule::apply(&mut state, event, now(at("12:30")));
        }
        state
    };
    let paused = schedule::Event::Paused { by: "ann".into(), why: "the house moves".into() };
    let last = schedule::Event::Ended { nominal: at("11:00"), how: Finish::Missed };
    let waits = schedule::Event::Waits { nominal: at("12:00"), occasion: due() };
    let [cpu, errors] = readings();
    let blocked = Event::Blocked { by: "bob".into(), why: "no access".into() };
    let under_way = |(firing, state): (FiringId, firing::State), holder| UnderWay { firing, state, holder };
    let holder = |is_gone| Some(Holder { owner: "5d0c:4026/4711/99".into(), is_gone });
    let event = Occasion::Event { what: "unauthorised access".into(), by: "the watch".into() };
    let check_under_way = vec![
        under_way(fired(&check, "10:00", &[("10:01", blocked)]), None),
        under_way(
            fired(&check, "11:00", &[("11:00", cpu), ("11:01", errors), ("11:31", Event::Overdue)]),
            holder(true),
        ),
        under_way(fired_at(&check, at("12:10"), event, &[]), holder(false)),
        under_way(fired(&check, "12:20", &[("12:29", ended(Finish::Done, Some("bob"), &[]))]), None),
    ];
    let began = schedule::Event::Began { nominal: at("11:00"), occasion: due() };
    let tasks = vec![
        TaskStatus {
            id: backup.id.clone(),
            task: of(&backup, "the team", &[last, paused]),
            under_way: Vec::new(),
        },
        TaskStatus {
            id: check.id.clone(),
            task: of(&check, "ops", &[began, waits]),
            under_way: check_under_way,
        },
    ];
    Status { at: at("12:30"), zone: Zone::parse("+09:00").unwrap(), tasks, damage: damage() }
}

/// Every five minutes of a day until half past twelve, and what a program makes of it.
fn crowded() -> Day {
    let task = draft(json!({"id": "sync", "title": {"ja": "同期", "en": "sync"}, "command": ["sync"]}));
    let happened = (0..150_i32).map(|turn| {
        let nominal = at("00:00") + TimeDelta::minutes(5 * i64::from(turn));
        let after = |seconds: i32| nominal + TimeDelta::seconds(seconds.into());
        let failed = |why: &str| Event::Ended {
            how: Finish::Failed,
            by: None,
            why: Some(why.into()),
            evidence: Vec::new(),
        };
        let (last, occasion) = match turn {
            7 | 80 => ((after(2_000), ended(Finish::Late, None, &["slow"])), due()),
            33 => ((after(70), ended(Finish::Done, None, &[])), due()),
            90..95 => ((after(1), failed("exit code 2")), due()),
            95..100 => ((after(1), failed("no answer in time")), due()),
            100 => ((after(1), failed("killed")), due()),
            101 => ((after(1), failed("the disk is full")), due()),
            102..110 => {
                let by = match turn % 3 {
                    0 => "ann",
                    1 => "bob",
                    _ => "dan",
                };
                ((after(1), ended(Finish::Waived, Some(by), &[])), due())
            }
            110..116 => {
                let why = format!("turn {turn}");
                let waived = Event::Ended {
                    how: Finish::Cancelled,
                    by: Some("ann".into()),
                    why: Some(why),
                    evidence: Vec::new(),
                };
                ((after(1), waived), due())
            }
            149 => {
                let now = Occasion::Now { by: "ann".into(), why: "to see it".into() };
                ((after(2), ended(Finish::Terminated, Some("ann"), &[])), now)
            }
            _ => ((after(3 + turn % 5), ended(Finish::Done, None, &["ok"])), due()),
        };
        began(fired_at(&task, nominal, occasion, &[last]))
    });
    day_of(vec![of(&task, happened.collect(), &[])])
}

#[test]
fn a_report_of_a_day_says_what_became_of_everything_in_both_languages() {
    for (name, language) in [("en", Language::En), ("ja", Language::Ja)] {
        assert_golden(&format!("routine_day.{name}.txt"), &day_text(&day(), 100, Style::Plain, language));
    }
    assert_golden("routine_day.json", &day_json(&day()));
}

#[test]
fn what_went_alike_all_day_is_one_row_and_for_programs_each_stands_alone() {
    for (name, language) in [("en", Language::En), ("ja", Language::Ja)] {
        assert_golden(
            &format!("routine_crowded.{name}.txt"),
            &day_text(&crowded(), 100, Style::Plain, language),
        );
    }
    let told: Value = serde_json::from_str(&day_json(&crowded())).unwrap();
    assert_eq!(told["tasks"][0]["happened"].as_array().unwrap().len(), 150);
}

#[test]
fn the_status_says_where_everything_stands_in_both_languages() {
    for (name, language) in [("en", Language::En), ("ja", Language::Ja)] {
        let text = status_text(&status(), 100, Style::Plain, language);
        assert_golden(&format!("routine_status.{name}.txt"), &text);
    }
    assert_golden("routine_status.json", &status_json(&status()));
}

#[test]
fn who_planned_a_task_is_told_where_not_all_were_planned_by_one() {
    let mut one = status();
    one.tasks.truncate(1);
    let text = |status: &Status| status_text(status, 100, Style::Plain, Language::En);
    assert!(text(&status()).contains("Planned by") && text(&status()).contains("the team"));
    assert!(!text(&one).contains("Planned by") && !text(&one).contains("the team"));
}

#[test]
fn no_line_is_wider_than_its_terminal() {
    for width in [60, 80, 140] {
        for language in [Language::En, Language::Ja] {
            let status = status_text(&status(), width, Style::Plain, language);
            let crowded = day_text(&crowded(), width, Style::Plain, language);
            let day = day_text(&day(), width, Style::Plain, language);
            for line in day.lines().chain(crowded.lines()).chain(status.lines()) {
                assert!(line.trim_end().width() <= usize::from(width), "{width}: {line}");
            }
        }
    }
}

fn told(day: &Day) -> [String; 2] {
    [Language::En, Language::Ja].map(|language| day_text(day, 100, Style::Plain, language))
}

#[test]
fn a_day_on_which_nothing_was_to_be_done_says_so() {
    let day = day_of(vec![of(&checked(), Vec::new(), &[])]);
    let [en, ja] = told(&day);
    assert!(
        en.contains("Nothing was to be done.") && ja.contains("予定された作業はありませんでした。"),
        "{en}"
    );
    let [en, ja] = told(&Day { tasks: Vec::new(), ..day });
    assert!(en.contains("No task is planned here.") && ja.contains("計画された作業はありません。"), "{en}");
}

#[test]
fn of_a_day_that_has_not_come_or_was_before_the_journal_nothing_is_claimed() {
    let mut day = day_of(vec![of(&checked(), Vec::new(), &["13:00"])]);
    day.at = at("00:00") - TimeDelta::hours(1);
    let [en, ja] = told(&day);
    assert!(en.contains("\n1 to come\n") && en.contains("This day has not come."), "{en}");
    assert!(ja.contains("まだ来ていない日です。") && !ja.contains("アラート"), "{ja}");
    day.tasks[0].happened.push(began(fired(&checked(), "09:00", &[])));
    assert!(!told(&day)[0].contains("has not come"), "a clock was ahead, and something has begun");

    let mut day = day_of(vec![of(&checked(), Vec::new(), &[]), of(&draft(json!({})), Vec::new(), &[])]);
    day.tasks[0].known_since = Some(at("00:00") + TimeDelta::days(2));
    day.tasks[1].known_since = Some(at("00:00") + TimeDelta::days(1));
    let [en, ja] = told(&day);
    assert!(en.contains("Nothing is known of this day: the journal begins on Sat 2026-12-19 00:00."), "{en}");
    assert!(!en.contains("Nothing was to be done") && !en.contains("alert"), "{en}");
    assert!(ja.contains("記録は2026-12-19(土) 00:00に始まるため"), "{ja}");
    // In part: something was seen of it.
    day.tasks[1].known_since = Some(at("10:20"));
    let [en, _] = told(&day);
    assert!(en.contains("Of the time before 10:20 nothing is known"), "{en}");
    // One that was planned later is no news of the journal.
    day.tasks[1].known_since = None;
    let [en, _] = told(&day);
    assert!(en.contains("Nothing was to be done."), "{en}");
}

#[test]
fn times_that_a_day_shares_with_others_are_not_counted_as_its_own() {
    let left_out = |first, last, count| Happened::LeftOut { first, last, count, why: WhyLeftOut::Skipped };
    let midnight = at("00:00");
    let shared = left_out(midnight - TimeDelta::hours(2), at("03:00"), 12);
    let own = left_out(at("04:00"), at("05:00"), 2);
    let [en, ja] = told(&day_of(vec![of(&draft(json!({})), vec![shared, own], &[])]));
    assert!(en.contains("\n2 not run, some of 12 more that other days share not run\n"), "{en}");
    assert!(en.contains("00:00 – 03:00 (12 in all, not of this day alone)"), "{en}");
    assert!(en.contains("04:00 – 05:00 (2 times)"), "{en}");
    assert!(
        ja.contains("（他日を含め12回）") && ja.contains("\n実行せず2件、ほかに他日と合わせて12件実行せず\n"),
        "{ja}"
    );
}

#[test]
fn how_a_firing_came_about_is_told_where_that_is_not_its_rule() {
    let (by, why) = (String::from("ann"), String::from("to see it"));
    let occasions = [
        (
            Occasion::Now { by: by.clone(), why: why.clone() },
            "asked for by ann: to see it",
            "随時の実施（ann）：to see it",
        ),
        (
            Occasion::Backfill { by: by.clone(), why },
            "made up for by ann: to see it",
            "過去分の実施（ann）：to see it",
        ),
        (Occasion::Event { what: "a fire".into(), by }, "because of a fire (ann)", "きっかけ：a fire（ann）"),
        (
            Occasion::Due { is_late: true, stands_for: 4 },
            "began late, stands for 4 times",
            "遅れて開始、4回分をまとめて実施",
        ),
    ];
    for (occasion, en, ja) in occasions {
        let one = fired_at(&draft(json!({})), at("07:00"), occasion, &[]);
        let mut status = status();
        status.tasks.truncate(1);
        status.tasks[0].under_way =
            vec![UnderWay { firing: one.0.clone(), state: one.1.clone(), holder: None }];
        let day = day_of(vec![of(&draft(json!({})), vec![began(one)], &[])]);
        for (language, words) in [(Language::En, en), (Language::Ja, ja)] {
            let day = day_text(&day, 140, Style::Plain, language);
            assert!(day.contains(words), "{day}");
            let status = status_text(&status, 140, Style::Plain, language);
            assert!(status.contains(words), "{status}");
        }
    }
}
