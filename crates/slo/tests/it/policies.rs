//! Alert policies drawn at random, for the stream and for the model.

use crate::support::ratio;
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::Share;
use toban_slo::{AlertPolicy, AlertRule, Comparison, Condition, LowTraffic, Severity, Slo};

/// Conditions, each with how many steps it must last and how many it must be over.
pub(crate) type Rules = Vec<(Condition, i32, i32)>;

/// Some rules with windows of at most so many steps.
pub(crate) fn rules(longest: i32, step: TimeDelta) -> impl Strategy<Value = Rules> {
    proptest::collection::vec((condition(longest, step), 0..4_i32, 0..4_i32), 1..5)
}

/// Within reach of the budgets and the traffic that are drawn beside them, so that alerts do fire.
fn condition(longest: i32, step: TimeDelta) -> impl Strategy<Value = Condition> {
    let window = move |most: i32| (1..=most).prop_map(move |steps| step * steps);
    let part = |most: u128| (1..most).prop_map(|tenths| ratio(tenths, 10));
    let comparison = prop_oneof![Just(Comparison::Above), Just(Comparison::AtLeast)];
    let short = prop_oneof![1 => Just(None), 3 => (1..4_i32).prop_map(Some)];
    let burn_rate =
        (2..=longest, short, 1..60_u128, comparison).prop_map(move |(long, short, factor, comparison)| {
            Condition::BurnRate {
                comparison,
                factor: ratio(factor, 10),
                long: step * long,
                short: short.map(|short| step * short),
            }
        });
    prop_oneof![
        3 => burn_rate,
        1 => window(5).prop_map(|lasting| Condition::Absent { lasting }),
        1 => part(25).prop_map(|part| Condition::BudgetConsumed { part }),
        1 => (part(10), window(longest)).prop_map(|(part, within)| Condition::BudgetDrop { part, within }),
        1 => (window(40), window(longest)).prop_map(|(within, pace)| Condition::Exhaustion { within, pace }),
    ]
}

/// How much of a window must be seen.
pub(crate) fn floor() -> impl Strategy<Value = Share> {
    prop_oneof![Just("90"), Just("50"), Just("100"), Just("0")]
        .prop_map(|floor| Share::percent(floor).unwrap())
}

/// A policy with those of the rules that the SLO does not refuse, such as for a window longer than the main one.
pub(crate) fn policy(
    slo: &Slo,
    step: TimeDelta,
    rules: Rules,
    gate: LowTraffic,
    floor: Share,
) -> AlertPolicy {
    let mut policy = AlertPolicy::new().with_low_traffic(gate).with_min_coverage(floor);
    for (place, (condition, lasting, cool_down)) in rules.into_iter().enumerate() {
        let rule = AlertRule::new(format!("rule-{place}"), Severity::Page, condition)
            .with_lasting(step * lasting)
            .with_cool_down(step * cool_down);
        policy = policy.clone().with_rule(slo, rule).unwrap_or(policy);
    }
    policy
}
