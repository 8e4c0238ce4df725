//! Every state that a firing can get into, and every way there.

use crate::support::{at, begun};
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use toban_durable::testing::{Explorer, Move, Node, explore};
use toban_durable::{Care, Decision, Heard, Machine, Now};
use toban_routine::firing::{
    Announcement, Begun, Effect, Event, Finish, Outcome, Phase, Ran, Reading, Request, State,
};
use toban_routine::{Finite, Firing};

/// A firing, of which everybody asks everything at any moment.
struct Everything {
    begun: Begun,
    /// Whether it is followed that people are told, and the task.
    is_told: bool,
    /// The ways that need no person, by what tells nodes apart.
    alone: RefCell<HashMap<u64, HashSet<u64>>>,
    /// Of the nodes: whether it is an end, or waits for a person by right.
    may_stay: RefCell<HashMap<u64, bool>>,
}

fn of(json: &str) -> Everything {
    let (alone, may_stay) = (RefCell::default(), RefCell::default());
    Everything { begun: begun(json), is_told: false, alone, may_stay }
}

impl Everything {
    fn with_deadline(mut self, seconds: i64) -> Self {
        self.begun.deadline = Some(at(seconds));
        self
    }

    fn with_give_up(mut self, seconds: i64) -> Self {
        self.begun.give_up = Some(at(seconds));
        self
    }

    fn is_by_hand(&self) -> bool {
        self.begun.task.command.is_none()
    }

    fn is_once(&self) -> bool {
        !self.begun.task.program.is_repeatable
    }

    /// All its states, of which each leads to an end, and without a person too where it is not for a person to say.
    fn explored(&self) -> usize {
        let explored = explore(self);
        explored.assert_always_reaches("an end", Node::is_over);
        let (alone, may_stay) = (self.alone.borrow(), self.may_stay.borrow());
        let mut into: HashMap<u64, Vec<u64>> = HashMap::new();
        for (from, all) in alone.iter() {
            all.iter().for_each(|to| into.entry(*to).or_default().push(*from));
        }
        let mut open: Vec<_> = may_stay.iter().filter(|(_, may)| **may).map(|(node, _)| *node).collect();
        let mut can: HashSet<_> = open.iter().copied().collect();
        while let Some(to) = open.pop() {
            let fresh = into.get(&to).into_iter().flatten().filter(|from| can.insert(**from));
            open.extend(fresh.copied());
        }
        let stuck = explored.nodes().find(|node| !can.contains(&self.name(node)));
        assert!(stuck.is_none(), "no end without a person: {stuck:#?}");
        explored.states()
    }

    fn name(&self, node: &Node<Firing>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.key(node.state(), node.now()).hash(&mut hasher);
        for order in node.orders() {
            let attempt = if self.counts(order.effect) { order.attempt } else { 0 };
            (format!("{:?}", order.effect), attempt, order.is_begun, order.is_running).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn note(&self, before: &Node<Firing>, step: &Move<Firing>, after: &Node<Firing>) {
        let (from, to) = (self.name(before), self.name(after));
        for (name, node) in [(from, before), (to, after)] {
            let is_for_people = match node.state().phase {
                Phase::New | Phase::InDoubt => true,
                Phase::Open | Phase::Blocked => self.begun.give_up.is_none(),
                _ => false,
            };
            self.may_stay.borrow_mut().insert(name, node.is_over() || is_for_people);
        }
        if !matches!(step, Move::Request(_)) {
            self.alone.borrow_mut().entry(from).or_default().insert(to);
        }
    }
}

/// All of a state that makes a difference for what follows, times as what is left of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    phase: Phase,
    is_overdue: bool,
    readings: Vec<Option<String>>,
    failed_tries: u32,
    to_deadline: Option<i64>,
    to_give_up: Option<i64>,
    to_reminder: Option<i64>,
}

/// What a move decided, by the machine's own functions.
fn decided(before: &Node<Firing>, step: &Move<Firing>, after: &Node<Firing>) -> Decision<Firing> {
    let (state, now) = (before.state(), before.now());
    let attempt = |effect| {
        let running = before.orders().find(|order| order.effect == effect && order.is_running);
        running.map_or(1, |order| order.attempt)
    };
    match step {
        Move::Request(request) => Firing::request(state, request, now).unwrap(),
        Move::Heard(effect, Heard::Outcome(outcome)) => {
            Firing::outcome(state, effect, attempt(effect), outcome, now).0
        }
        Move::Heard(effect, Heard::Nothing) if Firing::care(effect) == Care::Once => {
            Firing::doubt(state, effect, now)
        }
        Move::Heard(effect, _) => Firing::lost(state, effect, attempt(effect), now).0,
        Move::Pass(_) if Firing::next_wakeup(state).is_due(after.now()) => Firing::wake(state, after.now()),
        Move::Pass(_) | Move::Start(_) | Move::Crash => Decision::none(),
    }
}

fn is_run(effect: &Effect) -> bool {
    matches!(effect, Effect::Run { .. })
}

fn day_after(at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    Some(at? + TimeDelta::days(1))
}

fn is_over(state: &State) -> bool {
    matches!(state.phase, Phase::Ended(_))
}

fn law(holds: bool, law: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("not so: {law}")) }
}

