//! The JSON forms.

use serde_json::json;
use toban_core::Ruling;
use toban_durable::Entry;
use toban_release_core::plan::{Plan, Review};
use toban_release_core::rollout::Rollout;
use toban_release_core::{Figures, ReleaseFigures};

/// A plan as JSON, with what follows from it.
#[must_use]
pub fn plan_json(plan: &Plan) -> String {
    json!({ "schema": "toban.release.plan/1", "plan": plan }).to_string()
}

/// A review as JSON.
#[must_use]
pub fn review_json(review: &Review) -> String {
    json!({ "schema": "toban.release.review/1", "questions": review.questions.len() }).to_string()
}

/// A ruling as JSON.
#[must_use]
pub fn ruling_json(ruling: &Ruling) -> String {
    json!({ "schema": "toban.release.ruling/1", "verdict": ruling.verdict.to_string() }).to_string()
}

/// The audit record as JSON.
#[must_use]
pub fn history_json(entries: &[Entry<Rollout>]) -> String {
    json!({ "schema": "toban.release.history/1", "entries": entries.len() }).to_string()
}

/// The figures of releases as JSON.
#[must_use]
pub fn figures_json(releases: &[ReleaseFigures], figures: &Figures) -> String {
    json!({ "schema": "toban.release.figures/1", "releases": releases.len(), "ended": figures.ended })
        .to_string()
}
