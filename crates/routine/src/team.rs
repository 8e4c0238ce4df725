//! A team as it stands in a file: who there is, what they can do, and when they are there.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toban_calendar::{Calendars, DatesSpec, Recurrence, RecurrenceSpec, SpecError, Words, Zone};
use toban_core::{Length, PersonId, Priority, Question, RoleId, Share, Text};

use crate::routine::BLOCKS_GATE_4;

/// A team, in which what is not known yet may be missing; whether routine work fits it is asked of
/// [`capacity`](crate::capacity()).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamDraft {
    /// Who there is.
    pub people: Vec<PersonDraft>,
    /// How much of its time routine work and interrupts may take, as a percentage: `50%`. There is no default;
    /// [`TeamDraft::toil_cap_google`] is one that many teams take.
    #[serde(default, with = "percent", skip_serializing_if = "Option::is_none")]
    pub toil_cap: Option<Share>,
    /// What alerts, tickets and requests take of the whole team each week, beside its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupts: Option<Length>,
}

/// One of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonDraft {
    /// The name.
    pub id: PersonId,
    /// The roles that they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
    /// What they can do, as [`TaskDraft::skills`](crate::TaskDraft::skills) names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// When they are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<HoursDraft>,
    /// How much of these hours they are away all the same, on holiday or ill, as a percentage: `10%`.
    #[serde(default, with = "percent", skip_serializing_if = "Option::is_none")]
    pub leave: Option<Share>,
}

/// Hours in which somebody is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursDraft {
    /// On which dates.
    pub on: DatesSpec,
    /// The calendar that `working` asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// From when on, `HH:MM`.
    pub from: String,
    /// Until when; where it is not after `from`, on the day after.
    pub to: String,
}

/// How many people do a task together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PeopleSpec", into = "PeopleSpec")]
pub enum People {
    /// Everybody who is there for all of it, as at a meeting of the team: `all`.
    All,
    /// So many.
    Number(u32),
}

/// A number of people, or `all`.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of people from 1 on, or `all`")]
enum PeopleSpec {
    Number(u32),
    Word(String),
}

/// A word that is no number of people.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no number of people: expected a number from 1 on, or `all`")]
struct PeopleError(String);

impl TryFrom<PeopleSpec> for People {
    type Error = PeopleError;

    fn try_from(spec: PeopleSpec) -> Result<Self, PeopleError> {
        match spec {
            PeopleSpec::Number(0) => Err(PeopleError("0".to_owned())),
            PeopleSpec::Number(number) => Ok(Self::Number(number)),
            PeopleSpec::Word(word) if word == "all" => Ok(Self::All),
            PeopleSpec::Word(word) => Err(PeopleError(word)),
        }
    }
}

impl From<People> for PeopleSpec {
    fn from(people: People) -> Self {
        match people {
            People::All => Self::Word("all".to_owned()),
            People::Number(number) => Self::Number(number),
        }
    }
}

/// What it would take to let a program do a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomationDraft {
    /// How long it takes to build.
    pub build: Length,
    /// How much of people's time it saves each time the task is due.
    pub saves: Length,
}

impl TeamDraft {
    /// Half of the time: Google caps the operational work of its site reliability engineers at 50 % (*Site
    /// Reliability Engineering*, 2016, chapter 5, "Eliminating Toil").
    #[must_use]
    pub fn toil_cap_google() -> Share {
        Share::of(1, 2).unwrap_or(Share::ALL)
    }

    /// What is important and unknown about it.
    pub(crate) fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        let mut ask = |id: &str, place: String, text: Text, why: Text| {
            let who = Text::new("運用リーダー", "the operations lead");
            let question = Question::new(id, place, Priority::High, text, why, who);
            questions.push(question.blocking(BLOCKS_GATE_4));
        };
        let fits = || {
            Text::new(
                "チームのキャパシティに収まるかを計算するため。",
                "Whether the work fits the team is computed from it.",
            )
        };
        if self.people.is_empty() {
            ask(
                "team",
                "team.people".to_owned(),
                Text::new("運用チームには誰がいますか。", "Who is in the operations team?"),
                fits(),
            );
        }
        if self.toil_cap.is_none() {
            ask(
                "toil-cap",
                "team.toil_cap".to_owned(),
                Text::new(
                    "勤務時間のうち、定常作業と割り込みに使ってよい割合は何%ですか。",
                    "How much of their time may routine work and interrupts take, in per cent?",
                ),
                Text::new(
                    "上限のないトイルは増え続けます。Googleは50%を上限としています。",
                    "Toil without a cap grows; Google caps it at 50 %.",
                ),
            );
        }
        if self.interrupts.is_none() {
            ask(
                "interrupts",
                "team.interrupts".to_owned(),
                Text::new(
                    "アラート・チケット・依頼などの割り込みに、チーム全体で週に何時間使いますか。",
                    "How long do alerts, tickets and requests take the whole team each week?",
                ),
                fits(),
            );
        }
        for (place, person) in self.people.iter().enumerate() {
            let id = &person.id;
            if person.hours.is_empty() {
                ask(
                    "hours",
                    format!("team.people[{place}].hours"),
                    Text::new(
                        format!("{id}さんの勤務時間は何曜日の何時から何時までですか。"),
                        format!("On which days is {id} there, from when to when?"),
                    ),
                    fits(),
                );
            }
            if person.leave.is_none() {
                ask(
                    "leave",
                    format!("team.people[{place}].leave"),
                    Text::new(
                        format!("{id}さんが休暇などで不在になるのは勤務時間の何%ですか。"),
                        format!("How much of these hours is {id} away, in per cent?"),
                    ),
                    fits(),
                );
            }
        }
        questions
    }
}

impl HoursDraft {
    /// That time of day on these dates.
    pub(crate) fn at(
        &self,
        time: &str,
        zone: Option<Zone>,
        calendars: &Calendars,
    ) -> Result<Recurrence, SpecError> {
        let spec = RecurrenceSpec {
            on: Some(self.on.clone()),
            at: Words(vec![time.to_owned()]),
            calendar: self.calendar.clone(),
            ..RecurrenceSpec::default()
        };
        spec.resolve(zone, calendars)
    }
}

/// A share as a percentage.
mod percent {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Share};
    use serde::de::Error;

    pub(super) fn serialize<S: Serializer>(share: &Option<Share>, serializer: S) -> Result<S::Ok, S::Error> {
        share.map(Share::to_percent).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Share>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| {
            let number = text.strip_suffix('%').map(str::trim_end);
            let share = number.ok_or(()).and_then(|number| Share::percent(number).map_err(drop));
            share.map_err(|()| {
                D::Error::custom(format_args!("`{text}` is no percentage: expected `0%` to `100%`"))
            })
        };
        text.map(read).transpose()
    }
}
