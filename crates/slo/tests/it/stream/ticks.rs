//! Slots, what is recorded in them, and when the next one may come.

use super::*;

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
