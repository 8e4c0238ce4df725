//! What is wrong is found, all of it, at its place.

use super::fixture;
use super::strategy::document;
use proptest::collection::vec;
use proptest::prelude::*;
use toban_slo::openslo::{Bundle, Document, Finding, Level, Measure, Step, Value};

fn lines(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| format!("{} {}: {finding}", finding.place.document, finding.level))
        .collect()
}

#[test]
fn documents_that_conform_have_no_findings() {
    assert_eq!(lines(&Bundle::new(fixture("every-field")).check()), [""; 0]);
}

/// The fixture breaks each rule once or more; what is found is beside it as a text to review.
#[test]
fn every_broken_rule_is_found_at_its_place() {
    let found = lines(&Bundle::new(fixture("broken")).check()).join("\n") + "\n";
    let expected = include_str!("../../fixtures/openslo/broken.findings.txt");
    assert_eq!(found, expected, "\n{found}");
}

#[test]
fn what_is_found_stands_in_the_document_or_where_it_should() {
    let documents = fixture("broken");
    for finding in Bundle::new(documents.clone()).check() {
        assert!(stands(&finding, &documents), "{finding}");
    }
}

proptest! {
    /// However broken they are: what is found comes first as the check found it, and nothing is found twice.
    #[test]
    fn any_documents_can_be_surveyed(documents in vec(document(), 0..6)) {
        let bundle = Bundle::new(documents);
        let (model, findings) = bundle.survey(Measure::indicator);
        let checked = bundle.check();
        prop_assert!(findings.starts_with(&checked));
        let later = &findings[checked.len()..];
        prop_assert!(later.iter().enumerate().all(|(place, one)| !later[..place].contains(one)));
        prop_assert!(model.warnings.iter().all(|one| one.level == Level::Warning && findings.contains(one)));
    }

    #[test]
    fn any_documents_can_be_checked(documents in vec(document(), 0..6)) {
        for finding in Bundle::new(documents.clone()).check() {
            prop_assert!(stands(&finding, &documents), "{}", finding);
        }
    }
}

/// Whether all steps of the place but the last lead somewhere.
fn stands(finding: &Finding, documents: &[Document]) -> bool {
    let text = serde_json::to_string(&documents[finding.place.document]).unwrap();
    let mut value: &Value = &serde_json::from_str(&text).unwrap();
    let Some((_, way)) = finding.place.path.steps().split_last() else { return false };
    way.iter().all(|step| {
        let next = match (value, step) {
            (Value::Mapping(mapping), Step::Field(key)) => mapping.get(key),
            (Value::List(items), Step::Item(item)) => items.get(*item),
            _ => None,
        };
        next.map(|next| value = next).is_some()
    })
}
