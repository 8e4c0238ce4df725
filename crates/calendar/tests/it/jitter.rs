//! Delays that spread what would happen at once.

use chrono::{DateTime, TimeDelta};
use toban_calendar::{ClockChange, Dates, Jitter, Recurrence, Times, Zone};

use crate::utc;

fn every(seconds: i64) -> Recurrence {
    Recurrence::every(TimeDelta::seconds(seconds), utc("2026-01-01T00:00:00Z")).unwrap()
}

#[test]
fn the_delay_of_a_name_and_an_instant_is_the_same_for_ever() {
    let daily =
        Recurrence::new(Dates::daily(), Times::parse(["02:00"]).unwrap(), Zone::UTC, ClockChange::ONCE)
            .unwrap();
    let start = |name: &str, at: &str| Jitter::new(TimeDelta::hours(1), name).unwrap().start(&daily, utc(at));
    // Computed with Python: FNV-1a of the name, xor the seconds, SplitMix64, times 3600, shifted by 64 bits.
    assert_eq!(start("backup-orders", "2026-11-26T02:00:00Z"), utc("2026-11-26T02:19:18Z"));
    assert_eq!(start("backup-orders", "2026-11-27T02:00:00Z"), utc("2026-11-27T02:36:26Z"));
    assert_eq!(start("", "1970-01-01T02:00:00Z"), utc("1970-01-01T02:05:50Z"));
}

#[test]
fn starts_keep_the_order_of_their_instants_whatever_the_delay() {
    let (minutely, jitter) = (every(60), Jitter::new(TimeDelta::days(7), "x").unwrap());
    let instants =
        std::iter::successors(Some(utc("2026-01-01T00:00:00Z")), |at| minutely.next(*at)).take(5_000);
    let starts: Vec<_> = instants.map(|at| (at, jitter.start(&minutely, at))).collect();
    assert!(starts.iter().all(|(at, start)| at <= start && *start < *at + TimeDelta::minutes(1)));
    assert!(starts.windows(2).all(|pair| pair[0].1 < pair[1].1));
}

#[test]
fn names_and_instants_are_spread_evenly() {
    let (daily, at) = (every(86_400), utc("2026-03-01T00:00:00Z"));
    let mut of_names = [0_u32; 10];
    let mut of_instants = [0_u32; 10];
    let bucket = |delay: TimeDelta| usize::try_from(delay.num_seconds() / 100).unwrap();
    for number in 0..10_000 {
        let named = Jitter::new(TimeDelta::seconds(1_000), &format!("task-{number}")).unwrap();
        of_names[bucket(named.start(&daily, at) - at)] += 1;
        let day = at + TimeDelta::days(number);
        let one = Jitter::new(TimeDelta::seconds(1_000), "task").unwrap();
        of_instants[bucket(one.start(&daily, day) - day)] += 1;
    }
    // A thousand each; ten standard deviations are 300.
    assert!(
        of_names.iter().chain(&of_instants).all(|count| (850..1_150).contains(count)),
        "{of_names:?} {of_instants:?}"
    );
}

#[test]
fn the_last_instant_is_delayed_too_and_lengths_that_spread_nothing_are_refused() {
    let once = every(60).limited_to(1).unwrap();
    let at = utc("2026-01-01T00:00:00Z");
    let starts =
        (0..50).map(|number| Jitter::new(TimeDelta::hours(1), &number.to_string()).unwrap().start(&once, at));
    assert!(starts.clone().any(|start| start > at + TimeDelta::minutes(5)));
    assert!(Jitter::new(TimeDelta::seconds(1), "x").unwrap().start(&once, at) == at);
    for most in [TimeDelta::zero(), TimeDelta::seconds(-1), TimeDelta::milliseconds(1_500)] {
        assert_eq!(Jitter::new(most, "x").unwrap_err().most, most);
    }
    let last = Jitter::new(TimeDelta::days(1), "x").unwrap().start(&once, DateTime::<chrono::Utc>::MAX_UTC);
    assert_eq!(last, DateTime::<chrono::Utc>::MAX_UTC);
}
