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

fn alike(name: String, objective: Objective) -> Slo {
    Slo::availability(name, objective, Window::rolling(minutes(30)).unwrap())
}

/// SLOs alike in one block, beside everything they have been told.
struct Lanes {
    objective: Objective,
    pairs: Vec<Pair>,
    policy: AlertPolicy,
    evaluator: Evaluator,
    keys: Vec<SloKey>,
    told: Vec<Vec<Option<(u64, u64)>>>,
    states: Vec<Vec<AlertState>>,
}

impl Lanes {
    fn new(count: usize, objective: &str, pairs: Vec<Pair>) -> Self {
        let objective = Objective::percent(objective).unwrap();
        let mut evaluator = Evaluator::per_minute(start());
        let slo = |name: String| alike(name, objective);
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
        Self { objective, pairs, policy, evaluator, keys, told, states }
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
            for (lane, until) in silent_until.iter().enumerate() {
                if slot < *until {
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
    for count in [15, 16, 17, 33, 255, 256, 257, 273, 513] {
        for (scale, later) in scales {
            let objective = draws.one_of(&["99.9", "99.99", "93.1", "50"]);
            let pairs = [(10, 2), (20, 5), (6, 1)].map(|(long, short)| pair(long, short, &mut draws));
            Lanes::new(count, objective, pairs.into()).go_on(scale, later, &mut draws);
        }
    }
}

#[test]
fn more_comparisons_than_bits_are_all_made() {
    let mut draws = Draws(0x2545_f491_4f6c_dd1d);
    for (count, objective) in [(17, "99.9"), (40, "93.1"), (257, "50")] {
        let pairs = (0..26).map(|place| pair(2 + place, 1 + place % 3, &mut draws)).collect();
        Lanes::new(count, objective, pairs).go_on(1000, 1 << 20, &mut draws);
    }
}

/// Pairs of so many different long windows, that need so many bits together with the absence.
fn pairs_of(count: usize, longs: usize) -> (Vec<Pair>, usize) {
    let pair = |place: usize| Pair {
        long: 10 + place % longs,
        short: 2,
        comparison: Comparison::AtLeast,
        factor: ratio(1, 1),
    };
    // Two comparisons each; the windows, with the short one and that of the absence; the absence.
    ((0..count).map(pair).collect(), 2 * count + longs + 2 + 1)
}

/// Around the number of bits from which on there is no filter, the absence has the last one.
#[test]
fn an_absence_that_must_last_fires_whatever_number_of_bits_its_policy_needs() {
    let mut needed = Vec::new();
    for (count, longs) in [(28, 1), (28, 2), (29, 1), (29, 2), (30, 1), (30, 2), (31, 1), (31, 2)] {
        let (pairs, bits) = pairs_of(count, longs);
        needed.push(bits);
        let lanes = Lanes::new(1, "99.9", pairs);
        let slo = |name: &str| alike(name.to_owned(), lanes.objective);
        let policy = lanes.policy.rules().iter().fold(AlertPolicy::new(), |policy, rule| {
            let is_absence = matches!(rule.condition, Condition::Absent { .. });
            let lasting = minutes(if is_absence { 3 } else { 0 });
            policy.with_rule(&slo("any"), rule.clone().with_lasting(lasting)).unwrap()
        });
        let mut evaluator = Evaluator::per_minute(start());
        let keys = ["silent", "heard"].map(|name| evaluator.add(&slo(name), &policy).unwrap());
        let absence = policy.rules().last().unwrap().name.as_str();
        for minute in 1..12 {
            evaluator.record(keys[1], start() + minutes(minute - 1), tally(0, 1)).unwrap();
            evaluator.tick(start() + minutes(minute), |_| {}).unwrap();
            let expected = match minute {
                ..4 => AlertState::Inactive,
                4..7 => AlertState::Pending,
                _ => AlertState::Firing,
            };
            let states = keys.map(|key| evaluator.alert(key, absence));
            assert_eq!(states, [Some(expected), Some(AlertState::Inactive)], "{bits} bits, minute {minute}");
        }
    }
    assert_eq!(needed, [60, 61, 62, 63, 64, 65, 66, 67]);
}

/// The narrow sums of a snapshot hold so many events that those of the next minutes need wide ones.
#[test]
fn what_was_counted_before_a_snapshot_makes_sums_wide_after_it() {
    let slos: Vec<_> =
        (0..17).map(|lane| alike(lane.to_string(), Objective::percent("50").unwrap())).collect();
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(20), minutes(10), ratio(3, 2));
    let policy = AlertPolicy::new().with_rule(&slos[0], rule).unwrap();
    for quiet in [0, 1] {
        let mut evaluator = Evaluator::per_minute(start());
        for slo in &slos {
            evaluator.add(slo, &policy).unwrap();
        }
        let tell = |evaluator: &mut Evaluator, slot: i64, told: &[(u64, u64)]| {
            for key in evaluator.slos().collect::<Vec<_>>() {
                let is_busy = evaluator.name(key) == Some("5");
                for (bad, total) in if is_busy { told } else { &told[..told.len().min(1)] } {
                    evaluator.record(key, start() + minutes(slot), tally(*bad, *total)).unwrap();
                }
            }
            evaluator.tick(start() + minutes(slot + 1), |_| {}).unwrap();
            evaluator.alert(evaluator.key("5").unwrap(), "page").unwrap()
        };
        let before = [(1_300_000_000, 1_300_000_000), (100_000_000, 800_000_000)];
        for slot in 0..10 {
            let busy = usize::try_from(slot - 1 - quiet).ok().and_then(|place| before.get(place));
            let told: Vec<_> = [(0, 1)].into_iter().chain(busy.copied()).collect();
            tell(&mut evaluator, slot, &told);
        }
        let mut bytes = Vec::new();
        evaluator.snapshot(&mut bytes).unwrap();
        let slos = slos.iter().map(|slo| (slo, &policy));
        let mut evaluator = Evaluator::restore(&bytes[..], slos).unwrap().evaluator;
        for slot in 10..10 + quiet {
            assert_eq!(tell(&mut evaluator, slot, &[(0, 1)]), AlertState::Inactive);
        }
        // As long as the worst minute before the snapshot is in the short window, this is too much.
        let busy = [(0, 1), (1_000_000_000, 1_000_000_000)];
        assert_eq!(tell(&mut evaluator, 10 + quiet, &busy), AlertState::Firing);
        // Then it leaves, and nothing else is heard.
        assert_eq!(tell(&mut evaluator, 11 + quiet, &[]), AlertState::Inactive);
    }
}

#[test]
fn what_fires_in_a_snapshot_resolves_in_a_calm_tick() {
    let slo = |lane: usize| {
        let hour = Window::rolling(minutes(60)).unwrap();
        Slo::availability(lane.to_string(), Objective::percent("99").unwrap(), hour)
    };
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(10), minutes(1), ratio(10, 1));
    let policy = AlertPolicy::new().with_rule(&slo(0), rule).unwrap();
    let slos: Vec<_> = (0..40).map(slo).collect();
    let mut evaluator = Evaluator::per_minute(start());
    for slo in &slos {
        evaluator.add(slo, &policy).unwrap();
    }
    let tell = |evaluator: &mut Evaluator, slot: i64, bad: u64| {
        for (lane, slo) in slos.iter().enumerate() {
            let bad = if lane == 21 { bad } else { 0 };
            let key = evaluator.key(slo.name()).unwrap();
            evaluator.record(key, start() + minutes(slot), tally(bad, 100)).unwrap();
        }
        evaluator.tick(start() + minutes(slot + 1), |_| {}).unwrap();
        let key = evaluator.key("21").unwrap();
        evaluator.alert(key, "page").unwrap()
    };
    assert_eq!(tell(&mut evaluator, 0, 50), AlertState::Firing);
    let mut bytes = Vec::new();
    evaluator.snapshot(&mut bytes).unwrap();
    let restored = Evaluator::restore(&bytes[..], slos.iter().map(|slo| (slo, &policy))).unwrap();
    for mut evaluator in [evaluator, restored.evaluator] {
        assert_eq!(tell(&mut evaluator, 1, 0), AlertState::Inactive);
    }
}

/// One SLO beside what it has been told, by minute.
struct Lone {
    evaluator: Evaluator,
    slo: Slo,
    policy: AlertPolicy,
    told: BTreeMap<i64, (u64, u64)>,
}

impl Lone {
    fn new(window: i64) -> Self {
        let window = Window::rolling(minutes(window)).unwrap();
        let slo = Slo::availability("lone", Objective::percent("99").unwrap(), window);
        let policy = AlertPolicy::new();
        let mut evaluator = Evaluator::per_minute(start());
        evaluator.add(&slo, &policy).unwrap();
        Self { evaluator, slo, policy, told: BTreeMap::new() }
    }

