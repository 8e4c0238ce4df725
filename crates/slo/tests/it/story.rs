//! Small stories with known endings.

use crate::support::{counts, minutes, month, ratio, slo, start};
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
    let raw = main.uncorrected.unwrap();
    assert_eq!((main.reading.tally.bad(), raw.reading.tally.bad()), (150, 300));
    // Of an hour of a day, by the same traffic: twice as much of the whole.
    assert_eq!((raw.whole.slots, raw.whole.expected), (1440, 60));
    assert_eq!([main.whole.spent, raw.whole.spent], [25, 50].map(|part| Burn::Times(ratio(part, 24))));
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
    let is_tighter = |percent| {
        let slo = slo(percent, Window::rolling_days(1)).with_sla(contract.clone());
        evaluate(&slo, &AlertPolicy::new(), &counts, counts.end()).sla.unwrap().is_tighter_than_slo
    };
    assert_eq!((is_tighter("99"), is_tighter("99.5"), is_tighter("99.51")), (true, false, false));
    // Of an hour of a day: 240 of 300 so far, and of 7,200 of the whole.
    let (whole, main) = (sla.whole.unwrap(), report.windows[0].whole);
    assert_eq!((whole.slots, whole.expected), (main.slots, main.expected));
    assert_eq!((whole.allowed, whole.spent), (Ratio::whole(7200), Burn::Times(ratio(4, 5 * 24))));
    // A window of its own has a whole of its own: an hour of thirty days, beside an hour of one.
    let longer = Sla::new(Objective::percent("99.5").unwrap(), Window::rolling_days(30), "10 % credit");
    let beside = slo("99.9", Window::rolling_days(1)).with_sla(longer);
    let report = evaluate(&beside, &AlertPolicy::new(), &counts, counts.end());
    let (longer, main) = (report.sla.and_then(|sla| sla.whole).unwrap(), report.windows[0].whole);
    assert_eq!((longer.slots, main.slots), (30 * 1440, 1440));
    assert_eq!((longer.allowed, longer.spent), (Ratio::whole(30 * 7200), Burn::Times(ratio(4, 5 * 24 * 30))));
    // What a correction changes of the contract is shown, as it is of the objective.
    assert_eq!(sla.uncorrected, None);
    let all = Interval::starting(start(), minutes(30)).unwrap();
    let corrected = inside.with_correction(Correction::new(all, Treatment::CountGood, "x"));
    let sla = evaluate(&corrected, &AlertPolicy::new(), &counts, counts.end()).sla.unwrap();
    assert_eq!(sla.reading.unwrap().tally.bad(), 120);
    let raw = sla.uncorrected.unwrap();
    assert_eq!((raw.reading.tally.bad(), raw.budget.bad), (240, Ratio::whole(240)));
    assert_eq!(raw.whole, whole);
}

#[test]
fn a_budget_policy_does_not_flap() {
    let policy = BudgetPolicy::staged();
    let slo = slo("99", Window::rolling(minutes(1)).unwrap());
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

/// Spending that wavers by one per cent around every line of a policy, a thousand looks long.
#[test]
fn a_staged_policy_stays_where_it_is_while_spending_wavers() {
    let slo = slo("99", Window::rolling(minutes(1)).unwrap());
    let changes = |policy: &BudgetPolicy, line: u64| {
        let mut state = toban_slo::HEALTHY.to_owned();
        let mut changes = 0;
        let mut random = line | 1;
        for _ in 0..1000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Between 99 % and 101 % of the line.
            let bad = line * (9_900 + random % 201) / 10_000;
            let counts = counts(&[Some((bad, 10_000_000))]);
            let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
            let next = policy.rule_after(&state, &report).state;
            changes += u32::from(next != state);
            state = next;
        }
        changes
    };
    for line in [70_000, 75_000, 95_000, 100_000] {
        let changes = changes(&BudgetPolicy::staged(), line);
        assert!(changes <= 2, "{changes} changes around {line}");
    }
    // The one line of the book's policy has no breadth, and its documentation says so.
    assert!(changes(&BudgetPolicy::google(), 100_000) > 100);
}

