//! A team's routine work: its tasks with the calendars that they follow.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use toban_calendar::{CalendarFileSpec, Calendars, Recurrence, SpecError, Zone};
use toban_core::{Priority, Question, Text};

use crate::due::DueRules;
use crate::overlap::Overlap;
use crate::task::{TaskDraft, TaskId};

/// A team's routine work as it stands in a file, in which what is not known yet may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutineDraft {
    /// The zone of recurrences that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Calendars of working days, by name, beside `japan`, `mon_to_fri` and `every_day`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, CalendarFileSpec>,
    /// What is to be done.
    pub tasks: Vec<TaskDraft>,
}

/// A task whose times are known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduledTask {
    /// Its name.
    pub id: TaskId,
    /// What it is called.
    pub title: Text,
    /// Its times.
    pub recurrence: Recurrence,
    /// What becomes of times that were missed.
    pub due: DueRules,
    /// What happens when it is due while it still runs.
    pub overlap: Overlap,
    /// Its place among the tasks of the draft.
    pub place: usize,
}

/// What stands in a draft, and what does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Review {
    /// The zone of recurrences that name none.
    pub zone: Option<Zone>,
    /// The calendars by name, those of the draft among them.
    pub calendars: Calendars,
    /// The tasks whose times are known, in the order of the draft; what is wrong with one task stops no other.
    pub scheduled: Vec<ScheduledTask>,
    /// What is important and unknown.
    pub questions: Vec<Question>,
    /// What is wrong, or looks so.
    pub findings: Vec<Finding>,
}

/// Something that is wrong with a draft, or looks so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// A stable word for programs: `calendar`, `topic`, `twice`, `when`, `zone`.
    pub code: &'static str,
    /// Where: `tasks[2].when.at`.
    pub place: String,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in words.
    pub text: Text,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Somebody should look at it.
    Warning,
    /// It cannot be.
    Error,
}

/// What waits for questions of a draft.
pub const BLOCKS_SCHEDULE: &str = "schedule";
/// What waits for questions of a draft: gate 4, whether the work fits the team.
pub const BLOCKS_GATE_4: &str = "gate-4";

/// Looks through a draft: what can be scheduled, what has to be asked, and what is wrong.
///
/// ```
/// use toban_routine::{RoutineDraft, review};
/// let draft: RoutineDraft = serde_json::from_str(
///     r#"{"zone": "+09:00", "tasks": [
///         {"id": "log-check", "title": "log check", "when": {"on": "daily", "at": "09:00"}},
///         {"id": "report", "title": "daily report", "stated": "in the evening"}
///     ]}"#,
/// )?;
/// let review = review(&draft);
/// assert_eq!(review.scheduled.len(), 1);
/// let asked = review.questions.iter().find(|question| question.place == "tasks[1].when").unwrap();
/// assert!(asked.is_blocking("schedule"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn review(draft: &RoutineDraft) -> Review {
    let mut review = Review {
        zone: None,
        calendars: Calendars::known(),
        scheduled: Vec::new(),
        questions: Vec::new(),
        findings: Vec::new(),
    };
    match draft.zone.as_deref().map(Zone::parse).transpose() {
        Ok(zone) => review.zone = zone,
        Err(error) => review.error("zone", "zone".to_owned(), &error),
    }
    match Calendars::resolve(&draft.calendars) {
        Ok(calendars) => review.calendars = calendars,
        Err(error) => review.error("calendar", format!("calendars.{}", error.path), &error),
    }
    let mut names = BTreeSet::new();
    for (place, task) in draft.tasks.iter().enumerate() {
        if !names.insert(&task.id) {
            review.error(
                "twice",
                format!("tasks[{place}].id"),
                &format_args!("another task is called {} too", task.id),
            );
        }
        review.task(place, task);
    }
    review.topics(draft);
    review
}