impl Everything {
    /// People are told of each transition where it happens, and nowhere else; the task of the end, and it is told last.
    fn is_told_once(&self, was: &State, is: &State, decision: &Decision<Firing>) -> Result<(), String> {
        let told: Vec<_> = decision
            .orders
            .iter()
            .filter_map(|effect| match effect {
                Effect::Tell { what, .. } => Some(what),
                _ => None,
            })
            .collect();
        let tells = |is_it: fn(&Announcement) -> bool| told.iter().filter(|what| is_it(what)).count();
        let happens = |is_it: fn(&Event) -> bool| decision.events.iter().any(is_it);
        let is_measured =
            |state: &State| state.begun.is_some() && state.checks().all(|(_, reading)| reading.is_some());
        let is_high = is.checks().any(|(place, reading)| {
            is.holding().any(|held| held == place) || !matches!(reading, Some(Reading::Value(_)))
        });
        let is_bad = matches!(is.phase, Phase::Ended(Finish::Blocked | Finish::Failed | Finish::Missed));
        let has_ended = happens(|event| matches!(event, Event::Ended { .. }));
        // Done late, it is overdue in the same breath: that it is done is what there is to tell.
        let is_overdue = happens(|event| matches!(event, Event::Overdue))
            && !has_ended
            && !happens(|event| matches!(event, Event::Ran { .. }));
        let due = [
            (
                tells(|what| matches!(what, Announcement::ToDo { .. })),
                happens(|event| matches!(event, Event::Begun(_))) && self.is_by_hand(),
            ),
            (
                tells(|what| matches!(what, Announcement::Alert { .. })),
                was.begun.is_some() && !is_measured(was) && is_measured(is) && is_high,
            ),
            (tells(|what| *what == Announcement::Overdue), is_overdue),
            (
                tells(|what| *what == Announcement::InDoubt),
                happens(|event| matches!(event, Event::InDoubt | Event::Reminded)),
            ),
            (tells(|what| matches!(what, Announcement::Ended { .. })), has_ended && is_bad),
        ];
        for (times, is_due) in due {
            law(times == usize::from(is_due), &format!("people are told once of what happens: {told:?}"))?;
        }
        let closes = decision.orders.iter().filter(|effect| matches!(effect, Effect::Close { .. })).count();
        let is_last =
            matches!(decision.orders.last(), Some(Effect::Close { how }) if Phase::Ended(*how) == is.phase);
        law(closes == usize::from(has_ended), "the task is told once that it ended")?;
        law(is_last == has_ended, "the task is told last, and how it ended")
    }

    /// What is known of programs that may have been begun.
    fn is_begun_once(
        &self,
        before: &Node<Firing>,
        step: &Move<Firing>,
        after: &Node<Firing>,
    ) -> Result<(), String> {
        let is = after.state();
        let runs = after.orders().filter(|order| is_run(order.effect)).count();
        // What is begun once is written down before it starts.
        let mut started = after.orders().filter(|order| is_run(order.effect) && order.is_running);
        law(
            started.all(|order| order.is_begun == self.is_once()),
            "what is begun once is known to be begun",
        )?;
        law(runs <= 1, "there is one order to run at most")?;
        match step {
            Move::Start(effects) if effects.iter().any(is_run) => {
                let order = before.orders().find(|order| is_run(order.effect)).unwrap();
                // One that was begun is looked for.
                law(
                    order.is_begun || before.state().phase == Phase::Working,
                    "a program is begun where it is wanted",
                )
            }
            Move::Heard(effect, Heard::Nothing) if is_run(effect) && self.is_once() => {
                law(runs == 0, "what is done once is not begun again where nobody knows")
            }
            Move::Heard(effect, Heard::Outcome(Outcome::Ran(Ran { is_success: true, .. })))
                if is_run(effect) =>
            {
                law(runs == 0 && is.phase != Phase::Working, "what is done is not begun again")
            }
            _ => Ok(()),
        }
    }

