//! A team's routine work: its tasks with the calendars that they follow.

mod said;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use toban_calendar::{CalendarFileSpec, Calendars, Jitter, Recurrence, SpecCause, SpecError, Zone};
use toban_core::{Length, Priority, Question, Text};

use crate::due::{Due, DueRules, Missed, Moment, spread};
use crate::overlap::Overlap;
use crate::task::{Frequency, TaskDraft, TaskId};
use crate::team::TeamDraft;
use said::Said;

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
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamDraft>,
    /// What serves it when it is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<ServicesDraft>,
    /// What is to be done.
    pub tasks: Vec<TaskDraft>,
}

/// What serves a team's routine work when it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServicesDraft {
    /// The program, and its arguments, that tells people; `{ja}`, `{en}` and `{what}` in them become the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tell: Option<Vec<String>>,
    /// The address of the Prometheus that measures, or of what answers as it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<String>,
    /// The variables of the environment that programs see beside the usual ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
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
    /// What spreads its starts.
    pub jitter: Option<Jitter>,
    /// What becomes of times that were missed.
    pub due: DueRules,
    /// What happens when it is due while it still runs.
    pub overlap: Overlap,
    /// Its place among the tasks of the draft.
    pub place: usize,
}

impl ScheduledTask {
    /// When it starts for one of its times.
    #[must_use]
    pub fn start(&self, nominal: DateTime<Utc>) -> DateTime<Utc> {
        self.jitter.map_or(nominal, |jitter| jitter.start(&self.recurrence, nominal))
    }

    /// What of its times after `last` and up to the moment runs, as [`due()`](crate::due()) says it; a time has come when
    /// it [starts](Self::start).
    #[must_use]
    pub fn due_at(&self, last: DateTime<Utc>, moment: Moment) -> Due {
        spread(&self.recurrence, self.jitter, last, moment, &self.due)
    }
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
    /// A stable word for programs: `calendar`, `command`, `jitter`, `length`, `overlap`, `team`, `topic`, `twice`, `when`,
    /// `zone`; whoever [adds](Self::new) findings has words of its own.
    pub code: &'static str,
    /// Where: `tasks[2].when.at`.
    pub place: String,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in words.
    pub text: Text,
}

impl Finding {
    /// What whoever read the file, or knows what is around it, has found.
    #[must_use]
    pub fn new(code: &'static str, place: String, level: Level, text: Text) -> Self {
        Self { code, place, level, text }
    }

    /// Of some that say different things of when the same work is done.
    fn topic(place: String, said: &[Text]) -> Self {
        let all =
            |pick: fn(&Text) -> &str, between: &str| said.iter().map(pick).collect::<Vec<_>>().join(between);
        let (ja, en) = (all(|text| &text.ja, "、"), all(|text| &text.en, "; "));
        let text = Text::new(
            format!("同じ作業の時期が一致しません: {ja}"),
            format!("the same work at different times: {en}"),
        );
        Self { code: "topic", place, level: Level::Warning, text }
    }
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
    let (calendars, wrong) = Calendars::resolve_each(&draft.calendars);
    review.calendars = calendars;
    for error in &wrong {
        review.error("calendar", format!("calendars.{}", error.path), error);
    }
    let mut names = BTreeMap::new();
    for (place, task) in draft.tasks.iter().enumerate() {
        match names.entry(&task.id) {
            Entry::Vacant(name) => {
                name.insert(place);
                review.task(place, task);
            }
            // Two with one name would share the identities of their firings.
            Entry::Occupied(_) => {
                let message = format_args!("a task above is called {} too: this one is left out", task.id);
                review.error("twice", format!("tasks[{place}].id"), &message);
            }
        }
    }
    review.topics(draft);
    if let Some(team) = &draft.team {
        review.team(team);
    }
    review
}

