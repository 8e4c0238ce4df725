//! Every state that a small instance of a machine can get into, and every way there.

use crate::fold::Fold;
use crate::journal::StreamId;
use crate::line::{LineOf, Mark};
use crate::machine::{Care, Heard, Machine};
use crate::orders::{OpenOrder, follows};
use crate::time::{Now, Stamp, Steady};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

/// What is tried on a machine, and what must always hold.
pub trait Explorer<M: Machine> {
    /// What makes two states the same for the law: times belong into it as what is left of them.
    type Key: Clone + Debug + Eq + Hash;

    /// What somebody may ask for in that state; what is refused leads nowhere.
    fn requests(&self, state: &M::State, now: Now) -> Vec<M::Request>;

    /// What may come of an order.
    fn outcomes(&self, effect: &M::Effect) -> Vec<M::Outcome>;

    /// See [`Key`](Self::Key).
    fn key(&self, state: &M::State, now: Now) -> Self::Key;

    /// Whether it matters when an order is performed and what comes of it; one for which it does not is taken as done
    /// when it is given, which makes far fewer states.
    fn follows(&self, effect: &M::Effect) -> bool {
        let _ = effect;
        true
    }

    /// How often an order is tried before its tries are followed no further.
    fn most_attempts(&self) -> u32 {
        2
    }

    /// Whether it matters how often an order was tried; one for which it does not may be tried for ever.
    fn counts(&self, effect: &M::Effect) -> bool {
        let _ = effect;
        true
    }

    /// What must hold of every move.
    ///
    /// # Errors
    /// When it does not hold: what is wrong.
    fn check(&self, before: &Node<M>, step: &Move<M>, after: &Node<M>) -> Result<(), String>;
}

/// A machine and its orders at a moment.
#[derive(Debug)]
pub struct Node<M: Machine> {
    fold: Fold<M>,
    now: Now,
}

impl<M: Machine> Clone for Node<M> {
    fn clone(&self) -> Self {
        Self { fold: self.fold.clone(), now: self.now }
    }
}

impl<M: Machine> Node<M> {
    /// The state of the machine.
    #[must_use]
    pub fn state(&self) -> &M::State {
        &self.fold.state
    }

    /// When this is.
    #[must_use]
    pub fn now(&self) -> Now {
        self.now
    }

    /// Its orders that are not closed.
    pub fn orders(&self) -> impl Iterator<Item = OpenOrder<'_, M::Effect>> {
        self.fold.open.iter().map(|(id, open)| OpenOrder {
            id: *id,
            effect: &open.effect,
            attempt: open.attempt,
            is_begun: open.is_begun,
            is_running: open.is_running,
        })
    }

    /// Whether nothing will happen any more, and every order is closed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        M::is_over(&self.fold.state) && self.fold.open.is_empty()
    }

    fn line(&self) -> LineOf<M> {
        LineOf::<M>::new(M::VERSION, Stamp { now: self.now, origin: None, elapsed: None })
    }

    fn take(&self, line: &LineOf<M>) -> Self {
        let mut next = self.clone();
        next.fold.take(self.fold.seq + 1, self.fold.hash, line);
        next
    }
}

/// What happened between two nodes.
#[derive(Debug)]
pub enum Move<M: Machine> {
    /// Somebody asked, and it was granted.
    Request(M::Request),
    /// Orders started; what was not wanted was withdrawn.
    Start(Vec<M::Effect>),
    /// This was heard of an order.
    Heard(M::Effect, Heard<M::Outcome>),
    /// The process died while it performed orders, and another one took over.
    Crash,
    /// Time passed until something was due.
    Pass(TimeDelta),
}

/// All nodes of a machine, and the ways between them.
#[derive(Debug)]
pub struct Explored<M: Machine> {
    nodes: Vec<Node<M>>,
    /// From where a node was first reached, and how.
    from: Vec<Option<(usize, String)>>,
    moves: Vec<(usize, usize)>,
}

impl<M: Machine> Explored<M> {
    /// How many nodes there are.
    #[must_use]
    pub fn states(&self) -> usize {
        self.nodes.len()
    }

    /// How many moves lead from one to another.
    #[must_use]
    pub fn moves(&self) -> usize {
        self.moves.len()
    }

    /// The nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &Node<M>> {
        self.nodes.iter()
    }

    /// Panics where there is a node from which no way leads to such a one, and tells how one gets there.
    pub fn assert_always_reaches(&self, what: &str, is_goal: impl Fn(&Node<M>) -> bool) {
        let mut into = vec![Vec::new(); self.nodes.len()];
        for (from, to) in &self.moves {
            if let Some(into) = into.get_mut(*to) {
                into.push(*from);
            }
        }
        let mut can: Vec<_> = self.nodes.iter().map(&is_goal).collect();
        let mut open: Vec<_> = (0..can.len()).filter(|place| can.get(*place) == Some(&true)).collect();
        while let Some(to) = open.pop() {
            for from in into.get(to).into_iter().flatten() {
                if let Some(can) = can.get_mut(*from).filter(|can| !**can) {
                    *can = true;
                    open.push(*from);
                }
            }
        }
        if let Some(stuck) = can.iter().position(|can| !can) {
            panic!("no way to {what} from here:\n{}", self.way_to(stuck));
        }
    }

    fn way_to(&self, place: usize) -> String {
        let mut way = vec![format!("=> {:#?}", self.nodes.get(place).map(Node::state))];
        let mut at = place;
        while let Some(Some((before, step))) = self.from.get(at) {
            way.push(step.clone());
            at = *before;
        }
        way.reverse();
        way.join("\n")
    }
}

