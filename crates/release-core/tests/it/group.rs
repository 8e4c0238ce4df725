//! Releases that belong together: every state that two and three of them can get into, and real ones.

mod rollouts;

use crate::support::{Doer, World, approve, command, course, minutes};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use toban_core::testing::FakeClock;
use toban_durable::testing::{CrashPerform, Explorer, Move, Node, Stage, block_on, explore};
use toban_durable::{Journal, Machine, MemoryJournal, Now, Order, Perform, Run, Settle, Turn, settle};
use toban_release_core::group::{
    Announcement, Ask, Effect, Event, Group, GroupFault, GroupPlan, Member, MemberState, Members, Need,
    OnFailure, Outcome, Pace, Phase, Point, Request, Standing, State, Why,
};
use toban_release_core::rollout::{self, Course, Rollout};
use toban_release_core::{Strategy, StrategyKind, Weight};

/// So many stages, each but the first with a gate.
fn stages(stages: u8) -> Strategy {
    let stage = |place: u8| {
        let weight = Weight::percent(100 / stages * (place + 1)).unwrap().max(Weight::percent(1).unwrap());
        let weight = if place + 1 == stages { Weight::ALL } else { weight };
        let stage = toban_release_core::Stage::new(format!("{weight}"), weight, minutes(5));
        if place == 0 { stage } else { stage.gated() }
    };
    Strategy::new(StrategyKind::Canary, (0..stages).map(stage).collect()).unwrap()
}

fn member(name: &str, of: u8, needs: &[(&str, Point)]) -> Member {
    let needs = needs.iter().map(|(member, point)| Need { member: (*member).into(), point: *point });
    let course = Course { strategy: stages(of), ..course() };
    Member { name: name.into(), course, needs: needs.collect() }
}

fn plan(members: Vec<Member>, pace: Pace, on_failure: OnFailure) -> GroupPlan {
    GroupPlan { name: "shop and cart".into(), members, pace, on_failure }
}

fn chain(on_failure: OnFailure) -> GroupPlan {
    let of = |name, needs: &[(&str, Point)]| member(name, 2, needs);
    let members = vec![
        of("cart", &[("shop", Point::Done)]),
        of("shop", &[]),
        of("mail", &[("cart", Point::Soaked(0)), ("shop", Point::Soaked(1))]),
    ];
    plan(members, Pace::Free, on_failure)
}

fn propose(plan: &GroupPlan) -> Request {
    Request::Propose { plan: Box::new(plan.clone()), by: "ann".into() }
}

fn abort() -> Request {
    Request::Abort { by: "bea".into(), why: "errors".into() }
}

/// What somebody knows of a group from outside: the law is written down anew here, not taken from the machine.
struct Everything {
    plan: GroupPlan,
    /// The members whose orders are followed from being given to whatever comes of them; those of the others are taken
    /// as done when they are given, and what came of them is reported at any time after.
    followed: std::ops::Range<usize>,
}

impl Everything {
    fn len(&self, member: usize) -> usize {
        self.plan.members[member].course.stages().len()
    }

    /// How many stages a member has behind it.
    fn soaked(&self, state: &MemberState, member: usize) -> usize {
        match state.standing {
            Standing::Forward { soaked } => soaked,
            Standing::Done => self.len(member),
            _ => 0,
        }
    }

    fn is_met(&self, need: &Need, state: &State) -> bool {
        let place = self.plan.members.iter().position(|one| one.name == need.member).unwrap();
        let soaked = self.soaked(&state.members[place], place);
        match need.point {
            Point::Done => state.members[place].standing == Standing::Done,
            Point::Soaked(stage) => soaked > stage,
        }
    }

    fn needs(&self, member: usize, other: usize) -> bool {
        self.plan.members[member].needs.iter().any(|need| need.member == self.plan.members[other].name)
    }

    /// What a member may come to next, by all that is physically possible.
    fn next(&self, member: usize, state: &MemberState) -> Vec<Standing> {
        let is_let_in = |stage: usize| self.plan.pace == Pace::Free || stage == 0 || state.opened >= stage;
        match state.standing {
            Standing::Out if state.has_begun => vec![Standing::Forward { soaked: 0 }, Standing::Barred],
            Standing::Forward { soaked } => {
                let mut next = vec![Standing::Back];
                if soaked == 0 {
                    next.push(Standing::Aborted);
                }
                if soaked == self.len(member) {
                    next.push(Standing::Done);
                } else if is_let_in(soaked) {
                    next.push(Standing::Forward { soaked: soaked + 1 });
                }
                next
            }
            Standing::Done => vec![Standing::Back],
            Standing::Back => vec![Standing::RolledBack],
            _ => vec![],
        }
    }
}

