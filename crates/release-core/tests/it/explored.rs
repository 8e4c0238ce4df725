//! Every state that a release of four stages can get into, and every way there.

use crate::support::{abort, approve, command, course, minutes, propose, wall};
use std::collections::BTreeSet;
use toban_durable::testing::{Explorer, Move, Node, explore};
use toban_durable::{Machine, Now};
use toban_release_core::rollout::{
    Back, Course, Effect, Freeze, Hold, Next, NoReturn, Outcome, Part, Phase, Request, Rollout, Ruled, State,
    Why,
};
use toban_release_core::{Gate, Return, Stage, Strategy, StrategyKind, Weight};

struct Everything(Course);

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
type Key = (
    Phase,
    BTreeSet<String>,
    Option<usize>,
    Option<i64>,
    bool,
    Option<i64>,
    Option<usize>,
    [bool; 3],
    [i64; 2],
);

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
        let (by, why) = (String::from("cy"), String::from("so"));
        let stage = state.stage.unwrap_or(0);
        vec![
            propose(&self.0),
            approve("ann"),
            approve("bea"),
            abort(),
            Request::Open { by: by.clone(), stage: 2, why: why.clone() },
            Request::Promote { by: by.clone(), stage, why: why.clone() },
            Request::Pause { by: by.clone(), why: why.clone() },
            Request::Resume { by: by.clone() },
            Request::Override { by: by.clone(), why: why.clone() },
            Request::Answer { by: by.clone(), is_done: true },
            Request::Answer { by: by.clone(), is_done: false },
            Request::Retry { by: by.clone() },
            Request::RollBack { by: by.clone(), why: why.clone() },
            Request::Supersede { by, revision: "r2".into() },
        ]
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
        let freeze = &self.0.freezes[0];
        (
            phase,
            state.approved.clone(),
            state.opened,
            left,
            state.paused.is_some(),
            state.frozen.map(ahead),
            state.stage,
            [state.has_begun, state.is_overridden, state.is_past_return],
            [ahead(freeze.start), ahead(freeze.end)],
        )
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
        let is_resumed = was.paused != is.paused && !is_back(is.phase);
        if !by_a_person && (was.approved != is.approved || was.opened != is.opened || is_resumed) {
            return Err("a gate was opened or a pause ended by no person".into());
        }
        if was.phase == Phase::Approving && is.phase != Phase::Approving && !by_a_person {
            return Err("approvals came by themselves".into());
        }
        if is_back(was.phase) && !is_back(is.phase) {
            return Err("from the way back it went forward".into());
        }
        let is_undone = was.phase == Phase::Done
            && matches!(is.phase, Phase::Returning(_))
            && matches!(step, Move::Request(_));
        if matches!(was.phase, Phase::Done | Phase::Aborted | Phase::RolledBack)
            && was.phase != is.phase
            && !is_undone
        {
            return Err("the end is no end".into());
        }
        if was.is_past_return && is_back(is.phase) {
            return Err("it went back from where nothing leads back".into());
        }
        let is_begun = matches!(is.phase, Phase::Moving(Next::Complete(place)) if self.0.no_return.as_ref().is_some_and(|last| place >= last.step));
        if is_begun && !is.is_past_return {
            return Err("it does not know that nothing leads back".into());
        }
        if is.phase == Phase::Aborted && is.has_begun {
            return Err("what was begun is left as it is".into());
        }
        if let Phase::Moving(next) = is.phase
            && was.phase != is.phase
        {
            let frozen = self.0.frozen_at(after.now().wall).is_some();
            if frozen && !is.is_overridden {
                return Err("it moved forward in a freeze".into());
            }
            let is_gated = matches!(next, Next::Stage(stage) if self.0.stages()[stage].gate == Gate::Person);
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
            let last = Back::Verify(self.0.verification.len() - 1);
            let is_shown = match was.phase {
                Phase::Returning(back) => back == last,
                Phase::Asking(about) => about.part() == Part::Back(last),
                _ => false,
            };
            if !is_shown {
                return Err("rolled back, and nothing has shown it".into());
            }
        }
        if is.phase == Phase::Done && is.stage != Some(self.0.stages().len() - 1) {
            return Err("done before all traffic".into());
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
                // What was begun and not heard of is looked at, wanted or not.
                let is_looked_at = matches!(effect, Effect::Step { is_repeatable: false, .. });
                if !Rollout::wants(was, effect) && !is_looked_at {
                    return Err("an order started that is not wanted".into());
                }
                if let Effect::SetWeight { weight, .. } = effect
                    && is_back(was.phase)
                    && was.stage.is_some_and(|stage| {
                        *weight >= self.0.stages()[stage].weight && *weight > Weight::NONE
                    })
                {
                    return Err("on the way back traffic grew".into());
                }
            }
        }
        Ok(())
    }
}

#[test]
fn four_stages_with_gates_aborts_retries_freezes_and_crashes() {
    let explored = explore(&Everything(four_stages()));
    println!("{} states, {} moves", explored.states(), explored.moves());
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
    let explored = explore(&Everything(course));
    println!("{} states, {} moves", explored.states(), explored.moves());
    explored.assert_always_reaches("an end", |node| node.is_over());
    let broken = explored.nodes().filter(|node| matches!(node.state().phase, Phase::Broken(_))).count();
    assert!(broken > 0, "what fails there waits for a person");
    for node in explored.nodes().filter(|node| node.state().is_past_return) {
        let refused = Rollout::request(node.state(), &abort(), node.now()).unwrap_err();
        assert!(matches!(refused.why, Why::NoReturn { .. }), "{refused}");
    }
}

#[test]
fn with_an_error_budget_nothing_moves_forward_without_its_word() {
    struct Ruling(Everything);
    impl Explorer<Rollout> for Ruling {
        type Key = (Key, Option<Ruled>);
        fn requests(&self, state: &State, now: Now) -> Vec<Request> {
            let rule = |verdict| Request::Rule { verdict, valid_until: wall(1_000_000) };
            let mut requests = vec![rule(Ruled::Go), rule(Ruled::Hold)];
            let asked = self.0.requests(state, now).into_iter();
            requests
                .extend(asked.filter(|one| {
                    matches!(one.name(), "propose" | "approve" | "abort" | "answer" | "retry")
                }));
            requests
        }
        fn outcomes(&self, _: &Effect) -> Vec<Outcome> {
            vec![Outcome::Done]
        }
        fn follows(&self, effect: &Effect) -> bool {
            self.0.follows(effect)
        }
        fn key(&self, state: &State, now: Now) -> Self::Key {
            (self.0.key(state, now), state.ruled.map(|(verdict, _)| verdict))
        }
        fn check(
            &self,
            before: &Node<Rollout>,
            step: &Move<Rollout>,
            after: &Node<Rollout>,
        ) -> Result<(), String> {
            let (was, is) = (before.state(), after.state());
            let moved = matches!(is.phase, Phase::Moving(_)) && was.phase != is.phase;
            if moved && !matches!(is.ruled, Some((Ruled::Go, _))) {
                return Err("it moved forward without the word of the error budget".into());
            }
            self.0.check(before, step, after)
        }
    }
    let course = Course { needs_ruling: true, strategy: Strategy::canary(minutes(5)), ..four_stages() };
    let explored = explore(&Ruling(Everything(course)));
    explored.assert_always_reaches("an end", |node| node.is_over());
}
