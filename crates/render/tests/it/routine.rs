//! A month of routine work on terminals of several widths.

use toban_calendar::Zone;
use toban_render::routine::{Month, month_text};
use toban_render::{Language, Style};
use toban_routine::{RoutineDraft, ScheduledTask, review};
use unicode_width::UnicodeWidthStr;

/// So many tasks on each of these dates, in Japanese and English.
fn tasks(count: usize, on: &serde_json::Value) -> Vec<ScheduledTask> {
    let task = |number: usize| {
        serde_json::json!({
            "id": format!("t{number}"),
            "title": {"ja": format!("作業その{number}の確認"), "en": format!("check of task {number}")},
            "when": {"on": on, "at": format!("{:02}:{:02}", 8 + number / 60, number % 60)},
        })
    };
    let tasks: Vec<_> = (0..count).map(task).collect();
    let draft: RoutineDraft =
        serde_json::from_value(serde_json::json!({"zone": "+09:00", "tasks": tasks})).unwrap();
    review(&draft).scheduled
}

fn december(tasks: &[ScheduledTask], width: u16, language: Language) -> String {
    let month = Month::new(tasks, (2026, 12), Zone::parse("+09:00").unwrap(), None).unwrap();
    month_text(&month, width, Style::Plain, language)
}

/// The days of a month as they stand: the lines up to the first empty one after the headings.
fn grid(text: &str) -> Vec<&str> {
    text.lines().skip(2).take_while(|line| !line.is_empty()).collect()
}

#[test]
fn a_month_is_one_grid_however_many_tasks_a_day_has_and_no_line_is_too_wide() {
    let weekdays = serde_json::json!({"weekly": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]});
    // All but one day: what is due on every day has no letter.
    let most = serde_json::json!({"weekly": ["mon", "tue", "wed", "thu", "sat", "sun"]});
    for on in [&weekdays, &most] {
        for count in [1, 5, 30, 52, 53, 200] {
            let tasks = tasks(count, on);
            for (width, language) in [60, 80, 100, 140]
                .into_iter()
                .flat_map(|width| [(width, Language::En), (width, Language::Ja)])
            {
                let text = december(&tasks, width, language);
                let (first, last) = match language {
                    Language::Ja => ("月", "日"),
                    _ => ("Mon", "Sun"),
                };
                let heads =
                    text.lines().filter(|line| line.trim_start().starts_with(first) && line.ends_with(last));
                assert_eq!(heads.count(), 1, "{count} tasks in {width} columns:\n{text}");
                for line in text.lines() {
                    assert!(line.width() <= usize::from(width), "{line}");
                }
                let days: Vec<_> = grid(&text)
                    .iter()
                    .flat_map(|line| line.split_whitespace())
                    .filter(|word| !word.starts_with('+'))
                    .filter_map(|word| word.parse::<u32>().ok())
                    .collect();
                assert_eq!(days, (1..=31).collect::<Vec<_>>(), "{text}");
            }
        }
    }
}

#[test]
fn what_has_no_room_on_its_day_is_counted_there_and_listed_below() {
    let most = serde_json::json!({"weekly": ["mon", "tue", "wed", "thu", "sat", "sun"]});
    let text = december(&tasks(30, &most), 80, Language::En);
    assert_eq!(
        grid(&text)[1..4],
        [
            "              1  abcde   2  abcde   3  abcde   4    5  abcde   6  abcde",
            "                 fghij      fghij      fghij           fghij      fghij",
            "                 kl+18      kl+18      kl+18           kl+18      kl+18",
        ],
        "{text}"
    );
    let listed = "  Tue 2026-12-01  a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D\n";
    assert!(text.contains("Days with more (+)\n") && text.contains(listed), "{text}");
    // Where there is room nothing is counted.
    let wide = december(&tasks(30, &most), 140, Language::Ja);
    assert!(!grid(&wide).concat().contains('+') && !wide.contains("ほかにもある日"), "{wide}");
}
