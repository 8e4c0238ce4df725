//! Every state that a task of two or three times can get into, and every way there.
//!
//! What has begun stands in the firings and not in the state of the task, so that this search has a world beside it:
//! which firings there are, and what is on record of each time.

use crate::support::{at, task};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use toban_durable::{Machine, Now, Steady};
use toban_routine::firing::{Finish, Occasion};
use toban_routine::schedule::{Event, Request, Seen, State, Why};
use toban_routine::{Overlap, Schedule, TaskPlan, WhyRefused};

const HOUR: i64 = 3_600;
/// A time that no rule makes.
const ODD: i64 = 1_800;

/// A firing, as its own stream has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Firing {
    Runs {
        give_up: Option<i64>,
    },
    /// And its task has not been told.
    Over,
    Closed,
}

/// What is on record of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    Began,
    LeftOut,
    Refused,
}

#[derive(Clone, Debug)]
struct World {
    state: State,
    now: Now,
    firings: BTreeMap<i64, Firing>,
    told: BTreeMap<i64, Told>,
    has_asked: bool,
    has_jumped: bool,
}

/// How a task is, and what befalls it.
#[derive(Clone, Copy, Debug)]
struct Case {
    overlap: Overlap,
    is_by_hand: bool,
    missed: &'static str,
    is_paused: bool,
    is_asked: bool,
    is_set_back: bool,
    /// How many times it has.
    times: i64,
}

const POLICIES: [(Overlap, &str); 6] = [
    (Overlap::AllowAll, "allow_all"),
    (Overlap::BufferAll, "buffer_all"),
    (Overlap::BufferOne, "buffer_one"),
    (Overlap::CancelOther, "cancel_other"),
    (Overlap::Skip, "skip"),
    (Overlap::TerminateOther, "terminate_other"),
];
const MISSED: [&str; 4] = [r#"{"all": {"most": 1}}"#, r#""coalesce""#, r#""latest""#, r#""skip""#];

impl Case {
    fn plan(self) -> TaskPlan {
        let name = POLICIES.iter().find(|(overlap, _)| *overlap == self.overlap).unwrap().1;
        let command = if self.is_by_hand { "" } else { r#""command": ["check"],"# };
        task(&format!(
            r#"{{{command} "overlap": "{name}", "due": {{"missed": {}, "catch_up": "2h"}},
                "when": {{"every": "1h", "start": "1970-01-01T01:00:00Z", "count": {}}}}}"#,
            self.missed, self.times
        ))
    }
}

fn seconds(time: DateTime<Utc>) -> i64 {
    time.timestamp()
}

fn occasion() -> Occasion {
    Occasion::Backfill { by: "ann".into(), why: "the disk was full".into() }
}

impl World {
    fn new(case: Case) -> Self {
        let now = Now { wall: at(0), steady: Steady::START };
        let mut world = Self {
            state: State::default(),
            now,
            firings: BTreeMap::new(),
            told: BTreeMap::new(),
            has_asked: false,
            has_jumped: false,
        };
        world.ask(&Request::Plan { plan: Box::new(case.plan()), by: "ann".into() }).unwrap();
        world
    }

    fn ask(&mut self, request: &Request) -> Result<Vec<Event>, Why> {
        let decision = Schedule::request(&self.state, request, self.now).map_err(|refused| refused.why)?;
        decision.events.iter().for_each(|event| Schedule::apply(&mut self.state, event, self.now));
        Ok(decision.events)
    }

    /// What is known of the firings that are on record as running, and of those that would begin.
    fn seen(&self) -> Seen {
        let now = seconds(self.now.wall);
        let is_over = |nominal: i64| match self.firings[&nominal] {
            Firing::Runs { give_up } => give_up.is_some_and(|until| until <= now),
            Firing::Over | Firing::Closed => true,
        };
        let running = self.state.running.iter().map(|fired| fired.nominal);
        let over = running.filter(|one| is_over(seconds(*one))).map(|one| (one, Finish::Done));
        let mut seen = Seen { over: over.collect(), ..Seen::default() };
        loop {
            let known = seen.begun.len();
            for begun in self.state.advance(self.now, &seen).begins() {
                if self.firings.contains_key(&seconds(begun.nominal)) {
                    seen.begun.insert(begun.nominal);
                }
            }
            if seen.begun.len() == known {
                return seen;
            }
        }
    }

