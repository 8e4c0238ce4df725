//! SLOs come and go, and some are not taken in.

use super::*;

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
