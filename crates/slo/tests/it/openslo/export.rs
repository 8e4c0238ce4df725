//! What the model says is written down, and read again as the same.

use chrono::{NaiveDate, TimeDelta};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use std::num::NonZeroU32;
use toban_calendar::{Period, Unit, Zone};
use toban_core::{Ratio, Share};
use toban_slo::openslo::{
    AlertNotificationTargetSpec, Bundle, Definition, Document, Inexpressible, Metadata, Metric, MetricSource,
    RatioMetric, RawType, Reference, SliSpec, Surroundings, Value,
};
use toban_slo::{
    AlertPolicy, AlertRule, Budgeting, Comparison, Condition, Indicator, LowTraffic, Objective, RatioOf,
    Severity, Sla, Slo, Window,
};

fn metric() -> Option<Metric> {
    let metric_source = MetricSource {
        source_type: Some("csv".into()),
        spec: Value::Mapping(Default::default()),
        metric_source_ref: None,
    };
    Some(Metric { metric_source })
}

/// What a person would write beside an indicator of that kind.
fn surroundings(indicator: &Indicator) -> Surroundings {
    let ratio = |ratio| SliSpec { ratio_metric: Some(ratio), ..SliSpec::default() };
    let spec = match indicator {
        Indicator::Threshold { .. } => SliSpec { threshold_metric: metric(), ..SliSpec::default() },
        Indicator::PrecomputedRatio { of } => {
            let raw_type = Some(if *of == RatioOf::Failure { RawType::Failure } else { RawType::Success });
            ratio(RatioMetric { raw: metric(), raw_type, ..RatioMetric::default() })
        }
        _ => ratio(RatioMetric { good: metric(), total: metric(), ..RatioMetric::default() }),
    };
    let target = AlertNotificationTargetSpec { target: "pager".into(), description: None };
    Surroundings {
        service: "shop".into(),
        indicator: Definition { metadata: Metadata::named("measured"), spec },
        notification_targets: vec![Reference::Inline(Definition {
            metadata: Metadata::named("phone"),
            spec: target,
        })],
    }
}

fn minutes() -> impl Strategy<Value = TimeDelta> {
    prop_oneof![(1_i64..500), (1_i64..500).prop_map(|h| h * 60), (1_i64..90).prop_map(|d| d * 1440)]
        .prop_map(TimeDelta::minutes)
}

fn decimal(most: u32) -> impl Strategy<Value = Ratio> {
    (1..most * 1000).prop_map(|thousandths| Ratio::new(thousandths.into(), 1000).unwrap())
}

fn zone() -> impl Strategy<Value = Zone> {
    select(vec!["UTC", "Asia/Tokyo", "America/New_York"]).prop_map(|name| Zone::parse(name).unwrap())
}

fn own_period() -> impl Strategy<Value = Period> {
    select(vec![Period::day(), Period::week(), Period::month(), Period::quarter(), Period::year()])
}

/// A period that begins at noon, so that it is not the calendar's own.
fn odd_period() -> impl Strategy<Value = Period> {
    let unit = select(vec![Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year]);
    (1_u32..5, unit, 1_u32..29).prop_map(|(every, unit, day)| {
        let start = NaiveDate::from_ymd_opt(2025, 3, day).unwrap().and_hms_opt(12, 30, 0).unwrap();
        Period::anchored(NonZeroU32::new(every).unwrap(), unit, start)
    })
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        minutes().prop_map(|length| Window::rolling(length).unwrap()),
        (own_period(), zone()).prop_map(|(period, zone)| Window::calendar(period, zone)),
        (odd_period(), zone()).prop_map(|(period, zone)| Window::calendar(period, zone)),
    ]
}

fn extra_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        minutes().prop_map(|length| Window::rolling(length).unwrap()),
        (own_period(), zone()).prop_map(|(period, zone)| Window::calendar(period, zone)),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    select(vec![Comparison::Above, Comparison::AtLeast, Comparison::AtMost, Comparison::Below])
}

fn indicator() -> impl Strategy<Value = Indicator> {
    prop_oneof![
        Just(Indicator::Availability),
        Just(Indicator::Uptime),
        Just(Indicator::latency_below(TimeDelta::milliseconds(500))),
        select(vec![RatioOf::Failure, RatioOf::Success]).prop_map(|of| Indicator::PrecomputedRatio { of }),
        (comparison(), decimal(1000))
            .prop_map(|(comparison, limit)| Indicator::Threshold { comparison, limit }),
    ]
}

fn budgeting() -> impl Strategy<Value = Budgeting> {
    // Each window is whole minutes, and must be whole slices.
    let slice = select(vec![3, 6, 12, 15, 30, 60]).prop_map(TimeDelta::seconds);
    (slice, 1_u64..=1000, 0..3).prop_map(|(slice, thousandths, method)| match method {
        0 => Budgeting::Occurrences,
        1 => Budgeting::RatioTimeslices { slice },
        _ => Budgeting::Timeslices { slice, target: Share::of(thousandths, 1000).unwrap() },
    })
}

fn objective() -> impl Strategy<Value = Objective> {
    let objective =
        (1_u64..=1_000_000_000_000).prop_map(|n| Objective::new(Share::of(n, 1_000_000_000_000).unwrap()));
    prop_oneof![
        objective.prop_map(Result::unwrap),
        select(vec!["99.9", "99.99", "95", "100"]).prop_map(|percent| Objective::percent(percent).unwrap()),
    ]
}

