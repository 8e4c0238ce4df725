//! Which pairs of application and schema a plan can meet, on its way and on the way back from anywhere.

use super::database::{Database, Migration};
use super::order::{Order, OrderError};
use super::step::{PlanStep, StepKind};
use super::version::Version;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// So many states a walk looks at; more come about where dozens of steps may run at once.
const MOST_STATES: usize = 100_000;

/// A moment of a list of steps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Before the first step that changes the service.
    Before,
    /// While this step runs.
    During(String),
    /// When this step, and those before it, have ended.
    After(String),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before => f.write_str("before the first step"),
            Self::During(step) => write!(f, "while {step} runs"),
            Self::After(step) => write!(f, "after {step}"),
        }
    }
}

/// When something is met.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// On the way forward.
    Forward(Moment),
    /// On the way back.
    Returning {
        /// Where the way forward was left.
        from: Moment,
        /// The moment of the rollback.
        at: Moment,
    },
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(moment) => moment.fmt(f),
            Self::Returning { from, at } => write!(f, "rolling back from {from}: {at}"),
        }
    }
}

/// A version of the application that serves, and the schema that it meets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The version.
    pub application: Version,
    /// The schema.
    pub schema: String,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on schema {}", self.application, self.schema)
    }
}

/// Why a plan cannot be walked safely.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReachFault {
    /// A pair that does not get on can be met.
    Incompatible {
        /// Which.
        pair: Pair,
        /// When it is met first.
        when: When,
    },
    /// A step that cannot be undone begins while not all traffic is on the new version.
    Irreversible {
        /// Which.
        step: String,
    },
    /// A rollback would not end with the previous version, and it alone, serving.
    Stranded {
        /// Where the way forward was left.
        from: Moment,
        /// How it would end.
        how: Stranded,
    },
    /// So many steps may run at once that not every order can be looked at.
    TooMany,
    /// A step leads to a schema that the migration does not name.
    UnknownSchema {
        /// Which step.
        step: String,
        /// Where it leads.
        schema: String,
    },
}

impl ReachFault {
    /// A stable word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Incompatible { .. } => "incompatible",
            Self::Irreversible { .. } => "irreversible-too-early",
            Self::Stranded { .. } => "stranded",
            Self::TooMany => "too-many-orders",
            Self::UnknownSchema { .. } => "unknown-schema",
        }
    }

    /// Where in a draft the step stands that it is about.
    pub(crate) fn place(&self, steps: &[PlanStep], rollback: &[PlanStep]) -> String {
        let moment = |moment: &Moment| match moment {
            Moment::Before => None,
            Moment::During(step) | Moment::After(step) => Some(step.clone()),
        };
        let step = match self {
            Self::Incompatible { when: When::Forward(at) | When::Returning { at, .. }, .. } => moment(at),
            Self::Irreversible { step } | Self::UnknownSchema { step, .. } => Some(step.clone()),
            Self::Stranded { .. } => return "rollback.steps".into(),
            Self::TooMany => None,
        };
        let place = |steps: &[PlanStep]| steps.iter().position(|one| Some(&one.id) == step.as_ref());
        match (place(steps), place(rollback)) {
            (Some(place), _) => format!("steps[{place}]"),
            (None, Some(place)) => format!("rollback.steps[{place}]"),
            (None, None) => "steps".into(),
        }
    }
}

/// How a rollback would end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stranded {
    /// In maintenance.
    InMaintenance,
    /// With the new version serving.
    OnTheNewVersion,
}

impl fmt::Display for ReachFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incompatible { pair, when } => write!(f, "{pair} do not get on, and meet {when}"),
            Self::Irreversible { step } => {
                write!(f, "{step} cannot be undone, and begins before the new version has all traffic")
            }
            Self::Stranded { from, how } => {
                let how = match how {
                    Stranded::InMaintenance => "in maintenance",
                    Stranded::OnTheNewVersion => "with the new version still serving",
                };
                write!(f, "a rollback from {from} ends {how}")
            }
            Self::TooMany => {
                f.write_str("too many steps that change the service may run at once: put them in an order")
            }
            Self::UnknownSchema { step, schema } => {
                write!(f, "{step} leads to the schema {schema}, which the migration does not name")
            }
        }
    }
}

