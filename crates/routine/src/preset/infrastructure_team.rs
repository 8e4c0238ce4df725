//! Requirement document 003: the infrastructure team.

use toban_calendar::DatesSpec::{Daily, Monthly, Weekly};

use super::{daily, from_chapter, monthly, topic, weekly, words};
use crate::task::{ListKind, TaskDraft};

/// The requirement document 003, インフラチーム タイムライン, chapter 定期タスク: three tasks each day, three each week and
/// three each month, with their lists and alert conditions.
///
/// The daily ones have a time of day and are scheduled; the others state their dates alone. The events that the review
/// of security logs alerts on start it, too. Shares are 0 to 1, and `error_rate` is the name of a query that the team
/// has to write.
#[must_use]
pub fn infrastructure_team() -> Vec<TaskDraft> {
    let chapter = ("要件文書003 定期タスク", "requirement document 003, Regular tasks");
    let headings = [("日次", "daily"), ("週次", "weekly"), ("月次", "monthly"), ("年次", "yearly")];
    from_chapter([each_day(), each_week(), each_month()].concat(), chapter, headings)
}

fn each_day() -> Vec<TaskDraft> {
    vec![
        daily("infrastructure-check", ("インフラ状態チェック", "infrastructure check"))
            .about(topic::SYSTEM_CHECK)
            .stated(("毎日9:00", "every day at 9:00"))
            .at(Daily, "09:00")
            .list(
                ListKind::CheckItems,
                &[
                    ("サービス稼働状態", "state of the services"),
                    ("リソース使用率", "resource usage"),
                    ("エラーログ確認", "check of the error logs"),
                ],
            )
            .alert_from(("CPU使用率80%以上", "CPU usage of 80 % or more"), "host:cpu", 0.8)
            .alert_from(("メモリ使用率85%以上", "memory usage of 85 % or more"), "host:memory", 0.85)
            .alert_from(("エラー率1%以上", "error rate of 1 % or more"), "error_rate", 0.01)
            .list(
                ListKind::ReportForms,
                &[
                    ("Slack通知", "Slack notification"),
                    ("日次レポート", "daily report"),
                    ("インシデント記録", "incident record"),
                ],
            ),
        daily("security-log-review", ("セキュリティログレビュー", "security log review"))
            .stated(("毎日10:00", "every day at 10:00"))
            .at(Daily, "10:00")
            .list(
                ListKind::CheckItems,
                &[
                    ("不正アクセス試行", "attempts at unauthorised access"),
                    ("認証失敗ログ", "log of failed authentication"),
                    ("設定変更履歴", "history of configuration changes"),
                ],
            )
            .alert_on(&[
                ("不正アクセス検知時", "when unauthorised access is detected"),
                ("重要設定変更時", "when an important setting is changed"),
                ("異常な認証失敗時", "when authentication fails abnormally"),
            ])
            .list(
                ListKind::ResponseProcedure,
                &[
                    ("インシデント分類", "classify the incident"),
                    ("緊急度判定", "judge how urgent it is"),
                    ("対応策実施", "carry out countermeasures"),
                ],
            ),
        daily("backup-check", ("バックアップ確認", "backup check"))
            .about(topic::BACKUP_CHECK)
            .stated(("毎日7:00", "every day at 7:00"))
            .at(Daily, "07:00")
            .list(
                ListKind::CheckItems,
                &[
                    ("バックアップ成功確認", "check that the backup succeeded"),
                    ("データ整合性チェック", "check of data integrity"),
                    ("ストレージ使用量確認", "check of storage usage"),
                ],
            )
            .list(
                ListKind::CompletionConditions,
                &[
                    ("バックアップ成功", "the backup succeeded"),
                    ("リストアテスト成功", "the restore test succeeded"),
                    ("保持期間内データ確認", "the data within the retention period is confirmed"),
                ],
            ),
    ]
}

