//! What is released, in place of what, and what users notice.

use super::length::Length;
use super::version::{Artefact, Version};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_core::{Fingerprint, PersonId, Text};

/// リリース対象.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Which service.
    pub service: String,
    /// Which version of it.
    pub version: Version,
    /// What is new in it.
    pub features: Vec<Text>,
    /// What a rollback leads back to.
    pub previous: Previous,
}

/// What serves before the release, and what a rollback leads back to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Previous {
    /// Nothing: a rollback takes the service away again.
    FirstRelease,
    /// This version, which has been verified once.
    Version {
        /// Which.
        version: Version,
        /// That it was verified.
        verified: Verified,
    },
}

impl Previous {
    /// The version, where there is one.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::FirstRelease => None,
            Self::Version { version, .. } => Some(version),
        }
    }
}

/// That a version was seen to work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// When.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// Where it can be read.
    pub source: String,
}

/// What is released, in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetDraft {
    /// Which service.
    pub service: Option<String>,
    /// Which version of it.
    pub version: Option<Version>,
    /// What is new in it.
    pub features: Vec<Text>,
    /// What a rollback leads back to.
    pub previous: Option<PreviousDraft>,
}

/// What a rollback leads back to, in a draft.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PreviousDraft {
    /// Nothing: there was no version before.
    FirstRelease,
    /// A version.
    Release {
        /// Which.
        version: Version,
        /// That it was verified.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verified: Option<Verified>,
    },
}

impl From<Target> for TargetDraft {
    fn from(target: Target) -> Self {
        let Target { service, version, features, previous } = target;
        let previous = match previous {
            Previous::FirstRelease => PreviousDraft::FirstRelease,
            Previous::Version { version, verified } => {
                PreviousDraft::Release { version, verified: Some(verified) }
            }
        };
        Self { service: Some(service), version: Some(version), features, previous: Some(previous) }
    }
}

/// リリース予定日時・作業時間 in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleDraft {
    /// When the work begins.
    #[serde(deserialize_with = "super::moment::read_if_any")]
    pub start: Option<DateTime<Utc>>,
    /// When the work must have ended.
    #[serde(deserialize_with = "super::moment::read_if_any")]
    pub end: Option<DateTime<Utc>>,
}

/// サービス影響.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Impact {
    /// 停止有無: how long the service may be away; nothing: not at all.
    pub downtime: Length,
    /// 影響範囲: who notices what.
    pub scope: Text,
}

/// What users notice, in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImpactDraft {
    /// How long the service may be away.
    pub downtime: Option<Length>,
    /// Who notices what.
    pub scope: Option<Text>,
}

/// Whether whoever approves may be who wrote the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRule {
    /// They may.
    OnePerson,
    /// They may not.
    TwoPersons,
}

/// Who approves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Approvers {
    /// Any of them.
    pub people: Vec<PersonId>,
    /// Whether it may be who wrote the plan.
    pub rule: ApprovalRule,
}

/// Who approves, in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApproversDraft {
    /// Any of them.
    pub people: Vec<PersonId>,
    /// Whether it may be who wrote the plan.
    pub rule: Option<ApprovalRule>,
}

/// 事前準備 (T-1 day).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Preparation {
    /// What is confirmed to have been backed up, by name.
    pub backups: Vec<String>,
    /// What is brought along.
    pub artefacts: Vec<Artefact>,
}

/// What is prepared the day before, in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PreparationDraft {
    /// What is confirmed to have been backed up, by name; `[]`: nothing has to be.
    pub backups: Option<Vec<String>>,
    /// What is brought along; `[]`: nothing is.
    pub artefacts: Option<Vec<ArtefactDraft>>,
}

/// Something that is brought along, in a draft.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtefactDraft {
    /// What it is called.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Fingerprint>,
}
