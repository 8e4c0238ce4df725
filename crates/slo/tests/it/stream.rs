//! The streaming evaluator says what the calculation says.

mod both;
mod kinds;
mod lanes;
mod members;
mod snapshot;
mod ticks;
mod world;

use crate::support::{minutes, ratio, start};
use both::{Alerts, Both};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Interval, Ratio, Share};
use toban_slo::{
    AddError, AlertPolicy, AlertRule, AlertState, Budgeting, Comparison, Condition, Correction, Evaluator,
    Held, LowTraffic, Objective, RecordError, Severity, Slo, SloKey, Slots, Tally, Treatment, Window,
};
use world::{DELAY, World, arriving, budgeting, heard, quiet, series, world, world_with};

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

fn tally(bad: u64, total: u64) -> Tally {
    Tally::from_bad(bad, total).unwrap()
}

/// One SLO over the last ten minutes, with an alert.
fn small(evaluator: &mut Evaluator, name: &str) -> SloKey {
    let slo =
        Slo::availability(name, Objective::percent("99").unwrap(), Window::rolling(minutes(10)).unwrap());
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(10), minutes(2), ratio(10, 1));
    evaluator.add(&slo, &AlertPolicy::new().with_rule(&slo, rule).unwrap()).unwrap()
}

fn objective(parts_per_million: i64) -> Objective {
    Objective::percent(&format!("99.{parts_per_million:04}")).unwrap()
}
