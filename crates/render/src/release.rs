//! Releases as people read them: the plan, what it lacks, what a gate says, what happened, and how releases go.

mod figures;
mod happened;
mod history;
mod plan;
mod replay;
mod review;
mod ruling;
mod stands;
mod waits;
mod wire;
mod words;

pub use figures::figures_text;
pub use happened::{announcement_words, event_words, order_words, record_words};
pub use history::history_text;
pub use plan::plan_text;
pub use replay::{Known, replay_json, replay_text};
pub use review::review_text;
pub use ruling::{check_text, ruling_text};
pub use stands::{ended_words, hold_words, phase_words};
pub use waits::{untold, waits};
pub use wire::{check_json, figures_json, history_json, plan_json, review_json, ruling_json};
