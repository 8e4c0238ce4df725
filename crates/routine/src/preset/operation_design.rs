//! Requirement document 001: the operation design.

use super::{daily, from_chapter, monthly, topic, weekly, yearly};
use crate::task::TaskDraft;

/// The requirement document 001, フェーズ4：定常作業の設計: daily, weekly, monthly and yearly work. No times are stated.
#[must_use]
pub fn operation_design() -> Vec<TaskDraft> {
    let chapter = (
        "要件文書001 フェーズ4：定常作業の設計",
        "requirement document 001, Phase 4: design of routine work",
    );
    let headings = [
        ("日次作業", "daily work"),
        ("週次作業", "weekly work"),
        ("月次作業", "monthly work"),
        ("年次作業", "yearly work"),
    ];
    let tasks = vec![
        daily(
            "routine-log-check",
            ("ログ確認（エラーログのチェック）", "log check (check of the error logs)"),
        )
        .about(topic::LOG_CHECK),
        daily("routine-backup-check", ("バックアップ確認", "backup check")).about(topic::BACKUP_CHECK),
        daily("routine-job-check", ("ジョブ実行結果確認", "check of the results of jobs")),
        weekly("routine-weekly-report", ("週次レポート作成", "writing of the weekly report")),
        weekly("routine-capacity-trend-check", ("容量トレンド確認", "check of the trend of capacity")),
        monthly(
            "routine-patching",
            ("パッチ適用（OS、ミドルウェア）", "application of patches (OS, middleware)"),
        ),
        monthly("routine-slo-review", ("SLO達成状況レビュー", "review of how the SLOs are met")),
        monthly(
            "routine-error-budget-check",
            ("Error Budget消費状況確認", "check of how much error budget is spent"),
        ),
        yearly("routine-dr-exercise", ("DR訓練（ディザスタリカバリ）", "DR exercise (disaster recovery)")),
        yearly("routine-security-audit", ("セキュリティ監査", "security audit")),
        yearly("routine-licence-renewal", ("ライセンス更新", "renewal of licences")),
    ];
    from_chapter(tasks, chapter, headings)
}
