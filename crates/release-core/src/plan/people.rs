//! Who takes part: contacts, and roles with duties and authorities.

use serde::{Deserialize, Serialize};
use toban_core::{PersonId, RoleId, Text};

/// A line of the contact list (連絡網).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// What the plan calls them.
    pub person: PersonId,
    /// What people call them.
    pub name: Text,
    /// How to reach them, the surest first: a telephone number, a handle.
    pub channels: Vec<String>,
}

/// What somebody answers for, and what they may decide.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// What the plan calls it.
    pub role: RoleId,
    /// What people call it.
    pub name: Text,
    /// 責任: what they answer for.
    pub duties: Vec<Text>,
    /// 権限: what they may decide.
    pub authorities: Vec<Text>,
    /// Who holds it.
    #[serde(default)]
    pub held_by: Vec<PersonId>,
}

impl Role {
    /// Three roles that a release usually has, with their duties and authorities, held by nobody yet: `operations-lead`,
    /// `monitoring` and `support`.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let role = |id, name: (&str, &str), duties: [(&str, &str); 3], authorities: [(&str, &str); 3]| {
            let texts = |pairs: [(&str, &str); 3]| pairs.map(|(ja, en)| Text::new(ja, en)).to_vec();
            Some(Self {
                role: RoleId::new(id).ok()?,
                name: Text::new(name.0, name.1),
                duties: texts(duties),
                authorities: texts(authorities),
                held_by: Vec::new(),
            })
        };
        [
            role(
                "operations-lead",
                ("運用リーダー", "Operations lead"),
                [
                    ("全体の運用統括", "Leads all operations"),
                    ("チーム管理", "Leads the team"),
                    ("問題解決の指揮", "Directs how problems are solved"),
                ],
                [
                    ("リソース配分の決定", "Decides who works on what"),
                    ("緊急時の判断", "Decides in an emergency"),
                    ("エスカレーション判断", "Decides whether to escalate"),
                ],
            ),
            role(
                "monitoring",
                ("監視担当", "Monitoring"),
                [
                    ("システム状態の監視", "Watches the system"),
                    ("アラート対応", "Answers alerts"),
                    ("日次報告作成", "Writes the daily report"),
                ],
                [
                    ("監視設定の調整", "Adjusts the monitoring"),
                    ("一次対応の実施", "Takes the first measures"),
                    ("エスカレーションの判断", "Decides whether to escalate"),
                ],
            ),
            role(
                "support",
                ("サポートチーム", "Support"),
                [
                    ("ユーザーサポート", "Supports the users"),
                    ("問題切り分け", "Narrows problems down"),
                    ("ドキュメント管理", "Keeps the documents"),
                ],
                [
                    ("一般的な問題解決", "Solves common problems"),
                    ("マニュアルの更新", "Updates the manual"),
                    ("改善提案の提出", "Proposes improvements"),
                ],
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
