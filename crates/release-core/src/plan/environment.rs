//! Where a version is released to, and what that place demands.

use serde::{Deserialize, Serialize};
use std::fmt;
use toban_core::Text;

/// Where a version is developed, tested and used, in the order in which a version goes through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentKind {
    /// Where it is developed.
    Development,
    /// Where it is tested.
    Staging,
    /// Where users are.
    Production,
}

impl EnvironmentKind {
    /// The one that a version comes from.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Development => None,
            Self::Staging => Some(Self::Development),
            Self::Production => Some(Self::Staging),
        }
    }
}

impl fmt::Display for EnvironmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        })
    }
}

/// What starts a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeployTrigger {
    /// A change of this branch.
    Branch(String),
    /// A person.
    Manual,
}

impl DeployTrigger {
    /// In words.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Branch(name) => {
                Text::new(format!("{name}ブランチの変更"), format!("a change of the branch {name}"))
            }
            Self::Manual => Text::new("担当者", "a person"),
        }
    }
}

impl fmt::Display for DeployTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

/// What an environment wants to see before a release into it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Every notice of the announcement matrix that is due has been given.
    Announcements,
    /// Every artefact is there with its digest.
    Artefacts,
    /// Those who approve have approved this very plan.
    Approval,
    /// The backups of T−1 are confirmed.
    Backup,
    /// Every item of the checklists is done.
    Checklists,
    /// What the release needs of its surroundings is there.
    Readiness,
    /// The rollback has been rehearsed as it stands, and has never failed.
    Rehearsal,
}

impl Demand {
    /// What we would ask of an environment: everything where users are, what shows that the release works where it is
    /// tested, and nothing where it is developed.
    ///
    /// It is a proposal: nothing takes it unless a person chooses it.
    #[must_use]
    pub fn proposed(kind: EnvironmentKind) -> Vec<Self> {
        match kind {
            EnvironmentKind::Development => Vec::new(),
            EnvironmentKind::Staging => vec![Self::Artefacts, Self::Readiness, Self::Rehearsal],
            EnvironmentKind::Production => vec![
                Self::Announcements,
                Self::Artefacts,
                Self::Approval,
                Self::Backup,
                Self::Checklists,
                Self::Readiness,
                Self::Rehearsal,
            ],
        }
    }
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Environment {
    /// Which.
    pub kind: EnvironmentKind,
    /// 用途: what it is for.
    pub purpose: Text,
    /// デプロイ: what starts a deployment.
    pub trigger: DeployTrigger,
    /// データ: what data it has.
    pub data: Text,
    /// 監視: how it is watched.
    pub monitoring: Text,
    /// What it wants to see before a release begins.
    pub demands: Vec<Demand>,
}

impl Environment {
    /// An environment as one of its kind usually is, which demands this: where it is developed, by hand and with test data;
    /// where it is tested, from the branch `develop` and close to production; where it is used, from the branch `main`,
    /// fully watched.
    #[must_use]
    pub fn usual(kind: EnvironmentKind, demands: Vec<Demand>) -> Self {
        let (purpose, trigger, data, monitoring) = match kind {
            EnvironmentKind::Development => (
                Text::new("開発者のローカル開発", "Local development"),
                DeployTrigger::Manual,
                Text::new("テストデータ", "Test data"),
                Text::new("基本的なログのみ", "Basic logs alone"),
            ),
            EnvironmentKind::Staging => (
                Text::new("テストとQA", "Tests and quality assurance"),
                DeployTrigger::Branch("develop".into()),
                Text::new("本番に近いテストデータ", "Test data close to production"),
                Text::new("本番同等", "As in production"),
            ),
            EnvironmentKind::Production => (
                Text::new("本番サービス提供", "The service for its users"),
                DeployTrigger::Branch("main".into()),
                Text::new("本番データ", "Production data"),
                Text::new("完全な監視とアラート", "Full monitoring and alerts"),
            ),
        };
        Self { kind, purpose, trigger, data, monitoring, demands }
    }
}

/// An environment in a draft. What is left out of purpose, trigger, data and monitoring is [as
/// usual](Environment::usual); what an environment demands is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentDraft {
    /// Which.
    pub kind: Option<EnvironmentKind>,
    /// What it is for.
    pub purpose: Option<Text>,
    /// What starts a deployment.
    pub trigger: Option<DeployTrigger>,
    /// What data it has.
    pub data: Option<Text>,
    /// How it is watched.
    pub monitoring: Option<Text>,
    /// What it wants to see before a release begins; `[]`: nothing.
    pub demands: Option<Vec<Demand>>,
}

impl From<Environment> for EnvironmentDraft {
    fn from(environment: Environment) -> Self {
        let Environment { kind, purpose, trigger, data, monitoring, demands } = environment;
        Self {
            kind: Some(kind),
            purpose: Some(purpose),
            trigger: Some(trigger),
            data: Some(data),
            monitoring: Some(monitoring),
            demands: Some(demands),
        }
    }
}
