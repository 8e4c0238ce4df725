//! Manifests, weight and public API.

use std::collections::BTreeSet;
use xtask::manifests::{Manifest, findings};
use xtask::{api, weight};

fn manifest() -> Manifest {
    Manifest {
        package: "toban-x".to_owned(),
        text: "[package]\nname = \"toban-x\"\n\n[lints]\nworkspace = true\n".to_owned(),
        is_published: true,
        missing: Vec::new(),
        default_features: Vec::new(),
    }
}

#[test]
fn a_complete_manifest_passes() {
    assert_eq!(findings(&manifest()), [""; 0]);
}

#[test]
fn a_package_outside_the_workspaces_lints_is_found() {
    let text = "[package]\nname = \"toban-x\"\nversion.workspace = true\n".to_owned();
    assert_eq!(findings(&Manifest { text, ..manifest() }).len(), 1);
}

#[test]
fn what_a_published_package_lacks_is_found_and_an_unpublished_one_may_lack_it() {
    let lacking = Manifest { missing: vec!["README.md", "keywords"], ..manifest() };
    assert_eq!(findings(&lacking).len(), 2);
    assert_eq!(findings(&Manifest { is_published: false, ..lacking }), [""; 0]);
}

#[test]
fn a_default_feature_is_found() {
    assert_eq!(findings(&Manifest { default_features: vec!["serde".to_owned()], ..manifest() }).len(), 1);
}

#[test]
fn a_light_crate_may_weigh_its_limit_and_no_more_each_version_counted() {
    let contents: BTreeSet<_> = ["syn v2.0.0", "syn v3.0.0"].map(str::to_owned).into();
    assert_eq!(weight::findings("toban-x", 2, &contents), [""; 0]);
    assert_eq!(weight::findings("toban-x", 1, &contents).len(), 1);
}

#[test]
fn a_light_crate_contains_nothing_from_the_list() {
    let contents = BTreeSet::from(["serde v1.0.0".to_owned()]);
    assert_eq!(weight::findings("toban-x", 12, &contents), ["toban-x contains serde by default"]);
}

#[test]
fn a_small_crate_has_few_lines_and_few_foreign_crates() {
    let small = weight::Small { package: "toban-x", lines: 10, foreign: 1 };
    let contents = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(weight::too_large(small, 10, &contents(&["chrono v0.4.0"])), [""; 0]);
    let found = weight::too_large(small, 11, &contents(&["chrono v0.4.0", "serde v1.0.0"]));
    let expected = [
        "toban-x has 11 lines, more than 10",
        "toban-x depends on 2 foreign crates, more than 1: chrono v0.4.0, serde v1.0.0",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_difference_in_the_public_api_reads_as_what_went_and_what_came() {
    let before = "pub fn x::a(u8)\npub fn x::b()\n";
    let after = "pub fn x::a(u16)\npub fn x::b()\n";
    assert_eq!(api::difference(before, after), ["  + pub fn x::a(u16)", "  - pub fn x::a(u8)"]);
    assert_eq!(api::difference(before, before), [""; 0]);
}
