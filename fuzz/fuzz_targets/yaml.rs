//! Any bytes as YAML: documents or findings, in bounded time, every place inside the text; and what is read is read
//! again from its JSON, which is YAML too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use toban_slo::openslo::{Document, Value};
use toban_yaml::{Findings, MAX_FINDINGS, Path, Stream};

fuzz_target!(|bytes: &[u8]| {
    let stream = Stream::parse("any.yaml", bytes);
    look(bytes, &stream.findings);
    for document in &stream.documents {
        let place = document.place(&Path::root());
        assert!(place.bytes.start <= place.bytes.end && place.bytes.end <= bytes.len(), "{place:?}");
        let _ = document.scalar(&Path::root().key("kind"));
        if let Err(findings) = document.read::<Document>() {
            assert!(!findings.is_empty());
            look(bytes, &findings);
        }
        // An item that is no such document is one of those that are left out, and a mistake of no other.
        let list = Path::root().key("a");
        match document.read_apart::<BTreeMap<String, Vec<Document>>, Document>(&list) {
            Ok(read) => {
                assert_eq!(read.left_out.is_empty(), read.findings.is_empty());
                look(bytes, &read.findings);
            }
            Err(findings) => {
                assert!(!findings.is_empty());
                look(bytes, &findings);
            }
        }
        match document.read::<Value>() {
            Ok(value) => again(&value),
            Err(findings) => look(bytes, &findings),
        }
    }
});

fn look(bytes: &[u8], findings: &Findings) {
    assert!(findings.len() <= MAX_FINDINGS);
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    for finding in findings.iter() {
        assert!((1..=lines).contains(&finding.line()), "{finding} of {lines} lines");
        assert!(finding.column() >= 1, "{finding}");
        let path = finding.path();
        assert_eq!(path.to_string().parse().as_ref(), Ok(path));
    }
    let _ = (findings.render(), findings.to_string());
}

fn again(value: &Value) {
    let json = serde_json::to_string(value).unwrap();
    match toban_yaml::from_str::<Value>("again.yaml", &json) {
        Ok(read) => assert_eq!(read, *value, "{json}"),
        Err(findings) => panic!("{json}\n{findings}"),
    }
}
