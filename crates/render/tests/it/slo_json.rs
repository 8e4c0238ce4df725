//! The JSON form: stable, exact, and every field documented.

use crate::example;
use crate::golden::assert_golden;
use serde_json::Value;
use std::collections::BTreeSet;
use toban_render::slo::json;

fn everything() -> String {
    json(&example::document())
}

#[test]
fn the_json_form_stays_as_it_is() {
    assert_golden("report.json", &everything());
}

#[test]
fn figures_are_exact_and_beside_them_stands_the_nearest_float() {
    let value: Value = serde_json::from_str(&everything()).unwrap();
    let hour = &value["objectives"][0]["burn_rates"][2];
    assert_eq!(hour["window"]["text"], "1h");
    assert_eq!(hour["burn"]["exact"], "20");
    assert_eq!(hour["burn"]["value"], 20.0);
    let objective = &value["objectives"][0];
    let count = |name: &str| objective[name].as_u64().unwrap();
    assert_eq!(count("good") + count("bad"), count("total"));
}

#[test]
fn every_field_stands_in_the_readme() {
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
    gather(&serde_json::from_str(&everything()).unwrap(), &mut names);
    let readme = include_str!("../../README.md");
    let missing: Vec<_> = names.iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(names.len() > 50 && missing.is_empty(), "{missing:?}");
}
