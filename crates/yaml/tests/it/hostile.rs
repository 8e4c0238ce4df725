//! Files made to cost much: each gives one finding, and soon.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toban_yaml::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, Stream, from_str};

use crate::any::Any;

#[track_caller]
fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str, expected: &str) {
    let findings = from_str::<T>("f", text).unwrap_err();
    let messages: Vec<&str> = findings.iter().map(toban_yaml::Finding::message).collect();
    assert_eq!(messages, [expected]);
}

/// `first`, then levels of nine aliases each of the level before.
fn bomb(first: &str, level: impl Fn(usize) -> String) -> String {
    (1..20).fold(format!("l0: &l0 {first}\n"), |mut text, number| {
        let _ = writeln!(text, "l{number}: &l{number} {}", level(number - 1));
        text
    })
}

#[test]
fn aliases_that_unfold_without_end() {
    let lists = bomb("[x]", |below| format!("[{}]", vec![format!("*l{below}"); 9].join(", ")));
    refused::<Any>(&lists, "with its aliases, the document holds more than 250000 values");
    refused::<BTreeMap<String, Any>>(&lists, "with its aliases, the document holds more than 250000 values");
}

#[test]
fn merge_keys_that_unfold_without_end() {
    let merges = bomb("{x: 1}", |below| format!("{{<<: [{}]}}", vec![format!("*l{below}"); 9].join(", ")));
    refused::<Any>(&merges, "with its aliases, the document holds more than 250000 values");
}

#[test]
fn a_chain_of_merge_keys() {
    let chain = (1..5_000).fold("l0: &l0 {x: 1}\n".to_owned(), |mut text, number| {
        let _ = writeln!(text, "l{number}: &l{number} {{<<: *l{}}}", number - 1);
        text
    });
    refused::<Any>(&chain, "with its aliases, the document is deeper than 64 levels");
}

#[test]
fn a_chain_of_aliases() {
    let chain = (1..5_000).fold("l0: &l0 [x]\n".to_owned(), |mut text, number| {
        let _ = writeln!(text, "l{number}: &l{number} [*l{}]", number - 1);
        text
    });
    refused::<Any>(&chain, "with its aliases, the document is deeper than 64 levels");
}

#[test]
fn a_long_text_with_many_aliases() {
    let aliases = vec!["*t"; 1_000].join(", ");
    let text = format!("- &t {}\n- [{aliases}]\n", "x".repeat(1 << 20));
    refused::<Any>(&text, "with its aliases, the document holds more than 16 MiB of text");
    refused::<(String, Vec<String>)>(&text, "with its aliases, the document holds more than 16 MiB of text");
}

#[test]
fn nesting_without_end() {
    let expected = format!("lists and mappings stand deeper in each other than {MAX_DEPTH} levels");
    refused::<Any>(&"[".repeat(100_000), &expected);
    refused::<Any>(&"{a: ".repeat(100_000), &expected);
    refused::<Any>(&"- ".repeat(100_000), &expected);
    let stairs = (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    refused::<Any>(&stairs, &expected);
    assert!(from_str::<Any>("f", &("[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH))).is_ok());
}

#[test]
fn values_without_end() {
    let expected = format!("the file holds more than {MAX_VALUES} values");
    refused::<Any>(&"- x\n".repeat(MAX_VALUES), &expected);
    refused::<Any>(&"---\n".repeat(MAX_VALUES + 1), &expected);
    assert!(from_str::<Any>("f", &"- x\n".repeat(MAX_VALUES - 1)).is_ok());
}

#[test]
fn a_file_or_a_text_in_it_that_is_too_large() {
    let largest = usize::try_from(MAX_BYTES).unwrap();
    refused::<Any>(&format!("a: {}", "x".repeat(largest)), "the file is larger than 16 MiB");
    assert!(from_str::<Any>("f", &format!("a: {}", "x".repeat(largest - 3))).is_ok());
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Small {
    #[serde(default)]
    #[expect(dead_code, reason = "read, and not looked at")]
    a: u8,
}

#[test]
fn many_keys_of_one_mapping_are_not_compared_each_with_each() {
    let keys = (0..100_000).map(|number| format!("k{number}: 1\n")).collect::<String>();
    assert_eq!(Stream::parse("f", &keys).findings.len(), 0);
    let again = format!("{keys}k7: 2\n");
    assert_eq!(Stream::parse("f", again).findings.to_string(), "f:100001:1: duplicate key `k7`");
    assert_eq!(from_str::<Small>("f", &keys).unwrap_err().len(), toban_yaml::MAX_FINDINGS);
}

#[test]
fn items_that_unfold_without_end_are_not_read_apart() {
    let items = format!(
        "a: &a [{}]\nb: &b [{}]\nitems:\n{}",
        vec!["x"; 500].join(", "),
        vec!["*a"; 400].join(", "),
        "- *b\n".repeat(20_000)
    );
    let stream = Stream::parse("f", &items);
    let read =
        stream.documents[0].read_apart::<BTreeMap<String, Any>, u8>(&toban_yaml::Path::root().key("items"));
    assert_eq!(
        read.unwrap_err().iter().map(toban_yaml::Finding::message).collect::<Vec<_>>(),
        ["with its aliases, the document holds more than 250000 values"]
    );
    // No more findings than of any document, however many items are wrong.
    let wrong = format!("items:\n{}", "- x\n".repeat(2_000));
    let stream = Stream::parse("f", &wrong);
    let read = stream.documents[0]
        .read_apart::<BTreeMap<String, Vec<u8>>, u8>(&toban_yaml::Path::root().key("items"));
    let read = read.unwrap();
    assert_eq!((read.left_out.len(), read.findings.len()), (2_000, toban_yaml::MAX_FINDINGS));
}
