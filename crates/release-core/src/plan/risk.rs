//! What may go wrong, and what is done about it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toban_core::Text;

/// How large an impact or a probability is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 低.
    Low,
    /// 中.
    Medium,
    /// 高.
    High,
}

/// A line of the risk register.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// What may happen.
    pub risk: Text,
    /// What is done about it.
    pub measure: Text,
    /// How much it would hurt.
    pub impact: Grade,
    /// How likely it is.
    pub probability: Grade,
}

impl Risk {
    /// Four risks that every release has, each with a measure, an impact and a probability: a list to begin with.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let risk = |risk, measure, impact, probability| Self { risk, measure, impact, probability };
        vec![
            risk(
                Text::new("デプロイ失敗", "A deployment fails"),
                Text::new("自動ロールバック機能", "Automatic rollback"),
                Grade::Medium,
                Grade::Low,
            ),
            risk(
                Text::new("データ損失", "Data is lost"),
                Text::new("自動バックアップ（日次・週次）", "Automatic backups, daily and weekly"),
                Grade::High,
                Grade::Low,
            ),
            risk(
                Text::new("セキュリティ侵害", "A breach of security"),
                Text::new("WAF、定期的な脆弱性スキャン", "A WAF, and regular scans for vulnerabilities"),
                Grade::High,
                Grade::Medium,
            ),
            risk(
                Text::new("パフォーマンス劣化", "Performance gets worse"),
                Text::new("継続的な監視とアラート", "Continuous monitoring and alerts"),
                Grade::Medium,
                Grade::Medium,
            ),
        ]
    }
}

/// The risks by impact and probability; a field of the matrix without a risk is not there.
#[must_use]
pub fn risk_matrix(risks: &[Risk]) -> BTreeMap<(Grade, Grade), Vec<&Risk>> {
    let mut matrix: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for risk in risks {
        matrix.entry((risk.impact, risk.probability)).or_default().push(risk);
    }
    matrix
}
