//! A task: what is to be done, when, by whom, and what counts as done.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use toban_calendar::{DatesSpec, RecurrenceSpec};
use toban_core::{Length, Party, Text};

use crate::due::DueRules;
use crate::overlap::Overlap;
use crate::team::{AutomationDraft, People};

/// What a task is called in all definitions: `infrastructure-check`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskId(String);

/// A text that names no task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no name of a task: expected lower-case letters, digits and `-`, a letter first, at most 64"
)]
pub struct TaskIdError {
    /// The rejected text.
    pub text: String,
}

impl TaskId {
    /// The task of this name.
    ///
    /// # Errors
    /// When it is not made of lower-case letters, digits and `-`, a letter first, or has more than 64 of them.
    pub fn new(text: impl Into<String>) -> Result<Self, TaskIdError> {
        let text = text.into();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_name =
            text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(fits) && text.len() <= 64;
        if is_name { Ok(Self(text)) } else { Err(TaskIdError { text }) }
    }

    /// A name of the crate's own, which a test holds to the rules.
    pub(crate) fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// As a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        Self::new(text)
    }
}

impl TryFrom<String> for TaskId {
    type Error = TaskIdError;

    fn try_from(text: String) -> Result<Self, TaskIdError> {
        Self::new(text)
    }
}

impl From<TaskId> for String {
    fn from(id: TaskId) -> Self {
        id.0
    }
}

/// A task as it stands in a file, in which what is not known yet may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskDraft {
    /// Its name.
    pub id: TaskId,
    /// What it is called.
    pub title: Text,
    /// Where it comes from, such as the chapter of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
    /// How often, as its source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// When, in the words of its source: `毎日9:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Text>,
    /// On which dates, where its source states these and no time of day; they need no calendar. Not beside `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<DatesSpec>,
    /// When, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<RecurrenceSpec>,
    /// The events that start it, beside or instead of times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_events: Vec<Text>,
    /// What is done: check items, procedure, deliverables and other lists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<ListKind, Vec<Text>>,
    /// When it alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertCondition>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Party>,
    /// How long it takes one who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Length>,
    /// How many people do it together; one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// What each of them has to be able to do, beside holding the role of the owner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// By when it is to be done, from the time it is due on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Length>,
    /// When people who have not done it by then will not do it any more, from the time it is due on. Where it is left out
    /// that is when it is due again. What a program does is given up only while it is in doubt, and only where this says
    /// when: it has failed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give_up: Option<Length>,
    /// Its start is spread over that time after it is due, by its name: always the same for the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Length>,
    /// Where it is written how it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// What shows that it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Text>,
    /// The program that does it, and its arguments; without it people do it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// How that program is run.
    #[serde(default, skip_serializing_if = "ProgramRules::is_default")]
    pub program: ProgramRules,
    /// What it would take to let a program do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automation: Option<AutomationDraft>,
    /// Tasks of one topic are the same work as different sources ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What becomes of times that were missed.
    #[serde(default)]
    pub due: DueRules,
    /// What happens when it is due while it still runs.
    #[serde(default)]
    pub overlap: Overlap,
}

impl TaskDraft {
    /// A task of which no more is known than what it is called.
    #[must_use]
    pub fn new(id: TaskId, title: Text) -> Self {
        Self {
            id,
            title,
            source: None,
            frequency: None,
            stated: None,
            on: None,
            when: None,
            on_events: Vec::new(),
            lists: BTreeMap::new(),
            alerts: Vec::new(),
            owner: None,
            estimate: None,
            people: None,
            skills: Vec::new(),
            deadline: None,
            give_up: None,
            jitter: None,
            runbook: None,
            evidence: Vec::new(),
            command: None,
            program: ProgramRules::default(),
            automation: None,
            topic: None,
            due: DueRules::default(),
            overlap: Overlap::default(),
        }
    }
}

/// How the program of a task is run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProgramRules {
    /// How long it may take.
    pub time_out: Length,
    /// How often it is begun, until it comes to a good end.
    pub tries: NonZeroU32,
    /// How long after a try that failed the next one is.
    pub pause: Length,
    /// Whether beginning it again does no harm where nobody knows what became of a try.
    #[serde(rename = "repeatable")]
    pub is_repeatable: bool,
    /// The program, and its arguments, that knows what became of a try of which nobody has heard: it ends with 0 where it
    /// was done, with 1 where it was not, and otherwise where it does not know either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub find_out: Option<Vec<String>>,
}

