//! Every state that a release of four stages can get into, and every way there.

use crate::support::{abort, approve, command, course, minutes, propose, wall};
use std::collections::BTreeSet;
use toban_durable::OpenOrder;
use toban_durable::testing::{Explored, Explorer, Move, Node, explore};
use toban_durable::{Care, Decision, Heard, Machine, Now};
use toban_release_core::rollout::{
    Back, Course, Effect, Event, Freeze, Hold, Next, NoReturn, Outcome, Part, Phase, Request, Rollout, Ruled,
    State, Why,
};
use toban_release_core::{Gate, Return, Stage, Strategy, StrategyKind, Weight};

/// A course, and what is asked of it besides being proposed, approved and answered.
struct Everything {
    course: Course,
    asked: Vec<Request>,
}

impl Everything {
    /// All that anybody may ask, at any moment.
    fn of(course: Course) -> Self {
        Self { course, asked: every_request() }
    }

    /// These requests and no others.
    fn asked(self, names: &[&str]) -> Self {
        let asked = self.asked.into_iter().filter(|one| names.contains(&one.name())).collect();
        Self { asked, ..self }
    }

    fn and(mut self, request: Request) -> Self {
        self.asked.push(request);
        self
    }
}

/// A long time from the begin.
const FAR: i64 = 1_000_000;

fn every_request() -> Vec<Request> {
    let (by, why) = (String::from("cy"), String::from("so"));
    vec![
        approve("ann"),
        abort(),
        Request::Open { by: by.clone(), stage: 2, why: why.clone() },
        Request::Pause { by: by.clone(), why: why.clone() },
        Request::Resume { by: by.clone(), why: why.clone() },
        Request::Override { by: by.clone(), why: why.clone(), until: wall(FAR) },
        Request::RollBack { by: by.clone(), why },
        Request::Supersede { by, revision: "r2".into() },
    ]
}

fn four_stages() -> Course {
    let stages = Strategy::canary(minutes(5)).stages().to_vec();
    let stages = stages.into_iter().enumerate();
    let stages = stages.map(|(place, stage)| if place == 2 { stage.gated() } else { stage }).collect();
    Course {
        strategy: Strategy::new(StrategyKind::Canary, stages).unwrap().with_return(Return::Gradual),
        freezes: vec![Freeze { start: wall(3), end: wall(8), why: "freeze".into() }],
        rollback: vec![command("restore", false)],
        ..course()
    }
}

/// All of a state that makes a difference for what follows, times as what is left of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    phase: Phase,
    approved: BTreeSet<String>,
    opened: Option<usize>,
    soak: Option<i64>,
    is_paused: bool,
    stage: Option<usize>,
    has_begun: bool,
    is_past_return: bool,
    ruled: Option<Ruled>,
    frozen: Option<i64>,
    overridden: Option<i64>,
    times: Vec<i64>,
}

/// The moves of a course in their order, and the place of where it stands among them; `None`: before, or at the end.
fn place(course: &Course, state: &State) -> Option<usize> {
    let (prepared, stages) = (course.preparation.len(), course.stages().len());
    let next = |next| match next {
        Next::Prepare(place) => place,
        Next::Stage(stage) => prepared + stage,
        Next::Complete(place) => prepared + stages + place,
    };
    let weights = state.way_back().len();
    let back = |back| match back {
        Back::Undo(place) if place < course.before_return => place,
        Back::Weight(place) => course.before_return + place,
        Back::Undo(place) => weights + place,
        Back::Verify(place) => weights + course.rollback.len() + place,
    };
    Some(match about(state.phase)? {
        Part::Next(one) => next(one),
        Part::Back(one) => back(one),
    })
}

/// The move that a phase is about.
fn about(phase: Phase) -> Option<Part> {
    match phase {
        Phase::Ready(next) | Phase::Moving(next) | Phase::Broken(next) => Some(Part::Next(next)),
        Phase::Soaking { stage, .. } => Some(Part::Next(Next::Stage(stage))),
        Phase::Returning(back) | Phase::Stuck(back) => Some(Part::Back(back)),
        Phase::Asking(about) => Some(about.part()),
        _ => None,
    }
}

