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

    /// What holds for all that is written, before what is noted of tasks: programs run elsewhere than in the folder of the
    /// definition, where that is not `kept`, and see none of its variables.
    pub(crate) fn lose_surroundings(&mut self, draft: &RoutineDraft, kept: Option<&str>) {
        let names = draft.services.iter().flat_map(|services| services.variables.clone());
        let names: Vec<_> = names.collect();
        let variables = (!names.is_empty()).then_some(Unsaid::Variables { names });
        let folder = kept.is_none().then_some(Unsaid::Folder);
        let all = folder.into_iter().chain(variables);
        let all = all.map(|unsaid| ExportNote { task: None, effect: Effect::Written, unsaid });
        self.0.splice(0..0, all);
    }

    /// That it is begun once, where the task says that it may be begun more often.
    #[cfg(any(feature = "crontab", feature = "systemd"))]
    pub(crate) fn lose_tries(&mut self, task: &TaskDraft) {
        if task.program.tries.get() > 1 {
            self.lose(task, Unsaid::Tries { asked: task.program.tries });
        }
    }

    /// What the scheduler does where runs overlap and where times were missed, beside what the task says; and what no
    /// scheduler knows of a task.
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
        if !job.task.alerts.is_empty() {
            self.lose(job.task, Unsaid::Alerts);
        }
        if let Some(asked) = job.task.deadline {
            self.lose(job.task, Unsaid::Deadline { asked });
        }
        let program = &job.task.program;
        if program.find_out.is_some() || program.is_repeatable || job.task.give_up.is_some() {
            self.lose(job.task, Unsaid::Doubt);
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

/// The folder, where it is known from the root on.
#[cfg(any(feature = "crontab", feature = "systemd"))]
pub(crate) fn known(folder: Option<&str>) -> Option<&str> {
    folder.filter(|folder| folder.starts_with('/'))
}

/// Whether a program is named from the folder that it runs in, and neither from the root nor by a name to be looked for.
#[cfg(any(feature = "crontab", feature = "systemd"))]
pub(crate) fn is_relative(program: &str) -> bool {
    program.contains('/') && !program.starts_with('/')
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
