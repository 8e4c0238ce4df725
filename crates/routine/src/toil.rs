//! How much of people's time routine work takes, and what it would pay to let programs do.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use toban_calendar::{Period, Recurrence, Zone};
use toban_core::{Interval, Length, Ratio};

use crate::capacity::{length, millis};
use crate::routine::{Review, RoutineDraft, review};
use crate::task::{Frequency, TaskDraft, TaskId};
use crate::team::{AutomationDraft, People};

/// What the routine work of a stretch of time takes of people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inventory {
    /// The stretch.
    pub within: Interval,
    /// All tasks, in the order of the draft.
    pub tasks: Vec<Toil>,
}

/// What one task takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Toil {
    /// Its name.
    pub task: TaskId,
    /// How often its source says it is done.
    pub frequency: Option<Frequency>,
    /// Whether people do it; what a program does takes nobody's time.
    pub is_by_hand: bool,
    /// How often it is due; `None` while its times are unknown. What events start is not counted.
    pub times: Option<u64>,
    /// How long it takes each of those who do it.
    pub each: Option<Length>,
    /// How many do it together: of a meeting, everybody in the team, whoever may be away; `None` while nobody knows who
    /// that is.
    pub people: Option<u32>,
    /// What it takes in all, in people's time; `None` while something is unknown.
    pub total: Option<Length>,
}

impl Inventory {
    /// What is known to be done by hand, in people's time.
    #[must_use]
    pub fn total(&self) -> Length {
        self.tasks.iter().filter_map(|toil| toil.total).fold(Length::ZERO, Length::plus)
    }

    /// The same by frequency; `None` has what states none.
    #[must_use]
    pub fn by_frequency(&self) -> BTreeMap<Option<Frequency>, Length> {
        let mut all = BTreeMap::new();
        for toil in &self.tasks {
            let sum: &mut Length = all.entry(toil.frequency).or_default();
            *sum = sum.plus(toil.total.unwrap_or_default());
        }
        all
    }

    /// The tasks of which something is unknown: the sums are without them.
    pub fn unknown(&self) -> impl Iterator<Item = &Toil> {
        self.tasks.iter().filter(|toil| toil.total.is_none())
    }
}

/// What the routine work of a stretch of time, say a year, takes of people: how long, how often, how many.
///
/// ```
/// use toban_core::{Interval, Length};
/// use toban_routine::{RoutineDraft, inventory};
/// let draft: RoutineDraft = serde_json::from_str(r#"{"zone": "UTC", "tasks": [
///     {"id": "log-check", "title": "log check", "estimate": "15m", "people": 2, "when": {"on": "daily", "at": "09:00"}}
/// ]}"#)?;
/// let week = Interval::new("2027-01-04T00:00:00Z".parse()?, "2027-01-11T00:00:00Z".parse()?)?;
/// assert_eq!(inventory(&draft, week).total(), Length::minutes(15 * 7 * 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn inventory(draft: &RoutineDraft, within: Interval) -> Inventory {
    let review = review(draft);
    let everybody = draft.team.as_ref().and_then(|team| u32::try_from(team.people.len()).ok());
    let tasks = draft.tasks.iter().enumerate().map(|(place, task)| {
        let recurrence = scheduled(&review, place);
        let times = recurrence.map(|recurrence| count(recurrence, within));
        let people = match task.people {
            None => Some(1),
            Some(People::Number(number)) => Some(number),
            Some(People::All) => everybody,
        };
        let is_by_hand = task.command.is_none();
        let total = match (times, task.estimate, people) {
            _ if !is_by_hand => Some(Length::ZERO),
            (Some(times), Some(each), Some(people)) => {
                Some(multiplied(each, times.saturating_mul(u64::from(people))))
            }
            _ => None,
        };
        let (task, frequency, each) = (task.id.clone(), task.frequency, task.estimate);
        Toil { task, frequency, is_by_hand, times, each, people, total }
    });
    Inventory { within, tasks: tasks.collect() }
}

/// What it would pay to let a program do a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payback {
    /// Its name.
    pub task: TaskId,
    /// How long it takes to build.
    pub build: Length,
    /// What it saves in the whole months of the stretch, in people's time.
    pub saved: Length,
    /// After how many months it has saved what it took to build; `None`: it never does, or nobody can tell because the
    /// task's times are unknown or the stretch holds no whole month.
    pub months: Option<Ratio>,
    /// The time of the task at which it has, when it is there from the beginning of the stretch on; `None` where that is
    /// never, or is more than [`Payback::MOST`] times away.
    pub paid_back: Option<DateTime<Utc>>,
}

impl Payback {
    /// The most times of a task that are counted.
    pub const MOST: u64 = 100_000;
}

