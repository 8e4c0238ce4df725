//! What can be scheduled, what is asked, and what is wrong.

use serde_json::{Value, json};
use toban_routine::{Level, RoutineDraft, TaskId, review};

fn draft(tasks: Value) -> RoutineDraft {
    serde_json::from_value(json!({"zone": "Asia/Tokyo", "tasks": tasks})).unwrap()
}

fn task(id: &str, when: Value) -> Value {
    json!({"id": id, "title": id, "when": when, "owner": {"role": "operations-lead"}, "estimate": "15m"})
}

#[test]
fn what_is_wrong_with_one_task_stops_no_other() {
    let draft = draft(json!([
        task("good", json!({"on": "daily", "at": "09:00"})),
        task("mars", json!({"on": "daily", "at": "09:00", "zone": "Mars/Olympus"})),
        task("never", json!({"cron": "0 0 30 2 *"})),
        task("always", json!({"every": "0s", "start": "2026-01-01T00:00:00Z"})),
        task(
            "closed",
            json!({"on": {"weekly": "sun"}, "at": "09:00", "if_closed": "skip", "calendar": "mon_to_fri"})
        ),
        task("good", json!({"cron": "@reboot"})),
        task("last", json!({"cron": "0 9 * * 1-5"})),
    ]));
    let review = review(&draft);
    let scheduled: Vec<_> = review.scheduled.iter().map(|task| (task.id.as_str(), task.place)).collect();
    assert_eq!(scheduled, [("good", 0), ("last", 6)]);
    let wrong: Vec<_> = review.errors().map(|finding| (finding.code, finding.place.as_str())).collect();
    assert_eq!(
        wrong,
        [
            ("when", "tasks[1].when.zone"),
            ("when", "tasks[2].when.cron"),
            ("when", "tasks[3].when.every"),
            ("when", "tasks[4].when.if_closed"),
            ("twice", "tasks[5].id"),
        ]
    );
    assert_eq!(review.questions, []);
}

#[test]
fn what_is_not_known_is_asked_and_says_what_waits_for_it() {
    let draft = draft(json!([
        {"id": "report", "title": {"ja": "日次レポート作成", "en": "daily report"}, "stated": {"ja": "夕", "en": "evening"}},
        {"id": "access", "title": "access", "on_events": ["不正アクセス検知時"]}
    ]));
    let asked: Vec<_> = review(&draft)
        .questions
        .iter()
        .map(|question| (question.place.clone(), question.blocks.clone()))
        .collect();
    let of = |place: &str, blocks: &str| (place.to_owned(), vec![blocks.to_owned()]);
    assert_eq!(
        asked,
        [
            of("tasks[0].when", "schedule"),
            of("tasks[0].owner", "gate-4"),
            of("tasks[0].estimate", "gate-4"),
            of("tasks[1].owner", "gate-4"),
            of("tasks[1].estimate", "gate-4"),
        ]
    );
    let when = &review(&draft).questions[0].text;
    assert!(
        when.ja.contains("日次レポート作成") && when.ja.contains("「夕」") && when.en.contains("evening"),
        "{when:?}"
    );
}

#[test]
fn the_same_work_at_different_times_is_pointed_out() {
    let with_topic = |id: &str, day: &str| {
        let mut task = task(id, json!({"on": {"weekly": day}, "at": "10:00"}));
        task["topic"] = json!("performance");
        task
    };
    let draft =
        draft(json!([with_topic("one", "mon"), with_topic("two", "fri"), with_topic("three", "mon")]));
    let found = review(&draft).findings;
    let places: Vec<_> = found.iter().map(|one| (one.code, one.place.as_str(), one.level)).collect();
    assert_eq!(places, [("topic", "tasks[1].when", Level::Warning)]);
    assert!(
        found[0].text.en.contains("Monday") && found[0].text.en.contains("Friday"),
        "{:?}",
        found[0].text
    );
}

