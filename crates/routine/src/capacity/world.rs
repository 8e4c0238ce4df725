//! What a draft says of a stretch of time: who is there when, and what takes whom.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use toban_calendar::{Calendars, Fold, Gap, Recurrence, Zone};
use toban_core::{Interval, Length, Party, PersonId, RoleId, Share, Text};

use super::slots::Clash;
use crate::routine::{Review, RoutineDraft};
use crate::task::{TaskDraft, TaskId};
use crate::team::{People, PersonDraft, TeamDraft};

/// People, by their places in [`World::people`], in order.
pub(crate) type Group = Rc<[usize]>;

/// Stretches in which somebody is there, in order; none touches another.
type Hours = Rc<[(Millis, Millis)]>;

/// Instants and lengths are whole milliseconds here.
pub(crate) type Millis = i64;

/// Times of one task that are counted at most: what is due more often is no work for people.
const MOST: usize = 200_000;
/// Times of day of one task that are told apart at most: of what is due more often, each time is like the others.
const MOST_CLOCKS: usize = 24;

#[derive(Debug)]
pub(crate) struct World {
    /// By id, so that the order of a draft changes nothing; those whom a change adds come last.
    pub(crate) people: Vec<Person>,
    /// What is done by hand and has an owner, by id.
    pub(crate) works: Vec<Work>,
    /// By start.
    pub(crate) times: Vec<Time>,
    /// Whether everybody's hours are known.
    pub(crate) is_staffing_known: bool,
    longest: Millis,
    /// The stretches in which a change touches something; `None`: everything is new.
    touched: Option<Vec<(Millis, Millis)>>,
}

/// A draft before a change, and what it says: what the change does not touch is not worked out again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before<'a> {
    pub(crate) draft: &'a RoutineDraft,
    pub(crate) world: &'a World,
    pub(crate) clashes: &'a [Rc<Clash>],
}

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) roles: Vec<RoleId>,
    pub(crate) skills: Vec<String>,
    pub(crate) leave: Share,
    pub(crate) hours: Hours,
    /// What a calendar leaves unknown of them.
    unknown: Rc<[Text]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) id: TaskId,
    pub(crate) owner: Party,
    pub(crate) skills: Vec<String>,
    pub(crate) people: People,
    pub(crate) able: Group,
    /// Whom it takes, if they are there: `able`, or everybody.
    taken: Group,
    pub(crate) estimate: Option<Millis>,
    pub(crate) zone: Zone,
    /// The dates that it states without a time of day.
    pub(crate) open: Vec<NaiveDate>,
    /// Whether it has more times of day than are told apart.
    pub(crate) is_frequent: bool,
    /// What a calendar, or the count, leaves unknown.
    unknown: Option<Text>,
}

/// Whether those whom a work takes are there as before a change.
enum Presence {
    Same,
    /// At other hours; the groups of them that were seen.
    Other(Vec<Group>),
}

/// One time at which something is done.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) work: usize,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    /// What the clock of the work shows at the start, where that tells it from other times.
    pub(crate) clock: Option<NaiveTime>,
    /// Who could do it and is there for all of it.
    pub(crate) there: Group,
    /// How many of them it takes.
    pub(crate) needs: usize,
    pub(crate) staffing: Staffing,
}

/// Whether enough of those who could do something are there for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Staffing {
    Enough,
    /// Somebody is there when it begins, and leaves before it ends.
    Past,
    /// Somebody is there on that day, at another time.
    Outside,
    /// Nobody is there on that day.
    Closed,
    /// Nobody, or too few, could do it at all.
    Unable,
}

impl World {
    pub(crate) fn new(
        draft: &RoutineDraft,
        review: &Review,
        team: &TeamDraft,
        within: Interval,
        before: Option<Before>,
    ) -> Self {
        let mut world = Self {
            people: Vec::new(),
            works: Vec::new(),
            times: Vec::new(),
            is_staffing_known: team.people.iter().all(|person| !person.hours.is_empty()),
            longest: 0,
            touched: None,
        };
        let place = |person: &PersonDraft| {
            let known = before.and_then(|before| before.person(person));
            known.map_or(usize::MAX, |(place, _)| place)
        };
        let mut people: Vec<_> = team.people.iter().collect();
        people.sort_by_key(|person| (place(person), &person.id));
        for person in people {
            let known = before.and_then(|before| before.person(person)).filter(|(_, is_same)| *is_same);
            let known = known.and_then(|(place, _)| before?.world.people.get(place));
            let (hours, unknown) = match known {
                Some(known) => (known.hours.clone(), known.unknown.clone()),
                None => hours(person, review.zone, &review.calendars, within),
            };
            world.people.push(Person {
                id: person.id.clone(),
                roles: person.roles.clone(),
                skills: person.skills.clone(),
                leave: person.leave.unwrap_or(Share::NONE),
                hours,
                unknown,
            });
        }
        let mut tasks: Vec<_> = draft.tasks.iter().enumerate().collect();
        tasks.sort_by(|(_, one), (_, two)| one.id.cmp(&two.id));
        let mut kept = BTreeMap::new();
        for (place, task) in tasks {
            let known = before.and_then(|before| world.kept(before, place, task));
            if let Some((known, presence)) = known {
                kept.insert(world.works.len(), presence);
                world.works.push(known.clone());
                continue;
            }
            let known = review.scheduled.binary_search_by_key(&place, |scheduled| scheduled.place);
            let recurrence = known.ok().and_then(|known| review.scheduled.get(known));
            world.add(task, recurrence.map(|scheduled| &scheduled.recurrence), review.zone, within);
        }
        if let Some(before) = before {
            world.keep(before.world, kept);
        }
        world.times.sort_by_key(|time| (time.start, time.work));
        world
    }