    /// Sees to the task. `None` where nothing follows.
    fn advance(&self, case: Case) -> Option<Self> {
        let seen = self.seen();
        let advance = self.state.advance(self.now, &seen);
        if advance.is_none() {
            return None;
        }
        let mut next = self.clone();
        for over in seen.over.keys() {
            next.firings.insert(seconds(*over), Firing::Closed);
        }
        let decision =
            Schedule::request(&self.state, &Request::Advance(Box::new(advance.clone())), self.now).unwrap();
        for event in &decision.events {
            next.take(case, event);
        }
        for (nominal, is_at_once) in advance.ends() {
            assert_eq!(*is_at_once, case.overlap == Overlap::TerminateOther);
            if *is_at_once {
                // Its task waits for it no more.
                next.firings.insert(seconds(*nominal), Firing::Closed);
            }
        }
        for begun in advance.begins() {
            let give_up = begun.give_up.map(seconds);
            assert!(case.is_by_hand || give_up.is_none(), "what a program does is never given up");
            let before = next.firings.insert(seconds(begun.nominal), Firing::Runs { give_up });
            assert_eq!(before, None, "each firing begins once");
        }
        Some(next)
    }

    /// Takes in one fact, held to what may happen.
    fn take(&mut self, case: Case, event: &Event) {
        match event {
            Event::Began { nominal, occasion } => {
                let is_asked = occasion.is_asked();
                let counts = |fired: &&toban_routine::schedule::Fired| !(fired.is_asked && case.is_by_hand);
                let beside = self.state.running.iter().filter(counts).count();
                let may_be_beside = case.overlap == Overlap::AllowAll || (is_asked && case.is_by_hand);
                assert!(beside == 0 || may_be_beside, "it began beside another one: {event:?}");
                assert!(is_asked || self.state.paused.is_none(), "it began while paused: {event:?}");
                self.tell(seconds(*nominal), Told::Began, is_asked);
            }
            Event::LeftOut { first, last, count, .. } => {
                let all: Vec<_> = (seconds(*first)..=seconds(*last)).step_by(3_600).collect();
                assert_eq!(all.len() as u64, *count);
                all.into_iter().for_each(|one| self.tell(one, Told::LeftOut, false));
            }
            Event::Refused { nominal, why: WhyRefused::Begun } => {
                assert!(self.firings.contains_key(&seconds(*nominal)), "it has begun: {event:?}");
            }
            Event::Refused { nominal, .. } => {
                let is_asked = self.state.asked.iter().any(|asked| asked.nominal == *nominal);
                assert!(!is_asked, "what somebody asks for is refused by no rule: {event:?}");
                self.tell(seconds(*nominal), Told::Refused, false);
            }
            Event::Rewound { to } => {
                assert!(self.has_jumped, "nobody has set the clock back");
                // These come again.
                self.told.retain(|nominal, told| *nominal <= seconds(*to) || *told == Told::Began);
            }
            Event::Decided { upto } => assert!(self.state.decided <= Some(*upto), "it went back"),
            _ => {}
        }
        Schedule::apply(&mut self.state, event, self.now);
    }

    fn tell(&mut self, nominal: i64, told: Told, is_asked: bool) {
        let before = self.told.insert(nominal, told);
        match (before, told) {
            (None, _) => {}
            // What did not run is made up for.
            (Some(Told::LeftOut | Told::Refused), Told::Began) if is_asked => {}
            // A clock that was set back comes over it again: what is on record twice begins once.
            (Some(before), told) if self.has_jumped && (before, told) != (Told::Began, Told::Began) => {
                let has_begun = before == Told::Began;
                self.told.insert(nominal, if has_begun { before } else { told });
            }
            _ => panic!("of {nominal} there is {told:?} on record, and {before:?}"),
        }
    }

