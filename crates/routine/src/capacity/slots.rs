//! Whether what is done at the same time finds enough people: a sweep with a matching at each start.

use chrono::NaiveTime;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::world::{Millis, Staffing, Time, World};

/// How many times of works clashes hold in all.
const MOST_HELD: usize = 500_000;

/// Works at times that together need more people than could do them and are there.
#[derive(Debug)]
pub(crate) struct Clash {
    /// When it is seen.
    at: Millis,
    /// The times, by work.
    pub(crate) times: Vec<Time>,
    /// The works, with the times of day that tell them apart.
    pub(crate) clocks: Vec<(usize, Option<NaiveTime>)>,
    /// Everybody who could do one of them.
    pub(crate) people: BTreeSet<usize>,
}

impl Clash {
    fn is_same(&self, other: &Self) -> bool {
        let names = |clash: &Self| clash.times.iter().map(|time| (time.work, time.start)).collect::<Vec<_>>();
        self.clocks == other.clocks && names(self) == names(other)
    }
}

/// The clashes of a world, at each instant at which something begins; those that last are there again.
///
/// At each instant each work holds as many people as it needs; who began it may hand it over. A clash is a set of works
/// that is too large for all the people who could do any of them (the condition of Hall's theorem).
///
/// There may be too many to hold: then the answer says from when on it is not known.
pub(crate) fn clashes(world: &World, before: &[Rc<Clash>]) -> (Vec<Rc<Clash>>, Option<Millis>) {
    let (mut held, mut more) = (0, None);
    let mut found: Vec<_> = before.iter().filter(|clash| !world.is_touched(clash.at)).cloned().collect();
    let mut active: Vec<&Time> = Vec::new();
    let mut times = world.times.iter().filter(|time| time.staffing == Staffing::Enough).peekable();
    while let Some(time) = times.next() {
        let at = time.start;
        active.retain(|other| other.end > at);
        active.push(time);
        let is_whole = times.peek().is_none_or(|next| next.start > at);
        if is_whole && active.len() > 1 && world.is_touched(at) {
            if held > MOST_HELD {
                more = Some(at);
                break;
            }
            let short = short(world, at, &active).into_iter().map(Rc::new);
            found.extend(short.inspect(|clash| held += clash.times.len()));
        }
    }
    found.sort_by_key(|clash| clash.at);
    (found, more)
}

/// Each clash once, when it is seen first.
pub(crate) fn firsts(all: &[Rc<Clash>]) -> impl Iterator<Item = &Clash> {
    let mut last: Vec<&Clash> = Vec::new();
    all.iter().map(Rc::as_ref).filter(move |clash| {
        last.retain(|other| other.times.iter().all(|time| time.end > clash.at));
        let is_new = last.iter().all(|other| !other.is_same(clash));
        if is_new {
            last.push(clash);
        }
        is_new
    })
}

/// Whether a time finds people beside all others but those that are left out.
pub(crate) fn is_free(world: &World, time: &Time, is_left_out: impl Fn(&Time) -> bool) -> bool {
    let others: Vec<&Time> = world
        .touching(time.start, time.end)
        .filter(|other| other.staffing == Staffing::Enough && !is_left_out(other))
        .collect();
    let starts = others.iter().map(|other| other.start).filter(|start| *start > time.start);
    let starts: BTreeSet<Millis> = starts.chain([time.start]).collect();
    starts.into_iter().all(|at| {
        let mut active: Vec<&Time> =
            others.iter().copied().filter(|other| other.start <= at && at < other.end).collect();
        active.push(time);
        short(world, at, &active).is_empty()
    })
}

/// The sets among what goes on at one instant that lack people.
fn short(world: &World, at: Millis, active: &[&Time]) -> Vec<Clash> {
    let mut order: Vec<&Time> = active.to_vec();
    // Most often there are so many that each finds its people whomever the others take.
    order.sort_by_key(|time| time.there.len());
    let mut taken = 0_usize;
    let is_roomy = |time: &&Time| {
        taken = taken.saturating_add(time.needs);
        taken <= time.there.len()
    };
    if order.iter().all(is_roomy) {
        return Vec::new();
    }
    // Who needs many comes first, so that what is left without anybody is the small work beside the meeting.
    let id = |time: &Time| world.work(time.work).map(|work| &work.id);
    order.sort_by(|one, two| two.needs.cmp(&one.needs).then_with(|| id(one).cmp(&id(two))));
    let mut matching = Matching { demands: Vec::new(), holder: BTreeMap::new() };
    let mut clashes: Vec<Clash> = Vec::new();
    let mut seen_works = BTreeSet::new();
    for time in order {
        for _ in 0..time.needs {
            let demand = matching.demands.len();
            matching.demands.push(time);
            let mut seen = BTreeSet::new();
            if matching.augment(demand, &mut seen) {
                continue;
            }
            let holders = seen.iter().filter_map(|person| matching.holder.get(person)).chain([&demand]);
            let mut times: Vec<&Time> =
                holders.filter_map(|demand| matching.demands.get(*demand)).copied().collect();
            times.sort_by_key(|time| (time.work, time.start));
            times.dedup_by_key(|time| (time.work, time.start));
            let works: Vec<_> = times.iter().map(|time| (time.work, time.start)).collect();
            if seen_works.insert(works) {
                let mut clocks: Vec<_> = times.iter().map(|time| (time.work, time.clock)).collect();
                clocks.dedup();
                let times = times.into_iter().cloned().collect();
                clashes.push(Clash { at, times, clocks, people: seen });
            }
            break;
        }
    }
    clashes
}

struct Matching<'a> {
    /// One for each person that a work needs.
    demands: Vec<&'a Time>,
    /// Whose demand a person is held by.
    holder: BTreeMap<usize, usize>,
}

impl Matching<'_> {
    /// Finds somebody for a demand, perhaps by moving others. Where it does not, `seen` is everybody who could do any of
    /// what they hold.
    fn augment(&mut self, demand: usize, seen: &mut BTreeSet<usize>) -> bool {
        let Some(time) = self.demands.get(demand).copied() else { return false };
        for person in time.there.iter() {
            if !seen.insert(*person) {
                continue;
            }
            let is_free = match self.holder.get(person).copied() {
                None => true,
                Some(other) => self.augment(other, seen),
            };
            if is_free {
                self.holder.insert(*person, demand);
                return true;
            }
        }
        false
    }
}
