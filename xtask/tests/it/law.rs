//! The law of dependencies, on edges made up for the purpose.

use std::collections::BTreeSet;
use xtask::law::{Declared, Floor, edges, floor, tree};

fn declared(package: &str, dependencies: &[&str]) -> Declared {
    Declared {
        package: package.to_owned(),
        dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn findings(package: &str, dependencies: &[&str]) -> Vec<String> {
    edges(&[declared(package, dependencies)])
}

fn contents(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("{name} v1.0.0")).collect()
}

#[test]
fn edges_that_go_down_are_lawful_and_may_skip_floors() {
    assert_eq!(findings("toban-slo", &["toban-core", "toban-calendar", "chrono"]), [""; 0]);
    assert_eq!(findings("toban", &["toban-core", "toban-slo", "toban-render"]), [""; 0]);
    assert_eq!(findings("toban-benches", &["toban", "toban-slo", "criterion"]), [""; 0]);
}

#[test]
fn an_edge_upwards_is_found() {
    assert_eq!(
        findings("toban-core", &["toban-slo"]),
        ["toban-core (Ground) depends upwards on toban-slo (Domain)"]
    );
    assert_eq!(
        findings("toban-slo", &["toban-core", "toban-adapters"]),
        ["toban-slo (Domain) depends upwards on toban-adapters (Outward)"]
    );
}

#[test]
fn an_edge_sideways_is_found() {
    assert_eq!(
        findings("toban-incident", &["toban-slo"]),
        ["toban-incident depends sideways on toban-slo (both Domain)"]
    );
    assert_eq!(
        findings("toban-render", &["toban-yaml"]),
        ["toban-render depends sideways on toban-yaml (both Outward)"]
    );
}

#[test]
fn the_stated_edges_within_a_floor_go_one_way_only() {
    assert_eq!(findings("toban-calendar", &["toban-core"]), [""; 0]);
    assert_eq!(findings("toban-core", &["toban-calendar"]).len(), 1);
    assert_eq!(findings("toban-server", &["toban-handbook"]), [""; 0]);
    assert_eq!(findings("toban-handbook", &["toban-server"]).len(), 1);
}

#[test]
fn a_crate_may_name_itself_to_switch_on_a_feature_for_its_tests() {
    assert_eq!(findings("toban-slo", &["toban-slo"]), [""; 0]);
}

#[test]
fn a_crate_that_stands_on_no_floor_is_found_with_the_place_to_enter_it() {
    let findings = findings("toban-novelty", &[]);
    assert!(
        matches!(findings.as_slice(), [one] if one.contains("FLOORS in xtask/src/law.rs")),
        "{findings:?}"
    );
}

#[test]
fn only_those_that_do_things_trace() {
    assert_eq!(findings("toban-adapters", &["tracing"]), [""; 0]);
    assert_eq!(findings("toban-render", &["tracing"]).len(), 1);
    assert_eq!(tree("toban-slo", &contents(&["tracing"])).len(), 1);
    assert_eq!(tree("toban-durable", &contents(&["tracing"])), [""; 0]);
    assert_eq!(tree("toban-release-core", &contents(&["toban-durable", "tracing"])), [""; 0]);
}

#[test]
fn a_domain_crate_with_the_world_in_its_tree_is_found_and_told_how_to_see_the_way_in() {
    let findings = tree("toban-slo", &contents(&["chrono", "serde-saphyr", "tokio"]));
    let ways = ["-i serde-saphyr", "-i tokio"];
    assert_eq!(findings.len(), ways.len(), "{findings:?}");
    assert!(findings.iter().zip(ways).all(|(finding, way)| finding.ends_with(way)), "{findings:?}");
}

#[test]
fn the_outward_floor_may_hold_the_world() {
    assert_eq!(tree("toban-adapters", &contents(&["tokio", "reqwest"])), [""; 0]);
    assert_eq!(floor("toban-adapters"), Some(Floor::Outward));
}
