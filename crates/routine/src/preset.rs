//! The routine work of the requirement documents 000, 001, 003 and 004, in their own words, with an English text.
//!
//! What the documents leave open is left open here, and [`review`](crate::review) asks for it: who does the work, how
//! long it takes, and when, where they name a day or a part of the day and no time. Tasks that ask for the same work
//! share a topic, so that the documents are held against each other; what one document alone asks for has none.
//!
//! ```
//! use toban_routine::{preset, review};
//! let mut draft = preset::all();
//! draft.zone = Some("+09:00".to_owned()); // `Asia/Tokyo` is read with the feature `zones`
//! let review = review(&draft);
//! let scheduled: Vec<_> = review.scheduled.iter().map(|task| task.id.as_str()).collect();
//! assert_eq!(scheduled, [
//!     "infrastructure-check", "security-log-review", "backup-check",
//!     "operations-morning-meeting", "operations-weekly-review",
//! ]);
//! let between = &review.findings[0].text.en; // the first of five
//! assert!(between.contains("at 07:00") && between.contains("in the evening"));
//! ```

mod infrastructure_team;
mod maintenance;
mod operation_design;
mod operations_team;

use toban_calendar::{DatesSpec, RecurrenceSpec, Words};
use toban_core::{Length, Text};

use crate::routine::RoutineDraft;
use crate::task::{AlertCondition, Compared, Finite, Frequency, ListKind, TaskDraft, TaskId, Threshold};

pub use infrastructure_team::infrastructure_team;
pub use maintenance::maintenance;
pub use operation_design::operation_design;
pub use operations_team::operations_team;

/// The work of all four documents, in the zone `Asia/Tokyo`: 41 tasks, that of document 003 first, then 000, 001, 004.
#[must_use]
pub fn all() -> RoutineDraft {
    let documents = [infrastructure_team(), operations_team(), operation_design(), maintenance()];
    RoutineDraft {
        zone: Some("Asia/Tokyo".to_owned()),
        tasks: documents.into_iter().flatten().collect(),
        ..RoutineDraft::default()
    }
}

/// Work that several of the documents ask for.
mod topic {
    pub(super) const BACKUP_CHECK: &str = "backup-check";
    pub(super) const CAPACITY_PLANNING: &str = "capacity-planning";
    pub(super) const LOG_CHECK: &str = "log-check";
    pub(super) const PERFORMANCE_REVIEW: &str = "performance-review";
    pub(super) const SECURITY_CHECK: &str = "security-check";
    pub(super) const SYSTEM_CHECK: &str = "system-check";
}

/// In Japanese and in English.
type Pair = (&'static str, &'static str);

fn text((ja, en): Pair) -> Text {
    Text::new(ja, en)
}

fn texts(pairs: &[Pair]) -> Vec<Text> {
    pairs.iter().copied().map(text).collect()
}

fn task(frequency: Frequency, id: &'static str, title: Pair) -> TaskDraft {
    TaskDraft { frequency: Some(frequency), ..TaskDraft::new(TaskId::own(id), text(title)) }
}

fn daily(id: &'static str, title: Pair) -> TaskDraft {
    task(Frequency::Daily, id, title)
}

fn weekly(id: &'static str, title: Pair) -> TaskDraft {
    task(Frequency::Weekly, id, title)
}

fn monthly(id: &'static str, title: Pair) -> TaskDraft {
    task(Frequency::Monthly, id, title)
}

fn yearly(id: &'static str, title: Pair) -> TaskDraft {
    task(Frequency::Yearly, id, title)
}

fn words(word: &str) -> Words {
    Words(vec![word.to_owned()])
}

/// `tasks` of a chapter, each with the source that its frequency's heading gives.
fn from_chapter(tasks: Vec<TaskDraft>, chapter: Pair, headings: [Pair; 4]) -> Vec<TaskDraft> {
    let [daily, weekly, monthly, yearly] = headings;
    let source = |task: &TaskDraft| {
        let heading = match task.frequency? {
            Frequency::Daily => daily,
            Frequency::Weekly => weekly,
            Frequency::Monthly => monthly,
            Frequency::Yearly => yearly,
        };
        Some(Text::new(format!("{}・{}", chapter.0, heading.0), format!("{}, {}", chapter.1, heading.1)))
    };
    tasks.into_iter().map(|task| TaskDraft { source: source(&task), ..task }).collect()
}

/// How the tables are written.
impl TaskDraft {
    fn stated(self, stated: Pair) -> Self {
        Self { stated: Some(text(stated)), ..self }
    }

    fn on(self, on: DatesSpec) -> Self {
        Self { on: Some(on), ..self }
    }

    fn at(self, on: DatesSpec, at: &str) -> Self {
        Self {
            when: Some(RecurrenceSpec { on: Some(on), at: words(at), ..RecurrenceSpec::default() }),
            ..self
        }
    }

    fn lasting(self, minutes: u32) -> Self {
        Self { estimate: Some(Length::minutes(minutes)), ..self }
    }

    fn about(self, topic: &str) -> Self {
        Self { topic: Some(topic.to_owned()), ..self }
    }

    fn list(mut self, kind: ListKind, items: &[Pair]) -> Self {
        self.lists.insert(kind, texts(items));
        self
    }

    fn alert_from(mut self, condition: Pair, query: &str, value: f64) -> Self {
        let threshold = |value| Threshold { query: query.to_owned(), is: Compared::AtLeast, value };
        let measured = Finite::new(value).ok().map(threshold);
        self.alerts.push(AlertCondition { text: text(condition), measured });
        self
    }

    /// Alerts on events, each of which starts the task too.
    fn alert_on(mut self, events: &[Pair]) -> Self {
        let conditions = texts(events).into_iter().map(|text| AlertCondition { text, measured: None });
        self.alerts.extend(conditions);
        self.on_events.extend(texts(events));
        self
    }
}
