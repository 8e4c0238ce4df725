//! What a review asks, in both languages.

use toban_core::{Priority, Question, Text};

/// What waits for an answer without which there is no plan.
pub const BLOCKS_PLAN: &str = "plan";

/// What waits for an answer without which a plan is not agreed on (確認ゲート1).
pub const BLOCKS_GATE_1: &str = "gate-1";

/// A question that a review can ask; its id is its name with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Announcements,
    Approvers,
    ApprovalRule,
    ArtefactDigest,
    Artefacts,
    Author,
    Backups,
    ChecklistConditions,
    ChecklistDeliverables,
    ChecklistTests,
    Compatibility,
    Contacts,
    Dashboards,
    Database,
    DeclaredBy,
    Demands,
    DeployStep,
    Downtime,
    Emergency,
    End,
    Environment,
    Features,
    ForwardFix,
    ForwardFixAcknowledged,
    Kickoff,
    MigrationSteps,
    Owner,
    Previous,
    PreviousVerified,
    Readiness,
    Risks,
    RoleHolder,
    RollbackChecks,
    RollbackCriteria,
    RollbackCritical,
    RollbackData,
    RollbackSteps,
    Scope,
    Service,
    SmokeTest,
    StageCriteria,
    Start,
    StepAction,
    StepChecks,
    StepItem,
    StepOwner,
    StepTakes,
    StepTimeOut,
    Steps,
    Strategy,
    Support,
    Version,
    Watch,
}

/// Who can answer.
#[derive(Clone, Copy)]
enum Who {
    Business,
    Developers,
    Manager,
    Operations,
}

impl Who {
    fn text(self) -> Text {
        match self {
            Self::Business => Text::new("サービスの責任者", "whoever answers for the service"),
            Self::Developers => Text::new("テクニカルリード", "the technical lead"),
            Self::Manager => Text::new("プロジェクトマネージャー", "the project manager"),
            Self::Operations => Text::new("運用リーダー", "the operations lead"),
        }
    }
}

/// How much waits: the plan, gate 1, or nothing.
#[derive(Clone, Copy)]
enum Blocks {
    Gate,
    Nothing,
    Plan,
}

impl Ask {
    /// Asked at this place of the draft.
    pub(crate) fn at(self, place: impl Into<String>) -> Question {
        let (id, blocks, who, text, why) = self.facts();
        let priority = match blocks {
            Blocks::Plan => Priority::High,
            Blocks::Gate => Priority::Medium,
            Blocks::Nothing => Priority::Low,
        };
        let text = Text::new(text.0, text.1);
        let question = Question::new(id, place, priority, text, Text::new(why.0, why.1), who.text());
        match blocks {
            Blocks::Plan => question.blocking(BLOCKS_PLAN).blocking(BLOCKS_GATE_1),
            Blocks::Gate => question.blocking(BLOCKS_GATE_1),
            Blocks::Nothing => question,
        }
    }

