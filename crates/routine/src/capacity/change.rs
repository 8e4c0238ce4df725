//! What can be changed so that work fits.

use chrono::{NaiveTime, Timelike};
use toban_calendar::{RecurrenceSpec, Words};
use toban_core::{Length, Party, PersonId, RoleId, Text};

use super::world::time;
use crate::routine::RoutineDraft;
use crate::task::{TaskDraft, TaskId};
use crate::team::{HoursDraft, PersonDraft, TeamDraft};

/// A change of a draft that makes work fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Somebody joins the team, to be found: the id is only a place for a name.
    AddPerson(PersonDraft),
    /// Somebody of the team is also there in these hours.
    AddHours {
        /// Who.
        person: PersonId,
        /// When.
        hours: HoursDraft,
    },
    /// Somebody of the team takes on roles and learns skills.
    Enable {
        /// Who.
        person: PersonId,
        /// The roles.
        roles: Vec<RoleId>,
        /// The skills.
        skills: Vec<String>,
    },
    /// A task is done at another time of day.
    Move {
        /// Which.
        task: TaskId,
        /// Its time until now.
        from: NaiveTime,
        /// Its time from now on.
        to: NaiveTime,
    },
    /// A task gets another owner.
    Reassign {
        /// Which.
        task: TaskId,
        /// Its owner from now on.
        owner: Party,
    },
    /// A task gets the time of day that it lacks.
    SetTime {
        /// Which.
        task: TaskId,
        /// The time.
        at: NaiveTime,
    },
    /// A task takes less of the time of each who does it, because a program does some or all of it.
    Shorten {
        /// Which.
        task: TaskId,
        /// By how much each time.
        by: Length,
    },
}

impl Change {
    /// Makes the change; what it does not find in the draft it leaves as it is.
    pub fn apply(&self, draft: &mut RoutineDraft) {
        match self {
            Self::AddPerson(person) => {
                draft.team.get_or_insert_with(TeamDraft::default).people.push(person.clone());
            }
            Self::AddHours { person, hours } => {
                with_person(draft, person, |person| person.hours.push(hours.clone()));
            }
            Self::Enable { person, roles, skills } => with_person(draft, person, |person| {
                add_new(&mut person.roles, roles);
                add_new(&mut person.skills, skills);
            }),
            Self::Move { task, from, to } => with_task(draft, task, |task| {
                let words = task.when.iter_mut().flat_map(|when| &mut when.at.0);
                words.filter(|word| time(word) == Some(*from)).for_each(|word| *word = shown(*to));
            }),
            Self::Reassign { task, owner } => {
                with_task(draft, task, |task| task.owner = Some(owner.clone()));
            }
            Self::SetTime { task, at } => with_task(draft, task, |task| {
                let spec = |on| RecurrenceSpec {
                    on: Some(on),
                    at: Words(vec![shown(*at)]),
                    ..RecurrenceSpec::default()
                };
                task.when = task.on.take().map(spec);
            }),
            Self::Shorten { task, by } => with_task(draft, task, |task| {
                task.estimate = task.estimate.map(|estimate| estimate.minus(*by));
            }),
        }
    }

    /// A stable word for programs, such as `add-person`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddPerson(_) => "add-person",
            Self::AddHours { .. } => "add-hours",
            Self::Enable { .. } => "enable",
            Self::Move { .. } => "move",
            Self::Reassign { .. } => "reassign",
            Self::SetTime { .. } => "set-time",
            Self::Shorten { .. } => "shorten",
        }
    }

    /// What is to be changed, in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::AddPerson(PersonDraft { roles, skills, hours, .. }) => {
                let (hours, what) = (all_hours(hours), listed(roles, skills));
                if what.is_blank() {
                    return Text::new(
                        format!("勤務時間が{}の人を1人加える", hours.ja),
                        format!("add a person who is there {}", hours.en),
                    );
                }
                Text::new(
                    format!("{}を{}できる人を1人加える", hours.ja, what.ja),
                    format!("add a person with {} who is there {}", what.en, hours.en),
                )
            }
            Self::AddHours { person, hours } => {
                let hours = all_hours(std::slice::from_ref(hours));
                Text::new(
                    format!("{person}さんの勤務時間に{}を加える", hours.ja),
                    format!("let {person} also be there {}", hours.en),
                )
            }
            Self::Enable { person, roles, skills } => {
                let what = listed(roles, skills);
                Text::new(
                    format!("{person}さんも{}を担当できるようにする", what.ja),
                    format!("enable {person} too: {}", what.en),
                )
            }
            Self::Move { task, from, to } => Text::new(
                format!("{task}を{}から{}に移す", shown(*from), shown(*to)),
                format!("do {task} at {} instead of {}", shown(*to), shown(*from)),
            ),
            Self::Reassign { task, owner } => {
                Text::new(format!("{task}の担当を{owner}にする"), format!("let {owner} answer for {task}"))
            }
            Self::SetTime { task, at } => {
                Text::new(format!("{task}を{}に行う", shown(*at)), format!("do {task} at {}", shown(*at)))
            }
            Self::Shorten { task, by } => Text::new(
                format!("{task}を1回あたり{by}減らす（自動化または短縮）"),
                format!("take {by} off {task} each time, by a program or otherwise"),
            ),
        }
    }
}

fn with_person(draft: &mut RoutineDraft, id: &PersonId, change: impl FnOnce(&mut PersonDraft)) {
    let mut people = draft.team.iter_mut().flat_map(|team| &mut team.people);
    if let Some(person) = people.find(|person| person.id == *id) {
        change(person);
    }
}

fn with_task(draft: &mut RoutineDraft, id: &TaskId, change: impl FnOnce(&mut TaskDraft)) {
    if let Some(task) = draft.tasks.iter_mut().find(|task| task.id == *id) {
        change(task);
    }
}

fn add_new<T: Clone + PartialEq>(to: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !to.contains(item) {
            to.push(item.clone());
        }
    }
}

/// As it stands in a file.
pub(crate) fn shown(time: NaiveTime) -> String {
    time.format(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

fn listed(roles: &[RoleId], skills: &[String]) -> Text {
    let words: Vec<&str> =
        roles.iter().map(RoleId::as_str).chain(skills.iter().map(String::as_str)).collect();
    Text::new(words.join("・"), words.join(", "))
}

fn all_hours(hours: &[HoursDraft]) -> Text {
    let one = |hours: &HoursDraft| {
        let HoursDraft { on, from, to, .. } = hours;
        let on = on.resolve(None).map(|dates| dates.describe());
        // Working days are those of a calendar, which has its own name.
        let on = on.unwrap_or_else(|_| Text::new("営業日", "on working days"));
        (format!("{} {from}-{to}", on.ja), format!("{} from {from} to {to}", on.en))
    };
    let (ja, en): (Vec<_>, Vec<_>) = hours.iter().map(one).unzip();
    Text::new(ja.join("、"), en.join("; "))
}
