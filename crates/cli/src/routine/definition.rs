//! The definition of routine work: a file with the places where everything stands.

use crate::document;
use crate::failure::Failure;
use std::path::Path;
use std::process::ExitCode;
use toban_calendar::Zone;
use toban_routine::{Level, Review, RoutineDraft, ScheduledTask, TaskId, review};
use toban_yaml::{Document, Findings};

/// A definition with the places where everything stands.
pub(super) struct Definition {
    document: Document,
    pub(super) draft: RoutineDraft,
    pub(super) review: Review,
}

impl Definition {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (document, draft): (_, RoutineDraft) = document::only(path, document::in_file_or_stdin(path)?)?;
        let review = review(&draft);
        Ok(Self { document, draft, review })
    }

    /// The draft with these tasks alone.
    pub(super) fn only(&self, tasks: &[ScheduledTask]) -> RoutineDraft {
        let mut draft = self.draft.clone();
        draft.tasks = tasks.iter().filter_map(|task| self.draft.tasks.get(task.place).cloned()).collect();
        draft
    }

    /// The errors, each at its place.
    pub(super) fn errors(&self) -> Findings {
        self.found(self.review.errors())
    }

    /// What was found, each at its place.
    pub(super) fn found<'f>(&self, found: impl IntoIterator<Item = &'f toban_routine::Finding>) -> Findings {
        let at = |finding: &toban_routine::Finding| {
            let here = self.document.finding(&finding.place.parse().unwrap_or_default(), &finding.text.en);
            match finding.level {
                Level::Error => here,
                Level::Warning => here.with_level(toban_yaml::Level::Warning),
            }
        };
        let mut all: Findings = found.into_iter().map(at).collect();
        all.sort();
        all
    }

    /// The tasks that were asked for; what is wrong with the others is told, and stops nothing.
    pub(super) fn tasks(&self, asked: &[TaskId]) -> Result<Vec<ScheduledTask>, Failure> {
        eprint!("{}", self.errors().render());
        for id in asked {
            if !self.draft.tasks.iter().any(|task| &task.id == id) {
                let known: Vec<_> = self.draft.tasks.iter().map(|task| task.id.as_str()).collect();
                return Err(Failure::new(format_args!(
                    "there is no task {id}: there are {}",
                    known.join(", ")
                )));
            }
        }
        let is_asked = |task: &&ScheduledTask| asked.is_empty() || asked.contains(&task.id);
        let tasks: Vec<_> = self.review.scheduled.iter().filter(is_asked).cloned().collect();
        if let (true, [id, ..]) = (tasks.is_empty(), asked) {
            return Err(Failure::new(format_args!("the times of {id} are not known")));
        }
        Ok(tasks)
    }

    pub(super) fn zone(&self, asked: Option<Zone>) -> Zone {
        // Where the definition names none, that of its first task.
        let of_task = || self.review.scheduled.iter().find_map(|task| task.recurrence.zone());
        asked.or(self.review.zone).or_else(of_task).unwrap_or(Zone::UTC)
    }

    /// What the caller is told in the end: all is well, or something in the definition is wrong.
    pub(super) fn code(&self) -> ExitCode {
        if self.review.errors().next().is_some() { ExitCode::from(1) } else { ExitCode::SUCCESS }
    }
}
