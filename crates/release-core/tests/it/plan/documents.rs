//! What the documents say is what is asked and proposed.

use super::{draft, plan, whole, with};
use serde_json::json;
use toban_release_core::plan::{
    Demand, DeployTrigger, Environment, EnvironmentKind, Grade, Kickoff, Limits, PlanDraft, Risk, Role,
    RollbackDraft, review, risk_matrix,
};

#[test]
fn the_questions_of_document_001_are_asked_in_its_words() {
    let asked: Vec<_> = review(&PlanDraft::default()).questions;
    for text in [
        "リリース承認者は誰か？",
        "ダウンタイムの許容時間は？",
        "ブルー/グリーンデプロイ or ローリングアップデート？",
        "DBマイグレーションの方針（破壊的変更の有無）は？",
        "緊急時の判断者は誰か？",
        "判断基準（いつ切り戻しを決断するか）は？",
    ] {
        assert!(asked.iter().any(|question| question.text.ja == text), "{text}");
    }
}

#[test]
fn the_environments_are_those_of_usual() {
    let of = |kind| Environment::usual(kind, Vec::new());
    let development = of(EnvironmentKind::Development);
    assert_eq!(development.trigger, DeployTrigger::Manual);
    assert_eq!(development.monitoring.ja, "基本的なログのみ");
    let staging = of(EnvironmentKind::Staging);
    assert_eq!(staging.trigger, DeployTrigger::Branch("develop".into()));
    assert_eq!((staging.purpose.ja.as_str(), staging.monitoring.ja.as_str()), ("テストとQA", "本番同等"));
    let production = of(EnvironmentKind::Production);
    assert_eq!(production.trigger, DeployTrigger::Branch("main".into()));
    assert_eq!(production.data.ja, "本番データ");
    assert_eq!(production.kind.before(), Some(EnvironmentKind::Staging));
    assert_eq!(EnvironmentKind::Development.before(), None);
    assert_eq!(Demand::proposed(EnvironmentKind::Production).len(), 7);
    let own = plan(&with(whole(), "/environment/trigger", json!("manual")));
    assert_eq!(own.environment().trigger, DeployTrigger::Manual);
}

#[test]
fn the_limits_are_those_of_documents_003_and_004() {
    let Limits { deploy, rollback } = Limits::usual();
    assert_eq!((deploy.to_string(), rollback.to_string()), ("10m".to_owned(), "5m".to_owned()));
}

#[test]
fn the_risks_of_usual_stand_in_its_matrix() {
    let risks = Risk::usual();
    let matrix = risk_matrix(&risks);
    let at = |impact, probability| -> Vec<&str> {
        matrix.get(&(impact, probability)).into_iter().flatten().map(|risk| risk.risk.ja.as_str()).collect()
    };
    assert_eq!(at(Grade::Medium, Grade::Low), ["デプロイ失敗"]);
    assert_eq!(at(Grade::High, Grade::Low), ["データ損失"]);
    assert_eq!(at(Grade::High, Grade::Medium), ["セキュリティ侵害"]);
    assert_eq!(at(Grade::Medium, Grade::Medium), ["パフォーマンス劣化"]);
    assert_eq!(matrix.values().map(Vec::len).sum::<usize>(), 4);
}

#[test]
fn the_kickoff_of_usual_has_four_slots_and_four_groups() {
    let kickoff = Kickoff::usual();
    let slots: Vec<_> = kickoff
        .agenda
        .iter()
        .map(|slot| format!("{}-{} {}", slot.start.format("%H:%M"), slot.end.format("%H:%M"), slot.title.ja))
        .collect();
    assert_eq!(
        slots,
        [
            "09:00-09:30 オープニング",
            "09:30-10:30 実施計画の詳細説明",
            "10:30-11:30 チーム体制の確認",
            "11:30-12:00 質疑応答",
        ]
    );
    let groups: Vec<_> = kickoff.groups.iter().map(|group| group.name.ja.as_str()).collect();
    assert_eq!(groups, ["プロジェクト管理", "開発チーム", "運用チーム", "ステークホルダー"]);
    assert_eq!(kickoff.misplaced(), None);
    let mut late = kickoff;
    late.agenda.swap(1, 2);
    assert_eq!(late.misplaced(), Some(2), "10:30 is before what comes before it has ended");
}

#[test]
fn the_roles_of_usual_are_held_by_nobody_until_somebody_says_so() {
    let roles = Role::usual();
    let names: Vec<_> = roles.iter().map(|role| role.name.ja.as_str()).collect();
    assert_eq!(names, ["運用リーダー", "監視担当", "サポートチーム"]);
    assert!(roles.iter().all(|role| role.duties.len() == 3 && role.authorities.len() == 3));
    let draft = PlanDraft { roles, ..draft(&whole()) };
    let held = |id: &str| draft.build().unwrap_err().questions.iter().filter(|one| one.id == id).count();
    assert_eq!(held("role-holder"), 3);
}

#[test]
fn the_five_slots_of_a_rollback_ask_for_their_contents() {
    let slots = RollbackDraft::five_slots();
    let count = slots.steps.len() + slots.data_verification.len() + slots.checks.len();
    assert_eq!(count, 5);
    let draft = PlanDraft { rollback: slots, ..draft(&whole()) };
    let refused = draft.build().unwrap_err();
    let asked = |id: &str| refused.questions.iter().filter(|one| one.id == id).count();
    assert_eq!((asked("step-owner"), asked("step-action"), asked("step-takes")), (5, 5, 5));
    assert_eq!(asked("rollback-criteria"), 1);
}
