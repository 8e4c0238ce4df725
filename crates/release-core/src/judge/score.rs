//! The score of several metrics, as NetflixACAJudge-v1.0 sums it up and Orca and Argo Rollouts read it.

use super::aca::{AcaJudged, AcaLabel};
use super::level::Level;
use crate::analysis::CheckPhase;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A metric with its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcaScored {
    /// The groups that it counts in.
    pub groups: Vec<String>,
    /// Whether it counts at all.
    pub is_muted: bool,
    /// Its label.
    pub judged: AcaJudged,
}

/// The score of a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupScore {
    /// Of 100, as it is shown: nothing where no label counts.
    pub shown: f64,
    /// Of 100, as it is counted: all where no label counts.
    pub counted: f64,
}

/// The score of all metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AcaScore {
    /// Of 100, with two decimals.
    pub score: f64,
    /// What that is called.
    pub label: ScoreLabel,
    /// The groups with results.
    pub groups: BTreeMap<String, GroupScore>,
}

/// What a score is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreLabel {
    /// Good enough.
    Pass,
    /// In between.
    Marginal,
    /// Not good enough.
    Fail,
}

/// From where on a score passes, and from where on it is marginal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "Given")]
pub struct ScoreLimits {
    pass: Level,
    marginal: Level,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    pass: Level,
    marginal: Level,
}

impl TryFrom<Given> for ScoreLimits {
    type Error = ScoreError;

    fn try_from(given: Given) -> Result<Self, ScoreError> {
        Self::new(given.pass, given.marginal)
    }
}

impl From<ScoreLimits> for Given {
    fn from(limits: ScoreLimits) -> Self {
        Self { pass: limits.pass, marginal: limits.marginal }
    }
}

impl ScoreLimits {
    /// Those limits.
    ///
    /// # Errors
    /// When one is not 0 to 100, or what passes would not be marginal.
    pub fn new(pass: Level, marginal: Level) -> Result<Self, ScoreError> {
        let is_percent = |level: Level| (0.0..=100.0).contains(&level.get());
        if is_percent(pass) && is_percent(marginal) && marginal <= pass {
            Ok(Self { pass, marginal })
        } else {
            Err(ScoreError { pass, marginal })
        }
    }

    /// What Orca takes where nothing is said: 75 and 50.
    #[must_use]
    pub fn orca() -> Self {
        Self { pass: Level::of(75.0), marginal: Level::of(50.0) }
    }

    /// What a score is called.
    #[must_use]
    pub fn label(&self, score: f64) -> ScoreLabel {
        if score >= self.pass.get() {
            ScoreLabel::Pass
        } else if score >= self.marginal.get() {
            ScoreLabel::Marginal
        } else {
            ScoreLabel::Fail
        }
    }

    /// What Orca makes of the scores of its runs so far, `runs` of which there will be: one that is marginal or less ends
    /// it, exactly marginal included; the last must pass.
    #[must_use]
    pub fn orca_runs(&self, scores: &[f64], runs: usize) -> CheckPhase {
        // Written so that a score that is no number fails.
        let is_above = |score: &f64| *score > self.marginal.get();
        match scores.last() {
            None => CheckPhase::Pending,
            _ if !scores.iter().all(is_above) => CheckPhase::Failed,
            Some(_) if scores.len() < runs => CheckPhase::Running,
            Some(last) if *last >= self.pass.get() => CheckPhase::Successful,
            Some(_) => CheckPhase::Failed,
        }
    }

    /// What Argo Rollouts makes of a score: cut to a whole number first, and inconclusive where it is marginal.
    #[must_use]
    pub fn argo_rollouts(&self, score: f64) -> CheckPhase {
        match self.label(score.trunc()) {
            ScoreLabel::Pass => CheckPhase::Successful,
            ScoreLabel::Marginal => CheckPhase::Inconclusive,
            ScoreLabel::Fail => CheckPhase::Failed,
        }
    }
}

/// Limits of a score that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("passing at {pass}, marginal at {marginal}: 0 to 100, and marginal is not above passing")]
pub struct ScoreError {
    /// Where it passes.
    pub pass: Level,
    /// Where it is marginal.
    pub marginal: Level,
}

/// The score of several metrics.
///
/// A failed critical metric makes it 0, and so does half of the metrics being without data. Groups without a weight share
/// what the others leave of 100; a group with a weight and without results is missing from the sum.
#[must_use]
pub fn score(metrics: &[AcaScored], weights: &BTreeMap<String, Level>, limits: ScoreLimits) -> AcaScore {
    let counting: Vec<_> = metrics.iter().filter(|metric| !metric.is_muted).collect();
    let mut tallies: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for metric in &counting {
        for group in &metric.groups {
            let (passed, all) = tallies.entry(group).or_default();
            match metric.judged.label {
                AcaLabel::Pass => {
                    *passed += 1.0;
                    *all += 1.0;
                }
                AcaLabel::High | AcaLabel::Low | AcaLabel::NodataFailMetric => *all += 1.0,
                AcaLabel::Nodata | AcaLabel::Error => {}
            }
        }
    }
    let of_group = |(passed, all): (f64, f64)| {
        let shown = if all > 0.0 { 100.0 * passed / all } else { 0.0 };
        GroupScore { shown, counted: if all > 0.0 { shown } else { 100.0 } }
    };
    let groups: BTreeMap<String, GroupScore> =
        tallies.into_iter().map(|(name, tally)| (name.to_owned(), of_group(tally))).collect();

    let is_critical =
        |metric: &&AcaScored| metric.judged.is_critical && metric.judged.label != AcaLabel::Pass;
    let without = counting.iter().filter(|metric| metric.judged.label == AcaLabel::Nodata).count();
    let score = if counting.iter().any(is_critical) || (without > 0 && 2 * without >= counting.len()) {
        0.0
    } else {
        let listed: f64 = weights.values().map(|weight| weight.get()).sum();
        let unlisted = groups.keys().filter(|group| !weights.contains_key(*group)).count();
        let share = (100.0 - listed) / unlisted as f64;
        let weight = |group: &String| weights.get(group).map_or(share, |weight| weight.get());
        let sum: f64 = groups.iter().map(|(name, group)| group.counted * weight(name) / 100.0).sum();
        (sum * 100.0 + 0.5).floor() / 100.0
    };
    AcaScore { score, label: limits.label(score), groups }
}
