//! Routine work for the schedulers of others: what is common to their rooms.

#[cfg(any(feature = "crontab", feature = "kubernetes"))]
pub(crate) mod fields;
mod note;
mod rule;

pub use note::{Effect, ExportNote, Unsaid};

use toban_routine::{Missed, Overlap, Review, RoutineDraft, ScheduledTask, TaskDraft};

pub(crate) use rule::{Rule, rules, zone_name};

/// A task that a program does at known times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) task: &'a TaskDraft,
    pub(crate) scheduled: &'a ScheduledTask,
    /// At least the program.
    pub(crate) command: &'a [String],
}

/// What is written, one after another, and what was noted meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Vec<ExportNote>);

impl Notes {
    /// A task that is not written.
    pub(crate) fn leave_out(&mut self, task: &TaskDraft, unsaid: Unsaid) {
        self.0.push(ExportNote { task: Some(task.id.clone()), effect: Effect::NotWritten, unsaid });
    }

    /// What is written all the same.
    pub(crate) fn lose(&mut self, task: &TaskDraft, unsaid: Unsaid) {
        self.0.push(ExportNote { task: Some(task.id.clone()), effect: Effect::Written, unsaid });
    }

    /// What the scheduler does where runs overlap and where times were missed, beside what the task says.
    pub(crate) fn compare(&mut self, job: Job<'_>, overlap: Overlap, missed: Missed) {
        if job.task.overlap != overlap {
            self.lose(job.task, Unsaid::Overlap { asked: job.task.overlap, done: overlap });
        }
        if job.task.due.missed != missed {
            self.lose(job.task, Unsaid::Missed { asked: job.task.due.missed, done: missed });
        }
        if !job.task.on_events.is_empty() {
            self.lose(job.task, Unsaid::Events);
        }
    }
}

/// The tasks in the order of the draft, each as a job or with why it is none.
pub(crate) fn jobs<'a>(
    draft: &'a RoutineDraft,
    review: &'a Review,
) -> impl Iterator<Item = (&'a TaskDraft, Result<Job<'a>, Unsaid>)> {
    (0..).zip(&draft.tasks).map(|(place, task)| {
        let scheduled = review.scheduled.iter().find(|scheduled| scheduled.place == place);
        let job = match (task.command.as_deref().filter(|command| !command.is_empty()), scheduled) {
            (None, _) => Err(Unsaid::ByHand),
            (Some(_), None) => Err(Unsaid::Unscheduled),
            (Some(command), Some(_)) if command.iter().any(|word| word.contains('\0')) => {
                Err(Unsaid::Control)
            }
            (Some(command), Some(scheduled)) => Ok(Job { task, scheduled, command }),
        };
        (task, job)
    })
}

/// Whether nothing bounds the times from now on: who cannot say a bound writes nothing that would run beyond it.
#[cfg(any(feature = "kubernetes", feature = "systemd"))]
pub(crate) fn unbounded(scheduled: &ScheduledTask, now: chrono::DateTime<chrono::Utc>) -> Result<(), Unsaid> {
    let (start, end) = (scheduled.recurrence.start(), scheduled.recurrence.end());
    if let Some(end) = end {
        return Err(Unsaid::Ends { at: end });
    }
    match start.filter(|start| *start > now) {
        Some(at) => Err(Unsaid::Starts { at }),
        None => Ok(()),
    }
}