/// What a move decided, by the machine's own functions.
fn decided(before: &Node<Rollout>, step: &Move<Rollout>, after: &Node<Rollout>) -> Decision<Rollout> {
    let (state, now) = (before.state(), before.now());
    let attempt =
        |effect| before.orders().find(|order| order.effect == effect).map_or(1, |order| order.attempt);
    match step {
        Move::Request(request) => Rollout::request(state, request, now).unwrap(),
        Move::Heard(effect, Heard::Outcome(outcome)) => {
            Rollout::outcome(state, effect, attempt(effect), outcome, now).0
        }
        Move::Heard(effect, Heard::Nothing) if Rollout::care(effect) == Care::Once => {
            Rollout::doubt(state, effect, now)
        }
        Move::Heard(effect, _) => Rollout::lost(state, effect, attempt(effect), now).0,
        Move::Pass(_) if Rollout::next_wakeup(state).is_due(after.now()) => Rollout::wake(state, after.now()),
        Move::Pass(_) | Move::Start(_) | Move::Crash => Decision::none(),
    }
}

/// People are told of a transition where it happens, and nowhere else.
fn is_told_once(was: &State, is: &State, decision: &Decision<Rollout>) -> Result<(), String> {
    use toban_release_core::rollout::Announcement as Told;
    let told: Vec<_> = decision
        .orders
        .iter()
        .filter_map(|effect| match effect {
            Effect::Announce(what) => Some(what),
            _ => None,
        })
        .collect();
    let came = |phase| is.phase == phase && was.phase != phase;
    let says = |what: &dyn Fn(&Told) -> bool| told.iter().filter(|one| what(one)).count();
    let due = [
        ("started", says(&|one| *one == Told::Started), is.has_begun && !was.has_begun),
        ("a stage reached", says(&|one| matches!(one, Told::StageReached { .. })), was.routed < is.routed),
        (
            "rolling back",
            says(&|one| matches!(one, Told::RollingBack { .. })),
            !is_back(was.phase) && is_back(is.phase),
        ),
        ("rolled back", says(&|one| *one == Told::RolledBack), came(Phase::RolledBack)),
        ("completed", says(&|one| *one == Told::Completed), came(Phase::Done)),
    ];
    for (what, times, is_due) in due {
        if times != usize::from(is_due) {
            return Err(format!("{what} was told {times} times"));
        }
    }
    for (place, one) in told.iter().enumerate() {
        if told[..place].contains(one) {
            return Err(format!("told twice: {one:?}"));
        }
    }
    Ok(())
}

fn is_back(phase: Phase) -> bool {
    match phase {
        Phase::Returning(_) | Phase::Stuck(_) | Phase::RolledBack => true,
        Phase::Asking(about) => matches!(about.part(), Part::Back(_)),
        _ => false,
    }
}

impl Explorer<Rollout> for Everything {
    type Key = Key;

    fn requests(&self, state: &State, _: Now) -> Vec<Request> {
        let by = String::from("cy");
        let mut requests =
            vec![propose(&self.course), approve("bea"), Request::Retry { by: by.clone(), why: "so".into() }];
        if let Some(stage) = state.stage {
            requests.push(Request::Promote { by: by.clone(), stage, why: "so".into() });
        }
        let about = about(state.phase).filter(|_| !matches!(state.phase, Phase::Ready(_)));
        let answer = |is_done| {
            about.map(|about| Request::Answer { by: by.clone(), about, why: "seen".into(), is_done })
        };
        requests.extend([answer(true), answer(false)].into_iter().flatten());
        requests.extend(self.asked.iter().cloned());
        requests
    }

    fn outcomes(&self, _: &Effect) -> Vec<Outcome> {
        vec![Outcome::Done, Outcome::Failed { why: "it broke".into() }]
    }

    fn follows(&self, effect: &Effect) -> bool {
        !matches!(effect, Effect::Announce(_))
    }

    fn key(&self, state: &State, now: Now) -> Key {
        let mut phase = state.phase;
        let mut left = None;
        if let Phase::Soaking { stage, until } = phase {
            let from = state.paused.unwrap_or(now.steady);
            left = Some(until.since(from).num_milliseconds());
            phase = Phase::Soaking { stage, until: toban_durable::Steady::START };
        }
        let ahead = |at: chrono::DateTime<chrono::Utc>| (at - now.wall).num_milliseconds().max(0);
        let freezes = self.course.freezes.iter().flat_map(|freeze| [freeze.start, freeze.end]);
        let schedule = self.course.schedule.iter().flat_map(|slot| [slot.start, slot.end]);
        Key {
            phase,
            approved: state.approved.clone(),
            opened: state.opened,
            soak: left,
            is_paused: state.paused.is_some(),
            stage: state.stage,
            has_begun: state.has_begun,
            is_past_return: state.is_past_return,
            ruled: state.ruled.map(|word| word.verdict),
            frozen: state.frozen.map(ahead),
            // What holds for longer than anything here holds for ever.
            overridden: state
                .overridden
                .map(|until| ahead(until).min(minutes(FAR / 2).num_milliseconds()))
                .filter(|left| *left > 0),
            times: freezes.chain(schedule).map(ahead).collect(),
        }
    }

