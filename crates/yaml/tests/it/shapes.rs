//! What YAML means to serde.

use serde::Deserialize;
use std::collections::BTreeMap;
use toban_yaml::{Stream, from_str};

use crate::any::Any;

fn any(text: &str) -> Any {
    from_str("f", text).unwrap()
}

#[test]
fn plain_scalars_are_those_of_the_core_schema_of_yaml_1_2() {
    for (text, expected) in [
        ("true", Any::Bool(true)),
        ("FALSE", Any::Bool(false)),
        ("yes", Any::Text("yes".into())),
        ("NO", Any::Text("NO".into())),
        ("12", Any::Integer(12)),
        ("-12", Any::Integer(-12)),
        ("+7", Any::Integer(7)),
        ("010", Any::Integer(10)),
        ("0o17", Any::Integer(15)),
        ("0xFf", Any::Integer(255)),
        ("-0x1", Any::Text("-0x1".into())),
        ("18446744073709551615", Any::Integer(u64::MAX.into())),
        ("-9223372036854775808", Any::Integer(i64::MIN.into())),
        ("18446744073709551616", Any::Float(18_446_744_073_709_551_616.0_f64.to_bits())),
        ("1.5", Any::Float(1.5_f64.to_bits())),
        ("-.5e-3", Any::Float((-0.000_5_f64).to_bits())),
        ("1.", Any::Float(1.0_f64.to_bits())),
        (".inf", Any::Float(f64::INFINITY.to_bits())),
        ("-.INF", Any::Float(f64::NEG_INFINITY.to_bits())),
        (".nan", Any::Float(f64::NAN.to_bits())),
        ("1e999", Any::Text("1e999".into())),
        ("inf", Any::Text("inf".into())),
        ("nan", Any::Text("nan".into())),
        ("1_000", Any::Text("1_000".into())),
        ("1.2.3", Any::Text("1.2.3".into())),
        ("e5", Any::Text("e5".into())),
        ("0x", Any::Text("0x".into())),
        ("99,9", Any::Text("99,9".into())),
        ("'12'", Any::Text("12".into())),
        ("\"true\"", Any::Text("true".into())),
        ("!!str 12", Any::Text("12".into())),
        ("! 12", Any::Text("12".into())),
        ("!!int 12", Any::Integer(12)),
        ("'~'", Any::Text("~".into())),
        ("''", Any::Text(String::new())),
    ] {
        assert_eq!(any(&format!("- {text}")), Any::List(vec![expected]), "{text}");
    }
    for null in ["", "~", "null", "Null", "NULL"] {
        assert_eq!(any(&format!("- {null}")), Any::List(vec![Any::Null]), "{null:?}");
    }
}

#[test]
fn a_number_that_a_float_would_round_is_refused_where_it_stands() {
    for kept in
        ["0.999", "0.1", "0.30000000000000004", "99.990", "1e-7", "1.50E3", "0.0", "100000000000000000000"]
    {
        assert!(
            matches!(any(&format!("- {kept}")), Any::List(list) if matches!(list[..], [Any::Float(_)])),
            "{kept}"
        );
    }
    for (text, shown) in [
        ("0.99999999999999999", "rounded to 1:"),
        ("0.123456789012345678", "rounded to 0.12345678901234568:"),
        ("-3.14159265358979323846", "rounded to -3.141592653589793:"),
        ("123456789012345678901", "rounded to 123456789012345680000:"),
    ] {
        let error = from_str::<Any>("f", &format!("ok: 1\nvalue: {text}")).unwrap_err().to_string();
        assert!(error.contains("f:2:8") && error.contains(text) && error.contains(shown), "{error}");
        // As a text it is kept.
        assert_eq!(any(&format!("- '{text}'")), Any::List(vec![Any::Text(text.into())]));
    }
}

/// More decimals than the standard library can format, and some that it can but that no float has.
#[test]
fn a_number_with_very_many_decimals_is_refused_or_read() {
    for nines in [1_100, 65_535, 65_536, 70_000] {
        let text = format!("target: 0.{}", "9".repeat(nines));
        let error = from_str::<Any>("f", &text).unwrap_err().to_string();
        assert!(error.contains("f:1:9: target: 0.999"), "{nines} nines: {error:.200}");
        let zeros = format!("- 0.5{}", "0".repeat(nines));
        let half = Any::Float(0.5_f64.to_bits());
        assert_eq!(any(&zeros), Any::List(vec![half]), "{nines} zeros");
    }
}

#[test]
fn a_string_field_takes_numbers_and_booleans_as_they_are_written() {
    let texts: Vec<String> = from_str("f", "[1.10, 0x1F, true, '', 2026-01-01, \"~\"]").unwrap();
    assert_eq!(texts, ["1.10", "0x1F", "true", "", "2026-01-01", "~"]);
    assert!(from_str::<Vec<String>>("f", "[~]").is_err(), "nothing is no text");
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, u8),
    Struct { a: u8, b: Option<u8> },
}