/// What a plan can meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reach {
    /// Each pair that can be met, with the first moment.
    pub pairs: BTreeMap<Pair, When>,
    /// The first step after which there is no way back, where there is one: it cannot be undone, or what follows from
    /// it does not get on with the previous version, whichever way the rollback goes.
    pub point_of_no_return: Option<String>,
    /// Why the plan cannot be walked safely.
    pub faults: Vec<ReachFault>,
    /// How many states were looked at.
    pub states: usize,
}

/// What a plan changes: the steps forward and back, the versions and the database.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The steps of the day.
    pub steps: &'a [PlanStep],
    /// The steps of the rollback.
    pub rollback: &'a [PlanStep],
    /// The version that serves before; `None`: none does.
    pub previous: Option<&'a Version>,
    /// The version that is released.
    pub version: &'a Version,
    /// What happens to the database.
    pub database: &'a Database,
}

impl Way<'_> {
    /// Walks every order in which the steps may run, and from every state the rollback, in every order.
    ///
    /// # Errors
    /// When no order puts the steps one after the other.
    pub fn reach(&self) -> Result<Reach, OrderError> {
        let unchanged = Migration { schemas: vec![String::new()], compatible: Vec::new() };
        let migration = match self.database {
            Database::Migration(migration) => migration,
            Database::Unchanged => &unchanged,
        };
        let mut reach = Reach::default();
        let forward = Track::new(self.steps, Direction::Forward, migration, &mut reach.faults)?;
        let back = Track::new(self.rollback, Direction::Back, migration, &mut reach.faults)?;
        if reach.faults.is_empty() {
            Walk { way: self, migration, forward, back, returns: BTreeMap::new(), reach: &mut reach }.run();
        }
        Ok(reach)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Back,
}

/// What the service is like.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Live {
    has_old: bool,
    has_new: bool,
    in_maintenance: bool,
    schema: usize,
}

/// How far a list of steps has come: a bit for each that changes the service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    done: u64,
    running: u64,
    live: Live,
    /// No way back any more.
    is_past: bool,
}

#[derive(Clone, Copy)]
enum Change {
    Deploy,
    MaintenanceOff,
    MaintenanceOn,
    Nothing,
    Schema(usize),
    SchemaAtMost(usize),
}

/// The steps of one list that change the service, in an order in which they may run.
struct Track<'a> {
    direction: Direction,
    steps: Vec<(&'a PlanStep, Change)>,
    needs: Vec<u64>,
}