/// Follows every move from a new machine on, each state once, by the functions of the machine itself and the rules by
/// which a run gives out orders.
///
/// # Panics
/// Where a move breaks the law: with the shortest way there.
pub fn explore<M: Machine, E: Explorer<M>>(explorer: &E) -> Explored<M> {
    let now = Now { wall: DateTime::<Utc>::UNIX_EPOCH, steady: Steady::START };
    let start = Node { fold: Fold::new(StreamId::new(M::KIND, "explored")), now };
    let mut found = HashMap::from([(key(explorer, &start), 0)]);
    let mut explored = Explored { nodes: vec![start], from: vec![None], moves: Vec::new() };
    let mut queue = VecDeque::from([0]);
    while let Some(place) = queue.pop_front() {
        let Some(node) = explored.nodes.get(place).cloned() else { continue };
        for (step, mut next) in moves(explorer, &node) {
            next.fold.open.retain(|_, open| explorer.follows(&open.effect));
            if let Err(why) = explorer.check(&node, &step, &next) {
                let way = explored.way_to(place);
                panic!("{why}\n{way}\n{step:?}\n=> {:#?}", next.state());
            }
            let fresh = explored.nodes.len();
            let to = *found.entry(key(explorer, &next)).or_insert(fresh);
            explored.moves.push((place, to));
            if to == fresh {
                assert!(
                    fresh < MOST_STATES,
                    "no end of states in sight:\n{}\n{step:?}",
                    explored.way_to(place)
                );
                explored.nodes.push(next);
                explored.from.push(Some((place, format!("{step:?}"))));
                queue.push_back(to);
            }
        }
    }
    explored
}

/// More than can be looked at: something grows without an end, or the key tells apart what is the same.
const MOST_STATES: usize = 2_000_000;

/// An order as far as it makes a difference: what, which attempt, begun or not, running or not, how long it waits.
type OrderKey = (String, u32, bool, bool, i64);

fn key<M: Machine, E: Explorer<M>>(explorer: &E, node: &Node<M>) -> (E::Key, Vec<OrderKey>) {
    let orders = node.fold.open.values().map(|open| {
        let effect = serde_json::to_string(&open.effect).expect("an effect can be written");
        let waits = open.not_before.since(node.now.steady).num_milliseconds();
        let attempt = if explorer.counts(&open.effect) { open.attempt } else { 0 };
        (effect, attempt, open.is_begun, open.is_running, waits)
    });
    (explorer.key(node.state(), node.now), orders.collect())
}

fn moves<M: Machine, E: Explorer<M>>(explorer: &E, node: &Node<M>) -> Vec<(Move<M>, Node<M>)> {
    let mut moves = Vec::new();
    for request in explorer.requests(node.state(), node.now) {
        if let Ok(decision) = M::request(node.state(), &request, node.now) {
            moves.push((Move::Request(request), node.take(&node.line().deciding(decision))));
        }
    }
    moves.extend(start(node));
    let running = node.fold.open.iter().filter(|(_, open)| open.is_running);
    for (id, open) in running {
        let most = if explorer.counts(&open.effect) { explorer.most_attempts() } else { u32::MAX };
        let outcomes = explorer.outcomes(&open.effect).into_iter().map(Heard::Outcome);
        let not_done = (M::care(&open.effect) == Care::Once).then_some(Heard::NotDone);
        for heard in outcomes.chain(not_done).chain([Heard::Nothing]) {
            let order = (*id, &open.effect, open.attempt);
            let (decision, mark) = follows::<M>(node.state(), order, &heard, node.now);
            if matches!(mark, Mark::Again { .. }) && most <= open.attempt {
                continue;
            }
            let next = node.take(&node.line().deciding(decision).marking(vec![mark]));
            moves.push((Move::Heard(open.effect.clone(), heard), next));
        }
    }
    if node.fold.open.values().any(|open| open.is_running) {
        let mut next = node.clone();
        next.fold.open.values_mut().for_each(|open| open.is_running = false);
        moves.push((Move::Crash, next));
    }
    moves.extend(pass(node));
    moves
}

fn start<M: Machine>(node: &Node<M>) -> Option<(Move<M>, Node<M>)> {
    let due = node.fold.due(node.now, Care::Once);
    if due.starts.is_empty() && due.withdrawn.is_empty() {
        return None;
    }
    let fence = crate::Epoch(1);
    let begun = due.begun.iter().map(|order| Mark::Begun { order: *order, fence });
    let withdrawn = due.withdrawn.iter().map(|order| Mark::Withdrawn { order: *order });
    let mut next = node.take(&node.line().marking(withdrawn.chain(begun).collect()));
    let started = due.starts.iter().filter_map(|id| {
        let open = next.fold.open.get_mut(id)?;
        open.is_running = true;
        Some(open.effect.clone())
    });
    let started = started.collect();
    Some((Move::Start(started), next))
}

/// Time passes until the machine or an order is due, and a machine that is due wakes.
fn pass<M: Machine>(node: &Node<M>) -> Option<(Move<M>, Node<M>)> {
    let waiting =
        node.fold.open.values().filter(|open| !open.is_running && open.not_before > node.now.steady);
    let orders = waiting.map(|open| open.not_before.since(node.now.steady)).min();
    let wait = M::next_wakeup(node.state()).wait(node.now).into_iter().chain(orders).min()?;
    let mut next = node.clone();
    next.now = Now { wall: node.now.wall + wait, steady: node.now.steady.after(wait) };
    if M::next_wakeup(next.state()).is_due(next.now) {
        let decision = M::wake(next.state(), next.now);
        next = next.take(&next.line().deciding(decision));
    }
    Some((Move::Pass(wait), next))
}