fn sla() -> impl Strategy<Value = Sla> {
    (objective(), extra_window(), "([a-z0-9;%]( ?[a-z0-9;%]){0,20})?")
        .prop_map(|(objective, window, terms)| Sla::new(objective, window, terms))
}

fn slo() -> impl Strategy<Value = Slo> {
    let windows = (window(), vec(extra_window(), 0..3));
    ("[a-z][a-z0-9-]{0,20}[a-z]", indicator(), objective(), windows, budgeting(), of(sla())).prop_map(
        |(name, indicator, objective, (window, more), budgeting, sla)| {
            let slo = Slo::new(name, indicator, objective, window).with_budgeting(budgeting).unwrap();
            let slo = more.into_iter().fold(slo, Slo::with_window);
            sla.into_iter().fold(slo, Slo::with_sla)
        },
    )
}

fn rule() -> impl Strategy<Value = AlertRule> {
    let above = select(vec![Comparison::Above, Comparison::AtLeast]);
    let burn = (above, decimal(20), minutes(), of(minutes()), of(minutes())).prop_map(
        |(comparison, factor, long, short, lasting)| {
            let short = short.filter(|short| *short < long);
            (Condition::BurnRate { comparison, factor, long, short }, lasting.unwrap_or_default())
        },
    );
    let absent = minutes().prop_map(|lasting| (Condition::Absent { lasting }, TimeDelta::zero()));
    ("[a-z][a-z0-9-]{0,20}[a-z]", select(vec![Severity::Page, Severity::Ticket]), prop_oneof![burn, absent])
        .prop_map(|(name, severity, (condition, lasting))| {
            AlertRule::new(name, severity, condition).with_lasting(lasting)
        })
}

/// Rules that the SLO can have, perhaps behind those of the workbook.
fn policy(slo: &Slo, rules: &[AlertRule], with_workbook: bool) -> AlertPolicy {
    let plain = AlertPolicy::new();
    let start = if with_workbook { AlertPolicy::sre_workbook(slo).unwrap_or(plain) } else { plain };
    rules.iter().fold(start, |policy, rule| policy.clone().with_rule(slo, rule.clone()).unwrap_or(policy))
}

/// Printed as text in between, as it would be in a file.
fn read_again(document: &Document, indicator: &Indicator) -> (Slo, AlertPolicy) {
    let text = serde_json::to_string(document).unwrap();
    let bundle = Bundle::new(vec![serde_json::from_str(&text).unwrap()]);
    let mut model = bundle.to_model(|_| indicator.clone()).unwrap();
    let promise = model.promises.remove(0);
    (promise.slo, promise.alert_policy)
}

proptest! {
    #[test]
    fn what_is_written_down_is_read_again_as_the_same(
        slo in slo(),
        rules in vec(rule(), 0..5),
        with_workbook in any::<bool>(),
    ) {
        let policy = policy(&slo, &rules, with_workbook);
        let document = surroundings(slo.indicator()).document(&slo, &policy).unwrap();
        prop_assert_eq!(read_again(&document, slo.indicator()), (slo, policy));
    }
}

#[test]
fn what_openslo_cannot_say_is_refused() {
    let days = Window::rolling_days(30);
    let objective = Objective::percent("99.9").unwrap();
    let plain = || Slo::availability("plain", objective, days);
    let none = AlertPolicy::new();
    let write =
        |slo: &Slo, policy: &AlertPolicy| surroundings(&Indicator::Availability).document(slo, policy);
    assert!(write(&plain(), &none).is_ok());

    let with_contract = plain().with_sla(Sla::new(objective, days, " 10 % credit "));
    assert_eq!(write(&with_contract, &none), Err(Inexpressible::Sla));
    let seconds = Window::rolling(TimeDelta::seconds(90)).unwrap();
    assert_eq!(write(&plain().with_window(seconds), &none), Err(Inexpressible::Window { window: seconds }));
    let offset = Window::calendar(Period::month(), Zone::parse("+09:00").unwrap());
    assert_eq!(
        write(&Slo::availability("plain", objective, offset), &none),
        Err(Inexpressible::Window { window: offset })
    );
    let name = "Not a label".to_owned();
    assert_eq!(write(&Slo::availability(&name, objective, days), &none), Err(Inexpressible::Name { name }));
    let indicator = Indicator::Threshold { comparison: Comparison::AtMost, limit: Ratio::ONE };
    let value = Slo::new("plain", indicator.clone(), objective, days);
    assert_eq!(write(&value, &none), Err(Inexpressible::Indicator { indicator }));
    let third = Ratio::new(1, 3).unwrap();
    let value = Slo::new(
        "plain",
        Indicator::Threshold { comparison: Comparison::AtMost, limit: third },
        objective,
        days,
    );
    assert_eq!(
        surroundings(value.indicator()).document(&value, &none),
        Err(Inexpressible::Number { ratio: third })
    );
    let slice = TimeDelta::seconds(1);
    let sliced = plain().with_budgeting(Budgeting::RatioTimeslices { slice }).unwrap();
    assert_eq!(write(&sliced, &none), Err(Inexpressible::Slice { slice }));
    let gated = AlertPolicy::new().with_low_traffic(LowTraffic::default().with_min_events(10));
    assert_eq!(write(&plain(), &gated), Err(Inexpressible::Proof));
    let consumed = AlertRule::new(
        "half-gone",
        Severity::Page,
        Condition::BudgetConsumed { part: Ratio::new(1, 2).unwrap() },
    );
    let policy = AlertPolicy::new().with_rule(&plain(), consumed).unwrap();
    assert_eq!(write(&plain(), &policy), Err(Inexpressible::Rule { rule: "half-gone".into() }));
}
