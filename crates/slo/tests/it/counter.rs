//! Cumulative counters.

use crate::support::{minutes, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use toban_slo::{Anomaly, Counter, CounterError, Counts, Noted, Tally};

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

proptest! {
    /// Told when each process began, nothing that was read is lost, not even where a reset hides in a rise.
    #[test]
    fn with_created_times_no_reset_stays_hidden((increases, resets) in life(), seed in any::<u64>()) {
        let values = shown(&increases, &resets);
        let at = |place: usize| start() + minutes(i64::try_from(place).unwrap() + 1);
        let mut begun = start();
        let mut samples = Vec::new();
        for (place, value) in values.iter().enumerate() {
            if resets[place] {
                begun = at(place) - minutes(1) / 2;
            }
            samples.push((begun, at(place), *value));
        }
        // In whatever order they arrive, and some of them twice.
        samples.extend_from_within(..samples.len() / 2);
        samples.sort_by_key(|(_, at, _)| at.timestamp().cast_unsigned().wrapping_mul(seed | 1).rotate_left(17));
        let mut counter = Counter::new();
        for (begun, at, value) in samples {
            counter.observe_since(begun, at, value).unwrap();
        }
        let end = at(values.len() - 1);
        prop_assert_eq!(counter.increase(start(), end), Some(increases.iter().sum()));
        let (counts, _) = Counter::tally(&counter, &counter, start(), minutes(1)).unwrap();
        let found: Vec<_> = counts.iter().map(|(_, tally)| tally.map(|tally| tally.total())).collect();
        let expected: Vec<_> = increases.iter().map(|increase| Some(*increase)).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(counter.anomalies().is_empty(), "resets that were announced are no falls");
    }
}

/// A process is replaced between two reads, and the new one has counted more than the old one had.
#[test]
fn a_created_time_finds_the_reset_that_hides_in_a_rise() {
    let at = |minute| start() + minutes(minute);
    let samples = [(0, 1, 100), (0, 2, 130), (5, 8, 400), (5, 9, 410)];
    let mut counter = Counter::new();
    let mut blind = Counter::new();
    for (begun, minute, value) in samples {
        assert_eq!(counter.observe_since(at(begun), at(minute), value), Ok(Noted::New));
        blind.observe(at(minute), value).unwrap();
    }
    // 100 and 30 of the first process, 400 and 10 of the second; without the times 270 are taken for its first.
    assert_eq!((counter.increase(at(0), at(9)), counter.resets()), (Some(540), 1));
    assert_eq!((blind.increase(at(0), at(9)), blind.resets()), (Some(310), 0));
    // What lies between the last sample of the one and the first of the other is a gap, as far as it is known.
    let (counts, _) = Counter::tally(&counter, &counter, start(), minutes(1)).unwrap();
    let totals: Vec<_> = counts.iter().map(|(_, tally)| tally.map(|tally| tally.total())).collect();
    assert_eq!(totals, [Some(100), Some(30), None, None, None, None, None, Some(400), Some(10)]);
}

#[test]
fn a_counter_may_begin_at_the_moment_at_which_the_one_before_was_read() {
    let at = |minute| start() + minutes(minute);
    let mut counter = Counter::new();
    counter.observe(at(1), 70).unwrap();
    counter.observe_since(at(1), at(2), 90).unwrap();
    assert_eq!((counter.increase(at(1), at(2)), counter.resets()), (Some(90), 1));
}

/// What the process before counted up to then is known, whichever is heard of first.
#[test]
fn what_was_read_when_the_next_one_began_counts_in_its_slot() {
    let at = |minute| start() + minutes(minute);
    for is_late in [false, true] {
        let mut counter = Counter::new();
        counter.observe(at(0), 90).unwrap();
        if is_late {
            assert_eq!(counter.observe_since(at(1), at(2), 5), Ok(Noted::New));
            assert_eq!(counter.observe(at(1), 100), Ok(Noted::Late));
        } else {
            counter.observe(at(1), 100).unwrap();
            assert_eq!(counter.observe_since(at(1), at(2), 5), Ok(Noted::New));
        }
        assert_eq!((counter.increase(at(0), at(2)), counter.resets()), (Some(15), 1));
        let (counts, _) = Counter::tally(&counter, &counter, start(), minutes(1)).unwrap();
        let totals: Vec<_> = counts.iter().map(|(_, tally)| tally.map(|tally| tally.total())).collect();
        assert_eq!(totals, [Some(10), Some(5)], "late: {is_late}");
    }
}

type OfTotal =
    fn(&Counter, &Counter, DateTime<Utc>, TimeDelta) -> Result<(Counts, Vec<Anomaly>), CounterError>;

/// Good and bad of each minute, from counters that were read each minute.
fn of_total(tally: OfTotal, samples: &[(u64, u64)]) -> (Vec<Option<(u64, u64)>>, Vec<Anomaly>) {
    let (mut part, mut total) = (Counter::new(), Counter::new());
    for ((part_value, total_value), minute) in samples.iter().zip(0..) {
        part.observe(start() + minutes(minute), *part_value).unwrap();
        total.observe(start() + minutes(minute), *total_value).unwrap();
    }
    let (counts, anomalies) = tally(&part, &total, start(), minutes(1)).unwrap();
    (counts.iter().map(|(_, tally)| tally.map(|tally| (tally.good(), tally.bad()))).collect(), anomalies)
}

#[test]
fn good_events_that_were_read_a_moment_later_are_no_bad_ones_afterwards() {
    let more = |minute, good, total| Anomaly::MoreGoodThanAll { at: start() + minutes(minute), good, total };
    let good_of_total = |samples: &[(u64, u64)]| of_total(Counter::tally_good, samples);
    // 3 ahead at the second and the third sample; in the third minute 1 is bad.
    let (slots, anomalies) = good_of_total(&[(500, 500), (603, 600), (703, 700), (799, 800), (899, 900)]);
    assert_eq!(slots, [None, Some((100, 0)), Some((99, 1)), Some((100, 0))]);
    assert_eq!(anomalies, [more(0, 103, 100)]);
    // A total that begins again says nothing of what good is ahead by.
    let (slots, anomalies) = good_of_total(&[(500, 500), (600, 20), (700, 130), (800, 230)]);
    assert_eq!(slots, [None, Some((100, 10)), Some((100, 0))]);
    assert_eq!(anomalies, [more(0, 100, 20)]);
}

#[test]
fn bad_events_that_were_read_a_moment_later_are_no_good_ones_afterwards() {
    // All is bad; bad is 3 ahead at the second and the third sample.
    let samples = [(500, 500), (603, 600), (703, 700), (800, 800), (800, 900)];
    let (slots, anomalies) = of_total(Counter::tally, &samples);
    assert_eq!(slots, [None, Some((0, 100)), Some((0, 100)), Some((100, 0))]);
    assert_eq!(anomalies, [Anomaly::MoreBadThanAll { at: start(), bad: 103, total: 100 }]);
}

/// Good counts what the total does not: that is no skew, and must not hide an outage of hours.
#[test]
fn what_is_ahead_is_forgiven_for_no_more_than_a_slot() {
    let hour = (0..60).map(|minute| (150 * minute, 100 * minute));
    let outage = (0..4).map(|minute| (150 * 59, 100 * (60 + minute)));
    let (slots, anomalies) = of_total(Counter::tally_good, &hour.chain(outage).collect::<Vec<_>>());
    assert_eq!(anomalies.len(), 59);
    assert_eq!(slots[59..], [Some((100, 0)), Some((50, 50)), Some((0, 100)), Some((0, 100))]);
}

/// What was ahead of the process before says nothing of the next one, whether its beginning shows or is told.
#[test]
fn where_a_counter_begins_again_nothing_is_ahead_any_more() {
    let at = |minute| start() + minutes(minute);
    // Read 3 ahead in the first minute; in the second, one of the two begins again and 10 are bad.
    let second_minute = |begin: fn(&mut Counter, &mut Counter, DateTime<Utc>, DateTime<Utc>)| {
        let (mut good, mut total) = (Counter::new(), Counter::new());
        for (minute, good_value, total_value) in [(0, 500, 500), (1, 603, 600)] {
            good.observe(at(minute), good_value).unwrap();
            total.observe(at(minute), total_value).unwrap();
        }
        begin(&mut good, &mut total, at(1), at(2));
        let (counts, anomalies) = Counter::tally_good(&good, &total, start(), minutes(1)).unwrap();
        assert_eq!(anomalies, [Anomaly::MoreGoodThanAll { at: start(), good: 103, total: 100 }]);
        let slots: Vec<_> = counts.iter().map(|(_, slot)| slot.map(|it| (it.good(), it.bad()))).collect();
        slots[1]
    };
    let shown = second_minute(|good, total, _, at| {
        good.observe(at, 633).unwrap();
        total.observe(at, 40).unwrap();
    });
    assert_eq!(shown, Some((30, 10)));
    let told = second_minute(|good, total, since, at| {
        good.observe(at, 1293).unwrap();
        total.observe_since(since, at, 700).unwrap();
    });
    assert_eq!(told, Some((690, 10)), "a beginning that hides in a rise");
    let of_good = second_minute(|good, total, since, at| {
        good.observe_since(since, at, 690).unwrap();
        total.observe(at, 1300).unwrap();
    });
    assert_eq!(of_good, Some((690, 10)));
    // Where neither begins again, good makes up for what it was ahead by.
    let neither = second_minute(|good, total, _, at| {
        good.observe(at, 1293).unwrap();
        total.observe(at, 1300).unwrap();
    });
    assert_eq!(neither, Some((693, 7)));
}

#[test]
fn a_counter_of_good_and_one_of_bad_add_up() {
    let (mut good, mut bad) = (Counter::new(), Counter::new());
    for (minute, good_value, bad_value) in [(0, 900, 9), (1, 990, 19), (2, 50, 19)] {
        good.observe(start() + minutes(minute), good_value).unwrap();
        bad.observe(start() + minutes(minute), bad_value).unwrap();
    }
    let counts = Counter::tally_parts(&good, &bad, start(), minutes(1)).unwrap();
    let found: Vec<_> = counts.iter().filter_map(|(_, tally)| tally).collect();
    assert_eq!(found, [Tally::from_parts(90, 10).unwrap(), Tally::from_parts(50, 0).unwrap()]);
}

#[test]
fn a_counter_does_not_count_before_it_begins() {
    let mut counter = Counter::new();
    let later = start() + minutes(1);
    let refused = |since, at| Err(CounterError::BeginsLater { at, since });
    assert_eq!(counter.observe_since(later, start(), 0), refused(later, start()));
    assert_eq!(counter.observe_since(start(), start(), 1), refused(start(), start()));
    assert_eq!(counter, Counter::new(), "nothing was added");
    assert_eq!(counter.observe_since(start(), start(), 0), Ok(Noted::New));
    assert_eq!(counter.observe_since(start(), later, 5), Ok(Noted::New));
    assert_eq!(counter.increase(start(), later), Some(5));
}

/// Late or early, of the old process or the new: a second value for a moment is refused, and nothing else is added.
#[test]
fn a_second_value_with_a_created_time_changes_nothing() {
    let mut counter = Counter::new();
    let later = start() + minutes(2);
    counter.observe(later, 7).unwrap();
    let before = counter.clone();
    let refused = Err(CounterError::Conflict { at: later, first: 7, second: 8 });
    assert_eq!(counter.observe_since(start(), later, 8), refused);
    assert_eq!(counter, before);
}

#[test]
fn a_stretch_without_samples_is_a_gap_from_three_times_the_usual_on() {
    let read = |silent: i64| {
        let mut counter = Counter::new();
        for sample in 0..20 {
            let at = start() + minutes(sample + if sample >= 12 { silent } else { 0 });
            counter.observe(at, sample.cast_unsigned()).unwrap();
        }
        counter.anomalies()
    };
    assert_eq!(read(0), []);
    assert_eq!(read(2), [], "three minutes instead of one");
    let gap = Anomaly::Gap { since: start() + minutes(11), until: start() + minutes(15) };
    assert_eq!(read(3), [gap]);
}

/// Either mistake about cumulative values is seen: a gauge read as a counter, and a counter read as events.
#[test]
fn cumulative_values_are_not_taken_for_events() {
    let totals = |totals: &[u64]| {
        let slots: Vec<_> = totals.iter().map(|total| Some((0, *total))).collect();
        Anomaly::in_counts(&crate::support::counts(&slots))
    };
    let cumulative: Vec<_> = (0..12).map(|minute| 1000 + 100 * minute).collect();
    assert_eq!(totals(&cumulative), [Anomaly::LooksLikeCounter { rises: 11, steps: 11 }]);
    assert_eq!(totals(&cumulative[..10]), [], "too few to tell");
    assert_eq!(totals(&[100; 12]), [], "steady traffic");
    let mut once = cumulative.clone();
    once[6] -= 150;
    assert_eq!(totals(&once), [], "it falls once");
    // A process that begins again twice in three hundred minutes does not hide it; one that falls more often does.
    let begun_again = |every| (0..300_u64).map(|minute| 100 * (1 + minute % every)).collect::<Vec<_>>();
    assert_eq!(totals(&begun_again(100)), [Anomaly::LooksLikeCounter { rises: 297, steps: 299 }]);
    assert_eq!(totals(&begun_again(75)), [], "it falls three times");
}

#[test]
fn a_share_of_bad_events_that_never_varies_is_suspect() {
    let found = |slots: &[(u64, u64)]| {
        let slots: Vec<_> = slots.iter().copied().map(Some).collect();
        Anomaly::in_counts(&crate::support::counts(&slots))
    };
    let busy: Vec<_> = (1..=12).map(|place| (place % 5 + 1, 10 * (place % 5 + 1))).collect();
    assert_eq!(found(&busy), [Anomaly::NeverVaries { bad: 2, total: 20, slots: 12 }]);
    assert_eq!(
        found(&[(4, 4), (5, 5), (3, 3)].repeat(4)),
        [Anomaly::NeverVaries { bad: 4, total: 4, slots: 12 }]
    );
    assert_eq!(found(&[(0, 4), (0, 5), (0, 3)].repeat(4)), [], "nothing bad is how it should be");
    let mut varied = busy.clone();
    varied[7].0 += 1;
    assert_eq!(found(&varied), []);
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
