//! From series to good of total: what each sample, gap and reset means.

use super::{at, grid, run};
use chrono::TimeDelta;
use proptest::prelude::*;
use std::collections::BTreeMap;
use toban_adapters::SlotValue;
use toban_adapters::prometheus::{Answer, Error, Events, Note, Query, Reading, Source, read};
use toban_core::testing::FakeMetricSource;
use toban_core::{Labels, PortErrorKind, Ratio, Sample};
use toban_slo::{Anomaly, Counter, Counts, RatioOf, Tally};

/// What each series is at the instants from the start on, a minute apart.
type Told = BTreeMap<&'static str, Vec<Option<f64>>>;

fn fake(told: &[(&str, &Told)]) -> FakeMetricSource {
    let mut source = FakeMetricSource::new();
    for (query, series) in told {
        for (name, values) in *series {
            for (minute, value) in values.iter().enumerate() {
                if let Some(value) = value {
                    let labels: Labels = [("name", *name)].into_iter().collect();
                    let sample = Sample::new(at(60 * i64::try_from(minute).unwrap()), *value).unwrap();
                    source = source.with_sample(query, labels, sample);
                }
            }
        }
    }
    source
}

fn one(values: &[Option<f64>]) -> Told {
    [("one", values.to_vec())].into()
}

fn whole(values: &[f64]) -> Told {
    one(&values.iter().map(|value| Some(*value)).collect::<Vec<_>>())
}

fn bad_of_total(events: Events) -> Query {
    Query::bad_of_total(&Source::new("+bad"), &Source::new("+all"), events).unwrap()
}

fn reading(source: &FakeMetricSource, query: &Query, slots: u32) -> Result<Reading, Error> {
    run(read(source, query, grid(slots, 60), &mut |_| {}))
}

fn tallies(reading: &Reading, slots: i64) -> Vec<Option<(u64, u64)>> {
    let Answer::Counts(counts) = &reading.answer else { panic!("{reading:?}") };
    assert_eq!((counts.slot(), known(counts).start()), (TimeDelta::minutes(1), counts.start()));
    (0..slots).map(|slot| counts.at(at(60 * slot)).map(|tally| (tally.bad(), tally.total()))).collect()
}

/// The same from the first slot on of which anything is known: before it there is no record.
fn known(counts: &Counts) -> Counts {
    let tallies: Vec<_> = counts.iter().filter_map(|(at, tally)| Some((at, tally?))).collect();
    let start = tallies.first().map_or(counts.start(), |(at, _)| *at);
    let mut known = Counts::new(start, counts.slot()).unwrap();
    tallies.into_iter().for_each(|(at, tally)| known.add(at, tally).unwrap());
    known
}

/// Samples of a counter: where there is one, it rises or begins again.
fn samples() -> impl Strategy<Value = Vec<Option<u64>>> {
    let step = prop_oneof![1 => Just(None), 4 => (0..2_000_u64).prop_map(|up| Some((false, up))),
        1 => (0..50_u64).prop_map(|up| Some((true, up)))];
    proptest::collection::vec(step, 2..40).prop_map(|steps| {
        let mut value = 1_000;
        let one = |step: Option<(bool, u64)>| {
            step.map(|(is_reset, up)| {
                value = if is_reset { up } else { value + up };
                value
            })
        };
        steps.into_iter().map(one).collect()
    })
}

fn told(samples: &[Option<u64>]) -> Vec<Option<f64>> {
    samples.iter().map(|value| value.map(|value| value as f64)).collect()
}

fn counter(samples: &[Option<u64>]) -> Counter {
    let mut counter = Counter::new();
    for (minute, value) in samples.iter().enumerate() {
        if let Some(value) = value {
            counter.observe(at(60 * i64::try_from(minute).unwrap()), *value).unwrap();
        }
    }
    counter
}

