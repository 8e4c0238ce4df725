//! The smallest change that makes what does not fit fit.

use chrono::{DateTime, Datelike, NaiveTime, Timelike, Utc, Weekday};
use std::collections::BTreeSet;
use toban_calendar::{DatesSpec, Words, Zone};
use toban_core::{Interval, Party, PersonId, RoleId, Share, Verdict};

use super::change::{Change, shown};
use super::evaluate::{Evaluated, evaluate, excess};
use super::judge::{is_left, is_over};
use super::slots::is_free;
use super::world::{Before, Millis, Staffing, Time, Work, World, instant, length};
use super::{Shortfall, ShortfallKind, Witness};
use crate::routine::RoutineDraft;
use crate::task::TaskId;
use crate::team::{HoursDraft, People, PersonDraft, TeamDraft};

/// How many proposals are tried for one shortfall.
const TRIES: usize = 12;
/// How many times of works are gone through in all, so that the answer comes in seconds: where this is not enough so much
/// does not fit that another look after the first changes serves better.
const GONE_THROUGH: usize = 30_000_000;

/// For each shortfall the first proposal, of small ones first, after which it is gone and nothing is worse; `None` where
/// none was looked for.
pub(crate) fn mends(
    draft: &RoutineDraft,
    within: Interval,
    as_of: DateTime<Utc>,
    before: &Evaluated,
) -> Vec<Option<Vec<Change>>> {
    let (Some(world), Some(team)) = (&before.world, &draft.team) else { return Vec::new() };
    let each = world.times.len() + before.clashes.iter().map(|clash| clash.times.len()).sum::<usize>();
    let mut left = GONE_THROUGH;
    let edges = edges(world);
    let mend = |found| {
        left = left.checked_sub(each)?;
        let mender = Mender { draft, team, world, edges: &edges, within, as_of, before, found };
        let mut proposals = mender.proposals().into_iter().take(TRIES);
        let mending = proposals.find(|changes| {
            left = left.saturating_sub(each);
            mender.mends(changes)
        });
        Some(mending.unwrap_or_default())
    };
    before.report.shortfalls.iter().map(mend).collect()
}

/// The times of day at which something ends and begins, as the clocks of a zone show them.
struct Edges {
    zone: Zone,
    ends: BTreeSet<NaiveTime>,
    starts: BTreeSet<NaiveTime>,
}

/// Those of all zones in which works have their times.
fn edges(world: &World) -> Vec<Edges> {
    let mut all: Vec<Edges> = Vec::new();
    for work in &world.works {
        if all.iter().all(|edges| edges.zone != work.zone) {
            let clocks = |at: fn(&Time) -> Millis| {
                world.times.iter().filter_map(|time| work.clock(at(time))).collect()
            };
            let (ends, starts) = (clocks(|time| time.end), clocks(|time| time.start));
            all.push(Edges { zone: work.zone, ends, starts });
        }
    }
    all
}

struct Mender<'a> {
    draft: &'a RoutineDraft,
    team: &'a TeamDraft,
    world: &'a World,
    edges: &'a [Edges],
    within: Interval,
    as_of: DateTime<Utc>,
    before: &'a Evaluated,
    found: &'a Shortfall,
}

fn with(draft: &RoutineDraft, changes: &[Change]) -> RoutineDraft {
    let mut draft = draft.clone();
    changes.iter().for_each(|change| change.apply(&mut draft));
    draft
}

impl<'a> Mender<'a> {
    fn after(&self, changes: &[Change]) -> Evaluated {
        let before = Before { draft: self.draft, world: self.world, clashes: &self.before.clashes };
        evaluate(&with(self.draft, changes), self.within, self.as_of, Some(before))
    }

