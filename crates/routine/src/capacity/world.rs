//! What a draft says of a stretch of time: who is there when, and what takes whom.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use std::collections::BTreeSet;
use toban_calendar::{Calendars, Fold, Gap, Recurrence, Zone};
use toban_core::{Interval, Length, Party, PersonId, RoleId, Share, Text};

use crate::routine::{Review, RoutineDraft};
use crate::task::{TaskDraft, TaskId};
use crate::team::{People, PersonDraft, TeamDraft};

/// People, by their places in [`World::people`].
pub(crate) type Group = BTreeSet<usize>;

/// Instants and lengths are whole milliseconds here.
pub(crate) type Millis = i64;

/// Times of one task that are counted at most: what is due more often is no work for people.
const MOST: usize = 100_000;

#[derive(Debug)]
pub(crate) struct World {
    /// By id, so that the order of a draft changes nothing.
    pub(crate) people: Vec<Person>,
    /// What is done by hand and has an owner, by id.
    pub(crate) works: Vec<Work>,
    /// By start.
    pub(crate) times: Vec<Time>,
    /// Whether everybody's hours are known.
    pub(crate) is_staffing_known: bool,
    /// What a calendar, or the count, leaves unknown.
    pub(crate) unknown: Vec<Text>,
    longest: Millis,
}

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) roles: Vec<RoleId>,
    pub(crate) skills: Vec<String>,
    pub(crate) leave: Share,
    /// Its hours, in order; none touches another.
    pub(crate) hours: Vec<(Millis, Millis)>,
}

#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) id: TaskId,
    pub(crate) owner: Party,
    pub(crate) skills: Vec<String>,
    pub(crate) people: People,
    pub(crate) able: Group,
    pub(crate) estimate: Option<Millis>,
    pub(crate) zone: Zone,
    /// The dates that it states without a time of day.
    pub(crate) open: Vec<NaiveDate>,
}

