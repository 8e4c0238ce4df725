//! Releases in lines of text and as JSON.

use crate::golden::assert_golden;
use crate::release_example::{completed, course, plan, rolled_back, ruling, unfinished};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use std::fmt::Write;
use toban_durable::{Machine, Now, Steady};
use toban_release_core::analysis::Overall;
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{
    Announcement, Asking, Back, Cause, Event, Needed, Next, Part, Rollout, Ruled, State,
};
use toban_release_core::{Figures, Return, Targets, release_figures};
use toban_render::release::{
    announcement_words, event_words, figures_json, figures_text, history_json, history_text, phase_words,
    plan_json, plan_text, review_json, review_text, ruling_json, ruling_text,
};
use toban_render::{Language, Style};
use unicode_width::UnicodeWidthStr;

/// How each is kept: width, language, and the end of the file's name.
const SHOWN: [(u16, Language, &str); 4] = [
    (80, Language::En, "80"),
    (80, Language::Ja, "80.ja"),
    (140, Language::En, "140"),
    (140, Language::Ja, "140.ja"),
];

/// Widths that are not kept, and at which no line may be longer either; fewer than 60 count as 60.
const OTHERS: [u16; 5] = [60, 67, 100, 120, 200];

#[track_caller]
fn assert_shown(name: &str, text: impl Fn(u16, Style, Language) -> String) {
    for (width, language, end) in SHOWN {
        let plain = text(width, Style::Plain, language);
        for line in plain.lines() {
            assert!(line.width() <= usize::from(width), "{name} at {width}: {line}");
            assert!(!line.ends_with(' '), "{name} at {width}: {line:?}");
        }
        assert_golden(&format!("release-{name}-{end}.txt"), &plain);
        let coloured = text(width, Style::Ansi, language);
        assert_eq!(without_colours(&coloured), plain, "{name}: colours add nothing and take nothing away");
    }
    for (width, language) in
        OTHERS.into_iter().flat_map(|width| [(width, Language::En), (width, Language::Ja)])
    {
        for line in text(width, Style::Plain, language).lines() {
            assert!(line.width() <= usize::from(width), "{name} at {width}: {line}");
        }
    }
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn a_plan_is_shown_as_a_release_manager_reads_it() {
    assert_shown("plan", |width, style, language| plan_text(&plan(), width, style, language));
    assert_golden("release-plan.json", &plan_json(&plan()));
}

#[test]
fn a_review_asks_by_priority_and_says_why() {
    let review = unfinished();
    assert_shown("review", |width, style, language| review_text(&review, width, style, language));
    assert_golden("release-review.json", &review_json(&review));
}

#[test]
fn a_ruling_says_why_and_when_to_ask_again() {
    assert_shown("ruling", |width, style, language| ruling_text(&ruling(), width, style, language));
    assert_golden("release-ruling.json", &ruling_json(&ruling()));
}

#[test]
fn the_record_of_a_release_that_was_rolled_back_tells_who_what_and_why() {
    let entries = rolled_back().entries();
    assert_shown("history", |width, style, language| history_text(&entries, width, style, language));
    assert_golden("release-history.json", &history_json(&entries));
}

#[test]
fn one_record_is_one_and_what_has_passed_is_told_to_the_second() {
    let mut first = rolled_back().entries();
    first.truncate(1);
    first[0].at.steady = Steady::from_millis(160_016);
    let told = history_text(&first, 80, Style::Plain, Language::En);
    assert!(told.contains("1 record; its hash:") && told.contains(" +2m40s "), "{told}");
    let exact = history_json(&first);
    assert!(exact.contains("\"seconds\": 160.016"), "{exact}");
}

#[test]
fn figures_are_held_against_what_the_documents_ask() {
    let releases: Vec<_> =
        [completed(), rolled_back()].iter().filter_map(|one| release_figures(&one.entries())).collect();
    let figures = Figures::of(&releases, &Targets::standard());
    assert_shown("figures", |width, style, language| {
        figures_text(&releases, &figures, width, style, language)
    });
    assert_golden("release-figures.json", &figures_json(&releases, &figures));
    // Of none that has ended nobody knows for how long they wait for people.
    let told = figures_text(&[], &Figures::of([], &Targets::standard()), 80, Style::Plain, Language::En);
    assert!(told.contains("Waited for people  -\n"), "{told}");
}

/// Something of each kind.
fn every_event() -> Vec<Event> {
    let (by, why) = (|| "mori".to_owned(), || "the dashboards are quiet".to_owned());
    let until = "2026-03-02T04:00:00Z".parse().unwrap();
    let errors = course().checks[0].clone();
    let judged = |reading: Reading| errors.judge().judge(&reading, 1);
    let overall = Overall::deserialize(json!({
        "phase": "failed", "decisive": [{"check": "errors", "why": {"failures": {"failures": 2, "limit": 0}}}],
    }))
    .unwrap();
    let person = || Cause::Person { by: by(), why: why() };
    let failed = Cause::Failed { next: Next::Stage(1), why: "no capacity".into() };
    let superseded = Cause::Superseded { revision: "plan 8".into(), by: by() };
    let turned = |cause, way| Event::TurnedBack { cause, way };
    vec![
        Event::Proposed { course: Box::new(course()), by: by() },
        Event::Approved { by: by(), why: why() },
        Event::Cleared,
        Event::Began { next: Next::Prepare(0) },
        Event::Began { next: Next::Stage(2) },
        Event::Did { next: Next::Stage(2) },
        Event::Did { next: Next::Complete(1) },
        Event::Measured { check: 0, judged: judged(Reading::Value(0.001_234_567_89)) },
        Event::Measured { check: 0, judged: judged(Reading::Value(0.5)) },
        Event::Measured { check: 1, judged: judged(Reading::NoData) },
        Event::Measured { check: 1, judged: judged(Reading::Error { reason: "connection refused".into() }) },
        Event::Troubled { check: 1, clear_by: Some(Steady::from_millis(754_000)) },
        Event::Troubled { check: 1, clear_by: None },
        Event::Recovered { check: 1 },
        Event::Lapsed { check: 1 },
        Event::Overdue { stage: 1 },
        Event::Soaked { stage: 1 },
        Event::Opened { stage: 2, by: by(), why: why() },
        Event::Promoted { stage: 0, by: by(), why: why() },
        Event::Paused { by: by(), why: why() },
        Event::Resumed { by: by(), why: why() },
        Event::Overrode { by: by(), why: why(), until },
        Event::Ruled { by: by(), why: why(), verdict: Ruled::Hold, as_of: until, valid_until: until },
        Event::Frozen { until },
        Event::Thawed,
        Event::Asked { about: Asking::Manual(Part::Next(Next::Complete(0))) },
        Event::Asked { about: Asking::Doubt(Part::Back(Back::Verify(0))) },
        Event::Answered { by: by(), why: why(), is_done: true },
        Event::Answered { by: by(), why: why(), is_done: false },
        Event::Broke { next: Next::Complete(1), why: "exit code 1".into() },
        turned(Cause::Check { overall }, Return::Immediate),
        turned(failed, Return::Gradual),
        turned(person(), Return::Immediate),
        Event::Retried { by: by(), why: why() },
        Event::Undid { back: Back::Weight(0) },
        Event::Undid { back: Back::Undo(0) },
        Event::Undid { back: Back::Verify(1) },
        Event::Stuck { back: Back::Verify(0), why: "exit code 3".into() },
        Event::Faltered { part: Part::Back(Back::Verify(0)), attempt: 1, why: "exit code 3".into() },
        Event::Completed,
        Event::Aborted { cause: superseded },
        Event::RolledBack,
        Event::Untold { what: Announcement::Completed, why: "exit code 3".into() },
    ]
}

fn every_announcement() -> Vec<Announcement> {
    let needed = |what| Announcement::PersonNeeded { what };
    vec![
        Announcement::Started,
        Announcement::StageReached { stage: 1 },
        needed(Needed::Gate(2)),
        needed(Needed::Check(0)),
        needed(Needed::Late),
        needed(Needed::Overdue(1)),
        needed(Needed::Step(Asking::Manual(Part::Next(Next::Complete(0))))),
        needed(Needed::Fix(Next::Complete(1))),
        needed(Needed::Stuck(Back::Weight(0))),
        Announcement::RollingBack { is_automatic: true },
        Announcement::RollingBack { is_automatic: false },
        Announcement::RolledBack,
        Announcement::Completed,
    ]
}

#[test]
fn each_event_and_announcement_has_words_with_and_without_its_course() {
    let mut text = String::new();
    let known = course();
    for (course, heading) in [(Some(&known), "With the course"), (None, "Without")] {
        for language in [Language::En, Language::Ja] {
            writeln!(text, "{heading}, {language:?}").unwrap();
            for event in every_event() {
                writeln!(text, "  {}", event_words(&event, course, language)).unwrap();
            }
            for announcement in every_announcement() {
                writeln!(text, "  > {}", announcement_words(&announcement, course, language)).unwrap();
            }
        }
    }
    assert!(!text.contains(['\u{a0}', '\u{202f}']), "blanks are blanks where nothing is laid out");
    assert_golden("release-words.txt", &text);
}

#[test]
fn one_sentence_says_where_a_release_stands_and_how_long_it_still_waits() {
    let mut text = String::new();
    for (name, release) in [("Completed", completed()), ("Rolled back", rolled_back())] {
        for language in [Language::En, Language::Ja] {
            writeln!(text, "{name}, {language:?}").unwrap();
            let mut state = State::default();
            let mut last = String::new();
            for entry in release.entries() {
                for event in &entry.events {
                    Rollout::apply(&mut state, event, entry.at);
                }
                let words = phase_words(&state, entry.at, language);
                if words != last {
                    writeln!(text, "  {words}").unwrap();
                }
                last = words;
            }
        }
    }
    assert_golden("release-phases.txt", &text);
}

#[test]
fn of_what_a_plan_says_in_both_languages_one_is_told() {
    let told = |instruction: &str, language| {
        let mut course = course();
        let owner = "mori".to_owned();
        course.traffic =
            toban_release_core::rollout::Mover::Person { owner, instruction: instruction.into() };
        let event = Event::Asked { about: Asking::Manual(Part::Next(Next::Stage(0))) };
        event_words(&event, Some(&course), language)
    };
    let both = "割合を変える / Set the share";
    assert_eq!(told(both, Language::En), "mori is asked to do by hand: traffic to 5 % (Set the share)");
    assert!(told(both, Language::Ja).contains("（割合を変える）"));
    for one in ["in / out", "割合を / 変える"] {
        assert!(told(one, Language::En).ends_with(&format!("({one})")));
    }
}

#[test]
fn what_is_paused_or_in_trouble_says_what_is_left() {
    let mut state = State::default();
    let at = |minutes: i64| Now {
        wall: "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes),
        steady: Steady::START.after(TimeDelta::minutes(minutes)),
    };
    let mut course = course();
    (course.needs_ruling, course.freezes) = (false, Vec::new());
    let apply = |state: &mut State, event: Event, minutes| Rollout::apply(state, &event, at(minutes));
    apply(&mut state, Event::Proposed { course: Box::new(course), by: "suzuki".into() }, 0);
    assert_eq!(
        phase_words(&state, at(0), Language::En),
        "v1.4.0 waits for approvals; 1 missing, of sato or mori"
    );
    apply(&mut state, Event::Approved { by: "sato".into(), why: "read".into() }, 0);
    apply(&mut state, Event::Did { next: Next::Stage(0) }, 0);
    assert_eq!(phase_words(&state, at(2), Language::En), "stage 1 of 3, 5 %: soaks for 3m more");
    let mut later = at(2);
    later.steady = later.steady.after(TimeDelta::milliseconds(1));
    // A second that is not over counts.
    assert_eq!(phase_words(&state, later, Language::En), "stage 1 of 3, 5 %: soaks for 3m more");
    later.steady = later.steady.after(TimeDelta::seconds(60));
    assert_eq!(phase_words(&state, later, Language::Ja), "ステージ1/3「5 %」：観察あと2m");
    apply(&mut state, Event::Paused { by: "mori".into(), why: "a call".into() }, 2);
    assert_eq!(phase_words(&state, at(90), Language::En), "stage 1 of 3, 5 %: soaks for 3m more; paused");
    apply(&mut state, Event::Resumed { by: "mori".into(), why: "nothing more comes".into() }, 90);
    let clear_by = Some(Steady::START.after(TimeDelta::minutes(93)));
    apply(&mut state, Event::Troubled { check: 1, clear_by }, 90);
    let told = "stage 1 of 3, 5 %: soaks for 2m more; held by p95; traffic goes back in 2m unless it clears";
    assert_eq!(phase_words(&state, at(91), Language::En), told);
    assert_eq!(
        phase_words(&state, at(91), Language::Ja),
        "ステージ1/3「5 %」：観察あと2m。p95により保留。回復しなければ2m後に切り戻す"
    );
}
