//! What is looked at once the release is out, and who says that it is done.

use super::length::Length;
use serde::{Deserialize, Serialize};
use toban_core::{Party, Text};

/// リリース後確認.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AfterRelease {
    /// 監視ダッシュボード: where trouble would show.
    pub dashboards: Vec<String>,
    /// How long they are watched.
    pub watch: Length,
    /// ユーザーからの問い合わせ対応体制: who answers users.
    pub support: Support,
    /// Who declares the release done.
    pub declared_by: Party,
}

/// Who answers users, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Who.
    pub by: Party,
    /// Through which channel.
    pub channel: Text,
}

/// What comes after the release, in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AfterReleaseDraft {
    /// Where trouble would show.
    pub dashboards: Vec<String>,
    /// How long they are watched.
    pub watch: Option<Length>,
    /// Who answers users.
    pub support: Option<Support>,
    /// Who declares the release done.
    pub declared_by: Option<Party>,
}

impl From<AfterRelease> for AfterReleaseDraft {
    fn from(after: AfterRelease) -> Self {
        let AfterRelease { dashboards, watch, support, declared_by } = after;
        Self { dashboards, watch: Some(watch), support: Some(support), declared_by: Some(declared_by) }
    }
}