impl Review {
    /// The errors among the findings.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == Level::Error)
    }

    fn error(&mut self, code: &'static str, place: String, message: &dyn std::fmt::Display) {
        let place = place.trim_end_matches('.').to_owned();
        self.findings.push(Finding {
            code,
            place,
            level: Level::Error,
            text: Text::same(message.to_string()),
        });
    }

    fn task(&mut self, place: usize, task: &TaskDraft) {
        match task.when.as_ref().map(|when| when.resolve(self.zone, &self.calendars)) {
            Some(Ok(recurrence)) => self.scheduled.push(ScheduledTask {
                id: task.id.clone(),
                title: task.title.clone(),
                recurrence,
                due: task.due,
                overlap: task.overlap,
                place,
            }),
            Some(Err(error)) => {
                let SpecError { path, .. } = &error;
                self.error("when", format!("tasks[{place}].when.{path}"), &error);
            }
            None if task.on_events.is_empty() => self.ask_when(place, task),
            None => {}
        }
        if task.owner.is_none() {
            self.ask(
                place,
                "owner",
                Priority::High,
                Text::new(
                    format!("「{}」の担当者は誰ですか。", task.title.ja),
                    format!("Who answers for \"{}\"?", task.title.en),
                ),
                Text::new("担当のない作業は行われません。", "What nobody answers for is not done."),
                BLOCKS_GATE_4,
            );
        }
        if task.estimate.is_none() {
            self.ask(
                place,
                "estimate",
                Priority::Medium,
                Text::new(
                    format!("「{}」は1回に何分かかりますか。", task.title.ja),
                    format!("How long does \"{}\" take each time?", task.title.en),
                ),
                Text::new(
                    "チームのキャパシティに収まるかを計算するため。",
                    "Whether the work fits the team is computed from it.",
                ),
                BLOCKS_GATE_4,
            );
        }
    }

    fn ask_when(&mut self, place: usize, task: &TaskDraft) {
        let stated = task.stated.clone().or_else(|| task.frequency.map(crate::task::Frequency::text));
        let (ja, en) = stated.map_or_else(
            || (String::new(), String::new()),
            |stated| {
                (format!("（「{}」とのみ記載）", stated.ja), format!(" (all that is said is: {})", stated.en))
            },
        );
        self.ask(
            place,
            "when",
            Priority::High,
            Text::new(
                format!("「{}」は何曜日・何日の何時に行いますか{ja}。", task.title.ja),
                format!("On which days, and at what time, is \"{}\" done{en}?", task.title.en),
            ),
            Text::new("時刻のない作業は予定できません。", "Without a time it cannot be scheduled."),
            BLOCKS_SCHEDULE,
        );
    }

    fn ask(&mut self, place: usize, field: &str, priority: Priority, text: Text, why: Text, blocks: &str) {
        let who = Text::new("運用リーダー", "the operations lead");
        let question = Question::new(field, format!("tasks[{place}].{field}"), priority, text, why, who);
        self.questions.push(question.blocking(blocks));
    }

    /// The same work, asked for at different times by different sources.
    fn topics(&mut self, draft: &RoutineDraft) {
        let mut topics: BTreeMap<&str, Vec<&ScheduledTask>> = BTreeMap::new();
        for task in &self.scheduled {
            if let Some(topic) = draft.tasks.get(task.place).and_then(|task| task.topic.as_deref()) {
                topics.entry(topic).or_default().push(task);
            }
        }
        let mut found = Vec::new();
        for tasks in topics.values() {
            let Some((first, others)) = tasks.split_first() else { continue };
            let dates = |task: &ScheduledTask| task.recurrence.dates().cloned();
            for other in others.iter().filter(|other| dates(other) != dates(first)) {
                let told = |task: &ScheduledTask| {
                    let source = draft.tasks.get(task.place).and_then(|task| task.source.clone());
                    let (source, when) =
                        (source.unwrap_or_else(|| Text::same(task.id.as_str())), task.recurrence.describe());
                    Text::new(
                        format!("{}は「{}」", source.ja, when.ja),
                        format!("{} says {}", source.en, when.en),
                    )
                };
                let (one, two) = (told(first), told(other));
                found.push(Finding {
                    code: "topic",
                    place: format!("tasks[{}].when", other.place),
                    level: Level::Warning,
                    text: Text::new(
                        format!("同じ作業の頻度が一致しません: {}、{}", one.ja, two.ja),
                        format!("the same work at different times: {}; {}", one.en, two.en),
                    ),
                });
            }
        }
        self.findings.extend(found);
    }
}
