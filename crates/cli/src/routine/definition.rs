//! The definition of routine work: a file with the places where everything stands.

use super::unmeasured::{ALERT, unmeasured};
use crate::document;
use crate::failure::Failure;
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use toban_calendar::Zone;
use toban_core::Text;
use toban_routine::{Finding, Level, Review, RoutineDraft, ScheduledTask, TaskDraft, TaskId, review};
use toban_yaml::{Apart, Document, Findings};

/// The list of which each item is read by itself.
const TASKS: &str = "tasks";

/// A definition with the places where everything stands.
pub(super) struct Definition {
    document: Document,
    /// What could be read: a task with a mistake is left out.
    pub(super) draft: RoutineDraft,
    /// Its places are those of the file.
    pub(super) review: Review,
    /// The place in the file of each task of the draft.
    places: Vec<usize>,
    /// The places in the file of the tasks that were left out.
    left_out: BTreeSet<usize>,
    /// Why they were.
    unread: Findings,
}

impl Definition {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let document = document::alone(path, document::in_file_or_stdin(path)?)?;
        let tasks = toban_yaml::Path::root().key(TASKS);
        let read = document.read_apart::<RoutineDraft, TaskDraft>(&tasks);
        let Apart { value: draft, left_out, findings: unread, .. } =
            read.map_err(|findings| Failure::findings(findings.render()))?;
        let left_out: BTreeSet<_> = left_out.into_iter().collect();
        let places: Vec<_> =
            (0..).filter(|place| !left_out.contains(place)).take(draft.tasks.len()).collect();
        let mut review = review(&draft);
        review.findings.extend(unmeasured(&draft));
        let found = review.findings.iter_mut().map(|finding| &mut finding.place);
        for place in found.chain(review.questions.iter_mut().map(|question| &mut question.place)) {
            *place = in_file(place, &places);
        }
        Ok(Self { document, draft, review, places, left_out, unread })
    }

    /// The place in the file of what stands there in the draft.
    pub(super) fn in_file(&self, place: &str) -> String {
        in_file(place, &self.places)
    }

    /// The review, with what could not be read, and with tasks of which nothing is known from some date before that one
    /// on.
    pub(super) fn told(&self, by: NaiveDate) -> Review {
        let mut review = self.review.clone();
        let unread = self
            .unread()
            .map(|(place, message)| Finding::new("unread", place, Level::Error, Text::same(message)));
        review.findings.extend(unread.chain(self.running_out(by)));
        review
    }

    /// The draft with these tasks alone.
    pub(super) fn only(&self, tasks: &[ScheduledTask]) -> RoutineDraft {
        let mut draft = self.draft.clone();
        draft.tasks = tasks.iter().filter_map(|task| self.draft.tasks.get(task.place).cloned()).collect();
        draft
    }

    /// The errors, each at its place.
    pub(super) fn errors(&self) -> Findings {
        let mut all = self.found(self.review.errors());
        all.extend(self.unread.clone());
        all.sort();
        all
    }

    /// Whether it must not run as it stands: without its limit, or its program, it is not what is meant.
    pub(super) fn is_wrong(&self, id: &TaskId) -> bool {
        let place = self.draft.tasks.iter().position(|task| task.id == *id);
        let place = place.and_then(|place| self.places.get(place));
        let of_task = place.map(|place| format!("{TASKS}[{place}]."));
        let is_such = |found: &Finding| matches!(found.code, "command" | "length");
        let mut errors = self.review.errors().filter(|found| is_such(found));
        of_task.is_some_and(|of_task| errors.any(|found| found.place.starts_with(&of_task)))
    }

    /// Where something could not be read, and why.
    pub(super) fn unread(&self) -> impl Iterator<Item = (String, &str)> {
        self.unread.iter().map(|finding| (finding.path().to_string(), finding.message()))
    }

    /// The tasks of which nothing is known from some date before that one on.
    pub(super) fn running_out(&self, by: NaiveDate) -> Vec<Finding> {
        let mut found = self.review.running_out(by);
        found.iter_mut().for_each(|finding| finding.place = self.in_file(&finding.place));
        found
    }

    /// The alerts of which nobody can tell, or which never change.
    pub(super) fn unmeasured(&self) -> impl Iterator<Item = &Finding> {
        self.review.findings.iter().filter(|found| found.code == ALERT && found.level == Level::Warning)
    }

    /// What was found, each at its place.
    pub(super) fn found<'f>(&self, found: impl IntoIterator<Item = &'f Finding>) -> Findings {
        let at = |finding: &Finding| {
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
                if self.is_left_out(id) {
                    return Err(unknown(id, None));
                }
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
            return Err(unknown(id, self.draft.tasks.iter().find(|task| task.id == *id)));
        }
        Ok(tasks)
    }

    /// Whether a task that could not be read is called so.
    pub(super) fn is_left_out(&self, id: &TaskId) -> bool {
        let path = |task: &usize| toban_yaml::Path::root().key(TASKS).index(*task).key("id");
        self.left_out.iter().any(|task| self.document.scalar(&path(task)) == Some(id.as_str()))
    }

    pub(super) fn zone(&self, asked: Option<Zone>) -> Zone {
        // Where the definition names none, that of its first task.
        let of_task = || self.review.scheduled.iter().find_map(|task| task.recurrence.zone());
        asked.or(self.review.zone).or_else(of_task).unwrap_or(Zone::UTC)
    }

    /// What the caller is told in the end: all is well, or something in the definition is wrong.
    pub(super) fn code(&self) -> ExitCode {
        let is_well = self.unread.is_empty() && self.review.errors().next().is_none();
        if is_well { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

/// The place in the file of what stands there in the draft, which may lack tasks.
fn in_file(place: &str, places: &[usize]) -> String {
    let of_task = || {
        let (task, rest) = place.strip_prefix(TASKS)?.strip_prefix('[')?.split_once(']')?;
        let task = places.get(task.parse::<usize>().ok()?)?;
        Some(format!("{TASKS}[{task}]{rest}"))
    };
    of_task().unwrap_or_else(|| place.to_owned())
}

/// Why a task has no times.
fn unknown(id: &TaskId, task: Option<&TaskDraft>) -> Failure {
    let why = match task {
        Some(task) if task.when.is_none() && task.on_events.is_empty() => {
            "its definition has no `when`".to_owned()
        }
        Some(task) if task.when.is_none() => {
            let events: Vec<_> = task.on_events.iter().map(|event| event.en.as_str()).collect();
            format!("it has none, and is started by what happens: {}", events.join("; "))
        }
        _ => "its definition is wrong, as told above".to_owned(),
    };
    Failure::new(format_args!("the times of {id} are not known: {why}"))
}