/// One bad event among the first 500 of a month is twice the budget of these 500, and hardly anything of the month's.
#[test]
fn a_budget_policy_judges_the_whole_window() {
    let first_minutes =
        counts(&[Some((0, 100)), Some((1, 100)), Some((0, 100)), Some((0, 100)), Some((0, 100))]);
    let now = first_minutes.end();
    let march = Window::calendar(Period::month(), Zone::UTC);
    for (window, slots) in [(march, 31 * 1440_u64), (Window::rolling_days(28), 28 * 1440)] {
        let report = evaluate(&slo("99.9", window), &AlertPolicy::new(), &first_minutes, now);
        assert_eq!(report.spent, Burn::Times(Ratio::whole(2)));
        let whole = report.main().unwrap().whole;
        assert_eq!((whole.slots, whole.expected), (slots, 5));
        assert_eq!(whole.spent, Burn::Times(Ratio::new(10, slots.into()).unwrap()));
        assert_eq!(whole.spent, report.spent_of_whole);
        // A tenth of an event for each 100 requests a minute.
        assert_eq!(whole.allowed, Ratio::new(slots.into(), 10).unwrap());
        let ruling = BudgetPolicy::google().rule(&report);
        assert_eq!(ruling.verdict, Verdict::Go);
        let told = ruling.to_string();
        assert!(told.contains("spent of the budget so far") && told.contains(&slots.to_string()), "{told}");
    }
    // A window that was seen from end to end has one budget only, dropped time or not.
    let day = Interval::starting(start() + TimeDelta::days(2), TimeDelta::days(1)).unwrap();
    let upgraded = slo("99.9", Window::rolling_days(30)).with_correction(Correction::new(
        day,
        Treatment::DropTime,
        "upgrade",
    ));
    let counts = month(100, |minute| u64::from(minute % 5 == 0));
    let report = evaluate(&upgraded, &AlertPolicy::new(), &counts, counts.end());
    let main = report.main().unwrap();
    assert_eq!((main.whole.slots, main.whole.expected), (29 * 1440, 29 * 1440));
    assert_eq!((main.whole.spent, main.whole.allowed), (main.budget.spent, main.budget.allowed));
    assert_eq!(BudgetPolicy::google().rule(&report).verdict, Verdict::Stop);
    // A month is judged by its own length: the 31 days of March are whole on the first of April, and not before.
    let report = evaluate(&slo("99.9", march), &AlertPolicy::new(), &counts, counts.end());
    let main = report.main().unwrap();
    assert_eq!((main.whole.slots, main.whole.expected), (31 * 1440, 30 * 1440));
}

/// Where nothing may go bad, the first bad event is more than any part of the budget.
#[test]
fn an_objective_without_budget_is_never_healthy_once_broken() {
    let total = slo("100", Window::rolling_days(30));
    let ruled = |policy: &BudgetPolicy, bad| {
        let counts = counts(&[Some((bad, 1000))]);
        let standing = policy
            .rule_after(toban_slo::HEALTHY, &evaluate(&total, &AlertPolicy::new(), &counts, counts.end()));
        (standing.state, standing.ruling.verdict)
    };
    for policy in [BudgetPolicy::google(), BudgetPolicy::staged()] {
        assert_eq!(ruled(&policy, 1), ("frozen".to_owned(), Verdict::Stop));
        assert_eq!(ruled(&policy, 0), (toban_slo::HEALTHY.to_owned(), Verdict::Go));
    }
}

/// A budget that is overspent already is gone within any time, however quiet it has become.
#[test]
fn exhaustion_holds_where_nothing_is_left() {
    let slo = slo("99", Window::rolling_days(1));
    let gone = Condition::Exhaustion { within: minutes(1), pace: minutes(10) };
    let policy = AlertPolicy::new().with_rule(&slo, AlertRule::new("gone", Severity::Page, gone)).unwrap();
    let slots: Vec<_> = (0..1440).map(|minute| Some((if minute < 60 { 50 } else { 0 }, 100))).collect();
    let counts = counts(&slots);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    assert!(report.main().unwrap().budget.left.is_overspent());
    assert_eq!(report.alert("gone"), Some(AlertState::Firing));
    assert_eq!(report.alerts[0].episodes.len(), 1);
}

/// Of two corrections the later added one holds where they overlap, and a slot that is only partly inside is left alone.
#[test]
fn corrections_overlap_and_end_as_they_say() {
    let counts = counts(&[Some((5, 10)); 60]);
    let seconds = |from: i64, to: i64| {
        let at = |second| start() + TimeDelta::seconds(second);
        Interval::new(at(from), at(to)).unwrap()
    };
    let plain = slo("99", Window::rolling(minutes(60)).unwrap());
    let figures = |corrections: &[(Interval, Treatment)]| {
        let slo = corrections.iter().fold(plain.clone(), |slo, (interval, treatment)| {
            slo.with_correction(Correction::new(*interval, *treatment, "x"))
        });
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
        let main = report.main().unwrap();
        let touched: Vec<_> = report.corrections.iter().map(|found| found.slots).collect();
        let idle: Vec<_> =
            report.corrections.iter().map(|found| found.is_without_effect(report.at)).collect();
        ((main.reading.tally.bad(), main.reading.tally.total(), main.reading.expected), touched, idle)
    };
    let (good, time) = (Treatment::CountGood, Treatment::DropTime);
    let (early, late) = (seconds(0, 1200), seconds(600, 1800));
    // Minutes 0 to 10 are good, 10 to 30 gone; and the other way round 0 to 20 gone, 20 to 30 good.
    assert_eq!(figures(&[(early, good), (late, time)]), ((150, 400, 40), vec![10, 20], vec![false; 2]));
    assert_eq!(figures(&[(late, good), (early, time)]), ((150, 400, 40), vec![10, 20], vec![false; 2]));
    assert_eq!(figures(&[(early, time), (late, good)]), ((150, 500, 50), vec![10, 20], vec![false; 2]));
    // Only minutes 3 and 4 lie wholly inside.
    assert_eq!(figures(&[(seconds(150, 310), good)]), ((290, 600, 60), vec![2], vec![false]));
    // Forty seconds over the edge of a minute hold none: the report says so.
    assert_eq!(figures(&[(seconds(150, 190), good)]), ((300, 600, 60), vec![0], vec![true]));
    // So does one that lies wholly under another; one that is planned has not begun.
    assert_eq!(figures(&[(early, good), (early, time)]), ((200, 400, 40), vec![0, 20], vec![true, false]));
    assert_eq!(figures(&[(seconds(3600, 7200), time)]), ((300, 600, 60), vec![0], vec![false]));
}