    /// What is known of a work that a change leaves as it is, and whether those whom it takes are there as before.
    fn kept<'a>(&self, before: Before<'a>, place: usize, task: &TaskDraft) -> Option<(&'a Work, Presence)> {
        let (owner, None) = (task.owner.as_ref()?, &task.command) else { return None };
        let known = before.world.works.get(self.works.len()).filter(|work| work.id == task.id)?;
        let able = self.able(owner, &task.skills);
        let is_kept = before.draft.tasks.get(place) == Some(task)
            && (&able, &self.taken(known.people, &able)) == (&known.able, &known.taken);
        let is_same = |place: &usize| {
            let both = before.world.people.get(*place).zip(self.people.get(*place));
            both.is_some_and(|(one, two)| Rc::ptr_eq(&one.hours, &two.hours))
        };
        let presence =
            if known.taken.iter().all(is_same) { Presence::Same } else { Presence::Other(Vec::new()) };
        is_kept.then_some((known, presence))
    }

    /// The times of the works that are kept, where those who are there are others with these.
    fn keep(&mut self, before: &Self, mut kept: BTreeMap<usize, Presence>) {
        self.longest = self.longest.max(before.longest);
        self.times.reserve(before.times.len());
        let mut touched: Vec<_> = self.times.iter().map(|time| (time.start, time.end)).collect();
        for time in &before.times {
            let known = match (kept.get_mut(&time.work), self.works.get(time.work)) {
                (Some(Presence::Same), _) => Some(time.clone()),
                (Some(Presence::Other(groups)), Some(work)) => {
                    let now = self.time(time.work, work, time.start, groups);
                    let is_same = (&now.there, now.staffing) == (&time.there, time.staffing);
                    Some(if is_same { time.clone() } else { Time { clock: time.clock, ..now } })
                }
                _ => None,
            };
            if known.as_ref().is_none_or(|known| !Rc::ptr_eq(&known.there, &time.there)) {
                touched.push((time.start, time.end));
            }
            self.times.extend(known);
        }
        self.touched = Some(merged(touched));
    }

    fn add(
        &mut self,
        task: &TaskDraft,
        recurrence: Option<&Recurrence>,
        zone: Option<Zone>,
        within: Interval,
    ) {
        let (Some(owner), None) = (&task.owner, &task.command) else { return };
        let zone = recurrence.and_then(Recurrence::zone).or(zone).unwrap_or(Zone::UTC);
        let open = task.on.as_ref().filter(|_| task.when.is_none()).and_then(|on| on.resolve(None).ok());
        let open = open.map(|dates| dates_within(&dates, zone, within)).unwrap_or_default();
        let people = task.people.unwrap_or(People::Number(1));
        let able = self.able(owner, &task.skills);
        let mut work = Work {
            id: task.id.clone(),
            owner: owner.clone(),
            skills: task.skills.clone(),
            people,
            taken: self.taken(people, &able),
            able,
            estimate: task.estimate.map(millis),
            zone,
            open,
            is_frequent: false,
            unknown: None,
        };
        let place = self.works.len();
        let first = self.times.len();
        if let (Some(recurrence), Some(estimate)) = (recurrence, work.estimate.filter(|length| *length > 0)) {
            self.longest = self.longest.max(estimate);
            work.unknown = ends_early(recurrence, zone, within, task.id.as_str());
            let (mut clocks, mut groups) = (BTreeSet::new(), Vec::new());
            for (count, start) in recurrence.between(within).enumerate() {
                if count == MOST {
                    work.unknown = Some(Text::new(
                        format!("{}: 人が行うには多すぎます（{MOST}回超）。", work.id),
                        format!("{}: more than {MOST} times, too many for people", work.id),
                    ));
                    break;
                }
                let mut time = self.time(place, &work, start.timestamp_millis(), &mut groups);
                if clocks.len() <= MOST_CLOCKS {
                    time.clock = work.clock(time.start);
                    clocks.insert(time.clock);
                }
                self.times.push(time);
            }
            work.is_frequent = clocks.len() > MOST_CLOCKS;
        }
        if work.is_frequent {
            let times = self.times.iter_mut().skip(first);
            times.for_each(|time| time.clock = None);
        }
        self.works.push(work);
    }

    fn taken(&self, people: People, able: &Group) -> Group {
        match people {
            People::All => (0..self.people.len()).collect(),
            People::Number(_) => able.clone(),
        }
    }

    /// Who answers to the owner and has the skills.
    fn able(&self, owner: &Party, skills: &[String]) -> Group {
        let fits = |person: &Person| {
            let is_owner = match owner {
                Party::Person(id) => person.id == *id,
                Party::Role(role) => person.roles.contains(role),
            };
            is_owner && skills.iter().all(|skill| person.skills.contains(skill))
        };
        let able = self.people.iter().enumerate().filter(|(_, person)| fits(person));
        able.map(|(place, _)| place).collect()
    }

    /// The work, done from an instant on; `groups` are those who were there at its other times.
    pub(crate) fn time(&self, place: usize, work: &Work, start: Millis, groups: &mut Vec<Group>) -> Time {
        let end = start.saturating_add(work.estimate.unwrap_or(0));
        let is_there = |person: &usize| {
            self.people.get(*person).is_some_and(|person| {
                let after = person.hours.partition_point(|(from, _)| *from <= start);
                let hours = after.checked_sub(1).and_then(|place| person.hours.get(place));
                hours.is_some_and(|(_, to)| *to >= end)
            })
        };
        let there = || work.taken.iter().copied().filter(is_there);
        let known = groups.iter().find(|group| group.iter().copied().eq(there())).cloned();
        let there = known.unwrap_or_else(|| {
            let there: Group = there().collect();
            groups.push(there.clone());
            there
        });
        let (needs, is_enough) = match work.people {
            People::All => (there.len().max(1), there.iter().any(|person| work.able.contains(person))),
            People::Number(_) => (work.least(), there.len() >= work.least()),
        };
        let staffing = if is_enough { Staffing::Enough } else { self.why_not(work, start) };
        Time { work: place, start, end, clock: None, there, needs, staffing }
    }

    fn why_not(&self, work: &Work, start: Millis) -> Staffing {
        let needs = work.least();
        if work.able.len() < needs {
            return Staffing::Unable;
        }
        let able = || work.able.iter().filter_map(|person| self.people.get(*person));
        let present = able().filter(|person| person.is_there_between(start, start.saturating_add(1))).count();
        let day = instant(start).and_then(|at| work.zone.civil(at).ok()).and_then(|civil| {
            let midnight = |date: NaiveDate| {
                let at = work.zone.instant(date.and_time(NaiveTime::MIN), Gap::FirstAfter, Fold::Earlier);
                at.ok().map(|at| at.timestamp_millis())
            };
            Some((midnight(civil.date())?, midnight(civil.date().succ_opt()?)?))
        });
        let today = day.map_or(0, |(from, to)| able().filter(|one| one.is_there_between(from, to)).count());
        if present >= needs {
            Staffing::Past
        } else if today >= needs {
            Staffing::Outside
        } else {
            Staffing::Closed
        }
    }

    /// Whether, at an instant, something may be otherwise than before the change.
    pub(crate) fn is_touched(&self, at: Millis) -> bool {
        self.touched.as_ref().is_none_or(|touched| {
            let after = touched.partition_point(|(_, end)| *end <= at);
            touched.get(after).is_some_and(|(start, _)| *start <= at)
        })
    }

    /// The times that have something in common with a stretch, by start.
    pub(crate) fn touching(&self, from: Millis, to: Millis) -> impl Iterator<Item = &Time> {
        let first = self.times.partition_point(|time| time.start < from.saturating_sub(self.longest));
        let times = self.times.get(first..).unwrap_or_default().iter();
        times.take_while(move |time| time.start < to).filter(move |time| time.end > from)
    }

    pub(crate) fn work(&self, place: usize) -> Option<&Work> {
        self.works.get(place)
    }

    /// What calendars, or the counts, leave unknown.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &Text> {
        let of_people = self.people.iter().flat_map(|person| person.unknown.iter());
        of_people.chain(self.works.iter().filter_map(|work| work.unknown.as_ref()))
    }
}

