//! The presets, held to the words of the requirement documents and to what is asked of them.

use crate::passages::{document_000, document_001, document_003, document_004, in_japanese};
use std::collections::BTreeSet;
use toban_core::Text;
use toban_routine::{Compared, Frequency, RoutineDraft, TaskDraft, TaskId, preset};

#[test]
fn presets_say_word_for_word_what_their_documents_say_and_nothing_else() {
    let documents = [
        (preset::infrastructure_team(), document_003()),
        (preset::operations_team(), document_000()),
        (preset::operation_design(), document_001()),
        (preset::maintenance(), document_004()),
    ];
    for (tasks, passages) in documents {
        let tasks: Vec<_> = tasks.iter().map(in_japanese).collect();
        assert_eq!(tasks, passages);
    }
}

#[test]
fn passages_are_the_whole_chapters() {
    let items = |passages: &[crate::passages::Asked]| {
        passages.iter().flat_map(|task| task.lists.values()).map(Vec::len).sum::<usize>()
    };
    let passages = [document_003(), document_000(), document_001(), document_004()];
    assert_eq!(passages.each_ref().map(Vec::len), [9, 15, 11, 6]);
    assert_eq!(passages.each_ref().map(|passages| items(passages)), [60, 6, 0, 0]);
}

#[test]
fn each_document_has_its_number_of_tasks_of_each_frequency() {
    use Frequency::{Daily, Monthly, Weekly, Yearly};
    let counts = |tasks: Vec<TaskDraft>| {
        [Daily, Weekly, Monthly, Yearly]
            .map(|frequency| tasks.iter().filter(|task| task.frequency == Some(frequency)).count())
    };
    assert_eq!(counts(preset::infrastructure_team()), [3, 3, 3, 0]);
    assert_eq!(counts(preset::operations_team()), [7 + 1, 3 + 1, 3, 0], "one meeting a day, one a week");
    assert_eq!(counts(preset::operation_design()), [3, 2, 3, 3]);
    assert_eq!(counts(preset::maintenance()), [2, 2, 2, 0]);
    assert_eq!(counts(preset::all().tasks), [16, 11, 11, 3]);
}

#[test]
fn names_are_good_names_and_no_two_are_equal() {
    let tasks = preset::all().tasks;
    let names: BTreeSet<_> = tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(names.len(), tasks.len());
    assert!(names.into_iter().all(|name| TaskId::new(name).is_ok()));
}

#[test]
fn presets_come_back_from_a_file_as_they_went() {
    let all = preset::all();
    let json = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<RoutineDraft>(&json).unwrap(), all);
}

#[test]
fn every_text_is_in_both_languages() {
    for task in preset::all().tasks {
        let texts = [Some(&task.title), task.source.as_ref(), task.stated.as_ref()];
        let alerts = task.alerts.iter().map(|alert| &alert.text);
        let texts = texts.into_iter().flatten().chain(&task.on_events).chain(alerts);
        for text in texts.chain(task.lists.values().flatten()) {
            let Text { ja, en } = text;
            assert!(!text.is_blank() && ja != en && en.is_ascii(), "{text:?}");
            assert!(!ja.is_ascii() || ja == "9:00-9:30", "{text:?}");
        }
    }
}

#[test]
fn every_task_names_its_document_and_chapter() {
    let sources = |ids: [&str; 5]| {
        let tasks = preset::all().tasks;
        ids.map(|id| tasks.iter().find(|task| task.id.as_str() == id).unwrap().source.clone().unwrap())
    };
    let named = sources([
        "capacity-planning",
        "operations-weekly-review",
        "operations-log-check",
        "routine-security-audit",
        "maintenance-audit",
    ]);
    assert_eq!(
        named.each_ref().map(|source| source.ja.as_str()),
        [
            "要件文書003 定期タスク・月次",
            "要件文書000 3.2 コミュニケーション体制・定例ミーティング",
            "要件文書000 5.1 標準運用手順・日次タスク",
            "要件文書001 フェーズ4：定常作業の設計・年次作業",
            "要件文書004 保守体制・月次",
        ]
    );
    assert_eq!(named[0].en, "requirement document 003, Regular tasks, monthly");
    assert!(preset::all().tasks.iter().all(|task| task.source.is_some()));
}

#[test]
fn alerts_are_measured_or_start_the_task() {
    let tasks = preset::infrastructure_team();
    let measured: Vec<_> = tasks[0].alerts.iter().map(|alert| alert.measured.as_ref().unwrap()).collect();
    assert!(measured.iter().all(|threshold| threshold.is == Compared::AtLeast));
    let limits = measured.iter().map(|threshold| (threshold.query.as_str(), threshold.value.get()));
    assert_eq!(limits.collect::<Vec<_>>(), [("host:cpu", 0.80), ("host:memory", 0.85), ("error_rate", 0.01)]);
    assert_eq!([0.01, 0.009_999].map(|rate| measured[2].holds(rate)), [true, false]);

    let events: Vec<_> = tasks[1].alerts.iter().map(|alert| alert.text.clone()).collect();
    assert_eq!(tasks[1].on_events, events);
    assert!(tasks[1].alerts.iter().all(|alert| alert.measured.is_none()));
    assert!(preset::all().tasks.iter().skip(2).all(|task| task.alerts.is_empty()));
}

#[cfg(feature = "zones")]
mod reviewed {
    use chrono::{FixedOffset, TimeZone, Utc};
    use toban_core::Priority;
    use toban_routine::{Level, Review, preset, review};