proptest! {
    #[test]
    fn counters_are_what_the_counter_of_the_domain_makes_of_them(part in samples(), all in samples()) {
        let source = fake(&[("+part", &one(&told(&part))), ("+all", &one(&told(&all)))]);
        let (named, total) = (Source::new("+part"), Source::new("+all"));
        let (part, all, minute) = (counter(&part), counter(&all), TimeDelta::minutes(1));
        for (query, expected) in [
            (Query::bad_of_total(&named, &total, Events::Cumulative), Counter::tally(&part, &all, at(0), minute)),
            (Query::good_of_total(&named, &total, Events::Cumulative), Counter::tally_good(&part, &all, at(0), minute)),
        ] {
            let (found, (expected, odd)) = (reading(&source, &query.unwrap(), 40).unwrap(), expected.unwrap());
            prop_assert_eq!(&found.answer, &Answer::Counts(known(&expected)));
            let left_out = |odd: &&Anomaly| matches!(odd, Anomaly::MoreBadThanAll { .. } | Anomaly::MoreGoodThanAll { .. });
            let told = found.notes.iter().find_map(|note| match note {
                Note::MoreThanAll { slots, .. } => Some(*slots),
                _ => None,
            });
            prop_assert_eq!(told.unwrap_or(0), odd.iter().filter(left_out).count() as u64);
        }
    }

    #[test]
    fn several_counters_are_counted_each_by_itself_and_added(one in samples(), two in samples()) {
        let series: Told = [("one", told(&one)), ("two", told(&two))].into();
        let found = reading(&fake(&[("+bad", &series), ("+all", &series)]), &bad_of_total(Events::Cumulative), 40);
        let mut expected = Counts::per_minute(at(0));
        for counter in [counter(&one), counter(&two)] {
            expected.merge(&Counter::tally(&counter, &counter, at(0), TimeDelta::minutes(1)).unwrap().0).unwrap();
        }
        prop_assert_eq!(found.unwrap().answer, Answer::Counts(known(&expected)));
    }

    #[test]
    fn fractions_are_carried_so_that_no_stretch_is_off_by_an_event(
        slots in proptest::collection::vec((0..5_000_000_u64, 0..5_000_000_u64), 1..60), from in 0..60_usize
    ) {
        let thousandths = |part: fn(&(u64, u64)) -> u64| -> Vec<f64> {
            std::iter::once(0.0).chain(slots.iter().map(|slot| part(slot) as f64 / 1000.0)).collect()
        };
        let (bad, all) = (thousandths(|slot| slot.0), thousandths(|slot| slot.0 + slot.1));
        let source = fake(&[("+bad", &whole(&bad)), ("+all", &whole(&all))]);
        let found = reading(&source, &bad_of_total(Events::PerSlot), 60).unwrap();
        let Answer::Counts(counts) = found.answer else { panic!("no counts") };
        let counted: Vec<Tally> = counts.iter().filter_map(|(_, tally)| tally).collect();
        prop_assert_eq!(counted.len(), slots.len());
        let from = from % slots.len();
        for (name, told, counted) in [
            ("bad", slots[from..].iter().map(|slot| slot.0).sum::<u64>(), counted[from..].iter().map(Tally::bad).sum::<u64>()),
            ("good", slots[from..].iter().map(|slot| slot.1).sum(), counted[from..].iter().map(Tally::good).sum()),
        ] {
            prop_assert!(told.abs_diff(counted * 1000) < 1000, "{name}: {told} thousandths, {counted} counted");
        }
    }
}

#[test]
fn a_series_that_is_missing_adds_nothing_until_it_is_back() {
    let series: Told = [
        ("back", vec![Some(10.0), Some(11.0), None, None, Some(15.0)]),
        ("late", vec![None, None, Some(500.0), Some(501.0), Some(503.0)]),
    ]
    .into();
    let found = reading(&fake(&[("+bad", &series), ("+all", &series)]), &bad_of_total(Events::Cumulative), 5);
    // The third slot has a sample, and no increase that anybody knows.
    let expected = [Some((1, 1)), None, Some((1, 1)), Some((6, 6)), None];
    assert_eq!(tallies(&found.unwrap(), 5), expected);
}

#[test]
fn a_gap_in_either_part_is_a_gap() {
    let bad = one(&[Some(0.0), None, Some(1.0), Some(2.0), Some(3.0)]);
    let all = one(&[Some(9.0), Some(9.0), Some(9.0), None, Some(9.0)]);
    let found = reading(&fake(&[("+bad", &bad), ("+all", &all)]), &bad_of_total(Events::PerSlot), 4).unwrap();
    assert_eq!(tallies(&found, 4), [None, Some((1, 9)), None, Some((3, 9))]);
    assert_eq!((found.samples, found.notes.len()), (6, 0));
}

#[test]
fn a_query_without_series_is_no_data_and_is_named() {
    let all = whole(&[1.0, 2.0, 3.0]);
    for events in [Events::Cumulative, Events::PerSlot] {
        let found = reading(&fake(&[("+all", &all)]), &bad_of_total(events), 2).unwrap();
        assert_eq!(tallies(&found, 2), [None, None]);
        assert_eq!(found.notes, [Note::NoSeries { query: "+bad".into() }]);
    }
}

