//! Documents become objectives, windows, alerts and composites of the model.

use super::fixture;
use chrono::NaiveDateTime;
use std::fmt::Write;
use toban_slo::openslo::{
    Bundle, Calendar, Document, Finding, Measure, Model, Source, Spec, TimeWindow, Value,
};
use toban_slo::{Indicator, Objective, Slo, Window};

fn describe(model: &Model<'_>) -> String {
    let mut text = String::new();
    for promise in &model.promises {
        let (slo, measure) = (&promise.slo, &promise.measure);
        let windows: Vec<_> = slo.windows().map(|window| window.to_string()).collect();
        writeln!(
            text,
            "{} of {} ({}, document {})",
            slo.name(),
            promise.service,
            promise.place,
            promise.place.document
        )
        .unwrap();
        writeln!(text, "  {} of {} over {}", slo.objective(), slo.indicator(), windows.join(", ")).unwrap();
        writeln!(text, "  {:?}", slo.budgeting()).unwrap();
        for source in measure.sources() {
            let Source { system, spec, place, .. } = source;
            writeln!(text, "  {system} {} at {place}, document {}", json(spec), place.document).unwrap();
        }
        for rule in promise.alert_policy.rules() {
            let lasting = rule.lasting.num_minutes();
            writeln!(text, "  {} {}: {} for {lasting} min", rule.severity, rule.name, rule.condition)
                .unwrap();
        }
    }
    for composed in &model.composites {
        writeln!(text, "composite {} of {}", composed.metadata.name, composed.service).unwrap();
        for (member, promise) in composed.composite.members().iter().zip(&composed.members) {
            let same = member.slo == model.promises[*promise].slo;
            writeln!(text, "  {} x {}, {:?}, {same}", member.weight, member.slo.name(), member.absence)
                .unwrap();
        }
    }
    for warning in &model.warnings {
        writeln!(text, "{}: {} {warning}", warning.level, warning.place.document).unwrap();
    }
    text
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_definition_becomes_the_model_that_it_describes() {
    let bundle = Bundle::new(fixture("shop"));
    let text = describe(&bundle.to_model(Measure::indicator).unwrap());
    assert_eq!(text, include_str!("../../fixtures/openslo/shop.model.txt"), "\n{text}");
}

#[test]
fn the_reader_of_a_source_says_which_indicator_it_is() {
    let bundle = Bundle::new(fixture("shop"));
    let model = bundle.to_model(|_| Indicator::Uptime).unwrap();
    assert!(model.promises.iter().all(|promise| *promise.slo.indicator() == Indicator::Uptime));
}

#[test]
fn a_percentage_and_a_share_are_the_same_target() {
    for (field, target) in [("target", "0.9995"), ("targetPercent", "99.95")] {
        let bundle = one_slo(&format!("\"{field}\": {target}"), "");
        let model = bundle.to_model(Measure::indicator).unwrap();
        let expected =
            Slo::availability("one", Objective::percent("99.95").unwrap(), Window::rolling_days(30));
        assert_eq!(model.promises[0].slo, expected);
    }
}

#[test]
fn a_window_that_begins_where_the_calendar_does_is_the_calendars_own() {
    for (duration, start, expected) in [
        ("1d", "2026-05-17 00:00:00", "day UTC"),
        ("1d", "2026-05-17 09:00:00", "day from 2026-05-17 09:00:00 UTC"),
        ("1w", "2026-05-18 00:00:00", "week UTC"),
        ("1w", "2026-05-17 00:00:00", "week from 2026-05-17 00:00:00 UTC"),
        ("1M", "2026-05-01 00:00:00", "month UTC"),
        ("1M", "2026-05-02 00:00:00", "month from 2026-05-02 00:00:00 UTC"),
        ("1Q", "2026-07-01 00:00:00", "quarter UTC"),
        ("1Q", "2026-05-01 00:00:00", "quarter from 2026-05-01 00:00:00 UTC"),
        ("1Y", "2026-01-01 00:00:00", "year UTC"),
        ("1Y", "2026-04-01 00:00:00", "year from 2026-04-01 00:00:00 UTC"),
        ("2M", "2026-05-01 00:00:00", "2 months from 2026-05-01 00:00:00 UTC"),
    ] {
        let mut bundle = one_slo("\"target\": 0.9", "").documents().to_vec();
        let Spec::Slo(spec) = &mut bundle[0].spec else { panic!("one SLO") };
        let start_time = NaiveDateTime::parse_from_str(start, "%Y-%m-%d %H:%M:%S").unwrap();
        let calendar = Some(Calendar { start_time, time_zone: "UTC".into() });
        spec.time_window =
            vec![TimeWindow { duration: duration.parse().unwrap(), calendar, is_rolling: None }];
        let bundle = Bundle::new(bundle);
        let model = bundle.to_model(Measure::indicator).unwrap();
        assert_eq!(model.promises[0].slo.window().to_string(), expected);
    }
}

#[test]
fn objectives_are_told_apart_by_their_names_or_else_by_their_numbers() {
    for (objectives, expected) in [
        (["\"displayName\": \"fast\"", "\"displayName\": \"slow\""], ["one/fast", "one/slow"]),
        (["\"displayName\": \"same\"", "\"displayName\": \"same\""], ["one/1", "one/2"]),
        (["\"displayName\": \"fast\"", "\"op\": \"lt\""], ["one/1", "one/2"]),
    ] {
        let [first, second] = objectives.map(|objective| format!("{objective}, \"target\": 0.9"));
        let bundle = one_slo(&format!("{first} }}, {{ {second}"), "");
        let model = bundle.to_model(Measure::indicator).unwrap();
        let names: Vec<_> = model.promises.iter().map(|promise| promise.slo.name()).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn what_the_model_refuses_is_found_at_its_place() {
    for (objective, annotations, expected) in [
        ("\"target\": 0", "", "spec.objectives[0].target: an objective is above 0 %"),
        ("\"target\": 1.001", "", "spec.objectives[0].target: 1.001 is not in (0, 1)"),
        (
            "\"target\": 0.99999999999999",
            "",
            "spec.objectives[0].target: an objective has at most twelve decimals",
        ),
        (
            "\"target\": 0.9",
            "\"toban.dev/alert-policy\": \"sre-workbook\"",
            "metadata.annotations[\"toban.dev/alert-policy\"]: rule page-fast: a burn rate of 14.4 is never reached",
        ),
        (
            "\"target\": 0.9",
            "\"toban.dev/windows\": \"6h UTC\"",
            "metadata.annotations[\"toban.dev/windows\"]: no calendar has periods of `h`",
        ),
        (
            "\"target\": 0.9",
            "\"toban.dev/burn-rate-pairs\": \"1h/5m>=14\"",
            "metadata.annotations[\"toban.dev/burn-rate-pairs\"]: the annotation belongs on documents of kind \
             AlertPolicy; for kind SLO there are `alert-policy`, `composite-target`,",
        ),
    ] {
        let findings = one_slo(objective, annotations).to_model(Measure::indicator).unwrap_err();
        let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{lines:?}");
    }
}

/// A window that takes its place would have alerts that are wrong for it.
#[test]
fn a_main_window_without_length_is_the_one_error() {
    let document = document(
        "Occurrences",
        "\"target\": 0.9",
        "\"toban.dev/alert-policy\": \"sre-workbook\", \"toban.dev/windows\": \"2d\"",
    );
    let document = serde_json::from_str(&document.replace("30d", "0d")).unwrap();
    let findings = Bundle::new(vec![document]).to_model(Measure::indicator).unwrap_err();
    let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
    assert_eq!(lines, ["spec.timeWindow[0].duration: a duration above zero is needed"]);
}

/// What is wrong with each of its lines, in one look: the target by the check, the alert and the source by the model.
#[test]
fn what_check_and_model_refuse_is_found_in_one_look() {
    let second = "\"target\": 1.5 }, { \"target\": 0.9";
    let bundle = one_slo(second, "\"toban.dev/alert-policy\": \"sre-workbook\"");
    let asked = std::cell::Cell::new(0);
    let (model, findings) = bundle.survey(|measure| {
        asked.set(asked.get() + 1);
        measure.indicator()
    });
    let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
    let [target, alert] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(target.starts_with("spec.objectives[0].target: 1.5 is not in (0, 1)"), "{target}");
    assert!(alert.contains("rule page-fast: a burn rate of 14.4 is never reached"), "{alert}");
    // The objective that cannot be made is left out, and asked about all the same.
    assert_eq!((model.promises.len(), asked.get()), (1, 2));
    assert_eq!(bundle.to_model(Measure::indicator).unwrap_err(), findings);
}

#[test]
fn an_alert_that_fires_although_the_budget_would_last_is_warned_of() {
    let warned = |window: &str| -> Vec<String> {
        let mut documents = one_slo("\"target\": 0.999", "\"toban.dev/alert-policy\": \"sre-workbook\"");
        documents = Bundle::new(
            documents
                .documents()
                .iter()
                .cloned()
                .map(|mut document| {
                    let Spec::Slo(spec) = &mut document.spec else { panic!("one SLO") };
                    spec.time_window = vec![TimeWindow::rolling(window.parse().unwrap())];
                    document
                })
                .collect(),
        );
        let model = documents.to_model(Measure::indicator).unwrap();
        model.warnings.iter().map(|finding| finding.problem.to_string()).collect()
    };
    assert_eq!(warned("30d"), [""; 0]);
    let told = "although the budget would last: only above 1 is it gone before its window is over";
    assert_eq!(
        warned("28d"),
        [format!("rule ticket-slow: fires at a burn rate of 14/15 (about 0.933), {told}")]
    );
    assert_eq!(
        warned("7d"),
        [
            format!("rule ticket-fast: fires at a burn rate of 0.7, {told}"),
            format!("rule ticket-slow: fires at a burn rate of 7/30 (about 0.233), {told}"),
        ]
    );
}

#[test]
fn a_window_that_ends_in_the_middle_of_a_slice_is_refused_where_the_slice_stands() {
    let refused = |slice: &str, annotations: &str| -> Vec<String> {
        let objective = format!(r#""target": 0.99, "timeSliceTarget": 0.9, "timeSliceWindow": "{slice}""#);
        let bundle = one_slo_by("Timeslices", &objective, annotations);
        bundle
            .to_model(Measure::indicator)
            .err()
            .into_iter()
            .flatten()
            .map(|finding| finding.to_string())
            .collect()
    };
    let place = "spec.objectives[0].timeSliceWindow";
    assert_eq!(refused("5m", ""), [""; 0]);
    let off = format!("{place}: a window of 30d is no whole number of time slices of 7m");
    assert_eq!(refused("7m", ""), [off]);
    let off = format!("{place}: a window of 1h is no whole number of time slices of 36m");
    assert_eq!(refused("36m", r#""toban.dev/windows": "1h""#), [off]);
    let off = format!("{place}: rule page-fast: a window of 5m is no whole number of steps of 10m");
    assert_eq!(refused("10m", r#""toban.dev/alert-policy": "sre-workbook""#), [off]);
}

/// An SLO with one objective, over 30 days.
fn one_slo(objective: &str, annotations: &str) -> Bundle {
    one_slo_by("Occurrences", objective, annotations)
}

fn one_slo_by(method: &str, objective: &str, annotations: &str) -> Bundle {
    let document: Document = serde_json::from_str(&document(method, objective, annotations)).unwrap();
    Bundle::new(vec![document])
}

fn document(method: &str, objective: &str, annotations: &str) -> String {
    format!(
        r#"{{
            "apiVersion": "openslo/v1",
            "kind": "SLO",
            "metadata": {{ "name": "one", "annotations": {{ {annotations} }} }},
            "spec": {{
                "service": "shop",
                "indicator": {{
                    "metadata": {{ "name": "good" }},
                    "spec": {{ "ratioMetric": {{
                        "good": {{ "metricSource": {{ "type": "csv", "spec": {{}} }} }},
                        "total": {{ "metricSource": {{ "type": "csv", "spec": {{}} }} }}
                    }} }}
                }},
                "timeWindow": [{{ "duration": "30d", "isRolling": true }}],
                "budgetingMethod": "{method}",
                "objectives": [{{ {objective} }}]
            }}
        }}"#
    )
}
