//! What has not the shape of a document is refused while it is read, so that the reader knows the line.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::F64Deserializer;
use toban_slo::openslo::{Document, Number, SliceWindow, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read, and not looked at")]
struct Query {
    query: String,
    slot: Option<u32>,
}

#[test]
fn what_a_free_form_value_misspells_is_named_with_what_was_meant() {
    for (field, told) in [
        ("qeury", "qeury: unknown field `qeury`, did you mean `query`?"),
        ("promql", "promql: unknown field `promql`, expected `query` or `slot`"),
    ] {
        let spec = Value::from_iter([(field, Value::from("up"))]);
        assert_eq!(spec.read::<Query>().unwrap_err().to_string(), told);
    }
}

/// Each text has its mistake on line 2.
#[test]
fn a_mistake_is_named_with_its_line() {
    for (before, line, after, expected) in [
        (
            r#"{"#,
            r#""apiVersion":"openslo/v1alpha""#,
            r#","kind":"SLO"}"#,
            "invalid value: string \"openslo/v1alpha\", expected `openslo/v1`",
        ),
        (r#"{"apiVersion":"openslo/v1","#, r#""kind":"SLX""#, "}", "unknown variant `SLX`"),
        (
            r#"{"apiVersion":"openslo/v1","kind":"SLI","#,
            r#""speck":{}"#,
            "}",
            "unknown field `speck`, expected one of `apiVersion`",
        ),
        (
            r#"{"apiVersion":"openslo/v1","#,
            r#""apiVersion":"openslo/v1""#,
            "}",
            "duplicate field `apiVersion`",
        ),
        (
            r#"{"apiVersion":"openslo/v1","kind":"SLI","metadata":{"#,
            r#""nmae":"x""#,
            "}}",
            "unknown field `nmae`",
        ),
        (
            r#"{"apiVersion":"openslo/v1","kind":"SLI","metadata":{"name":"x","labels":{"#,
            r#""a":1"#,
            "}}}",
            "invalid type: integer `1`, expected a text or a list of texts",
        ),
        (SLO, r#""timeWindow":[{"duration":"30D"}]"#, "}}", "not a duration: \"30D\""),
        (
            SLO,
            r#""timeWindow":[{"duration":"1M","calendar":{"startTime":"2026-01-01T00:00:00","timeZone":"UTC"}}]"#,
            "}}",
            "invalid value: string \"2026-01-01T00:00:00\", expected a date with time of day",
        ),
        (SLO, r#""budgetingMethod":"Occurrence""#, "}}", "unknown variant `Occurrence`"),
        (
            SLO,
            r#""objectives":[{"target":"0.9"}]"#,
            "}}",
            "invalid type: string \"0.9\", expected a finite number",
        ),
        (SLO, r#""objectives":[{"traget":0.9}]"#, "}}", "unknown field `traget`"),
        (SLO, r#""objectives":[{"op":"eq"}]"#, "}}", "unknown variant `eq`"),
        (SLO, r#""alertPolicies":[{"alertPolicyReff":"x"}]"#, "}}", "unknown field `alertPolicyReff`"),
        (
            SLO,
            r#""alertPolicies":[{"kind":"AlertCondition"}]"#,
            "}}",
            "invalid value: string \"AlertCondition\", expected `AlertPolicy`",
        ),
        (
            SLO,
            r#""alertPolicies":[{"alertPolicyRef":"x","spec":{}}]"#,
            "}}",
            "expected either `alertPolicyRef`, or `kind`, `metadata` and `spec`, not both",
        ),
        (SLO, r#""alertPolicies":[{}]"#, "}}", "expected either `alertPolicyRef`"),
        (SLO, r#""alertPolicies":[{"kind":"AlertPolicy","spec":{}}]"#, "}}", "missing field `metadata`"),
        (
            SLO,
            r#""alertPolicies":[{"kind":"AlertPolicy","metadata":{"name":"x"}}]"#,
            "}}",
            "missing field `spec`",
        ),
    ] {
        let error = serde_json::from_str::<Document>(&format!("{before}\n{line}\n{after}")).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{line}: {error}");
        assert_eq!(error.line(), 2, "{line}: {error}");
    }
}

const SLO: &str = r#"{"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"x"},"spec":{"service":"s","#;

#[test]
fn a_document_without_what_every_document_has_is_refused() {
    for (text, expected) in [
        ("{}", "missing field `apiVersion`"),
        (r#"{"apiVersion":"openslo/v1"}"#, "missing field `kind`"),
        (r#"{"apiVersion":"openslo/v1","kind":"SLI"}"#, "missing field `metadata`"),
        (r#"{"apiVersion":"openslo/v1","kind":"SLI","metadata":{"name":"x"}}"#, "missing field `spec`"),
        ("[]", "invalid type: sequence, expected an OpenSLO document"),
    ] {
        let error = serde_json::from_str::<Document>(text).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_mistake_before_the_kind_is_known_still_has_its_path() {
    let text = r#"{"spec":{"service":"s","budgetingMethod":"Occurrences","objectives":[{"target":1,"op":"eq"}]},
        "apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"x"}}"#;
    let error = serde_json::from_str::<Document>(text).unwrap_err().to_string();
    assert!(error.starts_with("spec: objectives[0].op: unknown variant `eq`"), "{error}");
}

#[test]
fn a_free_form_value_refuses_a_key_that_stands_twice() {
    assert!(
        serde_json::from_str::<Value>(r#"{"a":1,"b":{"c":1,"c":2}}"#)
            .unwrap_err()
            .to_string()
            .contains("`c`")
    );
}

#[test]
fn reading_a_free_form_value_as_a_type_names_the_path() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Filter {
        Anything,
        Status(Vec<u16>),
        Path { prefix: String, depth: Option<f64> },
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Spec {
        filters: Vec<Filter>,
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap().read::<Spec>();
    let spec = read(r#"{"filters":["anything",{"status":[500,503]},{"path":{"prefix":"/pay","depth":2}}]}"#)
        .unwrap();
    let path = Filter::Path { prefix: "/pay".into(), depth: Some(2.0) };
    assert_eq!(spec.filters, [Filter::Anything, Filter::Status(vec![500, 503]), path]);
    for (text, path) in [
        (r#"{"filters":["nothing"]}"#, "filters[0]"),
        (r#"{"filters":["anything",{"status":[500,-1]}]}"#, "filters[1].status[1]"),
        (r#"{"filters":[{"path":{"prefix":5}}]}"#, "filters[0].path.prefix"),
        (r#"{"filters":[{"path":{"prefix":"/","deep":5}}]}"#, "filters[0].path.deep"),
        (r#"{"filters":[{"status":[],"path":{}}]}"#, "filters[0]"),
        (r#"{"filters":5}"#, "filters"),
        (r#"{"filter":[]}"#, "filter"),
        ("[]", ""),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.path().to_string(), path, "{text}: {error}");
    }
}

#[test]
fn no_number_is_infinite_or_not_a_number() {
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let reader = || -> F64Deserializer<serde::de::value::Error> { float.into_deserializer() };
        for error in [
            Number::deserialize(reader()).map(|_| ()).unwrap_err(),
            SliceWindow::deserialize(reader()).map(|_| ()).unwrap_err(),
            Value::deserialize(reader()).map(|_| ()).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with("invalid value: floating point"), "{error}");
        }
    }
}
