//! Many SLOs in one block: what is compared at once says what each says by itself.

use super::*;

/// Draws that are the same in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// An alert that fires when the long and the short window burn so much.
#[derive(Clone, Copy)]
struct Pair {
    long: usize,
    short: usize,
    comparison: Comparison,
    factor: Ratio,
}

/// So long an SLO that says nothing is absent.
const ABSENCE: usize = 4;

const TICKS: usize = 80;

/// SLOs alike in one block, beside everything they have been told.
struct Lanes {
    objective: Objective,
    pairs: Vec<Pair>,
    evaluator: Evaluator,
    keys: Vec<SloKey>,
    told: Vec<Vec<Option<(u64, u64)>>>,
    states: Vec<Vec<AlertState>>,
}

impl Lanes {
    fn new(count: usize, objective: &str, pairs: Vec<Pair>) -> Self {
        let objective = Objective::percent(objective).unwrap();
        let mut evaluator = Evaluator::per_minute(start());
        let slo = |name: String| Slo::availability(name, objective, Window::rolling(minutes(30)).unwrap());
        let absent = Condition::Absent { lasting: minutes(i64::try_from(ABSENCE).unwrap()) };
        let conditions = pairs.iter().map(|pair| Condition::BurnRate {
            comparison: pair.comparison,
            factor: pair.factor,
            long: minutes(i64::try_from(pair.long).unwrap()),
            short: Some(minutes(i64::try_from(pair.short).unwrap())),
        });
        let policy =
            conditions.chain([absent]).enumerate().fold(AlertPolicy::new(), |policy, (place, it)| {
                let rule = AlertRule::new(place.to_string(), Severity::Page, it);
                policy.with_rule(&slo("any".to_owned()), rule).unwrap()
            });
        let keys = (0..count).map(|lane| evaluator.add(&slo(lane.to_string()), &policy).unwrap()).collect();
        let told = vec![vec![None; TICKS]; count];
        let states = vec![vec![AlertState::Inactive; pairs.len() + 1]; count];
        Self { objective, pairs, evaluator, keys, told, states }
    }

    fn record(&mut self, lane: usize, slot: usize, (bad, total): (u64, u64)) {
        let at = start() + minutes(i64::try_from(slot).unwrap());
        self.evaluator.record(self.keys[lane], at, tally(bad, total)).unwrap();
        let told = self.told[lane][slot].get_or_insert((0, 0));
        *told = (told.0 + bad, told.1 + total);
    }

    /// Bad, total and how many slots were told of, of how many.
    fn sums(&self, lane: usize, window: usize, end: usize) -> (u64, u64, usize, usize) {
        let slots = &self.told[lane][end.saturating_sub(window)..end];
        let sum = slots.iter().flatten().fold((0, 0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1, sum.2 + 1));
        (sum.0, sum.1, sum.2, slots.len())
    }

    fn threshold(&self, pair: &Pair) -> Ratio {
        pair.factor.checked_mul(self.objective.target().rest().as_ratio()).unwrap()
    }

    /// As many bad of `total` as bring the long window of a pair to its threshold, or one beside it.
    fn bad_at_the_edge(&self, lane: usize, end: usize, total: u64, draws: &mut Draws) -> u64 {
        let pair = draws.one_of(&self.pairs);
        let threshold = self.threshold(&pair);
        let (bad, before, ..) = self.sums(lane, pair.long, end);
        let edge = (threshold.numerator() * u128::from(before + total)).div_ceil(threshold.denominator());
        let wanted = u64::try_from(edge).unwrap() + draws.below(3);
        wanted.saturating_sub(bad + 1).min(total)
    }

    fn tick(&mut self, end: usize) {
        self.evaluator.tick(start() + minutes(i64::try_from(end).unwrap()), |_| {}).unwrap();
        for lane in 0..self.keys.len() {
            let burns = |pair: &Pair, window: usize| {
                let (bad, total, observed, expected) = self.sums(lane, window, end);
                let threshold = self.threshold(pair);
                let part = u128::from(bad) * threshold.denominator();
                let whole = u128::from(total) * threshold.numerator();
                let is_beyond = match pair.comparison {
                    Comparison::Above => part > whole,
                    _ => part >= whole && bad > 0,
                };
                (observed > 0 && observed * 10 >= expected * 9).then_some(is_beyond)
            };
            let (_, _, observed, expected) = self.sums(lane, ABSENCE, end);
            let absent = [Some(true), Some(observed == 0 && expected == ABSENCE)];
            let pairs = self.pairs.iter().map(|pair| [burns(pair, pair.short), burns(pair, pair.long)]);
            let said =
                pairs.chain([absent]).zip(&self.states[lane]).map(|(said, before)| naive(*before, said));
            let said: Vec<_> = said.collect();
            let states: Vec<_> = self.evaluator.alerts(self.keys[lane]).map(|(_, state)| state).collect();
            assert_eq!(states, said, "lane {lane} of {}, tick {end}", self.keys.len());
            self.states[lane] = said;
        }
    }

    /// Calm traffic of about `scale`, more of it later, in which now and then one SLO is at the edge or silent.
    fn go_on(&mut self, scale: u64, later: u64, draws: &mut Draws) {
        let lanes = self.keys.len() as u64;
        let mut silent_until = vec![0; self.keys.len()];
        for slot in 0..TICKS {
            let scale = if slot < TICKS / 2 { scale } else { later };
            let hits = usize::from(draws.below(4) == 0) + self.keys.len() / 200;
            let hits: Vec<_> = (0..hits).map(|_| draws.below(lanes)).collect();
            if draws.below(6) == 0 || slot == 0 {
                let lane = usize::try_from(draws.below(lanes)).unwrap();
                silent_until[lane] = slot + 1 + usize::try_from(draws.below(7)).unwrap();
            }
            for lane in 0..self.keys.len() {
                if slot < silent_until[lane] {
                    continue;
                }
                let total = draws.below(scale * 2) + 1;
                let is_hit = hits.contains(&(lane as u64));
                let bad = if is_hit { self.bad_at_the_edge(lane, slot + 1, total, draws) } else { 0 };
                let late = if draws.below(if is_hit { 4 } else { 200 }) == 0 { draws.below(4) } else { 0 };
                self.record(lane, slot.saturating_sub(usize::try_from(late).unwrap()), (bad, total));
            }
            self.tick(slot + 1);
        }
    }
}

fn pair(long: usize, short: usize, draws: &mut Draws) -> Pair {
    let comparison = draws.one_of(&[Comparison::AtLeast, Comparison::Above]);
    let factor = draws.one_of(&[ratio(1, 1), ratio(1, 2), ratio(17, 10), ratio(3, 7)]);
    Pair { long, short, comparison, factor }
}

#[test]
fn one_at_the_edge_is_found_among_many_that_are_calm() {
    let mut draws = Draws(0x9e37_79b9_7f4a_7c15);
    // What stays narrow, what becomes wide under way, and what is wide from the first.
    let scales = [(1000, 1000), (1 << 20, 1 << 20), ((1 << 31) / 60, 1 << 29), (1 << 33, 1 << 33)];
    for (place, count) in [15, 16, 17, 33, 255, 256, 257, 273, 513].into_iter().enumerate() {
        for turn in 0..2 {
            let (scale, later) = scales[(place + 2 * turn + turn * place / 4) % scales.len()];
            let objective = draws.one_of(&["99.9", "99.99", "93.1", "50"]);
            let pairs = [(10, 2), (20, 5), (6, 1)].map(|(long, short)| pair(long, short, &mut draws));
            Lanes::new(count, objective, pairs.into()).go_on(scale, later, &mut draws);
        }
    }
}
