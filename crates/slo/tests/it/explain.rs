//! What is explained can be computed again.

use crate::explain::arithmetic::{Number, holds, value};
use crate::support::{counts, minutes, month, slo, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use toban_core::{Confidence, Interval, Ratio, Share};
use toban_slo::{
    Absence, AlertPolicy, AlertReport, AlertRule, Balance, Burn, Composite, Condition, Correction, Counts,
    Explanation, ForecastPolicy, LowTraffic, Member, Outlook, Report, Severity, Slo, Treatment, Window,
    evaluate, explain, explain_composite, forecast,
};

mod arithmetic;

/// The figure of that name.
fn figure<'a>(all: &'a [Explanation], name: &str) -> &'a Explanation {
    all.iter().find(|one| one.figure == name).unwrap_or_else(|| panic!("no figure {name}"))
}

/// What the formula of a figure gives.
fn computed(all: &[Explanation], name: &str) -> Number {
    let one = figure(all, name);
    value(one.formula.as_ref().unwrap_or_else(|| panic!("{one}")))
}

fn exact(ratio: Ratio) -> Number {
    Number::of(ratio.numerator(), ratio.denominator())
}

fn of_balance(balance: Balance) -> Number {
    match balance {
        Balance::Left(left) => exact(left),
        Balance::Overspent(over) => exact(over).negated(),
    }
}

fn of_burn(burn: Burn) -> Number {
    exact(burn.times().unwrap())
}

fn of_share(share: Option<Share>) -> Number {
    exact(share.unwrap().as_ratio())
}

/// What a value shows: the text of the report, not of the formula.
fn shown(all: &[Explanation], name: &str) -> Number {
    value(&figure(all, name).value)
}

fn assert_window(all: &[Explanation], name: &str, found: (toban_slo::Reading, toban_slo::Budget)) {
    let (reading, budget) = found;
    let expected = [
        ("seen", of_share(reading.coverage())),
        ("good", of_share(reading.tally.good_share())),
        ("allowed", exact(budget.allowed)),
        ("left", of_balance(budget.left)),
        ("spent", of_burn(budget.spent)),
    ];
    for (figure, expected) in expected {
        let name = format!("{name} {figure}");
        assert_eq!(computed(all, &name), expected, "{name}");
        assert_eq!(shown(all, &name), expected, "{name}");
    }
}

/// Every comparison of each firing, computed again.
fn assert_episodes(all: &[Explanation], found: &AlertReport) {
    let moments = |what: &str| {
        let name = format!("alert {} {what}", found.rule.name);
        all.iter().filter(move |one| one.figure == name).collect::<Vec<_>>()
    };
    let (fired, resolved) = (moments("fired"), moments("resolved"));
    assert_eq!(fired.len(), found.episodes.len());
    assert_eq!(resolved.len(), found.episodes.iter().filter(|one| one.resolved_at.is_some()).count());
    let compared = |one: &Explanation| {
        let held: Vec<_> = one.inputs.iter().filter_map(|input| holds(&input.value)).collect();
        assert!(held.len() > 1, "{one}");
        assert!(held.iter().all(|(computed, told)| computed == told), "{one}");
        held.into_iter().map(|(computed, _)| computed).collect::<Vec<_>>()
    };
    for (one, episode) in fired.iter().zip(&found.episodes) {
        assert_eq!(one.value.parse::<DateTime<Utc>>().unwrap(), episode.fired_at);
        assert!(compared(one).into_iter().all(|held| held), "{one}");
    }
    for (one, episode) in resolved.iter().zip(&found.episodes) {
        assert_eq!(one.value.parse::<DateTime<Utc>>().ok(), episode.resolved_at);
        assert!(!compared(one).into_iter().all(|held| held), "{one}");
    }
}

/// Everything that a report shows, computed again from the text alone.
fn assert_recomputed(slo: &Slo, policy: &AlertPolicy, counts: &Counts, report: &Report) -> Vec<Explanation> {
    let all = explain(slo, policy, counts, report);
    for window in &report.windows {
        assert_window(&all, &window.window.to_string(), (window.reading, window.budget));
        if let Some(raw) = window.uncorrected {
            assert_window(&all, &format!("{}, without corrections,", window.window), raw);
        }
    }
    if let Some(sla) = &report.sla {
        let name = format!("contract {}", sla.sla.window);
        assert_window(&all, &name, (sla.reading.unwrap(), sla.budget.unwrap()));
    }
    for found in &report.burn_rates {
        let name = format!("burn rate over {}", text(found.window));
        assert_eq!(computed(&all, &name), of_burn(found.burn), "{name}");
    }
    for found in &report.alerts {
        assert_episodes(&all, found);
    }
    if let Some(left) = report.forecast.remaining {
        assert_eq!(computed(&all, "part of the budget left"), of_balance(left));
    }
    if let Some(pace) = &report.forecast.pace {
        let one = figure(&all, &format!("budget gone at the pace of the last {}", text(pace.over)));
        let cut = |number: Number| number.times_cut(1000);
        let millis = |time: TimeDelta| i128::from(time.num_milliseconds());
        if let Some(time) = pace.exhausted_in.filter(|_| one.formula.is_some()) {
            assert_eq!(cut(value(one.formula.as_ref().unwrap())), millis(time), "{one}");
            let (seconds, about) = one.value.split_once(" s (about ").unwrap();
            assert_eq!(cut(value(seconds)), millis(time), "{one}");
            assert!(about.chars().filter(char::is_ascii_alphabetic).count() <= 3, "{one}");
        }
        for (name, bound) in
            [("gone at that, at the earliest", pace.earliest), ("gone at that, at the latest", pace.latest)]
        {
            let Some(bound) = bound else { continue };
            let told = one.input(name).unwrap();
            let (_, formula) = told.split_once(" = ").unwrap();
            // The bound of a count is a float, so that the last digits are not sure.
            let off = (cut(value(formula)) - millis(bound)).abs();
            assert!(off * 1_000_000_000 <= millis(bound).max(1_000_000_000), "{off}: {one}");
        }
    }
    all
}