fn each_week() -> Vec<TaskDraft> {
    vec![
        weekly("performance-review", ("パフォーマンスレビュー", "performance review"))
            .about(topic::PERFORMANCE_REVIEW)
            .stated(("毎週月曜", "every Monday"))
            .on(Weekly(words("mon")))
            .list(
                ListKind::ReviewItems,
                &[
                    ("レスポンスタイム分析", "analysis of response times"),
                    ("リソース使用率トレンド", "trend of resource usage"),
                    ("ボトルネック特定", "identification of bottlenecks"),
                ],
            )
            .list(
                ListKind::ReportContents,
                &[
                    ("週次パフォーマンスレポート", "weekly performance report"),
                    ("改善提案", "proposals for improvement"),
                    ("アクションアイテム", "action items"),
                ],
            ),
        weekly("security-updates", ("セキュリティアップデート適用", "application of security updates"))
            .stated(("毎週水曜", "every Wednesday"))
            .on(Weekly(words("wed")))
            .list(
                ListKind::ApplicationCriteria,
                &[
                    ("重要度High以上を優先", "severity High and above first"),
                    ("影響範囲の評価", "assessment of what is affected"),
                    ("互換性の確認", "check of compatibility"),
                ],
            )
            .list(
                ListKind::Procedure,
                &[
                    ("事前テスト", "test beforehand"),
                    ("段階的適用", "apply in stages"),
                    ("動作確認", "check that it works"),
                ],
            ),
        weekly("dashboard-check", ("監視ダッシュボード確認", "check of the monitoring dashboards"))
            .stated(("毎週金曜", "every Friday"))
            .on(Weekly(words("fri")))
            .list(
                ListKind::CheckItems,
                &[
                    ("メトリクス閾値", "thresholds of metrics"),
                    ("アラート設定", "alert settings"),
                    ("可視化項目", "what is visualised"),
                ],
            )
            .list(
                ListKind::Updates,
                &[
                    ("新規メトリクス追加", "add new metrics"),
                    ("閾値調整", "adjust thresholds"),
                    ("表示最適化", "improve the display"),
                ],
            ),
    ]
}

fn each_month() -> Vec<TaskDraft> {
    vec![
        monthly("infrastructure-cost-analysis", ("インフラコスト分析", "infrastructure cost analysis"))
            .stated(("毎月1日", "the 1st of every month"))
            .on(Monthly(words("1")))
            .list(
                ListKind::AnalysisItems,
                &[
                    ("リソース別コスト", "cost by resource"),
                    ("使用率対コスト", "usage against cost"),
                    ("最適化提案", "proposals for optimisation"),
                ],
            )
            .list(
                ListKind::ReportContents,
                &[
                    ("月次コストレポート", "monthly cost report"),
                    ("削減提案", "proposals for savings"),
                    ("予算計画", "budget plan"),
                ],
            ),
        monthly("security-assessment", ("セキュリティ評価", "security assessment"))
            .about(topic::SECURITY_CHECK)
            .stated(("毎月15日", "the 15th of every month"))
            .on(Monthly(words("15")))
            .list(
                ListKind::AssessmentItems,
                &[
                    ("脆弱性スキャン", "vulnerability scan"),
                    ("コンプライアンス確認", "check of compliance"),
                    ("セキュリティ設定", "security settings"),
                ],
            )
            .list(
                ListKind::Deliverables,
                &[
                    ("セキュリティレポート", "security report"),
                    ("改善計画", "improvement plan"),
                    ("リスク評価", "risk assessment"),
                ],
            ),
        monthly("capacity-planning", ("キャパシティプランニング", "capacity planning"))
            .about(topic::CAPACITY_PLANNING)
            .stated(("毎月末", "the end of every month"))
            .on(Monthly(words("last")))
            .list(
                ListKind::PlanningItems,
                &[
                    ("リソース使用予測", "forecast of resource usage"),
                    ("スケール計画", "plan for scaling"),
                    ("コスト予測", "forecast of cost"),
                ],
            )
            .list(
                ListKind::Deliverables,
                &[
                    ("キャパシティレポート", "capacity report"),
                    ("スケール基準", "criteria for scaling"),
                    ("予算提案", "budget proposal"),
                ],
            ),
    ]
}
