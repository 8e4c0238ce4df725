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
fn there_is_one_finding_for_each_two_that_differ() {
    let on = |day: &str| json!({"on": {"weekly": day}});
    let places = found(&[on("mon"), on("tue"), on("mon"), on("wed")]);
    let expected = ["tasks[1].on", "tasks[2].on", "tasks[3].on", "tasks[3].on", "tasks[3].on"];
    assert_eq!(places, expected.map(warning));
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
