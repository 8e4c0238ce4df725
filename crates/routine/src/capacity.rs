//! Gate 4: whether the routine work fits the team.

mod change;
mod evaluate;
#[cfg(test)]
mod incremental;
mod judge;
mod load;
mod mend;
mod slots;
mod words;
mod world;

use chrono::{DateTime, NaiveTime, Utc};
use toban_core::{Interval, Length, Party, PersonId, Question, Ratio, Reason, Ruling, Text, Verdict};

use crate::routine::RoutineDraft;
use crate::task::TaskId;

pub use change::Change;
pub(crate) use world::{length, millis};

/// Whether the routine work fits the team, and what does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CapacityReport {
    /// *Go*: it fits. *Hold*: it does, and something hangs on one person, or has no time of day yet. *Stop*: it does
    /// not. *Undecided*: something that it needs to know is not known; what is found all the same may then change.
    pub ruling: Ruling,
    /// The months that lie wholly in the stretch, in order.
    pub months: Vec<PeriodLoad>,
    /// The weeks, from Monday on, that lie wholly in the stretch, in order.
    pub weeks: Vec<PeriodLoad>,
    /// What does not fit, each pattern once, by kind, task and time of day; of a task of more than 24 times of day, by
    /// kind and task.
    pub shortfalls: Vec<Shortfall>,
    /// What has to be known first.
    pub questions: Vec<Question>,
    /// What else is not known: what is wrong in the draft, where a calendar ends, what is due too often to be counted.
    pub unknown: Vec<Text>,
    /// What events alone start, which no calendar counts: its time is part of [`TeamDraft::interrupts`].
    ///
    /// [`TeamDraft::interrupts`]: crate::TeamDraft::interrupts
    pub by_events: Vec<TaskId>,
}

impl CapacityReport {
    /// Something more is not known, say a task that could not be read: the gate is undecided.
    pub fn add_unknown(&mut self, text: Text) {
        self.ruling.verdict = Verdict::Undecided;
        self.ruling.reasons.retain(|reason| reason.code != "fits");
        self.ruling.reasons.insert(0, Reason::new("unknown", text.en.clone()));
        self.unknown.push(text);
    }

    /// The week with the largest share of its capacity used; the first of them.
    #[must_use]
    pub fn peak_week(&self) -> Option<&PeriodLoad> {
        let mut peak: Option<&PeriodLoad> = None;
        for week in &self.weeks {
            if peak.is_none_or(|peak| week.is_fuller(peak)) {
                peak = Some(week);
            }
        }
        peak
    }
}

/// The work of a month or a week beside the hours for it, in people's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeriodLoad {
    /// The month or week.
    pub within: Interval,
    /// What the tasks take that begin in it, each as often as it takes people.
    pub tasks: Length,
    /// What interrupts take.
    pub interrupts: Length,
    /// The hours in which people are there, without leave, up to the cap.
    pub capacity: Length,
}

impl PeriodLoad {
    /// Tasks and interrupts.
    #[must_use]
    pub fn load(&self) -> Length {
        self.tasks.plus(self.interrupts)
    }

    /// The load as a share of the capacity, which may be above 1; `None` where there is no capacity.
    #[must_use]
    pub fn utilisation(&self) -> Option<Ratio> {
        let part = |length: Length| u128::try_from(millis(length)).unwrap_or(0);
        Ratio::new(part(self.load()), part(self.capacity)).ok()
    }

    fn is_fuller(&self, other: &Self) -> bool {
        match (self.utilisation(), other.utilisation()) {
            (Some(one), Some(two)) => one > two,
            (None, Some(_)) => self.load() > Length::ZERO,
            _ => false,
        }
    }
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shortfall {
    /// What kind of thing.
    pub kind: ShortfallKind,
    /// The first time that it happens; of months and weeks, the worst.
    pub witness: Witness,
    /// How many times it happens in the stretch.
    pub count: usize,
    /// The smallest change found that mends it: with all of these it is gone, not merely there for other people or at
    /// another time, and nothing else has come in its place. Empty where none was found.
    ///
    /// What could not be seen before may come to light: once somebody can do a task, when and for how long; once it has
    /// a time of day, that on some of its dates nobody is there.
    pub changes: Vec<Change>,
    /// Whether a change was looked for: of a team that much more does not fit, only what comes first is.
    pub is_looked_for: bool,
    /// What it is, in words.
    pub text: Text,
    pub(crate) pattern: Pattern,
    /// Of months and weeks: which, in order.
    pub(crate) overs: Vec<OverPeriod>,
}

/// A month or a week in which work is more than hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OverPeriod {
    pub(crate) within: Interval,
    pub(crate) tasks: Vec<TaskId>,
}

impl Shortfall {
    /// Whether it is the same pattern: the same kind, tasks and people, whenever and however often. What is no longer
    /// the same may still be there, for other people.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

/// What makes shortfalls the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pattern {
    pub(crate) code: &'static str,
    pub(crate) tasks: Vec<(TaskId, Option<NaiveTime>)>,
    pub(crate) people: Vec<PersonId>,
    pub(crate) need: Option<(Party, Vec<String>, usize)>,
}

