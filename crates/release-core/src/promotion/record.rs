//! What happened to which version where.

use super::policy::EnvironmentId;
use crate::plan::Version;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use toban_core::PersonId;

/// One thing that happened to a version in an environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// To which version.
    pub version: Version,
    /// Where.
    pub environment: EnvironmentId,
    /// When.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
    /// Where it can be read: a journal, a pipeline, a ticket.
    pub source: String,
}

/// What happened to a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A person gave it leave to come there.
    Approved {
        /// Who.
        by: PersonId,
        /// On what grounds.
        why: String,
    },
    /// It runs there now, in the place of any other.
    Deployed,
    /// A person ends the hold that a rollback there put on it. Without a reason it ends nothing.
    HoldLifted {
        /// Who.
        by: PersonId,
        /// Why.
        why: String,
    },
    /// A person does not want it there.
    Rejected {
        /// Who.
        by: PersonId,
        /// Why.
        why: String,
    },
    /// It was to give way to that version, and that did not work.
    RollbackFailed {
        /// Which one was to run.
        to: Version,
    },
    /// It is to give way to that version. What was seen of it there counts no more.
    RollingBack {
        /// Which one.
        to: Version,
        /// Who wants it.
        by: Trigger,
    },
    /// It gave way to that version, which runs there now.
    RolledBack {
        /// Which one.
        to: Version,
        /// Who wanted it.
        by: Trigger,
    },
    /// What shows that it works there has passed, and it runs there.
    Verified,
}

/// Who wants a rollback.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Nobody: a check failed.
    Automatic,
    /// A person.
    Person {
        /// Who.
        by: PersonId,
        /// Why.
        why: String,
    },
}

impl Deed {
    pub(super) fn is_of(&self, version: &Version, environment: &EnvironmentId) -> bool {
        self.version == *version && self.environment == *environment
    }

    /// Of what happened at one instant the good comes first: what came to light then is not made good by it.
    fn rank(&self) -> u8 {
        match self.what {
            What::HoldLifted { .. } => 0,
            What::Approved { .. } => 1,
            What::Verified => 2,
            What::Deployed => 3,
            What::RollingBack { .. } => 4,
            What::RollbackFailed { .. } => 5,
            What::RolledBack { .. } => 6,
            What::Rejected { .. } => 7,
        }
    }
}

/// The deeds up to a moment, in order.
pub(super) struct Known<'a>(Vec<&'a Deed>);

/// Which version runs somewhere, and how it came there.
pub(super) struct Running<'a> {
    pub(super) version: &'a Version,
    /// The rollback that brought it.
    pub(super) rollback: Option<&'a Deed>,
}

/// What a version has behind it in an environment.
#[derive(Default)]
pub(super) struct Standing<'a> {
    /// When it was verified last, unless it was rolled back since.
    pub(super) verified: Option<&'a Deed>,
    /// The last rollback of it there, also one that is under way or does not work.
    pub(super) rolled_back: Option<&'a Deed>,
    /// The longest that it has run there, verified.
    pub(super) soaked: TimeDelta,
    /// Since when it runs there, verified; `None` where another one runs.
    pub(super) runs_since: Option<DateTime<Utc>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(record: &'a [Deed], now: DateTime<Utc>) -> Self {
        let mut known: Vec<_> = record.iter().filter(|deed| deed.at <= now).collect();
        // The order in which they are handed in means nothing.
        known.sort_by_key(|deed| {
            (deed.at, deed.rank(), &deed.version, &deed.environment, &deed.what, &deed.source)
        });
        Self(known)
    }

    pub(super) fn of_version(
        &self,
        version: &Version,
        environment: &EnvironmentId,
    ) -> impl Iterator<Item = &'a Deed> {
        self.0.iter().copied().filter(move |deed| deed.is_of(version, environment))
    }

    pub(super) fn of_environment(&self, environment: &EnvironmentId) -> impl Iterator<Item = &'a Deed> {
        self.0.iter().copied().filter(move |deed| deed.environment == *environment)
    }

    pub(super) fn running(&self, environment: &EnvironmentId) -> Option<Running<'a>> {
        self.of_environment(environment).fold(None, |running, deed| match &deed.what {
            What::RolledBack { to, .. } => Some(Running { version: to, rollback: Some(deed) }),
            What::Deployed => Some(Running { version: &deed.version, rollback: None }),
            // The record begins after it came.
            What::Verified
                if running.as_ref().is_none_or(|one: &Running<'_>| *one.version != deed.version) =>
            {
                Some(Running { version: &deed.version, rollback: None })
            }
            _ => running,
        })
    }

    /// What counts is what was verified after `since`.
    pub(super) fn standing(
        &self,
        version: &Version,
        environment: &EnvironmentId,
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Standing<'a> {
        let mut standing = Standing::default();
        let leave = |standing: &mut Standing<'a>, at: DateTime<Utc>| {
            if let Some(since) = standing.runs_since.take() {
                standing.soaked = standing.soaked.max(at - since);
            }
        };
        for deed in self.of_environment(environment) {
            let is_it = deed.version == *version;
            match &deed.what {
                What::Verified if is_it && since.is_none_or(|since| deed.at > since) => {
                    standing.verified = Some(deed);
                    standing.runs_since.get_or_insert(deed.at);
                }
                What::RollingBack { .. } | What::RollbackFailed { .. } | What::RolledBack { .. } if is_it => {
                    standing = Standing { rolled_back: Some(deed), ..Standing::default() };
                }
                What::RolledBack { to, .. } if to == version => {}
                What::Deployed | What::RolledBack { .. } | What::Verified if !is_it => {
                    leave(&mut standing, deed.at);
                }
                _ => {}
            }
        }
        if let Some(since) = standing.runs_since {
            standing.soaked = standing.soaked.max(now - since);
        }
        standing
    }
}