    /// What holds at any moment.
    fn check(&self, case: Case) {
        let running = self.state.running.iter().map(|fired| fired.nominal);
        let pending = self.state.waiting.iter().chain(&self.state.asked).map(|pending| pending.nominal);
        let all: Vec<_> = running.chain(pending.clone()).collect();
        let different: HashSet<_> = all.iter().collect();
        assert_eq!(all.len(), different.len(), "one time stands twice in {:?}", self.state);
        let decided = seconds(self.state.decided.unwrap());
        for nominal in (1..=case.times).map(|hour| hour * HOUR).filter(|nominal| *nominal <= decided) {
            let waits = pending.clone().any(|one| seconds(one) == nominal);
            assert!(waits || self.told.contains_key(&nominal), "nothing is on record of {nominal}");
        }
        // To read a plan takes longer than all else here, so that each eighth has its turn.
        if !self.name().is_multiple_of(8) {
            return;
        }
        let alone = {
            let mut alone = State::default();
            let summary = Schedule::summary(&self.state).unwrap();
            Schedule::apply(&mut alone, &summary, self.now);
            alone
        };
        assert_eq!(shown(&alone), shown(&self.state));
        assert_eq!(alone.last, self.state.last);
        let seen = self.seen();
        let (one, other) = (alone.advance(self.now, &seen), self.state.advance(self.now, &seen));
        let events = |state: &State, advance| {
            let request = Request::Advance(Box::new(advance));
            Schedule::request(state, &request, self.now).unwrap().events
        };
        assert_eq!((one.begins(), one.ends()), (other.begins(), other.ends()));
        assert_eq!(events(&alone, one), events(&self.state, other));
    }

    fn is_idle(&self) -> bool {
        let State { running, waiting, asked, .. } = &self.state;
        running.is_empty() && waiting.is_empty() && asked.is_empty()
    }

    fn name(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.now.wall, shown(&self.state), &self.firings, &self.told).hash(&mut hasher);
        (self.has_asked, self.has_jumped).hash(&mut hasher);
        hasher.finish()
    }

    fn moves(&self, case: Case) -> Vec<Self> {
        let mut moves: Vec<Self> = self.advance(case).into_iter().collect();
        if let Some(next) = moves.first() {
            // All that follows follows at once.
            assert!(next.advance(case).is_none(), "and more follows: {next:?}");
            let waits = next.state.waiting.len() + next.state.asked.len();
            assert!(waits == 0 || !next.state.running.is_empty() || next.state.paused.is_some(), "{next:?}");
        }
        let person = (String::from("ann"), String::from("moving"));
        let (by, why) = person;
        let mut asked = Vec::new();
        if case.is_paused {
            asked.push(Request::Pause { by: by.clone(), why: why.clone() });
            asked.push(Request::Continue { by, why });
        }
        if case.is_asked && !self.has_asked && self.now.wall >= at(HOUR) {
            asked.push(Request::Run { times: vec![at(HOUR), at(ODD), at(ODD)], occasion: occasion() });
        }
        for request in asked {
            let mut next = self.clone();
            next.has_asked |= matches!(request, Request::Run { .. });
            let Ok(events) = next.ask(&request) else { continue };
            moves.extend((!events.is_empty()).then(|| {
                let stale = Request::Advance(Box::new(self.state.advance(self.now, &Seen::default())));
                assert_eq!(next.clone().ask(&stale), Err(Why::Stale), "what was decided before is refused");
                next
            }));
        }
        for (nominal, firing) in &self.firings {
            let mut next = self.clone();
            match firing {
                Firing::Runs { .. } => drop(next.firings.insert(*nominal, Firing::Over)),
                Firing::Over => {
                    let runs = self.state.running.iter().any(|fired| seconds(fired.nominal) == *nominal);
                    let ended = Request::Ended { nominal: at(*nominal), how: Finish::Done };
                    assert_eq!(next.ask(&ended).unwrap().len(), usize::from(runs), "it is told once");
                    next.firings.insert(*nominal, Firing::Closed);
                }
                Firing::Closed => continue,
            }
            moves.push(next);
        }
        let hours = seconds(self.now.wall) / HOUR;
        for pass in [1, 2].into_iter().filter(|pass| hours + pass <= case.times + 1) {
            let (mut next, time) = (self.clone(), TimeDelta::seconds(pass * HOUR));
            next.now = Now { wall: self.now.wall + time, steady: self.now.steady.after(time) };
            moves.push(next);
        }
        if case.is_set_back && !self.has_jumped && hours >= 2 {
            let mut next = self.clone();
            (next.now.wall, next.has_jumped) = (self.now.wall - TimeDelta::seconds(2 * HOUR), true);
            moves.push(next);
        }
        moves
    }
}

