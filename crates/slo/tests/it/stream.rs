//! The streaming evaluator says what the calculation says.

mod snapshot;

use crate::support::{minutes, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Interval, Ratio, Share};
use toban_slo::backtest::backtest;
use toban_slo::{
    AddError, AlertPolicy, AlertReport, AlertRule, AlertState, Budgeting, Burn, Comparison, Condition,
    Correction, Counts, Episode, Evaluator, Held, LowTraffic, Objective, RecordError, Severity, Sla, Slo,
    SloKey, Slots, Tally, Treatment, Window, evaluate,
};

/// What happens to one SLO in one slot: bad, total, and how many slots later it is heard of.
type Heard = Option<(u64, u64, usize)>;

/// A grid, an SLO and a policy whose windows are all short enough to be passed several times.
#[derive(Clone, Debug)]
struct World {
    slot: TimeDelta,
    /// How far from a round instant the record begins, in slots.
    offset: i32,
    windows: [Window; 2],
    budgeting: Budgeting,
    policy: AlertPolicy,
}

fn named(name: &str, [main, sla]: [Window; 2], budgeting: Budgeting) -> Slo {
    Slo::availability(name, Objective::percent("90").unwrap(), main)
        .with_budgeting(budgeting)
        .unwrap()
        .with_sla(Sla::new(Objective::percent("80").unwrap(), sla, "none"))
}

impl World {
    fn slo(&self, name: &str) -> Slo {
        named(name, self.windows, self.budgeting)
    }

    fn start(&self) -> DateTime<Utc> {
        start() + self.slot * self.offset
    }

    fn slots(&self) -> Slots {
        Slots::new(self.start(), self.slot).unwrap()
    }

    fn time(&self, slot: usize) -> DateTime<Utc> {
        self.start() + self.slot * i32::try_from(slot).unwrap()
    }
}

fn ratio(num: u128, den: u128) -> Ratio {
    Ratio::new(num, den).unwrap()
}

fn condition(longest: i32, step: TimeDelta) -> impl Strategy<Value = Condition> {
    let part = (1..30_u128).prop_map(|tenths| ratio(tenths, 10));
    let window = move |most: i32| (1..=most).prop_map(move |steps| step * steps);
    let comparison = prop_oneof![Just(Comparison::Above), Just(Comparison::AtLeast)];
    let short = prop_oneof![1 => Just(None), 3 => (1..4_i32).prop_map(Some)];
    let burn_rate =
        (2..=longest, short, 1..90_u128, comparison).prop_map(move |(long, short, factor, comparison)| {
            Condition::BurnRate {
                comparison,
                factor: ratio(factor, 10),
                long: step * long,
                short: short.map(|short| step * short),
            }
        });
    prop_oneof![
        4 => burn_rate,
        1 => window(4).prop_map(|lasting| Condition::Absent { lasting }),
        1 => part.clone().prop_map(|part| Condition::BudgetConsumed { part }),
        1 => (part, window(longest)).prop_map(|(part, within)| Condition::BudgetDrop { part, within }),
        1 => (window(40), window(longest)).prop_map(|(within, pace)| Condition::Exhaustion { within, pace }),
    ]
}

fn gate() -> impl Strategy<Value = LowTraffic> {
    prop_oneof![
        1 => Just(LowTraffic::default()),
        1 => (0..3000_u64, 0..20_u64)
            .prop_map(|(events, bad)| LowTraffic::default().with_min_events(events).with_min_failures(bad)),
    ]
}

fn window(longest: i32, step: TimeDelta) -> impl Strategy<Value = Window> {
    prop_oneof![
        3 => Just(Window::rolling(step * longest).unwrap()),
        1 => Just(Window::calendar(Period::day(), Zone::UTC)),
        1 => Just(Window::calendar(Period::week(), Zone::UTC)),
    ]
}

fn budgeting(slot: TimeDelta) -> impl Strategy<Value = Budgeting> {
    let target = Share::percent("90").unwrap();
    prop_oneof![
        3 => Just(Budgeting::Occurrences),
        1 => (1..4_i32).prop_map(move |slots| Budgeting::Timeslices { slice: slot * slots, target }),
    ]
}

fn world() -> impl Strategy<Value = World> {
    world_with(budgeting)
}

