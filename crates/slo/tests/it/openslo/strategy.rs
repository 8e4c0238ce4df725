//! Any document that OpenSLO can express, rules aside.

use chrono::{NaiveDate, TimeDelta};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use toban_slo::openslo::*;

fn name() -> BoxedStrategy<String> {
    "[a-z][a-z0-9-]{0,8}[a-z0-9]".boxed()
}

fn description() -> BoxedStrategy<Option<String>> {
    of("\\PC{0,20}").boxed()
}

/// A decimal as people write it: what readers of floats give back to the last digit.
fn decimal() -> BoxedStrategy<String> {
    "-?[0-9]{1,7}\\.[0-9]{1,8}".boxed()
}

pub(super) fn number() -> BoxedStrategy<Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        decimal().prop_map(|text| Number::try_from(text.parse::<f64>().unwrap()).unwrap()),
    ]
    .boxed()
}

fn duration() -> BoxedStrategy<DurationShorthand> {
    let unit = prop::sample::select(vec![
        DurationUnit::Minute,
        DurationUnit::Hour,
        DurationUnit::Day,
        DurationUnit::Week,
        DurationUnit::Month,
        DurationUnit::Quarter,
        DurationUnit::Year,
    ]);
    (any::<u32>(), unit).prop_map(|(count, unit)| DurationShorthand::new(count, unit)).boxed()
}

fn label() -> BoxedStrategy<Label> {
    prop_oneof!["\\PC{0,8}".prop_map(Label::One), vec("\\PC{0,8}", 0..3).prop_map(Label::Many)].boxed()
}

fn metadata() -> BoxedStrategy<Metadata> {
    let annotations = btree_map("[a-z.]{1,12}(/[a-z-]{1,8})?", "\\PC{0,12}", 0..3);
    (name(), description(), btree_map("[a-z]{1,8}", label(), 0..3), annotations)
        .prop_map(|(name, display_name, labels, annotations)| Metadata {
            name,
            display_name,
            labels,
            annotations,
        })
        .boxed()
}

pub(super) fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        number().prop_map(Value::Number),
        "\\PC{0,12}".prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            vec(("[a-zA-Z0-9 .]{0,8}", inner), 0..4).prop_map(Value::from_iter),
        ]
    })
    .boxed()
}

fn metric() -> BoxedStrategy<Metric> {
    (of(name()), of(name()), value())
        .prop_map(|(metric_source_ref, source_type, spec)| Metric {
            metric_source: MetricSource { metric_source_ref, source_type, spec },
        })
        .boxed()
}

fn ratio_metric() -> BoxedStrategy<RatioMetric> {
    let raw_type = of(prop_oneof![Just(RawType::Failure), Just(RawType::Success)]);
    (of(any::<bool>()), of(metric()), of(metric()), of(metric()), raw_type, of(metric()))
        .prop_map(|(counter, good, bad, total, raw_type, raw)| RatioMetric {
            counter,
            good,
            bad,
            total,
            raw_type,
            raw,
        })
        .boxed()
}

fn sli() -> BoxedStrategy<SliSpec> {
    (description(), of(metric()), of(ratio_metric()))
        .prop_map(|(description, threshold_metric, ratio_metric)| SliSpec {
            description,
            threshold_metric,
            ratio_metric,
        })
        .boxed()
}

fn data_source() -> BoxedStrategy<DataSourceSpec> {
    (description(), name(), value())
        .prop_map(|(description, source_type, connection_details)| DataSourceSpec {
            description,
            source_type,
            connection_details,
        })
        .boxed()
}

fn definition<S: Clone + std::fmt::Debug + 'static>(spec: BoxedStrategy<S>) -> BoxedStrategy<Definition<S>> {
    (metadata(), spec).prop_map(|(metadata, spec)| Definition { metadata, spec }).boxed()
}

fn reference<S: Clone + std::fmt::Debug + 'static>(spec: BoxedStrategy<S>) -> BoxedStrategy<Reference<S>> {
    prop_oneof![name().prop_map(Reference::Named), definition(spec).prop_map(Reference::Inline)].boxed()
}

fn operator() -> BoxedStrategy<Operator> {
    prop::sample::select(vec![Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte]).boxed()
}

