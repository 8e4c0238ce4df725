//! A second opinion: the calculation and the stream against a model that was written from the documentation alone.
//!
//! The model keeps a list of steps and a list of outcomes, and sums up whatever it is asked for one step after the
//! other. It shares nothing with the crate but the types of its input.

mod naive;

use crate::policies;
use crate::support::{minutes, start};
use chrono::{DateTime, TimeDelta, Utc};
use naive::Model;
use proptest::prelude::*;
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Share};
use toban_slo::{
    AlertPolicy, AlertState, Budgeting, Burn, Counts, Evaluator, Held, LowTraffic, Objective, Slo, Slots,
    Tally, Window, evaluate,
};

/// Bad and total of each slot; `None` is a gap.
type Series = Vec<Option<(u64, u64)>>;

#[derive(Clone, Debug)]
struct World {
    slo: Slo,
    policy: AlertPolicy,
    start: DateTime<Utc>,
    slot: TimeDelta,
}

fn times(length: TimeDelta, count: usize) -> TimeDelta {
    length * i32::try_from(count).unwrap()
}

fn gate() -> BoxedStrategy<LowTraffic> {
    let confidence =
        prop_oneof![Just("80"), Just("95")].prop_map(|percent| Confidence::percent(percent).unwrap());
    prop_oneof![
        2 => Just(LowTraffic::default()),
        2 => (0..300_u64, 0..12_u64)
            .prop_map(|(events, bad)| LowTraffic::default().with_min_events(events).with_min_failures(bad)),
        1 => confidence.prop_map(|confidence| LowTraffic::default().with_confidence(confidence)),
    ]
    .boxed()
}

fn world() -> impl Strategy<Value = World> {
    let slot = prop_oneof![Just(minutes(60)), Just(minutes(180))];
    let target = Share::percent("80").unwrap();
    let slices = prop_oneof![3 => Just(None), 1 => (1..4_i32).prop_map(Some)];
    (slot, 0..7_i32, slices, any::<[bool; 2]>()).prop_flat_map(
        move |(slot, offset, slices, [is_daily, is_weekly])| {
            let step = slices.map_or(slot, |slices| slot * slices);
            let budgeting = match slices {
                None => Budgeting::Occurrences,
                Some(_) => Budgeting::Timeslices { slice: step, target },
            };
            let window = match (is_daily, is_weekly) {
                (true, true) => Window::calendar(Period::day(), Zone::UTC),
                (false, true) => Window::calendar(Period::week(), Zone::UTC),
                _ => Window::rolling(step * 15).unwrap(),
            };
            let objective = Objective::percent("80").unwrap();
            let slo = Slo::availability("any", objective, window).with_budgeting(budgeting).unwrap();
            let rules = policies::rules(15, step);
            (rules, gate(), policies::floor()).prop_map(move |(rules, gate, floor)| {
                let policy = policies::policy(&slo, step, rules, gate, floor);
                World { slo: slo.clone(), policy, start: start() + slot * offset, slot }
            })
        },
    )
}

/// Calm and bad stretches, silence, and slots in which nothing happens.
fn series(slots: usize) -> impl Strategy<Value = Series> {
    let bad = |total: u64| (0..=total).prop_map(move |bad| Some((bad, total)));
    let calm = prop_oneof![
        9 => (0..30_u64).prop_map(|total| Some((total / 20, total))),
        1 => Just(None),
    ];
    let rough = prop_oneof![
        6 => (0..30_u64).prop_flat_map(bad),
        1 => Just(Some((0, 0))),
        1 => Just(None),
    ];
    let part = prop_oneof![
        2 => proptest::collection::vec(calm, 1..20),
        3 => proptest::collection::vec(rough, 1..15),
        1 => (1..12_usize).prop_map(|length| vec![None; length]),
        1 => (1..12_usize).prop_map(|length| vec![Some((0, 0)); length]),
    ];
    proptest::collection::vec(part, 1..12)
        .prop_map(move |parts| parts.into_iter().flatten().take(slots).collect())
}

impl World {
    fn time(&self, slots: usize) -> DateTime<Utc> {
        self.start + times(self.slot, slots)
    }

    /// A series as the calculation takes it; where the last slots are gaps, the data ends before them.
    fn counts(&self, series: &Series) -> Counts {
        let mut counts = Counts::new(self.start, self.slot).unwrap();
        for (place, slot) in series.iter().enumerate() {
            if let Some((bad, total)) = slot {
                counts.add(self.time(place), Tally::from_bad(*bad, *total).unwrap()).unwrap();
            }
        }
        counts
    }
}

