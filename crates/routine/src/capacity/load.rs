//! Whether the work of a stretch of time fits the hours of those who could do it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use toban_core::{Interval, Ratio, Share};

use super::world::{Group, Millis, Person, Staffing, World, millis};
use crate::team::{People, TeamDraft};

/// The work of a stretch beside the hours for it.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) within: Interval,
    pub(crate) tasks: Millis,
    pub(crate) interrupts: Millis,
    pub(crate) capacity: Millis,
    pub(crate) over: Option<Over>,
}

/// Work that only some can do, and that is more than their hours.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) people: Group,
    pub(crate) works: BTreeSet<usize>,
    pub(crate) load: Millis,
    pub(crate) capacity: Millis,
}

/// What the hours of a team may be used for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    cap: Share,
    interrupts: Millis,
}

impl Limits {
    /// `None` while a value is unknown.
    pub(crate) fn of(team: &TeamDraft) -> Option<Self> {
        let is_known = team.people.iter().all(|person| person.leave.is_some());
        is_known.then_some(())?;
        Some(Self { cap: team.toil_cap?, interrupts: millis(team.interrupts?) })
    }
}

const WEEK: i128 = 7 * 86_400_000;
const MINUTE: i128 = 60_000;

/// Work that the same people could do: `each` of them does at most that much of it.
struct Demand {
    able: Group,
    works: BTreeSet<usize>,
    left: Millis,
    each: Millis,
}

/// Times of a work at which the same people could do it.
struct Counted<'a> {
    able: &'a Group,
    needs: usize,
    each: Millis,
    count: Millis,
}

/// The load of a stretch. Work belongs to where it begins. Hours are rounded down to
/// milliseconds, and interrupts up to minutes.
///
/// Work is divided among those who could do it as it fits best: `over` is there where no division fits.
pub(crate) fn load(world: &World, within: Interval, limits: Limits) -> Load {
    let (from, to) = (within.start().timestamp_millis(), within.end().timestamp_millis());
    let mut counted: Vec<Vec<Counted>> = world.works.iter().map(|_| Vec::new()).collect();
    let first = world.times.partition_point(|time| time.start < from);
    for time in world.times.get(first..).unwrap_or_default().iter().take_while(|time| time.start < to) {
        let Some(work) = world.work(time.work) else { continue };
        let (able, needs) = match (time.staffing, work.people) {
            (Staffing::Enough, _) => (&time.there, time.needs),
            // It is work all the same, whenever it will be done.
            (_, People::All) => (&work.able, work.able.len()),
            (_, People::Number(_)) => (&work.able, work.least().min(work.able.len())),
        };
        // Most times of a work are alike, and told apart by where their group lies, not by who is in it.
        let Some(known) = counted.get_mut(time.work) else { continue };
        match known.iter_mut().find(|known| Rc::ptr_eq(known.able, able)) {
            Some(known) => known.count += 1,
            None => known.push(Counted { able, needs, each: time.end - time.start, count: 1 }),
        }
    }
    let mut demands: BTreeMap<(&Group, usize), Demand> = BTreeMap::new();
    let mut tasks: Millis = 0;
    let counted = counted.iter().enumerate().flat_map(|(work, all)| all.iter().map(move |one| (work, one)));
    for (work, Counted { able, needs, each, count }) in counted {
        let each = each.saturating_mul(*count);
        let all = each.saturating_mul(Millis::try_from(*needs).unwrap_or(Millis::MAX));
        tasks = tasks.saturating_add(all);
        let demand = demands.entry((able, *needs)).or_insert_with(|| Demand {
            able: (*able).clone(),
            works: BTreeSet::new(),
            left: 0,
            each: 0,
        });
        demand.works.insert(work);
        demand.left = demand.left.saturating_add(all);
        demand.each = demand.each.saturating_add(each);
    }
    let length = i128::from(to - from);
    let minutes = (i128::from(limits.interrupts) * length + WEEK * MINUTE - 1).div_euclid(WEEK * MINUTE);
    let interrupts = Millis::try_from(minutes * MINUTE).unwrap_or(Millis::MAX);
    let hours = |person: &Person| {
        let there = u128::try_from(person.there_within(from, to)).unwrap_or(0);
        let share = person.leave.rest().as_ratio().checked_mul(limits.cap.as_ratio());
        let all = share.and_then(|share| share.checked_mul(Ratio::whole(there)));
        // What 128 bits do not hold is a share that nobody writes.
        all.and_then(|all| Millis::try_from(all.numerator() / all.denominator()).ok()).unwrap_or(0)
    };
    let capacities: Vec<Millis> = world.people.iter().map(hours).collect();
    let mut demands: Vec<_> = demands.into_values().filter(|demand| !demand.able.is_empty()).collect();
    demands.push(Demand {
        able: (0..world.people.len()).collect(),
        works: BTreeSet::new(),
        left: interrupts,
        each: interrupts,
    });
    let over = Flow::new(&demands, &capacities).over(&demands, &capacities);
    Load { within, tasks, interrupts, capacity: capacities.iter().sum(), over }
}