    fn mends(&self, changes: &[Change]) -> bool {
        let after = self.after(changes);
        let open = |Evaluated { report, .. }: &Evaluated| report.questions.len() + report.unknown.len();
        let (old, new) = (&self.before.report.shortfalls, &after.report.shortfalls);
        let others = old.iter().filter(|other| !other.is_same(self.found));
        let (all, stops) = self.counted(others);
        let (all_after, stops_after) = self.counted(new.iter());
        !changes.is_empty()
            && !is_left(self.found, old, new)
            && all_after <= all
            && stops_after <= stops
            && open(&after) <= open(self.before)
    }

    /// How many there are that could be seen before the change too, and how many of them stop.
    fn counted<'b>(&self, shortfalls: impl Iterator<Item = &'b Shortfall>) -> (usize, usize) {
        let known = shortfalls.filter(|other| !self.comes_to_light(other));
        known.fold((0, 0), |(all, stops), other| {
            (all + 1, stops + usize::from(other.kind.verdict() == Verdict::Stop))
        })
    }

    /// Whether it was there already, and could not be seen: of a task that nobody can do, nobody asks when.
    fn comes_to_light(&self, other: &Shortfall) -> bool {
        let is_of_task = |id: &TaskId| self.found.witness.tasks.iter().any(|(task, _)| task == id);
        match self.found.kind {
            ShortfallKind::TooFew | ShortfallKind::Unskilled | ShortfallKind::Unowned => {
                other.witness.tasks.iter().any(|(task, _)| is_of_task(task))
            }
            ShortfallKind::OpenTime => {
                other.kind == ShortfallKind::Closed && other.pattern.tasks == self.found.pattern.tasks
            }
            _ => false,
        }
    }

    fn proposals(&self) -> Vec<Vec<Change>> {
        match self.found.kind {
            ShortfallKind::Unowned => self.owners(),
            ShortfallKind::Unskilled => self.enabled(1),
            ShortfallKind::TooFew => self.enabled(self.lacking()),
            ShortfallKind::OnePerson => self.second(),
            ShortfallKind::OutsideHours | ShortfallKind::PastHours => {
                [self.without_people(), self.moves(), self.more_hours()].concat()
            }
            ShortfallKind::Closed => [self.without_people(), self.more_hours()].concat(),
            ShortfallKind::OpenTime => self.first_free(),
            ShortfallKind::Overlap => [self.without_people(), self.moves(), self.one_more()].concat(),
            ShortfallKind::Month { .. } | ShortfallKind::Week { .. } => [self.shorter()]
                .into_iter()
                .chain(self.twins())
                .filter(|changes| !changes.is_empty())
                .collect(),
        }
    }

    /// The works of the shortfall with the times of day of its pattern.
    fn works(&self) -> impl Iterator<Item = (usize, &'a Work, Option<NaiveTime>)> {
        let find = |id: &TaskId| self.world.works.iter().position(|work| work.id == *id);
        let tasks = self.found.pattern.tasks.iter();
        tasks.filter_map(move |(id, at)| {
            let place = find(id)?;
            Some((place, self.world.work(place)?, *at))
        })
    }

    fn need(&self) -> Option<(&Party, &[String], usize)> {
        let (owner, skills, number) = self.found.pattern.need.as_ref()?;
        Some((owner, skills, *number))
    }

    fn lacking(&self) -> usize {
        self.need().map_or(0, |(_, _, number)| number.saturating_sub(self.found.witness.people.len()))
    }

    /// Somebody who does not exist yet, there when somebody else is.
    fn somebody(&self, count: usize, roles: Vec<RoleId>, skills: Vec<String>) -> Option<PersonDraft> {
        let like = self.found.witness.people.first();
        let like = self.team.people.iter().find(|person| Some(&person.id) == like);
        let like = like.or(self.team.people.first())?;
        Some(PersonDraft {
            id: self.new_id(count)?,
            roles,
            skills,
            hours: like.hours.clone(),
            leave: like.leave,
        })
    }

    fn new_id(&self, count: usize) -> Option<PersonId> {
        let is_taken = |id: &PersonId| self.team.people.iter().any(|person| person.id == *id);
        let ids = (1..).filter_map(|number| PersonId::new(format!("new-{number}")).ok());
        ids.filter(|id| !is_taken(id)).nth(count)
    }

    /// Who could not do it yet, those first who lack least, with what they lack.
    fn enabling(&self) -> Vec<Change> {
        let Some((Party::Role(role), skills, _)) = self.need() else { return Vec::new() };
        let lacks = |person: &PersonDraft| {
            let roles: Vec<_> =
                Some(role).filter(|role| !person.roles.contains(role)).cloned().into_iter().collect();
            let skills: Vec<_> =
                skills.iter().filter(|skill| !person.skills.contains(skill)).cloned().collect();
            (roles, skills)
        };
        let all = self.team.people.iter().map(|person| (lacks(person), person.id.clone()));
        let mut all: Vec<_> = all.filter(|((roles, skills), _)| roles.len() + skills.len() > 0).collect();
        all.sort_by_key(|((roles, skills), id)| (roles.len() + skills.len(), id.clone()));
        all.into_iter().map(|((roles, skills), person)| Change::Enable { person, roles, skills }).collect()
    }

    /// So many more can do it: of the team, and new ones where these are too few.
    fn enabled(&self, number: usize) -> Vec<Vec<Change>> {
        let Some((Party::Role(role), skills, _)) = self.need() else { return Vec::new() };
        let enabling = self.enabling();
        if number == 1 && !enabling.is_empty() {
            return enabling.into_iter().map(|change| vec![change]).collect();
        }
        if number > MOST_NEW {
            return Vec::new();
        }
        let new = number.saturating_sub(enabling.len());
        let new = (0..new).filter_map(|count| self.somebody(count, vec![role.clone()], skills.to_vec()));
        vec![enabling.into_iter().take(number).chain(new.map(Change::AddPerson)).collect()]
    }

    fn owners(&self) -> Vec<Vec<Change>> {
        let skills = || {
            let ids = self.found.witness.tasks.iter().map(|(id, _)| id);
            let works = ids.filter_map(|id| self.world.works.iter().find(|work| work.id == *id));
            works.flat_map(|work| work.skills.iter().cloned()).collect::<BTreeSet<_>>()
        };
        match self.need() {
            Some((Party::Person(id), ..)) => {
                let new = self.somebody(0, Vec::new(), skills().into_iter().collect());
                new.map(|new| vec![Change::AddPerson(PersonDraft { id: id.clone(), ..new })])
                    .into_iter()
                    .collect()
            }
            Some((Party::Role(_), ..)) => {
                let with_skills = |change| match change {
                    Change::Enable { person, roles, .. } => {
                        let known = self.team.people.iter().find(|known| known.id == person);
                        let known = known.map(|known| known.skills.as_slice()).unwrap_or_default();
                        let skills = skills().into_iter().filter(|skill| !known.contains(skill)).collect();
                        Change::Enable { person, roles, skills }
                    }
                    other => other,
                };
                self.enabling().into_iter().map(|change| vec![with_skills(change)]).collect()
            }
            None => Vec::new(),
        }
    }

    /// A second one who can do it.
    fn second(&self) -> Vec<Vec<Change>> {
        let Some((Party::Person(id), skills, _)) = self.need() else { return self.enabled(1) };
        let roles = self.team.people.iter().find(|person| person.id == *id).map(|person| &person.roles);
        let to = |role: &RoleId| {
            let tasks = self.found.witness.tasks.iter();
            let reassigned = tasks
                .map(|(task, _)| Change::Reassign { task: task.clone(), owner: Party::Role(role.clone()) });
            reassigned.collect::<Vec<_>>()
        };
        let holds = |role: &RoleId, person: &&PersonDraft| person.id != *id && person.roles.contains(role);
        let learns = |role: &RoleId, person: &PersonDraft| Change::Enable {
            person: person.id.clone(),
            roles: vec![role.clone()],
            skills: skills.to_vec(),
        };
        let roles = || roles.into_iter().flatten();
        let shared = roles().map(to);
        let trained = roles().flat_map(|role| {
            let (holders, others): (Vec<_>, Vec<_>) =
                self.team.people.iter().filter(|person| person.id != *id).partition(|one| holds(role, one));
            let people = holders.into_iter().chain(others);
            people.map(move |person| [to(role), vec![learns(role, person)]].concat())
        });
        shared.chain(trained).collect()
    }

    /// What is due so often that no hour of the day is like another takes nobody.
    fn without_people(&self) -> Vec<Vec<Change>> {
        let works = self.works().filter(|(_, work, _)| work.is_frequent);
        let all = |(_, work, _): (_, &Work, _)| {
            Some(vec![Change::Shorten { task: work.id.clone(), by: length(work.estimate?) }])
        };
        works.filter_map(all).collect()
    }

    /// Other times of day for one of the works: of that which takes fewest people, the nearest first.
    fn moves(&self) -> Vec<Vec<Change>> {
        let mut all = Vec::new();
        for (place, work, at) in self.works() {
            let Some(from) = at else { continue };
            let when = self.draft.tasks.iter().find(|task| task.id == work.id);
            if when.and_then(|task| task.when.as_ref()).is_none_or(|when| when.on.is_none()) {
                continue;
            }
            let is_moved = |time: &Time| time.work == place && time.clock == Some(from);
            let days: Vec<Millis> = self
                .world
                .times
                .iter()
                .filter(|time| is_moved(time) && time.staffing != Staffing::Closed)
                .map(|time| time.start)
                .collect();
            let distance = |to: &NaiveTime| (*to - from).num_seconds().abs();
            let mut candidates = self.candidates(work);
            candidates.remove(&from);
            let mut candidates: Vec<_> = candidates.into_iter().collect();
            candidates.sort_by_key(|to| (distance(to), std::cmp::Reverse(*to)));
            let free = candidates.into_iter().filter(|to| self.fits(place, work, &days, *to, &is_moved));
            // It is easier to move what few people do.
            let people = match work.people {
                People::All => self.world.people.len(),
                People::Number(_) => work.least(),
            };
            all.extend(free.take(2).map(|to| (people, distance(&to), work.id.clone(), from, to)));
        }
        all.sort();
        let change = |(_, _, task, from, to)| vec![Change::Move { task, from, to }];
        all.into_iter().map(change).take(TRIES - 4).collect()
    }

    /// Whether the work finds people at that time of day on all these days.
    fn fits(
        &self,
        place: usize,
        work: &Work,
        days: &[Millis],
        to: NaiveTime,
        is_moved: &dyn Fn(&Time) -> bool,
    ) -> bool {
        let mut groups = Vec::new();
        !days.is_empty()
            && days.iter().all(|day| {
                self.world.on_date_of(work, *day, to).is_some_and(|start| {
                    let time = self.world.time(place, work, start, &mut groups);
                    time.staffing == Staffing::Enough && is_free(self.world, &time, is_moved)
                })
            })
    }

    /// The times of day at which something else ends, or must begin: the nearest free one is among them.
    fn candidates(&self, work: &Work) -> BTreeSet<NaiveTime> {
        let estimate = chrono::TimeDelta::milliseconds(work.estimate.unwrap_or(0));
        let edges = self.edges.iter().find(|edges| edges.zone == work.zone);
        let people = work.able.iter().filter_map(|person| self.world.people.get(*person));
        let hours = || people.clone().flat_map(|person| person.hours.iter());
        let comes = hours().filter_map(|(from, _)| work.clock(*from));
        let leaves = hours().filter_map(|(_, to)| work.clock(*to));
        let after = edges.into_iter().flat_map(|edges| edges.ends.iter().copied()).chain(comes);
        let before = edges.into_iter().flat_map(|edges| edges.starts.iter().copied()).chain(leaves);
        let before = before.map(|time| time.overflowing_sub_signed(estimate).0);
        after.chain(before).filter(|time| time.nanosecond() == 0).collect()
    }

    fn first_free(&self) -> Vec<Vec<Change>> {
        let mut all = Vec::new();
        for (place, work, _) in self.works() {
            let is_open = |day: &(Millis, Millis)| {
                let people = work.able.iter().filter_map(|person| self.world.people.get(*person));
                people.filter(|person| person.there_within(day.0, day.1) > 0).count() >= work.least()
            };
            let days: Vec<Millis> = self.world.open_days(work).filter(is_open).map(|day| day.0).collect();
            let candidates = self.candidates(work).into_iter();
            let free = candidates.filter(|at| self.fits(place, work, &days, *at, &|_| false));
            all.extend(free.take(TRIES).map(|at| vec![Change::SetTime { task: work.id.clone(), at }]));
        }
        all
    }

    /// The hours of what does not fit, as they would stand in a file.
    fn hours_of(&self, is_meant: impl Fn(&Time) -> bool) -> Option<HoursDraft> {
        let zone: Zone = self.before.zone;
        let times: Vec<&Time> = self.world.times.iter().filter(|time| is_meant(time)).collect();
        let civil = |at: Millis| zone.civil(instant(at)?).ok();
        let from = times.iter().filter_map(|time| Some(civil(time.start)?.time())).min()?;
        let after = |time: &&Time| Some((civil(time.start)?.time() - from, time.end - time.start));
        let lasts = times.iter().filter_map(after);
        let longest = lasts.map(|(after, lasts)| after + chrono::TimeDelta::milliseconds(lasts)).max()?;
        let to = from.overflowing_add_signed(longest).0;
        let days: BTreeSet<u32> = times
            .iter()
            .filter_map(|time| civil(time.start))
            .map(|at| at.weekday().num_days_from_monday())
            .collect();
        let on = if days.len() == 7 {
            DatesSpec::Daily
        } else {
            let name = |day: u32| {
                let day = u8::try_from(day).ok().and_then(|day| Weekday::try_from(day).ok());
                day.map(|day| day.to_string().to_lowercase())
            };
            DatesSpec::Weekly(Words(days.into_iter().filter_map(name).collect()))
        };
        Some(HoursDraft { on, calendar: None, from: shown(from), to: shown(to) })
    }

    /// Somebody who could do it is there then too; where it takes several, so many.
    fn more_hours(&self) -> Vec<Vec<Change>> {
        let kind = match self.found.kind {
            ShortfallKind::Closed => Staffing::Closed,
            ShortfallKind::PastHours => Staffing::Past,
            _ => Staffing::Outside,
        };
        let mut all = Vec::new();
        for (place, work, at) in self.works().filter(|(_, work, _)| !work.is_frequent) {
            let is_meant = |time: &Time| {
                time.work == place && time.staffing == kind && (at.is_none() || time.clock == at)
            };
            let Some(hours) = self.hours_of(is_meant) else { continue };
            let more = |person: PersonId| Change::AddHours { person, hours: hours.clone() };
            let able = self.world.ids(work.able.iter());
            let least = work.least();
            all.extend(able.windows(least.max(1)).map(|some| some.iter().cloned().map(more).collect()));
        }
        all
    }

    /// Somebody more is there for one of what is done at the same time.
    fn one_more(&self) -> Vec<Vec<Change>> {
        let mut works: Vec<_> = self.works().filter(|(_, work, _)| !work.is_frequent).collect();
        works.sort_by_key(|(_, work, _)| (work.least(), work.people == People::All));
        let mut all = Vec::new();
        for (place, work, at) in works {
            let is_meant = |time: &Time| time.work == place && (at.is_none() || time.clock == at);
            let (Some(hours), Party::Role(role)) = (self.hours_of(is_meant), &work.owner) else { continue };
            let new = (0..work.least().min(MOST_NEW)).filter_map(|count| {
                Some(Change::AddPerson(PersonDraft {
                    id: self.new_id(count)?,
                    roles: vec![role.clone()],
                    skills: work.skills.clone(),
                    hours: vec![hours.clone()],
                    leave: Some(Share::NONE),
                }))
            });
            let new: Vec<_> = new.collect();
            all.extend((1..=new.len()).filter_map(|count| new.get(..count).map(<[Change]>::to_vec)));
        }
        all
    }

    /// What takes most takes less, until the rest fits.
    fn shorter(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for _ in 0..MOST_ROUNDS {
            let after = self.after(&changes);
            let mut left = after.report.shortfalls.iter().filter(|other| is_over(self.found, other));
            let Some(found) = left.next() else {
                return changes;
            };
            let Some(change) =
                after.world.as_ref().and_then(|world| shorten(world, &found.witness, excess(found.kind)))
            else {
                return Vec::new();
            };
            add_up(&mut changes, change);
        }
        Vec::new()
    }

    /// More of one of those who have too much to do: as many as it takes.
    fn twins(&self) -> Option<Vec<Change>> {
        let people = &self.found.witness.people;
        let mut kinds: Vec<&PersonDraft> = Vec::new();
        for person in self.team.people.iter().filter(|person| people.contains(&person.id)) {
            let is_alike = |other: &&PersonDraft| {
                (&other.roles, &other.skills, &other.hours) == (&person.roles, &person.skills, &person.hours)
            };
            if kinds.len() < MOST_KINDS && !kinds.iter().any(is_alike) {
                kinds.push(person);
            }
        }
        let so_many = |like: &PersonDraft, count: usize| {
            let ids = (0..count).filter_map(|place| self.new_id(place));
            ids.map(|id| Change::AddPerson(PersonDraft { id, ..like.clone() })).collect::<Vec<_>>()
        };
        // Where all of them are too few, fewer need not be tried.
        let enough = kinds.into_iter().filter(|like| self.mends(&so_many(like, MOST_NEW)));
        let fewest = |like: &PersonDraft| {
            (1..MOST_NEW).map(|count| so_many(like, count)).find(|changes| self.mends(changes))
        };
        let all = enough.map(|like| fewest(like).unwrap_or_else(|| so_many(like, MOST_NEW)));
        all.min_by_key(Vec::len)
    }
}