/// What one alert turned into, and when.
type Turns = Vec<Vec<DateTime<Utc>>>;

/// How often each kind of thing was compared, so that a run that compares nothing is noticed.
#[derive(Debug, Default)]
struct Seen {
    fired: usize,
    resolved: usize,
    frozen: usize,
}

fn agree(world: &World, series: &Series, seen: &mut Seen) -> Result<(), TestCaseError> {
    let rules = world.policy.rules();
    let Some(mut model) = Model::new(&world.slo, &world.policy, world.start, world.slot, series) else {
        return Err(TestCaseError::reject("too near to a threshold that is compared in floats"));
    };
    let mut evaluator = Evaluator::new(Slots::new(world.start, world.slot).unwrap());
    let key = evaluator.add(&world.slo, &world.policy).unwrap();
    let mut turns: Turns = vec![Vec::new(); rules.len()];
    let counts = world.counts(series);
    // A while beyond the data.
    for slot in 0..series.len() + 4 {
        if let Some((bad, total)) = series.get(slot).copied().flatten() {
            evaluator.record(key, world.time(slot), Tally::from_bad(bad, total).unwrap()).unwrap();
        }
        let now = world.time(slot + 1);
        evaluator
            .tick(now, |change| {
                let rule = rules.iter().position(|rule| rule.name == change.rule.name).unwrap();
                if change.from.is_firing() != change.to.is_firing() {
                    turns[rule].push(change.at);
                }
            })
            .unwrap();
        model.advance(now);
        let expected = model.main();
        let report = evaluate(&world.slo, &world.policy, &counts, now);
        let main = report.main().unwrap();
        for reading in [main.reading, evaluator.window(key, world.slo.window()).unwrap()] {
            let found = (reading.tally.bad(), reading.tally.total(), reading.observed, reading.expected);
            prop_assert_eq!(found, (expected.bad, expected.total, expected.seen, expected.expected));
            prop_assert_eq!(reading.burn(world.slo.objective()), model.burn(expected));
        }
        for found in &report.burn_rates {
            let expected = model.burn(model.last(found.window));
            prop_assert_eq!(found.burn, expected);
            prop_assert_eq!(evaluator.burn_rate(key, found.window).unwrap_or(Burn::NoData), expected);
        }
        for (place, rule) in rules.iter().enumerate() {
            let alert = &model.alerts[place];
            let why = || format!("{} after {slot} slots, said {:?}", rule.condition, alert.said);
            prop_assert_eq!(report.alert(&rule.name), Some(alert.state()), "{}", why());
            prop_assert_eq!(evaluator.alert(key, &rule.name), Some(alert.state()), "{}", why());
            let episodes = report.alerts[place].episodes.iter();
            let found: Vec<_> = episodes.map(|e| (e.pending_at, e.fired_at, e.resolved_at)).collect();
            prop_assert_eq!(&found, &alert.episodes, "{}", why());
            let expected = found.iter().flat_map(|(_, fired, resolved)| [Some(*fired), *resolved]).flatten();
            prop_assert_eq!(&turns[place], &expected.collect::<Vec<_>>(), "{}", why());
            seen.frozen += usize::from(matches!(alert.state(), AlertState::Frozen(Held::Firing)));
        }
    }
    let episodes = || model.alerts.iter().flat_map(|alert| &alert.episodes);
    seen.fired += episodes().count();
    seen.resolved += episodes().filter(|episode| episode.2.is_some()).count();
    Ok(())
}

proptest! {
    // A case takes a millisecond or two.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 4, ..ProptestConfig::default() })]

    #[test]
    fn the_calculation_and_the_stream_say_what_the_model_says(world in world(), series in series(70)) {
        agree(&world, &series, &mut Seen::default())?;
    }
}

/// The worlds that are drawn are ones in which alerts fire, resolve and freeze.
#[test]
fn the_worlds_of_the_model_are_eventful() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..60 {
        let (world, series) = (world(), series(70)).new_tree(&mut runner).unwrap().current();
        match agree(&world, &series, &mut seen) {
            Ok(()) | Err(TestCaseError::Reject(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert!(seen.fired > 100 && seen.resolved > 60 && seen.frozen > 60, "{seen:?}");
}