impl Explorer<Group> for Everything {
    type Key = (Phase, Vec<MemberState>);

    fn requests(&self, state: &State, _: Now) -> Vec<Request> {
        let (by, why) = (String::from("cy"), String::from("so"));
        let mut requests =
            vec![propose(&self.plan), abort(), Request::Dissolve { by: by.clone(), why: why.clone() }];
        for (place, one) in state.members.iter().enumerate() {
            let member = self.plan.members[place].name.clone();
            // What is true now, and what was true before and comes late.
            let heard =
                self.next(place, one).into_iter().chain([Standing::Out, Standing::Forward { soaked: 0 }]);
            let late = |standing: &Standing| one.has_begun || *standing == Standing::Out;
            let report = |standing| Request::Report { member: member.clone(), standing };
            requests.extend(heard.filter(late).map(report));
            requests.push(Request::BroughtBack { member, by: by.clone(), why: why.clone() });
        }
        requests
    }

    fn outcomes(&self, effect: &Effect) -> Vec<Outcome> {
        let Effect::Ask { ask, .. } = effect else { return vec![Outcome::Told] };
        let stands = match ask {
            Ask::Begin => vec![Standing::Forward { soaked: 0 }, Standing::Barred],
            Ask::Open(stage) => vec![Standing::Forward { soaked: *stage }, Standing::Back],
            Ask::Pause => vec![Standing::Forward { soaked: 0 }],
            // It may have been done, or back, before it was asked.
            Ask::Recall => vec![Standing::Back, Standing::Aborted, Standing::Done],
        };
        let no_return = (*ask == Ask::Recall).then_some(Outcome::NoReturn);
        let failed = Outcome::Failed { why: "no journal".into() };
        stands.into_iter().map(Outcome::Stands).chain(no_return).chain([failed]).collect()
    }

    fn follows(&self, effect: &Effect) -> bool {
        matches!(effect, Effect::Ask { member, .. } if self.followed.contains(member))
    }

    fn most_attempts(&self) -> u32 {
        1
    }

    fn key(&self, state: &State, _: Now) -> Self::Key {
        (state.phase, state.members.clone())
    }