    fn check(
        &self,
        before: &Node<Rollout>,
        step: &Move<Rollout>,
        after: &Node<Rollout>,
    ) -> Result<(), String> {
        let (was, is) = (before.state(), after.state());
        let by_a_person = matches!(step, Move::Request(_));
        if is.approved.contains("ann") {
            return Err("the author has approved".into());
        }
        let is_resumed = was.paused.is_some() && is.paused.is_none() && !is_back(is.phase);
        if !by_a_person && (was.approved != is.approved || was.opened != is.opened || is_resumed) {
            return Err("a gate was opened or a pause ended by no person".into());
        }
        if was.phase == Phase::Approving && is.phase != Phase::Approving && !by_a_person {
            return Err("approvals came by themselves".into());
        }
        if is_back(was.phase) && !is_back(is.phase) {
            return Err("from the way back it went forward".into());
        }
        let is_undone = was.phase == Phase::Done && is_back(is.phase) && matches!(step, Move::Request(_));
        if matches!(was.phase, Phase::Done | Phase::Aborted | Phase::RolledBack)
            && was.phase != is.phase
            && !is_undone
        {
            return Err("the end is no end".into());
        }
        if was.is_past_return && is_back(is.phase) {
            return Err("it went back from where nothing leads back".into());
        }
        let is_begun = matches!(is.phase, Phase::Moving(Next::Complete(place)) if self.course.no_return.as_ref().is_some_and(|last| place >= last.step));
        if is_begun && !is.is_past_return {
            return Err("it does not know that nothing leads back".into());
        }
        if is.phase == Phase::Aborted && is.has_begun {
            return Err("what was begun is left as it is".into());
        }
        if let Phase::Moving(next) = is.phase
            && was.phase != is.phase
        {
            let wall = after.now().wall;
            let is_frozen = self.course.frozen_at(wall).is_some();
            let is_late = self.course.schedule.is_some_and(|slot| slot.end <= wall);
            if (is_frozen || is_late) && is.overridden.is_none_or(|until| until <= wall) {
                return Err("it moved forward in a freeze, or after its schedule".into());
            }
            if self.course.schedule.is_some_and(|slot| wall < slot.start) {
                return Err("it moved forward before its schedule".into());
            }
            let may_budget =
                is.ruled.is_some_and(|word| word.verdict == Ruled::Go && wall < word.valid_until);
            if self.course.needs_ruling && !may_budget && is.overridden.is_none_or(|until| until <= wall) {
                return Err("it moved forward without the word of the error budget".into());
            }
            let is_gated =
                matches!(next, Next::Stage(stage) if self.course.stages()[stage].gate == Gate::Person);
            if is.paused.is_some() || (is_gated && next != Next::Stage(is.opened.unwrap_or(99))) {
                return Err("it moved forward though it was held".into());
            }
            if let Next::Stage(stage) = next
                && stage != was.stage.map_or(0, |stage| stage + 1)
                && was.stage != Some(stage)
            {
                return Err("a stage was left out".into());
            }
        }
        if is.phase == Phase::RolledBack && was.phase != is.phase {
            let last = Back::Verify(self.course.verification.len() - 1);
            let is_shown = match was.phase {
                Phase::Returning(back) => back == last,
                Phase::Asking(about) => about.part() == Part::Back(last),
                _ => false,
            };
            if !is_shown {
                return Err("rolled back, and nothing has shown it".into());
            }
        }
        if is.phase == Phase::Done && is.stage != Some(self.course.stages().len() - 1) {
            return Err("done before all traffic".into());
        }
        // Move by move, none left out and none done again: so the way back has as many as it has.
        let is_turned = !is_back(was.phase) && is_back(is.phase);
        if let (Some(from), Some(to), false) = (place(&self.course, was), place(&self.course, is), is_turned)
            && to != from
            && to != from + 1
        {
            return Err(format!("from move {from} it went to move {to}"));
        }
        if is_turned && place(&self.course, is) != Some(0) {
            return Err("the way back does not begin at its begin".into());
        }
        let decision = decided(before, step, after);
        is_told_once(was, is, &decision)?;
        // What must be done once is ordered again only on a person's word.
        let again = |effect: &&Effect| {
            let is_once = Rollout::care(effect) == Care::Once;
            is_once && matches!(effect, Effect::Step { part, .. } if about(was.phase) == Some(*part))
        };
        let may_again = matches!(step, Move::Request(Request::Answer { .. } | Request::Retry { .. }));
        // It may have been ready for it, and not begun it.
        let is_begun = !matches!(was.phase, Phase::Ready(_));
        if let Some(effect) = decision.orders.iter().find(again)
            && is_begun
            && !may_again
        {
            return Err(format!("nobody said that it is to be done again: {effect:?}"));
        }
        // What has traffic is what whoever moves it has said.
        let said = match step {
            Move::Heard(effect @ Effect::SetWeight { weight, .. }, Heard::Outcome(Outcome::Done))
                if Rollout::wants(was, effect) =>
            {
                Some(*weight)
            }
            Move::Request(Request::Answer { .. }) => None,
            _ => Some(was.routed),
        };
        if said.is_some_and(|weight| weight != is.routed)
            && !matches!(step, Move::Request(Request::Propose { .. }))
        {
            return Err("it takes traffic for where nobody has said that it is".into());
        }
        let is_grown = was.routed < is.routed;
        if (is_back(was.phase) && is_grown) || (!is_back(was.phase) && is.routed < was.routed) {
            return Err("traffic went the other way".into());
        }
        if !was.is_past_return && is.is_past_return && was.routed != Weight::ALL {
            return Err("nothing leads back any more before all traffic has moved".into());
        }
        for lane in ["traffic", "steps"] {
            let running =
                after.orders().filter(|order| order.is_running && Rollout::lane(order.effect) == Some(lane));
            if running.count() > 1 {
                return Err(format!("two orders of {lane} at once"));
            }
        }
        if let Move::Start(effects) = step {
            for effect in effects {
                // What was begun and not heard of is looked for, wanted or not.
                let is_begun = |order: &OpenOrder<'_, Effect>| order.effect == effect && order.is_begun;
                let is_looked_at =
                    Rollout::care(effect) == Care::Once && before.orders().any(|one| is_begun(&one));
                if !Rollout::wants(was, effect) && !is_looked_at {
                    return Err("an order started that is not wanted".into());
                }
                if let Effect::SetWeight { weight, .. } = effect {
                    let stage = was.stage.unwrap_or(0);
                    let is_right = if is_back(was.phase) {
                        *weight < self.course.stages()[stage].weight && *weight <= was.routed
                    } else {
                        *weight == self.course.stages()[stage].weight && *weight > was.routed
                    };
                    if !is_right {
                        return Err(format!("{weight} of traffic is not its next share"));
                    }
                }
            }
        }
        Ok(())
    }
}