/// Where and when something does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Witness {
    /// The stretch of time: of a clash, when it lasts; of a task, when it would be done.
    pub within: Option<Interval>,
    /// The tasks, with their times in that stretch where these matter.
    pub tasks: Vec<(TaskId, Option<Interval>)>,
    /// The people whom it concerns.
    pub people: Vec<PersonId>,
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ShortfallKind {
    /// On days on which a task is due, too few are there of those who could do it.
    Closed,
    /// The work that only these people can do is more than their hours of a month.
    Month {
        /// That work and, where it concerns the whole team, interrupts.
        load: Length,
        /// What their hours allow.
        capacity: Length,
    },
    /// Only one person could do a task.
    OnePerson,
    /// A task has dates and no time of day, and others take its people on these dates.
    OpenTime,
    /// A task is due at a time of day at which too few are there of those who could do it.
    OutsideHours,
    /// Tasks at the same time need more people than could do them and are there.
    Overlap,
    /// A task goes on after those who could do it have left.
    PastHours,
    /// A task takes more people than could do it.
    TooFew,
    /// Nobody has the skills that a task needs beside the role of its owner.
    Unskilled,
    /// Nobody is, or has the role of, the owner of a task.
    Unowned,
    /// The work that only these people can do is more than their hours of a week.
    Week {
        /// That work and, where it concerns the whole team, interrupts.
        load: Length,
        /// What their hours allow.
        capacity: Length,
    },
}

impl ShortfallKind {
    /// A stable word for programs, such as `outside-hours`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Month { .. } => "month",
            Self::OnePerson => "one-person",
            Self::OpenTime => "open-time",
            Self::OutsideHours => "outside-hours",
            Self::Overlap => "overlap",
            Self::PastHours => "past-hours",
            Self::TooFew => "too-few",
            Self::Unskilled => "unskilled",
            Self::Unowned => "unowned",
            Self::Week { .. } => "week",
        }
    }

    /// What it means for the gate.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::OnePerson | Self::OpenTime => Verdict::Hold,
            _ => Verdict::Stop,
        }
    }
}

/// Whether the routine work of a stretch of time, say a year, fits the team of a draft.
///
/// Only work that is done by hand counts. It is checked by month and by week; for whether enough people with the role
/// and the skills are there for all of it; for what is done at the same time; and for what hangs on one person. At any
/// instant each task holds as many people as it takes, and one may hand it over to another.
///
/// ```
/// use toban_core::{Interval, Verdict};
/// use toban_routine::{RoutineDraft, ShortfallKind, capacity};
/// let draft: RoutineDraft = serde_json::from_str(r#"{
///     "zone": "+09:00",
///     "team": {
///         "toil_cap": "50%", "interrupts": "4h",
///         "people": [
///             {"id": "aiko", "roles": ["monitoring"], "leave": "10%",
///              "hours": [{"on": {"weekly": ["mon", "tue", "wed", "thu", "fri"]}, "from": "09:00", "to": "18:00"}]},
///             {"id": "ben", "roles": ["monitoring"], "leave": "10%",
///              "hours": [{"on": {"weekly": ["mon", "tue", "wed", "thu", "fri"]}, "from": "09:00", "to": "18:00"}]}
///         ]
///     },
///     "tasks": [
///         {"id": "backup-check", "title": "backup check", "owner": {"role": "monitoring"}, "estimate": "10m",
///          "when": {"on": {"weekly": ["mon", "tue", "wed", "thu", "fri"]}, "at": "07:00"}}
///     ]
/// }"#)?;
/// let year = Interval::new("2026-12-31T15:00:00Z".parse()?, "2027-12-31T15:00:00Z".parse()?)?;
/// let report = capacity(&draft, year, year.start());
/// assert_eq!(report.ruling.verdict, Verdict::Stop);
/// assert_eq!(report.shortfalls[0].kind, ShortfallKind::OutsideHours);
/// assert_eq!(report.shortfalls[0].changes[0].text().en, "do backup-check at 09:00 instead of 07:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn capacity(draft: &RoutineDraft, within: Interval, as_of: DateTime<Utc>) -> CapacityReport {
    let mut evaluated = evaluate::evaluate(draft, within, as_of, None);
    let changes = mend::mends(draft, within, as_of, &evaluated);
    for (found, changes) in evaluated.report.shortfalls.iter_mut().zip(changes) {
        found.is_looked_for = changes.is_some();
        found.changes = changes.unwrap_or_default();
    }
    let by_hand = draft.tasks.iter().enumerate().filter(|(_, task)| task.command.is_none());
    for (place, _) in by_hand.filter(|(_, task)| task.estimate == Some(Length::ZERO)) {
        evaluated.report.add_unknown(Text::new(
            format!("tasks[{place}].estimate: 所要時間が0のため、この作業は数えられません。"),
            format!("tasks[{place}].estimate: it takes no time at all, so that none of its times is counted"),
        ));
    }
    evaluated.report
}

/// The ruling for what was found.
fn rule(
    shortfalls: &[Shortfall],
    questions: &[Question],
    unknown: &[Text],
    within: Interval,
    as_of: DateTime<Utc>,
) -> Ruling {
    let asked = questions.iter().map(|question| {
        Reason::new("question", question.text.en.clone()).with_evidence("place", &question.place)
    });
    let unknown = unknown.iter().map(|text| Reason::new("unknown", text.en.clone()));
    let open: Vec<_> = asked.chain(unknown).collect();
    let found = shortfalls.iter().map(|found| {
        Reason::new(found.kind.code(), found.text.en.clone()).with_evidence("times", found.count)
    });
    let worst = shortfalls.iter().map(|found| found.kind.verdict()).max().unwrap_or(Verdict::Go);
    let verdict = if open.is_empty() { worst } else { Verdict::Undecided };
    let mut reasons: Vec<_> = open.into_iter().chain(found).collect();
    if reasons.is_empty() {
        reasons.push(Reason::new("fits", "the routine work fits the team"));
    }
    let mut ruling = Ruling::new(verdict, "routine work", Reason::new("fits", ""), as_of);
    ruling.reasons = reasons;
    ruling.valid_until = Some(within.end());
    ruling
}