impl<'a> Track<'a> {
    fn new(
        steps: &'a [PlanStep],
        direction: Direction,
        migration: &Migration,
        faults: &mut Vec<ReachFault>,
    ) -> Result<Self, OrderError> {
        let listed: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.after.as_deref())).collect();
        let order = Order::new(&listed)?;
        let ancestors = order.ancestors();
        let mut track = Self { direction, steps: Vec::new(), needs: Vec::new() };
        let mut bits: BTreeMap<usize, u64> = BTreeMap::new();
        for place in order.sequence() {
            let Some(step) = steps.get(*place) else { continue };
            let mut schema = |to: &String| {
                migration.place(to).or_else(|| {
                    faults.push(ReachFault::UnknownSchema { step: step.id.clone(), schema: to.clone() });
                    None
                })
            };
            let change = match &step.kind {
                StepKind::Database { to, .. } => schema(to).map(Change::Schema),
                StepKind::Deploy => Some(Change::Deploy),
                StepKind::MaintenanceOff => Some(Change::MaintenanceOff),
                StepKind::MaintenanceOn => Some(Change::MaintenanceOn),
                StepKind::RestoreSchema { to } => schema(to).map(Change::SchemaAtMost),
                StepKind::Other | StepKind::SmokeTest => step.irreversible.then_some(Change::Nothing),
            };
            let Some(change) = change else { continue };
            let bit = 1_u64.checked_shl(u32::try_from(bits.len()).unwrap_or(u32::MAX));
            let Some(bit) = bit else {
                faults.push(ReachFault::TooMany);
                break;
            };
            let before = ancestors.get(*place).into_iter().flatten();
            track.needs.push(before.filter_map(|before| bits.get(before)).fold(0, |all, bit| all | bit));
            track.steps.push((step, change));
            bits.insert(*place, bit);
        }
        Ok(track)
    }

    /// Each step that can begin or end, the state then, and whether it begins.
    fn next(&self, node: Node, has_previous: bool) -> Vec<(&'a PlanStep, Node, bool)> {
        let mut next = Vec::new();
        for ((place, (step, change)), needs) in self.steps.iter().enumerate().zip(&self.needs) {
            let bit = 1 << place;
            let mut live = node.live;
            if node.running & bit != 0 {
                match (change, self.direction) {
                    (Change::Deploy, Direction::Forward) => live.has_old = false,
                    (Change::Deploy, Direction::Back) => live.has_new = false,
                    (Change::MaintenanceOn, _) => live.in_maintenance = true,
                    (Change::Schema(to), _) => live.schema = *to,
                    (Change::SchemaAtMost(to), _) => live.schema = live.schema.min(*to),
                    (Change::MaintenanceOff | Change::Nothing, _) => {}
                }
                let (done, running) = (node.done | bit, node.running & !bit);
                next.push((*step, Node { done, running, live, ..node }, false));
            } else if node.done & bit == 0 && node.done & needs == *needs {
                match (change, self.direction) {
                    (Change::Deploy, Direction::Forward) => live.has_new = true,
                    (Change::Deploy, Direction::Back) => live.has_old = has_previous,
                    (Change::MaintenanceOff, _) => live.in_maintenance = false,
                    _ => {}
                }
                next.push((*step, Node { running: node.running | bit, live, ..node }, true));
            }
        }
        next
    }

    fn moment(&self, node: Node) -> Moment {
        let named = |bits: u64, last: bool| {
            let mut marked = self.steps.iter().enumerate().filter(|(place, _)| bits & (1 << place) != 0);
            let step = if last { marked.next_back() } else { marked.next() };
            step.map(|(_, (step, _))| step.id.clone())
        };
        match (named(node.running, false), named(node.done, true)) {
            (Some(step), _) => Moment::During(step),
            (None, Some(step)) => Moment::After(step),
            (None, None) => Moment::Before,
        }
    }

    fn is_over(&self, node: Node) -> bool {
        node.running == 0 && usize::try_from(node.done.count_ones()) == Ok(self.steps.len())
    }
}

/// What a rollback from one state of the service meets.
#[derive(Clone, Default)]
struct Return {
    pairs: BTreeMap<Pair, Moment>,
    incompatible: Option<(Pair, Moment)>,
    stranded: BTreeSet<Stranded>,
}

struct Walk<'a> {
    way: &'a Way<'a>,
    migration: &'a Migration,
    forward: Track<'a>,
    back: Track<'a>,
    returns: BTreeMap<Live, Return>,
    reach: &'a mut Reach,
}

