//! Who is told what, and when at the latest.

use super::length::Length;
use crate::rollout::Announcement;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use toban_core::{Party, Text};

/// What people are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// 事前通知: that a release is going to be.
    Notice,
    /// デプロイ開始通知: that it begins.
    Started,
    /// Phase移行通知: that it has moved to another stage.
    StageMoved,
    /// ロールバック通知: that it has been rolled back, by a program or by a person.
    RolledBack,
    /// 完全移行完了通知: that all traffic is on the new version.
    Completed,
}

impl Occasion {
    /// What the people of a matrix are told of where a rollout announces that. `None`: it is for those alone who carry
    /// the release out.
    #[must_use]
    pub fn of(what: &Announcement) -> Option<Self> {
        match what {
            Announcement::Started => Some(Self::Started),
            Announcement::StageReached { .. } => Some(Self::StageMoved),
            Announcement::RolledBack => Some(Self::RolledBack),
            Announcement::Completed => Some(Self::Completed),
            Announcement::PersonNeeded { .. } | Announcement::RollingBack { .. } => None,
        }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Notice => "notice",
            Self::Started => "start",
            Self::StageMoved => "stage moved",
            Self::RolledBack => "rolled back",
            Self::Completed => "completed",
        })
    }
}

/// A field of the matrix of stakeholders and occasions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedAnnouncement {
    /// Who is told.
    pub stakeholder: Text,
    /// Of what.
    pub occasion: Occasion,
    /// How long before the release begins a notice must have been given; for any other occasion, how long after it at
    /// the latest.
    pub lead: Length,
    /// Through which channel.
    pub channel: String,
    /// Who tells them.
    pub by: Party,
}

impl PlannedAnnouncement {
    /// Whether it is for whom somebody names so: what it is called in one of the languages is enough.
    #[must_use]
    pub fn is_for(&self, stakeholder: &Text) -> bool {
        self.stakeholder.ja == stakeholder.ja || self.stakeholder.en == stakeholder.en
    }
}

/// That an occasion has come about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// What.
    pub occasion: Occasion,
    /// When.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
}

/// That somebody has been told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Who.
    pub stakeholder: Text,
    /// Of what.
    pub occasion: Occasion,
    /// When.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// Where it can be read.
    pub source: String,
}

/// An announcement that should have been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue<'a> {
    /// Which.
    pub announcement: &'a PlannedAnnouncement,
    /// When it was due.
    pub due: DateTime<Utc>,
}

/// The announcements that were due up to now and have not been made: notices before `start`, the others after what has
/// happened. What is dated after `now` has not been.
#[must_use]
pub fn overdue<'a>(
    matrix: &'a [PlannedAnnouncement],
    start: DateTime<Utc>,
    happened: &[Happened],
    told: &[Told],
    now: DateTime<Utc>,
) -> Vec<Overdue<'a>> {
    let mut overdue = Vec::new();
    for announcement in matrix {
        let PlannedAnnouncement { occasion, lead, .. } = announcement;
        let lead = lead.as_time_delta();
        // From when on telling counts, and until when it must have been.
        let moments: Vec<(DateTime<Utc>, DateTime<Utc>)> = match occasion {
            Occasion::Notice => {
                vec![(
                    DateTime::<Utc>::MIN_UTC,
                    start.checked_sub_signed(lead).unwrap_or(DateTime::<Utc>::MIN_UTC),
                )]
            }
            Occasion::Started | Occasion::StageMoved | Occasion::RolledBack | Occasion::Completed => happened
                .iter()
                .filter(|one| one.occasion == *occasion && one.at <= now)
                .map(|one| (one.at, one.at.checked_add_signed(lead).unwrap_or(DateTime::<Utc>::MAX_UTC)))
                .collect(),
        };
        for (from, due) in moments {
            let is_told = told.iter().any(|told| {
                announcement.is_for(&told.stakeholder)
                    && told.occasion == *occasion
                    && (from..=now).contains(&told.at)
            });
            if due <= now && !is_told {
                overdue.push(Overdue { announcement, due });
            }
        }
    }
    overdue
}