    fn facts(
        self,
    ) -> (&'static str, Blocks, Who, (&'static str, &'static str), (&'static str, &'static str)) {
        use Blocks::{Gate, Nothing, Plan};
        use Who::{Business, Developers, Manager, Operations};
        match self {
            Self::Announcements => (
                "announcements",
                Plan,
                Manager,
                ("誰に、何を、いつまでに通知するか？", "Who is told what, and when at the latest?"),
                ("関係者への事前通知が必要である", "Those concerned must know beforehand"),
            ),
            Self::Approvers => (
                "approvers",
                Plan,
                Manager,
                ("リリース承認者は誰か？", "Who approves the release?"),
                ("承認者のいないリリースは始められない", "A release that nobody approves cannot begin"),
            ),
            Self::ApprovalRule => (
                "approval-rule",
                Plan,
                Manager,
                ("作成者自身が承認してもよいか？", "May whoever wrote the plan approve it?"),
                ("承認フローは推測で確定しない", "The way of approval is not to be guessed"),
            ),
            Self::ArtefactDigest => (
                "artefact-digest",
                Plan,
                Developers,
                ("この資材のダイジェスト（sha256）は？", "What is the digest (sha256) of this artefact?"),
                ("名前は別の中身を指しうる", "A name can be moved to other contents"),
            ),
            Self::Artefacts => (
                "artefacts",
                Plan,
                Developers,
                (
                    "準備する資材（Dockerイメージ、マイグレーションスクリプト等）は何か？",
                    "Which artefacts are brought along (images, migration scripts)?",
                ),
                ("当日に無いものはリリースできない", "What is not there on the day cannot be released"),
            ),
            Self::Author => (
                "author",
                Plan,
                Manager,
                ("手順書の作成者は誰か？", "Who wrote the plan?"),
                ("作成者と承認者を区別する", "Who writes and who approves are told apart"),
            ),
            Self::Backups => (
                "backups",
                Plan,
                Operations,
                ("前日（T-1）に確認するバックアップは何か？", "Which backups are confirmed the day before?"),
                ("データ損失から戻れるのはバックアップだけである", "From lost data only a backup leads back"),
            ),
            Self::ChecklistConditions => (
                "checklist-conditions",
                Nothing,
                Developers,
                ("この項目の完了条件は？", "What must hold for this item to be done?"),
                ("完了の判断が人によって変わる", "Without it, done means something else to everybody"),
            ),
            Self::ChecklistDeliverables => (
                "checklist-deliverables",
                Nothing,
                Developers,
                ("この項目の成果物は？", "What is there when this item is done?"),
                ("完了を後から確かめられない", "Without it, nobody can see later that it was done"),
            ),
            Self::ChecklistTests => (
                "checklist-tests",
                Nothing,
                Developers,
                ("この項目のテスト基準は？", "How is this item tested, and against which limit?"),
                ("各タスクは完了後、必ずテストを実施する", "Every task is tested once it is done"),
            ),
            Self::Compatibility => (
                "compatibility",
                Plan,
                Developers,
                (
                    "このバージョンはどのスキーマと互換性があるか？",
                    "Which schemas does this version get on with?",
                ),
                (
                    "展開中と切り戻し中は両方のバージョンが動く",
                    "While traffic goes over or comes back, both versions serve",
                ),
            ),
            Self::Contacts => (
                "contacts",
                Plan,
                Operations,
                ("緊急連絡先は？", "Who is reached in an emergency, and how?"),
                ("連絡網が無ければ助けを呼べない", "Without a list nobody can call for help"),
            ),
            Self::Dashboards => (
                "dashboards",
                Plan,
                Operations,
                ("どの監視ダッシュボードで異常を確認するか？", "On which dashboards would trouble show?"),
                ("リリース後の異常に気づく必要がある", "Trouble after the release must be noticed"),
            ),
            Self::Database => (
                "database",
                Plan,
                Developers,
                (
                    "DBマイグレーションの方針（破壊的変更の有無）は？",
                    "What happens to the database, and does anything of it destroy?",
                ),
                ("破壊的変更のあとは切り戻せない", "After a change that destroys there is no way back"),
            ),
            Self::DeclaredBy => (
                "declared-by",
                Plan,
                Manager,
                ("リリースの完了を誰が宣言するか？", "Who declares the release done?"),
                ("宣言されなければ監視は終わらない", "Until somebody does, the watch does not end"),
            ),
            Self::Demands => (
                "demands",
                Plan,
                Operations,
                (
                    "この環境へのリリースに何を求めるか？",
                    "What does this environment want to see before a release begins?",
                ),
                ("ゲートは求められたものだけを確かめる", "A gate checks what is demanded, and nothing else"),
            ),
            Self::DeployStep => (
                "deploy-step",
                Plan,
                Developers,
                ("どの手順でデプロイするか？", "Which of the steps deploys the new version?"),
                (
                    "新旧どちらが動いているかを手順から読み取る",
                    "Which version serves when is read from the steps",
                ),
            ),
            Self::Downtime => (
                "downtime",
                Plan,
                Business,
                ("ダウンタイムの許容時間は？", "How long may the service be away?"),
                ("停止を前提にした手順かどうかが決まる", "It decides whether the steps may stop the service"),
            ),
            Self::Emergency => (
                "emergency",
                Plan,
                Manager,
                ("緊急時の判断者は誰か？", "Who decides in an emergency?"),
                ("緊急時に判断者を探す時間は無い", "In an emergency there is no time to look for one"),
            ),
            Self::End => (
                "schedule-end",
                Plan,
                Manager,
                ("作業は何時までに終わるか？", "When must the work have ended?"),
                ("作業時間を超えたら続けてはならない", "Work does not go on after its time"),
            ),
            Self::Environment => (
                "environment",
                Plan,
                Manager,
                (
                    "どの環境へのリリースか（開発、ステージング、本番）？",
                    "Which environment is it for: development, staging or production?",
                ),
                ("環境ごとに求められるものが違う", "Each environment demands something else"),
            ),
            Self::Features => (
                "features",
                Gate,
                Developers,
                ("リリース対象の機能は何か？", "What is new in this version?"),
                ("関係者は何に合意するのかを知る必要がある", "People must know what they agree to"),
            ),
            Self::ForwardFix => (
                "forward-fix",
                Plan,
                Developers,
                (
                    "元に戻せないこの手順のあとで失敗したら、どう前へ直すか？",
                    "This step cannot be undone: what is done when something fails after it?",
                ),
                ("この手順のあとに切り戻しは無い", "After this step there is no rollback"),
            ),
            Self::ForwardFixAcknowledged => (
                "forward-fix-acknowledged",
                Plan,
                Business,
                (
                    "切り戻せないことを誰が、いつ了承したか？",
                    "Who accepted that there is no way back, and when?",
                ),
                (
                    "切り戻しを失うことは決定であって偶然ではない",
                    "To give up the way back is a decision, not an accident",
                ),
            ),
            Self::Kickoff => (
                "kickoff",
                Nothing,
                Manager,
                ("キックオフミーティングのアジェンダは？", "What is the agenda of the kick-off?"),
                (
                    "役割、手順、リスクを始める前に共有する",
                    "Roles, steps and risks are shared before it begins",
                ),
            ),
            Self::MigrationSteps => (
                "migration-steps",
                Plan,
                Developers,
                ("どの手順でマイグレーションを行うか？", "Which of the steps migrate the database?"),
                (
                    "いつどのスキーマになるかを手順から読み取る",
                    "Which schema is there when is read from the steps",
                ),
            ),
            Self::Owner => (
                "owner",
                Plan,
                Manager,
                ("作業責任者は誰か？", "Who answers for the work?"),
                ("責任者のいない作業は始めない", "Work that nobody answers for does not begin"),
            ),
            Self::Previous => (
                "previous",
                Plan,
                Developers,
                ("切り戻し先のバージョンは？", "Which version does a rollback lead back to?"),
                ("すべてのリリースは失敗時の復旧手順を持つ", "Every release has a way back"),
            ),
            Self::PreviousVerified => (
                "previous-verified",
                Plan,
                Developers,
                (
                    "切り戻し先のバージョンはいつ、どこで検証されたか？",
                    "When and where was the version that a rollback leads back to verified?",
                ),
                (
                    "検証されていないバージョンへは切り戻せない",
                    "A version that was never verified is no way back",
                ),
            ),
            Self::Readiness => (
                "readiness",
                Gate,
                Developers,
                (
                    "サーバー要件、環境変数、依存サービスは？",
                    "What does it need of servers, environment variables and other services?",
                ),
                ("足りないものは当日までに分かる必要がある", "What is missing must be known before the day"),
            ),
            Self::Risks => (
                "risks",
                Gate,
                Manager,
                ("識別されたリスクと対策は？", "Which risks are known, and what is done about them?"),
                ("リスクと対策を関係者と共有する", "Risks and measures are shared"),
            ),
            Self::RoleHolder => (
                "role-holder",
                Plan,
                Manager,
                ("この役割は誰が担うか？", "Who holds this role?"),
                ("誰も担わない役割は誰も果たさない", "What a role must do that nobody holds, nobody does"),
            ),
            Self::RollbackChecks => (
                "rollback-checks",
                Plan,
                Operations,
                ("切り戻し後に何を確認するか？", "What is checked after a rollback?"),
                (
                    "確認が通るまで切り戻しは終わっていない",
                    "Until the checks have passed, nothing is rolled back",
                ),
            ),
            Self::RollbackCriteria => (
                "rollback-criteria",
                Plan,
                Operations,
                ("判断基準（いつ切り戻しを決断するか）は？", "What decides that the release is rolled back?"),
                ("基準が無ければ決断が遅れる", "Without criteria the decision comes late"),
            ),
            Self::RollbackCritical => (
                "rollback-critical",
                Gate,
                Operations,
                (
                    "直ちに切り戻すべき（Critical）条件は何か？",
                    "What is so critical that it is rolled back at once?",
                ),
                ("重大な条件は人の判断を待たない", "What is critical waits for nobody"),
            ),
            Self::RollbackData => (
                "rollback-data",
                Plan,
                Developers,
                ("切り戻し後のデータをどう検証するか？", "How are the data verified after a rollback?"),
                (
                    "新バージョンが書いたデータを旧バージョンが読む",
                    "The old version reads what the new one has written",
                ),
            ),
            Self::RollbackSteps => (
                "rollback-steps",
                Plan,
                Operations,
                (
                    "切り戻しの具体的な手順（前バージョンへのデプロイ、DBロールバック）は？",
                    "What are the steps of the rollback (the previous version, the database)?",
                ),
                ("すべてのリリースは失敗時の復旧手順を持つ", "Every release has a way back"),
            ),
            Self::Scope => (
                "scope",
                Plan,
                Business,
                ("サービス影響の範囲は？", "Who notices what?"),
                ("影響を受ける人に知らせる必要がある", "Who is concerned must be told"),
            ),
            Self::Service => (
                "service",
                Plan,
                Manager,
                ("どのサービスのリリースか？", "Which service is released?"),
                ("リリース対象が分からない", "It is not known what is released"),
            ),
            Self::SmokeTest => (
                "smoke-test",
                Gate,
                Developers,
                ("動作確認（スモークテスト）はどの手順で行うか？", "Which of the steps is the smoke test?"),
                ("デプロイの成功とサービスの成功は違う", "That it is deployed does not say that it works"),
            ),
            Self::StageCriteria => (
                "stage-criteria",
                Gate,
                Operations,
                (
                    "この段階の成功基準とロールバック条件は？",
                    "What must this stage show, and what takes the traffic back?",
                ),
                ("基準の無い段階は時間が過ぎるだけで進む", "A stage without criteria passes by waiting"),
            ),
            Self::Start => (
                "schedule-start",
                Plan,
                Manager,
                ("リリース予定日時は？", "When does the work begin?"),
                ("T-1 の準備と通知の期限が決まる", "It decides when preparation and notices are due"),
            ),
            Self::StepAction => (
                "step-action",
                Plan,
                Developers,
                (
                    "この手順のコマンド、または手作業の指示は？",
                    "Which command does this step, or what does a person do by hand?",
                ),
                ("書かれていない手順は再現できない", "A step that is not written down cannot be repeated"),
            ),
            Self::StepChecks => (
                "step-checks",
                Gate,
                Developers,
                ("この手順のあと何を確認するか？", "What is looked at after this step?"),
                ("次へ進んでよいかを判断する", "It decides whether to go on"),
            ),
            Self::StepItem => (
                "step-item",
                Plan,
                Developers,
                ("この手順の作業項目は何か？", "What does this step do?"),
                ("関係者が手順を読めない", "Without it nobody can read the plan"),
            ),
            Self::StepOwner => (
                "step-owner",
                Plan,
                Operations,
                ("この手順の担当は誰か？", "Who does this step, or answers for its command?"),
                ("担当のいない手順は行われない", "A step that nobody owns is not done"),
            ),
            Self::StepTakes => (
                "step-takes",
                Plan,
                Developers,
                ("この手順の所要時間は？", "How long does this step take?"),
                (
                    "作業時間と切り戻し時間の制限を守れるか分からない",
                    "Without it nobody knows whether the limits can be kept",
                ),
            ),
            Self::StepTimeOut => (
                "step-time-out",
                Plan,
                Developers,
                (
                    "このコマンドの終了を最長でどれだけ待つか？",
                    "How long may this command take before it counts as lost?",
                ),
                ("終わらないコマンドは全体を止める", "A command that never ends would hold everything"),
            ),
            Self::Steps => (
                "steps",
                Plan,
                Developers,
                ("リリース当日の手順は？", "What are the steps of the day?"),
                ("手順の無いリリースは再現できない", "A release without steps cannot be repeated"),
            ),
            Self::Strategy => (
                "strategy",
                Plan,
                Developers,
                (
                    "ブルー/グリーンデプロイ or ローリングアップデート？",
                    "How does traffic go over: blue/green, rolling, canary, in phases?",
                ),
                (
                    "問題の影響範囲と戻し方が決まる",
                    "It decides how many are hurt, and how traffic comes back",
                ),
            ),
            Self::Support => (
                "support",
                Plan,
                Operations,
                (
                    "ユーザーからの問い合わせに誰が、どの経路で答えるか？",
                    "Who answers users, and through which channel?",
                ),
                ("ユーザーは監視より先に気づくことがある", "Users may notice before the monitoring does"),
            ),
            Self::Version => (
                "version",
                Plan,
                Developers,
                ("リリース対象バージョンは？", "Which version is released?"),
                ("リリース対象が分からない", "It is not known what is released"),
            ),
            Self::Watch => (
                "watch",
                Plan,
                Operations,
                ("リリース後、いつまで監視を続けるか？", "How long is the release watched?"),
                ("遅れて現れる異常がある", "Some trouble shows late"),
            ),
        }
    }
}