/// All of a state that a reader sees, but for what has ended last: nothing follows from that.
fn shown(state: &State) -> String {
    let State { decided, paused, running, waiting, asked, .. } = state;
    format!("{decided:?} {} {running:?} {waiting:?} {asked:?}", paused.is_some())
}

/// All that can become of a task; says how many states there are.
fn explore(case: Case) -> usize {
    let mut names = HashMap::new();
    let mut into: Vec<Vec<usize>> = Vec::new();
    let mut idle = Vec::new();
    let mut queue = VecDeque::new();
    let mut meet = |world: World, queue: &mut VecDeque<(usize, World)>, idle: &mut Vec<bool>| {
        let fresh = names.len();
        let place = *names.entry(world.name()).or_insert(fresh);
        if place == fresh {
            world.check(case);
            idle.push(world.is_idle());
            queue.push_back((place, world));
        }
        place
    };
    meet(World::new(case), &mut queue, &mut idle);
    while let Some((from, world)) = queue.pop_front() {
        for next in world.moves(case) {
            let to = meet(next, &mut queue, &mut idle);
            into.resize_with(idle.len().max(into.len()), Vec::new);
            into[to].push(from);
        }
    }
    let mut open: Vec<_> = (0..idle.len()).filter(|place| idle[*place]).collect();
    while let Some(to) = open.pop() {
        for from in into.get(to).into_iter().flatten() {
            if !std::mem::replace(&mut idle[*from], true) {
                open.push(*from);
            }
        }
    }
    assert!(idle.iter().all(|can| *can), "no way to an idle task: {case:?}");
    idle.len()
}

/// Each overlap by hand and by program, with that.
fn explored(missed: &'static str, case: impl Fn(Case) -> Case) -> usize {
    let mut states = 0;
    for (overlap, _) in POLICIES {
        for is_by_hand in [false, true] {
            let plain = Case {
                overlap,
                is_by_hand,
                missed,
                is_paused: false,
                is_asked: false,
                is_set_back: false,
                times: 3,
            };
            states += explore(case(plain));
        }
    }
    states
}

#[test]
fn whatever_is_missed_is_on_record_once() {
    let states: Vec<_> = MISSED.iter().map(|missed| explored(missed, |case| case)).collect();
    // 1,056, 1,185, 1,185 and 1,050 states of twelve tasks each.
    assert!(states.iter().all(|states| *states > 900), "{states:?}");
}

#[test]
fn while_it_is_paused_nothing_begins_by_the_rule() {
    let states = explored(MISSED[1], |case| Case { is_paused: true, is_asked: true, times: 2, ..case });
    // 7,944 states of twelve tasks.
    assert!(states > 5_000, "{states}");
}

#[test]
fn what_was_asked_for_begins_once_beside_what_is_due() {
    let states = explored(MISSED[0], |case| Case { is_asked: true, times: 2, ..case });
    // 2,903 states of twelve tasks.
    assert!(states > 2_000, "{states}");
}

#[test]
fn a_clock_that_is_set_back_has_nothing_begin_twice() {
    let states = explored(MISSED[2], |case| Case { is_set_back: true, ..case });
    // 7,960 states of twelve tasks.
    assert!(states > 5_000, "{states}");
}