/// The tasks of which it is known what it would take to let a program do them, those first that pay soonest; equal ones
/// by name, and those that never pay at the end.
///
/// A program saves no more than the task takes.
///
/// ```
/// use toban_core::{Interval, Ratio};
/// use toban_routine::{RoutineDraft, automation_plan};
/// let draft: RoutineDraft = serde_json::from_str(r#"{"zone": "UTC", "tasks": [
///     {"id": "report", "title": "report", "estimate": "1h", "when": {"on": {"monthly": 1}, "at": "09:00"},
///      "automation": {"build": "8h", "saves": "40m"}},
///     {"id": "log-check", "title": "log check", "estimate": "15m", "when": {"on": "daily", "at": "09:00"},
///      "automation": {"build": "40h", "saves": "10m"}}
/// ]}"#)?;
/// let year = Interval::new("2027-01-01T00:00:00Z".parse()?, "2028-01-01T00:00:00Z".parse()?)?;
/// let plan = automation_plan(&draft, year);
/// assert_eq!(plan[0].task.as_str(), "log-check");
/// assert_eq!(plan[0].months, Some(Ratio::new(2400 * 12, 3650)?));
/// assert_eq!(plan[0].paid_back, Some("2027-08-28T09:00:00Z".parse()?)); // the 240th day
/// assert_eq!(plan[1].months, Some(Ratio::whole(12)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn automation_plan(draft: &RoutineDraft, within: Interval) -> Vec<Payback> {
    let review = review(draft);
    let zone = review.zone.unwrap_or(Zone::UTC);
    let months = whole_months(zone, within);
    let by_hand = draft.tasks.iter().enumerate().filter(|(_, task)| task.command.is_none());
    let everybody = draft.team.as_ref().map_or(0, |team| team.people.len());
    let paybacks = by_hand.filter_map(|(place, task)| {
        let AutomationDraft { build, saves } = task.automation?;
        let saves = saves.min(most_saved(task, everybody));
        Some(payback(task, build, saves, scheduled(&review, place), months, within))
    });
    let mut plan: Vec<_> = paybacks.collect();
    plan.sort_by(|one, two| {
        let never = |payback: &Payback| payback.months.is_none();
        let order = never(one).cmp(&never(two)).then_with(|| one.months.cmp(&two.months));
        order.then_with(|| one.task.cmp(&two.task))
    });
    plan
}

/// The stretch of whole months, and how many these are.
type Months = Option<(Interval, u32)>;

fn payback(
    task: &TaskDraft,
    build: Length,
    saves: Length,
    recurrence: Option<&Recurrence>,
    months: Months,
    within: Interval,
) -> Payback {
    let times = recurrence.zip(months).map_or(0, |(recurrence, (whole, _))| count(recurrence, whole));
    let saved = multiplied(saves, times);
    let part = |length: Length| u128::try_from(millis(length)).unwrap_or(0);
    let months = months.and_then(|(_, number)| {
        let build = part(build).checked_mul(u128::from(number))?;
        Ratio::new(build, part(saved)).ok()
    });
    let needed =
        part(build).checked_add(part(saves).saturating_sub(1)).and_then(|all| all.checked_div(part(saves)));
    let needed =
        needed.and_then(|needed| u64::try_from(needed).ok()).filter(|needed| *needed <= Payback::MOST);
    let paid_back = recurrence.zip(needed).and_then(|(recurrence, needed)| {
        let mut at = within.start().checked_sub_signed(chrono::TimeDelta::nanoseconds(1))?;
        for _ in 0..needed {
            at = recurrence.next(at)?;
        }
        Some(at.max(within.start()))
    });
    Payback { task: task.id.clone(), build, saved, months, paid_back }
}

fn most_saved(task: &TaskDraft, everybody: usize) -> Length {
    let people = match task.people {
        None => 1,
        Some(People::Number(number)) => u64::from(number),
        Some(People::All) => u64::try_from(everybody).unwrap_or(u64::MAX),
    };
    // What is not known limits nothing.
    task.estimate.map_or(length(i64::MAX), |estimate| multiplied(estimate, people))
}

fn whole_months(zone: Zone, within: Interval) -> Months {
    let month = Period::month();
    let containing = month.containing(zone, within.start()).ok()?;
    let start = if containing.start() == within.start() { containing.start() } else { containing.end() };
    let (mut end, mut count) = (start, 0_u32);
    while let Ok(next) = month.containing(zone, end)
        && next.end() <= within.end()
    {
        (end, count) = (next.end(), count + 1);
    }
    Some((Interval::new(start, end).ok()?, count))
}

fn scheduled(review: &Review, place: usize) -> Option<&Recurrence> {
    let known = review.scheduled.binary_search_by_key(&place, |scheduled| scheduled.place).ok()?;
    review.scheduled.get(known).map(|scheduled| &scheduled.recurrence)
}

fn count(recurrence: &Recurrence, within: Interval) -> u64 {
    u64::try_from(recurrence.between(within).count()).unwrap_or(u64::MAX)
}

fn multiplied(each: Length, times: u64) -> Length {
    length(millis(each).saturating_mul(i64::try_from(times).unwrap_or(i64::MAX)))
}