/// The most people that are proposed at once.
const MOST_NEW: usize = 8;
/// The most people of whom more are tried.
const MOST_KINDS: usize = 4;
/// The most steps of a proposal.
const MOST_ROUNDS: usize = 8;

/// Takes from the work of a stretch that takes most what is too much, in whole minutes where it has them.
fn shorten(world: &World, witness: &Witness, excess: Millis) -> Option<Change> {
    let within = witness.within?;
    let (from, to) = (within.start().timestamp_millis(), within.end().timestamp_millis());
    let taken = |id: &TaskId| {
        let place = world.works.iter().position(|work| work.id == *id)?;
        let estimate = world.work(place)?.estimate?;
        let times = world.touching(from, to).filter(|time| time.work == place && time.start >= from);
        let times: usize = times.map(|time| time.needs).sum();
        let times = Millis::try_from(times).ok().filter(|times| *times > 0)?;
        Some((times.saturating_mul(estimate), times, estimate, id.clone()))
    };
    let all = witness.tasks.iter().filter_map(|(id, _)| taken(id));
    let (_, times, estimate, task) = all.max_by(|one, two| one.0.cmp(&two.0).then(two.3.cmp(&one.3)))?;
    let each = (excess + times - 1).div_euclid(times);
    let whole = (each + MINUTE - 1).div_euclid(MINUTE) * MINUTE;
    Some(Change::Shorten { task, by: length(whole.min(estimate)) })
}

const MINUTE: Millis = 60_000;

/// A task is shortened once.
fn add_up(changes: &mut Vec<Change>, change: Change) {
    if let Change::Shorten { task, by } = &change {
        for other in changes.iter_mut() {
            if let Change::Shorten { task: same, by: before } = other
                && same == task
            {
                *before = before.plus(*by);
                return;
            }
        }
    }
    changes.push(change);
}
