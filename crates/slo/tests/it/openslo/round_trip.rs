//! What is printed and read again is the same.

use super::strategy::{document, number, value};
use proptest::prelude::*;
use toban_slo::openslo::{Document, Kind, Number, Value};

proptest! {
    #[test]
    fn a_document_survives_printing_and_reading(document in document()) {
        let text = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&text).unwrap(), document, "{}", text);
    }

    #[test]
    fn the_order_of_the_fields_does_not_matter(document in document(), turns in 0_usize..4) {
        let fields = Value::read::<Value>(&serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap());
        let Ok(Value::Mapping(fields)) = fields else { panic!("a document is a mapping") };
        let mut fields: Vec<_> = fields.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
        fields.rotate_left(turns);
        let text = serde_json::to_string(&Value::from_iter(fields)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&text).unwrap(), document, "{}", text);
    }

    #[test]
    fn a_free_form_value_survives_printing_and_reading(value in value()) {
        let text = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value.clone());
        prop_assert_eq!(value.read::<Value>().unwrap(), value);
    }

    #[test]
    fn a_number_survives_printing_and_reading(number in number()) {
        let text = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<Number>(&text).unwrap(), number);
    }
}

/// What each kind looks like when every field of it is there.
#[test]
fn every_field_of_every_kind_is_read_and_printed() {
    let text = include_str!("../../fixtures/openslo/every-field.json");
    let documents: Vec<Document> = serde_json::from_str(text).unwrap();
    let kinds: std::collections::BTreeSet<Kind> = documents.iter().map(Document::kind).collect();
    assert_eq!(kinds.len(), 7);
    let written: Value = serde_json::from_str(text).unwrap();
    let printed: Value = serde_json::from_str(&serde_json::to_string(&documents).unwrap()).unwrap();
    assert_eq!(sorted(&printed), sorted(&written));
}

/// The same value with all keys in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> =
                mapping.iter().map(|(key, value)| (key.to_owned(), sorted(value))).collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::from_iter(entries)
        }
        other => other.clone(),
    }
}
