//! Dates that are stated without a time of day, and how often something is done, as a review sees them.

use serde_json::{Value, json};
use toban_routine::{Level, Review, RoutineDraft, review};

fn reviewed(tasks: &[Value]) -> Review {
    let named = tasks.iter().enumerate().map(|(place, task)| {
        let mut task = task.clone();
        task["id"] = json!(format!("t{place}"));
        task["title"] = json!("work");
        task["topic"] = json!("work");
        task
    });
    let draft = json!({"zone": "+09:00", "tasks": named.collect::<Vec<_>>()});
    review(&serde_json::from_value::<RoutineDraft>(draft).unwrap())
}

fn found(tasks: &[Value]) -> Vec<(String, Level)> {
    reviewed(tasks).findings.into_iter().map(|found| (found.place, found.level)).collect()
}

fn warning(place: &str) -> (String, Level) {
    (place.to_owned(), Level::Warning)
}

#[test]
fn dates_are_compared_wherever_they_are_stated() {
    let monday = json!({"on": {"weekly": "mon"}});
    let friday = json!({"on": {"weekly": "fri"}});
    let at_ten = json!({"when": {"on": {"weekly": "mon"}, "at": "10:00"}});
    let cron = json!({"when": {"on": {"weekly": "fri"}, "at": "16:00"}, "frequency": "weekly"});
    assert_eq!(found(&[monday.clone(), at_ten.clone()]), []);
    assert_eq!(found(&[monday.clone(), friday.clone()]), [warning("tasks[1].on")]);
    assert_eq!(found(&[friday, at_ten]), [warning("tasks[1].when")]);
    assert_eq!(found(&[monday, cron]), [warning("tasks[1].when")]);
}

#[test]
fn frequencies_are_compared_where_dates_are_not_stated() {
    let weekly = json!({"frequency": "weekly"});
    let monthly = json!({"frequency": "monthly"});
    let monday = json!({"frequency": "weekly", "on": {"weekly": "mon"}});
    assert_eq!(found(&[weekly.clone(), monday.clone(), weekly.clone()]), []);
    assert_eq!(found(&[weekly, monthly.clone()]), [warning("tasks[1].frequency")]);
    assert_eq!(found(&[monthly, monday]), [warning("tasks[1].on")]);
}

#[test]
fn what_says_nothing_is_at_odds_with_nothing() {
    let monday = json!({"on": {"weekly": "mon"}});
    assert_eq!(found(&[json!({}), monday.clone(), json!({"frequency": "daily"})]), []);
    assert_eq!(found(&[monday, json!({"stated": "some day"})]), []);
}

#[test]
fn there_is_one_finding_for_all_that_differ_and_nobody_else_is_in_it() {
    let on = |day: &str| json!({"on": {"weekly": day}});
    let weekly = json!({"frequency": "weekly"});
    let tasks = [on("mon"), weekly, on("mon"), on("wed"), on("tue")];
    let [found] = &reviewed(&tasks).findings[..] else { panic!("one finding") };
    assert_eq!(found.place, "tasks[3].on");
    let all = ["t0 is every Monday", "t2 is every Monday", "t3 is every Wednesday", "t4 is every Tuesday"];
    let all = all.map(|one| format!("\"work\" of {one}")).join("; ");
    assert_eq!(found.text.en, format!("the same work at different times: {all}"));
}

#[test]
fn dates_that_cannot_be_or_stand_beside_a_schedule_are_errors() {
    let error = |place: &str| (place.to_owned(), Level::Error);
    assert_eq!(found(&[json!({"on": {"weekly": "someday"}})]), [error("tasks[0].on.weekly")]);
    assert_eq!(found(&[json!({"on": "working"})]), [error("tasks[0].on.working")]);
    let both = json!({"on": {"weekly": "mon"}, "when": {"on": {"weekly": "mon"}, "at": "10:00"}});
    let review = reviewed(&[both]);
    assert_eq!(review.scheduled.len(), 1, "the schedule stands all the same");
    assert_eq!(review.errors().map(|found| found.place.as_str()).collect::<Vec<_>>(), ["tasks[0].on"]);
}

#[test]
fn only_the_time_of_day_is_asked_where_the_dates_are_stated() {
    let asked = |task: Value| {
        let review = reviewed(&[task]);
        let asked = review.questions.into_iter().find(|question| question.id == "when");
        asked.map(|question| (question.place, question.text.en))
    };
    let place = || "tasks[0].when".to_owned();
    assert_eq!(
        asked(json!({"on": {"monthly": "last"}, "frequency": "monthly"})),
        Some((
            place(),
            "At what time is \"work\" done (all that is said is: the last day of every month)?".to_owned()
        ))
    );
    assert_eq!(
        asked(json!({"frequency": "monthly"})),
        Some((
            place(),
            "On which days, and at what time, is \"work\" done (all that is said is: monthly)?".to_owned()
        ))
    );
    assert_eq!(
        asked(json!({})),
        Some((place(), "On which days, and at what time, is \"work\" done?".to_owned()))
    );
    assert_eq!(asked(json!({"on_events": ["an alarm"]})), None);
    assert!(asked(json!({"on_events": ["an alarm"], "on": {"weekly": "mon"}})).is_some());
}