impl Person {
    /// Whether it is there for some of a stretch.
    fn is_there_between(&self, from: Millis, to: Millis) -> bool {
        let after = self.hours.partition_point(|(_, end)| *end <= from);
        self.hours.get(after).is_some_and(|(start, _)| *start < to)
    }

    /// How long it is there in a stretch.
    pub(crate) fn there_within(&self, from: Millis, to: Millis) -> Millis {
        let inside = self.hours.iter().map(|(start, end)| (*end.min(&to) - *start.max(&from)).max(0));
        inside.sum()
    }
}

impl Before<'_> {
    /// The place of somebody, and whether they are there at the same hours.
    fn person(&self, person: &PersonDraft) -> Option<(usize, bool)> {
        let place = self.world.people.iter().position(|known| known.id == person.id)?;
        let known = self.draft.team.as_ref()?.people.iter().find(|known| known.id == person.id)?;
        Some((place, known.hours == person.hours))
    }
}

/// The hours of somebody, and what a calendar leaves unknown of them.
fn hours(
    person: &PersonDraft,
    zone: Option<Zone>,
    calendars: &Calendars,
    within: Interval,
) -> (Hours, Rc<[Text]>) {
    let zone = zone.unwrap_or(Zone::UTC);
    // A shift of the night before, and what goes on after the end, are asked about too.
    let margin = chrono::TimeDelta::days(3);
    let from = within.start().checked_sub_signed(margin).unwrap_or(within.start());
    let to = within.end().checked_add_signed(margin).unwrap_or(within.end());
    let wide = Interval::new(from, to).unwrap_or(within);
    let (mut all, mut unknown) = (Vec::new(), Vec::new());
    for hours in &person.hours {
        let (Ok(begins), Some((from, to))) =
            (hours.at(&hours.from, Some(zone), calendars), time(&hours.from).zip(time(&hours.to)))
        else {
            continue; // The review has found what is wrong with it.
        };
        unknown.extend(ends_early(&begins, zone, within, person.id.as_str()));
        for start in begins.between(wide) {
            let Ok(civil) = zone.civil(start) else { continue };
            let date = civil.date() + Days::new(u64::from(to <= from));
            if let Ok(end) = zone.instant(date.and_time(to), Gap::FirstAfter, Fold::Earlier) {
                all.push((start.timestamp_millis(), end.timestamp_millis()));
            }
        }
    }
    (merged(all).into(), unknown.into())
}

