//! A wheel of timers, held to a sorted list.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;
use toban_routine::Wheel;

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 26, 9, 0, 0).unwrap()
}

/// Seconds from now on: often a few, sometimes years, now and then none or less.
fn delays() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -5_i64..70,
        3 => 60_i64..5_000,
        2 => 4_000_i64..300_000,
        1 => 200_000_i64..40_000_000,
        1 => Just(5_000_000_000_i64),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    /// Whatever is inserted, and however far it is advanced, what fires is what a sorted list would give.
    #[test]
    fn a_wheel_is_a_sorted_list(
        rounds in prop::collection::vec((prop::collection::vec((delays(), any::<bool>()), 0..12), 0_i64..100_000), 1..12),
    ) {
        let mut wheel = Wheel::new(start());
        let mut list: BTreeMap<(DateTime<Utc>, u32), ()> = BTreeMap::new();
        let (mut now, mut key) = (start(), 0_u32);
        for (inserted, ahead) in rounds {
            for (delay, is_between) in inserted {
                let at = now + TimeDelta::seconds(delay);
                key += 1;
                // Between two seconds it is due with the later one.
                wheel.insert(if is_between { at - TimeDelta::milliseconds(300) } else { at }, key);
                list.insert((at, key), ());
            }
            prop_assert_eq!(wheel.len(), list.len());
            if let Some(next) = wheel.next_due() {
                let first = list.keys().next().unwrap().0;
                prop_assert!(next <= first.max(now + TimeDelta::seconds(1)), "{} {}", next, first);
            }
            prop_assert_eq!(wheel.next_due().is_none(), list.is_empty());
            let to = now + TimeDelta::milliseconds(ahead * 1_000 + 500);
            let mut due = Vec::new();
            wheel.advance(to, &mut due);
            let later = list.split_off(&(to + TimeDelta::nanoseconds(1), 0));
            let mut expected: Vec<_> = std::mem::replace(&mut list, later).into_keys().collect();
            prop_assert!(due.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{:?}", due);
            due.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(due, expected);
            now = to - TimeDelta::milliseconds(500);
        }
    }
}

#[test]
fn a_process_that_sleeps_until_the_next_one_misses_none_and_wakes_seldom() {
    let mut wheel = Wheel::new(start());
    for minute in 0..2_000 {
        wheel.insert(start() + TimeDelta::minutes(minute), minute);
    }
    let (mut wakes, mut fired) = (0, Vec::new());
    while let Some(next) = wheel.next_due() {
        let before = fired.len();
        wheel.advance(next, &mut fired);
        assert!(fired[before..].iter().all(|(at, _)| *at == next));
        wakes += 1;
    }
    assert_eq!(fired.len(), 2_000);
    assert!((2_000..2_050).contains(&wakes), "hardly one in vain: {wakes}");
    assert!(fired.is_sorted());
}

#[test]
fn where_many_wait_together_the_answer_is_early_and_becomes_exact() {
    let mut wheel = Wheel::new(start());
    for key in 0..1_000 {
        wheel.insert(start() + TimeDelta::days(300) + TimeDelta::seconds(key), key);
    }
    let (mut wakes, mut fired) = (0, Vec::new());
    while fired.is_empty() {
        let next = wheel.next_due().unwrap();
        assert!(next <= start() + TimeDelta::days(300));
        wheel.advance(next, &mut fired);
        wakes += 1;
    }
    assert!(wakes <= 8, "{wakes}");
    assert_eq!(fired, [(start() + TimeDelta::days(300), 0)]);
}

#[test]
fn the_ends_of_time_are_instants_too() {
    let mut wheel = Wheel::new(DateTime::<Utc>::MIN_UTC);
    wheel.insert(DateTime::<Utc>::MAX_UTC, "last");
    wheel.insert(DateTime::<Utc>::MIN_UTC, "first");
    let mut due = Vec::new();
    wheel.advance(start(), &mut due);
    assert_eq!(due.iter().map(|(_, key)| *key).collect::<Vec<_>>(), ["first"]);
    wheel.advance(DateTime::<Utc>::MAX_UTC, &mut due);
    wheel.advance(DateTime::<Utc>::MAX_UTC, &mut due);
    // The last instant lies between two seconds, and the second after it is none.
    assert_eq!((due.len(), wheel.len()), (1, 1));
    wheel.insert(start(), "late");
    wheel.advance(start(), &mut due);
    assert_eq!((due[1], wheel.len()), ((start(), "late"), 1));
}

#[test]
fn what_is_inserted_as_a_slot_begins_does_not_come_before_what_lay_there() {
    let mut wheel = Wheel::new(start());
    // The slots of an hour and more begin at multiples of 4,096 seconds, wherever these lie from here.
    for second in 4_000..12_500 {
        wheel.insert(start() + TimeDelta::seconds(second), second);
    }
    let mut fired = Vec::new();
    for second in 0..12_500 {
        wheel.advance(start() + TimeDelta::seconds(second), &mut fired);
        wheel.insert(start() + TimeDelta::seconds(second + 1), -second);
        assert!(
            fired.iter().all(|(at, _)| *at == start() + TimeDelta::seconds(second)),
            "{second}: {fired:?}"
        );
        assert_eq!(fired.len(), usize::from(second > 0) + usize::from(second >= 4_000), "{second}");
        fired.clear();
    }
}