/// What is meant for another plan, says nothing, or comes too late is refused, whatever else holds; and a wall clock that
/// jumps ends nothing.
fn obeys_no_other(node: &Node<Rollout>) {
    let (state, now) = (node.state(), node.now());
    let (by, why) = (String::from("cy"), String::from("so"));
    let other = Request::Approve { by: "bea".into(), revision: "r0".into(), why: why.clone() };
    assert!(Rollout::request(state, &other, now).is_err(), "an approval of another revision");
    if state.course.is_some() {
        assert!(
            Rollout::request(state, &propose(&four_stages()), now).is_err(),
            "a course in place of another"
        );
    }
    let empty = String::from(" ");
    for (by, why) in [(&empty, &why), (&by, &empty)] {
        let (by, why) = (by.clone(), why.clone());
        let nameless = [
            Request::Open { by: by.clone(), stage: 2, why: why.clone() },
            Request::Promote { by: by.clone(), stage: state.stage.unwrap_or(0), why: why.clone() },
            Request::Pause { by: by.clone(), why: why.clone() },
            Request::Resume { by: by.clone(), why: why.clone() },
            Request::Override { by: by.clone(), why: why.clone(), until: wall(FAR) },
            Request::Abort { by: by.clone(), why: why.clone() },
            Request::RollBack { by: by.clone(), why: why.clone() },
            Request::Retry { by: by.clone(), why: why.clone() },
            Request::Supersede { by, revision: why },
        ];
        for request in nameless {
            assert!(Rollout::request(state, &request, now).is_err(), "{request:?}");
        }
    }
    if let Phase::Soaking { stage, until } = state.phase {
        for days in [-4_000, 4_000] {
            let jumped = Now { wall: now.wall + chrono::TimeDelta::days(days), ..now };
            let decision = Rollout::wake(state, jumped);
            let is_left = decision.events.contains(&Event::Soaked { stage });
            assert!(!is_left || until <= now.steady, "a clock that jumps shortens no soak");
        }
        // Whichever of the two comes first, it goes back.
        let promote = Request::Promote { by: "cy".into(), stage, why: "so".into() };
        for first in [None, Some(promote.clone())] {
            let mut state = state.clone();
            let first = first.and_then(|first| Rollout::request(&state, &first, now).ok());
            for event in first.into_iter().flat_map(|decision| decision.events) {
                Rollout::apply(&mut state, &event, now);
            }
            for event in Rollout::request(&state, &abort(), now).unwrap().events {
                Rollout::apply(&mut state, &event, now);
            }
            assert!(is_back(state.phase));
            assert!(Rollout::request(&state, &promote, now).is_err());
        }
    }
}