    fn places(review: &Review, field: &str) -> Vec<usize> {
        let asked = review.questions.iter().filter(|question| question.id == field);
        asked
            .map(|question| {
                let place = question.place.strip_prefix("tasks[").unwrap();
                let (place, rest) = place.split_once(']').unwrap();
                assert_eq!(rest, format!(".{field}"));
                place.parse().unwrap()
            })
            .collect()
    }

    #[test]
    fn what_the_documents_leave_open_is_asked() {
        let review = review(&preset::all());
        let scheduled = [0, 1, 2, 9, 10];
        assert_eq!(review.scheduled.iter().map(|task| task.place).collect::<Vec<_>>(), scheduled);
        let but = |known: &[usize]| (0..41).filter(|place| !known.contains(place)).collect::<Vec<_>>();
        assert_eq!(places(&review, "when"), but(&scheduled));
        assert_eq!(places(&review, "owner"), but(&[]));
        assert_eq!(places(&review, "estimate"), but(&[9, 10]), "the meetings say from when to when");
        assert_eq!(review.questions.len(), 36 + 41 + 39);
    }

    #[test]
    fn questions_repeat_what_is_said_and_ask_for_the_rest() {
        let review = review(&preset::all());
        let asked = |place: &str| {
            let asked = review.questions.iter().find(|question| question.place == place).unwrap();
            assert!(asked.priority == Priority::High && asked.is_blocking("schedule"));
            (asked.text.ja.as_str(), asked.text.en.as_str())
        };
        assert_eq!(
            asked("tasks[8].when"),
            (
                "「キャパシティプランニング」は何時に行いますか（「毎月末」とのみ記載）。",
                "At what time is \"capacity planning\" done (all that is said is: the end of every month)?",
            )
        );
        assert_eq!(
            asked("tasks[16].when"),
            (
                "「バックアップ確認」は何曜日・何日の何時に行いますか（「日次、夕」とのみ記載）。",
                "On which days, and at what time, is \"backup check\" done (all that is said is: daily, in the \
                 evening)?",
            )
        );
    }

    #[test]
    fn disagreements_of_the_documents_are_found_and_no_others() {
        let review = review(&preset::all());
        let found: Vec<_> = review.findings.iter().map(|found| (found.code, found.place.as_str())).collect();
        assert_eq!(
            found,
            [
                ("topic", "tasks[16].stated"),    // backups: 000 in the evening, 003 at 7:00
                ("topic", "tasks[19].frequency"), // capacity: 000 weekly, 003 at the end of the month
                ("topic", "tasks[10].when"),      // the performance review: 000 on Friday, 003 on Monday
                ("topic", "tasks[20].frequency"), // security: 000 and 004 weekly, 003 monthly
            ]
        );
        assert!(review.findings.iter().all(|found| found.level == Level::Warning));
        let texts = |place: usize| {
            let text = &review.findings[place].text;
            (text.ja.as_str(), text.en.as_str())
        };
        assert_eq!(
            texts(0),
            (
                "同じ作業の時期が一致しません: 要件文書003 定期タスク・日次の「バックアップ確認」は毎日 07:00、\
                 要件文書000 5.1 標準運用手順・日次タスクの「バックアップ確認」は日次、夕",
                "the same work at different times: \"backup check\" of requirement document 003, Regular tasks, daily is \
                 every day at 07:00; \"backup check\" of requirement document 000, 5.1 Standard operating procedures, \
                 daily tasks is daily, in the evening",
            )
        );
        assert_eq!(
            texts(2),
            (
                "同じ作業の時期が一致しません: 要件文書003 定期タスク・週次の「パフォーマンスレビュー」は毎週月曜、\
                 要件文書000 3.2 コミュニケーション体制・定例ミーティングの「週次レビュー」は毎週金曜 16:00",
                "the same work at different times: \"performance review\" of requirement document 003, Regular tasks, \
                 weekly is every Monday; \"weekly review\" of requirement document 000, 3.2 Communication, regular \
                 meetings is every Friday at 16:00",
            )
        );
        assert_eq!(
            texts(3).1,
            "the same work at different times: \"security assessment\" of requirement document 003, Regular tasks, \
             monthly is the 15th of every month; \"security check\" of requirement document 000, 5.1 Standard operating \
             procedures, weekly tasks is weekly; \"security scan\" of requirement document 004, Maintenance, weekly is \
             weekly",
        );
    }

    #[test]
    fn scheduled_tasks_are_next_due_in_japan() {
        let review = review(&preset::all());
        let now = Utc.with_ymd_and_hms(2026, 11, 25, 23, 30, 0).unwrap(); // Thursday 08:30 in Japan
        let japan = FixedOffset::east_opt(9 * 3600).unwrap();
        let next = review.scheduled.iter().map(|task| {
            let next = task.recurrence.next(now).unwrap().with_timezone(&japan);
            (task.id.as_str(), next.format("%a %Y-%m-%d %H:%M").to_string())
        });
        let next: Vec<_> = next.collect();
        let next: Vec<_> = next.iter().map(|(id, next)| (*id, next.as_str())).collect();
        assert_eq!(
            next,
            [
                ("infrastructure-check", "Thu 2026-11-26 09:00"),
                ("security-log-review", "Thu 2026-11-26 10:00"),
                ("backup-check", "Fri 2026-11-27 07:00"),
                ("operations-morning-meeting", "Thu 2026-11-26 09:00"),
                ("operations-weekly-review", "Fri 2026-11-27 16:00"),
            ]
        );
    }
}