    /// It is done when all is met and shown, or when its program was and all is measured.
    fn is_done(
        &self,
        was: &State,
        step: &Move<Firing>,
        after: &Node<Firing>,
        how: Finish,
    ) -> Result<(), String> {
        let is = after.state();
        law((how == Finish::Late) == is.is_overdue, "what is overdue is late, and nothing else")?;
        let task = &is.begun.as_ref().unwrap().task;
        match step {
            Move::Request(Request::Done { conditions, evidence, .. }) => {
                let has_passed = self.begun.deadline.is_some_and(|deadline| deadline < after.now().wall);
                law(!has_passed || how == Finish::Late, "what is done after its deadline is late")?;
                let all = 0..is.conditions().len();
                law(all.into_iter().all(|place| conditions.contains(&place)), "every condition is met")?;
                law(evidence.len() >= task.evidence.len(), "all is shown")
            }
            Move::Request(_) => law(false, "nothing else that is asked is done"),
            _ => {
                let is_measured = is.checks().all(|(_, reading)| reading.is_some());
                let by_program = matches!(was.phase, Phase::Working | Phase::Checking | Phase::Ending { .. });
                law(by_program && is_measured, "a program has done it, and all is measured")
            }
        }
    }
}

impl Explorer<Firing> for Everything {
    type Key = Key;

    fn requests(&self, _: &State, _: Now) -> Vec<Request> {
        let (by, why) = (|| String::from("ann"), || String::from("so it is"));
        let done = |conditions: &[usize], evidence: &[&str]| Request::Done {
            by: by(),
            conditions: conditions.to_vec(),
            evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
        };
        vec![
            Request::Begin(Box::new(self.begun.clone())),
            done(&[0, 1], &["log 7"]),
            done(&[0], &["log 7"]),
            done(&[0, 1], &[" "]),
            done(&[], &[]),
            Request::Waive { by: by(), why: why() },
            Request::Fail { by: by(), why: why() },
            Request::Retry { by: by(), why: why() },
            Request::Block { by: by(), why: why() },
            Request::Unblock { by: by(), why: why() },
            Request::End { is_at_once: false, by: by(), why: why() },
            Request::End { is_at_once: true, by: by(), why: why() },
            Request::GiveUp,
        ]
    }

    fn outcomes(&self, effect: &Effect) -> Vec<Outcome> {
        let failed = Outcome::Failed { why: "it broke".into() };
        let ran = |is_success| Outcome::Ran(Ran { is_success, said: "so".into() });
        let value = |value| Outcome::Measured(Reading::Value(Finite::new(value).unwrap()));
        match effect {
            Effect::Run { .. } => vec![ran(true), ran(false), failed],
            Effect::Measure { alert: 0, .. } => vec![value(0.0), value(9.0)],
            Effect::Measure { .. } => vec![value(9.0), failed],
            Effect::Stop { .. } | Effect::Tell { .. } | Effect::Close { .. } => vec![Outcome::Done, failed],
        }
    }

    fn key(&self, state: &State, now: Now) -> Key {
        // Whether it has passed or passes now makes a difference.
        let left = |at: DateTime<Utc>| (at - now.wall).num_milliseconds().max(-1);
        let begun = state.begun.as_ref().filter(|_| !is_over(state));
        Key {
            phase: state.phase,
            is_overdue: state.is_overdue,
            readings: state
                .readings
                .iter()
                .map(|reading| reading.as_ref().map(|reading| format!("{reading:?}")))
                .collect(),
            failed_tries: state.failed_tries,
            to_deadline: begun.and_then(|begun| begun.deadline).map(left),
            to_give_up: begun.and_then(|begun| begun.give_up).map(left),
            to_reminder: begun.and(state.reminded_at.filter(|_| state.phase == Phase::InDoubt)).map(left),
        }
    }

    fn follows(&self, effect: &Effect) -> bool {
        self.is_told || !matches!(effect, Effect::Tell { .. } | Effect::Close { .. })
    }

    fn most_attempts(&self) -> u32 {
        if self.is_told { 2 } else { 3 }
    }

    fn counts(&self, effect: &Effect) -> bool {
        self.is_told || matches!(effect, Effect::Run { .. } | Effect::Measure { .. })
    }