/// What people are told: whether they hear of it changes nothing.
fn is_followed_no_further(explored: &Explored<Rollout>) {
    let told = Effect::Announce(toban_release_core::rollout::Announcement::Started);
    for node in explored.nodes() {
        for outcome in [Outcome::Done, Outcome::Failed { why: "nobody answers".into() }] {
            for attempt in [1, 99] {
                let (decision, _) = Rollout::outcome(node.state(), &told, attempt, &outcome, node.now());
                let mut state = node.state().clone();
                decision.events.iter().for_each(|event| Rollout::apply(&mut state, event, node.now()));
                assert!(state == *node.state() && decision.orders.is_empty(), "{:?}", decision.orders);
            }
        }
    }
}

#[test]
fn four_stages_with_gates_aborts_retries_freezes_and_crashes() {
    let explored = explore(&Everything::of(four_stages()));
    println!("four stages: {} states, {} moves", explored.states(), explored.moves());
    assert!(explored.states() > 10_000, "{}", explored.states());
    let is_over = |phase: Phase| matches!(phase, Phase::Done | Phase::Aborted | Phase::RolledBack);
    explored
        .assert_always_reaches("an end", |node| is_over(node.state().phase) && node.orders().count() == 0);
    explored.assert_always_reaches("where nothing was changed, or everything", |node| {
        matches!(node.state().phase, Phase::Aborted | Phase::RolledBack | Phase::Done)
    });
    // From everywhere on the way forward there is a way back, in one request.
    for node in explored.nodes().filter(|node| !is_back(node.state().phase)) {
        let state = node.state();
        if state.course.is_some() && !is_over(state.phase) && !state.is_past_return {
            let decision = Rollout::request(state, &abort(), node.now()).unwrap();
            assert!(!decision.events.is_empty());
        }
    }
    for node in explored.nodes() {
        obeys_no_other(node);
    }
    is_followed_no_further(&explored);
    // What holds says so: nothing that is ready stands still for no reason.
    for node in explored.nodes() {
        if matches!(node.state().phase, Phase::Ready(_)) {
            let holds = node.state().holds(node.now());
            let is_thawing = node.state().frozen.is_some();
            assert!(!holds.is_empty() || is_thawing, "{:?}", node.state());
            assert!(!holds.contains(&Hold::Approvals(1)));
        }
    }
}

#[test]
fn beyond_the_point_of_no_return_it_can_only_be_finished() {
    let stages = vec![
        Stage::new("half", Weight::percent(50).unwrap(), minutes(5)),
        Stage::new("all", Weight::ALL, minutes(1)),
    ];
    let course = Course {
        completion: vec![command("tidy", true), command("contract", false), command("tell", true)],
        no_return: Some(NoReturn { step: 1, forward_fix: "add the column again".into() }),
        rollback: vec![command("close", true), command("restore", false), command("open", true)],
        before_return: 2,
        strategy: Strategy::new(StrategyKind::Canary, stages).unwrap(),
        ..four_stages()
    };
    let explored = explore(&Everything::of(course));
    println!("beyond no return: {} states, {} moves", explored.states(), explored.moves());
    explored.assert_always_reaches("an end", |node| node.is_over());
    let broken = explored.nodes().filter(|node| matches!(node.state().phase, Phase::Broken(_))).count();
    assert!(broken > 0, "what fails there waits for a person");
    for node in explored.nodes().filter(|node| node.state().is_past_return) {
        let refused = Rollout::request(node.state(), &abort(), node.now()).unwrap_err();
        assert!(matches!(refused.why, Why::NoReturn { .. }), "{refused}");
    }
}