/// Tasks of one topic that are done every day, each of another source.
fn every_day(tasks: &[(&str, Option<&str>)]) -> Vec<(String, String)> {
    let tasks: Vec<_> = (0..)
        .zip(tasks)
        .map(|(place, (stated, at)): (usize, _)| {
            let mut task = json!({"frequency": "daily", "source": format!("document {place}")});
            if !stated.is_empty() {
                task["stated"] = json!(stated);
            }
            if let Some(at) = at {
                task["when"] = json!({"on": "daily", "at": at.split(' ').collect::<Vec<_>>()});
            }
            task
        })
        .collect();
    reviewed(&tasks).findings.into_iter().map(|found| (found.place, found.text.en)).collect()
}

fn places(tasks: &[(&str, Option<&str>)]) -> Vec<String> {
    every_day(tasks).into_iter().map(|(place, _)| place).collect()
}

#[test]
fn times_of_day_are_compared_where_the_dates_are_the_same() {
    assert_eq!(
        every_day(&[("毎日7:00", Some("07:00")), ("夕", None), ("夕", Some("17:00"))]),
        [(
            "tasks[1].stated".to_owned(),
            "the same work at different times: \"work\" of document 0 is every day at 07:00; \"work\" of document 1 is daily, 夕; \"work\" of document 2 is every day, 夕"
                .to_owned()
        )]
    );
    // To the minute, where no source says it in words.
    assert_eq!(places(&[("", Some("09:00")), ("", Some("09:30"))]), ["tasks[1].when"]);
    // One asks for all that the other does, and more.
    assert_eq!(places(&[("", Some("09:00")), ("", Some("09:00 17:00"))]), Vec::<String>::new());
    assert_eq!(places(&[("", Some("09:00 17:00")), ("", Some("08:00 09:00"))]), ["tasks[1].when"]);
    assert_eq!(places(&[("in the morning", None), ("夕方", None), ("昼", None)]), ["tasks[1].stated"]);
}

#[test]
fn a_time_may_be_called_by_the_part_of_the_day_next_to_it() {
    for (stated, first, last) in
        [("朝", "00:00", "11:59"), ("at noon", "10:00", "15:59"), ("夕方", "15:00", "23:59")]
    {
        for at in [first, last] {
            assert_eq!(places(&[(stated, None), ("", Some(at))]), Vec::<String>::new(), "{stated} {at}");
        }
    }
    for (stated, at) in [("朝", "12:00"), ("昼", "09:59"), ("昼", "16:00"), ("evening", "14:59")] {
        assert_eq!(places(&[(stated, None), ("", Some(at))]), ["tasks[1].when"], "{stated} {at}");
    }
    // What the team made of the words is not what the source says.
    assert_eq!(places(&[("朝", Some("08:30")), ("", Some("09:00"))]), Vec::<String>::new());
    // Where one of several times fits, both can be meant.
    assert_eq!(places(&[("夕", None), ("", Some("07:00 17:00"))]), Vec::<String>::new());
    for unclear in
        ["朝夕", "昼夜", "朝9:00", "in the afternoon", "morning or evening", "at night", "some day"]
    {
        assert_eq!(places(&[(unclear, None), ("", Some("14:30"))]), Vec::<String>::new(), "{unclear}");
    }
}

#[test]
fn times_of_day_are_compared_of_no_other_tasks() {
    let at = |on: &str, time: &str| json!({"when": {"on": {"weekly": on}, "at": time}, "source": time});
    assert_eq!(found(&[at("mon", "09:00"), at("mon", "10:00")]), [warning("tasks[1].when")]);
    // One source asks twice, and sources that nobody names may be one.
    let twice = ["09:00", "17:00"].map(|time| json!({"when": {"on": "daily", "at": time}, "source": "one"}));
    assert_eq!(found(&twice), []);
    let nameless = ["09:00", "17:00"].map(|time| json!({"when": {"on": "daily", "at": time}}));
    assert_eq!(found(&nameless), []);
    // On other dates the dates are told, and where the dates are not known nothing is.
    assert_eq!(found(&[at("mon", "09:00"), at("tue", "10:00")]), [warning("tasks[1].when")]);
    let weekly = |stated: &str| json!({"frequency": "weekly", "stated": stated, "source": stated});
    assert_eq!(found(&[weekly("朝"), weekly("夕")]), []);
    // Clocks of two zones, what ends, and what happens all day long.
    let zone = json!({"when": {"on": "daily", "at": "17:00", "zone": "+00:00"}, "source": "one"});
    let ending =
        json!({"when": {"on": "daily", "at": "17:00", "end": "2027-01-01T00:00:00Z"}, "source": "two"});
    let often = json!({"when": {"cron": "*/5 * * * *"}, "source": "three"});
    let daily = json!({"when": {"on": "daily", "at": "09:01"}, "source": "four"});
    for other in [zone, ending, often] {
        assert_eq!(found(&[other.clone(), daily.clone()]), [], "{other}");
    }
}
