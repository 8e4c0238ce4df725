//! Requirement document 004: maintenance.

use super::{daily, from_chapter, monthly, topic, weekly};
use crate::task::TaskDraft;

/// The requirement document 004, Phase 8: 本番環境デプロイと運用, chapter 保守体制: daily, weekly and monthly work. No times
/// are stated.
#[must_use]
pub fn maintenance() -> Vec<TaskDraft> {
    let chapter = ("要件文書004 保守体制", "requirement document 004, Maintenance");
    let headings = [("日次", "daily"), ("週次", "weekly"), ("月次", "monthly"), ("年次", "yearly")];
    let tasks = vec![
        daily("maintenance-log-check", ("ログチェック", "log check")).about(topic::LOG_CHECK),
        daily("maintenance-backup-check", ("バックアップ確認", "backup check")).about(topic::BACKUP_CHECK),
        weekly("maintenance-performance-review", ("パフォーマンスレビュー", "performance review"))
            .about(topic::PERFORMANCE_REVIEW),
        weekly("maintenance-security-scan", ("セキュリティスキャン", "security scan"))
            .about(topic::SECURITY_CHECK),
        monthly("maintenance-audit", ("包括的な監査", "comprehensive audit")),
        monthly("maintenance-improvement-plan", ("改善計画", "improvement plan")),
    ];
    from_chapter(tasks, chapter, headings)
}