/// Two stages, the second gated, undone and shown by one step each.
fn two_stages() -> Course {
    let half = Stage::new("half", Weight::percent(50).unwrap(), minutes(5));
    let all = Stage::new("all", Weight::ALL, minutes(1));
    Course {
        strategy: Strategy::new(StrategyKind::Canary, vec![half, all.gated()])
            .unwrap()
            .with_return(Return::Gradual),
        freezes: vec![],
        ..four_stages()
    }
}

fn open_second() -> Request {
    Request::Open { by: "cy".into(), stage: 1, why: "so".into() }
}

#[test]
fn with_an_error_budget_nothing_moves_forward_without_its_word() {
    let rule = |verdict| Request::Rule {
        by: "budget".into(),
        why: "so".into(),
        verdict,
        as_of: wall(0),
        valid_until: wall(FAR),
    };
    let course = Course { needs_ruling: true, ..two_stages() };
    let explored = explore(
        &Everything::of(course)
            .asked(&["abort", "pause", "resume", "override", "roll back", "supersede"])
            .and(open_second())
            .and(rule(Ruled::Go))
            .and(rule(Ruled::Hold))
            .and(rule(Ruled::Stop))
            .and(rule(Ruled::Undecided)),
    );
    println!("with rulings: {} states, {} moves", explored.states(), explored.moves());
    explored.assert_always_reaches("an end", |node| node.is_over());
    // An override that nobody ends does not end the way back either.
    assert!(explored.nodes().any(|node| node.state().overridden.is_some() && is_back(node.state().phase)));
}

#[test]
fn between_freezes_and_within_its_schedule_it_moves_and_an_override_ends() {
    let course = Course {
        freezes: vec![
            Freeze { start: wall(3), end: wall(6), why: "lunch".into() },
            Freeze { start: wall(5), end: wall(9), why: "a match".into() },
        ],
        schedule: Some(toban_release_core::rollout::Slot { start: wall(1), end: wall(8) }),
        ..two_stages()
    };
    let short = |until| Request::Override { by: "cy".into(), why: "so".into(), until: wall(until) };
    let explored = explore(
        &Everything::of(course)
            .asked(&["abort", "pause", "resume", "override", "roll back"])
            .and(open_second())
            .and(short(7)),
    );
    println!("with freezes and a schedule: {} states, {} moves", explored.states(), explored.moves());
    explored.assert_always_reaches("an end", |node| node.is_over());
    let late = |node: &&Node<Rollout>| {
        let (state, now) = (node.state(), node.now());
        matches!(state.phase, Phase::Ready(_)) && matches!(state.holds(now)[..], [Hold::Late(_), ..])
    };
    assert!(explored.nodes().any(|node| late(&node)), "somewhere its time is over");
    is_followed_no_further(&explored);
}

#[test]
fn traffic_that_people_move_is_asked_for_share_by_share_both_ways() {
    let person = |instruction: &str| toban_release_core::rollout::Mover::Person {
        owner: "bea".into(),
        instruction: instruction.into(),
    };
    let course = Course {
        traffic: person("turn the switch"),
        traffic_back: person("turn it back"),
        preparation: vec![],
        completion: vec![],
        ..two_stages()
    };
    let explored = explore(
        &Everything::of(course)
            .asked(&["abort", "pause", "resume", "roll back", "supersede"])
            .and(open_second()),
    );
    println!("traffic by hand: {} states, {} moves", explored.states(), explored.moves());
    explored.assert_always_reaches("an end", |node| node.is_over());
    for node in explored.nodes() {
        assert!(node.orders().all(|order| !matches!(order.effect, Effect::SetWeight { .. })));
        // An answer about another step than the one that is asked about changes nothing.
        let stale = Part::Next(Next::Stage(0));
        let answer = Request::Answer { by: "bea".into(), about: stale, why: "seen".into(), is_done: true };
        if let Phase::Asking(about) = node.state().phase
            && about.part() != stale
        {
            let refused = Rollout::request(node.state(), &answer, node.now()).unwrap_err();
            assert!(matches!(refused.why, Why::OtherStep { .. }), "{refused}");
        }
    }
}
