//! Requirement document 000: the operations team.

use toban_calendar::DatesSpec::{Daily, Weekly};

use super::{daily, from_chapter, monthly, text, topic, weekly, words};
use crate::task::{ListKind, TaskDraft};

/// The requirement document 000, Day 1 展開開始計画: the two regular meetings of chapter 3.2, then the daily tasks (morning,
/// noon, evening), weekly tasks and monthly tasks of chapter 5.1.
///
/// The meetings are scheduled, and the time that the document gives them is what they take. It does not say on which
/// days the morning meeting is held; that is read as every day, since the day's tasks are its first subject.
#[must_use]
pub fn operations_team() -> Vec<TaskDraft> {
    let chapter =
        ("要件文書000 5.1 標準運用手順", "requirement document 000, 5.1 Standard operating procedures");
    let headings = [
        ("日次タスク", "daily tasks"),
        ("週次タスク", "weekly tasks"),
        ("月次タスク", "monthly tasks"),
        ("年次タスク", "yearly tasks"),
    ];
    [meetings(), from_chapter(tasks(), chapter, headings)].concat()
}

fn meetings() -> Vec<TaskDraft> {
    let source = (
        "要件文書000 3.2 コミュニケーション体制・定例ミーティング",
        "requirement document 000, 3.2 Communication, regular meetings",
    );
    let meetings = vec![
        daily("operations-morning-meeting", ("朝会", "morning meeting"))
            .stated(("9:00-9:30", "from 9:00 to 9:30"))
            .at(Daily, "09:00")
            .lasting(30)
            .list(
                ListKind::Agenda,
                &[
                    ("日次タスク確認", "check of the daily tasks"),
                    ("問題点共有", "sharing of problems"),
                    ("リソース配分確認", "check of how resources are allotted"),
                ],
            ),
        weekly("operations-weekly-review", ("週次レビュー", "weekly review"))
            .about(topic::PERFORMANCE_REVIEW)
            .stated(("金曜 16:00-17:00", "Friday from 16:00 to 17:00"))
            .at(Weekly(words("fri")), "16:00")
            .lasting(60)
            .list(
                ListKind::Agenda,
                &[
                    ("週間サマリー", "summary of the week"),
                    ("KPI確認", "check of the KPIs"),
                    ("次週計画確認", "check of the plan for next week"),
                ],
            ),
    ];
    meetings.into_iter().map(|task| TaskDraft { source: Some(text(source)), ..task }).collect()
}

fn tasks() -> Vec<TaskDraft> {
    let (morning, noon, evening) = (("朝", "in the morning"), ("昼", "at noon"), ("夕", "in the evening"));
    vec![
        daily("operations-system-check", ("システム状態確認", "check of the state of the system"))
            .about(topic::SYSTEM_CHECK)
            .stated(morning),
        daily("operations-alert-check", ("アラート確認", "check of alerts")).stated(morning),
        daily("operations-log-check", ("ログ確認", "log check")).about(topic::LOG_CHECK).stated(morning),
        daily("operations-performance-check", ("パフォーマンス確認", "check of performance")).stated(noon),
        daily("operations-user-inquiries", ("ユーザー問い合わせ対応", "answers to users' inquiries"))
            .stated(noon),
        daily("operations-backup-check", ("バックアップ確認", "backup check"))
            .about(topic::BACKUP_CHECK)
            .stated(evening),
        daily("operations-daily-report", ("日次レポート作成", "writing of the daily report")).stated(evening),
        weekly("operations-performance-analysis", ("パフォーマンス分析", "performance analysis"))
            .about(topic::PERFORMANCE_REVIEW),
        weekly("operations-capacity-planning", ("キャパシティ計画", "capacity planning"))
            .about(topic::CAPACITY_PLANNING),
        weekly("operations-security-check", ("セキュリティチェック", "security check"))
            .about(topic::SECURITY_CHECK),
        monthly("operations-system-diagnosis", ("システム全体診断", "diagnosis of the whole system")),
        monthly("operations-patch-planning", ("パッチ適用計画", "plan for applying patches")),
        monthly("operations-improvement-review", ("改善提案レビュー", "review of proposals for improvement")),
    ]
}
