//! Cumulative counters.

use crate::support::{minutes, start};
use proptest::prelude::*;
use toban_slo::{Anomaly, Counter, CounterError, Noted};

/// Increases by minute, and the minutes at which the process began again.
fn life() -> impl Strategy<Value = (Vec<u64>, Vec<bool>)> {
    (1..60_usize).prop_flat_map(|length| {
        (
            proptest::collection::vec(1..1000_u64, length),
            proptest::collection::vec(prop::bool::weighted(0.1), length),
        )
    })
}

/// The values that a counter shows after each minute; after a new beginning it shows only what came since.
fn shown(increases: &[u64], resets: &[bool]) -> Vec<u64> {
    let mut value = 0;
    increases
        .iter()
        .zip(resets)
        .map(|(increase, reset)| {
            value = if *reset { *increase } else { value + increase };
            value
        })
        .collect()
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter((increases, resets) in life(), seed in any::<u64>()) {
        let values = shown(&increases, &resets);
        let mut order: Vec<usize> = (0..values.len()).chain(0..values.len()).collect();
        order.sort_by_key(|place| (*place as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        let mut straight = Counter::created(start());
        let mut shuffled = Counter::created(start());
        let at = |place: usize| start() + minutes(i64::try_from(place).unwrap() + 1);
        for (place, value) in values.iter().enumerate() {
            prop_assert_eq!(straight.observe(at(place), *value), Ok(Noted::New));
        }
        for place in order {
            shuffled.observe(at(place), values[place]).unwrap();
        }
        prop_assert_eq!(&straight, &shuffled);
    }

    #[test]
    fn what_was_counted_is_found_unless_a_reset_hides_in_a_rise((increases, resets) in life()) {
        let values = shown(&increases, &resets);
        let mut counter = Counter::created(start());
        for (place, value) in values.iter().enumerate() {
            counter.observe(start() + minutes(i64::try_from(place).unwrap() + 1), *value).unwrap();
        }
        // A process that begins again and passes its old value between two samples is not seen to have begun again.
        let mut before = 0;
        let hidden: u64 = values.iter().zip(&increases).map(|(value, increase)| {
            let seen = if *value < before { *value } else { value - before };
            before = *value;
            increase - seen
        }).sum();
        let end = start() + minutes(i64::try_from(values.len()).unwrap());
        prop_assert_eq!(counter.increase(start(), end), Some(increases.iter().sum::<u64>() - hidden));
        let (counts, anomalies) = Counter::tally(&counter, &counter, start(), minutes(1)).unwrap();
        prop_assert!(anomalies.is_empty());
        prop_assert_eq!(Some(counts.events()), counter.increase(start(), end));
    }
}

#[test]
fn two_values_for_one_moment_are_refused_and_the_first_stays() {
    let mut counter = Counter::new();
    counter.observe(start(), 7).unwrap();
    assert_eq!(counter.observe(start(), 7), Ok(Noted::Duplicate));
    assert_eq!(counter.observe(start(), 8), Err(CounterError::Conflict { at: start(), first: 7, second: 8 }));
    assert_eq!(counter.observe(start() - minutes(1), 5), Ok(Noted::Late));
    assert_eq!(counter.increase(start() - minutes(1), start()), Some(2));
}

#[test]
fn a_missed_scrape_is_a_gap_and_its_events_arrive_later() {
    let mut counter = Counter::new();
    for (minute, value) in [(0, 0), (1, 10), (4, 40), (5, 50)] {
        counter.observe(start() + minutes(minute), value).unwrap();
    }
    let (counts, _) = Counter::tally(&Counter::created(start()), &counter, start(), minutes(1)).unwrap();
    assert!(counts.is_empty(), "no counter of bad events, no tally");
    let (counts, _) = Counter::tally(&counter, &counter, start(), minutes(1)).unwrap();
    let totals: Vec<_> = counts.iter().map(|(_, tally)| tally.map(|tally| tally.total())).collect();
    assert_eq!(totals, [Some(10), None, None, Some(30), Some(10)]);
}

#[test]
fn old_samples_can_be_forgotten_without_losing_the_next_increase() {
    let mut counter = Counter::new();
    for minute in 0..10_u32 {
        counter.observe(start() + minutes(minute.into()), u64::from(minute) * 3).unwrap();
    }
    counter.forget_before(start() + minutes(5));
    assert_eq!(counter.increase(start(), start() + minutes(9)), Some(15));
}

#[test]
fn a_gauge_is_not_taken_for_a_counter() {
    let mut gauge = Counter::new();
    let mut still = Counter::new();
    let mut odd = Counter::new();
    for minute in 0..20 {
        let at = start() + minutes(minute);
        gauge.observe(at, if minute % 2 == 0 { 5 } else { 9 }).unwrap();
        still.observe(at, 4).unwrap();
        odd.observe(at, u64::try_from(minute).unwrap()).unwrap();
    }
    assert_eq!(gauge.anomalies(), [Anomaly::LooksLikeGauge { falls: 9, steps: 19 }]);
    assert_eq!(still.anomalies(), [Anomaly::NeverMoves { steps: 19 }]);
    let (counts, anomalies) = Counter::tally(&odd, &still, start(), minutes(1)).unwrap();
    assert!(counts.is_empty());
    assert_eq!(anomalies.len(), 19, "more bad than all, in every slot");
}