    fn record(&mut self, slot: i64, (bad, total): (u64, u64)) {
        let key = self.evaluator.key("lone").unwrap();
        self.evaluator.record(key, start() + minutes(slot), tally(bad, total)).unwrap();
        let told = self.told.entry(slot).or_default();
        *told = (told.0 + bad, told.1 + total);
    }

    fn tick(&mut self, end: i64) {
        self.evaluator.tick(start() + minutes(end), |_| {}).unwrap();
    }

    fn restore(&mut self) {
        let mut bytes = Vec::new();
        self.evaluator.snapshot(&mut bytes).unwrap();
        self.evaluator = Evaluator::restore(&bytes[..], [(&self.slo, &self.policy)]).unwrap().evaluator;
    }

    fn agrees(&self, end: i64, windows: &[i64]) {
        let key = self.evaluator.key("lone").unwrap();
        for window in windows {
            let reading = self.evaluator.last(key, minutes(*window)).unwrap();
            let inside: Vec<_> = self.told.range((end - window).max(0)..end).map(|(_, told)| *told).collect();
            let sums = inside.iter().fold((0, 0), |sum, told| (sum.0 + told.0, sum.1 + told.1));
            assert_eq!((reading.tally.bad(), reading.tally.total()), sums, "{window} minutes until {end}");
            assert_eq!(reading.observed, inside.len() as u64, "{window} minutes until {end}");
        }
    }
}

#[test]
fn sums_that_have_wrapped_become_wide_with_a_slot_already_begun() {
    for is_restored in [false, true] {
        let mut lone = Lone::new(10);
        for slot in 0..200 {
            let total = if slot < 150 { 30_000_000 } else { 900_000_000 };
            lone.record(slot + 1, (5, 7));
            lone.record(slot, (total / 3, total));
            if is_restored && slot == 100 {
                lone.restore();
            }
            lone.tick(slot + 1);
            lone.agrees(slot + 1, &[1, 5, 10]);
        }
    }
}

#[test]
fn late_data_alone_makes_sums_wide() {
    let mut lone = Lone::new(10);
    for slot in 0..60 {
        lone.record(slot, (0, 1));
        lone.tick(slot + 1);
        for late in (1..4).filter(|late| slot - late > 1) {
            lone.record(slot - late, (1, 500_000_000));
            lone.agrees(slot + 1, &[1, 5, 10]);
        }
    }
}

#[test]
fn many_tallies_of_one_slot_make_sums_wide() {
    let mut lone = Lone::new(10);
    for slot in 0..20 {
        for _ in 0..12 {
            lone.record(slot, (3, 400_000_000));
        }
        lone.tick(slot + 1);
        lone.agrees(slot + 1, &[1, 5, 10]);
    }
}

#[test]
fn a_gap_of_more_slots_than_a_short_count_holds_is_counted() {
    let mut lone = Lone::new(100_000);
    lone.record(0, (1, 2));
    lone.tick(99_000);
    lone.agrees(99_000, &[100_000, 98_000]);
}