fn world_with<B: Strategy<Value = Budgeting>>(
    budgeting: impl Fn(TimeDelta) -> B + Clone,
) -> impl Strategy<Value = World> {
    let slot = prop_oneof![Just(minutes(60)), Just(minutes(180))];
    (slot, 0..5_i32).prop_flat_map(move |(slot, offset)| {
        budgeting(slot).prop_flat_map(move |budgeting| {
            let step = budgeting.slice().unwrap_or(slot);
            let longest = 15;
            let rules = proptest::collection::vec((condition(longest, step), 0..4_i32, 0..4_i32), 1..4);
            let floor = prop_oneof![Just("90"), Just("50"), Just("100"), Just("0")];
            (window(longest, step), window(longest, step), rules, gate(), floor).prop_map(
                move |(main, sla, rules, gate, floor)| {
                    let windows = [main, sla];
                    let slo = named("any", windows, budgeting);
                    let mut policy = AlertPolicy::new()
                        .with_low_traffic(gate)
                        .with_min_coverage(Share::percent(floor).unwrap());
                    for (place, (condition, lasting, cool_down)) in rules.into_iter().enumerate() {
                        let rule = AlertRule::new(format!("rule-{place}"), Severity::Page, condition)
                            .with_lasting(step * lasting)
                            .with_cool_down(step * cool_down);
                        // Some rules are refused, such as one with a window longer than the main one.
                        policy = policy.clone().with_rule(&slo, rule).unwrap_or(policy);
                    }
                    World { slot, offset, windows, budgeting, policy }
                },
            )
        })
    })
}

/// Data of several SLOs: each is mostly fed in order; `delay` is the most slots that a tally comes late.
fn heard(slots: usize, delay: usize) -> impl Strategy<Value = Vec<Vec<Heard>>> {
    proptest::collection::vec(series(slots, delay, Just(1)), 1..4)
}

fn series(
    slots: usize,
    delay: usize,
    scale: impl Strategy<Value = u64>,
) -> impl Strategy<Value = Vec<Heard>> {
    (scale, 0..4_u64).prop_flat_map(move |(scale, badness)| {
        let bad = move |total: u64| (0..=total * badness / 4).prop_map(move |bad| (bad, total));
        let tally = prop_oneof![6 => (0..200_u64).prop_flat_map(bad), 1 => Just((0, 0)), 1 => (0..200_u64).prop_map(|total| (total, total))];
        let slot = (tally, 0..=delay).prop_map(move |((bad, total), delay)| (bad * scale, total * scale, delay));
        // Stretches without any data, beside single gaps.
        let part = prop_oneof![
            5 => proptest::collection::vec(prop_oneof![9 => slot.prop_map(Some), 1 => Just(None)], 1..20),
            1 => (1..25_usize).prop_map(|length| vec![None; length]),
        ];
        proptest::collection::vec(part, 1..16).prop_map(move |parts| {
            parts.into_iter().flatten().take(slots).collect()
        })
    })
}

/// One SLO with few events, in order.
fn quiet(slots: usize) -> impl Strategy<Value = Vec<Vec<Heard>>> {
    let bad = |total: u64| (0..=total).prop_map(move |bad| Some((bad, total, 0)));
    let slot = prop_oneof![3 => (0..6_u64).prop_flat_map(bad), 1 => Just(None)];
    proptest::collection::vec(slot, slots..=slots).prop_map(|series| vec![series])
}

fn tally(bad: u64, total: u64) -> Tally {
    Tally::from_bad(bad, total).unwrap()
}

/// What one alert turned into, and when.
type Changes = Vec<(DateTime<Utc>, AlertState)>;

/// An evaluator with some SLOs on the same terms, and beside it what the calculation needs.
struct Both {
    world: World,
    evaluator: Evaluator,
    keys: Vec<SloKey>,
    counts: Vec<Counts>,
    heard: BTreeMap<(SloKey, String), Changes>,
}

impl Both {
    fn new(world: World, slots: Slots, slos: usize) -> Self {
        let mut evaluator = Evaluator::new(slots);
        let mut keys = Vec::new();
        for place in 0..slos {
            keys.push(evaluator.add(&world.slo(&format!("slo-{place}")), &world.policy).unwrap());
        }
        let counts = vec![Counts::new(world.start(), world.slot).unwrap(); slos];
        Self { world, evaluator, keys, counts, heard: BTreeMap::new() }
    }

    fn record(&mut self, slo: usize, slot: usize, (bad, total): (u64, u64)) {
        let at = self.world.time(slot) + TimeDelta::seconds(7);
        self.evaluator.record(self.keys[slo], at, tally(bad, total)).unwrap();
        self.counts[slo].add(at, tally(bad, total)).unwrap();
    }

    fn tick(&mut self, now: DateTime<Utc>) {
        let heard = &mut self.heard;
        self.evaluator
            .tick(now, |change| {
                assert_ne!(change.from, change.to);
                heard.entry((change.slo, change.rule.name.clone())).or_default().push((change.at, change.to));
            })
            .unwrap();
    }

    /// Whether the calculation says something about this moment, and not about the end of its data.
    fn is_in_reach(&self, slo: usize, now: DateTime<Utc>) -> bool {
        now <= self.counts[slo].end() + self.world.windows[0].nominal_length()
    }