impl Walk<'_> {
    fn run(&mut self) {
        let live =
            Live { has_old: self.way.previous.is_some(), has_new: false, in_maintenance: false, schema: 0 };
        let mut last_steps = BTreeSet::new();
        let mut start = Node { done: 0, running: 0, live, is_past: false };
        start.is_past = self.is_past(None, start, &mut last_steps);
        let mut seen = BTreeSet::from([start]);
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for (step, mut next, begins) in self.forward.next(node, self.way.previous.is_some()) {
                next.is_past = self.is_past(Some((step, begins)), next, &mut last_steps);
                if seen.insert(next) {
                    queue.push_back(next);
                }
            }
            if seen.len() > MOST_STATES {
                self.reach.faults.push(ReachFault::TooMany);
                break;
            }
        }
        self.reach.states += seen.len();
        let steps = &self.forward.steps;
        let first = steps.iter().find(|(step, _)| last_steps.contains(&step.id));
        self.reach.point_of_no_return = first.map(|(step, _)| step.id.clone());
    }

    /// Looks at what serves in a state and at what a rollback from it would meet, and says whether there is no way back
    /// any more, now that the step has begun or ended.
    fn is_past(
        &mut self,
        step: Option<(&PlanStep, bool)>,
        node: Node,
        last_steps: &mut BTreeSet<String>,
    ) -> bool {
        let from = self.forward.moment(node);
        let mut gets_on = true;
        for pair in self.pairs(node.live) {
            let when = When::Forward(from.clone());
            if !self.gets_on(&pair) {
                self.fault_once(&pair, &when);
                gets_on = false;
            }
            self.meet(pair, when);
        }
        if node.is_past {
            return true;
        }
        if let Some((step, true)) = step.filter(|(step, _)| step.is_irreversible()) {
            let fault = ReachFault::Irreversible { step: step.id.clone() };
            if node.live.has_old && !self.reach.faults.contains(&fault) {
                self.reach.faults.push(fault);
            }
            last_steps.insert(step.id.clone());
            return true;
        }
        if !gets_on {
            // What is wrong already is not told again of the rollback.
            return true;
        }
        let Return { pairs, incompatible, stranded } = self.rolled_back(node.live);
        for how in stranded {
            let is_same =
                |fault: &ReachFault| matches!(fault, ReachFault::Stranded { how: one, .. } if *one == how);
            if !self.reach.faults.iter().any(is_same) {
                self.reach.faults.push(ReachFault::Stranded { from: from.clone(), how });
            }
        }
        let Some((pair, at)) = incompatible else {
            for (pair, at) in pairs {
                self.meet(pair, When::Returning { from: from.clone(), at });
            }
            return false;
        };
        match step {
            Some((step, _)) if step.forward_fix.is_some() && !node.live.has_old => {
                last_steps.insert(step.id.clone());
            }
            _ => self.fault_once(&pair, &When::Returning { from, at }),
        }
        true
    }

    fn rolled_back(&mut self, live: Live) -> Return {
        if let Some(known) = self.returns.get(&live) {
            return known.clone();
        }
        let start = Node { done: 0, running: 0, live, is_past: false };
        let (mut seen, mut queue) = (BTreeSet::from([start]), VecDeque::from([start]));
        let mut found = Return::default();
        while let Some(node) = queue.pop_front() {
            let at = self.back.moment(node);
            // What the way forward meets is not the rollback's.
            for pair in self.pairs(node.live).into_iter().filter(|_| node != start) {
                if found.incompatible.is_none() && !self.gets_on(&pair) {
                    found.incompatible = Some((pair.clone(), at.clone()));
                }
                found.pairs.entry(pair).or_insert_with(|| at.clone());
            }
            if self.back.is_over(node) {
                if node.live.in_maintenance {
                    found.stranded.insert(Stranded::InMaintenance);
                }
                if node.live.has_new {
                    found.stranded.insert(Stranded::OnTheNewVersion);
                }
            }
            for (_, next, _) in self.back.next(node, self.way.previous.is_some()) {
                if seen.insert(next) {
                    queue.push_back(next);
                }
            }
            if seen.len() > MOST_STATES {
                self.reach.faults.push(ReachFault::TooMany);
                break;
            }
        }
        self.reach.states += seen.len();
        self.returns.insert(live, found.clone());
        found
    }

    fn pairs(&self, live: Live) -> Vec<Pair> {
        let Some(schema) = self.migration.schemas.get(live.schema) else { return Vec::new() };
        let old = self.way.previous.filter(|_| live.has_old);
        let new = live.has_new.then_some(self.way.version);
        let serving = old.into_iter().chain(new).filter(|_| !live.in_maintenance);
        serving.map(|version| Pair { application: version.clone(), schema: schema.clone() }).collect()
    }

    fn gets_on(&self, pair: &Pair) -> bool {
        *self.way.database == Database::Unchanged
            || self.migration.is_compatible(&pair.application, &pair.schema)
    }

    fn fault_once(&mut self, pair: &Pair, when: &When) {
        let is_same =
            |fault: &ReachFault| matches!(fault, ReachFault::Incompatible { pair: one, .. } if one == pair);
        if !self.reach.faults.iter().any(is_same) {
            self.reach.faults.push(ReachFault::Incompatible { pair: pair.clone(), when: when.clone() });
        }
    }

    fn meet(&mut self, pair: Pair, when: When) {
        self.reach.pairs.entry(pair).or_insert(when);
    }
}