/// Where a calendar is not known up to the end of the stretch.
fn ends_early(recurrence: &Recurrence, zone: Zone, within: Interval, of: &str) -> Option<Text> {
    let last = zone.civil(within.end()).ok()?.date();
    let horizon = recurrence.horizon().filter(|horizon| *horizon < last)?;
    Some(Text::new(
        format!("{of}: カレンダーは{horizon}までしか分かりません。"),
        format!("{of}: the calendar is known up to {horizon} only"),
    ))
}

impl Work {
    /// What its clock shows.
    pub(crate) fn clock(&self, at: Millis) -> Option<NaiveTime> {
        Some(self.zone.civil(instant(at)?).ok()?.time())
    }

    /// How many people it takes at least.
    pub(crate) fn least(&self) -> usize {
        match self.people {
            People::All => 1,
            People::Number(number) => usize::try_from(number).unwrap_or(usize::MAX),
        }
    }
}

/// Stretches in order, those that overlap or touch as one.
fn merged(mut all: Vec<(Millis, Millis)>) -> Vec<(Millis, Millis)> {
    all.retain(|(from, to)| from < to);
    all.sort_unstable();
    let mut merged: Vec<(Millis, Millis)> = Vec::new();
    for (from, to) in all {
        match merged.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn dates_within(dates: &toban_calendar::Dates, zone: Zone, within: Interval) -> Vec<NaiveDate> {
    let (Ok(from), Ok(to)) = (zone.civil(within.start()), zone.civil(within.end())) else {
        return Vec::new();
    };
    let mut after = from.date().pred_opt();
    let next = || {
        after = dates.next(after?);
        after.filter(|date| *date < to.date())
    };
    std::iter::from_fn(next).collect()
}

/// A time of day of a file: `09:00`, `09:00:30`.
pub(crate) fn time(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"].iter().find_map(|shape| NaiveTime::parse_from_str(text, shape).ok())
}

pub(crate) fn instant(at: Millis) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at)
}

pub(crate) fn interval(from: Millis, to: Millis) -> Option<Interval> {
    Interval::new(instant(from)?, instant(to)?).ok()
}

pub(crate) fn millis(length: Length) -> Millis {
    length.as_time_delta().num_milliseconds()
}

pub(crate) fn length(millis: Millis) -> Length {
    chrono::TimeDelta::try_milliseconds(millis).and_then(|delta| Length::new(delta).ok()).unwrap_or_default()
}
