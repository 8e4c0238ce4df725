//! Small stories with known endings.

use crate::support::{counts, minutes, month, slo, start};
use chrono::{TimeDelta, TimeZone, Utc};
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Interval, Ratio, Verdict};
use toban_slo::{
    AlertPolicy, AlertRule, AlertState, BudgetPolicy, Budgeting, Burn, Condition, Correction, Held,
    LowTraffic, Objective, Severity, Sla, Treatment, Window, evaluate,
};

/// 144 bad of 10,000 at 99.9 % *is* 14.4 times, and one less is not.
#[test]
fn the_boundary_is_exact() {
    let slo = slo("99.9", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let state = |bad| {
        let counts = counts(&vec![Some((bad, 10_000)); 60]);
        evaluate(&slo, &policy, &counts, counts.end()).alert("page-fast")
    };
    assert_eq!(state(144), Some(AlertState::Firing));
    assert_eq!(state(143), Some(AlertState::Inactive));
}

/// A seven-day objective with 60 bad minutes, and a day of maintenance after them.
#[test]
fn three_treatments_of_one_correction_differ() {
    let slots: Vec<_> = (0..10_080).map(|minute| Some((u64::from(minute < 60), 1))).collect();
    let counts = counts(&slots);
    let week = slo("99", Window::rolling_days(7));
    let sliced = |slo: toban_slo::Slo| {
        let target = toban_core::Share::ALL;
        slo.with_budgeting(Budgeting::Timeslices { slice: minutes(1), target }).unwrap()
    };
    let day = Interval::starting(start() + TimeDelta::days(2), TimeDelta::days(1)).unwrap();
    let figures = |treatment, is_sliced: bool| {
        let slo = week.clone().with_correction(Correction::new(day, treatment, "moving house"));
        let slo = if is_sliced { sliced(slo) } else { slo };
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
        let main = report.main().unwrap();
        assert_eq!(
            main.uncorrected.is_some(),
            main.reading.tally.total() != 10_080 || main.reading.expected != 10_080
        );
        (main.reading.tally.bad(), main.reading.tally.total(), main.reading.expected)
    };
    assert_eq!(figures(Treatment::DropTime, true), (60, 8_640, 8_640));
    assert_eq!(figures(Treatment::CountGood, true), (60, 10_080, 10_080));
    assert_eq!(figures(Treatment::DropEvents, true), (60, 10_080, 10_080));
    assert_eq!(figures(Treatment::DropTime, false), (60, 8_640, 8_640));
    assert_eq!(figures(Treatment::DropEvents, false), (60, 8_640, 10_080));
    assert_eq!(figures(Treatment::CountGood, false), (60, 10_080, 10_080));
}

#[test]
fn a_correction_is_shown_with_and_without() {
    let counts = counts(&vec![Some((5, 10)); 60]);
    let hour = Interval::starting(start(), TimeDelta::minutes(30)).unwrap();
    let slo =
        slo("99", Window::rolling_days(1)).with_correction(Correction::new(hour, Treatment::CountGood, "x"));
    let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
    let main = report.main().unwrap();
    assert_eq!((main.reading.tally.bad(), main.uncorrected.unwrap().0.tally.bad()), (150, 300));
}

#[test]
fn a_calendar_window_begins_with_its_month() {
    let first = Utc.with_ymd_and_hms(2026, 4, 1, 0, 0, 0).unwrap();
    let counts = month(100, |minute| u64::from(minute % 100 == 0));
    let march = slo("99.9", Window::calendar(Period::month(), Zone::UTC));
    let read = |now| evaluate(&march, &AlertPolicy::new(), &counts, now).main().unwrap().reading;
    assert_eq!(read(start() + TimeDelta::days(2)).tally.total(), 2 * 1440 * 100);
    assert_eq!(read(first).interval.length(), TimeDelta::days(31));
    assert_eq!(read(first + minutes(1)).tally.total(), 0);
    // Tokyo's March begins nine hours earlier.
    let tokyo = slo("99.9", Window::calendar(Period::month(), Zone::parse("+09:00").unwrap()));
    let read = evaluate(&tokyo, &AlertPolicy::new(), &counts, start() + minutes(60)).main().unwrap().reading;
    assert_eq!((read.slots, read.expected, read.observed), (600, 60, 60));
}

#[test]
fn an_alert_without_data_is_frozen_not_resolved() {
    let slo = slo("99.9", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = counts(&vec![Some((500, 1000)); 90]);
    let later = |minutes_later| evaluate(&slo, &policy, &counts, counts.end() + minutes(minutes_later));
    assert_eq!(later(0).alert("page-fast"), Some(AlertState::Firing));
    for wait in [1, 10, 100, 1000, 100_000] {
        assert_eq!(
            later(wait).alert("page-fast"),
            Some(AlertState::Frozen(Held::Firing)),
            "{wait} minutes later"
        );
    }
}

/// Data that comes three minutes late: with patience nothing is frozen, and nothing fires on half a minute's data.
#[test]
fn late_data_is_waited_for_as_long_as_the_policy_says() {
    let slo = slo("99.9", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let watermark = start() + minutes(90);
    // Of the minute behind the watermark only a failure has come so far.
    let late = || {
        let mut slots = vec![Some((0, 1000)); 90];
        slots.push(Some((1, 1)));
        counts(&slots).with_watermark(watermark)
    };
    let report = |policy: &AlertPolicy, wait| evaluate(&slo, policy, &late(), watermark + minutes(wait));
    let patient = policy.clone().with_patience(minutes(3));
    assert_eq!(report(&patient, 3).alert("page-fast"), Some(AlertState::Inactive));
    assert_eq!(report(&patient, 3).until, watermark);
    assert_eq!(report(&patient, 3).main().unwrap().reading.tally.bad(), 0);
    assert_eq!(report(&patient, 4).alert("page-fast"), Some(AlertState::Frozen(Held::Inactive)));
    assert_eq!(report(&policy, 1).alert("page-fast"), Some(AlertState::Frozen(Held::Inactive)));
    // When the watermark moves on, the failures count.
    let complete = late().with_watermark(watermark + minutes(1));
    let later = evaluate(&slo, &patient, &complete, watermark + minutes(3));
    assert_eq!(later.main().unwrap().reading.tally.bad(), 1);
}

#[test]
fn absence_is_an_alert_of_its_own() {
    let slo = slo("99.9", Window::rolling_days(30));
    let rule = AlertRule::new("absent", Severity::Ticket, Condition::Absent { lasting: minutes(10) });
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    let counts = counts(&vec![Some((0, 1)); 30]);
    let state = |wait| evaluate(&slo, &policy, &counts, counts.end() + minutes(wait)).alert("absent");
    assert_eq!((state(0), state(9)), (Some(AlertState::Inactive), Some(AlertState::Inactive)));
    assert_eq!(state(10), Some(AlertState::Firing));
}

#[test]
fn lasting_and_cool_down_take_their_time() {
    let slo = slo("99", Window::rolling_days(1));
    let rule = AlertRule::burn_rate("a", Severity::Page, minutes(2), minutes(1), Ratio::whole(10))
        .with_lasting(minutes(3))
        .with_cool_down(minutes(2));
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    let slots: Vec<_> =
        (0..40).map(|minute| Some((if (10..20).contains(&minute) { 50 } else { 0 }, 100))).collect();
    let counts = counts(&slots);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let [episode] = report.alerts[0].episodes[..] else { panic!("one episode: {:?}", report.alerts) };
    // The condition holds from the end of minute 10 to the end of minute 19.
    assert_eq!(episode.pending_at, start() + minutes(11));
    assert_eq!(episode.fired_at, start() + minutes(14));
    assert_eq!(episode.resolved_at, Some(start() + minutes(23)));
}

#[test]
fn budget_alerts_look_at_the_whole_window() {
    let slo = slo("99", Window::rolling_days(1));
    let rule = |name, condition| AlertRule::new(name, Severity::Page, condition);
    let policy = AlertPolicy::new()
        .with_rule(&slo, rule("half", Condition::BudgetConsumed { part: Ratio::new(1, 2).unwrap() }))
        .unwrap()
        .with_rule(
            &slo,
            rule("drop", Condition::BudgetDrop { part: Ratio::new(1, 5).unwrap(), within: minutes(60) }),
        )
        .unwrap()
        .with_rule(
            &slo,
            rule("gone", Condition::Exhaustion { within: TimeDelta::hours(6), pace: minutes(60) }),
        )
        .unwrap();
    // A day of 100 requests a minute allows 1,440 bad ones; 8 a minute from the start of the last two hours on.
    let slots: Vec<_> = (0..1440).map(|minute| Some((if minute >= 1320 { 8 } else { 0 }, 100))).collect();
    let counts = counts(&slots);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let fired = |name: &str| {
        let alert = report.alerts.iter().find(|alert| alert.rule.name == name).unwrap();
        (alert.episodes[0].fired_at - start()).num_minutes() - 1320
    };
    // Before a whole day is over, the allowance is that of the traffic so far.
    let allowed = |minute: i64| 1320 + minute;
    assert_eq!(fired("half"), (1..).find(|m| 8 * m * 2 >= allowed(*m)).unwrap());
    assert_eq!(fired("drop"), (1..).find(|m| 8 * m * 5 >= allowed(*m)).unwrap());
    // What is left, at the burn rate of the last hour, lasts for so many minutes of 1,440.
    let gone = (1..).find(|m| 1440 * (allowed(*m) - 8 * m) * 60 <= 360 * 8 * m * allowed(*m)).unwrap();
    assert_eq!(fired("gone"), gone);
}

/// Ten requests an hour: one failure is a burn rate of 100 and proves nothing.
#[test]
fn low_traffic_needs_proof() {
    let slo = slo("99.9", Window::rolling_days(30));
    let report = |bad: i64, gate: Option<&str>| {
        let slots: Vec<_> = (0..60)
            .map(|m| Some((u64::from(m % 6 == 5 && m >= 60 - 6 * bad), u64::from(m % 6 == 5))))
            .collect();
        let counts = counts(&slots);
        let policy = AlertPolicy::sre_workbook(&slo).unwrap();
        let policy = match gate {
            Some(percent) => policy.with_low_traffic(
                LowTraffic::default().with_confidence(Confidence::percent(percent).unwrap()),
            ),
            None => policy,
        };
        evaluate(&slo, &policy, &counts, counts.end())
    };
    assert_eq!(report(1, None).alert("page-fast"), Some(AlertState::Firing));
    assert_eq!(report(1, Some("95")).alert("page-fast"), Some(AlertState::Inactive));
    let proven = report(2, Some("95"));
    assert_eq!(proven.alert("page-fast"), Some(AlertState::Firing));
    let power = proven.alerts[0].power.unwrap();
    // P(X ≥ 1 | 10, 0.0144) = 0.135, P(X ≥ 2) = 0.0085: the second failure is proof at 95 %.
    assert_eq!((power.events, power.failures_needed, power.failures_ungated), (10, Some(2), 1));
    assert!((power.chance_ungated - (1.0 - (1.0 - 0.0288_f64).powi(10))).abs() < 1e-12);
    assert!(power.chance_at_twice < power.chance_ungated);
}

#[test]
fn a_contract_stands_beside_the_objective() {
    let contract = Sla::new(Objective::percent("99.5").unwrap(), Window::rolling_days(1), "10 % credit");
    let inside = slo("99.9", Window::rolling_days(1)).with_sla(contract.clone());
    let counts = counts(&vec![Some((4, 1000)); 60]);
    let report = evaluate(&inside, &AlertPolicy::new(), &counts, counts.end());
    let sla = report.sla.unwrap();
    assert_eq!(
        (report.spent, sla.is_missed(), sla.is_tighter_than_slo),
        (Burn::Times(Ratio::whole(4)), Some(false), false)
    );
    let loose = slo("99", Window::rolling_days(1)).with_sla(contract);
    assert!(evaluate(&loose, &AlertPolicy::new(), &counts, counts.end()).sla.unwrap().is_tighter_than_slo);
}

#[test]
fn a_budget_policy_does_not_flap() {
    let policy = BudgetPolicy::staged();
    let slo = slo("99", Window::rolling_days(1));
    let report = |bad| {
        let counts = counts(&[Some((bad, 10_000))]);
        evaluate(&slo, &AlertPolicy::new(), &counts, counts.end())
    };
    let mut state = toban_slo::HEALTHY.to_owned();
    let mut seen = Vec::new();
    for bad in [70, 76, 74, 101, 99, 96, 95, 100, 69, 0] {
        let standing = policy.rule_after(&state, &report(bad));
        state = standing.state;
        seen.push((bad, state.clone(), standing.ruling.verdict));
    }
    let states: Vec<_> = seen.iter().map(|(bad, state, _)| (*bad, state.as_str())).collect();
    assert_eq!(
        states,
        [
            (70, "healthy"),
            (76, "slow"),
            (74, "slow"),
            (101, "frozen"),
            (99, "frozen"),
            (96, "frozen"),
            (95, "slow"),
            (100, "slow"),
            (69, "healthy"),
            (0, "healthy")
        ]
    );
    assert_eq!(seen[3].2, Verdict::Stop);
    let empty = evaluate(&slo, &AlertPolicy::new(), &counts(&[]), start());
    assert_eq!(policy.rule(&empty).verdict, Verdict::Undecided);
}