#[test]
fn more_bad_than_all_is_a_gap_unless_floats_did_it() {
    let bad = whole(&[0.0, 3.0, 1.000_000_001, 2.0]);
    let all = whole(&[0.0, 2.0, 1.0, 2.0]);
    let found = reading(&fake(&[("+bad", &bad), ("+all", &all)]), &bad_of_total(Events::PerSlot), 3).unwrap();
    assert_eq!(tallies(&found, 3), [None, Some((1, 1)), Some((2, 2))]);
    assert_eq!(found.notes, [Note::MoreThanAll { slots: 1, first: at(0) }]);
}

/// Two of good are counted before the total that they belong to, at one instant; then one is bad.
#[test]
fn good_that_is_counted_a_moment_before_all_makes_a_gap_and_no_bad_events() {
    let source = fake(&[
        ("+good", &whole(&[500.0, 602.0, 700.0, 799.0])),
        ("+all", &whole(&[500.0, 600.0, 700.0, 800.0])),
    ]);
    let query = |events| Query::good_of_total(&Source::new("+good"), &Source::new("+all"), events).unwrap();
    let found = reading(&source, &query(Events::Cumulative), 3).unwrap();
    assert_eq!(tallies(&found, 3), [None, Some((0, 100)), Some((1, 100))]);
    assert_eq!(found.notes, [Note::MoreThanAll { slots: 1, first: at(0) }]);
    // Numbers of events are no counters, and nothing is made up for.
    let found = reading(&source, &query(Events::PerSlot), 3).unwrap();
    assert_eq!(tallies(&found, 3), [None, Some((0, 700)), Some((1, 800))]);
}

#[test]
fn large_counters_are_exact() {
    let most = 9_007_199_254_740_991.0;
    let series = whole(&[most - 3.0, most - 1.0, most]);
    let found = reading(&fake(&[("+bad", &series), ("+all", &series)]), &bad_of_total(Events::Cumulative), 2);
    assert_eq!(tallies(&found.unwrap(), 2), [Some((2, 2)), Some((1, 1))]);
}

#[test]
fn a_long_time_is_read_in_pieces_that_fit_together() {
    let rising: Vec<f64> = (0..=6_000).map(f64::from).collect();
    let series = whole(&rising);
    let source = fake(&[("+bad", &series), ("+all", &series)]);
    let mut told = Vec::new();
    let query = bad_of_total(Events::Cumulative);
    let found = run(read(&source, &query, grid(6_000, 60), &mut |more| told.push(more))).unwrap();
    assert_eq!(tallies(&found, 6_000), vec![Some((1, 1)); 6_000]);
    assert_eq!(told, [2_880, 2_880, 241, 2_880, 2_880, 241]);
}

#[test]
fn a_ratio_weighs_the_same_in_each_slot() {
    let ratios = whole(&[0.0, 0.25, 1.000_000_000_000_000_2, 0.0]);
    let source = fake(&[("+ratio", &ratios)]);
    let units = Tally::RATIO_UNITS;
    for (of, bad) in [(RatioOf::Success, [3, 0, 4]), (RatioOf::Failure, [1, 4, 0])] {
        let found = reading(&source, &Query::ratio(&Source::new("+ratio"), of), 3).unwrap();
        assert_eq!(tallies(&found, 3), bad.map(|quarters| Some((units / 4 * quarters, units))));
    }
}

#[test]
fn a_value_is_exact_and_what_is_unknown_a_gap() {
    let source = fake(&[("+value", &one(&[Some(7.0), Some(0.1), None, Some(1.5e-20), Some(4e20)]))]);
    let found = reading(&source, &Query::value(&Source::new("+value")), 4).unwrap();
    let Answer::Values(values) = &found.answer else { panic!("{found:?}") };
    let known = |text: &str| SlotValue::Value(text.parse::<Ratio>().unwrap());
    let expected = [known("0.1"), SlotValue::Gap, known("0"), known("400000000000000000000")];
    assert_eq!(values.iter().map(|(_, value)| value).collect::<Vec<_>>(), expected);
    assert_eq!((values.start(), values.slot()), (at(0), TimeDelta::minutes(1)));
}