/// How demands are divided among people.
struct Flow {
    /// By demand and person.
    given: BTreeMap<(usize, usize), Millis>,
    /// What is left of each demand, and of each person's hours.
    left: Vec<Millis>,
    spare: Vec<Millis>,
}

/// Where a search came from.
type Steps = BTreeMap<Node, Node>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Demand(usize),
    Person(usize),
}

impl Flow {
    fn new(demands: &[Demand], capacities: &[Millis]) -> Self {
        let mut flow = Self {
            given: BTreeMap::new(),
            left: demands.iter().map(|demand| demand.left).collect(),
            spare: capacities.to_vec(),
        };
        for demand in 0..demands.len() {
            while let (_, Some(path)) = flow.search(demands, &[demand]) {
                flow.push(demands, &path);
            }
        }
        flow
    }

    fn given(&self, demand: usize, person: usize) -> Millis {
        self.given.get(&(demand, person)).copied().unwrap_or(0)
    }

    /// Everything that can be reached from what is left of these demands, and the way to somebody with spare hours.
    fn search(&self, demands: &[Demand], from: &[usize]) -> (BTreeSet<Node>, Option<Vec<Node>>) {
        let has_left = |demand: &&usize| self.left.get(**demand).is_some_and(|left| *left > 0);
        let mut queue: VecDeque<Node> =
            from.iter().filter(has_left).map(|demand| Node::Demand(*demand)).collect();
        let mut seen: BTreeSet<Node> = queue.iter().copied().collect();
        let mut steps = Steps::new();
        while let Some(node) = queue.pop_front() {
            let next: Vec<Node> = match node {
                Node::Demand(place) => {
                    let Some(demand) = demands.get(place) else { continue };
                    let open = demand.able.iter().filter(|person| self.given(place, **person) < demand.each);
                    open.map(|person| Node::Person(*person)).collect()
                }
                Node::Person(place) => {
                    if self.spare.get(place).is_some_and(|spare| *spare > 0) {
                        return (seen, Some(way(&steps, node)));
                    }
                    let holds = (0..demands.len()).filter(|demand| self.given(*demand, place) > 0);
                    holds.map(Node::Demand).collect()
                }
            };
            for other in next {
                if seen.insert(other) {
                    steps.insert(other, node);
                    queue.push_back(other);
                }
            }
        }
        (seen, None)
    }

    /// Gives as much along a way as goes.
    fn push(&mut self, demands: &[Demand], path: &[Node]) {
        let pairs = || path.iter().copied().zip(path.iter().copied().skip(1));
        let room = |step: (Node, Node)| match step {
            (Node::Demand(demand), Node::Person(person)) => {
                demands.get(demand).map_or(0, |one| one.each - self.given(demand, person))
            }
            (Node::Person(person), Node::Demand(demand)) => self.given(demand, person),
            _ => 0,
        };
        let ends = path.first().zip(path.last()).map(|(first, last)| (*first, *last));
        let Some((Node::Demand(first), Node::Person(last))) = ends else { return };
        let left = self.left.get(first).copied().unwrap_or(0);
        let spare = self.spare.get(last).copied().unwrap_or(0);
        let amount = pairs().map(room).min().unwrap_or(0).min(left).min(spare);
        for step in pairs() {
            match step {
                (Node::Demand(demand), Node::Person(person)) => {
                    *self.given.entry((demand, person)).or_default() += amount;
                }
                (Node::Person(person), Node::Demand(demand)) => {
                    *self.given.entry((demand, person)).or_default() -= amount;
                }
                _ => {}
            }
        }
        if let (Some(left), Some(spare)) = (self.left.get_mut(first), self.spare.get_mut(last)) {
            (*left, *spare) = (*left - amount, *spare - amount);
        }
    }

    /// The people whose hours are too few, and what only they can do.
    fn over(&self, demands: &[Demand], capacities: &[Millis]) -> Option<Over> {
        let all: Vec<usize> = (0..demands.len()).collect();
        let missing: Millis = self.left.iter().sum();
        if missing == 0 {
            return None;
        }
        let (seen, _) = self.search(demands, &all);
        let people: Group = seen
            .iter()
            .filter_map(|node| match node {
                Node::Person(person) => Some(*person),
                Node::Demand(_) => None,
            })
            .collect();
        let works = seen.iter().filter_map(|node| match node {
            Node::Demand(demand) => demands.get(*demand),
            Node::Person(_) => None,
        });
        let works = works.flat_map(|demand| &demand.works).copied().collect();
        let capacity = people.iter().filter_map(|person| capacities.get(*person)).sum();
        Some(Over { people, works, load: missing.saturating_add(capacity), capacity })
    }
}

fn way(steps: &Steps, end: Node) -> Vec<Node> {
    let mut path = vec![end];
    let mut at = end;
    while let Some(before) = steps.get(&at) {
        path.push(*before);
        at = *before;
    }
    path.reverse();
    path
}