fn text(window: TimeDelta) -> String {
    Window::rolling(window).map(|window| window.to_string()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_figure_follows_from_its_formula(
        slots in proptest::collection::vec(proptest::option::weighted(0.97, (0..60_u64, 500..1000_u64)), 90..200),
        percent in "9[0-8]\\.[0-9]{1,3}",
        gate in 0..3_u8,
        outage in 0..80_usize,
    ) {
        let mut slots = slots;
        slots[0] = Some((3, 700));
        for slot in slots.iter_mut().skip(outage).take(10) {
            *slot = Some((600, 700));
        }
        let counts = counts(&slots);
        let maintenance = Interval::starting(start(), minutes(10)).unwrap();
        let slo = slo(&percent, Window::rolling_days(7))
            .with_window(Window::rolling_days(28))
            .with_sla(toban_slo::Sla::new(toban_slo::Objective::percent("90").unwrap(), Window::rolling_days(7), ""))
            .with_correction(Correction::new(maintenance, Treatment::CountGood, "maintenance"));
        let gate = match gate {
            0 => LowTraffic::default(),
            1 => LowTraffic::default().with_min_events(3000).with_min_failures(50),
            _ => LowTraffic::default().with_confidence(Confidence::percent("95").unwrap()),
        };
        let half: Ratio = "0.001".parse().unwrap();
        let rules = [
            AlertRule::burn_rate("both", Severity::Page, minutes(30), minutes(5), Ratio::ONE),
            AlertRule::new("spent", Severity::Ticket, Condition::BudgetConsumed { part: half }),
            AlertRule::new("drop", Severity::Ticket, Condition::BudgetDrop { part: half, within: minutes(5) }),
            AlertRule::new("gone", Severity::Ticket, Condition::Exhaustion { within: minutes(60 * 24), pace: minutes(10) }),
            AlertRule::new("silent", Severity::Ticket, Condition::Absent { lasting: minutes(2) }),
        ];
        let policy = rules.into_iter().fold(AlertPolicy::new(), |policy, rule| policy.with_rule(&slo, rule).unwrap())
            .with_low_traffic(gate).with_min_coverage(Share::of(4, 5).unwrap());
        let report = evaluate(&slo, &policy, &counts, counts.end());
        assert_recomputed(&slo, &policy, &counts, &report);
    }
}

/// Two weeks with an outage on each day.
fn outages() -> Counts {
    let mut counts = Counts::per_minute(start());
    for minute in 0..14 * 1440_i64 {
        let bad = if minute % 1440 < minute / 1440 + 3 { 90 } else { 0 };
        let tally = toban_slo::Tally::from_bad(bad, 100).unwrap();
        counts.add(start() + minutes(minute), tally).unwrap();
    }
    counts
}

#[test]
fn a_month_with_firings_and_a_forecast_is_recomputed() {
    let slo = slo("99", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = outages();
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = assert_recomputed(&slo, &policy, &counts, &report);
    assert!(report.alerts.iter().any(|alert| alert.episodes.len() > 5));
    // The futures are drawn again from what the text says of them.
    let one = figure(&all, "budget gone in");
    let number = |name: &str| one.input(name).unwrap();
    let mut again = ForecastPolicy::by_day(number("seed").parse().unwrap());
    again.futures = number("futures").parse().unwrap();
    assert_eq!((number("length of a season"), number("confidence")), ("1d", "80 %"));
    let again = forecast(&slo, &counts, report.at, &again);
    assert_eq!(again.outlook, report.forecast.outlook);
    let Outlook::Projected(projection) = again.outlook else { panic!("{again:?}") };
    let told: Vec<f64> = ["early end", "median", "late end"]
        .iter()
        .map(|name| number(&format!("spent at the horizon, {name}")).parse().unwrap())
        .collect();
    assert_eq!(told, projection.spent_at_horizon);
}

#[test]
fn of_many_firings_the_last_twenty_are_explained_and_the_rest_is_counted() {
    let slo = slo("99", Window::rolling_days(1));
    let rule = AlertRule::new(
        "flapping",
        Severity::Page,
        Condition::BurnRate {
            comparison: toban_slo::Comparison::Above,
            factor: Ratio::ONE,
            long: minutes(1),
            short: None,
        },
    );
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    let slots: Vec<_> = (0..60).map(|minute| Some((if minute % 2 == 0 { 50 } else { 0 }, 100))).collect();
    let counts = counts(&slots);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &counts, &report);
    let of = |name: &str| all.iter().filter(|one| one.figure == name).count();
    assert_eq!((of("alert flapping fired"), of("alert flapping resolved")), (20, 20));
    assert_eq!(figure(&all, "alert flapping").input("earlier firings, not explained here"), Some("10"));
}

#[test]
fn the_inputs_of_a_window_are_told_once() {
    let slo = slo("99.9", Window::rolling_days(30));
    let counts = month(100, |minute| u64::from(minute % 2000 == 0));
    let policy = AlertPolicy::new();
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &counts, &report);
    let told = |name: &str| {
        all.iter().filter(|one| one.figure.starts_with("30d")).filter(|one| one.input(name).is_some()).count()
    };
    assert_eq!((told("bad events"), told("window"), told("steps that hold data")), (1, 1, 1));
}