#[test]
fn two_series_at_once_are_no_ratio_and_no_value_but_one_after_another_are() {
    let (value, ratio) =
        (Query::value(&Source::new("+x")), Query::ratio(&Source::new("+x"), RatioOf::Success));
    let turns: Told = [("one", vec![None, Some(1.0), None]), ("two", vec![None, None, Some(1.0)])].into();
    let both: Told = [("one", vec![None, None, Some(1.0)]), ("two", vec![None, None, Some(1.0)])].into();
    for query in [value, ratio] {
        assert!(reading(&fake(&[("+x", &turns)]), &query, 2).is_ok());
        let error = reading(&fake(&[("+x", &both)]), &query, 2).unwrap_err().to_string();
        let expected = "query \"+x\": {name=\"two\"} is not the only series at 2026-03-01 00:02:00 UTC; \
                        a ratio or a value must be one";
        assert_eq!(error, expected);
    }
}

#[test]
fn a_number_of_the_wrong_kind_is_named() {
    let all = whole(&[9.0, 9.0]);
    let (value, ratio) =
        (Query::value(&Source::new("+bad")), Query::ratio(&Source::new("+bad"), RatioOf::Success));
    for (query, wrong, expected) in [
        (
            bad_of_total(Events::Cumulative),
            0.5,
            "0.5 at 2026-03-01 00:01:00 UTC, not a counter, which is a whole",
        ),
        (bad_of_total(Events::Cumulative), -1.0, "-1 at 2026-03-01 00:01:00 UTC, not a counter"),
        (bad_of_total(Events::PerSlot), -1.0, "-1 at 2026-03-01 00:01:00 UTC, not a number of events"),
        (value, -1.0, "-1 at 2026-03-01 00:01:00 UTC, not a value of 0 or more"),
        (ratio, 1.5, "1.5 at 2026-03-01 00:01:00 UTC, not a ratio from 0 to 1"),
    ] {
        let source = fake(&[("+bad", &whole(&[0.0, wrong])), ("+all", &all)]);
        let error = reading(&source, &query, 1).unwrap_err().to_string();
        assert!(error.starts_with(&format!("query \"+bad\": {{name=\"one\"}} is {expected}")), "{error}");
    }
    let source = fake(&[("+bad", &whole(&[0.0, 1e20])), ("+all", &whole(&[0.0, 1e20]))]);
    let error = reading(&source, &bad_of_total(Events::PerSlot), 1).unwrap_err().to_string();
    assert_eq!(error, "query \"+all\": 2^64 events or more in the slot that ends at 2026-03-01 00:01:00 UTC");
}

#[test]
fn what_looks_wrong_about_counters_is_noted() {
    let up_and_down: Vec<f64> = (0..40_u32).map(|minute| f64::from(minute % 3)).collect();
    let series = whole(&up_and_down);
    let source = fake(&[("sum(x)", &series)]).with_warning("sum(x)", "a store is gone");
    let sum = Source::new("sum(x)");
    let query = Query::good_of_total(&sum, &sum, Events::Cumulative).unwrap();
    let notes: Vec<_> = reading(&source, &query, 39).unwrap().notes.iter().map(ToString::to_string).collect();
    let expected = [
        "the server warns: a store is gone",
        "{name=\"one\"} falls at 13 of 39 steps: a gauge, not a counter?",
        "\"sum(x)\" hides the resets of single counters: name the counters, they are added up",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn a_source_that_fails_fails_the_reading() {
    let source = FakeMetricSource::new().with_failure("+bad", PortErrorKind::Throttled);
    match reading(&source, &bad_of_total(Events::PerSlot), 1) {
        Err(Error::Port { query, source }) => {
            assert_eq!((query.as_str(), source.kind), ("+bad", PortErrorKind::Throttled));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_spec_holds_a_query_and_perhaps_a_slot() {
    let spec = |json: &str| serde_json::from_str::<Source>(json).map_err(|error| error.to_string());
    let five = spec(r#"{"query":"up","slot":"5m"}"#).unwrap();
    assert_eq!((five.query.as_str(), five.slot.unwrap().as_delta()), ("up", TimeDelta::minutes(5)));
    assert_eq!(spec(r#"{"query":"up"}"#), Ok(Source::new("up")));
    for (wrong, expected) in [
        ("{}", "missing field `query`"),
        (r#"{"query":" "}"#, "a query in PromQL is not blank"),
        (r#"{"query":"up","step":"5m"}"#, "unknown field `step`, expected `query` or `slot`"),
        (r#"{"query":"up","slot":"5"}"#, "no length of a slot such as"),
    ] {
        assert!(spec(wrong).unwrap_err().starts_with(expected), "{wrong}: {:?}", spec(wrong));
    }
    let differ = Query::bad_of_total(&five, &Source::new("up"), Events::Cumulative);
    assert_eq!(differ.unwrap_err().to_string(), "both parts of a ratio need the same `slot`");
}