/// An hour, one try, and no second one in doubt: what a program does may not be done twice unless somebody says so.
impl Default for ProgramRules {
    fn default() -> Self {
        Self {
            time_out: Length::minutes(60),
            tries: NonZeroU32::MIN,
            pause: Length::minutes(1),
            is_repeatable: false,
            find_out: None,
        }
    }
}

impl ProgramRules {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How often something is done, as a document says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// 日次.
    Daily,
    /// 週次.
    Weekly,
    /// 月次.
    Monthly,
    /// 年次.
    Yearly,
}

impl Frequency {
    /// `日次`, `daily`.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Daily => Text::new("日次", "daily"),
            Self::Weekly => Text::new("週次", "weekly"),
            Self::Monthly => Text::new("月次", "monthly"),
            Self::Yearly => Text::new("年次", "yearly"),
        }
    }
}

/// What a list of a task holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ListKind {
    /// 内容: what a meeting is about.
    Agenda,
    /// 確認項目.
    CheckItems,
    /// レビュー項目.
    ReviewItems,
    /// 分析項目.
    AnalysisItems,
    /// 評価項目.
    AssessmentItems,
    /// 計画項目.
    PlanningItems,
    /// 適用基準.
    ApplicationCriteria,
    /// 実施手順.
    Procedure,
    /// 対応手順.
    ResponseProcedure,
    /// 更新内容.
    Updates,
    /// 報告形式.
    ReportForms,
    /// 報告内容.
    ReportContents,
    /// 成果物.
    Deliverables,
    /// 完了条件.
    CompletionConditions,
}

impl ListKind {
    /// Its heading, the Japanese one as the requirement documents have it.
    #[must_use]
    pub fn heading(self) -> Text {
        let (ja, en) = match self {
            Self::Agenda => ("内容", "Agenda"),
            Self::CheckItems => ("確認項目", "Check items"),
            Self::ReviewItems => ("レビュー項目", "Review items"),
            Self::AnalysisItems => ("分析項目", "Analysis items"),
            Self::AssessmentItems => ("評価項目", "Assessment items"),
            Self::PlanningItems => ("計画項目", "Planning items"),
            Self::ApplicationCriteria => ("適用基準", "Criteria for applying"),
            Self::Procedure => ("実施手順", "Procedure"),
            Self::ResponseProcedure => ("対応手順", "Response procedure"),
            Self::Updates => ("更新内容", "Updates"),
            Self::ReportForms => ("報告形式", "Report forms"),
            Self::ReportContents => ("報告内容", "Report contents"),
            Self::Deliverables => ("成果物", "Deliverables"),
            Self::CompletionConditions => ("完了条件", "Completion conditions"),
        };
        Text::new(ja, en)
    }
}

/// When a task alerts: something was measured, or something has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertCondition {
    /// In the words of its source: `CPU使用率80%以上`.
    pub text: Text,
    /// The comparison; without it a person judges, or an event tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Threshold>,
}

// A threshold is finite, so that equality has no gaps.
impl Eq for AlertCondition {}

/// A bare comparison: hysteresis belongs to monitoring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// What is measured, as its source is asked for it: a query, or the name of a check of the host. Shares are 0 to 1:
    /// `host:cpu` at 0.8 is 80 % of the processors, `host:memory` at 0.85 is 85 % of the memory.
    pub query: String,
    /// How it is compared.
    pub is: Compared,
    /// With what.
    pub value: Finite,
}

/// How what is measured is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// 超過.
    Above,
    /// 以上.
    AtLeast,
    /// 以下.
    AtMost,
    /// 未満.
    Below,
}

/// A number that is neither infinite nor no number.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Finite(f64);

/// A number that is infinite, or none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{value} is no threshold: expected a finite number")]
pub struct FiniteError {
    /// The rejected number.
    pub value: f64,
}

impl Finite {
    /// This number.
    ///
    /// # Errors
    /// When it is infinite, or none.
    pub fn new(value: f64) -> Result<Self, FiniteError> {
        if value.is_finite() { Ok(Self(value)) } else { Err(FiniteError { value }) }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Finite {
    type Error = FiniteError;

    fn try_from(value: f64) -> Result<Self, FiniteError> {
        Self::new(value)
    }
}

impl From<Finite> for f64 {
    fn from(value: Finite) -> Self {
        value.0
    }
}

impl Threshold {
    /// Whether the condition holds for what was measured; nothing holds for what is no number.
    #[must_use]
    pub fn holds(&self, measured: f64) -> bool {
        let value = self.value.get();
        match self.is {
            Compared::Above => measured > value,
            Compared::AtLeast => measured >= value,
            Compared::AtMost => measured <= value,
            Compared::Below => measured < value,
        }
    }
}