fn alert_condition() -> BoxedStrategy<AlertConditionSpec> {
    let condition = (of(Just(ConditionKind::BurnRate)), operator(), number(), duration(), of(duration()))
        .prop_map(|(kind, op, threshold, lookback_window, alert_after)| Condition {
            kind,
            op,
            threshold,
            lookback_window,
            alert_after,
        });
    (description(), name(), condition)
        .prop_map(|(description, severity, condition)| AlertConditionSpec {
            description,
            severity,
            condition,
        })
        .boxed()
}

fn notification_target() -> BoxedStrategy<AlertNotificationTargetSpec> {
    (name(), description())
        .prop_map(|(target, description)| AlertNotificationTargetSpec { target, description })
        .boxed()
}

fn alert_policy() -> BoxedStrategy<AlertPolicySpec> {
    let flags = (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()));
    let conditions = vec(reference(alert_condition()), 0..2);
    let targets = vec(reference(notification_target()), 0..3);
    (description(), flags, conditions, targets)
        .prop_map(|(description, (no_data, resolved, breaching), conditions, notification_targets)| {
            AlertPolicySpec {
                description,
                alert_when_no_data: no_data,
                alert_when_resolved: resolved,
                alert_when_breaching: breaching,
                conditions,
                notification_targets,
            }
        })
        .boxed()
}

fn calendar() -> BoxedStrategy<Calendar> {
    (0_i64..4_000_000_000, name())
        .prop_map(|(seconds, time_zone)| Calendar {
            start_time: NaiveDate::from_ymd_opt(1970, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap()
                + TimeDelta::seconds(seconds),
            time_zone,
        })
        .boxed()
}

fn time_window() -> BoxedStrategy<TimeWindow> {
    (duration(), of(calendar()), of(any::<bool>()))
        .prop_map(|(duration, calendar, is_rolling)| TimeWindow { duration, calendar, is_rolling })
        .boxed()
}

fn slice_window() -> BoxedStrategy<SliceWindow> {
    prop_oneof![number().prop_map(SliceWindow::Minutes), duration().prop_map(SliceWindow::Shorthand)].boxed()
}

fn objective() -> BoxedStrategy<Objective> {
    let numbers = (of(number()), of(number()), of(number()), of(number()), of(number()));
    let slices = of(slice_window());
    (description(), of(operator()), numbers, slices, of(definition(sli())), of(name()))
        .prop_map(
            |(
                display_name,
                op,
                (value, target, target_percent, time_slice_target, composite_weight),
                slice,
                indicator,
                indicator_ref,
            )| {
                Objective {
                    display_name,
                    op,
                    value,
                    target,
                    target_percent,
                    time_slice_target,
                    time_slice_window: slice,
                    indicator,
                    indicator_ref,
                    composite_weight,
                }
            },
        )
        .boxed()
}

fn slo() -> BoxedStrategy<SloSpec> {
    let method = prop::sample::select(vec![
        BudgetingMethod::Occurrences,
        BudgetingMethod::RatioTimeslices,
        BudgetingMethod::Timeslices,
    ]);
    let indicator = (of(definition(sli())), of(name()));
    let policies = vec(reference(alert_policy()), 0..2);
    (description(), name(), indicator, vec(time_window(), 0..2), method, vec(objective(), 0..3), policies)
        .prop_map(
            |(
                description,
                service,
                (indicator, indicator_ref),
                time_window,
                budgeting_method,
                objectives,
                alert_policies,
            )| {
                SloSpec {
                    description,
                    service,
                    indicator,
                    indicator_ref,
                    time_window,
                    budgeting_method,
                    objectives,
                    alert_policies,
                }
            },
        )
        .boxed()
}

pub(super) fn document() -> BoxedStrategy<Document> {
    let spec = prop_oneof![
        alert_condition().prop_map(Spec::AlertCondition),
        notification_target().prop_map(Spec::AlertNotificationTarget),
        alert_policy().prop_map(Spec::AlertPolicy),
        data_source().prop_map(Spec::DataSource),
        description().prop_map(|description| Spec::Service(ServiceSpec { description })),
        sli().prop_map(Spec::Sli),
        slo().prop_map(Spec::Slo),
    ];
    (metadata(), spec).prop_map(|(metadata, spec)| Document { metadata, spec }).boxed()
}
