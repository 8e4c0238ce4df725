//! Explanations: as text in both languages, and as JSON.

use crate::example;
use crate::golden::assert_golden;
use chrono::TimeDelta;
use serde_json::Value;
use std::collections::BTreeSet;
use toban_render::Language;
use toban_render::slo::{ExplainDocument, ExplainSection, explain_json, explain_text};
use toban_slo::{Explanation, explain, explain_composite};

/// Everything that the example has, explained.
fn everything() -> ExplainDocument {
    let objectives =
        example::explained().into_iter().fold(ExplainDocument::new(), |document, (case, policy)| {
            let all = explain(&case.slo, &policy, &case.counts, &case.report);
            document.with_objective(ExplainSection::new(case.slo.name(), case.report.objective, all))
        });
    example::composed().iter().fold(objectives, |document, one| {
        let all = explain_composite(&one.composite, &one.report);
        document.with_composite(ExplainSection::new(one.composite.name(), one.report.objective, all))
    })
}

/// The objective with slices and the composites: short, and with every kind of value.
fn some() -> ExplainDocument {
    let mut some = everything();
    some.objectives.retain(|section| section.name == "決済バッチ");
    some
}

#[test]
fn an_explanation_reads_well() {
    assert_golden("explain.txt", &explain_text(&some(), Language::En));
}

#[test]
fn an_explanation_reads_well_in_japanese() {
    assert_golden("explain.ja.txt", &explain_text(&some(), Language::Ja));
}

#[test]
fn the_json_form_of_explanations_stays_as_it_is() {
    assert_golden("explain.json", &explain_json(&some()));
}

#[test]
fn the_english_text_is_that_of_each_explanation() {
    let document = everything();
    let text = explain_text(&document, Language::En);
    let all = document.objectives.iter().chain(&document.composites).flat_map(|section| &section.figures);
    let own: Vec<String> = all.map(Explanation::to_string).collect();
    assert!(own.len() > 60);
    for one in own {
        assert!(text.contains(&one), "{one}");
    }
}

/// What has no Japanese yet would stand there in English.
#[test]
fn every_figure_rule_and_input_has_its_japanese() {
    let document = everything();
    let text = explain_text(&document, Language::Ja);
    let is_english = |line: &str| {
        let label = line.trim_start().split("  ").next().unwrap();
        let is_formula = label.starts_with('=')
            || label.starts_with("- ")
            || label.contains(": ") && !line.starts_with(' ');
        !is_formula && !label.is_empty() && label.is_ascii()
    };
    let english: BTreeSet<&str> = text.lines().filter(|line| is_english(line)).collect();
    assert!(english.is_empty(), "{english:#?}");
}

#[test]
fn figures_are_chosen_by_their_names_in_either_language() {
    for (wanted, language) in
        [("burn rate", Language::En), ("バーンレート", Language::Ja), ("burn rate", Language::Ja)]
    {
        let found = everything().with_figures(wanted, language);
        let names: Vec<_> = found.objectives.iter().flat_map(|section| &section.figures).collect();
        assert!(!names.is_empty() && names.iter().all(|one| one.figure.contains("burn rate")), "{wanted}");
    }
    assert!(everything().with_figures("no such figure", Language::Ja).is_empty());
}

#[test]
fn every_field_of_explanations_stands_in_the_readme() {
    fn gather(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                names.insert(name.clone());
                gather(value, names);
            }),
            Value::Array(items) => items.iter().for_each(|item| gather(item, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    gather(&serde_json::from_str(&explain_json(&everything())).unwrap(), &mut names);
    let readme = include_str!("../../README.md").split_once("## The JSON form of explanations").unwrap().1;
    let missing: Vec<_> = names.iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(names.len() > 8 && missing.is_empty(), "{missing:?}");
}

/// A program computes a figure again from what JSON gives it, without reading a sentence.
#[test]
fn numbers_of_explanations_are_exact_and_have_the_shape_of_the_report() {
    let value: Value = serde_json::from_str(&explain_json(&everything())).unwrap();
    let figures = value["objectives"][0]["figures"].as_array().unwrap();
    let burn = figures.iter().find(|one| one["figure"] == "burn rate over 1h").unwrap();
    assert_eq!(burn["number"]["exact"], "20");
    let input = |name: &str| {
        let inputs = burn["inputs"].as_array().unwrap();
        inputs.iter().find(|input| input["name"] == name).unwrap()["number"]["value"].as_f64().unwrap()
    };
    assert!((input("bad events") / input("all events") / 0.001 - 20.0).abs() < 1e-9);
    assert_eq!(burn["formula"], "1200 / 60000 / (1 - 0.999)");
    assert_eq!(figures.iter().filter(|one| one["figure"] == "indicator").count(), 1);
    assert!(figures.iter().any(|one| one["number"].is_null()));
    let over = figures.iter().find(|one| one["figure"] == "30d, without corrections, left").unwrap();
    assert!(over["number"]["exact"].as_str().unwrap().starts_with('-'), "{over}");
}

/// Alerts of each kind, of which some last and some cool down.
#[test]
fn every_condition_has_its_japanese() {
    let (case, policy) = example::every_condition();
    let all = explain(&case.slo, &policy, &case.counts, &case.report);
    assert!(case.report.alerts.iter().filter(|alert| !alert.episodes.is_empty()).count() >= 4);
    let document =
        ExplainDocument::new().with_objective(ExplainSection::new("all", case.report.objective, all));
    let text = explain_text(&document, Language::Ja);
    let english: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("    ") && !line.trim_start().starts_with('='))
        .filter(|line| line.trim_start().split("  ").next().unwrap().is_ascii())
        .collect();
    assert!(english.is_empty(), "{english:#?}");
    assert!(case.report.at > example::start() + TimeDelta::hours(1));
}