    fn check(&self, before: &Node<Firing>, step: &Move<Firing>, after: &Node<Firing>) -> Result<(), String> {
        self.note(before, step, after);
        let (was, is) = (before.state(), after.state());
        let decision = decided(before, step, after);
        law(!is_over(was) || was == is, "what is over stays as it is")?;
        let ends = decision.events.iter().filter(|event| matches!(event, Event::Ended { .. })).count();
        law(ends == usize::from(is_over(is) && !is_over(was)), "it ends once")?;
        law(is_over(is) == is.ended_at.is_some(), "it has an end when it is over")?;
        if let Phase::Ended(how) = is.phase
            && !is_over(was)
        {
            let is_stopped = matches!(how, Finish::Cancelled | Finish::Terminated);
            if how.is_done() {
                self.is_done(was, step, after, how)?;
            } else if matches!(was.phase, Phase::Ending { .. }) {
                law(is_stopped, "what was to end and was not done was stopped")?;
                let is_known =
                    matches!(step, Move::Heard(Effect::Stop { .. } | Effect::Run { .. }, Heard::Outcome(_)));
                law(is_known, "a program that was to end ends when that is known")?;
            } else if is_stopped {
                law(matches!(step, Move::Request(Request::End { .. })), "somebody stopped it")?;
            }
            let is_missed = matches!(how, Finish::Missed | Finish::Blocked);
            let is_time = self.begun.give_up.is_some_and(|until| until <= after.now().wall);
            law(!is_missed || (is_time && self.is_by_hand()), "it is given up when it is time")?;
            law(
                (how == Finish::Blocked) == (is_missed && was.phase == Phase::Blocked),
                "what was blocked was",
            )?;
        }
        let is_retried = matches!(step, Move::Request(Request::Retry { .. }));
        law(
            was.phase != Phase::InDoubt
                || (is.phase == Phase::InDoubt
                    && was.doubted_at == is.doubted_at
                    && (was.reminded_at == is.reminded_at || is.reminded_at >= day_after(was.reminded_at)))
                || matches!(step, Move::Request(_))
                || (is.phase == Phase::Ended(Finish::Failed)
                    && was.give_up().is_some_and(|until| until <= after.now().wall)),
            "what is in doubt is so until a person says, or nobody is waited for any more",
        )?;
        law(!is_retried || is.failed_tries == 0, "who tries again tries as often as before")?;
        self.is_told_once(was, is, &decision)?;
        self.is_begun_once(before, step, after)
    }
}

const CHECKS: &str = r#""alerts": [
    {"text": "busy", "measured": {"query": "load", "is": "above", "value": 1}},
    {"text": "somebody calls"},
    {"text": "full", "measured": {"query": "disk", "is": "above", "value": 1}}]"#;
const PROOF: &str = r#""lists": {"completion_conditions": ["it is there", "it opens"]}, "evidence": ["log"]"#;

fn program(is_repeatable: bool, tries: u32, checks: &str) -> Everything {
    let rules = format!(r#"{{"repeatable": {is_repeatable}, "tries": {tries}, "pause": "1s"}}"#);
    of(&format!(r#"{{"command": ["check"], "program": {rules}, {PROOF}{checks}}}"#))
}

const DAY: i64 = 86_400;

#[test]
fn what_people_do_comes_to_an_end_from_everywhere() {
    let by_hand = || of(&format!("{{{PROOF}}}"));
    let checked = || of(&format!("{{{PROOF}, {CHECKS}}}"));
    let states = [
        by_hand().explored(),
        by_hand().with_deadline(3).explored(),
        by_hand().with_give_up(5).explored(),
        by_hand().with_deadline(3).with_give_up(5).explored(),
        by_hand().with_deadline(5).with_give_up(5).explored(),
        by_hand().with_deadline(7).with_give_up(5).explored(),
        checked().with_deadline(3).with_give_up(5).explored(),
    ];
    // 8, 15, 10, 18, 10, 10 and 1,989 states.
    assert!(states.iter().sum::<usize>() > 1_500, "{states:?}");
}

#[test]
fn what_a_program_does_comes_to_an_end_from_everywhere() {
    let mut states = Vec::new();
    for is_repeatable in [false, true] {
        for tries in [1, 2] {
            states.push(program(is_repeatable, tries, "").explored());
            states.push(program(is_repeatable, tries, "").with_deadline(3).explored());
            // Nobody gives up what a program does.
            states.push(program(is_repeatable, tries, "").with_give_up(2).explored());
        }
    }
    // Where people are told again of what is in doubt, and its time is over on the same day or another.
    for (deadline, give_up) in [(DAY, DAY), (DAY + 2, DAY + 1)] {
        states.push(program(false, 1, "").with_deadline(deadline).with_give_up(give_up).explored());
    }
    // From 92 to 944 states.
    assert!(states.iter().all(|states| *states > 50), "{states:?}");
}

#[test]
fn what_a_program_does_and_is_measured_comes_to_an_end_from_everywhere() {
    let checks = format!(", {CHECKS}");
    let states = [
        program(false, 1, &checks).explored(),
        program(true, 1, &checks).explored(),
        program(false, 1, &checks).with_deadline(1).explored(),
    ];
    // 18,820, 13,835 and 65,833 states.
    assert!(states.iter().all(|states| *states > 5_000), "{states:?}");
}

#[test]
fn whoever_is_told_hears_of_it_and_who_cannot_be_told_holds_nothing_up() {
    let told = |everything: Everything| Everything { is_told: true, ..everything }.explored();
    let states = [told(of(&format!("{{{PROOF}}}")).with_deadline(3)), told(program(true, 1, ""))];
    // 1,947 and 653 states.
    assert!(states.iter().all(|states| *states > 300), "{states:?}");
}