/// One time at which something is done.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    pub(crate) work: usize,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
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
    pub(crate) fn new(draft: &RoutineDraft, review: &Review, team: &TeamDraft, within: Interval) -> Self {
        let mut world = Self {
            people: Vec::new(),
            works: Vec::new(),
            times: Vec::new(),
            is_staffing_known: team.people.iter().all(|person| !person.hours.is_empty()),
            unknown: Vec::new(),
            longest: 0,
        };
        let mut people: Vec<_> = team.people.iter().collect();
        people.sort_by(|one, two| one.id.cmp(&two.id));
        for person in people {
            let hours = world.hours(person, review.zone, &review.calendars, within);
            world.people.push(Person {
                id: person.id.clone(),
                roles: person.roles.clone(),
                skills: person.skills.clone(),
                leave: person.leave.unwrap_or(Share::NONE),
                hours,
            });
        }
        let mut tasks: Vec<_> = draft.tasks.iter().enumerate().collect();
        tasks.sort_by(|(_, one), (_, two)| one.id.cmp(&two.id));
        for (place, task) in tasks {
            let known = review.scheduled.binary_search_by_key(&place, |scheduled| scheduled.place);
            let recurrence = known.ok().and_then(|known| review.scheduled.get(known));
            world.add(task, recurrence.map(|scheduled| &scheduled.recurrence), review.zone, within);
        }
        world.times.sort_by_key(|time| (time.start, time.work));
        world
    }

    fn hours(
        &mut self,
        person: &PersonDraft,
        zone: Option<Zone>,
        calendars: &Calendars,
        within: Interval,
    ) -> Vec<(Millis, Millis)> {
        let zone = zone.unwrap_or(Zone::UTC);
        // A shift of the night before, and what goes on after the end, are asked about too.
        let margin = chrono::TimeDelta::days(3);
        let from = within.start().checked_sub_signed(margin).unwrap_or(within.start());
        let to = within.end().checked_add_signed(margin).unwrap_or(within.end());
        let wide = Interval::new(from, to).unwrap_or(within);
        let mut all = Vec::new();
        for hours in &person.hours {
            let (Ok(begins), Some((from, to))) =
                (hours.at(&hours.from, Some(zone), calendars), time(&hours.from).zip(time(&hours.to)))
            else {
                continue; // The review has found what is wrong with it.
            };
            self.check_horizon(&begins, zone, within, person.id.as_str());
            for start in begins.between(wide) {
                let Ok(civil) = zone.civil(start) else { continue };
                let date = civil.date() + Days::new(u64::from(to <= from));
                if let Ok(end) = zone.instant(date.and_time(to), Gap::FirstAfter, Fold::Earlier) {
                    all.push((start.timestamp_millis(), end.timestamp_millis()));
                }
            }
        }
        merged(all)
    }

    fn check_horizon(&mut self, recurrence: &Recurrence, zone: Zone, within: Interval, of: &str) {
        let last = zone.civil(within.end()).map(|civil| civil.date());
        if let (Some(horizon), Ok(last)) = (recurrence.horizon(), last)
            && horizon < last
        {
            self.unknown.push(Text::new(
                format!("{of}: カレンダーは{horizon}までしか分かりません。"),
                format!("{of}: the calendar is known up to {horizon} only"),
            ));
        }
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
        let work = Work {
            id: task.id.clone(),
            owner: owner.clone(),
            skills: task.skills.clone(),
            people: task.people.unwrap_or(People::Number(1)),
            able: self.able(owner, &task.skills),
            estimate: task.estimate.map(millis),
            zone,
            open,
        };
        let place = self.works.len();
        if let (Some(recurrence), Some(estimate)) = (recurrence, work.estimate.filter(|length| *length > 0)) {
            self.longest = self.longest.max(estimate);
            self.check_horizon(recurrence, zone, within, task.id.as_str());
            for (count, start) in recurrence.between(within).enumerate() {
                if count == MOST {
                    self.unknown.push(Text::new(
                        format!("{}: 人が行うには多すぎます（{MOST}回超）。", work.id),
                        format!("{}: more than {MOST} times, too many for people", work.id),
                    ));
                    break;
                }
                let time = self.time(place, &work, start.timestamp_millis());
                self.times.push(time);
            }
        }
        self.works.push(work);
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

    /// The work, done from an instant on.
    pub(crate) fn time(&self, place: usize, work: &Work, start: Millis) -> Time {
        let end = start.saturating_add(work.estimate.unwrap_or(0));
        let is_there = |person: &usize| {
            self.people.get(*person).is_some_and(|person| {
                let after = person.hours.partition_point(|(from, _)| *from <= start);
                let hours = after.checked_sub(1).and_then(|place| person.hours.get(place));
                hours.is_some_and(|(_, to)| *to >= end)
            })
        };
        let (there, needs, is_enough): (Group, _, _) = match work.people {
            People::All => {
                let there: Group = (0..self.people.len()).filter(is_there).collect();
                let (needs, has_owner) = (there.len().max(1), !there.is_disjoint(&work.able));
                (there, needs, has_owner)
            }
            People::Number(number) => {
                let needs = usize::try_from(number).unwrap_or(usize::MAX);
                let there: Group = work.able.iter().copied().filter(is_there).collect();
                let is_enough = there.len() >= needs;
                (there, needs, is_enough)
            }
        };
        let staffing = if is_enough { Staffing::Enough } else { self.why_not(work, start) };
        Time { work: place, start, end, there, needs, staffing }
    }

    fn why_not(&self, work: &Work, start: Millis) -> Staffing {
        let needs = match work.people {
            People::All => 1,
            People::Number(number) => usize::try_from(number).unwrap_or(usize::MAX),
        };
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

    /// The times that have something in common with a stretch, by start.
    pub(crate) fn touching(&self, from: Millis, to: Millis) -> impl Iterator<Item = &Time> {
        let first = self.times.partition_point(|time| time.start < from.saturating_sub(self.longest));
        let times = self.times.get(first..).unwrap_or_default().iter();
        times.take_while(move |time| time.start < to).filter(move |time| time.end > from)
    }

    pub(crate) fn work(&self, place: usize) -> Option<&Work> {
        self.works.get(place)
    }

    /// What the clock of a work shows.
    pub(crate) fn clock(&self, work: usize, at: Millis) -> Option<NaiveTime> {
        Some(self.work(work)?.zone.civil(instant(at)?).ok()?.time())
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

impl Work {
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