#[test]
fn a_name_is_a_word_for_files_and_streams() {
    for good in ["a", "backup-check", "x1", &"a".repeat(64)] {
        assert_eq!(TaskId::new(good).unwrap().to_string(), good);
    }
    for bad in ["", "1a", "-a", "A", "a b", "確認", &"a".repeat(65), "a/b"] {
        assert!(TaskId::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_start_is_spread_by_the_name_of_the_task() {
    let spread = |id: &str, jitter: &str| {
        let mut task = task(id, json!({"on": "daily", "at": "09:00"}));
        task["jitter"] = json!(jitter);
        task
    };
    let draft = draft(json!([spread("one", "30m"), spread("two", "30m"), spread("none", "0s")]));
    let review = review(&draft);
    assert_eq!(
        review.errors().map(|finding| finding.place.as_str()).collect::<Vec<_>>(),
        ["tasks[2].jitter"]
    );
    let at = "2026-11-26T00:00:00Z".parse().unwrap();
    let starts: Vec<_> = review.scheduled.iter().map(|task| task.start(at) - at).collect();
    assert!(
        starts[0] != starts[1] && starts.iter().all(|delay| (0..1800).contains(&delay.num_seconds())),
        "{starts:?}"
    );
    assert_eq!(starts[2].num_seconds(), 0);
}

#[test]
fn one_wrong_calendar_and_one_wrong_zone_stop_nobody_else() {
    let draft: RoutineDraft = serde_json::from_value(json!({
        "zone": "Mars",
        "calendars": {
            "works": {"base": "japan"},
            "broken": {"weekend": "moon"},
            "onto": {"base": "broken"}
        },
        "tasks": [
            task("good", json!({"on": "daily", "at": "09:00", "zone": "+09:00", "if_closed": "next", "calendar": "works"})),
            task("bad", json!({"on": "daily", "at": "09:00", "zone": "+09:00", "if_closed": "next", "calendar": "broken"})),
            task("zoneless", json!({"on": "daily", "at": "09:00"})),
        ]
    }))
    .unwrap();
    let review = review(&draft);
    assert_eq!(review.scheduled.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["good"]);
    let wrong: Vec<_> =
        review.errors().map(|finding| (finding.place.as_str(), finding.text.en.as_str())).collect();
    assert_eq!(
        wrong.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
        ["zone", "calendars.broken.weekend", "calendars.onto.base", "tasks[1].when.calendar",]
    );
    assert!(wrong[3].1.contains("`broken` is wrong itself"), "{wrong:?}");
}

#[test]
fn what_ends_because_a_calendar_does_is_told_in_time() {
    let draft: RoutineDraft = serde_json::from_value(json!({
        "zone": "+09:00",
        "calendars": {"short": {"known_to": "2026-12-31"}},
        "tasks": [task("ends", json!({"on": "working", "at": "09:00", "calendar": "short"})),
            task("goes-on", json!({"on": "daily", "at": "09:00"}))]
    }))
    .unwrap();
    let review = review(&draft);
    let told = |by: &str| review.running_out(by.parse().unwrap());
    assert_eq!(told("2026-12-31"), []);
    let found = told("2027-01-01");
    assert_eq!((found.len(), found[0].place.as_str()), (1, "tasks[0].when"));
    assert!(found[0].text.en.contains("after 2026-12-31"), "{found:?}");
}

#[test]
fn running_all_that_was_missed_where_one_alone_may_run_is_pointed_out() {
    let with = |overlap: &str| {
        let mut task = task("all", json!({"on": "daily", "at": "09:00"}));
        task["due"] = json!({"missed": {"all": {"most": 3}}});
        task["overlap"] = json!(overlap);
        review(&draft(json!([task]))).findings.len()
    };
    assert_eq!([with("skip"), with("buffer_one"), with("buffer_all"), with("allow_all")], [1, 1, 0, 0]);
    assert!(
        serde_json::from_value::<RoutineDraft>(json!({"tasks": [{"id": "x", "title": "x",
        "due": {"missed": {"all": {"most": 3, "often": 1}}}}]}))
        .is_err()
    );
}

#[test]
fn lengths_of_nothing_and_programs_without_a_name_are_wrong() {
    let mut wrong = task("wrong", json!({"on": "daily", "at": "09:00"}));
    wrong["deadline"] = json!("0s");
    wrong["give_up"] = json!("0s");
    wrong["command"] = json!([]);
    wrong["program"] = json!({"time_out": "0s", "find_out": [""]});
    let mut early = task("early", json!({"on": "daily", "at": "10:00"}));
    early["deadline"] = json!("2h");
    early["give_up"] = json!("1h");
    early["program"] = json!({"time_out": "0s"}); // Of no program.
    let review = review(&draft(json!([wrong, early])));
    // What is wrong with one of them stops the other as little as ever.
    assert_eq!(review.scheduled.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["early"]);
    let mut found: Vec<_> =
        review.findings.iter().map(|found| (found.place.as_str(), found.code, found.level)).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("tasks[0].command", "command", Level::Error),
            ("tasks[0].deadline", "length", Level::Error),
            ("tasks[0].give_up", "length", Level::Error),
            ("tasks[0].program.find_out", "command", Level::Error),
            ("tasks[0].program.time_out", "length", Level::Error),
            ("tasks[1].give_up", "length", Level::Warning),
        ]
    );
}