#[test]
fn enums_are_a_name_or_a_mapping_with_one_key() {
    let text = "[unit, unit: , newtype: 1, tuple: [1, 2], struct: {a: 1}, {struct: {a: 1, b: 2}}]";
    let shapes: Vec<Shape> = from_str("f", text).unwrap();
    let expected = [
        Shape::Unit,
        Shape::Unit,
        Shape::Newtype(1),
        Shape::Tuple(1, 2),
        Shape::Struct { a: 1, b: None },
        Shape::Struct { a: 1, b: Some(2) },
    ];
    assert_eq!(shapes, expected);
    for (wrong, path) in [
        ("newtype", ""),
        ("unit: 1", "unit"),
        ("newtype: x", "newtype"),
        ("tuple: [1]", "tuple"),
        ("tuple: [1, 2, 3]", "tuple"),
        ("struct: {a: 1, c: 2}", "struct.c"),
        ("struct: {a: x}", "struct.a"),
        ("other: 1", "other"),
    ] {
        let findings = from_str::<Shape>("f", wrong).unwrap_err();
        let paths: Vec<String> = findings.iter().map(|finding| finding.path().to_string()).collect();
        assert_eq!(paths, [path], "{wrong}: {findings}");
    }
}

#[test]
fn a_list_that_is_longer_than_its_tuple_is_refused() {
    assert_eq!(from_str::<(u8, u8)>("f", "[1, 2]").unwrap(), (1, 2));
    for (wrong, message) in [
        ("[1, 2, 3]", "f:1:1: expected a list of 2 items, found 3"),
        ("[1]", "f:1:1: invalid length 1, expected a tuple of size 2"),
    ] {
        assert_eq!(from_str::<(u8, u8)>("f", wrong).unwrap_err().to_string(), message);
    }
}

#[test]
fn aliases_and_merge_keys_are_followed_and_own_entries_come_first() {
    let text = "
base: &base {a: 1, b: 1, c: 1}
more: &more {c: 2, d: 2}
one: {<<: *base, a: 9}
two: {b: 9, <<: [*more, *base]}
three: {x: *base, '<<': quoted}
";
    let read: BTreeMap<String, Any> = from_str("f", text).unwrap();
    let map = |entries: &[(&str, i128)]| {
        Any::Map(entries.iter().map(|(key, n)| (Any::Text((*key).into()), Any::Integer(*n))).collect())
    };
    assert_eq!(read["one"], map(&[("a", 9), ("b", 1), ("c", 1)]));
    assert_eq!(read["two"], map(&[("b", 9), ("c", 2), ("d", 2), ("a", 1)]));
    let Any::Map(three) = &read["three"] else { panic!("{read:?}") };
    assert_eq!(three[0].1, read["base"]);
    assert_eq!(three[1], (Any::Text("<<".into()), Any::Text("quoted".into())));
    let findings = from_str::<Any>("f", "a: {<<: 1}").unwrap_err();
    assert_eq!(findings.to_string(), "f:1:4: a: `<<` takes over a mapping, or a list of mappings");
    let findings = from_str::<Any>("f", "{a: &a {}, <<: *a, <<: *a}").unwrap_err();
    assert_eq!(findings.to_string(), "f:1:20: duplicate key `<<`");
}

#[test]
fn keys_may_be_numbers_booleans_and_enums() {
    let numbers: BTreeMap<u16, String> = from_str("f", "{1: a, 0x10: b}").unwrap();
    assert_eq!(numbers, BTreeMap::from([(1, "a".into()), (16, "b".into())]));
    let flags: BTreeMap<bool, u8> = from_str("f", "{true: 1, false: 0}").unwrap();
    assert_eq!(flags, BTreeMap::from([(false, 0), (true, 1)]));
    let findings = from_str::<BTreeMap<u16, u8>>("f", "a: 1\n2: x\n[3]: 4\n").unwrap_err();
    assert_eq!(
        findings.to_string(),
        "f:1:1: a: expected a whole number from 0 to 65535, found the text \"a\"\n\
         f:2:4: 2: expected a whole number from 0 to 255, found the text \"x\"\n\
         f:3:1: [\"?\"]: expected a whole number from 0 to 65535, found a list"
    );
}

#[test]
fn text_is_borrowed_from_the_document_where_the_type_borrows() {
    let stream = Stream::parse("f", "a: plain\nb: \"esc\\u0061ped\"\n");
    let read: BTreeMap<&str, &str> = stream.documents[0].read().unwrap();
    assert_eq!(read, BTreeMap::from([("a", "plain"), ("b", "escaped")]));
}

#[derive(Debug, Deserialize, PartialEq)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Any>,
}

#[test]
fn flattened_and_optional_fields_are_read() {
    let flat: Flat = from_str("f", "a: 1\nb: [x]\n").unwrap();
    assert_eq!(flat.rest, BTreeMap::from([("b".to_owned(), Any::List(vec![Any::Text("x".into())]))]));
    let options: Vec<Option<Option<u8>>> = from_str("f", "[~, 1, ]").unwrap();
    assert_eq!(options, [None, Some(Some(1))]);
}