    fn check(&self, before: &Node<Group>, step: &Move<Group>, after: &Node<Group>) -> Result<(), String> {
        let (was, is) = (before.state(), after.state());
        let is_over = matches!(was.phase, Phase::Done | Phase::RolledBack | Phase::Dissolved);
        if is_over && was != is {
            return Err("the end is no end".into());
        }
        if was.phase == Phase::Returning && !matches!(is.phase, Phase::Returning | Phase::RolledBack) {
            return Err("from the way back it went elsewhere".into());
        }
        let is_forward = |phase: Phase| matches!(phase, Phase::New | Phase::Forward);
        for (place, one) in is.members.iter().enumerate() {
            let old = was.members.get(place).copied().unwrap_or_default();
            if one.has_begun && !old.has_begun {
                if !is_forward(was.phase) || !is_forward(is.phase) {
                    return Err("a member began though the group did not go on".into());
                }
                if !self.plan.members[place].needs.iter().all(|need| self.is_met(need, is)) {
                    return Err("a member began before what it needs".into());
                }
            }
            if one.opened != old.opened {
                if !is_forward(was.phase) || !is_forward(is.phase) {
                    return Err("a gate was opened though the group did not go on".into());
                }
                let others = is.members.iter().enumerate();
                if others
                    .clone()
                    .any(|(other, state)| self.soaked(state, other) < one.opened.min(self.len(other)))
                {
                    return Err("a gate was opened before all had soaked".into());
                }
            }
            // Nobody is a stage ahead of the barrier.
            if self.plan.pace == Pace::LockStep && is_forward(is.phase) {
                let slowest = is
                    .members
                    .iter()
                    .enumerate()
                    .filter(|(other, state)| self.soaked(state, *other) < self.len(*other));
                let slowest = slowest.map(|(other, state)| self.soaked(state, other)).min();
                if slowest.is_some_and(|slowest| self.soaked(one, place) > slowest + 1) {
                    return Err("a member is a stage ahead".into());
                }
            }
            let is_back = |one: &MemberState| {
                let is_home =
                    matches!(one.standing, Standing::Aborted | Standing::RolledBack | Standing::Barred);
                !one.has_begun || is_home || one.is_brought_back
            };
            if (one.is_recalled && !old.is_recalled) || (one.is_stranded && !old.is_stranded) {
                let mut others = is.members.iter().enumerate();
                if others.any(|(other, state)| self.needs(other, place) && !is_back(state)) {
                    return Err("a member was brought back before one that needed it".into());
                }
            }
            if is.phase == Phase::RolledBack && !is_back(one) {
                return Err("rolled back, and a member is not".into());
            }
            if is.phase == Phase::Done && one.standing != Standing::Done {
                return Err("done, and a member is not".into());
            }
            if one.is_brought_back && !old.is_brought_back && !matches!(step, Move::Request(_)) {
                return Err("nobody said that it is back".into());
            }
        }
        if let Move::Start(effects) = step {
            for effect in effects {
                let Effect::Ask { ask, .. } = effect else { continue };
                let may = match ask {
                    Ask::Begin | Ask::Open(_) => is.phase == Phase::Forward,
                    Ask::Pause => is.phase == Phase::Held,
                    Ask::Recall => is.phase == Phase::Returning,
                };
                if !may {
                    return Err(format!("{ask:?} started while the group is {}", is.phase));
                }
            }
        }
        let mut asked: Vec<_> = after.orders().map(|order| format!("{:?}", order.effect)).collect();
        let all = asked.len();
        asked.sort();
        asked.dedup();
        if asked.len() < all {
            return Err("the same was ordered twice".into());
        }
        Ok(())
    }
}

fn explored(plan: &GroupPlan, followed: std::ops::Range<usize>) -> usize {
    let explored = explore(&Everything { plan: plan.clone(), followed });
    println!(
        "{} members, {:?}, {:?}: {} states, {} moves",
        plan.members.len(),
        plan.pace,
        plan.on_failure,
        explored.states(),
        explored.moves()
    );
    explored.assert_always_reaches("an end", |node| Group::is_over(node.state()));
    let phases = |phase| explored.nodes().any(|node| node.state().phase == phase);
    assert!(phases(Phase::Done) && phases(Phase::RolledBack));
    assert_eq!(phases(Phase::Held), plan.on_failure == OnFailure::Hold);
    assert_eq!(phases(Phase::Dissolved), plan.on_failure == OnFailure::Hold);
    // From everywhere that is not over all can be brought back, in one request.
    for node in explored.nodes().filter(|node| matches!(node.state().phase, Phase::Forward | Phase::Held)) {
        assert!(!Group::request(node.state(), &abort(), node.now()).unwrap().events.is_empty());
    }
    explored.states()
}

#[test]
fn two_members_that_fail_abort_crash_and_answer_late() {
    let mut states = 0;
    for on_failure in [OnFailure::BringBack, OnFailure::Hold] {
        let even = vec![member("shop", 2, &[]), member("cart", 2, &[])];
        let followed = if on_failure == OnFailure::BringBack { 0..2 } else { 1..2 };
        states += explored(&plan(even, Pace::LockStep, on_failure), followed);
        let uneven = vec![member("shop", 3, &[]), member("cart", 2, &[])];
        states += explored(&plan(uneven, Pace::LockStep, on_failure), 0..1);
        let needs = [("shop", Point::Done)];
        let members = vec![member("cart", 2, &needs), member("shop", 2, &[])];
        states += explored(&plan(members, Pace::Free, on_failure), 0..2);
    }
    println!("{states} states of two members");
    assert!(states > 1_000, "{states}");
}

#[test]
fn three_members_that_fail_abort_crash_and_answer_late() {
    let mut states = 0;
    for on_failure in [OnFailure::BringBack, OnFailure::Hold] {
        let of = |name, needs: &[(&str, Point)]| member(name, 2, needs);
        let members = vec![of("shop", &[]), of("cart", &[]), of("mail", &[("shop", Point::Soaked(0))])];
        // Where they are held the orders of two members are followed, above.
        let followed = if on_failure == OnFailure::BringBack { 2..3 } else { 3..3 };
        states += explored(&plan(members, Pace::LockStep, on_failure), followed.clone());
        states += explored(&chain(on_failure), followed);
    }
    println!("{states} states of three members");
    assert!(states > 10_000, "{states}");
}

