//! SLOs of every kind: what snapshots are taken of, here and by the fuzzer.

use chrono::TimeDelta;
use toban_calendar::{Period, Zone};
use toban_core::{Ratio, Share};
use toban_slo::{
    AlertPolicy, AlertRule, Budgeting, Comparison, Condition, LowTraffic, Objective, Severity, Sla, Slo,
    Window,
};

pub(crate) fn named(name: &str, [main, sla]: [Window; 2], budgeting: Budgeting) -> Slo {
    Slo::availability(name, Objective::percent("90").unwrap(), main)
        .with_budgeting(budgeting)
        .unwrap()
        .with_sla(Sla::new(Objective::percent("80").unwrap(), sla, "none"))
}

/// SLOs of every kind, each with an alert on every kind of condition.
pub(crate) fn every_kind() -> Vec<(Slo, AlertPolicy)> {
    let slice = TimeDelta::minutes(2);
    let target = Share::percent("99").unwrap();
    let hour = Window::rolling(TimeDelta::minutes(60)).unwrap();
    let month = Window::calendar(Period::month(), Zone::UTC);
    let kinds = [
        ("counted", [hour, hour], Budgeting::Occurrences),
        ("by the calendar", [month, Window::calendar(Period::week(), Zone::UTC)], Budgeting::Occurrences),
        ("in slices", [hour, month], Budgeting::Timeslices { slice, target }),
        ("in ratios", [hour, hour], Budgeting::RatioTimeslices { slice }),
    ];
    let part = Ratio::new(1, 2).unwrap();
    let conditions = [
        Condition::BurnRate {
            comparison: Comparison::AtLeast,
            factor: Ratio::new(5, 2).unwrap(),
            long: TimeDelta::minutes(30),
            short: Some(TimeDelta::minutes(4)),
        },
        Condition::Absent { lasting: TimeDelta::minutes(6) },
        Condition::BudgetConsumed { part },
        Condition::BudgetDrop { part, within: TimeDelta::minutes(10) },
        Condition::Exhaustion { within: TimeDelta::minutes(40), pace: TimeDelta::minutes(20) },
    ];
    let gate = LowTraffic::default().with_min_events(3).with_min_failures(2);
    let pair = |(name, windows, budgeting)| {
        let slo = named(name, windows, budgeting);
        let policy = AlertPolicy::new().with_low_traffic(gate).with_min_coverage(target);
        let policy = conditions.iter().enumerate().fold(policy, |policy, (place, condition)| {
            let rule = AlertRule::new(format!("rule-{place}"), Severity::Page, condition.clone())
                .with_lasting(TimeDelta::minutes(2))
                .with_cool_down(TimeDelta::minutes(4));
            policy.with_rule(&slo, rule).unwrap()
        });
        (slo, policy)
    };
    kinds.map(pair).into()
}