    fn agree(&self, now: DateTime<Utc>, alerts: Alerts) -> Result<(), TestCaseError> {
        for (slo, key) in self.keys.iter().enumerate().filter(|(slo, _)| self.is_in_reach(*slo, now)) {
            let report = evaluate(&self.world.slo("any"), &self.world.policy, &self.counts[slo], now);
            for found in &report.windows {
                prop_assert_eq!(self.evaluator.window(*key, found.window), Some(found.reading));
            }
            let sla = report.sla.unwrap();
            prop_assert_eq!(self.evaluator.window(*key, sla.sla.window), sla.reading);
            for found in &report.burn_rates {
                prop_assert_eq!(self.evaluator.last(*key, found.window), Some(found.reading));
                let burn = self.evaluator.burn_rate(*key, found.window).unwrap_or(Burn::NoData);
                prop_assert_eq!(burn, found.burn);
            }
            if alerts == Alerts::Too {
                report.alerts.iter().try_for_each(|alert| self.alert_agrees(*key, alert))?;
            }
        }
        Ok(())
    }

    /// Every window of a rule holds what its slots were told, summed up one by one.
    fn sums_agree(&self) -> Result<(), TestCaseError> {
        let slice = self.world.budgeting.slice();
        for (key, counts) in self.keys.iter().zip(&self.counts) {
            for window in self.world.policy.windows() {
                let reading = self.evaluator.last(*key, window).unwrap();
                let mut told: BTreeMap<i64, Tally> = BTreeMap::new();
                for (at, tally) in counts.iter().filter(|(at, _)| reading.interval.contains(*at)) {
                    let Some(tally) = tally else { continue };
                    let step = at.timestamp() / slice.unwrap_or(self.world.slot).num_seconds();
                    let sum = told.entry(step).or_default();
                    *sum = sum.checked_add(tally).unwrap();
                }
                if slice.is_some() {
                    let judge = |sum: &Tally| Tally::from_ratio(sum.good_share().unwrap_or(Share::ALL));
                    told.values_mut().for_each(|sum| *sum = judge(sum));
                }
                let sum = told.values().fold(Tally::ZERO, |sum, tally| sum.checked_add(*tally).unwrap());
                prop_assert_eq!((reading.tally, reading.observed), (sum, told.len() as u64));
            }
        }
        Ok(())
    }

    fn alert_agrees(&self, key: SloKey, alert: &AlertReport) -> Result<(), TestCaseError> {
        let state = self.evaluator.alert(key, &alert.rule.name);
        prop_assert_eq!(state, Some(alert.state), "{}", alert.rule.condition);
        self.episodes_agree(key, &alert.rule, &alert.episodes, DateTime::<Utc>::MAX_UTC)
    }

    fn episodes_agree(
        &self,
        key: SloKey,
        rule: &AlertRule,
        episodes: &[Episode],
        until: DateTime<Utc>,
    ) -> Result<(), TestCaseError> {
        let mut turns = Vec::new();
        for (at, state) in self.heard.get(&(key, rule.name.clone())).into_iter().flatten() {
            // Each time it fired, then each time it resolved.
            if state.is_firing() == (turns.len() % 2 == 0) {
                turns.push(*at);
            }
        }
        turns.retain(|at| *at <= until);
        let expected = episodes.iter().flat_map(|episode| [Some(episode.fired_at), episode.resolved_at]);
        let expected: Vec<_> = expected.flatten().filter(|at| *at <= until).collect();
        prop_assert_eq!(turns, expected, "{}", rule.condition);
        Ok(())
    }