impl Review {
    /// The errors among the findings.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == Level::Error)
    }

    /// The tasks of which nothing is known from some date before `by` on, because a calendar is known no further.
    #[must_use]
    pub fn running_out(&self, by: NaiveDate) -> Vec<Finding> {
        let ends = |task: &ScheduledTask| task.recurrence.horizon().filter(|horizon| *horizon < by);
        let found = self.scheduled.iter().filter_map(|task| Some((task, ends(task)?)));
        found
            .map(|(task, horizon)| Finding {
                code: "calendar",
                place: format!("tasks[{}].when", task.place),
                level: Level::Warning,
                text: Text::new(
                    format!(
                        "「{}」は{horizon}より後に予定されない: カレンダーがその日までしかない",
                        task.title.ja
                    ),
                    format!(
                        "nothing of \"{}\" is due after {horizon}: its calendar is known no further",
                        task.title.en
                    ),
                ),
            })
            .collect()
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
        if matches!(task.due.missed, Missed::All { .. })
            && !matches!(task.overlap, Overlap::AllowAll | Overlap::BufferAll)
        {
            self.findings.push(Finding {
                code: "overlap",
                place: format!("tasks[{place}].overlap"),
                level: Level::Warning,
                text: Text::new(
                    format!("「{}」: 未実施分をすべて実行しても重なりの規則により1件しか始まらない (buffer_all か allow_all が必要)", task.title.ja),
                    format!(
                        "\"{}\" runs all that was missed, and where they overlap only one starts: that takes `buffer_all` or `allow_all`",
                        task.title.en
                    ),
                ),
            });
        }
        let wrong = self.findings.len();
        self.lengths(place, task);
        self.commands(place, task);
        let is_wrong = self.findings.iter().skip(wrong).any(|found| found.level == Level::Error);
        let spread = task.jitter.map(|most| Jitter::new(most.as_time_delta(), task.id.as_str()));
        let jitter = spread.transpose().unwrap_or_else(|error| {
            self.error("jitter", format!("tasks[{place}].jitter"), &error);
            None
        });
        match task.when.as_ref().map(|when| when.resolve(self.zone, &self.calendars)) {
            // Without its limit, or its program, it is not what is meant.
            Some(Ok(_)) if is_wrong => {}
            Some(Ok(recurrence)) => self.scheduled.push(ScheduledTask {
                id: task.id.clone(),
                title: task.title.clone(),
                recurrence,
                jitter,
                due: task.due,
                overlap: task.overlap,
                place,
            }),
            Some(Err(error)) => {
                // That of the file is not missing where it is wrong.
                let is_told = error.path == "zone"
                    && matches!(error.cause, SpecCause::Missing { .. })
                    && self.findings.iter().any(|finding| finding.code == "zone");
                if !is_told {
                    self.error("when", format!("tasks[{place}].when.{}", error.path), &error);
                }
            }
            None if task.on_events.is_empty() || task.on.is_some() => self.ask_when(place, task),
            None => {}
        }
        match task.on.as_ref().map(|on| on.resolve(None)) {
            Some(Ok(_)) if task.when.is_some() => {
                self.error(
                    "when",
                    format!("tasks[{place}].on"),
                    &"has no meaning here: `when` has the dates",
                );
            }
            Some(Err(error)) => {
                let SpecError { path, .. } = &error;
                self.error("when", format!("tasks[{place}].on.{path}"), &error);
            }
            Some(Ok(_)) | None => {}
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

    /// What takes no time at all, and what is given up before it is late.
    fn lengths(&mut self, place: usize, task: &TaskDraft) {
        let is_none = |length: &Length| *length == Length::default();
        let time_out = task.command.as_ref().map(|_| task.program.time_out);
        for (field, length) in
            [("deadline", task.deadline), ("give_up", task.give_up), ("program.time_out", time_out)]
        {
            if length.as_ref().is_some_and(is_none) {
                let message = "no time at all: expected such as `30m`";
                self.error("length", format!("tasks[{place}].{field}"), &message);
            }
        }
        if task.command.is_none() && task.estimate.as_ref().is_some_and(is_none) {
            self.findings.push(Finding::new(
                "length",
                format!("tasks[{place}].estimate"),
                Level::Warning,
                Text::new(
                    format!("「{}」: 所要時間が0のため、チームの作業に数えられない", task.title.ja),
                    format!(
                        "\"{}\" takes no time at all, and is not counted as work of the team",
                        task.title.en
                    ),
                ),
            ));
        }
        if let (Some(deadline), Some(give_up)) = (task.deadline, task.give_up)
            && give_up < deadline
        {
            self.findings.push(Finding::new(
                "length",
                format!("tasks[{place}].give_up"),
                Level::Warning,
                Text::new(
                    format!("「{}」: 期限({deadline})より前に打ち切られる({give_up})", task.title.ja),
                    format!("\"{}\" is given up ({give_up}) before it is late ({deadline})", task.title.en),
                ),
            ));
        }
    }

    /// A program has a name.
    fn commands(&mut self, place: usize, task: &TaskDraft) {
        for (field, command) in [("command", &task.command), ("program.find_out", &task.program.find_out)] {
            if command.as_ref().is_some_and(|argv| argv.first().is_none_or(String::is_empty)) {
                let message = "no program: expected its name, then its arguments";
                self.error("command", format!("tasks[{place}].{field}"), &message);
            }
        }
    }

    fn ask_when(&mut self, place: usize, task: &TaskDraft) {
        // Where the dates are stated, how often follows from them.
        let frequency = task.frequency.filter(|_| task.on.is_none()).map(Frequency::text);
        let dates = task.on.as_ref().and_then(|on| on.resolve(None).ok()).map(|dates| dates.describe());
        let said: Vec<_> = frequency.into_iter().chain(task.stated.clone().or(dates)).collect();
        let all =
            |pick: fn(&Text) -> &str, between: &str| said.iter().map(pick).collect::<Vec<_>>().join(between);
        let (ja, en) = match said.as_slice() {
            [] => (String::new(), String::new()),
            _ => (
                format!("（「{}」とのみ記載）", all(|text| &text.ja, "、")),
                format!(" (all that is said is: {})", all(|text| &text.en, ", ")),
            ),
        };
        let (title, is_dated) = (&task.title, task.on.is_some());
        let text = if is_dated {
            Text::new(
                format!("「{}」は何時に行いますか{ja}。", title.ja),
                format!("At what time is \"{}\" done{en}?", title.en),
            )
        } else {
            Text::new(
                format!("「{}」は何曜日・何日の何時に行いますか{ja}。", title.ja),
                format!("On which days, and at what time, is \"{}\" done{en}?", title.en),
            )
        };
        self.ask(
            place,
            "when",
            Priority::High,
            text,
            Text::new("時刻のない作業は予定できません。", "Without a time it cannot be scheduled."),
            BLOCKS_SCHEDULE,
        );
    }

    fn ask(&mut self, place: usize, field: &str, priority: Priority, text: Text, why: Text, blocks: &str) {
        let who = Text::new("運用リーダー", "the operations lead");
        let question = Question::new(field, format!("tasks[{place}].{field}"), priority, text, why, who);
        self.questions.push(question.blocking(blocks));
    }

    fn team(&mut self, team: &TeamDraft) {
        self.questions.extend(team.questions());
        let mut names = BTreeSet::new();
        for (place, person) in team.people.iter().enumerate() {
            if !names.insert(&person.id) {
                let message = format!("somebody else is called {} too", person.id);
                self.error("twice", format!("team.people[{place}].id"), &message);
            }
            for (count, hours) in person.hours.iter().enumerate() {
                let wrong =
                    [("from", &hours.from), ("to", &hours.to)].into_iter().find_map(|(field, time)| {
                        hours.at(time, self.zone, &self.calendars).err().map(|error| (field, error))
                    });
                if let Some((field, error)) = wrong {
                    let path = if error.path == "at" { field } else { error.path.as_str() };
                    self.error("team", format!("team.people[{place}].hours[{count}].{path}"), &error);
                }
            }
        }
    }

    /// The same work, asked for at different times by different sources: one finding for each topic, at the first that
    /// differs from one before it, on its dates or, where these are the same, at its times of day.
    fn topics(&mut self, draft: &RoutineDraft) {
        let mut topics: BTreeMap<&str, Vec<Said<'_>>> = BTreeMap::new();
        for (place, task) in draft.tasks.iter().enumerate() {
            let known = self.scheduled.binary_search_by_key(&place, |scheduled| scheduled.place);
            let scheduled = known.ok().and_then(|known| self.scheduled.get(known));
            if let (Some(topic), Some(said)) = (&task.topic, Said::of(place, task, scheduled)) {
                topics.entry(topic).or_default().push(said);
            }
        }
        for said in topics.values() {
            let before =
                |(count, other)| said.iter().take(count).find_map(|first: &Said<'_>| first.at_odds(other));
            if let Some(place) = said.iter().enumerate().find_map(before) {
                let is_at_odds = |one: &&Said<'_>| said.iter().any(|other| one.at_odds(other).is_some());
                let all: Vec<_> = said.iter().filter(is_at_odds).map(Said::text).collect();
                self.findings.push(Finding::topic(place, &all));
            }
        }
    }
}