#[test]
fn an_explanation_reads_well() {
    let slo = slo("99.9", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = counts(&vec![Some((144, 10_000)); 60]);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &counts, &report);
    assert_eq!(
        figure(&all, "burn rate over 1h").to_string(),
        "burn rate over 1h = 14.4
    bad / all / (1 - objective)
    = 8640 / 600000 / (1 - 0.999)
    bad events                        8640
    all events                        600000
    window                            [2026-03-01T00:00:00Z, 2026-03-01T01:00:00Z)
    steps in the window               60
    steps in which data was expected  60
    steps that hold data              60
"
    );
    assert_eq!(
        figure(&all, "alert page-fast fired").to_string(),
        "alert page-fast fired = 2026-03-01T00:05:00Z
    all of these hold
    burn rate over 1h  720 / 50000 / (1 - 0.999) >= 14.4: yes
    seen of 1h         5 / 5 >= 0.9: yes
    burn rate over 5m  720 / 50000 / (1 - 0.999) >= 14.4: yes
    seen of 5m         5 / 5 >= 0.9: yes
"
        .replace("00:05:00Z", "00:01:00Z")
        .replace("720 / 50000", "144 / 10000")
        .replace("5 / 5", "1 / 1")
    );
}

proptest! {
    #[test]
    fn every_figure_of_a_composite_follows_from_its_formula(
        parts in proptest::collection::vec((0..100_u64, 100..1000_u64, 1..9_u128, any::<bool>(), 0..4_u8), 1..6),
    ) {
        let minute = |(bad, all, _, is_silent, _): &(u64, u64, u128, bool, u8)| {
            let early = vec![Some((*bad, *all)); 60];
            let late = if *is_silent { None } else { Some((bad / 2, *all)) };
            counts(&early.into_iter().chain(std::iter::repeat_n(late, 60)).collect::<Vec<_>>())
        };
        let all: Vec<Counts> = parts.iter().map(minute).collect();
        let members = parts.iter().map(|(.., weight, _, absence)| {
            let absence = [Absence::Bad, Absence::Freeze, Absence::Good, Absence::Ignore][usize::from(*absence)];
            Member::new(slo("99", Window::rolling_days(1)), Ratio::new(*weight, 7).unwrap(), absence)
        });
        let objective = toban_slo::Objective::percent("99.5").unwrap();
        let composite = Composite::new("all", objective, Window::rolling_days(1), members.collect()).unwrap()
            .with_burn_windows([minutes(30), minutes(90)]);
        let at = start() + minutes(120);
        let report = composite.evaluate(&all.iter().collect::<Vec<_>>(), at);
        let all = explain_composite(&composite, &report);
        let budget = report.budget.map(|budget| (exact(budget.allowed), of_balance(budget.left), of_burn(budget.spent)));
        if let Some((allowed, left, spent)) = budget {
            prop_assert_eq!(computed(&all, "1d good"), of_share(report.good));
            prop_assert_eq!(computed(&all, "1d allowed"), allowed);
            prop_assert_eq!(computed(&all, "1d left"), left);
            prop_assert_eq!(computed(&all, "1d spent"), spent);
        }
        prop_assert_eq!(report.burn_rates.len(), 2);
        for found in &report.burn_rates {
            let window = text(found.window);
            if found.good.is_some() {
                prop_assert_eq!(computed(&all, &format!("good over {window}")), of_share(found.good));
                prop_assert_eq!(computed(&all, &format!("burn rate over {window}")), of_burn(found.burn));
            }
        }
        // Each member's own share, and whether it was seen enough to speak for itself.
        let over = |window: &str| all.iter().filter(|one| one.figure == format!("member shop over {window}")).collect::<Vec<_>>();
        for (one, found) in over("1d").into_iter().zip(&report.members) {
            let (computed, told) = holds(one.input("seen").unwrap()).unwrap();
            prop_assert!(computed == told && computed == found.absence.is_none(), "{}", one);
            if let Some(formula) = &one.formula {
                prop_assert_eq!(value(formula), of_share(found.good));
            }
        }
    }
}