#[test]
fn a_group_that_cannot_end_or_cannot_be_held_is_refused() {
    let fault = |plan: GroupPlan| match Group::request(&State::default(), &propose(&plan), now()) {
        Err(refused) => match refused.why {
            Why::Plan(fault) => fault,
            why => panic!("{why}"),
        },
        Ok(_) => panic!("granted"),
    };
    let free = |members| plan(members, Pace::Free, OnFailure::Hold);
    let step = |members| plan(members, Pace::LockStep, OnFailure::Hold);
    let (shop, cart) = (|| member("shop", 2, &[]), |needs: &[(&str, Point)]| member("cart", 2, needs));
    assert_eq!(fault(free(vec![shop()])), GroupFault::TooFew);
    assert_eq!(fault(free(vec![shop(), shop()])), GroupFault::Twice { member: "shop".into() });
    let nameless = GroupPlan { name: " ".into(), ..free(vec![shop(), cart(&[])]) };
    assert_eq!(fault(nameless), GroupFault::NoName);
    for need in [("mail", Point::Done), ("shop", Point::Soaked(2))] {
        let expected = GroupFault::NoSuchPoint { member: "cart".into(), needs: need.0.into() };
        assert_eq!(fault(free(vec![shop(), cart(&[need])])), expected);
    }
    let open = Course { strategy: Strategy::canary(minutes(5)), ..course() };
    let ungated = Member { course: open, ..shop() };
    let not_gated = GroupFault::NotGated { member: "shop".into(), stage: 1 };
    assert_eq!(fault(step(vec![ungated, cart(&[])])), not_gated);
    let named = |approvers: &[&str]| {
        let approvers = approvers.iter().map(ToString::to_string).collect();
        Member { course: Course { approvers, ..shop().course }, ..shop() }
    };
    let not_let_in = GroupFault::NotLetIn { member: "shop".into(), group: "group shop and cart".into() };
    assert_eq!(fault(step(vec![named(&["bea"]), cart(&[])])), not_let_in);
    let let_in = step(vec![named(&["bea", "group shop and cart"]), cart(&[])]);
    assert!(Group::request(&State::default(), &propose(&let_in), now()).is_ok());
    let unasked = Member { course: Course { approvals: 0, ..shop().course }, ..shop() };
    assert_eq!(fault(free(vec![unasked, cart(&[])])), GroupFault::NoApproval { member: "shop".into() });
    // Each needs the other; one needs itself; in lock-step one waits for the end of another that waits for it.
    let circle = |member: &str| GroupFault::Circle { member: member.into() };
    let each = vec![member("shop", 2, &[("cart", Point::Soaked(0))]), cart(&[("shop", Point::Soaked(0))])];
    assert_eq!(fault(free(each)), circle("shop"));
    assert_eq!(fault(free(vec![shop(), cart(&[("cart", Point::Done)])])), circle("cart"));
    assert_eq!(fault(step(vec![shop(), cart(&[("shop", Point::Done)])])), circle("shop"));
    let fine = step(vec![shop(), cart(&[("shop", Point::Soaked(0))])]);
    assert!(Group::request(&State::default(), &propose(&fine), now()).is_ok());
}

#[test]
fn that_nobody_could_be_told_of_a_group_is_on_record() {
    let call = Effect::Announce(Announcement::Held);
    let failed = Outcome::Failed { why: "no line".into() };
    let state = State::default();
    let most = rollout::MOST_CALLS;
    let (decision, settle) = Group::outcome(&state, &call, most - 1, &failed, now());
    assert!(decision.events.is_empty() && matches!(settle, Settle::Again { .. }));
    let (decision, settle) = Group::outcome(&state, &call, most, &failed, now());
    assert_eq!(decision.events, [Event::Untold { what: Announcement::Held, why: "no line".into() }]);
    assert_eq!(settle, Settle::Done);
}

fn now() -> Now {
    Now { wall: crate::support::wall(0), steady: toban_durable::Steady::START }
}