    /// Each alert fired and resolved when a backtest of the same counts says; a forecast of so many events would
    /// take too long.
    fn backtests_agree(&self) -> Result<(), TestCaseError> {
        let step = self.world.budgeting.slice().unwrap_or(self.world.slot);
        for (key, counts) in self.keys.iter().zip(&self.counts).filter(|(_, counts)| !counts.is_empty()) {
            let slo = self.world.slo("any");
            let found = backtest(&slo, &self.world.policy, counts, &[], TimeDelta::zero()).unwrap();
            for result in &found.rules {
                self.episodes_agree(*key, &result.rule, &result.episodes, counts.end() - step)?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alerts {
    Too,
    Left,
}

proptest! {
    // Each case is dozens of calculations over up to 150 slots.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn it_equals_the_calculation_after_every_tick(
        world in world(),
        heard in heard(140, 0),
        ticks in proptest::collection::vec(1..3_usize, 160),
        looks in proptest::collection::vec(0..10_u8, 160),
    ) {
        let slots = world.slots();
        let mut both = Both::new(world, slots, heard.len());
        let mut ended = 0;
        for (slots, look) in ticks.into_iter().zip(looks) {
            for slot in ended..ended + slots {
                for (slo, slot, tally) in arriving(&heard, slot) {
                    both.record(slo, slot, tally);
                }
            }
            ended += slots;
            let now = both.world.time(ended);
            both.tick(now);
            if look == 0 || ended >= 140 {
                both.agree(now, Alerts::Too)?;
            }
            if ended >= 140 {
                break;
            }
        }
    }
}

/// The longest delay of late data, in slots: shorter than the longest window.
const DELAY: usize = 12;

/// What is heard of in the slot `now`.
fn arriving(heard: &[Vec<Heard>], now: usize) -> impl Iterator<Item = (usize, usize, (u64, u64))> {
    heard.iter().enumerate().flat_map(move |(slo, series)| {
        series.iter().enumerate().filter_map(move |(slot, heard)| {
            heard.filter(|(_, _, delay)| slot + delay == now).map(|(bad, total, _)| (slo, slot, (bad, total)))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn a_demand_for_proof_is_followed_slot_by_slot(world in world(), heard in quiet(130)) {
        let proof = LowTraffic::default().with_confidence(Confidence::percent("95").unwrap());
        let policy = world.policy.clone().with_low_traffic(proof);
        let slots = world.slots();
        let mut both = Both::new(World { policy, ..world }, slots, heard.len());
        for slot in 0..140 {
            for (slo, slot, tally) in arriving(&heard, slot) {
                both.record(slo, slot, tally);
            }
            let now = both.world.time(slot + 1);
            both.tick(now);
            if slot % 10 == 0 {
                both.agree(now, Alerts::Too)?;
            }
        }
    }

    #[test]
    fn many_events_are_counted_as_exactly_as_few(
        world in world_with(|slot| prop_oneof![Just(Budgeting::Occurrences), Just(Budgeting::RatioTimeslices { slice: slot * 2 })]),
        few in series(130, DELAY, Just(1)),
        many in series(130, DELAY, prop_oneof![Just(50_000_000), Just(1 << 40)]),
    ) {
        let slots = world.slots().with_lag(world.slot * i32::try_from(DELAY).unwrap()).unwrap();
        let heard = [few, many];
        let mut both = Both::new(world, slots, heard.len());
        for slot in 0..160 {
            for (slo, slot, tally) in arriving(&heard, slot) {
                both.record(slo, slot, tally);
            }
            let now = both.world.time(slot + 1);
            both.tick(now);
            both.sums_agree()?;
        }
        both.backtests_agree()?;
    }

    #[test]
    fn late_data_counts_from_the_next_tick_on(world in world(), heard in heard(130, DELAY)) {
        let slots = world.slots();
        let mut both = Both::new(world, slots, heard.len());
        for slot in 0..140 {
            for (slo, slot, tally) in arriving(&heard, slot) {
                both.record(slo, slot, tally);
            }
            let now = both.world.time(slot + 1);
            both.tick(now);
            if slot % 15 == 0 {
                both.agree(now, Alerts::Left)?;
            }
        }
    }

    #[test]
    fn with_a_lag_late_data_is_not_late(world in world(), heard in heard(130, DELAY)) {
        let lag = world.slot * i32::try_from(DELAY).unwrap();
        let slots = world.slots().with_lag(lag).unwrap();
        let mut both = Both::new(world, slots, heard.len());
        for slot in 0..140 {
            for (slo, slot, tally) in arriving(&heard, slot) {
                both.record(slo, slot, tally);
            }
            let now = both.world.time(slot + 1);
            both.tick(now);
            if slot % 15 == 0 {
                both.agree(now - lag, Alerts::Too)?;
            }
        }
    }

    #[test]
    fn in_tiers_a_window_begins_at_an_edge_of_its_tier(
        heard in heard(120, DELAY),
        rules in proptest::collection::vec((5..=30_i64, 1..5_i64, 5..90_u128), 1..4),
    ) {
        let slo = |name: &str| Slo::availability(name, Objective::percent("90").unwrap(), Window::rolling(minutes(30)).unwrap());
        let mut policy = AlertPolicy::new();
        for (place, (long, short, factor)) in rules.iter().enumerate() {
            let rule = AlertRule::burn_rate(place.to_string(), Severity::Page, minutes(*long), minutes(*short), ratio(*factor, 10));
            policy = policy.with_rule(&slo("any"), rule).unwrap();
        }
        // Windows of more than 13 minutes in slots of 3, of more than 20 in slots of 6.
        let every = |window: i64| if window <= 13 { 1 } else if window <= 20 { 3 } else { 6 };
        let slots = Slots::per_minute(start()).with_tier(minutes(13), minutes(3)).unwrap();
        let mut evaluator = Evaluator::new(slots.with_tier(minutes(20), minutes(6)).unwrap());
        let keys: Vec<_> = (0..heard.len()).map(|place| evaluator.add(&slo(&place.to_string()), &policy).unwrap()).collect();
        let mut known: BTreeMap<(usize, i64), (u64, u64)> = BTreeMap::new();
        let mut states = vec![vec![AlertState::Inactive; rules.len()]; keys.len()];
        for slot in 0..135 {
            for (slo, slot, (bad, total)) in arriving(&heard, slot) {
                let slot = i64::try_from(slot).unwrap();
                evaluator.record(keys[slo], start() + minutes(slot), tally(bad, total)).unwrap();
                known.insert((slo, slot), (bad, total));
            }
            let end = i64::try_from(slot).unwrap() + 1;
            evaluator.tick(start() + minutes(end), |_| {}).unwrap();
            for (slo, key) in keys.iter().enumerate() {
                for window in [1, 4, 13, 14, 17, 20, 21, 25, 30] {
                    let begin = (end - window).div_euclid(every(window)) * every(window);
                    let reading = evaluator.last(*key, minutes(window)).unwrap();
                    let inside: Vec<_> = known.range((slo, begin)..(slo, end)).map(|(_, tally)| *tally).collect();
                    prop_assert_eq!(reading.interval.start(), start() + minutes(begin));
                    prop_assert_eq!(reading.interval.end(), start() + minutes(end));
                    prop_assert_eq!(reading.tally.bad(), inside.iter().map(|tally| tally.0).sum::<u64>());
                    prop_assert_eq!(reading.tally.total(), inside.iter().map(|tally| tally.1).sum::<u64>());
                    prop_assert_eq!(reading.observed, inside.len() as u64);
                    prop_assert_eq!(reading.expected, u64::try_from(end - begin.max(0)).unwrap());
                    let error = evaluator.trailing_edge_error(*key, minutes(window)).unwrap();
                    prop_assert_eq!(error.as_ratio(), ratio(u128::try_from(every(window) - 1).unwrap(), u128::try_from(window).unwrap()));
                    let early = u64::try_from(end - window - begin).unwrap();
                    prop_assert!(Ratio::from(early) <= error.as_ratio().checked_mul(Ratio::whole(u128::try_from(window).unwrap())).unwrap());
                }
                for (place, (long, short, factor)) in rules.iter().enumerate() {
                    let state = &mut states[slo][place];
                    *state = naive(*state, [*short, *long].map(|window| {
                        let reading = evaluator.last(*key, minutes(window)).unwrap();
                        let covered = reading.observed * 10 >= reading.expected * 9;
                        let burn = reading.burn(Objective::percent("90").unwrap());
                        covered.then(|| burn.exceeds(Comparison::AtLeast, ratio(*factor, 10)))
                    }));
                    prop_assert_eq!(evaluator.alert(*key, &place.to_string()), Some(*state));
                }
            }
        }
    }
}

/// An alert that fires and resolves at once, from what its short and its long window say.
fn naive(before: AlertState, [short, long]: [Option<bool>; 2]) -> AlertState {
    let was_firing = before.is_firing();
    match (short, long) {
        (Some(true), Some(true)) => AlertState::Firing,
        (Some(false), _) | (Some(true), Some(false)) => AlertState::Inactive,
        (None, _) | (Some(true), None) if was_firing => AlertState::Frozen(Held::Firing),
        (None, _) | (Some(true), None) => AlertState::Frozen(Held::Inactive),
    }
}

/// One SLO over the last ten minutes, with an alert.
fn small(evaluator: &mut Evaluator, name: &str) -> SloKey {
    let slo =
        Slo::availability(name, Objective::percent("99").unwrap(), Window::rolling(minutes(10)).unwrap());
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(10), minutes(2), ratio(10, 1));
    evaluator.add(&slo, &AlertPolicy::new().with_rule(&slo, rule).unwrap()).unwrap()
}

#[test]
fn more_than_two_to_the_32_events_in_a_window_are_counted_exactly() {
    let mut evaluator = Evaluator::per_minute(start());
    let [busy, calm] = ["busy", "calm"].map(|name| small(&mut evaluator, name));
    let each = 1_000_000_000_u64;
    for minute in 0..40 {
        let now = start() + minutes(minute + 1);
        let at = now - TimeDelta::seconds(30);
        // From one tick to the next the window outgrows 32 bits, then shrinks again.
        let events = if (10..25).contains(&minute) { each } else { 10 };
        evaluator.record(busy, at, tally(events / 10, events)).unwrap();
        evaluator.record(calm, at, tally(1, 10)).unwrap();
        evaluator.tick(now, |_| {}).unwrap();
        let large =
            u64::try_from((10..25).filter(|other| (minute - 9..=minute).contains(other)).count()).unwrap();
        let expected = large * each + (10.min(u64::try_from(minute).unwrap() + 1) - large) * 10;
        let reading = evaluator.last(busy, minutes(10)).unwrap();
        assert_eq!((reading.tally.bad(), reading.tally.total()), (expected / 10, expected));
        assert_eq!(
            evaluator.last(calm, minutes(10)).unwrap().tally.total(),
            10 * 10.min(u64::try_from(minute).unwrap() + 1)
        );
        assert_eq!(evaluator.alert(busy, "page"), Some(AlertState::Firing));
    }
}

#[test]
fn what_cannot_be_recorded_is_refused_and_nothing_of_it_is_kept() {
    let mut evaluator = Evaluator::per_minute(start());
    let key = small(&mut evaluator, "shop");
    let one = Tally::one(true);
    let now = start() + minutes(90);
    evaluator.tick(now, |_| {}).unwrap();
    let late = now - minutes(60) - TimeDelta::milliseconds(1);
    let refused = evaluator.record(key, late, one);
    assert_eq!(refused, Err(RecordError::TooLate { at: late, oldest: now - minutes(60) }));
    let ahead = now + minutes(4);
    let refused = evaluator.record(key, ahead, one);
    assert_eq!(refused, Err(RecordError::AheadOfTick { at: ahead, until: ahead }));
    let early = start() - minutes(1);
    assert_eq!(
        evaluator.record(key, early, one),
        Err(RecordError::BeforeStart { at: early, start: start() })
    );
    evaluator.record(key, now, tally(0, u64::MAX - 5)).unwrap();
    assert_eq!(evaluator.record(key, now, tally(6, 6)), Err(RecordError::TooMany));
    assert_eq!(evaluator.record(key, now - minutes(1), tally(6, 6)), Err(RecordError::TooMany));
    evaluator.record(key, now, tally(5, 5)).unwrap();
    evaluator.tick(now + minutes(1), |_| {}).unwrap();
    let reading = evaluator.last(key, minutes(10)).unwrap();
    assert_eq!((reading.tally.bad(), reading.tally.total(), reading.observed), (5, u64::MAX, 1));

    let mut other = Evaluator::per_minute(start());
    assert_eq!(other.record(key, start(), one), Err(RecordError::UnknownSlo));
    assert_eq!(other.last(key, minutes(10)), None);
}

#[test]
fn the_record_of_an_slo_begins_when_it_is_added() {
    let mut evaluator = Evaluator::per_minute(start());
    let first = small(&mut evaluator, "first");
    evaluator.record(first, start(), tally(0, 7)).unwrap();
    evaluator.tick(start() + minutes(5), |_| {}).unwrap();
    let second = small(&mut evaluator, "second");
    let now = start() + minutes(5);
    assert_eq!(
        evaluator.record(second, now - minutes(1), Tally::ZERO),
        Err(RecordError::BeforeStart { at: now - minutes(1), start: now })
    );
    for key in [first, second] {
        evaluator.record(key, now, tally(1, 2)).unwrap();
    }
    evaluator.tick(now + minutes(1), |_| {}).unwrap();
    let [first, second] = [first, second].map(|key| evaluator.last(key, minutes(10)).unwrap());
    assert_eq!((first.tally.total(), first.expected, first.observed), (9, 6, 2));
    assert_eq!((second.tally.total(), second.expected, second.observed), (2, 1, 1));
    assert_eq!(evaluator.key("second"), evaluator.slos().nth(1));
}

#[test]
fn who_is_let_go_is_gone_and_the_others_go_on() {
    let mut evaluator = Evaluator::per_minute(start());
    let keys: Vec<_> = (0..70).map(|place| small(&mut evaluator, &place.to_string())).collect();
    let lone =
        Slo::availability("lone", Objective::percent("50").unwrap(), Window::rolling(minutes(10)).unwrap());
    let lone = evaluator.add(&lone, &AlertPolicy::new()).unwrap();
    for (place, key) in (0..).zip(&keys) {
        evaluator.record(*key, start(), tally(place % 2, place)).unwrap();
    }
    evaluator.tick(start() + minutes(1), |_| {}).unwrap();
    evaluator.record(keys[69], start() + minutes(1), tally(0, 5)).unwrap();
    let before: Vec<_> = keys.iter().map(|key| evaluator.alert(*key, "page")).collect();
    evaluator.retain(|_, name| name.parse().is_ok_and(|place: u32| place.is_multiple_of(3)));

    let now = start() + minutes(1);
    assert_eq!(evaluator.slos().count(), 24);
    assert_eq!(
        (evaluator.name(lone), evaluator.key("lone"), evaluator.last(lone, minutes(1))),
        (None, None, None)
    );
    assert_eq!(evaluator.record(keys[1], now, Tally::ZERO), Err(RecordError::UnknownSlo));
    for (place, key) in keys.iter().enumerate().filter(|(place, _)| place % 3 == 0) {
        let reading = evaluator.last(*key, minutes(10)).unwrap();
        assert_eq!((reading.tally.total(), reading.observed), (place as u64, 1));
        assert_eq!(evaluator.alert(*key, "page"), before[place]);
    }
    evaluator.tick(start() + minutes(2), |change| assert_ne!(change.name, "1")).unwrap();
    assert_eq!(evaluator.last(keys[69], minutes(10)).unwrap().tally.total(), 74);
    assert_eq!(evaluator.last(keys[66], minutes(10)).unwrap().observed, 1);

    // The name may be taken again, the key is not.
    let again = small(&mut evaluator, "1");
    assert_ne!(again, keys[1]);
    assert_eq!(evaluator.last(again, minutes(10)).unwrap().expected, 0);
    let mut bytes = Vec::new();
    evaluator.snapshot(&mut bytes).unwrap();
    assert!(Evaluator::restore(&bytes[..], []).unwrap().gone.contains(&"1".to_owned()));
}

fn objective(parts_per_million: i64) -> Objective {
    Objective::percent(&format!("99.{parts_per_million:04}")).unwrap()
}

#[test]
fn terms_that_nobody_is_on_any_more_leave_nothing_behind() {
    let size = |evaluator: &Evaluator| {
        let mut bytes = Vec::new();
        evaluator.snapshot(&mut bytes).unwrap();
        bytes.len()
    };
    let mut evaluator = Evaluator::per_minute(start());
    let empty = size(&evaluator);
    let window = Window::rolling(minutes(10)).unwrap();
    for round in 1..=300 {
        let slo = Slo::availability("short-lived", objective(round), window);
        let key = evaluator.add(&slo, &AlertPolicy::new()).unwrap();
        evaluator.tick(start() + minutes(round), |_| {}).unwrap();
        evaluator.retain(|other, _| other != key);
    }
    assert_eq!((size(&evaluator), evaluator.next_tick()), (empty, None));

    // Whoever stays moves up, and goes on.
    let stays = evaluator.add(&Slo::availability("b", objective(2), window), &AlertPolicy::new());
    let goes = evaluator.add(&Slo::availability("a", objective(1), window), &AlertPolicy::new());
    let moves = evaluator.add(&Slo::availability("c", objective(3), window), &AlertPolicy::new());
    let [stays, goes, moves] = [stays, goes, moves].map(Result::unwrap);
    evaluator.retain(|key, _| key != goes);
    for (key, total) in [(stays, 5), (moves, 7)] {
        evaluator.record(key, start() + minutes(300), tally(1, total)).unwrap();
    }
    evaluator.tick(start() + minutes(301), |_| {}).unwrap();
    let total = |key| evaluator.last(key, minutes(10)).map(|reading| reading.tally.total());
    assert_eq!([stays, goes, moves].map(total), [Some(5), None, Some(7)]);
    let terms = [stays, moves].map(|key| evaluator.budget(key).unwrap());
    assert_ne!(terms[0], terms[1]);
}

#[test]
fn whoever_was_away_for_too_long_ticks_in_stretches() {
    let mut evaluator = Evaluator::new(Slots::per_minute(start()).with_lag(minutes(3)).unwrap());
    small(&mut evaluator, "shop");
    let slices = Budgeting::Timeslices { slice: minutes(5), target: Share::percent("90").unwrap() };
    let slo = Slo::availability("slices", objective(0), Window::rolling(minutes(10)).unwrap());
    evaluator.add(&slo.with_budgeting(slices).unwrap(), &AlertPolicy::new()).unwrap();
    let now = start() + TimeDelta::days(800);
    let jump = evaluator.tick(now, |_| {}).unwrap_err();
    assert_eq!(jump.latest, start() + minutes((1 << 20) + 3));
    assert!(evaluator.tick(jump.latest + minutes(1), |_| {}).is_err());
    evaluator.tick(jump.latest, |_| {}).unwrap();
    evaluator.tick(now, |_| {}).unwrap();
    assert_eq!(evaluator.next_tick(), Some(now + minutes(1)));
}

#[test]
fn a_tick_may_come_as_often_as_one_likes_but_not_from_another_age() {
    let mut evaluator = Evaluator::per_minute(start());
    let key = small(&mut evaluator, "shop");
    assert_eq!(evaluator.next_tick(), Some(start() + minutes(1)));
    evaluator.record(key, start(), tally(10, 10)).unwrap();
    let mut heard = 0;
    for seconds in [30, 59, 60, 60, 61, 20] {
        evaluator.tick(start() + TimeDelta::seconds(seconds), |_| heard += 1).unwrap();
    }
    assert_eq!(heard, 1);
    assert_eq!(evaluator.next_tick(), Some(start() + minutes(2)));
    let jump = start() + TimeDelta::days(400_000);
    assert!(evaluator.tick(jump, |_| heard += 1).is_err());
    assert_eq!((heard, evaluator.alert(key, "page")), (1, Some(AlertState::Firing)));
}

#[test]
fn what_a_stream_cannot_evaluate_is_refused_when_it_is_added() {
    let mut evaluator =
        Evaluator::new(Slots::per_minute(start()).with_tier(minutes(30), minutes(10)).unwrap());
    let objective = Objective::percent("99").unwrap();
    let slo = |name: &str| Slo::availability(name, objective, Window::rolling_days(1));
    let policy = AlertPolicy::new();
    evaluator.add(&slo("shop"), &policy).unwrap();
    let refused = evaluator.add(&slo("shop"), &policy);
    assert_eq!(refused, Err(AddError::DuplicateName { slo: "shop".into() }));

    let day = Interval::starting(start(), TimeDelta::days(1)).unwrap();
    let corrected = slo("a").with_correction(Correction::new(day, Treatment::DropTime, "maintenance"));
    assert_eq!(evaluator.add(&corrected, &policy), Err(AddError::Corrections));

    let seconds = TimeDelta::seconds(90);
    let odd = Slo::availability("a", objective, Window::rolling(seconds).unwrap());
    assert_eq!(evaluator.add(&odd, &policy), Err(AddError::Window { window: seconds, step: minutes(1) }));
    let slices = slo("a").with_budgeting(Budgeting::RatioTimeslices { slice: seconds }).unwrap();
    assert_eq!(evaluator.add(&slices, &policy), Err(AddError::Slices { slice: seconds, slot: minutes(1) }));
    let slices = slo("a").with_budgeting(Budgeting::RatioTimeslices { slice: minutes(4) }).unwrap();
    assert_eq!(evaluator.add(&slices, &policy), Err(AddError::Tiers { slice: minutes(4) }));
    let long = Slo::availability("a", objective, Window::rolling(TimeDelta::days(36_500)).unwrap());
    assert!(matches!(evaluator.add(&long, &policy), Err(AddError::TooLong { .. })));
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(5), seconds, ratio(2, 1));
    let off_grid = policy.with_rule(&slo("a"), rule).unwrap();
    assert!(matches!(evaluator.add(&slo("a"), &off_grid), Err(AddError::Policy(_))));
    assert_eq!(evaluator.slos().count(), 1);
}

#[test]
fn slots_that_do_not_tile_time_are_refused() {
    let slots = || Slots::per_minute(start());
    assert!(Slots::new(start(), TimeDelta::zero()).is_err());
    assert!(slots().with_lag(minutes(-1)).is_err());
    assert!(slots().with_lag(minutes(5000)).is_err());
    assert!(slots().with_tier(minutes(10), minutes(1)).is_err());
    assert!(slots().with_tier(minutes(10), TimeDelta::seconds(90)).is_err());
    assert!(slots().with_tier(minutes(1), minutes(5)).is_err());
    let tiers = slots().with_tier(minutes(10), minutes(5)).unwrap();
    assert!(tiers.clone().with_tier(minutes(10), minutes(10)).is_err());
    assert!(tiers.with_tier(minutes(20), minutes(8)).is_err());
}

#[test]
fn a_tick_allocates_nothing() {
    let tiers = Slots::per_minute(start()).with_tier(minutes(30), minutes(5)).unwrap();
    let mut evaluator = Evaluator::new(tiers.with_tier(minutes(180), minutes(60)).unwrap());
    let month = Window::calendar(Period::month(), Zone::UTC);
    let slo = |name: &str| Slo::availability(name, Objective::percent("99").unwrap(), month);
    let policy = AlertPolicy::new()
        .with_rule(
            &slo("any"),
            AlertRule::burn_rate("page", Severity::Page, minutes(60), minutes(5), ratio(10, 1)),
        )
        .and_then(|policy| {
            policy.with_rule(
                &slo("any"),
                AlertRule::new("gone", Severity::Page, Condition::BudgetConsumed { part: Ratio::ONE }),
            )
        })
        .and_then(|policy| {
            policy.with_rule(
                &slo("any"),
                AlertRule::new("silent", Severity::Page, Condition::Absent { lasting: minutes(5) }),
            )
        })
        .unwrap();
    let keys: Vec<_> =
        (0..100).map(|place| evaluator.add(&slo(&place.to_string()), &policy).unwrap()).collect();
    let (mut changes, mut allocations) = (0_u64, 0);
    for minute in 0..400 {
        let now = start() + minutes(minute + 1);
        for (place, key) in keys.iter().enumerate() {
            // Some fail, some fall silent for a while, and one is so busy that its block is widened.
            let bad = if place % 3 == 0 && minute % 100 > 50 { 50 } else { 0 };
            let scale = if place == 7 && minute > 200 { 10_000_000 } else { 1 };
            if place % 5 != 0 || minute % 50 < 30 {
                evaluator.record(*key, now - minutes(1), tally(bad * scale, 100 * scale)).unwrap();
            }
        }
        allocations +=
            allocation_counter::measure(|| evaluator.tick(now, |_| changes += 1).unwrap()).count_total;
    }
    assert_eq!(allocations, 0);
    assert!(changes > 300, "{changes}");
}
