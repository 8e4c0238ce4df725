//! Every state that the small machine can get into.

use crate::toy::{Effect, Outcome, Request, STAGES, State, Toy};
use toban_durable::Now;
use toban_durable::testing::{Explorer, Move, Node, explore};

struct Everything;

impl Explorer<Toy> for Everything {
    type Key = (State, i64);

    fn requests(&self, _: &State, _: Now) -> Vec<Request> {
        vec![Request::Start, Request::Abort, Request::Migration(true), Request::Migration(false)]
    }

    fn outcomes(&self, _: &Effect) -> Vec<Outcome> {
        vec![Outcome::Done, Outcome::Failed]
    }

    fn key(&self, state: &State, now: Now) -> Self::Key {
        match state {
            State::Soaking(stage, until) => {
                (State::Moving(*stage), until.since(now.steady).num_milliseconds() + 1)
            }
            state => (state.clone(), 0),
        }
    }

    fn check(&self, before: &Node<Toy>, step: &Move<Toy>, after: &Node<Toy>) -> Result<(), String> {
        if let Move::Start(effects) = step {
            let begun =
                |effect: &Effect| before.orders().any(|order| order.effect == effect && order.is_begun);
            let wanted = effects.iter().all(|effect| match (before.state(), effect) {
                (State::Moving(stage), Effect::SetWeight(weight)) => STAGES[*stage] == *weight,
                (state, Effect::SetWeight(weight)) => *state == State::RollingBack && *weight == 0,
                // One in doubt is looked for even when nobody wants it any more.
                (state, Effect::Migrate) => *state == State::Migrating || begun(effect),
                (_, Effect::Announce(_)) => true,
            });
            if !wanted {
                return Err("an order started that the state does not want".into());
            }
        }
        let weights = after.orders().filter(|order| order.is_running);
        if weights.filter(|order| matches!(order.effect, Effect::SetWeight(_))).count() > 1 {
            return Err("two weights are set at once".into());
        }
        match (before.state(), after.state()) {
            (State::Done | State::RolledBack, after) if before.state() != after => {
                Err("the end is no end".into())
            }
            (State::Moving(stage), State::Soaking(next, _)) if stage != next => {
                Err("a stage is left out".into())
            }
            _ => Ok(()),
        }
    }
}

#[test]
fn every_way_leads_to_an_end() {
    let explored = explore(&Everything);
    assert!(explored.states() > 100 && explored.moves() > 300, "{} {}", explored.states(), explored.moves());
    let ends = |state: &State| matches!(state, State::Done | State::RolledBack);
    explored.assert_always_reaches("an end", |node| ends(node.state()));
    for stage in 0..STAGES.len() {
        assert!(explored.nodes().any(|node| *node.state() == State::Moving(stage)));
    }
    assert!(explored.nodes().any(|node| *node.state() == State::InDoubt));
}

#[test]
#[should_panic(expected = "no way to the moon")]
fn what_cannot_be_reached_is_told_with_the_way_there() {
    explore(&Everything).assert_always_reaches("the moon", |_| false);
}
